/* A command line, a steps file and a line of a batch: each is taken or refused with a reason. */
#include "tests/fuzz/fuzz.h"
#include "core/base/json.h"
#include "core/command/draft.h"

/* As the console's prompt does it: a text cut into words. */
static void command_line(const char *text)
{
	struct rq_error e = { 0 };
	struct rq_cmd *cmd;
	char **words;
	size_t n, used;

	if (rq_words_split(text, &words, &n, &e) != RQ_OK) {
		PROMISE(e.msg[0]);
		return;
	}
	if (rq_cmd_new(words, n, NULL, NULL, NULL, &cmd, &used, &e) == RQ_OK)
		PROMISE(used == 1 || used == 2);
	else
		PROMISE(e.msg[0] && !cmd);
	rq_cmd_free(cmd);
	rq_words_free(words);
}

static void steps(const uint8_t *data, size_t size)
{
	struct rq_arena a = { 0 };
	struct rq_draft d = { .arena = &a };
	struct rq_error e = { 0 };

	if (rq_draft_steps_yaml(&d, "fuzz", (const char *)data, size, &e) != RQ_OK)
		PROMISE(e.msg[0]);
	else
		for (size_t i = 0; i < d.s.n_steps; i++)
			PROMISE(!d.s.steps[i].argv != !d.s.steps[i].script);
	rq_arena_release(&a);
}

static void batch_line(const uint8_t *data, size_t size)
{
	const struct rq_command *submit = rq_command_find("submit");
	struct rq_arena a = { 0 };
	struct rq_draft d = { .arena = &a };
	struct rq_error e = { 0 };
	struct rq_json *j = NULL;

	if (rq_json_parse((const char *)data, size, &j, &e) != RQ_OK)
		return;
	if (rq_draft_json(&d, submit->opts, j, &e) != RQ_OK)
		PROMISE(e.msg[0]);
	else
		PROMISE(d.s.n_steps >= 1);
	rq_json_free(j);
	rq_arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	command_line(text);
	steps(data, size);
	batch_line(data, size);
	rq_free(text);
	return 0;
}
