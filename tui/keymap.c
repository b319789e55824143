/* Keymaps. */
#include "tui/keymap.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/command/command.h"
#include "tui/lines.h"

static const struct {
	const char *name;
	enum rq_view_id parent;
} views[] = {
#define X(id, name, parent) { name, RQ_VIEW_##parent },
#include "tui/views.def"
#undef X
};

static const struct rq_doing doings[] = {
#define X(id, words, arg, help) { words, arg, help },
#include "tui/doing.def"
#undef X
};

const char *rq_view_name(enum rq_view_id v)
{
	return views[v].name;
}

enum rq_view_id rq_view_parent(enum rq_view_id v)
{
	return views[v].parent;
}

bool rq_view_find(const char *name, enum rq_view_id *v)
{
	size_t i;

	for (i = 0; i < RQ_VIEW_N; i++) {
		if (rq_ieq(views[i].name, name)) {
			*v = (enum rq_view_id)i;
			return true;
		}
	}
	return false;
}

const struct rq_doing *rq_doing(enum rq_do d)
{
	return &doings[d];
}

bool rq_do_find(const char *text, enum rq_do *d, const char **rest)
{
	size_t i, best = 0;

	for (i = 0; i < RQ_DO_N; i++) {
		size_t len = strlen(doings[i].words);

		if (len <= best || !rq_starts(text, doings[i].words) ||
		    (text[len] != ' ' && text[len]))
			continue;
		if (text[len + strspn(text + len, " ")] && !doings[i].arg)
			continue;
		best = len;
		*d = (enum rq_do)i;
	}
	if (!best)
		return false;
	*rest = text + best + strspn(text + best, " ");
	return true;
}

void rq_keymap_release(struct rq_keymap *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		rq_free(m->v[i].command);
		rq_free(m->v[i].label);
	}
	rq_free(m->v);
	memset(m, 0, sizeof *m);
}

static void bind(struct rq_keymap *m, enum rq_view_id view, uint32_t key, const char *label,
		 const char *command)
{
	struct rq_binding *b = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->v[i].view == view && m->v[i].key == key)
			b = &m->v[i];
	}
	if (!b) {
		RQ_GROW(m->v, m->n, &m->cap);
		b = &m->v[m->n++];
	} else {
		rq_free(b->command);
		rq_free(b->label);
	}
	*b = (struct rq_binding){ view, key, rq_strdup(command), rq_strdup(label) };
}

static int bad_key(const char *name, const char *instead, struct rq_error *e)
{
	if (instead)
		return rq_fail(e, RQ_EUSAGE, "terminals send %s as %s; bind %s", name, instead,
			       instead);
	return rq_fail(
		e, RQ_EUSAGE,
		"there is no key \"%s\"; keys are characters and names such as enter, space, "
		"pgdn, ctrl-r, alt-x, f5",
		name);
}

/* The command must exist; whether its arguments fit is seen when it runs. */
static int check_command(const char *text, struct rq_error *e)
{
	char first[64];
	const char *rest, *near;
	enum rq_do d;
	size_t len = strcspn(text, " ");

	if (rq_do_find(text, &d, &rest))
		return RQ_OK;
	if (len >= sizeof first)
		return rq_fail(e, RQ_EUSAGE, "no command has a name of %zu characters", len);
	memcpy(first, text, len);
	first[len] = '\0';
	if (rq_command_find(first) || rq_eq(first, "agent") || rq_eq(first, "policy") || rq_eq(first, "runner"))
		return RQ_OK;
	near = rq_command_nearest(first);
	return rq_fail(e, RQ_EUSAGE, "there is no command \"%s\"%s%s%s", first,
		       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int parse_binding(struct rq_keymap *m, char *const *w, size_t n, struct rq_error *e)
{
	const char *instead, *label = NULL, *command;
	char text[RQ_LINE_MAX];
	enum rq_view_id view;
	uint32_t key;
	char *end;
	int rc;

	if (!rq_view_find(w[0], &view))
		return rq_fail(e, RQ_EUSAGE,
			       "there is no view \"%s\"; views are all, list, text, jobs, runners, "
			       "decisions, activity, job, decision, runner, log, help, picker, pager",
			       w[0]);
	if (n < 2 || !rq_key_parse(w[1], &key, &instead))
		return n < 2 ? rq_fail(e, RQ_EUSAGE, "a key and a command must follow \"%s\"", w[0])
			     : bad_key(w[1], instead, e);
	if (n < 3)
		return rq_fail(e, RQ_EUSAGE,
			       "a command must follow the key \"%s\"; none takes it out of use",
			       w[1]);
	rq_copy(text, sizeof text, w[2]);
	command = text;
	if (text[0] == '[' && (end = strchr(text, ']'))) {
		*end = '\0';
		label = text + 1;
		command = end + 1 + strspn(end + 1, " \t");
		if (!*command)
			return rq_fail(e, RQ_EUSAGE, "a command must follow the label [%s]", label);
	}
	rc = check_command(command, e);
	if (rc == RQ_OK)
		bind(m, view, key, label, command);
	return rc;
}

int rq_keymap_parse(struct rq_keymap *m, const char *file, const char *text, size_t n,
		    struct rq_str *all, struct rq_error *e)
{
	struct rq_lines lines = { .text = text, .n = n };
	struct rq_mistakes wrong = { .all = all };
	struct rq_error error;
	char *w[3];
	size_t count;

	while (rq_lines_next(&lines, w, 3, &count)) {
		if (parse_binding(m, w, count, &error))
			rq_mistake(&wrong, file, &lines, &error);
	}
	return rq_mistakes_end(&wrong, e);
}

/* What VIEW itself says about KEY. */
static const struct rq_binding *own(const struct rq_keymap *m, enum rq_view_id view, uint32_t key)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->v[i].view == view && m->v[i].key == key)
			return &m->v[i];
	}
	return NULL;
}

static bool is_none(const struct rq_binding *b)
{
	return rq_eq(b->command, "none");
}

const struct rq_binding *rq_keymap_find(const struct rq_keymap *m, enum rq_view_id view,
					uint32_t key)
{
	for (;;) {
		const struct rq_binding *b = own(m, view, key);

		if (b)
			return is_none(b) ? NULL : b;
		if (view == views[view].parent)
			return NULL;
		view = views[view].parent;
	}
}

bool rq_keymap_counts(const struct rq_keymap *m, enum rq_view_id view, const struct rq_binding *b)
{
	return rq_keymap_find(m, view, b->key) == b;
}

const struct rq_binding *rq_keymap_key_for(const struct rq_keymap *m, enum rq_view_id view,
					   const char *command)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (rq_eq(m->v[i].command, command) && rq_keymap_counts(m, view, &m->v[i]))
			return &m->v[i];
	}
	return NULL;
}
