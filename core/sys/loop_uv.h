/* loop_uv.h - for the other files of sys/ that put libuv handles on the loop. */
#ifndef RQ_SYS_LOOP_UV_H
#define RQ_SYS_LOOP_UV_H

#include <stdbool.h>
#include <uv.h>
#include "core/sys/loop.h"

/* The children of a loop (child.c). */
struct rq_children {
	struct rq_child *head;
	uv_signal_t signal;             /* SIGCHLD, once there was a child */
	bool listening;
	int awaited;                    /* children for whose sake the loop goes on */
};

uv_loop_t *rq_loop_uv(struct rq_loop *l);
struct rq_children *rq_loop_children(struct rq_loop *l);
/* When the loop is freed: forgets them all. */
void rq_children_close(struct rq_loop *l);

#endif
