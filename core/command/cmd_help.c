#include <string.h>
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

static void overview(struct rq_str *out)
{
	rq_str_add(
		out,
		"relayq: a queue of jobs for the machines you have.\n\n"
		"usage: relayq                 open the console (without a terminal: the summary)\n"
		"       relayq COMMAND ...     do one thing\n\n"
		"The console's options:\n"
		"  --read-only         where nothing can be changed\n"
		"  --ascii             drawn with ASCII alone\n"
		"  --screen-reader     drawn for a screen reader\n"
		"  --slow-link         sending as little as can be\n\n"
		"Commands:\n");
	for (size_t i = 0; rq_commands[i]; i++)
		if (!rq_command_hidden(rq_commands[i]))
			rq_str_addf(out, "  %-19s %s\n", rq_commands[i]->name,
				    rq_commands[i]->summary);
	rq_str_add(out,
		   "\nrelayq help COMMAND tells all about one; so does relayq COMMAND --help.\n");
}

/* All of a group: "agent" stands for "agent run", "agent start" ... */
static bool group_help(const char *word, struct rq_str *out)
{
	size_t n = strlen(word);
	bool any = false;

	for (size_t i = 0; rq_commands[i]; i++) {
		const struct rq_command *c = rq_commands[i];

		if (strncmp(c->name, word, n) || (c->name[n] && c->name[n] != ' '))
			continue;
		if (any)
			rq_str_add(out, "\n");
		rq_command_help(c, out);
		any = true;
	}
	return any;
}

static int unknown(struct rq_cmd *cmd, const char *name)
{
	const char *near = rq_command_nearest(name);
	struct rq_error e;

	if (near)
		rq_fail(&e, RQ_EUSAGE,
			"There is no command \"%.80s\"; did you mean relayq help %s?", name, near);
	else
		rq_fail(&e, RQ_EUSAGE, "There is no command \"%.80s\"; relayq help lists them.",
			name);
	return rq_cmd_error(cmd, &e);
}

static int help_on(struct rq_cmd *cmd, const char *name, struct rq_str *out)
{
	const struct rq_command *c = rq_command_find(name);

	if (rq_command_is_group(name) && group_help(name, out))
		return RQ_EXIT_OK;
	if (!c)
		return unknown(cmd, name);
	rq_command_help(c, out);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	const char *const *words;
	size_t n = rq_cmd_args(cmd, "COMMAND", &words);
	struct rq_str out;
	int status = RQ_EXIT_OK;

	rq_str_init(&out, 0);
	if (!n)
		overview(&out);
	else if (n == 1)
		status = help_on(cmd, words[0], &out);
	else
		status = help_on(cmd, rq_arena_fmt(&cmd->arena, "%s %s", words[0], words[1]), &out);
	if (status == RQ_EXIT_OK)
		rq_cmd_text(cmd, &out);
	rq_str_release(&out);
	return status;
}

static const struct rq_arg args[] = {
	{ "COMMAND", RQ_VALUE_COMMAND, RQ_ARG_OPTIONAL | RQ_ARG_REPEAT,
	  "a command's name, of one or two words" },
	{ NULL },
};

const struct rq_command rq_cmd_help = {
	.name = "help",
	.summary = "Tell what relayq can do, or all about one command",
	.args = args,
	.flags = RQ_CMD_NO_CONTEXT,
	.exec = run,
};
