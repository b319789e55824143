/* The table of steps, and those about programs. `screen --steps` prints it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "core/base/mem.h"
#include "tests/screen/run.h"
#include "tests/screen/steps.h"

/* --- the environment --- */

static bool step_size(struct run *r, const char *arg)
{
	return sscanf(arg, "%dx%d", &r->rows, &r->cols) == 2 || run_fail(r, "size is ROWSxCOLS");
}

static bool step_env(struct run *r, const char *arg)
{
	const char *eq = strchr(arg, '=');
	char *name;

	if (!eq)
		return run_fail(r, "env is NAME=VALUE");
	name = rq_strndup(arg, (size_t)(eq - arg));
	box_setenv(&r->box, name, eq + 1);
	rq_free(name);
	return true;
}

static bool step_timeout(struct run *r, const char *arg)
{
	r->deadline = 1000 * atoi(arg);
	return true;
}

static bool step_ascii(struct run *r, const char *arg)
{
	(void)arg;
	r->ascii = true;
	return true;
}

static bool step_unset(struct run *r, const char *arg)
{
	box_setenv(&r->box, arg, NULL);
	return true;
}

static bool step_file(struct run *r, const char *arg)
{
	char path[sizeof r->box.dir + 256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", r->box.dir, arg);
	for (char *slash = strchr(path + strlen(r->box.dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0700);
		*slash = '/';
	}
	f = r->step->text ? fopen(path, "w") : NULL;
	if (!f)
		return run_fail(r, "cannot write %s", path);
	for (int i = 0; i < r->step->n_text; i++)
		fprintf(f, "%s\n", r->step->text[i]);
	run_stir(r);
	return !fclose(f);
}

/* --- commands --- */

static int command(struct run *r, const char *text)
{
	int status;

	rq_str_clear(&r->output);
	r->box.used |= strstr(text, "$RELAYQ") != NULL;
	status = box_run(&r->box, text, r->deadline, &r->output, run_idle, r);
	run_pump(r, 0);
	run_stir(r);
	return status;
}

static bool must_give(struct run *r, const char *text, int wanted)
{
	int status = command(r, text);

	if (status == wanted)
		return true;
	if (status < 0)
		return run_fail(r, "did not end within %d s; its output:\n%s", r->deadline / 1000,
				rq_str_get(&r->output));
	return run_fail(r, "ended with %d, not %d; its output:\n%s", status, wanted,
			rq_str_get(&r->output));
}

static bool step_sh(struct run *r, const char *arg)
{
	return must_give(r, arg, 0);
}

static bool relayq(struct run *r, const char *arg, int wanted)
{
	struct rq_str text;
	bool done;

	rq_str_init(&text, 0);
	rq_str_addf(&text, "exec $VT_WRAP \"$RELAYQ\" %s", arg);
	done = must_give(r, rq_str_get(&text), wanted);
	rq_str_release(&text);
	return done;
}

static bool step_run(struct run *r, const char *arg)
{
	return relayq(r, arg, 0);
}

static bool step_run_status(struct run *r, const char *arg)
{
	char *end;
	long wanted = strtol(arg, &end, 10);

	return relayq(r, end, (int)wanted);
}

/* Its output is not what one looks for, so it may be repeated until it succeeds. */
static bool succeeds(struct run *r, const void *arg)
{
	return command(r, arg) == 0;
}

static bool step_wait_sh(struct run *r, const char *arg)
{
	return run_until(r, succeeds, arg) ||
	       run_fail(r, "never succeeds; its last output:\n%s", rq_str_get(&r->output));
}

static bool step_output(struct run *r, const char *arg)
{
	return strstr(rq_str_get(&r->output), arg) ||
	       run_fail(r, "not in the output: %s; it is:\n%s", arg, rq_str_get(&r->output));
}

/* "save NAME COMMAND": the first line of its output becomes ${NAME}. */
static bool step_save(struct run *r, const char *arg)
{
	size_t n = strcspn(arg, " ");
	char *name, *value;

	if (!must_give(r, arg + n, 0))
		return false;
	name = rq_strndup(arg, n);
	value = rq_strdup(rq_str_get(&r->output));
	value[strcspn(value, "\n")] = 0;
	box_setenv(&r->box, name, value);
	rq_free(name);
	rq_free(value);
	return true;
}

static bool step_need(struct run *r, const char *arg)
{
	if (command(r, arg) != 0)
		rq_str_addf(&r->skip, "needs: %s", arg);
	return true;
}

/* --- the program on the terminal --- */

static bool step_start_sh(struct run *r, const char *arg)
{
	return run_start(r, arg);
}

static bool step_start(struct run *r, const char *arg)
{
	struct rq_str text;
	bool done;

#ifndef HAVE_TUI
	rq_str_add(&r->skip, "built without the console");
#endif
	r->box.used = true;
	rq_str_init(&text, 0);
	rq_str_addf(&text, "exec $VT_WRAP \"$RELAYQ\" %s", arg);
	done = run_start(r, rq_str_get(&text));
	rq_str_release(&text);
	return done;
}

static bool step_key(struct run *r, const char *arg)
{
	return run_keys(r, arg);
}

static bool step_other(struct run *r, const char *arg)
{
	(void)arg;
	run_other(r);
	return true;
}

static bool step_settle(struct run *r, const char *arg)
{
	(void)arg;
	run_settle(r);
	return true;
}

static bool step_bytes_max(struct run *r, const char *arg)
{
	long n, max = strtol(arg, NULL, 10);

	run_settle(r);
	n = r->vt.wire.bytes - r->bytes_at_key;
	return n <= max || run_fail(r, "%ld bytes since the last key, more than %ld", n, max);
}

static bool step_bytes_min(struct run *r, const char *arg)
{
	long n, min = strtol(arg, NULL, 10);

	run_settle(r);
	n = r->vt.wire.bytes - r->bytes_at_key;
	return n >= min || run_fail(r, "%ld bytes since the last key, fewer than %ld", n, min);
}

static bool step_writes_max(struct run *r, const char *arg)
{
	long n, max = strtol(arg, NULL, 10);

	run_settle(r);
	n = run_writes(r);
	if (n < 0 || r->writes_at_key < 0)
		return true; /* the system does not count them */
	n -= r->writes_at_key;
	return n <= max || run_fail(r, "%ld writes since the last key, more than %ld", n, max);
}

static bool step_resize(struct run *r, const char *arg)
{
	if (!step_size(r, arg))
		return false;
	run_settle(r); /* what was written for the old size belongs on the old size */
	vt_resize(&r->vt, r->rows, r->cols);
	pty_resize(&r->pty, r->rows, r->cols);
	r->bytes_at_key = r->vt.wire.bytes;
	run_stir(r);
	return true;
}

static int signal_number(const char *name)
{
	static const struct {
		const char *name;
		int sig;
	} all[] = {
		{ "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT },
		{ "KILL", SIGKILL }, { "TERM", SIGTERM }, { "SEGV", SIGSEGV },
		{ "ABRT", SIGABRT }, { "STOP", SIGSTOP }, { "CONT", SIGCONT },
		{ "TSTP", SIGTSTP }, { "USR1", SIGUSR1 }, { "WINCH", SIGWINCH },
		{ "PIPE", SIGPIPE },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!strcmp(all[i].name, name))
			return all[i].sig;
	return 0;
}

static bool step_kill(struct run *r, const char *arg)
{
	int sig = signal_number(arg);

	if (!sig || !r->active)
		return run_fail(r, "no signal or no program: %s", arg);
	pty_signal(&r->pty, sig);
	run_stir(r);
	return true;
}

static bool step_close_pty(struct run *r, const char *arg)
{
	(void)arg;
	pty_hangup(&r->pty);
	run_stir(r);
	return true;
}

static bool is_stopped(struct run *r, const void *arg)
{
	(void)arg;
	return r->pty.stopped;
}

static bool step_expect_stopped(struct run *r, const char *arg)
{
	return run_until(r, is_stopped, arg) || run_fail(r, "the program is not stopped");
}

static bool is_running(struct run *r, const void *arg)
{
	(void)arg;
	return !r->pty.stopped;
}

static bool step_continue(struct run *r, const char *arg)
{
	pty_continue(&r->pty);
	run_stir(r);
	return run_until(r, is_running, arg) || run_fail(r, "the program does not go on");
}

static bool has_exited(struct run *r, const void *arg)
{
	(void)arg;
	return r->pty.exited;
}

static bool step_expect_running(struct run *r, const char *arg)
{
	(void)arg;
	run_settle(r);
	return (!r->pty.exited && !r->pty.stopped) ||
	       run_fail(r, "the program does not run any more");
}

/* "expect-exit 0", "expect-exit KILL", "expect-exit any". */
static bool step_expect_exit(struct run *r, const char *arg)
{
	int sig = signal_number(arg), status;

	if (!run_until(r, has_exited, NULL))
		return run_fail(r, "the program does not end");
	run_settle(r);
	status = r->pty.status;
	if (!strcmp(arg, "any"))
		return true;
	if (sig && WIFSIGNALED(status) && WTERMSIG(status) == sig)
		return true;
	if (!sig && WIFEXITED(status) && WEXITSTATUS(status) == atoi(arg))
		return true;
	return run_fail(r, "the program ended with %s %d, not %s",
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), arg);
}

/* --- the table --- */

static const struct step_kind {
	const char *name;
	bool (*exec)(struct run *r, const char *arg);
	bool shell;    /* the shell expands ${NAME} itself */
	bool terminal; /* needs a program on the terminal */
	const char *help;
} kinds[] = {
	{ "size", step_size, false, false, "ROWSxCOLS: of the terminal that start makes (24x80)" },
	{ "env", step_env, false, false, "NAME=VALUE for all that follows" },
	{ "timeout", step_timeout, false, false, "SECONDS that a step may take from here on" },
	{ "unset", step_unset, false, false, "NAME: out of the environment" },
	{ "ascii", step_ascii, false, false,
	  "from the next start on every byte above 0x7e is an event" },
	{ "file", step_file, false, false, "PATH <<EOF: write a file below the test's directory" },
	{ "need", step_need, true, false, "COMMAND: skip the test unless it succeeds" },
	{ "sh", step_sh, true, false, "COMMAND: must succeed" },
	{ "run", step_run, true, false, "ARGS: relayq ARGS must succeed" },
	{ "run-status", step_run_status, true, false,
	  "N ARGS: relayq ARGS must give exit status N" },
	{ "wait-sh", step_wait_sh, true, false, "COMMAND: until it succeeds" },
	{ "output", step_output, false, false, "TEXT: the last command printed it" },
	{ "save", step_save, true, false,
	  "NAME COMMAND: its first line of output becomes ${NAME}" },
	{ "start", step_start, true, false, "ARGS: relayq ARGS on the terminal" },
	{ "start-sh", step_start_sh, true, false, "COMMAND on the terminal" },
	{ "key", step_key, false, true,
	  "TEXT: \\e \\r \\t \\xHH, <Enter> <Esc> <Up> <F1> <C-z> <M-x> <lt>" },
	{ "other", step_other, false, false, "the steps that follow are about the second terminal" },
	{ "settle", step_settle, false, true, "until the program has read its keys and is silent" },
	{ "wait", look_wait, false, true, "TEXT: until it is on the screen" },
	{ "wait-gone", look_wait_gone, false, true, "TEXT: until it is not" },
	{ "expect", look_expect, false, true,
	  "ROW TEXT: until it is in that row; -1 is the last, "
	  "cursor the cursor's; /ERE/ is for the whole row" },
	{ "expect-not", look_expect_not, false, true, "TEXT: settle, then it is not there" },
	{ "expect-screen", look_screen, false, true, "<<EOF: the whole screen; see match.h" },
	{ "attr", look_attr, false, true,
	  "ROW COL|'TEXT' bold=1 reverse=0 fg=red bg=default text=x" },
	{ "cursor", look_cursor, false, true, "ROW COL, hidden or shown" },
	{ "mark-screen", look_mark, false, true, "remember the screen" },
	{ "expect-same", look_same, false, true, "FROM TO: these rows are as remembered" },
	{ "mark-state", state_mark, false, true, "remember the terminal's modes" },
	{ "assert-state", state_assert, false, true,
	  "nothing but drawing was sent, modes as remembered" },
	{ "expect-event", state_event, false, true, "KIND TEXT: it was sent; forget it" },
	{ "allow", state_allow, false, true, "KIND: forget those that were sent" },
	{ "expect-title", state_title, false, true, "TEXT: the terminal has it for its title" },
	{ "expect-copy", state_copy, false, true, "TEXT: was copied by OSC 52; forget it" },
	{ "bytes-max", step_bytes_max, false, true, "N: bytes written since the last key" },
	{ "bytes-min", step_bytes_min, false, true, "N: the same" },
	{ "writes-max", step_writes_max, false, true, "N: write calls since the last key (Linux)" },
	{ "resize", step_resize, false, true, "ROWSxCOLS" },
	{ "storm", storm, false, true, "SIZES SEED: so many sizes and keys by chance leave nothing on the screen" },
	{ "kill", step_kill, false, true, "SIGNAL to the program" },
	{ "close-pty", step_close_pty, false, true, "as a lost connection does" },
	{ "expect-stopped", step_expect_stopped, false, true,
	  "until the program has stopped itself" },
	{ "continue", step_continue, false, true, "what the shell's fg does" },
	{ "expect-running", step_expect_running, false, true,
	  "it has not ended and is not stopped" },
	{ "expect-exit", step_expect_exit, false, true, "STATUS, SIGNAL or any" },
	{ "expect-clean", state_clean, false, true, "the shell finds its terminal as it was" },
};

void steps_print(void)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		printf("%-16s %s\n", kinds[i].name, kinds[i].help);
}

static void expand(struct run *r, const char *s, struct rq_str *out)
{
	while (*s) {
		const char *end = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL;
		const char *value;
		char *name;

		if (!end) {
			rq_str_addc(out, *s++);
			continue;
		}
		name = rq_strndup(s + 2, (size_t)(end - s - 2));
		value = box_getenv(&r->box, name);
		rq_str_add(out, value ? value : "");
		rq_free(name);
		s = end + 1;
	}
}

static bool exec(struct run *r, const struct step_kind *kind)
{
	struct rq_str arg;
	bool done;

	if (kind->terminal && !r->active)
		return run_fail(r, "no program was started");
	if (kind->shell)
		return kind->exec(r, r->step->arg);
	rq_str_init(&arg, 0);
	expand(r, r->step->arg, &arg);
	done = kind->exec(r, rq_str_get(&arg));
	rq_str_release(&arg);
	return done;
}

bool run_step(struct run *r)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (!strcmp(kinds[i].name, r->step->name))
			return exec(r, &kinds[i]);
	return run_fail(r, "there is no step called %s", r->step->name);
}
