/* github_loglive.c - the best source of a running job's lines: the runner's own files on this host, the same by ssh, or the
 * server itself (Gitea and Forgejo give what there is of a log). GitHub has none to give. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_diag.h"
#include "core/queue/github_log.h"
#include "core/queue/github_ssh.h"

enum { POLL_MS = 3000, AGAIN_MS = 10000, LOG_MAX = 64 << 20 };

struct gh_live {
	struct rq_github *g;
	void (*changed)(void *ud);
	void *ud;
	struct rq_diag *diag;
	struct rq_sshlog *ssh;

	/* of a server that has it */
	bool server;
	char *path;                     /* at the API */
	int fd;
	int64_t bytes;
	enum rq_live_phase phase;
	struct rq_api_call *asking;
	struct rq_timer *timer;

	struct rq_str state;            /* where no follower has one of its own */
};

/* --- a server that gives logs while they grow ------------------------------------------------ */

static void ask_server(void *ud);

static void set_server(struct gh_live *l, enum rq_live_phase phase, const char *text)
{
	l->phase = phase;
	rq_str_clear(&l->state);
	rq_str_add(&l->state, text);
}

/* The file may have more than was asked for last, or another text altogether: its size tells. */
static void on_part(void *ud, const struct rq_api_answer *a)
{
	struct gh_live *l = ud;
	int64_t pace = rq_api_budget(l->g->api)->pace, before = l->bytes;
	bool failed = a->code && a->status != 416, was = l->phase == RQ_LIVE_FOLLOWING;
	struct stat st;

	l->asking = NULL;
	if (a->status == 200 && before && ftruncate(l->fd, 0))
		failed = true;
	if (fstat(l->fd, &st) == 0)
		l->bytes = st.st_size;
	if (a->code == RQ_ENOTFOUND)
		set_server(l, RQ_LIVE_WAITING, "the job has printed nothing yet");
	else if (failed)
		set_server(l, RQ_LIVE_FAILED, a->code ? a->err.msg : "the server began the log anew");
	else
		set_server(l, RQ_LIVE_FOLLOWING, l->g->forge == RQ_FORGE_GITEA ? "live from Gitea" : "live from Forgejo");
	rq_timer_start(l->timer, (failed && a->code != RQ_ENOTFOUND ? AGAIN_MS : POLL_MS) * pace / 1000, 0);
	if (l->bytes != before || was != (l->phase == RQ_LIVE_FOLLOWING) || failed)
		l->changed(l->ud);
}

static void ask_server(void *ud)
{
	struct gh_live *l = ud;
	int64_t max = l->g->log_max > 0 ? l->g->log_max : LOG_MAX;

	if (l->bytes >= max)
		set_server(l, RQ_LIVE_FOLLOWING, "the live log has reached its limit (jobs.log_max)");
	else
		l->asking = rq_api_download_from(l->g->api, l->path, l->bytes, l->fd, max - l->bytes, on_part, l);
}

/* The one whose page the job's lies below. */
static size_t repo_of(const struct rq_github *g, const char *url)
{
	struct rq_str part;
	size_t i, found = 0;

	rq_str_init(&part, 0);
	for (i = 0; i < g->n_repos; i++) {
		rq_str_clear(&part);
		rq_str_addf(&part, "/%s/actions/", g->repos[i].name);
		if (strstr(url, rq_str_get(&part)))
			found = i;
	}
	rq_str_release(&part);
	return found;
}

static void follow_server(struct gh_live *l, const struct gh_log_job *j, const char *path)
{
	struct rq_arena a = { 0 };

	l->server = true;
	l->path = rq_strdup(gh_path(&a, l->g, repo_of(l->g, j->url), "/actions/jobs/%lld/logs", (long long)j->job));
	rq_arena_release(&a);
	l->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd < 0) {
		rq_str_addf(&l->state, "the file %s cannot be made: %s", path, strerror(errno));
		l->phase = RQ_LIVE_FAILED;
		return;
	}
	l->phase = RQ_LIVE_WAITING;
	l->timer = rq_timer_new(l->g->loop, ask_server, l);
	rq_timer_start(l->timer, 0, 0);
}

/* --- a runner's own files -------------------------------------------------------------------- */

static const struct rq_runner_host *host_of(const struct rq_github *g, const char *runner)
{
	for (size_t i = 0; i < g->config->n_runner_hosts; i++)
		if (rq_ieq(g->config->runner_hosts[i].runner, runner))
			return &g->config->runner_hosts[i];
	return NULL;
}

/* "https://github.com/acme/media/actions/runs/91/job/7" -> the repository's page */
static char *page_of(const char *url)
{
	const char *end = strstr(url, "/actions/");

	return end ? rq_strndup(url, (size_t)(end - url)) : NULL;
}

static void say_why(struct gh_live *l, const char *runner)
{
	if (rq_starts(runner, "GitHub Actions "))
		rq_str_addf(&l->state, "%s is a machine of GitHub's; its lines come when the job is over", runner);
	else
		rq_str_addf(&l->state, "GitHub gives a job's lines when it is over; to see them live, run relayq on %s or "
			    "name it in runner_hosts", runner);
}

static void follow_runner(struct gh_live *l, const struct gh_log_job *j, const char *path)
{
	const struct rq_runner_host *host = host_of(l->g, j->runner);
	const struct rq_gh_runner *r = gh_runner(l->g, j->runner, NULL);
	char *page = page_of(j->url), *root = NULL;
	struct rq_live_options o = { .runner = j->runner, .path = path, .job_started_at = j->started_at,
				     .max_bytes = l->g->log_max, .changed = l->changed, .ud = l->ud };
	struct rq_error e = { 0 };
	int code;

	code = rq_diag_find(&(struct rq_diag_who){ r ? r->id : 0, j->runner, page }, l->g->config->runners_at,
			    l->g->config->n_runners_at, &root, &e);
	if (code == RQ_OK) {
		o.root = root;
		code = rq_diag_open(l->g->loop, &o, &l->diag, &e);
	} else if (host) {
		o.host = host->ssh;
		o.root = host->root;
		code = rq_sshlog_open(l->g->loop, &o, &l->ssh, &e);
	}
	if (code == RQ_ENOTFOUND && !root)
		say_why(l, j->runner);
	else if (code)
		rq_str_add(&l->state, e.msg);
	rq_free(root);
	rq_free(page);
}

/* --- either ---------------------------------------------------------------------------------- */

struct gh_live *gh_live_new(struct rq_github *g, const struct gh_log_job *j, const char *path, void (*changed)(void *ud),
			    void *ud)
{
	struct gh_live *l = rq_alloc(sizeof *l);

	l->g = g;
	l->changed = changed;
	l->ud = ud;
	l->fd = -1;
	rq_str_init(&l->state, 1024);
	if (g->forge != RQ_FORGE_GITHUB)
		follow_server(l, j, path);
	else
		follow_runner(l, j, path);
	return l;
}

void gh_live_free(struct gh_live *l)
{
	if (!l)
		return;
	rq_diag_close(l->diag);
	rq_sshlog_close(l->ssh);
	rq_api_drop(l->asking);
	rq_timer_free(l->timer);
	if (l->fd >= 0)
		close(l->fd);
	rq_free(l->path);
	rq_str_release(&l->state);
	rq_free(l);
}

bool gh_live_possible(const struct gh_live *l)
{
	return l->diag || l->ssh || l->server;
}

enum rq_live_phase gh_live_phase(const struct gh_live *l)
{
	return l->diag ? rq_diag_phase(l->diag) : l->ssh ? rq_sshlog_phase(l->ssh) : l->server ? l->phase : RQ_LIVE_FAILED;
}

const char *gh_live_state(const struct gh_live *l)
{
	return l->diag ? rq_diag_state(l->diag) : l->ssh ? rq_sshlog_state(l->ssh) : rq_str_get(&l->state);
}
