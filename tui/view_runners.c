/* Runners: what executes jobs. */
#include <string.h>
#include "tui/listview.h"
#include "tui/runner_text.h"

enum { NAME, STATE, BUSY, LABELS, SYSTEM, LOAD, SEEN, NOTE, N_COLUMNS, QUEUE, JOB };

static const struct rq_column columns[] = {
	[NAME] = { "NAME", 10, 20, 0, false },
	[STATE] = { "STATE", 10, 10, 0, false },
	[BUSY] = { "BUSY", 4, 6, 0, false },
	[LABELS] = { "LABELS", 12, 0, 0, false },
	[SYSTEM] = { "SYSTEM", 11, 14, 3, false },
	[LOAD] = { "LOAD", 4, 5, 4, true },
	[SEEN] = { "SEEN", 6, 6, 2, false },
	[NOTE] = { "NOTE", 14, 30, 1, false },
};

/* Of several queues: where a runner belongs, and what it runs now. */
static const struct rq_column wide_columns[] = {
	{ "NAME", 10, 20, 0, false },
	{ "STATE", 10, 10, 0, false },
	{ "QUEUE", 5, 12, 3, false },
	{ "JOB", 20, 40, 0, false },
	{ "LABELS", 12, 0, 1, false },
	{ "BUSY", 4, 6, 5, false },
	{ "SYSTEM", 11, 14, 6, false },
	{ "SEEN", 6, 6, 4, false },
	{ "NOTE", 14, 30, 2, false },
};
static const size_t wide[] = { NAME, STATE, QUEUE, JOB, LABELS, BUSY, SYSTEM, SEEN, NOTE };
enum { N_WIDE = sizeof wide / sizeof *wide };

static const struct rq_list_ops list_ops, wide_ops;

static const struct rq_runner *runner_at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->runners[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_runners;
}

static const char *id(void *ud, size_t item)
{
	return runner_at(ud, item)->name;
}

/* The job's name, and the run that it is of. */
static void job_cell(const struct rq_runner *r, struct rq_str *out)
{
	if (!r->job || !*r->job) {
		rq_str_addc(out, '-');
		return;
	}
	if (r->job_name && *r->job_name)
		rq_str_addf(out, "%s  ", r->job_name);
	rq_str_addn(out, r->job, strcspn(r->job, "/"));
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_runner *r = runner_at(ud, item);
	char buf[RQ_TIME_LEN];
	enum rq_glyph glyph;
	const char *text;

	switch (column) {
	case NAME: rq_str_add(out, r->name); break;
	case STATE:
		text = rq_runner_state(r, &glyph, role);
		rq_str_addf(out, "%s %s", rq_glyph(ui->draw, glyph), text);
		break;
	case BUSY: rq_str_addf(out, "%d/%d", r->running, r->slots); break;
	case LABELS: rq_labels_text(&r->labels, out); break;
	case SYSTEM: rq_str_addf(out, "%s/%s", r->os ? r->os : "", r->arch ? r->arch : ""); break;
	case LOAD:
		if (r->load_milli >= 0)
			rq_str_addf(out, "%d.%02d", r->load_milli / 1000,
				    r->load_milli % 1000 / 10);
		break;
	case SEEN: rq_str_add(out, r->online ? "now" : rq_ui_age(ui, r->seen_at, buf)); break;
	case NOTE: rq_runner_note(r, out); break;
	case QUEUE: rq_str_add(out, r->queue ? r->queue : ""); break;
	case JOB: job_cell(r, out); break;
	}
}

static void wide_cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	cell(ud, item, wide[column], out, role);
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_runner(f, runner_at(ud, item));
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_runner *a = runner_at(ud, x), *b = runner_at(ud, y);
	struct rq_str sa = { 0 }, sb = { 0 };
	enum rq_role role = RQ_ROLE_NORMAL;
	int c;

	switch (column) {
	case BUSY: return rq_compare_i64(a->running, b->running);
	case LOAD: return rq_compare_i64(a->load_milli, b->load_milli);
	case SEEN: return rq_compare_i64(b->seen_at, a->seen_at);
	}
	cell(ud, x, column, &sa, &role);
	cell(ud, y, column, &sb, &role);
	c = rq_icmp(rq_str_get(&sa), rq_str_get(&sb));
	rq_str_release(&sa);
	rq_str_release(&sb);
	return c;
}

static int wide_compare(void *ud, size_t x, size_t y, size_t column)
{
	return compare(ud, x, y, wide[column]);
}

static const struct rq_list_ops wide_ops = {
	.columns = wide_columns,
	.n_columns = N_WIDE,
	.count = count,
	.id = id,
	.cell = wide_cell,
	.match = match,
	.compare = wide_compare,
};

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
};

/* One more queue, or one less. */
static void changed(struct rq_view *view)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	const struct rq_list_ops *now = view->ui->snap->n_queues > 1 ? &wide_ops : &list_ops;

	if (l->ops != now) {
		rq_list_sort(l, -1, false);
		memset(l->natural, 0, sizeof l->natural);
		l->ops = now;
	}
	rq_listview_changed(view);
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	rq_runner_text(v->view.ui, runner_at(v, item), 0, false, out);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	if (rq_starts(what, "runner"))
		rq_listview_pick(view, rq_eq(what, "runners"), out);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_RUNNERS,
		.free = rq_listview_free,
		.changed = changed,
		.draw = rq_listview_draw,
		.act = rq_listview_act,
		.pick = pick,
		.click = rq_listview_click,
		.title = rq_listview_title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "No runners yet.\n\n"
		 "The first job that is submitted starts an agent on this machine.\n"
		 "To start one now:  :agent start\n"
		 "With labels:       :agent start --labels audio,heavy",
};

struct rq_view *rq_view_runners_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, NULL);
}
