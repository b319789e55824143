/* A run that has jobs of its own: its jobs with their steps, what each is at and how long it takes. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/fetch.h"
#include "tui/listview.h"
#include "tui/words.h"

enum { STATUS, NAME, RUNNER, STARTED, TIME, N_COLUMNS };

static const struct rq_column columns[] = {
	[STATUS] = { "STATUS", 13, 15, 0, false },
	[NAME] = { "JOB OR STEP", 20, 0, 0, false },
	[RUNNER] = { "RUNNER", 7, 16, 1, false },
	[STARTED] = { "STARTED", 7, 7, 2, false },
	[TIME] = { "TIME", 7, 18, 0, false },
};

/* A row: a job, or a step of it. */
struct row {
	size_t job;
	size_t step;            /* from 1; 0: the job itself */
	char *id;               /* "media:91/7", "media:91/7 3" */
};

struct run {
	char *id;               /* the run's */
	struct rq_fetch *fetch;
	unsigned shown;         /* which answer the rows are made of */
	struct row *rows;
	size_t n, cap;
};

static struct run *own(void *ud)
{
	return ((struct rq_listview *)ud)->own;
}

static void drop_rows(struct run *r)
{
	while (r->n)
		rq_free(r->rows[--r->n].id);
}

static void add_row(struct run *r, const struct rq_run_job *j, size_t job, size_t step)
{
	struct rq_str id;

	rq_str_init(&id, 256);
	rq_str_add(&id, j->id);
	if (step)
		rq_str_addf(&id, " %lld", (long long)j->steps[step - 1].number);
	RQ_GROW(r->rows, r->n, &r->cap);
	r->rows[r->n++] = (struct row){ job, step, rq_str_detach(&id) };
}

static void make_rows(struct run *r)
{
	const struct rq_job_detail *d = rq_fetch_job(r->fetch);
	size_t i, k;

	r->shown = rq_fetch_answers(r->fetch);
	drop_rows(r);
	for (i = 0; d && i < d->n_jobs; i++)
		for (k = 0; k <= d->jobs[i].n_steps; k++)
			add_row(r, &d->jobs[i], i, k);
}

/* NULL: what is known now has no such row. */
static const struct rq_run_job *job_at(const struct run *r, size_t item, const struct rq_run_step **step)
{
	const struct rq_job_detail *d = rq_fetch_job(r->fetch);
	const struct row *row = item < r->n ? &r->rows[item] : NULL;

	*step = NULL;
	if (!d || !row || row->job >= d->n_jobs || row->step > d->jobs[row->job].n_steps)
		return NULL;
	if (row->step)
		*step = &d->jobs[row->job].steps[row->step - 1];
	return &d->jobs[row->job];
}

static size_t count(void *ud)
{
	return own(ud)->n;
}

static const char *id(void *ud, size_t item)
{
	return own(ud)->rows[item].id;
}

/* The glyph and the colour of a state are those that a job of a list has. */
static void state_cell(const struct rq_ui *ui, enum rq_status status, enum rq_conclusion conclusion, const char *raw,
		       struct rq_str *out, enum rq_role *role)
{
	const struct rq_job like = { .id = "", .reason = "", .status = status, .conclusion = conclusion, .state_raw = raw };

	rq_str_addf(out, "%s %s", rq_status_glyph(ui, &like), rq_job_state_text(&like));
	*role = rq_status_role(&like);
}

static void time_cell(struct rq_ui *ui, int64_t started, int64_t completed, const char *reason, struct rq_str *out)
{
	char buf[RQ_TIME_LEN];

	if (!started)
		rq_str_add(out, reason && *reason ? reason : "-");
	else if (completed)
		rq_str_add(out, rq_duration_text(rq_span(started, completed, ui->now), buf));
	else
		rq_str_add(out, rq_ui_elapsed(ui, started, buf));
}

static void job_cell(struct rq_ui *ui, const struct rq_run_job *j, size_t column, struct rq_str *out, enum rq_role *role)
{
	char buf[RQ_TIME_LEN];

	switch (column) {
	case STATUS: state_cell(ui, j->status, j->conclusion, j->state_raw, out, role); break;
	case NAME: rq_str_add(out, j->name); break;
	case RUNNER: rq_str_add(out, *j->runner_name ? j->runner_name : "-"); break;
	case STARTED: rq_str_add(out, j->started_at ? rq_ui_age(ui, j->started_at, buf) : "-"); break;
	case TIME: time_cell(ui, j->started_at, j->completed_at, j->reason, out); break;
	}
}

static void step_cell(struct rq_ui *ui, const struct rq_run_step *s, size_t column, struct rq_str *out, enum rq_role *role)
{
	char buf[RQ_TIME_LEN];

	switch (column) {
	case STATUS: state_cell(ui, s->status, s->conclusion, s->state_raw, out, role); break;
	case NAME: rq_str_addf(out, "  %lld %s", (long long)s->number, s->name); break;
	case STARTED: rq_str_add(out, s->started_at ? rq_ui_age(ui, s->started_at, buf) : ""); break;
	case TIME: time_cell(ui, s->started_at, s->completed_at, NULL, out); break;
	}
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_run_step *step;
	const struct rq_run_job *j = job_at(own(ud), item, &step);

	if (step)
		step_cell(ui, step, column, out, role);
	else if (j)
		job_cell(ui, j, column, out, role);
}

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
};

/* ---- what stands around the rows ---- */

static void time_field(struct rq_rich *out, const char *label, int64_t at)
{
	char when[RQ_TIME_LEN];

	if (at)
		rq_rich_field(out, label, RQ_ROLE_NORMAL, rq_time_rfc3339(at, false, when));
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	const struct rq_run_step *step;
	const struct rq_run_job *j = job_at(v->own, item, &step);
	struct rq_str s;

	if (!j)
		return;
	rq_str_init(&s, 0);
	rq_labels_text(&j->labels, &s);
	rq_rich_add(out, RQ_ROLE_TITLE, j->id);
	rq_rich_addf(out, RQ_ROLE_TITLE, "  %s", j->name);
	rq_rich_end_line(out);
	rq_rich_field(out, "labels", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_rich_field(out, "runner", RQ_ROLE_NORMAL, j->runner_name);
	time_field(out, "created", j->created_at);
	time_field(out, "started", j->started_at);
	time_field(out, "ended", j->completed_at);
	rq_rich_field(out, "page", RQ_ROLE_NORMAL, j->html_url);
	rq_str_release(&s);
}

/* The newer of what the list and the answer say of the run. */
static void draw_head(struct rq_listview *v, struct rq_rect r)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, own(v)->id);
	const struct rq_job_detail *d = rq_fetch_job(own(v)->fetch);
	char buf[RQ_TIME_LEN];
	struct rq_str s;

	if (!j && d)
		j = &d->job;
	if (!j)
		return;
	rq_str_init(&s, 4096);
	rq_str_addf(&s, "%s  %s %s", j->name, rq_status_glyph(ui, j), rq_job_state_text(j));
	if (*j->reason)
		rq_str_addf(&s, "  %s", j->reason);
	if (j->started_at)
		rq_str_addf(&s, "  %s", j->completed_at ? rq_duration_text(rq_job_elapsed(j, ui->now), buf)
							: rq_ui_elapsed(ui, j->started_at, buf));
	rq_draw_text(ui->draw, r.row, r.col + 1, r.cols - 2, RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_release(&s);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const char *error = rq_fetch_error(own(v)->fetch);

	if (rq_fetch_answers(own(v)->fetch) != own(v)->shown) {
		make_rows(own(v));
		rq_list_update(&v->list);
	}
	draw_head(v, r);
	if (v->list.n || *v->list.filter_text)
		rq_listview_draw(view, (struct rq_rect){ r.row + 1, r.col, r.rows - 1, r.cols });
	else
		rq_draw_text(view->ui->draw, r.row + 2, r.col + 1, r.cols - 2, RQ_ROLE_DIM,
			     *error ? error : own(v)->shown ? "No job of it has begun yet." : "Loading.");
}

static void changed(struct rq_view *view)
{
	rq_fetch_stale(own(view)->fetch);
	rq_listview_changed(view);
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_add(out, own(view)->id);
}

/* A step stands for its job. */
static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const struct rq_run_step *step;
	const struct rq_run_job *j = NULL;
	const char *value = "";
	size_t item;

	if (rq_list_id(&v->list, &item))
		j = job_at(v->own, item, &step);
	if (!j || rq_eq(what, "run")) {
		rq_pick_of_job(view->ui, own(v)->id, rq_eq(what, "run") ? "job" : what, out);
		return;
	}
	if (rq_starts(what, "job"))
		value = j->id;
	else if (rq_starts(what, "runner"))
		value = j->runner_name;
	rq_words_put(out, value);
}

static void free_view(struct rq_view *view)
{
	struct run *r = own(view);

	rq_listview_free(view);
	drop_rows(r);
	rq_fetch_free(r->fetch);
	rq_free(r->rows);
	rq_free(r->id);
	rq_free(r);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_RUN,
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
	.empty = "",
};

void rq_view_run_open(struct rq_ui *ui, const char *run)
{
	struct run *r = rq_alloc(sizeof *r);

	/* Of a job of its own the run is shown. */
	r->id = rq_strndup(run, strcspn(run, "/"));
	r->fetch = rq_fetch_new(ui, RQ_VERB_JOB);
	rq_fetch_want(r->fetch, r->id);
	rq_ui_push(ui, rq_listview_new(ui, &ops, r));
}
