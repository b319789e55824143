/* Steps that look at the screen. All but `expect-not` wait until it looks as wanted, or the
 * deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "tests/screen/match.h"
#include "tests/screen/run.h"

static bool shows(struct run *r, const void *text)
{
	return vt_find(&r->vt, text) >= 0;
}

static bool shows_not(struct run *r, const void *text)
{
	return vt_find(&r->vt, text) < 0;
}

bool look_wait(struct run *r, const char *arg)
{
	return run_until(r, shows, arg) || run_fail(r, "not on the screen: %s", arg);
}

bool look_wait_gone(struct run *r, const char *arg)
{
	return run_until(r, shows_not, arg) || run_fail(r, "still on the screen: %s", arg);
}

bool look_expect_not(struct run *r, const char *arg)
{
	run_settle(r);
	return shows_not(r, arg) || run_fail(r, "on the screen: %s", arg);
}

/* "3" is the third row, "-1" the last, "cursor" the cursor's. Returns an index, and the rest of the
 * text. */
static int row_number(struct run *r, const char **arg)
{
	char *end;
	long row;
	int crow, ccol;

	if (rq_starts(*arg, "cursor ")) {
		vt_cursor(&r->vt, &crow, &ccol);
		*arg += 7;
		return crow;
	}
	row = strtol(*arg, &end, 10);
	*arg = end + (*end == ' ');
	return (int)(row < 0 ? r->vt.rows + row : row - 1);
}

static bool row_matches(struct run *r, const void *arg)
{
	const char *text = arg;
	struct rq_str line;
	int row = row_number(r, &text);
	bool found;

	if (row < 0 || row >= r->vt.rows)
		return false;
	rq_str_init(&line, 0);
	vt_row(&r->vt, row, &line);
	found = *text == '/' ? match_line(text, rq_str_get(&line))
			     : strstr(rq_str_get(&line), text) != NULL;
	rq_str_release(&line);
	return found;
}

bool look_expect(struct run *r, const char *arg)
{
	return run_until(r, row_matches, arg) || run_fail(r, "not in that row: %s", arg);
}

/* --- whole screens --- */

struct rows {
	char **v;
	int n;
};

static void rows_take(struct run *r, struct rows *rows)
{
	struct rq_str line;

	rows->n = r->vt.rows;
	rows->v = rq_realloc_array(NULL, (size_t)rows->n, sizeof *rows->v);
	rq_str_init(&line, 0);
	for (int i = 0; i < rows->n; i++) {
		rq_str_clear(&line);
		vt_row(&r->vt, i, &line);
		rows->v[i] = rq_strdup(rq_str_get(&line));
	}
	rq_str_release(&line);
}

static void rows_free(struct rows *rows)
{
	for (int i = 0; i < rows->n; i++)
		rq_free(rows->v[i]);
	rq_free(rows->v);
}

static bool screen_matches(struct run *r, const void *arg)
{
	struct rows rows;
	int want, row;
	bool matched;

	(void)arg;
	rows_take(r, &rows);
	matched = match_screen(r->step->text, r->step->n_text, rows.v, rows.n, &want, &row);
	rows_free(&rows);
	return matched;
}

static bool screen_differs(struct run *r)
{
	struct rows rows;
	int want, row;

	rows_take(r, &rows);
	match_screen(r->step->text, r->step->n_text, rows.v, rows.n, &want, &row);
	run_fail(r, "the screen differs at row %d\n  wanted: %s\n  is:     %s", row + 1,
		 want < r->step->n_text ? r->step->text[want] : "(nothing more)",
		 row < rows.n ? rows.v[row] : "(no more rows)");
	rows_free(&rows);
	return false;
}

/* Rows that match a pattern keep it; the others become what the screen shows. */
static void generate(struct run *r)
{
	struct rows rows;
	char **lines;

	rows_take(r, &rows);
	lines = rq_realloc_array(NULL, (size_t)rows.n, sizeof *lines);
	for (int i = 0; i < rows.n; i++) {
		bool keep = i < r->step->n_text && match_line(r->step->text[i], rows.v[i]);

		lines[i] = keep ? r->step->text[i] : rows.v[i];
	}
	script_replace(r->step, lines, rows.n);
	rq_free(lines);
	rows_free(&rows);
}

bool look_screen(struct run *r, const char *arg)
{
	(void)arg;
	if (!r->step->text)
		return run_fail(r, "expect-screen needs the screen: expect-screen <<EOF");
	if (r->generate) {
		run_settle(r);
		run_pump(r, 300);
		if (!screen_matches(r, NULL))
			generate(r);
		return true;
	}
	return run_until(r, screen_matches, NULL) || screen_differs(r);
}

/* --- cells --- */

static bool attr_is(const struct vt_attr *a, const char *name, const char *value)
{
	int n = atoi(value);

	if (!strcmp(name, "bold"))
		return a->bold == n;
	if (!strcmp(name, "reverse"))
		return a->reverse == n;
	if (!strcmp(name, "underline"))
		return a->underline == n;
	if (!strcmp(name, "italic"))
		return a->italic == n;
	if (!strcmp(name, "blink"))
		return a->blink == n;
	if (!strcmp(name, "strike"))
		return a->strike == n;
	if (!strcmp(name, "fg"))
		return !strcmp(a->fg, value);
	if (!strcmp(name, "bg"))
		return !strcmp(a->bg, value);
	return !strcmp(name, "text") && !strcmp(a->text, value);
}

/* A cell by number, or by a text: "attr 5 'success' fg=green" means where the text begins in the
 * row. */
static int column(struct run *r, int row, const char **arg)
{
	const char *quote = **arg == '\'' ? strchr(*arg + 1, '\'') : NULL;
	struct rq_str line, text;
	int col = -1;
	char *end;

	if (!quote) {
		col = (int)strtol(*arg, &end, 10);
		*arg = end;
		return col < 0 ? r->vt.cols + col : col - 1;
	}
	rq_str_init(&line, 0);
	rq_str_init(&text, 0);
	rq_str_addn(&text, *arg + 1, (size_t)(quote - *arg - 1));
	for (int c = 0; c < r->vt.cols && col < 0; c++) {
		struct vt_attr a;
		size_t n = text.len;

		rq_str_clear(&line);
		for (int i = c; i < r->vt.cols && line.len<n; i += a.width> 1 ? 2 : 1) {
			vt_attr(&r->vt, row, i, &a);
			rq_str_add(&line, a.text);
		}
		if (line.len >= n && !strncmp(rq_str_get(&line), rq_str_get(&text), n))
			col = c;
	}
	rq_str_release(&line);
	rq_str_release(&text);
	*arg = quote + 1;
	return col;
}

static bool attrs_match(struct run *r, const void *arg)
{
	const char *rest = arg;
	int row = row_number(r, &rest), col = column(r, row, &rest);
	char buf[256], *save = NULL, *eq;
	struct vt_attr a;

	if (row < 0 || row >= r->vt.rows || col < 0 || col >= r->vt.cols)
		return false;
	vt_attr(&r->vt, row, col, &a);
	rq_copy(buf, sizeof buf, rest);
	for (char *s = strtok_r(buf, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		eq = strchr(s, '=');
		if (!eq)
			return false;
		*eq = 0;
		if (!attr_is(&a, s, eq + 1))
			return false;
	}
	return true;
}

bool look_attr(struct run *r, const char *arg)
{
	const char *rest = arg;
	struct vt_attr a;
	int row, col;

	if (run_until(r, attrs_match, arg))
		return true;
	row = row_number(r, &rest);
	col = column(r, row, &rest);
	if (row < 0 || row >= r->vt.rows || col < 0 || col >= r->vt.cols)
		return run_fail(r, "no such cell: %s", arg);
	vt_attr(&r->vt, row, col, &a);
	return run_fail(
		r, "cell %d %d is text=%s bold=%d reverse=%d underline=%d italic=%d fg=%s bg=%s",
		row + 1, col + 1, a.text, a.bold, a.reverse, a.underline, a.italic, a.fg, a.bg);
}

static bool cursor_is(struct run *r, const void *arg)
{
	int row, col, wanted_row, wanted_col;

	if (!strcmp(arg, "hidden"))
		return !r->vt.cursor_visible;
	if (!strcmp(arg, "shown"))
		return r->vt.cursor_visible;
	vt_cursor(&r->vt, &row, &col);
	return sscanf(arg, "%d %d", &wanted_row, &wanted_col) == 2 && wanted_row == row + 1 &&
	       wanted_col == col + 1;
}

bool look_cursor(struct run *r, const char *arg)
{
	int row, col;

	if (run_until(r, cursor_is, arg))
		return true;
	vt_cursor(&r->vt, &row, &col);
	return run_fail(r, "the cursor is %s at %d %d, not %s",
			r->vt.cursor_visible ? "shown" : "hidden", row + 1, col + 1, arg);
}

bool look_mark(struct run *r, const char *arg)
{
	(void)arg;
	run_settle(r);
	vt_cells_free(r->screen_mark);
	r->screen_mark = vt_copy(&r->vt);
	return true;
}

/* "expect-same 1 2": rows 1 to 2, text and attributes, are as at mark-screen. */
bool look_same(struct run *r, const char *arg)
{
	const char *rest = arg;
	int from = row_number(r, &rest), to = row_number(r, &rest), row, col;

	if (!r->screen_mark)
		return run_fail(r, "mark-screen comes first");
	run_settle(r);
	if (!vt_differs(&r->vt, r->screen_mark, from, to, &row, &col))
		return true;
	return run_fail(r, "the screen changed at %d %d", row + 1, col + 1);
}
