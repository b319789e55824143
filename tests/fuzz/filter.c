/* The first line is a filter's expression, the rest a job's name: it compiles or says why, and ends. */
#include "tests/fuzz/fuzz.h"
#include "core/model/filter.h"

static void test_rows(struct rq_filter *f, const char *text)
{
	struct rq_job job = { .id = "local:17", .run_id = "local:17", .queue = "local", .name = text,
		.type = "command", .command = text, .reason = "", .target = "", .runner_name = "rpi4",
		.group = "", .decision_id = "", .branch = text, .created_at = 1000000, .started_at = (int64_t)strlen(text) };
	struct rq_runner runner = { .name = "rpi4", .queue = "local", .load_milli = 500, .seen_at = 5 };
	struct rq_activity row = { .actor = "user", .action = "submit", .object = "local:17",
		.detail = text, .result = "ok" };

	rq_filter_at(f, job.created_at);
	rq_filter_job(f, &job);
	if (rq_filter_next(f)) {
		PROMISE(rq_filter_next(f) > job.created_at);
		rq_filter_at(f, rq_filter_next(f));
		rq_filter_job(f, &job);
	}
	rq_filter_runner(f, &runner);
	rq_filter_activity(f, &row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size < 4096 ? size : 4096), *rest = strchr(text, '\n');
	struct rq_filter *f = NULL;
	struct rq_error e = { 0 };
	size_t from = 0, to = 0;

	if (rest)
		*rest++ = '\0';
	if (rq_filter_new_at(text, &f, &from, &to, &e) == RQ_OK)
		test_rows(f, rest ? rest : "");
	else
		PROMISE(e.msg[0] && from <= to && to <= strlen(text));
	rq_filter_free(f);
	rq_free(text);
	return 0;
}
