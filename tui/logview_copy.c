/* Copying a line, the chosen lines, or the whole log, as they are seen: without colours and what could act on a terminal. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/clipboard.h"
#include "tui/logview.h"

enum { SLICE_ROWS = 500, LINE_MAX_BYTES = 65536 };

/* A copy that is being put together: a filter may have to search for its lines. */
struct rq_logview_copy {
	struct rq_str text;
	int64_t next, end;              /* the row that comes next; the last one */
	int64_t next_known;             /* what row_behind said */
	int64_t lines;
	bool whole, taken;              /* taken: NEXT is in already, and what comes behind it is not known yet */
};

void rq_logview_copy_free(struct rq_logview *v)
{
	if (v->copy)
		rq_str_release(&v->copy->text);
	rq_free(v->copy);
	v->copy = NULL;
}

/* One row as text; its time where times are shown, as it stands in the log. */
static void add_row(struct rq_logview *v, int64_t off, struct rq_str *out)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	struct rq_runs runs = { 0 };
	struct rq_logline line;
	const char *row, *text;
	int64_t next;
	size_t n;

	row = rq_logtext_row(&v->text, off, &n, &next);
	rq_logline_parse(&line, row, n);
	if (v->times && line.time) {
		rq_str_addn(out, line.time, RQ_LOG_TIME_LEN);
		rq_str_addc(out, ' ');
	}
	rq_logline_visible(&line, LINE_MAX_BYTES, &text, &n);
	rq_text_styled(out, &runs, &style, text, n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES, false);
	rq_free(runs.v);
	rq_str_addc(out, '\n');
}

static void say_copied(struct rq_logview *v, const struct rq_logview_copy *c, bool cut)
{
	char what[96];

	if (cut && c->whole)
		snprintf(what, sizeof what, "The first %lld of %lld lines", (long long)c->lines,
			 (long long)rq_logtext_count(&v->text));
	else if (cut)
		snprintf(what, sizeof what, "The first %lld of the lines chosen", (long long)c->lines);
	else
		snprintf(what, sizeof what, "%lld line%s", (long long)c->lines, c->lines == 1 ? "" : "s");
	/* Lines end in newlines, and one alone does not: it is pasted into a command. */
	rq_clipboard_copy(v->view.ui, rq_str_get(&c->text), c->text.len - (c->lines == 1), what);
}

/* true: another row fits. */
static bool take_row(struct rq_logview *v, struct rq_logview_copy *c)
{
	struct rq_str one;
	bool fits;

	rq_str_init(&one, 2 * LINE_MAX_BYTES);
	add_row(v, c->next, &one);
	if (!c->lines && one.len > RQ_CLIPBOARD_MAX)
		one.len = RQ_CLIPBOARD_MAX;
	fits = c->text.len + one.len <= RQ_CLIPBOARD_MAX;
	if (fits) {
		rq_str_addn(&c->text, one.s, one.len);
		c->lines++;
	}
	rq_str_release(&one);
	return fits;
}

/* What is folded belongs to the lines around it; what a filter leaves out does not. */
static int64_t row_behind(struct rq_logview *v, int64_t off)
{
	int64_t next;
	size_t n;

	if (v->filter.regex)
		return rq_logview_after(v, off);
	rq_logtext_row(&v->text, off, &n, &next);
	return next;
}

/* The next row, and whether there is one that fits. */
static bool copy_row(struct rq_logview *v, struct rq_logview_copy *c, bool *cut)
{
	*cut = !c->taken && !take_row(v, c);
	if (*cut)
		return false;
	/* A filter that is still searching is asked again, from the row that is in already. */
	c->taken = true;
	c->next_known = c->next < c->end ? row_behind(v, c->next) : -1;
	if (c->next_known < 0 || c->next_known > c->end)
		return c->next_known == RQ_LOGVIEW_LATER;
	c->next = c->next_known;
	c->taken = false;
	return true;
}

bool rq_logview_copy_some(struct rq_logview *v)
{
	struct rq_logview_copy *c = v->copy;
	bool cut;
	int i;

	rq_logview_give_time(v);
	for (i = 0; c && i < SLICE_ROWS; i++) {
		if (!copy_row(v, c, &cut)) {
			say_copied(v, c, cut);
			rq_logview_copy_free(v);
			return false;
		}
		if (c->taken)
			return true;
	}
	return c != NULL;
}

static bool begin(struct rq_logview *v, int64_t from, int64_t to, bool whole)
{
	rq_logview_copy_free(v);
	if (!v->text.size || from < 0) {
		rq_ui_say(v->view.ui, "There is nothing to copy yet.");
		return true;
	}
	v->copy = rq_alloc(sizeof *v->copy);
	rq_str_init(&v->copy->text, RQ_CLIPBOARD_MAX + 1);
	v->copy->next = from;
	v->copy->end = to;
	v->copy->whole = whole;
	if (rq_logview_copy_some(v))
		rq_logview_work(v);
	return true;
}

static bool copy_chosen(struct rq_logview *v)
{
	int64_t a = rq_logview_hand(v), b = a;

	if (v->range >= 0) {
		b = v->range > v->current ? v->range : v->current;
		a = v->range > v->current ? v->current : v->range;
		v->range = -1;
	}
	return begin(v, a, b, false);
}

bool rq_logview_copy_act(struct rq_logview *v, enum rq_do d)
{
	if (d == RQ_DO_COPY)
		return copy_chosen(v);
	if (d == RQ_DO_COPY_ALL)
		return begin(v, rq_logview_shown(v, 0), v->text.size, true);
	return false;
}
