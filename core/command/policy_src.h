/* policy_src.h - what the policy commands share: where a policy's text comes from, the journal, and the way out. */
#ifndef RQ_COMMAND_POLICY_SRC_H
#define RQ_COMMAND_POLICY_SRC_H

#include "core/command/impl.h"
#include "core/policy/policy.h"

/* A policy's text, and what it loads to. */
struct rq_source {
	const char *name;               /* as messages show it: "policy/policy.yaml", "HEAD~1:policy/policy.yaml" */
	const char *path;               /* of a file on the disk: absolute; NULL */
	char oid[RQ_OID_LEN];
	char *text;
	size_t n;
	struct rq_policy *policy;       /* NULL: it was not asked for, or is bad */
	struct rq_problems problems;
};
void rq_source_release(struct rq_source *s);

/* Get the text that SPEC names, then call THEN on the loop, or at once: with RQ_OK, or with an error in E.
 *   NULL, ""           the file of the policy in force, as it stands on the disk
 *   repo:PATH@REV      what git has
 *   a path to a file   that file, if there is one (with REV_FIRST only if it has a slash or ends in .yaml)
 *   REV                the file of the policy in force (or --file) at that revision; or a text that the queue keeps, by id
 * Giving the command up takes it back: THEN is called with RQ_ECANCELLED. Strings go into the command's arena. */
typedef void rq_got_source(struct rq_cmd *cmd, int code, const struct rq_error *e);
void rq_source_get(struct rq_cmd *cmd, const char *spec, bool rev_first, struct rq_source *out, rq_got_source *then);
/* The same, and load it: READY only with a policy; what cannot be had or used is told, and ends the command. */
typedef void rq_source_ready(struct rq_cmd *cmd);
void rq_source_open(struct rq_cmd *cmd, const char *spec, bool rev_first, struct rq_source *out, rq_source_ready *ready);
/* Load S->text into S->policy. */
int rq_source_load(struct rq_source *s);
/* All that was found in it, to the notes; nothing where nothing was. */
void rq_source_problems(struct rq_cmd *cmd, struct rq_source *s);
/* The absolute path of the policy's file (--file, the configuration, the search); NULL none. In the command's arena. */
const char *rq_policy_file_of(struct rq_cmd *cmd);
/* Its work tree and the path below it; false: it is in none. Into the command's arena. */
bool rq_policy_repo_of(struct rq_cmd *cmd, const char **dir, const char **path);

/* "A..B" -> A and B: "" on the left is HEAD, on the right the file on the disk. */
int rq_revisions(struct rq_cmd *cmd, const char *range, const char **a, const char **b, struct rq_error *e);

/* The journal since SINCE (wall clock), page by page: PAGE for each (it may keep the call), then END, with the last error.
 * More than MAX records is RQ_ELIMIT. */
typedef void rq_journal_page(struct rq_cmd *cmd, struct rq_call *call);
void rq_journal_read(struct rq_cmd *cmd, int64_t since, size_t max, rq_journal_page *page, rq_got_source *end);
/* --since, as a moment. */
int64_t rq_since(struct rq_cmd *cmd, const char *def);

/* Says E and ends the command: what names no policy is a mistake in the command line. */
void rq_source_missing(struct rq_cmd *cmd, const struct rq_error *e);
/* Prints OUT and releases it. */
void rq_cmd_print(struct rq_cmd *cmd, struct rq_str *out);

#endif
