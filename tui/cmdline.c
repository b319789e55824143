/* A command line while it is typed. */
#include "tui/cmdline.h"

#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/complete.h"

/* ---- words ---- */

void rq_walk_init(struct rq_walk *w, const struct rq_command *c)
{
	memset(w, 0, sizeof *w);
	w->command = c;
	w->arg = c->args;
}

static const struct rq_opt *option(const struct rq_command *c, const char *word)
{
	size_t n = strcspn(word, "=");
	const struct rq_opt *o;

	for (o = c->opts; o && o->name; o++) {
		if (rq_starts(word, "--") ? strlen(o->name) == n - 2 && !strncmp(word + 2, o->name, n - 2)
					  : o->letter && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

static void walk_option(struct rq_walk *w, const char *word, const struct rq_opt **opt, size_t *skip)
{
	const struct rq_opt *o = option(w->command, word);

	if (!o || !o->value)
		return;
	if (!strchr(word, '=')) {
		w->waiting = o;
		return;
	}
	*opt = o;
	*skip = strcspn(word, "=") + 1;
}

void rq_walk_word(struct rq_walk *w, const char *word, const struct rq_opt **opt, const struct rq_arg **arg, size_t *skip)
{
	*opt = w->waiting;
	*arg = NULL;
	*skip = 0;
	if (w->waiting) {
		w->waiting = NULL;
	} else if (!w->only_args && rq_eq(word, "--")) {
		w->only_args = true;
	} else if (!w->only_args && word[0] == '-' && word[1]) {
		walk_option(w, word, opt, skip);
	} else if (w->arg && w->arg->name) {
		*arg = w->arg;
		w->only_args = w->only_args || (w->arg->flags & RQ_ARG_REST);
		if (!(w->arg->flags & (RQ_ARG_REPEAT | RQ_ARG_REST)))
			w->arg++;
	}
}

/* Where the last word of N bytes begins, and that word without quotes, whether or not they are closed. */
static size_t last_word(const char *text, size_t n, struct rq_str *word)
{
	size_t from = 0, i;
	char quote = 0;

	for (i = 0; i < n; i++) {
		char c = text[i];

		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
		} else if (c == '\\' && quote != '\'' && i + 1 < n) {
			rq_str_addc(word, text[++i]);
		} else if (!quote && c == ' ') {
			from = i + 1;
			rq_str_clear(word);
		} else {
			rq_str_addc(word, c);
		}
	}
	return from;
}

const struct rq_command *rq_cmdline_command(char *const *words, size_t n, size_t *used)
{
	const struct rq_command *c = NULL;
	char two[96];

	*used = 2;
	if (n > 1) {
		snprintf(two, sizeof two, "%s %s", words[0], words[1]);
		c = rq_command_find(two);
	}
	if (!c && n) {
		*used = 1;
		c = rq_command_find(words[0]);
	}
	return c && c->name[0] != '_' ? c : NULL;
}

static const struct rq_command *command_named(const char *text, size_t n)
{
	char name[64];

	if (n >= sizeof name)
		return NULL;
	rq_copy(name, n + 1, text);
	return rq_command_find(name);
}

const struct rq_command *rq_cmdline_command_of(const char *text, size_t *used)
{
	size_t one = strcspn(text, " "), two = text[one] ? one + 1 + strcspn(text + one + 1, " ") : one;
	const struct rq_command *c = two > one ? command_named(text, two) : NULL;

	*used = c ? two : one;
	return c ? c : command_named(text, one);
}

const char *rq_cmdline_option(char *const *words, size_t n, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < n; i++) {
		if (!rq_starts(words[i], "--") || !rq_starts(words[i] + 2, name))
			continue;
		if (words[i][2 + len] == '=')
			return words[i] + 3 + len;
		if (!words[i][2 + len] && i + 1 < n)
			return words[i + 1];
	}
	return NULL;
}

/* Among commands, and what the console does itself. */
static const char *nearest(const char *name)
{
	const char *best = rq_command_nearest(name);
	size_t n = strlen(name), i;
	int near = best && rq_starts(best, name) ? 0 : best ? rq_distance(name, best, 4) : n < 4 ? 2 : n < 6 ? 3 : 4;

	for (i = 0; i < RQ_DO_N && near; i++) {
		const char *words = rq_doing((enum rq_do)i)->words;
		int d = rq_distance(name, words, near);

		if (d >= near)
			continue;
		near = d;
		best = words;
	}
	return best;
}

/* One of the console's own: "quit" of "quit all". */
static bool begins_doing(const char *name)
{
	size_t n = strlen(name);

	for (int i = 0; i < RQ_DO_N; i++) {
		const char *words = rq_doing((enum rq_do)i)->words;

		if (!strncmp(words, name, n) && (!words[n] || words[n] == ' '))
			return true;
	}
	return false;
}

char *rq_cmdline_unknown(const char *name)
{
	const char *near = nearest(name);

	if (begins_doing(name))
		return rq_fmt("\"%.40s\" goes on otherwise; tab shows how.", name);
	return near ? rq_fmt("There is no command \"%.40s\"; did you mean %s?", name, near)
		    : rq_fmt("There is no command \"%.40s\".", name);
}

static void find_last(struct rq_cmdline *c)
{
	struct rq_walk w, before;
	size_t i;

	rq_walk_init(&w, c->command);
	for (i = c->used; i < c->n; i++)
		rq_walk_word(&w, c->words[i], &c->opt, &c->arg, &c->skip);
	before = w;
	rq_walk_word(&w, c->last, &c->opt, &c->arg, &c->skip);
	c->options = !before.only_args && !before.waiting;
}

void rq_cmdline_init(struct rq_cmdline *c, const char *text, size_t n)
{
	struct rq_str last;
	const char *rest;
	char *head;

	memset(c, 0, sizeof *c);
	rq_str_init(&last, 0);
	c->from = last_word(text, n, &last);
	head = rq_strndup(text, c->from);
	c->last = rq_strdup(rq_str_get(&last));
	rq_str_release(&last);
	c->doing = RQ_DO_NONE;
	if (rq_words_split(head, &c->words, &c->n, NULL))
		c->words = NULL;
	if (c->n)
		c->command = rq_cmdline_command(c->words, c->n, &c->used);
	if (!c->n || !rq_do_find(head, &c->doing, &rest))
		c->doing = RQ_DO_NONE;
	if (c->command)
		find_last(c);
	rq_free(head);
}

void rq_cmdline_release(struct rq_cmdline *c)
{
	rq_words_free(c->words);
	rq_free(c->last);
	memset(c, 0, sizeof *c);
}

enum rq_value_type rq_cmdline_type(const struct rq_cmdline *c)
{
	return c->opt ? c->opt->type : c->arg ? c->arg->type : RQ_VALUE_TEXT;
}

const char *rq_cmdline_choices(const struct rq_cmdline *c)
{
	if (rq_cmdline_type(c) == RQ_VALUE_OF_SETTING)
		return c->words[c->n - 1];
	return c->arg ? c->arg->choices : NULL;
}

/* ---- for people ---- */

/* What LAST names already, although no blank is behind it. */
static const struct rq_command *named(const struct rq_cmdline *c)
{
	char two[96];

	if (c->n > 1 || (c->n && !*c->last))
		return c->command;
	if (!c->n)
		return rq_command_find(c->last);
	snprintf(two, sizeof two, "%s %s", c->words[0], c->last);
	return rq_command_find(two) ? rq_command_find(two) : c->command;
}

void rq_cmdline_usage(const struct rq_cmdline *c, struct rq_str *out)
{
	const struct rq_command *command = named(c);
	struct rq_str usage;

	if (!command && c->doing != RQ_DO_NONE) {
		const struct rq_doing *d = rq_doing(c->doing);

		rq_str_addf(out, "%s%s%s", d->words, d->arg ? " " : "", d->arg ? d->arg : "");
	}
	if (!command || command->name[0] == '_')
		return;
	rq_str_init(&usage, 4096);
	rq_command_usage(command, &usage);
	rq_str_add(out, rq_starts(rq_str_get(&usage), "relayq ") ? usage.s + 7 : rq_str_get(&usage));
	rq_str_release(&usage);
}

void rq_cmdline_about(const struct rq_cmdline *c, struct rq_str *out)
{
	const struct rq_command *command = named(c);

	if (c->opt)
		rq_str_addf(out, "--%s %s: %s", c->opt->name, c->opt->value, c->opt->help);
	else if (c->command && command == c->command && c->arg)
		rq_str_addf(out, "%s: %s", c->arg->name, c->arg->help);
	else if (command)
		rq_str_add(out, command->summary);
	else if (c->doing != RQ_DO_NONE)
		rq_str_add(out, rq_doing(c->doing)->help);
}

/* ---- what is wrong ---- */

static bool placeholders(char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strchr(words[i], '{'))
			return true;
	return false;
}

/* The command does not exist, or what is typed of its name begins none. */
static void name_problem(const struct rq_cmdline *c, const char *text, struct rq_str *out)
{
	const char *word = c->n ? c->words[0] : c->last;
	struct rq_choices choices;
	size_t from, n;
	char *sentence;

	rq_complete(&(struct rq_sources){ 0 }, text, strlen(text), &choices, &from);
	n = choices.n;
	rq_choices_release(&choices);
	if (!*word || n)
		return;
	sentence = rq_cmdline_unknown(word);
	rq_str_add(out, sentence);
	rq_free(sentence);
}

static const char *noun_of(enum rq_value_type t)
{
	switch (t) {
	case RQ_VALUE_RUNNER: return "runner";
	case RQ_VALUE_QUEUE: return "queue";
	case RQ_VALUE_SETTING: return "setting";
	default: return NULL;
	}
}

/* A name that nothing here has; a runner may be one that has gone, which is why this stops nothing. */
static void unknown_name(const struct rq_sources *s, enum rq_value_type t, const char *choices, const char *value, bool whole,
			 struct rq_str *out)
{
	const char *noun = t == RQ_VALUE_CHOICE ? "choice" : noun_of(t), *near = NULL;
	struct rq_choices all;
	int best = 4;
	size_t i;

	if (!noun || !*value)
		return;
	rq_complete_value(s, t, choices, "", &all);
	for (i = 0; i < all.n; i++) {
		int d = rq_distance(value, all.v[i], best);

		if (whole ? rq_ieq(all.v[i], value) : rq_starts(all.v[i], value))
			break;
		if (d < best && (size_t)d < strlen(value)) {
			best = d;
			near = all.v[i];
		}
	}
	if (all.n && i == all.n && t == RQ_VALUE_CHOICE)
		rq_str_addf(out, "\"%.40s\" is none of %s.", value, choices);
	else if (all.n && i == all.n)
		rq_str_addf(out, "No %s here %s \"%.40s\"%s%s%s", noun, whole ? "is called" : "begins with", value,
			    near ? "; did you mean " : ".", near ? near : "", near ? "?" : "");
	rq_choices_release(&all);
}

/* What is being typed: it may become something as long as something begins so. */
static void last_problem(const struct rq_sources *s, const struct rq_cmdline *c, const char *text, struct rq_str *out)
{
	struct rq_choices choices;
	size_t from, n;

	if (c->options && !c->opt && c->last[0] == '-' && c->last[1]) {
		rq_complete(s, text, strlen(text), &choices, &from);
		n = choices.n;
		rq_choices_release(&choices);
		if (!n && c->last[1] == '-' && c->last[2])
			rq_str_addf(out, "relayq %s has no option that begins with %.40s.", c->command->name, c->last);
		return;
	}
	unknown_name(s, rq_cmdline_type(c), rq_cmdline_choices(c), c->last + c->skip, false, out);
}

/* The finished words by the command's row. An option without its value yet is none. */
static void words_problem(const struct rq_sources *s, const struct rq_cmdline *c, struct rq_str *out)
{
	struct rq_cmd cmd = { .command = c->command };
	const struct rq_opt *opt;
	const struct rq_arg *arg;
	struct rq_error e = { 0 };
	const char *missing;
	struct rq_walk w;
	size_t i, skip;

	rq_walk_init(&w, c->command);
	for (i = c->used; i < c->n; i++) {
		rq_walk_word(&w, c->words[i], &opt, &arg, &skip);
		if ((opt || arg) && !out->len)
			unknown_name(s, opt ? opt->type : arg->type, NULL, c->words[i] + skip, true, out);
	}
	if (rq_cmd_parse(&cmd, c->words + c->used, c->n - c->used - (w.waiting != NULL), &missing, &e)) {
		rq_str_clear(out);
		rq_str_add(out, e.msg);
	}
	rq_arena_release(&cmd.arena);
}

void rq_cmdline_problem(const struct rq_sources *s, const char *text, struct rq_str *out)
{
	struct rq_cmdline c;

	rq_cmdline_init(&c, text, strlen(text));
	if (!c.command && c.doing == RQ_DO_NONE) {
		name_problem(&c, text, out);
	} else if (c.command && !placeholders(c.words, c.n) && !strchr(c.last, '{')) {
		words_problem(s, &c, out);
		if (!out->len)
			last_problem(s, &c, text, out);
	}
	rq_cmdline_release(&c);
}
