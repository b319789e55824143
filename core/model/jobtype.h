/* jobtype.h - a kind of job: what it is given, and the work that is done with it.
 *
 *     help: fetch a file over HTTP
 *     timeout: 30m
 *     labels: [network]
 *     inputs:
 *       url: {type: url, required: true, help: what to fetch}
 *       limit: {type: size, default: 100M}
 *     command: [curl, -fsS, --max-filesize, "{limit}", -O, "{url}"]
 *
 * Values and texts, no I/O; core/agent/types.h finds the files. */
#ifndef RQ_MODEL_JOBTYPE_H
#define RQ_MODEL_JOBTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/model/labels.h"

struct rq_yaml;

enum rq_input_kind {
	RQ_INPUT_TEXT, RQ_INPUT_INT, RQ_INPUT_NUMBER, RQ_INPUT_BOOL, RQ_INPUT_CHOICE, RQ_INPUT_FILE, RQ_INPUT_URL,
	RQ_INPUT_SIZE, RQ_INPUT_DURATION, RQ_INPUT_N
};
const char *rq_input_kind_name(enum rq_input_kind k);   /* "text" "int" ... as in a manifest */

struct rq_input {
	const char *name, *help;        /* help "" */
	enum rq_input_kind kind;
	bool required;
	const char *def;                /* NULL none */
	const char *choices;            /* CHOICE: "a|b|c"; else NULL */
};

struct rq_job_type {
	const char *name, *help;        /* help "" */
	const char *origin;             /* "config.yaml:12:3", a manifest's path, or "built in" */
	int64_t timeout_ms;             /* 0 none */
	struct rq_labels labels;        /* of a submission that names none */
	size_t n_inputs;
	struct rq_input *inputs;        /* in the manifest's order */
	/* The work, one of these; none: a command must be given with each submission. */
	char **command;                 /* NULL-terminated, with {input} in it */
	const char *script;             /* for sh -e; inputs are in its environment */
	const char *executable;         /* absolute */
	const char *error;              /* what is wrong with it: it cannot be used; "" nothing */
};

enum { RQ_INPUTS_MAX = 64 };

/* A manifest, strictly: unknown keys, wrong values and unknown {input}s are RQ_EUSAGE with "FILE:LINE:COL: " and a
 * did-you-mean. *out (in A) holds copies. */
int rq_job_type_parse(struct rq_arena *a, const char *file, const char *name, const struct rq_yaml *y,
		      struct rq_job_type *out, struct rq_error *e);
bool rq_job_type_works(const struct rq_job_type *t);    /* it has work of its own */
const struct rq_input *rq_job_type_input(const struct rq_job_type *t, const char *name);        /* NULL none */

/* Whether VALUE fits; the sentence names the input. */
int rq_input_check(const struct rq_input *in, const char *value, struct rq_error *e);
/* The inputs of one job, "NAME=VALUE" each, from PARAMS ("KEY=VALUE"): all checked, defaults filled in, sizes in bytes
 * and durations in seconds, rounded up; an empty value is none, and takes a default away. RQ_EUSAGE: one is unknown,
 * given twice, wrong or missing. */
int rq_job_type_inputs(const struct rq_job_type *t, struct rq_arena *a, const char *const *params, size_t n,
		       const char ***out, size_t *n_out, struct rq_error *e);
/* The command with {input} replaced, each inside its own argument. An argument that names an input without a value is
 * left out; "{{" is a brace, and "${" is a shell's own. INPUTS as rq_job_type_inputs gives them. No value becomes an
 * option where no argument "--" stands before: a file gets "./", a text is RQ_EUSAGE. */
int rq_job_type_argv(const struct rq_job_type *t, struct rq_arena *a, const char *const *inputs, size_t n, char ***out,
		     struct rq_error *e);
/* A name for the job: the last part of the first url or file, else the type's name. */
const char *rq_job_type_title(const struct rq_job_type *t, struct rq_arena *a, const char *const *inputs, size_t n);

#endif
