/* Running commands: from the text of a key or of the prompt to a message, a view, a form, a
 * question. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/command/command.h"
#include "tui/cmdline.h"
#include "tui/listview.h"
#include "tui/possible.h"
#include "tui/settings.h"
#include "tui/sink.h"
#include "tui/ui.h"
#include "tui/words.h"

/* Why a command runs that nobody just asked for. */
struct origin {
	const char *undoes;             /* what it takes back; NULL nothing */
	bool held;                      /* it was asked for a moment ago */
};

/* A command under way. */
struct rq_running {
	struct rq_running *next;
	struct rq_ui *ui;
	struct rq_cmd *cmd;
	struct rq_sink sink;
	char *title;                    /* as typed */
	const struct rq_command *command;
	struct rq_undo undo;            /* becomes the console's when it succeeds */
	char *undoes;                   /* of its origin */
	bool held;
};

/* ---- the end of a command ---- */

static void unlink_run(struct rq_running *r)
{
	struct rq_running **p = &r->ui->runs;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
}

/* submit and retry say ids: the cursor goes to the first of them. */
static void show_new_job(struct rq_running *r)
{
	struct rq_ui *ui = r->ui;
	const char *said = rq_str_get(&r->sink.messages);
	size_t n = strcspn(said, "; ");

	if (!n || !memchr(said, ':', n))
		return;
	rq_free(ui->select_next);
	ui->select_next = rq_strndup(said, n);
	rq_str_add(&r->sink.messages,
		   rq_eq(r->command->name, "submit") ? " submitted" : " runs it again");
	ui->tabs[0]->ops->changed(ui->tabs[0]);
}

/* What was done to several things is told in one sentence; the messages have it thing by thing. */
static void say_summary(struct rq_running *r, const char *hint)
{
	const struct rq_summary *all = &r->sink.all;
	struct rq_str text;
	size_t i;

	rq_str_init(&text, 4096);
	rq_summary_text(all, rq_eq(r->command->name, "submit") ? "submitted" : "run again", &text);
	for (i = 0; i < all->n; i++)
		rq_ui_say(r->ui, "%s", all->v[i].text);
	if (rq_summary_bad(all))
		rq_ui_fail(r->ui, "%s", rq_str_get(&text));
	else
		rq_ui_say(r->ui, "%s%s", rq_str_get(&text), hint);
	rq_str_release(&text);
}

static void say_result(struct rq_running *r, int status, bool undoable)
{
	struct rq_sink *s = &r->sink;
	char key[RQ_KEY_NAME_LEN + 32], hint[RQ_KEY_NAME_LEN + 64] = "";

	if (undoable)
		snprintf(hint, sizeof hint, "  (%s undoes it)", rq_ui_key_for(r->ui, "undo", key));
	if (r->undoes && s->errors.len)
		rq_ui_fail(r->ui, "%s could not be undone: %s", r->undoes, s->errors.s);
	else if (r->undoes)
		rq_ui_say(r->ui, "Undone: %s. %s", r->undoes, rq_str_get(&s->messages));
	else if (s->all.n > 1 && (r->command->flags & RQ_CMD_BULK))
		say_summary(r, hint);
	else if (s->errors.len)
		rq_ui_fail(r->ui, "%s%s%s", s->errors.s, s->messages.len ? "; " : "",
			   rq_str_get(&s->messages));
	else if (s->warnings.len)
		rq_ui_warn(r->ui, "%s%s%s", rq_str_get(&s->messages), s->messages.len ? "; " : "",
			   s->warnings.s);
	else if (s->messages.len)
		rq_ui_say(r->ui, "%s%s", s->messages.s, hint);
	else if (!s->rich.n)
		rq_ui_say(r->ui, "%s%s", r->title, status == RQ_EXIT_OK ? ": done." : " failed.");
}

static void done(struct rq_cmd *cmd, int status, void *ud)
{
	struct rq_running *r = ud;
	struct rq_ui *ui = r->ui;
	bool undoable = status == RQ_EXIT_OK && r->undo.what && !r->undoes;

	(void)cmd;
	unlink_run(r);
	rq_sink_finish(&r->sink);
	if (!ui->quit) {
		/* A command may have taken the one subscription of the context. */
		rq_ui_subscribe(ui);
		if (status == RQ_EXIT_OK && rq_eq(r->command->name, "config set"))
			rq_settings_apply(ui);
		if (status == RQ_EXIT_OK &&
		    (rq_eq(r->command->name, "submit") || rq_eq(r->command->name, "retry")))
			show_new_job(r);
		if (undoable)
			rq_undo_add(ui, &r->undo);
		say_result(r, status, undoable);
		if (r->sink.rich.n) {
			rq_view_pager_open(ui, r->title, &r->sink.rich);
			rq_rich_init(&r->sink.rich);
		}
		ui->dirty = true;
	} else if (r->held && r->sink.errors.len && !ui->left_undone) {
		ui->left_undone = rq_str_detach(&r->sink.errors);
	}
	rq_undo_release(&r->undo);
	rq_free(r->undoes);
	rq_sink_release(&r->sink);
	rq_free(r->title);
	rq_free(r);
	rq_ui_answered(ui);
}

void rq_ui_abort_runs(struct rq_ui *ui)
{
	struct rq_running *r, *next;

	for (r = ui->runs; r; r = next) {
		next = r->next;
		rq_cmd_abort(r->cmd);
	}
}

/* ---- what the console shows by itself ---- */

/* `jobs --filter X`: the tab, filtered. */
static bool open_tab(struct rq_ui *ui, char *const *words, size_t n)
{
	size_t tab;
	const char *filter = NULL;

	if (!rq_ui_tab_named(words[0], &tab))
		return false;
	if (n == 3 && rq_eq(words[1], "--filter"))
		filter = words[2];
	else if (n > 1)
		return false;
	rq_ui_show_tab(ui, tab);
	rq_listview_filter(ui->tabs[tab], filter);
	return true;
}

/* Runs of a server have jobs of their own. One of these is its run's, and has its log. */
static void show_job(struct rq_ui *ui, const char *id)
{
	const struct rq_queue_state *q = rq_snapshot_queue_of(ui->snap, id);

	if (q && !rq_eq(q->kind, "local"))
		rq_view_run_open(ui, id);
	else
		rq_view_job_open(ui, id);
}

/* `help runner new` */
static void open_manual(struct rq_ui *ui, char *const *words, size_t n)
{
	char *topic = rq_words_join(words, n);

	rq_view_manual_open(ui, topic);
	rq_free(topic);
}

static bool open_own(struct rq_ui *ui, char *const *words, size_t n, const char *object)
{
	const struct rq_job *j = rq_snapshot_find_job(ui->snap, object);

	if (open_tab(ui, words, n))
		return true;
	if (j)
		object = j->id;
	if (rq_eq(words[0], "logs") && object && !rq_words_have(words, n, "--attempt"))
		rq_view_log_open(ui, object);
	else if (rq_eq(words[0], "show") && n == 2)
		show_job(ui, object);
	else if (rq_eq(words[0], "explain") && n == 2)
		rq_view_decision_open(ui, object);
	else if (rq_eq(words[0], "runners") && n == 2 && words[1][0] != '-')
		rq_view_runner_open(ui, words[1]);
	else if (rq_eq(words[0], "help") && n == 1)
		rq_view_help_open(ui);
	else if (rq_eq(words[0], "help") && words[1][0] != '-')
		open_manual(ui, words + 1, n - 1);
	else if (rq_eq(words[0], "reroute") && object && !rq_words_have(words, n, "--to") &&
		 !rq_words_have(words, n, "--runs-on"))
		rq_view_picker_open(ui, object);
	else
		return false;
	return true;
}

/* ---- running ---- */

static void on_progress(void *ud, const char *text)
{
	struct rq_ui *ui = ud;

	if (*text)
		rq_ui_say(ui, "%s", text);
	ui->dirty = true;
}

static void start(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n,
		  const char *object, const struct origin *from)
{
	struct rq_running *r = rq_alloc(sizeof *r);
	struct rq_error e;
	size_t used;

	rq_sink_init(&r->sink);
	if (rq_cmd_new(words, n, ui->rq, ui->loop, &r->sink.out, &r->cmd, &used, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		rq_sink_release(&r->sink);
		rq_free(r);
		return;
	}
	r->sink.progress = on_progress;
	r->sink.progress_ud = ui;
	r->ui = ui;
	r->command = c;
	r->title = rq_words_join(words, n);
	r->undoes = rq_strdup(from->undoes);
	r->held = from->held;
	rq_undo_of(ui, c, words, n, object, &r->undo);
	r->next = ui->runs;
	ui->runs = r;
	ui->pending++;
	r->cmd->done = done;
	r->cmd->ud = r;
	rq_cmd_run(r->cmd);
}

/* An option that makes sense where a shell waits for the end; NULL none. */
static const char *shell_option(const struct rq_cmd *cmd)
{
	const struct rq_opt *o;

	for (o = cmd->command->opts; o && o->name; o++) {
		if ((o->flags & RQ_OPT_CLI_ONLY) && rq_cmd_on(cmd, o->name))
			return o->name;
	}
	return NULL;
}

/* What is missing is asked for in a form, and what makes no sense is said. true: it was. */
static bool ask_missing(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n)
{
	struct rq_cmd cmd = { .command = c };
	struct rq_words given = { 0 };
	const char *missing = NULL, *option = NULL;
	struct rq_error e = { 0 };
	int rc = rq_cmd_parse(&cmd, words, n, &missing, &e);

	rq_words_add_all(&given, words, n);
	if (!rc && (option = shell_option(&cmd)))
		rc = rq_fail(&e, RQ_EUSAGE, "--%s is for the command line only.", option);
	if (!rc && !missing)
		missing = rq_run_missing(ui, &cmd, &given);
	rq_arena_release(&cmd.arena);
	if (rc)
		rq_ui_fail(ui, "%s", e.msg);
	else if (missing)
		rq_view_form_open(ui, c, given.v, given.n);
	rq_words_release(&given);
	return rc || missing;
}

/* What acts on jobs or runners, given none, acts on the chosen ones. */
static void add_objects(struct rq_ui *ui, const struct rq_command *c, struct rq_words *w)
{
	bool bulk = c->flags & RQ_CMD_BULK;

	/* A job that could be is no job that is. */
	if (rq_words_have(w->v, w->n, "--facts"))
		return;
	if (c->flags & RQ_CMD_NEEDS_JOB)
		rq_words_pick(ui, bulk ? "jobs" : "job", bulk ? 4 : 3, w);
	else if (c->flags & RQ_CMD_NEEDS_RUNNER)
		rq_words_pick(ui, "runner", 6, w);
}

static void run_complete(struct rq_ui *ui, const struct rq_command *c, struct rq_words *w,
			 size_t used, bool sure)
{
	char *object = rq_words_object(c, w->v + used, w->n - used);

	if (!object) {
		add_objects(ui, c, w);
		object = rq_words_object(c, w->v + used, w->n - used);
	}
	if (!open_own(ui, w->v, w->n, object) && !ask_missing(ui, c, w->v + used, w->n - used) &&
	    (sure || (!rq_run_ask(ui, c, w->v, w->n, object) && !rq_hold(ui, c, w->v, w->n))))
		start(ui, c, w->v, w->n, object, &(struct origin){ 0 });
	rq_free(object);
}

static void run_command(struct rq_ui *ui, struct rq_words *w, bool sure)
{
	size_t used;
	const struct rq_command *c = rq_cmdline_command(w->v, w->n, &used);
	char *unknown;

	if (!c) {
		unknown = rq_cmdline_unknown(w->v[0]);
		rq_ui_fail(ui, "%s", unknown);
		rq_free(unknown);
	} else if (c->flags & RQ_CMD_WRITES && rq_read_only(ui->rq)) {
		rq_ui_say(ui, "%s is not possible: %s.", c->name, rq_read_only_why);
	} else if (c->flags & RQ_CMD_CLI_ONLY) {
		rq_ui_say(ui, "relayq %s is for the command line only.", c->name);
	} else {
		run_complete(ui, c, w, used, sure);
	}
}

void rq_ui_run_words(struct rq_ui *ui, char *const *words, size_t n, bool sure)
{
	struct rq_words w = { 0 };

	rq_words_add_all(&w, words, n);
	if (w.n)
		run_command(ui, &w, sure);
	rq_words_release(&w);
	ui->dirty = true;
}

void rq_ui_run_held(struct rq_ui *ui, char *const *words, size_t n)
{
	size_t used;

	start(ui, rq_cmdline_command(words, n, &used), words, n, NULL, &(struct origin){ .held = true });
	ui->dirty = true;
}

void rq_ui_run_undo(struct rq_ui *ui, const char *command, const char *what)
{
	char **words = NULL;
	size_t n, used;
	struct rq_error e;

	if (rq_words_split(command, &words, &n, &e))
		RQ_BUG("a quoted command cannot be split: %s", e.msg);
	start(ui, rq_cmdline_command(words, n, &used), words, n, NULL, &(struct origin){ .undoes = what });
	rq_words_free(words);
	ui->dirty = true;
}

void rq_ui_run(struct rq_ui *ui, const char *text)
{
	struct rq_words w = { 0 };
	struct rq_error e;
	struct rq_str why;
	const char *rest;
	char **words = NULL;
	enum rq_do d;
	size_t n, i;

	if (rq_do_find(text, &d, &rest)) {
		rq_ui_act(ui, d, rest);
		return;
	}
	rq_str_init(&why, 4096);
	if (!rq_ui_possible(ui, text, &why)) {
		rq_ui_say(ui, "%s", rq_str_get(&why));
	} else if (rq_words_split(text, &words, &n, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
	} else {
		for (i = 0; i < n; i++)
			rq_words_expand(ui, words[i], &w);
		if (w.n)
			run_command(ui, &w, false);
	}
	rq_words_free(words);
	rq_words_release(&w);
	rq_str_release(&why);
	ui->dirty = true;
}
