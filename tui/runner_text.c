/* runner_text.c - a runner as lines. */
#include "tui/runner_text.h"

#include <stdio.h>
#include <string.h>
#include "core/base/text.h"
#include "tui/dashboard.h"
#include "tui/listview.h"

enum { PANE_JOBS = 12, ALL_JOBS = 1000 };

const char *rq_runner_state(const struct rq_runner *r, enum rq_glyph *glyph, enum rq_role *role)
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

void rq_runner_note(const struct rq_runner *r, struct rq_str *out)
{
	if (r->drain == RQ_DRAIN_ACTIVE) {
		rq_str_add(out, r->note ? r->note : "");
		return;
	}
	rq_str_add(out, r->drain_reason ? r->drain_reason : "");
	if (r->drain_by && *r->drain_by)
		rq_str_addf(out, " (%s)", r->drain_by);
}

static void size_field(struct rq_rich *out, const char *label, int64_t bytes)
{
	char text[32];

	if (bytes >= 0)
		rq_rich_field(out, label, RQ_ROLE_NORMAL, rq_bytes_text(bytes, text, sizeof text));
}

static void number_field(struct rq_rich *out, const char *label, int64_t n, const char *unit)
{
	char text[32];

	snprintf(text, sizeof text, "%lld%s", (long long)n, unit);
	if (n > 0)
		rq_rich_field(out, label, RQ_ROLE_NORMAL, text);
}

static void its_jobs(struct rq_ui *ui, const struct rq_runner *r, size_t max, struct rq_rich *out)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i, n = 0;

	for (i = 0; i < s->n_jobs && n < max; i++) {
		const struct rq_job *j = &s->jobs[i];
		bool here = rq_eq(j->runner_name, r->name) ||
			    (!*j->runner_name && rq_eq(j->target, r->name));
		char buf[RQ_TIME_LEN];

		if (!rq_job_active(j) || !here || (s->n_queues > 1 && !rq_eq(j->queue, r->queue)))
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

static void drained(struct rq_ui *ui, const struct rq_runner *r, int cols, struct rq_rich *out)
{
	char when[RQ_TIME_LEN], left[RQ_TIME_LEN], text[96];
	struct rq_str s;

	if (r->drain == RQ_DRAIN_ACTIVE)
		return;
	rq_str_init(&s, 0);
	rq_runner_note(r, &s);
	if (r->drain_since)
		rq_str_addf(&s, ", since %s", rq_ui_age(ui, r->drain_since, left));
	rq_rich_field_wrapped(out, "drained", RQ_ROLE_WARNING, rq_str_get(&s), cols);
	rq_str_release(&s);
	if (r->drain_note && *r->drain_note)
		rq_rich_field_wrapped(out, "drain", RQ_ROLE_NORMAL, r->drain_note, cols);
	if (!r->drain_deadline)
		return;
	rq_time_rfc3339(r->drain_deadline, false, when);
	if (r->drain_deadline > ui->now)
		snprintf(text, sizeof text, "%s, in %s", when, rq_duration_text(r->drain_deadline - ui->now, left));
	else
		snprintf(text, sizeof text, "%s", when);
	rq_rich_field(out, "deadline", RQ_ROLE_NORMAL, text);
}

void rq_runner_text(struct rq_ui *ui, const struct rq_runner *r, int cols, bool full, struct rq_rich *out)
{
	char age[RQ_TIME_LEN];
	struct rq_str s;
	enum rq_role role;
	enum rq_glyph glyph;
	const char *text = rq_runner_state(r, &glyph, &role);

	rq_str_init(&s, 0);
	rq_rich_add(out, RQ_ROLE_TITLE, r->name);
	rq_rich_addf(out, role, "  %s %s", rq_glyph(ui->draw, glyph), text);
	rq_rich_end_line(out);
	drained(ui, r, cols, out);
	rq_labels_text(&r->labels, &s);
	rq_rich_field_wrapped(out, "labels", RQ_ROLE_NORMAL, rq_str_get(&s), cols);
	rq_str_clear(&s);
	rq_labels_text(&r->tools, &s);
	rq_rich_field_wrapped(out, "tools", RQ_ROLE_NORMAL, rq_str_get(&s), cols);
	rq_str_clear(&s);
	rq_str_addf(&s, "%d of %d", r->running, r->slots);
	if (r->placed)
		rq_str_addf(&s, ", %d placed here", r->placed);
	rq_rich_field(out, "slots busy", RQ_ROLE_NORMAL, rq_str_get(&s));
	if (ui->snap->n_queues > 1)
		rq_rich_field(out, "queue", RQ_ROLE_NORMAL, r->queue);
	if (r->job && *r->job) {
		rq_str_clear(&s);
		rq_str_addf(&s, "%s  %s", r->job, r->job_name ? r->job_name : "");
		rq_rich_field(out, "runs now", RQ_ROLE_IN_PROGRESS, rq_str_get(&s));
	}
	rq_str_clear(&s);
	if ((r->os && *r->os) || (r->arch && *r->arch))
		rq_str_addf(&s, "%s/%s", r->os ? r->os : "", r->arch ? r->arch : "");
	if (s.len && r->host && *r->host)
		rq_str_addf(&s, " on %s", r->host);
	rq_rich_field(out, "system", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_rich_field(out, "version", RQ_ROLE_NORMAL, r->version);
	number_field(out, "cores", r->cpu_cores, "");
	size_field(out, "memory", r->memory_bytes);
	size_field(out, "disk free", r->disk_free_bytes);
	number_field(out, "temperature", r->temp_milli_c / 1000, " C");
	if (r->started_at)
		rq_rich_field(out, "started", RQ_ROLE_NORMAL, rq_ui_age(ui, r->started_at, age));
	if (full && !r->online)
		rq_rich_field(out, "last seen", RQ_ROLE_NORMAL, rq_ui_age(ui, r->seen_at, age));
	its_jobs(ui, r, full ? ALL_JOBS : PANE_JOBS, out);
	rq_str_release(&s);
}
