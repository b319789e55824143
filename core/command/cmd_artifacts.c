/* cmd_artifacts.c - what the jobs of a run have left: the list, and one of them into a file. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

enum { TELL_MS = 1000 };

/* ---- the list ---- */

static const char *size_of(struct rq_cmd *cmd, int64_t bytes)
{
	static const char units[] = "BKMGT";
	int64_t tenths = bytes * 10;
	size_t unit = 0;

	if (!cmd->out->terminal || bytes < 1024)
		return rq_arena_fmt(&cmd->arena, "%lld", (long long)bytes);
	for (; tenths >= 10240 && units[unit + 1]; unit++)
		tenths /= 1024;
	return rq_arena_fmt(&cmd->arena, "%lld.%d%c", (long long)(tenths / 10), (int)(tenths % 10), units[unit]);
}

static const char *kept_until(struct rq_cmd *cmd, const struct rq_artifact *a)
{
	char when[RQ_TIME_LEN];

	if (a->expired)
		return "expired";
	return a->expires_at ? rq_arena_str(&cmd->arena, rq_time_rfc3339(a->expires_at, false, when)) : rq_cell(cmd, NULL);
}

static struct rq_json *to_json(const struct rq_artifact *a)
{
	struct rq_json *o = rq_json_object();
	char when[RQ_TIME_LEN];

	rq_json_set_int(o, "id", a->id);
	rq_json_set_str(o, "name", a->name);
	rq_json_set_int(o, "size_in_bytes", a->bytes);
	rq_json_set_str(o, "digest", *a->digest ? a->digest : NULL);
	rq_json_set_bool(o, "expired", a->expired);
	rq_json_set_str(o, "created_at", a->created_at ? rq_time_rfc3339(a->created_at, false, when) : NULL);
	rq_json_set_str(o, "expires_at", a->expires_at ? rq_time_rfc3339(a->expires_at, false, when) : NULL);
	return o;
}

static void print(struct rq_cmd *cmd, const struct rq_call *call)
{
	static const char *const columns[] = { "ARTIFACT", "SIZE", "AGE", "KEPT UNTIL", "ID" };

	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < call->u.artifacts.n; i++) {
		const struct rq_artifact *a = &call->u.artifacts.v[i];
		const char *cells[] = { a->name, size_of(cmd, a->bytes), rq_cell_age(cmd, a->created_at), kept_until(cmd, a),
					rq_arena_fmt(&cmd->arena, "%lld", (long long)a->id) };

		cmd->out->row(cmd->out->ud, cells);
	}
}

static void listed(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_json *all;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "json")) {
		all = rq_json_array();
		for (size_t i = 0; i < call->u.artifacts.n; i++)
			rq_json_add(all, to_json(&call->u.artifacts.v[i]));
		rq_cmd_json(cmd, all);
	} else {
		print(cmd, call);
	}
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

/* ---- the download ---- */

struct told {
	struct rq_cmd *cmd;
	int64_t at;
};

static void on_progress(void *ud, int64_t got, int64_t total)
{
	struct told *t = ud;
	struct rq_cmd *cmd = t->cmd;
	int64_t now = rq_mono_ns() / 1000000;
	const char *of = total > 0 ? rq_arena_fmt(&cmd->arena, " of %s", size_of(cmd, total)) : "";

	if (!cmd->out->progress || (t->at && now - t->at < TELL_MS))
		return;
	t->at = now;
	cmd->out->progress(cmd->out->ud, rq_arena_fmt(&cmd->arena, "%s: %s%s", rq_cmd_opt(cmd, "download"),
						      size_of(cmd, got), of));
}

static void downloaded(struct rq_cmd *cmd, struct rq_call *call)
{
	if (cmd->out->progress)
		cmd->out->progress(cmd->out->ud, "");
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_message(cmd, "%s", call->u.download.path_used);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int download(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_DOWNLOAD, downloaded);
	struct told *t = rq_arena_alloc(&cmd->arena, sizeof *t);

	t->cmd = cmd;
	call->u.download.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	call->u.download.artifact = rq_call_str(call, rq_cmd_opt(cmd, "download"));
	call->u.download.path = rq_call_str(call, rq_cmd_opt(cmd, "output"));
	call->u.download.progress = on_progress;
	call->u.download.progress_ud = t;
	return rq_cmd_start(cmd, call);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_error e = { 0 };
	struct rq_call *call;

	if (rq_cmd_on(cmd, "download"))
		return download(cmd);
	if (rq_cmd_on(cmd, "output")) {
		rq_fail(&e, RQ_EUSAGE, "--output goes with --download NAME.");
		return rq_cmd_error(cmd, &e);
	}
	call = rq_cmd_call(cmd, RQ_VERB_ARTIFACTS, listed);
	call->u.artifacts.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg args[] = {
	{ "ID", RQ_VALUE_JOB, 0, "a run on GitHub" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "download", 0, "NAME", RQ_VALUE_TEXT, 0, "fetch this one: its archive, as it is; the newest of several, or by its ID" },
	{ "output", 0, "PATH", RQ_VALUE_FILE, 0, "into this file or directory, not NAME.zip here; nothing is written over" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_artifacts = {
	.name = "artifacts",
	.summary = "List the artifacts of a GitHub run, or fetch one",
	.details =
		"What is fetched is checked against the digest that the server tells, and its path "
		"is printed. It is never unpacked: what is in it was chosen by the job. Into a pipe "
		"or a file, rows are separated by tabs and have no header: name, bytes, when it was "
		"made, until when it is kept, id.",
	.args = args,
	.opts = opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.caps = RQ_CAP_ARTIFACTS,
	.exec = run,
};
