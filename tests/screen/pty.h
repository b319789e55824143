/* pty.h - a program on a pseudo-terminal, with a small shell's job control around it.
 *
 * The program gets what a login shell would give it: a session whose leader is somebody else, a
 * process group of its own in the foreground, a controlling terminal. So ctrl-z stops it, and
 * closing the terminal hangs it up, as in life. */
#ifndef TEST_SCREEN_PTY_H
#define TEST_SCREEN_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct pty {
	int master;  /* -1 once hung up */
	int slave;   /* kept open so that modes can be read after the program ended */
	int reports; /* from the leader */
	pid_t leader, pid;
	bool stopped, exited;
	int status; /* as of waitpid, once exited */
	int stops;  /* how often it was stopped */
	struct termios initial;
};

/* Returns 0, or -1 with errno set. ARGV[0] is the program's path. */
int pty_spawn(struct pty *p, int rows, int cols, char *const argv[], char *const envp[],
	      const char *cwd);
/* Wait up to MS for output or a change of the program's state, and take both in.
 * Returns the number of bytes put into BUF; 0 when there was no output. */
size_t pty_pump(struct pty *p, char *buf, size_t size, int ms);
/* Returns false when not all of S could be written within a second. */
bool pty_write(struct pty *p, const char *s, size_t n);
/* Bytes written to the terminal that the program has not read yet; 0 when that cannot be told. */
int pty_unread(const struct pty *p);
void pty_resize(struct pty *p, int rows, int cols);
void pty_signal(struct pty *p, int sig);
/* What a shell's `fg` does. */
void pty_continue(struct pty *p);
/* Close the terminal, as a lost connection does. */
void pty_hangup(struct pty *p);
/* Whether the terminal's line discipline is as it was at the start; else WHY says what differs. */
bool pty_modes_restored(const struct pty *p, char *why, size_t size);
/* End the program if it still runs, and its leader. */
void pty_close(struct pty *p);

#endif
