/* Activity: what operators and relayq itself did. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/listview.h"
#include "tui/words.h"

enum { AGE, ACTOR, ACTION, OBJECT, DETAIL, RESULT, AT, N_COLUMNS };

/* Their names are those of ui.columns.activity. */
static const struct rq_column columns[] = {
	[AGE] = { "AGE", 6, 6, 0, true },
	[ACTOR] = { "WHO", 8, 18, 2, false },
	[ACTION] = { "ACTION", 8, 14, 0, false },
	[OBJECT] = { "WHAT", 9, 24, 0, false },
	[DETAIL] = { "DETAIL", 12, 0, 1, false },
	[RESULT] = { "RESULT", 6, 12, 0, false },
	[AT] = { "AT", 20, 20, 3, false },
};
static const unsigned char order[] = { AGE, ACTOR, ACTION, OBJECT, DETAIL, RESULT };

static const struct rq_activity *at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->activity[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_activity;
}

/* The sequence number is the item's name; it lives in the view until it is asked for the next. */
static const char *id(void *ud, size_t item)
{
	struct rq_listview *v = ud;
	struct rq_str *s = v->own;

	rq_str_clear(s);
	rq_str_addf(s, "%lld", (long long)at(ud, item)->seq);
	return rq_str_get(s);
}

static const char *text_of(const struct rq_activity *a, size_t column)
{
	switch (column) {
	case ACTOR: return a->actor;
	case ACTION: return a->action;
	case OBJECT: return a->object;
	case DETAIL: return a->detail;
	case RESULT: return a->result;
	}
	return "";
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_activity *a = at(ud, item);
	char buf[RQ_TIME_LEN];
	const char *text = column == AGE  ? rq_ui_age(ui, a->at, buf)
			   : column == AT ? rq_time_rfc3339(a->at, false, buf)
					  : text_of(a, column);

	rq_str_add(out, text ? text : "");
	if (column == RESULT)
		*role = rq_eq(a->result, "ok") ? RQ_ROLE_SUCCESS : RQ_ROLE_ERROR;
	else if (column == ACTOR)
		*role = RQ_ROLE_DIM;
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_activity(f, at(ud, item));
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_activity *a = at(ud, x), *b = at(ud, y);
	const char *ta = text_of(a, column), *tb = text_of(b, column);

	return column == AGE  ? rq_compare_i64(b->at, a->at)
	       : column == AT ? rq_compare_i64(a->at, b->at) : rq_icmp(ta ? ta : "", tb ? tb : "");
}

static int64_t born(void *ud, size_t item)
{
	return at(ud, item)->at;
}

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
	.order = order,
	.n_order = sizeof order,
	.born = born,
};

static void part(struct rq_rich *out, const char *label, const char *s, size_t n, int cols)
{
	char *text = rq_strndup(s, n);

	rq_rich_field_wrapped(out, label, RQ_ROLE_NORMAL, text, cols);
	rq_free(text);
}

/* Where the calls of a server begin in "cancelled; POST /repos/... 202, GET ... 200"; the end where there are none. */
static const char *calls_of(const char *detail)
{
	static const char *const methods[] = { "GET /", "POST /", "PUT /", "PATCH /", "DELETE /" };
	const char *s = detail;
	size_t i;

	for (;;) {
		for (i = 0; i < sizeof methods / sizeof methods[0]; i++)
			if (rq_starts(s, methods[i]))
				return s;
		if (!strstr(s, "; "))
			return s + strlen(s);
		s = strstr(s, "; ") + 2;
	}
}

/* What came of it, and behind it each call on a line of its own. */
static void tell_detail(struct rq_rich *out, const char *detail, int cols)
{
	const char *calls = calls_of(detail), *s = calls, *end;
	size_t n = (size_t)(calls - detail);

	part(out, "detail", detail, *calls && n ? n - strlen("; ") : n, cols);
	for (; *s; s = end + (*end ? 2 : 0)) {
		end = strstr(s, ", ") ? strstr(s, ", ") : s + strlen(s);
		part(out, s == calls ? "calls" : "", s, (size_t)(end - s), cols);
	}
}

static void tell(struct rq_ui *ui, const struct rq_activity *a, struct rq_rich *out, int cols)
{
	char buf[RQ_TIME_LEN], ago[RQ_TIME_LEN + 8];

	rq_rich_addf(out, RQ_ROLE_TITLE, "%s %s", a->action, a->object ? a->object : "");
	rq_rich_end_line(out);
	rq_rich_field(out, "by", RQ_ROLE_NORMAL, a->actor);
	rq_rich_add(out, RQ_ROLE_LABEL, "at");
	rq_rich_tab(out, RQ_RICH_LABEL);
	rq_rich_addf(out, RQ_ROLE_NORMAL, "%s  (%s)", rq_time_rfc3339(a->at, false, buf), rq_ui_ago(ui, a->at, ago));
	rq_rich_end_line(out);
	rq_rich_field(out, "result", rq_eq(a->result, "ok") ? RQ_ROLE_SUCCESS : RQ_ROLE_ERROR, a->result);
	tell_detail(out, a->detail ? a->detail : "", cols);
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	tell(v->view.ui, at(v, item), out, v->pane.cols);
}

/* All of one entry: the row shows what there is room for. */
static void open_entry(struct rq_listview *v)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_rich rich;
	size_t item;

	if (!rq_list_id(&v->list, &item))
		return;
	rq_rich_init(&rich);
	tell(ui, at(v, item), &rich, rq_term_cols(ui->term) - 2);
	rq_view_pager_open(ui, "entry", &rich);
}

/* The command that writes what is shown into a file, for who wants another name. */
static void propose_export(struct rq_listview *v)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_str s;
	char when[RQ_TIME_LEN];

	rq_time_rfc3339(rq_now(), false, when);
	when[strcspn(when, "T")] = '\0';
	rq_str_init(&s, 4096);
	rq_str_add(&s, "activity ");
	if (*v->list.filter_text) {
		rq_str_add(&s, "--filter ");
		rq_words_quote(&s, v->list.filter_text);
		rq_str_addc(&s, ' ');
	}
	rq_str_addf(&s, "--output activity-%s.tsv", when);
	rq_view_prompt_open(ui, rq_str_get(&s));
	rq_str_release(&s);
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_listview *v = (struct rq_listview *)view;

	switch (d) {
	case RQ_DO_OPEN: open_entry(v); return true;
	case RQ_DO_EXPORT: propose_export(v); return true;
	default: return rq_listview_act(view, d, arg);
	}
}

/* What was done was done to a runner or to a job, which may be forgotten by now. */
static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const struct rq_snapshot *s = view->ui->snap;
	const char *object;
	size_t item;

	if (!rq_list_id(&v->list, &item) || !(object = at(v, item)->object))
		return;
	if (rq_starts(what, "runner") && rq_snapshot_runner(s, object))
		rq_words_put(out, object);
	else if (rq_snapshot_job(s, object) || strchr(object, ':'))
		rq_pick_of_job(view->ui, object, what, out);
}

static void free_view(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	rq_str_release(v->own);
	rq_free(v->own);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_ACTIVITY,
		.free = free_view,
		.changed = rq_listview_changed,
		.draw = rq_listview_draw,
		.act = act,
		.pick = pick,
		.click = rq_listview_click,
		.title = rq_listview_title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "Nothing has been done yet.\n\n"
		 "Each submission, cancellation, re-route and drain is kept here,\n"
		 "with who asked for it and what came of it.",
};

struct rq_view *rq_view_activity_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, rq_alloc(sizeof(struct rq_str)));
}
