/* Facts and fleets: normalised once, the same bytes for the same things, and back. */
#include "tests/unit/unit.h"

#include "core/model/decision.h"

static char *json_text(struct rq_json *j)
{
	struct rq_str b = { 0 };

	rq_json_print(j, &b, false);
	rq_json_free(j);
	return rq_str_detach(&b);
}

static void test_normalising(void **state)
{
	static const char *label_names[] = { "Zed", "audio", "AUDIO" };
	static const char *const params[] = { "url=https://me:pw@Example.com/a/b.mp3?key=1#x", "size_mb=1", "API_Key=abc", "size_mb=2",
					      "flag", "odd/~=http://h/?q" };
	struct rq_labels labels = { 3, label_names };
	struct rq_facts in = { .type = "Transcribe", .labels = &labels, .target = "Mac", .n_params = 6, .params = params,
			       .submitter = "sky\xff", .source = "CLI" }, out, again;
	struct rq_arena a = { 0 };
	struct rq_json *masked, *erased;
	char *text, *text2;

	(void)state;
	rq_facts_normalise(&a, &in, &out, &masked, &erased);
	text = json_text(rq_facts_to_json(&out));
	assert_string_equal(text,
		"{\"type\":\"transcribe\",\"labels\":[\"audio\",\"zed\"],\"target\":\"Mac\",\"params\":{\"API_Key\":\"\",\"flag\":\"\","
		"\"odd/~\":\"http://h/\",\"size_mb\":\"2\",\"url\":\"https://Example.com/a/b.mp3\"},\"submitter\":\"sky\xef\xbf\xbd\","
		"\"source\":\"cli\",\"attempt\":1}");
	rq_free(text);
	text = json_text(masked);
	assert_string_equal(text, "[\"/params/odd~1~0\",\"/params/url\"]");
	rq_free(text);
	text = json_text(erased);
	assert_string_equal(text, "[\"/params/API_Key\"]");
	rq_free(text);
	rq_facts_normalise(&a, &out, &again, &masked, &erased);
	text = json_text(rq_facts_to_json(&out));
	text2 = json_text(rq_facts_to_json(&again));
	assert_string_equal(text, text2);
	assert_int_equal(rq_json_len(masked) + rq_json_len(erased), 0);
	rq_json_free(masked);
	rq_json_free(erased);
	rq_free(text);
	rq_free(text2);
	rq_arena_release(&a);
}

static void masks(const char *value, const char *to)
{
	const char *params[] = { NULL };
	struct rq_labels none = { 0, NULL };
	struct rq_facts in = { .type = "t", .labels = &none, .target = "", .n_params = 1, .params = params }, out, again;
	struct rq_arena a = { 0 };
	struct rq_json *masked;

	params[0] = rq_arena_fmt(&a, "k=%s", value);
	rq_facts_normalise(&a, &in, &out, &masked, NULL);
	assert_string_equal(out.params[0] + 2, to);
	assert_int_equal(rq_json_len(masked), strcmp(value, to) != 0);
	rq_json_free(masked);
	rq_facts_normalise(&a, &out, &again, &masked, NULL);
	assert_string_equal(again.params[0], out.params[0]);
	assert_int_equal(rq_json_len(masked), 0);
	rq_json_free(masked);
	rq_arena_release(&a);
}

static void test_no_url_keeps_its_secrets(void **state)
{
	(void)state;
	masks("https://a/x,https://u:hunter2@b/y?sig=1", "https://a/x,https://b/y");
	masks("https://a/x?k=1,2,https://u:p@b", "https://a/x,https://b");
	masks("-i https://u:hunter2@b/y?sig=1 -o z", "-i https://b/y -o z");
	masks("'https://b/?a=b#c' \"ftp://u@h\"", "'https://b/' \"ftp://h\"");
	masks("https://u:p@x@h:80/a@b", "https://h:80/a@b");
	masks("https://h#f?q", "https://h");
	masks("a://b://u@c", "a://b://c");
	masks("://", "://");
	masks("x?y=1#z", "x?y=1#z");
}

static void test_names_of_secrets(void **state)
{
	static const char *const params[] = { "DB_PASS=1", "author=2", "aws.sig=3", "bypass=4", "design=5", "http-auth=6", "myPassword=7" };
	struct rq_labels none = { 0, NULL };
	struct rq_facts in = { .type = "t", .labels = &none, .target = "", .n_params = 7, .params = params }, out;
	struct rq_arena a = { 0 };
	struct rq_str b = { 0 };
	size_t i;

	(void)state;
	rq_facts_normalise(&a, &in, &out, NULL, NULL);
	for (i = 0; i < out.n_params; i++)
		rq_str_addf(&b, "%s ", out.params[i]);
	assert_string_equal(b.s, "DB_PASS= author=2 aws.sig= bypass=4 design=5 http-auth= myPassword= ");
	rq_str_release(&b);
	rq_arena_release(&a);
}

static int from(const char *text, struct rq_arena *a, struct rq_facts *f)
{
	struct rq_json *j;
	struct rq_error e = { 0 };
	int code;

	assert_int_equal(rq_json_parse(text, strlen(text), &j, &e), RQ_OK);
	code = rq_facts_from_json(a, j, f, &e);
	rq_json_free(j);
	return code;
}

static void test_facts_come_back(void **state)
{
	static const char whole[] = "{\"type\":\"t\",\"labels\":[\"a\",\"b\"],\"target\":\"x\",\"params\":{\"k\":\"v=w\"},\"submitter\":\"s\","
				    "\"source\":\"cron\",\"priority\":-3,\"attempt\":4,\"created_at\":1763748141007,\"run_at\":5,"
				    "\"blocked\":true,\"retrying\":true}";
	struct rq_arena a = { 0 };
	struct rq_facts f;
	char *text;

	(void)state;
	assert_int_equal(from(whole, &a, &f), RQ_OK);
	text = json_text(rq_facts_to_json(&f));
	assert_string_equal(text, whole);
	rq_free(text);
	/* As people write them. */
	assert_int_equal(from("{\"type\":\"t\",\"labels\":\"b,A\",\"size_mb\":512,\"fast\":true}", &a, &f), RQ_OK);
	assert_int_equal(f.labels->n, 2);
	assert_int_equal(f.n_params, 2);
	assert_string_equal(f.params[0], "size_mb=512");
	assert_string_equal(f.params[1], "fast=true");
	assert_int_equal(from("[]", &a, &f), RQ_ECORRUPT);
	assert_int_equal(from("{\"labels\":[7]}", &a, &f), RQ_ECORRUPT);
	assert_int_equal(from("{\"x\":[]}", &a, &f), RQ_ECORRUPT);
	assert_int_equal(from("{\"a=b\":1}", &a, &f), RQ_ECORRUPT);
	rq_arena_release(&a);
}

static struct rq_runner runner(const char *name)
{
	return (struct rq_runner){ .name = name, .queue = "local", .online = true, .slots = 2, .running = 1, .os = "linux",
				   .arch = "arm64", .host = "h", .version = "0.1.0", .seen_at = 1763748141007, .cpu_cores = 4,
				   .memory_bytes = -1, .disk_free_bytes = 5, .temp_milli_c = -1, .load_milli = 250,
				   .drain_reason = "", .drain_by = "" };
}

static void test_fleets(void **state)
{
	static const char *tools[] = { "ffmpeg" };
	struct rq_counter counters[] = { { "group:a", 2 }, { "route:t@b", 1 }, { "runner:b", 7 } };
	struct rq_runner r[] = { runner("b"), runner("a\"\xff") }, swapped[2];
	struct rq_fleet f = { .n_runners = 2, .n_counters = 3, .runners = r, .counters = counters }, back, other = f;
	struct rq_arena a = { 0 };
	struct rq_json *j;
	struct rq_error e;

	(void)state;
	r[1].drain = RQ_DRAIN_DRAINING;
	r[1].drain_by = "sky";
	r[1].tools = (struct rq_labels){ 1, tools };
	swapped[0] = r[1];
	swapped[1] = r[0];
	other.runners = swapped;
	rq_fleet_seal(&a, &f);
	rq_fleet_seal(&a, &other);
	assert_string_equal(f.json, other.json);
	assert_string_equal(f.sha256, other.sha256);
	assert_int_equal(strlen(f.sha256), 64);
	assert_int_equal(rq_json_parse(f.json, strlen(f.json), &j, &e), RQ_OK);
	assert_int_equal(rq_fleet_from_json(&a, j, &back, &e), RQ_OK);
	rq_json_free(j);
	assert_int_equal(back.n_runners, 2);
	assert_int_equal(back.runners[0].drain, RQ_DRAIN_DRAINING);
	assert_true(back.runners[1].memory_bytes == -1 && back.runners[1].seen_at == r[0].seen_at);
	assert_int_equal(rq_fleet_count(&back, "ROUTE:T@B"), 1);
	assert_int_equal(rq_fleet_count(&back, "runner:b"), 7);
	assert_int_equal(rq_fleet_count(&back, "runner:c"), 0);
	assert_int_equal(rq_fleet_count(&back, ""), 0);
	rq_fleet_seal(&a, &back);
	assert_string_equal(back.json, f.json);
	assert_int_equal(rq_json_parse("{\"runners\":[3,{}],\"counters\":[]}", 32, &j, &e), RQ_OK);
	assert_int_equal(rq_fleet_from_json(&a, j, &back, &e), RQ_OK);
	assert_string_equal(back.runners[0].name, "");
	rq_json_free(j);
	assert_int_equal(rq_json_parse("{}", 2, &j, &e), RQ_OK);
	assert_int_equal(rq_fleet_from_json(&a, j, &back, &e), RQ_ECORRUPT);
	rq_json_free(j);
	rq_arena_release(&a);
}

static void test_taking(void **state)
{
	struct rq_counter counters[] = { { "group:a", 2 }, { "runner:b", 7 } };
	struct rq_runner r[] = { runner("B"), runner("c") };
	const struct rq_hold holds[] = { { .key = "runner:B", .amount = 1 }, { .key = "Route:t@B", .amount = 3 } };
	struct rq_fleet f = { .n_runners = 2, .n_counters = 2, .runners = r, .counters = counters, .json = "{}" };
	struct rq_arena a = { 0 };

	(void)state;
	rq_fleet_take(&a, &f, "b", holds, 2, 1);
	assert_null(f.json);
	assert_int_equal(f.n_counters, 3);
	assert_string_equal(f.counters[1].key, "route:t@b");
	assert_int_equal(rq_fleet_count(&f, "route:t@b"), 3);
	assert_int_equal(rq_fleet_count(&f, "runner:b"), 8);
	assert_int_equal(f.runners[0].placed, 1);
	assert_int_equal(f.runners[1].placed, 0);
	assert_int_equal(r[0].placed, 0);
	assert_int_equal(counters[1].n, 7);
	rq_fleet_take(&a, &f, "", holds, 2, -1);
	rq_fleet_take(&a, &f, "c", holds + 1, 1, -1);
	assert_int_equal(rq_fleet_count(&f, "route:t@b"), 0);
	assert_int_equal(rq_fleet_count(&f, "runner:b"), 7);
	assert_int_equal(f.runners[0].placed, 1);
	assert_int_equal(f.runners[1].placed, 0);
	rq_arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalising),
		cmocka_unit_test(test_no_url_keeps_its_secrets),
		cmocka_unit_test(test_names_of_secrets),
		cmocka_unit_test(test_facts_come_back),
		cmocka_unit_test(test_fleets),
		cmocka_unit_test(test_taking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
