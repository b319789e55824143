/* The console without a terminal: placeholders, what would undo a command, ages. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/command/command.h"
#include "tui/ui.h"
#include "tui/undo.h"
#include "tui/words.h"

/* A view that has two marked jobs, a runner, and no decision. */
static void pick(struct rq_view *v, const char *what, struct rq_str *out)
{
	(void)v;
	if (!strcmp(what, "jobs"))
		rq_str_add(out, " local:1 local:2");
	else if (!strcmp(what, "job"))
		rq_str_add(out, " local:1");
	else if (!strcmp(what, "runner"))
		rq_str_add(out, " 'mac mini'");
}

static const struct rq_view_ops ops = { .id = RQ_VIEW_JOBS, .pick = pick };

struct fake {
	struct rq_ui ui;
	struct rq_view view;
};

static void begin(struct fake *f)
{
	memset(f, 0, sizeof *f);
	f->view.ops = &ops;
	f->view.ui = &f->ui;
	f->ui.tabs[0] = &f->view;
}

static void expands(const char *text, const char *want)
{
	struct rq_words w = { 0 };
	struct fake f;
	char **words, *joined;
	size_t n, i;

	begin(&f);
	assert_int_equal(rq_words_split(text, &words, &n, NULL), RQ_OK);
	for (i = 0; i < n; i++)
		rq_words_expand(&f.ui, words[i], &w);
	joined = rq_words_join(w.v, w.n);
	assert_string_equal(joined, want);
	rq_free(joined);
	rq_words_free(words);
	rq_words_release(&w);
}

static void test_placeholders(void **state)
{
	(void)state;
	expands("cancel {jobs}", "cancel local:1 local:2");
	expands("logs -f {job}", "logs -f local:1");
	expands("drain {runner}", "drain 'mac mini'");
	expands("jobs --filter runner:{runner}", "jobs --filter 'runner:mac mini'");
	/* Nothing there: left out, with the option that waits for it, so that a form can ask. */
	expands("explain {decision}", "explain");
	expands("submit --to {decision} -- true", "submit -- true");
	/* Not placeholders. */
	expands("submit -- sh -c 'echo ${job} {} {x}'", "submit -- sh -c 'echo ${job} {} {x}'");
}

static void test_objects(void **state)
{
	char *words[] = { (char *)"--reason", (char *)"new disk", (char *)"mac" };
	const struct rq_command *c = rq_command_find("drain");
	char *object = rq_words_object(c, words, 3);

	(void)state;
	assert_string_equal(object, "mac");
	rq_free(object);
	assert_null(rq_words_object(c, words, 2));
	assert_null(rq_words_object(rq_command_find("jobs"), NULL, 0));
}

/* COMMAND's words, with OBJECT among them. */
static void reverses(struct fake *f, const char *command, const char *object, const char *want)
{
	char *words[] = { (char *)command, (char *)object };
	struct rq_undo u = { 0 };

	rq_undo_of(&f->ui, rq_command_find(command), words, 2, object, &u);
	if (want)
		assert_string_equal(u.command, want);
	else
		assert_null(u.command);
	rq_undo_release(&u);
}

static void test_what_would_undo_it(void **state)
{
	static const char *labels[] = { "audio", "self-hosted" };
	struct rq_runner runners[] = {
		{ .name = "mac", .drain = RQ_DRAIN_ACTIVE },
		{ .name = "pi", .drain = RQ_DRAIN_DRAINED, .drain_reason = "new disk" },
	};
	struct rq_job jobs[] = {
		{ .id = "local:1", .status = RQ_STATUS_QUEUED, .target = "mac", .labels = { 2, labels } },
		{ .id = "local:3", .status = RQ_STATUS_IN_PROGRESS, .target = "mac" },
		{ .id = "local:4", .status = RQ_STATUS_COMPLETED, .target = "mac" },
	};
	struct rq_snapshot s = { .runners = runners, .n_runners = 2, .jobs = jobs, .n_jobs = 3 };
	struct fake f;

	(void)state;
	begin(&f);
	f.ui.snap = &s;
	reverses(&f, "drain", "mac", "undrain mac");
	reverses(&f, "undrain", "pi", "drain pi --reason 'new disk'");
	reverses(&f, "drain", "pi", NULL);
	reverses(&f, "drain", "unknown", NULL);
	/* One that runs was ended: that cannot be taken back. */
	reverses(&f, "reroute", "local:3", NULL);
	reverses(&f, "reroute", "local:4", NULL);
	reverses(&f, "cancel", "local:1", NULL);
}

static void age_is(int64_t ms, const char *want, int64_t changes_in)
{
	char buf[RQ_TIME_LEN];
	struct fake f;

	begin(&f);
	f.ui.now = 1000000000;
	assert_string_equal(rq_ui_age(&f.ui, f.ui.now - ms, buf), want);
	assert_int_equal(f.ui.next_change - f.ui.now, changes_in);
}

/* Ages change seldom, and the screen is drawn again when the first of them does. */
static void test_ages(void **state)
{
	char buf[RQ_TIME_LEN];
	struct fake f;

	(void)state;
	age_is(0, "now", 10000);
	age_is(9999, "now", 1);
	age_is(10000, "10s", 10000);
	age_is(59999, "50s", 1);
	age_is(60000, "1m", 60000);
	age_is(61000, "1m", 59000);
	age_is(14 * 60000 + 30000, "14m", 30000);
	age_is(3600000 - 1, "59m", 1);
	age_is(3600000 + 9 * 60000, "1h", 60000);
	age_is(3600000 + 25 * 60000, "1h20m", 300000);
	age_is(6 * 3600000 - 1, "5h50m", 1);
	age_is(7 * 3600000 + 1, "7h", 3600000 - 1);
	age_is(INT64_C(50) * 3600000, "2d", INT64_C(22) * 3600000);
	begin(&f);
	f.ui.now = 1000000000;
	rq_ui_age(&f.ui, f.ui.now - 3000, buf);
	rq_ui_elapsed(&f.ui, f.ui.now - 2300, buf);
	assert_string_equal(buf, "2s");
	assert_int_equal(f.ui.next_change - f.ui.now, 700);
	assert_string_equal(rq_ui_age(&f.ui, 0, buf), "-");
	/* A clock that went back: nothing is younger than now. */
	assert_string_equal(rq_ui_age(&f.ui, f.ui.now + 50000, buf), "now");
}

/* The list of keys shows sentences whole at 80 columns: so much is left for them there. */
enum { SENTENCE_COLS = 63 };

static void test_sentences_fit(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < RQ_DO_N; i++)
		assert_true(rq_text_width(rq_doing((enum rq_do)i)->help) <= SENTENCE_COLS);
	for (i = 0; rq_commands[i]; i++)
		assert_true(rq_text_width(rq_commands[i]->summary) <= SENTENCE_COLS);
}

static void test_options_among_words(void **state)
{
	static char *const words[] = { (char *)"reroute", (char *)"local:1", (char *)"--to=mac", (char *)"--tomorrow" };

	(void)state;
	assert_true(rq_words_have(words, 4, "--to"));
	assert_true(rq_words_have(words, 4, "--tomorrow"));
	assert_false(rq_words_have(words, 4, "--runs-on"));
	assert_false(rq_words_have(words, 4, "reroute"));
	assert_false(rq_words_have(words, 4, "--tom"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_what_would_undo_it),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_sentences_fit),
		cmocka_unit_test(test_options_among_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
