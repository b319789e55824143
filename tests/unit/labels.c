/* Names, job ids, and sets of labels. */
#include "tests/unit/unit.h"

#include "core/model/id.h"
#include "core/model/labels.h"

static void id(const char *text, const char *queue, const char *rest)
{
	char q[RQ_ID_MAX], i[RQ_ID_MAX];

	assert_true(rq_id_parse(text, q, i));
	assert_string_equal(q, queue);
	assert_string_equal(i, rest);
}

static void test_ids(void **state)
{
	static const char *const junk[] = { "", ":", ":17", "local:", "a:b:c", "a b", "local:1 7", "/17", "17/", "1/2/3", "media:/7", "media/7:1", "1/2:3", "17\n", "\xc3\xa4",
					    "local:17:", "*", "-:$" };
	char q[RQ_ID_MAX], i[RQ_ID_MAX], text[3 * RQ_ID_MAX];
	size_t k;

	(void)state;
	id("17", "", "17");
	id("local:17", "local", "17");
	id("media:19283746511", "media", "19283746511");
	id("r:01ARZ3NDEKTSV4RRFFQ69G5FAV", "r", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
	id("a.b_c-d:1.2", "a.b_c-d", "1.2");
	id("media:9127/28411", "media", "9127/28411");
	id("9127/28411", "", "9127/28411");
	for (k = 0; k < sizeof junk / sizeof *junk; k++)
		if (rq_id_parse(junk[k], q, i))
			fail_msg("'%s' passed for an id", junk[k]);
	memset(text, 'a', sizeof text);
	text[RQ_ID_MAX - 1] = '\0';
	assert_true(rq_id_parse(text, q, i));
	text[RQ_ID_MAX - 1] = 'a';
	text[RQ_ID_MAX] = '\0';
	assert_false(rq_id_parse(text, q, i));
	memset(text, 'a', sizeof text);
	text[RQ_ID_MAX - 1] = ':';
	text[2 * RQ_ID_MAX - 1] = '\0';
	assert_true(rq_id_parse(text, q, i));
	assert_int_equal(strlen(q), RQ_ID_MAX - 1);
	assert_int_equal(strlen(i), RQ_ID_MAX - 1);
	/* A run and a job share the room of one id. */
	text[RQ_ID_MAX + 5] = '/';
	assert_true(rq_id_parse(text, q, i));
	text[2 * RQ_ID_MAX - 1] = 'a';
	text[2 * RQ_ID_MAX] = '\0';
	assert_false(rq_id_parse(text, q, i));
}

static void test_parts_of_ids(void **state)
{
	struct rq_id p;

	(void)state;
	assert_true(rq_id_split("media:9127/28411", &p));
	assert_string_equal(p.queue, "media");
	assert_string_equal(p.run, "9127");
	assert_string_equal(p.job, "28411");
	assert_true(rq_id_split("17", &p));
	assert_string_equal(p.queue, "");
	assert_string_equal(p.run, "17");
	assert_string_equal(p.job, "");
	assert_false(rq_id_split("media:9127/", &p));
	assert_true(rq_id_within("media:91/2", "media:91"));
	assert_true(rq_id_within("media:91", "media:91"));
	assert_false(rq_id_within("media:912", "media:91"));
	assert_false(rq_id_within("media:9", "media:91"));
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "9", "Mac-mini.local", "rpi4_2", "A.b-C_9" };
	static const char *const bad[] = { "", ".", "..", ".a", "-a", "_a", "a b", "a/b", "a:b", "a,b", "\xc3\xa4", "a\n", "a@b" };
	char text[RQ_NAME_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(rq_name_ok(good[i]));
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(rq_name_ok(bad[i]));
	memset(text, 'a', sizeof text);
	text[RQ_NAME_MAX - 1] = '\0';
	assert_true(rq_name_ok(text));
	text[RQ_NAME_MAX - 1] = 'a';
	text[RQ_NAME_MAX] = '\0';
	assert_false(rq_name_ok(text));
}

static void labels(const char *in, const char *want)
{
	struct rq_arena a = { 0 };
	struct rq_labels l;
	struct rq_error e = { 0 };
	struct rq_str out = { 0 };

	if (rq_labels_parse(&a, in, &l, &e)) {
		assert_int_equal(e.code, RQ_EUSAGE);
		assert_int_equal(l.n, 0);
		rq_str_add(&out, "refused");
	} else {
		rq_labels_text(&l, &out);
	}
	assert_string_equal(rq_str_get(&out), want);
	rq_str_release(&out);
	rq_arena_release(&a);
}

static void test_labels(void **state)
{
	(void)state;
	labels("", "");
	labels("gpu", "gpu");
	labels("GPU, audio", "audio,gpu");
	labels(" \tb ,a\t", "a,b");
	labels("b,a,B,b,A", "a,b");
	labels("rpi10,rpi9,rpi1", "rpi1,rpi10,rpi9");
	labels("self-hosted,x64,Linux", "linux,self-hosted,x64");
	labels(" ", "refused");
	labels(",", "refused");
	labels("a,", "refused");
	labels(",a", "refused");
	labels("a,,b", "refused");
	labels("a b", "refused");
	labels("a;b", "refused");
	labels("-gpu", "refused");
	labels("caf\xc3\xa9", "refused");
}

static void test_limits(void **state)
{
	struct rq_str b = { 0 }, out = { 0 };
	struct rq_arena a = { 0 };
	struct rq_error e;
	struct rq_labels l;
	int i;

	(void)state;
	for (i = 0; i < RQ_LABELS_MAX; i++)
		rq_str_addf(&b, "%sl%02d", i ? "," : "", RQ_LABELS_MAX - i);
	assert_int_equal(rq_labels_parse(&a, b.s, &l, &e), RQ_OK);
	assert_int_equal(l.n, RQ_LABELS_MAX);
	rq_labels_text(&l, &out);
	assert_true(rq_starts(out.s, "l01,l02,"));
	rq_str_add(&b, ",x");
	assert_int_equal(rq_labels_parse(&a, b.s, &l, &e), RQ_EUSAGE);
	assert_non_null(strstr(e.msg, "32"));
	/* One label too long is named, shortened. */
	rq_str_clear(&b);
	for (i = 0; i < RQ_NAME_MAX; i++)
		rq_str_addc(&b, 'x');
	assert_int_equal(rq_labels_parse(&a, b.s, &l, &e), RQ_EUSAGE);
	rq_str_release(&b);
	rq_str_release(&out);
	rq_arena_release(&a);
}

static void test_subsets(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_labels want, have, none;
	const char *missing = NULL;

	(void)state;
	rq_labels_parse(&a, "", &none, NULL);
	rq_labels_parse(&a, "GPU,audio", &have, NULL);
	rq_labels_parse(&a, "gpu", &want, NULL);
	assert_true(rq_labels_subset(&none, &none, &missing));
	assert_true(rq_labels_subset(&none, &have, &missing));
	assert_true(rq_labels_subset(&want, &have, &missing));
	assert_true(rq_labels_subset(&have, &have, NULL));
	assert_null(missing);
	assert_false(rq_labels_subset(&want, &none, &missing));
	assert_string_equal(missing, "gpu");
	rq_labels_parse(&a, "zfs,audio,ffmpeg", &want, NULL);
	assert_false(rq_labels_subset(&want, &have, &missing));
	assert_string_equal(missing, "ffmpeg");
	assert_false(rq_labels_subset(&want, &have, NULL));
	assert_true(rq_labels_has(&have, "Audio"));
	assert_false(rq_labels_has(&have, "aud"));
	rq_arena_release(&a);
}

/* What is printed parses to the same set, in whatever order and case it was given. */
static void test_text_comes_back(void **state)
{
	static const char *const words[] = { "a", "B", "gpu", "GPU", "x64", "Linux", "rpi4", "a.b", "a-b" };
	struct chance c = { 21 };
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		struct rq_arena a = { 0 };
		struct rq_str in = { 0 }, one = { 0 }, two = { 0 };
		struct rq_labels l, again;
		unsigned n = 1 + chance_below(&c, 9), i;

		for (i = 0; i < n; i++)
			rq_str_addf(&in, "%s%s", i ? ", " : "", words[chance_below(&c, 9)]);
		assert_int_equal(rq_labels_parse(&a, in.s, &l, NULL), RQ_OK);
		rq_labels_text(&l, &one);
		assert_int_equal(rq_labels_parse(&a, one.s, &again, NULL), RQ_OK);
		rq_labels_text(&again, &two);
		assert_string_equal(one.s, two.s);
		for (i = 1; i < l.n; i++)
			assert_true(strcmp(l.v[i - 1], l.v[i]) < 0);
		assert_true(rq_labels_subset(&l, &again, NULL) && rq_labels_subset(&again, &l, NULL));
		rq_str_release(&in);
		rq_str_release(&one);
		rq_str_release(&two);
		rq_arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids), cmocka_unit_test(test_parts_of_ids),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_subsets),
		cmocka_unit_test(test_text_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
