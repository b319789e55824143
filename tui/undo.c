/* The stack of what can be undone, and the commands that undo it. */
#include "tui/undo.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/model/cap.h"
#include "tui/cmdline.h"
#include "tui/ui.h"
#include "tui/words.h"

/* ---- what takes a command back ---- */

static void add_queue(struct rq_str *s, const struct rq_runner *r, const struct rq_snapshot *snap)
{
	if (snap->n_queues > 1 && r->queue && *r->queue) {
		rq_str_add(s, " --queue ");
		rq_words_quote(s, r->queue);
	}
}

/* "drain mac --reason disk": with what is left of the time that it had. */
static void add_drain(struct rq_ui *ui, const struct rq_runner *r, struct rq_str *s)
{
	int64_t left = r->drain_deadline - rq_now();

	rq_str_add(s, "drain ");
	rq_words_quote(s, r->name);
	rq_str_add(s, " --reason ");
	rq_words_quote(s, r->drain_reason && *r->drain_reason ? r->drain_reason : "as before");
	if (r->drain_deadline && left > 0)
		rq_str_addf(s, " --deadline %llds", (long long)(left / 1000 + 1));
	add_queue(s, r, ui->snap);
}

static void reverse_drain(struct rq_ui *ui, const char *name, const struct rq_runner *r, struct rq_undo *out)
{
	bool drained = rq_eq(name, "drain");
	struct rq_str s;

	if ((r->drain == RQ_DRAIN_ACTIVE) != drained)
		return;
	rq_str_init(&s, 4096);
	if (drained) {
		rq_str_add(&s, "undrain ");
		rq_words_quote(&s, r->name);
		add_queue(&s, r, ui->snap);
	} else {
		add_drain(ui, r, &s);
	}
	out->what = rq_fmt("the %s of %s", name, r->name);
	out->command = rq_str_detach(&s);
}

static void reverse_labels(struct rq_ui *ui, const struct rq_runner *r, struct rq_undo *out)
{
	struct rq_str s, labels;

	rq_str_init(&s, 8192);
	rq_str_init(&labels, 4096);
	rq_labels_text(&r->labels, &labels);
	rq_str_add(&s, "runner labels ");
	rq_words_quote(&s, r->name);
	rq_str_addc(&s, ' ');
	if (labels.len)
		rq_words_quote(&s, rq_str_get(&labels));
	else
		rq_str_add(&s, "--none");
	add_queue(&s, r, ui->snap);
	rq_str_release(&labels);
	out->what = rq_fmt("the new labels of %s", r->name);
	out->command = rq_str_detach(&s);
}

/* A server starts the job anew as another run: from there is no way back, and it is held instead (hold.c). */
static void reverse_reroute(struct rq_ui *ui, const char *id, struct rq_undo *out)
{
	const struct rq_job *j = rq_snapshot_job(ui->snap, id);
	struct rq_str s;

	if (!j || j->status == RQ_STATUS_IN_PROGRESS || !rq_job_active(j) || !rq_can(ui->rq, j->queue, RQ_CAP_POLICY, NULL))
		return;
	rq_str_init(&s, 4096);
	rq_str_addf(&s, "reroute %s ", j->id);
	if (*j->target) {
		rq_str_add(&s, "--to ");
		rq_words_quote(&s, j->target);
	} else {
		rq_str_add(&s, "--runs-on ");
		rq_labels_text(&j->labels, &s);
	}
	out->what = rq_fmt("the re-route of %s", j->id);
	out->job = rq_strdup(j->id);
	out->command = rq_str_detach(&s);
}

static const struct rq_runner *find_runner(struct rq_ui *ui, const char *name, char *const *words, size_t n)
{
	const char *queue = rq_cmdline_option(words, n, "queue");
	size_t i;

	for (i = 0; i < ui->snap->n_runners; i++) {
		const struct rq_runner *r = &ui->snap->runners[i];

		if (rq_ieq(r->name, name) && (!queue || rq_ieq(r->queue, queue)))
			return r;
	}
	return NULL;
}

void rq_undo_of(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n, const char *object,
		struct rq_undo *out)
{
	const struct rq_runner *r = object ? find_runner(ui, object, words, n) : NULL;

	if (object && rq_eq(c->name, "reroute"))
		reverse_reroute(ui, object, out);
	else if (r && (rq_eq(c->name, "drain") || rq_eq(c->name, "undrain")))
		reverse_drain(ui, c->name, r, out);
	else if (r && rq_eq(c->name, "runner labels"))
		reverse_labels(ui, r, out);
}

/* ---- the stack ---- */

void rq_undo_release(struct rq_undo *u)
{
	rq_free(u->what);
	rq_free(u->command);
	rq_free(u->job);
	memset(u, 0, sizeof *u);
}

static void remove_at(struct rq_undos *u, size_t i)
{
	rq_undo_release(&u->v[i]);
	memmove(&u->v[i], &u->v[i + 1], (--u->n - i) * sizeof u->v[0]);
}

void rq_undo_add(struct rq_ui *ui, struct rq_undo *done)
{
	struct rq_undos *u = &ui->undos;

	if (u->n == RQ_UNDOS_MAX)
		remove_at(u, 0);
	u->v[u->n++] = *done;
	memset(done, 0, sizeof *done);
}

void rq_undo_forget(struct rq_ui *ui, unsigned held)
{
	struct rq_undos *u = &ui->undos;
	size_t i;

	for (i = u->n; i > 0; i--)
		if (u->v[i - 1].held == held)
			remove_at(u, i - 1);
}

void rq_undos_release(struct rq_undos *u)
{
	while (u->n)
		rq_undo_release(&u->v[--u->n]);
}

/* A job that was moved and has started since is not taken away from where it runs. */
static bool too_late(struct rq_ui *ui, const struct rq_undo *u)
{
	const struct rq_job *j = u->job ? rq_snapshot_job(ui->snap, u->job) : NULL;

	if (!j || (rq_job_active(j) && j->status != RQ_STATUS_IN_PROGRESS))
		return false;
	rq_ui_say(ui, "It is too late to undo %s: it has %s.", u->what, rq_job_active(j) ? "started" : "finished");
	return true;
}

void rq_undo_last(struct rq_ui *ui)
{
	struct rq_undos *u = &ui->undos;
	struct rq_undo last;

	if (!u->n) {
		rq_ui_say(ui, "There is nothing to undo. What can be: drains, labels of runners, and re-routes and cancels of "
			      "jobs that have not started.");
		return;
	}
	last = u->v[--u->n];
	if (last.held) {
		if (rq_held_drop(ui, last.held))
			rq_ui_say(ui, "Undone: %s. Nothing had been done yet.", last.what);
	} else if (!too_late(ui, &last)) {
		rq_ui_run_undo(ui, last.command, last.what);
	}
	rq_undo_release(&last);
}
