/* github.h - the inside of the queue kind `github` (GitHub, GHES, Gitea, Forgejo); for github*.c alone.
 *
 * What is known lies in watches: one a page of one list, each with the age that it may have. github_plan.c says which watches
 * there are and how often each is asked, github_watch.c asks and keeps the answers parsed, github_list.c makes snapshots of
 * them. Verbs are operations (struct gh_op): a few requests one after the other, each named for Activity.
 *
 * A row of the list is a run; `QUEUE:RUN/JOB` is one of its jobs. */
#ifndef RQ_QUEUE_GITHUB_H
#define RQ_QUEUE_GITHUB_H

#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/queues.h"
#include "core/queue/github_api.h"
#include "core/queue/github_token.h"
#include "core/queue/queue.h"

extern const struct rq_queue_ops rq_github_ops;

enum gh_what {
	GH_RUNS,                /* of a repository, newest first */
	GH_ACTIVE,              /* those that have a status: finds old runs that were run again */
	GH_RUN,                 /* one that stands in no list */
	GH_JOBS,                /* of a run */
	GH_RUNNERS,             /* of a repository, or of the organisation */
	GH_REPOS,               /* of the organisation */
	GH_WHAT_N
};

struct gh_watch {
	struct gh_watch *next, *same;   /* of all; of those with the same place in the index */
	struct rq_github *g;
	enum gh_what what;
	size_t repo;            /* index; GH_NO_REPO: the organisation's */
	int64_t run;
	int part;               /* page, from 1; GH_ACTIVE: which status */
	char *path;
	bool wanted;            /* by the last plan */
	bool stale;             /* something was changed: what the cache has is too old, however young */
	int64_t every_ms;
	int64_t asked_at;       /* mono ms; 0 never */
	int64_t fresh_at;       /* mono ms: when it was asked, by whichever process; 0 never */
	int64_t attempt;        /* GH_JOBS: of the run whose jobs are asked for */
	int followups;          /* GH_JOBS: asked after the run had ended */
	struct rq_api_call *call;
	int64_t checked_at;     /* wall clock: what is here was true then; 0 nothing is */
	int code;               /* of the last answer */
	char *etag, *following; /* NULL; the next page's path */
	char *error, *missing;  /* of the last answer: its sentence, the permission; NULL */
	struct rq_snapshot *data;       /* owns what V points to; NULL nothing yet */
	size_t n;
	int64_t total;          /* as the server says */
	union {
		struct rq_gh_run *runs;
		struct rq_gh_job *jobs;
		struct rq_gh_runner *runners;
		const char **repos;
	} v;
	int64_t since, taken_at; /* wall clock: when the host was asked and first said what is here; when that came */
	/* A page of runs moves on with each new run. What it said when the next page was asked touches that one, until it is
	 * asked again: in between are those that have left this page since. */
	struct rq_snapshot *bridge;
	struct rq_gh_run *bridge_runs;
	size_t n_bridge;
};
#define GH_NO_REPO ((size_t)-1)

struct gh_repo {
	char *name;             /* "acme/media" */
	bool lively;            /* has runs that are active */
};

/* A run as it is known now, from whichever list is the newest. */
struct gh_seen {
	const struct rq_gh_run *run;    /* until the next merge */
	struct rq_snapshot *of;         /* owns it */
	int64_t at;                     /* when it was so */
	const struct gh_watch *jobs;    /* first page; NULL not asked */
	int64_t id;
	size_t repo;
	bool active;
};
struct gh_was {
	int64_t run;
	size_t repo;
};

enum {
	GH_INDEX = 512,
	GH_ACTIVE_MS = 4000,            /* the jobs of a run in progress are 5 s old at most where points allow */
	GH_LIVE_MAX = 120000            /* ms: what is asked less often is of the past */
};

struct rq_github {
	struct rq_queue q;
	struct rq_loop *loop;
	char *name;             /* as q.name, known earlier */
	const char *org;        /* "" none */
	char *cache_dir, *state_dir, *logs_dir;
	struct rq_log *log;     /* NULL none */
	struct rq_redact *redact;
	int64_t log_cache, log_max;     /* bytes: of all fetched logs, of a live one; 0: as usual */
	bool read_only, worker; /* what others began is never carried on; what syncs to the disk goes to a thread */
	enum rq_forge forge;
	const struct rq_queue_config *config;   /* outlives the queue */

	struct rq_token *finding;       /* the token is being looked for */
	struct rq_api *api;             /* NULL until it is known whether there is one */
	char *token_source;       /* "GH_TOKEN"; "" none yet */
	char *unusable;         /* why nothing can be asked: no token; NULL */

	size_t n_repos, cap_repos, n_listed;    /* listed in the settings: the first ones */
	struct gh_repo *repos;
	struct gh_watch *watches, **end;
	struct gh_watch *index[GH_INDEX];
	struct rq_snapshot *retired;    /* NULL; holds what `seen` may still point to */
	struct rq_timer *tick;
	bool listening, planning, stopped;
	bool dirty;             /* a watch has changed: `seen` is to be merged again */
	int64_t round_at;       /* mono ms: when the snapshot that a command waits for was asked */
	struct rq_want want;    /* of the last snapshot */
	size_t n_seen, cap_seen;
	struct gh_seen *seen;   /* by id, highest first; made by gh_plan */
	size_t n_lost, cap_lost;
	struct gh_was *lost;    /* were active and are in no list now */
	int64_t told_at;        /* mono ms: when the faces last heard of a check that changed nothing */
	int crowd;              /* 1/1000: how much slower than wanted, or more would be asked in a minute than is polite */
	int64_t paged_at;       /* mono ms: when an old page was last asked */

	struct gh_op *ops;
	struct gh_wait { struct gh_wait *next; struct rq_call *call; bool begun; } *waits; /* calls before the token, snapshots */
	int64_t moves_at;       /* mono ms: when re-routes were looked for */
	struct gh_drains *drains;       /* github_drain_watch.c; NULL until it is needed */
	struct gh_journal *journal;     /* github_journal.c: github.db; NULL until it is needed */
	struct gh_flush *flush;         /* github_flush.c: NULL: this process sends nothing that is kept */
	bool plain;                     /* the server knows no details of a dispatch's run */
};

/* github_plan.c */
/* Which watches there should be now; begins those that are due. */
void gh_plan(struct rq_github *g);
/* In 1/1000: how much less often than wanted W's host is asked. */
int gh_pace(const struct rq_github *g);
/* Whether something is being asked that a snapshot waits for. */
bool gh_busy(const struct rq_github *g);
/* Everything about RUN (0: all) is old: ask again at once. After a verb changed something. */
void gh_stale(struct rq_github *g, int64_t run);
void gh_stale_runners(struct rq_github *g);

/* github_watch.c */
struct gh_watch *gh_watch_want(struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part, const char *path,
			       int64_t every_ms);
struct gh_watch *gh_watch_find(const struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part);
void gh_watch_ask(struct gh_watch *w);
void gh_watch_free(struct gh_watch *w);         /* takes it out of the list */
/* W is dropped, or its page changed: DATA lives until the lists are merged again. */
void gh_retire(struct rq_github *g, struct rq_snapshot *data);
/* What the old pages and finished runs need: one at a time, when nothing better is to do. */
bool gh_watch_can_wait(const struct gh_watch *w);
/* Ms until W is due; 0: now. */
int64_t gh_watch_due(const struct gh_watch *w, int64_t mono_ms);

/* github_list.c */
struct rq_snapshot *gh_snapshot(struct rq_github *g, const struct rq_want *want);
const struct gh_seen *gh_run(const struct rq_github *g, int64_t run);
/* The latest of each job of a run, in order, in A. */
size_t gh_jobs(const struct rq_github *g, const struct gh_seen *s, struct rq_arena *a, struct rq_gh_job **out);
const struct rq_gh_runner *gh_runner(const struct rq_github *g, const char *name, size_t *repo);
/* The runner is busy with this job, by the jobs of the runs that are active; NULL none is known. */
const struct rq_gh_job *gh_job_of_runner(const struct rq_github *g, int64_t runner_id, const struct gh_seen **run);

/* github_op.c: verbs. */
struct gh_op;
typedef void gh_op_fn(struct gh_op *op, const struct rq_api_answer *a);
struct gh_op {
	struct gh_op *next;
	struct rq_github *g;
	struct rq_call *call;           /* NULL: nobody waits for it (a drain that goes on, the outbox) */
	struct rq_api_call *asking;
	struct gh_write *writing;       /* github_journal.h */
	struct rq_timer *timer;
	gh_op_fn *then;
	void (*later)(struct gh_op *op);
	void (*release)(struct gh_op *op);      /* NULL; frees what the operation's own struct owns */
	struct rq_arena arena;          /* lives as long */
	struct rq_str calls;
	size_t i;                       /* of a bulk call: the object at hand */
	void *dropping;                 /* github_kept.c */
	bool reads;                     /* it changes nothing there: it may be taken back at any time */
	int64_t resolving;              /* gh_op_resolve */
	const char *looking;            /* gh_op_look */
	int looks;
	gh_op_fn *looked;
	size_t repo;
	void (*resolved)(struct gh_op *op, size_t repo), (*unresolved)(struct gh_op *op);
};
/* SIZE: of a struct that begins with struct gh_op; zeroed. */
void *gh_op_new(struct rq_github *g, struct rq_call *call, size_t size);
/* THEN runs with the answer. Writes are listed in the call's `calls`. JSON is copied. */
void gh_op_send(struct gh_op *op, const char *method, const char *path, const char *json, gh_op_fn *then);
void gh_op_get(struct gh_op *op, const char *path, int64_t max_age_ms, unsigned flags, gh_op_fn *then);
void gh_op_download(struct gh_op *op, const char *path, int fd, int64_t max, void (*progress)(void *, int64_t, int64_t),
		    gh_op_fn *then);
/* A write was made, or may have been, and nobody knows what became of it: it is never sent again, but looked after. */
bool gh_lost(const struct rq_api_answer *a);
/* After that: a GET that is patient, for as long as a host is taken for away that has only lost one answer. */
void gh_op_look(struct gh_op *op, const char *path, gh_op_fn *then);
void gh_op_later(struct gh_op *op, int64_t ms, void (*fn)(struct gh_op *op));
/* Answer the call and free the operation. The call's err is filled, or comes from A. */
void gh_op_end(struct gh_op *op, int code);
void gh_op_fail(struct gh_op *op, const struct rq_api_answer *a);
void gh_ops_stop(struct rq_github *g);          /* answers each with RQ_ECANCELLED */
/* THEN with the repository of RUN, which is asked for where several could have it. NONE (NULL: the call is answered with
 * RQ_ENOTFOUND) when nobody has it: the call's err is filled. */
void gh_op_resolve(struct gh_op *op, int64_t run, void (*then)(struct gh_op *op, size_t repo), void (*none)(struct gh_op *op));
/* "/repos/OWNER/NAME" (GH_NO_REPO: "/orgs/ORG") + FORMAT, as rq_api_path; into A. */
const char *gh_path(struct rq_arena *a, const struct rq_github *g, size_t repo, const char *format, ...);

/* The run, and the job or 0, that ID ("media:91", "91/7") means. RQ_ENOTFOUND with a sentence. */
int gh_parse_id(struct rq_github *g, const char *id, int64_t *run, int64_t *job, struct rq_error *e);
const char *gh_run_id(const struct rq_github *g, struct rq_arena *a, int64_t run);
/* "acme/media", or NULL and "" for the only one. */
int gh_repo_named(const struct rq_github *g, const char *name, size_t *repo, struct rq_error *e);

/* Verbs: each takes the call and answers it some time. */
typedef void gh_verb(struct rq_github *g, struct rq_call *c);
gh_verb gh_job_verb;                                            /* github_detail.c */
gh_verb gh_cancel, gh_retry, gh_delete;                         /* github_act.c */
gh_verb gh_approve;                                             /* github_approve.c */
gh_verb gh_workflows, gh_workflow_state;                        /* github_workflows.c */
gh_verb gh_artifacts, gh_download;                              /* github_artifact.c */
/* The name of a file for an artifact of this name, which is hostile: never a path. Appends. */
void gh_artifact_file(const char *name, struct rq_str *out);
gh_verb gh_submit, gh_workflow;                                 /* github_dispatch.c */
gh_verb gh_reroute;                                             /* github_move.c */
gh_verb gh_drain, gh_undrain;                                   /* github_drain.c */
/* github_log.c: queue.h */
int gh_log_open(struct rq_queue *q, const char *id, int attempt, void (*changed)(void *ud), void *ud, struct rq_queue_log **out,
		struct rq_error *e);
void gh_log_close(struct rq_queue_log *log);
gh_verb gh_runner_new, gh_runner_remove, gh_runner_labels;      /* github_admin.c */

/* github_queue.c: what is known has changed; a list was looked at and has not; the faces shall look again. */
void gh_changed(struct rq_github *g);
void gh_checked(struct rq_github *g);
void gh_tell(struct rq_github *g);
/* Snapshots that waited for their answers. */
void gh_answer_waits(struct rq_github *g);

#endif
