/* The keys of the console, as the settings have them. */
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

struct printed {
	struct rq_cmd *cmd;
	struct rq_json *all; /* with --json */
};

static void print_key(void *ud, const struct rq_out_key *k)
{
	struct printed *p = ud;
	const char *cells[] = { k->view, k->keys, k->command, k->help, k->where };
	struct rq_json *o;

	if (!p->all) {
		p->cmd->out->row(p->cmd->out->ud, cells);
		return;
	}
	o = rq_json_object();
	rq_json_set_str(o, "view", k->view);
	rq_json_set_str(o, "key", k->keys);
	rq_json_set_str(o, "label", *k->label ? k->label : NULL);
	rq_json_set_str(o, "command", k->command);
	rq_json_set_str(o, "help", k->help);
	rq_json_set_str(o, "where", k->where);
	rq_json_add(p->all, o);
}

static void print_wrong(void *ud, const char *lines, size_t n)
{
	struct printed *p = ud;

	p->cmd->out->notes(p->cmd->out->ud, lines, n);
}

static int run(struct rq_cmd *cmd)
{
	static const char *const columns[] = { "VIEW", "KEY", "COMMAND", "WHAT IT DOES", "FROM" };
	struct printed p = { cmd, rq_cmd_on(cmd, "json") ? rq_json_array() : NULL };
	const struct rq_out_keys to = { &p, print_key, print_wrong };
	struct rq_error e;
	int rc;

	if (!cmd->out->looks) {
		rq_fail(&e, RQ_EUNSUPPORTED, "This relayq was built without the console, so it has no keys.");
		return rq_cmd_error(cmd, &e);
	}
	if (!p.all)
		cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	rc = cmd->out->looks->keys(cmd->rq, rq_cmd_opt(cmd, "keymap"), rq_cmd_opt(cmd, "view"), &to, &e);
	if (p.all && !rc)
		return rq_cmd_json(cmd, p.all);
	rq_json_free(p.all);
	return rc ? rq_cmd_error(cmd, &e) : RQ_EXIT_OK;
}

static const struct rq_opt opts[] = {
	{ "view", 0, "VIEW", RQ_VALUE_TEXT, 0, "all that counts in that view; without it, all that is bound", NULL },
	{ "keymap", 0, "NAME", RQ_VALUE_TEXT, 0, "default, vim, emacs or a file; without it, your own", NULL },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_keys = {
	.name = "keys",
	.summary = "List the keys of the console",
	.details = "They are those of the keymap that ui.keymap names and of your own file over it; what is wrong in "
		   "them is told as well, with file and line.",
	.opts = opts,
	.flags = RQ_CMD_CLI_ONLY,
	.exec = run,
};
