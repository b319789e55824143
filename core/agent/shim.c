/* relayq-shim CELL: runs one job, told on descriptor 0, and outlives the agent that started it.
 *
 * It owns the job's processes, its log and its times, and leaves the result in the cell before anybody reports. Read in
 * this order: main here, shim_watch.c (the waiting), shim_cell.h (how it meets its agent), shim_log.h. */
#include "core/agent/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "core/agent/shim_clock.h"
#include "core/agent/shim_keep.h"
#include "core/agent/shim_kill.h"
#include "core/agent/shim_point.h"

enum { EXIT_USAGE = 2, EXIT_SPEC = 3, EXIT_CELL = 4, EXIT_NOT_MINE = 5, EXIT_UNWRITTEN = 6 };

/* The spec from descriptor 0, which becomes /dev/null: the job's standard input. */
static bool load_spec(struct rq_shim_spec *spec)
{
	struct stat st;
	char *p;
	int null;

	if (fstat(0, &st) < 0 || st.st_size <= 0 || !S_ISREG(st.st_mode))
		return false;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
	if (p == MAP_FAILED || !rq_shim_spec_parse(spec, p, (size_t)st.st_size))
		return false;
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		return false;
	if (null > 0) {
		dup2(null, 0);
		close(null);
	}
	return true;
}

/* Somebody may be looking whether the lock is held: that takes it away for a moment. */
static bool lock_cell(int cell)
{
	struct timespec pause = { 0, 2000000 };

	for (int i = 0; i < 1000; i++) {
		if (rq_cell_lock(cell))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void write_run(struct rq_shim *s)
{
	s->run.child_pid = s->child;
	rq_cell_write(s->cell, RQ_CELL_RUN, &s->run, sizeof s->run, false);
}

/* --- a step --------------------------------------------------------------------------------- */

/* The length of TEXT before one of STOP, as printf wants it; MAX at most. */
static int up_to(const char *text, const char *stop, size_t max)
{
	size_t n = strcspn(text, stop);

	return (int)(n < max ? n : max);
}

/* Names only, and not those that each job has. */
static void say_env(struct rq_shim *s)
{
	bool any = false;

	for (size_t i = 0; i < s->spec.n_env; i++) {
		const char *pair = s->spec.env[i];
		char name[256];

		if (!strncmp(pair, "RELAYQ", 6) || !strncmp(pair, "GITHUB_", 7) || !strncmp(pair, "CI=", 3))
			continue;
		if (!any)
			rq_shim_log_say(&s->log, "", "env:", "");
		any = true;
		snprintf(name, sizeof name, "%.*s", up_to(pair, "=", sizeof name), pair);
		rq_shim_log_say(&s->log, "  ", name, "");
	}
}

static void say_step(struct rq_shim *s, const struct rq_shim_step *step)
{
	struct rq_shim_log *l = &s->log;
	const char *what = step->script ? step->script : step->title;
	char first[512];

	snprintf(first, sizeof first, "%.*s", up_to(what, "\r\n", sizeof first), what);
	rq_shim_log_say(l, "##[group]Run ", first, "");
	rq_shim_log_say(l, "\033[36;1m", what, "\033[0m");
	if (step->script)
		rq_shim_log_say(l, "shell: ", "/bin/sh -e {0}", "");
	rq_shim_log_say(l, "cwd: ", s->spec.cwd, "");
	say_env(s);
	rq_shim_log_say(l, "", "##[endgroup]", "");
	rq_shim_log_flush(l);
}

static void start_failed(struct rq_shim *s, const char *what, const char *name, int err)
{
	snprintf(s->end.why, sizeof s->end.why, "%s %s: %s", what, name, strerror(err));
	rq_shim_log_say(&s->log, "##[error]", s->end.why, "");
	s->end.kind = RQ_END_START_FAILED;
	s->end.exit_code = err == ENOENT ? 127 : 126;
}

/* Nothing is wrong with the job: it may be tried again elsewhere. */
static void put_back(struct rq_shim *s, const char *why)
{
	snprintf(s->end.why, sizeof s->end.why, "%s", why);
	rq_shim_log_say(&s->log, "##[error]", why, "");
	s->end.kind = s->run.step > 1 ? RQ_END_STOPPED : RQ_END_REFUSED;
}

static bool launch(struct rq_shim *s, struct rq_shim_step *step, size_t i)
{
	char *script_argv[] = { (char *)"/bin/sh", (char *)"-e", NULL, NULL };
	struct rq_shim_launch l = { .spec = &s->spec, .argv = step->argv, .out = s->out_w, .cell = s->cell,
				    .cgroup = s->cgroup_fd, .start = s->start };

	if (step->script) {
		script_argv[2] = rq_shim_files_script(s, i);
		l.argv = script_argv;
		if (!script_argv[2]) {
			put_back(s, "The script could not be written to the state directory.");
			return false;
		}
	}
	s->run.child_boot_ms = rq_shim_boot_ms();
	s->child = s->group = rq_shim_launch(&l);
	RQ_POINT("shim", "shim-forked");
	if (s->child < 0) {
		s->child = s->group = 0;
		put_back(s, "No process could be made for the job.");
		return false;
	}
	write_run(s);
	return true;
}

/* What became of the step's process. true: on to the next step. */
static bool judge(struct rq_shim *s, const struct rq_shim_step *step)
{
	char text[64];

	if (s->start->failure == RQ_SHIM_LATE) {
		rq_shim_look(s);
		if (!s->end.kind)
			put_back(s, "The lease lapsed before the job could begin.");
		return false;
	}
	if (!s->start->begun && !s->start->failure) {
		put_back(s, "The job's process was killed before its command began.");
		return false;
	}
	if (s->start->failure == RQ_SHIM_CHDIR)
		start_failed(s, "cannot enter the working directory", s->spec.cwd, s->start->err);
	else if (s->start->failure)
		start_failed(s, "cannot run", step->argv ? step->argv[0] : "/bin/sh", s->start->err);
	if (s->start->failure)
		return false;
	s->end.exit_code = WIFEXITED(s->status) ? WEXITSTATUS(s->status) : -1;
	s->end.signal = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;
	if (s->end.kind)
		return false;
	if (s->end.exit_code == 0)
		return true;
	snprintf(text, sizeof text, "Process completed with exit code %d.",
		 s->end.signal ? 128 + s->end.signal : s->end.exit_code);
	rq_shim_log_say(&s->log, "##[error]", text, "");
	return false;
}

static bool run_step(struct rq_shim *s, size_t i)
{
	struct rq_shim_step *step = &s->spec.steps[i];

	s->run.step = s->end.step = (uint32_t)i + 1;
	say_step(s, step);
	if (!launch(s, step, i))
		return false;
	RQ_POINT("shim", "shim-running");
	rq_shim_watch(s);
	RQ_POINT("shim", "shim-child-ended");
	if (!judge(s, step))
		return false;
	if (!rq_shim_files_env(s)) {
		s->end.exit_code = 1;
		return false;
	}
	return true;
}

/* --- a job ---------------------------------------------------------------------------------- */

static bool prepare(struct rq_shim *s)
{
	int fds[2];

	s->subreaper = rq_shim_subreaper();
	s->start = rq_shim_start_new();
	rq_shim_log_open(&s->log, s->spec.log, s->spec.log_max);
	for (size_t i = 0; i < s->spec.n_secrets; i++)
		rq_mask_add(&s->log.masks, s->spec.secrets[i]);
	if (!s->start || pipe(fds) < 0)
		return false;
	s->out_r = fds[0];
	s->out_w = fds[1];
	for (int i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	fcntl(s->out_r, F_SETFL, O_NONBLOCK);
	rq_shim_cgroup_make(s);
	return rq_shim_files_make(s);
}

/* Nothing of the job runs any more: the slot is free while we wait for the disk. Losing this note costs that wait. */
static void note_end(const struct rq_shim *s)
{
	if (write(1, s->spec.token, RQ_CELL_NOTE) < 0)
		return;
}

static int finish(struct rq_shim *s)
{
	struct timespec pause = { 0, 200000000 };

	RQ_POINT("shim", "shim-ended");
	rq_shim_log_close(&s->log);
	rq_shim_files_remove(s);
	rq_shim_cgroup_remove(s);
	s->end.ended_at = rq_shim_now_ms();
	s->end.log_cut = s->log.cut;
	s->end.log_lost = s->log.lost;
	s->end.log_silent = s->log.gap;
	note_end(s);
	RQ_POINT("shim", "shim-before-result");
	for (int i = 0; rq_cell_write(s->cell, RQ_CELL_END, &s->end, sizeof s->end, true) < 0; i++) {
		if (i == 25)
			return EXIT_UNWRITTEN;
		nanosleep(&pause, NULL);
	}
	RQ_POINT("shim", "shim-after-result");
	rq_shim_tell(s);
	return 0;
}

static int run_job(struct rq_shim *s)
{
	int64_t now = rq_shim_boot_ms();

	s->run.shim_pid = getpid();
	s->run.started_at = s->end.started_at = rq_shim_now_ms();
	s->run.step = 1;
	if (s->spec.timeout_ms > 0)
		s->timeout_at = now + s->spec.timeout_ms;
	s->look_at = s->order.lease_boot_ms;
	if (!prepare(s)) {
		put_back(s, "The job's files could not be made in the state directory.");
		return finish(s);
	}
	/* From here on something may run: whoever finds this record ends what is left. */
	write_run(s);
	RQ_POINT("shim", "shim-recorded");
	for (size_t i = 0; i < s->spec.n_steps; i++)
		if (!run_step(s, i))
			break;
	rq_shim_sweep(s);
	if (!s->end.kind)
		s->end.kind = RQ_END_FINISHED;
	return finish(s);
}

/* Another shim was made for the same claim, and was first: a job is begun once for each token. */
static bool was_begun(const struct rq_shim *s)
{
	struct rq_cell_run run;
	struct rq_cell_end end;

	return (rq_cell_read(s->cell, RQ_CELL_RUN, &run, sizeof run) && !strcmp(run.token, s->spec.token)) ||
	       (rq_cell_read(s->cell, RQ_CELL_END, &end, sizeof end) && !strcmp(end.token, s->spec.token));
}

static int run_cell(const char *cell)
{
	static struct rq_shim s;

	rq_shim_signals();
	RQ_POINT("shim", "shim-start");
	if (!load_spec(&s.spec))
		return EXIT_SPEC;
	s.cell = rq_cell_open(cell);
	if (s.cell < 0 || !lock_cell(s.cell))
		return EXIT_CELL;
	RQ_POINT("shim", "shim-locked");
	if (!rq_cell_read(s.cell, RQ_CELL_ORDER, &s.order, sizeof s.order) || strcmp(s.order.token, s.spec.token) ||
	    was_begun(&s))
		return EXIT_NOT_MINE;
	memcpy(s.run.token, s.order.token, sizeof s.run.token);
	memcpy(s.end.token, s.order.token, sizeof s.end.token);
	memcpy(s.run.boot_id, s.order.boot_id, sizeof s.run.boot_id);
	s.end.exit_code = -1;
	if (!rq_shim_may_start(s.cell, s.spec.token)) {
		s.end.kind = s.order.word == RQ_WORD_CANCEL || s.order.word == RQ_WORD_KILL ? RQ_END_CANCELLED
										    : RQ_END_REFUSED;
		return rq_cell_write(s.cell, RQ_CELL_END, &s.end, sizeof s.end, true) < 0 ? EXIT_UNWRITTEN : 0;
	}
	RQ_POINT("shim", "shim-guarded");
	return run_job(&s);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--keep"))
		return rq_shim_keep(argv, run_cell);
	if (argc != 2) {
		fputs("relayq-shim is started by relayq's agent, not by hand\n", stderr);
		return EXIT_USAGE;
	}
	return run_cell(argv[1]);
}
