/* github.c - reading the API's JSON: what all its objects share, and the small ones. */
#include "core/model/github.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/github_private.h"

static const char *const forges[] = { "github", "gitea", "forgejo" };

const char *rq_forge_name(enum rq_forge f)
{
	return (size_t)f < sizeof forges / sizeof *forges ? forges[f] : "unknown";
}

bool rq_forge_parse(const char *name, enum rq_forge *out)
{
	for (size_t i = 0; i < sizeof forges / sizeof *forges; i++) {
		if (rq_ieq(name, forges[i])) {
			*out = (enum rq_forge)i;
			return true;
		}
	}
	return false;
}

/* --- fields ------------------------------------------------------------------------------- */

const char *gh_copy(struct rq_arena *a, const char *s)
{
	size_t n;

	if (!s || !*s)
		return "";
	n = strlen(s);
	if (n > RQ_GH_TEXT_MAX)
		for (n = RQ_GH_TEXT_MAX; n && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	return rq_arena_strn(a, s, n);
}

const char *gh_text(struct rq_arena *a, const struct rq_json *o, const char *key)
{
	return gh_copy(a, rq_json_get_str(o, key));
}

const char *gh_first_text(struct rq_arena *a, const struct rq_json *o, const char *const *keys)
{
	const char *s;

	for (; *keys; keys++)
		if ((s = rq_json_get_str(o, *keys)) && *s)
			return gh_copy(a, s);
	return "";
}

const char *gh_text_in(struct rq_arena *a, const struct rq_json *o, const char *outer, const char *key)
{
	return gh_text(a, rq_json_get(o, outer), key);
}

/* Beyond 2^53 another number may have been meant. */
#define ID_MAX (INT64_C(1) << 53)

int64_t gh_id(const struct rq_json *j)
{
	const char *s = rq_json_str(j);
	int64_t id;

	if (!s)
		id = rq_json_int(j, 0);
	else if (*s < '0' || *s > '9' || !rq_parse_i64(s, &id))
		return 0;
	return id > 0 && id < ID_MAX ? id : 0;
}

int64_t gh_id_of(const struct rq_json *o, const char *key)
{
	return gh_id(rq_json_get(o, key));
}

int64_t gh_time(const struct rq_json *o, const char *key)
{
	int64_t t;

	return rq_time_parse(rq_json_get_str(o, key), &t) && t > 0 ? t : 0;
}

int64_t gh_first_time(const struct rq_json *o, const char *const *keys)
{
	int64_t t = 0;

	while (*keys && !t)
		t = gh_time(o, *keys++);
	return t;
}

const char *gh_file_of(struct rq_arena *a, const char *path, bool stem)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t n = strlen(file);

	if (stem && n > 4 && !strcmp(file + n - 4, ".yml"))
		n -= 4;
	else if (stem && n > 5 && !strcmp(file + n - 5, ".yaml"))
		n -= 5;
	return n ? rq_arena_strn(a, file, n) : "";
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *lower(struct rq_arena *a, const char *s)
{
	char *copy = rq_arena_str(a, s);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return copy;
}

void gh_labels(struct rq_arena *a, const char *const *v, size_t n, struct rq_labels *out)
{
	size_t k = 0;

	out->n = 0;
	out->v = rq_arena_alloc(a, (n + 1) * sizeof *out->v);
	for (size_t i = 0; i < n; i++)
		if (*v[i])
			out->v[k++] = lower(a, v[i]);
	if (k)
		qsort(out->v, k, sizeof *out->v, by_text);
	for (size_t i = 0; i < k; i++)
		if (!out->n || strcmp(out->v[out->n - 1], out->v[i]) != 0)
			out->v[out->n++] = out->v[i];
}

/* --- whole answers ------------------------------------------------------------------------ */

static int read_any(const char *what, const char *const *keys, const char *text, size_t n, struct rq_json **j,
		    struct rq_error *e)
{
	struct rq_error why = { 0 };
	size_t mark = rq_utf8_mark(text, n);

	text += mark;
	n -= mark;
	if (!(keys ? rq_json_parse_only(text, n, keys, j, &why) : rq_json_parse(text, n, j, &why)))
		return RQ_OK;
	return rq_fail(e, RQ_EUNREACHABLE, "The server was asked for %s, and its answer cannot be read: %s", what, why.msg);
}

static int not_asked_for(const char *what, struct rq_json *j, struct rq_error *e)
{
	rq_json_free(j);
	return rq_fail(e, RQ_EUNREACHABLE, "The server was asked for %s and answered something else.", what);
}

static int read_object(const char *what, const char *const *keys, const char *text, size_t n, struct rq_json **j,
		       struct rq_error *e)
{
	int rc = read_any(what, keys, text, n, j, e);

	return rc || rq_json_is_object(*j) ? rc : not_asked_for(what, *j, e);
}

int gh_read_object(const char *what, const char *text, size_t n, struct rq_json **j, struct rq_error *e)
{
	return read_object(what, NULL, text, n, j, e);
}

static void read_items(const struct gh_noun *k, struct rq_arena *a, enum rq_forge forge, const struct rq_json *list,
		       void **v, struct rq_gh_page *page)
{
	size_t n = rq_json_len(list);
	char *at;

	page->skipped = n > RQ_GH_LIST_MAX ? n - RQ_GH_LIST_MAX : 0;
	n -= page->skipped;
	*v = at = rq_arena_alloc(a, (n + 1) * k->size);
	for (const struct rq_json *j = rq_json_first(list); j && n; j = rq_json_next(j), n--) {
		if (rq_json_is_object(j) && k->read(a, forge, j, at)) {
			at += k->size;
			page->n++;
		} else {
			page->skipped++;
			memset(at, 0, k->size);
		}
	}
}

/* An empty list is null where Go made it. */
static bool is_list(const struct rq_json *j)
{
	return rq_json_is_array(j) || rq_json_is_null(j);
}

int gh_read_list(const struct gh_noun *k, struct rq_arena *a, enum rq_forge forge, const char *text, size_t n, void **v,
		 struct rq_gh_page *page, struct rq_error *e)
{
	const struct rq_json *list;
	struct rq_json *j = NULL;
	int rc = read_any(k->many, k->keys, text, n, &j, e);

	memset(page, 0, sizeof *page);
	if (rc)
		return rc;
	list = rq_json_is_array(j) || (forge != RQ_FORGE_GITHUB && rq_json_is_null(j)) ? j : rq_json_get(j, k->key);
	if (!is_list(list))
		return not_asked_for(k->many, j, e);
	read_items(k, a, forge, list, v, page);
	page->total = rq_json_get_int(j, "total_count", -1);
	if (page->total < 0)
		page->total = (int64_t)rq_json_len(list);
	rq_json_free(j);
	return RQ_OK;
}

int gh_read_one(const struct gh_noun *k, struct rq_arena *a, enum rq_forge forge, const char *text, size_t n, void *out,
		struct rq_error *e)
{
	struct rq_json *j = NULL;
	int rc = read_object(k->one, k->keys, text, n, &j, e);

	if (rc)
		return rc;
	memset(out, 0, k->size);
	if (!k->read(a, forge, j, out))
		return not_asked_for(k->one, j, e);
	rq_json_free(j);
	return RQ_OK;
}

/* --- small objects ------------------------------------------------------------------------ */

static bool read_repo(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	const struct rq_json *owner = rq_json_get(j, "owner"), *may = rq_json_get(j, "permissions");
	struct rq_gh_repo *r = out;

	(void)forge;
	r->id = gh_id_of(j, "id");
	r->full_name = gh_text(a, j, "full_name");
	r->name = gh_text(a, j, "name");
	r->owner = gh_text(a, owner, "login");
	r->default_branch = gh_text(a, j, "default_branch");
	r->html_url = gh_text(a, j, "html_url");
	r->org = rq_ieq(gh_text(a, owner, "type"), "Organization");
	r->is_private = rq_json_get_bool(j, "private", false);
	r->archived = rq_json_get_bool(j, "archived", false);
	r->pull = rq_json_get_bool(may, "pull", false);
	r->push = rq_json_get_bool(may, "push", false);
	r->admin = rq_json_get_bool(may, "admin", false);
	return r->id && *r->full_name;
}

int rq_gh_repo_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_repo *out, struct rq_error *e)
{
	static const struct gh_noun repo = { .one = "a repository", .size = sizeof *out, .read = read_repo };

	return gh_read_one(&repo, a, RQ_FORGE_GITHUB, text, n, out, e);
}

int rq_gh_dispatched_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_dispatched *out,
			   struct rq_error *e)
{
	struct rq_json *j = NULL;
	int rc;

	*out = (struct rq_gh_dispatched){ .html_url = "" };
	if (n == 0)
		return RQ_OK;
	rc = gh_read_object("the run that was dispatched", text, n, &j, e);
	if (rc)
		return rc;
	out->run_id = gh_id_of(j, "workflow_run_id");
	if (!out->run_id)
		out->run_id = gh_id_of(j, "id");
	out->html_url = gh_text(a, j, "html_url");
	rq_json_free(j);
	return RQ_OK;
}

int rq_gh_rate_parse(const char *text, size_t n, struct rq_gh_rate *out, struct rq_error *e)
{
	const char *what = "the rate limit";
	const struct rq_json *core;
	struct rq_json *j = NULL;
	int64_t reset;
	int rc = gh_read_object(what, text, n, &j, e);

	if (rc)
		return rc;
	core = rq_json_get(rq_json_get(j, "resources"), "core");
	if (!core)
		core = rq_json_get(j, "rate");
	out->limit = rq_json_get_int(core, "limit", -1);
	out->remaining = rq_json_get_int(core, "remaining", -1);
	out->used = rq_json_get_int(core, "used", -1);
	reset = rq_json_get_int(core, "reset", 0);
	out->reset_at = reset > 0 && reset < ID_MAX / 1000 ? reset * 1000 : 0;
	if (out->limit < 0 || out->remaining < 0)
		return not_asked_for(what, j, e);
	if (out->used < 0)
		out->used = out->limit > out->remaining ? out->limit - out->remaining : 0;
	rq_json_free(j);
	return RQ_OK;
}

int rq_gh_token_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_token *out, struct rq_error *e)
{
	const char *what = "a runner's token";
	struct rq_json *j = NULL;
	int rc = gh_read_object(what, text, n, &j, e);

	if (rc)
		return rc;
	out->token = gh_text(a, j, "token");
	out->expires_at = gh_time(j, "expires_at");
	if (!*out->token)
		return not_asked_for(what, j, e);
	rq_json_free(j);
	return RQ_OK;
}

int rq_gh_version_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge *forge, const char **version,
			struct rq_error *e)
{
	const char *what = "its version", *s, *suffix;
	struct rq_json *j = NULL;
	int rc = gh_read_object(what, text, n, &j, e);

	if (rc)
		return rc;
	s = gh_text(a, j, "version");
	if (!*s)
		return not_asked_for(what, j, e);
	/* The number in front of it is Forgejo's own, and not to be compared with Gitea's. */
	suffix = strstr(s, "+gitea-");
	*forge = suffix ? RQ_FORGE_FORGEJO : RQ_FORGE_GITEA;
	*version = suffix ? rq_arena_strn(a, s, (size_t)(suffix - s)) : s;
	rq_json_free(j);
	return RQ_OK;
}
