/* loop.h - the one event loop of a process (libuv behind it).
 *
 * Every callback runs on the loop's thread, never inside the call that asked for it. Objects may be freed inside
 * their own callback. The loop owns nothing of the caller's: UD is the caller's. */
#ifndef RQ_SYS_LOOP_H
#define RQ_SYS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

struct rq_loop;
typedef void rq_fn(void *ud);

int rq_loop_new(struct rq_loop **out, struct rq_error *e);
/* Everything made on the loop must have been freed before; pending deferred calls are dropped. */
void rq_loop_free(struct rq_loop *l);
/* Run until rq_loop_stop, or until nothing is left that could call back. */
void rq_loop_run(struct rq_loop *l);
void rq_loop_stop(struct rq_loop *l);
/* Run one turn: wait at most MAX_MS (0: do not wait) and handle what is ready. */
void rq_loop_turn(struct rq_loop *l, int max_ms);

/* Call FN once, in this turn after the running callback or before the loop waits next. In order. */
void rq_loop_defer(struct rq_loop *l, rq_fn *fn, void *ud);
/* Drop deferred calls with this FN and UD that have not run yet. */
void rq_loop_undefer(struct rq_loop *l, rq_fn *fn, void *ud);
/* FN runs at the end of each turn, just before the loop waits: the place to draw. One per loop; NULL removes. */
void rq_loop_at_turn_end(struct rq_loop *l, rq_fn *fn, void *ud);

/* Timers, on the monotonic clock. start replaces a running one. REPEAT_MS 0: once. */
struct rq_timer;
struct rq_timer *rq_timer_new(struct rq_loop *l, rq_fn *fn, void *ud);
void rq_timer_start(struct rq_timer *t, int64_t after_ms, int64_t repeat_ms);
void rq_timer_stop(struct rq_timer *t);
bool rq_timer_active(const struct rq_timer *t);
void rq_timer_free(struct rq_timer *t);

/* File descriptors: pipes, sockets, terminals (not plain files). The descriptor stays the caller's. */
enum { RQ_READABLE = 1, RQ_WRITABLE = 2, RQ_HANGUP = 4 };
struct rq_watch;
typedef void rq_watch_fn(void *ud, int events, int status); /* status < 0: an error, say with rq_loop_strerror */
int rq_watch_new(struct rq_loop *l, int fd, int events, rq_watch_fn *fn, void *ud, struct rq_watch **out,
		 struct rq_error *e);
void rq_watch_free(struct rq_watch *w);
const char *rq_loop_strerror(int status);

/* Signals. Several listeners for one signal are fine. */
struct rq_sig;
struct rq_sig *rq_sig_new(struct rq_loop *l, int signum, rq_fn *fn, void *ud);
void rq_sig_free(struct rq_sig *s);

/* A change of a file or of a directory's entries (inotify, kqueue). Changes may be merged. */
struct rq_fswatch;
int rq_fswatch_new(struct rq_loop *l, const char *path, rq_fn *fn, void *ud, struct rq_fswatch **out,
		   struct rq_error *e);
void rq_fswatch_free(struct rq_fswatch *w);

/* Work that has no asynchronous form, on a thread. WORK owns its inputs and touches nothing of the loop's;
 * DONE runs on the loop. It cannot be taken back once begun. */
void rq_loop_work(struct rq_loop *l, rq_fn *work, rq_fn *done, void *ud);

/* A child process. argv[0] is the file (searched in PATH unless it has a slash). envp NULL: ours. cwd NULL: ours.
 * fds[i] becomes descriptor i of the child (-1: /dev/null); n_fds <= 8; our other
 * descriptors are O_CLOEXEC.
 * DETACH makes it a session leader. The exit callback gets the status as waitpid gives it, split. */
struct rq_child;
struct rq_child_spec {
	char *const *argv;
	char *const *envp;
	const char *cwd;
	int fds[8];
	int n_fds;
	bool detach;
};
typedef void rq_exit_fn(void *ud, int64_t exit_code, int signal);
/* FN NULL: nobody waits here (for daemons that are left alone). */
int rq_child_spawn(struct rq_loop *l, const struct rq_child_spec *spec, rq_exit_fn *fn, void *ud,
		   struct rq_child **out, struct rq_error *e);
/* A child of ours that somebody else made in our name: as if spawned with DETACH. */
struct rq_child *rq_child_adopt(struct rq_loop *l, int pid, rq_exit_fn *fn, void *ud);
int rq_child_pid(const struct rq_child *c);
/* Forget the child: its end is still reaped, FN is not called any more. */
void rq_child_free(struct rq_child *c);

#endif
