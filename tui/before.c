/* Before a command runs: what would undo it, and whether it is asked first. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/ui.h"
#include "tui/words.h"

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

char *rq_run_reverse(struct rq_ui *ui, const struct rq_command *c, const char *object)
{
	if (!object)
		return NULL;
	if (rq_eq(c->name, "drain") || rq_eq(c->name, "undrain"))
		return reverse_drain(ui, c->name, object);
	return rq_eq(c->name, "reroute") ? reverse_reroute(ui, object) : NULL;
}

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

bool rq_run_ask(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n,
		      const char *object)
{
	char question[256];
	size_t running = rq_eq(c->name, "cancel") || rq_eq(c->name, "reroute") ? running_among(ui, words, n) : 0;

	if (rq_eq(c->name, "reroute") && running && !rq_words_have(words, n, "--restart")) {
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
