/* out_log.c - a job's output on a terminal: its colours stay, every other control is made harmless.
 *
 * A job may print what it likes; nothing of it may act on the terminal of whoever looks. */
#include <string.h>
#include "cli/out.h"

enum { TEXT, ESCAPE, CSI, STRING, STRING_ESCAPE };
/* A longer sequence has no end that anybody would send on purpose. */
enum { SEQUENCE_MAX = 4096 };

static void shown(struct rq_log_filter *f, const char *s, size_t n, struct rq_str *out)
{
	if (n)
		rq_text_clean(out, s, n, f->ascii);
}

static size_t utf8_length(unsigned char lead)
{
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

/* How many bytes at the end of S are the beginning of a character that is not there yet. */
static size_t cut_character(const char *s, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		unsigned char c = (unsigned char)s[n - back];

		if ((c & 0xc0) == 0x80)
			continue;
		return c >= 0xc0 && utf8_length(c) > back ? back : 0;
	}
	return 0;
}

/* Text without escapes or line ends, which may end inside a character. */
static void plain(struct rq_log_filter *f, const char *s, size_t n, bool more, struct rq_str *out)
{
	struct rq_str b;
	size_t cut;

	rq_str_init(&b, 0);
	rq_str_addn(&b, f->held, f->n);
	rq_str_addn(&b, s, n);
	cut = more ? cut_character(rq_str_get(&b), b.len) : 0;
	shown(f, rq_str_get(&b), b.len - cut, out);
	memcpy(f->held, rq_str_get(&b) + b.len - cut, cut);
	f->n = cut;
	rq_str_release(&b);
}

static void colour(struct rq_log_filter *f, struct rq_str *out)
{
	if (!f->colours)
		return;
	rq_str_add(out, "\x1b[");
	rq_str_addn(out, f->held, f->n);
	rq_str_addc(out, 'm');
	f->coloured = !(f->n == 0 || (f->n == 1 && f->held[0] == '0'));
}

/* One byte of a sequence. */
static void sequence(struct rq_log_filter *f, unsigned char c, struct rq_str *out)
{
	if (f->state == ESCAPE) {
		f->n = 0;
		f->state = c == '[' ? CSI : strchr("]PX^_", c) && c ? STRING : TEXT;
		if (c >= 0x20 && c <= 0x2f)
			f->state = ESCAPE;
	} else if (f->state == CSI) {
		if (c == 'm' && f->n < sizeof f->held)
			colour(f, out);
		if ((c >= 0x40 && c <= 0x7e) || c < 0x20) {
			f->state = TEXT;
			f->n = 0;
		} else if (f->n < sizeof f->held &&
			   (c == ';' || c == ':' || (c >= '0' && c <= '9'))) {
			f->held[f->n++] = (char)c;
		} else {
			f->n = sizeof f->held; /* not a colour */
		}
	} else if (f->state == STRING_ESCAPE) {
		f->state = c == '\\' ? TEXT : STRING;
		f->n = c == '\\' ? 0 : f->n;
	} else if (c == 7 || ++f->n > SEQUENCE_MAX) {
		f->state = TEXT;
		f->n = 0;
	} else if (c == 0x1b) {
		f->state = STRING_ESCAPE;
	}
}

void rq_log_filter(struct rq_log_filter *f, const char *s, size_t n, struct rq_str *out)
{
	size_t from = 0, i;

	for (i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\n' && f->state != TEXT) {
			/* A sequence does not reach over the end of a line. */
			f->state = TEXT;
			f->n = 0;
			from = i;
		}
		if (f->state != TEXT) {
			sequence(f, (unsigned char)c, out);
			from = i + 1;
		} else if (c == '\n' || c == '\t' || c == '\r' || c == 0x1b) {
			plain(f, s + from, i - from, false, out);
			from = i + 1;
			if (c == 0x1b)
				f->state = ESCAPE;
			else
				rq_str_addc(out, c);
		}
	}
	if (f->state == TEXT && from < n)
		plain(f, s + from, n - from, true, out);
}

void rq_log_filter_end(struct rq_log_filter *f, struct rq_str *out)
{
	if (f->state == TEXT)
		plain(f, "", 0, false, out);
	if (f->coloured)
		rq_str_add(out, "\x1b[0m");
	f->state = TEXT;
	f->n = 0;
	f->coloured = false;
}
