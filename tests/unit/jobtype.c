/* Manifests of job types: what is taken, what is refused and where, and the work that is made of inputs. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/jobtype.h"

static struct rq_arena arena;
static struct rq_job_type t;
static struct rq_error e;

static int parse(const char *text)
{
	struct rq_yaml_doc *doc;
	int rc;

	memset(&e, 0, sizeof e);
	rc = rq_yaml_parse("m.yaml", text, strlen(text), &doc, &e);
	if (rc)
		return rc;
	rc = rq_job_type_parse(&arena, "m.yaml", "fetch", rq_yaml_root(doc), &t, &e);
	rq_yaml_free(doc);
	return rc;
}

static void taken(const char *text)
{
	if (parse(text))
		fail_msg("%s", e.msg);
}

static void refused(const char *text, const char *why)
{
	assert_int_equal(parse(text), RQ_EUSAGE);
	if (!strstr(e.msg, why))
		fail_msg("said: %s; wanted: %s", e.msg, why);
}

static int teardown(void **state)
{
	(void)state;
	rq_arena_release(&arena);
	return 0;
}

/* The inputs of one job as one text. */
static const char *inputs(const char *const *params, size_t n)
{
	struct rq_str s = { 0 };
	const char **v, *text;
	size_t count;

	memset(&e, 0, sizeof e);
	if (rq_job_type_inputs(&t, &arena, params, n, &v, &count, &e))
		return rq_arena_str(&arena, e.msg);
	for (size_t i = 0; i < count; i++)
		rq_str_addf(&s, "%s%s", i ? " " : "", v[i]);
	text = rq_arena_str(&arena, rq_str_get(&s));
	rq_str_release(&s);
	return text;
}

#define INPUTS(...) inputs((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char *argv(const char *const *params, size_t n)
{
	struct rq_str s = { 0 };
	const char **v, *text;
	char **words;
	size_t count;

	if (rq_job_type_inputs(&t, &arena, params, n, &v, &count, &e))
		fail_msg("%s", e.msg);
	if (rq_job_type_argv(&t, &arena, v, count, &words, &e))
		return rq_arena_str(&arena, e.msg);
	for (size_t i = 0; words[i]; i++)
		rq_str_addf(&s, "[%s]", words[i]);
	text = rq_arena_str(&arena, rq_str_get(&s));
	rq_str_release(&s);
	return text;
}

#define ARGV(...) argv((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char whole[] = "help: fetch a file\n"
			    "timeout: 30m\n"
			    "labels: [net, GPU]\n"
			    "inputs:\n"
			    "  url: {type: url, required: true, help: what}\n"
			    "  limit: {type: size, default: 1M}\n"
			    "  pause: duration\n"
			    "  mode: {type: choice, choices: [fast, slow]}\n"
			    "command: [curl, {url}, \"--max={limit}\", \"--pause={pause}\", \"{{x}\", \"${url}\", \"{mode}{mode}\"]\n";

static void test_whole(void **state)
{
	(void)state;
	taken(whole);
	assert_string_equal(t.name, "fetch");
	assert_string_equal(t.help, "fetch a file");
	assert_int_equal(t.timeout_ms, 30 * 60 * 1000);
	assert_int_equal(t.labels.n, 2);
	assert_int_equal(t.n_inputs, 4);
	assert_string_equal(t.inputs[0].name, "url");
	assert_true(t.inputs[0].required);
	assert_string_equal(t.inputs[3].choices, "fast|slow");
	assert_true(rq_job_type_works(&t));
	taken("run: |\n  echo hello\n");
	assert_string_equal(t.script, "echo hello\n");
	taken("help: nothing but a name\n");
	assert_false(rq_job_type_works(&t));
}

static void test_refused(void **state)
{
	(void)state;
	refused("[a]\n", "m.yaml:1:1: ");
	refused("help: a\ncomand: [x]\n", "m.yaml:2:1: there is no key 'comand' (did you mean 'command'?)");
	refused("timeout: soon\n", "m.yaml:1:10: timeout is a duration");
	refused("timeout: 0\n", "m.yaml:1:10: timeout is a duration");
	refused("labels: [a b]\n", "m.yaml:1:9: labels are a list");
	refused("command: curl x\n", "m.yaml:1:10: a command is a list of words");
	refused("command: []\n", "m.yaml:1:10: a command is a list of words");
	refused("command: [a, [b]]\n", "m.yaml:1:14: a word of a command is text");
	refused("command: [a]\nrun: b\n", "both command and run");
	refused("inputs: {url: url}\ncommand:\n  - curl\n  - a{ulr}\n", "m.yaml:4:5: there is no input 'ulr' (did you mean 'url'?)");
	refused("inputs: 3\n", "m.yaml:1:9: inputs are written");
	refused("inputs: {u: {type: ulr}}\n", "m.yaml:1:20: there is no type of input 'ulr' (did you mean 'url'?)");
	refused("inputs: {u: [url]}\n", "m.yaml:1:13: an input is its type");
	refused("inputs: {u: {requird: true}}\n", "m.yaml:1:14: there is no key 'requird' (did you mean 'required'?)");
	refused("inputs: {u: {required: yes}}\n", "m.yaml:1:24: required is true or false");
	refused("inputs: {u: {type: int, default: abc}}\n", "the default does not fit: Input u cannot be \"abc\"");
	refused("inputs: {u: {required: true, default: a}}\n", "never missing");
	refused("inputs: {u: {choices: [a]}}\n", "choices are for inputs of the type choice");
	refused("inputs: {u: choice}\n", "has no choices");
	refused("inputs: {u: {type: choice, choices: ['a|b']}}\n", "without '|'");
	refused("inputs: {1u: int}\n", "m.yaml:1:10: '1u' cannot be an input");
	refused("inputs: {url: url, URL: url}\n", "the same variable");
	refused("inputs: {a: int, a: int}\n", "m.yaml:1:18");
}

static void test_values(void **state)
{
	static const struct {
		enum rq_input_kind kind;
		const char *good[4], *bad[6];
	} rows[] = {
		{ RQ_INPUT_TEXT, { "", "a b", "--x" }, { NULL } },
		{ RQ_INPUT_INT, { "0", "-3", "512" }, { "", "a", "1.5", "1 ", "99999999999999999999" } },
		{ RQ_INPUT_NUMBER, { "1", "-0.5", ".5" }, { "", ".", "1e3", "1.2.3", "x" } },
		{ RQ_INPUT_BOOL, { "true", "false" }, { "", "yes", "True", "1" } },
		{ RQ_INPUT_FILE, { "a", "/x y", "-a" }, { "", "a\nb" } },
		{ RQ_INPUT_URL, { "http://a", "https://b/c?d", "s3://x" }, { "", "a", "http:", "http:///x", "http://a b", "-K://x" } },
		{ RQ_INPUT_SIZE, { "1", "64M", "1.5G" }, { "", "M", "-1", "1X" } },
		{ RQ_INPUT_DURATION, { "90", "1h30m" }, { "", "h", "-1", "soon" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rq_input in = { .name = "x", .help = "", .kind = rows[i].kind };

		for (size_t k = 0; k < 4 && rows[i].good[k]; k++)
			if (rq_input_check(&in, rows[i].good[k], &e))
				fail_msg("%s", e.msg);
		for (size_t k = 0; k < 6 && rows[i].bad[k]; k++)
			if (!rq_input_check(&in, rows[i].bad[k], &e))
				fail_msg("%s took \"%s\"", rq_input_kind_name(in.kind), rows[i].bad[k]);
	}
}

static void test_inputs(void **state)
{
	(void)state;
	taken(whole);
	assert_string_equal(INPUTS("url=http://a/b"), "url=http://a/b limit=1048576");
	assert_string_equal(INPUTS("mode=slow", "limit=", "url=http://a", "pause=90500ms"), "url=http://a pause=91 mode=slow");
	assert_non_null(strstr(INPUTS("limit=2M"), "needs the input url, what: -f url=..."));
	assert_non_null(strstr(INPUTS("url="), "needs the input url"));
	assert_non_null(strstr(INPUTS("url=http://a", "limt=2M"), "has no input \"limt\"; did you mean limit?"));
	assert_non_null(strstr(INPUTS("url=http://a", "colour=2"), "it has url, limit, pause, mode"));
	assert_non_null(strstr(INPUTS("url=http://a", "url=http://b"), "given twice"));
	assert_non_null(strstr(INPUTS("url=http://a", "mode=quick"), "it is fast|slow"));
	taken("help: none\n");
	assert_non_null(strstr(INPUTS("a=b"), "takes none"));
}

static void test_argv(void **state)
{
	(void)state;
	taken(whole);
	/* A value stays inside its word, whatever is in it. */
	assert_string_equal(ARGV("url=http://a/$(x);'{limit}\"", "mode=fast"),
			    "[curl][http://a/$(x);'{limit}\"][--max=1048576][{x}][${url}][fastfast]");
	assert_string_equal(ARGV("url=http://a", "limit=", "pause=2m"), "[curl][http://a][--pause=120][{x}][${url}]");
}

/* What a submitter writes never becomes an option of the type's command. */
static void test_options(void **state)
{
	(void)state;
	taken("inputs: {f: file, t: text, e: text}\ncommand: [cat, {f}, {t}, \"-n{t}\", \"{e}{t}\"]\n");
	assert_string_equal(ARGV("f=--help", "t=a", "e="), "[cat][./--help][a][-na]");
	assert_non_null(strstr(ARGV("f=a", "t=-rf"), "Input t cannot be \"-rf\": the command of type fetch would take"));
	assert_string_equal(ARGV("f=-"), "[cat][./-]");
	taken("inputs: {f: file, t: text}\ncommand: [cat, \"--t={t}\", --, {f}, {t}]\n");
	assert_string_equal(ARGV("f=-x", "t=-y"), "[cat][--t=-y][--][-x][-y]");
	taken("inputs: {n: int}\ncommand: [head, {n}]\n");
	assert_string_equal(ARGV("n=-3"), "[head][-3]");
}

static void test_title(void **state)
{
	static const char *const url[] = { "url=https://a/b/episode.mp3?key=secret" }, *const bare[] = { "url=https://a.org/" };

	(void)state;
	taken(whole);
	assert_string_equal(rq_job_type_title(&t, &arena, url, 1), "episode.mp3");
	assert_string_equal(rq_job_type_title(&t, &arena, bare, 1), "fetch");
	assert_string_equal(rq_job_type_title(&t, &arena, NULL, 0), "fetch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_whole, teardown),   cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_values, teardown),  cmocka_unit_test_teardown(test_inputs, teardown),
		cmocka_unit_test_teardown(test_argv, teardown),    cmocka_unit_test_teardown(test_options, teardown),
		    cmocka_unit_test_teardown(test_title, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
