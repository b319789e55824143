/* oldvalues.h - what was in a field of a form before: kept like the lines of the prompt, never for secrets. */
#ifndef RQ_TUI_OLDVALUES_H
#define RQ_TUI_OLDVALUES_H

#include "tui/fields.h"
#include "tui/history.h"

enum { RQ_OLD_VALUES = 20 };

/* The values of one field, newest first; v[0] is what was being typed. */
struct rq_old_values {
	char *v[RQ_OLD_VALUES + 1];
	size_t n, at;
};

/* Remembers what FIELDS have. */
void rq_old_values_keep(struct rq_history *h, const struct rq_fields *fields);
/* Puts the next older value into FIELD, behind the oldest one what was typed. false: there is none. */
bool rq_old_values_next(struct rq_old_values *o, struct rq_history *h, const struct rq_fields *fields, struct rq_field *field);
/* The field was left, or edited. */
void rq_old_values_release(struct rq_old_values *o);

#endif
