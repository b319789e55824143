/* Commands as forms: fields from a row, and words from the fields. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/cmdtext.h"
#include "tui/oldvalues.h"

static struct rq_field *field(struct rq_fields *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (rq_eq(rq_field_name(&f->v[i]), name))
			return &f->v[i];
	}
	fail_msg("no field %s", name);
	return NULL;
}

static void set(struct rq_fields *f, const char *name, const char *value)
{
	rq_line_set(&field(f, name)->line, value);
}

static void words_are(struct rq_fields *f, const char *want)
{
	struct rq_str s = { 0 };
	struct rq_error e = { 0 };
	char **words;
	size_t n, i, bad;

	if (rq_fields_words(f, &words, &n, &bad, &e))
		fail_msg("%s", e.msg);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_addc(&s, ' ');
		rq_words_quote(&s, words[i]);
	}
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
	rq_words_free(words);
}

static void test_submit(void **state)
{
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	set(&f, "COMMAND", "sh -c 'echo \"a b\"; exit 3'");
	set(&f, "runs-on", "audio,heavy");
	set(&f, "param", "A=1 'B=x y'");
	words_are(&f, "submit --runs-on audio,heavy --param A=1 --param 'B=x y' -- sh -c 'echo \"a "
		      "b\"; exit 3'");
	assert_string_equal(rq_fields_get(&f, "runs-on"), "audio,heavy");
	assert_string_equal(rq_fields_get(&f, "nothing"), "");
	rq_fields_release(&f);
}

static void test_prefilled(void **state)
{
	char *words[] = { (char *)"mac mini", (char *)"--reason", (char *)"new disk", NULL };
	char *good[] = { (char *)"mac", (char *)"--reason", (char *)"new disk", NULL };
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("drain"), good, 3);
	assert_string_equal(rq_fields_get(&f, "RUNNER"), "mac");
	assert_string_equal(rq_fields_get(&f, "reason"), "new disk");
	words_are(&f, "drain mac --reason 'new disk'");
	rq_fields_release(&f);
	/* Words that make no sense fill in nothing. */
	rq_fields_init(&f, rq_command_find("drain"), words, 3);
	assert_true(rq_field_empty(field(&f, "RUNNER")));
	rq_fields_release(&f);
}

static void test_what_is_missing_or_wrong_is_named(void **state)
{
	struct rq_fields f;
	struct rq_error e;
	char **words;
	size_t n, bad;

	(void)state;
	rq_fields_init(&f, rq_command_find("drain"), NULL, 0);
	assert_int_equal(rq_fields_words(&f, &words, &n, &bad, &e), RQ_EUSAGE);
	assert_string_equal(rq_field_name(&f.v[bad]), "RUNNER");
	set(&f, "RUNNER", "mac");
	assert_int_equal(rq_fields_words(&f, &words, &n, &bad, &e), RQ_EUSAGE);
	assert_string_equal(rq_field_name(&f.v[bad]), "reason");
	set(&f, "reason", "  ");
	assert_int_equal(rq_fields_words(&f, &words, &n, &bad, &e), RQ_EUSAGE);
	set(&f, "reason", "disk");
	set(&f, "deadline", "soon");
	rq_field_check(&f, field(&f, "deadline"));
	assert_non_null(strstr(field(&f, "deadline")->error, "duration"));
	assert_int_equal(rq_fields_words(&f, &words, &n, &bad, &e), RQ_EUSAGE);
	assert_string_equal(rq_field_name(&f.v[bad]), "deadline");
	set(&f, "deadline", "5m");
	rq_field_check(&f, field(&f, "deadline"));
	assert_string_equal(field(&f, "deadline")->error, "");
	rq_fields_release(&f);
}

static void test_an_open_quote_is_wrong(void **state)
{
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	set(&f, "COMMAND", "sh -c 'echo");
	rq_field_check(&f, field(&f, "COMMAND"));
	assert_true(field(&f, "COMMAND")->error[0] != '\0');
	/* A value that begins with a dash is a value. */
	set(&f, "COMMAND", "--version");
	set(&f, "name", "-x");
	words_are(&f, "submit --name -x -- --version");
	rq_fields_release(&f);
}

static void test_switches_and_rare_fields(void **state)
{
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("cancel"), NULL, 0);
	assert_true(rq_field_switch(field(&f, "force")));
	field(&f, "force")->on = true;
	set(&f, "ID", "local:1 local:2");
	words_are(&f, "cancel local:1 local:2 --force");
	rq_fields_release(&f);
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	assert_true(field(&f, "backoff")->rare);
	assert_false(field(&f, "name")->rare);
	rq_fields_release(&f);
}

/* A form can be made for every command. */
static void test_the_value_of_a_setting(void **state)
{
	char *const words[] = { (char *)"agent.slots", (char *)"9999" };
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("config set"), words, 2);
	assert_null(rq_fields_setting(&f, &f.v[0]));
	assert_string_equal(rq_fields_setting(&f, &f.v[1])->name, "agent.slots");
	rq_field_check(&f, &f.v[1]);
	assert_non_null(strstr(f.v[1].error, "256"));
	rq_line_set(&f.v[1].line, "2");
	rq_field_check(&f, &f.v[1]);
	assert_string_equal(f.v[1].error, "");
	rq_line_set(&f.v[0].line, "nothing.like.it");
	assert_null(rq_fields_setting(&f, &f.v[1]));
	rq_fields_release(&f);
}

static void test_every_command(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; rq_commands[i]; i++) {
		struct rq_fields f;

		rq_fields_init(&f, rq_commands[i], NULL, 0);
		rq_fields_release(&f);
	}
}

/* The inputs of a type come and go behind the field `type`; what is typed moves with its name. */
static void test_types(void **state)
{
	struct rq_input in[] = {
		{ .name = "url", .help = "what", .kind = RQ_INPUT_URL, .required = true },
		{ .name = "limit", .help = "", .kind = RQ_INPUT_SIZE, .def = "1M" },
		{ .name = "name", .help = "", .kind = RQ_INPUT_TEXT },
	};
	struct rq_job_type fetch = { .name = "fetch", .n_inputs = 3, .inputs = in };
	struct rq_job_type other = { .name = "other", .n_inputs = 1, .inputs = in + 1 };
	char *words[] = { (char *)"--type", (char *)"fetch", (char *)"-f", (char *)"limit=5k", (char *)"-f", (char *)"own=a b" };
	struct rq_arena arena = { 0 };
	struct rq_fields f;
	const char **params;
	size_t n, count;

	(void)state;
	rq_fields_init(&f, rq_command_find("submit"), words, 6);
	count = f.n;
	assert_true(rq_fields_set_type(&f, &fetch));
	assert_false(rq_fields_set_type(&f, &fetch));
	assert_int_equal(f.n, count + 3);
	assert_string_equal(field(&f, "url")->input->name, "url");
	assert_true(rq_field_required(field(&f, "url")));
	assert_string_equal(rq_field_default(field(&f, "limit")), "1M");
	assert_string_equal(field(&f, "limit")->line.s, "5k");
	assert_string_equal(rq_fields_get(&f, "param"), "'own=a b'");
	set(&f, "url", "nowhere");
	rq_field_check(&f, field(&f, "url"));
	assert_non_null(strstr(field(&f, "url")->error, "Input url cannot be"));
	set(&f, "url", "http://a b");
	set(&f, "url", "http://a/$x");
	words_are(&f, "submit --type fetch --param 'url=http://a/$x' --param limit=5k --param 'own=a b'");
	params = rq_fields_params(&f, &arena, &n);
	assert_int_equal(n, 3);
	assert_string_equal(params[0], "own=a b");
	/* The option --name is not the input of that name. */
	set(&f, "COMMAND", "true");
	assert_string_equal(rq_fields_get(&f, "name"), "");
	assert_true(rq_fields_set_type(&f, &other));
	assert_string_equal(field(&f, "limit")->line.s, "5k");
	assert_true(rq_fields_set_type(&f, NULL));
	assert_int_equal(f.n, count);
	words_are(&f, "submit --type fetch --param 'own=a b' -- true");
	rq_fields_release(&f);
	rq_arena_release(&arena);
}

static void test_arguments_by_themselves(void **state)
{
	struct rq_fields f;
	struct rq_error e = { 0 };
	char **words;
	size_t n, bad;

	(void)state;
	rq_fields_init(&f, rq_command_find("policy why-not"), NULL, 0);
	set(&f, "RUNNER", "mac");
	rq_field_check(&f, field(&f, "RUNNER"));
	assert_string_equal(field(&f, "RUNNER")->error, "");
	/* It does not move into the other's place. */
	assert_int_equal(rq_fields_words(&f, &words, &n, &bad, &e), RQ_EUSAGE);
	assert_string_equal(rq_field_name(&f.v[bad]), "JOB");
	set(&f, "RUNNER", "mac mini");
	rq_field_check(&f, field(&f, "RUNNER"));
	assert_non_null(strstr(field(&f, "RUNNER")->error, "RUNNER cannot be"));
	set(&f, "RUNNER", "mac");
	set(&f, "JOB", "local:3");
	words_are(&f, "policy why-not local:3 mac");
	rq_fields_release(&f);
	rq_fields_init(&f, rq_command_find("runner labels"), NULL, 0);
	set(&f, "RUNNER", "mac");
	set(&f, "LABELS", "audio,loud");
	words_are(&f, "runner labels mac audio,loud");
	rq_fields_release(&f);
}

static void draft_is(struct rq_fields *f, bool missing, const char *want)
{
	struct rq_str s = { 0 };
	size_t n;
	char **words = rq_fields_draft(f, missing, &n);

	rq_cmdtext(words, n, &s);
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
	rq_words_free(words);
}

static void test_the_command_line(void **state)
{
	struct rq_fields f;

	(void)state;
	rq_fields_init(&f, rq_command_find("drain"), NULL, 0);
	draft_is(&f, true, "relayq drain RUNNER --reason TEXT");
	draft_is(&f, false, "relayq drain");
	set(&f, "RUNNER", "mac");
	set(&f, "reason", "it's off");
	draft_is(&f, true, "relayq drain mac --reason 'it'\\''s off'");
	/* What could be taken for an option stands behind a double dash. */
	set(&f, "RUNNER", "-mac");
	draft_is(&f, true, "relayq drain --reason 'it'\\''s off' -- -mac");
	rq_fields_release(&f);
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	set(&f, "COMMAND", "sh -c 'echo $HOME; ls *'");
	set(&f, "env", "PATH TOKEN=hunter2 'A B=c' --x=y");
	draft_is(&f, true, "relayq submit --env PATH --env TOKEN=\"$TOKEN\" --env NAME=VALUE --env NAME=VALUE -- "
			   "sh -c 'echo $HOME; ls *'");
	/* Half a word is left out until it is whole. */
	set(&f, "COMMAND", "sh -c 'echo");
	draft_is(&f, true, "relayq submit --env PATH --env TOKEN=\"$TOKEN\" --env NAME=VALUE --env NAME=VALUE --");
	rq_fields_release(&f);
}

static void shown_is(struct rq_field *f, const char *line, size_t at, const char *want, size_t want_at)
{
	struct rq_line shown;

	rq_line_set(&f->line, line);
	f->line.at = at;
	rq_field_shown(f, &shown);
	assert_string_equal(shown.s, want);
	assert_int_equal(shown.at, want_at);
	rq_line_release(&shown);
}

static void test_secrets_are_masked(void **state)
{
	struct rq_fields f;
	struct rq_field *env;

	(void)state;
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	env = field(&f, "env");
	assert_true(rq_field_secret(env));
	assert_false(rq_field_secret(field(&f, "name")));
	shown_is(env, "PATH TOKEN=abc LANG", 19, "PATH TOKEN=*** LANG", 19);
	shown_is(env, "A=\xc3\xa9\xc3\xa9 B", 6, "A=** B", 4);
	shown_is(env, "A='b c' 'D=e f' G=h\\ i", 0, "A=***** 'D=**** G=****", 0);
	rq_fields_release(&f);
}

static void test_old_values(void **state)
{
	struct rq_history *h = rq_history_new(NULL);
	struct rq_old_values o = { 0 };
	struct rq_fields f;
	struct rq_field *reason;
	const char *const reasons[] = { "new disk", "heat", "new disk", "noise" };
	size_t i;

	(void)state;
	rq_fields_init(&f, rq_command_find("drain"), NULL, 0);
	reason = field(&f, "reason");
	assert_false(rq_old_values_next(&o, h, &f, reason));
	rq_old_values_release(&o);
	set(&f, "RUNNER", "mac");
	for (i = 0; i < 4; i++) {
		set(&f, "reason", reasons[i]);
		rq_old_values_keep(h, &f);
	}
	set(&f, "reason", "dra");
	assert_true(rq_old_values_next(&o, h, &f, reason));
	assert_string_equal(reason->line.s, "noise");
	rq_old_values_next(&o, h, &f, reason);
	assert_string_equal(reason->line.s, "new disk");
	rq_old_values_next(&o, h, &f, reason);
	assert_string_equal(reason->line.s, "heat");
	rq_old_values_next(&o, h, &f, reason);
	assert_string_equal(reason->line.s, "dra");
	rq_old_values_release(&o);
	rq_fields_release(&f);
	/* Another command has its own; what is secret is not kept. */
	rq_fields_init(&f, rq_command_find("submit"), NULL, 0);
	set(&f, "env", "A=b");
	set(&f, "token", "abc");
	set(&f, "name", "x --password y");
	rq_old_values_keep(h, &f);
	assert_null(rq_history_get(h, 1, "submit."));
	rq_fields_release(&f);
	rq_history_free(h);
}

static void test_rows_of_a_command_line(void **state)
{
	(void)state;
	assert_int_equal(rq_cmdtext_rows("relayq jobs", 40), 1);
	assert_int_equal(rq_cmdtext_rows("relayq submit --name one --to mac -- echo two", 30), 2);
	/* Not inside quotes, but where one word is longer than a row. */
	assert_int_equal(rq_cmdtext_rows("relayq submit -- 'a b c d e f g h'", 30), 2);
	assert_int_equal(rq_cmdtext_rows("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", 30), 3);
	assert_int_equal(rq_cmdtext_rows("x", 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit), cmocka_unit_test(test_types),
		cmocka_unit_test(test_prefilled),
		cmocka_unit_test(test_what_is_missing_or_wrong_is_named),
		cmocka_unit_test(test_an_open_quote_is_wrong),
		cmocka_unit_test(test_switches_and_rare_fields),
		cmocka_unit_test(test_the_value_of_a_setting),
		cmocka_unit_test(test_every_command),
		cmocka_unit_test(test_arguments_by_themselves),
		cmocka_unit_test(test_the_command_line),
		cmocka_unit_test(test_secrets_are_masked),
		cmocka_unit_test(test_old_values),
		cmocka_unit_test(test_rows_of_a_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
