/* The console: start, one turn, end. */
#include "tui/tui.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/history.h"
#include "tui/known.h"
#include "tui/outside.h"
#include "tui/reader.h"
#include "tui/settings.h"
#include "tui/ui.h"

enum {
	FINISHED_FIRST = 500,
	DECISIONS = 500,
	ACTIVITY = 500,
	SILENT_TURNS = 10, LEAVE_TURNS = 50, HELD_TURNS = 190,
	LEAVE_MS = 50, FRAME_MS = 33, FIRST_FRAME_MS = 50,
	SUSPEND_WAIT_MS = 20, SUSPEND_WAITS = 50, RETURN_MS = 500
};

/* ---- what happens to it ---- */

static void read_keys(struct rq_ui *ui)
{
	uint32_t key;
	bool any = false;

	/* What is typed behind a key that gives the terminal away is for whoever has it then. */
	while (!ui->quit && !ui->outside && (key = rq_term_key(ui->term))) {
		rq_ui_key(ui, key);
		any = ui->urgent = true;
	}
	if (!any && rq_term_lost(ui->term)) {
		ui->quit = true;
		rq_loop_stop(ui->loop);
	}
}

static void on_input(void *ud, int events, int status)
{
	struct rq_ui *ui = ud;

	if (status < 0 || (events & RQ_HANGUP)) {
		ui->quit = true;
		rq_loop_stop(ui->loop);
		return;
	}
	read_keys(ui);
}

static void on_quit_signal(void *ud)
{
	struct rq_ui *ui = ud;

	ui->quit = true;
	rq_loop_stop(ui->loop);
}

static void on_resize(void *ud)
{
	struct rq_ui *ui = ud;

	if (!ui->outside)
		rq_term_resized(ui->term);
	rq_term_redraw(ui->term); /* terminals differ in what they keep, and where */
	ui->dirty = ui->urgent = true;
}

static void on_continue(void *ud)
{
	struct rq_ui *ui = ud;

	if (!ui->outside)
		rq_term_continued(ui->term);
	ui->dirty = ui->urgent = true;
}

/* With another program in front both stop, and go on, together. */
static void on_stop_signal(void *ud)
{
	struct rq_ui *ui = ud;

	if (ui->outside)
		raise(SIGSTOP);
	else
		ui->suspend = true;
}

/* ctrl-c, typed to a program that has the terminal meanwhile, is for that; of its end one may hear
 * before. */
static void on_interrupt(void *ud)
{
	struct rq_ui *ui = ud;

	if (!ui->outside && (rq_mono_ns() - ui->returned_ns) / 1000000 > RETURN_MS)
		on_quit_signal(ud);
}

static void on_tick(void *ud)
{
	((struct rq_ui *)ud)->dirty = true;
}

/* A policy that went bad is told once in a message, with the way to all of it, and in the head as long as it is so. */
static void tell_policy(struct rq_ui *ui)
{
	const struct rq_policy_info *p = rq_policy_info(ui->rq);

	if (rq_eq(p->error, ui->policy_error ? ui->policy_error : ""))
		return;
	if (*p->error)
		rq_ui_fail(ui, "%s (:policy check tells all)", p->error);
	else
		rq_ui_say(ui, "The policy is in order again: %s %.7s.", p->path, p->oid);
	rq_free(ui->policy_error);
	ui->policy_error = rq_strdup(p->error);
}

/* The head has a few columns for what a queue's server fails with: all of it is told once, until every queue is well again. */
static void tell_queues(struct rq_ui *ui)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i;

	for (i = 0; i < s->n_queues && (!s->queues[i].error || !*s->queues[i].error); i++)
		;
	if (i < s->n_queues && !ui->queue_fails)
		rq_ui_fail(ui, "%s: %s", s->queues[i].name, s->queues[i].error);
	ui->queue_fails = i < s->n_queues;
}

static void sample_depth(struct rq_ui *ui)
{
	const struct rq_snapshot *s = ui->snap;
	int64_t depth = 0;
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		depth += s->queues[i].queued + s->queues[i].waiting;
	if (s->taken_at)
		rq_spark_add(&ui->waited, ui->now, depth);
}

static void on_snapshot(void *ud)
{
	struct rq_ui *ui = ud;
	const struct rq_snapshot *s = rq_now_snapshot(ui->rq);
	size_t i;

	tell_policy(ui);
	ui->dirty = true;
	if (s == ui->snap)
		return;
	rq_snapshot_unref((struct rq_snapshot *)ui->snap);
	ui->snap = rq_snapshot_ref((struct rq_snapshot *)s);
	ui->now = rq_now();
	tell_queues(ui);
	sample_depth(ui);
	rq_held_look(ui);
	rq_notify_snapshot(ui);
	rq_ui_greet(ui);
	rq_reader_snapshot(ui->reader);
	for (i = 0; i < RQ_TABS; i++)
		ui->tabs[i]->ops->changed(ui->tabs[i]);
	for (i = 0; i < ui->depth; i++) {
		if (ui->stack[i]->ops->changed)
			ui->stack[i]->ops->changed(ui->stack[i]);
	}
}

void rq_ui_subscribe(struct rq_ui *ui)
{
	rq_subscribe(ui->rq, &ui->want, on_snapshot, ui);
}

/* ---- the end of a turn ---- */

/* Not while a request is under way, for a second: a stop must not hold a lock that others wait for.
 */
static void suspend(struct rq_ui *ui)
{
	if (ui->pending && ui->suspend_waits++ < SUSPEND_WAITS) {
		rq_timer_start(ui->frame, SUSPEND_WAIT_MS, 0);
		return;
	}
	ui->suspend = false;
	ui->suspend_waits = 0;
	rq_term_suspend(ui->term);
	ui->dirty = true;
}

static void schedule_tick(struct rq_ui *ui)
{
	int64_t in = ui->next_change - ui->now;

	if (!ui->next_change)
		rq_timer_stop(ui->tick);
	else
		rq_timer_start(ui->tick, in > 1000 ? in : 1000, 0);
}

/* A job that prints without end is seen thirty times a second, which is enough, and leaves time for
 * keys. */
static bool too_soon(struct rq_ui *ui)
{
	int64_t since = (rq_mono_ns() - ui->drawn_ns) / 1000000;

	if (ui->urgent || since >= FRAME_MS)
		return false;
	rq_timer_start(ui->frame, FRAME_MS - since, 0);
	return true;
}

static void on_writable(void *ud, int events, int status)
{
	struct rq_ui *ui = ud;

	(void)events;
	(void)status;
	if (rq_term_flush(ui->term)) {
		rq_watch_free(ui->output);
		ui->output = NULL;
	}
}

/* The terminal has not taken the last frame, or not shown it: what happens until then is drawn at
 * once, and what was in between is never sent. */
static bool is_behind(struct rq_ui *ui)
{
	int wait = rq_term_behind(ui->term);

	if (ui->output)
		return true;
	if (wait && !rq_timer_active(ui->frame))
		rq_timer_start(ui->frame, wait, 0);
	return wait > 0;
}

static void draw(struct rq_ui *ui)
{
	ui->dirty = ui->urgent = false;
	ui->drawn_ns = rq_mono_ns();
	rq_term_frame_begin(ui->term);
	rq_ui_draw(ui);
	rq_term_frame_end(ui->term, ui->slow);
	schedule_tick(ui);
}

/* Also what was written beside the frames may be left. */
static void watch_output(struct rq_ui *ui)
{
	if (!ui->output && !rq_term_flush(ui->term))
		rq_watch_new(ui->loop, rq_term_fd(ui->term), RQ_WRITABLE, on_writable, ui, &ui->output, NULL);
}

static void turn_end(void *ud)
{
	struct rq_ui *ui = ud;

	if (ui->quit || ui->outside)
		return;
	if (ui->suspend)
		suspend(ui);
	if (ui->dirty && !is_behind(ui) && !too_soon(ui))
		draw(ui);
	watch_output(ui);
}

/* ---- start ---- */

static int watch_keys(struct rq_ui *ui, struct rq_error *e)
{
	int rc = rq_watch_new(ui->loop, STDIN_FILENO, RQ_READABLE, on_input, ui, &ui->input, e);
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	/* Watching may have made it non-blocking, and with it stdout: curses would lose what it
	 * writes. */
	if (!rc && flags >= 0)
		fcntl(STDIN_FILENO, F_SETFL, flags & ~O_NONBLOCK);
	return rc;
}

void rq_ui_listen(struct rq_ui *ui, bool on)
{
	if (!on) {
		rq_watch_free(ui->input);
		ui->input = NULL;
	} else if (!ui->input && watch_keys(ui, NULL)) {
		/* Nobody can be heard any more. */
		on_quit_signal(ui);
	}
}

static int watch(struct rq_ui *ui, struct rq_error *e)
{
	static const struct {
		int signum;
		rq_fn *fn;
	} signals[] = {
		{ SIGWINCH, on_resize }, { SIGCONT, on_continue }, { SIGTSTP, on_stop_signal },
		{ SIGTERM, on_quit_signal }, { SIGINT, on_interrupt }, { SIGHUP, on_quit_signal },
	};
	size_t i;
	int rc = watch_keys(ui, e);

	if (rc)
		return rc;
	for (i = 0; i < sizeof signals / sizeof signals[0]; i++)
		ui->signals[i] = rq_sig_new(ui->loop, signals[i].signum, signals[i].fn, ui);
	return RQ_OK;
}

static void make_tabs(struct rq_ui *ui)
{
	ui->tabs[0] = rq_view_jobs_new(ui);
	ui->tabs[1] = rq_view_runners_new(ui);
	ui->tabs[2] = rq_view_decisions_new(ui);
	ui->tabs[3] = rq_view_activity_new(ui);
	ui->tabs[4] = rq_view_dashboard_new(ui);
}

/* Both are shared by the consoles of one state directory. */
static struct rq_history *open_history(struct rq_ui *ui, const char *name)
{
	const char *dir = rq_path(ui->rq, "state");
	struct rq_str path;
	struct rq_history *h;

	rq_str_init(&path, 8192);
	rq_str_addf(&path, "%s/%s", dir ? dir : "", name);
	h = rq_history_new(dir ? rq_str_get(&path) : NULL);
	rq_str_release(&path);
	return h;
}

/* "relayq on pi": who has several of them over SSH sees which is which. */
static int take_terminal(struct rq_ui *ui, const char **note, struct rq_error *e)
{
	const struct rq_config *c = rq_get_config(ui->rq);
	bool colour = !(getenv("NO_COLOR") && *getenv("NO_COLOR"));
	char host[64] = "";
	struct rq_str title;
	int rc;

	rq_str_init(&title, 0);
	gethostname(host, sizeof host - 1);
	rq_str_add(&title, *host ? "relayq on " : "relayq");
	rq_text_clean(&title, host, strcspn(host, "."), rq_settings_ascii(ui));
	rc = rq_term_start(colour, rq_config_bool(c, "ui.mouse"), rq_config_bool(c, "ui.title") ? rq_str_get(&title) : NULL,
			   &ui->term, note, e);
	rq_str_release(&title);
	return rc;
}

static int start(struct rq_ui *ui, const struct rq_tui_options *o, struct rq_error *e)
{
	const char *note = "";
	int rc;

	setlocale(LC_CTYPE, "");
	ui->ascii = o && o->ascii;
	ui->slow_asked = o && o->slow_link;
	ui->reader_asked = o && o->screen_reader;
	ui->slow = rq_settings_slow(ui);
	rq_settings_layout(ui);
	ui->snap = rq_snapshot_ref((struct rq_snapshot *)rq_now_snapshot(ui->rq));
	ui->now = rq_now();
	ui->history = open_history(ui, "console_history");
	ui->values = open_history(ui, "console_values");
	ui->known = rq_known_new(ui);
	ui->filters = open_history(ui, "console_filters");
	rq_str_init(&ui->paste, 1 << 20);
	ui->tick = rq_timer_new(ui->loop, on_tick, ui);
	ui->frame = rq_timer_new(ui->loop, on_tick, ui);
	rq_settings_load_keymap(ui);
	rc = take_terminal(ui, &note, e);
	if (rc)
		return rc;
	rq_settings_load_theme(ui);
	if (*note)
		rq_ui_warn(ui, "%s", note);
	ui->draw = rq_draw_new(&ui->theme, rq_term_colours(ui->term), rq_settings_ascii(ui));
	rq_settings_reader(ui);
	make_tabs(ui);
	return watch(ui, e);
}

/* ---- end ---- */

static void stop_watching(struct rq_ui *ui)
{
	size_t i;

	rq_notify_stop(ui);
	rq_reader_free(ui->reader);
	rq_loop_at_turn_end(ui->loop, NULL, NULL);
	rq_subscribe(ui->rq, NULL, NULL, NULL);
	rq_watch_free(ui->output);
	ui->output = NULL;
	if (ui->outside)
		rq_outside_end(ui);
	rq_ui_listen(ui, false);
	for (i = 0; i < sizeof ui->signals / sizeof ui->signals[0]; i++) {
		if (ui->signals[i])
			rq_sig_free(ui->signals[i]);
	}
}

static void wait_for_requests(struct rq_ui *ui, int turns)
{
	while (ui->pending && turns-- > 0)
		rq_loop_turn(ui->loop, LEAVE_MS);
}

/* What is under way has a moment to end in order: a drain that was asked for a second ago shall happen. What was held back
 * was asked for as well, and may take its time, which is told to who waits for the shell. */
static int finish(struct rq_ui *ui, struct rq_error *e)
{
	char *held = rq_held_carry_out(ui);
	int turns = held ? HELD_TURNS : LEAVE_TURNS, rc = RQ_OK;

	wait_for_requests(ui, SILENT_TURNS);
	if (held && ui->pending)
		fprintf(stderr, "relayq: doing what was held back: %s\n", held);
	wait_for_requests(ui, turns / 2);
	rq_ui_abort_runs(ui);
	wait_for_requests(ui, turns / 2);
	if (ui->left_undone)
		rc = rq_fail(e, RQ_EFAILED, "Not all was done that was held back: %s", ui->left_undone);
	else if (held && ui->pending)
		rc = rq_fail(e, RQ_EFAILED, "There was no answer in time; relayq jobs tells whether it was done: %s.", held);
	rq_free(held);
	return rc;
}

static void free_ended(struct rq_ui *ui)
{
	if (!ui->ended || ui->pending)
		return;
	rq_free(ui->left_undone);
	rq_free(ui);
}

void rq_ui_answered(struct rq_ui *ui)
{
	ui->pending--;
	free_ended(ui);
}

/* Who answers yet finds what is left of it. */
static void free_parts(struct rq_ui *ui)
{
	size_t i;

	for (i = 0; i < RQ_TABS; i++) {
		if (ui->tabs[i])
			ui->tabs[i]->ops->free(ui->tabs[i]);
	}
	rq_timer_free(ui->tick);
	rq_timer_free(ui->frame);
	rq_draw_free(ui->draw);
	rq_keymap_release(&ui->keymap);
	rq_messages_release(&ui->status);
	rq_history_free(ui->history);
	rq_history_free(ui->values);
	rq_known_free(ui->known);
	rq_history_free(ui->filters);
	rq_str_release(&ui->paste);
	rq_free(ui->select_next);
	rq_undos_release(&ui->undos);
	rq_free(ui->policy_error);
	rq_snapshot_unref((struct rq_snapshot *)ui->snap);
}

/* Errors are told before the terminal is touched. */
static int try_file(struct relayq *rq, const char *file, struct rq_error *e)
{
	struct rq_joblog *log;
	int rc = rq_joblog_open_file(rq, file, NULL, NULL, &log, e);

	if (rc == RQ_OK)
		rq_joblog_close(log);
	return rc;
}

static void first_screen(struct rq_ui *ui, const char *file)
{
	if (file) {
		ui->alone = true;
		rq_view_log_open_file(ui, file);
		turn_end(ui);
		return;
	}
	/* The first screen is the one with the jobs on it, unless they take long. */
	rq_timer_start(ui->frame, FIRST_FRAME_MS, 0);
	rq_ui_subscribe(ui);
}

int rq_tui_run(struct relayq *rq, struct rq_loop *loop, const struct rq_tui_options *o,
	       struct rq_error *e)
{
	const char *file = o ? o->file : NULL;
	int rc = file ? try_file(rq, file, e) : RQ_OK;
	struct rq_ui *ui;

	if (rc)
		return rc;
	ui = rq_alloc(sizeof *ui);
	ui->rq = rq;
	ui->loop = loop;
	ui->want = (struct rq_want){ .jobs = true,
				     .runners = true,
				     .decisions = true,
				     .activity = true,
				     .counters = true,
				     .finished_max = FINISHED_FIRST,
				     .decisions_max = DECISIONS,
				     .activity_max = ACTIVITY };
	rc = start(ui, o, e);
	if (rc == RQ_OK) {
		rq_loop_at_turn_end(loop, turn_end, ui);
		rq_notify_start(ui);
		first_screen(ui, file);
		while (!ui->quit)
			rq_loop_run(loop);
	}
	stop_watching(ui);
	while (ui->depth)
		rq_ui_pop(ui);
	rq_term_stop(ui->term);
	if (rc == RQ_OK)
		rc = finish(ui, e);
	free_parts(ui);
	ui->ended = true;
	free_ended(ui);
	return rc;
}
