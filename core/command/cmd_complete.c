/* cmd_complete.c - plumbing for the shells' completion: the candidates for the last of the words
 * typed so far, one a line, a tab and a description behind some. ":file" and ":dir" leave it to the
 * shell. The scripts in contrib/ only ask and pass on. */
#include <string.h>
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/config.h"

/* Enough to choose from. */
enum { JOBS = 200 };

struct completion {
	struct rq_cmd *cmd;
	const struct rq_command *command; /* the one being typed, NULL none yet */
	const char *last;		  /* the word to complete */
	const char *prefix;		  /* "--to=" before the value in LAST, or "" */
	enum rq_value_type type;
	const char *choices;
	struct rq_str out;
};

static void offer(struct completion *c, const char *value, const char *help)
{
	if (!rq_starts(value, c->last))
		return;
	rq_str_addf(&c->out, "%s%s", c->prefix, value);
	if (help)
		rq_str_addf(&c->out, "\t%s", help);
	rq_str_addc(&c->out, '\n');
}

/* The first words of the commands; behind "agent" the second. */
static void offer_commands(struct completion *c, const char *group)
{
	size_t n = group ? strlen(group) : 0;
	char word[32];

	for (size_t i = 0; rq_commands[i]; i++) {
		const char *name = rq_commands[i]->name;
		const char *space = strchr(name, ' ');

		if (rq_command_hidden(rq_commands[i]))
			continue;
		if (group && !strncmp(name, group, n) && name[n] == ' ')
			offer(c, name + n + 1, rq_commands[i]->summary);
		if (group)
			continue;
		rq_copy(word, sizeof word, name);
		if (space)
			word[space - name] = 0;
		/* A group is offered once. */
		if (space && i && rq_starts(rq_commands[i - 1]->name, word))
			continue;
		offer(c, word, space ? NULL : rq_commands[i]->summary);
	}
}

static void offer_options(struct completion *c)
{
	char name[48];

	for (const struct rq_opt *o = c->command->opts; o && o->name; o++) {
		rq_copy(name, sizeof name, "--");
		rq_copy(name + 2, sizeof name - 2, o->name);
		offer(c, name, o->help);
	}
	offer(c, "--help", "all about this command");
}

static const struct rq_opt *option(const struct rq_command *c, const char *word)
{
	size_t n = strcspn(word, "=");

	for (const struct rq_opt *o = c->opts; o && o->name; o++) {
		if (word[0] == '-' && word[1] == '-' && !strncmp(word + 2, o->name, n - 2) &&
		    !o->name[n - 2])
			return o;
		if (word[0] == '-' && o->letter && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

static void take_setting(struct completion *c, const struct rq_setting *s)
{
	c->type = RQ_VALUE_CHOICE;
	if (s && s->type == RQ_SETTING_BOOL)
		c->choices = "true|false";
	else if (s && s->type == RQ_SETTING_ENUM)
		c->choices = s->choices;
}

/* What the last word is: an option's value, or the next argument. false: a job's own command line,
 * or nothing. */
static bool find_type(struct completion *c, const char *const *words, size_t n)
{
	const struct rq_arg *arg = c->command->args;
	const struct rq_opt *waiting = NULL;

	for (size_t i = 0; i + 1 < n; i++) {
		if (waiting) {
			waiting = NULL;
		} else if (!strcmp(words[i], "--")) {
			return false;
		} else if (words[i][0] == '-') {
			const struct rq_opt *o = option(c->command, words[i]);

			waiting = o && o->value && !strchr(words[i], '=') ? o : NULL;
		} else if (arg && arg->name && !(arg->flags & RQ_ARG_REPEAT)) {
			arg++;
		}
	}
	if (!waiting && c->last[0] == '-') {
		const char *equals = strchr(c->last, '=');

		waiting = equals ? option(c->command, c->last) : NULL;
		if (!waiting)
			return true;
		c->prefix = rq_arena_strn(&c->cmd->arena, c->last, (size_t)(equals - c->last) + 1);
		c->last = equals + 1;
	}
	if (waiting) {
		c->type = waiting->type;
		return true;
	}
	if (!arg || !arg->name || (arg->flags & RQ_ARG_REST))
		return false;
	c->type = arg->type;
	c->choices = arg->choices;
	if (c->type == RQ_VALUE_OF_SETTING && n > 1)
		take_setting(c, rq_config_find(words[n - 2]));
	return true;
}

static bool wants_runners(enum rq_value_type t)
{
	return t == RQ_VALUE_RUNNER || t == RQ_VALUE_LABELS;
}

static int finish(struct completion *c)
{
	rq_cmd_text(c->cmd, &c->out);
	rq_str_release(&c->out);
	return RQ_EXIT_OK;
}

static int loaded(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	struct completion *c = cmd->state;

	for (size_t i = 0; i < s->n_jobs; i++)
		offer(c, s->jobs[i].id, rq_job_state_text(&s->jobs[i]));
	for (size_t i = 0; i < s->n_decisions; i++)
		offer(c, s->decisions[i].id, s->decisions[i].job_id);
	for (size_t i = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];

		if (c->type == RQ_VALUE_RUNNER)
			offer(c, r->name, r->online ? rq_drain_name(r->drain) : "offline");
		for (size_t k = 0; c->type == RQ_VALUE_LABELS && k < r->labels.n; k++)
			offer(c, r->labels.v[k], r->name);
	}
	return finish(c);
}

static void offer_choices(struct completion *c)
{
	char word[32];
	size_t n;

	for (const char *s = c->choices; s && *s; s += n + (s[n] == '|')) {
		n = strcspn(s, "|");
		rq_copy(word, n + 1 < sizeof word ? n + 1 : sizeof word, s);
		offer(c, word, NULL);
	}
}

static void offer_types(struct completion *c)
{
	size_t n;
	const struct rq_job_type **v = rq_job_types(c->cmd->rq, &c->cmd->arena, &n);

	for (size_t i = 0; i < n; i++)
		offer(c, v[i]->name, *v[i]->help ? v[i]->help : NULL);
}

/* Files and directories are the shell's own business: it is told by the one word it knows. */
static int offer_values(struct completion *c)
{
	struct rq_want want = { 0 };

	switch (c->type) {
	case RQ_VALUE_COMMAND:
		offer_commands(c, NULL);
		return finish(c);
	case RQ_VALUE_SETTING:
		for (size_t i = 0; i < rq_settings_n; i++)
			offer(c, rq_settings[i].name, rq_settings[i].help);
		return finish(c);
	case RQ_VALUE_TYPE:
		offer_types(c);
		return finish(c);
	case RQ_VALUE_CHOICE:
		offer_choices(c);
		return finish(c);
	case RQ_VALUE_QUEUE:
		for (size_t i = 0; rq_queue_name(c->cmd->rq, i); i++)
			offer(c, rq_queue_name(c->cmd->rq, i), NULL);
		return finish(c);
	case RQ_VALUE_FILE:
	case RQ_VALUE_DIR:
		rq_str_add(&c->out, c->type == RQ_VALUE_FILE ? ":file\n" : ":dir\n");
		return finish(c);
	case RQ_VALUE_JOB:
		want.jobs = true;
		want.finished_max = JOBS;
		break;
	case RQ_VALUE_DECISION:
		want.jobs = want.decisions = true;
		want.finished_max = want.decisions_max = JOBS;
		break;
	default:
		if (!wants_runners(c->type))
			return finish(c);
		want.runners = true;
	}
	c->cmd->state = c;
	return rq_cmd_load_local(c->cmd, &want, loaded);
}

static int run(struct rq_cmd *cmd)
{
	struct completion *c = rq_arena_alloc(&cmd->arena, sizeof *c);
	const char *const *words;
	size_t n = rq_cmd_args(cmd, "WORD", &words), used = 1;

	c->cmd = cmd;
	c->prefix = "";
	c->last = n ? words[n - 1] : "";
	rq_str_init(&c->out, 0);
	if (n <= 1) {
		offer_commands(c, NULL);
		return finish(c);
	}
	c->command = rq_command_find(words[0]);
	if (rq_command_is_group(words[0])) {
		const char *two = rq_arena_fmt(&cmd->arena, "%s %s", words[0], words[1]);

		if (n == 2)
			offer_commands(c, words[0]);
		else if (rq_command_find(two)) {
			c->command = rq_command_find(two);
			used = 2;
		}
	}
	if (!c->command || !find_type(c, words + used, n - used))
		return finish(c);
	if (c->last[0] == '-' && !*c->prefix) {
		offer_options(c);
		return finish(c);
	}
	return offer_values(c);
}

static const struct rq_arg args[] = {
	{ "WORD", RQ_VALUE_TEXT, RQ_ARG_OPTIONAL | RQ_ARG_REST,
	  "the words so far, the last one unfinished" },
	{ NULL },
};

const struct rq_command rq_cmd_complete = {
	.name = "__complete",
	.summary = "Offer words to a shell's completion",
	.args = args,
	.flags = RQ_CMD_CLI_ONLY,
	.exec = run,
};
