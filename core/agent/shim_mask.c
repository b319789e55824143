#include "core/agent/shim_mask.h"

#include <string.h>

/* Shorter lines of a longer secret ("{", "end") would hide half of every log. */
enum { SHORTEST_LINE = 4 };

static void add_line(struct rq_mask *m, const char *s, size_t len)
{
	size_t at = 0;

	if (len && s[len - 1] == '\r')
		len--;
	if (!len || len > RQ_MASK_LEN || m->n == RQ_MASK_MAX)
		return;
	while (at < m->n && m->v[at].len >= len)
		at++;
	memmove(&m->v[at + 1], &m->v[at], (m->n - at) * sizeof m->v[0]);
	m->v[at].s = s;
	m->v[at].len = len;
	m->n++;
	m->starts[(unsigned char)s[0]] = 1;
}

void rq_mask_add(struct rq_mask *m, const char *secret)
{
	if (!strchr(secret, '\n')) {
		add_line(m, secret, strlen(secret));
		return;
	}
	while (*secret) {
		size_t len = strcspn(secret, "\n");

		if (len >= SHORTEST_LINE)
			add_line(m, secret, len);
		secret += len + (secret[len] == '\n');
	}
}

size_t rq_mask_scan(const struct rq_mask *m, const char *p, size_t n, bool more, size_t *found)
{
	*found = 0;
	for (size_t i = 0; i < n; i++) {
		if (!m->starts[(unsigned char)p[i]])
			continue;
		for (size_t k = 0; k < m->n; k++) {
			size_t len = m->v[k].len;

			if (len <= n - i && !memcmp(p + i, m->v[k].s, len)) {
				*found = len;
				return i;
			}
			if (more && len > n - i && !memcmp(p + i, m->v[k].s, n - i))
				return i;
		}
	}
	return n;
}
