/* control.c - what other processes do with an agent: find it, start it, ask it to stop. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/lock.h"
#include "core/sys/wake.h"

enum { START_MS = 5000 };

char *rq_agentd_lock_path(const struct rq_paths *paths, const char *name)
{
	return rq_fmt("%s/agent-%s.lock", paths->state, name);
}

char *rq_agentd_default_name(const struct rq_config *config)
{
	struct rq_arena a = { 0 };
	const char *name = config ? rq_config_str(config, "agent.name") : NULL;
	char *copy = rq_strdup(name && *name ? name : rq_probe_host(&a));

	rq_arena_release(&a);
	return copy;
}

int rq_agentd_find_shim(char **path, struct rq_error *e)
{
	int code = rq_helper_find("relayq-shim", "RELAYQ_SHIM", path, e);

	return code ? rq_fail_in(e, "Jobs need relayq-shim") : code;
}

bool rq_agentd_alive(const struct rq_paths *paths, const char *name, int64_t *pid)
{
	char *path = rq_agentd_lock_path(paths, name), *text = NULL;
	bool alive = rq_lock_held(path);
	size_t n;

	if (pid)
		*pid = 0;
	if (alive && pid && rq_file_read(path, 64, &text, &n, NULL) == RQ_OK) {
		*pid = strtoll(text, NULL, 10);
		rq_free(text);
	}
	rq_free(path);
	return alive;
}

int rq_agentd_signal(const struct rq_paths *paths, const char *name, const char *how, struct rq_error *e)
{
	char text[RQ_NAME_MAX + 16];

	if (!rq_eq(how, "drain") && !rq_eq(how, "now"))
		return rq_fail(e, RQ_EUSAGE, "An agent stops by 'drain' or 'now', not by '%s'.", how);
	if (!rq_name_ok(name) || !rq_agentd_alive(paths, name, NULL))
		return rq_fail(e, RQ_ENOTFOUND, "No agent named '%.64s' runs on this machine.", name);
	snprintf(text, sizeof text, "%s %s", how, name);
	rq_wake_send(paths->runtime, "agent", text, NULL);
	return RQ_OK;
}

/* Alive, and registered: its lock file holds its process id only then. */
static bool is_ready(const struct rq_agentd_options *o, const char *name)
{
	int64_t pid;

	return rq_agentd_alive(o->paths, name, &pid) && pid > 0;
}

static bool wait_until_ready(const struct rq_agentd_options *o, const char *name)
{
	static const struct timespec pause = { 0, 2000000 };
	int64_t until = rq_mono_ns() + (int64_t)START_MS * 1000000;

	while (!is_ready(o, name)) {
		if (rq_mono_ns() > until)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static int spawn(const struct rq_agentd_options *o, const char *name, struct rq_error *e)
{
	char *exe = rq_exe_path(), slots[24];
	char *argv[12] = { exe, (char *)(uintptr_t)"agent", (char *)(uintptr_t)"run", (char *)(uintptr_t)"--name",
			   (char *)(uintptr_t)name };
	struct rq_child_spec s = { .argv = argv, .cwd = "/", .n_fds = 3, .detach = true, .fds = { -1, -1, -1 } };
	struct rq_child *child;
	struct rq_loop *loop;
	size_t n = 5;
	int code;

	if (!exe)
		return rq_fail(e, RQ_EFAILED, "The path of this program cannot be told, so no agent can be started.");
	if (o->labels) {
		argv[n++] = (char *)(uintptr_t)"--labels";
		argv[n++] = (char *)(uintptr_t)o->labels;
	}
	if (o->slots > 0) {
		snprintf(slots, sizeof slots, "%d", o->slots);
		argv[n++] = (char *)(uintptr_t)"--slots";
		argv[n++] = slots;
	}
	/* A loop of its own: nobody waits for the child, and the caller's loop does not hear of its end. */
	code = rq_loop_new(&loop, e);
	if (!code) {
		code = rq_child_spawn(loop, &s, NULL, NULL, &child, e);
		if (!code)
			rq_child_free(child);
		rq_loop_free(loop);
	}
	rq_free(exe);
	return code;
}

int rq_agentd_start(const struct rq_agentd_options *o, struct rq_error *e)
{
	char *name = o->name && *o->name ? rq_strdup(o->name) : rq_agentd_default_name(o->config);
	int code = RQ_OK;

	if (!rq_name_ok(name))
		code = rq_fail(e, RQ_EUSAGE, "'%.64s' is no name for an agent: use letters, digits, '.', '_' and '-'.",
			       name);
	else if (rq_agentd_alive(o->paths, name, NULL))
		code = rq_fail(e, RQ_EBUSY, "An agent named %s runs already.", name);
	if (!code)
		code = spawn(o, name, e);
	if (!code && !o->no_wait && !wait_until_ready(o, name))
		code = rq_fail(e, RQ_EFAILED, "The agent %s did not start; see %s/agent-%s.log.", name, o->paths->state,
			       name);
	rq_free(name);
	return code;
}
