/* shim_cell.h - the cell: one small file for each running job, through which agent and shim meet.
 *
 * It is written full of zeros once and then only overwritten, so that a full disk never loses an exit status. Each of
 * its pages has one writer at a time and a checksum: a torn or foreign page reads as "nothing there".
 *   order  by the agent that watches over the job: whose job it is, until when it may run, what is asked of it
 *   run    by the shim when it starts: what must be ended if the shim itself is lost
 *   end    by the shim at the end, synced before anybody reports: the result
 * The shim holds a file lock on the cell for its whole life: lock held = the shim lives. Nobody may declare the job lost
 * while it is held, and a shim that gets the lock late finds the lease in `order` lapsed and starts nothing: so there is
 * never a second live copy of a job.
 * Agent and shim may be of different builds: the layout is fixed, the version says which. */
#ifndef RQ_AGENT_SHIM_CELL_H
#define RQ_AGENT_SHIM_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_CELL_VERSION = 1, RQ_CELL_PAGE = 4096, RQ_CELL_PAGES = 3 };
enum rq_cell_page { RQ_CELL_ORDER, RQ_CELL_RUN, RQ_CELL_END };

enum rq_cell_word {
	RQ_WORD_NONE,
	RQ_WORD_CANCEL,         /* end the job: SIGTERM, grace time, SIGKILL */
	RQ_WORD_KILL,           /* the same at once with SIGKILL */
	RQ_WORD_STOP,           /* as CANCEL, but because the runner stops: the job goes back */
	RQ_WORD_CLOSED          /* the result is accepted; the cell may be used again */
};

enum rq_cell_kind {
	RQ_END_FINISHED = 1,    /* the command ended by itself: exit_code, signal */
	RQ_END_TIMED_OUT,
	RQ_END_CANCELLED,
	RQ_END_STOPPED,         /* ended because the runner or the machine stops */
	RQ_END_FENCED,          /* ended because nobody renewed the lease */
	RQ_END_START_FAILED,    /* no such command, directory, ...: the log says it */
	RQ_END_REFUSED          /* the lease had lapsed before the start: nothing ran */
};

#define RQ_CELL_TOKEN 48        /* with the NUL */
/* What a shim writes to its descriptor 1 when its job's processes are gone, and the result is not on the disk yet: the
 * token, NUL-padded to this length. Its agent may start the next job meanwhile. */
#define RQ_CELL_NOTE 33

struct rq_cell_order {
	char token[RQ_CELL_TOKEN];
	char instance[RQ_CELL_TOKEN];   /* the agent that watches now */
	char boot_id[48];
	char job[160];
	char agent_lock[512];           /* held while that agent lives */
	int64_t lease_boot_ms;          /* boot clock */
	int64_t lease_ms;
	uint32_t attempt;
	uint32_t word;                  /* enum rq_cell_word */
};

struct rq_cell_run {
	char token[RQ_CELL_TOKEN];
	char boot_id[48];
	char cgroup[512];               /* "" none */
	int64_t shim_pid;
	int64_t child_pid;              /* also its process group and session; 0: about to be started */
	int64_t child_boot_ms;          /* when it was started, on the boot clock */
	int64_t started_at;             /* wall clock */
	uint32_t step;                  /* from 1 */
	uint32_t unused;
};

struct rq_cell_end {
	char token[RQ_CELL_TOKEN];
	uint32_t kind;                  /* enum rq_cell_kind */
	int32_t exit_code;              /* -1 none */
	int32_t signal;                 /* 0 none */
	uint32_t step;                  /* the last that was started */
	int64_t started_at, ended_at;   /* wall clock; 0 never started */
	int64_t log_cut;                /* bytes beyond the log's limit */
	int64_t log_lost;               /* bytes that could not be written */
	char why[256];                  /* one line, "" none */
	uint32_t log_silent;            /* the log could not even say what it lost */
	uint32_t unused;
};

/* Make PATH (0600), full of zeros: its room on the disk is taken now; the first sync takes it there. Returns a descriptor
 * (O_CLOEXEC), -1 with errno. */
int rq_cell_make(const char *path);
/* Open an existing cell. Returns a descriptor (O_CLOEXEC), -1 with errno. */
int rq_cell_open(const char *path);
/* Read PAGE into REC of N bytes. false: no valid record there. */
bool rq_cell_read(int fd, enum rq_cell_page page, void *rec, size_t n);
/* Overwrite PAGE; SYNC waits for the disk. 0, or -1 with errno. */
int rq_cell_write(int fd, enum rq_cell_page page, const void *rec, size_t n, bool sync);
/* Take the lock for this process, without waiting. false: somebody holds it. */
bool rq_cell_lock(int fd);
/* Whether a shim holds PATH's lock now; false also when there is no such file. */
bool rq_cell_held(const char *path);

#endif
