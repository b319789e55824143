/* Editing a line, and completion. */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "core/base/str.h"
#include "tui/complete.h"
#include "tui/key.h"
#include "tui/line.h"

static void type(struct rq_line *l, const char *keys)
{
	bool changed;

	for (; *keys; keys++)
		assert_true(rq_line_key(l, (uint32_t)(unsigned char)*keys, &changed));
}

static void press(struct rq_line *l, uint32_t key)
{
	bool changed;

	assert_true(rq_line_key(l, key, &changed));
}

static void test_typing(void **state)
{
	struct rq_line l;
	bool changed;

	(void)state;
	rq_line_init(&l, "");
	type(&l, "abc");
	press(&l, RQ_KEY_LEFT);
	type(&l, "X");
	assert_string_equal(l.s, "abXc");
	press(&l, RQ_KEY_BACKSPACE);
	press(&l, RQ_KEY_DELETE);
	assert_string_equal(l.s, "ab");
	press(&l, RQ_KEY_HOME);
	assert_true(rq_line_key(&l, RQ_KEY_BACKSPACE, &changed));
	assert_false(changed);
	assert_false(rq_line_key(&l, RQ_KEY_F5, &changed));
	assert_false(rq_line_key(&l, RQ_KEY_TAB, &changed));
	rq_line_release(&l);
}

static void test_characters_stay_whole(void **state)
{
	struct rq_line l;

	(void)state;
	rq_line_init(&l, "a\xe4\xb8\xad" "e\xcc\x81");
	press(&l, RQ_KEY_BACKSPACE); /* the letter and its accent */
	assert_string_equal(l.s, "a\xe4\xb8\xad");
	press(&l, RQ_KEY_LEFT);
	assert_int_equal(l.at, 1);
	press(&l, RQ_KEY_DELETE);
	assert_string_equal(l.s, "a");
	rq_line_insert(&l, "\033[2Jx\ny\xff", 8);
	assert_string_equal(l.s, "a[2Jx y\xef\xbf\xbd");
	rq_line_release(&l);
}

static void test_words_and_kills(void **state)
{
	struct rq_line l;

	(void)state;
	rq_line_init(&l, "submit --to mac");
	press(&l, 'w' & 0x1f);
	assert_string_equal(l.s, "submit --to ");
	press(&l, RQ_KEY_CTRL_LEFT);
	press(&l, 'k' & 0x1f);
	assert_string_equal(l.s, "submit ");
	press(&l, 'y' & 0x1f);
	assert_string_equal(l.s, "submit --to ");
	press(&l, RQ_KEY_HOME);
	press(&l, RQ_KEY_ALT | 'f');
	press(&l, 'u' & 0x1f);
	assert_string_equal(l.s, " --to ");
	rq_line_release(&l);
}

static void test_a_line_has_a_limit(void **state)
{
	struct rq_line l;
	int i;

	(void)state;
	rq_line_init(&l, "");
	for (i = 0; i < 70; i++) {
		char block[1024];

		memset(block, 'x', sizeof block);
		rq_line_insert(&l, block, sizeof block);
	}
	assert_true(l.n <= RQ_LINE_BYTES);
	rq_line_release(&l);
}

static const char *const mac[] = { "audio", "heavy" }, *const pi[] = { "arm64", "audio" };
static struct rq_runner runners[] = { { .name = "macmini", .labels = { 2, (const char **)(uintptr_t)mac }, .online = true },
				      { .name = "rpi4", .labels = { 2, (const char **)(uintptr_t)pi } } };
static struct rq_job jobs[] = { { .id = "local:17", .name = "a job" }, { .id = "local:2", .name = "b", .branch = "main" } };
static struct rq_queue_state queues[] = { { .name = "local", .kind = "local" }, { .name = "media", .kind = "github" } };
static const struct rq_snapshot snapshot = { .runners = runners, .n_runners = 2, .jobs = jobs, .n_jobs = 2,
					     .queues = queues, .n_queues = 2 };
static struct rq_input inputs[] = { { .name = "url", .help = "what to fetch" },
				    { .name = "mode", .help = "", .kind = RQ_INPUT_CHOICE, .choices = "fast|slow" } };
static const struct rq_job_type command = { .name = "command", .help = "", .error = "" },
				fetch = { .name = "http-fetch", .help = "over HTTP", .error = "", .inputs = inputs, .n_inputs = 2 };
static const struct rq_job_type *const types[] = { &command, &fetch };
static const struct rq_sources sources = { .snap = &snapshot, .types = types, .n_types = 2, .columns = "STATUS|ID",
					   .views = "jobs|activity" };

static void completes(const char *text, const char *want)
{
	struct rq_choices c;
	struct rq_str all = { 0 };
	size_t from, i;

	rq_complete(&sources, text, strlen(text), &c, &from);
	for (i = 0; i < c.n; i++)
		rq_str_addf(&all, "%s%s%s", i ? " " : "", c.before, c.v[i]);
	if (strcmp(rq_str_get(&all), want))
		fail_msg("\"%s\" completes to \"%s\", not to \"%s\"", text, rq_str_get(&all), want);
	rq_str_release(&all);
	rq_choices_release(&c);
}

static void test_completion(void **state)
{
	(void)state;
	completes("undr", "undrain");
	completes("move d", "down");
	completes("undrain ", "macmini rpi4");
	completes("undrain r", "rpi4");
	completes("view act", "activity");
	completes("sort S", "STATUS");
	completes("workflows e", "enable");
	completes("submit --type h", "http-fetch");
	completes("submit --type=h", "--type=http-fetch");
	completes("types ", "command http-fetch");
	completes("cancel local:1", "local:17");
	completes("cancel local:17 local:2", "local:2");
	completes("submit --after local:17,local:2", "local:17,local:2");
	completes("submit --runs-on a", "audio arm64");
	completes("submit --runs-on audio,he", "audio,heavy");
	completes("submit --to m", "macmini");
	completes("submit --prio", "--priority");
	completes("submit --ref ", "main");
	completes("submit --queue ", "local media");
	completes("submit --type http-fetch -f ", "url= mode=");
	completes("submit --type http-fetch -f mode=", "mode=fast mode=slow");
	completes("submit --type http-fetch --param=mode=s", "--param=mode=slow");
	completes("config set ui.slow_link ", "true false");
	completes("cancel {jo", "{job} {jobs}");
	completes("nonsense x", "");
	completes("undrain 'rp", "rpi4");
	/* An option that is there already is not offered again, and behind -- there is none. */
	completes("drain macmini --reason x --r", "");
	completes("submit --to macmini -- --nam", "");
	/* Values of the environment are not offered. */
	setenv("RQ_TEST_VARIABLE", "precious", 1);
	completes("submit --env RQ_TEST_VAR", "RQ_TEST_VARIABLE");
	completes("submit --env RQ_TEST_VARIABLE=", "");
}

static void test_choices_are_explained(void **state)
{
	struct rq_choices c;
	size_t from;

	(void)state;
	rq_complete(&sources, "drain ", 6, &c, &from);
	assert_int_equal(from, 6);
	assert_string_equal(c.kind, "runners");
	assert_string_equal(c.help[0], "online  audio,heavy");
	assert_string_equal(c.help[1], "offline  arm64,audio");
	rq_choices_release(&c);
	rq_complete(&sources, "submit --runs-on a", 18, &c, &from);
	assert_string_equal(c.help[0], "2 runners");
	assert_string_equal(c.help[1], "rpi4");
	rq_choices_release(&c);
	/* The cursor, not the end, is where it is completed. */
	rq_complete(&sources, "undrain r --queue x", 9, &c, &from);
	assert_int_equal(c.n, 1);
	assert_string_equal(c.v[0], "rpi4");
	rq_choices_release(&c);
}

static void test_what_is_common_is_characters(void **state)
{
	struct rq_choices c = { .v = { "caf\xc3\xa9", "caf\xc3\xa8s" }, .n = 2 };

	(void)state;
	assert_int_equal(rq_choices_common(&c), 3);
	c.v[1] = "caf\xc3\xa9s";
	assert_int_equal(rq_choices_common(&c), 5);
	c.n = 0;
	assert_int_equal(rq_choices_common(&c), 0);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/relayq-files-XXXXXX", line[256], want[256];
	const char *const names[] = { "a b.yml", "a.txt", ".hidden" };
	struct rq_str path = { 0 };
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < 3; i++) {
		FILE *f;

		rq_str_clear(&path);
		rq_str_addf(&path, "%s/%s", dir, names[i]);
		f = fopen(path.s, "w");
		assert_non_null(f);
		fclose(f);
	}
	rq_str_clear(&path);
	rq_str_addf(&path, "%s/sub", dir);
	assert_int_equal(mkdir(path.s, 0700), 0);
	snprintf(line, sizeof line, "policy check %s/", dir);
	snprintf(want, sizeof want, "%s/a b.yml %s/a.txt %s/sub/", dir, dir, dir);
	completes(line, want);
	snprintf(line, sizeof line, "submit --cwd %s/", dir);
	snprintf(want, sizeof want, "%s/sub/", dir);
	completes(line, want);
	snprintf(line, sizeof line, "policy check '%s/a b", dir);
	snprintf(want, sizeof want, "%s/a b.yml", dir);
	completes(line, want);
	snprintf(line, sizeof line, "policy check %s/.h", dir);
	snprintf(want, sizeof want, "%s/.hidden", dir);
	completes(line, want);
	completes("policy check /nowhere/at/all/", "");
	for (i = 0; i < 3; i++) {
		rq_str_clear(&path);
		rq_str_addf(&path, "%s/%s", dir, names[i]);
		unlink(path.s);
	}
	rq_str_clear(&path);
	rq_str_addf(&path, "%s/sub", dir);
	rmdir(path.s);
	rmdir(dir);
	rq_str_release(&path);
}

static void problem_is(const char *text, const char *want)
{
	struct rq_str s = { 0 };

	rq_cmdline_problem(&sources, text, &s);
	if (*want ? !strstr(rq_str_get(&s), want) : s.len > 0)
		fail_msg("\"%s\" has the problem \"%s\", not \"%s\"", text, rq_str_get(&s), want);
	rq_str_release(&s);
}

static void test_what_is_wrong_while_it_is_typed(void **state)
{
	(void)state;
	/* Nothing is wrong with what may become something. */
	problem_is("", "");
	problem_is("sub", "");
	problem_is("policy ch", "");
	problem_is("move do", "");
	problem_is("drain ", "");
	problem_is("help polic", "");
	problem_is("help RUNNER_OFF", "");
	problem_is("config set ui.detail ri", "");
	problem_is("frobnicated", "There is no command \"frobnicated\".");
	problem_is("fitler", "did you mean filter?");
	problem_is("drain macm", "");
	problem_is("drain macmini --rea", "");
	problem_is("drain macmini --reason", "");
	problem_is("drain macmini --reason ", "");
	problem_is("drain macmini --reason 'new di", "");
	problem_is("submit -- anything --at-all", "");
	problem_is("cancel {jobs} --force", "");
	problem_is("cancel 99", "");
	/* What cannot is told, with what may have been meant. */
	problem_is("frobnicate", "There is no command \"frobnicate\".");
	problem_is("sumbit x", "did you mean submit?");
	problem_is("drain macmimi --reason x", "No runner here is called \"macmimi\"; did you mean macmini?");
	problem_is("drain x", "No runner here begins with \"x\".");
	problem_is("submit --qeue x", "has no option --qeue; did you mean --queue?");
	problem_is("submit --zz", "no option that begins with --zz");
	problem_is("submit --queue medai ", "did you mean media?");
	problem_is("submit --timeout soon ", "a duration");
	problem_is("config get ui.thme ", "did you mean ui.theme?");
}

static void test_what_the_line_is_about(void **state)
{
	static const struct { const char *text, *usage, *about; } cases[] = {
		{ "drain ", "drain RUNNER --reason TEXT", "RUNNER: " },
		{ "drain", "drain RUNNER --reason TEXT", "Let a runner finish" },
		{ "drain mac --reason ", "drain RUNNER", "--reason TEXT: " },
		{ "submit --to=m", "submit [--type T]", "--to RUNNER: this runner and no other" },
		{ "filter ", "filter TEXT", "Show only what matches" },
		{ "nothing at all", "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rq_str usage = { 0 }, about = { 0 };
		struct rq_cmdline c;

		rq_cmdline_init(&c, cases[i].text, strlen(cases[i].text));
		rq_cmdline_usage(&c, &usage);
		rq_cmdline_about(&c, &about);
		assert_int_equal(strncmp(rq_str_get(&usage), cases[i].usage, strlen(cases[i].usage)), 0);
		assert_int_equal(strncmp(rq_str_get(&about), cases[i].about, strlen(cases[i].about)), 0);
		assert_int_equal(usage.len > 0, *cases[i].usage != '\0');
		rq_cmdline_release(&c);
		rq_str_release(&usage);
		rq_str_release(&about);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typing),
		cmocka_unit_test(test_characters_stay_whole),
		cmocka_unit_test(test_words_and_kills),
		cmocka_unit_test(test_a_line_has_a_limit),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_choices_are_explained),
		cmocka_unit_test(test_what_is_common_is_characters),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_what_is_wrong_while_it_is_typed),
		cmocka_unit_test(test_what_the_line_is_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
