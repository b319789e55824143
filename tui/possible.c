/* What can be done now. */
#include "tui/possible.h"

#include <stdarg.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/cmdline.h"
#include "tui/ui.h"

static bool RQ_PRINTF(2, 3) no(struct rq_str *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why)
		rq_str_vaddf(why, fmt, ap);
	va_end(ap);
	return false;
}

/* What the uppermost view has for WHAT: the first word, as it is. "" nothing. */
static void picked(struct rq_ui *ui, const char *what, struct rq_str *out)
{
	struct rq_view *v = rq_ui_base(ui);

	if (v->ops->pick)
		v->ops->pick(v, what, out);
}

/* What was asked for already, and waits to be carried out. */
static bool held_allows(struct rq_ui *ui, const char *command, const struct rq_job *j, struct rq_str *why)
{
	const char *held = rq_held_command(ui, j->id);
	char key[RQ_KEY_NAME_LEN + 32];

	if (!held || rq_eq(held, command) || !(rq_eq(command, "cancel") || rq_eq(command, "reroute")))
		return true;
	return no(why, "%s is about to be %s; %s takes that back.", j->id, rq_eq(held, "cancel") ? "cancelled" : "moved",
		  rq_ui_key_for(ui, "undo", key));
}

static bool job_allows(const char *command, const struct rq_job *j, struct rq_str *why)
{
	if (rq_eq(command, "cancel") && !rq_job_active(j))
		return no(why, "%s has finished; there is nothing to cancel.", j->id);
	if (rq_eq(command, "reroute") && !rq_job_active(j))
		return no(why, "%s has finished; retry runs it again.", j->id);
	if (rq_eq(command, "delete") && rq_job_active(j))
		return no(why, "%s has not finished; cancel it first.", j->id);
	if (rq_eq(command, "approve") && !rq_job_active(j) && !rq_eq(j->reason, RQ_WHY_APPROVAL))
		return no(why, "%s has finished; nothing of it waits for approval.", j->id);
	if (rq_eq(command, "explain") && !*j->decision_id)
		return no(why, "Nothing was decided about %s: it did not come by relayq.", j->id);
	if (rq_eq(command, "retry") && rq_job_active(j))
		return no(why, "%s has not finished; it can be run again when it has.", j->id);
	return true;
}

static bool runner_allows(const char *command, const struct rq_runner *r, struct rq_str *why)
{
	if (rq_eq(command, "drain") && r->drain != RQ_DRAIN_ACTIVE)
		return no(why, "%s is drained already; undrain takes it back into use.", r->name);
	if (rq_eq(command, "undrain") && r->drain == RQ_DRAIN_ACTIVE)
		return no(why, "%s is not drained.", r->name);
	if (rq_eq(command, "runner labels") && r->drain != RQ_DRAIN_ACTIVE)
		return no(why, "%s is drained, and its labels tell how to undo that: undrain it first.", r->name);
	if (rq_eq(command, "runner remove") && r->running)
		return no(why, "%s runs a job; drain it, and remove it when it is through.", r->name);
	return true;
}

/* The queue that the thing is on; another one may be able to. */
static bool queue_can(struct rq_ui *ui, const struct rq_command *c, const char *queue, struct rq_str *why)
{
	const char *sentence = "";

	return !c->caps || rq_can(ui->rq, queue, c->caps, &sentence) || no(why, "This is not possible: %s.", sentence);
}

static bool check_jobs(struct rq_ui *ui, const struct rq_command *c, const char *what, struct rq_str *why)
{
	struct rq_error e;
	struct rq_str ids;
	char **words = NULL;
	size_t n = 0, i;
	bool can = false;

	rq_str_init(&ids, 0);
	picked(ui, what, &ids);
	if (rq_words_split(rq_str_get(&ids), &words, &n, &e)) {
		rq_str_release(&ids);
		return no(why, "%s", e.msg);
	}
	if (!n)
		no(why, "%s needs a job; there is none here.", c->name);
	/* Of several, one is enough: each gets its own answer. */
	for (i = 0; i < n && !can; i++) {
		const struct rq_job *j = rq_snapshot_job(ui->snap, words[i]);

		can = !j || (queue_can(ui, c, j->queue, i + 1 == n ? why : NULL) &&
			     held_allows(ui, c->name, j, i + 1 == n ? why : NULL) &&
			     job_allows(c->name, j, i + 1 == n ? why : NULL));
	}
	rq_words_free(words);
	rq_str_release(&ids);
	return can;
}

static bool check_runner(struct rq_ui *ui, const struct rq_command *c, struct rq_str *why)
{
	const struct rq_runner *r;
	struct rq_str name;
	bool can = true;

	rq_str_init(&name, 0);
	picked(ui, "runner", &name);
	if (name.len) {
		r = rq_snapshot_runner(ui->snap, name.s + 1);
		can = !r || (queue_can(ui, c, r->queue, why) && runner_allows(c->name, r, why));
	} else if (rq_eq(c->name, "undrain")) {
		can = no(why, "%s needs a runner; there is none here.", c->name);
	}
	rq_str_release(&name);
	return can;
}

static bool check_any(struct rq_ui *ui, const char *what, const char *none, struct rq_str *why)
{
	struct rq_str id;
	bool can;

	rq_str_init(&id, 0);
	picked(ui, what, &id);
	can = id.len || no(why, "%s", none);
	rq_str_release(&id);
	return can;
}

bool rq_ui_possible(struct rq_ui *ui, const char *text, struct rq_str *why)
{
	const struct rq_command *c;
	const char *rest, *sentence = "";
	enum rq_do d;
	size_t n;

	if (rq_do_find(text, &d, &rest))
		return true;
	c = rq_cmdline_command_of(text, &n);
	if (!c)
		return true;
	if (c->flags & RQ_CMD_WRITES && rq_read_only(ui->rq))
		return no(why, "%s is not possible: %s.", c->name, rq_read_only_why);
	if (c->caps && !rq_can(ui->rq, NULL, c->caps, &sentence))
		return no(why, "This is not possible: %s.", sentence);
	if (strstr(text, "{previous"))
		return check_any(ui, "previous", "This is the first decision about the job.", why);
	if (strstr(text, "{run}"))
		return check_jobs(ui, c, "run", why);
	if (strstr(text, "{decision"))
		return check_any(ui, "decision", "There is no decision here.", why);
	if (strstr(text, "{job") || (c->flags & RQ_CMD_NEEDS_JOB && n == strlen(text)))
		return check_jobs(ui, c, strstr(text, "{jobs}") ? "jobs" : "job", why);
	if (strstr(text, "{runner"))
		return check_runner(ui, c, why);
	return true;
}
