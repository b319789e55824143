/* One line about a log: where one is in it, what was searched for, what is left out. */
#include "core/base/text.h"
#include "tui/logview.h"

enum { PATTERN_COLS = 20 };

/* The index may lag behind the last row alone, which still grows. */
static bool is_indexed(const struct rq_logview *v)
{
	return v->text.size && v->text.counted >= v->text.size;
}

static void add_place(struct rq_logview *v, struct rq_str *out)
{
	int64_t row = rq_logtext_number(&v->text, v->current >= 0 ? v->current : v->top), fresh, seen;

	if (!v->text.size)
		return;
	if (!is_indexed(v)) {
		rq_str_addf(out, "  %d%% counted", rq_logtext_progress(&v->text));
		return;
	}
	if (row && !v->follow)
		rq_str_addf(out, "  line %lld of %lld", (long long)row, (long long)rq_logtext_count(&v->text));
	else
		rq_str_addf(out, "  %lld lines", (long long)rq_logtext_count(&v->text));
	/* A file opens at its beginning: until its end was seen, nothing has come in since. */
	if (v->follow || v->seen_size >= v->text.size || (v->file && !v->seen_size))
		return;
	seen = rq_logtext_number(&v->text, rq_logtext_at(&v->text, v->seen_size));
	fresh = rq_logtext_count(&v->text) - seen + (seen > 0);
	if (seen && fresh > 0)
		rq_str_addf(out, "  %lld new", (long long)fresh);
}

static void add_search(struct rq_logview *v, struct rq_logsearch *s, const char *sign, struct rq_str *out)
{
	int64_t number;

	if (!s->pattern)
		return;
	number = v->current >= 0 ? rq_logsearch_number(s, &v->text, v->current) : 0;
	rq_str_addf(out, "  %s%.*s ", sign, (int)rq_text_fit(s->pattern, PATTERN_COLS, NULL), s->pattern);
	if (number)
		rq_str_addf(out, "%lld of ", (long long)number);
	rq_str_addf(out, "%lld", (long long)rq_logsearch_count(s));
	if (s->gave_up)
		rq_str_add(out, " at least, this pattern takes too long");
	else if (rq_logsearch_progress(s, &v->text) < 100)
		rq_str_addf(out, " so far, %d%%", rq_logsearch_progress(s, &v->text));
}

static void add_state(struct rq_logview *v, struct rq_str *out)
{
	if (v->filter.pattern) {
		add_search(v, &v->filter, "&", out);
		if (v->context)
			rq_str_addf(out, " +%d", v->context);
	}
	if (v->range >= 0)
		rq_str_add(out, "  range");
	if (v->follow && !v->ended)
		rq_str_add(out, "  follow");
	if (v->wrap)
		rq_str_add(out, "  wrap");
}

void rq_logview_title(struct rq_view *view, struct rq_str *out)
{
	struct rq_logview *v = rq_logview_active(view);
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);

	rq_str_add(out, v->id);
	if (*rq_joblog_job_name(v->log))
		rq_str_addf(out, "  %s", rq_joblog_job_name(v->log));
	if (rq_joblog_attempt(v->log) > 1)
		rq_str_addf(out, "  attempt %d", rq_joblog_attempt(v->log));
	add_place(v, out);
	if (v->by_error)
		add_search(v, &v->errors, "", out);
	else
		add_search(v, &v->search, v->direction > 0 ? "/" : "\\", out);
	if (v->jump)
		rq_str_add(out, "  searching");
	add_state(v, out);
	if (j)
		rq_str_addf(out, "  %s", j->name);
}
