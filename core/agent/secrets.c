/* secrets.c - the values in the file `env` of the configuration: no job's log shows them. */
#include <string.h>
#include <sys/stat.h>
#include "core/agent/daemon.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum { ENV_FILE_MAX = 1 << 16, SECRETS_MAX = 200, LOOK_MS = 1000 };

void rq_secrets_release(struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_secrets; i++)
		rq_free(d->secrets[i]);
	rq_free(d->secrets);
	d->secrets = NULL;
	d->n_secrets = 0;
}

/* NAME=VALUE or NAME="VALUE": the value. */
static void add(struct rq_daemon *d, char *line)
{
	char *eq = strchr(line, '='), *v;
	size_t n;

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '#' || !eq || d->n_secrets == SECRETS_MAX)
		return;
	v = eq + 1;
	n = strlen(v);
	while (n && (v[n - 1] == '\r' || v[n - 1] == ' ' || v[n - 1] == '\t'))
		v[--n] = '\0';
	if (n >= 2 && (*v == '"' || *v == '\'') && v[n - 1] == *v) {
		v[n - 1] = '\0';
		v++;
	}
	if (*v)
		d->secrets[d->n_secrets++] = rq_strdup(v);
}

static void load(struct rq_daemon *d, const char *path)
{
	char *text, *line, *save = NULL;
	struct rq_error e;
	size_t n;

	rq_secrets_release(d);
	if (rq_file_private(path, &e) || rq_file_read(path, ENV_FILE_MAX, &text, &n, &e)) {
		RQ_DLOG(d, RQ_LOG_WARN, "no secrets are masked: %s", e.msg);
		return;
	}
	d->secrets = rq_alloc(SECRETS_MAX * sizeof *d->secrets);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add(d, line);
	memset(text, 0, n);
	rq_free(text);
}

void rq_secrets_refresh(struct rq_daemon *d)
{
	int64_t now = rq_daemon_mono_ms();
	struct stat st;
	char *path;

	if (d->secrets_at && now - d->secrets_at < LOOK_MS)
		return;
	d->secrets_at = now;
	path = rq_path_join(d->paths->config, "env");
	if (stat(path, &st) < 0) {
		rq_secrets_release(d);
		d->secrets_ctime = 0;
	} else if (st.st_ctime != d->secrets_ctime) {
		/* Also after a chmod: then it may be read, or may not any more. */
		d->secrets_ctime = st.st_ctime;
		load(d, path);
	}
	rq_free(path);
}
