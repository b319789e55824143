/* The prompt: a command, with history, completion, and what is wrong with it while it is typed. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/complete.h"
#include "tui/history.h"
#include "tui/input.h"
#include "tui/known.h"
#include "tui/popup.h"
#include "tui/ui.h"
#include "tui/words.h"

struct prompt {
	struct rq_view view;
	struct rq_line line;
	struct rq_recall recall;        /* in the history */
	struct rq_choices choices;      /* shown while there are any */
	size_t from, at;                /* where the completed word begins; the choice that is in, from 1 */
	bool asking;                    /* completion waits for a server */
	unsigned answers;
	char error[512];                /* why the line was not run; "" it was not tried */
	char *hints_of;                 /* the line that these are of, the cursor behind HINTS_AT bytes; NULL none */
	size_t hints_at;
	struct rq_str usage, about, problem;
	const char *note;               /* what the last key had to say; NULL nothing */
	bool searching;                 /* in the history, for NEEDLE */
	struct rq_line needle;
	size_t found;                   /* the entry that is in the line, from 1 */
};

static void drop_choices(struct prompt *p)
{
	rq_choices_release(&p->choices);
	p->at = 0;
	p->asking = false;
}

/* ---- drawing ---- */

static void draw_line(struct prompt *p, int row, int cols, enum rq_role role, const char *text)
{
	rq_draw_fill(p->view.ui->draw, row, 0, cols, RQ_ROLE_NORMAL);
	rq_draw_text(p->view.ui->draw, row, 1, cols - 2, role, text);
}

/* Once for a line, not for a frame: the types of jobs are in files. */
static void find_hints(struct prompt *p)
{
	struct rq_arena arena = { 0 };
	struct rq_sources sources;
	struct rq_cmdline line;

	if (p->hints_of && rq_eq(p->hints_of, p->line.s) && p->hints_at == p->line.at)
		return;
	rq_free(p->hints_of);
	p->hints_of = rq_strdup(p->line.s);
	p->hints_at = p->line.at;
	rq_str_clear(&p->usage);
	rq_str_clear(&p->about);
	rq_str_clear(&p->problem);
	rq_known_sources(p->view.ui->known, &arena, &sources);
	rq_cmdline_init(&line, p->line.s, p->line.at);
	rq_cmdline_usage(&line, &p->usage);
	rq_cmdline_about(&line, &p->about);
	rq_cmdline_problem(&sources, p->line.s, &p->problem);
	rq_cmdline_release(&line);
	rq_arena_release(&arena);
}

/* What the command wants, and below it what the word at the cursor is, or what is wrong. */
static void draw_hints(struct prompt *p, int row, int cols)
{
	find_hints(p);
	if (*p->error)
		draw_line(p, row--, cols, RQ_ROLE_ERROR, p->error);
	else if (p->problem.len)
		draw_line(p, row--, cols, RQ_ROLE_WARNING, rq_str_get(&p->problem));
	else if (p->note)
		draw_line(p, row--, cols, RQ_ROLE_HINT, p->note);
	else if (p->about.len)
		draw_line(p, row--, cols, RQ_ROLE_HINT, rq_str_get(&p->about));
	if (p->usage.len)
		draw_line(p, row, cols, RQ_ROLE_DIM, rq_str_get(&p->usage));
}

static void draw_search(struct prompt *p, int row, int cols)
{
	struct rq_draw *d = p->view.ui->draw;
	int col;

	draw_line(p, row - 1, cols, p->found || !p->needle.n ? RQ_ROLE_HINT : RQ_ROLE_WARNING,
		  p->found || !p->needle.n ? "ctrl-r an older one  enter runs it  esc leaves the search; another key edits it"
					   : "nothing typed before has this in it");
	col = rq_draw_text(d, row, 0, cols / 2, RQ_ROLE_PROMPT, "search ");
	col += rq_draw_text(d, row, col, cols / 2, RQ_ROLE_MATCH, p->needle.s);
	col += rq_draw_text(d, row, col, 2, RQ_ROLE_PROMPT, ": ");
	rq_line_draw(&p->line, d, row, col, cols - col, RQ_ROLE_NORMAL, true);
}

static void find_choices(struct prompt *p)
{
	struct rq_arena arena = { 0 };
	struct rq_sources sources;

	rq_known_sources(p->view.ui->known, &arena, &sources);
	rq_complete(&sources, p->line.s, p->line.at, &p->choices, &p->from);
	rq_arena_release(&arena);
}

/* An answer for which completion waited. */
static void look_for_answer(struct prompt *p)
{
	if (!p->asking || p->answers == rq_known_answers(p->view.ui->known))
		return;
	drop_choices(p);
	find_choices(p);
	if (!p->choices.n)
		p->note = "Nothing completes this.";
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct prompt *p = (struct prompt *)view;
	struct rq_draw *d = view->ui->draw;
	int row = r.row + r.rows - 1;

	look_for_answer(p);
	rq_draw_fill(d, row, 0, r.cols, RQ_ROLE_NORMAL);
	if (p->searching) {
		draw_search(p, row, r.cols);
		return;
	}
	rq_draw_text(d, row, 0, 1, RQ_ROLE_PROMPT, ":");
	rq_line_draw(&p->line, d, row, 1, r.cols - 1, RQ_ROLE_NORMAL, true);
	if (p->choices.n > 1)
		rq_popup_draw(d, &p->choices, p->at, (struct rq_rect){ r.row, 0, r.rows - 1, r.cols });
	else if (p->asking)
		draw_line(p, row - 1, r.cols, RQ_ROLE_HINT, "asking the server for its workflows");
	else if (p->line.n)
		draw_hints(p, row - 1, r.cols);
	else
		draw_line(p, row - 1, r.cols, RQ_ROLE_HINT,
			  "tab completes  up: what was typed before  ctrl-r searches it  esc leaves");
}

/* ---- completion ---- */

/* The word at the cursor becomes WORD of N bytes; what is behind the cursor stays. */
static void put_choice(struct prompt *p, const char *word, size_t n, bool finished)
{
	struct rq_line *l = &p->line;
	struct rq_str text;
	char *value = rq_fmt("%s%.*s", p->choices.before, (int)n, word);

	rq_str_init(&text, RQ_LINE_BYTES);
	if (p->choices.names || !*value)
		rq_str_add(&text, value);
	else
		rq_words_quote(&text, value);
	rq_free(value);
	memmove(l->s + p->from, l->s + l->at, l->n - l->at + 1);
	l->n -= l->at - p->from;
	l->at = p->from;
	rq_line_insert(l, rq_str_get(&text), text.len);
	if (finished && n && !strchr(":,/=", word[n - 1]) && l->s[l->at] != ' ')
		rq_line_insert(l, " ", 1);
	rq_str_release(&text);
}

static void cycle(struct prompt *p, int direction)
{
	p->at = direction > 0 ? p->at % p->choices.n + 1 : p->at > 1 ? p->at - 1 : p->choices.n;
	put_choice(p, p->choices.v[p->at - 1], strlen(p->choices.v[p->at - 1]), false);
}

/* Workflows are the server's: it is asked, and what it says shows when it comes. */
static bool ask_server(struct prompt *p)
{
	struct rq_ui *ui = p->view.ui;
	struct rq_cmdline line;
	const char *queue;

	rq_cmdline_init(&line, p->line.s, p->line.at);
	queue = rq_cmdline_option(line.words, line.n, "queue");
	if (line.command && rq_cmdline_type(&line) == RQ_VALUE_WORKFLOW)
		p->asking = rq_known_ask_workflows(ui->known, queue ? queue : "") && !p->choices.n;
	p->answers = rq_known_answers(ui->known);
	rq_cmdline_release(&line);
	return p->asking;
}

/* The first tab completes what all choices have in common and shows them; the next ones go through them. */
static void complete(struct prompt *p, int direction)
{
	size_t common, typed;

	if (p->choices.n > 1) {
		cycle(p, direction);
		return;
	}
	drop_choices(p);
	find_choices(p);
	if (ask_server(p))
		return;
	if (!p->choices.n) {
		p->note = "Nothing completes this.";
		return;
	}
	common = rq_choices_common(&p->choices);
	typed = strlen(p->choices.before) + common;
	if (typed > p->line.at - p->from || p->choices.n == 1)
		put_choice(p, p->choices.v[0], common, p->choices.n == 1);
	if (p->choices.n == 1)
		drop_choices(p);
}

/* ---- history ---- */

static void history(struct prompt *p, int direction)
{
	const char *text = rq_recall_go(&p->recall, p->view.ui->history, p->line.s, direction);

	if (!text)
		return;
	rq_line_set(&p->line, text);
	drop_choices(p);
	p->error[0] = '\0';
}

static void search_from(struct prompt *p, size_t step)
{
	const char *text = p->needle.n ? rq_history_find(p->view.ui->history, &step, p->needle.s) : NULL;

	if (!text && step > 1 && p->found)
		return; /* there is no older one: this one stays */
	p->found = text ? step : 0;
	rq_line_set(&p->line, text ? text : "");
}

static void start_search(struct prompt *p)
{
	drop_choices(p);
	rq_free(p->recall.typed);
	p->recall.typed = rq_strdup(p->line.s);
	p->searching = true;
	p->found = 0;
	rq_line_set(&p->needle, "");
}

static void end_search(struct prompt *p, bool keep)
{
	p->searching = false;
	p->recall.step = 0;
	p->error[0] = '\0';
	if (!keep || !p->line.n)
		rq_line_set(&p->line, p->recall.typed);
}

/* true: the key was the search's. Another one ends it and edits what was found. */
static bool search_key(struct prompt *p, uint32_t key)
{
	bool changed;

	switch (key) {
	case 18: search_from(p, p->found + 1); return true; /* ctrl-r */
	case RQ_KEY_ESC: case 3: case 7: end_search(p, false); return true; /* ctrl-c, ctrl-g */
	case RQ_KEY_ENTER: end_search(p, true); return false;
	case RQ_KEY_BACKSPACE: break;
	default:
		if (key < ' ' || key >= RQ_KEY_FIRST_NAMED || (key & RQ_KEY_ALT)) {
			end_search(p, true);
			return false;
		}
	}
	if (rq_line_key(&p->needle, key, &changed) && changed)
		search_from(p, 1);
	return true;
}

/* ---- running ---- */

static bool is_view(const char *name, struct rq_error *e)
{
	size_t tab;

	if (rq_ui_tab_named(name, &tab) || rq_ui_file_named(name, NULL))
		return true;
	if (*name)
		rq_fail(e, RQ_EUSAGE, "There is no view \"%.40s\", and no such file; tab lists them.", name);
	else
		rq_fail(e, RQ_EUSAGE, "view wants the name of a view, or a file: view runners; tab lists them.");
	return false;
}

/* What cannot be a command stays in the prompt, with the reason. */
static bool makes_sense(struct rq_ui *ui, const char *text, struct rq_error *e)
{
	struct rq_words w = { 0 };
	struct rq_cmd cmd = { 0 };
	const char *rest, *missing;
	char **words = NULL, *unknown;
	enum rq_do d;
	size_t n = 0, i, used;
	int rc;

	if (rq_do_find(text, &d, &rest))
		return d != RQ_DO_VIEW || is_view(rest, e);
	rc = rq_words_split(text, &words, &n, e);
	for (i = 0; !rc && i < n; i++)
		rq_words_expand(ui, words[i], &w);
	rq_words_free(words);
	if (!rc && w.n) {
		cmd.command = rq_cmdline_command(w.v, w.n, &used);
		if (!cmd.command) {
			unknown = rq_cmdline_unknown(w.v[0]);
			rc = rq_fail(e, RQ_EUSAGE, "%s", unknown);
			rq_free(unknown);
		} else if (cmd.command->flags & RQ_CMD_CLI_ONLY) {
			rc = rq_fail(e, RQ_EUSAGE, "relayq %s is for the command line only.", cmd.command->name);
		} else {
			rc = rq_cmd_parse(&cmd, w.v + used, w.n - used, &missing, e);
		}
		rq_arena_release(&cmd.arena);
	}
	rq_words_release(&w);
	return rc == RQ_OK;
}

static void run(struct prompt *p)
{
	struct rq_ui *ui = p->view.ui;
	char *text = rq_strdup(p->line.s + strspn(p->line.s, " :"));
	size_t n = strlen(text);
	struct rq_error e = { 0 };

	/* Completion leaves a blank behind a word. */
	while (n && text[n - 1] == ' ')
		text[--n] = '\0';
	if (rq_eq(text, "q")) {
		rq_free(text);
		text = rq_strdup("quit"); /* fingers know it from elsewhere */
	}
	if (*text && !makes_sense(ui, text, &e)) {
		rq_copy(p->error, sizeof p->error, e.msg);
		drop_choices(p);
		rq_free(text);
		return;
	}
	if (p->line.s[0] != ' ')
		rq_history_add(ui->history, text);
	rq_ui_pop(ui);
	if (*text)
		rq_ui_run(ui, text);
	rq_free(text);
}

/* ---- keys ---- */

static bool key(struct rq_view *view, uint32_t key)
{
	struct prompt *p = (struct prompt *)view;
	bool changed;

	p->note = NULL;
	if (p->searching && search_key(p, key))
		return true;
	switch (key) {
	case RQ_KEY_ENTER: run(p); return true;
	case RQ_KEY_ESC:
		if (p->choices.n > 1 || p->asking)
			drop_choices(p);
		else
			rq_ui_pop(view->ui);
		return true;
	case 3: rq_ui_pop(view->ui); return true; /* ctrl-c */
	case 18: start_search(p); return true;    /* ctrl-r */
	case RQ_KEY_TAB: complete(p, 1); return true;
	case RQ_KEY_SHIFT_TAB: complete(p, -1); return true;
	case RQ_KEY_UP: case 16: history(p, 1); return true;    /* ctrl-p */
	case RQ_KEY_DOWN: case 14: history(p, -1); return true; /* ctrl-n */
	}
	if (key == RQ_KEY_BACKSPACE && !p->line.n) {
		rq_ui_pop(view->ui);
		return true;
	}
	if (rq_line_key(&p->line, key, &changed)) {
		drop_choices(p);
		if (changed) {
			p->recall.step = 0;
			p->error[0] = '\0';
		}
	}
	return true;
}

static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct prompt *p = (struct prompt *)view;

	if (p->searching)
		end_search(p, true);
	while (n && text[n - 1] == '\n')
		n--;
	rq_line_insert(&p->line, text, n);
	drop_choices(p);
	p->note = memchr(text, '\n', n) ? "The lines that were pasted are one line now, with blanks between them." : NULL;
	p->recall.step = 0;
	p->error[0] = '\0';
}

static void free_view(struct rq_view *view)
{
	struct prompt *p = (struct prompt *)view;

	rq_choices_release(&p->choices);
	rq_line_release(&p->line);
	rq_line_release(&p->needle);
	rq_str_release(&p->usage);
	rq_str_release(&p->about);
	rq_str_release(&p->problem);
	rq_free(p->hints_of);
	rq_free(p->recall.typed);
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
	rq_line_init(&p->needle, "");
	rq_history_refresh(ui->history);
	rq_ui_push(ui, &p->view);
}
