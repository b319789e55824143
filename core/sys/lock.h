/* lock.h - liveness and exclusion by file locks (flock): held until the holder ends, however it ends.
 * Descriptors are O_CLOEXEC, so that no child keeps a dead process's lock. */
#ifndef RQ_SYS_LOCK_H
#define RQ_SYS_LOCK_H

#include <stdbool.h>
#include "core/base/err.h"

/* Take PATH exclusively, waiting at most WAIT_MS for probers; RQ_EBUSY when somebody holds it. *fd is the caller's;
 * closing it lets go. The file stays. */
int rq_lock_take(const char *path, int wait_ms, int *fd, struct rq_error *e);
/* Whether somebody holds PATH now. false also when there is no such file. */
bool rq_lock_held(const char *path);

#endif
