/* screen - runs screen tests (FILE.screen...) and prints TAP.
 *
 * A test is a list of steps, `screen --steps` names them, that drive a real program on a real
 * pseudo-terminal and say what the screen looks like then. Steps wait for conditions; none sleeps.
 *
 *   VT_TIMEOUT=N   seconds a step may take (10); raise it for slow machines and under valgrind
 *   VT_KEEP=1      keep the test's directory
 *   GENERATE=1     write what the screen shows into the expect-screen blocks
 *   RELAYQ         the program; VT_WRAP: a tool in front of it, such as valgrind */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "tests/screen/run.h"
#include "tests/screen/steps.h"

static void print_comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static bool applies(const struct run *r, const struct script_step *step)
{
	return !step->variant || !strcmp(step->variant, r->variant);
}

/* Returns whether all steps passed, or the test is to be skipped. */
static bool run_steps(struct run *r)
{
	for (size_t i = 0; i < r->script->n_steps && !r->skip.len; i++) {
		r->step = &r->script->steps[i];
		if (applies(r, r->step) && !run_step(r))
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
	for (int i = 0; i < argc - 1; i++) {
		for (int v = 0; v < scripts[i].n_variants; v++)
			passed &= report(&scripts[i], v, ++number);
		if (!script_save(&scripts[i]))
			perror(scripts[i].path);
		script_release(&scripts[i]);
	}
	rq_free(scripts);
	return !passed;
}
