/* Values that fields had before. */
#include "tui/oldvalues.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"

/* "drain.reason ": what the lines of a field begin with. Inputs go by their name: types share them. */
static void prefix_of(const struct rq_fields *fields, const struct rq_field *f, struct rq_str *out)
{
	rq_str_addf(out, "%s.%s%s ", fields->command->name, f->input ? "input." : "", rq_field_name(f));
}

static bool worth_keeping(const struct rq_field *f)
{
	struct rq_str line;
	bool secret;

	if (rq_field_switch(f) || rq_field_empty(f) || rq_field_secret(f))
		return false;
	/* An input called password says what it is. */
	rq_str_init(&line, 0);
	rq_str_addf(&line, "--%s ", rq_field_name(f));
	rq_words_quote(&line, f->line.s);
	secret = rq_history_secret(rq_str_get(&line)) || rq_history_secret(f->line.s);
	rq_str_release(&line);
	return !secret;
}

void rq_old_values_keep(struct rq_history *h, const struct rq_fields *fields)
{
	size_t i;

	rq_history_refresh(h);
	for (i = 0; i < fields->n; i++) {
		const struct rq_field *f = &fields->v[i];
		const char *last;
		struct rq_str line;

		if (!worth_keeping(f))
			continue;
		rq_str_init(&line, 0);
		prefix_of(fields, f, &line);
		last = rq_history_get(h, 1, rq_str_get(&line));
		if (!last || !rq_eq(last + line.len, f->line.s)) {
			rq_str_add(&line, f->line.s);
			rq_history_add(h, rq_str_get(&line));
		}
		rq_str_release(&line);
	}
}

static bool had(const struct rq_old_values *o, const char *value)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (rq_eq(o->v[i], value))
			return true;
	return false;
}

static void collect(struct rq_old_values *o, struct rq_history *h, const struct rq_fields *fields, const struct rq_field *field)
{
	struct rq_str prefix;
	const char *line;
	size_t step;

	rq_str_init(&prefix, 0);
	prefix_of(fields, field, &prefix);
	rq_history_refresh(h);
	o->v[o->n++] = rq_strdup(field->line.s);
	for (step = 1; o->n <= RQ_OLD_VALUES && (line = rq_history_get(h, step, rq_str_get(&prefix))); step++)
		if (!had(o, line + prefix.len))
			o->v[o->n++] = rq_strdup(line + prefix.len);
	rq_str_release(&prefix);
}

bool rq_old_values_next(struct rq_old_values *o, struct rq_history *h, const struct rq_fields *fields, struct rq_field *field)
{
	if (!o->n)
		collect(o, h, fields, field);
	if (o->n < 2)
		return false;
	o->at = (o->at + 1) % o->n;
	rq_line_set(&field->line, o->v[o->at]);
	return true;
}

void rq_old_values_release(struct rq_old_values *o)
{
	while (o->n)
		rq_free(o->v[--o->n]);
	memset(o, 0, sizeof *o);
}
