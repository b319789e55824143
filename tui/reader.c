/* What changes, as lines to listen to. */
#include "tui/reader.h"

#include "core/base/mem.h"
#include "tui/ui.h"

enum { SINGLE_MAX = 3, STATES_MAX = 16, SOON_MS = 200, APART_MS = 2000 };

struct rq_reader {
	struct rq_ui *ui;
	struct rq_timer *timer;
	const struct rq_snapshot *told; /* held: what has been said so far */
	int64_t told_ns;
};

/* How many went into which state. */
struct tally {
	size_t n, n_states;
	struct { const char *name; size_t n; } states[STATES_MAX];
};

static bool changed(const struct rq_snapshot *before, const struct rq_job *j)
{
	const struct rq_job *was = rq_snapshot_job(before, j->id);

	return !was || !rq_eq(rq_job_state_text(was), rq_job_state_text(j));
}

static void count(struct tally *t, const char *state)
{
	size_t i;

	t->n++;
	for (i = 0; i < t->n_states && !rq_eq(t->states[i].name, state); i++)
		;
	if (i == STATES_MAX)
		return;
	t->states[i].name = state;
	t->states[i].n++;
	if (i == t->n_states)
		t->n_states++;
}

void rq_reader_changes(const struct rq_snapshot *before, const struct rq_snapshot *now, struct rq_str *out)
{
	const struct rq_job *first[SINGLE_MAX];
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < now->n_jobs; i++) {
		if (!changed(before, &now->jobs[i]))
			continue;
		if (t.n < SINGLE_MAX)
			first[t.n] = &now->jobs[i];
		count(&t, rq_job_state_text(&now->jobs[i]));
	}
	if (t.n > SINGLE_MAX) {
		rq_str_addf(out, "%zu jobs changed:", t.n);
		for (i = 0; i < t.n_states; i++)
			rq_str_addf(out, "%s %zu %s", i ? "," : "", t.states[i].n, t.states[i].name);
		return;
	}
	for (i = 0; i < t.n; i++)
		rq_str_addf(out, "%s%s %s: %s", i ? "; " : "", first[i]->id, first[i]->name, rq_job_state_text(first[i]));
}

static void keep(struct rq_reader *r)
{
	rq_snapshot_unref((struct rq_snapshot *)r->told);
	r->told = rq_snapshot_ref((struct rq_snapshot *)r->ui->snap);
}

static void tell(void *ud)
{
	struct rq_reader *r = ud;
	struct rq_str text;

	rq_str_init(&text, RQ_MESSAGE_LEN);
	rq_reader_changes(r->told, r->ui->snap, &text);
	if (text.len) {
		rq_ui_say(r->ui, "%s", rq_str_get(&text));
		r->told_ns = rq_mono_ns();
	}
	rq_str_release(&text);
	keep(r);
}

struct rq_reader *rq_reader_new(struct rq_ui *ui)
{
	struct rq_reader *r = rq_alloc(sizeof *r);

	r->ui = ui;
	r->timer = rq_timer_new(ui->loop, tell, r);
	r->told = rq_snapshot_ref((struct rq_snapshot *)ui->snap);
	return r;
}

void rq_reader_free(struct rq_reader *r)
{
	if (!r)
		return;
	rq_timer_free(r->timer);
	rq_snapshot_unref((struct rq_snapshot *)r->told);
	rq_free(r);
}

void rq_reader_snapshot(struct rq_reader *r)
{
	int64_t since;

	if (!r || rq_timer_active(r->timer))
		return;
	/* What there is at first has not changed. */
	if (!r->told->taken_at) {
		keep(r);
		return;
	}
	since = (rq_mono_ns() - r->told_ns) / 1000000;
	rq_timer_start(r->timer, !r->told_ns || since > APART_MS ? SOON_MS : APART_MS - since, 0);
}
