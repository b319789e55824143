#include <string.h>
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/filters.h"

static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
enum { NAME_LEN = 40 };

static bool good_name(const char *s)
{
	size_t n = strspn(s, name_chars);

	return n && n <= NAME_LEN && !s[n];
}

/* A word of TEXT from AT: where it begins and ends, blanks inside "..." being part of it. false: no more. */
static bool next_word(const char *text, size_t at, size_t *from, size_t *to)
{
	bool inside = false;

	at += strspn(text + at, " \t");
	*from = at;
	for (; text[at] && (inside || !strchr(" \t", text[at])); at++)
		if (text[at] == '"')
			inside = !inside;
	*to = at;
	return *to > *from;
}

static bool is_reference(const char *word, size_t n)
{
	return n > 1 && word[0] == '@';
}

static int check_one(const char *name, const struct rq_yaml *y, struct rq_error *e)
{
	struct rq_filter *f;
	size_t from, to = 0;
	int rc;

	if (!good_name(name))
		return rq_fail(e, RQ_EUSAGE, "The name of a filter is letters, digits, - and _, up to %d: not \"%.60s\".",
			       NAME_LEN, name);
	if (y->kind != RQ_YAML_SCALAR || !*y->text)
		return rq_fail(e, RQ_EUSAGE, "The filter %s is one expression, such as \"status:queued age>10m\".", name);
	while (next_word(y->text, to, &from, &to))
		if (is_reference(y->text + from, to - from))
			return rq_fail(e, RQ_EUSAGE, "The filter %s names another one: %.*s.", name, (int)(to - from),
				       y->text + from);
	rc = rq_filter_new(y->text, &f, e);
	if (!rc)
		rq_filter_free(f);
	return rc;
}

int rq_filters_check(const char *file, const struct rq_yaml *section, struct rq_error *e)
{
	if (section->kind != RQ_YAML_MAP) {
		rq_fail(e, RQ_EUSAGE, "\"filters\" holds NAME: EXPRESSION, one a line.");
		rq_fail_in(e, "%s:%d:%d", file, section->line, section->col);
		return RQ_EUSAGE;
	}
	for (size_t i = 0; i < section->n; i++) {
		int rc = check_one(section->keys[i]->text, section->items[i], e);

		if (rc) {
			rq_fail_in(e, "%s:%d:%d", file, section->keys[i]->line, section->keys[i]->col);
			return rc;
		}
	}
	return RQ_OK;
}

size_t rq_filters_n(const struct rq_config *c)
{
	const struct rq_yaml *y = rq_config_section(c, "filters");

	return y ? y->n : 0;
}

void rq_filters_at(const struct rq_config *c, size_t i, const char **name, const char **expr)
{
	const struct rq_yaml *y = rq_config_section(c, "filters");

	*name = y->keys[i]->text;
	*expr = y->items[i]->text;
}

static const char *find(const struct rq_config *c, const char *name, const char **near)
{
	int best = 3, d;

	*near = NULL;
	for (size_t i = 0; i < rq_filters_n(c); i++) {
		const char *have, *expr;

		rq_filters_at(c, i, &have, &expr);
		if (rq_ieq(have, name))
			return expr;
		d = rq_distance(name, have, best);
		if (d < best) {
			best = d;
			*near = have;
		}
	}
	return NULL;
}

static int expand_word(const struct rq_config *c, const char *word, size_t n, struct rq_str *out, struct rq_error *e)
{
	char name[NAME_LEN + 1];
	const char *expr = NULL, *near = NULL;

	if (!is_reference(word, n)) {
		if (n > 2 && strchr("-!", word[0]) && word[1] == '@')
			return rq_fail(e, RQ_EUSAGE, "A saved filter cannot be negated as a whole: %.*s.", (int)n, word);
		rq_str_addn(out, word, n);
		return RQ_OK;
	}
	if (n - 1 < sizeof name) {
		memcpy(name, word + 1, n - 1);
		name[n - 1] = '\0';
		expr = find(c, name, &near);
	}
	if (!expr && near)
		return rq_fail(e, RQ_EUSAGE, "There is no saved filter %.*s; did you mean @%s?", (int)n, word, near);
	if (!expr)
		return rq_fail(e, RQ_EUSAGE, "There is no saved filter %.*s; \"%.*s\" in quotes is text.", (int)n, word,
			       (int)n, word);
	rq_str_add(out, expr);
	return RQ_OK;
}

int rq_filters_expand(const struct rq_config *c, const char *expr, struct rq_str *out, struct rq_error *e)
{
	size_t from, to = 0;
	int rc = RQ_OK;

	rq_str_clear(out);
	while (!rc && next_word(expr, to, &from, &to)) {
		if (out->len)
			rq_str_addc(out, ' ');
		rc = expand_word(c, expr + from, to - from, out, e);
	}
	return rc;
}

int rq_filters_new(const struct rq_config *c, const char *expr, struct rq_filter **out, struct rq_error *e)
{
	struct rq_str whole;
	int rc;

	*out = NULL;
	rq_str_init(&whole, 0);
	rc = rq_filters_expand(c, expr, &whole, e);
	if (!rc)
		rc = rq_filter_new(rq_str_get(&whole), out, e);
	rq_str_release(&whole);
	return rc;
}
