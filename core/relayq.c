/* relayq.c - the context: where things live, the settings, the queues. */
#include "core/relayq.h"

#include <stdlib.h>
#include <string.h>
#include "core/agent/dispatcher.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/redact.h"
#include "core/base/str.h"
#include "core/context.h"
#include "core/sys/user.h"

enum { CONFIG_MAX = 1 << 20, LOG_MAX = 16 << 20 };

static const char *const file_names[RQ_FILES_N] = { "config.yaml", "keymap", "theme", "env", "state.db" };

static void name_files(struct relayq *rq)
{
	int i;

	for (i = 0; i < RQ_FILES_N; i++)
		rq->files[i] = rq_path_join(strcmp(file_names[i], "state.db") ? rq->paths.config : rq->paths.state,
					    file_names[i]);
}

static int read_config(struct relayq *rq, struct rq_config **out, struct rq_error *e)
{
	struct rq_config *c = rq_config_new();
	struct rq_error problem = { 0 };
	char *text;
	size_t n;
	int r;

	r = rq_file_read(rq->files[0], CONFIG_MAX, &text, &n, &problem);
	if (r == RQ_OK) {
		r = rq_config_parse(c, rq->files[0], text, n, &problem);
		rq_free(text);
	} else if (r == RQ_ENOTFOUND) {
		r = RQ_OK;
	}
	if (r) {
		rq_config_free(c);
		return rq_fail(e, r, "%s", problem.msg);
	}
	*out = c;
	return RQ_OK;
}

int rq_reload_config(struct relayq *rq, struct rq_error *e)
{
	struct rq_config *c;
	int r = read_config(rq, &c, e);

	if (r)
		return r;
	rq_config_free(rq->config);
	rq->config = c;
	rq_policy_config_changed(rq);
	return RQ_OK;
}

/* RELAYQ_LOG=FILE: what is done, for finding faults. A file that cannot be written is no reason to do nothing. */
static void open_log(struct relayq *rq)
{
	const char *path = getenv("RELAYQ_LOG");

	if (!path || !*path || rq_log_open(path, LOG_MAX, RQ_LOG_DEBUG, &rq->log, NULL))
		return;
	rq->redact = rq_redact_new();
	rq_log_redact(rq->log, rq->redact);
}

/* A console decides again about waiting jobs when no agent does. */
static void open_dispatcher(struct relayq *rq)
{
	struct rq_dispatcher_options o = { .loop = rq->loop, .queue = rq_local_queue(rq), .paths = &rq->paths, .shy = true,
					   .autostart = !rq->no_autostart };
	char *name;

	if (!rq->console || rq->read_only || !(rq_local_queue(rq)->ops->caps & RQ_CAP_POLICY))
		return;
	o.name = name = rq_fmt("console:%s", rq->user);
	rq->dispatcher = rq_dispatcher_new(&o);
	rq_free(name);
}

int rq_open(const struct rq_open_options *o, struct relayq **out, struct rq_error *e)
{
	struct relayq *rq = rq_alloc(sizeof *rq);
	int r;

	rq->loop = o->loop;
	rq->console = o->console;
	rq->no_autostart = o->no_autostart;
	rq->double_ops = o->double_ops;
	rq->snapshot = rq_snapshot_new();
	open_log(rq);
	if ((r = rq_paths_init(&rq->paths, e)))
		goto failed;
	name_files(rq);
	rq->user = rq_user_name();
	if ((r = read_config(rq, &rq->config, e)))
		goto failed;
	rq->read_only = o->read_only || (o->console && rq_config_bool(rq->config, "ui.read_only"));
	rq->no_autostart |= rq->read_only;
	if ((r = rq_members_open(rq, e)))
		goto failed;
	open_dispatcher(rq);
	rq_policy_open(rq);
	*out = rq;
	return RQ_OK;
failed:
	rq_close(rq);
	return r;
}

void rq_close(struct relayq *rq)
{
	size_t i;

	if (!rq)
		return;
	rq->closing = true;
	rq_watch_close(rq);
	rq_found_stop(rq);
	if (rq->dispatcher)
		rq_dispatcher_stop(rq->dispatcher, NULL, NULL);
	rq_policy_stop(rq);
	rq_disk_close(rq);
	rq_verbs_stop(rq);
	/* Each answers what it has; relayq_verbs.c answers what was still on its way there. */
	rq_members_close(rq);
	rq_dispatcher_free(rq->dispatcher);
	RQ_ASSERT(!rq->pending);
	rq_policy_close(rq);
	rq_snapshot_unref(rq->snapshot);
	rq_members_free(rq);
	rq_config_free(rq->config);
	for (i = 0; i < RQ_FILES_N; i++)
		rq_free(rq->files[i]);
	rq_free(rq->user);
	rq_paths_release(&rq->paths);
	rq_log_close(rq->log);
	rq_redact_free(rq->redact);
	rq_free(rq);
}

const struct rq_config *rq_get_config(const struct relayq *rq)
{
	return rq->config;
}

const char rq_read_only_why[] = "this console is read-only";

bool rq_read_only(const struct relayq *rq)
{
	return rq->read_only;
}

const char *rq_user(const struct relayq *rq)
{
	return rq->user;
}

const char *rq_path(const struct relayq *rq, const char *what)
{
	const struct { const char *name, *path; } dirs[] = {
		{ "config", rq->paths.config }, { "state", rq->paths.state }, { "cache", rq->paths.cache },
		{ "data", rq->paths.data }, { "runtime", rq->paths.runtime }, { "logs", rq->paths.logs },
	};
	size_t i;

	for (i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (strcmp(dirs[i].name, what) == 0)
			return dirs[i].path;
	for (i = 0; i < RQ_FILES_N; i++)
		if (strcmp(file_names[i], what) == 0)
			return rq->files[i];
	return NULL;
}
