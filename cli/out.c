/* out.c - the command line's sink.
 *
 * On a terminal: aligned tables with a header, ages for people, a job's colours. Into a pipe or
 * file: one row a line, cells apart by tabs, no header, times in RFC 3339, logs byte for byte. */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "cli/out.h"
#include "core/base/json.h"

static bool write_all(FILE *to, const char *s, size_t n)
{
	return !n || fwrite(s, 1, n, to) == n;
}

/* A terminal keeps the order in which a text was written; a file gets it as it is. */
static bool write_text(FILE *to, bool terminal, const char *s, size_t n)
{
	struct rq_str b;
	bool good;

	if (!terminal)
		return write_all(to, s, n);
	rq_str_init(&b, 1u << 30);
	rq_text_ltr(&b, s, n);
	good = write_all(to, rq_str_get(&b), b.len);
	rq_str_release(&b);
	return good;
}

static void put(struct rq_cli_out *o, const char *s, size_t n)
{
	if (!write_text(stdout, o->out.terminal, s, n))
		o->failed = true;
}

/* What people wait for must be seen now. */
static void flush_now(struct rq_cli_out *o)
{
	if (fflush(stdout))
		o->failed = true;
}

static void print_table(struct rq_cli_out *o)
{
	struct rq_str b;

	if (!o->table.n)
		return;
	rq_str_init(&b, 256u << 20);
	rq_text_table_print(&o->table, o->width, o->ascii, &b);
	put(o, rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void table(void *ud, const char *const *columns, size_t n)
{
	struct rq_cli_out *o = ud;

	print_table(o);
	if (o->out.terminal)
		rq_text_table_begin(&o->table, columns, n);
	o->table.columns = n;
}

static void row(void *ud, const char *const *cells)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;

	if (o->out.terminal) {
		rq_text_table_row(&o->table, cells);
		return;
	}
	rq_str_init(&b, 0);
	for (size_t i = 0; i < o->table.columns; i++) {
		if (i)
			rq_str_addc(&b, '\t');
		if (cells[i])
			rq_text_clean(&b, cells[i], strlen(cells[i]), false);
	}
	rq_str_addc(&b, '\n');
	put(o, rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void ascii_lines(const char *s, size_t n, struct rq_str *out)
{
	while (n) {
		const char *nl = memchr(s, '\n', n);
		size_t len = nl ? (size_t)(nl - s) : n;

		rq_text_clean(out, s, len, true);
		if (nl)
			rq_str_addc(out, '\n');
		s += len + (nl != NULL);
		n -= len + (nl != NULL);
	}
}

/* Text that we made; the values in it were made harmless where they were put in. */
static void text(void *ud, const char *s, size_t n)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;

	print_table(o);
	if (!o->ascii) {
		put(o, s, n);
		return;
	}
	rq_str_init(&b, 0);
	ascii_lines(s, n, &b);
	put(o, rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void notes(void *ud, const char *s, size_t n)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;

	print_table(o);
	flush_now(o);
	rq_str_init(&b, 0);
	if (o->ascii)
		ascii_lines(s, n, &b);
	else
		rq_str_addn(&b, s, n);
	write_text(stderr, isatty(STDERR_FILENO), rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void job_log(void *ud, const char *s, size_t n)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;

	print_table(o);
	if (!o->out.terminal) {
		put(o, s, n);
		flush_now(o);
		return;
	}
	rq_str_init(&b, 0);
	rq_text_stream(&o->log, s, n, &b);
	put(o, rq_str_get(&b), b.len);
	flush_now(o);
	rq_str_release(&b);
}

static void json(void *ud, const struct rq_json *j)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;

	print_table(o);
	rq_str_init(&b, 1u << 30);
	rq_json_print(j, &b, o->out.terminal);
	rq_str_addc(&b, '\n');
	put(o, rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void line(FILE *to, const char *prefix, const char *s, bool ascii)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	rq_str_add(&b, prefix);
	rq_text_clean(&b, s, strlen(s), ascii);
	rq_str_addc(&b, '\n');
	write_text(to, isatty(fileno(to)), rq_str_get(&b), b.len);
	rq_str_release(&b);
}

static void message(void *ud, const char *s)
{
	struct rq_cli_out *o = ud;

	print_table(o);
	line(stdout, "", s, o->ascii);
	flush_now(o);
}

/* On a line of its own that the next one replaces. */
static void progress(void *ud, const char *s)
{
	struct rq_cli_out *o = ud;
	struct rq_str b;
	int cols;

	rq_str_init(&b, 0);
	rq_text_clean(&b, s, strlen(s), o->ascii);
	cols = rq_text_width(rq_str_get(&b));
	fprintf(stderr, "\r%s%*s\r", rq_str_get(&b), o->progress > cols ? o->progress - cols : 0, "");
	o->progress = cols;
	rq_str_release(&b);
}

static void error(void *ud, const char *s)
{
	struct rq_cli_out *o = ud;

	print_table(o);
	flush_now(o);
	line(stderr, "relayq: ", s, o->ascii);
}

static int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t n;

	if (columns && rq_parse_i64(columns, &n) && n > 0 && n < 10000)
		return (int)n;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

void rq_cli_out_init(struct rq_cli_out *o)
{
	*o = (struct rq_cli_out){
		.out = { .ud = o,
			 .table = table,
			 .row = row,
			 .text = text,
			 .notes = notes,
			 .log = job_log,
			 .json = json,
			 .message = message,
			 .error = error },
	};
	if (isatty(STDERR_FILENO))
		o->out.progress = progress;
	o->out.terminal = isatty(STDOUT_FILENO);
	if (!o->out.terminal)
		return;
	o->width = terminal_width();
	o->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	o->log.ascii = o->ascii;
	o->log.colours = !getenv("NO_COLOR") || !*getenv("NO_COLOR");
}

bool rq_cli_out_finish(struct rq_cli_out *o)
{
	struct rq_str b;

	print_table(o);
	rq_text_table_release(&o->table);
	rq_str_init(&b, 0);
	rq_text_stream_end(&o->log, &b);
	put(o, rq_str_get(&b), b.len);
	rq_str_release(&b);
	flush_now(o);
	return !o->failed;
}
