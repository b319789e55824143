/* What is held back for a moment: the only undo there is for a cancel, and for a re-route that makes a new run of a job.
 *
 * It is kept here alone. A console that is closed carries it out at once; one that is killed forgets what was still held,
 * and the jobs stay as they were. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/model/cap.h"
#include "tui/cmdline.h"
#include "tui/ui.h"
#include "tui/words.h"

struct rq_held {
	struct rq_held *next;
	unsigned id;
	int64_t due_ms;                 /* on the monotonic clock */
	const struct rq_command *command;
	struct rq_words words, jobs;    /* of the command: all but the jobs, and these */
};

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

/* ---- carrying out ---- */

static struct rq_held *unlink_held(struct rq_ui *ui, unsigned id)
{
	struct rq_held **p = &ui->undos.held, *h;

	while (*p && (*p)->id != id)
		p = &(*p)->next;
	h = *p;
	if (h)
		*p = h->next;
	return h;
}

static void free_held(struct rq_held *h)
{
	rq_words_release(&h->words);
	rq_words_release(&h->jobs);
	rq_free(h);
}

/* "cancel" "--force" and the jobs. */
static void run(struct rq_ui *ui, const struct rq_held *h, char *const *jobs, size_t n)
{
	struct rq_words w = { 0 };

	rq_words_add_all(&w, h->words.v, h->words.n);
	rq_words_add_all(&w, jobs, n);
	rq_ui_run_held(ui, w.v, w.n);
	rq_words_release(&w);
}

static void carry_out(struct rq_ui *ui, struct rq_held *h)
{
	rq_undo_forget(ui, h->id);
	run(ui, h, h->jobs.v, h->jobs.n);
	free_held(h);
}

static void schedule(struct rq_ui *ui);

static void on_due(void *ud)
{
	struct rq_ui *ui = ud;
	struct rq_held *h, *next;
	int64_t now = mono_ms();

	for (h = ui->undos.held; h; h = next) {
		next = h->next;
		if (h->due_ms <= now)
			carry_out(ui, unlink_held(ui, h->id));
	}
	schedule(ui);
	ui->dirty = true;
}

static void schedule(struct rq_ui *ui)
{
	const struct rq_held *h;
	int64_t first = INT64_MAX, now = mono_ms();

	for (h = ui->undos.held; h; h = h->next)
		if (h->due_ms < first)
			first = h->due_ms;
	if (!ui->undos.timer)
		ui->undos.timer = rq_timer_new(ui->loop, on_due, ui);
	if (first == INT64_MAX)
		rq_timer_stop(ui->undos.timer);
	else
		rq_timer_start(ui->undos.timer, first > now ? first - now : 1, 0);
}

static char *describe(const struct rq_held *h)
{
	const char *what = rq_eq(h->command->name, "cancel") ? "cancel" : "re-route";

	return h->jobs.n == 1 ? rq_fmt("the %s of %s", what, h->jobs.v[0]) : rq_fmt("the %s of %zu jobs", what, h->jobs.n);
}

char *rq_held_carry_out(struct rq_ui *ui)
{
	struct rq_held *h;
	struct rq_str all;

	rq_timer_free(ui->undos.timer);
	ui->undos.timer = NULL;
	if (!ui->undos.held)
		return NULL;
	rq_str_init(&all, 4096);
	while ((h = ui->undos.held)) {
		char *what = describe(h);

		rq_str_addf(&all, "%s%s", all.len ? ", " : "", what);
		rq_free(what);
		ui->undos.held = h->next;
		carry_out(ui, h);
	}
	return rq_str_detach(&all);
}

bool rq_held_drop(struct rq_ui *ui, unsigned id)
{
	struct rq_held *h = unlink_held(ui, id);

	if (h)
		free_held(h);
	schedule(ui);
	return h != NULL;
}

/* ---- jobs that do not wait ---- */

static void drop_job(struct rq_held *h, size_t i)
{
	rq_free(h->jobs.v[i]);
	memmove(&h->jobs.v[i], &h->jobs.v[i + 1], (--h->jobs.n - i) * sizeof h->jobs.v[0]);
	h->jobs.v[h->jobs.n] = NULL;
}

/* One that has started is cancelled at once: each second more is lost. One that has started is not moved away. */
static void started(struct rq_ui *ui, struct rq_held *h, size_t i)
{
	if (rq_eq(h->command->name, "cancel"))
		run(ui, h, &h->jobs.v[i], 1);
	else
		rq_ui_warn(ui, "%s has started meanwhile; it was not moved.", h->jobs.v[i]);
}

static void look_at(struct rq_ui *ui, struct rq_held *h)
{
	size_t i = 0;

	while (i < h->jobs.n) {
		const struct rq_job *j = rq_snapshot_job(ui->snap, h->jobs.v[i]);

		if (!j || (rq_job_active(j) && j->status != RQ_STATUS_IN_PROGRESS)) {
			i++;
			continue;
		}
		if (rq_job_active(j))
			started(ui, h, i);
		else
			rq_ui_say(ui, "%s has ended meanwhile.", j->id);
		drop_job(h, i);
	}
}

void rq_held_look(struct rq_ui *ui)
{
	struct rq_held *h, *next;

	for (h = ui->undos.held; h; h = next) {
		next = h->next;
		look_at(ui, h);
		if (h->jobs.n)
			continue;
		rq_undo_forget(ui, h->id);
		rq_held_drop(ui, h->id);
	}
}

/* ---- holding ---- */

static bool has_job(const struct rq_held *h, const char *id)
{
	size_t i;

	for (i = 0; i < h->jobs.n; i++)
		if (rq_eq(h->jobs.v[i], id))
			return true;
	return false;
}

static const struct rq_held *held_for(const struct rq_ui *ui, const char *id)
{
	const struct rq_held *h = ui->undos.held;

	while (h && !has_job(h, id))
		h = h->next;
	return h;
}

const char *rq_held_command(const struct rq_ui *ui, const char *id)
{
	const struct rq_held *h = held_for(ui, id);

	return h ? h->command->name : NULL;
}

const char *rq_held_text(struct rq_ui *ui, const char *id, char buf[RQ_HOLD_TEXT_LEN])
{
	const struct rq_held *h = held_for(ui, id);
	const char *what;
	int64_t left;

	if (!h)
		return NULL;
	what = rq_eq(h->command->name, "cancel") ? "cancel" : "move";
	left = h->due_ms - mono_ms();
	left = left > 0 ? left : 0;
	if (ui->slow) {
		snprintf(buf, RQ_HOLD_TEXT_LEN, "%s soon", what);
		return buf;
	}
	snprintf(buf, RQ_HOLD_TEXT_LEN, "%s in %llds", what, (long long)((left + 999) / 1000));
	rq_ui_ages_at(ui, ui->now + (left % 1000 ? left % 1000 : 1000));
	return buf;
}

static bool waits(const struct rq_job *j)
{
	return j && rq_job_active(j) && j->status != RQ_STATUS_IN_PROGRESS && !j->cancel_requested;
}

/* Whether all jobs among WORDS are such as can be held; they go to H. */
static bool take_words(struct rq_ui *ui, struct rq_held *h, char *const *words, size_t n)
{
	bool moves = rq_eq(h->command->name, "reroute");
	const struct rq_opt *opt;
	const struct rq_arg *arg;
	struct rq_walk w;
	size_t i, skip;

	rq_walk_init(&w, h->command);
	rq_words_add(&h->words, words[0]);
	for (i = 1; i < n; i++) {
		const struct rq_job *j;

		rq_walk_word(&w, words[i], &opt, &arg, &skip);
		j = arg ? rq_snapshot_find_job(ui->snap, words[i]) : NULL;
		if (!j) {
			rq_words_add(&h->words, words[i]);
			continue;
		}
		/* What moves back by itself need not wait. */
		if (!waits(j) || (moves && rq_can(ui->rq, j->queue, RQ_CAP_POLICY, NULL)))
			return false;
		if (!has_job(h, j->id))
			rq_words_add(&h->jobs, j->id);
	}
	return h->jobs.n > 0;
}

static void say_held(struct rq_ui *ui, const struct rq_held *h, int64_t grace)
{
	const char *verb = rq_eq(h->command->name, "cancel") ? "cancelled" : "moved";
	char in[32], key[RQ_KEY_NAME_LEN + 32];

	snprintf(in, sizeof in, "%llds", (long long)((grace + 999) / 1000));
	rq_ui_key_for(ui, "undo", key);
	if (h->jobs.n == 1)
		rq_ui_say(ui, "%s is %s in %s  (%s undoes it)", h->jobs.v[0], verb, in, key);
	else
		rq_ui_say(ui, "%zu jobs are %s in %s  (%s undoes it)", h->jobs.n, verb, in, key);
}

/* Another key for the same thing: what was held first is what happens. */
static bool is_held(struct rq_ui *ui, const struct rq_held *h)
{
	char text[RQ_HOLD_TEXT_LEN], key[RQ_KEY_NAME_LEN + 32];
	size_t i;

	for (i = 0; i < h->jobs.n; i++) {
		if (!rq_held_text(ui, h->jobs.v[i], text))
			continue;
		rq_ui_say(ui, "%s: %s already  (%s undoes it)", h->jobs.v[i], text, rq_ui_key_for(ui, "undo", key));
		return true;
	}
	return false;
}

bool rq_hold(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n)
{
	int64_t grace = rq_config_int(rq_get_config(ui->rq), "ui.undo_grace");
	struct rq_undo u = { 0 };
	struct rq_held *h;

	if (!grace || !(rq_eq(c->name, "cancel") || rq_eq(c->name, "reroute")))
		return false;
	h = rq_alloc(sizeof *h);
	h->command = c;
	if (!take_words(ui, h, words, n)) {
		free_held(h);
		return false;
	}
	if (is_held(ui, h)) {
		free_held(h);
		return true;
	}
	h->id = ++ui->undos.last_held;
	h->due_ms = mono_ms() + grace;
	h->next = ui->undos.held;
	ui->undos.held = h;
	u.what = describe(h);
	u.held = h->id;
	rq_undo_add(ui, &u);
	say_held(ui, h, grace);
	schedule(ui);
	return true;
}
