#include "core/command/impl.h"
#include "core/command/rows.h"

static int run(struct rq_cmd *cmd)
{
	struct rq_json *j;

	if (rq_cmd_on(cmd, "json")) {
		j = rq_json_object();
		rq_json_set_str(j, "name", PACKAGE_NAME);
		rq_json_set_str(j, "version", PACKAGE_VERSION);
		return rq_cmd_json(cmd, j);
	}
	rq_cmd_message(cmd, "%s %s", PACKAGE_NAME, PACKAGE_VERSION);
	return RQ_EXIT_OK;
}

static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_version = {
	.name = "version",
	.summary = "Tell which relayq this is",
	.opts = opts,
	.flags = RQ_CMD_NO_CONTEXT,
	.exec = run,
};
