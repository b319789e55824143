/* github.h - what the Actions API of GitHub, Gitea and Forgejo says, as values: JSON -> structs. Pure.
 *
 * Nothing that a server sends is trusted: a field of the wrong type counts as missing, ids that are no positive whole
 * numbers make an item wrong, a wrong item is left out and counted, and only an answer that is wrong as a whole is an
 * error (RQ_EUNREACHABLE: the server did not answer what was asked). Texts lie in the caller's arena, are never NULL,
 * have at most RQ_GH_TEXT_MAX bytes and are untrusted; runner fields that are null, 0 or "" are all "none". Times are
 * ms since the epoch; 0 not yet. Words for states that are not known here are kept in `raw`. */
#ifndef RQ_MODEL_GITHUB_H
#define RQ_MODEL_GITHUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/model/job.h"
#include "core/model/runner.h"

enum rq_forge { RQ_FORGE_GITHUB, RQ_FORGE_GITEA, RQ_FORGE_FORGEJO };
const char *rq_forge_name(enum rq_forge f);                     /* "github" ... */
bool rq_forge_parse(const char *name, enum rq_forge *out);

enum { RQ_GH_TEXT_MAX = 4096, RQ_GH_LABELS_MAX = 256, RQ_GH_STEPS_MAX = 1000 };

/* Of a list's answer. TOTAL is what the server says there is (with a filter it may be wrong, and more than can be
 * asked for); the length of the answer where it does not say. */
struct rq_gh_page {
	size_t n;                   /* items taken */
	size_t skipped;             /* items that made no sense */
	int64_t total;
};

/* A state as GitHub has it. Forgejo's single word is taken apart. What is not known is PENDING, or completed without a
 * conclusion; a conclusion never counts before the status is completed. */
struct rq_gh_state {
	enum rq_status status;
	enum rq_conclusion conclusion;
	const char *raw;            /* the unknown word; "" both are known */
};
struct rq_gh_state rq_gh_state_of(struct rq_arena *a, enum rq_forge forge, const char *status, const char *conclusion);

struct rq_gh_run {
	int64_t id, number, attempt;        /* attempt >= 1 */
	int64_t workflow_id;                /* 0 unknown */
	int64_t check_suite_id;
	const char *name;                   /* of the workflow; "" Gitea, Forgejo */
	const char *title;                  /* what people know it by: never "" */
	const char *path, *path_ref;        /* ".github/workflows/x.yml", and the part behind '@' */
	const char *workflow;               /* "x": the file's stem; "" unknown */
	const char *event, *branch, *sha, *html_url, *repo, *head_repo;     /* repositories "owner/name" */
	const char *actor, *triggering_actor;      /* who first; who ran it again */
	struct rq_gh_state state;
	bool need_approval;                 /* nobody has allowed it to run yet (a fork's pull request; Forgejo says it too) */
	int64_t created_at, updated_at;
	int64_t started_at, completed_at;   /* of this attempt; GitHub gives no end: the last change of a completed run */
};

struct rq_gh_step {
	int64_t number;                     /* with gaps; from 0 on Gitea: never an index */
	const char *name;
	struct rq_gh_state state;
	int64_t started_at, completed_at;
};

struct rq_gh_job {
	int64_t id, run_id, attempt;
	const char *name, *html_url, *branch, *sha, *workflow_name;
	struct rq_gh_state state;
	int64_t created_at;
	int64_t started_at, completed_at;   /* started: 0 while it waits; never completed before started */
	struct rq_labels labels;            /* asked for */
	int64_t runner_id, runner_group_id; /* 0 none */
	const char *runner_name, *runner_group;
	size_t n_steps;
	struct rq_gh_step *steps;           /* in the server's order */
};

struct rq_gh_label {
	const char *name;                   /* as written on the server */
	bool read_only;                     /* given by GitHub itself */
};

struct rq_gh_runner {
	int64_t id, group_id;
	const char *name, *os, *version, *uuid;    /* "" not told */
	const char *status;                 /* the server's word */
	bool online, busy, ephemeral;
	bool disabled;                      /* Gitea */
	size_t n_labels;
	struct rq_gh_label *labels;
};

struct rq_gh_workflow {
	int64_t id;                         /* 0 on Gitea */
	const char *name, *path, *file;     /* "x.yml"; Gitea's id */
	const char *stem;                   /* "x" */
	const char *state;                  /* active deleted disabled_fork disabled_inactivity disabled_manually, or new */
	const char *html_url;
	bool active;
};

struct rq_gh_artifact {
	int64_t id, run_id, size;           /* size in bytes; run_id 0 unknown */
	const char *name, *digest;          /* names are not unique; "sha256:..." or "" */
	bool expired;
	int64_t created_at, expires_at;
};

struct rq_gh_environment {
	int64_t id;
	const char *name;
	/* pending deployments */
	int64_t wait_minutes, wait_started_at;
	bool can_approve;                   /* the owner of the token */
	size_t n_reviewers;
	const char **reviewers;             /* login of a user, slug or name of a team */
};

struct rq_gh_group {
	int64_t id;
	const char *name, *visibility;      /* all selected private */
	bool is_default, inherited, public_repos, restricted;
};

struct rq_gh_repo {
	int64_t id;
	const char *full_name, *owner, *name, *default_branch, *html_url;
	bool org, is_private, archived;     /* org: its owner is an organisation */
	bool pull, push, admin;             /* what the token's owner may do; all false where it is not told */
};

struct rq_gh_dispatched {
	int64_t run_id;
	const char *html_url;
};

struct rq_gh_rate {
	int64_t limit, remaining, used, reset_at;
};

/* A token to register or remove a runner. Secret: wipe the arena's owner's copies, never show it twice. */
struct rq_gh_token {
	const char *token;
	int64_t expires_at;                 /* 0 not told */
};

/* What a refusal says. */
struct rq_gh_refusal {
	const char *message;                /* one line, with the details of `errors`, cleaned, no full stop; "" nothing */
	const char *documentation_url;
	bool secondary_limit;               /* its words say: too fast */
	bool storage;                       /* the XML of a storage host */
	const char *code;                   /* of the XML: "BlobNotFound"; "" */
};

/* Lists. *v is an array in A of page->n items in the server's order. TEXT is the body. */
int rq_gh_runs_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_run **v,
		     struct rq_gh_page *page, struct rq_error *e);
int rq_gh_jobs_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_job **v,
		     struct rq_gh_page *page, struct rq_error *e);
int rq_gh_runners_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_runner **v,
			struct rq_gh_page *page, struct rq_error *e);
int rq_gh_labels_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_label **v, struct rq_gh_page *page,
		       struct rq_error *e);
int rq_gh_workflows_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_workflow **v,
			  struct rq_gh_page *page, struct rq_error *e);
int rq_gh_artifacts_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_artifact **v,
			  struct rq_gh_page *page, struct rq_error *e);
int rq_gh_groups_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_group **v, struct rq_gh_page *page,
		       struct rq_error *e);
int rq_gh_environments_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_environment **v,
			     struct rq_gh_page *page, struct rq_error *e);
int rq_gh_pending_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_environment **v,
			struct rq_gh_page *page, struct rq_error *e);

/* Single objects. */
int rq_gh_run_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_run *out,
		    struct rq_error *e);
int rq_gh_job_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_job *out,
		    struct rq_error *e);
int rq_gh_runner_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_runner *out,
		       struct rq_error *e);
int rq_gh_workflow_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_workflow *out,
			 struct rq_error *e);
int rq_gh_repo_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_repo *out, struct rq_error *e);
/* Of all three forges; an empty body (204) gives run_id 0. */
int rq_gh_dispatched_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_dispatched *out,
			   struct rq_error *e);
int rq_gh_rate_parse(const char *text, size_t n, struct rq_gh_rate *out, struct rq_error *e);
int rq_gh_token_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_token *out, struct rq_error *e);
/* {"version":"16.0.0+gitea-1.22.0"}: which of the two it is, and its own version, "16.0.0". */
int rq_gh_version_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge *forge, const char **version,
			struct rq_error *e);
/* A refusal's body: JSON with strings or objects in `errors`, the XML of a storage host, the title of an HTML page.
 * Never fails. */
void rq_gh_refusal_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_refusal *out);

/* The latest result of every job: of `filter=all`, keep for each name what belongs to its highest attempt, in the order
 * given. (`filter=latest` leaves out what the last attempt did not run again.) Returns how many are left at the front. */
size_t rq_gh_jobs_latest(struct rq_gh_job *v, size_t n);

/* As the faces see them. Texts are shared with the values, so they must live as long; new ones go into A. QUEUE's name
 * makes the ids: QUEUE:RUN and QUEUE:RUN/JOB. JOBS are the latest of the run, or none are known yet: then labels, runner
 * and steps are empty. */
void rq_gh_run_to_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_run *r,
		      const struct rq_gh_job *jobs, size_t n_jobs, struct rq_job *out);
void rq_gh_job_to_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_run *r,
		      const struct rq_gh_job *j, struct rq_job *out);
void rq_gh_job_to_run_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_job *j,
			  struct rq_run_job *out);
/* A disabled runner of Gitea is drained. Other drains, the current job and what is measured are not told: left empty. */
void rq_gh_runner_to_runner(struct rq_arena *a, const char *queue, const struct rq_gh_runner *r, struct rq_runner *out);

#endif
