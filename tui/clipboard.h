/* clipboard.h - text into the clipboard of the terminal one sits at, also over SSH and through tmux and screen.
 *
 * OSC 52 carries it. tmux takes it by a command of its own, which works as tmux comes; GNU screen hands it on in pieces. What
 * the terminal does with it is not told back. */
#ifndef RQ_TUI_CLIPBOARD_H
#define RQ_TUI_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/str.h"

struct rq_ui;

/* What common terminals take in one piece: 100,000 bytes, the sequence's own counted. */
enum { RQ_CLIPBOARD_MAX = 74994 };

enum rq_clipboard { RQ_CLIPBOARD_PLAIN, RQ_CLIPBOARD_TMUX, RQ_CLIPBOARD_SCREEN, RQ_CLIPBOARD_NONE };

/* What lies between relayq and the terminal; the values of TERM, TMUX, STY and TERM_PROGRAM, NULL where they are not set. */
enum rq_clipboard rq_clipboard_kind(const char *term, const char *tmux, const char *sty, const char *program);
/* The bytes that copy N bytes of TEXT: appended to OUT. */
void rq_clipboard_sequence(enum rq_clipboard kind, const char *text, size_t n, struct rq_str *out);
/* SEQUENCE, as it gets to the terminal through what lies between: appended to OUT. */
void rq_clipboard_wrap(enum rq_clipboard kind, const struct rq_str *sequence, struct rq_str *out);
/* Copies TEXT, of at most RQ_CLIPBOARD_MAX bytes and free of control characters but newlines; WHAT ("12 lines") is told when it
 * is done, or why it cannot be. false: it cannot, and that is said. */
bool rq_clipboard_copy(struct rq_ui *ui, const char *text, size_t n, const char *what);

#endif
