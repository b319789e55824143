/* relayq_doctor.c - what a user would otherwise have to find out alone. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core/agent/agent.h"
#include "core/agent/schedule.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/context.h"
#include "core/sys/db.h"
#include "core/sys/http.h"
#include "core/sys/lock.h"

enum { FINDINGS_MAX = 32 };

struct doctor {
	struct relayq *rq;
	struct rq_arena *a;
	struct rq_finding *v;
	size_t n;
};

static void add(struct doctor *d, int level, const char *what, const char *text, const char *fix)
{
	if (d->n == FINDINGS_MAX)
		return;
	d->v[d->n].level = level;
	d->v[d->n].what = what;
	d->v[d->n].text = rq_arena_str(d->a, text);
	d->v[d->n++].fix = rq_arena_str(d->a, fix);
}

static void check_dir(struct doctor *d, const char *what, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		add(d, RQ_FINDING_BAD, what, rq_arena_fmt(d->a, "%s: %s", path, strerror(errno)),
		    rq_arena_fmt(d->a, "mkdir -p -m 700 %s", path));
	else if (st.st_uid != geteuid())
		add(d, RQ_FINDING_BAD, what, rq_arena_fmt(d->a, "%s belongs to another user", path),
		    "set HOME or the XDG_ variables to directories of yours");
	else if (st.st_mode & 077)
		add(d, RQ_FINDING_BAD, what, rq_arena_fmt(d->a, "others can look into %s", path),
		    rq_arena_fmt(d->a, "chmod 700 %s", path));
	else if (access(path, W_OK) < 0)
		add(d, RQ_FINDING_BAD, what, rq_arena_fmt(d->a, "%s cannot be written", path),
		    "is the file system mounted read-only?");
	else
		add(d, RQ_FINDING_OK, what, path, "");
}

static void check_env_file(struct doctor *d)
{
	const char *path = rq_path(d->rq, "env");
	struct rq_error e;

	if (access(path, F_OK) < 0)
		return;
	if (rq_file_private(path, &e))
		add(d, RQ_FINDING_BAD, "env file", e.msg, rq_arena_fmt(d->a, "chmod 600 %s", path));
	else
		add(d, RQ_FINDING_OK, "env file", "private", "");
}

static void check_disk(struct doctor *d)
{
	int64_t free_bytes = rq_disk_free(d->rq->paths.state);
	char *text;

	if (free_bytes < 0)
		return;
	text = rq_arena_fmt(d->a, "%lld MiB free", (long long)(free_bytes >> 20));
	if (free_bytes < (INT64_C(64) << 20))
		add(d, RQ_FINDING_BAD, "disk", text, "free some space: jobs cannot be stored on a full disk");
	else if (free_bytes < (INT64_C(1) << 30))
		add(d, RQ_FINDING_NOTE, "disk", text, "logs may soon be cut short; remove what you can spare");
	else
		add(d, RQ_FINDING_OK, "disk", text, "");
}

static void check_database(struct doctor *d)
{
	const char *path = rq_path(d->rq, "state.db");
	struct rq_error e = { 0 };
	struct rq_db *db;
	int r = rq_db_open(path, RQ_DB_READONLY, NULL, 0, &db, &e);

	if (!r) {
		r = rq_db_check(db, false, &e);
		rq_db_close(db);
	}
	if (r)
		add(d, RQ_FINDING_BAD, "database", e.msg,
		    rq_arena_fmt(d->a, "stop the agents, keep a copy of %s, and run: sqlite3 %s .recover", path, path));
	else
		add(d, RQ_FINDING_OK, "database", "consistent", "");
	if (rq_db_has_wal_reset_bug())
		add(d, RQ_FINDING_NOTE, "sqlite",
		    rq_arena_fmt(d->a, "%s has the WAL-reset bug; relayq's own locking keeps clear of it", rq_db_version()),
		    "do not open state.db with other programs while an agent runs, or upgrade SQLite to 3.51.3");
	else
		add(d, RQ_FINDING_OK, "sqlite", rq_db_version(), "");
}

/* Before the first commit of this program, or after the year 2100: no clock shows that. */
static void check_clock(struct doctor *d)
{
	int64_t now = rq_now();
	char when[RQ_TIME_LEN];

	rq_time_rfc3339(now, false, when);
	if (now < INT64_C(1763000000000) || now > INT64_C(4102444800000))
		add(d, RQ_FINDING_BAD, "clock", rq_arena_fmt(d->a, "it shows %s", when),
		    "set the date, or let systemd-timesyncd or chrony do it");
	else
		add(d, RQ_FINDING_OK, "clock", when, "");
}

static void check_shim(struct doctor *d)
{
	struct rq_error e = { 0 };
	char *path = NULL;

	if (rq_agentd_find_shim(&path, &e))
		add(d, RQ_FINDING_BAD, "relayq-shim", e.msg, "install relayq again: no job can run without it");
	else
		add(d, RQ_FINDING_OK, "relayq-shim", path, "");
	rq_free(path);
}

static void check_git(struct doctor *d)
{
	struct rq_error e = { 0 };
	char *path = NULL;

	if (rq_helper_find("relayq-git", "RELAYQ_GIT", &path, &e))
		add(d, RQ_FINDING_NOTE, "relayq-git", e.msg, "without it decisions do not name the policy's commit");
	else
		add(d, RQ_FINDING_OK, "relayq-git", path, "");
	rq_free(path);
}

/* As of the last look. */
static void check_policy(struct doctor *d)
{
	const struct rq_policy_info *i = rq_policy_info(d->rq);

	if (*i->error)
		add(d, RQ_FINDING_BAD, "policy", i->error, "relayq policy check");
	else if (!*i->oid)
		add(d, RQ_FINDING_OK, "policy", "none: jobs go by their labels alone", "");
	else
		add(d, RQ_FINDING_OK, "policy",
		    rq_arena_fmt(d->a, "%s %.7s%s", i->path, i->oid, i->dirty ? ", not committed" : ""), "");
}

/* Sockets of processes that are gone are removed by whoever sends to them; many of them mean that nobody could. */
static void check_sockets(struct doctor *d)
{
	DIR *dp = opendir(d->rq->paths.runtime);
	struct dirent *entry;
	int n = 0;

	if (!dp)
		return;
	while ((entry = readdir(dp))) {
		size_t len = strlen(entry->d_name);

		n += len > 5 && strcmp(entry->d_name + len - 5, ".sock") == 0;
	}
	closedir(dp);
	if (n > 64)
		add(d, RQ_FINDING_NOTE, "sockets", rq_arena_fmt(d->a, "%d in %s", n, d->rq->paths.runtime),
		    rq_arena_fmt(d->a, "remove %s/*.sock while no console runs", d->rq->paths.runtime));
}

static void check_config(struct doctor *d)
{
	struct rq_error e = { 0 };

	if (rq_reload_config(d->rq, &e))
		add(d, RQ_FINDING_BAD, "config.yaml", e.msg, "mend that line; until then the settings read before are in force");
}

/* A bad definition costs that type alone, so nobody may have noticed. */
static void check_types(struct doctor *d)
{
	size_t n, bad = 0;
	const struct rq_job_type **v = rq_job_types(d->rq, d->a, &n);

	for (size_t i = 0; i < n; i++) {
		if (!*v[i]->error)
			continue;
		bad++;
		add(d, RQ_FINDING_BAD, "job type", rq_arena_fmt(d->a, "%s: %s", v[i]->name, v[i]->error),
		    "mend it; until then the other types can be used, and this one cannot");
	}
	if (!bad)
		add(d, RQ_FINDING_OK, "job types", rq_arena_fmt(d->a, "%zu", n), "");
}

static void check_schedules(struct doctor *d)
{
	struct rq_schedules *s = rq_schedules_new(d->rq->config, d->rq->files[0]);

	for (size_t i = 0; i < s->n_problems; i++)
		add(d, RQ_FINDING_BAD, "schedule", s->problems[i].text, "mend it in config.yaml; the others go on");
	rq_schedules_free(s);
}

/* What can be said without asking a server; the list that doctor loads asks. */
static void check_queues(struct doctor *d)
{
	const struct relayq *rq = d->rq;

	if (*rq->configured->problem)
		add(d, RQ_FINDING_BAD, "queues", rq->configured->problem, "mend it in config.yaml; the local queue goes on");
	for (size_t i = 1; i < rq->n_members; i++) {
		const struct rq_member *m = &rq->members[i];
		const char *what = rq_arena_fmt(d->a, "queue %s", m->name);

		if (m->problem.code || *m->config->problem)
			add(d, RQ_FINDING_BAD, what, m->problem.code ? m->problem.msg : m->config->problem,
			    "mend it in config.yaml; the others go on");
		else
			add(d, RQ_FINDING_OK, what, rq_arena_fmt(d->a, "%s at %s", m->config->forge, m->config->api), "");
	}
	if (rq->found_error)
		add(d, RQ_FINDING_NOTE, "this clone", rq->found_error, "");
}

/* Only who has a queue on the network waits for the library. */
static void check_network(struct doctor *d)
{
	const char *library = d->rq->n_members > 1 ? rq_http_library() : NULL;

	if (library && rq_starts(library, "libcurl/"))
		add(d, RQ_FINDING_OK, "network", library, "");
	else if (library)
		add(d, RQ_FINDING_BAD, "network", library, "without it no queue on a server can be asked");
}

struct rq_finding *rq_doctor(struct relayq *rq, struct rq_arena *a, size_t *n)
{
	struct doctor d = { rq, a, rq_arena_alloc(a, FINDINGS_MAX * sizeof *d.v), 0 };

	check_dir(&d, "state directory", rq->paths.state);
	check_dir(&d, "log directory", rq->paths.logs);
	check_dir(&d, "socket directory", rq->paths.runtime);
	check_env_file(&d);
	check_config(&d);
	check_schedules(&d);
	check_queues(&d);
	check_network(&d);
	check_policy(&d);
	check_disk(&d);
	check_database(&d);
	check_clock(&d);
	check_shim(&d);
	check_git(&d);
	check_sockets(&d);
	check_types(&d);
	*n = d.n;
	return d.v;
}
