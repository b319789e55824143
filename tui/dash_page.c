/* The dashboard as boxes of lines. */
#include "tui/dash_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/listview.h"
#include "tui/runner_text.h"

enum { NUMBER_COL = 22, GLYPH_COLS = 2, AGE_COLS = 6, STATE_COL = 18, SERVER_COL = 14, LOW_PERCENT = 5 };
enum { RUNNERS_MAX = 8, SERVERS_MAX = 12, MINUTE = 60000 };
#define LOW_BYTES (INT64_C(1) << 30)
#define FAILED_FILTER "status:failure,timed_out,startup_failure"

/* ---- lines ---- */

/* Ends the line; "" opens nothing. */
static void RQ_PRINTF(2, 3) opens(struct rq_dash_box *b, const char *fmt, ...)
{
	char *command;
	size_t row;
	va_list ap;

	rq_rich_end_line(&b->text);
	row = b->text.n - 1;
	va_start(ap, fmt);
	command = rq_vfmt(fmt, ap);
	va_end(ap);
	if (*command && row < RQ_DASH_ROWS)
		b->commands[row] = command;
	else
		rq_free(command);
}

/* A name, quoted as a word of a command; the caller frees it. */
static char *quoted(const char *word)
{
	struct rq_str s;

	rq_str_init(&s, 65536);
	rq_words_quote(&s, word);
	return rq_str_detach(&s);
}

static void clear(struct rq_dash_box *b, const char *title)
{
	size_t i;

	b->title = title;
	*b->note = '\0';
	b->note_role = RQ_ROLE_DIM;
	rq_rich_clear(&b->text);
	for (i = 0; i < RQ_DASH_ROWS; i++) {
		rq_free(b->commands[i]);
		rq_free(b->jobs[i]);
		b->commands[i] = b->jobs[i] = NULL;
	}
}

void rq_dash_page_release(struct rq_dash_page *p)
{
	size_t i;

	for (i = 0; i < RQ_DASH_BOXES; i++) {
		clear(&p->box[i], "");
		rq_rich_release(&p->box[i].text);
	}
}

/* ---- the queue ---- */

static void count(struct rq_dash_box *b, struct rq_ui *ui, enum rq_glyph glyph, enum rq_role role, const char *name, int64_t n)
{
	char number[32];

	rq_rich_addf(&b->text, n ? role : RQ_ROLE_DIM, "%s %s", rq_glyph(ui->draw, glyph), name);
	rq_rich_tab(&b->text, NUMBER_COL);
	rq_rich_addf(&b->text, n ? RQ_ROLE_NORMAL : RQ_ROLE_DIM, "%6s", rq_grouped(n, number, sizeof number));
}

/* How many waited lately, where there is room behind the number. */
static void lately(struct rq_dash_box *b, struct rq_ui *ui)
{
	enum { COLS_MIN = 100, BARS = 16, BARS_MIN = 3 };
	struct rq_str bars;

	if (ui->slow || rq_term_cols(ui->term) < COLS_MIN || rq_spark_n(&ui->waited) < BARS_MIN)
		return;
	rq_str_init(&bars, 0);
	rq_spark_text(&ui->waited, ui->now, BARS, 0, rq_draw_ascii(ui->draw), &bars);
	rq_rich_addf(&b->text, RQ_ROLE_DIM, "  %s", rq_str_get(&bars));
	rq_str_release(&bars);
}

static void fill_queue(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_dashboard *d)
{
	size_t i;

	count(b, ui, RQ_GLYPH_QUEUED, RQ_ROLE_QUEUED, "queued", d->queued);
	lately(b, ui);
	opens(b, "jobs --filter status:queued");
	count(b, ui, RQ_GLYPH_WAITING, RQ_ROLE_WAITING, "waiting", d->waiting);
	opens(b, "jobs --filter status:waiting,pending");
	count(b, ui, RQ_GLYPH_IN_PROGRESS, RQ_ROLE_IN_PROGRESS, "running", d->running);
	if (d->slots)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "  %d of %d slot%s busy", d->slots_busy, d->slots,
			     d->slots == 1 ? "" : "s");
	opens(b, "jobs --filter status:in_progress");
	for (i = 0; i < d->n_reasons; i++) {
		rq_rich_addf(&b->text, RQ_ROLE_WAITING, "  %s", d->reasons[i].code);
		rq_rich_tab(&b->text, NUMBER_COL);
		rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%6zu", d->reasons[i].n);
		opens(b, "jobs --filter reason:%s", d->reasons[i].code);
	}
	if (d->other_reasons) {
		rq_rich_add(&b->text, RQ_ROLE_DIM, "  other reasons");
		rq_rich_tab(&b->text, NUMBER_COL);
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "%6zu", d->other_reasons);
		opens(b, "jobs --filter status:queued,waiting,pending");
	}
}

/* ---- what failed, and what does not end ---- */

static void failure(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_job *j, int id_cols)
{
	char age[RQ_TIME_LEN], *id = quoted(j->id);

	rq_rich_addf(&b->text, rq_status_role(j), "%s %s", rq_status_glyph(ui, j), j->id);
	rq_rich_tab(&b->text, GLYPH_COLS + id_cols + 2);
	rq_rich_add(&b->text, RQ_ROLE_DIM, rq_ui_age(ui, j->completed_at, age));
	rq_rich_tab(&b->text, GLYPH_COLS + id_cols + 2 + AGE_COLS);
	rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%s  ", j->name);
	if (j->status == RQ_STATUS_COMPLETED && j->signal)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "signal %d", j->signal);
	else if (j->exit_code > 0)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "exit %d", j->exit_code);
	else
		rq_rich_add(&b->text, RQ_ROLE_DIM, *j->reason ? j->reason : rq_job_state_text(j));
	opens(b, "show %s", id);
	if (b->text.n <= RQ_DASH_ROWS)
		b->jobs[b->text.n - 1] = rq_strdup(j->id);
	rq_free(id);
}

static void fill_failed(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_dashboard *d)
{
	char median[RQ_TIME_LEN], p90[RQ_TIME_LEN];
	int id_cols = 0;
	size_t i;

	if (d->failed)
		snprintf(b->note, sizeof b->note, "%zu of the last %zu, %d %%%s", d->failed, d->sample, d->percent,
			 d->alarming ? " !" : "");
	else if (d->sample)
		snprintf(b->note, sizeof b->note, "none of the last %zu", d->sample);
	if (d->alarming)
		b->note_role = RQ_ROLE_WARNING;
	for (i = 0; i < d->n_failures; i++)
		if (rq_text_width(d->failures[i]->id) > id_cols)
			id_cols = rq_text_width(d->failures[i]->id);
	for (i = 0; i < d->n_failures; i++)
		failure(b, ui, d->failures[i], id_cols);
	if (!d->n_failures) {
		rq_rich_add(&b->text, RQ_ROLE_DIM, d->sample ? "none" : "nothing has ended yet");
		opens(b, "%s", "");
	} else {
		rq_rich_add(&b->text, RQ_ROLE_DIM, "all that failed");
		opens(b, "jobs --filter " FAILED_FILTER);
	}
	if (d->median_ms < 0)
		return;
	rq_rich_addf(&b->text, RQ_ROLE_DIM, "run time: median %s, 90 %% within %s", rq_duration_text(d->median_ms, median),
		     rq_duration_text(d->p90_ms, p90));
	opens(b, "%s", "");
}

static void stuck(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_dash_stuck *k, enum rq_glyph glyph, const char *what,
		  const char *filter)
{
	char age[RQ_TIME_LEN];

	if (!k->n)
		return;
	rq_rich_addf(&b->text, RQ_ROLE_WARNING, "%s %zu %s", rq_glyph(ui->draw, glyph), k->n, what);
	rq_rich_tab(&b->text, NUMBER_COL);
	rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%s for %s", k->n > 1 ? "the first" : "", rq_ui_age(ui, k->since, age));
	opens(b, "jobs --filter '%s'", filter);
}

static void fill_stuck(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_dashboard *d)
{
	size_t n = d->queued_long.n + d->running_long.n;

	stuck(b, ui, &d->queued_long, RQ_GLYPH_QUEUED, "queued", "status:queued age>6h");
	stuck(b, ui, &d->running_long, RQ_GLYPH_IN_PROGRESS, "running", "status:in_progress time>6h");
	if (n) {
		snprintf(b->note, sizeof b->note, "%zu for longer than 6h !", n);
		b->note_role = RQ_ROLE_WARNING;
		return;
	}
	rq_rich_add(&b->text, RQ_ROLE_DIM, "nothing is queued or running for longer than 6h");
	opens(b, "%s", "");
}

/* ---- runners ---- */

/* Those that need somebody first. */
static int rank(const struct rq_runner *r)
{
	if (r->drain != RQ_DRAIN_ACTIVE)
		return 2;
	if (!r->online)
		return 1;
	if (r->hung)
		return 0;
	return r->running ? 3 : 4;
}

static int by_rank(const void *a, const void *b)
{
	const struct rq_runner *x = *(const struct rq_runner *const *)a, *y = *(const struct rq_runner *const *)b;

	return rank(x) != rank(y) ? rank(x) - rank(y) : rq_icmp(x->name, y->name);
}

static void runner(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_runner *r)
{
	char *name = quoted(r->name), age[RQ_TIME_LEN + 8];
	enum rq_glyph glyph;
	enum rq_role role;
	const char *state = rq_runner_state(r, &glyph, &role);

	rq_rich_addf(&b->text, role, "%s ", rq_glyph(ui->draw, glyph));
	rq_rich_add(&b->text, RQ_ROLE_NORMAL, r->name);
	rq_rich_tab(&b->text, STATE_COL);
	rq_rich_add(&b->text, role, state);
	rq_rich_tab(&b->text, STATE_COL + 9);
	if (r->online)
		rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%d/%d", r->running, r->slots);
	else
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "%s seen%s%s", r->seen_at ? "last" : "never", r->seen_at ? " " : "",
			     r->seen_at ? rq_ui_ago(ui, r->seen_at, age) : "");
	if (r->online && r->load_milli >= 0)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "  load %d.%02d", r->load_milli / 1000, r->load_milli % 1000 / 10);
	if (r->hung)
		rq_rich_addf(&b->text, RQ_ROLE_HUNG, "  no sign of life since %s", rq_ui_age(ui, r->seen_at, age));
	if (r->version && *r->version)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, "  %s", r->version);
	opens(b, "runners %s", name);
	rq_free(name);
}

static void add_count(struct rq_str *s, size_t n, const char *what)
{
	if (n)
		rq_str_addf(s, "%s%zu %s", s->len ? ", " : "", n, what);
}

static void note_runners(struct rq_dash_box *b, const struct rq_dashboard *d)
{
	struct rq_str s;

	rq_str_init(&s, 4096);
	add_count(&s, d->online, "online");
	add_count(&s, d->busy, "busy");
	add_count(&s, d->drained, "drained");
	add_count(&s, d->offline, "offline");
	add_count(&s, d->hung, "hung !");
	if (d->hung)
		b->note_role = RQ_ROLE_WARNING;
	rq_copy(b->note, sizeof b->note, rq_str_get(&s));
	rq_str_release(&s);
}

static void fill_runners(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_dashboard *d)
{
	const struct rq_snapshot *s = ui->snap;
	const struct rq_runner **v;
	size_t i, n = s->n_runners, shown = n > RUNNERS_MAX ? RUNNERS_MAX : n;

	if (!n) {
		rq_rich_add(&b->text, RQ_ROLE_DIM, "none yet");
		opens(b, "runners");
		return;
	}
	note_runners(b, d);
	v = rq_realloc_array(NULL, n, sizeof *v);
	for (i = 0; i < n; i++)
		v[i] = &s->runners[i];
	qsort(v, n, sizeof *v, by_rank);
	for (i = 0; i < shown; i++)
		runner(b, ui, v[i]);
	rq_free(v);
	if (shown == n)
		return;
	rq_rich_addf(&b->text, RQ_ROLE_DIM, "and %zu more", n - shown);
	opens(b, "runners");
}

/* ---- servers ---- */

static void server(struct rq_dash_box *b, struct rq_ui *ui, const struct rq_queue_state *q)
{
	bool bad = q->error && *q->error, low = q->points >= 0 && q->points * 20 < q->points_limit;
	char *name = quoted(q->name), left[32], all[32], age[RQ_TIME_LEN + 8];

	rq_rich_addf(&b->text, bad ? RQ_ROLE_ERROR : RQ_ROLE_ONLINE, "%s ",
		     rq_glyph(ui->draw, bad ? RQ_GLYPH_FAILURE : RQ_GLYPH_SUCCESS));
	rq_rich_add(&b->text, RQ_ROLE_NORMAL, q->name);
	rq_rich_tab(&b->text, SERVER_COL);
	if (bad)
		rq_rich_add(&b->text, RQ_ROLE_ERROR, q->error);
	else if (q->points >= 0)
		rq_rich_addf(&b->text, low ? RQ_ROLE_WARNING : RQ_ROLE_NORMAL, "%s of %s left%s",
			     rq_grouped(q->points, left, sizeof left), rq_grouped(q->points_limit, all, sizeof all),
			     low ? " !" : "");
	else
		rq_rich_add(&b->text, RQ_ROLE_NORMAL, q->kind);
	if (!bad && q->points >= 0 && q->points_reset_at > ui->now)
		rq_rich_addf(&b->text, RQ_ROLE_DIM, ", resets in %s",
			     rq_duration_text((q->points_reset_at - ui->now) / MINUTE * MINUTE + MINUTE, age));
	rq_rich_addf(&b->text, RQ_ROLE_DIM, "  %s", q->fetched_at ? rq_ui_ago(ui, q->fetched_at, age) : "not yet asked");
	opens(b, "jobs --filter queue:%s", name);
	rq_free(name);
}

static void fill_servers(struct rq_dash_box *b, struct rq_ui *ui)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i;

	for (i = 0; i < s->n_queues && b->text.n < SERVERS_MAX; i++)
		if (!rq_eq(s->queues[i].kind, "local"))
			server(b, ui, &s->queues[i]);
}

/* ---- this machine ---- */

static void disk(struct rq_dash_box *b, struct rq_ui *ui)
{
	const struct rq_disk *k = rq_disk(ui->rq);
	char left[32], all[32];
	bool low;

	if (!k->looked_at || k->free_bytes < 0)
		return;
	low = k->free_bytes < LOW_BYTES || k->free_bytes / LOW_PERCENT * 100 < k->total_bytes;
	rq_rich_add(&b->text, RQ_ROLE_LABEL, "disk");
	rq_rich_tab(&b->text, RQ_RICH_LABEL);
	rq_rich_addf(&b->text, low ? RQ_ROLE_WARNING : RQ_ROLE_NORMAL, "%s of %s free%s",
		     rq_bytes_text(k->free_bytes, left, sizeof left), rq_bytes_text(k->total_bytes, all, sizeof all),
		     low ? " !" : "");
	opens(b, "doctor");
	if (k->log_bytes < 0)
		return;
	rq_rich_add(&b->text, RQ_ROLE_LABEL, "logs");
	rq_rich_tab(&b->text, RQ_RICH_LABEL);
	rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%s, at most %s", rq_bytes_text(k->log_bytes, left, sizeof left),
		     rq_bytes_text(rq_config_int(rq_get_config(ui->rq), "logs.keep_bytes"), all, sizeof all));
	opens(b, "config");
}

static void policy(struct rq_dash_box *b, struct rq_ui *ui)
{
	const struct rq_policy_info *p = rq_policy_info(ui->rq);

	rq_rich_add(&b->text, RQ_ROLE_LABEL, "policy");
	rq_rich_tab(&b->text, RQ_RICH_LABEL);
	if (*p->error)
		rq_rich_add(&b->text, RQ_ROLE_ERROR, p->error);
	else if (*p->path)
		rq_rich_addf(&b->text, RQ_ROLE_NORMAL, "%s %.7s%s", p->path, p->oid, p->dirty ? "+" : "");
	else
		rq_rich_add(&b->text, RQ_ROLE_NORMAL, "built in");
	opens(b, "%s", *p->path || *p->error ? "policy check" : "decisions");
}

void rq_dash_page_fill(struct rq_dash_page *p, struct rq_ui *ui, const struct rq_dashboard *d)
{
	static const char *const titles[RQ_DASH_BOXES] = { "Queue", "Failures", "Stuck", "Runners", "Servers", "This machine" };
	size_t i;

	for (i = 0; i < RQ_DASH_BOXES; i++)
		clear(&p->box[i], titles[i]);
	fill_queue(&p->box[RQ_DASH_QUEUE], ui, d);
	fill_failed(&p->box[RQ_DASH_FAILED], ui, d);
	fill_stuck(&p->box[RQ_DASH_STUCK], ui, d);
	fill_runners(&p->box[RQ_DASH_RUNNERS], ui, d);
	fill_servers(&p->box[RQ_DASH_SERVERS], ui);
	disk(&p->box[RQ_DASH_MACHINE], ui);
	policy(&p->box[RQ_DASH_MACHINE], ui);
}
