/* manual.h - relayq's own manual pages, as they are compiled in, and what is where in them. */
#ifndef RQ_TUI_MANUAL_H
#define RQ_TUI_MANUAL_H

#include <stdbool.h>
#include "core/base/embed.h"
#include "core/base/str.h"

/* The page "relayq-drain.1"; NULL none. */
const struct rq_embedded *rq_manual_page(const char *name);
/* A page's name without its directory. */
const char *rq_manual_name(const struct rq_embedded *page);
/* Where TOPIC is told: a page's name with or without "relayq-" and its section ("drain", "keymap", "policy.5"), a command
 * ("runner new"), what the console does itself ("sort reverse"), a setting, a reason's code. ANCHOR gets the line of the
 * page to begin at, "" its first. NULL: nowhere; NEAREST (may be NULL) then gets the topic most like it, "" none. */
const struct rq_embedded *rq_manual_find(const char *topic, struct rq_str *anchor, struct rq_str *nearest);
/* All topics, page by page: FN gets a page's short name ("policy", "policy.5" where another page comes first) with its own
 * words about it, then the topics within. */
typedef void rq_topic_fn(void *ud, const char *topic, const char *about, bool page);
void rq_manual_topics(rq_topic_fn *fn, void *ud);
/* A page that lists all pages and what each is about, in mdoc. */
void rq_manual_index(struct rq_str *out);

#endif
