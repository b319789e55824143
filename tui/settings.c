/* Keymap and theme: the shipped one that the settings name, or a file, and the operator's own over
 * it. */
#include "tui/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/embed.h"
#include "core/base/mem.h"
#include "tui/ui.h"

enum { FILE_MAX = 1 << 18, ALL_MAX = 1 << 16 };

typedef int parse_fn(struct rq_ui *ui, const char *file, const char *text, size_t n,
		     struct rq_str *all, struct rq_error *e);

static int parse_keymap(struct rq_ui *ui, const char *file, const char *text, size_t n,
			struct rq_str *all, struct rq_error *e)
{
	return rq_keymap_parse(&ui->keymap, file, text, n, all, e);
}

static int parse_theme(struct rq_ui *ui, const char *file, const char *text, size_t n,
		       struct rq_str *all, struct rq_error *e)
{
	return rq_theme_parse(&ui->theme, file, text, n, all, e);
}

static int parse_file(struct rq_ui *ui, const char *name, const char *path, parse_fn *parse,
		      struct rq_str *all, struct rq_error *e)
{
	char *text;
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return rq_fail_errno(e, errno, "%s cannot be read", path);
	text = rq_alloc(FILE_MAX);
	while (n < FILE_MAX && (got = read(fd, text + n, FILE_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	rc = parse(ui, name, text, n, all, e);
	rq_free(text);
	return rc;
}

static const struct rq_embedded *shipped(const char *dir, const char *name, const char *end)
{
	char path[128];
	const struct rq_embedded *f;

	snprintf(path, sizeof path, "%s/%s.%s", dir, name, end);
	for (f = rq_embedded_files; f->name; f++) {
		if (rq_eq(f->name, path))
			return f;
	}
	return NULL;
}

/* All that is wrong is among the messages, the first on the screen. */
static void tell(struct rq_ui *ui, const struct rq_str *all, const struct rq_error *e)
{
	const char *text = rq_str_get(all), *end = text + all->len, *line;
	size_t n = 0;

	while (end > text) {
		for (line = end - 1; line > text && line[-1] != '\n'; line--)
			;
		if (line > text)
			rq_ui_fail(ui, "%.*s", (int)(end - line - 1), line);
		end = line;
		n++;
	}
	if (n > 1)
		rq_ui_fail(ui, "%s (and %zu more: :messages)", e->msg, n - 1);
	else
		rq_ui_fail(ui, "%s", e->msg);
}

static void load(struct rq_ui *ui, const char *name, const char *dir, const char *end,
		 parse_fn *parse)
{
	const struct rq_embedded *f = shipped(dir, name, end);
	struct rq_error e;
	struct rq_str all;
	int rc;

	if (!f && !strchr(name, '/')) {
		rq_ui_fail(ui, "There is no %s \"%s\"; the default one is used.", end, name);
		f = shipped(dir, "default", end);
	}
	rq_str_init(&all, ALL_MAX);
	if (f)
		rc = parse(ui, f->name, (const char *)f->bytes, f->length, &all, &e);
	else
		rc = parse_file(ui, name, name, parse, &all, &e);
	if (rc)
		tell(ui, &all, &e);
	rq_str_release(&all);
}

static void load_own(struct rq_ui *ui, const char *what, parse_fn *parse)
{
	const char *path = rq_path(ui->rq, what);
	struct rq_error e;
	struct rq_str all;

	rq_str_init(&all, ALL_MAX);
	if (path && parse_file(ui, what, path, parse, &all, &e) && e.code != RQ_ENOTFOUND)
		tell(ui, &all, &e);
	rq_str_release(&all);
}

void rq_settings_load_keymap(struct rq_ui *ui)
{
	const char *name = rq_config_str(rq_get_config(ui->rq), "ui.keymap");

	if (!rq_eq(name, "default"))
		load(ui, "default", "keymaps", "keys", parse_keymap);
	load(ui, name, "keymaps", "keys", parse_keymap);
	load_own(ui, "keymap", parse_keymap);
}

void rq_settings_load_theme(struct rq_ui *ui, bool colour)
{
	rq_theme_init(&ui->theme);
	if (!colour) {
		load(ui, "mono", "themes", "theme", parse_theme);
		return;
	}
	load(ui, rq_config_str(rq_get_config(ui->rq), "ui.theme"), "themes", "theme", parse_theme);
	load_own(ui, "theme", parse_theme);
}

bool rq_settings_ascii(struct rq_ui *ui)
{
	const char *setting = rq_config_str(rq_get_config(ui->rq), "ui.ascii");
	const char *codeset = nl_langinfo(CODESET);

	return ui->ascii || rq_eq(setting, "on") || !codeset ||
	       !(rq_ieq(codeset, "UTF-8") || rq_ieq(codeset, "UTF8"));
}

bool rq_settings_slow(const struct rq_ui *ui)
{
	return ui->slow_asked || rq_config_bool(rq_get_config(ui->rq), "ui.slow_link");
}

void rq_settings_layout(struct rq_ui *ui)
{
	const struct rq_config *c = rq_get_config(ui->rq);

	rq_place_parse(rq_config_str(c, "ui.detail"), &ui->layout.place);
	ui->layout.size = (int)rq_config_int(c, "ui.detail_size");
}

void rq_settings_apply(struct rq_ui *ui)
{
	struct rq_error e;

	if (rq_reload_config(ui->rq, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		return;
	}
	ui->slow = rq_settings_slow(ui);
	rq_settings_layout(ui);
	rq_keymap_release(&ui->keymap);
	rq_settings_load_keymap(ui);
	rq_settings_load_theme(ui, rq_term_colours(ui->term) > 0);
	rq_draw_set_ascii(ui->draw, rq_settings_ascii(ui));
}
