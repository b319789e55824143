/* labels.c - sets of labels. */
#include "core/model/labels.h"

#include <stdlib.h>
#include <string.h>
#include "core/model/id.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *one_label(struct rq_arena *a, const char *s, size_t n)
{
	char *p;

	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	p = rq_arena_strn(a, s, n);
	for (s = p; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			p[s - p] = (char)(*s + ('a' - 'A'));
	return p;
}

int rq_labels_parse(struct rq_arena *a, const char *text, struct rq_labels *out, struct rq_error *e)
{
	const char *v[RQ_LABELS_MAX], *end;
	size_t n = 0, i, k = 0;

	out->n = 0;
	out->v = NULL;
	if (!*text)
		return RQ_OK;
	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		if (n == RQ_LABELS_MAX)
			return rq_fail(e, RQ_EUSAGE, "There are more than %d labels.", RQ_LABELS_MAX);
		v[n] = one_label(a, text, (size_t)(end - text));
		if (!rq_name_ok(v[n]))
			return rq_fail(e, RQ_EUSAGE,
				       "'%.64s' cannot be a label: letters, digits, '.', '_' and '-' make one, "
				       "at most %d of them.", v[n], RQ_NAME_MAX - 1);
		n++;
		if (!*end)
			break;
	}
	qsort(v, n, sizeof *v, by_name);
	out->v = rq_arena_alloc(a, n * sizeof *v);
	for (i = 0; i < n; i++)
		if (k == 0 || strcmp(out->v[k - 1], v[i]) != 0)
			out->v[k++] = v[i];
	out->n = k;
	return RQ_OK;
}

void rq_labels_text(const struct rq_labels *l, struct rq_str *out)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (i)
			rq_str_addc(out, ',');
		rq_str_add(out, l->v[i]);
	}
}

bool rq_labels_has(const struct rq_labels *l, const char *label)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (rq_ieq(l->v[i], label))
			return true;
	return false;
}

bool rq_labels_subset(const struct rq_labels *want, const struct rq_labels *have, const char **missing)
{
	size_t i;

	for (i = 0; i < want->n; i++) {
		if (!rq_labels_has(have, want->v[i])) {
			if (missing)
				*missing = want->v[i];
			return false;
		}
	}
	return true;
}
