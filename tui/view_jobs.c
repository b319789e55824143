/* Jobs: active first, then finished. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/listview.h"
#include "tui/words.h"

enum { SPARK_COLS = 120, SPARK_MIN = 3, SPARK_WIDTH = 30 };
enum { NEAR_END = 100, FILTERED = 10000, LOADED_MAX = 100000 };
enum {
	STATUS, ID, NAME, TYPE, RUNNER, LABELS, AGE, TIME, QUEUE, PRIORITY, ATTEMPT, WAIT, STARTED, ENDED, REASON, GROUP, EXIT,
	BRANCH, EVENT, ACTOR, COMMAND, N_COLUMNS
};

/* Their names are those of ui.columns.jobs. */
static const struct rq_column columns[] = {
	[STATUS] = { "STATUS", 13, 13, 0, false },
	[ID] = { "ID", 8, 24, 0, false },
	[NAME] = { "NAME", 13, 0, 0, false },
	[TYPE] = { "TYPE", 7, 14, 3, false },
	[RUNNER] = { "RUNNER", 7, 16, 1, false },
	[LABELS] = { "LABELS", 11, 26, 4, false },
	[AGE] = { "AGE", 6, 6, 2, true },
	[TIME] = { "TIME", 7, 18, 0, false },
	[QUEUE] = { "QUEUE", 5, 16, 3, false },
	[PRIORITY] = { "PRIORITY", 8, 11, 3, true },
	[ATTEMPT] = { "ATTEMPT", 7, 7, 3, true },
	[WAIT] = { "WAIT", 6, 7, 2, true },
	[STARTED] = { "STARTED", 7, 7, 2, true },
	[ENDED] = { "ENDED", 6, 7, 2, true },
	[REASON] = { "REASON", 8, 22, 2, false },
	[GROUP] = { "GROUP", 6, 20, 3, false },
	[EXIT] = { "EXIT", 4, 6, 3, true },
	[BRANCH] = { "BRANCH", 6, 24, 3, false },
	[EVENT] = { "EVENT", 6, 18, 4, false },
	[ACTOR] = { "ACTOR", 6, 18, 4, false },
	[COMMAND] = { "COMMAND", 12, 40, 5, false },
};
static const unsigned char order[] = { STATUS, ID, NAME, TYPE, RUNNER, LABELS, AGE, TIME };

static const struct rq_job *job_at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->jobs[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_jobs;
}

static const char *id(void *ud, size_t item)
{
	return job_at(ud, item)->id;
}

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

/* So wide that durations below each other end in one column, where words stand among them. */
static void add_duration(struct rq_str *out, const char *text)
{
	rq_str_addf(out, "%6s", text);
}

/* How long it runs or ran, or else what it waits for. */
static void time_cell(struct rq_ui *ui, const struct rq_job *j, struct rq_str *out,
		      enum rq_role *role)
{
	char buf[RQ_TIME_LEN], held[RQ_HOLD_TEXT_LEN];

	if (rq_held_text(ui, j->id, held)) {
		rq_str_add(out, held);
		*role = RQ_ROLE_WARNING;
	} else if (j->status == RQ_STATUS_IN_PROGRESS) {
		add_duration(out, rq_ui_elapsed(ui, j->started_at, buf));
		if (j->cancel_requested)
			rq_str_add(out, " ending");
	} else if (j->status == RQ_STATUS_COMPLETED && j->started_at) {
		add_duration(out, rq_duration_text(rq_job_elapsed(j, ui->now), buf));
	} else {
		/* That it was cancelled stands in the first column already. */
		const char *reason = rq_eq(j->reason, RQ_WHY_CANCEL_REQUESTED) ? "" : j->reason;

		rq_str_add(out, or_dash(reason));
		*role = *reason ? RQ_ROLE_WAITING : RQ_ROLE_DIM;
	}
}

/* How long it waited, or waits. */
static int64_t waited(const struct rq_job *j, int64_t now)
{
	if (!j->started_at && !rq_job_active(j))
		return -1;
	return rq_span(j->created_at, j->started_at, now);
}

static void wait_cell(struct rq_ui *ui, const struct rq_job *j, struct rq_str *out)
{
	char buf[RQ_TIME_LEN];

	if (!j->started_at && rq_job_active(j))
		rq_str_add(out, rq_ui_elapsed(ui, j->created_at, buf));
	else
		rq_str_add(out, j->started_at ? rq_duration_text(waited(j, ui->now), buf) : "-");
}

static void number_cell(const struct rq_job *j, size_t column, struct rq_str *out)
{
	if (column == EXIT && j->exit_code < 0)
		rq_str_addc(out, '-');
	else
		rq_str_addf(out, "%d", column == EXIT ? j->exit_code : column == ATTEMPT ? j->run_attempt : j->priority);
}

/* Of the columns that are text alone. */
static const char *text_of(const struct rq_job *j, size_t column)
{
	switch (column) {
	case ID: return j->id;
	case NAME: return j->name;
	case TYPE: return j->type;
	case QUEUE: return or_dash(j->queue);
	case REASON: return or_dash(j->reason);
	case GROUP: return or_dash(j->group);
	case BRANCH: return or_dash(j->branch);
	case EVENT: return or_dash(j->event);
	case ACTOR: return or_dash(j->actor);
	case COMMAND: return j->command;
	default: return "";
	}
}

static void runner_cell(const struct rq_job *j, struct rq_str *out, enum rq_role *role)
{
	rq_str_add(out, *j->runner_name ? j->runner_name : or_dash(j->target)); /* where it is meant to go */
	/* A colour for a dash alone would be sixteen bytes in each row. */
	if (!*j->runner_name && *j->target)
		*role = RQ_ROLE_DIM;
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_job *j = job_at(ud, item);
	char buf[RQ_TIME_LEN];

	switch (column) {
	case STATUS:
		rq_str_add(out, rq_status_glyph(ui, j));
		rq_str_addc(out, ' ');
		rq_str_add(out, rq_job_state_text(j));
		*role = rq_status_role(j);
		break;
	case NAME:
		if (rq_notices_watched(&ui->notify.notices, j->id))
			rq_str_addf(out, "%s ", rq_glyph(ui->draw, RQ_GLYPH_WATCHED));
		rq_str_add(out, j->name);
		break;
	case RUNNER: runner_cell(j, out, role); break;
	case LABELS: rq_labels_text(&j->labels, out); break;
	case AGE: rq_str_add(out, rq_ui_age(ui, j->created_at, buf)); break;
	case STARTED: rq_str_add(out, rq_ui_age(ui, j->started_at, buf)); break;
	case ENDED: rq_str_add(out, rq_ui_age(ui, j->completed_at, buf)); break;
	case TIME: time_cell(ui, j, out, role); break;
	case WAIT: wait_cell(ui, j, out); break;
	case PRIORITY: case ATTEMPT: case EXIT: number_cell(j, column, out); break;
	default: rq_str_add(out, text_of(j, column)); break;
	}
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_job(f, job_at(ud, item));
}

static int compare_ids(const struct rq_job *a, const struct rq_job *b)
{
	size_t la = strlen(a->id), lb = strlen(b->id);

	/* Numbers without leading zeros: the longer one is the larger one. */
	return la != lb ? (la > lb) - (la < lb) : strcmp(a->id, b->id);
}

static int compare_labels(const struct rq_job *a, const struct rq_job *b)
{
	size_t i;

	for (i = 0; i < a->labels.n && i < b->labels.n; i++) {
		int c = strcmp(a->labels.v[i], b->labels.v[i]);

		if (c)
			return c;
	}
	return rq_compare_i64((int64_t)a->labels.n, (int64_t)b->labels.n);
}

/* Ages: the youngest first, and what has none last. */
static int compare_ages(int64_t a, int64_t b)
{
	return rq_compare_i64(b, a);
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_job *a = job_at(ud, x), *b = job_at(ud, y);
	int64_t now = ((struct rq_listview *)ud)->view.ui->now;

	switch (column) {
	case STATUS: return strcmp(rq_job_state_text(a), rq_job_state_text(b));
	case ID: return compare_ids(a, b);
	case RUNNER: return rq_icmp(*a->runner_name ? a->runner_name : a->target,
				    *b->runner_name ? b->runner_name : b->target);
	case LABELS: return compare_labels(a, b);
	case AGE: return compare_ages(a->created_at, b->created_at);
	case STARTED: return compare_ages(a->started_at, b->started_at);
	case ENDED: return compare_ages(a->completed_at, b->completed_at);
	case TIME: return rq_compare_i64(rq_job_elapsed(a, now), rq_job_elapsed(b, now));
	case WAIT: return rq_compare_i64(waited(a, now), waited(b, now));
	case PRIORITY: return rq_compare_i64(a->priority, b->priority);
	case ATTEMPT: return rq_compare_i64(a->run_attempt, b->run_attempt);
	case EXIT: return rq_compare_i64(a->exit_code, b->exit_code);
	default: return rq_icmp(text_of(a, column), text_of(b, column));
	}
}

/* What a job is at, as far as somebody wants to see it change. */
static uint32_t state(void *ud, size_t item)
{
	const struct rq_job *j = job_at(ud, item);
	uint32_t h = (uint32_t)j->status * 31 + (uint32_t)j->conclusion + (uint32_t)j->run_attempt * 1009 +
		     (j->cancel_requested ? 65537 : 0);

	h = rq_list_mix(h, j->runner_name);
	h = rq_list_mix(h, j->target);
	return rq_list_mix(h, j->reason);
}

static int64_t born(void *ud, size_t item)
{
	return job_at(ud, item)->created_at;
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
	.state = state,
	.born = born,
};

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;

	if (rq_starts(what, "job"))
		rq_listview_pick(view, rq_eq(what, "jobs"), out);
	else if (rq_eq(what, "filter"))
		rq_words_put(out, l->filter_text);
	else if (rq_list_id(l, NULL))
		rq_pick_of_job(view->ui, rq_list_id(l, NULL), what, out);
}

/* More finished jobs are loaded when the cursor comes near the end of what there is, and when a
 * filter looks for some. */
static void want_more(struct rq_listview *v)
{
	struct rq_ui *ui = v->view.ui;
	size_t want = ui->want.finished_max;

	if (!ui->snap->more_finished || want > ui->snap->n_jobs)
		return; /* there are no more, or they are on their way */
	if (*v->list.filter_text && want < FILTERED)
		want = FILTERED;
	else if (v->list.n && v->list.cursor + NEAR_END >= v->list.n && want < LOADED_MAX)
		want *= 4;
	if (want == ui->want.finished_max)
		return;
	ui->want.finished_max = want;
	rq_want_more(ui->rq, &ui->want);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	rq_listview_draw(view, r);
	want_more((struct rq_listview *)view);
}

static void changed(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_ui *ui = view->ui;

	rq_listview_changed(view);
	if (ui->select_next && rq_list_select(&v->list, ui->select_next)) {
		rq_free(ui->select_next);
		ui->select_next = NULL;
	}
	rq_detail_changed(v->own);
}

/* Where there is room, how many waited lately. */
static void title(struct rq_view *view, struct rq_str *out)
{
	struct rq_ui *ui = view->ui;

	rq_listview_title(view, out);
	if (rq_term_cols(ui->term) < SPARK_COLS || ui->slow || rq_spark_n(&ui->waited) < SPARK_MIN)
		return;
	rq_str_add(out, out->len ? "   queue " : "queue ");
	rq_spark_text(&ui->waited, ui->now, SPARK_WIDTH, 0, rq_draw_ascii(ui->draw), out);
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	rq_detail_want(v->own, job_at(v, item)->id);
	rq_detail_text(v->own, v->pane.cols, out, false);
}

static void free_view(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	rq_detail_free(v->own);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_JOBS,
		.free = free_view,
		.changed = changed,
		.draw = draw,
		.act = rq_listview_act,
		.pick = pick,
		.click = rq_listview_click,
		.title = title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "No jobs yet.\n\n"
		 "Press <submit> to submit one: a command is enough, and this machine runs it.\n"
		 "From a shell:  relayq submit -- make test\n\n<keys> shows the keys.",
};

struct rq_view *rq_view_jobs_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, rq_detail_new(ui));
}
