/* A file in the console's log view. The faces that can draw do that by themselves; here is what is left without one. */
#include "core/command/impl.h"
#include "core/command/rows.h"

enum { PIECE = 65536 };

static int print(struct rq_cmd *cmd, struct rq_joblog *log)
{
	char *buf = rq_arena_alloc(&cmd->arena, PIECE);
	struct rq_error e;
	int64_t off = 0;
	size_t n;

	do {
		if (rq_joblog_read(log, off, buf, PIECE, &n, &e))
			return rq_cmd_error(cmd, &e);
		cmd->out->log(cmd->out->ud, buf, n);
		off += (int64_t)n;
	} while (n);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	struct rq_joblog *log;
	struct rq_error e;
	int status;

	if (rq_joblog_open_file(cmd->rq, rq_cmd_arg(cmd, "FILE"), NULL, NULL, &log, &e))
		return rq_cmd_error(cmd, &e);
	status = print(cmd, log);
	rq_joblog_close(log);
	return status;
}

static const struct rq_arg args[] = {
	{ "FILE", RQ_VALUE_FILE, 0, "a log, such as one of GitHub's that was saved; any text will do" },
	{ NULL },
};

const struct rq_command rq_cmd_view = {
	.name = "view",
	.summary = "Look at a log in a file",
	.details =
		"On a terminal it opens in the console's log view, which does not mind how long it is and "
		"follows it while it grows; q leaves. Otherwise its bytes are passed on as they are.",
	.args = args,
	.exec = run,
};
