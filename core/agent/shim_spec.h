/* shim_spec.h - what an agent tells a shim about its job: records on descriptor 0.
 *
 * A record is a tag (u32), a length (u32, both in the machine's own order), that many bytes, and a NUL that the length
 * does not count; so strings are used where they lie. Numbers are records of 8 bytes. The first record is RQ_SPEC_BEGIN
 * with the version. */
#ifndef RQ_AGENT_SHIM_SPEC_H
#define RQ_AGENT_SHIM_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_SPEC_VERSION 1

enum rq_spec_tag {
	RQ_SPEC_BEGIN = 1,      /* number: RQ_SPEC_VERSION */
	RQ_SPEC_TOKEN,
	RQ_SPEC_INSTANCE,       /* of the agent that starts the shim */
	RQ_SPEC_CWD,
	RQ_SPEC_LOG,            /* path; its directory exists */
	RQ_SPEC_KEEP,           /* path without ending: KEEP.output and KEEP.summary are left if the job wrote some */
	RQ_SPEC_FILES,          /* directory for the job's GITHUB_... files and scripts */
	RQ_SPEC_RUNTIME,        /* directory of the wake-up sockets */
	RQ_SPEC_CGROUP,         /* cgroup directory to make for the job; absent: none */
	RQ_SPEC_ENV,            /* NAME=VALUE, each replaces an earlier one of that name */
	RQ_SPEC_SECRET,         /* shown as *** in the log */
	RQ_SPEC_STEP,           /* begins a step: its title, a command line for people */
	RQ_SPEC_ARG,            /* one word of the step's argv */
	RQ_SPEC_SCRIPT,         /* or the step's script */
	RQ_SPEC_TIMEOUT,        /* numbers: ms */
	RQ_SPEC_GRACE,
	RQ_SPEC_LOG_MAX,        /* bytes */
	RQ_SPEC_MEMORY_MAX,     /* bytes, 0 none */
	RQ_SPEC_NICE
};

struct rq_shim_step {
	const char *title;
	char **argv;            /* NULL-terminated; NULL with a script */
	const char *script;
	size_t script_len;
};

/* The decoded job. Strings lie in the spec itself, the arrays in memory that is never given back. */
struct rq_shim_spec {
	const char *token, *instance, *cwd, *log, *keep, *files, *runtime, *cgroup;
	char **env;             /* NULL-terminated, with room for more: rq_shim_env_set */
	size_t n_env, cap_env;
	const char **secrets;
	size_t n_secrets;
	struct rq_shim_step *steps;
	size_t n_steps;
	int64_t timeout_ms, grace_ms, log_max, memory_max, nice;
};

/* Decode N bytes at P, which the spec keeps. false: not a spec that this shim understands. */
bool rq_shim_spec_parse(struct rq_shim_spec *s, char *p, size_t n);
/* Set "NAME=VALUE" (kept, not copied). */
void rq_shim_env_set(struct rq_shim_spec *s, char *pair);
/* The value of NAME, NULL without it. */
const char *rq_shim_env_get(const struct rq_shim_spec *s, const char *name);

/* Zeroed memory that is never given back; a shim without memory ends itself. */
void *rq_shim_alloc(size_t n);

#endif
