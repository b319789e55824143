/* main.c - the program: the console on a terminal, else one command. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/out.h"
#include "core/base/mem.h"
#include "core/command/command.h"
#include "core/relayq.h"
#include "core/sys/loop.h"
#ifdef HAVE_TUI
#include "tui/looks.h"
#include "tui/tui.h"
#endif

/* Options that come before no command. */
struct console_options {
	bool ascii, slow_link, read_only, screen_reader;
	const char *file;       /* what `view` is to show */
};

struct program {
	struct rq_loop *loop;
	struct relayq *rq;
	struct rq_cli_out out;
	struct rq_cmd *cmd; /* NULL once it is done */
	struct rq_sig *interrupt, *terminate;
	bool quick; /* it was done at once, and has left nothing open that others see */
	bool waiting; /* in the loop */
	int status;
};

static int fail(struct program *p, const struct rq_error *e)
{
	p->out.out.error(&p->out, e->msg);
	return rq_exit_status(e->code);
}

static void done(struct rq_cmd *cmd, int exit_status, void *ud)
{
	struct program *p = ud;

	p->cmd = NULL;
	p->status = exit_status;
	/* Deferred calls run before the loop waits: it must not wait any more. */
	if (p->waiting)
		rq_loop_stop(p->loop);
}

/* The first ctrl-C asks the command to end in order, the second does not ask. */
static void interrupted(void *ud)
{
	struct program *p = ud;

	if (!p->cmd)
		return;
	if (p->cmd->aborted)
		_exit(128 + SIGINT);
	rq_cmd_abort(p->cmd);
}

/* Signals are worth their price only for a command that goes on. */
static void wait_for_it(struct program *p)
{
	bool lasts = p->cmd && (rq_cmd_on(p->cmd, "wait") || rq_cmd_on(p->cmd, "follow"));

	/* What is done within a few turns, as a submission, nobody could interrupt in time. */
	for (int i = 0; !lasts && i < 4 && p->cmd; i++)
		rq_loop_turn(p->loop, 0);
	p->quick = !p->cmd;
	if (p->quick)
		return;
	if (p->cmd->abort) {
		p->interrupt = rq_sig_new(p->loop, SIGINT, interrupted, p);
		p->terminate = rq_sig_new(p->loop, SIGTERM, interrupted, p);
	}
	p->waiting = true;
	rq_loop_run(p->loop);
	p->waiting = false;
	if (p->cmd)
		RQ_BUG("relayq %s waits for nothing", p->cmd->command->name);
	rq_sig_free(p->interrupt);
	rq_sig_free(p->terminate);
}

static int open_context(struct program *p, bool console, bool read_only, struct rq_error *e)
{
	struct rq_open_options o = { .console = console, .read_only = read_only };
	int rc = rq_loop_new(&p->loop, e);

	if (rc)
		return rc;
	o.loop = p->loop;
	return rq_open(&o, &p->rq, e);
}

static int open_for_command(struct program *p, struct rq_error *e)
{
	int rc;

	if (p->cmd->command->flags & RQ_CMD_NO_CONTEXT)
		return RQ_OK;
	rc = open_context(p, false, false, e);
	p->cmd->rq = p->rq;
	p->cmd->loop = p->loop;
	return rc;
}

static int run(struct program *p, char **words, size_t n)
{
	struct rq_error e = { 0 };
	size_t used;

	if (rq_cmd_new(words, n, NULL, NULL, &p->out.out, &p->cmd, &used, &e))
		return fail(p, &e);
	if (open_for_command(p, &e)) {
		rq_cmd_free(p->cmd);
		return fail(p, &e);
	}
	p->cmd->done = done;
	p->cmd->ud = p;
	rq_cmd_run(p->cmd);
	wait_for_it(p);
	return p->status;
}

/* A reader that has seen enough (`relayq jobs | head`) is no failure of ours to talk about. */
static int finish(struct program *p, int status)
{
	if (!rq_cli_out_finish(&p->out) && status == RQ_EXIT_OK) {
		if (errno != EPIPE)
			fputs("relayq: The output could not be written.\n", stderr);
		status = RQ_EXIT_FAILED;
	}
#ifndef RQ_SANITIZED
	/* All is stored, and the system takes back what we have faster than we can give it. */
	if (p->quick && fflush(NULL) == 0)
		_exit(status);
#endif
	rq_close(p->rq);
	if (p->loop)
		rq_loop_free(p->loop);
	return status;
}

#ifdef HAVE_TUI
static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0;
}

/* `relayq`, with options of its own, on a terminal; a pipe on either side gets the summary. */
static bool wants_console(bool only_options)
{
	return only_options && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && can_draw();
}

static int console(struct program *p, const struct console_options *c)
{
	struct rq_tui_options o = { .ascii = c->ascii, .slow_link = c->slow_link,
				    .screen_reader = c->screen_reader, .file = c->file };
	struct rq_error e;

	if (open_context(p, true, c->read_only, &e) || rq_tui_run(p->rq, p->loop, &o, &e))
		return fail(p, &e);
	return RQ_EXIT_OK;
}
#endif

/* true: there is nothing but options of the console, and maybe `view FILE`, which is an option of it on a terminal. */
static bool take_options(int argc, char **argv, struct console_options *c)
{
	int i;

	if (argc > 2 && !strcmp(argv[argc - 2], "view") && argv[argc - 1][0] != '-') {
		c->file = argv[argc - 1];
		argc -= 2;
	}

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--ascii"))
			c->ascii = true;
		else if (!strcmp(argv[i], "--slow-link"))
			c->slow_link = true;
		else if (!strcmp(argv[i], "--screen-reader"))
			c->screen_reader = true;
		else if (!strcmp(argv[i], "--read-only"))
			c->read_only = true;
		else
			return false;
	}
	return true;
}

/* `relayq --read-only drain mac`: who writes that must not believe that it was heeded. */
static int refuse_options(struct program *p, const char *option)
{
	struct rq_error e;

	rq_fail(&e, RQ_EUSAGE, "%s is an option of the console, not of commands: relayq %s", option, option);
	return fail(p, &e);
}

int main(int argc, char **argv)
{
	char summary[] = "summary", help[] = "help", version[] = "version";
	char *alone[] = { summary };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct console_options options = { 0 };
	struct program p = { 0 };
	bool only_options = take_options(argc, argv, &options);

	rq_warm_heap();
	/* Only a terminal cares, and it costs a submission a twentieth of its time. */
	if (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO))
		setlocale(LC_CTYPE, "");
	sigaction(SIGPIPE, &ignore, NULL);
	rq_cli_out_init(&p.out);
#ifdef HAVE_TUI
	p.out.out.looks = &rq_looks_for_commands;
	if (wants_console(only_options))
		return finish(&p, console(&p, &options));
#endif
	if (only_options && !options.file)
		return finish(&p, run(&p, alone, 1));
	if (options.ascii || options.slow_link || options.read_only || options.screen_reader)
		return finish(&p, refuse_options(&p, argv[1]));
	/* The words people try first on any program. */
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		argv[1] = help;
	else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		argv[1] = version;
	return finish(&p, run(&p, argv + 1, (size_t)argc - 1));
}
