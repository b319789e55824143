/* Decisions: what the policy chose for each submission, and why. */
#include <string.h>
#include "tui/detail.h"
#include "tui/fetch.h"
#include "tui/listview.h"

enum { AGE, OUTCOME, JOB, TRIGGER, TYPE, TARGET, REASON, POLICY, WANTED, BY, NOTE, ID, N_COLUMNS };

/* Their names are those of ui.columns.decisions. */
static const struct rq_column columns[] = {
	[AGE] = { "AGE", 6, 6, 0, true },
	[OUTCOME] = { "OUTCOME", 8, 8, 0, false },
	[JOB] = { "JOB", 7, 24, 0, false },
	[TRIGGER] = { "WHY", 7, 9, 1, false },
	[TYPE] = { "TYPE", 7, 0, 2, false },
	[TARGET] = { "RUNNER", 8, 16, 0, false },
	[REASON] = { "REASON", 10, 22, 0, false },
	[POLICY] = { "POLICY", 7, 8, 3, false },
	[WANTED] = { "WANTED", 10, 30, 4, false },
	[BY] = { "BY", 5, 20, 5, false },
	[NOTE] = { "NOTE", 8, 30, 5, false },
	[ID] = { "ID", 26, 26, 5, false },
};
static const unsigned char order[] = { AGE, OUTCOME, JOB, TRIGGER, TYPE, TARGET, REASON, POLICY, WANTED, BY };

static const struct rq_decision *at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->decisions[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_decisions;
}

static const char *id(void *ud, size_t item)
{
	return at(ud, item)->id;
}

/* "policy/policy.yaml 3f2a91c": the id alone; the built-in policy has none. */
static const char *policy_id(const struct rq_decision *d)
{
	const char *blank = d->policy ? strrchr(d->policy, ' ') : NULL;

	return blank ? blank + 1 : "-";
}

static const char *text_of(const struct rq_decision *d, size_t column)
{
	const char *s = "";

	switch (column) {
	case OUTCOME: s = rq_outcome_name(d->outcome); break;
	case JOB: s = d->job_id; break;
	case TRIGGER: s = d->trigger; break;
	case TYPE: s = d->type; break;
	case POLICY: s = policy_id(d); break;
	case WANTED: s = d->wanted; break;
	case TARGET: s = d->target; break;
	case REASON: s = d->reason; break;
	case BY: s = d->by; break;
	case NOTE: s = d->note; break;
	case ID: s = d->id; break;
	}
	return s ? s : "";
}

/* Where it was decided to go; or who took it although it was not decided so. */
static void runner_cell(const struct rq_snapshot *s, const struct rq_decision *d, struct rq_str *out)
{
	const char *since = rq_decision_taken_by(d, rq_snapshot_job(s, d->job_id));

	rq_str_addf(out, "%s%s", *since ? "then " : "", *since ? since : text_of(d, TARGET));
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_decision *d = at(ud, item);
	char buf[RQ_TIME_LEN];

	if (column == TARGET)
		runner_cell(ui->snap, d, out);
	else
		rq_str_add(out, column == AGE ? rq_ui_age(ui, d->at, buf) : text_of(d, column));
	if (column == OUTCOME)
		*role = rq_outcome_role(d->outcome);
	else if (column == BY || column == TRIGGER || column == POLICY)
		*role = RQ_ROLE_DIM;
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_decision(f, at(ud, item));
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_decision *a = at(ud, x), *b = at(ud, y);

	return column == AGE ? rq_compare_i64(b->at, a->at)
			     : rq_icmp(text_of(a, column), text_of(b, column));
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

/* The list comes without candidates: the whole decision is asked for. */
static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	const struct rq_decision *d = at(v, item), *whole;

	rq_fetch_want(v->own, d->id);
	whole = rq_fetch_decision(v->own);
	rq_rich_addf(out, RQ_ROLE_TITLE, "%s", d->job_id && *d->job_id ? d->job_id : d->id);
	rq_rich_end_line(out);
	rq_decision_text(v->view.ui, whole ? whole : d, rq_snapshot_job(v->view.ui->snap, d->job_id), RQ_TELL_PANE, out);
	rq_rich_field(out, "decision", RQ_ROLE_DIM, d->id);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const char *value = "";
	size_t item;

	if (!rq_list_id(&v->list, &item))
		return;
	if (rq_eq(what, "decision"))
		value = at(v, item)->id;
	else if (rq_eq(what, "previous"))
		value = at(v, item)->prev_id;
	else if (rq_starts(what, "job"))
		value = at(v, item)->job_id;
	else if (rq_starts(what, "runner"))
		value = at(v, item)->target;
	rq_words_put(out, value);
}

static void free_view(struct rq_view *view)
{
	rq_fetch_free(((struct rq_listview *)view)->own);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_DECISIONS,
		.free = free_view,
		.changed = rq_listview_changed,
		.draw = rq_listview_draw,
		.act = rq_listview_act,
		.pick = pick,
		.click = rq_listview_click,
		.title = rq_listview_title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "No decisions yet.\n\n"
		 "Each submission, retry and re-route leaves one: which runners were considered,\n"
		 "and why each passed or failed.",
};

struct rq_view *rq_view_decisions_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, rq_fetch_new(ui, RQ_VERB_DECISION));
}
