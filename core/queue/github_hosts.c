/* github_hosts.c - reading gh's hosts.yml. */
#include "core/queue/github_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/sys/paths.h"
#include "core/sys/user.h"

enum { FILE_MAX_BYTES = 1 << 16 };

/* --- where it is ------------------------------------------------------------------------- */

static char *path_in(const char *dir, const char *below)
{
	char *gh = rq_path_join(dir, below), *path = rq_path_join(gh, "hosts.yml");

	rq_free(gh);
	return path;
}

/* NULL: nobody has a home here. */
static char *find_file(void)
{
	const char *own = getenv("GH_CONFIG_DIR"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *asked, *path;

	if (own && *own)
		return rq_path_join(own, "hosts.yml");
	if (xdg && *xdg)
		return path_in(xdg, "gh");
	if (home && *home)
		return path_in(home, ".config/gh");
	asked = rq_user_home();
	path = asked ? path_in(asked, ".config/gh") : NULL;
	rq_free(asked);
	return path;
}

/* --- what it says ------------------------------------------------------------------------ */

static const char *text_of(const struct rq_yaml *map, const char *key)
{
	const struct rq_yaml *y = rq_yaml_get(map, key);
	const char *s = y ? rq_yaml_str(y) : NULL;

	return s ? s : "";
}

/* Beside the host's name, and in older and newer files below the user's. */
static const char *token_of(const struct rq_yaml *host)
{
	const char *token = text_of(host, "oauth_token"), *user = text_of(host, "user");

	if (!*token && *user)
		token = text_of(rq_yaml_get(rq_yaml_get(host, "users"), user), "oauth_token");
	return token;
}

static void take(struct rq_gh_hosts *h, const struct rq_yaml *root)
{
	size_t i;

	for (i = 0; root && root->kind == RQ_YAML_MAP && i < root->n && h->n < RQ_GH_HOSTS_MAX; i++) {
		struct rq_gh_host *host = &h->v[h->n];

		if (root->items[i]->kind != RQ_YAML_MAP || !rq_host_normal(root->keys[i]->text, host->name))
			continue;
		host->token = token_of(root->items[i]);
		h->n++;
	}
}

static void warn(struct rq_gh_hosts *h, const char *path, const char *why)
{
	snprintf(h->warning, sizeof h->warning, "%s %s.", path, why);
}

/* Its words are not quoted: they may be a token. */
static void read_file(struct rq_gh_hosts *h, const char *path)
{
	struct rq_yaml_doc *doc = NULL;
	struct stat st;
	size_t n = 0;
	char *text;

	if (stat(path, &st) < 0)
		return;
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		warn(h, path, "belongs to another user: it is not read");
		return;
	}
	if (rq_file_read(path, FILE_MAX_BYTES, &text, &n, NULL)) {
		warn(h, path, "cannot be read");
		return;
	}
	if (rq_yaml_parse("hosts.yml", text, n, &doc, NULL)) {
		warn(h, path, "is not what gh writes: run `gh auth status`");
	} else {
		h->doc = doc;
		h->there = true;
		take(h, rq_yaml_root(doc));
		if (st.st_mode & 077)
			warn(h, path, "holds secrets and others can read it: make it yours alone, with chmod 600");
	}
	rq_wipe(text, n);
	rq_free(text);
}

void rq_gh_hosts_init(struct rq_gh_hosts *h)
{
	char *path = find_file();

	memset(h, 0, sizeof *h);
	if (path)
		read_file(h, path);
	rq_free(path);
}

static void wipe(const struct rq_yaml *y)
{
	size_t i;

	if (y->kind == RQ_YAML_SCALAR)
		rq_wipe((char *)(uintptr_t)y->text, strlen(y->text));
	for (i = 0; (y->kind == RQ_YAML_MAP || y->kind == RQ_YAML_SEQ) && i < y->n; i++)
		wipe(y->items[i]);
}

void rq_gh_hosts_release(struct rq_gh_hosts *h)
{
	if (h->doc)
		wipe(rq_yaml_root(h->doc));
	rq_yaml_free(h->doc);
	memset(h, 0, sizeof *h);
}

const struct rq_gh_host *rq_gh_hosts_find(const struct rq_gh_hosts *h, const char *host)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (rq_eq(h->v[i].name, host))
			return &h->v[i];
	return NULL;
}
