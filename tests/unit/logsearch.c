/* Searching logs: many rows at once finds what row by row does. */
#include "tests/unit/logs.h"

#include <stdio.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tui/logpattern.h"
#include "tui/logsearch.h"

#define TIME "2026-11-21T18:02:21.1234567Z "
enum { SEGMENT = RQ_LOGTEXT_SEGMENT, SECOND_US = 1000000, ROWS = 1 << 17 };

static void begin(struct rq_logsearch *f, const char *pattern)
{
	struct rq_error e;

	/* One that makes no sense leaves the search as it is. */
	assert_int_not_equal(rq_logsearch_begin(f, "(", &e), RQ_OK);
	if (rq_logsearch_begin(f, pattern, &e))
		fail_msg("%s", e.msg);
	assert_int_not_equal(rq_logsearch_begin(f, "(", &e), RQ_OK);
}

static void count(struct rq_logsearch *f, struct rq_logtext *t)
{
	while (rq_logsearch_step(f, t, SECOND_US))
		;
	assert_int_equal(rq_logsearch_progress(f, t), 100);
}

/* Row by row: the places of all that match. */
static size_t each_row(struct rq_logsearch *f, struct rq_logtext *t, int64_t *hits)
{
	int64_t off = 0, next;
	size_t n, all = 0;

	for (; off >= 0 && t->size; off = next) {
		rq_logtext_row(t, off, &n, &next);
		if (rq_logsearch_hits(f, t, off)) {
			assert_true(all < ROWS);
			hits[all++] = off;
		}
		rq_logtext_row(t, off, &n, &next);
	}
	return all;
}

static int64_t step_on(struct rq_logsearch *f, struct rq_logtext *t, int64_t off, int way)
{
	enum rq_logfound r;

	do
		r = way > 0 ? rq_logsearch_next(f, t, &off, 0) : rq_logsearch_previous(f, t, &off, 0);
	while (r == RQ_LOGFOUND_MORE);
	return r == RQ_LOGFOUND_HIT ? off : -1;
}

/* COUNTED: the matches are counted before one walks through them. */
static void agrees(struct rq_str *s, const char *pattern, bool counted)
{
	struct rq_logsearch f = { 0 };
	int64_t *hits = rq_alloc(ROWS * sizeof *hits), off;
	struct rq_logtext t;
	size_t n, i;

	log_open(&t, s);
	begin(&f, pattern);
	n = each_row(&f, &t, hits);
	if (counted)
		count(&f, &t);
	for (i = 0, off = 0; i < n; i++) {
		off = step_on(&f, &t, off, 1);
		if (off != hits[i])
			fail_msg("%s: match %zu at %lld instead of %lld", pattern, i, (long long)off, (long long)hits[i]);
		if (counted)
			assert_int_equal(rq_logsearch_number(&f, &t, off), i + 1);
		off++;
	}
	assert_int_equal(step_on(&f, &t, off, 1), -1);
	for (off = t.size; i-- > 0;) {
		off = step_on(&f, &t, off, -1);
		assert_int_equal(off, hits[i]);
	}
	assert_int_equal(step_on(&f, &t, off, -1), -1);
	count(&f, &t);
	assert_int_equal(rq_logsearch_count(&f), n);
	assert_false(f.gave_up);
	rq_logsearch_release(&f);
	rq_logtext_release(&t);
	rq_free(hits);
}

/* Lines of all kinds, over some segments; between the two a number. */
static void add_lines(struct rq_str *s, int n, const char *end)
{
	static const char *const lines[][2] = {
		{ TIME "worker 7: fetched ", " of 89 parts in 12 ms" },
		{ TIME "\033[32m[ ok ]\033[0m comp\033[1mil\033[0ming module_", ".c" },
		{ TIME "##[error]unit ", " ended with exit code 137" },
		{ TIME "gr\303\266\303\237e der datei ", " \342\234\223" },
		{ TIME "progress ", "%\rprogress done" },
		{ TIME "bad \377\376 bytes ", " \303" },
		{ "no time on ", "\tthis line \033]0;title\007and a title" },
		{ "\357\273\277" TIME "##[group]Run ", "" },
		{ "", "" },
		{ TIME "aaaaaaaaab ", " foo" },
	};
	int i;

	for (i = 0; i < n; i++) {
		const char *const *line = lines[(size_t)(i * 7 + i / 13) % (sizeof lines / sizeof lines[0])];

		rq_str_addf(s, "%s%d%s%s", line[0], i, line[1], end);
	}
}

static const char *const patterns[] = {
	"exit code 1[3-9]\\d", "##\\[error\\].*exit code 1[3-9]\\d", "compiling", "^##\\[err", "^unit \\d+", "^\\d+$",
	"(?i)OK|FETCHED", "(?:fatal|error|ok)[^\\n]{0,30}module", "2026", "00$", "foo$", "a[^b]*b 77", "\303\266.*datei \\d*7 ",
	"gr..e", "(?<!o)foo", "(?=1)1.*7", "\\bdone\\b", "\\s+ms", ".", "x*", "a{2,3}b 1", "b 9+ foo", "\\d{3} foo",
	"[^a-z ]{4}", "(?-i)Run", "title$", "a++b 5", "progress 4", "(?:Q){0}12 ms", "done|unit 5", "(\\d)\\1\\1 of",
};

static void test_many_rows_as_each_row(void **state)
{
	static const char *const ends[] = { "\n", "\r\n" };
	struct rq_str s = { 0 };
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		rq_str_clear(&s);
		add_lines(&s, 3000, ends[k]);
		rq_str_add(&s, "the last line, unit 137 without end, foo");
		for (i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
			agrees(&s, patterns[i], (i + k) % 2);
	}
	rq_str_release(&s);
}

static void test_hits_at_borders(void **state)
{
	static const int64_t lengths[] = { SEGMENT - 7, SEGMENT - 6, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 5 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct rq_str s = { 0 };

		while ((int64_t)s.len < lengths[i])
			rq_str_addc(&s, i % 2 || s.len % 50 ? 'a' : '\n');
		rq_str_add(&s, "needle\nneedle and hay\n");
		add_lines(&s, 700, "\n");
		rq_str_add(&s, "needle");
		agrees(&s, "needle", true);
		agrees(&s, "needle", false);
		agrees(&s, "^a*needle", false);
		rq_str_release(&s);
	}
}

static void test_what_is_seen_is_found(void **state)
{
	static const struct {
		const char *pattern, *row;
		bool found;
	} cases[] = {
		{ "needle", TIME "nee\033[31mdle\033[0m", true },
		{ "18:02", TIME "text", false },
		{ "^text", TIME "text", true },
		{ "^text", TIME "##[error]text", true },
		{ "^##\\[error", TIME "##[error]text", true },
		{ "\\[31m", TIME "\033[31mred", false },
		{ "text$", TIME "text\r", true },
		{ "text", "te\377xt", false },
		{ "t.xt", "t\303\244xt", true },
		{ "Text", "text", false },
		{ "text", "TEXT", true },
		{ NULL, TIME "##[error]x", true },
		{ NULL, "all failed", true },
		{ NULL, "terrors", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rq_logsearch f = { 0 };
		struct rq_str s = { 0 };
		struct rq_logtext t;

		rq_str_addf(&s, "before\n%s\nbehind\n", cases[i].row);
		log_open(&t, &s);
		begin(&f, cases[i].pattern);
		count(&f, &t);
		if (rq_logsearch_count(&f) != cases[i].found)
			fail_msg("%s in %s: %d", cases[i].pattern ? cases[i].pattern : "errors", cases[i].row, (int)rq_logsearch_count(&f));
		rq_logsearch_release(&f);
		rq_logtext_release(&t);
		rq_str_release(&s);
	}
}

static void test_a_log_that_grows_and_shrinks(void **state)
{
	struct rq_logsearch f = { 0 };
	struct rq_str s = { 0 };
	struct rq_logtext t;
	int i;

	(void)state;
	log_open(&t, &s);
	begin(&f, "hit");
	for (i = 0; i < 3000; i++) {
		rq_str_add(&s, "a hit, then m");
		rq_logtext_resize(&t, (int64_t)s.len);
		count(&f, &t);
		assert_int_equal(rq_logsearch_count(&f), 2 * i + 1);
		rq_str_addf(&s, "ore %060d\nno\nhi", i);
		rq_logtext_resize(&t, (int64_t)s.len);
		count(&f, &t);
		assert_int_equal(rq_logsearch_count(&f), 2 * i + 1);
		rq_str_add(&s, "t\n");
		rq_logtext_resize(&t, (int64_t)s.len);
		count(&f, &t);
		assert_int_equal(rq_logsearch_count(&f), 2 * i + 2);
	}
	rq_str_clear(&s);
	rq_str_add(&s, "hit\n");
	assert_true(rq_logtext_resize(&t, (int64_t)s.len));
	rq_logsearch_restart(&f);
	count(&f, &t);
	assert_int_equal(rq_logsearch_count(&f), 1);
	rq_logsearch_release(&f);
	rq_logtext_release(&t);
	rq_str_release(&s);
}

/* Nothing behind *ud is to be found. */
static void keep_before(void *ud, int64_t from, struct rq_logrows *rows)
{
	while (rows->n && from + rows->v[rows->n - 1] >= *(int64_t *)ud)
		rows->n--;
}

static void test_rows_that_are_not_to_be_found(void **state)
{
	struct rq_logsearch f = { 0 };
	struct rq_str s = { 0 };
	struct rq_logtext t;
	int64_t border = 5 * SEGMENT / 2, rows = border / 8, off = border;

	(void)state;
	while (s.len < 4 * SEGMENT)
		rq_str_add(&s, "a hit..\n");
	log_open(&t, &s);
	f.keep = keep_before;
	f.keep_ud = &border;
	begin(&f, "hit");
	count(&f, &t);
	assert_int_equal(rq_logsearch_count(&f), rows);
	assert_int_equal(rq_logsearch_number(&f, &t, border - 8), rows);
	assert_int_equal(rq_logsearch_number(&f, &t, border), 0);
	assert_int_equal(step_on(&f, &t, off, 1), -1);
	assert_int_equal(step_on(&f, &t, t.size, -1), border - 8);
	/* Others are, behind a place. */
	border += SEGMENT;
	rq_logsearch_rewind(&f, &t, off);
	assert_int_equal(rq_logsearch_count(&f), 2 * SEGMENT / 8);
	count(&f, &t);
	assert_int_equal(rq_logsearch_count(&f), border / 8);
	assert_int_equal(rq_logsearch_number(&f, &t, border - 8), border / 8);
	rq_logsearch_release(&f);
	rq_logtext_release(&t);
	rq_str_release(&s);
}

/* A log of equal lines that is nowhere. */
static size_t read_endless(void *ud, int64_t off, char *buf, size_t n)
{
	const char *line = ud;
	size_t len = strlen(line), i;

	for (i = 0; i < n; i++)
		buf[i] = line[(size_t)(off + (int64_t)i) % len];
	return n;
}

static void test_memory(void **state)
{
	static char line[] = "hit\n";
	enum { LINES = 2000000 };
	struct rq_logsearch f = { 0 };
	struct rq_logtext t;

	(void)state;
	rq_logtext_init(&t, read_endless, line);
	rq_logtext_resize(&t, (int64_t)LINES * 4);
	while (rq_logtext_index(&t, SECOND_US))
		;
	assert_int_equal(rq_logtext_count(&t), LINES);
	assert_int_equal(rq_logtext_line(&t, LINES / 2), (int64_t)(LINES / 2 - 1) * 4);
	begin(&f, "hit");
	count(&f, &t);
	assert_int_equal(rq_logsearch_count(&f), LINES);
	assert_int_equal(rq_logsearch_number(&f, &t, 4000000), 1000001);
	assert_true(t.cap_segments * sizeof t.row_of[0] + f.cap_segments * sizeof f.in_segment[0] +
		    f.rows.cap * sizeof f.rows.v[0] < LINES / 4);
	rq_logsearch_release(&f);
	rq_logtext_release(&t);
}

/* They end, or are given up, and no turn takes long. */
static void test_hostile_patterns(void **state)
{
	static const char *const hostile[] = {
		"(a+)+$", "(a|aa)+c", "(?:a*)*b", "a[^b]*c", "a.*b.*c", "(.*a){12}c", "(?=.*.*.*x)a", "a++b", "(a?){40}a{40}b",
	};
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		struct rq_str s = { 0 };

		while (s.len < 4 * SEGMENT)
			rq_str_addc(&s, k && s.len % 200 == 199 ? '\n' : 'a');
		for (i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
			struct rq_logsearch f = { 0 };
			struct rq_logtext t;
			bool more = true;

			log_open(&t, &s);
			begin(&f, hostile[i]);
			while (more) {
				int64_t begun = rq_mono_ns();

				more = rq_logsearch_step(&f, &t, 1000);
				if (rq_mono_ns() - begun > INT64_C(3000000000))
					fail_msg("%s: a turn of %lld ms", hostile[i], (long long)((rq_mono_ns() - begun) / 1000000));
			}
			rq_logsearch_release(&f);
			rq_logtext_release(&t);
		}
		rq_str_release(&s);
	}
}

static void test_patterns(void **state)
{
	struct rq_logliteral l;

	(void)state;
	assert_int_equal(rq_logpattern_kind("abc.*d+"), RQ_LOGPATTERN_BYTES);
	assert_int_equal(rq_logpattern_kind("a.b"), RQ_LOGPATTERN_UTF);
	assert_int_equal(rq_logpattern_kind("\303\244"), RQ_LOGPATTERN_UTF);
	assert_int_equal(rq_logpattern_kind("^a"), RQ_LOGPATTERN_ROWS);
	assert_int_equal(rq_logpattern_kind("[^a]*"), RQ_LOGPATTERN_BYTES);
	assert_int_equal(rq_logpattern_kind("a(?!b)"), RQ_LOGPATTERN_ROWS);
	assert_int_equal(rq_logpattern_kind("a\\K"), RQ_LOGPATTERN_ROWS);
	assert_int_equal(rq_logpattern_kind("[a"), RQ_LOGPATTERN_BYTES);
	assert_int_equal(rq_logpattern_kind("a\\"), RQ_LOGPATTERN_ROWS);
	assert_true(rq_logpattern_literal("(?:a|b).{2,3}exit code\\d", false, &l));
	assert_int_equal(l.n, 9);
	assert_memory_equal(l.s, "exit code", 9);
	assert_false(rq_logpattern_literal("exit|code", false, &l));
	assert_false(rq_logpattern_literal("exit", true, &l));
	assert_true(rq_logpattern_literal("abc?d{2}#", false, &l));
	assert_memory_equal(l.s, "ab", 2);
	assert_int_equal(l.rare, '#');
	assert_false(rq_logpattern_literal("(?x)a b c", false, &l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_rows_as_each_row), cmocka_unit_test(test_hits_at_borders),
		cmocka_unit_test(test_what_is_seen_is_found), cmocka_unit_test(test_a_log_that_grows_and_shrinks),
		cmocka_unit_test(test_memory),                cmocka_unit_test(test_hostile_patterns),
		cmocka_unit_test(test_patterns),              cmocka_unit_test(test_rows_that_are_not_to_be_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
