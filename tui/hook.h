/* hook.h - a command of the operator's that is run for each thing to tell: one at a time, for ten seconds at most. */
#ifndef RQ_TUI_HOOK_H
#define RQ_TUI_HOOK_H

#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_hook;

enum { RQ_HOOK_QUEUE = 32, RQ_HOOK_MS = 10000 };

/* SAY tells, once, what went wrong; TEXT is a sentence. */
struct rq_hook *rq_hook_new(struct rq_loop *loop, void (*say)(void *ud, const char *text), void *ud);
/* Ends the command that runs. NULL is fine. */
void rq_hook_free(struct rq_hook *h);
/* Runs COMMAND, which is cut into words and not given to a shell, with our environment and the N variables "NAME=VALUE" of
 * ENV, when those before it have ended. What does not fit into the queue is dropped, and that is said. */
void rq_hook_run(struct rq_hook *h, const char *command, const char *const *env, size_t n);

#endif
