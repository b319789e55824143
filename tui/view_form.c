/* A form for a command, made from its row; for submit, with what the policy would decide. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/config.h"
#include "tui/cmdtext.h"
#include "tui/complete.h"
#include "tui/dispatch.h"
#include "tui/fields.h"
#include "tui/history.h"
#include "tui/input.h"
#include "tui/known.h"
#include "tui/oldvalues.h"
#include "tui/preview.h"
#include "tui/rich.h"
#include "tui/ui.h"
#include "tui/words.h"

enum { LABEL_COLS = 14, FIELD_COLS = 80, PREVIEW_ROWS = 7, PREVIEW_ROWS_SMALL = 3, HELP_ROWS = 2, COMMAND_ROWS = 4 };

struct form {
	struct rq_view view;
	struct rq_fields fields;
	bool submits;                   /* the form of `submit`: a type's inputs, and a preview */
	struct rq_preview preview;
	struct rq_dispatch *dispatch;   /* of `submit`; NULL */
	size_t at, top;                 /* the field one is in; the uppermost that is seen */
	bool all;                       /* rare fields are shown */
	bool tried;                     /* errors of fields never touched are shown from now on */
	struct rq_choices choices;      /* for the field one is in */
	unsigned answers;               /* of servers, when they were looked for */
	bool looked;                    /* they are those of what is in it now */
	size_t choice;                  /* the one that is in it, from 1; 0 none */
	struct rq_old_values old;       /* of that field */
	bool touched;                   /* something was typed */
	const char *note;               /* what the last key had to say; NULL nothing */
};

/* ---- which fields are seen ---- */

static bool seen(const struct form *f, size_t i)
{
	const struct rq_field *field = &f->fields.v[i];

	return !field->rare || f->all || !rq_field_empty(field) || i == f->at;
}

static int count_seen(const struct form *f)
{
	int n = 0;
	size_t i;

	for (i = 0; i < f->fields.n; i++)
		n += seen(f, i);
	return n;
}

static bool has_rare(const struct form *f)
{
	return count_seen(f) < (int)f->fields.n;
}

static void drop_choices(struct form *f)
{
	rq_choices_release(&f->choices);
	f->choice = 0;
	f->looked = false;
}

static void go_to(struct form *f, size_t i)
{
	drop_choices(f);
	rq_old_values_release(&f->old);
	f->at = i;
	f->fields.v[i].line.at = f->fields.v[i].line.n;
}

static void go(struct form *f, int direction)
{
	size_t n = f->fields.n, i = f->at;

	rq_field_check(&f->fields, &f->fields.v[f->at]);
	do
		i = (i + n + (size_t)(direction > 0 ? 1 : (long)n - 1)) % n;
	while (i != f->at && f->fields.v[i].rare && !f->all && rq_field_empty(&f->fields.v[i]));
	go_to(f, i);
}

/* The fields follow the type, or the workflow, whose inputs may come while one is somewhere else. */
static void follow_type(struct form *f)
{
	const char *name = rq_field_name(&f->fields.v[f->at]);
	bool input = f->fields.v[f->at].input != NULL;
	const struct rq_job_type *t;
	size_t i;

	if (!f->submits)
		return;
	f->preview.dispatches = rq_dispatch_look(f->dispatch, &f->fields);
	f->preview.workflow = rq_dispatch_type(f->dispatch);
	f->preview.trouble = rq_dispatch_error(f->dispatch);
	f->preview.queue = rq_dispatch_queue(f->dispatch);
	t = f->preview.dispatches ? f->preview.workflow : rq_preview_type(&f->preview, rq_fields_get(&f->fields, "type"));
	if (!rq_fields_set_type(&f->fields, t))
		return;
	for (i = 0; i < f->fields.n; i++)
		if (rq_eq(rq_field_name(&f->fields.v[i]), name) && !f->fields.v[i].input == !input)
			break;
	f->at = i < f->fields.n ? i : rq_fields_index(&f->fields, "type");
	f->top = f->top <= f->at ? f->top : f->at;
}

/* ---- drawing ---- */

static bool from_list(const struct form *f, const struct rq_field *field)
{
	const struct rq_setting *setting = rq_fields_setting(&f->fields, field);

	switch (rq_field_type(field)) {
	case RQ_VALUE_RUNNER:
	case RQ_VALUE_QUEUE:
	case RQ_VALUE_TYPE:
	case RQ_VALUE_CHOICE: return !rq_field_switch(field);
	default: return setting && (setting->type == RQ_SETTING_BOOL || setting->type == RQ_SETTING_ENUM);
	}
}

/* What holds where nothing was typed; NULL nothing. */
static const char *stands_in(const struct form *f, const struct rq_field *field)
{
	const struct rq_setting *setting = rq_fields_setting(&f->fields, field);
	const struct rq_job_type *t =
		f->submits ? rq_preview_type(&f->preview, rq_fields_get(&f->fields, "type")) : NULL;

	if (setting)
		return rq_config_str(rq_get_config(f->view.ui->rq), setting->name);
	if (t && field->arg)
		return rq_job_type_works(t) ? t->help : NULL;
	if (t && t->labels.n && rq_field_type(field) == RQ_VALUE_LABELS)
		return "the labels of the type";
	return rq_field_default(field);
}

static void draw_field(struct form *f, size_t i, int row, struct rq_rect r)
{
	struct rq_draw *d = f->view.ui->draw;
	const struct rq_field *field = &f->fields.v[i];
	bool here = i == f->at,
	     bad = field->error[0] && (here || f->tried || !rq_field_empty(field));
	enum rq_role role = bad ? RQ_ROLE_INPUT_BAD : here ? RQ_ROLE_INPUT_ACTIVE : RQ_ROLE_INPUT;
	int col = r.col + LABEL_COLS + 2, width = r.cols - LABEL_COLS - 4;
	char label[64];

	if (width > FIELD_COLS)
		width = FIELD_COLS;
	snprintf(label, sizeof label, "%s%s", rq_field_name(field),
		 rq_field_required(field) ? " *" : "");
	rq_draw_text(d, row, r.col + 1, LABEL_COLS, here ? RQ_ROLE_TITLE : RQ_ROLE_LABEL, label);
	if (rq_field_switch(field)) {
		rq_draw_text(d, row, col, width, here ? RQ_ROLE_TITLE : RQ_ROLE_NORMAL,
			     field->on ? "[x]" : "[ ]");
		if (here)
			rq_draw_cursor(d, row, col + 1);
		return;
	}
	if (rq_field_secret(field)) {
		struct rq_line shown;

		rq_field_shown(field, &shown);
		rq_line_draw(&shown, d, row, col, width, role, here);
		rq_line_release(&shown);
	} else {
		rq_line_draw(&field->line, d, row, col, width, role, here);
	}
	if (!here && rq_field_empty(field) && stands_in(f, field))
		rq_draw_text(d, row, col, width, RQ_ROLE_DIM, stands_in(f, field));
}

/* What the field that one is in could hold. */
static void find_choices(struct form *f)
{
	const struct rq_field *field = &f->fields.v[f->at];
	const struct rq_setting *setting = rq_fields_setting(&f->fields, field);
	struct rq_arena arena = { 0 };
	struct rq_sources sources;

	if (f->looked || rq_field_switch(field))
		return;
	f->looked = true;
	if (rq_field_type(field) == RQ_VALUE_WORDS)
		return;
	if (rq_field_type(field) == RQ_VALUE_WORKFLOW)
		rq_known_ask_workflows(f->view.ui->known, f->submits ? rq_fields_get(&f->fields, "queue") : "");
	rq_known_sources(f->view.ui->known, &arena, &sources);
	rq_complete_value(&sources, rq_field_type(field), setting ? setting->name : rq_field_choices(field),
			  from_list(f, field) ? "" : field->line.s, &f->choices);
	rq_arena_release(&arena);
}

/* Names that a server was asked for. */
static void look_for_answer(struct form *f)
{
	unsigned answers = rq_known_answers(f->view.ui->known);

	if (answers != f->answers && !f->choice)
		drop_choices(f);
	f->answers = answers;
}

static void draw_help(struct form *f, int row, struct rq_rect r)
{
	struct rq_draw *d = f->view.ui->draw;
	const struct rq_field *field = &f->fields.v[f->at];
	const struct rq_setting *setting = rq_fields_setting(&f->fields, field);
	size_t i;
	int col;

	if (f->note)
		rq_draw_text(d, row, r.col + 1, r.cols - 2, RQ_ROLE_MESSAGE, f->note);
	else if (field->error[0] && (f->tried || !rq_field_empty(field)))
		rq_draw_text(d, row, r.col + 1, r.cols - 2, RQ_ROLE_ERROR, field->error);
	else
		rq_draw_text(d, row, r.col + 1, r.cols - 2, RQ_ROLE_HINT, setting ? setting->help : rq_field_help(field));
	look_for_answer(f);
	find_choices(f);
	if (!f->choices.n)
		return;
	col = r.col + 1;
	col += rq_draw_text(d, row + 1, col, r.cols, RQ_ROLE_KEY,
			    from_list(f, field) ? "left right" : "ctrl-n") +
	       2;
	for (i = 0; i < f->choices.n && col < r.col + r.cols - 2; i++)
		col += rq_draw_text(d, row + 1, col, r.col + r.cols - 1 - col,
				    rq_eq(f->choices.v[i], field->line.s) ? RQ_ROLE_CHOICE
									  : RQ_ROLE_DIM,
				    f->choices.v[i]) +
		       2;
}

static void draw_preview(struct form *f, struct rq_rect r)
{
	const struct rq_rich *lines = rq_preview_lines(&f->preview, &f->fields);
	struct rq_draw *d = f->view.ui->draw;
	char more[48];
	size_t i;

	for (i = 0; i < lines->n && (int)i < r.rows; i++)
		rq_rich_draw(lines, i, d, r.row + (int)i, r.col + 1, r.cols - 2, 0);
	if ((int)lines->n <= r.rows || r.rows < 1)
		return;
	snprintf(more, sizeof more, " %zu more ", lines->n - (size_t)r.rows);
	rq_draw_text(d, r.row - 1, r.col + r.cols - 2 - (int)strlen(more), (int)strlen(more), RQ_ROLE_DIM, more);
}

/* The field one is in is in sight. */
static void scroll(struct form *f, int rows)
{
	size_t i;
	int between = 0;

	if (f->at < f->top)
		f->top = f->at;
	for (i = f->top; i < f->at; i++)
		between += seen(f, i);
	while (between >= rows && f->top < f->at)
		between -= seen(f, f->top++);
	/* No room stays empty while fields above are out of sight. */
	for (between = 0, i = f->top; i < f->fields.n; i++)
		between += seen(f, i);
	while (f->top && between + seen(f, f->top - 1) <= rows)
		between += seen(f, --f->top);
}

static int draw_fields(struct form *f, struct rq_rect r)
{
	int used = 0;
	size_t i;

	scroll(f, r.rows);
	for (i = f->top; i < f->fields.n && used < r.rows; i++) {
		if (seen(f, i))
			draw_field(f, i, r.row + used++, r);
	}
	return used;
}

static void draw_keys(struct form *f, int row, struct rq_rect r)
{
	static const char *const keys[] = { "enter", "tab", "ctrl-o", "alt-y", "esc" };
	const char *what[] = { f->fields.command->name, "next", "more", "copy", "leave" };
	int col = r.col + 1, i;

	for (i = 0; i < 5; i++) {
		int width = (int)(strlen(keys[i]) + strlen(what[i])) + 1;

		if ((i == 2 && !has_rare(f)) || col + width > r.col + r.cols)
			continue;
		col += rq_draw_text(f->view.ui->draw, row, col, 10, RQ_ROLE_KEY, keys[i]) + 1;
		col += rq_draw_text(f->view.ui->draw, row, col, 20, RQ_ROLE_HINT, what[i]) + 2;
	}
}

/* Fields out of sight are counted on the rule below them. */
static void draw_more(struct form *f, int row, int used, struct rq_rect r)
{
	int n = count_seen(f);
	char more[48];

	if (n <= used)
		return;
	snprintf(more, sizeof more, " %d of %d fields ", used, n);
	rq_draw_text(f->view.ui->draw, row, r.col + r.cols - 2 - (int)strlen(more), (int)strlen(more), RQ_ROLE_DIM, more);
}

/* The command line that does what the form does. */
static void command_text(const struct form *f, bool missing, struct rq_str *out)
{
	size_t n;
	char **words = rq_fields_draft(&f->fields, missing, &n);

	rq_str_init(out, 0);
	rq_cmdtext(words, n, out);
	rq_words_free(words);
}

/* One row always, more where no field has to give way for it. */
static int command_rows(const struct form *f, const char *text, int room, int cols)
{
	int want = rq_cmdtext_rows(text, cols - 2), most = 1 + room - count_seen(f);

	if (want > COMMAND_ROWS)
		want = COMMAND_ROWS;
	return want < most ? want : most > 1 ? most : 1;
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct form *f = (struct form *)view;
	struct rq_draw *d = view->ui->draw;
	int below = HELP_ROWS + 2, row = r.row, used, rows;
	struct rq_str text;

	follow_type(f);
	if (f->submits)
		below += 1 + (r.rows > 18 ? PREVIEW_ROWS : PREVIEW_ROWS_SMALL);
	command_text(f, true, &text);
	rows = command_rows(f, rq_str_get(&text), r.rows - 1 - below, r.cols);
	below += rows - 1;

	rq_draw_text(d, row++, r.col + 1, r.cols - 2, RQ_ROLE_DIM, f->fields.command->summary);
	used = draw_fields(f, (struct rq_rect){ row, r.col, r.row + r.rows - row - below, r.cols });
	row += used;
	rq_draw_rule(d, row, r.col, r.cols, RQ_ROLE_RULE);
	draw_more(f, row++, used, r);
	draw_help(f, row, r);
	row += HELP_ROWS;
	rq_cmdtext_draw(d, rq_str_get(&text), (struct rq_rect){ row, r.col + 1, rows, r.cols - 2 });
	row += rows;
	rq_str_release(&text);
	if (f->submits) {
		rq_draw_rule(d, row++, r.col, r.cols, RQ_ROLE_RULE);
		draw_preview(f, (struct rq_rect){ row, r.col, r.row + r.rows - row, r.cols });
	}
	if (!rq_messages_now(&view->ui->status))
		draw_keys(f, r.row + r.rows, r);
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_add(out, ((struct form *)view)->fields.command->name);
}

/* ---- keys ---- */

/* No labels is not the same as to say nothing about them. */
static const char *labels_problem(const struct form *f, size_t *bad)
{
	size_t none = rq_fields_index(&f->fields, "none");

	*bad = rq_fields_index(&f->fields, "LABELS");
	if (!rq_eq(f->fields.command->name, "runner labels") || !rq_field_empty(&f->fields.v[*bad]) || f->fields.v[none].on)
		return "";
	return "Say which labels it shall have, or switch none on.";
}

/* The words, or the cursor on what keeps them from making sense. */
static bool good_words(struct form *f, char ***words, size_t *n)
{
	const char *problem;
	struct rq_error e;
	size_t bad;

	f->tried = true;
	if (rq_fields_words(&f->fields, words, n, &bad, &e)) {
		go_to(f, bad);
		rq_copy(f->fields.v[bad].error, sizeof f->fields.v[bad].error, e.msg);
		return false;
	}
	problem = f->submits ? rq_preview_problem(&f->preview, &f->fields, &bad) : labels_problem(f, &bad);
	if (*problem) {
		rq_words_free(*words);
		go_to(f, bad);
		rq_copy(f->fields.v[bad].error, sizeof f->fields.v[bad].error, problem);
		return false;
	}
	return true;
}

/* In the history of the prompt it can be found again. */
static void remember(struct form *f, char *const *words, size_t n)
{
	char *text = rq_words_join(words, n);

	rq_history_refresh(f->view.ui->history);
	rq_history_add(f->view.ui->history, text);
	rq_free(text);
}

static void submit(struct form *f)
{
	struct rq_ui *ui = f->view.ui;
	char **words;
	size_t n;

	if (!good_words(f, &words, &n))
		return;
	remember(f, words, n);
	rq_old_values_keep(ui->values, &f->fields);
	rq_ui_close(ui, &f->view);
	rq_ui_run_words(ui, words, n, false);
	rq_words_free(words);
}

static void copy(struct form *f)
{
	struct rq_str text;
	char **words;
	size_t n;

	if (!good_words(f, &words, &n))
		return;
	rq_words_free(words);
	command_text(f, false, &text);
	rq_cmdtext_copy(f->view.ui, rq_str_get(&text));
	rq_str_release(&text);
}

/* What was typed is not lost. */
static void leave(struct form *f)
{
	struct rq_ui *ui = f->view.ui;
	size_t n;
	char **words;

	if (f->touched) {
		words = rq_fields_draft(&f->fields, false, &n);
		remember(f, words, n);
		rq_words_free(words);
		rq_ui_hint(ui, "Left. <prompt> and then up bring back what was typed.");
	}
	rq_ui_close(ui, &f->view);
}

static void changed_field(struct form *f)
{
	f->touched = true;
	rq_field_check(&f->fields, &f->fields.v[f->at]);
	follow_type(f);
}

static void choose(struct form *f, int direction)
{
	struct rq_field *field = &f->fields.v[f->at];
	size_t i;

	find_choices(f);
	if (!f->choices.n)
		return;
	for (i = 0; !f->choice && i < f->choices.n; i++) {
		if (rq_eq(f->choices.v[i], field->line.s))
			f->choice = i + 1;
	}
	/* One place among them is the empty one: none of them. */
	f->choice =
		(f->choice + f->choices.n + 1 + (size_t)(direction > 0 ? 1 : (long)f->choices.n)) %
		(f->choices.n + 1);
	rq_line_set(&field->line, f->choice ? f->choices.v[f->choice - 1] : "");
	changed_field(f);
}

/* The value before, and the one before that. */
static void choose_old(struct form *f)
{
	struct rq_field *field = &f->fields.v[f->at];

	if (rq_field_secret(field))
		f->note = "Values like these are not kept.";
	else if (!rq_old_values_next(&f->old, f->view.ui->values, &f->fields, field))
		f->note = "Nothing was in this field before.";
	drop_choices(f);
	changed_field(f);
}

/* Tab completes a name as far as it is unique; then it goes on. */
static bool complete(struct form *f)
{
	struct rq_field *field = &f->fields.v[f->at];
	size_t common;

	if (rq_field_switch(field) || from_list(f, field) || !field->line.n)
		return false;
	find_choices(f);
	common = rq_choices_common(&f->choices);
	if (common <= field->line.n)
		return false;
	field->line.at = field->line.n;
	rq_line_insert(&field->line, f->choices.v[0] + field->line.n, common - field->line.n);
	drop_choices(f);
	changed_field(f);
	return true;
}

static bool field_key(struct form *f, uint32_t key)
{
	struct rq_field *field = &f->fields.v[f->at];
	bool changed;

	if (rq_field_switch(field)) {
		if (key == ' ' || key == RQ_KEY_LEFT || key == RQ_KEY_RIGHT) {
			field->on = !field->on;
			f->touched = true;
		}
		return true;
	}
	if (key == 14 || (from_list(f, field) && key == RQ_KEY_RIGHT)) { /* ctrl-n */
		choose(f, 1);
		return true;
	}
	if (from_list(f, field) && key == RQ_KEY_LEFT) {
		choose(f, -1);
		return true;
	}
	if (key == 16) { /* ctrl-p */
		choose_old(f);
		return true;
	}
	if (rq_line_key(&field->line, key, &changed) && changed) {
		drop_choices(f);
		rq_old_values_release(&f->old);
		changed_field(f);
	}
	return true;
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct form *f = (struct form *)view;

	f->note = NULL;
	switch (key) {
	case RQ_KEY_ENTER: submit(f); return true;
	case RQ_KEY_ESC: case 3: leave(f); return true;
	case RQ_KEY_TAB:
		if (!complete(f))
			go(f, 1);
		return true;
	case RQ_KEY_DOWN: go(f, 1); return true;
	case RQ_KEY_ALT | 'y': copy(f); return true;
	case RQ_KEY_SHIFT_TAB: case RQ_KEY_UP: go(f, -1); return true;
	case 15: f->all = !f->all; return true; /* ctrl-o */
	case 12: rq_term_redraw(view->ui->term); return true; /* ctrl-l */
	case 26: view->ui->suspend = true; return true; /* ctrl-z */
	}
	return field_key(f, key);
}

/* A field is one line: the lines of what is pasted become one, and that is told, for they may have been a script. */
static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct form *f = (struct form *)view;
	struct rq_field *field = &f->fields.v[f->at];

	f->note = NULL;
	if (rq_field_switch(field))
		return;
	while (n && text[n - 1] == '\n')
		n--;
	if (memchr(text, '\n', n))
		f->note = "The lines that were pasted are one line now, with blanks between them.";
	rq_line_insert(&field->line, text, n);
	drop_choices(f);
	rq_old_values_release(&f->old);
	changed_field(f);
}

static void changed(struct rq_view *view)
{
	drop_choices((struct form *)view);
}

static void free_view(struct rq_view *view)
{
	struct form *f = (struct form *)view;

	drop_choices(f);
	rq_old_values_release(&f->old);
	if (f->submits)
		rq_preview_release(&f->preview);
	rq_dispatch_free(f->dispatch);
	rq_fields_release(&f->fields);
	rq_free(f);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_INPUT,
	.free = free_view,
	.changed = changed,
	.draw = draw,
	.key = key,
	.paste = paste,
	.title = title,
};

void rq_view_form_open(struct rq_ui *ui, const struct rq_command *command, char *const *words,
		       size_t n)
{
	struct form *f = rq_alloc(sizeof *f);
	size_t i;

	f->view.ops = &ops;
	f->view.ui = ui;
	rq_fields_init(&f->fields, command, words, n);
	f->submits = rq_eq(command->name, "submit");
	if (f->submits) {
		rq_preview_init(&f->preview, ui);
		f->dispatch = rq_dispatch_new(ui);
	}
	follow_type(f);
	if (rq_eq(command->name, "runner labels"))
		f->at = rq_fields_index(&f->fields, "LABELS");
	for (i = 0; i < f->fields.n; i++) {
		f->fields.v[i].line.at = f->fields.v[i].line.n;
		if (rq_field_required(&f->fields.v[i]) && rq_field_empty(&f->fields.v[i])) {
			f->at = i;
			break;
		}
	}
	rq_ui_push(ui, &f->view);
}
