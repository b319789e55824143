/* words.h - the words of a command, owned, and what they are about. */
#ifndef RQ_TUI_WORDS_H
#define RQ_TUI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/command/command.h"

struct rq_ui;

struct rq_words {
	char **v; /* ends with NULL once there is one */
	size_t n, cap;
};

void rq_words_add(struct rq_words *w, const char *word);
void rq_words_add_all(struct rq_words *w, char *const *words, size_t n);
void rq_words_drop_last(struct rq_words *w);
void rq_words_release(struct rq_words *w);
/* As one line that rq_words_split cuts into the same words; the caller frees it. */
char *rq_words_join(char *const *words, size_t n);
/* Whether the option WORD is among those behind the first, with or without its value. */
bool rq_words_have(char *const *words, size_t n, const char *word);

/* What the uppermost view has for the placeholder NAME ("jobs") of N bytes, as words. */
void rq_words_pick(struct rq_ui *ui, const char *name, size_t n, struct rq_words *out);
/* What a view that shows the one job ID has for WHAT (struct rq_view_ops, pick). */
void rq_pick_of_job(struct rq_ui *ui, const char *id, const char *what, struct rq_str *out);
/* WORD with its placeholder filled in; one that the view has nothing for is left out, with the
 * option before it. */
void rq_words_expand(struct rq_ui *ui, const char *word, struct rq_words *out);
/* The first argument of a command, NULL none: not the value of an option. The caller frees it. */
char *rq_words_object(const struct rq_command *c, char *const *words, size_t n);

/* before.c */
/* Asks when there is a reason to: true, and the answer runs the words. */
bool rq_run_ask(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n,
		const char *object);

/* missing.c: what a command that can be parsed still lacks, NULL nothing: a form asks for it. WORDS, those behind the
 * command's name, get what the form shall begin with. */
const char *rq_run_missing(struct rq_ui *ui, struct rq_cmd *cmd, struct rq_words *words);

#endif
