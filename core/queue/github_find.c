/* github_find.c - from a directory to a repository at GitHub and the token for it. */
#include "core/queue/github_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/id.h"
#include "core/model/remote.h"
#include "core/queue/github_hosts.h"
#include "core/queue/github_token.h"
#include "core/sys/capture.h"
#include "core/sys/git.h"
#include "core/sys/paths.h"

enum { SSH_MS = 3000, SSH_MAX = 64 << 10 };

/* A remote, or what GH_REPO says. */
struct candidate {
	char *name;                     /* "origin"; "" GH_REPO */
	struct rq_remote at;
};

struct rq_find {
	struct rq_loop *loop;
	rq_found_fn *fn;
	void *ud;
	struct rq_git *git;
	struct rq_capture *ssh;
	struct rq_token *token;
	struct rq_gh_hosts hosts;
	char only[RQ_HOST_MAX];         /* $GH_HOST; "" any that is known */
	struct candidate *v;
	size_t n, cap, now;             /* v[now] is looked at */
	struct rq_str api, full;
	char queue[RQ_NAME_MAX];
	struct rq_found found;
	bool deferred;
	bool *freed;                    /* of the callback that is under way */
};

/* --- the answer -------------------------------------------------------------------------- */

static void tell(void *ud)
{
	struct rq_find *f = ud;
	bool freed = false;

	f->deferred = false;
	f->freed = &freed;
	f->fn(f->ud, &f->found);
	if (!freed)
		f->freed = NULL;
}

static void done(struct rq_find *f, int code)
{
	f->found.code = code;
	f->deferred = true;
	rq_loop_defer(f->loop, tell, f);
}

void rq_find_free(struct rq_find *f)
{
	size_t i;

	if (!f)
		return;
	if (f->freed)
		*f->freed = true;
	if (f->deferred)
		rq_loop_undefer(f->loop, tell, f);
	rq_git_free(f->git);
	rq_capture_free(f->ssh);
	rq_token_free(f->token);
	rq_gh_hosts_release(&f->hosts);
	for (i = 0; i < f->n; i++)
		rq_free(f->v[i].name);
	rq_free(f->v);
	rq_str_release(&f->api);
	rq_str_release(&f->full);
	rq_free(f);
}

/* --- the token --------------------------------------------------------------------------- */

/* The answer's texts are the token's, which lives as long as we do. */
static void on_token(void *ud, const struct rq_token_answer *a)
{
	struct rq_find *f = ud;
	bool freed = false;

	f->found.token = a->token;
	f->found.source = a->source;
	if (*a->warning)
		f->found.warning = a->warning;
	f->found.err = a->err;
	f->found.code = a->code;
	f->freed = &freed;
	f->fn(f->ud, &f->found);
	if (!freed)
		f->freed = NULL;
}

/* C is it. */
static void settle(struct rq_find *f, const struct candidate *c)
{
	struct rq_token_ask ask = { .forge = RQ_FORGE_GITHUB };

	rq_remote_api(&c->at, false, &f->api);
	rq_str_addf(&f->full, "%s/%s", c->at.owner, c->at.repo);
	rq_remote_queue_name(c->at.repo, f->queue, sizeof f->queue);
	ask.api = rq_str_get(&f->api);
	f->found.host = c->at.host;
	f->found.api = ask.api;
	f->found.owner = c->at.owner;
	f->found.repo = c->at.repo;
	f->found.full = rq_str_get(&f->full);
	f->found.queue = f->queue;
	f->found.remote = c->name;
	f->token = rq_token_find(f->loop, &ask, on_token, f);
}

/* --- which host -------------------------------------------------------------------------- */

static bool is_chosen(const struct rq_find *f, const char *host)
{
	if (*f->only)
		return rq_eq(host, f->only);
	return rq_host_kind(host) != RQ_HOST_OTHER || rq_gh_hosts_find(&f->hosts, host);
}

static void look_on(struct rq_find *f);

/* "hostname github.com", among a hundred other lines. */
static void on_ssh(void *ud, const struct rq_capture_answer *a)
{
	static const char key[] = "hostname ";
	struct rq_find *f = ud;
	struct candidate *c = &f->v[f->now];
	struct rq_capture *ended = f->ssh;
	const char *line = a->text;
	char host[RQ_HOST_MAX] = "", real[RQ_HOST_MAX];

	while (*line && !rq_starts(line, key)) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (*line && strcspn(line + strlen(key), "\n") < sizeof host) {
		rq_copy(host, sizeof host, line + strlen(key));
		host[strcspn(host, "\n")] = '\0';
	}
	f->ssh = NULL;
	if (!a->code && a->status == 0 && rq_host_normal(host, real) && is_chosen(f, real)) {
		rq_copy(c->at.host, sizeof c->at.host, real);
		settle(f, c);
	} else {
		f->now++;
		look_on(f);
	}
	rq_capture_free(ended);
}

static void ask_ssh(struct rq_find *f, const char *host)
{
	const char *const argv[] = { "ssh", "-G", "--", host, NULL };
	const struct rq_capture_spec spec = { .argv = argv, .max = SSH_MAX, .deadline_ms = SSH_MS };

	f->ssh = rq_capture_new(f->loop, &spec, on_ssh, f);
}

static void look_on(struct rq_find *f)
{
	struct candidate *c;

	for (; f->now < f->n; f->now++) {
		c = &f->v[f->now];
		if (is_chosen(f, c->at.host)) {
			settle(f, c);
			return;
		}
		/* A name of one's own for a host has an account of its own, mostly; a prefix is not GitHub's. */
		if (c->at.transport == RQ_TRANSPORT_SSH && !*c->at.prefix && !strchr(c->at.host, ':')) {
			ask_ssh(f, c->at.host);
			return;
		}
	}
	if (*f->only)
		rq_fail(&f->found.err, RQ_ENOTFOUND, "No remote of this clone is at %s, which GH_HOST names.", f->only);
	else
		rq_fail(&f->found.err, RQ_ENOTFOUND, "No remote of this clone is at GitHub, or at a host that gh knows.");
	done(f, RQ_ENOTFOUND);
}

/* --- the remotes ------------------------------------------------------------------------- */

static void add(struct rq_find *f, const char *name, const struct rq_remote *at)
{
	RQ_GROW(f->v, f->n, &f->cap);
	f->v[f->n++] = (struct candidate){ rq_strdup(name), *at };
}

static void add_remote(struct rq_find *f, const struct rq_git_remote *m)
{
	struct rq_remote at, chosen;

	if (rq_remote_parse(m->url, &at, NULL) && rq_remote_parse(m->push_url, &at, NULL))
		return;
	/* `gh repo set-default` may have chosen another repository of that host. */
	if (*m->resolved && !rq_eq(m->resolved, "base") && !rq_remote_parse_name(m->resolved, at.host, &chosen, NULL)) {
		rq_copy(at.owner, sizeof at.owner, chosen.owner);
		rq_copy(at.repo, sizeof at.repo, chosen.repo);
	}
	add(f, m->name, &at);
}

static void on_remotes(void *ud, const struct rq_git_answer *a)
{
	struct rq_find *f = ud;
	struct rq_git *ended = f->git;
	size_t i;

	f->git = NULL;
	if (a->code) {
		f->found.err = a->err;
		done(f, a->code == RQ_EPERM ? RQ_EPERM : RQ_ENOTFOUND);
	} else {
		for (i = 0; i < a->n; i++)
			add_remote(f, &a->remotes[i]);
		look_on(f);
	}
	rq_git_free(ended);
}

static bool has(const char *dir, const char *name)
{
	char *path = rq_path_join(dir, name);
	bool there = access(path, F_OK) == 0;

	rq_free(path);
	return there;
}

/* Without a process: most directories are no clone. A bare repository has no .git. */
static bool lies_in_clone(const char *dir)
{
	char *top = rq_git_top(dir), *at, *slash;
	bool found = top != NULL;

	rq_free(top);
	at = rq_strdup(dir);
	while (!found && (slash = strrchr(at, '/'))) {
		found = has(at, "HEAD") && has(at, "objects") && has(at, "refs");
		*slash = '\0';
	}
	rq_free(at);
	return found;
}

/* --- the environment --------------------------------------------------------------------- */

static const char *usual_host(const struct rq_find *f)
{
	return *f->only ? f->only : f->hosts.n == 1 ? f->hosts.v[0].name : "github.com";
}

/* Also with the port that gh does without. */
static bool take_only(struct rq_find *f, const char *only)
{
	char *s = rq_fmt("https://%s", only);
	bool good;

	good = !strchr(only, '/') && !rq_remote_api_host(s, f->only, NULL);
	rq_free(s);
	return good;
}

static void take_name(struct rq_find *f, const char *name)
{
	struct rq_error why;
	struct rq_remote at;

	if (rq_remote_parse_name(name, usual_host(f), &at, &why)) {
		done(f, rq_fail(&f->found.err, RQ_EUSAGE, "GH_REPO names no repository. %s", why.msg));
		return;
	}
	add(f, "", &at);
	settle(f, &f->v[0]);
}

struct rq_find *rq_find_repo(struct rq_loop *l, const char *dir, rq_found_fn *fn, void *ud)
{
	const char *name = getenv("GH_REPO"), *only = getenv("GH_HOST");
	struct rq_find *f = rq_alloc(sizeof *f);

	f->loop = l;
	f->fn = fn;
	f->ud = ud;
	rq_str_init(&f->api, 0);
	rq_str_init(&f->full, 0);
	f->found = (struct rq_found){ .host = "", .api = "", .owner = "", .repo = "", .full = "", .queue = "", .remote = "",
				      .token = "", .source = "", .warning = "" };
	if (name && !*name)
		name = NULL;
	if (!name && !lies_in_clone(dir)) {
		done(f, rq_fail(&f->found.err, RQ_ENOTFOUND, "%s lies in no git repository.", dir));
		return f;
	}
	rq_gh_hosts_init(&f->hosts);
	f->found.warning = f->hosts.warning;
	if (only && *only && !take_only(f, only))
		done(f, rq_fail(&f->found.err, RQ_EUSAGE, "GH_HOST is no host's name: write it without https:// and path."));
	else if (name)
		take_name(f, name);
	else
		f->git = rq_git_remotes(l, dir, on_remotes, f);
	return f;
}
