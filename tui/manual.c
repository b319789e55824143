/* Which page of the manual tells about what. */
#include "tui/manual.h"

#include <string.h>
#include "core/base/mem.h"
#include "tui/manpage.h"

enum { NAME_MAX_LEN = 96 };

static bool is_page(const struct rq_embedded *f)
{
	return rq_starts(f->name, "man/");
}

const char *rq_manual_name(const struct rq_embedded *page)
{
	return page->name + strlen("man/");
}

const struct rq_embedded *rq_manual_page(const char *name)
{
	const struct rq_embedded *f;

	for (f = rq_embedded_files; f->name; f++)
		if (is_page(f) && rq_eq(rq_manual_name(f), name))
			return f;
	return NULL;
}

/* "relayq-policy.5" -> "policy", "policy.5"; of relayq.1 "relayq". */
static void short_name(const struct rq_embedded *page, bool section, char out[NAME_MAX_LEN])
{
	const char *name = rq_manual_name(page);
	char *dot;

	rq_copy(out, NAME_MAX_LEN, rq_starts(name, "relayq-") ? name + strlen("relayq-") : name);
	dot = strrchr(out, '.');
	if (dot && !section)
		*dot = '\0';
}

/* A command's page comes before the one about its files: 1 before 5. */
static const struct rq_embedded *page_called(const char *topic)
{
	const struct rq_embedded *f, *found = NULL;
	char bare[NAME_MAX_LEN], with[NAME_MAX_LEN];

	for (f = rq_embedded_files; f->name; f++) {
		if (!is_page(f))
			continue;
		short_name(f, false, bare);
		short_name(f, true, with);
		if (rq_ieq(with, topic) || rq_ieq(rq_manual_name(f), topic))
			return f;
		if (rq_ieq(bare, topic) && (!found || strcmp(rq_manual_name(f), rq_manual_name(found)) < 0))
			found = f;
	}
	return found;
}

/* Whether LINE (N bytes) is BEGIN, TOPIC and then its end or one of the arguments behind it. */
static bool tells(const char *line, size_t n, const char *begin, const char *topic)
{
	size_t b = strlen(begin), t = strlen(topic);

	return n >= b + t && !strncmp(line, begin, b) && rq_starts(line + b, topic) &&
	       (n == b + t || rq_starts(line + b + t, " Ar ") || rq_starts(line + b + t, " ,") ||
		rq_starts(line + b + t, " Op ") || rq_starts(line + b + t, " Ta "));
}

static bool line_about(const struct rq_embedded *page, const char *topic, struct rq_str *anchor)
{
	static const char *const begins[] = { ".Ss relayq ", ".It Cm ", ".It Li ", ".It Ev ", ".It Va " };
	const char *s = (const char *)page->bytes;
	size_t i;

	while (*s) {
		size_t n = strcspn(s, "\n");

		for (i = 0; i < sizeof begins / sizeof begins[0]; i++) {
			if (!tells(s, n, begins[i], topic))
				continue;
			rq_str_addn(anchor, s, n);
			return true;
		}
		s += n + (s[n] == '\n');
	}
	return false;
}

static void consider(const char *topic, const char *candidate, int *near, struct rq_str *nearest)
{
	int d = strlen(topic) > 2 && rq_starts(candidate, topic) ? 0 : rq_distance(topic, candidate, *near);

	if (d >= *near)
		return;
	*near = d;
	rq_str_clear(nearest);
	rq_str_add(nearest, candidate);
}

/* Among the pages, and the commands that share one. */
static void find_nearest(const char *topic, struct rq_str *nearest)
{
	const struct rq_embedded *f;
	int near = strlen(topic) < 4 ? 2 : 4;
	char name[NAME_MAX_LEN];

	for (f = rq_embedded_files; f->name; f++) {
		const char *s = is_page(f) ? (const char *)f->bytes : "";

		if (*s) {
			short_name(f, false, name);
			consider(topic, name, &near, nearest);
		}
		for (; *s; s += strcspn(s, "\n"), s += *s == '\n') {
			size_t n = strcspn(s, "\n"), b = strlen(".Ss relayq ");

			if (!rq_starts(s, ".Ss relayq ") || n - b >= sizeof name)
				continue;
			rq_copy(name, n - b + 1, s + b);
			consider(topic, name, &near, nearest);
		}
	}
}

const struct rq_embedded *rq_manual_find(const char *topic, struct rq_str *anchor, struct rq_str *nearest)
{
	const struct rq_embedded *page = page_called(topic), *f;

	if (page)
		return page;
	for (f = rq_embedded_files; f->name; f++)
		if (is_page(f) && line_about(f, topic, anchor))
			return f;
	if (nearest)
		find_nearest(topic, nearest);
	return NULL;
}

void rq_manual_index(struct rq_str *out)
{
	const struct rq_embedded *f;
	const char *name, *dot;

	rq_str_add(out, ".Sh TOPICS\n.Bl -tag -width \"relayq-decisions(1)\" -compact\n");
	for (f = rq_embedded_files; f->name; f++) {
		if (!is_page(f))
			continue;
		name = rq_manual_name(f);
		dot = strrchr(name, '.');
		rq_str_addf(out, ".It Xr %.*s %s\n", (int)(dot - name), name, dot + 1);
		rq_manpage_find((const char *)f->bytes, ".Nd ", out);
		rq_str_add(out, "\n");
	}
	rq_str_add(out, ".El\n.Sh OTHER TOPICS\n"
			"Commands, settings, what the console does itself, and codes of reasons:\n"
			".Ql runner new ,\n.Ql ui.theme ,\n.Ql sort reverse ,\n.Ql RUNNER_OFFLINE .\n");
}
