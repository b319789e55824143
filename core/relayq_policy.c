/* relayq_policy.c - the policy in force, as the context sees it: which file was named, and when it is looked at.
 *
 * A command looks before each decision. The console looks every now and then as well, so that its header tells of a bad
 * file before anybody submits. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/context.h"

enum { LOOK_MS = 2000, CWD_MAX = 4096 };

/* NULL: there is no directory that we stand in. */
static char *current_dir(void)
{
	char dir[CWD_MAX];

	return getcwd(dir, sizeof dir) ? rq_strdup(dir) : NULL;
}

static bool is_below(const char *spec)
{
	return !rq_starts(spec, "/") && !rq_starts(spec, "repo:");
}

/* What the settings name counts from their directory, wherever we stand. */
static char *configured(const struct relayq *rq)
{
	const char *spec = rq_config_str(rq->config, "policy");

	if (!*spec)
		return NULL;
	if (is_below(spec))
		return rq_path_join(rq->paths.config, spec);
	if (!rq_starts(spec, "repo:") || rq_starts(spec, "repo:/"))
		return rq_strdup(spec);
	return rq_fmt("repo:%s/%s", rq->paths.config, spec + strlen("repo:"));
}

static struct rq_policy_file *file_of(struct relayq *rq)
{
	struct rq_policy_file_options o = { .loop = rq->loop, .queue = rq_local_queue(rq), .paths = &rq->paths };

	if (rq->policy_file)
		return rq->policy_file;
	rq->cwd = current_dir();
	o.cwd = rq->cwd;
	rq->policy_file = rq_policy_file_new(&o);
	rq_policy_config_changed(rq);
	return rq->policy_file;
}

void rq_policy_config_changed(struct relayq *rq)
{
	char *spec;

	if (!rq->policy_file || rq->policy_named)
		return;
	spec = configured(rq);
	rq_policy_file_use(rq->policy_file, spec);
	rq_free(spec);
}

int rq_use_policy(struct relayq *rq, const char *spec, struct rq_error *e)
{
	if (!*spec)
		return rq_fail(e, RQ_EUSAGE, "A policy is named by its file, or as repo:PATH@REV.");
	rq_policy_file_use(file_of(rq), spec);
	rq->policy_named = true;
	return RQ_OK;
}

void rq_look_policy(struct relayq *rq, void (*done)(void *ud), void *ud)
{
	rq_policy_file_look(file_of(rq), done, ud);
}

const struct rq_policy *rq_policy_in_force(struct relayq *rq)
{
	return rq_policy_file_policy(file_of(rq));
}

const struct rq_policy_info *rq_policy_info(struct relayq *rq)
{
	const struct rq_policy_file *f = file_of(rq);
	const struct rq_policy *p = rq_policy_file_policy(f);
	struct rq_policy_info *i = &rq->policy_info;

	*i = (struct rq_policy_info){ .path = "", .oid = "", .commit = "", .version = "" };
	if (p) {
		i->path = p->name;
		i->oid = p->oid;
		i->commit = rq_policy_file_commit(f);
		i->dirty = rq_policy_file_dirty(f);
		i->schema = p->schema;
		i->version = p->version;
	}
	i->file = rq_policy_file_path(f);
	rq_policy_file_error(f, &i->error, &i->problems);
	return i;
}

/* --- the console's own looks -------------------------------------------------------------- */

static void on_looked(void *ud)
{
	struct relayq *rq = ud;
	uint64_t now = rq_policy_file_generation(rq->policy_file);

	if (now == rq->policy_seen)
		return;
	rq->policy_seen = now;
	if (rq->changed)
		rq->changed(rq->changed_ud);
}

static void on_time(void *ud)
{
	struct relayq *rq = ud;

	rq_look_policy(rq, on_looked, rq);
}

void rq_policy_open(struct relayq *rq)
{
	if (!rq->console)
		return;
	rq->look = rq_timer_new(rq->loop, on_time, rq);
	rq_timer_start(rq->look, 0, LOOK_MS);
}

void rq_policy_stop(struct relayq *rq)
{
	rq_timer_free(rq->look);
	rq->look = NULL;
	if (rq->policy_file)
		rq_policy_file_stop(rq->policy_file);
}

void rq_policy_close(struct relayq *rq)
{
	rq_policy_file_free(rq->policy_file);
	rq->policy_file = NULL;
	rq_free(rq->cwd);
}
