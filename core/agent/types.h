/* types.h - where the types of jobs are found: `types` of config.yaml, then DATA/types, then those that are built in,
 * then $(pkgdatadir)/types. The first of a name counts.
 *
 * In a directory a type is NAME.yaml, a manifest (core/model/jobtype.h), beside an executable NAME unless the manifest
 * says what its work is. Files are read when they are asked for: a few small ones. */
#ifndef RQ_AGENT_TYPES_H
#define RQ_AGENT_TYPES_H

#include "core/model/config.h"
#include "core/model/jobtype.h"
#include "core/sys/paths.h"

struct rq_types {                       /* borrowed while it is used */
	const struct rq_config *config;
	const struct rq_paths *paths;
};

/* The type NAME, into A. RQ_ENOTFOUND: there is none, and the sentence lists the known ones; RQ_EUSAGE: its definition
 * is wrong, with file, line and column. */
int rq_types_find(const struct rq_types *w, struct rq_arena *a, const char *name, const struct rq_job_type **out,
		  struct rq_error *e);
/* All, by name, into A: also bad ones, with their error set. */
const struct rq_job_type **rq_types_all(const struct rq_types *w, struct rq_arena *a, size_t *n);

/* What a submission without steps runs, made from its type: steps, params with all inputs, labels and time limit where
 * it has none, a name. Strings into A. RQ_EUSAGE also: the type has no work of its own. */
struct rq_submission;
int rq_types_apply(const struct rq_types *w, struct rq_arena *a, struct rq_submission *s, struct rq_error *e);

#endif
