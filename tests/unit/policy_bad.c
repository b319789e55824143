/* Bad policies: each file of tests/policy/bad and lint begins with what is expected of it, and gets just that:
 * "# expect: P012 14:7 P003 20:1". All bad ones together cost less than 50 ms. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <time.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/policy/policy.h"

enum { FILES_MAX = 200, TEXT_MAX = 64 * 1024 };

struct file {
	char *name, *text;
	size_t n;
};

struct files {
	struct file v[FILES_MAX];
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void read_all(const char *directory, struct files *all)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct dirent *entry;
	DIR *d;

	snprintf(path, sizeof path, "%s/tests/policy/%s", top ? top : ".", directory);
	d = opendir(path);
	if (!d)
		fail_msg("cannot open %s", path);
	all->n = 0;
	while ((entry = readdir(d))) {
		struct file *f = &all->v[all->n];
		FILE *in;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(all->n < FILES_MAX);
		snprintf(path, sizeof path, "%s/tests/policy/%s/%.200s", top ? top : ".", directory, entry->d_name);
		in = fopen(path, "rb");
		if (!in)
			fail_msg("cannot open %s", path);
		f->name = rq_strdup(entry->d_name);
		f->text = rq_alloc(TEXT_MAX);
		f->n = fread(f->text, 1, TEXT_MAX - 1, in);
		fclose(in);
		all->n++;
	}
	closedir(d);
	qsort(all->v, all->n, sizeof *all->v, by_name);
}

static void release(struct files *all)
{
	for (size_t i = 0; i < all->n; i++) {
		rq_free(all->v[i].name);
		rq_free(all->v[i].text);
	}
}

/* What is found, in the form of the first line. */
static void look_at(const struct file *f, struct rq_problems *problems, struct rq_str *found)
{
	struct rq_policy *p;
	struct rq_error e = { 0 };
	int rc = rq_policy_load(f->name, f->text, f->n, &p, problems, &e);

	if (rc == RQ_OK)
		rq_policy_lint(p, NULL, 0, NULL, NULL, problems);
	else
		assert_true(rc == RQ_EUSAGE && !p && e.msg[0]);
	rq_policy_free(p);
	rq_problems_sort(problems);
	for (size_t i = 0; i < problems->n; i++)
		rq_str_addf(found, " %s %d:%d", problems->v[i].code, problems->v[i].line, problems->v[i].col);
	if (!problems->n)
		rq_str_add(found, " nothing");
}

static bool check(const struct file *f)
{
	static const char begin[] = "# expect:";
	const char *text = f->text + rq_utf8_mark(f->text, f->n);
	size_t line = strcspn(text, "\r\n"), skip = sizeof begin - 1;
	struct rq_problems problems = { .n = 0 };
	struct rq_str found, shown;
	bool same;

	rq_str_init(&found, 0);
	rq_str_init(&shown, 0);
	look_at(f, &problems, &found);
	same = rq_starts(text, begin) && found.len == line - skip && !memcmp(found.s, text + skip, found.len);
	rq_problems_render(&problems, f->name, f->text, f->n, &shown);
	if (!same)
		print_error("%s: expected%.*s, found%s\n%s\n", f->name, (int)(line - skip), text + skip, rq_str_get(&found),
			    rq_str_get(&shown));
	rq_str_release(&found);
	rq_str_release(&shown);
	rq_problems_release(&problems);
	return same;
}

static void check_all(const char *directory, size_t least)
{
	static struct files all;
	size_t wrong = 0;

	read_all(directory, &all);
	for (size_t i = 0; i < all.n; i++)
		wrong += !check(&all.v[i]);
	release(&all);
	assert_true(all.n >= least);
	assert_int_equal(wrong, 0);
}

static void test_bad(void **state)
{
	(void)state;
	check_all("bad", 60);
}

static void test_lint(void **state)
{
	(void)state;
	check_all("lint", 13);
}

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The best of three, as others use the machine as well. */
static void test_time(void **state)
{
	static struct files all;
	const char *sanitized = getenv("RELAYQ_SANITIZED"), *slow = getenv("RELAYQ_TEST_VALGRIND");
	int64_t best = INT64_MAX, limit = (sanitized && *sanitized) || (slow && *slow) ? 5000000 : 50000;

	(void)state;
	read_all("bad", &all);
	for (int round = 0; round < 3; round++) {
		int64_t from = cpu_us(), took;

		for (size_t i = 0; i < all.n; i++) {
			struct rq_problems problems = { .n = 0 };
			struct rq_policy *p;

			rq_policy_load(all.v[i].name, all.v[i].text, all.v[i].n, &p, &problems, NULL);
			rq_policy_free(p);
			rq_problems_release(&problems);
		}
		took = cpu_us() - from;
		best = took < best ? took : best;
	}
	print_message("# %zu bad policies in %.1f ms\n", all.n, (double)best / 1000);
	release(&all);
	assert_true(best < limit);
}

/* What would be too large for a file of the tests: each is refused, at its place, at once. */
static void refused(const struct rq_str *text, const char *code, int line, int col)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_policy *p;
	int64_t from = cpu_us();

	assert_false(text->full);
	assert_int_equal(rq_policy_load("p", text->s, text->len, &p, &problems, NULL), RQ_EUSAGE);
	if (strcmp(problems.v[0].code, code) != 0 || problems.v[0].line != line || problems.v[0].col != col)
		fail_msg("%s %d:%d %s", problems.v[0].code, problems.v[0].line, problems.v[0].col, problems.v[0].text);
	assert_true(cpu_us() - from < 10000000);
	rq_problems_release(&problems);
}

static void repeat(struct rq_str *b, const char *begin, const char *what, int n)
{
	rq_str_clear(b);
	rq_str_add(b, begin);
	for (int i = 0; i < n; i++)
		rq_str_add(b, what);
	rq_str_add(b, "\n");
}

static void test_large(void **state)
{
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 4 << 20);
	repeat(&b, "a: ", "aaaaaaaaaaaaaaaa", 65537);
	refused(&b, "P009", 0, 0);
	repeat(&b, "schema: 2\npolicy_version: ", "aaaaaaaa", 8193);
	refused(&b, "P008", 2, 17);
	repeat(&b, "schema: 2\nrules:\n", "- a\n", 100001);
	refused(&b, "P007", 99998, 3);
	repeat(&b, "schema: 2\nroutes: ", "[", 500000);
	refused(&b, "P006", 2, 40);
	repeat(&b, "schema: 2\nrules:\n", "- {deny: no, when: {host: {regex: '(?:ab){1,900}'}}}\n", 257);
	refused(&b, "P038", 259, 35);
	repeat(&b, "schema: 2\nrules:\n", "- {deny: no}\n", 1001);
	refused(&b, "P038", 2, 1);
	rq_str_release(&b);
}

/* The things that cost when there are many: unknown keys, names that are nowhere, labels that all runners have. */
static void test_many(void **state)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_policy *p;
	int64_t from = cpu_us();
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 4 << 20);
	rq_str_add(&b, "schema: 2\nglobal_constraints:\n  default_timeouts:\n");
	for (int i = 0; i < 20000; i++)
		rq_str_addf(&b, "    unknown%d: 1\n", i);
	rq_str_add(&b, "routes:\n");
	for (int i = 0; i < 7000; i++)
		rq_str_addf(&b, "  type%d: {prefer: [x], unknwon: 2}\n", i);
	assert_int_equal(rq_policy_load("p", b.s, b.len, &p, &problems, NULL), RQ_EUSAGE);
	assert_int_equal(problems.errors, 27000);
	rq_problems_release(&problems);
	rq_str_clear(&b);
	rq_str_add(&b, "schema: 2\nroutes:\n");
	for (int i = 0; i < 6000; i++)
		rq_str_addf(&b, "  type%d: {prefer: [x], fallback: [n%d]}\n", i, i);
	rq_str_add(&b, "runner_capabilities:\n");
	for (int i = 0; i < 6000; i++)
		rq_str_addf(&b, "  r%d: {labels: [x]}\n", i);
	assert_int_equal(rq_policy_load("p", b.s, b.len, &p, &problems, NULL), RQ_OK);
	rq_policy_lint(p, NULL, 0, NULL, NULL, &problems);
	rq_policy_free(p);
	rq_problems_release(&problems);
	rq_str_release(&b);
	assert_true(cpu_us() - from < 10000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad), cmocka_unit_test(test_lint), cmocka_unit_test(test_time),
		cmocka_unit_test(test_large), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
