/* The shim's parts that read bytes: the log, secrets in it, the environment file, the spec, the cell. */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "core/agent/shim_cell.h"
#include "core/agent/shim_clock.h"
#include "core/agent/shim_env.h"
#include "core/agent/shim_log.h"
#include "core/agent/shim_spec.h"

static char dir[] = "/tmp/rq-shim-XXXXXX";
static char path[128];
static struct rq_shim_log the_log;      /* large: not on the stack */

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/log", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[256];

	(void)state;
	unlink(path);
	snprintf(command, sizeof command, "%s/cell", dir);
	unlink(command);
	return rmdir(dir);
}

/* --- the log -------------------------------------------------------------------------------- */

static struct rq_shim_log *open_log(int64_t max)
{
	unlink(path);
	memset(&the_log, 0, sizeof the_log);
	rq_shim_log_open(&the_log, path, max);
	assert_true(the_log.fd >= 0);
	return &the_log;
}

static void feed(struct rq_shim_log *l, const char *s)
{
	rq_shim_log_feed(l, s, strlen(s));
	rq_shim_log_flush(l);
}

static bool is_stamp(const char *s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddddddZ ";

	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != shape[i])
			return false;
	return true;
}

/* The file as it is, each line's stamp made "@". */
static const char *written(void)
{
	static char text[400000], out[400000];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);
	size_t k = 0;

	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	for (char *p = text; p < text + n;) {
		bool start = p == text || p[-1] == '\n';

		if (start && is_stamp(p)) {
			out[k++] = '@';
			p += 29;
		} else {
			out[k++] = *p++;
		}
	}
	out[k] = '\0';
	return out;
}

static void test_lines(void **state)
{
	struct rq_shim_log *l = open_log(0);
	struct stat st;

	(void)state;
	feed(l, "one\ntwo\n\n");
	assert_string_equal(written(), "@one\n@two\n@\n");
	rq_shim_log_say(l, "##[group]", "a\nb", "!");
	rq_shim_log_close(l);
	assert_string_equal(written(), "@one\n@two\n@\n@##[group]a!\n@##[group]b!\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_partial_lines_appear_at_once(void **state)
{
	struct rq_shim_log *l = open_log(0);

	(void)state;
	feed(l, "50 %");
	assert_string_equal(written(), "@50 %");
	feed(l, "\r100 %");
	assert_string_equal(written(), "@50 %\r100 %");
	feed(l, "\ndone");
	assert_string_equal(written(), "@50 %\r100 %\n@done");
	rq_shim_log_say(l, "", "ours", "");
	rq_shim_log_close(l);
	assert_string_equal(written(), "@50 %\r100 %\n@done\n@ours\n");
}

static void test_any_byte_passes(void **state)
{
	struct rq_shim_log *l = open_log(0);
	char all[257];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)(i == '\n' ? ' ' : i);
	rq_shim_log_feed(l, all + 1, 255);
	rq_shim_log_close(l);
	assert_memory_equal(written() + 1, all + 1, 255);
}

static void test_secrets(void **state)
{
	static const char text[] = "the pass is swordfish, swordfishes; sword\nswordfish\n";
	struct rq_shim_log *l;

	(void)state;
	/* In two pieces, cut at each place. */
	for (size_t cut = 0; cut < sizeof text; cut++) {
		l = open_log(0);
		rq_mask_add(&l->masks, "swordfish");
		rq_mask_add(&l->masks, "line one is long\nline two too\n}\n");
		rq_shim_log_feed(l, text, cut);
		rq_shim_log_flush(l);
		assert_null(strstr(written(), "swordfish"));
		rq_shim_log_feed(l, text + cut, sizeof text - 1 - cut);
		rq_shim_log_close(l);
		assert_string_equal(written(), "@the pass is ***, ***es; sword\n@***\n");
	}
	l = open_log(0);
	rq_mask_add(&l->masks, "line one is long\nline two too\n}\n");
	feed(l, "{line one is long}\nline two too");
	rq_shim_log_say(l, "", "we say line two too}", "");
	rq_shim_log_close(l);
	assert_string_equal(written(), "@{***}\n@***\n@we say ***}\n");
}

/* Whatever the pieces, the outcome is that of one piece, and no secret is in it at any time. */
static void test_secrets_in_any_pieces(void **state)
{
	static const char *const words[] = { "abab", "ababc", "bca", "x", "ab", "\n", " ", "aba", "c", "::", "::error::" };
	struct chance c = { 42 };
	char text[600], whole[8000];

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct rq_shim_log *l;
		size_t n = 0;

		text[0] = '\0';
		for (int i = 0; i < 60; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s", words[chance_below(&c, 11)]);
		l = open_log(0);
		rq_mask_add(&l->masks, "ababc");
		rq_mask_add(&l->masks, "bcab");
		rq_shim_log_feed(l, text, n);
		rq_shim_log_close(l);
		snprintf(whole, sizeof whole, "%s", written());
		l = open_log(0);
		rq_mask_add(&l->masks, "ababc");
		rq_mask_add(&l->masks, "bcab");
		for (size_t at = 0; at < n;) {
			size_t k = 1 + chance_below(&c, 7);

			if (k > n - at)
				k = n - at;
			rq_shim_log_feed(l, text + at, k);
			at += k;
		}
		rq_shim_log_close(l);
		assert_string_equal(written(), whole);
		assert_null(strstr(whole, "ababc"));
		assert_null(strstr(whole, "bcab"));
	}
}

static void test_workflow_commands(void **state)
{
	struct rq_shim_log *l = open_log(0);

	(void)state;
	feed(l, "::error file=a.c,line=3::no 100%25%0Amore\n::warning::w\n::notice::n\n::group::G\n::endgroup::\n");
	feed(l, "::debug::hidden\n::set-output name=a::b\n::nonsense::x%25\n: : ::error::\n::\n:::\n::error\r\n");
	feed(l, "::add-mask::hush\r\nhush now\n::stop-commands::END\n::error::raw\n::END::\n::error::obeyed\n");
	rq_shim_log_close(l);
	assert_string_equal(written(), "@##[error]no 100%\nmore\n@##[warning]w\n@##[notice]n\n@##[group]G\n"
			    "@##[endgroup]\n@::nonsense::x%25\n@: : ::error::\n@::\n@:::\n@::error\r\n@*** now\n"
			    "@::error::raw\n@##[error]obeyed\n");
}

static void test_half_a_command_does_not_stay_hidden(void **state)
{
	struct rq_shim_log *l = open_log(0);
	int64_t due;

	(void)state;
	feed(l, "::err");
	assert_string_equal(written(), "");
	due = rq_shim_log_due(l);
	assert_true(due > 0 && due <= rq_shim_boot_ms() + 200);
	rq_shim_log_tick(l, due - 1);
	assert_string_equal(written(), "");
	rq_shim_log_tick(l, due);
	assert_string_equal(written(), "@::err");
	assert_int_equal(rq_shim_log_due(l), 0);
	feed(l, "or::late\n");
	rq_shim_log_close(l);
	assert_string_equal(written(), "@::error::late\n");
}

static void test_long_command_is_text(void **state)
{
	static char text[3 * RQ_LOG_COMMAND_MAX];
	struct rq_shim_log *l = open_log(0);

	(void)state;
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "::error::", 9);
	feed(l, text);
	rq_shim_log_close(l);
	assert_int_equal(strlen(written()), sizeof text - 1 + 2);
	assert_memory_equal(written() + 1, text, sizeof text - 1);
}

static void test_limit(void **state)
{
	struct rq_shim_log *l = open_log(10);

	(void)state;
	feed(l, "12345\n");
	feed(l, "6789012345\nmore\n");
	assert_string_equal(written(), "@12345\n@6789\n@##[warning]The log has reached its limit of 10 bytes; more is cut.\n");
	rq_shim_log_say(l, "##[error]", "Process completed with exit code 1.", "");
	rq_shim_log_close(l);
	assert_non_null(strstr(written(), "@##[error]Process completed with exit code 1.\n"
				      "@##[warning]12 bytes of output were cut from this log.\n"));
	assert_int_equal(l->cut, 12);
}

static void test_full_disk_loses_only_bytes(void **state)
{
	struct rq_shim_log *l = &the_log;
	int fd;

	(void)state;
	fd = open("/dev/full", O_WRONLY);
	if (fd < 0)
		skip();
	l = open_log(0);
	feed(l, "before\n");
	dup2(fd, l->fd);
	feed(l, "lost\n");
	assert_int_equal(l->lost, 29 + 5);
	dup2(open(path, O_WRONLY | O_APPEND), l->fd);
	feed(l, "after\n");
	assert_string_equal(written(), "@before\n\n@##[warning]Output is missing here: the log could not be written.\n"
				       "@after\n");
	rq_shim_log_close(l);
	assert_non_null(strstr(written(), "@##[warning]34 bytes of output were lost: the log could not be written.\n"));
	close(fd);
}

/* --- GITHUB_ENV ------------------------------------------------------------------------------ */

static const char *apply(struct rq_shim_spec *s, const char *text)
{
	char *copy = rq_shim_alloc(strlen(text) + 1);

	memcpy(copy, text, strlen(text));
	return rq_shim_env_apply(s, copy, strlen(text));
}

static void test_env_file(void **state)
{
	struct rq_shim_spec s = { 0 };
	char home[] = "HOME=/h";

	(void)state;
	rq_shim_env_set(&s, home);
	assert_null(apply(&s, "A=1\n\nB=x=y\r\nHOME=/other\nC<<EOF\none\ntwo\nEOF\nD<<E\nE\nLAST=no newline"));
	assert_string_equal(rq_shim_env_get(&s, "A"), "1");
	assert_string_equal(rq_shim_env_get(&s, "B"), "x=y");
	assert_string_equal(rq_shim_env_get(&s, "HOME"), "/other");
	assert_string_equal(rq_shim_env_get(&s, "C"), "one\ntwo");
	assert_string_equal(rq_shim_env_get(&s, "D"), "");
	assert_string_equal(rq_shim_env_get(&s, "LAST"), "no newline");
	assert_null(apply(&s, "A=2\nRELAYQ_TOKEN=stolen\nGITHUB_ENV=/etc\n"));
	assert_string_equal(rq_shim_env_get(&s, "A"), "2");
	assert_null(rq_shim_env_get(&s, "RELAYQ_TOKEN"));
	assert_null(rq_shim_env_get(&s, "GITHUB_ENV"));
	assert_string_equal(apply(&s, "fine=1\nneither\n"), "neither");
	assert_string_equal(apply(&s, "X<<NEVER\nends"), "X<<NEVER");
	assert_string_equal(apply(&s, "=nothing\n"), "=nothing");
	assert_null(rq_shim_env_get(&s, "X"));
}

/* --- the spec --------------------------------------------------------------------------------- */

static size_t put(char *b, size_t at, uint32_t tag, const void *data, size_t n)
{
	uint32_t head[2] = { tag, (uint32_t)n };

	memcpy(b + at, head, sizeof head);
	memcpy(b + at + sizeof head, data, n);
	b[at + sizeof head + n] = '\0';
	return at + sizeof head + n + 1;
}

static size_t put_str(char *b, size_t at, uint32_t tag, const char *s)
{
	return put(b, at, tag, s, strlen(s));
}

static size_t make_spec(char *b)
{
	int64_t version = RQ_SPEC_VERSION, timeout = 1234;
	size_t n = put(b, 0, RQ_SPEC_BEGIN, &version, sizeof version);

	n = put_str(b, n, RQ_SPEC_TOKEN, "t0");
	n = put_str(b, n, RQ_SPEC_CWD, "/");
	n = put_str(b, n, RQ_SPEC_LOG, "/log");
	n = put_str(b, n, RQ_SPEC_FILES, "/files");
	n = put_str(b, n, RQ_SPEC_ENV, "A=1");
	n = put_str(b, n, RQ_SPEC_ENV, "A=2");
	n = put_str(b, n, RQ_SPEC_SECRET, "s");
	n = put_str(b, n, 999, "of a later version");
	n = put_str(b, n, RQ_SPEC_STEP, "echo hi");
	n = put_str(b, n, RQ_SPEC_ARG, "echo");
	n = put_str(b, n, RQ_SPEC_ARG, "hi");
	n = put_str(b, n, RQ_SPEC_STEP, "script");
	n = put_str(b, n, RQ_SPEC_SCRIPT, "true\n");
	return put(b, n, RQ_SPEC_TIMEOUT, &timeout, sizeof timeout);
}

static void test_spec(void **state)
{
	struct rq_shim_spec s;
	char b[1024];
	size_t n = make_spec(b);

	(void)state;
	assert_true(rq_shim_spec_parse(&s, b, n));
	assert_string_equal(s.token, "t0");
	assert_int_equal(s.n_env, 1);
	assert_string_equal(s.env[0], "A=2");
	assert_null(s.env[1]);
	assert_int_equal(s.n_secrets, 1);
	assert_int_equal(s.n_steps, 2);
	assert_string_equal(s.steps[0].argv[1], "hi");
	assert_null(s.steps[0].argv[2]);
	assert_null(s.steps[1].argv);
	assert_string_equal(s.steps[1].script, "true\n");
	assert_int_equal(s.timeout_ms, 1234);
}

static void test_damaged_spec_is_refused(void **state)
{
	struct chance c = { 7 };
	struct rq_shim_spec s;
	char b[1024], cut[1024];
	size_t n = make_spec(b);

	(void)state;
	for (size_t k = 0; k < n; k++) {
		/* What is cut in the middle of a record is never taken; between records, only when the rest is enough. */
		char *exact = malloc(k ? k : 1);

		memcpy(exact, b, k);
		if (rq_shim_spec_parse(&s, exact, k))
			assert_true(s.n_steps > 0 && (s.steps[0].argv ? s.steps[0].argv[0] : s.steps[0].script));
		free(exact);
	}
	for (int i = 0; i < 2000; i++) {
		memcpy(cut, b, n);
		cut[chance_below(&c, (unsigned)n)] ^= (char)(1 << chance_below(&c, 8));
		rq_shim_spec_parse(&s, cut, n);
	}
}

/* --- the cell ---------------------------------------------------------------------------------- */

static void test_cell(void **state)
{
	struct rq_cell_end end = { .token = "abc", .kind = RQ_END_FINISHED, .exit_code = 3, .ended_at = 77 }, got;
	struct rq_cell_order order;
	char cell[128], byte;
	struct stat st;
	int fd;

	(void)state;
	snprintf(cell, sizeof cell, "%s/cell", dir);
	assert_int_equal(rq_cell_open(cell), -1);
	fd = rq_cell_make(cell);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, RQ_CELL_PAGES * RQ_CELL_PAGE);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(rq_cell_read(fd, RQ_CELL_END, &got, sizeof got));
	assert_int_equal(rq_cell_write(fd, RQ_CELL_END, &end, sizeof end, true), 0);
	assert_true(rq_cell_read(fd, RQ_CELL_END, &got, sizeof got));
	assert_memory_equal(&got, &end, sizeof got);
	/* A record of one page is none of another. */
	assert_false(rq_cell_read(fd, RQ_CELL_ORDER, &order, sizeof order));
	/* Torn: any bit that is wrong makes it nothing. */
	assert_int_equal(pread(fd, &byte, 1, RQ_CELL_END * RQ_CELL_PAGE + 100), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, RQ_CELL_END * RQ_CELL_PAGE + 100), 1);
	assert_false(rq_cell_read(fd, RQ_CELL_END, &got, sizeof got));
	assert_int_equal(got.kind, 0);
	close(fd);
}

static void test_cell_lock(void **state)
{
	char cell[128];
	int a, b;

	(void)state;
	snprintf(cell, sizeof cell, "%s/cell", dir);
	close(rq_cell_make(cell));
	a = rq_cell_open(cell);
	b = rq_cell_open(cell);
	assert_false(rq_cell_held(cell));
	assert_true(rq_cell_lock(a));
	assert_true(rq_cell_held(cell));
	assert_false(rq_cell_lock(b));
	close(a);
	assert_false(rq_cell_held(cell));
	assert_true(rq_cell_lock(b));
	close(b);
	unlink(cell);
	assert_false(rq_cell_held(cell));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_partial_lines_appear_at_once),
		cmocka_unit_test(test_any_byte_passes),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_secrets_in_any_pieces),
		cmocka_unit_test(test_workflow_commands),
		cmocka_unit_test(test_half_a_command_does_not_stay_hidden),
		cmocka_unit_test(test_long_command_is_text),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_full_disk_loses_only_bytes),
		cmocka_unit_test(test_env_file),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_damaged_spec_is_refused),
		cmocka_unit_test(test_cell),
		cmocka_unit_test(test_cell_lock),
	};

	return cmocka_run_group_tests_name("shim", tests, setup, teardown);
}
