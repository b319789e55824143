/* Workflow files: what is read, what is wrong and where, and what is sent with a dispatch. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/workflow.h"

static struct rq_arena arena;
static struct rq_workflow w;
static struct rq_wf_problems problems;
static struct rq_error e;

static int teardown(void **state)
{
	(void)state;
	rq_arena_release(&arena);
	memset(&arena, 0, sizeof arena);
	return 0;
}

static int parse(const char *text)
{
	memset(&problems, 0, sizeof problems);
	memset(&e, 0, sizeof e);
	return rq_workflow_parse(&arena, "x.yml", text, strlen(text), &w, &problems, &e);
}

static const char *said(void)
{
	struct rq_str s = { 0 };
	const char *text;

	rq_wf_problems_render(&problems, "x.yml", &s);
	text = rq_arena_str(&arena, rq_str_get(&s));
	rq_str_release(&s);
	return text;
}

static void clean(const char *text)
{
	if (parse(text) || problems.n)
		fail_msg("%s%s", e.msg, said());
}

/* TEXT is wrong in one way, said so. */
static void wrong(const char *text, const char *why)
{
	parse(text);
	if (problems.n != 1 || strcmp(said(), why) != 0)
		fail_msg("said:\n%swanted:\n%s", said(), why);
}

#define JOBS "jobs:\n  a:\n    runs-on: self-hosted\n    steps: [{run: x}]\n"
#define DISPATCH "on:\n  workflow_dispatch:\n"

static const char full[] =
	"name: Transcribe\n"
	"run-name: ${{ inputs.file }}\n"
	"on:\n"
	"  push: {branches: [main]}\n"
	"  workflow_dispatch:\n"
	"    inputs:\n"
	"      file: {description: which file, required: true}\n"
	"      model: {type: choice, options: [small, large, 3], default: small}\n"
	"      dry:\n"
	"        type: boolean\n"
	"        default: false\n"
	"      level: {type: number, default: -1.5e3, deprecationMessage: use model}\n"
	"      where: {type: environment}\n"
	"      note: {default: ''}\n"
	"      plain:\n"
	"jobs:\n"
	"  one:\n"
	"    name: First\n"
	"    runs-on: [self-hosted, Audio, audio]\n"
	"    steps:\n"
	"      - run: echo\n"
	"  two:\n"
	"    needs: one\n"
	"    runs-on: {group: org/big, labels: [gpu, '${{ inputs.where }}']}\n"
	"    steps: [{uses: actions/checkout@v4}]\n"
	"  three:\n"
	"    runs-on: ${{ matrix.os }}\n"
	"  four:\n"
	"    uses: ./.github/workflows/called.yml\n"
	"    with: {a: b}\n"
	"    secrets: inherit\n";

static void test_full(void **state)
{
	(void)state;
	clean(full);
	assert_string_equal(w.name, "Transcribe");
	assert_true(w.has_dispatch);
	assert_int_equal(w.on_line, 3);
	assert_int_equal(w.n_inputs, 7);
	assert_string_equal(w.inputs[0].description, "which file");
	assert_true(w.inputs[0].required);
	assert_false(w.inputs[0].has_default);
	assert_int_equal(w.inputs[1].type, RQ_WF_CHOICE);
	assert_int_equal(w.inputs[1].n_options, 3);
	assert_string_equal(w.inputs[1].options[2], "3");
	assert_int_equal(w.inputs[1].line, 8);
	assert_string_equal(w.inputs[2].def, "false");
	assert_string_equal(w.inputs[3].deprecation, "use model");
	assert_int_equal(w.inputs[4].type, RQ_WF_ENVIRONMENT);
	assert_true(w.inputs[5].has_default);
	assert_string_equal(w.inputs[5].def, "");
	assert_int_equal(w.inputs[6].type, RQ_WF_STRING);
}

static void test_jobs(void **state)
{
	(void)state;
	clean(full);
	assert_int_equal(w.n_jobs, 4);
	assert_string_equal(w.jobs[0].name, "First");
	assert_int_equal(w.jobs[0].labels.n, 2);
	assert_string_equal(w.jobs[0].labels.v[0], "audio");
	assert_int_equal(w.jobs[0].line, 19);
	assert_int_equal(w.jobs[0].col, 14);
	assert_string_equal(w.jobs[1].group, "org/big");
	assert_int_equal(w.jobs[1].labels.n, 1);
	assert_string_equal(w.jobs[1].expression, "${{ inputs.where }}");
	assert_string_equal(w.jobs[2].expression, "${{ matrix.os }}");
	assert_int_equal(w.jobs[2].labels.n, 0);
	assert_string_equal(w.jobs[3].uses, "./.github/workflows/called.yml");
}

/* `on` in each of its forms; YAML 1.1 would take the key for true. */
static void test_on(void **state)
{
	static const char *const with[] = {
		"on: workflow_dispatch\n" JOBS, "\"on\": workflow_dispatch\n" JOBS, "on: [push, workflow_dispatch]\n" JOBS,
		DISPATCH JOBS, "on: {workflow_dispatch: {inputs: }}\n" JOBS, "on: {workflow_dispatch: {}}\n" JOBS,
	};
	static const char *const without[] = { "on: push\n" JOBS, "on: [push]\n" JOBS, "on: {push: }\n" JOBS };

	(void)state;
	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		clean(with[i]);
		assert_true(w.has_dispatch);
		assert_int_equal(w.n_inputs, 0);
	}
	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		clean(without[i]);
		assert_false(w.has_dispatch);
	}
}

static void test_wrong_on(void **state)
{
	(void)state;
	wrong(JOBS, "x.yml:1:1: error: 'on' is missing; write 'on: workflow_dispatch', so that it can be started from here\n");
	wrong("on:\n" JOBS, "x.yml:1:1: error: 'on' is empty; write 'on: workflow_dispatch', so that it can be started from "
	      "here\n");
	wrong("on: [push, workflow-dispatch]\n" JOBS,
	      "x.yml:1:12: error: there is no event 'workflow-dispatch' (did you mean 'workflow_dispatch'?)\n");
	wrong("on:\n  workflow_dispatch: yes\n" JOBS,
	      "x.yml:2:22: error: 'workflow_dispatch' is empty, or a map with 'inputs'\n");
	wrong("on:\n  workflow_dispatch:\n    input: {}\n" JOBS,
	      "x.yml:3:5: error: 'workflow_dispatch' has no key 'input' (did you mean 'inputs'?)\n");
	parse("true: push\n" JOBS);
	assert_non_null(strstr(said(), "x.yml:1:1: error: the key is 'true' where 'on' is meant"));
}

#define INPUTS "on:\n  workflow_dispatch:\n    inputs:\n"

static void test_wrong_inputs(void **state)
{
	(void)state;
	wrong(INPUTS "      a b: {}\n" JOBS,
	      "x.yml:4:7: error: 'a b' cannot be an input: a letter or '_' begins it, then letters, digits, '-' and '_' may "
	      "follow\n");
	wrong(INPUTS "      a: {}\n      A: {}\n" JOBS,
	      "x.yml:5:7: error: the input 'A' differs from an earlier one in capital letters only\n");
	wrong(INPUTS "      a: {type: chioce}\n" JOBS,
	      "x.yml:4:17: error: the input 'a' has the type 'chioce' (did you mean 'choice'?); there are string, choice, "
	      "boolean, number and environment\n");
	wrong(INPUTS "      a: {type: choice}\n" JOBS, "x.yml:4:7: error: the input 'a' is a choice without 'options'\n");
	wrong(INPUTS "      a: {type: choice, options: [x, y], default: z}\n" JOBS,
	      "x.yml:4:51: error: the default 'z' of the input 'a' is none of its options\n");
	wrong(INPUTS "      a: {type: boolean, default: yes}\n" JOBS,
	      "x.yml:4:35: error: the default 'yes' of the boolean input 'a' is neither true nor false\n");
	wrong(INPUTS "      a: {type: number, default: 1x}\n" JOBS,
	      "x.yml:4:34: error: the default '1x' of the input 'a' is no number\n");
	wrong(INPUTS "      a: {required: yes}\n" JOBS,
	      "x.yml:4:21: error: 'required' of the input 'a' is true or false\n");
	wrong(INPUTS "      a: {options: [x]}\n" JOBS,
	      "x.yml:4:11: warning: the input 'a' has 'options', but its type is string\n");
	parse(INPUTS "      a: {type: choice, options: x}\n" JOBS);
	assert_string_equal(said(), "x.yml:4:7: error: the input 'a' is a choice without 'options'\n"
				    "x.yml:4:34: error: 'options' of the input 'a' is a list\n");
}

static void test_more_wrong_inputs(void **state)
{
	(void)state;
	wrong(INPUTS "      a: {descripton: x}\n" JOBS,
	      "x.yml:4:11: error: an input has no key 'descripton' (did you mean 'description'?)\n");
	wrong(INPUTS "      a: {colour: x}\n" JOBS, "x.yml:4:11: warning: an input has no key 'colour' that is known here\n");
	wrong(INPUTS "      a: text\n" JOBS,
	      "x.yml:4:10: error: the input 'a' is a map with 'description', 'type' and the like\n");
	wrong(INPUTS "      a: {default: [x]}\n" JOBS,
	      "x.yml:4:20: error: 'default' of the input 'a' is a text, a number, true or false\n");
	wrong("on:\n  workflow_dispatch:\n    inputs: [a]\n" JOBS,
	      "x.yml:3:13: error: 'inputs' is a map of the inputs' names\n");
	clean(INPUTS "      a: {type: choice, options: [x], default: '${{ x }}'}\n" JOBS);
}

static void test_runs_on(void **state)
{
	(void)state;
	wrong(DISPATCH "jobs:\n  a:\n    steps: []\n",
	      "x.yml:4:3: error: the job 'a' has no 'runs-on': it says which runner takes it, as in 'runs-on: self-hosted'\n");
	wrong(DISPATCH "jobs:\n  a:\n    runs_on: x\n    steps: []\n",
	      "x.yml:5:5: error: a job has no key 'runs_on' (did you mean 'runs-on'?)\n");
	wrong(DISPATCH "jobs:\n  a:\n    run-on: x\n",
	      "x.yml:5:5: error: a job has no key 'run-on' (did you mean 'runs-on'?)\n");
	wrong(DISPATCH "jobs:\n  a:\n    steps:\n      - runs-on: x\n        run: y\n",
	      "x.yml:6:9: error: 'runs-on' stands under 'steps'; it belongs to the job 'a', beside 'steps'\n");
	wrong(DISPATCH "jobs:\n  a:\n    steps:\n      runs-on: x\n",
	      "x.yml:6:7: error: 'runs-on' stands under 'steps'; it belongs to the job 'a', beside 'steps'\n");
	wrong(DISPATCH "jobs:\n  a:\n    runs-on: []\n", "x.yml:5:14: error: 'runs-on' of the job 'a' is empty\n");
	wrong(DISPATCH "jobs:\n  a:\n    runs-on: self-hosted, gpu\n",
	      "x.yml:5:14: warning: 'self-hosted, gpu' is one label with a comma in it; several are written as a list: [a, b]\n");
	wrong(DISPATCH "jobs:\n  a:\n    runs-on: {groups: x, labels: y}\n",
	      "x.yml:5:15: error: 'runs-on' has no key 'groups' (did you mean 'group'?)\n");
	wrong(DISPATCH "jobs:\n  a:\n    runs-on: [x, [y]]\n", "x.yml:5:18: error: a label of the job 'a' is a text\n");
	parse(DISPATCH "runs-on: x\njobs:\n  a:\n    steps: []\n");
	assert_string_equal(said(),
		"x.yml:3:1: error: 'runs-on' stands at the top of the file; it belongs into each job, below 'jobs'\n"
		"x.yml:5:3: error: the job 'a' has no 'runs-on': it says which runner takes it, as in 'runs-on: self-hosted'; "
		"what stands at the top of the file belongs here\n");
}

static void test_wrong_files(void **state)
{
	(void)state;
	wrong(DISPATCH, "x.yml:1:1: error: 'jobs' is missing\n");
	wrong(DISPATCH "jobs: []\n", "x.yml:3:1: error: 'jobs' is a map with a key for each job\n");
	wrong(DISPATCH "jobs: {a: x}\n", "x.yml:3:8: error: the job 'a' is a map with 'runs-on' and 'steps'\n");
	wrong(DISPATCH "concurency: x\n" JOBS,
	      "x.yml:3:1: error: a workflow has no key 'concurency' (did you mean 'concurrency'?)\n");
	wrong(DISPATCH "colour: x\n" JOBS, "x.yml:3:1: warning: a workflow has no key 'colour' that is known here\n");
	wrong(DISPATCH JOBS "---\nb: 1\n", "x.yml:7:1: error: a second document begins here; one is read\n");
	wrong("on: *x\n" JOBS, "x.yml:1:5: error: there is no such anchor above\n");
	wrong(DISPATCH JOBS "  a: {runs-on: x}\n", "x.yml:7:3: error: the key 'a' stands here again; first in line 4\n");
}

static void test_large_file(void **state)
{
	struct rq_str s = { 0 };

	(void)state;
	rq_str_add(&s, DISPATCH JOBS);
	while (s.len <= 500 * 1024)
		rq_str_add(&s, "# a comment, and no end of it\n");
	wrong(rq_str_get(&s), "x.yml: warning: the file has more than 500 KiB, and GitHub takes no larger ones\n");
	rq_str_release(&s);
}

static void no_workflow(const char *text, const char *why)
{
	assert_int_equal(parse(text), RQ_EUSAGE);
	assert_true(problems.errors > 0);
	if (strncmp(e.msg, why, strlen(why)) != 0)
		fail_msg("said: %s; wanted: %s", e.msg, why);
}

static void test_no_workflow(void **state)
{
	(void)state;
	no_workflow("", "x.yml:1:1: a workflow is a map");
	no_workflow("- a\n", "x.yml:1:1: a workflow is a map");
	no_workflow("on: push\n\tjobs: x\n", "x.yml:2:1: ");
	no_workflow("on: [push\njobs: x\n", "x.yml:2:");
	no_workflow("*x", "x.yml:1:1: there is no such anchor above");
	assert_int_equal(rq_workflow_parse(&arena, "x.yml", "a", 1, &w, NULL, NULL), RQ_EUSAGE);
}

/* Anchors and aliases are understood, also where they would double their text each time. */
static void test_anchors(void **state)
{
	struct rq_str s = { 0 };

	(void)state;
	clean("on:\n  workflow_dispatch:\n    inputs:\n      a: &in {type: choice, options: &o [x, y]}\n      b: *in\n"
	      "      c: {type: choice, options: *o, default: y}\n"
	      "jobs:\n  one: &job\n    runs-on: &where [self-hosted, gpu]\n  two: *job\n  three: {runs-on: *where}\n");
	assert_int_equal(w.n_inputs, 3);
	assert_int_equal(w.inputs[1].n_options, 2);
	assert_int_equal(w.n_jobs, 3);
	assert_int_equal(w.jobs[2].labels.n, 2);
	assert_int_equal(w.jobs[2].line, 11);
	rq_str_add(&s, "a0: &a0 [x]\n");
	for (int i = 1; i < 200; i++)
		rq_str_addf(&s, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	rq_str_add(&s, DISPATCH "jobs: {j: {runs-on: *a199}}\n");
	assert_int_equal(parse(rq_str_get(&s)), RQ_OK);
	rq_str_release(&s);
	wrong(DISPATCH "jobs:\n  a: &a {runs-on: x}\n  b:\n    <<: *a\n    runs-on: y\n",
	      "x.yml:6:5: error: merge keys (<<) are not understood in workflow files; write the keys out\n");
}

/* --- lint --------------------------------------------------------------------------------- */

static const char *lint(const char *text, enum rq_forge forge, bool ghes, const char *const *fleet, size_t n)
{
	struct rq_labels v[4];

	for (size_t i = 0; i < n; i++)
		assert_int_equal(rq_labels_parse(&arena, fleet[i], &v[i], &e), RQ_OK);
	parse(text);
	rq_workflow_lint(&arena, &w, rq_wf_limits(forge, ghes), v, n, forge == RQ_FORGE_GITHUB, &problems);
	return said();
}

static void test_lint_dispatch(void **state)
{
	(void)state;
	assert_string_equal(lint("name: a\non: push\n" JOBS, RQ_FORGE_GITHUB, false, NULL, 0),
			    "x.yml:2:1: error: Workflow does not have 'workflow_dispatch' trigger: add workflow_dispatch to 'on' "
			    "here\n");
	assert_int_equal(problems.errors, 1);
	lint(JOBS, RQ_FORGE_GITHUB, false, NULL, 0);
	assert_int_equal(problems.n, 1);
	assert_string_equal(lint(full, RQ_FORGE_GITHUB, false, NULL, 0), "");
}

static const char *many_inputs(int n)
{
	struct rq_str s = { 0 };
	const char *text;

	rq_str_add(&s, INPUTS);
	for (int i = 0; i < n; i++)
		rq_str_addf(&s, "      i%d:\n", i);
	rq_str_add(&s, JOBS);
	text = rq_arena_str(&arena, rq_str_get(&s));
	rq_str_release(&s);
	return text;
}

static void test_lint_counts(void **state)
{
	(void)state;
	assert_string_equal(lint(many_inputs(25), RQ_FORGE_GITHUB, false, NULL, 0), "");
	assert_string_equal(lint(many_inputs(26), RQ_FORGE_GITHUB, false, NULL, 0),
			    "x.yml:29:7: error: there are 26 inputs, and this server takes 25 at most\n");
	assert_string_equal(lint(many_inputs(11), RQ_FORGE_GITHUB, true, NULL, 0),
			    "x.yml:14:7: error: there are 11 inputs, and this server takes 10 at most\n");
	assert_string_equal(lint(many_inputs(30), RQ_FORGE_GITEA, false, NULL, 0), "");
}

static void test_lint_labels(void **state)
{
	static const char *const fleet[] = { "self-hosted,linux,audio", "self-hosted,macos,gpu" };

	(void)state;
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: [self-hosted, audoi]}\n", RQ_FORGE_GITHUB, false, fleet, 2),
			    "x.yml:4:16: warning: no runner has the label 'audoi' (did you mean 'audio'?); the job 'a' would "
			    "wait\n");
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: [audio, gpu]}\n", RQ_FORGE_GITHUB, false, fleet, 2),
			    "x.yml:4:16: warning: each label is known, but no runner has all of them; the job 'a' would wait\n");
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: ubuntu-latest}\n", RQ_FORGE_GITHUB, false, fleet, 2), "");
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: ubuntu-latest}\n", RQ_FORGE_GITEA, false, fleet, 2),
			    "x.yml:4:16: warning: no runner has the label 'ubuntu-latest'; the job 'a' would wait\n");
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: GPU}\n", RQ_FORGE_GITHUB, false, fleet, 2), "");
	assert_string_equal(lint(DISPATCH "jobs:\n  a: {runs-on: nothing}\n", RQ_FORGE_GITHUB, false, NULL, 0), "");
}

static void test_many_problems(void **state)
{
	struct rq_str s = { 0 };

	(void)state;
	rq_str_add(&s, DISPATCH);
	for (int i = 0; i < 80; i++)
		rq_str_addf(&s, "colour%d: x\n", i);
	rq_str_add(&s, "runs-on: x\n" JOBS);
	parse(rq_str_get(&s));
	rq_str_release(&s);
	assert_int_equal(problems.n, RQ_WF_PROBLEMS_MAX);
	assert_int_equal(problems.warnings, 80);
	assert_int_equal(problems.errors, 1);
	assert_false(problems.v[problems.n - 1].warning);
	assert_non_null(strstr(said(), "x.yml: and 31 more\n"));
	parse(DISPATCH "\"a\\u001b[31mb\": x\n" JOBS);
	assert_null(strchr(said(), '\033'));
}

/* --- inputs ------------------------------------------------------------------------------- */

static const struct rq_wf_limits github = { 25, 65535 };

static int check(const char *const *params, size_t n, struct rq_wf_limits limits, const char **sent)
{
	struct rq_wf_value *v;
	struct rq_str s = { 0 };
	size_t count;
	int rc;

	memset(&e, 0, sizeof e);
	rc = rq_workflow_check_inputs(&arena, &w, params, n, limits, &v, &count, &e);
	for (size_t i = 0; !rc && i < count; i++)
		rq_str_addf(&s, "%s%s=%s", i ? " " : "", v[i].name, v[i].value);
	*sent = rq_arena_str(&arena, rq_str_get(&s));
	rq_str_release(&s);
	return rc;
}

static void sends(const char *const *params, size_t n, const char *want)
{
	const char *sent;

	if (check(params, n, github, &sent))
		fail_msg("%s", e.msg);
	assert_string_equal(sent, want);
}

static void refuses(const char *param, const char *why)
{
	const char *params[] = { "file=x", param }, *sent;

	assert_int_equal(check(params, 2, github, &sent), RQ_EUSAGE);
	assert_string_equal(e.msg, why);
}

static void test_inputs(void **state)
{
	static const char *const all[] = { "note=", "FILE=a=b", "level=-0.5", "dry=TRUE", "model=large", "where=production" };

	(void)state;
	clean(full);
	sends(all, 6, "file=a=b model=large dry=true level=-0.5 where=production note=");
	sends(all + 1, 1, "file=a=b");
	refuses("modle=x", "The workflow x.yml has no input \"modle\"; did you mean model?");
	refuses("zzzzzz=x", "The workflow x.yml has no input \"zzzzzz\"; it has: file, model, dry, level, where, note, plain.");
	refuses("model=huge", "The input \"model\" cannot be \"huge\"; it is one of: small, large, 3.");
	refuses("dry=yes", "The input \"dry\" is true or false, not \"yes\".");
	refuses("where=", "The input \"where\" is the name of an environment, not empty.");
	refuses("file=y", "The input \"file\" is given twice.");
	refuses("file", "\"file\" is no input: KEY=VALUE is one.");
	refuses("=x", "\"=x\" is no input: KEY=VALUE is one.");
}

static void test_numbers(void **state)
{
	static const char *const good[] = { "0", "-1", "007", "1.5", "1e9", "1.5E-3", "123456789012345678901234567890" };
	static const char *const bad[] = { "", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "1,5", "--1" };
	struct rq_wf_input in = { .name = "n", .type = RQ_WF_NUMBER };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (rq_wf_input_check(&in, good[i], NULL, &e))
			fail_msg("%s", e.msg);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!rq_wf_input_check(&in, bad[i], NULL, &e))
			fail_msg("%s is a number", bad[i]);
}

static void test_missing_inputs(void **state)
{
	const char *sent, *given = "file=x";

	(void)state;
	clean(full);
	assert_int_equal(check(NULL, 0, github, &sent), RQ_EUSAGE);
	assert_string_equal(e.msg, "The input \"file\" (string) is missing: give it with -f file=VALUE: which file.");
	clean(DISPATCH JOBS);
	sends(NULL, 0, "");
	assert_int_equal(check(&given, 1, github, &sent), RQ_EUSAGE);
	assert_string_equal(e.msg, "The workflow x.yml has no inputs, so \"file\" cannot be set.");
	clean("on: push\n" JOBS);
	assert_int_equal(check(NULL, 0, github, &sent), RQ_EUSAGE);
	assert_true(rq_starts(e.msg, "Workflow does not have 'workflow_dispatch' trigger"));
	clean(INPUTS "      a: {required: true, default: x}\n" JOBS);
	sends(NULL, 0, "");
}

/* The payload is counted in characters of the JSON that is sent: {"plain":"..."} has 12 beside the value. */
static void test_payload(void **state)
{
	const struct rq_wf_limits none = { 0, 0 };
	char *param = malloc(200000);
	const char *params[] = { param, "note=" }, *sent;
	size_t n = 6;

	(void)state;
	clean(INPUTS "      plain:\n      note:\n" JOBS);
	memcpy(param, "plain=", 6);
	for (size_t i = 0; i < 65535 - 12; i++, n += 2)
		memcpy(param + n, "\xc3\xa9", 2);
	param[n] = '\0';
	assert_int_equal(check(params, 1, github, &sent), RQ_OK);
	assert_int_equal(check(params, 2, github, &sent), RQ_ELIMIT);
	memcpy(param + n, "x", 2);
	assert_int_equal(check(params, 1, github, &sent), RQ_ELIMIT);
	assert_non_null(strstr(e.msg, "65536 characters"));
	assert_int_equal(check(params, 1, none, &sent), RQ_OK);
	assert_int_equal(check(params, 2, (struct rq_wf_limits){ 1, 0 }, &sent), RQ_ELIMIT);
	free(param);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_full, teardown),
		cmocka_unit_test_teardown(test_jobs, teardown),
		cmocka_unit_test_teardown(test_on, teardown),
		cmocka_unit_test_teardown(test_wrong_on, teardown),
		cmocka_unit_test_teardown(test_wrong_inputs, teardown),
		cmocka_unit_test_teardown(test_more_wrong_inputs, teardown),
		cmocka_unit_test_teardown(test_runs_on, teardown),
		cmocka_unit_test_teardown(test_wrong_files, teardown),
		cmocka_unit_test_teardown(test_large_file, teardown),
		cmocka_unit_test_teardown(test_no_workflow, teardown),
		cmocka_unit_test_teardown(test_anchors, teardown),
		cmocka_unit_test_teardown(test_lint_dispatch, teardown),
		cmocka_unit_test_teardown(test_lint_counts, teardown),
		cmocka_unit_test_teardown(test_lint_labels, teardown),
		cmocka_unit_test_teardown(test_many_problems, teardown),
		cmocka_unit_test_teardown(test_inputs, teardown),
		cmocka_unit_test_teardown(test_numbers, teardown),
		cmocka_unit_test_teardown(test_missing_inputs, teardown),
		cmocka_unit_test_teardown(test_payload, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
