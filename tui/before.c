/* Before a command runs: whether it is asked first. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/listview.h"
#include "tui/ui.h"
#include "tui/words.h"

static bool takes_value(const char *option)
{
	static const char *const with[] = { "--to", "--runs-on", "--reason", "--queue", NULL };
	size_t i;

	for (i = 0; with[i]; i++)
		if (rq_eq(option, with[i]))
			return true;
	return false;
}

const struct rq_job *rq_words_job(struct rq_ui *ui, char *const *words, size_t i)
{
	if (!i || words[i][0] == '-' || takes_value(words[i - 1]))
		return NULL;
	return rq_snapshot_find_job(ui->snap, words[i]);
}

/* A job that runs is not taken away without a question; one that waits is. */
static size_t running_among(struct rq_ui *ui, char *const *words, size_t n)
{
	size_t i, count = 0;

	for (i = 1; i < n; i++) {
		const struct rq_job *j = rq_words_job(ui, words, i);

		count += j && j->status == RQ_STATUS_IN_PROGRESS;
	}
	return count;
}

/* Jobs that are named: what is no option is one. */
static size_t named_among(char *const *words, size_t n)
{
	size_t i, count = 0;

	for (i = 1; i < n; i++)
		count += words[i][0] != '-';
	return count;
}

/* Marks that the filter hides are not meant, which is better said. */
static void add_hidden(struct rq_ui *ui, size_t shown, char *question, size_t size)
{
	size_t hidden = rq_listview_hidden(rq_ui_base(ui)), n = strlen(question);

	if (hidden)
		snprintf(question + n, size - n, " (%zu of %zu marked are shown)", shown, shown + hidden);
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
	if (running == 1 && named_among(words, n) == 1)
		snprintf(question, sizeof question, "%s runs. End it%s?", object,
			 rq_words_have(words, n, "--force") ? " at once" : "");
	else if (running)
		snprintf(question, sizeof question, "%zu jobs, %zu of them running. End them?",
			 named_among(words, n), running);
	else
		snprintf(question, sizeof question, "%s?", c->summary);
	add_hidden(ui, named_among(words, n), question, sizeof question);
	rq_view_confirm_open(ui, question, words, n);
	return true;
}
