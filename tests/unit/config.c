/* Settings: reading, refusing, and editing a file that people wrote. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "core/model/config.h"
#include "core/model/filters.h"

static int parse(struct rq_config *c, const char *text, struct rq_error *e)
{
	return rq_config_parse(c, "/home/u/config.yaml", text, strlen(text), e);
}

static void test_defaults(void **state)
{
	struct rq_config *c = rq_config_new();

	(void)state;
	assert_true(rq_config_bool(c, "agent.autostart"));
	assert_int_equal(rq_config_int(c, "agent.slots"), 1);
	assert_int_equal(rq_config_int(c, "agent.lease"), 15000);
	assert_int_equal(rq_config_int(c, "jobs.timeout"), 6 * 3600 * 1000);
	assert_int_equal(rq_config_int(c, "jobs.log_max"), 64 << 20);
	assert_string_equal(rq_config_str(c, "agent.labels"), "");
	assert_string_equal(rq_config_origin(c, "agent.slots"), "default");
	rq_config_free(c);
	rq_config_free(NULL);
}

static void test_file(void **state)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };

	(void)state;
	if (parse(c,
		  "# mine\nagent:\n  slots: 4\n  labels: [gpu, audio]\n  name:\n"
		  "jobs:\n  timeout: 90s\n",
		  &e))
		fail_msg("%s", e.msg);
	assert_int_equal(rq_config_int(c, "agent.slots"), 4);
	assert_string_equal(rq_config_str(c, "agent.labels"), "gpu,audio");
	assert_int_equal(rq_config_int(c, "jobs.timeout"), 90000);
	assert_string_equal(rq_config_origin(c, "agent.slots"), "config.yaml:3");
	assert_string_equal(rq_config_origin(c, "agent.name"), "default");
	rq_config_free(c);
}

static void refused(const char *text, const char *message)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };

	assert_int_not_equal(parse(c, text, &e), RQ_OK);
	if (!strstr(e.msg, message))
		fail_msg("got: %s; wanted: %s", e.msg, message);
	/* All or nothing. */
	assert_int_equal(rq_config_int(c, "agent.slots"), 1);
	rq_config_free(c);
}

static void test_columns(void **state)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };

	(void)state;
	if (parse(c, "ui:\n  columns:\n    jobs: [status, ID, name:40]\n  sort: {jobs: -age}\n  columns.runners: name, load\n", &e))
		fail_msg("%s", e.msg);
	assert_string_equal(rq_config_str(c, "ui.columns.jobs"), "status,ID,name:40");
	assert_string_equal(rq_config_str(c, "ui.columns.runners"), "name, load");
	assert_string_equal(rq_config_str(c, "ui.sort.jobs"), "-age");
	assert_string_equal(rq_config_origin(c, "ui.columns.jobs"), "config.yaml:3");
	rq_config_free(c);
	refused("ui:\n  columns:\n    jobs: [status, nmae]\n",
		":3:11: ui.columns.jobs: There is no column \"nmae\"; did you mean name?");
	refused("ui:\n  columns:\n    job: [status]\n", "did you mean ui.columns.jobs?");
	refused("ui:\n  columns: [status]\n", "\"columns\" is a section");
	refused("ui:\n  columns:\n    jobs: status,,id\n", "missing between two commas");
	refused("ui:\n  columns:\n    jobs: status,id,Status\n", "status stands there twice");
	refused("ui:\n  columns:\n    jobs: name:0\n", "goes from 2 to 400");
	refused("ui:\n  columns:\n    jobs: name:wide\n", "not \"wide\"");
	refused("ui:\n  columns:\n    runners: exit\n", "there are name, state, ");
	refused("ui:\n  sort:\n    jobs: -aeg\n", "did you mean age?");
}

static void expands(const struct rq_config *c, const char *text, const char *want, const char *message)
{
	struct rq_error e = { 0 };
	struct rq_str out;
	int rc;

	rq_str_init(&out, 0);
	rc = rq_filters_expand(c, text, &out, &e);
	if (rc ? !message || !strstr(e.msg, message) : !want || strcmp(rq_str_get(&out), want) != 0)
		fail_msg("%s: %s%s", text, rq_str_get(&out), e.msg);
	rq_str_release(&out);
}

static void test_filters(void **state)
{
	struct rq_config *c = rq_config_new();
	const char *name, *expr;
	struct rq_error e = { 0 };

	(void)state;
	if (parse(c, "filters:\n  slow: is:active age>2h\n  my-own: \"-label:gpu\"\n", &e))
		fail_msg("%s", e.msg);
	assert_int_equal(rq_filters_n(c), 2);
	rq_filters_at(c, 1, &name, &expr);
	assert_string_equal(name, "my-own");
	assert_string_equal(expr, "-label:gpu");
	expands(c, "", "", NULL);
	expands(c, "@slow", "is:active age>2h", NULL);
	expands(c, "  a @SLOW  \"b @slow\" @my-own", "a is:active age>2h \"b @slow\" -label:gpu", NULL);
	expands(c, "label:@slow @", "label:@slow @", NULL);
	expands(c, "@slwo", NULL, "did you mean @slow?");
	expands(c, "@nothing", NULL, "There is no saved filter @nothing");
	expands(c, "-@slow", NULL, "cannot be negated");
	rq_config_free(c);
	refused("filters: [a]\n", "holds NAME: EXPRESSION");
	refused("filters:\n  a: status:quued\n", ":2:3: status:quued is no status; did you mean status:queued?");
	refused("filters:\n  \"a b\": x\n", "The name of a filter is letters");
	refused("filters:\n  a: [x]\n", "is one expression");
	refused("filters:\n  a: x @b\n  b: y\n", "names another one: @b");
}

static void test_mistakes(void **state)
{
	(void)state;
	refused("agent:\n  slots: 3\n  slotz: 2\n",
		":3:3: There is no setting \"agent.slotz\"; did you mean agent.slots?");
	refused("slots: 3\n", "did you mean agent.slots?");
	refused("nothing_like_it: 3\n", "relayq config lists them all");
	refused("agent:\n  slots: 0\n", "it goes from 1 to 256");
	refused("agent:\n  slots: many\n", "it is a whole number");
	refused("agent:\n  autostart: yes\n", "it is true or false");
	refused("agent:\n  lease: soon\n", "it is a duration");
	refused("agent:\n  lease: 1ms\n", "too small");
	refused("jobs:\n  log_max: big\n", "it is a size");
	refused("agent:\n  cgroup: maybe\n", "auto|on|off");
	refused("agent: 3\n", "is a section");
	refused("agent:\n  slots: [1]\n", "is a single value");
	refused("agent:\n  labels: [[a]]\n", "is a list of words");
	refused("- a\n", "NAME: VALUE");
	refused("agent: {slots: 2, slots: 3}\n", "stands here again");
}

static void test_set(void **state)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };

	(void)state;
	assert_int_equal(rq_config_set(c, "agent.slots", "2", &e), RQ_OK);
	assert_int_equal(rq_config_int(c, "agent.slots"), 2);
	assert_int_equal(rq_config_set(c, "agent.slots", "x", &e), RQ_EUSAGE);
	assert_int_equal(rq_config_int(c, "agent.slots"), 2);
	assert_int_equal(rq_config_set(c, "agent.slot", "2", &e), RQ_ENOTFOUND);
	assert_int_equal(rq_config_check("agent.slots", &e), RQ_OK);
	assert_int_equal(rq_config_check("agentslots", &e), RQ_ENOTFOUND);
	assert_non_null(strstr(e.msg, "did you mean agent.slots?"));
	rq_config_free(c);
}

static void edited(const char *text, const char *name, const char *value, const char *wanted)
{
	struct rq_str out;
	struct rq_error e = { 0 };

	rq_str_init(&out, 0);
	if (rq_config_edit(text, name, value, &out, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(rq_str_get(&out), wanted);
	rq_str_release(&out);
}

static void test_edit(void **state)
{
	(void)state;
	edited("", "agent.slots", "2", "agent:\n  slots: 2\n");
	edited("# mine", "agent.slots", "2", "# mine\nagent:\n  slots: 2\n");
	edited("agent:\n  slots: 1 # few\n  name: mac\n", "agent.slots", "2",
	       "agent:\n  slots: 2 # few\n  name: mac\n");
	edited("agent:\n    name: mac\n", "agent.slots", "2",
	       "agent:\n    slots: 2\n    name: mac\n");
	edited("", "policy", "p.yaml", "policy: p.yaml\n");
	edited("ui:\n  theme: mono", "policy", "repo:p.yaml@v1", "ui:\n  theme: mono\npolicy: \"repo:p.yaml@v1\"\n");
	edited("policy: a # mine\nagent:\n  slots: 1\n", "policy", "b", "policy: b # mine\nagent:\n  slots: 1\n");
	edited("policy:\n", "policy", "b", "policy: b\n");
	edited("agent: # here\nui:\n  theme: mono\n", "agent.slots", "2",
	       "agent: # here\n  slots: 2\nui:\n  theme: mono\n");
	edited("agent: {name: mac}\n", "agent.slots", "2", "agent: {slots: 2, name: mac}\n");
	edited("agent: {}\n", "agent.slots", "2", "agent: {slots: 2}\n");
	edited("agent:\n  name: 'it''s'\n", "agent.name", "mac", "agent:\n  name: mac\n");
	edited("agent:\n  name: \"a\\\"b\" # x\n", "agent.name", "c", "agent:\n  name: c # x\n");
	edited("agent:\n  name:\n", "agent.name", "mac", "agent:\n  name: mac\n");
	edited("ui:\n  columns:\n    jobs: id # few\n", "ui.columns.jobs", "name", "ui:\n  columns:\n    jobs: name # few\n");
	edited("ui:\n  columns:\n    jobs: [id]\n", "ui.columns.runners", "name",
	       "ui:\n  columns:\n    runners: name\n    jobs: [id]\n");
	edited("ui:\n  theme: mono\n", "ui.columns.jobs", "id,name", "ui:\n  columns.jobs: id,name\n  theme: mono\n");
	edited("agent:\n  labels: [a, b]\n", "agent.labels", "c,d", "agent:\n  labels: c,d\n");
	edited("agent:\n  labels:\n    - a\n    - b\n  slots: 3\n", "agent.labels", "c",
	       "agent:\n  labels: c\n  slots: 3\n");
	edited("ui:\n  theme: mono\n", "ui.theme", "a: b", "ui:\n  theme: \"a: b\"\n");
	edited("# \xc3\xa4\nagent: {name: \xc3\xa4\xc3\xb6, slots: 1}\n", "agent.slots", "2",
	       "# \xc3\xa4\nagent: {name: \xc3\xa4\xc3\xb6, slots: 2}\n");
}

static void not_edited(const char *text, const char *name, const char *value, int code)
{
	struct rq_str out;
	struct rq_error e = { 0 };

	rq_str_init(&out, 0);
	assert_int_equal(rq_config_edit(text, name, value, &out, &e), code);
	assert_true(e.msg[0] != 0);
	rq_str_release(&out);
}

static void test_edit_refusals(void **state)
{
	(void)state;
	not_edited("agent: {slots: 1\n", "agent.slots", "2", RQ_EUSAGE);
	not_edited("", "agent.slots", "two", RQ_EUSAGE);
	not_edited("", "agent.slotz", "2", RQ_ENOTFOUND);
	not_edited("agent:\n  name: >-\n    folded\n    text\n", "agent.name", "mac",
		   RQ_EUNSUPPORTED);
}

/* Every setting can be set to its own default and is found again. */
static void test_every_setting(void **state)
{
	(void)state;
	for (size_t i = 0; i < rq_settings_n; i++) {
		struct rq_str out;
		struct rq_error e = { 0 };

		rq_str_init(&out, 0);
		if (rq_config_edit("ui:\n", rq_settings[i].name, rq_settings[i].def, &out, &e))
			fail_msg("%s: %s", rq_settings[i].name, e.msg);
		assert_ptr_equal(rq_config_find(rq_settings[i].name), &rq_settings[i]);
		rq_str_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),      cmocka_unit_test(test_file),
		cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_set),
		cmocka_unit_test(test_edit),	      cmocka_unit_test(test_edit_refusals),
		cmocka_unit_test(test_every_setting), cmocka_unit_test(test_columns),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
