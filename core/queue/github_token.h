/* github_token.h - the token for a host, from where its owner keeps it already.
 *
 * Looked for in this order, and the first that there is counts, as gh has it:
 *   1. the environment, where an empty value is none:
 *      - GitHub's own hosts (github.com, TENANT.ghe.com): GH_TOKEN, GITHUB_TOKEN;
 *      - Gitea and Forgejo: GITEA_TOKEN, FORGEJO_TOKEN; the one of its own name first;
 *      - every other host, which is a GitHub Enterprise Server: GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN, and
 *        GITHUB_TOKEN in a codespace (CODESPACES=true). GH_TOKEN never goes there.
 *      A queue that names a variable (`token_env`) has that one, and nothing else is looked at;
 *   2. gh's hosts.yml, 3. `gh auth token` (GH_PATH names another gh), which asks the system's keyring: not for Gitea and Forgejo;
 *   4. `git credential fill`, for queues that say `credentials: git`.
 * The variables of other hosts than GitHub's name no host. So who asks must know that the operator chose HOST: a URL in a
 * clone is not enough (core/queue/github_find.h).
 *
 * A token has 1 to 4,096 printable characters and no blank. It is in no message, argument or log, and its memory is wiped. */
#ifndef RQ_QUEUE_GITHUB_TOKEN_H
#define RQ_QUEUE_GITHUB_TOKEN_H

#include <stdbool.h>
#include "core/base/err.h"
#include "core/model/github.h"
#include "core/sys/loop.h"

struct rq_token;

struct rq_token_ask {                   /* borrowed until rq_token_find returns */
	const char *api;                /* "https://git.example.org:3000/api/v1" */
	enum rq_forge forge;
	const char *variable;           /* `token_env`; NULL or "" none */
	bool git;                       /* `credentials: git` */
};

struct rq_token_answer {                /* borrowed, inside of the callback */
	int code;                       /* RQ_EPERM: there is none, and the message says how to get one; RQ_EUSAGE: what there
					   is can be none, or so can the address */
	struct rq_error err;
	const char *token;              /* copy it into memory that you wipe; "" none */
	const char *source;             /* "GH_TOKEN", "hosts.yml of gh", "gh auth token", "git credential"; "" none */
	const char *warning;            /* a sentence to show once, "" none */
};
typedef void rq_token_fn(void *ud, const struct rq_token_answer *a);

/* FN is called once, on the loop, never inside of this call. Freeing the result takes it back. */
struct rq_token *rq_token_find(struct rq_loop *l, const struct rq_token_ask *ask, rq_token_fn *fn, void *ud);
void rq_token_free(struct rq_token *t);

#endif
