/* context.h - the inside of struct relayq; for core/relayq*.c alone. */
#ifndef RQ_CONTEXT_H
#define RQ_CONTEXT_H

#include "core/agent/policy_file.h"
#include "core/model/queues.h"
#include "core/queue/queue.h"
#include "core/relayq.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

/* The local one, those of config.yaml, and one that was found. */
enum { RQ_QUEUES_MAX = RQ_CONFIGURED_QUEUES_MAX + 2, RQ_FILES_N = 5 };

struct pending;

/* A queue of the context. The local one is the first and always open; another is opened when somebody asks for it. */
struct rq_member {
	struct relayq *rq;
	const char *name;
	const struct rq_queue_config *config;   /* NULL: the local one */
	struct rq_queue *q;             /* NULL: not open */
	struct rq_error problem;        /* why it could not be opened */

	/* relayq_watch.c */
	struct rq_snapshot *part;       /* the last that it gave; NULL none yet */
	struct rq_error failure;        /* of the last load */
	struct rq_timer *reload;
	bool watched;                   /* by the subscription */
	bool loading, stale;
	bool listening;                 /* to wake-ups */
	int64_t load_started_ns, load_took_ns;
};

struct relayq {
	struct rq_loop *loop;
	struct rq_paths paths;
	char *files[RQ_FILES_N];        /* of rq_path: config.yaml keymap theme state.db env */
	struct rq_config *config;
	char *user;
	bool console, no_autostart, read_only;
	struct rq_log *log;             /* RELAYQ_LOG; NULL none */
	struct rq_redact *redact;       /* what no line of it may show; NULL without */
	bool closing;                   /* the queues are going: nothing is started any more */

	struct rq_dispatcher *dispatcher;       /* of a console; NULL else */

	/* relayq_queues.c */
	struct rq_queues *configured;
	const struct rq_queue_ops *double_ops;  /* of tests; NULL */
	struct rq_member members[RQ_QUEUES_MAX];
	size_t n_members;

	/* relayq_found.c */
	struct rq_find *finding;
	bool found_known;               /* whether there is one */
	struct rq_queue_config found;
	const char *found_error;        /* why it cannot be shown; NULL */
	struct rq_arena found_arena;

	/* relayq_watch.c */
	struct rq_snapshot *snapshot;   /* never NULL */
	uint64_t generation;
	struct rq_want want;
	void (*changed)(void *ud);
	void *changed_ud;

	/* relayq_policy.c */
	struct rq_policy_file *policy_file;     /* NULL before it is needed */
	bool policy_named;              /* by rq_use_policy: the settings do not count */
	char *cwd;                      /* where we stood when we began; NULL nowhere */
	struct rq_policy_info policy_info;
	uint64_t policy_seen;           /* generation that the subscriber knows */
	struct rq_timer *look;

	/* relayq_disk.c */
	struct rq_disk disk;
	struct rq_disk_look *disk_look; /* under way; NULL */
	void (*disk_seen)(void *ud);
	void *disk_ud;

	struct pending *pending;        /* relayq_verbs.c: calls that have not been answered */
	uint64_t last_id;
	struct rq_joblog *logs;         /* relayq_log.c: open ones */
};

/* relayq_queues.c */
int rq_members_open(struct relayq *rq, struct rq_error *e);    /* the local one; the others are known */
void rq_members_close(struct relayq *rq);
void rq_members_free(struct relayq *rq);                       /* after it: what they were opened with */
struct rq_queue *rq_local_queue(const struct relayq *rq);
/* The queue NAME; NULL or "": the default one. Not opened. NULL with RQ_ENOTFOUND. */
struct rq_member *rq_member_named(struct relayq *rq, const char *name, struct rq_error *e);
/* The one that has ID: "media:17", or "17" where one queue alone can have it. */
struct rq_member *rq_member_of_id(struct relayq *rq, const char *id, struct rq_error *e);
/* What it can do, open or not. */
unsigned rq_member_caps(const struct rq_member *m);
/* Open it if it is not. */
int rq_member_open(struct rq_member *m, struct rq_error *e);

struct rq_member *rq_member_add(struct relayq *rq, const char *name, const struct rq_queue_config *config);
/* The local queue has had a job of that number. */
bool rq_member_is_local(struct relayq *rq, const char *id);

/* relayq_disk.c */
void rq_disk_close(struct relayq *rq);

/* relayq_found.c */
bool rq_found_may_come(const struct relayq *rq);  /* it was not looked for yet */
/* Look, unless that was begun; rq_watch_found and rq_verbs_found hear of it, whatever came out. */
void rq_found_look(struct relayq *rq);
void rq_found_stop(struct relayq *rq);

/* relayq_route.c */
enum rq_where {
	RQ_TO_FIND,                     /* known when it was looked whether a queue is to be found */
	RQ_TO_ONE,
	RQ_TO_ALL,                      /* a list of all queues */
	RQ_TO_RUNNER,                   /* where its runner is: all are to be asked */
	RQ_TO_EACH,                     /* its ids are of several queues */
	RQ_TO_NOBODY                    /* and the error says why */
};
/* Where CALL goes. */
enum rq_where rq_route(struct relayq *rq, const struct rq_call *call, struct rq_member **m, struct rq_error *e);
/* How many queues beside the local one could have the runner of a DRAIN; *only: the one, if it is one alone. */
size_t rq_route_drain(struct relayq *rq, struct rq_member **only);
/* The runner that CALL is about; NULL none. */
const char *rq_route_runner(const struct rq_call *call);
/* The ids of a CANCEL, RETRY or DELETE. */
size_t rq_route_ids(const struct rq_call *call, const char ***ids);

/* relayq_watch.c */
void rq_watch_close(struct relayq *rq);
/* Hear of what other processes change. */
void rq_watch_listen(struct rq_member *m);
void rq_watch_changed(void *ud);           /* ud: the member */
void rq_watch_found(struct relayq *rq);    /* there may be one more to show */
/* The view of those that are open, of what each of them gave. */
struct rq_snapshot *rq_watch_view(struct relayq *rq);

/* relayq_policy.c */
void rq_policy_open(struct relayq *rq);
void rq_policy_stop(struct relayq *rq);    /* before the queues are closed */
void rq_policy_close(struct relayq *rq);   /* after it */
void rq_policy_config_changed(struct relayq *rq);

/* relayq_verbs.c: in rq_close, after `closing` was set. */
void rq_verbs_stop(struct relayq *rq);
void rq_verbs_found(struct relayq *rq);    /* what waits for that goes on */

/* relayq_decide.c */

/* The decisions of one request: each that takes a place changes the fleet for the next. */
struct rq_deciding {
	struct relayq *rq;
	struct rq_arena *a;             /* of the request */
	const struct rq_policy *policy; /* held by the request; NULL built in */
	const struct rq_fleet *fleet;
	const char *by;
};
void rq_deciding_init(struct rq_deciding *x, struct relayq *rq, struct rq_arena *a, const struct rq_policy *policy,
		      const struct rq_snapshot *runners, const char *by);
/* RAW need not be normalised. */
struct rq_decision *rq_decide_one(struct rq_deciding *x, const struct rq_facts *raw, const char *trigger, const char *note,
				  const char *prev);
const struct rq_labels *rq_wanted_labels(const struct rq_labels *l, const char *target);
struct rq_facts rq_facts_of_submission(const struct rq_submission *s, const char *by);
struct rq_facts rq_facts_of_job(const struct rq_job_detail *d);
struct rq_fleet rq_fleet_of(const struct rq_snapshot *s);
/* What a job may take, in ms. */
int64_t rq_timeout_of(const struct relayq *rq, const struct rq_submission *s, const struct rq_decision *d);
/* RQ_EREFUSED with the sentence that tells why. */
int rq_refusal(const struct rq_decision *d, struct rq_error *e);
void rq_warn_of(const struct rq_policy *p, const struct rq_snapshot *known, const struct rq_submission *s, struct rq_str *out);

/* relayq_log.c: what is open of Q's logs is looked at again. */
void rq_logs_changed(struct relayq *rq, const struct rq_queue *q);

/* relayq_outbox.c */
struct rq_outbox_watch;
struct rq_outbox_watch *rq_outbox_watch_new(struct relayq *rq);
void rq_outbox_watch_free(struct rq_outbox_watch *w);

/* relayq_agent.c: start an agent when none of RUNNERS is alive and the settings allow it. */
void rq_autostart(struct relayq *rq, const struct rq_snapshot *runners);

#endif
