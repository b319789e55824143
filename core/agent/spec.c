/* spec.c - what the shim is told about its job: see shim_spec.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_MEMFD_CREATE
#include <sys/mman.h>
#endif
#include "core/agent/daemon.h"
#include "core/agent/shim_spec.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum { SPEC_MAX = 64 << 20 };

static void put(struct rq_str *b, enum rq_spec_tag tag, const char *s, size_t n)
{
	uint32_t head[2] = { (uint32_t)tag, (uint32_t)n };

	rq_str_addn(b, (const char *)head, sizeof head);
	rq_str_addn(b, s, n);
	rq_str_addc(b, '\0');
}

static void put_str(struct rq_str *b, enum rq_spec_tag tag, const char *s)
{
	if (s)
		put(b, tag, s, strlen(s));
}

static void put_int(struct rq_str *b, enum rq_spec_tag tag, int64_t v)
{
	put(b, tag, (const char *)&v, sizeof v);
}

static void put_env(struct rq_str *b, const char *name, const char *value)
{
	char *pair = rq_fmt("%s=%s", name, value);

	put(b, RQ_SPEC_ENV, pair, strlen(pair));
	rq_free(pair);
}

/* RELAYQ_INPUT_KEY: what a shell can name, whatever the key is. */
static void put_input(struct rq_str *b, const char *param)
{
	struct rq_str pair;
	const char *p = param;

	rq_str_init(&pair, 0);
	rq_str_add(&pair, "RELAYQ_INPUT_");
	for (; *p && *p != '='; p++)
		rq_str_addc(&pair, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A')
				   : (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ? *p : '_');
	rq_str_add(&pair, *p ? p : "=");
	put(b, RQ_SPEC_ENV, rq_str_get(&pair), pair.len);
	rq_str_release(&pair);
}

/* -f KEY=VALUE becomes INPUT_KEY, as GitHub gives inputs to actions. */
static void put_param(struct rq_str *b, const char *param)
{
	struct rq_str pair;
	const char *p = param;

	put_input(b, param);
	rq_str_init(&pair, 0);
	rq_str_add(&pair, "INPUT_");
	for (; *p && *p != '='; p++)
		rq_str_addc(&pair, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p == ' ' ? '_' : *p);
	rq_str_add(&pair, *p ? p : "=");
	put(b, RQ_SPEC_ENV, rq_str_get(&pair), pair.len);
	rq_str_release(&pair);
}

static void put_file_env(struct rq_str *b, const struct rq_work *w, const char *name, const char *file)
{
	char *path = rq_path_join(w->cell->files, file);

	put_env(b, name, path);
	rq_free(path);
}

static void put_environment(struct rq_str *b, struct rq_daemon *d, const struct rq_work *w, const struct rq_grant *g)
{
	char number[24], full[RQ_ID_MAX * 2];

	put_env(b, "PATH", d->user_path);
	put_env(b, "CI", "true");
	for (size_t i = 0; i < g->job.n_env; i++)
		put_str(b, RQ_SPEC_ENV, g->job.env[i]);
	for (size_t i = 0; i < g->job.n_params; i++)
		put_param(b, g->job.params[i]);
	snprintf(number, sizeof number, "%d", g->attempt);
	snprintf(full, sizeof full, "%s:%s", d->queue->name, g->id);
	put_env(b, "RELAYQ", "1");
	put_env(b, "RELAYQ_JOB", strchr(g->id, ':') ? g->id : full);
	put_env(b, "RELAYQ_RUN_ATTEMPT", number);
	put_env(b, "RELAYQ_RUNNER", d->name);
	put_env(b, "RELAYQ_TOKEN", w->token);
	put_file_env(b, w, "GITHUB_ENV", "env");
	put_file_env(b, w, "GITHUB_OUTPUT", "output");
	put_file_env(b, w, "GITHUB_STEP_SUMMARY", "summary");
}

static void put_step(struct rq_str *b, const struct rq_step *step)
{
	struct rq_str title;

	rq_str_init(&title, 1 << 16);
	if (step->script) {
		rq_str_add(&title, step->name && *step->name ? step->name : "script");
	} else {
		for (size_t i = 0; step->argv && step->argv[i]; i++) {
			if (i)
				rq_str_addc(&title, ' ');
			rq_words_quote(&title, step->argv[i]);
		}
	}
	put(b, RQ_SPEC_STEP, rq_str_get(&title), title.len);
	rq_str_release(&title);
	if (step->script)
		put_str(b, RQ_SPEC_SCRIPT, step->script);
	for (size_t i = 0; !step->script && step->argv && step->argv[i]; i++)
		put_str(b, RQ_SPEC_ARG, step->argv[i]);
}

static int put_log(struct rq_str *b, struct rq_daemon *d, const struct rq_grant *g, struct rq_error *e)
{
	char *path, *end;
	int code = d->queue->ops->log_path ? d->queue->ops->log_path(d->queue, g->id, g->attempt, &path, e)
					   : rq_fail(e, RQ_EUNSUPPORTED, "This queue keeps no logs here.");

	if (code)
		return code;
	put_str(b, RQ_SPEC_LOG, path);
	end = strrchr(path, '.');
	if (end && !strcmp(end, ".log"))
		*end = '\0';
	put_str(b, RQ_SPEC_KEEP, path);
	rq_free(path);
	return RQ_OK;
}

static void put_cgroup(struct rq_str *b, struct rq_daemon *d, const struct rq_work *w, const struct rq_grant *g)
{
	char *path;

	/* Making a group costs a tenth of what a small job costs, so by itself only a memory limit is worth it: the
	 * shim finds all processes without. */
	if (!d->cgroup || (!g->job.memory_max && !rq_eq(rq_config_str(d->config, "agent.cgroup"), "on")))
		return;
	if (!rq_probe_make_cgroup(d->cgroup))
		return;
	path = rq_path_join(d->cgroup, w->token);
	put_str(b, RQ_SPEC_CGROUP, path);
	rq_free(path);
}

static int put_job(struct rq_str *b, struct rq_daemon *d, const struct rq_work *w, const struct rq_grant *g,
		   struct rq_error *e)
{
	const struct rq_submission *job = &g->job;
	int code;

	put_int(b, RQ_SPEC_BEGIN, RQ_SPEC_VERSION);
	put_str(b, RQ_SPEC_TOKEN, w->token);
	put_str(b, RQ_SPEC_INSTANCE, d->instance);
	put_str(b, RQ_SPEC_CWD, job->cwd && *job->cwd ? job->cwd : "/");
	put_str(b, RQ_SPEC_FILES, w->cell->files);
	put_str(b, RQ_SPEC_RUNTIME, d->paths->runtime);
	put_cgroup(b, d, w, g);
	code = put_log(b, d, g, e);
	put_environment(b, d, w, g);
	for (size_t i = 0; i < d->n_secrets; i++)
		put_str(b, RQ_SPEC_SECRET, d->secrets[i]);
	for (size_t i = 0; i < job->n_steps; i++)
		put_step(b, &job->steps[i]);
	put_int(b, RQ_SPEC_TIMEOUT, w->timeout_ms);
	put_int(b, RQ_SPEC_GRACE, d->grace_ms);
	put_int(b, RQ_SPEC_LOG_MAX, job->log_max > 0 ? job->log_max : rq_config_int(d->config, "jobs.log_max"));
	put_int(b, RQ_SPEC_MEMORY_MAX, job->memory_max);
	put_int(b, RQ_SPEC_NICE, job->nice);
	return code;
}

/* In memory where it can be: a full disk starts jobs, too. */
static int nameless_file(struct rq_daemon *d)
{
	char *path;
	int fd;

#ifdef HAVE_MEMFD_CREATE
	fd = memfd_create("relayq-job", MFD_CLOEXEC);
	if (fd >= 0)
		return fd;
#endif
	path = rq_path_join(d->cells_dir, "spec-XXXXXX");
	fd = mkstemp(path);
	if (fd >= 0) {
		unlink(path);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	rq_free(path);
	return fd;
}

static int write_spec(int fd, const struct rq_str *b)
{
	for (size_t at = 0; at < b->len;) {
		ssize_t done = write(fd, b->s + at, b->len - at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		at += (size_t)done;
	}
	return 0;
}

int rq_spec_write(struct rq_daemon *d, const struct rq_work *w, const struct rq_grant *g, struct rq_error *e)
{
	struct rq_str b;
	int fd = -1;

	rq_str_init(&b, SPEC_MAX);
	if (put_job(&b, d, w, g, e)) {
		rq_str_release(&b);
		return -1;
	}
	if (b.full) {
		rq_fail(e, RQ_ELIMIT, "Job %s is larger than 64 MiB.", g->id);
	} else {
		fd = nameless_file(d);
		if (fd < 0 || write_spec(fd, &b) < 0) {
			rq_fail_errno(e, errno, "The description of job %s cannot be written", g->id);
			if (fd >= 0)
				close(fd);
			fd = -1;
		}
	}
	rq_str_release(&b);
	return fd;
}
