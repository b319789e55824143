/* Runners: what executes jobs. */
#include <stdio.h>
#include <string.h>
#include "tui/listview.h"

enum { NAME, STATE, BUSY, LABELS, SYSTEM, LOAD, SEEN, NOTE, N_COLUMNS };

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

static const char *state(const struct rq_runner *r, enum rq_glyph *glyph, enum rq_role *role)
{
	*glyph = RQ_GLYPH_WAITING;
	if (r->drain != RQ_DRAIN_ACTIVE) {
		*role = r->drain == RQ_DRAIN_DRAINING ? RQ_ROLE_DRAINING : RQ_ROLE_DRAINED;
		return rq_drain_name(r->drain);
	}
	*glyph = RQ_GLYPH_QUEUED;
	if (!r->online) {
		*role = RQ_ROLE_OFFLINE;
		return "offline";
	}
	if (r->hung) {
		*glyph = RQ_GLYPH_FAILURE;
		*role = RQ_ROLE_HUNG;
		return "hung";
	}
	*glyph = RQ_GLYPH_IN_PROGRESS;
	*role = r->running ? RQ_ROLE_BUSY : RQ_ROLE_ONLINE;
	return r->running ? "busy" : "idle";
}

/* Why it takes nothing, in the words of who drained it. */
static void note(const struct rq_runner *r, struct rq_str *out)
{
	if (r->drain == RQ_DRAIN_ACTIVE)
		return;
	rq_str_add(out, r->drain_reason ? r->drain_reason : "");
	if (r->drain_by && *r->drain_by)
		rq_str_addf(out, " (%s)", r->drain_by);
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
		text = state(r, &glyph, role);
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
	case NOTE: note(r, out); break;
	}
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

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
};

static void size_field(struct rq_rich *out, const char *label, int64_t bytes)
{
	if (bytes < 0)
		return;
	rq_rich_add(out, RQ_ROLE_LABEL, label);
	rq_rich_tab(out, RQ_RICH_LABEL);
	rq_rich_addf(out, RQ_ROLE_NORMAL, "%lld.%lld GiB", (long long)(bytes >> 30),
		     (long long)((bytes >> 20) % 1024 * 10 / 1024));
	rq_rich_end_line(out);
}

static void number_field(struct rq_rich *out, const char *label, int64_t n, const char *unit)
{
	char text[32];

	snprintf(text, sizeof text, "%lld%s", (long long)n, unit);
	if (n > 0)
		rq_rich_field(out, label, RQ_ROLE_NORMAL, text);
}

static void its_jobs(struct rq_ui *ui, const struct rq_runner *r, struct rq_rich *out)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i, n = 0;

	for (i = 0; i < s->n_jobs && n < 12; i++) {
		const struct rq_job *j = &s->jobs[i];
		bool here = rq_eq(j->runner_name, r->name) ||
			    (!*j->runner_name && rq_eq(j->target, r->name));
		char buf[RQ_TIME_LEN];

		if (!rq_job_active(j) || !here)
			continue;
		if (!n++) {
			rq_rich_end_line(out);
			rq_rich_add(out, RQ_ROLE_TITLE, "Jobs here");
			rq_rich_end_line(out);
		}
		rq_rich_addf(out, rq_status_role(j), "%s ", rq_status_glyph(ui, j));
		rq_rich_addf(out, RQ_ROLE_NORMAL, "%s  %s", j->id, j->name);
		if (j->started_at)
			rq_rich_addf(out, RQ_ROLE_DIM, "  %s",
				     rq_ui_elapsed(ui, j->started_at, buf));
		rq_rich_end_line(out);
	}
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_runner *r = runner_at(v, item);
	char age[RQ_TIME_LEN];
	struct rq_str s;
	enum rq_role role;
	enum rq_glyph glyph;
	const char *text = state(r, &glyph, &role);

	rq_str_init(&s, 0);
	rq_rich_add(out, RQ_ROLE_TITLE, r->name);
	rq_rich_addf(out, role, "  %s %s", rq_glyph(ui->draw, glyph), text);
	rq_rich_end_line(out);
	note(r, &s);
	if (r->drain != RQ_DRAIN_ACTIVE && r->drain_since)
		rq_str_addf(&s, ", since %s", rq_ui_age(ui, r->drain_since, age));
	rq_rich_field(out, "drained", RQ_ROLE_WARNING, rq_str_get(&s));
	rq_str_clear(&s);
	if (r->drain != RQ_DRAIN_ACTIVE && r->drain_deadline)
		rq_rich_field(out, "deadline", RQ_ROLE_NORMAL,
			      rq_time_rfc3339(r->drain_deadline, false, age));
	rq_labels_text(&r->labels, &s);
	rq_rich_field(out, "labels", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_clear(&s);
	rq_labels_text(&r->tools, &s);
	rq_rich_field(out, "tools", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_clear(&s);
	rq_str_addf(&s, "%d of %d", r->running, r->slots);
	rq_rich_field(out, "slots busy", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_clear(&s);
	rq_str_addf(&s, "%s/%s on %s", r->os ? r->os : "", r->arch ? r->arch : "",
		    r->host ? r->host : "");
	rq_rich_field(out, "system", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_rich_field(out, "version", RQ_ROLE_NORMAL, r->version);
	number_field(out, "cores", r->cpu_cores, "");
	size_field(out, "memory", r->memory_bytes);
	size_field(out, "disk free", r->disk_free_bytes);
	number_field(out, "temperature", r->temp_milli_c / 1000, " C");
	if (r->started_at)
		rq_rich_field(out, "started", RQ_ROLE_NORMAL, rq_ui_age(ui, r->started_at, age));
	its_jobs(ui, r, out);
	rq_str_release(&s);
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
		.changed = rq_listview_changed,
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
