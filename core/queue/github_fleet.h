/* github_fleet.h - all runners of a queue, asked now, for a verb that is about one of them. For github*.c alone. */
#ifndef RQ_QUEUE_GITHUB_FLEET_H
#define RQ_QUEUE_GITHUB_FLEET_H

#include "core/model/ghdrain.h"
#include "core/queue/github.h"

struct gh_fleet_runner {
	struct rq_gh_runner r;          /* texts in the operation's arena */
	size_t repo;                    /* GH_NO_REPO: the organisation's */
	const char *page;               /* the path of the list that it stood in */
};

/* An operation that asks for them begins with this. */
struct gh_fleet {
	struct gh_op op;
	size_t n, cap, scope, n_scopes;
	struct gh_fleet_runner *v;
	const char *page;               /* being asked */
	int code;                       /* of a list that could not be had, and its sentence */
	struct rq_error err;
	void (*told)(struct gh_fleet *f);
};

/* TOLD runs when each list was answered or refused: f->v, and f->code when something is missing from it. */
void gh_fleet_ask(struct gh_fleet *f, void (*told)(struct gh_fleet *f));
void gh_fleet_release(struct gh_fleet *f);
/* The only runner of that name. RQ_ENOTFOUND, RQ_EUSAGE where there are several; or why the lists could not be had. */
int gh_fleet_find(const struct gh_fleet *f, const char *name, const struct gh_fleet_runner **out, struct rq_error *e);

/* "acme/media"; "acme". */
const char *gh_scope(const struct rq_github *g, size_t repo);
/* The index of a scope's repository; GH_NO_REPO the organisation; false: this queue has it no more. */
bool gh_scope_find(const struct rq_github *g, const char *scope, size_t *repo);
/* The path of a runner and what is below: "/repos/acme/media/actions/runners/21/labels". */
const char *gh_runner_path(struct rq_arena *a, const struct rq_github *g, size_t repo, int64_t id, const char *below);
/* The labels that can be changed. */
void gh_custom_labels(struct rq_arena *a, const struct rq_gh_runner *r, struct rq_ghlabels *out);
/* {"labels":[...]} */
const char *gh_labels_body(struct rq_arena *a, const struct rq_ghlabels *l);
/* What a drain of R would mean for others, in sentences; "" nothing. */
const char *gh_drain_risks(struct rq_arena *a, const struct gh_fleet *f, const struct gh_fleet_runner *r);

#endif
