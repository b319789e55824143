/* daemon.h - the agent's process: what its files share.
 *
 *   daemon.c     start, registration, stop: the life of the process
 *   exchange.c   results out, jobs in
 *   work.c       one job under watch: starting its shim, its end
 *   keeper.c     shims made by a shim that waits
 *   beat.c       leases kept, cancel heard
 *   adopt.c      jobs of dead and hung agents
 *   lost.c       what is left of a job whose shim is gone
 *   cells.c      the cells, made and given back
 *   spec.c       what the shim is told
 *   secrets.c    what no log shows
 *   probe.c      what the machine is
 *   control.c    start, stop, status, from other processes
 *
 * Nothing here is remembered that must survive: a killed agent leaves the queue, the cells, and shims that go on. */
#ifndef RQ_AGENT_DAEMON_H
#define RQ_AGENT_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "core/agent/agent.h"
#include "core/agent/shim_cell.h"
#include "core/base/log.h"
#include "core/base/rand.h"
#include "core/model/call.h"
#include "core/model/id.h"

struct rq_daemon;

struct rq_cell {
	char *name;                     /* what the queue is told: "mac.1f2e3d4c.0" */
	char *path;
	char *files;                    /* directory of the job's files, beside the cell */
	int fd;
	bool taken;
	bool spent;                     /* its result was accepted, but is not known to be on the disk with the queue */
};

/* A claim that was or will be asked for; kept until it is granted, because an answer may be lost. */
struct rq_waiting {
	char token[RQ_TOKEN_LEN];
	struct rq_cell *cell;
};

enum rq_work_state {
	RQ_WORK_ADOPTING,       /* its shim lives; the queue is being asked whether we may have it */
	RQ_WORK_RUNS,           /* its shim lives, as far as we know */
	RQ_WORK_SWEPT,          /* its shim is gone: what is left is being ended */
	RQ_WORK_ENDED,          /* the result waits to be reported */
	RQ_WORK_REPORTED,       /* it is in the exchange that is under way */
	RQ_WORK_DROPPED         /* somebody else's now; we only wait for the shim that is our child */
};

struct rq_work {
	struct rq_daemon *d;
	enum rq_work_state state;
	char *id, *token;
	int attempt;
	struct rq_cell *cell;
	struct rq_child *child;         /* NULL: adopted, or ended */
	bool adopted;                   /* the queue says that it is ours */
	enum rq_beat told;              /* the last word that was passed on */
	int64_t lease_boot_ms;
	int64_t timeout_ms;
	int64_t overdue_at;             /* boot clock: a shim that still is there then is frozen; 0 never */
	bool ending;                    /* its processes are gone; the shim still waits for the disk */
	int64_t log_lost;               /* bytes that the log misses without saying so */
	struct rq_cell_run run;         /* what is to be swept */
	struct rq_result result;        /* its strings: id, token of ours, why below */
	char why[256];
};

enum rq_stop { RQ_GOES_ON, RQ_STOP_DRAIN, RQ_STOP_NOW, RQ_STOP_LEAVE };

struct rq_daemon {
	const struct rq_paths *paths;
	const struct rq_config *config;
	struct rq_loop *loop;
	struct rq_queue *queue;
	struct rq_log *log;
	struct rq_arena arena;          /* what stays: name, labels, paths */
	const char *name, *extra_labels;
	char instance[RQ_TOKEN_LEN];
	const char *lock_path, *cells_dir, *shim, *cgroup;      /* cgroup: where jobs' groups are made; NULL none */
	const char *user_path;                /* PATH for jobs that have none */
	int lock_fd;
	int notes[2];                   /* pipe: shims tell on it that their job has ended */
	struct rq_watch *notes_watch;
	struct rq_child *keeper;        /* keeper.c: the shim that makes the others; NULL none */
	int keeper_fd;                  /* -1 none */
	int keeper_failures;
	int slots;
	int64_t lease_ms, grace_ms;
	bool subreaper;

	struct rq_work **works;
	size_t n_works, cap_works;
	struct rq_cell **cells;
	size_t n_cells, cap_cells;
	struct rq_waiting *claims;      /* SLOTS of them at most */
	size_t n_claims;
	char **secrets;
	size_t n_secrets;
	int64_t secrets_at;             /* mono ms when they were looked at */
	time_t secrets_ctime;

	struct rq_dispatcher *dispatcher;     /* NULL before we are registered, and where the queue follows no policy */
	struct rq_wake *wake;
	struct rq_timer *poll, *again, *report, *due, *beat, *reap, *sweep, *stopping;
	struct rq_sig *sigs[3];
	struct rq_call *exchanging, *beating, *looking;         /* under way; NULL none */
	bool more;                      /* the queue may have jobs that we had no slot for */
	bool wanted;                    /* an exchange was asked for while one was under way */
	bool lazy;                      /* there were lazy exchanges since the last write that was not */
	size_t n_calls;                 /* requests that are not answered yet */
	bool registered, cleaned, leaving;
	int64_t started_at, registered_at;      /* wall clock; mono ms */
	enum rq_drain drain;
	enum rq_stop stop;
	int64_t paused_until;           /* mono ms: claims nothing before; after what failed */
	int64_t pause_ms;
	int64_t beat_at;                /* mono ms of the last beat */
};

#define RQ_DLOG(d, level, ...) rq_log_write((d)->log, level, __VA_ARGS__)

int64_t rq_daemon_mono_ms(void);
/* How many jobs run under us; and how many slots they take: a job whose processes are gone takes none. */
size_t rq_daemon_running(const struct rq_daemon *d);
size_t rq_daemon_taken(const struct rq_daemon *d);
/* Ask the queue; each answer begins with rq_daemon_answered. */
void rq_daemon_ask(struct rq_daemon *d, struct rq_call *c);
void rq_daemon_answered(struct rq_daemon *d);
/* Something changed that may end the process: look whether it is time. */
void rq_daemon_check_stop(struct rq_daemon *d);
/* What the queue says of our drain; undrained, we ask for work at once. */
void rq_daemon_drain_is(struct rq_daemon *d, enum rq_drain drain);
/* Take nothing for a while, longer each time until a job starts well. */
void rq_daemon_pause(struct rq_daemon *d, const char *why);

/* exchange.c */
void rq_exchange(struct rq_daemon *d);          /* now or when the running one has ended */
void rq_exchange_soon(struct rq_daemon *d);     /* after the running callback: merges several */
/* A result is there: it may wait a moment for the next claim to take it along, if there will be one. */
void rq_exchange_report(struct rq_daemon *d);
void rq_exchange_release(struct rq_daemon *d);

/* work.c */
struct rq_work *rq_work_new(struct rq_daemon *d, const char *id, const char *token, int attempt, struct rq_cell *cell);
void rq_work_free(struct rq_work *w);           /* and out of the daemon's list; gives the cell back */
struct rq_work *rq_work_find(struct rq_daemon *d, const char *token);
/* Start its shim; a failure becomes its result. */
void rq_work_start(struct rq_work *w, const struct rq_grant *g);
/* Write the cell's order: lease, word, who watches. */
int rq_work_order(struct rq_work *w, enum rq_cell_word word);
/* Pass a word on: into the cell, and wake the shim. */
void rq_work_tell(struct rq_work *w, enum rq_cell_word word);
/* Listen for notes of shims. */
int rq_work_listen(struct rq_daemon *d, struct rq_error *e);
void rq_work_unlisten(struct rq_daemon *d);
/* The shim is gone: result from the cell, or sweep. */
void rq_work_ended(struct rq_work *w);
void rq_work_result(struct rq_work *w, enum rq_result_kind kind, const char *why);
/* The end record of TOKEN in FD, as a result; false when there is none. */
bool rq_work_read_end(struct rq_work *w);
/* The queue has the result, so the disk has room again: say in the log what it misses. */
void rq_work_mend_log(struct rq_work *w);
/* Shims that should be gone by now are ended. */
void rq_work_check_overdue(struct rq_daemon *d);

/* keeper.c: a shim for CELL, our child like one that we start; false: start it in the other way. */
bool rq_keeper_shim(struct rq_daemon *d, const char *cell, int spec, rq_exit_fn *fn, void *ud, struct rq_child **out);
void rq_keeper_release(struct rq_daemon *d);

/* beat.c */
void rq_beat(struct rq_daemon *d);
/* Beat if a lease is near its end: the machine slept, or we were too busy. */
void rq_beat_late(struct rq_daemon *d);
void rq_beat_changed(struct rq_daemon *d);      /* the queue changed: maybe a cancel */
void rq_beat_keep(struct rq_daemon *d);         /* start or stop the timer */

/* adopt.c */
void rq_adopt_look(struct rq_daemon *d);

/* lost.c */
/* End what is left of W's job. true: nothing is there any more. */
bool rq_lost_sweep(struct rq_work *w);
/* End what dead shims of ours have left to us; how many there still are. */
size_t rq_lost_orphans(struct rq_daemon *d);

/* cells.c */
int rq_cells_open(struct rq_daemon *d, struct rq_error *e);
/* A cell that nothing uses; NULL with E (a full disk). */
struct rq_cell *rq_cells_take(struct rq_daemon *d, struct rq_error *e);
/* The cell NAME of another agent, or one of ours; NULL when there is none. */
struct rq_cell *rq_cells_foreign(struct rq_daemon *d, const char *name);
void rq_cells_give(struct rq_daemon *d, struct rq_cell *c);
/* Cells that must keep their results until the queue has them on the disk; and: now it has. */
size_t rq_cells_spent(const struct rq_daemon *d);
void rq_cells_synced(struct rq_daemon *d);
/* Remove the cells of agents that are gone. LEASES: what may still need one. */
void rq_cells_clean(struct rq_daemon *d, const struct rq_lease *leases, size_t n);
void rq_cells_release(struct rq_daemon *d);

/* secrets.c: reads the file again when it has changed. */
void rq_secrets_refresh(struct rq_daemon *d);
void rq_secrets_release(struct rq_daemon *d);

/* control.c: the caller frees it. */
char *rq_agentd_lock_path(const struct rq_paths *paths, const char *name);

/* spec.c */
/* The spec of job G, in a file without a name; a descriptor (O_CLOEXEC), -1 with E. */
int rq_spec_write(struct rq_daemon *d, const struct rq_work *w, const struct rq_grant *g, struct rq_error *e);

/* probe.c */
/* Fill in what the machine is, and labels; strings go into A. */
int rq_probe(struct rq_arena *a, const char *name, const char *extra_labels, const char *state_dir,
	     struct rq_runner *out, struct rq_error *e);
/* A host name that is a valid name; into A. */
const char *rq_probe_host(struct rq_arena *a);
/* Directory to make jobs' cgroups in; NULL without cgroups (version 2). Into A. */
const char *rq_probe_cgroup(struct rq_arena *a);
/* Make it if need be; false: we may not. */
bool rq_probe_make_cgroup(const char *dir);

#endif
