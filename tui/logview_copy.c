/* Copying a line, the chosen lines, or the whole log, as they are seen: without colours and what could act on a terminal. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/clipboard.h"
#include "tui/logview.h"

enum { SLICE_ROWS = 500 };

/* A copy that is being put together: a filter may have to search for its lines. */
struct rq_logview_copy {
	struct rq_str text;
	int64_t next, end;              /* the row that comes next; the last one */
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
	struct rq_runs runs = { 0 };
	struct rq_logline line;
	const char *row;
	int64_t next;
	size_t n;

	row = rq_logtext_row(&v->text, off, &n, &next);
	rq_logline_parse(&line, row, n);
	if (v->times && line.time) {
		rq_str_addn(out, line.time, RQ_LOG_TIME_LEN);
		rq_str_addc(out, ' ');
	}
	rq_logline_show(&line, RQ_LOGLINE_WHOLE, false, out, &runs);
	rq_free(runs.v);
	rq_str_addc(out, '\n');
}

static void say_copied(struct rq_logview *v, const struct rq_logview_copy *c, bool cut)
{
	char what[96];

	if (!c->lines)
		snprintf(what, sizeof what, "The beginning of the line");
	else if (cut && c->whole && !v->filter.pattern)
		snprintf(what, sizeof what, "The first %lld of %lld lines", (long long)c->lines,
			 (long long)rq_logtext_count(&v->text));
	else if (cut)
		snprintf(what, sizeof what, "The first %lld of the lines %s", (long long)c->lines, c->whole ? "shown" : "chosen");
	else
		snprintf(what, sizeof what, "%lld line%s", (long long)c->lines, c->lines == 1 ? "" : "s");
	/* Lines end in newlines, and one alone does not: it is pasted into a command. */
	rq_clipboard_copy(v->view.ui, rq_str_get(&c->text), c->text.len - (c->lines == 1), what);
}

/* true: it fits. Of a first row that is too long, the beginning is taken. */
static bool take_row(struct rq_logview *v, struct rq_logview_copy *c)
{
	size_t was = c->text.len;

	add_row(v, c->next, &c->text);
	if (c->text.len <= RQ_CLIPBOARD_MAX) {
		c->lines++;
		return true;
	}
	if (!was)
		for (was = RQ_CLIPBOARD_MAX; (c->text.s[was] & 0xc0) == 0x80; was--)
			;
	c->text.len = was;
	return false;
}

/* What is folded belongs to the lines around it; what a filter leaves out does not. */
static int64_t row_behind(struct rq_logview *v, int64_t off)
{
	int64_t next;
	size_t n;

	if (v->filter.pattern)
		return rq_logview_after(v, off);
	rq_logtext_row(&v->text, off, &n, &next);
	return next;
}

bool rq_logview_copy_some(struct rq_logview *v)
{
	struct rq_logview_copy *c = v->copy;
	int i;

	rq_logview_give_time(v);
	for (i = 0; c && i < SLICE_ROWS; i++) {
		bool fits = c->taken || take_row(v, c);
		int64_t next = fits && c->next < c->end ? row_behind(v, c->next) : -1;

		/* A filter that is still searching is asked again, from the row that is in already. */
		c->taken = next == RQ_LOGVIEW_LATER;
		if (c->taken)
			return true;
		if (next < 0 || next > c->end) {
			say_copied(v, c, !fits);
			rq_logview_copy_free(v);
			return false;
		}
		c->next = next;
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
	rq_str_init(&v->copy->text, 0);
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
