/* Before a command runs: whether it is asked first. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/cmdline.h"
#include "tui/listview.h"
#include "tui/ui.h"
#include "tui/words.h"

/* How many jobs, or other things, are named; of jobs that run nothing is taken away without a question. */
static size_t named_among(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n, size_t *running)
{
	size_t i, count = 0, used, skip;
	const struct rq_opt *opt;
	const struct rq_arg *arg;
	struct rq_walk w;

	rq_walk_init(&w, c);
	rq_cmdline_command(words, n, &used);
	for (*running = 0, i = used; i < n; i++) {
		const struct rq_job *j;

		rq_walk_word(&w, words[i], &opt, &arg, &skip);
		count += arg != NULL;
		j = arg ? rq_snapshot_find_job(ui->snap, words[i]) : NULL;
		*running += j && j->status == RQ_STATUS_IN_PROGRESS;
	}
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
	size_t running, named = named_among(ui, c, words, n, &running);

	if (!rq_eq(c->name, "cancel") && !rq_eq(c->name, "reroute"))
		running = 0;
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
	if (running == 1 && named == 1)
		snprintf(question, sizeof question, "%s runs. End it%s?", object,
			 rq_words_have(words, n, "--force") ? " at once" : "");
	else if (running)
		snprintf(question, sizeof question, "%zu jobs, %zu of them running. End them?",
			 named, running);
	else
		snprintf(question, sizeof question, "%s?", c->summary);
	add_hidden(ui, named, question, sizeof question);
	rq_view_confirm_open(ui, question, words, n);
	return true;
}
