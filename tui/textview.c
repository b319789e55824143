/* Scrolling and searching lines of text. */
#include "tui/textview.h"

#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/text.h"

enum { SHIFT = 10 };

void rq_textview_init(struct rq_textview *v, struct rq_ui *ui, const struct rq_view_ops *ops)
{
	v->view.ops = ops;
	v->view.ui = ui;
	v->hit = -1;
	rq_rich_init(&v->rich);
}

void rq_textview_release(struct rq_textview *v)
{
	rq_rich_release(&v->rich);
	rq_regex_free(v->regex);
	rq_free(v->pattern);
}

static void mark(struct rq_textview *v, size_t line, int row, struct rq_rect r)
{
	struct rq_str text, head;
	size_t at = 0, a, b;
	int tries = 0;

	rq_str_init(&text, 0);
	rq_str_init(&head, 0);
	rq_rich_text(&v->rich, line, &text);
	while (tries++ < 32 &&
	       rq_regex_find(v->regex, rq_str_get(&text), text.len, at, &a, &b) == RQ_REGEX_MATCH &&
	       b > a) {
		int x, width;

		rq_str_clear(&head);
		rq_str_addn(&head, text.s, a);
		x = rq_text_width(rq_str_get(&head)) - v->left;
		rq_str_clear(&head);
		rq_str_addn(&head, text.s + a, b - a);
		width = rq_text_width(rq_str_get(&head));
		if (x >= 0)
			rq_draw_over(v->view.ui->draw, row, r.col + x,
				     x + width > r.cols ? r.cols - x : width,
				     v->hit == (long)line ? RQ_ROLE_MATCH_CURRENT : RQ_ROLE_MATCH);
		at = b;
	}
	rq_str_release(&text);
	rq_str_release(&head);
}

void rq_textview_draw(struct rq_textview *v, struct rq_rect r)
{
	int i;

	v->rows = r.rows;
	if (v->rich.n <= (size_t)r.rows)
		v->top = 0;
	else if (v->top > v->rich.n - (size_t)r.rows)
		v->top = v->rich.n - (size_t)r.rows;
	for (i = 0; i < r.rows && v->top + (size_t)i < v->rich.n; i++) {
		rq_rich_draw(&v->rich, v->top + (size_t)i, v->view.ui->draw, r.row + i, r.col,
			     r.cols, v->left);
		if (v->regex)
			mark(v, v->top + (size_t)i, r.row + i, r);
	}
}

static bool line_matches(struct rq_textview *v, size_t line)
{
	struct rq_str text;
	bool found;

	rq_str_init(&text, 0);
	rq_rich_text(&v->rich, line, &text);
	found = rq_regex_find(v->regex, rq_str_get(&text), text.len, 0, NULL, NULL) ==
		RQ_REGEX_MATCH;
	rq_str_release(&text);
	return found;
}

static void search_step(struct rq_textview *v, int direction)
{
	long n = (long)v->rich.n, i, at;

	if (!v->regex) {
		rq_ui_hint(v->view.ui, "Nothing was searched for yet; <search> searches.");
		return;
	}
	at = v->hit >= 0 ? v->hit : (long)v->top - direction;
	for (i = 1; i <= n; i++) {
		long line = ((at + direction * i) % n + n) % n;

		if (!line_matches(v, (size_t)line))
			continue;
		v->hit = line;
		if ((size_t)line < v->top || (size_t)line >= v->top + (size_t)v->rows)
			v->top = line > v->rows / 3 ? (size_t)(line - v->rows / 3) : 0;
		return;
	}
	rq_ui_say(v->view.ui, "Nothing matches %s.", v->pattern);
}

static void search(struct rq_view *view, const char *pattern)
{
	struct rq_textview *v = (struct rq_textview *)view;
	struct rq_regex *regex;
	struct rq_error e;

	if (!pattern || !*pattern)
		return;
	if (rq_regex_new(pattern, RQ_REGEX_SMARTCASE, &regex, &e)) {
		rq_ui_fail(view->ui, "%s", e.msg);
		return;
	}
	rq_regex_free(v->regex);
	rq_free(v->pattern);
	v->regex = regex;
	v->pattern = rq_strdup(pattern);
	v->hit = -1;
	search_step(v, 1);
}

static void scroll(struct rq_textview *v, long lines)
{
	if (lines < 0)
		v->top = v->top > (size_t)-lines ? v->top - (size_t)-lines : 0;
	else
		v->top += (size_t)lines;
}

bool rq_textview_act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_textview *v = (struct rq_textview *)view;
	int page = v->rows > 1 ? v->rows - 1 : 1;

	switch (d) {
	case RQ_DO_DOWN: scroll(v, 1); return true;
	case RQ_DO_UP: scroll(v, -1); return true;
	case RQ_DO_PAGE_DOWN: scroll(v, page); return true;
	case RQ_DO_PAGE_UP: scroll(v, -page); return true;
	case RQ_DO_HALF_DOWN: scroll(v, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: scroll(v, -(page / 2 + 1)); return true;
	case RQ_DO_HOME: v->top = 0; v->left = 0; return true;
	case RQ_DO_END: v->top = v->rich.n; return true;
	case RQ_DO_LEFT: v->left = v->left > SHIFT ? v->left - SHIFT : 0; return true;
	case RQ_DO_RIGHT: v->left += SHIFT; return true;
	case RQ_DO_SEARCH: case RQ_DO_FILTER:
		if (*arg)
			search(view, arg);
		else
			rq_view_input_open(view->ui, "/", "", NULL, search);
		return true;
	case RQ_DO_SEARCH_NEXT: search_step(v, 1); return true;
	case RQ_DO_SEARCH_PREVIOUS: search_step(v, -1); return true;
	default: return false;
	}
}
