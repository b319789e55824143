/* Settings: reading, refusing, and editing a file that people wrote. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "core/model/config.h"

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
		cmocka_unit_test(test_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
