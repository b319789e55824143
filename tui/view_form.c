/* A form for a command, made from its row; for submit, with what the policy would decide. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/complete.h"
#include "tui/detail.h"
#include "tui/fields.h"
#include "tui/input.h"
#include "tui/rich.h"
#include "tui/ui.h"

enum { LABEL_COLS = 14, FIELD_COLS = 80, PREVIEW_ROWS = 4, HELP_ROWS = 2 };

struct form {
	struct rq_view view;
	struct rq_fields fields;
	size_t at, top;                 /* the field one is in; the uppermost that is seen */
	bool all;                       /* rare fields are shown */
	bool tried;                     /* errors of fields never touched are shown from now on */
	struct rq_choices choices;      /* for the field one is in */
	size_t choice;                  /* the one that is in it, from 1; 0 none */
};

/* ---- which fields are seen ---- */

static bool seen(const struct form *f, size_t i)
{
	const struct rq_field *field = &f->fields.v[i];

	return !field->rare || f->all || !rq_field_empty(field) || i == f->at;
}

static bool has_rare(const struct form *f)
{
	size_t i;

	for (i = 0; i < f->fields.n; i++) {
		if (!seen(f, i))
			return true;
	}
	return false;
}

static void drop_choices(struct form *f)
{
	rq_choices_release(&f->choices);
	f->choice = 0;
}

static void go(struct form *f, int direction)
{
	size_t n = f->fields.n, i = f->at;

	drop_choices(f);
	rq_field_check(&f->fields, &f->fields.v[f->at]);
	do
		i = (i + n + (size_t)(direction > 0 ? 1 : (long)n - 1)) % n;
	while (i != f->at && f->fields.v[i].rare && !f->all && rq_field_empty(&f->fields.v[i]));
	f->at = i;
	f->fields.v[i].line.at = f->fields.v[i].line.n;
}

/* ---- drawing ---- */

static bool from_list(const struct rq_field *field)
{
	switch (rq_field_type(field)) {
	case RQ_VALUE_RUNNER:
	case RQ_VALUE_QUEUE:
	case RQ_VALUE_CHOICE: return !rq_field_switch(field);
	default: return false;
	}
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
	rq_line_draw(&field->line, d, row, col, width, role, here);
	if (!here && rq_field_empty(field) && field->opt && field->opt->def)
		rq_draw_text(d, row, col, width, RQ_ROLE_DIM, field->opt->def);
}

static void draw_help(struct form *f, int row, struct rq_rect r)
{
	struct rq_draw *d = f->view.ui->draw;
	const struct rq_field *field = &f->fields.v[f->at];
	size_t i;
	int col;

	if (field->error[0] && (f->tried || !rq_field_empty(field)))
		rq_draw_text(d, row, r.col + 1, r.cols - 2, RQ_ROLE_ERROR, field->error);
	else
		rq_draw_text(d, row, r.col + 1, r.cols - 2, RQ_ROLE_HINT, rq_field_help(field));
	if (!f->choices.n && !rq_field_switch(field))
		rq_complete_value(f->view.ui->snap, rq_field_type(field),
				  field->arg ? field->arg->choices : NULL,
				  from_list(field) ? "" : field->line.s, &f->choices);
	if (!f->choices.n)
		return;
	col = r.col + 1;
	col += rq_draw_text(d, row + 1, col, r.cols, RQ_ROLE_KEY,
			    from_list(field) ? "left right" : "ctrl-n") +
	       2;
	for (i = 0; i < f->choices.n && col < r.col + r.cols - 2; i++)
		col += rq_draw_text(d, row + 1, col, r.col + r.cols - 1 - col,
				    rq_eq(f->choices.v[i], field->line.s) ? RQ_ROLE_CHOICE
									  : RQ_ROLE_DIM,
				    f->choices.v[i]) +
		       2;
}

/* What would be decided, with the warnings that a submission would get. */
static void preview(struct form *f, struct rq_rich *out)
{
	struct rq_ui *ui = f->view.ui;
	struct rq_submission s = { 0 };
	struct rq_decision d = { 0 };
	struct rq_arena arena = { 0 };
	struct rq_str warnings;
	struct rq_error e;
	bool first =
		!ui->snap->n_runners && rq_config_bool(rq_get_config(ui->rq), "agent.autostart");
	const char *type = rq_fields_get(&f->fields, "type"),
		   *target = rq_fields_get(&f->fields, "to");
	const char *labels = rq_fields_get(&f->fields, "runs-on");

	if (first) {
		rq_rich_add(out, RQ_ROLE_NORMAL,
			    "There is no runner yet: with the first job an agent starts on this "
			    "machine.");
		rq_rich_end_line(out);
		return;
	}
	rq_str_init(&warnings, 65536);
	s.type = *type ? type : "command";
	s.target = *target ? target : NULL;
	if (rq_labels_parse(&arena, *labels ? labels : "self-hosted", &s.labels, &e) == RQ_OK) {
		rq_submission_warnings(ui->rq, &s, &warnings);
		rq_rich_block(out, RQ_ROLE_WARNING, rq_str_get(&warnings), warnings.len);
		if (rq_preview(ui->rq, &arena, &s, &d, &e) == RQ_OK) {
			rq_decision_text(ui, &d, out);
		}
	}
	rq_str_release(&warnings);
	rq_arena_release(&arena);
}

static void draw_preview(struct form *f, struct rq_rect r)
{
	struct rq_rich out;
	size_t i;

	rq_rich_init(&out);
	preview(f, &out);
	for (i = 0; i < out.n && (int)i < r.rows; i++)
		rq_rich_draw(&out, i, f->view.ui->draw, r.row + (int)i, r.col + 1, r.cols - 2, 0);
	rq_rich_release(&out);
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
	static const char *const keys[] = { "enter", "tab", "ctrl-o", "esc" };
	const char *what[] = { f->fields.command->name, "next field", "more fields", "leave" };
	int col = r.col + 1, i;

	for (i = 0; i < 4; i++) {
		if (i == 2 && !has_rare(f))
			continue;
		col += rq_draw_text(f->view.ui->draw, row, col, 10, RQ_ROLE_KEY, keys[i]) + 1;
		col += rq_draw_text(f->view.ui->draw, row, col, 20, RQ_ROLE_HINT, what[i]) + 2;
	}
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct form *f = (struct form *)view;
	struct rq_draw *d = view->ui->draw;
	bool with_preview = rq_eq(f->fields.command->name, "submit");
	int below = HELP_ROWS + 1 + (with_preview ? 1 + (r.rows > 18 ? PREVIEW_ROWS : 3) : 0),
	    row = r.row, used;

	rq_draw_text(d, row++, r.col + 1, r.cols - 2, RQ_ROLE_DIM, f->fields.command->summary);
	used = draw_fields(f, (struct rq_rect){ row, r.col, r.row + r.rows - row - below, r.cols });
	row += used;
	rq_draw_rule(d, row++, r.col, r.cols, RQ_ROLE_RULE);
	draw_help(f, row, r);
	row += HELP_ROWS;
	if (with_preview) {
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

static void submit(struct form *f)
{
	struct rq_ui *ui = f->view.ui;
	struct rq_str text;
	struct rq_error e;
	char **words;
	size_t n, i, bad;

	f->tried = true;
	if (rq_fields_words(&f->fields, &words, &n, &bad, &e)) {
		f->at = bad;
		drop_choices(f);
		rq_copy(f->fields.v[bad].error, sizeof f->fields.v[bad].error, e.msg);
		return;
	}
	/* In the history of the prompt it can be found again, should it fail. */
	rq_str_init(&text, RQ_LINE_BYTES);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_addc(&text, ' ');
		rq_words_quote(&text, words[i]);
	}
	rq_history_add(ui->history, rq_str_get(&text));
	rq_str_release(&text);
	rq_ui_close(ui, &f->view);
	rq_ui_run_words(ui, words, n, false);
	rq_words_free(words);
}

static void choose(struct form *f, int direction)
{
	struct rq_field *field = &f->fields.v[f->at];

	if (!f->choices.n)
		return;
	/* One place among them is the empty one: none of them. */
	f->choice =
		(f->choice + f->choices.n + 1 + (size_t)(direction > 0 ? 1 : (long)f->choices.n)) %
		(f->choices.n + 1);
	rq_line_set(&field->line, f->choice ? f->choices.v[f->choice - 1] : "");
	rq_field_check(&f->fields, field);
}

static bool field_key(struct form *f, uint32_t key)
{
	struct rq_field *field = &f->fields.v[f->at];
	bool changed;

	if (rq_field_switch(field)) {
		if (key == ' ' || key == RQ_KEY_LEFT || key == RQ_KEY_RIGHT)
			field->on = !field->on;
		return true;
	}
	if (key == 14 || (from_list(field) && key == RQ_KEY_RIGHT)) { /* ctrl-n */
		choose(f, 1);
		return true;
	}
	if (key == 16 || (from_list(field) && key == RQ_KEY_LEFT)) { /* ctrl-p */
		choose(f, -1);
		return true;
	}
	if (rq_line_key(&field->line, key, &changed) && changed) {
		drop_choices(f);
		rq_field_check(&f->fields, field);
	}
	return true;
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct form *f = (struct form *)view;

	switch (key) {
	case RQ_KEY_ENTER: submit(f); return true;
	case RQ_KEY_ESC: case 3: rq_ui_close(view->ui, view); return true;
	case RQ_KEY_TAB: case RQ_KEY_DOWN: go(f, 1); return true;
	case RQ_KEY_SHIFT_TAB: case RQ_KEY_UP: go(f, -1); return true;
	case 15: f->all = !f->all; return true; /* ctrl-o */
	case 12: rq_term_redraw(view->ui->term); return true; /* ctrl-l */
	case 26: view->ui->suspend = true; return true; /* ctrl-z */
	}
	return field_key(f, key);
}

static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct form *f = (struct form *)view;
	struct rq_field *field = &f->fields.v[f->at];

	if (rq_field_switch(field))
		return;
	rq_line_insert(&field->line, text, n);
	rq_field_check(&f->fields, field);
}

static void changed(struct rq_view *view)
{
	drop_choices((struct form *)view);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	(void)view;
	(void)what;
	(void)out;
}

static void free_view(struct rq_view *view)
{
	struct form *f = (struct form *)view;

	drop_choices(f);
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
	.pick = pick,
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
	for (i = 0; i < f->fields.n; i++) {
		f->fields.v[i].line.at = f->fields.v[i].line.n;
		if (rq_field_required(&f->fields.v[i]) && rq_field_empty(&f->fields.v[i])) {
			f->at = i;
			break;
		}
	}
	rq_ui_push(ui, &f->view);
}
