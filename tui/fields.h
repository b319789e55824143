/* fields.h - the arguments of a command as fields of a form, made from its row, and back to words.
 * Pure: no terminal. */
#ifndef RQ_TUI_FIELDS_H
#define RQ_TUI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/command/command.h"
#include "tui/line.h"

struct rq_field {
	const struct rq_arg *arg;       /* one of the two */
	const struct rq_opt *opt;
	struct rq_line line;
	bool on;                        /* a switch */
	bool rare;                      /* shown on request, or when it has a value */
	char error[256];                /* "" the value makes sense */
};

struct rq_fields {
	const struct rq_command *command;
	struct rq_field *v;
	size_t n;
};

/* With what WORDS say filled in. */
void rq_fields_init(struct rq_fields *f, const struct rq_command *command, char *const *words,
		    size_t n);
void rq_fields_release(struct rq_fields *f);

const char *rq_field_name(const struct rq_field *f);
const char *rq_field_help(const struct rq_field *f);
enum rq_value_type rq_field_type(const struct rq_field *f);
bool rq_field_switch(const struct rq_field *f);
bool rq_field_required(const struct rq_field *f);
bool rq_field_empty(const struct rq_field *f);

/* Looks at one value; fills its error. */
void rq_field_check(struct rq_fields *f, struct rq_field *field);
/* The command's words, its name first: for rq_words_free. RQ_EUSAGE, and *bad the field at fault,
 * when one makes no sense or is missing. */
int rq_fields_words(struct rq_fields *f, char ***words, size_t *n, size_t *bad, struct rq_error *e);
/* The value of the field NAME, "" where there is none. */
const char *rq_fields_get(const struct rq_fields *f, const char *name);

#endif
