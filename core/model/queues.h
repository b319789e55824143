/* queues.h - `queues` of config.yaml: queues besides the local one.
 *
 *     queues:
 *       media:
 *         kind: github                   # the only kind so far, and the default
 *         repos: [acme/media, acme/site] # these, or org, or both
 *         org: acme                      # its runners and runner groups
 *         api: gitea                     # or forgejo, with host; or an address; default: github.com
 *         host: git.example.org          # of a server of one's own: HOST[:PORT][/PATH]
 *         ca: acme.pem                   # a private authority; relative to config.yaml
 *         token_env: ACME_TOKEN          # the variable that holds the token
 *         credentials: git               # ask git's credential helper too
 *         workflow: transcribe.yml       # of a submission that names none
 *         ref: main                      # likewise
 *         runner_input: runner           # the input of a workflow that carries the runner or labels
 *         id_input: relayq_id            # the one that carries relayq's id of the submission
 *         drain: {confirm: 5m, group: parked}    # how long it must be idle; a group without repositories
 *         runner_hosts: {macmini: {ssh: me@macmini.local, root: /Users/me/actions-runner}}
 *         runners_at: [/opt/actions-runner]
 *
 * Read strictly, each by itself: a bad one is told and never stops another, nor the local queue. */
#ifndef RQ_MODEL_QUEUES_H
#define RQ_MODEL_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/mem.h"
#include "core/model/config.h"

enum { RQ_CONFIGURED_QUEUES_MAX = 16 };

/* Where the files of a runner are: on another machine, reached by the operator's own ssh. */
struct rq_runner_host {
	const char *runner, *ssh, *root;        /* ssh: [USER@]HOST, never begins with '-'; root: absolute */
};

/* Texts are never NULL; "" not told. */
struct rq_queue_config {
	const char *name, *kind;
	const char *problem;            /* "" or "config.yaml:3:7: ...", a sentence: then nothing but the name is known */
	const char *forge;              /* "github" "gitea" "forgejo" */
	bool forge_guessed;             /* by the address alone: the server's version tells gitea from forgejo */
	const char *api;                /* "https://api.github.com": no slash at its end; http:// for this machine alone */
	const char *host;               /* whose token it takes: "github.com" */
	size_t n_repos;
	const char **repos;             /* "owner/name" */
	const char *org;
	const char *ca;                 /* absolute */
	const char *token_env;
	bool git_credentials;
	const char *workflow, *ref;
	const char *runner_input, *id_input;
	int64_t drain_confirm_ms;       /* a runner is drained when it was idle for so long: 1 min at least */
	const char *drain_group;        /* into which a drained runner of the organisation is moved; "" its labels are taken */
	size_t n_runner_hosts, n_runners_at;
	struct rq_runner_host *runner_hosts;
	const char **runners_at;        /* absolute directories of this machine */
};

struct rq_queues {
	struct rq_arena arena;
	const char *problem;            /* of the section as a whole; "" none */
	size_t n;
	struct rq_queue_config *v;      /* in the order of the file */
};

/* Those of C, which need not live as long. FILE is its path, for messages and for what is relative. Never NULL. */
struct rq_queues *rq_queues_new(const struct rq_config *c, const char *file);
void rq_queues_free(struct rq_queues *q);
/* All texts "", for one that was found and not configured. */
void rq_queue_config_init(struct rq_queue_config *q);

#endif
