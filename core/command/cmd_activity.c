/* cmd_activity.c - what operators and relayq itself did: listed, and exported into a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/filters.h"

enum { SHOWN = 20, SEARCHED = 10000, MOST = 1000000, N_CELLS = 6 };

struct entries {
	const struct rq_activity **v;
	size_t n;
};

/* ---- which ---- */

static int select_entries(struct rq_cmd *cmd, const struct rq_snapshot *s, struct entries *out, struct rq_error *e)
{
	int64_t limit = rq_cmd_int(cmd, "limit", rq_cmd_on(cmd, "output") ? MOST : SHOWN);
	int64_t since = rq_cmd_on(cmd, "since") ? rq_now() - rq_cmd_int(cmd, "since", 0) : 0;
	const char *expr = rq_cmd_opt(cmd, "filter");
	struct rq_filter *f;
	int rc = rq_filters_new(rq_get_config(cmd->rq), expr ? expr : "", &f, e);
	size_t i;

	if (rc)
		return rc;
	out->v = rq_arena_alloc(&cmd->arena, (s->n_activity + 1) * sizeof *out->v);
	for (i = 0; i < s->n_activity && (int64_t)out->n < limit; i++)
		if (s->activity[i].at >= since && rq_filter_activity(f, &s->activity[i]))
			out->v[out->n++] = &s->activity[i];
	rq_filter_free(f);
	return RQ_OK;
}

/* ---- as what ---- */

static struct rq_json *to_json(const struct rq_activity *a)
{
	struct rq_json *o = rq_json_object();
	char when[RQ_TIME_LEN];

	rq_json_set_int(o, "id", a->seq);
	rq_json_set_str(o, "created_at", rq_time_rfc3339(a->at, false, when));
	rq_json_set_str(o, "actor", a->actor);
	rq_json_set_str(o, "action", a->action);
	rq_json_set_str(o, "object", a->object);
	rq_json_set_str(o, "detail", a->detail);
	rq_json_set_str(o, "result", a->result);
	return o;
}

static struct rq_json *all_json(const struct entries *all)
{
	struct rq_json *j = rq_json_array();
	size_t i;

	for (i = 0; i < all->n; i++)
		rq_json_add(j, to_json(all->v[i]));
	return j;
}

static void to_cells(struct rq_cmd *cmd, const struct rq_activity *a, const char *when, const char *cells[N_CELLS])
{
	cells[0] = when;
	cells[1] = rq_cell(cmd, a->actor);
	cells[2] = rq_cell(cmd, a->action);
	cells[3] = rq_cell(cmd, a->object);
	cells[4] = rq_cell(cmd, a->result);
	cells[5] = rq_cell(cmd, a->detail);
}

static void print_table(struct rq_cmd *cmd, const struct entries *all)
{
	static const char *const columns[] = { "AGE", "WHO", "ACTION", "WHAT", "RESULT", "DETAIL" };
	const char *cells[N_CELLS];
	size_t i;

	cmd->out->table(cmd->out->ud, columns, N_CELLS);
	for (i = 0; i < all->n; i++) {
		to_cells(cmd, all->v[i], rq_cell_age(cmd, all->v[i]->at), cells);
		cmd->out->row(cmd->out->ud, cells);
	}
}

/* ---- into a file ---- */

/* What people wrote is made harmless: a tab or a newline of theirs is no end of a cell. */
static void add_line(struct rq_cmd *cmd, const struct rq_activity *a, struct rq_str *out)
{
	const char *cells[N_CELLS];
	char when[RQ_TIME_LEN];
	size_t i;

	to_cells(cmd, a, rq_time_rfc3339(a->at, false, when), cells);
	for (i = 0; i < N_CELLS; i++) {
		const char *s = rq_eq(cells[i], "-") ? "" : cells[i];

		if (i)
			rq_str_addc(out, '\t');
		rq_text_clean(out, s, strlen(s), false);
	}
	rq_str_addc(out, '\n');
}

static int write_all(int fd, const struct rq_str *s)
{
	size_t off = 0;

	while (off < s->len) {
		ssize_t n = write(fd, s->s + off, s->len - off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno ? errno : EIO;
		off += (size_t)n;
	}
	return 0;
}

/* Never over something that is there, and for nobody else to read. What cannot be written whole is taken away again. */
static int write_new(const char *path, const struct rq_str *s, struct rq_error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), bad;

	if (fd < 0 && errno == EEXIST)
		return rq_fail(e, RQ_ECONFLICT, "%.200s is there already; nothing is written over it.", path);
	if (fd < 0)
		return rq_fail_errno(e, errno, "%.200s cannot be written", path);
	bad = write_all(fd, s);
	if (close(fd) && !bad)
		bad = errno;
	if (!bad)
		return RQ_OK;
	unlink(path);
	return rq_fail_errno(e, bad, "%.200s cannot be written", path);
}

static int export(struct rq_cmd *cmd, const struct entries *all)
{
	const char *path = rq_cmd_opt(cmd, "output");
	struct rq_error e;
	struct rq_str text;
	struct rq_json *j;
	size_t i;
	int rc;

	rq_str_init(&text, 0);
	if (rq_cmd_on(cmd, "json")) {
		j = all_json(all);
		rq_json_print(j, &text, true);
		rq_str_addc(&text, '\n');
		rq_json_free(j);
	} else {
		for (i = 0; i < all->n; i++)
			add_line(cmd, all->v[i], &text);
	}
	rc = write_new(path, &text, &e);
	rq_str_release(&text);
	if (rc)
		return rq_cmd_error(cmd, &e);
	rq_cmd_message(cmd, "%s: %zu entr%s", path, all->n, all->n == 1 ? "y" : "ies");
	return RQ_EXIT_OK;
}

/* ---- the command ---- */

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	struct entries all = { 0 };
	struct rq_error e;

	if (select_entries(cmd, s, &all, &e))
		return rq_cmd_error(cmd, &e);
	if (rq_cmd_on(cmd, "output"))
		return export(cmd, &all);
	if (rq_cmd_on(cmd, "json"))
		return rq_cmd_json(cmd, all_json(&all));
	print_table(cmd, &all);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	int64_t limit = rq_cmd_int(cmd, "limit", SHOWN);
	bool searches = rq_cmd_on(cmd, "filter") || rq_cmd_on(cmd, "since");
	struct rq_want want = { .activity = true, .activity_max = (size_t)limit };
	struct rq_error e;

	if (limit < 0 || limit > MOST) {
		rq_fail(&e, RQ_EUSAGE, "--limit goes from 0 to 1000000.");
		return rq_cmd_error(cmd, &e);
	}
	if (rq_cmd_on(cmd, "output") && !rq_cmd_on(cmd, "limit"))
		want.activity_max = MOST;
	else if (searches && limit < SEARCHED)
		want.activity_max = SEARCHED;
	/* All that was done is written down there, on whatever queue it was. */
	return rq_cmd_load_local(cmd, &want, print);
}

static const struct rq_opt opts[] = {
	{ "filter", 0, "EXPR", RQ_VALUE_FILTER, 0, "only what matches, as \"drain -agent\"" },
	{ "since", 0, "D", RQ_VALUE_DURATION, 0, "of the last D, as 2d" },
	{ "limit", 0, "N", RQ_VALUE_INT, 0, "at most N entries, the newest; into a file, all", "20" },
	{ "output", 0, "FILE", RQ_VALUE_FILE, 0, "write them into this new file" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, 0, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_activity = {
	.name = "activity",
	.summary = "List what was done, by whom, and what came of it",
	.details =
		"The newest comes first. What was done on a server tells also which calls of its API did it, with the status "
		"of each answer; tokens and what was sent are never kept.\n\n"
		"Into a pipe or a file, rows are separated by tabs and have no header: time, who, action, object, result, "
		"detail.",
	.opts = opts,
	.exec = run,
};
