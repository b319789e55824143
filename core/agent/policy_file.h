/* policy_file.h - the policy in force: where its file is, what it says now, and the last good version while the file
 * is bad.
 *
 * Looking is cheap (a few stat calls) when nothing has changed; git's ids come from relayq-git (core/sys/git.h), only
 * when the file lies in a work tree. The last good text of each path is kept with the queue (RQ_VERB_POLICY), so that
 * also a process that has just started can fall back on it. */
#ifndef RQ_AGENT_POLICY_FILE_H
#define RQ_AGENT_POLICY_FILE_H

#include <stdbool.h>
#include "core/policy/policy.h"
#include "core/queue/queue.h"

struct rq_policy_file;

struct rq_policy_file_options {         /* borrowed until rq_policy_file_free */
	struct rq_loop *loop;
	struct rq_queue *queue;         /* keeps texts; NULL: nothing is kept */
	const struct rq_paths *paths;
	/* Of --policy, else of config.yaml: a path or "repo:PATH@REV", without @REV at HEAD; NULL or "": search. What is
	 * relative lies below CWD, without one below the configuration's directory. */
	const char *spec;
	const char *cwd;                /* where to look for a git work tree; NULL: nowhere (an agent) */
};

struct rq_policy_file *rq_policy_file_new(const struct rq_policy_file_options *o);
/* Another SPEC, from the next look on. */
void rq_policy_file_use(struct rq_policy_file *f, const char *spec);
/* Looks are not answered any more, and nothing is asked: before the queue is closed. What is in force and held stays. */
void rq_policy_file_stop(struct rq_policy_file *f);
void rq_policy_file_free(struct rq_policy_file *f);
/* Search and read again where something has changed; then DONE on the loop, never inside this call. Looks are merged. */
void rq_policy_file_look(struct rq_policy_file *f, rq_fn *done, void *ud);

/* As of the last look. NULL: there is none, the built-in policy is in force. Borrowed until the next look is done. */
const struct rq_policy *rq_policy_file_policy(const struct rq_policy_file *f);
/* The same, and it stays until it is given back as often as it was held: decisions borrow from it. NULL needs nothing. */
const struct rq_policy *rq_policy_file_hold(struct rq_policy_file *f);
void rq_policy_file_unhold(struct rq_policy_file *f, const struct rq_policy *p);
const char *rq_policy_file_path(const struct rq_policy_file *f);        /* absolute, "repo:/TOP/PATH@REV"; "" none */
const char *rq_policy_file_commit(const struct rq_policy_file *f);      /* "" none */
bool rq_policy_file_dirty(const struct rq_policy_file *f);
/* What is wrong with the file ("" nothing): one sentence that names the version in force; and all that was found in it,
 * warnings too, rendered. A bad file with no good version before it is RQ_EUSAGE: nothing can be decided. */
int rq_policy_file_error(const struct rq_policy_file *f, const char **sentence, const char **problems);
/* Another number whenever a look changed any of this. */
uint64_t rq_policy_file_generation(const struct rq_policy_file *f);

#endif
