/* loop.c - the event loop: timers, descriptors, signals, deferred calls, work on threads (libuv behind it). */
#include "core/sys/loop.h"

#include <string.h>
#include <uv.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sys/loop_uv.h"

struct deferred {
	struct deferred *next;
	rq_fn *fn;
	void *ud;
};

struct rq_loop {
	uv_loop_t uv;
	uv_prepare_t before_wait;     /* runs deferred calls and the turn's end */
	uv_idle_t busy;               /* active while something is deferred: the loop must not wait then */
	uv_timer_t limit;             /* of rq_loop_turn */
	struct deferred *head, **tail;
	bool in_timer;                /* one of them is being run */
	rq_fn *turn_end;
	void *turn_end_ud;
	struct rq_children children;
};

uv_loop_t *rq_loop_uv(struct rq_loop *l)
{
	return &l->uv;
}

struct rq_children *rq_loop_children(struct rq_loop *l)
{
	return &l->children;
}

const char *rq_loop_strerror(int status)
{
	return uv_strerror(status);
}

static void on_busy(uv_idle_t *h)
{
	(void)h; /* its being active is all that it is for */
}

static void run_deferred(struct rq_loop *l)
{
	struct deferred *d;

	/* What is deferred meanwhile runs too, but a chain of them does not starve the descriptors. */
	int budget = 1000;

	while ((d = l->head) && budget-- > 0) {
		l->head = d->next;
		if (!l->head)
			l->tail = &l->head;
		d->fn(d->ud);
		rq_free(d);
	}
	if (!l->head)
		uv_idle_stop(&l->busy);
}

static void on_before_wait(uv_prepare_t *h)
{
	struct rq_loop *l = h->data;

	run_deferred(l);
	if (l->turn_end)
		l->turn_end(l->turn_end_ud);
	/* The turn's end may have deferred something; the idle handle started then comes after us. */
	if (l->head)
		uv_idle_start(&l->busy, on_busy);
	/* How long it may wait is counted from here. */
	uv_update_time(&l->uv);
}

int rq_loop_new(struct rq_loop **out, struct rq_error *e)
{
	struct rq_loop *l = rq_alloc(sizeof *l);
	int r = uv_loop_init(&l->uv);

	if (r < 0) {
		rq_free(l);
		return rq_fail(e, RQ_EFAILED, "The event loop cannot be made: %s.", uv_strerror(r));
	}
	l->tail = &l->head;
	uv_prepare_init(&l->uv, &l->before_wait);
	uv_idle_init(&l->uv, &l->busy);
	uv_timer_init(&l->uv, &l->limit);
	l->before_wait.data = l;
	uv_prepare_start(&l->before_wait, on_before_wait);
	uv_unref((uv_handle_t *)&l->before_wait);
	*out = l;
	return RQ_OK;
}

static void free_data(uv_handle_t *h)
{
	rq_free(h->data);
}

void rq_loop_free(struct rq_loop *l)
{
	struct deferred *d;

	if (!l)
		return;
	while ((d = l->head)) {
		l->head = d->next;
		rq_free(d);
	}
	l->turn_end = NULL;
	uv_close((uv_handle_t *)&l->before_wait, NULL);
	uv_close((uv_handle_t *)&l->busy, NULL);
	uv_close((uv_handle_t *)&l->limit, NULL);
	rq_children_close(l);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&l->uv) == UV_EBUSY)
		RQ_BUG("the loop was freed while something on it was alive");
	rq_free(l);
}

void rq_loop_run(struct rq_loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void rq_loop_stop(struct rq_loop *l)
{
	uv_stop(&l->uv);
}

static void on_limit(uv_timer_t *h)
{
	(void)h; /* it has ended the wait */
}

void rq_loop_turn(struct rq_loop *l, int max_ms)
{
	if (max_ms <= 0) {
		uv_run(&l->uv, UV_RUN_NOWAIT);
		return;
	}
	/* libuv counts from its cached time and runs timers before it waits: one that came due by then must come again,
	 * or the wait has no end. */
	uv_update_time(&l->uv);
	uv_timer_start(&l->limit, on_limit, (uint64_t)max_ms, (uint64_t)max_ms);
	uv_run(&l->uv, UV_RUN_ONCE);
	uv_timer_stop(&l->limit);
}

void rq_loop_defer(struct rq_loop *l, rq_fn *fn, void *ud)
{
	struct deferred *d = rq_alloc(sizeof *d);

	d->fn = fn;
	d->ud = ud;
	*l->tail = d;
	l->tail = &d->next;
	uv_idle_start(&l->busy, on_busy);
}

void rq_loop_undefer(struct rq_loop *l, rq_fn *fn, void *ud)
{
	struct deferred **p = &l->head, *d;

	while ((d = *p)) {
		if (d->fn == fn && d->ud == ud) {
			*p = d->next;
			rq_free(d);
		} else {
			p = &d->next;
		}
	}
	l->tail = p;
	if (!l->head)
		uv_idle_stop(&l->busy);
}

void rq_loop_at_turn_end(struct rq_loop *l, rq_fn *fn, void *ud)
{
	l->turn_end = fn;
	l->turn_end_ud = ud;
}

/* --- timers ------------------------------------------------------------------------------ */

struct rq_timer {
	uv_timer_t uv;
	rq_fn *fn;
	void *ud;
};

static void on_timer(uv_timer_t *h)
{
	struct rq_timer *t = h->data;
	struct rq_loop *l = (struct rq_loop *)h->loop; /* its first member */

	l->in_timer = true;
	t->fn(t->ud);
	l->in_timer = false;
}

struct rq_timer *rq_timer_new(struct rq_loop *l, rq_fn *fn, void *ud)
{
	struct rq_timer *t = rq_alloc(sizeof *t);

	uv_timer_init(&l->uv, &t->uv);
	t->uv.data = t;
	t->fn = fn;
	t->ud = ud;
	return t;
}

/* Rounded up: before its time a timer would find nothing to do, and be started again. */
static uint64_t machine_ms(int64_t ms)
{
	int64_t speed = rq_clock_speed();

	return ms > 0 ? (uint64_t)((ms + speed - 1) / speed) : 0;
}

void rq_timer_start(struct rq_timer *t, int64_t after_ms, int64_t repeat_ms)
{
	struct rq_loop *l = (struct rq_loop *)t->uv.loop;
	/* libuv counts from the turn's begin; a long turn must not shorten the wait to nothing. */
	uint64_t late = uv_hrtime() / 1000000 - uv_now(&l->uv), after = machine_ms(after_ms);

	/* libuv before 1.45 runs what is due until nothing is, before it looks at descriptors: what timers start is due
	 * in another turn, however long they take. */
	if (l->in_timer && !after)
		after = 1;
	uv_timer_start(&t->uv, on_timer, late + after, machine_ms(repeat_ms));
}

void rq_timer_stop(struct rq_timer *t)
{
	uv_timer_stop(&t->uv);
}

bool rq_timer_active(const struct rq_timer *t)
{
	return uv_is_active((const uv_handle_t *)&t->uv);
}

void rq_timer_free(struct rq_timer *t)
{
	if (!t)
		return;
	uv_timer_stop(&t->uv);
	uv_close((uv_handle_t *)&t->uv, free_data);
}

/* --- descriptors ------------------------------------------------------------------------- */

struct rq_watch {
	uv_poll_t uv;
	rq_watch_fn *fn;
	void *ud;
};

static void on_watch(uv_poll_t *h, int status, int events)
{
	struct rq_watch *w = h->data;
	int ev = 0;

	if (events & UV_READABLE)
		ev |= RQ_READABLE;
	if (events & UV_WRITABLE)
		ev |= RQ_WRITABLE;
	if (events & UV_DISCONNECT)
		ev |= RQ_HANGUP;
	w->fn(w->ud, ev, status);
}

int rq_watch_new(struct rq_loop *l, int fd, int events, rq_watch_fn *fn, void *ud, struct rq_watch **out,
		 struct rq_error *e)
{
	struct rq_watch *w = rq_alloc(sizeof *w);
	int ev = 0, r = uv_poll_init(&l->uv, &w->uv, fd);

	if (r < 0) {
		rq_free(w);
		return rq_fail(e, RQ_EFAILED, "Descriptor %d cannot be watched: %s.", fd, uv_strerror(r));
	}
	w->uv.data = w;
	w->fn = fn;
	w->ud = ud;
	if (events & RQ_READABLE)
		ev |= UV_READABLE;
	if (events & RQ_WRITABLE)
		ev |= UV_WRITABLE;
	if (events & RQ_HANGUP)
		ev |= UV_DISCONNECT;
	uv_poll_start(&w->uv, ev, on_watch);
	*out = w;
	return RQ_OK;
}

void rq_watch_free(struct rq_watch *w)
{
	if (!w)
		return;
	uv_poll_stop(&w->uv);
	uv_close((uv_handle_t *)&w->uv, free_data);
}

/* --- signals ----------------------------------------------------------------------------- */

struct rq_sig {
	uv_signal_t uv;
	rq_fn *fn;
	void *ud;
};

static void on_signal(uv_signal_t *h, int signum)
{
	struct rq_sig *s = h->data;

	(void)signum;
	s->fn(s->ud);
}

struct rq_sig *rq_sig_new(struct rq_loop *l, int signum, rq_fn *fn, void *ud)
{
	struct rq_sig *s = rq_alloc(sizeof *s);

	uv_signal_init(&l->uv, &s->uv);
	s->uv.data = s;
	s->fn = fn;
	s->ud = ud;
	uv_signal_start(&s->uv, on_signal, signum);
	/* Waiting for a signal alone is no reason to go on. */
	uv_unref((uv_handle_t *)&s->uv);
	return s;
}

void rq_sig_free(struct rq_sig *s)
{
	if (!s)
		return;
	uv_signal_stop(&s->uv);
	uv_close((uv_handle_t *)&s->uv, free_data);
}

/* --- files ------------------------------------------------------------------------------- */

struct rq_fswatch {
	uv_fs_event_t uv;
	rq_fn *fn;
	void *ud;
};

static void on_fs(uv_fs_event_t *h, const char *name, int events, int status)
{
	struct rq_fswatch *w = h->data;

	(void)name;
	(void)events;
	(void)status;
	w->fn(w->ud);
}

int rq_fswatch_new(struct rq_loop *l, const char *path, rq_fn *fn, void *ud, struct rq_fswatch **out,
		   struct rq_error *e)
{
	struct rq_fswatch *w = rq_alloc(sizeof *w);
	int r;

	uv_fs_event_init(&l->uv, &w->uv);
	w->uv.data = w;
	w->fn = fn;
	w->ud = ud;
	r = uv_fs_event_start(&w->uv, on_fs, path, 0);
	if (r < 0) {
		uv_close((uv_handle_t *)&w->uv, free_data);
		return rq_fail(e, r == UV_ENOENT ? RQ_ENOTFOUND : RQ_EFAILED, "%s cannot be watched: %s.", path,
			       uv_strerror(r));
	}
	uv_unref((uv_handle_t *)&w->uv);
	*out = w;
	return RQ_OK;
}

void rq_fswatch_free(struct rq_fswatch *w)
{
	if (!w)
		return;
	uv_fs_event_stop(&w->uv);
	uv_close((uv_handle_t *)&w->uv, free_data);
}

/* --- work on threads --------------------------------------------------------------------- */

struct work {
	uv_work_t uv;
	rq_fn *work, *done;
	void *ud;
};

static void on_work(uv_work_t *req)
{
	struct work *w = req->data;

	w->work(w->ud);
}

static void on_work_done(uv_work_t *req, int status)
{
	struct work *w = req->data;

	(void)status;
	w->done(w->ud);
	rq_free(w);
}

void rq_loop_work(struct rq_loop *l, rq_fn *work, rq_fn *done, void *ud)
{
	struct work *w = rq_alloc(sizeof *w);

	w->uv.data = w;
	w->work = work;
	w->done = done;
	w->ud = ud;
	uv_queue_work(&l->uv, &w->uv, on_work, on_work_done);
}
