/* The words of a command: owned, filled in, and what they are about. */
#include "tui/words.h"

#include <string.h>
#include "core/base/mem.h"
#include "tui/ui.h"

void rq_words_add(struct rq_words *w, const char *word)
{
	RQ_GROW(w->v, w->n + 1, &w->cap);
	w->v[w->n++] = rq_strdup(word);
	w->v[w->n] = NULL;
}

void rq_words_add_all(struct rq_words *w, char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		rq_words_add(w, words[i]);
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

char *rq_words_join(char *const *words, size_t n)
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

bool rq_words_have(char *const *words, size_t n, const char *word)
{
	size_t i, len = strlen(word);

	for (i = 1; i < n; i++)
		if (rq_starts(words[i], word) && (!words[i][len] || words[i][len] == '='))
			return true;
	return false;
}

void rq_words_pick(struct rq_ui *ui, const char *name, size_t n, struct rq_words *out)
{
	struct rq_view *v = rq_ui_base(ui);
	char what[32], **words = NULL;
	struct rq_str ids;
	size_t count = 0;

	if (n >= sizeof what || !v->ops->pick)
		return;
	memcpy(what, name, n);
	what[n] = '\0';
	rq_str_init(&ids, 0);
	v->ops->pick(v, what, &ids);
	if (ids.len && rq_words_split(ids.s, &words, &count, NULL) == RQ_OK)
		rq_words_add_all(out, words, count);
	rq_words_free(words);
	rq_str_release(&ids);
}

/* Where one begins and ends in WORD; NULL none. Other braces, and those of a shell, are text. */
static const char *placeholder(const char *word, const char **close)
{
	size_t i;

	for (i = 0; rq_placeholders[i]; i++) {
		const char *open = strstr(word, rq_placeholders[i]);

		if (open && (open == word || open[-1] != '$')) {
			*close = open + strlen(rq_placeholders[i]) - 1;
			return open;
		}
	}
	return NULL;
}

void rq_words_expand(struct rq_ui *ui, const char *word, struct rq_words *out)
{
	const char *close, *open = placeholder(word, &close);
	struct rq_words values = { 0 };
	struct rq_str s;
	size_t i;

	if (!open) {
		rq_words_add(out, word);
		return;
	}
	rq_words_pick(ui, open + 1, (size_t)(close - open - 1), &values);
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

void rq_pick_of_job(struct rq_ui *ui, const char *id, const char *what, struct rq_str *out)
{
	const struct rq_job *j = rq_snapshot_job(ui->snap, id);
	const char *value = "";

	if (rq_starts(what, "job"))
		value = id;
	else if (rq_starts(what, "runner") && j)
		value = *j->runner_name ? j->runner_name : j->target;
	else if (rq_eq(what, "decision") && j)
		value = j->decision_id;
	rq_words_put(out, value);
}

char *rq_words_object(const struct rq_command *c, char *const *words, size_t n)
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
