/* github_log.c - the log of a job, or of the job of a run that matters most: whole once the job is over, also when its run goes
 * on; before that its lines from wherever they can be had, or else its steps.
 *
 * An open log asks what became of its job now and then, and sooner when the source of its live lines ends. Its file changes
 * with what it holds: steps, live lines, the whole. Only the last is kept, for whoever looks next. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/id.h"
#include "core/queue/github_log.h"

enum {
	LOOK_MS = 4000,                 /* at the job, without live lines, or before it runs */
	LIVE_LOOK_MS = 10000,           /* with them: their end tells */
	ENDING_MS = 2000,               /* the runner is done, the server does not say so yet */
	SETTLE_MS = 400,                /* what a source has comes in pieces: nothing for so long */
	PATIENCE_MS = 6000,             /* for a source that gives nothing at all */
	LAG_MS = 120000,                /* a job is just over: its log may still be on its way */
	LAG_WAIT_MAX_MS = 8000, LAG_TRIES = 6,  /* 1, 2, 4, 8, 8, 8 s */
	BREAKS = 3,                     /* a connection that breaks is tried again at once, so often */
	AGAIN_MS = 10000, AGAIN_MAX_MS = 60000,
	CACHE = 1 << 30
};

struct fetch;

struct gh_log {
	struct rq_queue_log log;
	struct rq_github *g;
	char *id;                       /* as asked for */
	int64_t run, asked_job;         /* 0: of a run */
	void (*changed)(void *ud);
	void *ud;
	struct rq_call *asking;         /* what became of it */
	struct rq_timer *timer, *settle;
	bool watched;                   /* its run went on when it was opened, or since */
	bool final;                     /* nothing more comes of this job */

	/* of the job at hand */
	int64_t job, started_at, completed_at;
	char *job_id, *name, *path;
	struct rq_str source;
	struct gh_live *live;
	struct gh_steps *steps;
	char *live_path, *steps_path;
	int64_t live_bytes;
	struct fetch *fetch;
	int tries, fails;
};

/* A log on its way here. */
struct fetch {
	struct gh_op op;
	struct gh_log *l;
	char *part, *whole;
	int fd;
};

static void look(void *ud);

/* --- telling ------------------------------------------------------------------------------- */

static void tell(struct gh_log *l)
{
	l->log.job = l->job_id ? l->job_id : "";
	l->log.job_name = l->name ? l->name : "";
	l->log.source = rq_str_get(&l->source);
	l->log.path = l->path ? l->path : "";
	if (l->changed)
		l->changed(l->ud);
}

static void say(struct gh_log *l, const char *text)
{
	rq_str_clear(&l->source);
	rq_str_add(&l->source, text);
}

static void show(struct gh_log *l, const char *path, enum rq_logged what)
{
	if (rq_eq(l->path, path) && l->log.what == what)
		return;
	rq_free(l->path);
	l->path = rq_strdup(path);
	l->log.what = what;
	l->log.turn++;
}

static void look_in(struct gh_log *l, int64_t ms)
{
	int64_t pace = l->g->api ? rq_api_budget(l->g->api)->pace : 1000;

	rq_timer_start(l->timer, ms * pace / 1000, 0);
}

/* --- the job at hand ------------------------------------------------------------------------- */

static void delete_file(char **path)
{
	if (*path)
		unlink(*path);
	rq_free(*path);
	*path = NULL;
}

/* Whoever reads the files has them open. */
static void end_sources(struct gh_log *l)
{
	gh_live_free(l->live);
	l->live = NULL;
	gh_steps_free(l->steps);
	l->steps = NULL;
	delete_file(&l->live_path);
	delete_file(&l->steps_path);
	l->live_bytes = 0;
}

static struct gh_log_job values_of(const struct gh_log *l, const struct rq_run_job *j)
{
	return (struct gh_log_job){ .run = l->run, .job = l->job, .started_at = l->started_at, .completed_at = l->completed_at,
				    .name = l->name, .runner = j ? j->runner_name : "", .url = j ? j->html_url : "" };
}

static int64_t number_of(const char *id)
{
	struct rq_id parts;
	int64_t n;

	return rq_id_split(id, &parts) && rq_parse_i64(parts.job, &n) ? n : 0;
}

static void drop_fetch(struct gh_log *l)
{
	if (l->fetch)
		gh_op_end(&l->fetch->op, RQ_ECANCELLED);
}

static void begin_job(struct gh_log *l, const struct rq_run_job *j)
{
	drop_fetch(l);
	end_sources(l);
	rq_free(l->job_id);
	rq_free(l->name);
	rq_free(l->path);
	l->job_id = rq_strdup(j->id);
	l->name = rq_strdup(j->name);
	l->path = NULL;
	l->job = number_of(j->id);
	l->tries = l->fails = 0;
	l->final = l->log.settled = false;
	l->log.what = RQ_LOGGED_NOTHING;
	l->log.turn++;
}

static bool bad(const struct rq_run_job *j)
{
	return j->status == RQ_STATUS_COMPLETED && (j->conclusion == RQ_CONCLUSION_FAILURE ||
						    j->conclusion == RQ_CONCLUSION_TIMED_OUT);
}

/* Of a run: the one that failed, else one that runs, else the one that ended last, else the first. */
static const struct rq_run_job *choose(const struct rq_job_detail *d)
{
	const struct rq_run_job *last = NULL, *running = NULL;
	size_t i;

	for (i = 0; i < d->n_jobs; i++) {
		const struct rq_run_job *j = &d->jobs[i];

		if (bad(j))
			return j;
		if (j->status == RQ_STATUS_IN_PROGRESS && !running)
			running = j;
		if (j->status == RQ_STATUS_COMPLETED && j->conclusion != RQ_CONCLUSION_SKIPPED &&
		    (!last || j->completed_at >= last->completed_at))
			last = j;
	}
	return running ? running : last ? last : d->n_jobs ? &d->jobs[0] : NULL;
}

/* What came after the job that was shown: of those that started later, the first. */
static const struct rq_run_job *following(const struct gh_log *l, const struct rq_job_detail *d, const struct rq_run_job *now)
{
	const struct rq_run_job *next = NULL;
	size_t i;

	if (!l->final || !l->watched || bad(now))
		return now;
	for (i = 0; i < d->n_jobs; i++) {
		const struct rq_run_job *j = &d->jobs[i];

		if (j != now && j->started_at >= now->started_at && number_of(j->id) != l->job &&
		    j->conclusion != RQ_CONCLUSION_SKIPPED && j->started_at && (!next || j->started_at < next->started_at) &&
		    (j->status == RQ_STATUS_IN_PROGRESS || j->completed_at > now->completed_at))
			next = j;
	}
	return next ? next : now;
}

static const struct rq_run_job *job_of(const struct gh_log *l, const struct rq_job_detail *d)
{
	size_t i;

	for (i = 0; i < d->n_jobs; i++)
		if (l->job_id && rq_eq(d->jobs[i].id, l->job_id))
			return l->asked_job ? &d->jobs[i] : following(l, d, &d->jobs[i]);
	return choose(d);
}

/* --- the whole log ----------------------------------------------------------------------------- */

static void show_whole(struct gh_log *l, const char *path, const char *source)
{
	show(l, path, RQ_LOGGED_WHOLE);
	say(l, source);
	end_sources(l);
	l->final = l->log.settled = true;
	l->log.err.code = RQ_OK;
}

static const char *whole_from(const struct rq_github *g)
{
	return g->forge == RQ_FORGE_GITHUB ? "GitHub's log" : g->forge == RQ_FORGE_GITEA ? "Gitea's log" : "Forgejo's log";
}

static void release_fetch(struct gh_op *op)
{
	struct fetch *f = (struct fetch *)op;

	f->l->fetch = NULL;
	if (f->fd >= 0)
		close(f->fd);
	delete_file(&f->part);
	rq_free(f->whole);
}

static void give_up(struct gh_log *l, const struct rq_error *e)
{
	l->log.err = *e;
	l->final = l->log.settled = true;
	say(l, e->msg);
}

static void try_later(struct gh_log *l, const struct rq_api_answer *a)
{
	int64_t wait = (int64_t)AGAIN_MS << (l->fails < 3 ? l->fails : 3), limit = a->retry_at ? a->retry_at - rq_now() : 0;
	bool broken = a->code == RQ_EUNREACHABLE && (!a->status || a->status == 200) && !limit;

	l->fails++;
	say(l, a->err.msg);
	if (broken && l->fails < BREAKS) {
		rq_timer_start(l->timer, 1000, 0);
		return;
	}
	l->log.err = a->err;
	l->log.err.code = a->code;
	l->log.settled = true;
	wait = wait < AGAIN_MAX_MS ? wait : AGAIN_MAX_MS;
	rq_timer_start(l->timer, limit > wait ? limit : wait, 0);
}

/* The log of a job that is just over may take a while. */
static bool is_lagging(const struct gh_log *l)
{
	int64_t now = rq_now() + rq_api_budget(l->g->api)->skew_ms;

	return l->tries < LAG_TRIES && l->completed_at && now - l->completed_at < LAG_MS;
}

static void fetch_failed(struct gh_log *l, const struct rq_api_answer *a)
{
	struct rq_error e;

	if (a->code == RQ_ENOTFOUND && a->status != 410 && is_lagging(l)) {
		int64_t wait = (int64_t)1000 << l->tries++;

		say(l, "the job is over; its log is on its way");
		rq_timer_start(l->timer, wait < LAG_WAIT_MAX_MS ? wait : LAG_WAIT_MAX_MS, 0);
	} else if (a->status == 410) {
		rq_fail(&e, RQ_ENOTFOUND, "The log of %s is gone: logs are kept for a time, and can be deleted.", l->job_id);
		give_up(l, &e);
	} else if (a->code == RQ_ENOTFOUND && l->g->forge == RQ_FORGE_GITHUB) {
		rq_fail(&e, RQ_ENOTFOUND, "GitHub has no log of %s: its runner was lost, or it never began.", l->job_id);
		give_up(l, &e);
	} else if (a->code == RQ_EUNREACHABLE || a->code == RQ_EBUSY) {
		try_later(l, a);
	} else {
		give_up(l, &a->err);
	}
}

/* A page of something between here and there is no log, whatever its status. */
static bool is_page(int fd)
{
	char c;

	return pread(fd, &c, 1, 0) == 1 && c == '<';
}

static void on_fetched(struct gh_op *op, const struct rq_api_answer *a)
{
	struct fetch *f = (struct fetch *)op;
	struct gh_log *l = f->l;
	struct rq_api_answer page = { .status = 200 };
	struct rq_error e;

	if (a->code) {
		fetch_failed(l, a);
	} else if (is_page(f->fd)) {
		page.code = rq_fail(&page.err, RQ_EUNREACHABLE,
				    "What came for the log of %s is a web page; try again.", l->job_id);
		fetch_failed(l, &page);
	} else if (rename(f->part, f->whole)) {
		rq_fail_errno(&e, errno, "The log %s cannot be kept", f->whole);
		give_up(l, &e);
	} else {
		show_whole(l, f->whole, whole_from(l->g));
		gh_log_sweep(l->g, l->g->log_cache > 0 ? l->g->log_cache : CACHE);
	}
	gh_op_end(op, RQ_OK);
	if (l->final && !l->log.ended)
		look_in(l, 0);
	tell(l);
}

static void on_progress(void *ud, int64_t got, int64_t total)
{
	struct gh_log *l = ((struct fetch *)ud)->l;
	char text[96];

	if (total > 0)
		snprintf(text, sizeof text, "fetching the log: %lld of %lld KiB", (long long)(got >> 10),
			 (long long)(total >> 10));
	else
		snprintf(text, sizeof text, "fetching the log: %lld KiB", (long long)(got >> 10));
	say(l, text);
	tell(l);
}

static void download(struct gh_op *op, size_t repo)
{
	struct fetch *f = (struct fetch *)op;
	struct gh_log *l = f->l;
	int64_t max = l->g->log_cache > 0 ? l->g->log_cache : CACHE;
	struct rq_error e;

	f->fd = open(f->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0) {
		rq_fail_errno(&e, errno, "The file %s cannot be made", f->part);
		give_up(l, &e);
		gh_op_end(op, RQ_OK);
		return;
	}
	gh_op_download(op, gh_path(&op->arena, op->g, repo, "/actions/jobs/%lld/logs", (long long)l->job), f->fd, max,
		       on_progress, on_fetched);
}

static void run_unknown(struct gh_op *op)
{
	struct gh_log *l = ((struct fetch *)op)->l;
	struct rq_error e;

	rq_fail(&e, RQ_ENOTFOUND, "There is no run %lld on queue %s.", (long long)l->run, l->g->name);
	give_up(l, &e);
	gh_op_end(op, RQ_ENOTFOUND);
}

static void show_ended(struct gh_log *l, const struct rq_run_job *j)
{
	struct gh_log_job values = values_of(l, j);
	char *whole;

	if (l->final || l->fetch)
		return;
	whole = gh_log_whole(l->g, &values);
	if (gh_log_touch(whole)) {
		show_whole(l, whole, whole_from(l->g));
		rq_free(whole);
		return;
	}
	if (!l->log.what)
		say(l, "fetching the log");
	l->fetch = gh_op_new(l->g, NULL, sizeof *l->fetch);
	l->fetch->op.release = release_fetch;
	l->fetch->l = l;
	l->fetch->fd = -1;
	l->fetch->whole = whole;
	l->fetch->part = gh_log_draft(l->g, &values, "part");
	gh_op_resolve(&l->fetch->op, l->run, download, run_unknown);
}

/* --- before it is whole -------------------------------------------------------------------------- */

static void settled(void *ud)
{
	struct gh_log *l = ud;

	if (l->log.settled)
		return;
	l->log.settled = true;
	tell(l);
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void look_at_live(struct gh_log *l)
{
	int64_t bytes = size_of(l->live_path);

	say(l, gh_live_state(l->live));
	if (bytes > 0)
		show(l, l->live_path, RQ_LOGGED_LIVE);
	if (bytes != l->live_bytes && !l->log.settled)
		rq_timer_start(l->settle, SETTLE_MS, 0);
	l->live_bytes = bytes;
}

static void on_live(void *ud)
{
	struct gh_log *l = ud;

	if (!l->live)
		return;
	look_at_live(l);
	/* The end of the job, or why there is nothing: what is known of it is told anew. */
	if (gh_live_phase(l->live) == RQ_LIVE_ENDED)
		look_in(l, ENDING_MS / 4);
	else if (gh_live_phase(l->live) == RQ_LIVE_FAILED && !l->log.settled)
		look_in(l, 0);
	tell(l);
}

static void tell_steps(struct gh_log *l, const struct rq_run_job *j, const char *why)
{
	struct gh_log_job values = values_of(l, j);

	if (!l->steps) {
		l->steps_path = gh_log_draft(l->g, &values, "steps");
		l->steps = gh_steps_new(l->steps_path);
	}
	gh_steps_tell(l->steps, j, why);
	if (l->log.what != RQ_LOGGED_LIVE)
		show(l, l->steps_path, RQ_LOGGED_STEPS);
}

static void begin_live(struct gh_log *l, const struct rq_run_job *j)
{
	struct gh_log_job values = values_of(l, j);

	l->live_path = gh_log_draft(l->g, &values, "live");
	l->live = gh_live_new(l->g, &values, l->live_path, on_live, l);
	if (gh_live_possible(l->live))
		rq_timer_start(l->settle, PATIENCE_MS, 0);
}

static void show_running(struct gh_log *l, const struct rq_run_job *j)
{
	enum rq_live_phase phase;

	if (!l->live)
		begin_live(l, j);
	look_at_live(l);
	phase = gh_live_phase(l->live);
	tell_steps(l, j, phase == RQ_LIVE_FAILED ? gh_live_state(l->live) : "");
	if (phase == RQ_LIVE_FAILED && l->log.what != RQ_LOGGED_LIVE) {
		l->log.settled = true;
		say(l, "steps only, no live lines");
	}
	look_in(l, phase == RQ_LIVE_ENDED ? ENDING_MS : phase == RQ_LIVE_FOLLOWING ? LIVE_LOOK_MS : LOOK_MS);
}

static void show_waiting(struct gh_log *l, const struct rq_run_job *j)
{
	tell_steps(l, j, "");
	say(l, "the job has not begun");
	l->log.settled = true;
	look_in(l, LOOK_MS);
}

/* It was never begun: there is no log and there will be none. */
static void show_skipped(struct gh_log *l, const struct rq_run_job *j)
{
	if (l->final)
		return;
	tell_steps(l, j, "");
	say(l, "the job was never begun, so it has no log");
	l->final = l->log.settled = true;
}

/* --- what became of it ---------------------------------------------------------------------------- */

static void known(struct gh_log *l, const struct rq_job_detail *d)
{
	const struct rq_run_job *j = job_of(l, d);
	bool over = d->job.status == RQ_STATUS_COMPLETED;

	l->watched = l->watched || !over;
	l->log.attempt = d->job.run_attempt > 0 ? d->job.run_attempt : 1;
	if (!j) {
		say(l, over ? "the run has no job" : "the run has no job yet");
		l->log.settled = true;
		l->log.ended = over;
		if (!over)
			look_in(l, LOOK_MS);
		return;
	}
	if (!rq_eq(j->id, l->job_id))
		begin_job(l, j);
	l->started_at = j->started_at;
	l->completed_at = j->completed_at;
	if (j->status != RQ_STATUS_COMPLETED)
		l->fails = 0;
	if (j->status == RQ_STATUS_IN_PROGRESS)
		show_running(l, j);
	else if (j->status != RQ_STATUS_COMPLETED)
		show_waiting(l, j);
	else if (j->conclusion == RQ_CONCLUSION_SKIPPED || (!j->n_steps && !*j->runner_name && l->g->forge == RQ_FORGE_GITHUB))
		show_skipped(l, j);
	else
		show_ended(l, j);
	/* A run is followed to its end. */
	l->log.ended = l->final && (l->asked_job || over);
	if (l->final && !l->log.ended)
		look_in(l, LOOK_MS);
}

static void on_job(struct rq_call *call, void *ud)
{
	struct gh_log *l = ud;
	struct rq_api_answer a = { .code = call->code, .err = call->err };

	if (!l) /* closed meanwhile */
		return;
	l->asking = NULL;
	if (call->code == RQ_OK) {
		l->log.err.code = RQ_OK;
		known(l, call->u.job.detail);
	} else if (call->code == RQ_EUNREACHABLE || call->code == RQ_EBUSY) {
		try_later(l, &a);
	} else if (call->code != RQ_ECANCELLED) {
		give_up(l, &call->err);
		l->log.err.code = call->code;
		l->log.ended = true;
	}
	tell(l);
}

static void look(void *ud)
{
	struct gh_log *l = ud;

	if (l->asking || l->fetch)
		return;
	l->asking = rq_call_new(RQ_VERB_JOB, on_job, l);
	l->asking->u.job.id = rq_call_str(l->asking, l->id);
	rq_queue_start(&l->g->q, l->asking);
}

/* --- opening --------------------------------------------------------------------------------------- */

/* A job of GitHub's own is over for good once its whole log is here: nobody is asked. */
static bool is_here(struct gh_log *l)
{
	struct gh_log_job values = { .run = l->run, .job = l->asked_job };
	char *whole;
	bool here;

	if (!l->asked_job || l->g->forge != RQ_FORGE_GITHUB)
		return false;
	whole = gh_log_whole(l->g, &values);
	here = gh_log_touch(whole);
	if (here) {
		l->job_id = rq_fmt("%s:%lld/%lld", l->g->name, (long long)l->run, (long long)l->asked_job);
		l->job = l->asked_job;
		show_whole(l, whole, whole_from(l->g));
		l->log.attempt = 1;
		l->log.ended = true;
	}
	rq_free(whole);
	return here;
}

int gh_log_open(struct rq_queue *q, const char *id, int attempt, void (*changed)(void *ud), void *ud,
		struct rq_queue_log **out, struct rq_error *e)
{
	struct rq_github *g = (struct rq_github *)q;
	int64_t run, job;
	struct gh_log *l;
	int code = gh_parse_id(g, id, &run, &job, e);

	(void)attempt; /* an earlier one of a run has other jobs: they are asked for by their own ids */
	if (code)
		return code;
	l = rq_alloc(sizeof *l);
	l->log.queue = q;
	l->g = g;
	l->id = rq_strdup(id);
	l->run = run;
	l->asked_job = job;
	l->ud = ud;
	rq_str_init(&l->source, 1024);
	l->timer = rq_timer_new(g->loop, look, l);
	l->settle = rq_timer_new(g->loop, settled, l);
	if (!is_here(l)) {
		say(l, "asking what became of it");
		rq_timer_start(l->timer, 0, 0);
	}
	tell(l);
	l->changed = changed;
	*out = &l->log;
	return RQ_OK;
}

void gh_log_close(struct rq_queue_log *log)
{
	struct gh_log *l = (struct gh_log *)log;

	if (l->asking)
		l->asking->ud = NULL;
	drop_fetch(l);
	end_sources(l);
	rq_timer_free(l->timer);
	rq_timer_free(l->settle);
	rq_str_release(&l->source);
	rq_free(l->id);
	rq_free(l->job_id);
	rq_free(l->name);
	rq_free(l->path);
	rq_free(l);
}
