/* github_find.h - the repository that a directory is a clone of, when nobody has written down any queue.
 *
 * $GH_REPO ([HOST/]OWNER/REPO, or a URL) says it outright. Else the clone's remotes are looked at, the best first
 * (core/sys/git.h), and the first counts whose host the operator has chosen: github.com and TENANT.ghe.com always, another one
 * when $GH_HOST is it or gh knows it (its hosts.yml). With $GH_HOST there is no other. So a clone from anywhere else never
 * makes us send a token there. A host that only ~/.ssh/config knows ("git@work:acme/media") is asked of `ssh -G`. */
#ifndef RQ_QUEUE_GITHUB_FIND_H
#define RQ_QUEUE_GITHUB_FIND_H

#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_find;

struct rq_found {                       /* borrowed, inside of the callback; texts are never NULL */
	int code;                       /* RQ_OK; RQ_ENOTFOUND: no clone, or none of such a host; RQ_EPERM: it is one, and there
					   is no token, or git does not trust the directory; RQ_EUSAGE: GH_REPO makes no sense */
	struct rq_error err;
	/* With RQ_OK, and as far as known with RQ_EPERM. */
	const char *host;               /* "github.com": whose token it is */
	const char *api;                /* "https://api.github.com" */
	const char *owner, *repo;
	const char *full;               /* "acme/media" */
	const char *queue;              /* a name for the queue: the repository's, made fit for ids */
	const char *remote;             /* "origin"; "" it was GH_REPO */
	const char *token;              /* copy it into memory that you wipe */
	const char *source;             /* of the token: core/queue/github_token.h */
	const char *warning;            /* a sentence to show once; "" none */
};
typedef void rq_found_fn(void *ud, const struct rq_found *f);

/* FN is called once, on the loop, never inside of this call. In a directory that lies in no clone no process is started.
 * Freeing the result takes it back. */
struct rq_find *rq_find_repo(struct rq_loop *l, const char *dir, rq_found_fn *fn, void *ud);
void rq_find_free(struct rq_find *f);

#endif
