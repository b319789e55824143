/* A question before what is hard to reverse. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/cmdtext.h"
#include "tui/ui.h"
#include "tui/words.h"

struct confirm {
	struct rq_view view;
	char *question;
	struct rq_words words;          /* of the command */
	char *line;                     /* for a shell */
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct confirm *c = (struct confirm *)view;
	struct rq_draw *d = view->ui->draw;
	int row = r.row + r.rows - 1, col, rows = rq_cmdtext_rows(c->line, r.cols - 14), i;

	if (rows > r.rows / 4)
		rows = r.rows / 4;
	for (i = 1; i <= rows; i++)
		rq_draw_fill(d, row - i, 0, r.cols, RQ_ROLE_NORMAL);
	rq_cmdtext_draw(d, c->line, (struct rq_rect){ row - rows, 1, rows, r.cols - 14 });
	col = r.cols - 11;
	col += rq_draw_text(d, row - 1, col, 6, RQ_ROLE_KEY, "alt-y");
	rq_draw_text(d, row - 1, col, 6, RQ_ROLE_HINT, " copy");
	rq_draw_fill(d, row, 0, r.cols, RQ_ROLE_NORMAL);
	col = 1 + rq_draw_text(d, row, 1, r.cols - 16, RQ_ROLE_WARNING, c->question);
	col += 1 + rq_draw_text(d, row, col + 1, 2, RQ_ROLE_KEY, "y");
	col += rq_draw_text(d, row, col, 6, RQ_ROLE_HINT, " yes  ");
	col += rq_draw_text(d, row, col, 2, RQ_ROLE_KEY, "n");
	rq_draw_text(d, row, col, 6, RQ_ROLE_HINT, " no");
	rq_draw_cursor(d, row, col + 4);
}

static void answer_yes(struct confirm *c)
{
	struct rq_ui *ui = c->view.ui;
	struct rq_words words = c->words;

	memset(&c->words, 0, sizeof c->words);
	rq_ui_pop(ui);
	rq_ui_run_words(ui, words.v, words.n, true);
	rq_words_release(&words);
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct rq_ui *ui = view->ui;

	switch (key) {
	case RQ_KEY_ALT | 'y': rq_cmdtext_copy(ui, ((struct confirm *)view)->line); break;
	case 'y': case 'Y': answer_yes((struct confirm *)view); break;
	case 'n': case 'N': case 'q': case RQ_KEY_ESC: case RQ_KEY_ENTER: case 3:
		rq_ui_pop(ui);
		rq_ui_say(ui, "Nothing was done.");
		break;
	}
	return true;
}

static void free_view(struct rq_view *view)
{
	struct confirm *c = (struct confirm *)view;

	rq_free(c->question);
	rq_free(c->line);
	rq_words_release(&c->words);
	rq_free(c);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_INPUT,
	.over = true,
	.free = free_view,
	.draw = draw,
	.key = key,
};

void rq_view_confirm_open(struct rq_ui *ui, const char *question, char *const *words, size_t n)
{
	struct confirm *c = rq_alloc(sizeof *c);
	struct rq_str line;

	c->view.ops = &ops;
	c->view.ui = ui;
	c->question = rq_strdup(question);
	rq_words_add_all(&c->words, words, n);
	rq_str_init(&line, 0);
	rq_cmdtext(words, n, &line);
	c->line = rq_str_detach(&line);
	rq_ui_push(ui, &c->view);
}
