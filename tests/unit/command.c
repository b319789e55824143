/* The command table: every row is sound, words become values, mistakes become sentences, help tells
 * it all. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/command.h"

/* Words in an array: "a b -- c" cut at blanks. */
static size_t cut(char *text, char **words)
{
	size_t n = 0;

	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		words[n++] = w;
	return n;
}

static int make(const char *line, struct rq_cmd **cmd, struct rq_error *e)
{
	char text[512], *words[64];
	size_t n, used;

	snprintf(text, sizeof text, "%s", line);
	n = cut(text, words);
	return rq_cmd_new(words, n, NULL, NULL, NULL, cmd, &used, e);
}

static struct rq_cmd *good(const char *line)
{
	struct rq_cmd *cmd;
	struct rq_error e = { 0 };

	if (make(line, &cmd, &e))
		fail_msg("%s: %s", line, e.msg);
	return cmd;
}

static void bad(const char *line, const char *message)
{
	struct rq_cmd *cmd = (void *)1;
	struct rq_error e = { 0 };

	if (make(line, &cmd, &e) != RQ_EUSAGE)
		fail_msg("%s: was not refused", line);
	assert_null(cmd);
	if (!strstr(e.msg, message))
		fail_msg("%s: got: %s; wanted: %s", line, e.msg, message);
}

static bool one_line(const char *s)
{
	return s && *s && !strchr(s, '\n');
}

static void check_row(const struct rq_command *c)
{
	assert_true(one_line(c->name) && one_line(c->summary));
	assert_true(c->summary[0] >= 'A' && c->summary[0] <= 'Z');
	assert_true(c->summary[strlen(c->summary) - 1] != '.');
	assert_non_null(c->exec);
	for (const struct rq_arg *a = c->args; a && a->name; a++) {
		assert_true(one_line(a->help));
		/* Only the last may take all that is left. */
		assert_true(!(a->flags & (RQ_ARG_REPEAT | RQ_ARG_REST)) || !a[1].name);
		assert_true(a->type != RQ_VALUE_CHOICE || a->choices);
	}
	for (const struct rq_opt *o = c->opts; o && o->name; o++) {
		assert_true(one_line(o->help));
		assert_true(o->help[strlen(o->help) - 1] != '.');
		for (const struct rq_opt *other = o + 1; other->name; other++) {
			assert_string_not_equal(o->name, other->name);
			assert_true(!o->letter || o->letter != other->letter);
		}
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; rq_commands[i]; i++) {
		check_row(rq_commands[i]);
		assert_ptr_equal(rq_command_find(rq_commands[i]->name), rq_commands[i]);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(rq_commands[i]->name, rq_commands[k]->name);
			if (rq_commands[i]->alias && rq_commands[k]->alias)
				assert_string_not_equal(rq_commands[i]->alias,
							rq_commands[k]->alias);
		}
	}
	assert_null(rq_command_find("nothing"));
}

static void test_names(void **state)
{
	struct rq_cmd *cmd = good("agent start --slots 2");

	(void)state;
	assert_string_equal(cmd->command->name, "agent start");
	rq_cmd_free(cmd);
	cmd = good("agent --name mac");
	assert_string_equal(cmd->command->name, "agent run");
	rq_cmd_free(cmd);
	cmd = good("ls");
	assert_string_equal(cmd->command->name, "jobs");
	rq_cmd_free(cmd);
	bad("jbos", "did you mean relayq jobs?");
	bad("agent strat", "did you mean relayq agent start?");
	bad("zzzzzzz", "relayq help lists them");
	assert_string_equal(rq_command_nearest("drian"), "drain");
	assert_string_equal(rq_command_nearest("dec"), "decisions");
	assert_null(rq_command_nearest("xyzzy"));
}

static void test_values(void **state)
{
	struct rq_cmd *cmd = good(
		"submit --type t -f A=1 -fB=2 --priority=-5 --timeout 90s --wait "
		"-- make -j2 --wait");
	const char *const *v;

	(void)state;
	assert_string_equal(rq_cmd_opt(cmd, "type"), "t");
	assert_int_equal(rq_cmd_opts(cmd, "param", &v), 2);
	assert_string_equal(v[0], "A=1");
	assert_string_equal(v[1], "B=2");
	assert_int_equal(rq_cmd_int(cmd, "priority", 0), -5);
	assert_int_equal(rq_cmd_int(cmd, "timeout", 0), 90000);
	assert_int_equal(rq_cmd_int(cmd, "retries", 7), 7);
	assert_true(rq_cmd_on(cmd, "wait"));
	assert_false(rq_cmd_on(cmd, "follow"));
	assert_null(rq_cmd_opt(cmd, "name"));
	assert_int_equal(rq_cmd_args(cmd, "COMMAND", &v), 3);
	assert_string_equal(v[0], "make");
	assert_string_equal(v[2], "--wait");
	rq_cmd_free(cmd);
}

static void test_a_command_line_is_its_own(void **state)
{
	struct rq_cmd *cmd = good("submit --name x grep -h --help foo");
	const char *const *v;

	(void)state;
	assert_string_equal(cmd->command->name, "submit");
	assert_int_equal(rq_cmd_args(cmd, "COMMAND", &v), 4);
	assert_string_equal(v[1], "-h");
	rq_cmd_free(cmd);
}

static void test_help_anywhere(void **state)
{
	static const char *const lines[] = { "submit --help", "submit -h",
					     "drain --reason x --help", "agent stop --help" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct rq_cmd *cmd = good(lines[i]);

		assert_string_equal(cmd->command->name, "help");
		rq_cmd_free(cmd);
	}
}

static void test_mistakes(void **state)
{
	(void)state;
	bad("submit --lables gpu -- true", "no option --lables");
	bad("submit --runson gpu -- true", "did you mean --runs-on?");
	bad("jobs --filtre x", "did you mean --filter?");
	bad("submit --type", "--type needs a value: --type T");
	bad("submit --wait=yes -- true", "--wait takes no value");
	bad("submit --priority high -- true",
	    "--priority cannot be \"high\": it is a whole number");
	bad("submit --timeout soon -- true", "it is a duration");
	bad("submit --memory lots -- true", "it is a size");
	bad("submit --to a/b -- true", "--to cannot be");
	bad("submit -f novalue -- true", "it is written KEY=VALUE");
	bad("submit --runs-on a,,b -- true", "--runs-on");
	bad("submit --after 1,x?y -- true", "--after cannot be \"x?y\"");
	bad("submit --type a --type b -- true", "--type is given twice");
	bad("jobs extra", "one argument too many");
	bad("jobs --filter status:quued", "did you mean status:queued?");
	bad("show", "relayq show needs ID");
	bad("show a?b", "ID cannot be \"a?b\"");
	bad("drain rpi4", "relayq drain needs --reason TEXT");
	bad("logs -x 17", "no option -x");
	bad("", "A command is missing");
}

static void test_forms(void **state)
{
	char *words[] = { (char *)"rpi4" };
	struct rq_cmd *cmd = good("drain x --reason y");
	const char *missing = "";

	(void)state;
	assert_int_equal(rq_cmd_parse(cmd, words, 1, &missing, NULL), RQ_OK);
	assert_string_equal(missing, "reason");
	assert_int_equal(rq_cmd_parse(cmd, words, 0, &missing, NULL), RQ_OK);
	assert_string_equal(missing, "RUNNER");
	rq_cmd_free(cmd);
}

static void usage_is(const char *name, const char *wanted)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	rq_command_usage(rq_command_find(name), &b);
	assert_string_equal(rq_str_get(&b), wanted);
	rq_str_release(&b);
}

static void test_usage(void **state)
{
	(void)state;
	usage_is("drain", "relayq drain RUNNER --reason TEXT [--deadline D] [--queue Q] [--wait]");
	usage_is("cancel", "relayq cancel [--force] ID...");
	usage_is("config set", "relayq config set SETTING VALUE");
	usage_is("version", "relayq version [--json]");
}

/* Every option, argument and default stands in --help, and no line is wider than a terminal. */
static void test_help(void **state)
{
	(void)state;
	for (size_t i = 0; rq_commands[i]; i++) {
		const struct rq_command *c = rq_commands[i];
		struct rq_str b;
		char *line;

		rq_str_init(&b, 0);
		rq_command_help(c, &b);
		assert_non_null(strstr(rq_str_get(&b), c->summary));
		for (const struct rq_opt *o = c->opts; o && o->name; o++) {
			char flag[64];

			snprintf(flag, sizeof flag, "--%s", o->name);
			assert_non_null(strstr(rq_str_get(&b), flag));
		}
		for (line = strtok(b.s, "\n"); line; line = strtok(NULL, "\n"))
			if (rq_text_width(line) > 80)
				fail_msg("%s: too wide: %s", c->name, line);
		rq_str_release(&b);
	}
}

/* Each command is either known to change something, or named here: whoever adds one decides. That a row tells the truth
 * is checked when it asks a queue (request.c). */
static void test_what_changes_something(void **state)
{
	static const char *const harmless[] = {
		"jobs", "show", "logs", "artifacts", "workflows", "types", "runners", "decisions", "explain", "activity", "keys", "view",
		"policy check", "policy lint", "policy fmt", "policy test", "policy explain", "policy why-not",
		"policy plan", "policy replay", "policy diff", "policy log", "policy verify-chain", "summary", "usage",
		"schedules", "agent status", "doctor", "config", "config get", "config path", "help", "version",
		"__complete",
	};
	size_t i, k, n = sizeof harmless / sizeof *harmless;

	(void)state;
	for (i = 0; rq_commands[i]; i++) {
		const struct rq_command *c = rq_commands[i];

		for (k = 0; k < n && strcmp(harmless[k], c->name) != 0; k++)
			;
		if ((k == n) != !!(c->flags & RQ_CMD_WRITES))
			fail_msg("%s: does it change something? Its row and this list disagree", c->name);
	}
	for (k = 0; k < n; k++)
		assert_non_null(rq_command_find(harmless[k]));
}

static void test_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(rq_exit_status(RQ_OK), 0);
	assert_int_equal(rq_exit_status(RQ_EFAILED), 1);
	assert_int_equal(rq_exit_status(RQ_EUSAGE), 2);
	assert_int_equal(rq_exit_status(RQ_ENOTFOUND), 3);
	assert_int_equal(rq_exit_status(RQ_EREFUSED), 4);
	assert_int_equal(rq_exit_status(RQ_EUNREACHABLE), 5);
	assert_int_equal(rq_exit_status(RQ_ECONFLICT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_a_command_line_is_its_own),
		cmocka_unit_test(test_help_anywhere),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_what_changes_something),
		cmocka_unit_test(test_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
