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

const char *const rq_placeholders[] = { "{job}", "{jobs}", "{runner}", "{runners}", "{decision}", "{previous}",
					"{filter}", "{run}", NULL };

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
		size_t len;

		if (doings[i].words[0] != text[0])
			continue;
		len = strlen(doings[i].words);
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

static bool is_none(const struct rq_binding *b)
{
	return rq_eq(b->command, "none");
}

/* What VIEW itself says about KEY, or about the two keys. A view has one or the other: rq_keymap_bind() sees to it. */
static const struct rq_binding *own(const struct rq_keymap *m, enum rq_view_id view, uint32_t key, uint32_t second)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->v[i].view == view && m->v[i].key == key && m->v[i].second == second)
			return &m->v[i];
	}
	return NULL;
}

/* What begins with KEY in VIEW itself. */
static const struct rq_binding *own_begun(const struct rq_keymap *m, enum rq_view_id view, uint32_t key)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->v[i].view == view && m->v[i].key == key && m->v[i].second && !is_none(&m->v[i]))
			return &m->v[i];
	}
	return NULL;
}

const struct rq_binding *rq_keymap_find(const struct rq_keymap *m, enum rq_view_id view,
					uint32_t key)
{
	for (;;) {
		const struct rq_binding *b = own(m, view, key, 0);

		if (b)
			return is_none(b) ? NULL : b;
		if (own_begun(m, view, key) || view == views[view].parent)
			return NULL;
		view = views[view].parent;
	}
}

const struct rq_binding *rq_keymap_find_second(const struct rq_keymap *m, enum rq_view_id view, uint32_t key,
					       uint32_t second)
{
	for (;;) {
		const struct rq_binding *b = second ? own(m, view, key, second) : own_begun(m, view, key);

		if (b)
			return is_none(b) ? NULL : b;
		if (own(m, view, key, 0) || view == views[view].parent)
			return NULL;
		view = views[view].parent;
	}
}

bool rq_keymap_counts(const struct rq_keymap *m, enum rq_view_id view, const struct rq_binding *b)
{
	if (b->second)
		return rq_keymap_find_second(m, view, b->key, b->second) == b;
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

uint32_t rq_keymap_input(const struct rq_keymap *m, uint32_t key)
{
	const struct rq_binding *b = own(m, RQ_VIEW_INPUT, key, 0);
	enum rq_do d;
	const char *rest;
	uint32_t other;

	if (!b)
		return key;
	return rq_do_find(b->command, &d, &rest) && d == RQ_DO_KEY && rq_key_parse(rest, &other, NULL) ? other : 0;
}

static const char *names(const struct rq_binding *b, const char *between, char buf[RQ_KEY_NAME_LEN])
{
	char name[RQ_KEY_NAME_LEN];
	size_t n;

	rq_copy(buf, RQ_KEY_NAME_LEN, rq_key_name(b->key, name));
	n = strlen(buf);
	if (b->second && n + strlen(between) < RQ_KEY_NAME_LEN) {
		rq_copy(buf + n, RQ_KEY_NAME_LEN - n, between);
		n += strlen(between);
		rq_copy(buf + n, RQ_KEY_NAME_LEN - n, rq_key_name(b->second, name));
	}
	return buf;
}

static bool is_letter(uint32_t key)
{
	return key > ' ' && key < RQ_KEY_FIRST_NAMED;
}

const char *rq_binding_keys(const struct rq_binding *b, char buf[RQ_KEY_NAME_LEN])
{
	return names(b, is_letter(b->key) && is_letter(b->second) ? "" : " ", buf);
}

const char *rq_binding_name(const struct rq_binding *b, char buf[RQ_KEY_NAME_LEN])
{
	return names(b, ",", buf);
}

const char *rq_binding_help(const struct rq_binding *b)
{
	const struct rq_command *c;
	const char *rest;
	char name[64];
	enum rq_do d;
	size_t n = strcspn(b->command, " ");

	if (rq_do_find(b->command, &d, &rest))
		return doings[d].help;
	if (n >= sizeof name)
		return "";
	memcpy(name, b->command, n);
	name[n] = '\0';
	c = rq_command_find(name);
	return c ? c->summary : "";
}
