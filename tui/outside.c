/* Another program on our terminal. */
#include "tui/outside.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "tui/ui.h"

enum { WORDS_MAX = 16 };

struct rq_outside {
	struct rq_ui *ui;
	struct rq_child *child;
	char *name;
	struct sigaction quit;          /* what ctrl-\ did */
};

static void take_back(struct rq_outside *o)
{
	struct rq_ui *ui = o->ui;

	sigaction(SIGQUIT, &o->quit, NULL);
	rq_child_free(o->child);
	ui->outside = NULL;
	ui->returned_ns = rq_mono_ns();
	if (!ui->quit) {
		rq_term_take_back(ui->term);
		rq_ui_listen(ui, true);
		ui->dirty = ui->urgent = true;
	}
	rq_ui_answered(ui);
	rq_free(o->name);
	rq_free(o);
}

static void ended(void *ud, int64_t exit_code, int signal)
{
	struct rq_outside *o = ud;
	struct rq_ui *ui = o->ui;

	if (signal)
		rq_ui_warn(ui, "%s was ended by signal %d.", o->name, signal);
	else if (exit_code)
		rq_ui_warn(ui, "%s ended with status %lld.", o->name, (long long)exit_code);
	take_back(o);
}

static void give(struct rq_ui *ui, struct rq_outside *o)
{
	struct sigaction ignore = { 0 };

	/* What is typed there is not for us: ctrl-\ too, which would end both. */
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGQUIT, &ignore, &o->quit);
	rq_ui_listen(ui, false);
	rq_term_lend(ui->term);
	ui->outside = o;
	ui->pending++;
}

void rq_outside_open(struct rq_ui *ui, const char *command, const char *path)
{
	struct rq_child_spec spec = { .n_fds = 3, .fds = { STDIN_FILENO, STDOUT_FILENO, STDOUT_FILENO } };
	char *words = rq_strdup(command), *argv[WORDS_MAX + 2], *rest = words;
	struct rq_outside *o;
	struct rq_error e;
	size_t n = 0;

	while (n < WORDS_MAX && *(rest += strspn(rest, " \t"))) {
		argv[n++] = rest;
		rest += strcspn(rest, " \t");
		if (*rest)
			*rest++ = '\0';
	}
	if (!n || ui->outside) {
		rq_free(words);
		return;
	}
	argv[n] = (char *)path;
	argv[n + 1] = NULL;
	spec.argv = argv;
	o = rq_alloc(sizeof *o);
	o->ui = ui;
	o->name = rq_strdup(argv[0]);
	give(ui, o);
	if (rq_child_spawn(ui->loop, &spec, ended, o, &o->child, &e)) {
		take_back(o);
		rq_ui_fail(ui, "%s", e.msg);
	}
	rq_free(words);
}

void rq_outside_end(struct rq_ui *ui)
{
	if (ui->outside)
		kill(rq_child_pid(ui->outside->child), SIGHUP);
}
