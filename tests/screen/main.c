/* screen - runs screen tests (FILE.screen...) and prints TAP.
 *
 * A test is a list of steps, `screen --steps` names them, that drive a real program on a real
 * pseudo-terminal and say what the screen looks like then. Steps wait for conditions; none sleeps.
 *
 *   VT_TIMEOUT=N   seconds a step may take (30); raise it for slow machines and under valgrind
 *   VT_KEEP=1      keep the test's directory
 *   GENERATE=1     write what the screen shows into the expect-screen blocks
 *   RELAYQ         the program; VT_WRAP: a tool in front of it, such as valgrind */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "tests/screen/run.h"
#include "tests/screen/steps.h"

enum { AT_ONCE = 3, FAILED = 3 };

static void print_comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* Returns whether all steps passed, or the test is to be skipped. */
static bool run_steps(struct run *r)
{
	for (size_t i = 0; i < r->script->n_steps && !r->skip.len; i++) {
		r->step = &r->script->steps[i];
		if (script_applies(r->step, r->variant) && !run_step(r))
			return false;
	}
	return true;
}

static void add_position(struct run *r, struct rq_str *out)
{
	if (r->step)
		rq_str_addf(out, "%s:%d: %s %s\n", r->script->path, r->step->line, r->step->name,
			    r->step->arg);
	rq_str_addf(out, "%s\n", rq_str_get(&r->why));
	if (r->active)
		vt_dump(&r->vt, "", out);
}

/* Runs one variant; returns whether it passed. DIAGNOSIS says why not. SKIP why it was not run. */
static bool run_variant(struct script *s, int variant, struct rq_str *diagnosis,
			struct rq_str *skip)
{
	struct run *r = rq_alloc(sizeof *r);
	size_t before;
	bool passed;

	run_init(r, s, variant);
	passed = !r->why.len && run_steps(r);
	if (!passed)
		add_position(r, diagnosis);
	rq_str_add(skip, rq_str_get(&r->skip));
	before = diagnosis->len;
	run_release(r, diagnosis);
	rq_free(r);
	return passed && diagnosis->len == before;
}

/* A test that must fail passes when it does, for the reason that it names. */
static bool invert(const struct script *s, bool passed, struct rq_str *diagnosis)
{
	if (!s->must_fail)
		return passed;
	if (!passed && strstr(rq_str_get(diagnosis), s->must_fail))
		return true;
	rq_str_addf(diagnosis, "this test has to fail with: %s\n", s->must_fail);
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Prints the result of one variant; returns whether it passed. */
static bool report(struct script *s, int variant, int number)
{
	struct rq_str diagnosis, skip;
	bool passed;

	rq_str_init(&diagnosis, 0);
	rq_str_init(&skip, 0);
	passed = run_variant(s, variant, &diagnosis, &skip);
	if (!skip.len)
		passed = invert(s, passed, &diagnosis);
	if (!passed)
		print_comment(rq_str_get(&diagnosis));
	printf("%s %d - %s %s%s%s\n", passed ? "ok" : "not ok", number, base_name(s->path),
	       s->variants[variant].name, skip.len ? " # SKIP " : "", rq_str_get(&skip));
	fflush(stdout);
	rq_str_release(&diagnosis);
	rq_str_release(&skip);
	return passed;
}

/* --- several at once --- */

/* A process whose output is kept until its turn has come. */
struct started {
	pid_t pid;
	FILE *output;
};

static void start_report(struct started *p, struct script *s, int variant, int number)
{
	p->output = tmpfile();
	p->pid = p->output ? fork() : -1;
	if (p->pid < 0) {
		printf("Bail out! cannot start a process: %s\n", strerror(errno));
		exit(1);
	}
	if (p->pid > 0)
		return;
	dup2(fileno(p->output), STDOUT_FILENO);
	_exit(report(s, variant, number) ? 0 : FAILED);
}

static bool finish_report(struct started *p, int number)
{
	char buf[4096];
	int status = -1;
	size_t n;

	waitpid(p->pid, &status, 0);
	rewind(p->output);
	while ((n = fread(buf, 1, sizeof buf, p->output)) > 0)
		fwrite(buf, 1, n, stdout);
	fclose(p->output);
	if (status && !(WIFEXITED(status) && WEXITSTATUS(status) == FAILED))
		printf("not ok %d - the harness itself ended, with status %#x\n", number, (unsigned)status);
	fflush(stdout);
	return !status;
}

/* A test waits more than it computes: a few variants at once, in processes of their own, told in their order. */
static bool report_all(struct script *s, int *number)
{
	struct started running[AT_ONCE];
	int first = *number + 1, begun = 0;
	bool passed = true;

	for (int v = 0; v < s->n_variants; v++) {
		for (; begun < s->n_variants && begun < v + AT_ONCE; begun++)
			start_report(&running[begun % AT_ONCE], s, begun, first + begun);
		passed &= finish_report(&running[v % AT_ONCE], ++*number);
	}
	return passed;
}

/* What it writes into the script would be lost in another process. */
static bool generate_all(struct script *s, int *number)
{
	bool passed = true;

	for (int v = 0; v < s->n_variants; v++)
		passed &= report(s, v, ++*number);
	if (!script_save(s))
		perror(s->path);
	return passed;
}

static int load_all(struct script *scripts, char **paths, int n)
{
	int tests = 0;

	for (int i = 0; i < n; i++) {
		if (!script_load(&scripts[i], paths[i])) {
			printf("Bail out! %s\n", scripts[i].error);
			exit(1);
		}
		tests += scripts[i].n_variants;
	}
	return tests;
}

int main(int argc, char **argv)
{
	struct script *scripts;
	bool passed = true;
	int number = 0;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc < 2 || !strcmp(argv[1], "--steps") || !strcmp(argv[1], "--help")) {
		printf("usage: screen FILE.screen...\n\n");
		steps_print();
		return argc < 2;
	}
	signal(SIGPIPE, SIG_IGN);
	scripts = rq_realloc_array(NULL, (size_t)argc, sizeof *scripts);
	printf("1..%d\n", load_all(scripts, argv + 1, argc - 1));
	fflush(stdout);
	for (int i = 0; i < argc - 1; i++) {
		run_forget_keys(&scripts[i]);
		passed &= getenv("GENERATE") ? generate_all(&scripts[i], &number) : report_all(&scripts[i], &number);
		script_release(&scripts[i]);
	}
	rq_free(scripts);
	return !passed;
}
