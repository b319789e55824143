/* relayq.h - the API that the faces (command line, console) use. No curses, no printing.
 *
 * One context is one operator's view of all configured queues. Nothing is global: two contexts in one process are
 * fine. */
#ifndef RQ_RELAYQ_H
#define RQ_RELAYQ_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/model/call.h"
#include "core/model/config.h"
#include "core/model/joblog.h"
#include "core/model/jobtype.h"
#include "core/model/snapshot.h"

struct relayq;
struct rq_loop;
struct rq_policy;
struct rq_queue_ops;

struct rq_open_options {
	struct rq_loop *loop;           /* the caller's; outlives the context */
	bool console;                   /* commits happen on a thread; nothing blocks the loop */
	bool no_autostart;              /* never start an agent by ourselves */
	bool read_only;                 /* as the setting ui.read_only of a console: what changes something is refused */
	const struct rq_queue_ops *double_ops;  /* of tests: stands for each queue of its kind; NULL */
};

int rq_open(const struct rq_open_options *o, struct relayq **out, struct rq_error *e);
/* Open requests are answered (RQ_ECANCELLED, or as they ended) before it returns; open logs must have been closed. */
void rq_close(struct relayq *rq);
const struct rq_config *rq_get_config(const struct relayq *rq);
/* Read config.yaml again; on an error the settings in force stay. */
int rq_reload_config(struct relayq *rq, struct rq_error *e);
/* "config" "state" "cache" "runtime" "logs": directories; "config.yaml" "keymap" "theme" "state.db": files.
 * NULL unknown. */
const char *rq_path(const struct relayq *rq, const char *what);
const char *rq_user(const struct relayq *rq);   /* the operator's name for the audit */

/* Nothing is changed through this context: verbs that change something are answered with RQ_EREFUSED and rq_read_only_why,
 * and it starts no agent, decides nothing again, sends nothing that was kept. */
bool rq_read_only(const struct relayq *rq);
extern const char rq_read_only_why[];           /* a clause for "... is not possible: " */

/* The snapshot now, borrowed until the loop's next turn; rq_snapshot_ref keeps it. Never NULL; empty before the
 * first load. */
const struct rq_snapshot *rq_now_snapshot(struct relayq *rq);
/* What to keep loaded. CHANGED is called on the loop after a newer snapshot is in place. Changes are merged: at most
 * about 20 reloads a second, fewer when a load is slow. One subscriber a context; fn NULL ends it. */
void rq_subscribe(struct relayq *rq, const struct rq_want *want, void (*changed)(void *ud), void *ud);
/* Whether a change would be heard of at once, and the last load went well: then the snapshot is as new as can be, however
 * long ago it was made. */
bool rq_is_live(const struct relayq *rq);
/* Change what is wanted (the list was scrolled to its end: more finished jobs). */
void rq_want_more(struct relayq *rq, const struct rq_want *want);

/* The policy in force. First found: what rq_use_policy named, `policy` in config.yaml, policy/policy.yaml or
 * policy.yaml in the git work tree of the current directory, policy.yaml in the configuration's directory. SPEC is a
 * path or "repo:PATH@REV". A file that cannot be used leaves its last good version in force, and `error` says so. */
struct rq_policy_info {
	const char *path;               /* as shown; "" built in */
	const char *file;               /* absolute, also of one that cannot be used; "" none */
	const char *oid, *commit;       /* git's ids; "" none */
	bool dirty;
	int schema;                     /* 0 built in */
	const char *version;
	const char *error;              /* one sentence: what is wrong with the file, and which version is in force; "" nothing */
	const char *problems;           /* all of it, rendered; "" */
};
/* SPEC counts instead of what config.yaml names. What it says is known after the next look. */
int rq_use_policy(struct relayq *rq, const char *spec, struct rq_error *e);
/* Look at the file, then DONE on the loop: rq_policy_info and rq_policy_in_force tell what was seen. Requests that need
 * a decision look by themselves; the console also does so every two seconds. */
void rq_look_policy(struct relayq *rq, void (*done)(void *ud), void *ud);
/* As of the last look; borrowed until the next turn. Never NULL. */
const struct rq_policy_info *rq_policy_info(struct relayq *rq);
/* The values, for explaining and testing; NULL: the built-in policy. Borrowed until the next turn. */
const struct rq_policy *rq_policy_in_force(struct relayq *rq);

/* Start a verb. Routes by ids and call->queue; for SUBMIT, RETRY and REROUTE the policy decides first and the decision
 * is stored with it (callers leave `decision` NULL); what it rejects is answered with RQ_EREFUSED. After a SUBMIT an
 * agent is started when none runs
 * (agent.autostart). Answers by call->done. */
uint64_t rq_start(struct relayq *rq, struct rq_call *call);
void rq_abort(struct relayq *rq, uint64_t id);

/* The decision that a submission would get now, without storing it. Into A. Needs a snapshot with runners. */
int rq_preview(struct relayq *rq, struct rq_arena *a, const struct rq_submission *s, struct rq_decision *d,
	       struct rq_error *e);
/* Warnings for a submission: unknown labels with the nearest existing one; one line each, "" none. */
void rq_submission_warnings(struct relayq *rq, const struct rq_submission *s, struct rq_str *out);

/* Types of jobs (core/model/jobtype.h): from config.yaml, the user's and the shipped directories. Read anew at each call.
 * All of them, by name, into A; bad ones have their error set. */
const struct rq_job_type **rq_job_types(struct relayq *rq, struct rq_arena *a, size_t *n);
/* RQ_ENOTFOUND: none, and the sentence lists the known ones. RQ_EUSAGE: its definition is wrong. */
int rq_job_type(struct relayq *rq, struct rq_arena *a, const char *name, const struct rq_job_type **out,
		struct rq_error *e);
/* For a submission without steps: those of its type, its params checked and with all inputs; labels, time limit and name
 * where it has none. Into A. */
int rq_job_type_apply(struct relayq *rq, struct rq_arena *a, struct rq_submission *s, struct rq_error *e);

/* The disk that jobs and logs are kept on, as of the last look. */
struct rq_disk {
	int64_t looked_at;              /* 0: never */
	int64_t free_bytes, total_bytes, log_bytes;     /* -1 not known; log_bytes: what the logs of jobs take of it */
};
const struct rq_disk *rq_disk(const struct relayq *rq);
/* Look, on a thread, then DONE on the loop; LOGS: measure these as well, which takes longer. One look at a time: another
 * caller takes the place of the one before. DONE NULL: nobody is to be told any more. */
void rq_look_disk(struct relayq *rq, bool logs, void (*done)(void *ud), void *ud);

/* The queue in place I, from 0; NULL behind the last; one that is found comes later. The local one is the first. */
const char *rq_queue_name(const struct relayq *rq, size_t i);
/* Whether NAME can do CAP (rq_cap of queue.h) on queue QUEUE; NULL: on one of them, where it goes by itself.
 * *why (may be NULL) is the sentence if not. */
bool rq_can(struct relayq *rq, const char *queue, unsigned cap, const char **why);

/* A job's log as it grows: bytes of a file in GitHub's log format. */
struct rq_joblog;
/* Whether the log of ID is on this machine: looking at it asks nobody. */
bool rq_joblog_near(struct relayq *rq, const char *id);
/* CHANGED runs on the loop when there is more to read, another text took its place, or the job has ended. attempt 0: the
 * latest. */
int rq_joblog_open(struct relayq *rq, const char *id, int attempt, void (*changed)(void *ud), void *ud,
		   struct rq_joblog **out, struct rq_error *e);
/* Any file as a log. RQ_EUSAGE: it is none that can be looked at, such as a directory. Its end is not known: it may grow. */
int rq_joblog_open_file(struct relayq *rq, const char *path, void (*changed)(void *ud), void *ud,
			struct rq_joblog **out, struct rq_error *e);
void rq_joblog_close(struct rq_joblog *l);
int64_t rq_joblog_size(struct rq_joblog *l);            /* bytes that can be read now; 0 while there is no file */
/* Up to N bytes at OFF; *got bytes. */
int rq_joblog_read(struct rq_joblog *l, int64_t off, char *buf, size_t n, size_t *got, struct rq_error *e);
bool rq_joblog_ended(struct rq_joblog *l);              /* the job is completed and everything is there */
const char *rq_joblog_path(const struct rq_joblog *l);

/* Logs of jobs elsewhere are fetched, or followed where the job runs. What is read is then first the one and then the
 * other: each new text is a turn. */
unsigned rq_joblog_turn(const struct rq_joblog *l);
/* Where in the text of this turn that lies which was at OFF in that of the turn before; 0 when that was another job's. */
int64_t rq_joblog_place(struct rq_joblog *l, int64_t off);
enum rq_logged rq_joblog_what(const struct rq_joblog *l);
const char *rq_joblog_source(const struct rq_joblog *l);   /* one line: where it is from; "" a file of this machine */
const char *rq_joblog_job(const struct rq_joblog *l);      /* whose it is: of a run the job that matters; "" not known */
const char *rq_joblog_job_name(const struct rq_joblog *l); /* "" likewise, and of what was asked for by its own id */
bool rq_joblog_settled(const struct rq_joblog *l);         /* what can be had now is there */
int rq_joblog_error(const struct rq_joblog *l, struct rq_error *e);    /* why it cannot be had; RQ_OK */
int rq_joblog_attempt(const struct rq_joblog *l);

/* Agents of this machine. The daemon itself: core/agent/agent.h, run by the command `agent run`. */
struct rq_agent_options {
	const char *name;               /* NULL: agent.name, else the host's name */
	const char *labels;             /* extra labels, "a,b"; NULL: agent.labels */
	int slots;                      /* 0: agent.slots, else 1 */
};
/* Run until SIGTERM/SIGINT; returns the exit status. Blocks: it owns the loop of the process. */
int rq_agent_run(struct relayq *rq, const struct rq_agent_options *o, struct rq_error *e);
/* Start `relayq agent run` detached, in its own session; RQ_EBUSY when that agent runs already. */
int rq_agent_start(struct relayq *rq, const struct rq_agent_options *o, struct rq_error *e);
/* Ask a living agent to stop: "drain" (finish what it has), "now" (hand back after the grace time). Does not wait. */
int rq_agent_signal(struct relayq *rq, const char *name, const char *how, struct rq_error *e);
bool rq_agent_alive(struct relayq *rq, const char *name, int64_t *pid);

/* Findings of `doctor`. */
struct rq_finding {
	enum { RQ_FINDING_OK, RQ_FINDING_NOTE, RQ_FINDING_BAD } level;
	const char *what;               /* "state directory" */
	const char *text;               /* "owned by another user" */
	const char *fix;                /* what to do; "" nothing */
};
/* Into A; *n of them. Of the policy it knows what the last look saw. Checks what does not need the terminal; the faces
 * add theirs. */
struct rq_finding *rq_doctor(struct relayq *rq, struct rq_arena *a, size_t *n);

#endif
