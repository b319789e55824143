/* What the settings say about keys and looks, and what is wrong with it. */
#include "tui/settings.h"

#include <langinfo.h>
#include <string.h>
#include "tui/listview.h"
#include "tui/looks.h"
#include "tui/reader.h"
#include "tui/ui.h"

enum { ALL_MAX = 1 << 16 };

/* All that is wrong is among the messages, the first on the screen. */
static void tell(struct rq_ui *ui, const struct rq_str *wrong)
{
	const char *text = rq_str_get(wrong), *end = text + wrong->len, *line;
	size_t n = 0;

	for (; end > text; end = line, n++) {
		for (line = end - 1; line > text && line[-1] != '\n'; line--)
			;
		if (line > text)
			rq_ui_fail(ui, "%.*s", (int)(end - line - 1), line);
		else if (n)
			rq_ui_fail(ui, "%.*s (and %zu more: :messages)", (int)(end - line - 1), line, n);
		else
			rq_ui_fail(ui, "%.*s", (int)(end - line - 1), line);
	}
}

void rq_settings_load_keymap(struct rq_ui *ui)
{
	struct rq_str wrong;

	rq_str_init(&wrong, ALL_MAX);
	rq_looks_keymap(ui->rq, NULL, &ui->keymap, &wrong);
	tell(ui, &wrong);
	rq_str_release(&wrong);
}

void rq_settings_load_theme(struct rq_ui *ui)
{
	const char *all = rq_config_str(rq_get_config(ui->rq), "ui.true_colour");
	struct rq_str wrong;

	rq_str_init(&wrong, ALL_MAX);
	rq_looks_theme(ui->rq, rq_term_colours(ui->term) ? NULL : "mono", &ui->theme, &wrong);
	rq_term_true_colours(ui->term, rq_eq(all, "off") ? NULL : &ui->theme.colours, rq_eq(all, "on"));
	tell(ui, &wrong);
	rq_str_release(&wrong);
}

bool rq_settings_ascii(struct rq_ui *ui)
{
	const char *setting = rq_config_str(rq_get_config(ui->rq), "ui.ascii");
	const char *codeset = nl_langinfo(CODESET);

	return ui->ascii || rq_eq(setting, "on") || !codeset ||
	       !(rq_ieq(codeset, "UTF-8") || rq_ieq(codeset, "UTF8"));
}

static bool wants_reader(const struct rq_ui *ui)
{
	return ui->reader_asked || rq_config_bool(rq_get_config(ui->rq), "ui.screen_reader");
}

void rq_settings_reader(struct rq_ui *ui)
{
	bool wanted = wants_reader(ui);

	rq_draw_set_reader(ui->draw, wanted);
	if (wanted && !ui->reader) {
		ui->reader = rq_reader_new(ui);
	} else if (!wanted) {
		rq_reader_free(ui->reader);
		ui->reader = NULL;
	}
}

/* What ages or blinks would be read out again and again. */
bool rq_settings_slow(const struct rq_ui *ui)
{
	return ui->slow_asked || wants_reader(ui) || rq_config_bool(rq_get_config(ui->rq), "ui.slow_link");
}

void rq_settings_layout(struct rq_ui *ui)
{
	const struct rq_config *c = rq_get_config(ui->rq);

	rq_place_parse(rq_config_str(c, "ui.detail"), &ui->layout.place);
	ui->layout.size = (int)rq_config_int(c, "ui.detail_size");
	/* Two things beside or below each other cannot be read line by line. */
	if (wants_reader(ui) && ui->layout.place == RQ_PLACE_AUTO)
		ui->layout.place = RQ_PLACE_OFF;
}

void rq_settings_apply(struct rq_ui *ui)
{
	struct rq_error e;
	size_t i;

	if (rq_reload_config(ui->rq, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		return;
	}
	ui->slow = rq_settings_slow(ui);
	rq_settings_layout(ui);
	for (i = 0; i < RQ_TABS; i++)
		rq_listview_settings(ui->tabs[i]);
	rq_keymap_release(&ui->keymap);
	rq_settings_load_keymap(ui);
	rq_settings_load_theme(ui);
	rq_term_redraw(ui->term); /* the same colour may mean another now */
	rq_draw_set_ascii(ui->draw, rq_settings_ascii(ui));
	rq_settings_reader(ui);
}
