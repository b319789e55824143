/* `schedules` of config.yaml. */
#include "tests/unit/unit.h"

#include "core/agent/schedule.h"
#include "core/base/clock.h"
#include "core/base/str.h"

static struct rq_schedules *read_text(const char *text)
{
	struct rq_config *c = rq_config_new();
	struct rq_schedules *s;
	struct rq_error e = { 0 };

	if (rq_config_parse(c, "/home/anna/.config/relayq/config.yaml", text, strlen(text), &e))
		fail_msg("%s", e.msg);
	s = rq_schedules_new(c, "/home/anna/.config/relayq/config.yaml");
	rq_config_free(c);
	return s;
}

static void all_keys(void **state)
{
	struct rq_schedules *s = read_text("schedules:\n"
		"  nightly:\n    cron: \"30 3 * * mon-fri\"\n    timezone: UTC\n    command: [backup, --all, \"\"]\n"
		"    type: command\n    params: {size_mb: 10, url: \"https://example.com/a=b\"}\n    runs-on: [Disk, self-hosted]\n"
		"    priority: -3\n    retries: 2\n    timeout: 30m\n    enabled: true\n"
		"  hourly: {cron: \"@hourly\", type: fetch, runs-on: \"a,b\", enabled: false}\n");

	(void)state;
	assert_int_equal(s->n_problems, 0);
	assert_int_equal(s->n, 2);
	assert_string_equal(s->v[0].name, "nightly");
	assert_string_equal(s->v[0].command[1], "--all");
	assert_string_equal(s->v[0].command[2], "");
	assert_null(s->v[0].command[3]);
	assert_int_equal(s->v[0].n_params, 2);
	assert_string_equal(s->v[0].params[1], "url=https://example.com/a=b");
	assert_int_equal(s->v[0].labels.n, 2);
	assert_string_equal(s->v[0].labels.v[0], "disk");
	assert_int_equal(s->v[0].priority, -3);
	assert_int_equal(s->v[0].retries, 2);
	assert_int_equal(s->v[0].timeout_ms, 1800000);
	assert_true(s->v[0].enabled);
	assert_string_equal(s->v[1].type, "fetch");
	assert_null(s->v[1].command);
	assert_int_equal(s->v[1].labels.n, 2);
	assert_false(s->v[1].enabled);
	assert_int_equal(rq_schedule_next(&s->v[1], 0), 0);
	rq_schedules_free(s);
	s = read_text("agent: {slots: 2}\n");
	assert_int_equal(s->n + s->n_problems, 0);
	rq_schedules_free(s);
}

/* Each bad one is told, with its place; the good one beside it is there. */
static void bad_ones(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "{cron: \"0 3 * * *\", comand: [x]}", "config.yaml:3:28: a schedule has no key 'comand' (did you mean 'command'?)." },
		{ "{cron: \"0 25 * * *\", command: [x]}", "config.yaml:3:18: the hour of the cron line" },
		{ "{cron: 0 25 * * *, command: [x]}", "config.yaml:3:17: the hour of the cron line" },
		{ "{cron: \"0 0 31 2 *\", command: [x]}", "no date ever fits" },
		{ "{cron: \"0 3 * * *\"}", "config.yaml:3:3: the schedule bad has no command." },
		{ "{command: [x]}", "the schedule bad has no cron." },
		{ "{cron: \"0 3 * * *\", command: backup}", "command is a list of words" },
		{ "{cron: \"0 3 * * *\", command: []}", "command is a list of words" },
		{ "{cron: \"0 3 * * *\", command: [x], timezone: Europe/Berlim}", "there is no time zone 'Europe/Berlim'" },
		{ "{cron: \"0 3 * * *\", command: [x], priority: 1001}", "priority is a whole number from -1000 to 1000." },
		{ "{cron: \"0 3 * * *\", command: [x], timeout: soon}", "timeout is a duration" },
		{ "{cron: \"0 3 * * *\", command: [x], enabled: \"yes\"}", "enabled is true or false." },
		{ "{cron: \"0 3 * * *\", command: [x], params: [a]}", "params are KEY: VALUE" },
		{ "{cron: \"0 3 * * *\", command: [x], runs-on: [\"two words\"]}", "config.yaml:3:" },
		{ "{cron: \"0 3 * * *\", command: }", "command needs a value." },
		{ "[x]", "the schedule bad needs at least cron and command." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct rq_schedules *s;
		struct rq_str text;

		rq_str_init(&text, 0);
		rq_str_addf(&text, "schedules:\n  good: {cron: \"@daily\", command: [x]}\n  bad: %s\n", bad[i].text);
		s = read_text(rq_str_get(&text));
		assert_int_equal(s->n, 1);
		assert_string_equal(s->v[0].name, "good");
		assert_int_equal(s->n_problems, 1);
		assert_string_equal(s->problems[0].name, "bad");
		if (!strstr(s->problems[0].text, bad[i].says))
			fail_msg("'%s' says: %s", bad[i].text, s->problems[0].text);
		rq_schedules_free(s);
		rq_str_release(&text);
	}
}

static void no_schedules_at_all(void **state)
{
	struct rq_schedules *s = read_text("schedules: [x]\n");

	(void)state;
	assert_int_equal(s->n, 0);
	assert_int_equal(s->n_problems, 1);
	assert_non_null(strstr(s->problems[0].text, "config.yaml:1:12: schedules are NAME:"));
	rq_schedules_free(s);
}

static int64_t at(const char *text)
{
	int64_t ms;

	assert_true(rq_time_parse(text, &ms));
	return ms;
}

/* However long nobody looked, it is one minute that is made up for: the latest. */
static void missed_minutes(void **state)
{
	struct rq_schedules *s = read_text("schedules:\n"
		"  minutely: {cron: \"* * * * *\", command: [x]}\n  daily: {cron: \"30 3 * * *\", command: [x]}\n"
		"  leap: {cron: \"0 0 29 2 *\", command: [x]}\n  off: {cron: \"* * * * *\", command: [x], enabled: false}\n");
	int64_t now = at("2026-11-21T12:00:30Z");

	(void)state;
	assert_int_equal(rq_schedule_missed(&s->v[0], 0, now), at("2026-11-21T12:00:00Z"));
	assert_int_equal(rq_schedule_missed(&s->v[0], at("2026-11-21T12:00:00Z"), now), 0);
	assert_int_equal(rq_schedule_missed(&s->v[0], at("2026-11-21T11:59:00Z"), now), at("2026-11-21T12:00:00Z"));
	assert_int_equal(rq_schedule_missed(&s->v[1], at("2026-10-01T00:00:00Z"), now), at("2026-11-21T03:30:00Z"));
	assert_int_equal(rq_schedule_missed(&s->v[1], at("2026-11-21T03:30:00Z"), now), 0);
	assert_int_equal(rq_schedule_missed(&s->v[2], at("2020-01-01T00:00:00Z"), now), at("2024-02-29T00:00:00Z"));
	assert_int_equal(rq_schedule_missed(&s->v[2], at("2025-01-01T00:00:00Z"), now), 0);
	assert_int_equal(rq_schedule_missed(&s->v[3], 0, now), 0);
	assert_int_equal(rq_schedule_next(&s->v[1], now), at("2026-11-22T03:30:00Z"));
	rq_schedules_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys),
		cmocka_unit_test(bad_ones),
		cmocka_unit_test(no_schedules_at_all),
		cmocka_unit_test(missed_minutes),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
