/* git_remotes.c - where a repository's remotes are, the best first.
 *
 * Best is what `gh repo set-default` chose; then the remote that the branch which is checked out follows; then origin,
 * upstream, github, as most people call them; then the others by name. URLs are as git would use them (url.*.insteadOf),
 * but without the name and password that some carry: whoever asks has no need of those. */
#include "core/sys/git_parts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMOTES_MAX = 100, TEXT_MAX = 2048 };

struct remote {
	const char *name;       /* in the list that libgit2 gave */
	int rank;
	bool resolved;
	char value[TEXT_MAX];   /* of gh-resolved */
};

struct remotes {
	git_strarray names;
	size_t n;
	struct remote v[REMOTES_MAX];
	char branch[TEXT_MAX];  /* "": HEAD is on none */
};

/* False: there is none, or it is too long to mean anything here. */
static bool setting(git_config *config, const char *section, const char *name, const char *key, char out[TEXT_MAX])
{
	git_buf value = { 0 };
	char full[TEXT_MAX];
	int n = snprintf(full, sizeof full, "%s.%s.%s", section, name, key);
	bool found = n > 0 && (size_t)n < sizeof full && !git_config_get_string_buf(&value, config, full);

	found = found && strlen(value.ptr) < TEXT_MAX;
	if (found)
		memcpy(out, value.ptr, strlen(value.ptr) + 1);
	git_buf_dispose(&value);
	return found;
}

/* Also where nothing has been committed yet. */
static void find_branch(git_repository *repo, char branch[TEXT_MAX])
{
	static const char heads[] = "refs/heads/";
	git_reference *head = NULL;
	const char *target;

	branch[0] = '\0';
	if (!git_reference_lookup(&head, repo, "HEAD") && (target = git_reference_symbolic_target(head)) &&
	    !strncmp(target, heads, strlen(heads)) && strlen(target) < TEXT_MAX)
		memcpy(branch, target + strlen(heads), strlen(target) - strlen(heads) + 1);
	git_reference_free(head);
}

static int rank_of(const struct remote *r, const char *followed)
{
	static const char *const usual[] = { "origin", "upstream", "github" };
	int i, n = (int)(sizeof usual / sizeof *usual);

	if (r->resolved)
		return 0;
	if (!strcmp(r->name, followed))
		return 1;
	for (i = 0; i < n && strcmp(r->name, usual[i]) != 0; )
		i++;
	return 2 + i;
}

static int by_rank(const void *a, const void *b)
{
	const struct remote *x = a, *y = b;

	return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

static int find(git_repository *repo, struct remotes *all)
{
	git_config *config = NULL;
	char followed[TEXT_MAX];
	size_t i;
	int r = git_remote_list(&all->names, repo);

	all->n = 0;
	if (!r)
		r = git_repository_config_snapshot(&config, repo);
	if (r)
		return r;
	find_branch(repo, all->branch);
	if (!setting(config, "branch", all->branch, "remote", followed))
		followed[0] = '\0';
	for (i = 0; i < all->names.count && all->n < REMOTES_MAX; i++) {
		struct remote *m = &all->v[all->n++];

		m->name = all->names.strings[i];
		m->resolved = setting(config, "remote", m->name, "gh-resolved", m->value) && m->value[0];
		m->rank = rank_of(m, followed);
	}
	git_config_free(config);
	qsort(all->v, all->n, sizeof *all->v, by_rank);
	return 0;
}

/* --- telling ----------------------------------------------------------------------------- */

/* "https://anna:secret@host/x" is told as "https://host/x"; what is before the @ of host:path is no secret. */
static void tell_url(const char *name, const char *url)
{
	const char *rest = url ? strstr(url, "://") : NULL, *at;
	char text[TEXT_MAX];
	int n;

	if (!url || strlen(url) >= TEXT_MAX)
		return;
	rest = rest ? rest + 3 : url;
	at = rest > url ? strrchr(rest, '@') : NULL;
	n = snprintf(text, sizeof text, "%.*s%s", (int)(rest - url), url, at ? at + 1 : rest);
	rq_tell(name, text, (size_t)n);
}

static void tell_remote(git_repository *repo, const struct remote *m)
{
	git_remote *remote = NULL;

	if (git_remote_lookup(&remote, repo, m->name))
		return;
	rq_tell("remote", m->name, strlen(m->name) < TEXT_MAX ? strlen(m->name) : TEXT_MAX);
	tell_url("url", git_remote_url(remote));
	tell_url("push", git_remote_pushurl(remote));
	if (m->resolved)
		rq_tell("resolved", m->value, strlen(m->value));
	git_remote_free(remote);
}

int rq_tell_remotes(git_repository *repo)
{
	static struct remotes all;
	static const char failed[] = "failed The repository's configuration cannot be read.";
	size_t i;

	if (find(repo, &all)) {
		rq_tell("error", failed, strlen(failed));
		return rq_tell_end();
	}
	rq_tell("branch", all.branch, strlen(all.branch));
	for (i = 0; i < all.n; i++)
		tell_remote(repo, &all.v[i]);
	git_strarray_dispose(&all.names);
	return rq_tell_end();
}

bool rq_remote_branch(git_repository *repo, const char *rev, char *name, size_t size)
{
	static struct remotes all;
	git_reference *branch = NULL;
	int n = find(repo, &all) || !all.n ? -1 : snprintf(name, size, "refs/remotes/%s/%s", all.v[0].name, rev);
	bool found = n > 0 && (size_t)n < size && !git_reference_lookup(&branch, repo, name);

	git_reference_free(branch);
	git_strarray_dispose(&all.names);
	return found;
}
