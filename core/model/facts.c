/* facts.c - the facts of a job, normalised and as canonical JSON. The fleet is in fleet.c. */
#include "core/model/facts.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/text.h"

enum { PARAMS_MAX = 256 };

/* --- normalising -------------------------------------------------------------------------- */

/* In UTF-8, so that the record of it reads back as the same bytes. */
static const char *clean(struct rq_arena *a, const char *s, size_t n)
{
	struct rq_str out;
	const char *copy;
	uint32_t cp;
	char enc[4];
	size_t i;

	for (i = 0; i < n && (unsigned char)s[i] < 0x80; i++)
		;
	if (i == n)
		return rq_arena_strn(a, s, n);
	rq_str_init(&out, 3 * n + 1);
	for (i = 0; i < n;) {
		i += rq_utf8_decode(s + i, n - i, &cp);
		rq_str_addn(&out, enc, rq_utf8_encode(cp, enc));
	}
	copy = rq_arena_str(a, rq_str_get(&out));
	rq_str_release(&out);
	return copy;
}

static const char *clean_text(struct rq_arena *a, const char *s)
{
	return s && *s ? clean(a, s, strlen(s)) : "";
}

static const char *lower(struct rq_arena *a, const char *s)
{
	char *p = rq_arena_str(a, clean_text(a, s));
	size_t i;

	for (i = 0; p[i]; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	return p;
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool has_word(const char *key, size_t n, const char *word)
{
	size_t w = strlen(word), i, k;

	for (i = 0; i + w <= n; i++) {
		for (k = 0; k < w && small(key[i + k]) == word[k]; k++)
			;
		if (k == w)
			return true;
	}
	return false;
}

/* As a word of its own: `auth` is one of http_auth, not of author. */
static bool has_part(const char *key, size_t n, const char *word)
{
	size_t w = strlen(word), i, k;

	for (i = 0; i + w <= n; i++) {
		for (k = 0; k < w && small(key[i + k]) == word[k]; k++)
			;
		if (k == w && (!i || strchr("_-.", key[i - 1])) && (i + w == n || strchr("_-.", key[i + w])))
			return true;
	}
	return false;
}

static bool looks_secret(const char *key, size_t n)
{
	static const char *const words[] = { "password", "passwd", "passphrase", "secret", "token", "api_key", "apikey",
					     "api-key", "credential", "private_key", "authorization", "cookie", "bearer",
					     "signature" };
	static const char *const parts[] = { "pass", "pwd", "auth", "sig" };
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (has_word(key, n, words[i]))
			return true;
	for (i = 0; i < sizeof parts / sizeof *parts; i++)
		if (has_part(key, n, parts[i]))
			return true;
	return false;
}

static bool in_scheme(char c)
{
	return (small(c) >= 'a' && small(c) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
}

static bool begins_url(const char *s)
{
	size_t n = 0;

	while (in_scheme(s[n]))
		n++;
	return n && strncmp(s + n, "://", 3) == 0;
}

/* The end of a query: a blank, a quote, or a mark behind which another URL follows. */
static const char *query_end(const char *s)
{
	for (; *s && !strchr(" \t\r\n\"'<>", *s); s++)
		if (strchr(",;|", *s) && begins_url(s + 1))
			break;
	return s;
}

/* Each "scheme://user:pw@host/path?query#fragment" in V without user, query and fragment. NULL: nothing was to go. */
static const char *masked_url(struct rq_arena *a, const char *v)
{
	const char *from = v, *at, *p, *out = NULL;
	struct rq_str b;

	if (!strstr(v, "://"))
		return NULL;
	rq_str_init(&b, 0);
	while ((p = strstr(v, "://"))) {
		size_t authority = strcspn(p + 3, "/?# \t\r\n\"'<>");

		rq_str_addn(&b, v, (size_t)(p + 3 - v));
		v = p + 3;
		for (at = v; at < p + 3 + authority; at++)
			if (*at == '@')
				v = at + 1;
		/* Up to the query, or to the next URL. */
		at = v + strcspn(v, "?# \t\r\n\"'<>");
		p = strstr(v, "://");
		if (p && p < at)
			at = p;
		rq_str_addn(&b, v, (size_t)(at - v));
		v = *at == '?' || *at == '#' ? query_end(at) : at;
	}
	rq_str_add(&b, v);
	if (strcmp(rq_str_get(&b), from) != 0)
		out = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return out;
}

static size_t key_len(const char *param)
{
	return strcspn(param, "=");
}

struct param {
	const char *s;
	size_t key, i;  /* length of the key; where it stood */
};

static int by_key(const void *x, const void *y)
{
	const struct param *a = x, *b = y;
	size_t n = a->key < b->key ? a->key : b->key;
	int c = memcmp(a->s, b->s, n);

	if (c)
		return c;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->i < b->i ? -1 : a->i > b->i;
}

/* "/params/KEY", with ~ and / as JSON pointers write them. */
static void add_pointer(struct rq_json **list, const char *param, size_t n)
{
	struct rq_str b;
	size_t i;

	if (!list)
		return;
	if (!*list)
		*list = rq_json_array();
	rq_str_init(&b, 0);
	rq_str_add(&b, "/params/");
	for (i = 0; i < n; i++) {
		if (param[i] == '~' || param[i] == '/')
			rq_str_add(&b, param[i] == '~' ? "~0" : "~1");
		else
			rq_str_addc(&b, param[i]);
	}
	rq_json_add_str(*list, rq_str_get(&b));
	rq_str_release(&b);
}

static const char *one_param(struct rq_arena *a, const struct param *p, struct rq_json **masked, struct rq_json **erased)
{
	const char *value = p->s[p->key] ? p->s + p->key + 1 : "", *url;

	if (looks_secret(p->s, p->key)) {
		if (*value)
			add_pointer(erased, p->s, p->key);
		return rq_arena_fmt(a, "%.*s=", (int)p->key, p->s);
	}
	if (!(url = masked_url(a, value)))
		return p->s[p->key] ? p->s : rq_arena_fmt(a, "%s=", p->s);
	add_pointer(masked, p->s, p->key);
	return rq_arena_fmt(a, "%.*s=%s", (int)p->key, p->s, url);
}

/* By key; of one that is given twice, the last. */
static void params(struct rq_arena *a, const struct rq_facts *in, struct rq_facts *out, struct rq_json **masked,
		   struct rq_json **erased)
{
	struct param *v = rq_arena_alloc(a, in->n_params * sizeof *v);
	const char **to = rq_arena_alloc(a, in->n_params * sizeof *to);
	size_t i, n = 0;

	for (i = 0; i < in->n_params; i++) {
		v[i].s = clean_text(a, in->params[i]);
		v[i].key = key_len(v[i].s);
		v[i].i = i;
	}
	if (in->n_params > 1)
		qsort(v, in->n_params, sizeof *v, by_key);
	for (i = 0; i < in->n_params; i++) {
		if (i + 1 < in->n_params && v[i].key == v[i + 1].key && memcmp(v[i].s, v[i + 1].s, v[i].key) == 0)
			continue;
		to[n++] = one_param(a, &v[i], masked, erased);
	}
	out->params = to;
	out->n_params = n;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static const struct rq_labels *labels(struct rq_arena *a, const struct rq_labels *in)
{
	struct rq_labels *out = rq_arena_alloc(a, sizeof *out);
	size_t i, n = 0;

	out->v = rq_arena_alloc(a, in->n * sizeof *out->v);
	for (i = 0; i < in->n; i++)
		out->v[i] = lower(a, in->v[i]);
	if (in->n > 1)
		qsort(out->v, in->n, sizeof *out->v, by_text);
	for (i = 0; i < in->n; i++)
		if (!n || strcmp(out->v[n - 1], out->v[i]) != 0)
			out->v[n++] = out->v[i];
	out->n = n;
	return out;
}

void rq_facts_normalise(struct rq_arena *a, const struct rq_facts *in, struct rq_facts *out, struct rq_json **masked,
			struct rq_json **erased)
{
	struct rq_facts f = *in;

	if (masked)
		*masked = NULL;
	if (erased)
		*erased = NULL;
	f.type = lower(a, in->type);
	f.labels = labels(a, in->labels);
	f.target = clean_text(a, in->target);
	f.submitter = clean_text(a, in->submitter);
	f.source = lower(a, in->source);
	f.attempt = in->attempt > 0 ? in->attempt : 1;
	params(a, in, &f, masked, erased);
	if (masked && !*masked)
		*masked = rq_json_array();
	if (erased && !*erased)
		*erased = rq_json_array();
	*out = f;
}

/* --- JSON: what says nothing is left out ---------------------------------------------------- */

static void set_text(struct rq_json *o, const char *key, const char *value)
{
	if (value && *value)
		rq_json_set_str(o, key, value);
}

static void set_int(struct rq_json *o, const char *key, int64_t value)
{
	if (value)
		rq_json_set_int(o, key, value);
}

static struct rq_json *params_json(const struct rq_facts *f)
{
	struct rq_json *o = rq_json_object();
	struct rq_str key;
	size_t i;

	rq_str_init(&key, 0);
	for (i = 0; i < f->n_params; i++) {
		size_t n = key_len(f->params[i]);

		rq_str_clear(&key);
		rq_str_addn(&key, f->params[i], n);
		rq_json_set_str(o, rq_str_get(&key), f->params[i][n] ? f->params[i] + n + 1 : "");
	}
	rq_str_release(&key);
	return o;
}

struct rq_json *rq_facts_to_json(const struct rq_facts *f)
{
	struct rq_json *o = rq_json_object(), *list = rq_json_array();
	size_t i;

	rq_json_set_str(o, "type", f->type ? f->type : "");
	for (i = 0; i < f->labels->n; i++)
		rq_json_add_str(list, f->labels->v[i]);
	rq_json_set(o, "labels", list);
	set_text(o, "target", f->target);
	if (f->n_params)
		rq_json_set(o, "params", params_json(f));
	set_text(o, "submitter", f->submitter);
	set_text(o, "source", f->source);
	set_int(o, "priority", f->priority);
	rq_json_set_int(o, "attempt", f->attempt > 0 ? f->attempt : 1);
	set_int(o, "created_at", f->created_at);
	set_int(o, "run_at", f->run_at);
	if (f->blocked)
		rq_json_set_bool(o, "blocked", true);
	if (f->retrying)
		rq_json_set_bool(o, "retrying", true);
	return o;
}

/* A scalar as -f would have it. NULL: it is none. */
static const char *scalar(struct rq_arena *a, const struct rq_json *v)
{
	struct rq_str b;
	const char *s = rq_json_str(v);

	if (s)
		return rq_arena_str(a, s);
	if (rq_json_is_object(v) || rq_json_is_array(v))
		return NULL;
	rq_str_init(&b, 0);
	rq_json_print(v, &b, false);
	s = strcmp(rq_str_get(&b), "null") == 0 ? NULL : rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}

static bool is_own(const char *key)
{
	static const char *const own[] = { "type", "labels", "target", "params", "submitter", "source", "priority", "attempt",
					   "created_at", "run_at", "blocked", "retrying" };
	size_t i;

	for (i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i], key) == 0)
			return true;
	return false;
}

/* The scalars of an object as parameters; with OWN also those that are no parameters. */
static int add_params(struct rq_arena *a, const struct rq_json *o, bool own, const char **v, size_t *n, struct rq_error *e)
{
	const struct rq_json *m;

	for (m = rq_json_first(o); m; m = rq_json_next(m)) {
		const char *key = rq_json_key(m), *value;

		if (!own && is_own(key))
			continue;
		if (*n == PARAMS_MAX)
			return rq_fail(e, RQ_ELIMIT, "There are more than %d facts.", PARAMS_MAX);
		value = scalar(a, m);
		if (!*key || strchr(key, '=') || !value)
			return rq_fail(e, RQ_ECORRUPT, "The fact '%.64s' is not a name with a text or a number.", key);
		v[(*n)++] = rq_arena_fmt(a, "%s=%s", key, value);
	}
	return RQ_OK;
}

static int read_params(struct rq_arena *a, const struct rq_json *j, struct rq_facts *f, struct rq_error *e)
{
	const char **v = rq_arena_alloc(a, PARAMS_MAX * sizeof *v);
	const struct rq_json *o = rq_json_get(j, "params");
	int code = rq_json_is_object(o) ? add_params(a, o, true, v, &f->n_params, e) : RQ_OK;

	if (!code)
		code = add_params(a, j, false, v, &f->n_params, e);
	f->params = v;
	return code;
}

static int read_labels(struct rq_arena *a, const struct rq_json *j, struct rq_facts *f, struct rq_error *e)
{
	const struct rq_json *list = rq_json_get(j, "labels"), *v;
	struct rq_labels *l = rq_arena_alloc(a, sizeof *l);
	struct rq_str text;
	int code;

	f->labels = l;
	if (!list)
		return RQ_OK;
	rq_str_init(&text, 0);
	if (rq_json_str(list))
		rq_str_add(&text, rq_json_str(list));
	for (v = rq_json_is_array(list) ? rq_json_first(list) : NULL; v; v = rq_json_next(v))
		rq_str_addf(&text, "%s%s", text.len ? "," : "", rq_json_str(v) ? rq_json_str(v) : "?");
	code = rq_labels_parse(a, rq_str_get(&text), l, e);
	rq_str_release(&text);
	return code ? RQ_ECORRUPT : RQ_OK;
}

static const char *text(struct rq_arena *a, const struct rq_json *j, const char *key)
{
	const char *s = rq_json_get_str(j, key);

	return rq_arena_str(a, s ? s : "");
}

int rq_facts_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_facts *f, struct rq_error *e)
{
	int64_t n;
	int code;

	*f = (struct rq_facts){ .attempt = 1 };
	if (!rq_json_is_object(j))
		return rq_fail(e, RQ_ECORRUPT, "Facts are an object: {\"type\": \"transcribe\", \"size_mb\": 512}.");
	f->type = text(a, j, "type");
	f->target = text(a, j, "target");
	f->submitter = text(a, j, "submitter");
	f->source = text(a, j, "source");
	n = rq_json_get_int(j, "priority", 0);
	f->priority = n < -1000 ? -1000 : n > 1000 ? 1000 : (int)n;
	n = rq_json_get_int(j, "attempt", 1);
	f->attempt = n < 1 ? 1 : n > 1000000 ? 1000000 : (int)n;
	f->created_at = rq_json_get_int(j, "created_at", 0);
	f->run_at = rq_json_get_int(j, "run_at", 0);
	f->blocked = rq_json_get_bool(j, "blocked", false);
	f->retrying = rq_json_get_bool(j, "retrying", false);
	code = read_labels(a, j, f, e);
	return code ? code : read_params(a, j, f, e);
}
