/* Keymap and theme, from what is compiled in and from files. */
#include "tui/looks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/embed.h"
#include "core/base/mem.h"

enum { FILE_MAX = 1 << 18 };

/* What is read into: one of the two. */
struct target {
	struct rq_keymap *keymap;
	struct rq_theme *theme;
	struct rq_str *wrong;
};

static void parse(const struct target *t, const char *file, const char *text, size_t n)
{
	if (t->keymap)
		rq_keymap_parse(t->keymap, file, text, n, t->wrong, NULL);
	else
		rq_theme_parse(t->theme, file, text, n, t->wrong, NULL);
}

/* MUST: that it is not there is wrong. */
static void parse_file(const struct target *t, const char *name, const char *path, bool must)
{
	char *text;
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		if (must || errno != ENOENT)
			rq_str_addf(t->wrong, "%s cannot be read: %s.\n", path, strerror(errno));
		return;
	}
	text = rq_alloc(FILE_MAX);
	while (n < FILE_MAX && (got = read(fd, text + n, FILE_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	parse(t, name, text, n);
	rq_free(text);
}

static bool parse_shipped(const struct target *t, const char *name)
{
	char path[128];
	const struct rq_embedded *f;

	snprintf(path, sizeof path, "%s/%s.%s", t->keymap ? "keymaps" : "themes", name, t->keymap ? "keys" : "theme");
	for (f = rq_embedded_files; f->name && !rq_eq(f->name, path); f++)
		;
	if (f->name)
		parse(t, f->name, (const char *)f->bytes, f->length);
	return f->name;
}

/* The one of that name over the default one, or the file of that path. */
static void parse_named(const struct target *t, const char *name)
{
	if (parse_shipped(t, name))
		return;
	if (strchr(name, '/')) {
		parse_file(t, name, name, true);
		return;
	}
	rq_str_addf(t->wrong, "There is no %s \"%s\"; the default one is used.\n", t->keymap ? "keymap" : "theme", name);
	parse_shipped(t, "default");
}

static void parse_own(const struct target *t, struct relayq *rq, const char *what)
{
	const char *path = rq_path(rq, what);

	if (path)
		parse_file(t, what, path, false);
}

void rq_looks_keymap(struct relayq *rq, const char *name, struct rq_keymap *m, struct rq_str *wrong)
{
	struct target t = { .keymap = m, .wrong = wrong };
	bool own = !name;

	if (!name)
		name = rq_config_str(rq_get_config(rq), "ui.keymap");
	if (!rq_eq(name, "default"))
		parse_shipped(&t, "default");
	parse_named(&t, name);
	if (strchr(name, '/'))
		rq_keymap_unreachable(m, name, wrong);
	if (!own)
		return;
	parse_own(&t, rq, "keymap");
	rq_keymap_unreachable(m, "keymap", wrong);
}

void rq_looks_theme(struct relayq *rq, const char *name, struct rq_theme *theme, struct rq_str *wrong)
{
	struct target t = { .theme = theme, .wrong = wrong };

	rq_theme_init(theme);
	parse_named(&t, name ? name : rq_config_str(rq_get_config(rq), "ui.theme"));
	if (!name)
		parse_own(&t, rq, "theme");
}

/* ---- for commands ---- */

static void check(struct relayq *rq, struct rq_str *keymap, struct rq_str *theme)
{
	struct rq_keymap m = { 0 };
	struct rq_theme t;

	rq_looks_keymap(rq, NULL, &m, keymap);
	rq_looks_theme(rq, NULL, &t, theme);
	rq_keymap_release(&m);
}

static void tell(const struct rq_keymap *m, enum rq_view_id from, enum rq_view_id view, const struct rq_out_keys *keys)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct rq_binding *b = &m->v[i];
		char name[RQ_KEY_NAME_LEN];
		struct rq_out_key k = { .view = rq_view_name(b->view), .label = b->label ? b->label : "",
					.command = b->command, .where = b->where, .help = rq_binding_help(b) };

		if (b->view != from || !(rq_keymap_counts(m, view, b) || view == RQ_VIEW_INPUT) || rq_eq(b->command, "none"))
			continue;
		k.keys = rq_binding_name(b, name);
		keys->key(keys->ud, &k);
	}
}

static int keys(struct relayq *rq, const char *keymap, const char *view, const struct rq_out_keys *to, struct rq_error *e)
{
	struct rq_keymap m = { 0 };
	struct rq_str wrong;
	enum rq_view_id v = RQ_VIEW_ALL;
	int i;

	if (view && !rq_view_find(view, &v))
		return rq_fail(e, RQ_EUSAGE, "There is no view \"%s\"; relayq-keymap(5) has their names.", view);
	rq_str_init(&wrong, 1 << 16);
	rq_looks_keymap(rq, keymap, &m, &wrong);
	if (wrong.len)
		to->wrong(to->ud, rq_str_get(&wrong), wrong.len);
	rq_str_release(&wrong);
	for (i = 0; !view && i < RQ_VIEW_N; i++)
		tell(&m, (enum rq_view_id)i, (enum rq_view_id)i, to);
	for (i = (int)v; view; i = (int)rq_view_parent((enum rq_view_id)i)) {
		tell(&m, (enum rq_view_id)i, v, to);
		if (i == RQ_VIEW_ALL || v == RQ_VIEW_INPUT)
			break;
	}
	rq_keymap_release(&m);
	return RQ_OK;
}

const struct rq_out_looks rq_looks_for_commands = { .check = check, .keys = keys };
