/* Completion. */
#include "tui/complete.h"

#include <string.h>
#include "core/base/str.h"
#include "tui/keymap.h"

void rq_choices_release(struct rq_choices *c)
{
	rq_arena_release(&c->arena);
	c->n = 0;
}

static void add(struct rq_choices *c, const char *before, const char *value, const char *prefix)
{
	size_t i, n = strlen(before), len = strlen(prefix);
	char *s;

	if (c->n == RQ_CHOICES_MAX || len < n || !rq_starts(value, prefix + n))
		return;
	s = rq_arena_alloc(&c->arena, n + strlen(value) + 1);
	memcpy(s, before, n);
	rq_copy(s + n, strlen(value) + 1, value);
	for (i = 0; i < c->n; i++) {
		if (rq_eq(c->v[i], s))
			return;
	}
	c->v[c->n++] = s;
}

static void add_labels(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	const char *comma = strrchr(prefix, ',');
	char *before = rq_arena_strn(&c->arena, prefix, comma ? (size_t)(comma - prefix) + 1 : 0);
	size_t i, k;

	for (i = 0; i < s->n_runners; i++) {
		for (k = 0; k < s->runners[i].labels.n; k++)
			add(c, before, s->runners[i].labels.v[k], prefix);
	}
}

static void add_parts(struct rq_choices *c, const char *parts, const char *prefix)
{
	while (parts && *parts) {
		size_t n = strcspn(parts, "|");

		add(c, "", rq_arena_strn(&c->arena, parts, n), prefix);
		parts += n + (parts[n] == '|');
	}
}

static void add_jobs(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_jobs; i++)
		add(c, "", s->jobs[i].id, prefix);
}

void rq_complete_value(const struct rq_snapshot *s, enum rq_value_type type, const char *choices,
		       const char *prefix, struct rq_choices *out)
{
	size_t i;

	switch (type) {
	case RQ_VALUE_JOB: add_jobs(out, s, prefix); break;
	case RQ_VALUE_RUNNER:
		for (i = 0; i < s->n_runners; i++)
			add(out, "", s->runners[i].name, prefix);
		break;
	case RQ_VALUE_DECISION:
		for (i = 0; i < s->n_decisions; i++)
			add(out, "", s->decisions[i].id, prefix);
		add_jobs(out, s, prefix);
		break;
	case RQ_VALUE_QUEUE:
		for (i = 0; i < s->n_queues; i++)
			add(out, "", s->queues[i].name, prefix);
		break;
	case RQ_VALUE_LABELS: add_labels(out, s, prefix); break;
	case RQ_VALUE_CHOICE: case RQ_VALUE_TYPE: add_parts(out, choices, prefix); break;
	case RQ_VALUE_COMMAND:
		for (i = 0; rq_commands[i]; i++)
			add(out, "", rq_commands[i]->name, prefix);
		break;
	case RQ_VALUE_SETTING:
		for (i = 0; i < rq_settings_n; i++)
			add(out, "", rq_settings[i].name, prefix);
		break;
	case RQ_VALUE_FILTER:
		add_parts(out, "status:|label:|type:|runner:|queue:|id:|name:|group:|reason:|re:",
			  prefix);
		break;
	default: break;
	}
}

/* ---- a whole command line ---- */

/* Commands and what the console does itself, by everything typed so far: names have up to two
 * words. */
static void add_names(struct rq_choices *c, const char *text, size_t from)
{
	size_t i;

	for (i = 0; rq_commands[i]; i++) {
		const struct rq_command *command = rq_commands[i];

		if (command->name[0] != '_' && !(command->flags & RQ_CMD_CLI_ONLY) &&
		    rq_starts(command->name, text))
			add(c, "", command->name + from, text + from);
	}
	for (i = 0; i < RQ_DO_N; i++) {
		if (i != RQ_DO_NONE && rq_starts(rq_doing((enum rq_do)i)->words, text))
			add(c, "", rq_doing((enum rq_do)i)->words + from, text + from);
	}
	if (rq_starts(text, "view ") && !strchr(text + 5, ' '))
		add_parts(c, "jobs|runners|decisions|activity", text + 5);
}

static const struct rq_command *command_of(const char *text, size_t *words)
{
	const struct rq_command *found = NULL;
	size_t i, best = 0;

	for (i = 0; rq_commands[i]; i++) {
		size_t n = strlen(rq_commands[i]->name);

		if (n > best && rq_starts(text, rq_commands[i]->name) && text[n] == ' ') {
			best = n;
			found = rq_commands[i];
			*words = strchr(found->name, ' ') ? 2 : 1;
		}
	}
	return found;
}

static const struct rq_opt *option(const struct rq_command *c, const char *word)
{
	const struct rq_opt *o;

	for (o = c->opts; o && o->name; o++) {
		if (rq_starts(word, "--") ? rq_eq(word + 2, o->name)
					  : word[0] == '-' && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

/* The option that the word before waits for, or which argument it is. */
static void add_arguments(const struct rq_snapshot *s, const char *types,
			  const struct rq_command *c, char *const *w, size_t n, const char *prefix,
			  struct rq_choices *out)
{
	const struct rq_opt *o = NULL;
	const struct rq_arg *a = c->args;
	size_t i;

	for (i = 0; i < n; i++) {
		if (o && o->value) {
			o = NULL;
			continue;
		}
		o = w[i][0] == '-' ? option(c, w[i]) : NULL;
		if (w[i][0] != '-' && a && a->name && !(a->flags & (RQ_ARG_REPEAT | RQ_ARG_REST)))
			a++;
	}
	if (o && o->value) {
		rq_complete_value(s, o->type, types, prefix, out);
		return;
	}
	if (prefix[0] == '-') {
		for (o = c->opts; o && o->name; o++) {
			char *name = rq_arena_fmt(&out->arena, "--%s", o->name);

			if (!(o->flags & RQ_OPT_CLI_ONLY))
				add(out, "", name, prefix);
		}
	} else if (a && a->name) {
		rq_complete_value(s, a->type, a->choices ? a->choices : types, prefix, out);
	}
}

void rq_complete(const struct rq_snapshot *s, const char *types, const char *text,
		 struct rq_choices *out, size_t *from)
{
	const char *space = strrchr(text, ' ');
	const struct rq_command *c;
	char **words = NULL, *head;
	size_t n = 0, used = 0;

	memset(out, 0, sizeof *out);
	*from = space ? (size_t)(space - text) + 1 : 0;
	add_names(out, text, *from);
	c = command_of(text, &used);
	if (!c)
		return;
	head = rq_arena_strn(&out->arena, text, *from);
	if (rq_words_split(head, &words, &n, NULL) == RQ_OK && n >= used)
		add_arguments(s, types, c, words + used, n - used, text + *from, out);
	rq_words_free(words);
}

size_t rq_choices_common(const struct rq_choices *c)
{
	size_t n = c->n ? strlen(c->v[0]) : 0, i, k;

	for (i = 1; i < c->n; i++) {
		for (k = 0; k < n && c->v[i][k] == c->v[0][k]; k++)
			;
		n = k;
	}
	return n;
}
