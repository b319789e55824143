/* The prompt: a command, with history and completion. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/complete.h"
#include "tui/input.h"
#include "tui/ui.h"

struct prompt {
	struct rq_view view;
	struct rq_line line;
	size_t step;                    /* in the history; 0: what is being typed */
	char *typed;                    /* that, while one looks through the history */
	struct rq_choices choices;      /* shown while there are any */
	size_t from, at; /* where the completed word begins; the choice that is in, from 1 */
};

static void drop_choices(struct prompt *p)
{
	rq_choices_release(&p->choices);
	p->at = 0;
}

/* The choices in one row above the line, the one that is in the line marked. */
static void draw_choices(struct prompt *p, int row, int cols)
{
	struct rq_draw *d = p->view.ui->draw;
	size_t i = 0, first = 0;
	int col = 1;

	/* So many from the left that the marked one is in sight. */
	for (i = 0; p->at && i < p->at; i++) {
		col += rq_text_width(p->choices.v[i]) + 2;
		if (col > cols - 2) {
			first = i;
			col = 1 + rq_text_width(p->choices.v[i]) + 2;
		}
	}
	rq_draw_fill(d, row, 0, cols, RQ_ROLE_NORMAL);
	col = 1;
	for (i = first; i < p->choices.n && col < cols - 1; i++)
		col += rq_draw_text(d, row, col, cols - col,
				    i + 1 == p->at ? RQ_ROLE_CHOICE : RQ_ROLE_HINT,
				    p->choices.v[i]) +
		       2;
}

/* What the command wants, while it is typed. */
static void draw_usage(struct prompt *p, int row, int cols)
{
	const struct rq_command *c;
	struct rq_str usage;
	char name[64];
	size_t n = strcspn(p->line.s, " ");

	if (n >= sizeof name || !p->line.s[n])
		return;
	memcpy(name, p->line.s, n);
	name[n] = '\0';
	c = rq_command_find(name);
	if (!c)
		return;
	rq_str_init(&usage, 4096);
	rq_command_usage(c, &usage);
	rq_draw_fill(p->view.ui->draw, row, 0, cols, RQ_ROLE_NORMAL);
	rq_draw_text(p->view.ui->draw, row, 1, cols - 2, RQ_ROLE_DIM,
		     rq_starts(rq_str_get(&usage), "relayq ") ? usage.s + 7 : rq_str_get(&usage));
	rq_str_release(&usage);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct prompt *p = (struct prompt *)view;
	int row = r.row + r.rows - 1;

	rq_draw_fill(view->ui->draw, row, 0, r.cols, RQ_ROLE_NORMAL);
	rq_draw_text(view->ui->draw, row, 0, 1, RQ_ROLE_PROMPT, ":");
	rq_line_draw(&p->line, view->ui->draw, row, 1, r.cols - 1, RQ_ROLE_NORMAL, true);
	if (p->choices.n > 1)
		draw_choices(p, row - 1, r.cols);
	else
		draw_usage(p, row - 1, r.cols);
}

static void put_choice(struct prompt *p, const char *word, size_t n, bool finished)
{
	p->line.at = p->line.n = p->from;
	p->line.s[p->from] = '\0';
	rq_line_insert(&p->line, word, n);
	if (finished && n && word[n - 1] != ':' && word[n - 1] != ',')
		rq_line_insert(&p->line, " ", 1);
}

static void find_choices(struct prompt *p)
{
	struct rq_arena arena = { 0 };

	rq_complete(p->view.ui->snap, rq_ui_types(p->view.ui, &arena), p->line.s, &p->choices, &p->from);
	rq_arena_release(&arena);
}

/* The first tab completes what all choices have in common and shows them; the next ones go through
 * them. */
static void complete(struct prompt *p, int direction)
{
	size_t common;

	if (p->choices.n > 1) {
		p->at = direction > 0 ? p->at % p->choices.n + 1
			: p->at > 1   ? p->at - 1
				      : p->choices.n;
		put_choice(p, p->choices.v[p->at - 1], strlen(p->choices.v[p->at - 1]), false);
		return;
	}
	drop_choices(p);
	p->line.at = p->line.n;
	find_choices(p);
	if (!p->choices.n) {
		rq_ui_say(p->view.ui, "Nothing completes this.");
		return;
	}
	common = rq_choices_common(&p->choices);
	if (common > p->line.n - p->from || p->choices.n == 1)
		put_choice(p, p->choices.v[0], common, p->choices.n == 1);
	if (p->choices.n == 1)
		drop_choices(p);
}

static void history(struct prompt *p, int direction)
{
	const char *text;
	size_t step = p->step;

	if (!step) {
		rq_free(p->typed);
		p->typed = rq_strdup(p->line.s);
	}
	if (direction < 0 && !step)
		return;
	step = direction > 0 ? step + 1 : step - 1;
	text = step ? rq_history_get(p->view.ui->history, step, p->typed) : p->typed;
	if (!text)
		return;
	p->step = step;
	rq_line_set(&p->line, text);
}

static void run(struct prompt *p)
{
	struct rq_ui *ui = p->view.ui;
	char *text = rq_strdup(p->line.s + strspn(p->line.s, " :"));
	size_t n = strlen(text);

	/* Completion leaves a blank behind a word. */
	while (n && text[n - 1] == ' ')
		text[--n] = '\0';
	rq_history_add(ui->history, text);
	rq_ui_pop(ui);
	if (rq_eq(text, "q"))
		rq_ui_run(ui, "quit"); /* fingers know it from elsewhere */
	else if (*text)
		rq_ui_run(ui, text);
	rq_free(text);
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct prompt *p = (struct prompt *)view;
	bool changed;

	switch (key) {
	case RQ_KEY_ENTER: run(p); return true;
	case RQ_KEY_ESC:
		if (p->choices.n > 1)
			drop_choices(p);
		else
			rq_ui_pop(view->ui);
		return true;
	case 3: rq_ui_pop(view->ui); return true; /* ctrl-c */
	case RQ_KEY_TAB: complete(p, 1); return true;
	case RQ_KEY_SHIFT_TAB: complete(p, -1); return true;
	case RQ_KEY_UP: case 16: history(p, 1); return true;    /* ctrl-p */
	case RQ_KEY_DOWN: case 14: history(p, -1); return true; /* ctrl-n */
	}
	if (key == RQ_KEY_BACKSPACE && !p->line.n) {
		rq_ui_pop(view->ui);
		return true;
	}
	if (rq_line_key(&p->line, key, &changed) && changed) {
		p->step = 0;
		drop_choices(p);
	}
	return true;
}

static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct prompt *p = (struct prompt *)view;

	rq_line_insert(&p->line, text, n);
	drop_choices(p);
}

static void free_view(struct rq_view *view)
{
	struct prompt *p = (struct prompt *)view;

	rq_choices_release(&p->choices);
	rq_line_release(&p->line);
	rq_free(p->typed);
	rq_free(p);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_INPUT,
	.over = true,
	.free = free_view,
	.draw = draw,
	.key = key,
	.paste = paste,
};

void rq_view_prompt_open(struct rq_ui *ui, const char *text)
{
	struct prompt *p = rq_alloc(sizeof *p);

	p->view.ops = &ops;
	p->view.ui = ui;
	rq_line_init(&p->line, text);
	rq_ui_push(ui, &p->view);
}
