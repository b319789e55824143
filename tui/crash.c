/* What must be done with the terminal when the process dies. */
#include "tui/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/str.h"

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

enum { N_SIGNALS = sizeof signals / sizeof signals[0] };

/* A signal handler is given nothing but the signal's number: this is the one variable of the
 * program that belongs to no context. */
static struct {
	struct termios modes;
	char text[RQ_CRASH_TEXT];
	size_t n;
	struct sigaction before[N_SIGNALS];
	volatile sig_atomic_t armed;
	int held, real; /* where stderr goes meanwhile, and where it belongs; 0: it is not held */
} crash_terminal;

/* Only what POSIX allows in a handler. */
static void give_back(int signum)
{
	int i;

	if (crash_terminal.armed) {
		crash_terminal.armed = 0;
		if (write(STDOUT_FILENO, crash_terminal.text, crash_terminal.n) < 0) {
			/* Then nobody sees it either. */
		}
		tcsetattr(STDIN_FILENO, TCSANOW, &crash_terminal.modes);
		rq_crash_release_stderr();
	}
	for (i = 0; i < N_SIGNALS; i++) {
		if (signals[i] == signum)
			sigaction(signum, &crash_terminal.before[i], NULL);
	}
	raise(signum);
}

void rq_crash_arm(const struct termios *modes, const char *text)
{
	struct sigaction act = { 0 };
	int i;

	crash_terminal.modes = *modes;
	rq_copy(crash_terminal.text, sizeof crash_terminal.text, text);
	crash_terminal.n = strlen(crash_terminal.text);
	act.sa_handler = give_back;
	sigemptyset(&act.sa_mask);
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &act, &crash_terminal.before[i]);
	crash_terminal.armed = 1;
}

void rq_crash_disarm(void)
{
	int i;

	if (!crash_terminal.armed)
		return;
	crash_terminal.armed = 0;
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &crash_terminal.before[i], NULL);
}

/* ---- stderr ---- */

void rq_crash_hold_stderr(void)
{
	FILE *f;

	if (crash_terminal.held || !isatty(STDERR_FILENO) || !(f = tmpfile()))
		return;
	crash_terminal.real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	crash_terminal.held = fcntl(fileno(f), F_DUPFD_CLOEXEC, 3);
	fclose(f);
	dup2(crash_terminal.held, STDERR_FILENO);
}

/* Called by the handler of deadly signals: only what POSIX allows there. */
void rq_crash_release_stderr(void)
{
	char buf[1024];
	ssize_t n;
	off_t off = 0;

	if (!crash_terminal.held)
		return;
	dup2(crash_terminal.real, STDERR_FILENO);
	while ((n = pread(crash_terminal.held, buf, sizeof buf, off)) > 0 &&
	       write(STDERR_FILENO, buf, (size_t)n) == n)
		off += n;
	close(crash_terminal.held);
	close(crash_terminal.real);
	crash_terminal.held = crash_terminal.real = 0;
}
