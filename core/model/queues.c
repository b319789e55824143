/* queues.c - `queues` of config.yaml. */
#include "core/model/queues.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/ghdrain.h"
#include "core/model/id.h"
#include "core/model/remote.h"

enum { REPOS_MAX = 100, HOSTS_MAX = 100, TEXT_MAX = 1024 };

struct reader {
	struct rq_arena *a;
	const char *file;               /* its name */
	const char *dir;                /* where it lies; "" here */
	struct rq_queue_config *q;
	const struct rq_yaml *api, *host;       /* read last, since they belong together */
	struct rq_error *e;
};

static int RQ_PRINTF(3, 4) wrong(struct reader *r, const struct rq_yaml *y, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s.", r->file, y->line, y->col, text);
}

static bool only(const char *s, const char *first, const char *more)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t n;

	if (!*s || strlen(s) > TEXT_MAX || (!strchr(alnum, *s) && !strchr(first, *s)))
		return false;
	for (n = 0; s[n]; n++)
		if (!strchr(alnum, s[n]) && !strchr(more, s[n]))
			return false;
	return true;
}

/* --- the keys ------------------------------------------------------------------------------ */

static int read_kind(struct reader *r, const struct rq_yaml *y)
{
	const char *text = rq_yaml_str(y);

	if (!text || !rq_eq(text, "github"))
		return wrong(r, y, "kind is github; the local queue is always there and needs no entry");
	return RQ_OK;
}

/* A word that FITS, or a sentence that says what it is. */
static int read_word(struct reader *r, const struct rq_yaml *y, const char **out, bool fits, const char *what)
{
	if (!rq_yaml_str(y) || !fits)
		return wrong(r, y, "%s", what);
	*out = rq_arena_str(r->a, rq_yaml_str(y));
	return RQ_OK;
}

static const char *word(const struct rq_yaml *y)
{
	return rq_yaml_str(y) ? rq_yaml_str(y) : "";
}

static int read_repo(struct reader *r, const struct rq_yaml *y)
{
	struct rq_remote remote;
	const char *text = word(y), *slash = strchr(text, '/');

	if (!slash || strchr(slash + 1, '/') || strchr(text, ':') ||
	    rq_remote_parse_name(text, "github.com", &remote, NULL))
		return wrong(r, y, "a repository is OWNER/NAME, such as acme/media");
	for (size_t i = 0; i < r->q->n_repos; i++)
		if (rq_ieq(r->q->repos[i], text))
			return wrong(r, y, "%.200s stands there twice", text);
	r->q->repos[r->q->n_repos++] = rq_arena_fmt(r->a, "%s/%s", remote.owner, remote.repo);
	return RQ_OK;
}

static int read_repos(struct reader *r, const struct rq_yaml *y)
{
	int code = RQ_OK;

	r->q->repos = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->q->repos);
	if (y->kind == RQ_YAML_SCALAR)
		return read_repo(r, y);
	if (y->kind != RQ_YAML_SEQ || y->n > REPOS_MAX)
		return wrong(r, y, "repos is a list such as [acme/media, acme/site], %d at most", (int)REPOS_MAX);
	for (size_t i = 0; i < y->n && !code; i++)
		code = read_repo(r, y->items[i]);
	return code;
}

static int read_org(struct reader *r, const struct rq_yaml *y)
{
	return read_word(r, y, &r->q->org, only(word(y), "", "._-"), "org is the name of an organisation");
}

static int read_api(struct reader *r, const struct rq_yaml *y)
{
	r->api = y;
	return RQ_OK;
}

static int read_host(struct reader *r, const struct rq_yaml *y)
{
	r->host = y;
	return RQ_OK;
}

static int read_ca(struct reader *r, const struct rq_yaml *y)
{
	const char *text = word(y);

	if (!*text || strlen(text) > TEXT_MAX)
		return wrong(r, y, "ca is a file with the certificates of an authority");
	r->q->ca = *text == '/' || !*r->dir ? rq_arena_str(r->a, text) : rq_arena_fmt(r->a, "%s%s", r->dir, text);
	return RQ_OK;
}

static int read_token_env(struct reader *r, const struct rq_yaml *y)
{
	return read_word(r, y, &r->q->token_env, only(word(y), "_", "_") && !strchr("0123456789", *word(y)),
			 "token_env is the name of an environment variable, never a token itself");
}

static int read_credentials(struct reader *r, const struct rq_yaml *y)
{
	if (!rq_eq(word(y), "git"))
		return wrong(r, y, "credentials is git: then git's credential helper is asked as well");
	r->q->git_credentials = true;
	return RQ_OK;
}

static int read_workflow(struct reader *r, const struct rq_yaml *y)
{
	const char *text = word(y), *dot = strrchr(text, '.');

	return read_word(r, y, &r->q->workflow,
			 only(text, "_.", "._-") && dot && (rq_eq(dot, ".yml") || rq_eq(dot, ".yaml")),
			 "workflow is a file's name below .github/workflows, such as transcribe.yml");
}

static int read_ref(struct reader *r, const struct rq_yaml *y)
{
	return read_word(r, y, &r->q->ref, only(word(y), "_", "._-/@+#") && !strstr(word(y), ".."),
			 "ref is a branch or a tag, such as main");
}

static const char an_input[] = "this is the name of an input of the workflow: letters, digits, '_' and '-'";

static int read_runner_input(struct reader *r, const struct rq_yaml *y)
{
	return read_word(r, y, &r->q->runner_input, only(word(y), "_", "_-"), an_input);
}

static int read_id_input(struct reader *r, const struct rq_yaml *y)
{
	return read_word(r, y, &r->q->id_input, only(word(y), "_", "_-"), an_input);
}

static int read_confirm(struct reader *r, const struct rq_yaml *y)
{
	if (!rq_parse_duration(word(y), &r->q->drain_confirm_ms) || r->q->drain_confirm_ms < RQ_GHDRAIN_WINDOW_MIN_MS ||
	    r->q->drain_confirm_ms > 24 * 3600000)
		return wrong(r, y, "confirm is how long a drained runner must have been idle, from 1m to 24h: GitHub may "
			     "hand over a job for a minute after the drain");
	return RQ_OK;
}

static int read_drain(struct reader *r, const struct rq_yaml *y)
{
	int code = RQ_OK;

	if (y->kind != RQ_YAML_MAP)
		return wrong(r, y, "drain is a map such as {confirm: 5m, group: parked}");
	for (size_t i = 0; i < y->n && !code; i++) {
		const char *text = word(y->items[i]);

		if (rq_eq(y->keys[i]->text, "confirm"))
			code = read_confirm(r, y->items[i]);
		else if (rq_eq(y->keys[i]->text, "group"))
			code = read_word(r, y->items[i], &r->q->drain_group, *text && strlen(text) <= 200,
					 "group is the name of a runner group of the organisation");
		else
			code = wrong(r, y->keys[i], "drain has the keys confirm and group, not '%.64s'", y->keys[i]->text);
	}
	return code;
}

static int read_runner_host(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	struct rq_runner_host *h = &r->q->runner_hosts[r->q->n_runner_hosts++];
	const struct rq_yaml *ssh = rq_yaml_get(y, "ssh"), *root = rq_yaml_get(y, "root");

	h->runner = rq_arena_str(r->a, key->text);
	if (!ssh || !root || y->n != 2)
		return wrong(r, key, "a runner's host is {ssh: [USER@]HOST, root: /DIRECTORY}");
	if (!only(word(ssh), "_[", "._@:[]-"))
		return wrong(r, ssh, "ssh is [USER@]HOST as ssh takes it: letters, digits, '.', '_', '-', ':' and '@'");
	if (*word(root) != '/' || strlen(word(root)) > TEXT_MAX || strpbrk(word(root), "\n\r"))
		return wrong(r, root, "root is the directory of the runner on its host, from /");
	h->ssh = rq_arena_str(r->a, word(ssh));
	h->root = rq_arena_str(r->a, word(root));
	return RQ_OK;
}

static int read_runner_hosts(struct reader *r, const struct rq_yaml *y)
{
	int code = RQ_OK;

	if (y->kind != RQ_YAML_MAP || y->n > HOSTS_MAX)
		return wrong(r, y, "runner_hosts are RUNNER: {ssh: [USER@]HOST, root: /DIRECTORY}, %d at most", (int)HOSTS_MAX);
	r->q->runner_hosts = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->q->runner_hosts);
	for (size_t i = 0; i < y->n && !code; i++)
		code = read_runner_host(r, y->keys[i], y->items[i]);
	return code;
}

static int read_runners_at(struct reader *r, const struct rq_yaml *y)
{
	if (y->kind != RQ_YAML_SEQ || y->n > HOSTS_MAX)
		return wrong(r, y, "runners_at is a list of directories of this machine, such as [/opt/actions-runner]");
	r->q->runners_at = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->q->runners_at);
	for (size_t i = 0; i < y->n; i++) {
		if (*word(y->items[i]) != '/' || strlen(word(y->items[i])) > TEXT_MAX)
			return wrong(r, y->items[i], "a runner's directory is written from /");
		r->q->runners_at[r->q->n_runners_at++] = rq_arena_str(r->a, word(y->items[i]));
	}
	return RQ_OK;
}

static const struct {
	const char *key;
	int (*read)(struct reader *r, const struct rq_yaml *y);
} keys[] = {
	{ "kind", read_kind }, { "repos", read_repos }, { "org", read_org }, { "api", read_api }, { "host", read_host },
	{ "ca", read_ca }, { "token_env", read_token_env }, { "credentials", read_credentials },
	{ "workflow", read_workflow }, { "ref", read_ref }, { "runner_input", read_runner_input },
	{ "id_input", read_id_input }, { "drain", read_drain }, { "runner_hosts", read_runner_hosts },
	{ "runners_at", read_runners_at },
};
enum { KEYS_N = sizeof keys / sizeof *keys };

static int unknown_key(struct reader *r, const struct rq_yaml *key)
{
	const char *near = NULL;
	int best = 4;

	for (size_t i = 0; i < KEYS_N; i++) {
		int d = rq_distance(key->text, keys[i].key, best);

		if (d < best) {
			best = d;
			near = keys[i].key;
		}
	}
	if (near)
		return wrong(r, key, "a queue has no key '%.64s' (did you mean '%s'?)", key->text, near);
	return wrong(r, key, "a queue has no key '%.64s'", key->text);
}

static int read_key(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	for (size_t i = 0; i < KEYS_N; i++)
		if (rq_eq(key->text, keys[i].key))
			return y->kind == RQ_YAML_NULL ? wrong(r, key, "%s needs a value", keys[i].key) : keys[i].read(r, y);
	return unknown_key(r, key);
}

/* --- the server ---------------------------------------------------------------------------- */

static bool is_forge_name(const char *text)
{
	return rq_eq(text, "gitea") || rq_eq(text, "forgejo");
}

/* HOST[:PORT][/PATH], also as a URL: the last two parts are there for the one that takes it apart. */
static int take_host(struct reader *r, bool gitea)
{
	const char *text = word(r->host);
	struct rq_remote remote;
	struct rq_error e = { 0 };
	struct rq_str s;
	size_t n = strlen(text);
	int code;

	while (n && text[n - 1] == '/')
		n--;
	rq_str_init(&s, TEXT_MAX * 2);
	rq_str_addf(&s, "%s%.*s/o/r", strstr(text, "://") ? "" : "https://", (int)n, text);
	code = n && n < TEXT_MAX && !strchr(text, '@') ? rq_remote_parse(rq_str_get(&s), &remote, &e) : RQ_EUSAGE;
	rq_str_clear(&s);
	if (!code) {
		rq_remote_api(&remote, gitea, &s);
		r->q->api = rq_arena_str(r->a, rq_str_get(&s));
		r->q->host = rq_arena_str(r->a, remote.host);
	}
	rq_str_release(&s);
	return code ? wrong(r, r->host, "host is a server's name, such as git.example.org") : RQ_OK;
}

/* An address in full. What ends in v1 is Gitea's or Forgejo's: they alone call it so. */
static int take_address(struct reader *r)
{
	const char *text = word(r->api);
	size_t n = strlen(text);
	struct rq_error e = { 0 };
	char host[RQ_HOST_MAX];

	if (!strstr(text, "://"))
		return wrong(r, r->api, "api is gitea, forgejo, or an address such as https://HOST/api/v3");
	if (rq_remote_api_host(text, host, &e))
		return rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s", r->file, r->api->line, r->api->col, e.msg);
	while (n && text[n - 1] == '/')
		n--;
	r->q->api = rq_arena_strn(r->a, text, n);
	r->q->host = rq_arena_str(r->a, host);
	if (n >= 7 && !memcmp(text + n - 7, "/api/v1", 7)) {
		r->q->forge = "gitea";
		r->q->forge_guessed = true;
	}
	return RQ_OK;
}

static int take_server(struct reader *r)
{
	if (r->api && is_forge_name(word(r->api))) {
		if (!r->host)
			return wrong(r, r->api, "api: %s needs the server's name: host: git.example.org", word(r->api));
		r->q->forge = rq_eq(word(r->api), "gitea") ? "gitea" : "forgejo";
		return take_host(r, true);
	}
	if (r->api && r->host)
		return wrong(r, r->host, "host stands for an address: with api there is one already");
	if (r->api)
		return take_address(r);
	return r->host ? take_host(r, false) : RQ_OK;
}

/* --- a queue, and all ---------------------------------------------------------------------- */

void rq_queue_config_init(struct rq_queue_config *q)
{
	*q = (struct rq_queue_config){
		.name = "", .kind = "github", .problem = "", .forge = "github", .api = "https://api.github.com",
		.host = "github.com", .org = "", .ca = "", .token_env = "", .workflow = "", .ref = "",
		.runner_input = "", .id_input = "", .drain_confirm_ms = RQ_GHDRAIN_WINDOW_MS, .drain_group = "",
	};
}

static int read_queue(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	int code = RQ_OK;

	if (!rq_name_ok(key->text))
		return wrong(r, key, "'%.64s' cannot be the name of a queue: letters, digits, '.', '_' and '-' make one",
			     key->text);
	if (rq_ieq(key->text, "local"))
		return wrong(r, key, "local is the name of the queue that is always there: give this one another");
	if (y->kind != RQ_YAML_MAP)
		return wrong(r, key, "the queue %s needs repos or org", key->text);
	for (size_t i = 0; i < y->n && !code; i++)
		code = read_key(r, y->keys[i], y->items[i]);
	if (!code)
		code = take_server(r);
	if (!code && !r->q->n_repos && !*r->q->org)
		code = wrong(r, key, "the queue %s needs repos or org", r->q->name);
	return code;
}

static bool is_taken(const struct rq_queues *q, const char *name)
{
	for (size_t i = 0; i < q->n; i++)
		if (rq_ieq(q->v[i].name, name))
			return true;
	return false;
}

static void read_all(struct rq_queues *q, const char *file, const char *dir, const struct rq_yaml *y)
{
	for (size_t i = 0; i < y->n; i++) {
		struct rq_error e = { 0 };
		struct rq_queue_config one, bare;
		struct reader r = { &q->arena, file, dir, &one, NULL, NULL, &e };
		int code;

		rq_queue_config_init(&one);
		one.name = rq_arena_str(&q->arena, y->keys[i]->text);
		code = is_taken(q, one.name) ? wrong(&r, y->keys[i], "the queue %.64s stands there twice", one.name)
					     : read_queue(&r, y->keys[i], y->items[i]);
		if (code) {
			rq_queue_config_init(&bare);
			bare.name = one.name;
			bare.problem = rq_arena_str(&q->arena, e.msg);
			one = bare;
		}
		q->v[q->n++] = one;
	}
}

struct rq_queues *rq_queues_new(const struct rq_config *c, const char *file)
{
	struct rq_queues *q = rq_alloc(sizeof *q);
	const struct rq_yaml *y = rq_config_section(c, "queues");
	const char *slash = strrchr(file, '/'), *dir;

	q->problem = "";
	if (!y)
		return q;
	dir = slash ? rq_arena_strn(&q->arena, file, (size_t)(slash - file) + 1) : "";
	file = slash ? slash + 1 : file;
	q->v = rq_arena_alloc(&q->arena, (y->n + 1) * sizeof *q->v);
	if (y->kind == RQ_YAML_MAP && y->n <= RQ_CONFIGURED_QUEUES_MAX)
		read_all(q, file, dir, y);
	else
		q->problem = rq_arena_fmt(&q->arena, "%s:%d:%d: queues are NAME: {kind: github, repos: [...]}, %d at most.", file,
					  y->line, y->col, (int)RQ_CONFIGURED_QUEUES_MAX);
	return q;
}

void rq_queues_free(struct rq_queues *q)
{
	if (!q)
		return;
	rq_arena_release(&q->arena);
	rq_free(q);
}
