#include "tui/filter_complete.h"

#include <string.h>
#include "core/base/str.h"
#include "core/model/filter.h"
#include "core/model/filters.h"

static void add(struct rq_choices *c, const char *before, const char *value, const char *prefix)
{
	char *s;
	size_t i;

	if (!value || !*value || c->n == RQ_CHOICES_MAX || strlen(value) < strlen(prefix))
		return;
	for (i = 0; prefix[i]; i++)
		if ((prefix[i] | 0x20) != (value[i] | 0x20) && prefix[i] != value[i])
			return;
	/* What has a blank in it would be another word. */
	if (strpbrk(value, " \t\","))
		return;
	s = rq_arena_fmt(&c->arena, "%s%s", before, value);
	for (i = 0; i < c->n; i++)
		if (rq_eq(c->v[i], s))
			return;
	c->v[c->n++] = s;
}

static void add_parts(struct rq_choices *c, const char *parts, const char *prefix)
{
	while (parts && *parts) {
		size_t n = strcspn(parts, "|");

		add(c, "", rq_arena_strn(&c->arena, parts, n), prefix);
		parts += n + (parts[n] == '|');
	}
}

static void add_saved(struct rq_choices *out, const struct rq_config *c, const char *prefix)
{
	const char *name, *expr;
	size_t i;

	for (i = 0; c && i < rq_filters_n(c); i++) {
		rq_filters_at(c, i, &name, &expr);
		add(out, "@", name, prefix);
	}
}

/* Which text of a job the field is about. */
static const char *text_of(const struct rq_job *j, const char *field)
{
	static const char *const fields[] = { "id", "job", "name", "type", "group", "reason", "branch", "event", "actor" };
	const char *const values[] = { j->id, j->id, j->name, j->type, j->group, j->reason, j->branch, j->event, j->actor };
	size_t i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (rq_eq(field, fields[i]))
			return values[i];
	return NULL;
}

/* What only decisions, or only what was done, have under that name; false: it is a column of neither alone. */
static bool add_of_list(struct rq_choices *out, const struct rq_snapshot *s, const char *name, const char *prefix)
{
	bool action = rq_ieq(name, "action"), who = rq_ieq(name, "who"), why = rq_ieq(name, "why"), by = rq_ieq(name, "by");
	size_t i;

	for (i = 0; (action || who) && i < s->n_activity; i++)
		add(out, "", action ? s->activity[i].action : s->activity[i].actor, prefix);
	for (i = 0; (why || by) && i < s->n_decisions; i++)
		add(out, "", why ? s->decisions[i].trigger : s->decisions[i].by, prefix);
	return action || who || why || by;
}

static void add_values(struct rq_choices *out, const struct rq_snapshot *s, const char *types, const char *name,
		       const char *prefix)
{
	const char *field = rq_filter_field(name);
	size_t i, k;

	if (!field || add_of_list(out, s, name, prefix))
		return;
	if (rq_eq(field, "status") || rq_eq(field, "conclusion"))
		add_parts(out, rq_filter_statuses(), prefix);
	else if (rq_eq(field, "is"))
		add_parts(out, rq_filter_is(), prefix);
	else if (rq_eq(field, "type"))
		add_parts(out, types, prefix);
	for (i = 0; i < s->n_runners; i++) {
		if (rq_eq(field, "runner"))
			add(out, "", s->runners[i].name, prefix);
		for (k = 0; rq_eq(field, "label") && k < s->runners[i].labels.n; k++)
			add(out, "", s->runners[i].labels.v[k], prefix);
	}
	for (i = 0; rq_eq(field, "queue") && i < s->n_queues; i++)
		add(out, "", s->queues[i].name, prefix);
	for (i = 0; i < s->n_jobs; i++)
		add(out, "", text_of(&s->jobs[i], field), prefix);
}

void rq_filter_complete(const struct rq_snapshot *s, const struct rq_config *c, const char *types, const char *text,
			struct rq_choices *out, size_t *from)
{
	const char *word = strrchr(text, ' '), *colon, *comma;
	char field[24];
	size_t n;

	memset(out, 0, sizeof *out);
	word = word ? word + 1 : text;
	word += *word == '-' || *word == '!';
	colon = strchr(word, ':');
	*from = (size_t)(word - text);
	if (!colon) {
		if (*word == '@')
			add_saved(out, c, word + 1);
		else
			add_parts(out, rq_filter_keys(), word);
		return;
	}
	n = (size_t)(colon - word);
	if (n >= sizeof field)
		return;
	memcpy(field, word, n);
	field[n] = '\0';
	comma = strrchr(colon, ',');
	word = (comma ? comma : colon) + 1;
	*from = (size_t)(word - text);
	add_values(out, s, types, field, word);
}
