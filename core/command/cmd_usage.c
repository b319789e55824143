#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
enum { DAYS = 30, DAYS_MAX = 3660, JOBS_MAX = 1000000 };

/* What one runner did on one day. */
struct bucket {
	struct bucket *next;
	int64_t day; /* since the epoch, UTC */
	const char *runner;
	int64_t jobs, succeeded, ms;
};

/* Jobs come latest end first: the days follow one another, and only the last is looked through. */
static struct bucket *find(struct rq_arena *a, struct bucket *first, struct bucket ***end,
			   int64_t day, const char *runner)
{
	struct bucket *b;

	for (b = first; b; b = b->next)
		if (b->day == day && !strcmp(b->runner, runner))
			return b;
	b = rq_arena_alloc(a, sizeof *b);
	b->day = day;
	b->runner = rq_arena_str(a, runner);
	**end = b;
	*end = &b->next;
	return b;
}

static struct bucket *add_up(struct rq_cmd *cmd, const struct rq_snapshot *s, int64_t first_day)
{
	struct bucket *all = NULL, **end = &all, *today = NULL;

	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct rq_job *j = &s->jobs[i];
		int64_t day = j->completed_at / DAY_MS;
		struct bucket **from;
		struct bucket *b;

		if (rq_job_active(j) || !j->started_at || !*j->runner_name || day < first_day)
			continue;
		from = end;
		b = find(&cmd->arena, today && today->day == day ? today : NULL, &end, day,
			 j->runner_name);
		if (!today || today->day != day)
			today = *from;
		b->jobs++;
		b->succeeded += j->conclusion == RQ_CONCLUSION_SUCCESS;
		b->ms += rq_job_elapsed(j, j->completed_at);
	}
	return all;
}

static const char *day_text(struct rq_cmd *cmd, int64_t day)
{
	char buf[RQ_TIME_LEN];

	return rq_arena_strn(&cmd->arena, rq_time_rfc3339(day * DAY_MS + 1000, false, buf), 10);
}

static int print_json(struct rq_cmd *cmd, const struct bucket *b)
{
	struct rq_json *all = rq_json_array();

	for (; b; b = b->next) {
		struct rq_json *o = rq_json_object();

		rq_json_set_str(o, "date", day_text(cmd, b->day));
		rq_json_set_str(o, "runner_name", b->runner);
		rq_json_set_int(o, "jobs", b->jobs);
		rq_json_set_int(o, "succeeded", b->succeeded);
		rq_json_set_int(o, "run_ms", b->ms);
		rq_json_add(all, o);
	}
	return rq_cmd_json(cmd, all);
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "DAY", "RUNNER", "JOBS", "SUCCEEDED", "RUN TIME" };
	int64_t days = rq_cmd_int(cmd, "days", DAYS);
	const struct bucket *b = add_up(cmd, s, rq_now() / DAY_MS - days + 1);

	if (rq_cmd_on(cmd, "json"))
		return print_json(cmd, b);
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (; b; b = b->next) {
		const char *cells[] = {
			day_text(cmd, b->day),
			b->runner,
			rq_arena_fmt(&cmd->arena, "%lld", (long long)b->jobs),
			rq_arena_fmt(&cmd->arena, "%lld", (long long)b->succeeded),
			rq_cell_duration(cmd, b->ms),
		};

		cmd->out->row(cmd->out->ud, cells);
	}
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	struct rq_want want = { .jobs = true, .finished_max = JOBS_MAX };
	int64_t days = rq_cmd_int(cmd, "days", DAYS);
	struct rq_error e;

	if (days < 1 || days > DAYS_MAX) {
		rq_fail(&e, RQ_EUSAGE, "--days goes from 1 to %d.", DAYS_MAX);
		return rq_cmd_error(cmd, &e);
	}
	return rq_cmd_load_local(cmd, &want, print);
}

static const struct rq_opt opts[] = {
	{ "days", 0, "N", RQ_VALUE_INT, 0, "the last N days, today among them", "30" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_usage = {
	.name = "usage",
	.summary = "Add up jobs and run time by day and runner",
	.details =
		"Days are of UTC; a job counts on the day on which it ended. What jobs.keep has "
		"let go is not counted any more.",
	.opts = opts,
	.exec = run,
};
