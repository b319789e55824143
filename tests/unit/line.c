/* Editing a line, its history, and completion. */
#include "tests/unit/unit.h"

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

static void test_history(void **state)
{
	struct rq_history *h = rq_history_new();
	char text[16];
	int i;

	(void)state;
	rq_history_add(h, "jobs");
	rq_history_add(h, "drain mac");
	rq_history_add(h, "drain mac");
	rq_history_add(h, "");
	assert_string_equal(rq_history_get(h, 1, ""), "drain mac");
	assert_string_equal(rq_history_get(h, 2, ""), "jobs");
	assert_null(rq_history_get(h, 3, ""));
	assert_string_equal(rq_history_get(h, 1, "jo"), "jobs");
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "n%d", i);
		rq_history_add(h, text);
	}
	assert_string_equal(rq_history_get(h, 1, "n"), "n999");
	assert_null(rq_history_get(h, 1, "jobs"));
	rq_history_free(h);
}

static void completes(const struct rq_snapshot *s, const char *text, const char *want)
{
	struct rq_choices c;
	struct rq_str all = { 0 };
	size_t from, i;

	rq_complete(s, "command|http-fetch", text, &c, &from);
	for (i = 0; i < c.n; i++)
		rq_str_addf(&all, "%s%s", i ? " " : "", c.v[i]);
	if (strcmp(rq_str_get(&all), want))
		fail_msg("\"%s\" completes to \"%s\", not to \"%s\"", text, rq_str_get(&all), want);
	rq_str_release(&all);
	rq_choices_release(&c);
}

static void test_completion(void **state)
{
	static const char *mac[] = { "audio", "heavy" }, *pi[] = { "arm64", "audio" };
	struct rq_runner runners[] = { { .name = "macmini", .labels = { 2, mac } },
				       { .name = "rpi4", .labels = { 2, pi } } };
	struct rq_job jobs[] = { { .id = "local:17" }, { .id = "local:2" } };
	struct rq_snapshot s = { .runners = runners, .n_runners = 2, .jobs = jobs, .n_jobs = 2 };

	(void)state;
	completes(&s, "undr", "undrain");
	completes(&s, "move d", "down");
	completes(&s, "undrain ", "macmini rpi4");
	completes(&s, "undrain r", "rpi4");
	completes(&s, "view act", "activity");
	completes(&s, "submit --type h", "http-fetch");
	completes(&s, "types ", "command http-fetch");
	completes(&s, "cancel local:1", "local:17");
	completes(&s, "cancel local:17 local:2", "local:2");
	completes(&s, "submit --runs-on a", "audio arm64");
	completes(&s, "submit --runs-on audio,he", "audio,heavy");
	completes(&s, "submit --to m", "macmini");
	completes(&s, "submit --prio", "--priority");
	completes(&s, "nonsense x", "");
	completes(&s, "undrain 'un", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typing),
		cmocka_unit_test(test_characters_stay_whole),
		cmocka_unit_test(test_words_and_kills),
		cmocka_unit_test(test_a_line_has_a_limit),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
