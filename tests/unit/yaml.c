/* YAML: the tree, where things stand in it, and all that is refused. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/yaml.h"

static struct rq_yaml_doc *parse(const char *text)
{
	struct rq_yaml_doc *d;
	struct rq_error e = { 0 };

	if (rq_yaml_parse("f", text, strlen(text), &d, &e))
		fail_msg("%s", e.msg);
	return d;
}

static void refused(const char *text, const char *message)
{
	struct rq_yaml_doc *d = (void *)1;
	struct rq_error e = { 0 };

	assert_int_not_equal(rq_yaml_parse("f", text, strlen(text), &d, &e), RQ_OK);
	assert_null(d);
	if (!strstr(e.msg, message))
		fail_msg("got: %s; wanted: %s", e.msg, message);
}

static void test_tree(void **state)
{
	struct rq_yaml_doc *d = parse("a: 1\nb:\n  - x\n  - {k: 'v'}\nc:\n");
	const struct rq_yaml *root = rq_yaml_root(d), *b = rq_yaml_get(root, "b");
	int64_t n;

	(void)state;
	assert_int_equal(root->kind, RQ_YAML_MAP);
	assert_int_equal(root->n, 3);
	assert_true(rq_yaml_int(rq_yaml_get(root, "a"), &n));
	assert_int_equal(n, 1);
	assert_int_equal(b->kind, RQ_YAML_SEQ);
	assert_int_equal(b->n, 2);
	assert_string_equal(rq_yaml_str(b->items[0]), "x");
	assert_string_equal(rq_yaml_str(rq_yaml_get(b->items[1], "k")), "v");
	assert_true(rq_yaml_get(b->items[1], "k")->quoted);
	assert_int_equal(rq_yaml_get(root, "c")->kind, RQ_YAML_NULL);
	assert_null(rq_yaml_get(root, "d"));
	assert_null(rq_yaml_get(b, "a"));
	assert_int_equal(b->items[1]->line, 4);
	assert_int_equal(b->items[1]->col, 5);
	rq_yaml_free(d);
}

static void test_empty(void **state)
{
	struct rq_yaml_doc *d = parse("");

	(void)state;
	assert_int_equal(rq_yaml_root(d)->kind, RQ_YAML_NULL);
	rq_yaml_free(d);
	d = parse("# only a comment\n");
	assert_int_equal(rq_yaml_root(d)->kind, RQ_YAML_NULL);
	rq_yaml_free(d);
}

static void test_types(void **state)
{
	struct rq_yaml_doc *d = parse(
		"t: true\nf: false\nq: \"true\"\ny: yes\nn: ~\ni: -7\nqi: '7'\ns: a b\n");
	const struct rq_yaml *r = rq_yaml_root(d);
	bool b = false;
	int64_t i;

	(void)state;
	assert_true(rq_yaml_bool(rq_yaml_get(r, "t"), &b) && b);
	assert_true(rq_yaml_bool(rq_yaml_get(r, "f"), &b) && !b);
	assert_false(rq_yaml_bool(rq_yaml_get(r, "q"), &b));
	assert_false(rq_yaml_bool(rq_yaml_get(r, "y"), &b));
	assert_false(rq_yaml_bool(NULL, &b));
	assert_null(rq_yaml_str(rq_yaml_get(r, "n")));
	assert_true(rq_yaml_int(rq_yaml_get(r, "i"), &i));
	assert_int_equal(i, -7);
	assert_false(rq_yaml_int(rq_yaml_get(r, "qi"), &i));
	assert_string_equal(rq_yaml_str(rq_yaml_get(r, "s")), "a b");
	rq_yaml_free(d);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("a: 1\nb: 2\na: 3\n", "f:3:1: the key \"a\" stands here again; first at 1:1");
	refused("a: &x 1\n", "f:1:4: anchors");
	refused("a: *x\n", "f:1:4: aliases");
	refused("a: !!str 1\n", "f:1:4: tags");
	refused("a: 1\n---\nb: 2\n", "a second document");
	refused("a: [1\nb: 2\n", "that began at 1:4");
	refused("a:\n\tb: 1\n", "f:2:1:");
	refused("[a, b]: 1\n", "a key must be a single word");
	refused("a: \"\\0\"\n", "zero byte");
	refused("ok: 1\nbad: \x01\n", "f:2:6:");
	refused("ok: 1\nbad: \xff\n", "f:2:6:");
}

static void none(void *ud, const struct rq_yaml_fault *f)
{
	(void)f;
	++*(int *)ud;
}

static void test_shared(void **state)
{
	const char *text = "a: &x [1, 2]\nb: *x\n&k c: &x 3\n*k : *x\nd: *k\n";
	struct rq_yaml_doc *d;
	const struct rq_yaml *r;
	int faults = 0;

	(void)state;
	/* The key c stands there twice, the second time by its anchor. */
	assert_int_equal(rq_yaml_read_shared(text, strlen(text), none, &faults, &d), 1);
	r = rq_yaml_root(d);
	assert_int_equal(rq_yaml_get(r, "b")->kind, RQ_YAML_SEQ);
	assert_string_equal(rq_yaml_get(r, "b")->items[1]->text, "2");
	assert_int_equal(rq_yaml_get(r, "b")->line, 2);
	assert_int_equal(rq_yaml_get(r, "b")->col, 4);
	assert_string_equal(r->items[3]->text, "3");
	assert_string_equal(rq_yaml_str(rq_yaml_get(r, "d")), "c");
	rq_yaml_free(d);
	assert_int_equal(rq_yaml_read_shared("a: &x [*x]\nb: *y\n", 17, none, &faults, &d), 2);
	rq_yaml_free(d);
}

static void test_depth(void **state)
{
	char deep[200];
	size_t n;

	(void)state;
	for (n = 0; n < 32; n++)
		deep[n] = '[';
	for (; n < 64; n++)
		deep[n] = ']';
	deep[n] = 0;
	rq_yaml_free(parse(deep));
	memset(deep, '[', 33);
	deep[33] = 0;
	refused(deep, "nested deeper than 32");
}

static void test_limits(void **state)
{
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 4 << 20);
	for (int i = 0; i < 100001; i++)
		rq_str_add(&b, "- a\n");
	refused(rq_str_get(&b), "more than 100,000 values");
	rq_str_clear(&b);
	for (int i = 0; i < 65537; i++)
		rq_str_addc(&b, 'a');
	refused(rq_str_get(&b), "more than 64 KiB");
	rq_str_clear(&b);
	for (int i = 0; i < 1024 * 1024 / 16 + 1; i++)
		rq_str_add(&b, "# a long file.\n ");
	refused(rq_str_get(&b), "larger than 1 MiB");
	rq_str_release(&b);
}

struct told {
	struct rq_str text;
};

static void tell(void *ud, const struct rq_yaml_fault *f)
{
	struct told *t = ud;

	rq_str_addf(&t->text, "%d:%d+%d %d", f->line, f->col, f->len, (int)f->kind);
	if (f->first_line)
		rq_str_addf(&t->text, " (%d:%d)", f->first_line, f->first_col);
	rq_str_addc(&t->text, '\n');
}

/* All that is wrong is told, and what is right is there. */
static void test_all_faults(void **state)
{
	static const char text[] = "a: 1\nb: &x [*y, !t 2, \"\\0\"]\na: 3\na: 4\n? [k]\n: 5\nc: 6\n";
	struct told t = { .text = { 0 } };
	struct rq_yaml_doc *d;
	const struct rq_yaml *b;
	char wanted[200];

	(void)state;
	snprintf(wanted, sizeof wanted, "2:4+2 %d\n2:8+2 %d\n2:12+0 %d\n2:18+0 %d\n5:3+0 %d\n3:1+1 %d (1:1)\n4:1+1 %d (1:1)\n",
		 RQ_YAML_ANCHOR, RQ_YAML_ANCHOR, RQ_YAML_TAG, RQ_YAML_ZERO_BYTE, RQ_YAML_KEY, RQ_YAML_DUPLICATE,
		 RQ_YAML_DUPLICATE);
	assert_int_equal(rq_yaml_read(text, strlen(text), tell, &t, &d), 7);
	assert_string_equal(rq_str_get(&t.text), wanted);
	b = rq_yaml_get(rq_yaml_root(d), "b");
	assert_int_equal(b->items[0]->kind, RQ_YAML_BAD);
	assert_string_equal(rq_yaml_str(b->items[1]), "2");
	assert_string_equal(rq_yaml_str(rq_yaml_get(rq_yaml_root(d), "c")), "6");
	rq_yaml_free(d);
	rq_str_release(&t.text);
}

static void test_places(void **state)
{
	struct rq_yaml_doc *d = parse("\xc3\xa4: ['b c', d]\ne: |\n  f\n");
	const struct rq_yaml *root = rq_yaml_root(d), *list = root->items[0];

	(void)state;
	assert_int_equal(list->style, '[');
	assert_int_equal(list->col, 4);
	assert_int_equal(list->end_col, 14);
	assert_int_equal(list->to, 13);
	assert_int_equal(list->items[0]->style, '\'');
	assert_int_equal(list->items[0]->end_col, 10);
	assert_int_equal(list->items[1]->style, 0);
	assert_int_equal(root->items[1]->style, '|');
	rq_yaml_free(d);
}

/* Every prefix of a good document parses or is refused with a place; none leaks or crashes. */
static void test_prefixes(void **state)
{
	static const char text[] =
		"a: {b: [1, 'two', \"th\\x20ree\"], c: |\n  text\n}\nd: >-\n  more\n";
	struct rq_yaml_doc *d;
	struct rq_error e;

	(void)state;
	for (size_t n = 0; n < sizeof text; n++) {
		e.msg[0] = 0;
		if (rq_yaml_parse("f", text, n, &d, &e))
			assert_true(strncmp(e.msg, "f:", 2) == 0);
		else
			rq_yaml_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),	 cmocka_unit_test(test_empty),
		cmocka_unit_test(test_types),	 cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_shared), cmocka_unit_test(test_depth), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_prefixes), cmocka_unit_test(test_all_faults),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
