#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/agent/shim.h"
#include "core/agent/shim_clock.h"
#include "core/agent/shim_kill.h"
#include "core/agent/shim_point.h"

enum {
	LOOK_MS = 5000,         /* how often a lapsed lease is looked at while no agent lives */
	FENCE_MAX_MS = 5000, FENCE_MIN_MS = 1000,
	SWEEP_MS = 2000,        /* the grace time of what a job has left behind */
	KILL_AGAIN_MS = 50
};

static volatile sig_atomic_t ended_some, told, terminated;

static void on_signal(int sig)
{
	if (sig == SIGCHLD)
		ended_some = 1;
	else if (sig == SIGUSR1)
		told = 1;
	else if (sig == SIGTERM)
		terminated = 1;
}

void rq_shim_signals(void)
{
	static const int heard[] = { SIGCHLD, SIGUSR1, SIGTERM };
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGUSR2, SIGALRM, SIGTSTP };
	struct sigaction a;
	sigset_t set;

	memset(&a, 0, sizeof a);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
		sigaddset(&set, heard[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
	a.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
		sigaction(heard[i], &a, NULL);
	a.sa_handler = SIG_IGN;
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		sigaction(ignored[i], &a, NULL);
}

static void kill_all(struct rq_shim *s, int sig)
{
	rq_shim_kill(s->group, s->cgroup, sig);
}

/* --- why a job ends before its time ------------------------------------------------------- */

static void say_why(struct rq_shim *s)
{
	char text[128];
	long long sec = s->spec.timeout_ms / 1000;

	switch (s->end.kind) {
	case RQ_END_CANCELLED:
		rq_shim_log_say(&s->log, "##[error]", "The operation was canceled.", "");
		break;
	case RQ_END_TIMED_OUT:
		if (sec)
			snprintf(text, sizeof text, "The job has exceeded the maximum execution time of %lldh%lldm%llds.",
				 sec / 3600, sec / 60 % 60, sec % 60);
		else
			snprintf(text, sizeof text, "The job has exceeded the maximum execution time of %lld ms.",
				 (long long)s->spec.timeout_ms);
		rq_shim_log_say(&s->log, "##[error]", text, "");
		break;
	case RQ_END_STOPPED:
		rq_shim_log_say(&s->log, "##[error]", "The runner is stopping; the job goes back to the queue.", "");
		break;
	case RQ_END_FENCED:
		rq_shim_log_say(&s->log, "##[error]", "The runner did not renew its lease; the job is ended here.", "");
		break;
	default:
		break;
	}
	rq_shim_log_flush(&s->log);
}

/* The first reason stays; a later one can only shorten the grace time. */
static void end_job(struct rq_shim *s, enum rq_cell_kind kind, int64_t grace_ms)
{
	int64_t at = rq_shim_boot_ms() + grace_ms;

	if (!s->end.kind) {
		s->end.kind = kind;
		s->timeout_at = 0;
		say_why(s);
		RQ_POINT("shim", "shim-ending");
		if (grace_ms > 0)
			kill_all(s, SIGTERM);
	}
	if (!s->kill_at || at < s->kill_at)
		s->kill_at = at;
}

static void obey(struct rq_shim *s)
{
	uint32_t word = s->order.word;

	if (word == s->word)
		return;
	s->word = word;
	if (word == RQ_WORD_CANCEL)
		end_job(s, RQ_END_CANCELLED, s->spec.grace_ms);
	else if (word == RQ_WORD_KILL)
		end_job(s, RQ_END_CANCELLED, 0);
	else if (word == RQ_WORD_STOP)
		end_job(s, RQ_END_STOPPED, s->spec.grace_ms);
}

/* The lease has lapsed. If its agent is dead, nobody else can have taken the job over while we hold the cell: the job
 * goes on until somebody adopts it. If the agent lives but does not renew, it gets a little more time, counted while
 * the machine is awake, so that waking up from sleep kills nothing; then the job is ended. */
static void lapsed(struct rq_shim *s, int64_t now)
{
#ifdef RQ_WITHOUT_SELF_FENCE
	s->look_at = now + LOOK_MS;
#else
	int64_t more = s->order.lease_ms / 2, awake = rq_shim_awake_ms();

	if (more > FENCE_MAX_MS)
		more = FENCE_MAX_MS;
	if (more < FENCE_MIN_MS)
		more = FENCE_MIN_MS;
	if (!rq_cell_held(s->order.agent_lock)) {
		s->lapsed_since = 0;
		s->look_at = now + LOOK_MS;
	} else if (!s->lapsed_since) {
		s->lapsed_since = awake;
		s->look_at = now + more;
	} else if (awake - s->lapsed_since >= more) {
		end_job(s, RQ_END_FENCED, s->spec.grace_ms < more ? s->spec.grace_ms : more);
		s->look_at = now + LOOK_MS;
	} else {
		s->look_at = now + more - (awake - s->lapsed_since);
	}
#endif
}

void rq_shim_look(struct rq_shim *s)
{
	struct rq_cell_order order;
	int64_t now = rq_shim_boot_ms();

	/* Another token means that somebody mistakes the cell for free; our lock says that it is not. */
	if (rq_cell_read(s->cell, RQ_CELL_ORDER, &order, sizeof order) && !strcmp(order.token, s->spec.token))
		s->order = order;
	obey(s);
	if (now < s->order.lease_boot_ms) {
		s->lapsed_since = 0;
		s->look_at = s->order.lease_boot_ms;
	} else {
		lapsed(s, now);
	}
}

/* --- one turn ------------------------------------------------------------------------------- */

static void earlier(int64_t *at, int64_t other)
{
	if (other && other < *at)
		*at = other;
}

/* What there is, at most N bytes, so that the times are looked at in between. */
static void copy_output(struct rq_shim *s, size_t n)
{
	static char buf[65536];

	while (n) {
		ssize_t got = read(s->out_r, buf, sizeof buf < n ? sizeof buf : n);

		if (got <= 0)
			break;
		rq_shim_log_feed(&s->log, buf, (size_t)got);
		n -= (size_t)got;
		if ((size_t)got < sizeof buf)
			break;
	}
	rq_shim_log_flush(&s->log);
}

/* true: nothing of the job is left (told only by a subreaper). */
static bool reap(struct rq_shim *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != s->child)
			continue;
		s->child = 0;
		s->status = status;
		/* From now on the number of the group may become another's. */
		if (s->subreaper)
			s->group = 0;
	}
	if (pid < 0 && errno == ECHILD)
		return s->subreaper || s->group <= 1 || kill(-s->group, 0) < 0;
	return false;
}

static void keep_times(struct rq_shim *s)
{
	int64_t now = rq_shim_boot_ms();

	if (terminated) {
		terminated = 0;
		end_job(s, RQ_END_STOPPED, s->spec.grace_ms);
	}
	if (told || now >= s->look_at) {
		told = 0;
		rq_shim_look(s);
	}
	if (s->timeout_at && now >= s->timeout_at)
		end_job(s, RQ_END_TIMED_OUT, s->spec.grace_ms);
	if (s->kill_at && now >= s->kill_at) {
		kill_all(s, SIGKILL);
		s->kill_at = now + KILL_AGAIN_MS;
	}
	rq_shim_log_tick(&s->log, now);
}

static void wait_turn(struct rq_shim *s)
{
	int64_t now = rq_shim_boot_ms(), at = s->look_at;
	struct timespec t;
	sigset_t none;
	fd_set in;

	earlier(&at, s->timeout_at);
	earlier(&at, s->kill_at);
	earlier(&at, rq_shim_log_due(&s->log));
	if (at < now)
		at = now;
	/* Sleep of the machine does not count for the wait itself, so it is never long. */
	if (at - now > 60000)
		at = now + 60000;
	t.tv_sec = (time_t)((at - now) / 1000);
	t.tv_nsec = (long)((at - now) % 1000) * 1000000;
	sigemptyset(&none);
	FD_ZERO(&in);
	FD_SET(s->out_r, &in);
	if (pselect(s->out_r + 1, &in, NULL, NULL, &t, &none) > 0) {
		sigset_t blocked;

		copy_output(s, 4 * 65536);
		/* With output always ready pselect lets no signal in. */
		sigprocmask(SIG_SETMASK, &none, &blocked);
		sigprocmask(SIG_SETMASK, &blocked, NULL);
	}
}

void rq_shim_watch(struct rq_shim *s)
{
	for (;;) {
		wait_turn(s);
		if (ended_some) {
			ended_some = 0;
			reap(s);
		}
		if (!s->child)
			break;
		keep_times(s);
	}
	/* What the process wrote last is still in the pipe; others may go on writing, so not without end. */
	copy_output(s, 1 << 20);
}

void rq_shim_sweep(struct rq_shim *s)
{
	bool asked = s->kill_at != 0;

	while (!reap(s)) {
		if (!asked) {
			int64_t grace = s->spec.grace_ms < SWEEP_MS ? s->spec.grace_ms : SWEEP_MS;

			asked = true;
			s->timeout_at = 0;
			s->kill_at = rq_shim_boot_ms() + grace;
			kill_all(s, SIGTERM);
			/* They may have ended in the very moment. */
			continue;
		}
		wait_turn(s);
		ended_some = 0;
		keep_times(s);
	}
	copy_output(s, 1 << 20);
}
