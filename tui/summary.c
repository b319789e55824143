#include "tui/summary.h"

#include <string.h>

enum { SINGLES = 2 };

void rq_summary_release(struct rq_summary *s)
{
	rq_arena_release(&s->arena);
	rq_free(s->v);
	memset(s, 0, sizeof *s);
}

void rq_summary_add(struct rq_summary *s, const char *text, bool bad)
{
	RQ_GROW(s->v, s->n, &s->cap);
	s->v[s->n++] = (struct rq_summary_line){ rq_arena_str(&s->arena, text), bad };
}

bool rq_summary_bad(const struct rq_summary *s)
{
	size_t i;

	for (i = 0; i < s->n && !s->v[i].bad; i++)
		;
	return i < s->n;
}

/* The words that are the same for all to which the same happened, and how many bytes they take; "" of an id alone. */
static const char *words_of(const struct rq_summary_line *l, size_t *n)
{
	const char *colon = strstr(l->text, ": "), *s = colon ? colon + 2 : l->text;

	if (!colon && !strchr(l->text, ' '))
		s += strlen(s);
	*n = strcspn(s, "(;");
	while (*n && (s[*n - 1] == ' ' || s[*n - 1] == '.'))
		--*n;
	return s;
}

static bool alike(const struct rq_summary_line *a, const struct rq_summary_line *b)
{
	size_t na, nb;
	const char *wa = words_of(a, &na), *wb = words_of(b, &nb);

	return a->bad == b->bad && na == nb && !memcmp(wa, wb, na);
}

/* How many are like the Ith; 0: one before it is, and they were counted there. */
static size_t count_like(const struct rq_summary *s, size_t i)
{
	size_t k, n = 1;

	for (k = 0; k < i; k++)
		if (alike(&s->v[k], &s->v[i]))
			return 0;
	for (k = i + 1; k < s->n; k++)
		n += alike(&s->v[k], &s->v[i]);
	return n;
}

static void add_groups(const struct rq_summary *s, bool bad, const char *ids, struct rq_str *out)
{
	size_t i, count, n;

	for (i = 0; i < s->n; i++) {
		const char *words = words_of(&s->v[i], &n);

		if (s->v[i].bad != bad || (count = count_like(s, i)) < 2)
			continue;
		if (out->len)
			rq_str_add(out, ", ");
		rq_str_addf(out, "%zu ", count);
		if (n)
			rq_str_addn(out, words, n);
		else
			rq_str_add(out, ids);
	}
}

void rq_summary_text(const struct rq_summary *s, const char *ids, struct rq_str *out)
{
	size_t i, single = 0;

	add_groups(s, false, ids, out);
	add_groups(s, true, ids, out);
	for (i = 0; i < s->n; i++) {
		const char *text = s->v[i].text;

		if (count_like(s, i) != 1)
			continue;
		if (single++ >= SINGLES)
			continue;
		rq_str_addf(out, "%s%s", out->len ? "; " : "", text);
		if (!strchr(text, ' '))
			rq_str_addf(out, " %s", ids);
	}
	if (single > SINGLES)
		rq_str_addf(out, "; %zu more (:messages)", single - SINGLES);
}
