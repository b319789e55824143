/* proc.h - other processes: who they are, and finding those of a lost job. A bare pid is never trusted. */
#ifndef RQ_SYS_PROC_H
#define RQ_SYS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether PID is a living process (no zombie) that was started at BOOT_MS on the boot clock, or up to two seconds later.
 * false where the system does not tell. */
bool rq_proc_is(int64_t pid, int64_t boot_ms);
/* Send SIG (0: only count) to every living process that has PAIR ("NAME=VALUE") in the environment it was started
 * with, and is not ourselves. Returns how many; 0 where the system does not tell. */
size_t rq_proc_signal_env(const char *pair, int sig);
/* Our direct children: at most MAX pids into V; returns how many there are in all. 0 where the system does not tell. */
size_t rq_proc_children(int64_t *v, size_t max);

#endif
