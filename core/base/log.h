/* log.h - the program's own log, for finding faults: off unless RELAYQ_LOG=FILE or a daemon opened one.
 * Never the terminal; never a secret. */
#ifndef RQ_BASE_LOG_H
#define RQ_BASE_LOG_H

#include <stdint.h>
#include "core/base/err.h"

enum rq_level { RQ_LOG_ERROR, RQ_LOG_WARN, RQ_LOG_INFO, RQ_LOG_DEBUG };

struct rq_log;
/* Appends to PATH (0600); at MAX bytes the file is renamed to PATH.1 and begun anew. */
int rq_log_open(const char *path, int64_t max, enum rq_level level, struct rq_log **out, struct rq_error *e);
void rq_log_close(struct rq_log *l);
/* From now on no line shows what R knows (borrowed; NULL: only what looks like a secret, core/base/redact.h, is hidden). */
struct rq_redact;
void rq_log_redact(struct rq_log *l, const struct rq_redact *r);
/* L may be NULL: nothing happens. One line, with time, level and process id. */
void rq_log_write(struct rq_log *l, enum rq_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
