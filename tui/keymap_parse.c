/* Keymaps: reading one, and what is wrong with it. */
#include "tui/keymap.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/command/command.h"
#include "tui/lines.h"

static void release_binding(struct rq_binding *b)
{
	rq_free(b->command);
	rq_free(b->label);
	rq_free(b->where);
}

void rq_keymap_release(struct rq_keymap *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		release_binding(&m->v[i]);
	rq_free(m->v);
	memset(m, 0, sizeof *m);
}

/* ---- one binding ---- */

static bool from_file(const struct rq_binding *b, const char *file)
{
	size_t n = strlen(file);

	return rq_starts(b->where, file) && b->where[n] == ':';
}

static const char *line_of(const struct rq_binding *b)
{
	return strrchr(b->where, ':') + 1;
}

static bool same_keys(const struct rq_binding *a, const struct rq_binding *b)
{
	return a->view == b->view && a->key == b->key && a->second == b->second;
}

/* One key alone, and that key as the first of two: pressed, it can only be one of them. */
static bool in_the_way(const struct rq_binding *a, const struct rq_binding *b)
{
	return a->view == b->view && a->key == b->key && !a->second != !b->second;
}

/* A second line for the same keys takes the place of the first as well, but is told. */
static int check_twice(const struct rq_keymap *m, const struct rq_binding *b, struct rq_error *e)
{
	char name[RQ_KEY_NAME_LEN], other[RQ_KEY_NAME_LEN];
	size_t i;

	rq_binding_name(b, name);
	for (i = 0; i < m->n; i++) {
		if (m->v[i].reading != b->reading)
			continue;
		if (same_keys(&m->v[i], b))
			return rq_fail(e, RQ_EUSAGE, "line %s binds %s %s already; this one counts", line_of(&m->v[i]),
				       rq_view_name(b->view), name);
		if (in_the_way(&m->v[i], b))
			return rq_fail(e, RQ_EUSAGE, "%s %s cannot be bound beside %s of line %s; this one counts",
				       rq_view_name(b->view), name, rq_binding_name(&m->v[i], other),
				       line_of(&m->v[i]));
	}
	return RQ_OK;
}

/* Takes B over. */
static void bind(struct rq_keymap *m, const struct rq_binding *b)
{
	size_t i = 0;

	while (i < m->n) {
		if (!in_the_way(&m->v[i], b)) {
			i++;
			continue;
		}
		release_binding(&m->v[i]);
		memmove(&m->v[i], &m->v[i + 1], (m->n - i - 1) * sizeof *m->v);
		m->n--;
	}
	for (i = 0; i < m->n && !same_keys(&m->v[i], b); i++)
		;
	if (i == m->n) {
		RQ_GROW(m->v, m->n, &m->cap);
		m->n++;
	} else {
		release_binding(&m->v[i]);
	}
	m->v[i] = *b;
}

/* ---- one line ---- */

static int bad_key(const char *name, const char *instead, struct rq_error *e)
{
	uint32_t key;

	if (instead && rq_key_parse(instead, &key, NULL))
		return rq_fail(e, RQ_EUSAGE, "terminals send %s as %s; bind %s", name, instead, instead);
	if (instead)
		return rq_fail(e, RQ_EUSAGE, "terminals send %s as %s; it cannot be bound", name, instead);
	return rq_fail(e, RQ_EUSAGE, "there is no key \"%s\"; keys are characters and names such as enter, space, "
		       "pgdn, ctrl-r, alt-x, f5", name);
}

/* "q", "ctrl-x,ctrl-c"; a comma alone is a key as well. */
static int parse_keys(const char *name, struct rq_binding *b, struct rq_error *e)
{
	const char *instead, *comma = *name ? strchr(name + 1, ',') : NULL;
	char first[RQ_KEY_NAME_LEN];

	if (rq_key_parse(name, &b->key, &instead))
		return RQ_OK;
	if (!comma || !comma[1] || comma - name >= RQ_KEY_NAME_LEN)
		return bad_key(name, instead, e);
	memcpy(first, name, (size_t)(comma - name));
	first[comma - name] = '\0';
	if (!rq_key_parse(first, &b->key, &instead))
		return bad_key(first, instead, e);
	if (!rq_key_parse(comma + 1, &b->second, &instead))
		return bad_key(comma + 1, instead, e);
	return RQ_OK;
}

/* In a line of input a key can stand for another, or for nothing. */
static int check_input(const struct rq_binding *b, struct rq_error *e)
{
	const char *instead, *rest = "";
	uint32_t other;
	enum rq_do d;

	if (rq_eq(b->command, "none") && !b->second)
		return RQ_OK;
	if (!b->second && rq_do_find(b->command, &d, &rest) && d == RQ_DO_KEY)
		return rq_key_parse(rest, &other, &instead) ? RQ_OK : bad_key(rest, instead, e);
	return rq_fail(e, RQ_EUSAGE, "in a line of input a key can only stand for another: \"key NAME\", or \"none\"");
}

static const char *nearest_placeholder(const char *name)
{
	const char *best = NULL;
	int distance = 3;
	size_t i;

	for (i = 0; rq_placeholders[i]; i++) {
		int d = rq_distance(name, rq_placeholders[i], distance - 1);

		if (d < distance) {
			distance = d;
			best = rq_placeholders[i];
		}
	}
	return best;
}

/* A word in braces that is nearly a placeholder is not meant to be text. */
static int check_placeholders(const char *text, struct rq_error *e)
{
	const char *open = text, *near;
	char name[16];
	size_t n;

	while ((open = strchr(open, '{'))) {
		n = strspn(open + 1, "abcdefghijklmnopqrstuvwxyz");
		if (n && n + 3 < sizeof name && open[n + 1] == '}') {
			memcpy(name, open, n + 2);
			name[n + 2] = '\0';
			near = nearest_placeholder(name);
			if (near && !rq_eq(near, name))
				return rq_fail(e, RQ_EUSAGE, "nothing fills in %s; did you mean %s?", name, near);
		}
		open++;
	}
	return RQ_OK;
}

/* The command must exist; whether its arguments fit is seen when it runs. */
static int check_command(const char *text, struct rq_error *e)
{
	char first[64];
	const char *rest, *near;
	enum rq_do d;
	size_t len = strcspn(text, " ");

	if (rq_do_find(text, &d, &rest))
		return d != RQ_DO_KEY ? RQ_OK :
		       rq_fail(e, RQ_EUSAGE, "only in lines of input, the view \"input\", can a key stand for another");
	if (len >= sizeof first)
		return rq_fail(e, RQ_EUSAGE, "no command has a name of %zu characters", len);
	memcpy(first, text, len);
	first[len] = '\0';
	if (rq_command_find(first) || rq_eq(first, "agent") || rq_eq(first, "policy") || rq_eq(first, "runner"))
		return check_placeholders(text, e);
	near = rq_command_nearest(first);
	return rq_fail(e, RQ_EUSAGE, "there is no command \"%s\"%s%s%s", first,
		       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int bad_view(const char *name, struct rq_error *e)
{
	struct rq_str all;
	int rc, v;

	rq_str_init(&all, 1024);
	for (v = 0; v < RQ_VIEW_N; v++)
		rq_str_addf(&all, "%s%s", v ? ", " : "", rq_view_name((enum rq_view_id)v));
	rc = rq_fail(e, RQ_EUSAGE, "there is no view \"%s\"; views are %s", name, rq_str_get(&all));
	rq_str_release(&all);
	return rc;
}

/* The label in brackets, if there is one, is cut off TEXT. */
static int parse_command(char *text, struct rq_binding *b, struct rq_error *e)
{
	char *end = text[0] == '[' ? strchr(text, ']') : NULL;

	b->command = text;
	if (!end)
		return RQ_OK;
	*end = '\0';
	b->label = text + 1;
	b->command = end + 1 + strspn(end + 1, " \t");
	return *b->command ? RQ_OK : rq_fail(e, RQ_EUSAGE, "a command must follow the label [%s]", b->label);
}

/* *b borrows from the words. */
static int parse_binding(char *const *w, size_t n, struct rq_binding *b, struct rq_error *e)
{
	int rc;

	if (!rq_view_find(w[0], &b->view))
		return bad_view(w[0], e);
	if (n < 2)
		return rq_fail(e, RQ_EUSAGE, "a key and a command must follow \"%s\"", w[0]);
	rc = parse_keys(w[1], b, e);
	if (rc)
		return rc;
	if (n < 3)
		return rq_fail(e, RQ_EUSAGE, "a command must follow the key \"%s\"; none takes it out of use", w[1]);
	rc = parse_command(w[2], b, e);
	if (rc)
		return rc;
	return b->view == RQ_VIEW_INPUT ? check_input(b, e) : check_command(b->command, e);
}

int rq_keymap_parse(struct rq_keymap *m, const char *file, const char *text, size_t n,
		    struct rq_str *all, struct rq_error *e)
{
	struct rq_lines lines = { .text = text, .n = n };
	struct rq_mistakes wrong = { .all = all };
	struct rq_error error;
	char *w[3];
	size_t count;

	m->readings++;
	while (rq_lines_next(&lines, w, 3, &count)) {
		struct rq_binding b = { .reading = m->readings };

		if (parse_binding(w, count, &b, &error)) {
			rq_mistake(&wrong, file, &lines, &error);
			continue;
		}
		if (check_twice(m, &b, &error))
			rq_mistake(&wrong, file, &lines, &error);
		b.command = rq_strdup(b.command);
		b.label = rq_strdup(b.label);
		b.where = rq_fmt("%s:%d", file, lines.number);
		bind(m, &b);
	}
	return rq_mistakes_end(&wrong, e);
}

/* ---- all of them ---- */

static bool below(enum rq_view_id view, enum rq_view_id above)
{
	while (view != above && view != rq_view_parent(view))
		view = rq_view_parent(view);
	return view == above;
}

/* A class whose views all say something else about the key. */
static bool reached(const struct rq_keymap *m, const struct rq_binding *b)
{
	int v;

	for (v = 0; v < RQ_VIEW_N; v++) {
		enum rq_view_id view = (enum rq_view_id)v;

		if (view == RQ_VIEW_ALL || view == RQ_VIEW_LIST || view == RQ_VIEW_TEXT || !below(view, b->view))
			continue;
		if (view != RQ_VIEW_INPUT && rq_keymap_counts(m, view, b))
			return true;
	}
	return b->view == RQ_VIEW_INPUT;
}

size_t rq_keymap_unreachable(const struct rq_keymap *m, const char *file, struct rq_str *out)
{
	char name[RQ_KEY_NAME_LEN];
	size_t i, n = 0;

	for (i = 0; i < m->n; i++) {
		const struct rq_binding *b = &m->v[i];

		if (!from_file(b, file) || rq_eq(b->command, "none") || reached(m, b))
			continue;
		rq_str_addf(out, "%s: %s %s never runs: each of its views binds %s itself.\n", b->where,
			    rq_view_name(b->view), rq_binding_name(b, name), name);
		n++;
	}
	return n;
}
