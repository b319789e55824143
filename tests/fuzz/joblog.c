/* A job's log on its way to a terminal and into a file: the same in one piece as in many, and on
 * a terminal nothing but
 * text, line ends, tabs and colours. */
#include "tests/fuzz/fuzz.h"
#include "cli/out.h"
#include "core/command/plainlog.h"

static void harmless(const char *s)
{
	for (; *s; s++) {
		if (*s == 033) {
			PROMISE(s[1] == '[');
			s += 2 + strspn(s + 2, "0123456789;:");
			PROMISE(*s == 'm');
		} else if ((unsigned char)*s < 0x20) {
			PROMISE(*s == '\n' || *s == '\t');
		} else {
			PROMISE((unsigned char)*s != 0x7f);
			PROMISE((unsigned char)s[0] != 0xc2 || (unsigned char)s[1] >= 0xa0);
		}
	}
}

static void to_terminal(const char *data, size_t size, size_t piece, struct rq_str *out)
{
	struct rq_text_stream f = { .colours = true };

	for (size_t at = 0; at < size; at += piece)
		rq_text_stream(&f, data + at, size - at < piece ? size - at : piece, out);
	rq_text_stream_end(&f, out);
	harmless(rq_str_get(out));
}

static void to_file(const char *data, size_t size, size_t piece, struct rq_str *out)
{
	struct rq_plainlog t = { .own = true, .preambles = 2 };
	struct rq_str errors;

	rq_str_init(&errors, 0);
	for (size_t at = 0; at < size; at += piece)
		rq_plainlog_feed(&t, data + at, size - at < piece ? size - at : piece, out);
	rq_plainlog_end(&t, out, &errors);
	rq_str_release(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data + 1 : "";
	size_t piece = size ? 1 + data[0] % 64 : 1;
	struct rq_str whole, pieces;

	size = size ? size - 1 : 0;
	rq_str_init(&whole, 0);
	rq_str_init(&pieces, 0);
	to_file(text, size, size + 1, &whole);
	to_file(text, size, piece, &pieces);
	PROMISE(whole.len == pieces.len);
	PROMISE(!memcmp(rq_str_get(&whole), rq_str_get(&pieces), whole.len));
	rq_str_clear(&whole);
	rq_str_clear(&pieces);
	to_terminal(text, size, size + 1, &whole);
	to_terminal(text, size, piece, &pieces);
	rq_str_release(&whole);
	rq_str_release(&pieces);
	return 0;
}
