/* child.c - child processes on the loop. */
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include "core/base/mem.h"
#include "core/sys/loop.h"
#include "core/sys/loop_uv.h"

struct rq_child {
	uv_process_t uv;
	rq_exit_fn *fn;
	void *ud;
	bool ended, freed;
};

static void free_data(uv_handle_t *h)
{
	rq_free(h->data);
}

static void on_exit_status(uv_process_t *h, int64_t code, int sig)
{
	struct rq_child *c = h->data;

	if (c->fn && !c->freed)
		c->fn(c->ud, code, sig);
	c->ended = true;
	/* Freed before or by its callback: then the handle is for us to close. */
	if (c->freed)
		uv_close((uv_handle_t *)h, free_data);
}

static int start_failed(const struct rq_child_spec *spec, int r, struct rq_error *e)
{
	int code = r == UV_ENOENT ? RQ_ENOTFOUND : r == UV_EACCES ? RQ_EPERM : RQ_EFAILED;

	/* The system does not tell a missing directory from a missing program. */
	if (spec->cwd && access(spec->cwd, X_OK) < 0)
		return rq_fail(e, code, "%s cannot be started in %s: %s.", spec->argv[0], spec->cwd, uv_strerror(r));
	return rq_fail(e, code, "%s cannot be started: %s.", spec->argv[0], uv_strerror(r));
}

int rq_child_spawn(struct rq_loop *l, const struct rq_child_spec *spec, rq_exit_fn *fn, void *ud,
		   struct rq_child **out, struct rq_error *e)
{
	uv_stdio_container_t io[8];
	uv_process_options_t o;
	struct rq_child *c;
	int i, r;

	RQ_ASSERT(spec->n_fds >= 0 && spec->n_fds <= 8);
	memset(&o, 0, sizeof o);
	for (i = 0; i < spec->n_fds; i++) {
		io[i].flags = spec->fds[i] < 0 ? UV_IGNORE : UV_INHERIT_FD;
		io[i].data.fd = spec->fds[i];
	}
	o.exit_cb = on_exit_status;
	o.file = spec->argv[0];
	/* libuv's struct predates const; it changes neither. */
	o.args = (char **)(uintptr_t)spec->argv;
	o.env = (char **)(uintptr_t)spec->envp;
	o.cwd = spec->cwd;
	o.flags = spec->detach ? UV_PROCESS_DETACHED : 0;
	o.stdio_count = spec->n_fds;
	o.stdio = io;
	c = rq_alloc(sizeof *c);
	c->uv.data = c;
	c->fn = fn;
	c->ud = ud;
	r = uv_spawn(rq_loop_uv(l), &c->uv, &o);
	if (r < 0) {
		uv_close((uv_handle_t *)&c->uv, free_data);
		return start_failed(spec, r, e);
	}
	if (spec->detach)
		uv_unref((uv_handle_t *)&c->uv);
	*out = c;
	return RQ_OK;
}

int rq_child_pid(const struct rq_child *c)
{
	return (int)c->uv.pid;
}

void rq_child_free(struct rq_child *c)
{
	if (!c || c->freed)
		return;
	c->freed = true;
	/* libuv reaps a running child only while its handle lives. */
	if (c->ended)
		uv_close((uv_handle_t *)&c->uv, free_data);
	else
		uv_unref((uv_handle_t *)&c->uv);
}
