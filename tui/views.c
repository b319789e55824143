/* The stack of views, and where keys go. */
#include "tui/keytrace.h"
#include "tui/ui.h"

#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"

enum { WHEEL_ROWS = 3 };

struct rq_view *rq_ui_top(struct rq_ui *ui)
{
	return ui->depth ? ui->stack[ui->depth - 1] : ui->tabs[ui->tab];
}

struct rq_view *rq_ui_base(struct rq_ui *ui)
{
	size_t i = ui->depth;

	while (i > 0 && ui->stack[i - 1]->ops->over)
		i--;
	return i ? ui->stack[i - 1] : ui->tabs[ui->tab];
}

static void remove_at(struct rq_ui *ui, size_t at)
{
	struct rq_view *v = ui->stack[at];
	size_t i;

	for (i = at; i + 1 < ui->depth; i++)
		ui->stack[i] = ui->stack[i + 1];
	ui->depth--;
	v->ops->free(v);
	ui->dirty = true;
}

void rq_ui_push(struct rq_ui *ui, struct rq_view *v)
{
	/* Somebody who opens view upon view goes back through the last of them only. */
	if (ui->depth == RQ_STACK_MAX)
		remove_at(ui, 0);
	ui->stack[ui->depth++] = v;
	ui->dirty = true;
}

static void quit(struct rq_ui *ui)
{
	ui->quit = true;
	rq_loop_stop(ui->loop);
}

void rq_ui_pop(struct rq_ui *ui)
{
	if (ui->depth)
		remove_at(ui, ui->depth - 1);
	if (!ui->depth && ui->alone && !ui->quit)
		quit(ui);
}

void rq_ui_close(struct rq_ui *ui, struct rq_view *v)
{
	size_t i;

	for (i = 0; i < ui->depth; i++) {
		if (ui->stack[i] != v)
			continue;
		while (ui->depth > i)
			rq_ui_pop(ui);
	}
}

bool rq_ui_tab_named(const char *name, size_t *tab)
{
	static const enum rq_view_id tabs[] = { RQ_VIEW_JOBS, RQ_VIEW_RUNNERS, RQ_VIEW_DECISIONS,
						RQ_VIEW_ACTIVITY, RQ_VIEW_DASHBOARD };

	for (*tab = 0; *tab < RQ_TABS; (*tab)++) {
		if (rq_ieq(rq_view_name(tabs[*tab]), name))
			return true;
	}
	return false;
}

void rq_ui_show_tab(struct rq_ui *ui, size_t tab)
{
	if (ui->alone) {
		ui->alone = false;
		rq_ui_subscribe(ui);
	}
	while (ui->depth)
		rq_ui_pop(ui);
	ui->tab = tab;
	ui->dirty = true;
}

static void back(struct rq_ui *ui, bool leave)
{
	if (ui->depth)
		rq_ui_pop(ui);
	else if (leave)
		quit(ui);
}

bool rq_ui_file_named(const char *arg, char **path)
{
	char **words = NULL;
	size_t n = 0;
	bool there = rq_words_split(arg, &words, &n, NULL) == RQ_OK && n == 1 && access(words[0], F_OK) == 0;

	if (there && path)
		*path = rq_strdup(words[0]);
	rq_words_free(words);
	return there;
}

/* What is no view's name is a file's: a command of that name looks at one. */
static void view_file(struct rq_ui *ui, const char *arg)
{
	char *path;

	if (!rq_ui_file_named(arg, &path)) {
		rq_ui_fail(ui,
			   "There is no view \"%s\", and no such file; there are jobs, runners, decisions, activity "
			   "and dashboard.",
			   arg);
		return;
	}
	rq_view_log_open_file(ui, path);
	rq_free(path);
}

/* What needs no view. */
static bool act_alone(struct rq_ui *ui, enum rq_do d, const char *arg)
{
	size_t tab;

	switch (d) {
	case RQ_DO_QUIT: back(ui, true); return true;
	case RQ_DO_QUIT_ALL: quit(ui); return true;
	case RQ_DO_BACK: back(ui, false); return true;
	case RQ_DO_VIEW_NEXT: rq_ui_show_tab(ui, (ui->tab + 1) % RQ_TABS); return true;
	case RQ_DO_VIEW_PREVIOUS:
		rq_ui_show_tab(ui, (ui->tab + RQ_TABS - 1) % RQ_TABS);
		return true;
	case RQ_DO_VIEW:
		if (rq_ui_tab_named(arg, &tab))
			rq_ui_show_tab(ui, tab);
		else
			view_file(ui, arg);
		return true;
	case RQ_DO_WATCH: rq_notify_watch(ui, arg); return true;
	case RQ_DO_PROMPT: rq_view_prompt_open(ui, arg); return true;
	case RQ_DO_HELP: rq_view_help_open(ui); return true;
	case RQ_DO_UNDO: rq_undo_last(ui); return true;
	case RQ_DO_MESSAGES: rq_view_messages_open(ui); return true;
	case RQ_DO_REDRAW: rq_term_redraw(ui->term); return true;
	case RQ_DO_SUSPEND: ui->suspend = true; return true;
	case RQ_DO_COPY: rq_ui_copy(ui); return true;
	case RQ_DO_BESIDE: rq_view_logs_open(ui); return true;
	case RQ_DO_NONE: return true;
	default: return false;
	}
}

void rq_ui_act(struct rq_ui *ui, enum rq_do d, const char *arg)
{
	struct rq_view *v = rq_ui_top(ui);

	ui->dirty = true;
	if (v->ops->act && v->ops->act(v, d, arg))
		return;
	if (!act_alone(ui, d, arg))
		rq_ui_say(ui, "\"%s\" means nothing in this view.", rq_doing(d)->words);
}

static void end_paste(struct rq_ui *ui)
{
	struct rq_view *v = rq_ui_top(ui);

	ui->pasting = false;
	if (v->ops->paste)
		v->ops->paste(v, rq_str_get(&ui->paste), ui->paste.len);
	else if (ui->paste.len)
		rq_ui_hint(
			ui,
			"What was pasted is dropped: it would have run as keys. Press <prompt> or "
			"<submit> first.");
	rq_str_clear(&ui->paste);
	ui->dirty = true;
}

static void add_to_paste(struct rq_ui *ui, uint32_t key)
{
	char bytes[4];

	if (key == RQ_KEY_ENTER)
		rq_str_addc(&ui->paste, '\n');
	if (key == RQ_KEY_TAB)
		key = ' ';
	if (key >= ' ' && key < RQ_KEY_FIRST_NAMED)
		rq_str_addn(&ui->paste, bytes, rq_utf8_encode(key, bytes));
}

/* The mouse: the wheel moves, a press on a tab or a row goes there, a second one on the row opens
 * it. */
static void use_mouse(struct rq_ui *ui, uint32_t key)
{
	struct rq_view *v = rq_ui_top(ui);
	size_t tab = 0;
	int row, col, i;

	ui->dirty = true;
	if (key != RQ_KEY_CLICK) {
		for (i = 0; i < WHEEL_ROWS && v->ops->act; i++)
			v->ops->act(v, key == RQ_KEY_WHEEL_UP ? RQ_DO_UP : RQ_DO_DOWN, "");
		return;
	}
	rq_term_clicked(ui->term, &row, &col);
	if (row == 1 && !ui->depth) {
		while (tab < RQ_TABS && col >= ui->tab_ends[tab])
			tab++;
		if (tab < RQ_TABS)
			rq_ui_show_tab(ui, tab);
	} else if (v->ops->click && v->ops->click(v, row)) {
		rq_ui_key(ui, RQ_KEY_ENTER);
	}
}

/* The second key of two. Whatever it is, the first is over. */
static void use_second(struct rq_ui *ui, struct rq_view *v, uint32_t key)
{
	struct rq_binding typed = { .key = ui->prefix, .second = key };
	const struct rq_binding *b = rq_keymap_find_second(&ui->keymap, v->ops->id, ui->prefix, key);
	char name[RQ_KEY_NAME_LEN];

	ui->prefix = 0;
	ui->dirty = true;
	if (b) {
		rq_keytrace(b);
		rq_ui_run(ui, b->command);
	} else if (key != RQ_KEY_ESC && key != 7 /* ctrl-g */) {
		rq_ui_say(ui, "%s does nothing here.", rq_binding_keys(&typed, name));
	}
}

void rq_ui_key(struct rq_ui *ui, uint32_t key)
{
	struct rq_view *v = rq_ui_top(ui);
	const struct rq_binding *b;
	char name[RQ_KEY_NAME_LEN];

	if (key == RQ_KEY_PASTE_BEGIN) {
		ui->pasting = true;
		return;
	}
	if (ui->pasting) {
		if (key == RQ_KEY_PASTE_END)
			end_paste(ui);
		else
			add_to_paste(ui, key);
		return;
	}
	rq_messages_seen(&ui->status, ui);
	if (key >= RQ_KEY_WHEEL_UP && key <= RQ_KEY_CLICK) {
		use_mouse(ui, key);
		return;
	}
	if (v->ops->id == RQ_VIEW_INPUT) {
		key = rq_keymap_input(&ui->keymap, key);
		if (!key)
			return;
	}
	if (!ui->prefix && v->ops->key && v->ops->key(v, key)) {
		ui->dirty = true;
		return;
	}
	if (ui->prefix) {
		use_second(ui, v, key);
		return;
	}
	b = rq_keymap_find(&ui->keymap, v->ops->id, key);
	if (b) {
		rq_keytrace(b);
		rq_ui_run(ui, b->command);
	} else if (rq_keymap_find_second(&ui->keymap, v->ops->id, key, 0)) {
		ui->prefix = key;
		ui->dirty = true;
	} else if (key & RQ_KEY_ALT) {
		/* Esc and, at once, a character: nothing on the line tells the two apart. */
		rq_ui_key(ui, RQ_KEY_ESC);
		rq_ui_key(ui, key & ~(uint32_t)RQ_KEY_ALT);
	} else if (key != RQ_KEY_FIRST_NAMED && key != RQ_KEY_PASTE_END) {
		const struct rq_binding *help = rq_keymap_key_for(&ui->keymap, v->ops->id, "keys");
		char help_name[RQ_KEY_NAME_LEN];

		rq_ui_say(ui, "%s does nothing here; %s shows the keys.", rq_key_name(key, name),
			  help ? rq_binding_keys(help, help_name) : ":keys");
	}
}
