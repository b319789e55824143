/* What a command prints. */
#include "tui/sink.h"

#include <string.h>
#include "core/base/json.h"
#include "core/base/text.h"
#include "tui/looks.h"

enum { CELL_COLS = 60, COLUMNS_MAX = 24, GAP = 2 };

static void end_row(struct rq_sink *s, size_t row, const int *widths)
{
	size_t c;
	int col = 0;

	for (c = 0; c < s->columns; c++) {
		const char *cell = s->cells[row * s->columns + c];

		rq_rich_add(&s->rich, row ? RQ_ROLE_NORMAL : RQ_ROLE_COLUMN, cell);
		col += widths[c] + GAP;
		if (c + 1 < s->columns)
			rq_rich_tab(&s->rich, col);
	}
	rq_rich_end_line(&s->rich);
}

static void end_table(struct rq_sink *s)
{
	int widths[COLUMNS_MAX] = { 0 };
	size_t i;

	if (!s->columns)
		return;
	for (i = 0; i < s->n; i++) {
		int w = rq_text_width(s->cells[i]);

		if (w > CELL_COLS)
			w = CELL_COLS;
		if (w > widths[i % s->columns])
			widths[i % s->columns] = w;
	}
	for (i = 0; i < s->n / s->columns; i++)
		end_row(s, i, widths);
	s->columns = s->n = 0;
}

static void add_cell(struct rq_sink *s, const char *cell)
{
	struct rq_str clean;

	rq_str_init(&clean, 65536);
	rq_text_clean(&clean, cell ? cell : "", cell ? strlen(cell) : 0, false);
	RQ_GROW(s->cells, s->n, &s->cap);
	s->cells[s->n++] = rq_arena_str(&s->arena, rq_str_get(&clean));
	rq_str_release(&clean);
}

static void on_table(void *ud, const char *const *columns, size_t n)
{
	struct rq_sink *s = ud;
	size_t i;

	end_table(s);
	s->columns = n < COLUMNS_MAX ? n : COLUMNS_MAX;
	for (i = 0; i < s->columns; i++)
		add_cell(s, columns[i]);
}

static void on_row(void *ud, const char *const *cells)
{
	struct rq_sink *s = ud;
	size_t i;

	for (i = 0; i < s->columns; i++)
		add_cell(s, cells[i]);
}

static void on_text(void *ud, const char *text, size_t n)
{
	struct rq_sink *s = ud;

	end_table(s);
	rq_rich_block(&s->rich, RQ_ROLE_NORMAL, text, n);
}

static void on_json(void *ud, const struct rq_json *j)
{
	struct rq_str text;

	rq_str_init(&text, 0);
	rq_json_print(j, &text, true);
	on_text(ud, rq_str_get(&text), text.len);
	rq_str_release(&text);
}

static void add_sentence(struct rq_str *to, const char *s)
{
	if (to->len)
		rq_str_add(to, "; ");
	rq_str_add(to, s);
}

static void on_message(void *ud, const char *text)
{
	struct rq_sink *s = ud;

	add_sentence(&s->messages, text);
	rq_summary_add(&s->all, text, false);
}

static void on_progress(void *ud, const char *text)
{
	const struct rq_sink *s = ud;

	if (s->progress)
		s->progress(s->progress_ud, text);
}

static void on_error(void *ud, const char *text)
{
	struct rq_sink *s = ud;

	if (rq_starts(text, "warning: ")) {
		add_sentence(&s->warnings, text + 9);
		return;
	}
	add_sentence(&s->errors, text);
	rq_summary_add(&s->all, text, true);
}

void rq_sink_init(struct rq_sink *s)
{
	memset(s, 0, sizeof *s);
	s->out = (struct rq_out){
		.ud = s,
		.looks = &rq_looks_for_commands,
		.table = on_table,
		.row = on_row,
		.text = on_text,
		.notes = on_text,
		.log = on_text,
		.json = on_json,
		.message = on_message,
		.progress = on_progress,
		.error = on_error,
		.terminal = true,
	};
	rq_rich_init(&s->rich);
	rq_str_init(&s->messages, 4096);
	rq_str_init(&s->errors, 4096);
	rq_str_init(&s->warnings, 4096);
}

void rq_sink_release(struct rq_sink *s)
{
	rq_rich_release(&s->rich);
	rq_str_release(&s->messages);
	rq_str_release(&s->errors);
	rq_str_release(&s->warnings);
	rq_summary_release(&s->all);
	rq_arena_release(&s->arena);
	rq_free(s->cells);
}

void rq_sink_finish(struct rq_sink *s)
{
	end_table(s);
}
