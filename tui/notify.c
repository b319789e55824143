/* Telling about jobs that end. */
#include "tui/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/clipboard.h"
#include "tui/hook.h"
#include "tui/ui.h"

enum { BURST_MS = 150, APART_MS = 1000, ENV_N = 5, ENV_MAX = 4096 };

static const char *setting(struct rq_ui *ui, const char *name)
{
	return rq_config_str(rq_get_config(ui->rq), name);
}

/* ---- the ways to tell ---- */

static void ring(struct rq_ui *ui)
{
	const struct rq_notices *n = &ui->notify.notices;
	const char *when = setting(ui, "notify.bell");
	bool failures = rq_eq(when, "failure") || rq_eq(when, "all"), watched = rq_eq(when, "watched") || rq_eq(when, "all");
	size_t i;

	for (i = 0; i < n->n; i++)
		if ((failures && n->v[i].failed) || (watched && n->v[i].watched)) {
			rq_term_write(ui->term, "\007", 1);
			return;
		}
}

static void tell_desktop(struct rq_ui *ui, const char *text)
{
	const char *how = setting(ui, "notify.desktop");
	struct rq_str out;

	if (rq_eq(how, "off"))
		return;
	rq_str_init(&out, 8192);
	rq_notify_sequence(how, rq_clipboard_kind(getenv("TERM"), getenv("TMUX"), getenv("STY"), NULL), text, &out);
	rq_term_write(ui->term, out.s, out.len);
	rq_str_release(&out);
}

static void tell_hook(struct rq_ui *ui, const struct rq_ended *x)
{
	char text[ENV_N][ENV_MAX];
	const char *env[ENV_N];
	int i;

	snprintf(text[0], ENV_MAX, "RELAYQ_EVENT=%s", x->failed ? "failure" : "end");
	snprintf(text[1], ENV_MAX, "RELAYQ_JOB=%s", x->job);
	snprintf(text[2], ENV_MAX, "RELAYQ_STATUS=%s", rq_status_name(RQ_STATUS_COMPLETED));
	snprintf(text[3], ENV_MAX, "RELAYQ_CONCLUSION=%s", rq_conclusion_name(x->conclusion));
	snprintf(text[4], ENV_MAX, "RELAYQ_NAME=%s", x->name);
	for (i = 0; i < ENV_N; i++)
		env[i] = text[i];
	rq_hook_run(ui->notify.hook, setting(ui, "notify.command"), env, ENV_N);
}

static void tell(void *ud)
{
	struct rq_ui *ui = ud;
	struct rq_notices *n = &ui->notify.notices;
	bool failed = n->left_out > 0;
	struct rq_str text;
	size_t i;

	if (!n->n)
		return;
	ui->notify.told_ns = rq_mono_ns();
	rq_str_init(&text, 4096);
	rq_notices_text(n, &text);
	ring(ui);
	tell_desktop(ui, rq_str_get(&text));
	for (i = 0; i < n->n; i++) {
		failed |= n->v[i].failed;
		if (*setting(ui, "notify.command"))
			tell_hook(ui, &n->v[i]);
	}
	rq_messages_say(&ui->status, ui, failed ? RQ_SAY_WARNING : RQ_SAY_INFO, "%s", rq_str_get(&text));
	rq_str_release(&text);
	rq_notices_clear(n);
}

/* ---- when ---- */

/* Whether failures of jobs that nobody watches are told in some way. */
static bool failures_matter(struct rq_ui *ui)
{
	const char *bell = setting(ui, "notify.bell");

	return rq_eq(bell, "failure") || rq_eq(bell, "all") || !rq_eq(setting(ui, "notify.desktop"), "off") ||
	       *setting(ui, "notify.command");
}

void rq_notify_snapshot(struct rq_ui *ui)
{
	struct rq_notify *n = &ui->notify;
	int64_t since = (rq_mono_ns() - n->told_ns) / 1000000;

	rq_notices_look(&n->notices, ui->snap, failures_matter(ui));
	if (n->notices.n && !rq_timer_active(n->timer))
		rq_timer_start(n->timer, !n->told_ns || since >= APART_MS - BURST_MS ? BURST_MS : APART_MS - since, 0);
}

static void hook_failed(void *ud, const char *text)
{
	rq_ui_warn((struct rq_ui *)ud, "%s", text);
}

void rq_notify_start(struct rq_ui *ui)
{
	ui->notify.notices.since = rq_now();
	ui->notify.timer = rq_timer_new(ui->loop, tell, ui);
	ui->notify.hook = rq_hook_new(ui->loop, hook_failed, ui);
	rq_notices_look(&ui->notify.notices, ui->snap, false);
}

void rq_notify_stop(struct rq_ui *ui)
{
	rq_hook_free(ui->notify.hook);
	rq_timer_free(ui->notify.timer);
	rq_notices_release(&ui->notify.notices);
}

/* ---- watching ---- */

/* "17" is "local:17", where such a job is shown; a job of a run stands for its run. */
static const struct rq_job *find_job(struct rq_ui *ui, const char *id)
{
	char *run = rq_strndup(id, strcspn(id, "/"));
	const struct rq_job *j = rq_snapshot_find_job(ui->snap, run);

	rq_free(run);
	return j;
}

static void watch_one(struct rq_ui *ui, const char *id)
{
	const struct rq_job *j = find_job(ui, id);

	if (!j)
		rq_ui_fail(ui, "There is no job %s here that could be watched.", id);
	else if (!rq_job_active(j) && !rq_notices_watched(&ui->notify.notices, j->id))
		rq_ui_say(ui, "%s has finished; there is no end to wait for.", j->id);
	else if (rq_notices_watch(&ui->notify.notices, j->id))
		rq_ui_say(ui, "%s is watched: its end will be told.", j->id);
	else
		rq_ui_say(ui, "%s is not watched any more.", j->id);
}

static void say_watched(struct rq_ui *ui, size_t n)
{
	if (n > 1)
		rq_ui_say(ui, "%zu jobs are watched now.", n);
	else
		rq_ui_say(ui, "%s job is watched now.", n ? "One" : "No");
}

void rq_notify_watch(struct rq_ui *ui, const char *arg)
{
	struct rq_view *v = rq_ui_base(ui);
	struct rq_error e;
	struct rq_str ids;
	char **words = NULL;
	size_t n = 0, i;

	rq_str_init(&ids, 65536);
	if (*arg)
		rq_str_add(&ids, arg);
	else if (v->ops->pick)
		v->ops->pick(v, "jobs", &ids);
	if (rq_words_split(rq_str_get(&ids), &words, &n, &e))
		rq_ui_fail(ui, "%s", e.msg);
	else if (!n)
		rq_ui_say(ui, "There is no job here to watch.");
	for (i = 0; i < n; i++)
		watch_one(ui, words[i]);
	if (n > 1)
		say_watched(ui, ui->notify.notices.watched.n);
	rq_words_free(words);
	rq_str_release(&ids);
}
