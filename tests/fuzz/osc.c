/* What is sent to the terminal apart from drawing, plain and in the envelopes of tmux and GNU screen. To the clipboard: whatever
 * the text is, the bytes are one OSC 52 whose payload is that text. To the desktop: one OSC 9 or 777, and nothing in the text ends
 * it, begins another, or is longer than it may be. */
#include "tests/fuzz/fuzz.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/clipboard.h"
#include "tui/notify.h"

enum { PIECE_MAX = 768 };       /* what GNU screen holds of one string */

/* The sequence that the terminal behind an envelope sees. */
static void unwrap(enum rq_clipboard kind, const char *s, size_t n, struct rq_str *out)
{
	const char *begin = kind == RQ_CLIPBOARD_TMUX ? "\033Ptmux;" : "\033P", *end = s + n;
	size_t skip = strlen(begin);

	if (kind != RQ_CLIPBOARD_TMUX && kind != RQ_CLIPBOARD_SCREEN) {
		rq_str_addn(out, s, n);
		return;
	}
	while (s < end) {
		const char *from = s;

		PROMISE((size_t)(end - s) > skip && !memcmp(s, begin, skip));
		for (s += skip; s < end; s++) {
			bool escape = *s == '\033';

			PROMISE(!escape || end - s > 1);
			if (escape && s[1] == '\\')
				break;
			/* tmux takes two for one; GNU screen has the ESC that begins the sequence, and no other. */
			PROMISE(!escape || (kind == RQ_CLIPBOARD_TMUX ? s[1] == '\033' : !out->len));
			if (escape && kind == RQ_CLIPBOARD_TMUX)
				s++;
			rq_str_addc(out, *s);
		}
		PROMISE(s < end);
		s += 2;
		PROMISE(kind == RQ_CLIPBOARD_TMUX ? s == end : s - from <= PIECE_MAX);
	}
}

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void check_payload(const char *s, size_t n, const uint8_t *data, size_t size)
{
	unsigned bits = 0;
	size_t at = 0;
	int have = 0;

	PROMISE(n % 4 == 0 && n / 4 == (size + 2) / 3);
	for (; n && digit(*s) >= 0; s++, n--) {
		bits = bits << 6 | (unsigned)digit(*s);
		have += 6;
		if (have >= 8) {
			have -= 8;
			PROMISE(at < size && data[at] == (bits >> have & 0xff));
			at++;
		}
	}
	PROMISE(at == size && n <= 2);
	for (; n; n--)
		PROMISE(*s++ == '=');
}

static void check_clipboard(enum rq_clipboard kind, const uint8_t *data, size_t size)
{
	static const char begin[] = "\033]52;c;";
	struct rq_str sent, plain;

	rq_str_init(&sent, 0);
	rq_str_init(&plain, 0);
	rq_clipboard_sequence(kind, (const char *)data, size, &sent);
	unwrap(kind, rq_str_get(&sent), sent.len, &plain);
	PROMISE(plain.len > sizeof begin - 1 && !memcmp(plain.s, begin, sizeof begin - 1));
	PROMISE(plain.s[plain.len - 1] == '\007');
	check_payload(plain.s + sizeof begin - 1, plain.len - sizeof begin, data, size);
	rq_str_release(&sent);
	rq_str_release(&plain);
}

static void check_desktop(enum rq_clipboard kind, const char *how, const char *begin, const char *text)
{
	size_t skip = strlen(begin), i;
	struct rq_str sent, plain;

	rq_str_init(&sent, 0);
	rq_str_init(&plain, 0);
	rq_notify_sequence(how, (int)kind, text, &sent);
	unwrap(kind, rq_str_get(&sent), sent.len, &plain);
	PROMISE(plain.len > skip && !memcmp(plain.s, begin, skip) && plain.s[plain.len - 1] == '\007');
	PROMISE(plain.len - skip - 1 <= RQ_NOTIFY_TEXT_MAX);
	for (i = skip; i + 1 < plain.len; i++) {
		unsigned char c = (unsigned char)plain.s[i];

		PROMISE(c >= 0x20 && c != 0x7f && c != ';');
		/* The controls of the upper half. */
		PROMISE(c != 0xc2 || (unsigned char)plain.s[i + 1] >= 0xa0);
	}
	rq_str_release(&sent);
	rq_str_release(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	int kind;

	for (kind = RQ_CLIPBOARD_PLAIN; kind <= RQ_CLIPBOARD_SCREEN; kind++) {
		check_clipboard((enum rq_clipboard)kind, data, size);
		check_desktop((enum rq_clipboard)kind, "osc9", "\033]9;", text);
		check_desktop((enum rq_clipboard)kind, "osc777", "\033]777;notify;relayq;", text);
	}
	rq_free(text);
	return 0;
}
