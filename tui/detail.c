/* One job in full. */
#include "tui/detail.h"

#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tui/fetch.h"
#include "tui/listview.h"
#include "tui/logline.h"
#include "tui/rich.h"
#include "tui/ui.h"

enum { TAIL_BYTES = 8192, TAIL_LINES = 8, TAIL_LINES_FULL = 20, PANE_ATTEMPTS = 3, PATIENCE_MS = 150 };

struct rq_detail {
	struct rq_ui *ui;
	char *id;
	struct rq_fetch *job, *decision;
	struct rq_joblog *log;
	struct rq_timer *log_timer; /* the log is opened when the cursor has stayed for a moment */
	struct rq_rich last;        /* what the pane showed when all was known */
	int64_t waits_ns;           /* since when not all is known; 0: all is */
	struct rq_timer *patience;
};

static void log_changed(void *ud)
{
	((struct rq_detail *)ud)->ui->dirty = true;
}

static void open_log(void *ud)
{
	struct rq_detail *d = ud;

	/* What has to be fetched is fetched when it is asked for. */
	if (!d->log && *d->id && rq_joblog_near(d->ui->rq, d->id))
		rq_joblog_open(d->ui->rq, d->id, 0, log_changed, d, &d->log, NULL);
	d->ui->dirty = true;
}

struct rq_detail *rq_detail_new(struct rq_ui *ui)
{
	struct rq_detail *d = rq_alloc(sizeof *d);

	d->ui = ui;
	d->id = rq_strdup("");
	d->job = rq_fetch_new(ui, RQ_VERB_JOB);
	d->decision = rq_fetch_new(ui, RQ_VERB_DECISION);
	d->log_timer = rq_timer_new(ui->loop, open_log, d);
	d->patience = rq_timer_new(ui->loop, log_changed, d);
	rq_rich_init(&d->last);
	return d;
}

static void close_log(struct rq_detail *d)
{
	rq_joblog_close(d->log);
	d->log = NULL;
}

void rq_detail_free(struct rq_detail *d)
{
	if (!d)
		return;
	close_log(d);
	rq_timer_free(d->log_timer);
	rq_timer_free(d->patience);
	rq_rich_release(&d->last);
	rq_fetch_free(d->job);
	rq_fetch_free(d->decision);
	rq_free(d->id);
	rq_free(d);
}

void rq_detail_want(struct rq_detail *d, const char *id)
{
	const struct rq_job *j = rq_snapshot_job(d->ui->snap, id);

	rq_fetch_want(d->decision, j && *j->decision_id ? j->decision_id : "");
	if (rq_eq(d->id, id))
		return;
	rq_free(d->id);
	d->id = rq_strdup(id);
	close_log(d);
	rq_fetch_want(d->job, id);
	rq_timer_start(d->log_timer, 60, 0);
}

void rq_detail_changed(struct rq_detail *d)
{
	const struct rq_job *j = rq_snapshot_job(d->ui->snap, d->id);

	if (!*d->id)
		return;
	/* A new attempt has a log of its own. */
	if (d->log && j && j->run_attempt > rq_joblog_attempt(d->log) && rq_joblog_ended(d->log)) {
		close_log(d);
		rq_timer_start(d->log_timer, 60, 0);
	}
	rq_fetch_stale(d->job);
}

/* ---- text ---- */

static void time_field(struct rq_ui *ui, struct rq_rich *out, const char *label, int64_t at)
{
	char when[RQ_TIME_LEN], age[RQ_TIME_LEN + 8], text[96];

	if (!at)
		return;
	if (at > ui->now)
		snprintf(text, sizeof text, "%s  in %s", rq_time_rfc3339(at, false, when),
			 rq_duration_text(at - ui->now, age));
	else
		snprintf(text, sizeof text, "%s  %s", rq_time_rfc3339(at, false, when),
			 rq_ui_ago(ui, at, age));
	rq_rich_field(out, label, RQ_ROLE_NORMAL, text);
}

static void head(struct rq_ui *ui, const struct rq_job *j, struct rq_rich *out)
{
	char buf[RQ_TIME_LEN], held[RQ_HOLD_TEXT_LEN], key[RQ_KEY_NAME_LEN + 32];

	rq_rich_add(out, RQ_ROLE_TITLE, j->id);
	rq_rich_add(out, RQ_ROLE_NORMAL, "  ");
	rq_rich_add(out, RQ_ROLE_TITLE, j->name);
	if (rq_notices_watched(&ui->notify.notices, j->id))
		rq_rich_addf(out, RQ_ROLE_DIM, "  %s watched", rq_glyph(ui->draw, RQ_GLYPH_WATCHED));
	rq_rich_end_line(out);
	rq_rich_addf(out, rq_status_role(j), "%s %s", rq_status_glyph(ui, j), rq_job_state_text(j));
	if (*j->reason)
		rq_rich_addf(out, RQ_ROLE_WAITING, "  %s", j->reason);
	if (j->status == RQ_STATUS_COMPLETED && j->signal)
		rq_rich_addf(out, RQ_ROLE_FAILURE, "  signal %d", j->signal);
	else if (j->status == RQ_STATUS_COMPLETED && j->exit_code > 0)
		rq_rich_addf(out, RQ_ROLE_FAILURE, "  exit %d", j->exit_code);
	if (*j->runner_name)
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  on %s", j->runner_name);
	else if (*j->target)
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  for %s", j->target);
	if (j->status == RQ_STATUS_IN_PROGRESS)
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  %s", rq_ui_elapsed(ui, j->started_at, buf));
	else if (j->started_at)
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  %s",
			     rq_duration_text(rq_job_elapsed(j, ui->now), buf));
	if (j->status == RQ_STATUS_IN_PROGRESS && j->steps > 1)
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  step %lld/%lld", (long long)j->step,
			     (long long)j->steps);
	if (j->cancel_requested && rq_job_active(j))
		rq_rich_add(out, RQ_ROLE_WARNING, "  asked to end");
	if (rq_held_text(ui, j->id, held))
		rq_rich_addf(out, RQ_ROLE_WARNING, "  %s, %s undoes it", held, rq_ui_key_for(ui, "undo", key));
	rq_rich_end_line(out);
}

static void list_field(struct rq_rich *out, const char *label, const char *const *v, size_t n, int cols)
{
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 65536);
	for (i = 0; i < n; i++)
		rq_str_addf(&s, "%s%s", i ? ", " : "", v[i]);
	rq_rich_field_wrapped(out, label, RQ_ROLE_NORMAL, rq_str_get(&s), cols);
	rq_str_release(&s);
}

static void what(const struct rq_job *j, int cols, struct rq_rich *out, bool full)
{
	struct rq_str s;

	rq_str_init(&s, 4096);
	rq_rich_field_wrapped(out, "command", RQ_ROLE_NORMAL, j->command, cols);
	rq_labels_text(&j->labels, &s);
	rq_rich_field_wrapped(out, "labels", RQ_ROLE_NORMAL, rq_str_get(&s), cols);
	if (full || !rq_eq(j->type, "command"))
		rq_rich_field(out, "type", RQ_ROLE_NORMAL, j->type);
	rq_rich_field(out, "target", RQ_ROLE_NORMAL, j->target);
	rq_rich_field(out, "group", RQ_ROLE_NORMAL, j->group);
	rq_str_clear(&s);
	if (j->priority)
		rq_str_addf(&s, "%d", j->priority);
	rq_rich_field(out, "priority", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_clear(&s);
	if (j->retries || j->losses)
		rq_str_addf(&s, "%d left of %d, %d lost",
			    j->retries > j->failures ? j->retries - j->failures : 0, j->retries,
			    j->losses);
	rq_rich_field(out, "retries", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_str_release(&s);
}

static void when(struct rq_ui *ui, const struct rq_job *j, struct rq_rich *out)
{
	char buf[RQ_TIME_LEN];

	time_field(ui, out, "created", j->created_at);
	if (rq_job_active(j) && j->run_at > ui->now)
		time_field(ui, out, "not before", j->run_at);
	time_field(ui, out, "started", j->started_at);
	time_field(ui, out, "ended", j->completed_at);
	if (j->timeout_ms)
		rq_rich_field(out, "time limit", RQ_ROLE_NORMAL,
			      rq_duration_text(j->timeout_ms, buf));
}

static void steps(const struct rq_job_detail *d, struct rq_rich *out)
{
	size_t i, k;

	for (i = 0; i < d->n_steps && d->n_steps > 1; i++) {
		const struct rq_step *s = &d->steps[i];
		int64_t now = d->job.step;
		bool here = d->job.status == RQ_STATUS_IN_PROGRESS && now == (int64_t)i + 1;

		rq_rich_addf(out, RQ_ROLE_LABEL, "step %zu", i + 1);
		rq_rich_tab(out, RQ_RICH_LABEL);
		rq_rich_add(out, here ? RQ_ROLE_IN_PROGRESS : RQ_ROLE_NORMAL,
			    s->name ? s->name : "");
		for (k = 0; s->argv && s->argv[k]; k++)
			rq_rich_addf(out, RQ_ROLE_DIM, " %s", s->argv[k]);
		if (here)
			rq_rich_add(out, RQ_ROLE_IN_PROGRESS, "  now");
		rq_rich_end_line(out);
	}
}

static enum rq_role attempt_role(const struct rq_attempt *a)
{
	if (rq_eq(a->result, "success"))
		return RQ_ROLE_SUCCESS;
	return rq_eq(a->result, "running") ? RQ_ROLE_IN_PROGRESS : RQ_ROLE_FAILURE;
}

/* One process is one attempt, whoever looks after it: another agent may have come for it when its own was gone. */
static void where(const struct rq_job_detail *d, const struct rq_attempt *a, struct rq_rich *out)
{
	bool last = a == &d->attempts[d->n_attempts - 1];

	rq_rich_addf(out, RQ_ROLE_NORMAL, " on %s", a->runner_name);
	if (last && *a->runner_name && *d->job.runner_name && !rq_ieq(a->runner_name, d->job.runner_name))
		rq_rich_addf(out, RQ_ROLE_NORMAL, ", adopted by %s", d->job.runner_name);
}

static void attempts(const struct rq_job_detail *d, struct rq_rich *out, bool full)
{
	size_t i = full || d->n_attempts < PANE_ATTEMPTS ? 0 : d->n_attempts - PANE_ATTEMPTS;
	char buf[RQ_TIME_LEN];

	if (d->n_attempts < 2 && !full)
		return;
	for (; i < d->n_attempts; i++) {
		const struct rq_attempt *a = &d->attempts[i];

		rq_rich_addf(out, RQ_ROLE_LABEL, "attempt %d", a->number);
		rq_rich_tab(out, RQ_RICH_LABEL);
		rq_rich_add(out, attempt_role(a), a->result ? a->result : "");
		where(d, a, out);
		if (a->signal)
			rq_rich_addf(out, RQ_ROLE_NORMAL, ", signal %d", a->signal);
		else if (a->exit_code > 0)
			rq_rich_addf(out, RQ_ROLE_NORMAL, ", exit %d", a->exit_code);
		if (a->completed_at && a->started_at)
			rq_rich_addf(out, RQ_ROLE_DIM, "  %s",
				     rq_duration_text(a->completed_at - a->started_at, buf));
		rq_rich_end_line(out);
	}
}

static void more(const struct rq_job_detail *d, int cols, struct rq_rich *out)
{
	rq_rich_field(out, "directory", RQ_ROLE_NORMAL, d->cwd);
	list_field(out, "environment", d->env_names, d->n_env, cols);
	list_field(out, "parameters", d->params, d->n_params, cols);
}

static void section(struct rq_rich *out, const char *title)
{
	rq_rich_end_line(out);
	rq_rich_add(out, RQ_ROLE_TITLE, title);
	rq_rich_end_line(out);
}

/* Where the lines of BUF begin that are not in a finished group: how the job was set up is not what
 * one looks for here. */
static size_t find_lines(const char *buf, size_t n, uint16_t *starts)
{
	size_t count = 0, group = 0, at = 0;

	while (at < n) {
		const char *end = memchr(buf + at, '\n', n - at);
		size_t len = end ? (size_t)(end - buf) - at : n - at;
		struct rq_logline line;

		rq_logline_parse(&line, buf + at, len);
		if (line.kind == RQ_LOG_GROUP)
			group = count;
		if (line.kind == RQ_LOG_ENDGROUP) {
			count = group;
			group = 0;
		} else {
			starts[count++] = (uint16_t)at;
		}
		at += len + 1;
	}
	return count;
}

/* The last lines of the log, without times. */
static void tail(struct rq_detail *d, struct rq_rich *out, size_t lines)
{
	char buf[TAIL_BYTES];
	uint16_t starts[TAIL_BYTES];
	int64_t size = d->log ? rq_joblog_size(d->log) : 0;
	int64_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	size_t n = 0, count, i;

	if (!size || rq_joblog_read(d->log, from, buf, sizeof buf, &n, NULL))
		return;
	count = find_lines(buf, n, starts);
	if (!count)
		return;
	section(out, "Log");
	for (i = count > lines ? count - lines : 0; i < count; i++) {
		const char *end = memchr(buf + starts[i], '\n', n - starts[i]);

		rq_logline_rich(out, buf + starts[i],
				end ? (size_t)(end - buf) - starts[i] : n - starts[i]);
	}
}

static void text(struct rq_detail *d, int cols, struct rq_rich *out, bool full)
{
	const struct rq_job_detail *detail = rq_fetch_job(d->job);
	const struct rq_job *j = rq_snapshot_job(d->ui->snap, d->id);
	const struct rq_decision *decision = rq_fetch_decision(d->decision);

	if (!j && detail)
		j = &detail->job;
	if (!j) {
		rq_rich_add(out, RQ_ROLE_DIM,
			    *rq_fetch_error(d->job) ? rq_fetch_error(d->job) : "Loading.");
		rq_rich_end_line(out);
		return;
	}
	head(d->ui, j, out);
	what(j, cols, out, full);
	if (full)
		when(d->ui, j, out);
	if (detail) {
		list_field(out, "after", detail->after, detail->n_after, cols);
		list_field(out, "before", detail->dependents, detail->n_dependents, cols);
		if (full)
			more(detail, cols, out);
		steps(detail, out);
		attempts(detail, out, full);
	}
	if (decision) {
		section(out, "Decision");
		rq_decision_text(d->ui, decision, j, RQ_TELL_PANE, out);
	}
	if (full)
		rq_decision_chain(d->ui, d->id, j, j->decision_id, out);
	tail(d, out, full ? TAIL_LINES_FULL : TAIL_LINES);
}

/* Something was asked and is not answered. */
static bool is_coming(const struct rq_detail *d)
{
	const struct rq_job *j = rq_snapshot_job(d->ui->snap, d->id);

	if (!rq_fetch_job(d->job) && !*rq_fetch_error(d->job))
		return true;
	return j && *j->decision_id && !rq_fetch_decision(d->decision) && !*rq_fetch_error(d->decision);
}

static bool has_patience(struct rq_detail *d)
{
	if (!d->waits_ns) {
		d->waits_ns = rq_mono_ns();
		rq_timer_start(d->patience, PATIENCE_MS, 0);
	}
	return rq_mono_ns() - d->waits_ns < PATIENCE_MS * INT64_C(1000000);
}

/* The pane changes once, not first to half of the text and then to all of it: for a moment it goes on telling about the
 * job before. */
void rq_detail_text(struct rq_detail *d, int cols, struct rq_rich *out, bool full)
{
	bool coming = !full && is_coming(d);

	if (coming && d->last.n && has_patience(d)) {
		rq_rich_copy(out, &d->last);
		return;
	}
	text(d, cols, out, full);
	if (coming)
		return;
	d->waits_ns = 0;
	if (!full)
		rq_rich_copy(&d->last, out);
}
