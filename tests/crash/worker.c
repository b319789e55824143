/* worker.c - what the crash tests run: an agent, or a submission, straight on the local queue.
 *
 *   worker agent NAME LABELS SLOTS LEASE_MS GRACE_MS CGROUP
 *   worker submit            one job a line: name TAB labels TAB group TAB limit TAB after TAB timeout TAB retries TAB steps
 *                            steps: scripts with \x1f between them, or \x1e and an argv with \x1e between its words
 *   worker cancel ID...      worker drain NAME        worker undrain NAME
 *   worker state             one job a line: id TAB name TAB status TAB conclusion TAB attempt TAB losses TAB runner TAB reason
 *   worker check             PRAGMA integrity_check */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/agent/agent.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/db.h"

struct world {
	struct rq_paths paths;
	struct rq_config *config;
	struct rq_loop *loop;
	struct rq_queue *queue;
	int status;
};

static int die(const struct rq_error *e)
{
	fprintf(stderr, "worker: %s\n", e->msg);
	return 1;
}

static int open_world(struct world *w, struct rq_error *e)
{
	struct rq_queue_options o = { .name = "local", .paths = &w->paths };
	int code;

	w->config = rq_config_new();
	code = rq_paths_init(&w->paths, e);
	if (!code)
		code = rq_paths_make(&w->paths, e);
	if (!code)
		code = rq_loop_new(&w->loop, e);
	o.loop = w->loop;
	return code ? code : rq_queue_open("local", &o, &w->queue, e);
}

static void close_world(struct world *w)
{
	rq_queue_close(w->queue);
	rq_loop_free(w->loop);
	rq_config_free(w->config);
	rq_paths_release(&w->paths);
}

static int agent(struct world *w, char **argv)
{
	struct rq_agentd_options o = { .paths = &w->paths, .config = w->config, .loop = w->loop, .queue = w->queue,
				       .name = argv[0], .labels = argv[1] };
	struct rq_error e;
	char text[64];
	int64_t slots;

	if (!rq_parse_i64(argv[2], &slots))
		return 2;
	o.slots = (int)slots;
	snprintf(text, sizeof text, "%.20sms", argv[3]);
	if (rq_config_set(w->config, "agent.lease", text, &e))
		return die(&e);
	snprintf(text, sizeof text, "%.20sms", argv[4]);
	if (rq_config_set(w->config, "agent.grace", text, &e))
		return die(&e);
	if (rq_config_set(w->config, "agent.cgroup", argv[5], &e))
		return die(&e);
	return rq_agentd_run(&o, &e) ? die(&e) : 0;
}

/* --- one call, waited for ------------------------------------------------------------------- */

static void on_done(struct rq_call *c, void *ud)
{
	struct world *w = ud;

	rq_call_keep(c);
	w->status = c->code ? die(&c->err) : 0;
	rq_loop_stop(w->loop);
}

static int ask(struct world *w, struct rq_call *c)
{
	rq_queue_start(w->queue, c);
	rq_loop_run(w->loop);
	return w->status;
}

static char *field(char **line)
{
	char *f = *line, *tab = strchr(f, '\t');

	*line = tab ? tab + 1 : f + strlen(f);
	if (tab)
		*tab = '\0';
	return f;
}

static int64_t number(const char *s)
{
	int64_t n = 0;

	rq_parse_i64(s, &n);
	return n;
}

/* The words of an argv, after each \x1e; NULL for a script. */
static char **words_of(struct rq_call *c, char *text)
{
	char **argv = rq_arena_alloc(&c->arena, 64 * sizeof *argv);
	size_t n = 0;

	if (*text != '\x1e')
		return NULL;
	while (*text == '\x1e' && n < 63) {
		size_t len = strcspn(++text, "\x1e");

		argv[n++] = rq_arena_strn(&c->arena, text, len);
		text += len;
	}
	return argv;
}

static void put_steps(struct rq_call *c, struct rq_submission *s, char *text)
{
	struct rq_step *steps = rq_arena_alloc(&c->arena, 16 * sizeof *steps);

	while (s->n_steps < 16) {
		char *end = strchr(text, '\x1f');
		struct rq_step *step = &steps[s->n_steps++];

		if (end)
			*end = '\0';
		step->name = "";
		step->argv = words_of(c, text);
		step->script = step->argv ? NULL : rq_call_str(c, text);
		if (!end)
			break;
		text = end + 1;
	}
	s->steps = steps;
}

static int add_job(struct rq_call *c, char *line)
{
	struct rq_submission *s = rq_call_add_submission(c);
	static const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin" };
	const char *labels, *group, **after = rq_arena_alloc(&c->arena, 32 * sizeof *after);
	struct rq_error e;
	char *list;

	s->name = rq_call_str(c, field(&line));
	labels = field(&line);
	if (rq_labels_parse(&c->arena, labels, &s->labels, &e))
		return die(&e);
	group = field(&line);
	s->group = *group ? rq_call_str(c, group) : NULL;
	s->group_limit = (int)number(field(&line));
	list = field(&line);
	while (*list && s->n_after < 32) {
		char *comma = list + strcspn(list, ",");

		after[s->n_after++] = rq_arena_strn(&c->arena, list, (size_t)(comma - list));
		list = *comma ? comma + 1 : comma;
	}
	s->after = after;
	s->timeout_ms = number(field(&line));
	s->retries = (int)number(field(&line));
	s->backoff_ms = 100;
	s->cwd = "/";
	s->env = rq_arena_alloc(&c->arena, sizeof *s->env);
	s->env[s->n_env++] = env[0];
	put_steps(c, s, line);
	return 0;
}

static int submit(struct world *w)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, on_done, w);
	static char line[65536];
	int status = 0;

	while (!status && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		status = add_job(c, line);
	}
	if (!status)
		status = ask(w, c);
	for (size_t i = 0; !status && i < c->u.submit.n; i++)
		printf("%s\n", c->u.submit.each[i].id);
	rq_call_free(c);
	return status;
}

static int cancel(struct world *w, char **ids)
{
	struct rq_call *c = rq_call_new(RQ_VERB_CANCEL, on_done, w);
	int status;

	for (; *ids; ids++)
		rq_call_add_id(c, *ids);
	status = ask(w, c);
	rq_call_free(c);
	return status;
}

static int drain(struct world *w, enum rq_verb verb, const char *name)
{
	struct rq_call *c = rq_call_new(verb, on_done, w);
	int status;

	c->u.drain.runner = rq_call_str(c, name);
	c->u.drain.reason = "test";
	status = ask(w, c);
	rq_call_free(c);
	return status;
}

static int state(struct world *w)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SNAPSHOT, on_done, w);
	int status;

	c->u.snapshot.want = (struct rq_want){ .jobs = true, .runners = true, .finished_max = 100000 };
	status = ask(w, c);
	if (!status) {
		const struct rq_snapshot *s = c->u.snapshot.snapshot;

		for (size_t i = 0; i < s->n_jobs; i++) {
			const struct rq_job *j = &s->jobs[i];

			printf("%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", j->id, j->name, rq_status_name(j->status),
			       rq_conclusion_name(j->conclusion), j->run_attempt, j->losses, j->runner_name, j->reason);
		}
		rq_snapshot_unref(c->u.snapshot.snapshot);
	}
	rq_call_free(c);
	return status;
}

static int check(struct world *w)
{
	char *path = rq_path_join(w->paths.state, "state.db");
	struct rq_db *db;
	struct rq_error e;
	int code = rq_db_open(path, RQ_DB_READONLY, NULL, 0, &db, &e);

	rq_free(path);
	if (!code) {
		code = rq_db_check(db, true, &e);
		rq_db_close(db);
	}
	return code ? die(&e) : 0;
}

static int run(struct world *w, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (rq_eq(what, "agent") && argc == 8)
		return agent(w, argv + 2);
	if (rq_eq(what, "submit"))
		return submit(w);
	if (rq_eq(what, "cancel"))
		return cancel(w, argv + 2);
	if (rq_eq(what, "drain") && argc == 3)
		return drain(w, RQ_VERB_DRAIN, argv[2]);
	if (rq_eq(what, "undrain") && argc == 3)
		return drain(w, RQ_VERB_UNDRAIN, argv[2]);
	if (rq_eq(what, "state"))
		return state(w);
	if (rq_eq(what, "check"))
		return check(w);
	fputs("worker: see the top of tests/crash/worker.c\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct world w = { 0 };
	struct rq_error e;
	int status;

	if (open_world(&w, &e))
		return die(&e);
	status = run(&w, argc, argv);
	close_world(&w);
	return status;
}
