/* crash.h - gives the terminal back when the process dies of a signal. */
#ifndef RQ_TUI_CRASH_H
#define RQ_TUI_CRASH_H

#include <termios.h>

enum { RQ_CRASH_TEXT = 256 };

/* From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT first write TEXT to stdout and set MODES
 * on stdin. Copies both. */
void rq_crash_arm(const struct termios *modes, const char *text);
void rq_crash_disarm(void);
/* What is written to stderr from now on does not reach the screen; rq_crash_release, or the death
 * of the process, writes it to where it belonged. Nothing happens where stderr is no terminal. */
void rq_crash_hold_stderr(void);
void rq_crash_release_stderr(void);

#endif
