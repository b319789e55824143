/* Names of keys. */
#include "tui/key.h"

#include <string.h>
#include "core/base/str.h"
#include "core/base/text.h"

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
#define X(id, name) { name, RQ_KEY_##id },
	RQ_KEY_LIST(X)
#undef X
	{ "space", ' ' },
	{ "bar", '|' },
	{ "escape", RQ_KEY_ESC },
	{ "return", RQ_KEY_ENTER },
	{ "pageup", RQ_KEY_PAGE_UP },
	{ "pagedown", RQ_KEY_PAGE_DOWN },
	{ "delete", RQ_KEY_DELETE },
	{ "insert", RQ_KEY_INSERT },
	{ "backtab", RQ_KEY_SHIFT_TAB },
};

enum { N_NAMES = sizeof names / sizeof names[0] };

/* One character that is not blank and not a control. */
static bool one_character(const char *s, uint32_t *cp)
{
	size_t n = strlen(s);

	return n > 0 && rq_utf8_decode(s, n, cp) == n && *cp > ' ' && *cp != 0x7f &&
	       (*cp != 0xfffd || n == 3) && !(*cp >= 0x80 && *cp < 0xa0);
}

static bool parse_ctrl(const char *letter, uint32_t *key, const char **instead)
{
	char c = letter[0];

	if (!c || letter[1])
		return false;
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	switch (c) {
	case 'h': *instead = "backspace"; return false;
	case 'i': *instead = "tab"; return false;
	case 'j': case 'm': *instead = "enter"; return false;
	case '[': *instead = "esc"; return false;
	case '@': *instead = "space"; return false;
	case '?': *instead = "backspace"; return false;
	case '/': *instead = "ctrl-_"; return false;
	}
	if ((c >= 'a' && c <= 'z') || strchr("\\]^_", c)) {
		*key = (uint32_t)(c & 0x1f);
		return true;
	}
	return false;
}

bool rq_key_parse(const char *name, uint32_t *key, const char **instead)
{
	const char *dummy;
	size_t i;

	if (!instead)
		instead = &dummy;
	*instead = NULL;
	if (one_character(name, key))
		return true;
	for (i = 0; i < N_NAMES; i++) {
		if (rq_ieq(names[i].name, name)) {
			*key = names[i].key;
			return true;
		}
	}
	if (rq_starts(name, "ctrl-"))
		return parse_ctrl(name + 5, key, instead);
	if (rq_starts(name, "alt-") && one_character(name + 4, key) && *key < 0x7f) {
		/* ESC and one of these begin the arrows and their like. */
		*instead = *key == '[' || *key == 'O' ? "the beginning of other keys" : NULL;
		*key |= RQ_KEY_ALT;
		return !*instead;
	}
	return false;
}

const char *rq_key_name(uint32_t key, char buf[RQ_KEY_NAME_LEN])
{
	uint32_t plain = key & ~(uint32_t)RQ_KEY_ALT;
	size_t i, n = 0;

	for (i = 0; i < N_NAMES; i++) {
		if (names[i].key == key && key != '|') {
			rq_copy(buf, RQ_KEY_NAME_LEN, names[i].name);
			return buf;
		}
	}
	if (key & RQ_KEY_ALT) {
		rq_copy(buf, RQ_KEY_NAME_LEN, "alt-");
		n = 4;
	} else if (plain < ' ') {
		rq_copy(buf, RQ_KEY_NAME_LEN, "ctrl-");
		n = 5;
		plain = plain < 27 && plain > 0 ? plain + 'a' - 1 : plain + '@';
	}
	n += rq_utf8_encode(plain, buf + n);
	buf[n] = '\0';
	return buf;
}
