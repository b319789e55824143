/* words.h - the words of a command, owned. */
#ifndef RQ_TUI_WORDS_H
#define RQ_TUI_WORDS_H

#include <stddef.h>

struct rq_words {
	char **v;                       /* ends with NULL once there is one */
	size_t n, cap;
};

void rq_words_add(struct rq_words *w, const char *word);
void rq_words_drop_last(struct rq_words *w);
void rq_words_release(struct rq_words *w);

#endif
