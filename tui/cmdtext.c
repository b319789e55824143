/* Command lines for people and shells. */
#include "tui/cmdtext.h"

#include <stdio.h>
#include <string.h>
#include "core/base/text.h"
#include "tui/clipboard.h"
#include "tui/cmdline.h"

enum { SIGN_COLS = 2, INDENT_COLS = 4 };

/* ---- the text ---- */

static bool variable_name(const char *s, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return n && strspn(s, letters) >= n && !(*s >= '0' && *s <= '9');
}

/* The shell has the value, or whoever pastes it puts one there. */
static void add_variable(struct rq_str *out, const char *word)
{
	size_t n = strcspn(word, "=");

	if (!word[n])
		rq_words_quote(out, word);
	else if (variable_name(word, n))
		rq_str_addf(out, "%.*s=\"$%.*s\"", (int)n, word, (int)n, word);
	else
		rq_str_add(out, "NAME=VALUE");
}

void rq_cmdtext(char *const *words, size_t n, struct rq_str *out)
{
	const struct rq_opt *opt = NULL;
	const struct rq_arg *arg;
	struct rq_walk w;
	size_t i, used, skip;
	const struct rq_command *c = rq_cmdline_command(words, n, &used);

	rq_str_add(out, "relayq");
	if (c)
		rq_walk_init(&w, c);
	for (i = 0; i < n; i++) {
		rq_str_addc(out, ' ');
		opt = NULL;
		skip = 0;
		if (c && i >= used)
			rq_walk_word(&w, words[i], &opt, &arg, &skip);
		if (!opt || opt->type != RQ_VALUE_ENV) {
			rq_words_quote(out, words[i]);
			continue;
		}
		rq_str_addn(out, words[i], skip);
		add_variable(out, words[i] + skip);
	}
}

/* ---- on the screen ---- */

/* How much of S goes into a row: up to a blank between words where there is one. *soft: it ends at such a blank. */
static size_t row_of(const char *s, int cols, bool *soft)
{
	size_t most = rq_text_fit(s, cols > 1 ? cols : 1, NULL), at = 0, i;
	char quote = 0;

	*soft = true;
	if (!s[most])
		return most;
	for (i = 0; i <= most && s[i]; i++) {
		if (quote)
			quote = s[i] == quote ? 0 : quote;
		else if (s[i] == '\'' || s[i] == '"')
			quote = s[i];
		else if (s[i] == ' ')
			at = i;
	}
	*soft = at > 0;
	return at ? at : most ? most : strlen(s);
}

static int next_row(const char **s, int cols, bool first, size_t *n, bool *soft)
{
	int indent = first ? SIGN_COLS : INDENT_COLS;

	*n = row_of(*s, cols - indent - 2, soft);
	return indent;
}

int rq_cmdtext_rows(const char *text, int cols)
{
	int rows = 0;
	bool soft;
	size_t n;

	do {
		next_row(&text, cols, rows++ == 0, &n, &soft);
		text += n + (soft && text[n] == ' ');
	} while (*text);
	return rows;
}

void rq_cmdtext_draw(struct rq_draw *d, const char *text, struct rq_rect r)
{
	struct rq_str row;
	bool soft;
	size_t n;
	int i;

	rq_str_init(&row, 0);
	for (i = 0; i < r.rows && (*text || !i); i++) {
		int indent = next_row(&text, r.cols, i == 0, &n, &soft);

		rq_str_clear(&row);
		if (i + 1 == r.rows)
			rq_str_add(&row, text); /* what is left of it, as far as it fits */
		else
			rq_str_addf(&row, "%.*s%s", (int)n, text, !text[n] ? "" : soft ? " \\" : "\\");
		if (!i)
			rq_draw_text(d, r.row, r.col, 1, RQ_ROLE_KEY, "$");
		rq_draw_text(d, r.row + i, r.col + indent, r.cols - indent, RQ_ROLE_HINT, rq_str_get(&row));
		text += n + (soft && text[n] == ' ');
	}
	rq_str_release(&row);
}

void rq_cmdtext_copy(struct rq_ui *ui, const char *text)
{
	rq_clipboard_copy(ui, text, strlen(text), "The command line");
}
