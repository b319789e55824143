/* run.c - one invocation from its words to its exit status. */
#include <stdarg.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/command/impl.h"
#include "core/queue/queue.h"

int rq_exit_status(int code)
{
	switch (code) {
	case RQ_OK:
		return RQ_EXIT_OK;
	case RQ_EUSAGE:
		return RQ_EXIT_USAGE;
	case RQ_ENOTFOUND:
		return RQ_EXIT_NOTFOUND;
	case RQ_EREFUSED:
		return RQ_EXIT_REFUSED;
	case RQ_EUNREACHABLE:
		return RQ_EXIT_KEPT;
	default:
		return RQ_EXIT_FAILED;
	}
}

static int no_command(const char *name, const char *nearest, struct rq_error *e)
{
	if (*name == '-')
		return rq_fail(e, RQ_EUSAGE, "relayq has no option %.80s; relayq help lists what it has.", name);
	if (nearest)
		return rq_fail(e, RQ_EUSAGE,
			       "There is no command \"%.80s\"; did you mean relayq %s?", name,
			       nearest);
	return rq_fail(e, RQ_EUSAGE, "There is no command \"%.80s\"; relayq help lists them.",
		       name);
}

/* Two words where they name a command, else one. */
static int find(char *const *words, size_t n, const struct rq_command **out, size_t *used,
		struct rq_error *e)
{
	char two[64];
	bool group;

	if (!n)
		return rq_fail(e, RQ_EUSAGE, "A command is missing; relayq help lists them.");
	group = rq_command_is_group(words[0]);
	*used = 1;
	if (group && n > 1 && words[1][0] != '-') {
		rq_copy(two, sizeof two, words[0]);
		rq_copy(two + strlen(two), sizeof two - strlen(two), " ");
		rq_copy(two + strlen(two), sizeof two - strlen(two), words[1]);
		*out = rq_command_find(two);
		*used = 2;
		return *out ? RQ_OK : no_command(two, rq_command_nearest(two), e);
	}
	*out = rq_command_find(words[0]);
	if (!*out && group)
		return rq_fail(e, RQ_EUSAGE, "relayq %s needs a second word; relayq help %s lists what there is.", words[0],
			       words[0]);
	return *out ? RQ_OK : no_command(words[0], rq_command_nearest(words[0]), e);
}

/* "submit --help" is "help submit". */
static void turn_into_help(struct rq_cmd *cmd)
{
	char *words[2], *space;

	words[0] = rq_arena_str(&cmd->arena, cmd->command->name);
	space = strchr(words[0], ' ');
	if (space) {
		*space = 0;
		words[1] = space + 1;
	}
	cmd->command = rq_command_find("help");
	if (rq_cmd_parse(cmd, words, space ? 2 : 1, NULL, NULL))
		RQ_BUG("relayq help does not take the name of a command");
}

int rq_cmd_new(char *const *words, size_t n, struct relayq *rq, struct rq_loop *loop,
	       struct rq_out *out, struct rq_cmd **result, size_t *used, struct rq_error *e)
{
	const struct rq_command *c;
	struct rq_cmd *cmd;
	int rc;

	*result = NULL;
	rc = find(words, n, &c, used, e);
	if (rc)
		return rc;
	cmd = rq_alloc(sizeof *cmd);
	cmd->command = c;
	cmd->rq = rq;
	cmd->loop = loop;
	cmd->out = out;
	rc = rq_cmd_parse(cmd, words + *used, n - *used, NULL, e);
	if (rc) {
		rq_cmd_free(cmd);
		return rc;
	}
	if (cmd->values->help)
		turn_into_help(cmd);
	*result = cmd;
	return RQ_OK;
}

/* The queue that it is about: --queue, the prefix of the first id, or NULL for the default. */
static const char *queue_of(struct rq_cmd *cmd)
{
	const char *queue = rq_cmd_opt(cmd, "queue");
	const struct rq_arg *a = cmd->command->args;
	const char *id, *colon;

	if (queue || !a || !a->name || a->type != RQ_VALUE_JOB)
		return queue;
	id = rq_cmd_arg(cmd, a->name);
	colon = id ? strchr(id, ':') : NULL;
	return colon ? rq_arena_strn(&cmd->arena, id, (size_t)(colon - id)) : NULL;
}

static bool writes(const struct rq_cmd *cmd)
{
	const struct rq_opt *o;

	if (cmd->command->flags & RQ_CMD_WRITES)
		return true;
	for (o = cmd->command->opts; o && o->name; o++)
		if (o->flags & RQ_OPT_WRITES && rq_cmd_on(cmd, o->name))
			return true;
	return false;
}

static bool allowed(struct rq_cmd *cmd, struct rq_error *e)
{
	const char *why = "";

	if (cmd->rq && rq_read_only(cmd->rq) && writes(cmd)) {
		rq_fail(e, RQ_EREFUSED, "relayq %s is not possible: %s.", cmd->command->name, rq_read_only_why);
		return false;
	}
	if (!cmd->command->caps || rq_can(cmd->rq, queue_of(cmd), cmd->command->caps, &why))
		return true;
	rq_fail(e, RQ_EUNSUPPORTED, "relayq %s is not possible: %s.", cmd->command->name, why);
	return false;
}

void rq_cmd_run(struct rq_cmd *cmd)
{
	struct rq_error e;
	int status;

	if (!cmd->rq && !(cmd->command->flags & RQ_CMD_NO_CONTEXT))
		RQ_BUG("relayq %s needs a context", cmd->command->name);
	status = allowed(cmd, &e) ? cmd->command->exec(cmd) : rq_cmd_error(cmd, &e);
	if (status != RQ_CMD_PENDING)
		rq_cmd_done(cmd, status);
}

void rq_cmd_abort(struct rq_cmd *cmd)
{
	if (cmd->aborted)
		return;
	cmd->aborted = true;
	if (cmd->abort)
		cmd->abort(cmd);
}

void rq_cmd_free(struct rq_cmd *cmd)
{
	if (!cmd)
		return;
	if (cmd->release)
		cmd->release(cmd);
	rq_arena_release(&cmd->arena);
	rq_free(cmd);
}

void rq_cmd_done(struct rq_cmd *cmd, int exit_status)
{
	if (cmd->done)
		cmd->done(cmd, exit_status, cmd->ud);
	rq_cmd_free(cmd);
}

int rq_cmd_error(struct rq_cmd *cmd, const struct rq_error *e)
{
	cmd->out->error(cmd->out->ud, e->msg);
	return rq_exit_status(e->code);
}

static void say(struct rq_cmd *cmd, void (*sink)(void *, const char *), const char *before,
		const char *fmt, va_list ap) RQ_PRINTF(4, 0);
static void say(struct rq_cmd *cmd, void (*sink)(void *, const char *), const char *before,
		const char *fmt, va_list ap)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	rq_str_add(&b, before);
	rq_str_vaddf(&b, fmt, ap);
	sink(cmd->out->ud, rq_str_get(&b));
	rq_str_release(&b);
}

void rq_cmd_message(struct rq_cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cmd, cmd->out->message, "", fmt, ap);
	va_end(ap);
}

void rq_cmd_warn(struct rq_cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(cmd, cmd->out->error, "warning: ", fmt, ap);
	va_end(ap);
}
