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
static const char *short_name(const struct rq_embedded *page, bool section, char out[NAME_MAX_LEN])
{
	const char *name = rq_manual_name(page);
	char *dot;

	rq_copy(out, NAME_MAX_LEN, rq_starts(name, "relayq-") ? name + strlen("relayq-") : name);
	dot = strrchr(out, '.');
	if (dot && !section)
		*dot = '\0';
	return out;
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

/* What is told from a line of a page on: a command, a setting, a word of the console's, a variable, a code. */
struct topic {
	const char *line, *name;
	size_t line_len, len;           /* of the name: without the arguments behind it */
};

static size_t name_in(const char *line, size_t n, const char **name)
{
	static const char *const begins[] = { ".Ss relayq ", ".It Cm ", ".It Li ", ".It Ev ", ".It Va " };
	static const char *const ends[] = { " Ar ", " ,", " Op ", " Ta " };
	size_t i = 0, k, len;

	while (i < sizeof begins / sizeof *begins && !rq_starts(line, begins[i]))
		i++;
	if (i == sizeof begins / sizeof *begins)
		return 0;
	*name = line + strlen(begins[i]);
	for (len = 0; *name + len < line + n; len++)
		for (k = 0; k < sizeof ends / sizeof *ends; k++)
			if (rq_starts(*name + len, ends[k]))
				return len;
	return len;
}

/* The next one from *AT on; false: there is none. */
static bool next_topic(const char **at, struct topic *t)
{
	while (**at) {
		t->line = *at;
		t->line_len = strcspn(*at, "\n");
		*at += t->line_len + ((*at)[t->line_len] == '\n');
		t->len = name_in(t->line, t->line_len, &t->name);
		if (t->len)
			return true;
	}
	return false;
}

static bool line_about(const struct rq_embedded *page, const char *topic, struct rq_str *anchor)
{
	const char *at = (const char *)page->bytes;
	struct topic t;

	while (next_topic(&at, &t)) {
		if (t.len != strlen(topic) || strncmp(t.name, topic, t.len) != 0)
			continue;
		rq_str_addn(anchor, t.line, t.line_len);
		return true;
	}
	return false;
}

/* Names that can be typed as they stand there. */
static bool is_plain(const char *s, size_t n)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._- ";

	return strspn(s, plain) >= n;
}

void rq_manual_topics(rq_topic_fn *fn, void *ud)
{
	const struct rq_embedded *f;
	char name[NAME_MAX_LEN], page[NAME_MAX_LEN];
	struct rq_str about;
	struct topic t;

	rq_str_init(&about, 4096);
	for (f = rq_embedded_files; f->name; f++) {
		const char *at = (const char *)f->bytes;

		if (!is_page(f))
			continue;
		short_name(f, page_called(short_name(f, false, page)) != f, page);
		rq_str_clear(&about);
		rq_manpage_find(at, ".Nd ", &about);
		fn(ud, page, rq_str_get(&about), true);
		rq_str_clear(&about);
		rq_str_addf(&about, "in the page %s", page);
		while (next_topic(&at, &t)) {
			if (t.len >= sizeof name || !is_plain(t.name, t.len))
				continue;
			rq_copy(name, t.len + 1, t.name);
			fn(ud, name, rq_str_get(&about), false);
		}
	}
	rq_str_release(&about);
}

/* The topic most like the one that was typed. */
struct nearest {
	const char *topic;
	int distance;
	struct rq_str *name;
};

static void consider(void *ud, const char *candidate, const char *about, bool page)
{
	struct nearest *n = ud;
	int d = strlen(n->topic) > 2 && rq_starts(candidate, n->topic) ? 0 : rq_distance(n->topic, candidate, n->distance);

	(void)about;
	(void)page;
	if (d >= n->distance)
		return;
	n->distance = d;
	rq_str_clear(n->name);
	rq_str_add(n->name, candidate);
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
		rq_manual_topics(consider, &(struct nearest){ topic, strlen(topic) < 4 ? 2 : 4, nearest });
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
