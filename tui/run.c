/* Running commands: from the text of a key or of the prompt to a message, a view, a form, a
 * question. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/command/command.h"
#include "tui/listview.h"
#include "tui/possible.h"
#include "tui/sink.h"
#include "tui/ui.h"
#include "tui/words.h"

/* A command under way. */
struct rq_running {
	struct rq_running *next;
	struct rq_ui *ui;
	struct rq_cmd *cmd;
	struct rq_sink sink;
	char *title;                    /* as typed */
	const struct rq_command *command;
	struct rq_undo undo;            /* becomes the console's when it succeeds */
};

/* ---- words ---- */

void rq_words_add(struct rq_words *w, const char *word)
{
	RQ_GROW(w->v, w->n + 1, &w->cap);
	w->v[w->n++] = rq_strdup(word);
	w->v[w->n] = NULL;
}

void rq_words_drop_last(struct rq_words *w)
{
	if (!w->n)
		return;
	rq_free(w->v[--w->n]);
	w->v[w->n] = NULL;
}

void rq_words_release(struct rq_words *w)
{
	while (w->n)
		rq_words_drop_last(w);
	rq_free(w->v);
	memset(w, 0, sizeof *w);
}

static char *joined(char *const *words, size_t n)
{
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 0);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_addc(&s, ' ');
		rq_words_quote(&s, words[i]);
	}
	return rq_str_detach(&s);
}

/* What the view has for the placeholder {NAME}, as words. */
static void picked(struct rq_ui *ui, const char *name, size_t n, struct rq_words *out)
{
	struct rq_view *v = rq_ui_base(ui);
	char what[32], **words = NULL;
	struct rq_str ids;
	size_t count = 0, i;

	if (n >= sizeof what || !v->ops->pick)
		return;
	memcpy(what, name, n);
	what[n] = '\0';
	rq_str_init(&ids, 0);
	v->ops->pick(v, what, &ids);
	if (ids.len && rq_words_split(ids.s, &words, &count, NULL) == RQ_OK) {
		for (i = 0; i < count; i++)
			rq_words_add(out, words[i]);
	}
	rq_words_free(words);
	rq_str_release(&ids);
}

/* A word with its placeholder filled in; one that the view has nothing for is left out, with the
 * option before it. */
static void expand_word(struct rq_ui *ui, const char *word, struct rq_words *out)
{
	const char *open = strchr(word, '{'), *close = open ? strchr(open, '}') : NULL;
	struct rq_words values = { 0 };
	struct rq_str s;
	size_t i;

	if (!close || close == open + 1) {
		rq_words_add(out, word);
		return;
	}
	picked(ui, open + 1, (size_t)(close - open - 1), &values);
	if (!values.n && out->n && out->v[out->n - 1][0] == '-')
		rq_words_drop_last(out);
	for (i = 0; i < values.n; i++) {
		rq_str_init(&s, 0);
		rq_str_addn(&s, word, (size_t)(open - word));
		rq_str_add(&s, values.v[i]);
		rq_str_add(&s, close + 1);
		rq_words_add(out, rq_str_get(&s));
		rq_str_release(&s);
	}
	rq_words_release(&values);
}

/* The first argument of a command, NULL none: not the value of an option. The caller frees it. */
static char *object_of(const struct rq_command *c, char *const *words, size_t n)
{
	struct rq_cmd cmd = { .command = c };
	const char *missing, *value = NULL;
	char *copy;

	if (c->args && c->args[0].name && rq_cmd_parse(&cmd, words, n, &missing, NULL) == RQ_OK)
		value = rq_cmd_arg(&cmd, c->args[0].name);
	copy = rq_strdup(value);
	rq_arena_release(&cmd.arena);
	return copy;
}

/* ---- the end of a command ---- */

static void unlink_run(struct rq_running *r)
{
	struct rq_running **p = &r->ui->runs;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
	r->ui->pending--;
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

static void say_result(struct rq_running *r, int status, bool undoable)
{
	struct rq_sink *s = &r->sink;

	if (s->errors.len)
		rq_ui_fail(r->ui, "%s%s%s", s->errors.s, s->messages.len ? "; " : "",
			   rq_str_get(&s->messages));
	else if (s->warnings.len)
		rq_ui_warn(r->ui, "%s%s%s", rq_str_get(&s->messages), s->messages.len ? "; " : "",
			   s->warnings.s);
	else if (s->messages.len)
		rq_ui_say(r->ui, "%s%s", s->messages.s, undoable ? "  (u undoes it)" : "");
	else if (!s->rich.n)
		rq_ui_say(r->ui, "%s%s", r->title, status == RQ_EXIT_OK ? ": done." : " failed.");
}

static void done(struct rq_cmd *cmd, int status, void *ud)
{
	struct rq_running *r = ud;
	struct rq_ui *ui = r->ui;
	bool undoable = status == RQ_EXIT_OK && r->undo.command;

	(void)cmd;
	unlink_run(r);
	rq_sink_finish(&r->sink);
	if (!ui->quit) {
		/* A command may have taken the one subscription of the context. */
		rq_ui_subscribe(ui);
		if (status == RQ_EXIT_OK &&
		    (rq_eq(r->command->name, "submit") || rq_eq(r->command->name, "retry")))
			show_new_job(r);
		if (undoable) {
			rq_free(ui->undo.command);
			ui->undo.command = r->undo.command;
			r->undo.command = NULL;
		}
		say_result(r, status, undoable);
		if (r->sink.rich.n) {
			rq_view_pager_open(ui, r->title, &r->sink.rich);
			rq_rich_init(&r->sink.rich);
		}
		ui->dirty = true;
	}
	rq_free(r->undo.command);
	rq_sink_release(&r->sink);
	rq_free(r->title);
	rq_free(r);
}

void rq_ui_abort_runs(struct rq_ui *ui)
{
	struct rq_running *r, *next;

	for (r = ui->runs; r; r = next) {
		next = r->next;
		rq_cmd_abort(r->cmd);
	}
}

/* ---- undo ---- */

static char *reverse_drain(struct rq_ui *ui, const char *name, const char *runner)
{
	const struct rq_runner *r = rq_snapshot_runner(ui->snap, runner);
	struct rq_str s;

	if (!r || (r->drain == RQ_DRAIN_ACTIVE) != rq_eq(name, "drain"))
		return NULL;
	rq_str_init(&s, 0);
	rq_str_add(&s, rq_eq(name, "drain") ? "undrain " : "drain ");
	rq_words_quote(&s, runner);
	if (r->drain != RQ_DRAIN_ACTIVE) {
		rq_str_add(&s, " --reason ");
		rq_words_quote(&s,
			       r->drain_reason && *r->drain_reason ? r->drain_reason : "as before");
	}
	return rq_str_detach(&s);
}

static char *reverse_reroute(struct rq_ui *ui, const char *id)
{
	const struct rq_job *j = rq_snapshot_job(ui->snap, id);
	struct rq_str s;

	if (!j || j->status == RQ_STATUS_IN_PROGRESS || !rq_job_active(j))
		return NULL;
	rq_str_init(&s, 0);
	rq_str_addf(&s, "reroute %s ", j->id);
	if (*j->target) {
		rq_str_add(&s, "--to ");
		rq_words_quote(&s, j->target);
	} else {
		rq_str_add(&s, "--runs-on ");
		rq_labels_text(&j->labels, &s);
	}
	return rq_str_detach(&s);
}

static char *reverse(struct rq_ui *ui, const struct rq_command *c, const char *object)
{
	if (!object)
		return NULL;
	if (rq_eq(c->name, "drain") || rq_eq(c->name, "undrain"))
		return reverse_drain(ui, c->name, object);
	return rq_eq(c->name, "reroute") ? reverse_reroute(ui, object) : NULL;
}

/* ---- what the console shows by itself ---- */

static bool has_word(char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if (rq_eq(words[i], word))
			return true;
	}
	return false;
}

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

static bool open_own(struct rq_ui *ui, char *const *words, size_t n, const char *object)
{
	if (open_tab(ui, words, n))
		return true;
	if (rq_eq(words[0], "logs") && object && !has_word(words, n, "--attempt"))
		rq_view_log_open(ui, object);
	else if (rq_eq(words[0], "show") && n == 2)
		rq_view_job_open(ui, object);
	else if (rq_eq(words[0], "help") && n == 1)
		rq_view_help_open(ui);
	else if (rq_eq(words[0], "reroute") && object && !has_word(words, n, "--to") &&
		 !has_word(words, n, "--runs-on"))
		rq_view_picker_open(ui, object);
	else
		return false;
	return true;
}

/* ---- questions ---- */

/* A job that runs is not taken away without a question; one that waits is. */
static size_t running_among(struct rq_ui *ui, char *const *words, size_t n)
{
	size_t i, count = 0;

	for (i = 1; i < n; i++) {
		const struct rq_job *j = rq_snapshot_job(ui->snap, words[i]);

		count += j && j->status == RQ_STATUS_IN_PROGRESS;
	}
	return count;
}

static bool ask_first(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n,
		      const char *object)
{
	char question[256];
	size_t running = running_among(ui, words, n);

	if (rq_eq(c->name, "reroute") && running && !has_word(words, n, "--restart")) {
		char **more = rq_realloc_array(NULL, n + 1, sizeof *more);

		memcpy(more, words, n * sizeof *more);
		more[n] = (char *)"--restart";
		snprintf(question, sizeof question,
			 "%s runs. End it there and start it again elsewhere?", object);
		rq_view_confirm_open(ui, question, more, n + 1);
		rq_free(more);
		return true;
	}
	if (!(c->flags & RQ_CMD_CONFIRM) || (rq_eq(c->name, "cancel") && !running))
		return false;
	if (running == 1 && n == 2)
		snprintf(question, sizeof question, "%s runs. End it?", words[1]);
	else if (running)
		snprintf(question, sizeof question, "%zu jobs, %zu of them running. End them?",
			 n - 1, running);
	else
		snprintf(question, sizeof question, "%s?", c->summary);
	rq_view_confirm_open(ui, question, words, n);
	return true;
}

/* ---- running ---- */

static const struct rq_command *find(char *const *words, size_t n, size_t *used)
{
	const struct rq_command *c = NULL;
	char two[96];

	*used = 2;
	if (n > 1) {
		snprintf(two, sizeof two, "%s %s", words[0], words[1]);
		c = rq_command_find(two);
	}
	if (!c) {
		*used = 1;
		c = rq_command_find(words[0]);
	}
	return c;
}

static void start(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n,
		  const char *object)
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
	r->ui = ui;
	r->command = c;
	r->title = joined(words, n);
	r->undo.command = reverse(ui, c, object);
	r->next = ui->runs;
	ui->runs = r;
	ui->pending++;
	r->cmd->done = done;
	r->cmd->ud = r;
	rq_cmd_run(r->cmd);
}

/* What is missing is asked for in a form. true: it was. */
static bool ask_missing(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n)
{
	struct rq_cmd cmd = { .command = c };
	const char *missing = NULL;
	struct rq_error e = { 0 };
	int rc = rq_cmd_parse(&cmd, words, n, &missing, &e);

	rq_arena_release(&cmd.arena);
	if (rc) {
		rq_ui_fail(ui, "%s", e.msg);
		return true;
	}
	/* submit could do without a command line, by a file of steps: alone it is the form that is
	 * meant. */
	if (!missing && rq_eq(c->name, "submit") &&
	    (n == 0 || (n == 2 && rq_eq(words[0], "--to"))))
		missing = "COMMAND";
	if (missing)
		rq_view_form_open(ui, c, words, n);
	return missing != NULL;
}

/* What acts on jobs or runners, given none, acts on the chosen ones. */
static void add_objects(struct rq_ui *ui, const struct rq_command *c, struct rq_words *w)
{
	bool bulk = c->flags & RQ_CMD_BULK;

	if (c->flags & RQ_CMD_NEEDS_JOB)
		picked(ui, bulk ? "jobs" : "job", bulk ? 4 : 3, w);
	else if (c->flags & RQ_CMD_NEEDS_RUNNER)
		picked(ui, "runner", 6, w);
}

static void run_complete(struct rq_ui *ui, const struct rq_command *c, struct rq_words *w,
			 size_t used, bool sure)
{
	char *object = object_of(c, w->v + used, w->n - used);

	if (!object) {
		add_objects(ui, c, w);
		object = object_of(c, w->v + used, w->n - used);
	}
	if (!open_own(ui, w->v, w->n, object) && !ask_missing(ui, c, w->v + used, w->n - used) &&
	    (sure || !ask_first(ui, c, w->v, w->n, object)))
		start(ui, c, w->v, w->n, object);
	rq_free(object);
}

static void run_command(struct rq_ui *ui, struct rq_words *w, bool sure)
{
	size_t used;
	const struct rq_command *c = find(w->v, w->n, &used);
	const char *near;

	if (!c) {
		near = rq_command_nearest(w->v[0]);
		rq_ui_fail(ui, "There is no command \"%.40s\"%s%s%s", w->v[0],
			   near ? "; did you mean " : ".", near ? near : "", near ? "?" : "");
	} else if (c->flags & RQ_CMD_CLI_ONLY) {
		rq_ui_say(ui, "relayq %s is for the command line only.", c->name);
	} else {
		run_complete(ui, c, w, used, sure);
	}
}

void rq_ui_run_words(struct rq_ui *ui, char *const *words, size_t n, bool sure)
{
	struct rq_words w = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		rq_words_add(&w, words[i]);
	if (w.n)
		run_command(ui, &w, sure);
	rq_words_release(&w);
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
			expand_word(ui, words[i], &w);
		if (w.n)
			run_command(ui, &w, false);
	}
	rq_words_free(words);
	rq_words_release(&w);
	rq_str_release(&why);
	ui->dirty = true;
}
