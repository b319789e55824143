/* loop_uv.h - for the other files of sys/ that put libuv handles on the loop. */
#ifndef RQ_SYS_LOOP_UV_H
#define RQ_SYS_LOOP_UV_H

#include <uv.h>
#include "core/sys/loop.h"

uv_loop_t *rq_loop_uv(struct rq_loop *l);

#endif
