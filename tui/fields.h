/* fields.h - the arguments of a command as fields of a form, made from its row, and back to words.
 * Pure: no terminal. */
#ifndef RQ_TUI_FIELDS_H
#define RQ_TUI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/command/command.h"
#include "tui/line.h"

struct rq_field {
	const struct rq_arg *arg;       /* one of the three */
	const struct rq_opt *opt;
	const struct rq_input *input;   /* of a job's type: becomes --param NAME=VALUE */
	struct rq_line line;
	bool on;                        /* a switch */
	bool rare;                      /* shown on request, or when it has a value */
	char error[256];                /* "" the value makes sense */
};

struct rq_fields {
	const struct rq_command *command;
	struct rq_field *v;
	size_t n, cap;
};

/* With what WORDS say filled in. */
void rq_fields_init(struct rq_fields *f, const struct rq_command *command, char *const *words,
		    size_t n);
void rq_fields_release(struct rq_fields *f);
/* The inputs of TYPE (NULL none; outlives the fields) as fields behind the one named "type", instead of those of
 * another type. Values of inputs that both have stay, and parameters that name an input move into it. true: the fields
 * are other ones now. */
bool rq_fields_set_type(struct rq_fields *f, const struct rq_job_type *type);

/* The setting that FIELD is the value of, by what stands in the field before it; NULL none. */
const struct rq_setting *rq_fields_setting(const struct rq_fields *f, const struct rq_field *field);

const char *rq_field_name(const struct rq_field *f);
const char *rq_field_help(const struct rq_field *f);
enum rq_value_type rq_field_type(const struct rq_field *f);
const char *rq_field_default(const struct rq_field *f);         /* what holds while it is empty; NULL nothing */
const char *rq_field_choices(const struct rq_field *f);         /* "a|b|c"; NULL none */
bool rq_field_switch(const struct rq_field *f);
bool rq_field_required(const struct rq_field *f);
bool rq_field_empty(const struct rq_field *f);
bool rq_field_secret(const struct rq_field *f);                 /* NAME=VALUE: the value is nobody's business */
/* Its line as the screen shows it: with asterisks for such values, the cursor where it belongs. The caller releases it. */
void rq_field_shown(const struct rq_field *f, struct rq_line *out);

/* Looks at one value; fills its error. */
void rq_field_check(struct rq_fields *f, struct rq_field *field);
/* The command's words, its name first: for rq_words_free. RQ_EUSAGE, and *bad the field at fault,
 * when one makes no sense or is missing. */
int rq_fields_words(struct rq_fields *f, char ***words, size_t *n, size_t *bad, struct rq_error *e);
/* The same of what there is, right or wrong; with MISSING the names of what is needed stand in for it. */
char **rq_fields_draft(const struct rq_fields *f, bool missing, size_t *n);
/* Which one the argument or option NAME is; 0 where there is none. */
size_t rq_fields_index(const struct rq_fields *f, const char *name);
/* The value of the argument or option NAME, "" where there is none. */
const char *rq_fields_get(const struct rq_fields *f, const char *name);
/* What is given to the job: --param and the inputs that have values, "KEY=VALUE" each, into A. */
const char **rq_fields_params(const struct rq_fields *f, struct rq_arena *a, size_t *n);

#endif
