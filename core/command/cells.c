/* cells.c - values as the cells and lines that commands print. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"

const char *rq_cell(struct rq_cmd *cmd, const char *s)
{
	if (s && *s)
		return s;
	return cmd->out->terminal ? "-" : "";
}

const char *rq_cell_age(struct rq_cmd *cmd, int64_t at)
{
	char buf[RQ_TIME_LEN];

	if (at <= 0)
		return rq_cell(cmd, NULL);
	if (cmd->out->terminal)
		return rq_arena_str(&cmd->arena, rq_duration_text(rq_now() - at, buf));
	return rq_arena_str(&cmd->arena, rq_time_rfc3339(at, false, buf));
}

const char *rq_cell_duration(struct rq_cmd *cmd, int64_t ms)
{
	char buf[RQ_TIME_LEN];

	if (ms < 0)
		return rq_cell(cmd, NULL);
	if (cmd->out->terminal)
		return rq_arena_str(&cmd->arena, rq_duration_text(ms, buf));
	return rq_arena_fmt(&cmd->arena, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
}

const char *rq_cell_labels(struct rq_cmd *cmd, const struct rq_labels *l)
{
	struct rq_str b;
	const char *text;

	rq_str_init(&b, 0);
	rq_labels_text(l, &b);
	text = rq_arena_str(&cmd->arena, rq_cell(cmd, rq_str_get(&b)));
	rq_str_release(&b);
	return text;
}

void rq_field(struct rq_str *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	rq_str_addf(out, "%-13s ", key);
	rq_text_clean(out, value, strlen(value), false);
	rq_str_addc(out, '\n');
}

void rq_cmd_text(struct rq_cmd *cmd, const struct rq_str *text)
{
	cmd->out->text(cmd->out->ud, rq_str_get(text), text->len);
}

int rq_cmd_json(struct rq_cmd *cmd, struct rq_json *j)
{
	cmd->out->json(cmd->out->ud, j);
	rq_json_free(j);
	return RQ_EXIT_OK;
}
