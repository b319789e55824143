/* workflow.h - a workflow file: what it can be given, where its jobs run, and what is wrong with it. Pure.
 *
 * The server's refusal of a dispatch does not explain itself, so the file is read before. Anchors and aliases are
 * understood; expressions (${{ }}) are kept, not evaluated. All values lie in the caller's arena; texts are never NULL. */
#ifndef RQ_MODEL_WORKFLOW_H
#define RQ_MODEL_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/labels.h"

enum { RQ_WF_INPUTS_MAX = 256, RQ_WF_OPTIONS_MAX = 1000, RQ_WF_JOBS_MAX = 1000, RQ_WF_PROBLEMS_MAX = 50 };

enum rq_wf_type { RQ_WF_STRING, RQ_WF_CHOICE, RQ_WF_BOOLEAN, RQ_WF_NUMBER, RQ_WF_ENVIRONMENT, RQ_WF_TYPE_N };
const char *rq_wf_type_name(enum rq_wf_type t);         /* "string" ... as in the file */

struct rq_wf_input {
	const char *name, *description, *deprecation;
	enum rq_wf_type type;
	bool required, has_default;             /* a default may be "" */
	const char *def;
	size_t n_options;
	const char **options;                   /* of CHOICE; those of ENVIRONMENT are the repository's */
	int line, col;
};

struct rq_wf_job {
	const char *id, *name;                  /* name "": the id is shown */
	struct rq_labels labels;                /* of runs-on, those that are no expressions */
	const char *expression;                 /* of runs-on; "" none: then labels and group are all of it */
	const char *group;
	const char *uses;                       /* calls another workflow, and has no runs-on then */
	int line, col;                          /* of runs-on; of the job where there is none */
};

struct rq_workflow {
	const char *file, *name;                /* name "" */
	bool has_dispatch;
	int on_line, on_col;                    /* of the key; 0 it is missing */
	size_t n_inputs, n_jobs;
	struct rq_wf_input *inputs;             /* of workflow_dispatch, in the file's order */
	struct rq_wf_job *jobs;
};

struct rq_wf_problem {
	int line, col;                          /* 1-based, in characters; line 0: the whole file */
	bool warning;
	const char *text;                       /* one clean line without a full stop */
};
/* Zero-initialise. */
struct rq_wf_problems {
	size_t n, errors, warnings;             /* n <= RQ_WF_PROBLEMS_MAX; the counts go on */
	struct rq_wf_problem v[RQ_WF_PROBLEMS_MAX];
};

/* Read TEXT of FILE (its name for messages). All that is wrong by itself goes into PROBLEMS (may be NULL), by place.
 * RQ_OK with *out filled also when there are problems, as far as it could be read; RQ_EUSAGE, with the first problem as
 * the sentence, when it is no YAML or no workflow. */
int rq_workflow_parse(struct rq_arena *a, const char *file, const char *text, size_t n, struct rq_workflow *out,
		      struct rq_wf_problems *problems, struct rq_error *e);

/* What depends on where it runs. */
struct rq_wf_limits {
	size_t inputs;                          /* 25; 10 on GitHub Enterprise Server; 0 no limit */
	size_t payload;                         /* characters of all inputs as JSON: 65,535; 0 no limit */
};
struct rq_wf_limits rq_wf_limits(enum rq_forge forge, bool enterprise_server);

/* Add what keeps W from being dispatched under LIMITS, and warnings for labels that none of N_RUNNERS has (their labels
 * in RUNNERS; none: not known, no warnings; HOSTED: the server has machines of its own). Sorts by place. */
void rq_workflow_lint(struct rq_arena *a, const struct rq_workflow *w, struct rq_wf_limits limits,
		      const struct rq_labels *runners, size_t n_runners, bool hosted, struct rq_wf_problems *problems);
/* "FILE:LINE:COL: error: TEXT", a line each, the way GCC writes it. */
void rq_wf_problems_render(const struct rq_wf_problems *p, const char *file, struct rq_str *out);

/* What is sent with a dispatch. */
struct rq_wf_value {
	const char *name, *value;               /* name as the file spells it; every value is sent as a string */
	const struct rq_wf_input *input;
};
/* PARAMS ("KEY=VALUE"; "" is a value) as inputs of W, in the file's order: only what is given, for the server fills in the
 * defaults. RQ_EUSAGE, with a sentence that helps: W has no workflow_dispatch, an input is unknown, given twice, missing
 * or of the wrong type; RQ_ELIMIT: more than LIMITS. */
int rq_workflow_check_inputs(struct rq_arena *a, const struct rq_workflow *w, const char *const *params, size_t n,
			     struct rq_wf_limits limits, struct rq_wf_value **out, size_t *n_out, struct rq_error *e);
/* Whether VALUE fits the input; the sentence names it. NORMAL (may be NULL): as it is sent, "True" is "true". */
int rq_wf_input_check(const struct rq_wf_input *in, const char *value, const char **normal, struct rq_error *e);
const struct rq_wf_input *rq_workflow_input(const struct rq_workflow *w, const char *name);     /* any case; NULL none */

#endif
