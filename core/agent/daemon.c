/* daemon.c - the life of an agent's process: it registers, listens, and leaves in good order. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/agent/dispatcher.h"
#include "core/agent/shim_kill.h"
#include "core/agent/shim_point.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/lock.h"
#include "core/sys/wake.h"

enum {
	POLL_MS = 3000,                 /* a wake-up may be lost */
	LOOK_MS = 2000,                 /* between two looks for jobs of dead agents */
	PAUSE_MS = 500, PAUSE_MAX_MS = 30000,
	REFRESH_MS = 600000,            /* disk, temperature and load are told anew */
	ENDING_MAX = 8,                 /* shims that may wait for the disk beside the slots */
	LOG_MAX = 1 << 20
};

/* The crash tests read the verdicts from the log. */
#ifdef RQ_CHAOS
#define LOG_LEVEL RQ_LOG_DEBUG
#else
#define LOG_LEVEL RQ_LOG_INFO
#endif

int64_t rq_daemon_mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

size_t rq_daemon_taken(const struct rq_daemon *d)
{
	size_t ending = 0;

	for (size_t i = 0; i < d->n_works; i++)
		ending += d->works[i]->state == RQ_WORK_RUNS && d->works[i]->ending;
	/* Only so many may wait for the disk at the same time. */
	return rq_daemon_running(d) - (ending < ENDING_MAX ? ending : ENDING_MAX);
}

size_t rq_daemon_running(const struct rq_daemon *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_works; i++)
		n += d->works[i]->state == RQ_WORK_RUNS || d->works[i]->state == RQ_WORK_SWEPT ||
		     d->works[i]->state == RQ_WORK_ADOPTING;
	return n;
}

void rq_daemon_drain_is(struct rq_daemon *d, enum rq_drain drain)
{
	bool again = d->drain != RQ_DRAIN_ACTIVE && drain == RQ_DRAIN_ACTIVE;

	d->drain = drain;
	if (again)
		rq_exchange_soon(d);
}

void rq_daemon_pause(struct rq_daemon *d, const char *why)
{
	d->pause_ms = d->pause_ms ? d->pause_ms * 2 : PAUSE_MS;
	if (d->pause_ms > PAUSE_MAX_MS)
		d->pause_ms = PAUSE_MAX_MS;
	d->paused_until = rq_daemon_mono_ms() + d->pause_ms;
	RQ_DLOG(d, RQ_LOG_WARN, "takes no job for %lld ms: %s", (long long)d->pause_ms, why);
	rq_timer_start(d->again, d->pause_ms + 1, 0);
}

void rq_daemon_ask(struct rq_daemon *d, struct rq_call *c)
{
	d->n_calls++;
	rq_queue_start(d->queue, c);
}

void rq_daemon_answered(struct rq_daemon *d)
{
	d->n_calls--;
}

/* --- registration --------------------------------------------------------------------------- */

/* The process id in the lock file says that jobs find this agent now: whoever starts one waits for that. */
static void tell_ready(struct rq_daemon *d)
{
	char pid[32];
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

	if (pwrite(d->lock_fd, pid, (size_t)n, 0) != n)
		RQ_DLOG(d, RQ_LOG_WARN, "%s cannot be written", d->lock_path);
}

static void start_dispatcher(struct rq_daemon *d)
{
	struct rq_dispatcher_options o = { .loop = d->loop, .queue = d->queue, .paths = d->paths, .log = d->log };

	if (!(d->queue->ops->caps & RQ_CAP_POLICY))
		return;
	o.name = rq_arena_fmt(&d->arena, "agent:%s", d->name);
	d->dispatcher = rq_dispatcher_new(&o);
}

static void on_registered(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;

	rq_daemon_answered(d);
	if (c->code) {
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
		return;
	}
	d->drain = c->u.registration.drain;
	if (!d->registered) {
		tell_ready(d);
		start_dispatcher(d);
		RQ_DLOG(d, RQ_LOG_INFO, "agent %s takes jobs of queue %s", d->name, d->queue->name);
	}
	d->registered = true;
	d->registered_at = rq_daemon_mono_ms();
	d->cleaned = false;
	rq_exchange(d);
	rq_adopt_look(d);
}

static int register_runner(struct rq_daemon *d, struct rq_error *e)
{
	struct rq_call *c = rq_call_new(RQ_VERB_REGISTER, on_registered, d);
	struct rq_runner *r = rq_arena_alloc(&c->arena, sizeof *r);
	int code = rq_probe(&c->arena, d->name, d->extra_labels, d->paths->state, r, e);

	if (code) {
		rq_call_free(c);
		return code;
	}
	r->queue = rq_call_str(c, d->queue->name);
	r->slots = d->slots;
	r->started_at = d->started_at;
	c->u.registration.runner = r;
	c->u.registration.instance = rq_call_str(c, d->instance);
	c->u.registration.lock_path = rq_call_str(c, d->lock_path);
	c->u.registration.pid = getpid();
	rq_daemon_ask(d, c);
	return RQ_OK;
}

static void on_unregistered(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;

	rq_daemon_answered(d);
	if (c->code)
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
	rq_loop_stop(d->loop);
}

static void on_drained(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;

	rq_daemon_answered(d);
	if (c->code == RQ_OK)
		d->drain = RQ_DRAIN_DRAINED;
	else if (c->code != RQ_ECONFLICT)
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
}

/* --- stopping ------------------------------------------------------------------------------- */

static bool is_idle(const struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_works; i++)
		if (d->works[i]->state != RQ_WORK_DROPPED)
			return false;
	return !d->exchanging && !d->beating && !d->looking;
}

void rq_daemon_check_stop(struct rq_daemon *d)
{
	struct rq_call *c;

	if (!is_idle(d) || d->leaving)
		return;
	if (!d->stop) {
		if (d->drain == RQ_DRAIN_DRAINING) {
			c = rq_call_new(RQ_VERB_DRAINED, on_drained, d);
			c->u.drain.runner = rq_call_str(c, d->name);
			rq_daemon_ask(d, c);
		}
		return;
	}
	d->leaving = true;
	c = rq_call_new(RQ_VERB_UNREGISTER, on_unregistered, d);
	c->u.registration.instance = rq_call_str(c, d->instance);
	rq_daemon_ask(d, c);
}

static void hand_back(void *ud)
{
	struct rq_daemon *d = ud;

	if (d->stop == RQ_STOP_NOW)
		return;
	RQ_DLOG(d, RQ_LOG_INFO, "stops now; %zu running jobs are ended and go back", rq_daemon_running(d));
	d->stop = RQ_STOP_NOW;
	for (size_t i = 0; i < d->n_works; i++)
		if (d->works[i]->state == RQ_WORK_RUNS)
			rq_work_tell(d->works[i], RQ_WORD_STOP);
	rq_daemon_check_stop(d);
}

static void drain_and_stop(struct rq_daemon *d)
{
	if (d->stop)
		return;
	RQ_DLOG(d, RQ_LOG_INFO, "takes nothing new and stops after %zu running jobs", rq_daemon_running(d));
	d->stop = RQ_STOP_DRAIN;
	rq_daemon_check_stop(d);
}

/* SIGTERM: what ends within the grace time ends well, the rest goes back. A second one does not wait. */
static void on_term(void *ud)
{
	struct rq_daemon *d = ud;

	if (d->stop) {
		hand_back(d);
		return;
	}
	drain_and_stop(d);
	rq_timer_start(d->stopping, d->grace_ms, 0);
}

/* SIGHUP: an upgrade. The shims go on, and the next agent adopts their jobs. */
static void on_hup(void *ud)
{
	struct rq_daemon *d = ud;

	RQ_DLOG(d, RQ_LOG_INFO, "leaves %zu running jobs to the next agent", rq_daemon_running(d));
	d->stop = RQ_STOP_LEAVE;
	rq_loop_stop(d->loop);
}

/* --- what wakes us -------------------------------------------------------------------------- */

static void on_poll(void *ud)
{
	struct rq_daemon *d = ud;
	struct rq_error e;

	if (!d->registered || (!d->stop && rq_daemon_mono_ms() - d->registered_at > REFRESH_MS))
		register_runner(d, &e);
	rq_exchange(d);
}

static void on_again(void *ud)
{
	rq_exchange(ud);
}

static void on_look(void *ud)
{
	rq_adopt_look(ud);
}

static void on_beat(void *ud)
{
	rq_beat(ud);
}

/* The queue changed. What we did ourselves as a runner we have seen; our dispatcher has not, nor we what it did. */
static void on_changed(void *ud)
{
	struct rq_daemon *d = ud;
	bool acted = d->dispatcher && rq_dispatcher_acted(d->dispatcher);

	if (d->dispatcher)
		rq_dispatcher_kick(d->dispatcher);
	if (!d->queue->others && !acted)
		return;
	d->more = true;
	rq_exchange_soon(d);
	rq_beat_changed(d);
}

static void on_sweep(void *ud)
{
	struct rq_daemon *d = ud;
	bool more = false;

	for (size_t i = 0; i < d->n_works; i++)
		if (d->works[i]->state == RQ_WORK_SWEPT && !rq_lost_sweep(d->works[i]))
			more = true;
	if (!more)
		rq_timer_stop(d->sweep);
}

/* "drain NAME", "now NAME": from rq_agentd_signal; "shim": an adopted one has ended. */
static void on_wake(void *ud, const char *text, size_t n)
{
	struct rq_daemon *d = ud;
	char word[256];

	rq_copy(word, sizeof word, text);
	if (n == 4 && rq_eq(word, "shim")) {
		rq_adopt_look(d);
	} else if (rq_starts(word, "drain ") && rq_eq(word + 6, d->name)) {
		drain_and_stop(d);
	} else if (rq_starts(word, "now ") && rq_eq(word + 4, d->name)) {
		hand_back(d);
	}
}

/* --- the process ---------------------------------------------------------------------------- */

static char *state_file(struct rq_daemon *d, const char *prefix, const char *suffix)
{
	return rq_fmt("%s/%s%s%s", d->paths->state, prefix, d->name, suffix);
}

static int take_lock(struct rq_daemon *d, struct rq_error *e)
{
	char *path = rq_agentd_lock_path(d->paths, d->name);
	int code = rq_lock_take(path, 500, &d->lock_fd, e);

	d->lock_path = rq_arena_str(&d->arena, path);
	rq_free(path);
	/* The shims are told it in their cells. */
	if (!code && strlen(d->lock_path) >= sizeof ((struct rq_cell_order *)0)->agent_lock)
		code = rq_fail(e, RQ_ELIMIT, "The path %.100s... is too long for an agent; set XDG_STATE_HOME to a shorter one.",
			       d->lock_path);
	if (code == RQ_EBUSY)
		return rq_fail(e, RQ_EBUSY, "An agent named %s runs already; see 'relayq agent status'.", d->name);
	if (code)
		return code;
	if (ftruncate(d->lock_fd, 0) < 0)
		RQ_DLOG(d, RQ_LOG_WARN, "%s cannot be written", d->lock_path);
	return RQ_OK;
}

static int settle(struct rq_daemon *d, const struct rq_agentd_options *o, struct rq_error *e)
{
	char *name = o->name && *o->name ? rq_strdup(o->name) : rq_agentd_default_name(o->config), *path;
	int code;

	d->name = rq_arena_str(&d->arena, name);
	rq_free(name);
	if (!rq_name_ok(d->name))
		return rq_fail(e, RQ_EUSAGE, "'%.64s' is no name for an agent: use letters, digits, '.', '_' and '-'.",
			       d->name);
	d->extra_labels = rq_arena_str(&d->arena, o->labels ? o->labels : rq_config_str(o->config, "agent.labels"));
	d->slots = o->slots > 0 ? o->slots : (int)rq_config_int(o->config, "agent.slots");
	d->lease_ms = rq_config_int(o->config, "agent.lease");
	d->grace_ms = rq_config_int(o->config, "agent.grace");
	d->claims = rq_arena_alloc(&d->arena, (size_t)d->slots * sizeof *d->claims);
	d->user_path = getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin";
	rq_token(d->instance);
	code = rq_paths_make(o->paths, e);
	if (!code)
		code = take_lock(d, e);
	if (code)
		return code;
	path = state_file(d, "agent-", ".log");
	rq_log_open(path, LOG_MAX, LOG_LEVEL, &d->log, NULL);
	rq_free(path);
	code = rq_agentd_find_shim(&path, e);
	if (code)
		return code;
	d->shim = rq_arena_str(&d->arena, path);
	rq_free(path);
	return rq_cells_open(d, e);
}

static int listen_all(struct rq_daemon *d, struct rq_error *e)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	rq_fn *const fns[] = { on_term, on_term, on_hup };

	d->poll = rq_timer_new(d->loop, on_poll, d);
	d->again = rq_timer_new(d->loop, on_again, d);
	d->report = rq_timer_new(d->loop, on_again, d);
	d->due = rq_timer_new(d->loop, on_again, d);
	d->beat = rq_timer_new(d->loop, on_beat, d);
	d->reap = rq_timer_new(d->loop, on_look, d);
	d->sweep = rq_timer_new(d->loop, on_sweep, d);
	d->stopping = rq_timer_new(d->loop, hand_back, d);
	for (size_t i = 0; i < 3; i++)
		d->sigs[i] = rq_sig_new(d->loop, signals[i], fns[i], d);
	rq_timer_start(d->poll, POLL_MS, POLL_MS);
	/* Looks take turns with polls; short leases want more of them. */
	rq_timer_start(d->reap, LOOK_MS / 2, d->lease_ms / 2 < LOOK_MS ? d->lease_ms / 2 : LOOK_MS);
	rq_wake_listen(d->loop, d->paths->runtime, "agent", on_wake, d, &d->wake, e);
	if (rq_work_listen(d, e))
		return e->code;
	return rq_queue_listen(d->queue, on_changed, d, e);
}

static void on_dispatcher_stopped(void *ud)
{
	*(bool *)ud = true;
}

/* Another takes the duty at once, and need not wait for our end. */
static void stop_dispatcher(struct rq_daemon *d)
{
	bool stopped = !d->dispatcher;

	if (d->dispatcher)
		rq_dispatcher_stop(d->dispatcher, on_dispatcher_stopped, &stopped);
	while (!stopped)
		rq_loop_turn(d->loop, 100);
	rq_dispatcher_free(d->dispatcher);
	d->dispatcher = NULL;
}

static void release(struct rq_daemon *d)
{
	rq_exchange_release(d);
	while (d->n_works)
		rq_work_free(d->works[0]);
	rq_free(d->works);
	for (size_t i = 0; i < d->n_claims; i++)
		d->claims[i].cell->taken = false;
	rq_keeper_release(d);
	rq_cells_release(d);
	rq_secrets_release(d);
	rq_timer_free(d->poll);
	rq_timer_free(d->again);
	rq_timer_free(d->report);
	rq_timer_free(d->due);
	rq_timer_free(d->beat);
	rq_timer_free(d->reap);
	rq_timer_free(d->sweep);
	rq_timer_free(d->stopping);
	for (size_t i = 0; i < 3; i++)
		rq_sig_free(d->sigs[i]);
	rq_wake_free(d->wake);
	rq_work_unlisten(d);
	if (d->cgroup)
		rmdir(d->cgroup);
	RQ_DLOG(d, RQ_LOG_INFO, "agent %s ends", d->name);
	rq_log_close(d->log);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	rq_arena_release(&d->arena);
}

int rq_agentd_run(const struct rq_agentd_options *o, struct rq_error *e)
{
	struct rq_daemon d;
	int code;

	memset(&d, 0, sizeof d);
	d.paths = o->paths;
	d.config = o->config;
	d.loop = o->loop;
	d.queue = o->queue;
	d.lock_fd = d.keeper_fd = d.notes[0] = d.notes[1] = -1;
	d.started_at = rq_now();
	code = settle(&d, o, e);
	if (!code) {
		if (!rq_eq(rq_config_str(d.config, "agent.cgroup"), "off"))
			d.cgroup = rq_probe_cgroup(&d.arena);
		d.subreaper = rq_shim_subreaper();
		code = listen_all(&d, e);
	}
	if (!code)
		code = register_runner(&d, e);
	if (!code) {
		rq_loop_run(d.loop);
		stop_dispatcher(&d);
		rq_queue_listen(d.queue, NULL, NULL, NULL);
		while (d.n_calls)
			rq_loop_turn(d.loop, 100);
	}
	release(&d);
	return code;
}
