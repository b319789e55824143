/* The history of what is typed: in memory, in its file, and between consoles. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/history.h"

struct place {
	char dir[64];
	struct rq_str path;
};

static void begin(struct place *p)
{
	memset(p, 0, sizeof *p);
	rq_copy(p->dir, sizeof p->dir, "/tmp/relayq-history-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	rq_str_addf(&p->path, "%s/history", p->dir);
}

static void end(struct place *p)
{
	unlink(p->path.s);
	rmdir(p->dir);
	rq_str_release(&p->path);
}

static size_t lines_of(const char *path, struct rq_str *out)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;
	int c;

	while (f && (c = fgetc(f)) != EOF) {
		rq_str_addc(out, (char)c);
		n += c == '\n';
	}
	if (f)
		fclose(f);
	return n;
}

static void test_in_memory(void **state)
{
	struct rq_history *h = rq_history_new(NULL);
	size_t step = 1;
	char text[16];
	int i;

	(void)state;
	rq_history_refresh(h);
	rq_history_add(h, "jobs");
	rq_history_add(h, "drain mac");
	rq_history_add(h, "drain mac");
	rq_history_add(h, "");
	rq_history_add(h, " drain secretly");
	assert_string_equal(rq_history_get(h, 1, ""), "drain mac");
	assert_string_equal(rq_history_get(h, 2, ""), "jobs");
	assert_null(rq_history_get(h, 3, ""));
	assert_string_equal(rq_history_get(h, 1, "jo"), "jobs");
	rq_history_add(h, "undrain mac");
	assert_string_equal(rq_history_find(h, &step, "rain m"), "undrain mac");
	step++;
	assert_string_equal(rq_history_find(h, &step, "rain m"), "drain mac");
	assert_int_equal(step, 2);
	step++;
	assert_null(rq_history_find(h, &step, "rain m"));
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "n%d", i);
		rq_history_add(h, text);
	}
	assert_string_equal(rq_history_get(h, 1, "n"), "n999");
	assert_null(rq_history_get(h, 1, "jobs"));
	rq_history_free(h);
}

static void test_going_through_it(void **state)
{
	struct rq_history *h = rq_history_new(NULL);
	struct rq_recall begun = { 0 }, all = { .all = true };

	(void)state;
	rq_history_add(h, "drain pi");
	rq_history_add(h, "jobs");
	rq_history_add(h, "drain mac");
	assert_null(rq_recall_go(&begun, h, "dr", -1));
	assert_string_equal(rq_recall_go(&begun, h, "dr", 1), "drain mac");
	assert_string_equal(rq_recall_go(&begun, h, "drain mac", 1), "drain pi");
	assert_null(rq_recall_go(&begun, h, "drain pi", 1));
	assert_string_equal(rq_recall_go(&begun, h, "drain pi", -1), "drain mac");
	assert_string_equal(rq_recall_go(&begun, h, "drain mac", -1), "dr");
	assert_null(rq_recall_go(&begun, h, "dr", -1));
	assert_string_equal(rq_recall_go(&all, h, "x", 1), "drain mac");
	assert_string_equal(rq_recall_go(&all, h, "drain mac", 1), "jobs");
	assert_string_equal(rq_recall_go(&all, h, "jobs", -1), "drain mac");
	assert_string_equal(rq_recall_go(&all, h, "drain mac", -1), "x");
	rq_free(begun.typed);
	rq_free(all.typed);
	rq_history_free(h);
}

static void test_kept_and_shared(void **state)
{
	struct rq_history *a, *b;
	struct place p;
	struct stat st;

	(void)state;
	begin(&p);
	a = rq_history_new(p.path.s);
	b = rq_history_new(p.path.s);
	rq_history_refresh(a);
	rq_history_refresh(b);
	rq_history_add(a, "one");
	rq_history_add(b, "two");
	rq_history_add(a, "three");
	assert_int_equal(stat(p.path.s, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_null(rq_history_get(b, 1, "three"));
	rq_history_refresh(b);
	assert_string_equal(rq_history_get(b, 1, ""), "three");
	assert_string_equal(rq_history_get(b, 2, ""), "two");
	assert_string_equal(rq_history_get(b, 3, ""), "one");
	rq_history_refresh(a);
	assert_string_equal(rq_history_get(a, 2, ""), "two");
	assert_null(rq_history_get(a, 4, ""));
	rq_history_free(a);
	rq_history_free(b);
	a = rq_history_new(p.path.s);
	rq_history_refresh(a);
	assert_string_equal(rq_history_get(a, 3, ""), "one");
	rq_history_free(a);
	end(&p);
}

static void test_secrets_are_not_written(void **state)
{
	static const char *const secret[] = {
		"submit --env KEY=hunter2hunter2 -- true",
		"submit --env=KEY=hunter2 -- true",
		"submit -- curl --header 'Authorization: Bearer hunter2hunter2'",
		"submit -- env API_TOKEN=hunter2 true",
		"submit -- mysql --password hunter2",
		"submit -- git clone https://me:hunter2hunter2@example.org/x",
		"config set x ghp_hunter2hunter2hunter2hunter2hunter2hunt",
		"submit 'hunter2 half a line",
	};
	struct rq_history *h;
	struct rq_str text = { 0 };
	struct place p;
	size_t i;

	(void)state;
	assert_false(rq_history_secret("submit --env PATH --to mac -- make password-tests"));
	assert_false(rq_history_secret("drain mac --reason 'a = b'"));
	begin(&p);
	h = rq_history_new(p.path.s);
	for (i = 0; i < sizeof secret / sizeof secret[0]; i++) {
		if (!rq_history_secret(secret[i]))
			fail_msg("%s: not taken for a secret", secret[i]);
		rq_history_add(h, secret[i]);
		/* The session that typed it has it. */
		assert_string_equal(rq_history_get(h, 1, ""), secret[i]);
	}
	rq_history_add(h, "jobs");
	rq_history_refresh(h);
	assert_string_equal(rq_history_get(h, 2, ""), secret[i - 1]);
	rq_history_free(h);
	assert_int_equal(lines_of(p.path.s, &text), 1);
	assert_string_equal(rq_str_get(&text), "jobs\n");
	rq_str_release(&text);
	end(&p);
}

static void test_it_does_not_grow(void **state)
{
	struct rq_history *h;
	struct rq_str text = { 0 };
	char line[32], *big = rq_alloc(RQ_HISTORY_BYTES + 2);
	struct place p;
	int i;

	(void)state;
	begin(&p);
	h = rq_history_new(p.path.s);
	rq_history_refresh(h);
	for (i = 0; i < 1300; i++) {
		snprintf(line, sizeof line, "n%d", i);
		rq_history_add(h, line);
	}
	memset(big, 'x', RQ_HISTORY_BYTES + 1);
	rq_history_add(h, big);
	assert_string_equal(rq_history_get(h, 1, ""), big);
	rq_history_free(h);
	assert_in_range(lines_of(p.path.s, &text), RQ_HISTORY_MAX, RQ_HISTORY_MAX + 100);
	assert_non_null(strstr(text.s, "\nn1299\n"));
	assert_null(strstr(text.s, "xx"));
	h = rq_history_new(p.path.s);
	rq_history_refresh(h);
	assert_string_equal(rq_history_get(h, 1, ""), "n1299");
	assert_string_equal(rq_history_get(h, RQ_HISTORY_MAX, ""), "n800");
	assert_null(rq_history_get(h, RQ_HISTORY_MAX + 1, ""));
	rq_history_free(h);
	rq_str_release(&text);
	rq_free(big);
	end(&p);
}

/* A line without an end, one that holds controls, a file that others may read, one that is locked, one that is no file. */
static void test_a_file_in_a_bad_state(void **state)
{
	struct rq_history *h;
	struct rq_str text = { 0 };
	struct place p;
	struct stat st;
	FILE *f;
	int fd;

	(void)state;
	begin(&p);
	f = fopen(p.path.s, "w");
	fputs("good\nbad\033[2J\n\nhalf", f);
	fclose(f);
	chmod(p.path.s, 0644);
	h = rq_history_new(p.path.s);
	rq_history_refresh(h);
	assert_string_equal(rq_history_get(h, 1, ""), "good");
	rq_history_add(h, "next");
	assert_int_equal(stat(p.path.s, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(p.path.s, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	rq_history_add(h, "later");
	close(fd);
	lines_of(p.path.s, &text);
	assert_string_equal(text.s, "good\nbad\033[2J\n\nhalf\nnext\n");
	rq_history_free(h); /* what waited is written now */
	rq_str_clear(&text);
	lines_of(p.path.s, &text);
	assert_non_null(strstr(text.s, "\nlater\n"));
	unlink(p.path.s);
	assert_int_equal(mkfifo(p.path.s, 0600), 0);
	h = rq_history_new(p.path.s);
	rq_history_refresh(h);
	rq_history_add(h, "no pipe");
	assert_string_equal(rq_history_get(h, 1, ""), "no pipe");
	rq_history_free(h);
	rq_str_release(&text);
	end(&p);
}

/* Several write at once, and none writes over another. */
static void test_many_at_once(void **state)
{
	struct rq_str text = { 0 };
	struct place p;
	int i, k, status;

	(void)state;
	begin(&p);
	for (i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (k = 0; k < 40; k++) {
			struct rq_history *h = rq_history_new(p.path.s);
			char line[32];

			snprintf(line, sizeof line, "writer %d line %d", i, k);
			do {
				rq_history_add(h, line);
				rq_history_free(h);
				rq_str_clear(&text);
				lines_of(p.path.s, &text);
				h = rq_history_new(p.path.s);
			} while (!strstr(rq_str_get(&text), line));
			rq_history_free(h);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	rq_str_clear(&text);
	assert_int_equal(lines_of(p.path.s, &text), 160);
	rq_str_release(&text);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_memory),
		cmocka_unit_test(test_going_through_it),
		cmocka_unit_test(test_kept_and_shared),
		cmocka_unit_test(test_secrets_are_not_written),
		cmocka_unit_test(test_it_does_not_grow),
		cmocka_unit_test(test_a_file_in_a_bad_state),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
