#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/screen/pty.h"

/* --- the leader: a process of its own, which stands where a shell would --- */

struct report {
	pid_t pid;
	int status;
	bool continued;
};

/* The leader is a process that runs nothing but this file; its handlers need these. */
static volatile sig_atomic_t job_group;
static volatile sig_atomic_t job_terminal;

static void on_foreground(int sig)
{
	(void)sig;
	tcsetpgrp(job_terminal, job_group);
	kill(-job_group, SIGCONT);
}

static void on_hangup(int sig)
{
	(void)sig;
	kill(-job_group, SIGHUP);
	kill(-job_group, SIGCONT);
}

static void handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = fn;
	sa.sa_flags = flags;
	sigaction(sig, &sa, NULL);
}

static void tell(int fd, pid_t pid, int status, bool continued)
{
	struct report r;

	memset(&r, 0, sizeof r);
	r.pid = pid;
	r.status = status;
	r.continued = continued;
	if (write(fd, &r, sizeof r) < 0)
		_exit(1);
}

static void run_program(int slave, char *const argv[], char *const envp[])
{
	static const int defaults[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTSTP,
					SIGTTIN, SIGTTOU, SIGUSR1, SIGPIPE };

	setpgid(0, 0);
	tcsetpgrp(slave, getpid());
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		handle(defaults[i], SIG_DFL, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	if (slave > 2)
		close(slave);
	execve(argv[0], argv, envp);
	dprintf(2, "cannot run %s: %s\r\n", argv[0], strerror(errno));
	_exit(127);
}

static void lead(int slave, int reports, char *const argv[], char *const envp[])
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };
	int status;
	pid_t pid;

	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		handle(ignored[i], SIG_IGN, 0);
	pid = fork();
	if (pid == 0)
		run_program(slave, argv, envp);
	setpgid(pid, pid);
	job_group = (int)pid;
	job_terminal = slave;
	handle(SIGUSR1, on_foreground, SA_RESTART);
	handle(SIGHUP, on_hangup, SA_RESTART);
	tell(reports, pid, 0, true);
	while (waitpid(pid, &status, WUNTRACED | WCONTINUED) == pid) {
		if (WIFSTOPPED(status))
			tcsetpgrp(slave, getpgrp());
		tell(reports, pid, status, WIFCONTINUED(status));
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
	}
	/* Its end would hang the terminal up: stay until the harness has looked at it. */
	handle(SIGHUP, SIG_DFL, 0);
	for (;;)
		pause();
}

/* --- the harness's side --- */

static int open_pair(struct pty *p, int rows, int cols)
{
	const char *name;

	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->master < 0)
		return -1;
	if (grantpt(p->master) || unlockpt(p->master) || !(name = ptsname(p->master)))
		return -1;
	p->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->slave < 0)
		return -1;
	fcntl(p->master, F_SETFL, O_NONBLOCK);
	tcgetattr(p->slave, &p->initial);
	pty_resize(p, rows, cols);
	return 0;
}

static bool take_report(struct pty *p)
{
	struct report r;

	if (read(p->reports, &r, sizeof r) != (ssize_t)sizeof r)
		return false;
	p->pid = r.pid;
	p->stopped = !r.continued && WIFSTOPPED(r.status);
	p->stops += p->stopped;
	if (!r.continued && !p->stopped) {
		p->exited = true;
		p->status = r.status;
	}
	return true;
}

int pty_spawn(struct pty *p, int rows, int cols, char *const argv[], char *const envp[],
	      const char *cwd)
{
	int pipes[2];

	memset(p, 0, sizeof *p);
	p->master = p->slave = p->reports = -1;
	if (open_pair(p, rows, cols) || pipe(pipes))
		return -1;
	fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
	fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
	p->leader = fork();
	if (p->leader < 0)
		return -1;
	if (p->leader == 0) {
		close(p->master);
		close(pipes[0]);
		if (chdir(cwd))
			_exit(126);
		lead(p->slave, pipes[1], argv, envp);
	}
	close(pipes[1]);
	p->reports = pipes[0];
	if (!take_report(p)) {
		errno = ECHILD;
		return -1;
	}
	fcntl(p->reports, F_SETFL, O_NONBLOCK);
	return 0;
}

size_t pty_pump(struct pty *p, char *buf, size_t size, int ms)
{
	struct pollfd fds[2] = {
		{ .fd = p->master, .events = POLLIN },
		{ .fd = p->exited ? -1 : p->reports, .events = POLLIN },
	};
	ssize_t n;

	if (poll(fds, 2, ms) <= 0)
		return 0;
	if (fds[1].revents && !take_report(p) && (fds[1].revents & POLLHUP))
		p->exited = true; /* the leader is gone; nothing more will be known */
	if (!(fds[0].revents & POLLIN))
		return 0;
	n = read(p->master, buf, size);
	return n > 0 ? (size_t)n : 0;
}

bool pty_write(struct pty *p, const char *s, size_t n)
{
	struct pollfd fd = { .fd = p->master, .events = POLLOUT };

	while (n) {
		ssize_t done = write(p->master, s, n);

		if (done > 0) {
			s += done;
			n -= (size_t)done;
		} else if (errno != EAGAIN || poll(&fd, 1, 1000) <= 0) {
			return false;
		}
	}
	return true;
}

int pty_unread(const struct pty *p)
{
	int n = 0;

	if (p->slave < 0 || ioctl(p->slave, FIONREAD, &n))
		return 0;
	return n;
}

void pty_resize(struct pty *p, int rows, int cols)
{
	struct winsize ws;

	memset(&ws, 0, sizeof ws);
	ws.ws_row = (unsigned short)rows;
	ws.ws_col = (unsigned short)cols;
	ioctl(p->master, TIOCSWINSZ, &ws);
}

void pty_signal(struct pty *p, int sig)
{
	if (!p->exited)
		kill(p->pid, sig);
}

void pty_continue(struct pty *p)
{
	kill(p->leader, SIGUSR1);
}

void pty_hangup(struct pty *p)
{
	if (p->slave >= 0)
		close(p->slave);
	if (p->master >= 0)
		close(p->master);
	p->slave = p->master = -1;
}

bool pty_modes_restored(const struct pty *p, char *why, size_t size)
{
	struct termios now;
	const struct termios *was = &p->initial;

	if (p->slave < 0 || tcgetattr(p->slave, &now)) {
		snprintf(why, size, "the terminal is closed");
		return false;
	}
	snprintf(why, size,
		 "terminal modes: input %#lx was %#lx, output %#lx was %#lx, local %#lx was %#lx",
		 (unsigned long)now.c_iflag, (unsigned long)was->c_iflag,
		 (unsigned long)now.c_oflag, (unsigned long)was->c_oflag,
		 (unsigned long)now.c_lflag, (unsigned long)was->c_lflag);
	return now.c_iflag == was->c_iflag && now.c_oflag == was->c_oflag &&
	       now.c_lflag == was->c_lflag && !memcmp(now.c_cc, was->c_cc, sizeof now.c_cc);
}

void pty_close(struct pty *p)
{
	int status;

	if (p->leader > 0) {
		if (!p->exited)
			kill(p->pid, SIGKILL);
		kill(p->leader, SIGKILL);
		waitpid(p->leader, &status, 0);
	}
	pty_hangup(p);
	if (p->reports >= 0)
		close(p->reports);
	p->reports = -1;
	p->leader = 0;
}
