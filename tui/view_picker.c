/* Where a job could go instead: every runner, with what the policy says about it. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/cmdtext.h"
#include "tui/fetch.h"
#include "tui/listview.h"

enum { NAME, VERDICT, STATE, REASONS, N_COLUMNS };

static const struct rq_column columns[] = {
	[NAME] = { "RUNNER", 10, 24, 0, false },
	[VERDICT] = { "VERDICT", 7, 9, 0, false },
	[STATE] = { "BUSY", 4, 6, 1, false },
	[REASONS] = { "REASONS", 20, 0, 0, false },
};

struct picker {
	char *job;
	struct rq_fetch *fetch;         /* the job's inputs: a policy may go by them */
	const struct rq_job_detail *decided_with;
	struct rq_arena arena;          /* of the decision */
	struct rq_decision decision;
};

static struct picker *own(void *ud)
{
	return ((struct rq_listview *)ud)->own;
}

/* What would be decided for the job if it were free to go anywhere. */
static void decide(struct rq_ui *ui, struct picker *p)
{
	const struct rq_job *j = rq_snapshot_job(ui->snap, p->job);
	const struct rq_job_detail *detail = rq_fetch_job(p->fetch);
	struct rq_submission s = { 0 };

	rq_arena_release(&p->arena);
	memset(&p->decision, 0, sizeof p->decision);
	p->decided_with = detail;
	if (!j)
		return;
	s.queue = j->queue;
	s.type = j->type;
	s.labels = j->labels;
	s.priority = j->priority;
	s.params = detail ? detail->params : NULL;
	s.n_params = detail ? detail->n_params : 0;
	rq_preview(ui->rq, &p->arena, &s, &p->decision, NULL);
}

static size_t count(void *ud)
{
	return own(ud)->decision.n_candidates;
}

static const char *id(void *ud, size_t item)
{
	return own(ud)->decision.candidates[item].name;
}

static void reasons(const struct rq_candidate *c, struct rq_str *out)
{
	size_t i;

	for (i = 0; i < c->n_reasons; i++) {
		const struct rq_reason *r = &c->reasons[i];

		rq_str_addf(out, "%s%s", i ? ", " : "", r->code);
		if (r->want && *r->want)
			rq_str_addf(out, " (%s)", r->want);
	}
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_candidate *c = &own(ud)->decision.candidates[item];
	const struct rq_runner *r = rq_snapshot_runner(ui->snap, c->name);
	const struct rq_job *j = rq_snapshot_job(ui->snap, own(ud)->job);

	switch (column) {
	case NAME: rq_str_add(out, c->name); break;
	case VERDICT:
		rq_str_add(out, c->pass ? "pass" : "fail");
		*role = c->pass ? RQ_ROLE_PASS : RQ_ROLE_REFUSED;
		break;
	case STATE:
		if (r)
			rq_str_addf(out, "%d/%d", r->running, r->slots);
		break;
	case REASONS:
		if (j && (rq_eq(j->runner_name, c->name) ||
			  (!*j->runner_name && rq_eq(j->target, c->name))))
			rq_str_addf(out, "it is there now%s", c->n_reasons ? ", " : "");
		reasons(c, out);
		*role = c->pass ? RQ_ROLE_NORMAL : RQ_ROLE_WAITING;
		break;
	}
}

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
};

static void changed(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	decide(view->ui, v->own);
	rq_listview_changed(view);
}

/* The command that enter runs; false: there is no runner to choose. */
static bool command_text(struct rq_listview *v, struct rq_str *out)
{
	const char *runner = rq_list_id(&v->list, NULL);
	char *words[] = { rq_strdup("reroute"), rq_strdup(own(v)->job), rq_strdup("--to"), rq_strdup(runner), NULL };
	size_t i;

	rq_str_init(out, 0);
	if (runner)
		rq_cmdtext(words, 4, out);
	for (i = 0; i < 4; i++)
		rq_free(words[i]);
	return runner != NULL;
}

static void draw_command(struct rq_listview *v, struct rq_rect r)
{
	struct rq_str text;

	if (command_text(v, &text))
		rq_cmdtext_draw(v->view.ui->draw, rq_str_get(&text), r);
	rq_str_release(&text);
}

static void copy_command(struct rq_listview *v)
{
	struct rq_str text;

	if (command_text(v, &text))
		rq_cmdtext_copy(v->view.ui, rq_str_get(&text));
	rq_str_release(&text);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_ui *ui = view->ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, own(v)->job);
	struct rq_str text;
	size_t item;

	/* The job's inputs have come meanwhile. */
	if (rq_fetch_job(own(v)->fetch) != own(v)->decided_with)
		changed(view);
	rq_str_init(&text, 4096);
	if (j) {
		rq_str_addf(&text, "%s  %s  wants ", j->id, j->name);
		rq_labels_text(&j->labels, &text);
		if (j->status == RQ_STATUS_IN_PROGRESS)
			rq_str_addf(&text, ".  It runs on %s: it is ended there and starts again.",
				    j->runner_name);
		rq_draw_text(ui->draw, r.row, r.col + 1, r.cols - 2, RQ_ROLE_NORMAL,
			     rq_str_get(&text));
	}
	if (own(v)->decided_with && own(v)->decided_with->reroute_note)
		rq_draw_text(ui->draw, r.row + 1, r.col + 1, r.cols - 2, RQ_ROLE_WARNING, own(v)->decided_with->reroute_note);
	rq_list_draw(&v->list, ui->draw, r.row + 2, r.col, r.rows - 5, r.cols, ui->slow);
	draw_command(v, (struct rq_rect){ r.row + r.rows - 2, r.col + 1, 1, r.cols - 2 });
	if (rq_list_id(&v->list, &item) && !own(v)->decision.candidates[item].pass)
		rq_draw_text(ui->draw, r.row + r.rows - 1, r.col + 1, r.cols - 2, RQ_ROLE_WARNING,
			     "It would wait there until nothing speaks against it any more.");
	else if (!v->list.n)
		rq_draw_text(ui->draw, r.row + 3, r.col + 2, r.cols - 3, RQ_ROLE_DIM,
			     "There is no runner yet; the first submission starts one, and so does "
			     ":agent start");
	rq_str_release(&text);
}

static void send(struct rq_listview *v, const char *runner)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, own(v)->job);
	char *words[] = { rq_strdup("reroute"), rq_strdup(own(v)->job), rq_strdup("--to"),
			  rq_strdup(runner), NULL };
	size_t i;

	if (j && !rq_job_active(j))
		rq_ui_say(ui, "%s has finished meanwhile.", j->id);
	rq_ui_close(ui, &v->view);
	if (!j || rq_job_active(j))
		rq_ui_run_words(ui, words, 4, false);
	for (i = 0; i < 4; i++)
		rq_free(words[i]);
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const char *runner = rq_list_id(&v->list, NULL);

	if (d == RQ_DO_MARK || d == RQ_DO_MARK_ALL || d == RQ_DO_FILTER)
		return false;
	if (d == RQ_DO_COPY_COMMAND) {
		copy_command(v);
		return true;
	}
	if (d != RQ_DO_OPEN)
		return rq_listview_act(view, d, arg);
	if (runner)
		send(v, runner);
	return true;
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_addf(out, "re-route %s", own(view)->job);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_listview *v = (struct rq_listview *)view;

	if (rq_starts(what, "runner"))
		rq_listview_pick(view, false, out);
	else if (rq_starts(what, "job"))
		rq_str_addf(out, " %s", own(v)->job);
}

static void free_view(struct rq_view *view)
{
	struct picker *p = own(view);

	rq_arena_release(&p->arena);
	rq_fetch_free(p->fetch);
	rq_free(p->job);
	rq_free(p);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_PICKER,
		.free = free_view,
		.changed = changed,
		.draw = draw,
		.act = act,
		.pick = pick,
		.click = rq_listview_click,
		.title = title,
	},
	.list = &list_ops,
	.empty = "",
};

/* The cursor begins on the first runner that would take it and has not got it. */
static void preselect(struct rq_listview *v)
{
	const struct rq_decision *d = &own(v)->decision;
	const struct rq_job *j = rq_snapshot_job(v->view.ui->snap, own(v)->job);
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		if (d->candidates[i].pass && j && !rq_eq(j->runner_name, d->candidates[i].name) &&
		    !rq_eq(j->target, d->candidates[i].name)) {
			rq_list_select(&v->list, d->candidates[i].name);
			return;
		}
	}
}

void rq_view_picker_open(struct rq_ui *ui, const char *job)
{
	struct picker *p = rq_alloc(sizeof *p);
	struct rq_view *v;

	p->job = rq_strdup(job);
	p->fetch = rq_fetch_new(ui, RQ_VERB_JOB);
	rq_fetch_want(p->fetch, job);
	decide(ui, p);
	v = rq_listview_new(ui, &ops, p);
	preselect((struct rq_listview *)v);
	rq_ui_push(ui, v);
}
