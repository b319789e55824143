/* known.h - the names that completion offers, and asking a server for those that are not here: nobody waits for it. */
#ifndef RQ_TUI_KNOWN_H
#define RQ_TUI_KNOWN_H

#include "tui/cmdline.h"

struct rq_ui;
struct rq_known;

struct rq_known *rq_known_new(struct rq_ui *ui);
/* An answer that is still to come finds nobody. */
void rq_known_free(struct rq_known *k);
/* What is known now; it lasts as long as A and until the loop's next turn. */
void rq_known_sources(struct rq_known *k, struct rq_arena *a, struct rq_sources *out);
/* Asks for the workflows of QUEUE, "" the first that has some, unless that was done lately. true: the answer is still to
 * come. */
bool rq_known_ask_workflows(struct rq_known *k, const char *queue);
/* How many answers there were. */
unsigned rq_known_answers(const struct rq_known *k);

#endif
