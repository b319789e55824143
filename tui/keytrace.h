/* keytrace.h - which keys were of use, in a test's file. */
#ifndef RQ_TUI_KEYTRACE_H
#define RQ_TUI_KEYTRACE_H

#include "tui/keymap.h"

/* B was found for a key and is about to run: "VIEW<tab>COMMAND" is added to the file RELAYQ_TEST_KEYS, where that is set. */
void rq_keytrace(const struct rq_binding *b);

#endif
