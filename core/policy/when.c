/* when.c - the conditions of rules.
 *
 * A fact that is not there gives UNKNOWN, except for exists and missing. Of types, hosts, labels, extensions, sources,
 * days and sums, case does not matter; of URLs, submitters and parameters it does. A text where a number is wanted is
 * UNKNOWN too: nobody knows what was meant. */
#include "core/policy/when.h"

#include <string.h>
#include "core/base/str.h"
#include "core/policy/words.h"

enum { SHOWN_MAX = 60 };

/* --- facts -------------------------------------------------------------------------------- */

bool rq_micro_parse(const char *s, int64_t *micro)
{
	bool minus = *s == '-';
	int64_t n = 0, scale = 1000000;

	if (minus || *s == '+')
		s++;
	if ((*s < '0' || *s > '9') && (*s != '.' || s[1] < '0' || s[1] > '9'))
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > INT64_MAX / 10000000 - 10)
			return false;
		n = n * 10 + (*s - '0');
	}
	n *= 1000000;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++)
			n += (*s - '0') * (scale /= 10);
	*micro = minus ? -n : n;
	return !*s;
}

const char *rq_param(const struct rq_facts *f, const char *key)
{
	size_t n = strlen(key), i;

	for (i = 0; i < f->n_params; i++)
		if (strncmp(f->params[i], key, n) == 0 && f->params[i][n] == '=')
			return f->params[i] + n + 1;
	return NULL;
}

static struct rq_value text_value(const char *s)
{
	struct rq_value v = { .known = s && *s, .text = s ? s : "" };

	return v;
}

static struct rq_value param_value(const char *s)
{
	struct rq_value v = text_value(s);

	v.number = v.known && rq_micro_parse(s, &v.micro);
	return v;
}

static struct rq_value number_value(struct rq_arena *a, int n)
{
	return (struct rq_value){ .known = true, .number = true, .text = rq_arena_fmt(a, "%d", n),
				 .micro = n * INT64_C(1000000) };
}

static const char *lower(struct rq_arena *a, const char *s, size_t n)
{
	char *p = rq_arena_strn(a, s, n);
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	return p;
}

/* Of "scheme://user@host:port/path/name.ext?query#fragment": host and ext, in lower case. */
static void split_url(struct rq_arena *a, const char *url, struct rq_values *v)
{
	const char *host = strstr(url, "://"), *end, *path, *p, *dot = NULL;

	if (!host || strcspn(url, "/?#") < (size_t)(host - url))
		return;
	host += 3;
	path = host + strcspn(host, "/?#");
	for (p = host; p < path; p++)
		if (*p == '@')
			host = p + 1;
	end = *host == '[' ? memchr(host, ']', (size_t)(path - host)) : NULL;
	end = end ? end + 1 : host + strcspn(host, ":/?#");
	v->v[RQ_FACT_HOST] = text_value(lower(a, host, (size_t)(end - host)));
	end = path + strcspn(path, "?#");
	for (p = path; p < end; p++) {
		if (*p == '/')
			dot = NULL;
		else if (*p == '.')
			dot = p + 1;
	}
	if (dot)
		v->v[RQ_FACT_PATH_EXT] = text_value(lower(a, dot, (size_t)(end - dot)));
}

void rq_values_clock(struct rq_values *v, const struct rq_local_time *l)
{
	v->v[RQ_FACT_HOUR].micro = l->minute / 60 * INT64_C(1000000);
	v->v[RQ_FACT_WEEKDAY] = (struct rq_value){ true, true, rq_weekdays[l->weekday], l->weekday * INT64_C(1000000) };
}

void rq_values_init(struct rq_arena *a, const struct rq_facts *f, const struct rq_zone *zone, int64_t now, struct rq_values *v)
{
	struct rq_local_time local = rq_zone_local(zone, now);

	memset(v, 0, sizeof *v);
	v->facts = f;
	v->v[RQ_FACT_TYPE] = text_value(f->type);
	v->v[RQ_FACT_URL] = text_value(rq_param(f, "url"));
	v->v[RQ_FACT_HOST] = v->v[RQ_FACT_PATH_EXT] = text_value("");
	if (v->v[RQ_FACT_URL].known)
		split_url(a, v->v[RQ_FACT_URL].text, v);
	v->v[RQ_FACT_SIZE_MB] = param_value(rq_param(f, "size_mb"));
	v->v[RQ_FACT_DURATION_S] = param_value(rq_param(f, "duration_s"));
	v->v[RQ_FACT_PRIORITY] = number_value(a, f->priority);
	v->v[RQ_FACT_LABELS].known = true;
	v->v[RQ_FACT_SUBMITTER] = text_value(f->submitter);
	v->v[RQ_FACT_SOURCE] = text_value(f->source);
	v->v[RQ_FACT_HOUR] = number_value(a, local.minute / 60);
	rq_values_clock(v, &local);
	v->v[RQ_FACT_SHA256] = text_value(rq_param(f, "sha256"));
	v->v[RQ_FACT_ATTEMPT] = number_value(a, f->attempt > 0 ? f->attempt : 1);
}

static struct rq_value value_of(const struct rq_values *v, const struct rq_when *w)
{
	if (w->fact == RQ_FACT_PARAM)
		return param_value(rq_param(v->facts, w->param ? w->param : ""));
	return v->v[w->fact];
}

/* --- tests -------------------------------------------------------------------------------- */

static bool ignores_case(enum rq_fact f)
{
	return f != RQ_FACT_URL && f != RQ_FACT_SUBMITTER && f != RQ_FACT_PARAM;
}

static bool same_char(char a, char b, bool icase)
{
	if (icase && a >= 'A' && a <= 'Z')
		a = (char)(a + ('a' - 'A'));
	if (icase && b >= 'A' && b <= 'Z')
		b = (char)(b + ('a' - 'A'));
	return a == b;
}

/* S begins with the whole of T. */
static bool begins(const char *s, const char *t, bool icase)
{
	for (; *t; s++, t++)
		if (!same_char(*s, *t, icase))
			return false;
	return true;
}

/* * is any text, ? any byte; going back to the last * alone is enough. */
static bool glob(const char *p, const char *s, bool icase)
{
	const char *star = NULL, *from = NULL;

	while (*s) {
		if (*p == '*') {
			star = ++p;
			from = s;
		} else if (*p == '?' || (*p && same_char(*p, *s, icase))) {
			p++;
			s++;
		} else if (star) {
			p = star;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return !*p;
}

static char truth(bool b)
{
	return b ? 'T' : 'F';
}

static bool equal(const struct rq_value *v, const struct rq_operand *o, bool icase)
{
	if (v->number && o->number)
		return v->micro == o->micro;
	return icase ? rq_ieq(v->text, o->text) : strcmp(v->text, o->text) == 0;
}

static bool among(const struct rq_value *v, const struct rq_when *w)
{
	size_t i;

	for (i = 0; i < w->n_args; i++)
		if (equal(v, &w->args[i], ignores_case(w->fact)))
			return true;
	return false;
}

static char compare(const struct rq_value *v, const struct rq_when *w)
{
	int64_t to;

	if (!v->number || !w->n_args)
		return 'U';
	to = w->args[0].micro;
	switch (w->op) {
	case RQ_OP_LT: return truth(v->micro < to);
	case RQ_OP_LE: return truth(v->micro <= to);
	case RQ_OP_GT: return truth(v->micro > to);
	case RQ_OP_GE: return truth(v->micro >= to);
	default: return w->n_args < 2 ? 'U' : truth(v->micro >= to && v->micro <= w->args[1].micro);
	}
}

static char test_pattern(const char *s, const struct rq_when *w, bool *limit)
{
	bool icase = ignores_case(w->fact);
	const char *arg = w->n_args ? w->args[0].text : "";
	size_t n = strlen(s), m = strlen(arg);

	switch (w->op) {
	case RQ_OP_REGEX:
		switch (w->regex ? rq_regex_find(w->regex, s, n, 0, NULL, NULL) : RQ_REGEX_LIMIT) {
		case RQ_REGEX_MATCH: return 'T';
		case RQ_REGEX_NOMATCH: return 'F';
		default: *limit = true; return 'U';
		}
	case RQ_OP_GLOB: return truth(glob(arg, s, icase));
	case RQ_OP_PREFIX: return truth(begins(s, arg, icase));
	default: return truth(n >= m && begins(s + n - m, arg, icase));
	}
}

/* Labels are a set: has asks for one, has_any for one of several, has_all for each. Other tests ask whether any label fits. */
static char test_labels(const struct rq_labels *l, const struct rq_when *w, bool *limit)
{
	bool all = w->op == RQ_OP_HAS_ALL, negated = w->op == RQ_OP_NE || w->op == RQ_OP_NOT_IN;
	size_t i;

	if (w->op >= RQ_OP_REGEX && w->op <= RQ_OP_SUFFIX) {
		char r = 'F';

		for (i = 0; i < l->n && r == 'F'; i++)
			r = test_pattern(l->v[i], w, limit);
		return r;
	}
	for (i = 0; i < w->n_args; i++)
		if (rq_labels_has(l, w->args[i].text) != all)
			return truth(!all && !negated);
	return truth(all || negated);
}

static char test(const struct rq_values *values, const struct rq_when *w, bool *limit)
{
	struct rq_value v = value_of(values, w);

	if (w->op == RQ_OP_EXISTS || w->op == RQ_OP_MISSING) {
		bool there = w->fact == RQ_FACT_PARAM ? rq_param(values->facts, w->param ? w->param : "") != NULL :
			     w->fact == RQ_FACT_LABELS ? values->facts->labels->n > 0 : v.known;

		return truth(there == (w->op == RQ_OP_EXISTS));
	}
	if (w->fact == RQ_FACT_LABELS)
		return test_labels(values->facts->labels, w, limit);
	if (!v.known)
		return 'U';
	switch (w->op) {
	case RQ_OP_EQ: case RQ_OP_IN: case RQ_OP_HAS: case RQ_OP_HAS_ANY: return truth(among(&v, w));
	case RQ_OP_NE: case RQ_OP_NOT_IN: return truth(!among(&v, w));
	case RQ_OP_HAS_ALL: return truth(w->n_args == 0 || (w->n_args == 1 && among(&v, w)));
	case RQ_OP_LT: case RQ_OP_LE: case RQ_OP_GT: case RQ_OP_GE: case RQ_OP_BETWEEN: return compare(&v, w);
	default: return test_pattern(v.text, w, limit);
	}
}

/* As deep as the loader lets conditions be. */
struct rq_when_result rq_when_eval(const struct rq_values *v, const struct rq_when *w)
{
	struct rq_when_result r = { 'T', false, NULL }, k;
	char decides;
	size_t i;

	if (!w)
		return r;
	if (w->kind == RQ_WHEN_TEST) {
		r.leaf = w;
		r.result = test(v, w, &r.limit);
		return r;
	}
	if (w->kind == RQ_WHEN_NOT) {
		r = rq_when_eval(v, w->v);
		r.result = r.result == 'T' ? 'F' : r.result == 'F' ? 'T' : 'U';
		return r;
	}
	/* Of all, one FALSE decides, of any, one TRUE; then one UNKNOWN; and a limit is kept as long as it matters. */
	decides = w->kind == RQ_WHEN_ALL ? 'F' : 'T';
	r.result = w->kind == RQ_WHEN_ALL ? 'T' : 'F';
	for (i = 0; i < w->n; i++) {
		k = rq_when_eval(v, &w->v[i]);
		if (k.result == decides)
			return k;
		if (k.result == 'U' && (r.result != 'U' || (k.limit && !r.limit)))
			r = k;
		else if (r.result != 'U' && (w->kind == RQ_WHEN_ALL || !r.leaf))
			r.leaf = k.leaf;
	}
	return r;
}

/* --- the trace ---------------------------------------------------------------------------- */

/* The first bytes of S, whole characters. */
static int shown(const char *s)
{
	size_t n = strlen(s);

	if (n <= SHOWN_MAX)
		return (int)n;
	for (n = SHOWN_MAX; n && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return (int)n;
}

static char *put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

static const char *labels_text(struct rq_arena *a, const struct rq_labels *l)
{
	struct rq_str b;
	const char *s;

	rq_str_init(&b, 0);
	rq_labels_text(l, &b);
	s = rq_arena_fmt(a, "labels are %.*s%s", shown(rq_str_get(&b)), rq_str_get(&b), b.len > SHOWN_MAX ? "..." : "");
	rq_str_release(&b);
	return l->n ? s : "it has no labels";
}

const char *rq_when_text(struct rq_arena *a, const struct rq_values *v, const struct rq_when_result *r)
{
	const char *name, *middle = " is ";
	struct rq_value value;
	size_t k, n, prefix;
	char *s, *p;

	if (!r->leaf)
		return r->result == 'T' ? "always" : "";
	if (r->leaf->fact == RQ_FACT_LABELS)
		return labels_text(a, v->facts->labels);
	value = value_of(v, r->leaf);
	name = r->leaf->fact == RQ_FACT_PARAM ? r->leaf->param : rq_fact_name(r->leaf->fact);
	if (r->limit) {
		middle = " made the regex reach its limit";
		value.text = "";
	} else if (!value.known) {
		value.text = "missing";
	}
	prefix = r->leaf->fact == RQ_FACT_PARAM ? 6 : 0;
	n = strlen(name);
	k = (size_t)shown(value.text);
	p = s = rq_arena_alloc(a, prefix + n + strlen(middle) + k + 4);
	p = put(p, "param.", prefix);
	p = put(p, name, n);
	p = put(p, middle, strlen(middle));
	p = put(p, value.text, k);
	if (value.text[k])
		put(p, "...", 3);
	return s;
}
