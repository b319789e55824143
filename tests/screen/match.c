#include <regex.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tests/screen/match.h"

static bool is_regex(const char *want)
{
	size_t n = strlen(want);

	return n > 2 && want[0] == '/' && want[n - 1] == '/';
}

static bool match_regex(const char *want, const char *row)
{
	struct rq_str pattern;
	regex_t re;
	bool matched;

	rq_str_init(&pattern, 0);
	rq_str_add(&pattern, "^(");
	rq_str_addn(&pattern, want + 1, strlen(want) - 2);
	rq_str_add(&pattern, ")$");
	matched = !regcomp(&re, rq_str_get(&pattern), REG_EXTENDED | REG_NOSUB);
	rq_str_release(&pattern);
	if (!matched)
		return false;
	matched = !regexec(&re, row, 0, NULL, 0);
	regfree(&re);
	return matched;
}

/* Bytes of the character at S; 0 at the end. */
static size_t char_len(const char *s)
{
	size_t n = *s ? 1 : 0;

	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

bool match_line(const char *want, const char *row)
{
	if (is_regex(want))
		return match_regex(want, row);
	while (*want || *row) {
		size_t w = char_len(want), r = char_len(row);
		bool any = w == 1 && *want == '~';

		if (!w && strspn(row, " ") == strlen(row))
			return true;
		if (!r && !any && *want != ' ')
			return false;
		if (r && !any && (w != r || memcmp(want, row, w)))
			return false;
		want += w;
		row += r;
	}
	return true;
}

struct walk {
	char *const *want, *const *rows;
	int n_want, n_rows;
	int far_want, far_row;
};

static bool walk(struct walk *k, int want, int row)
{
	if (row > k->far_row || (row == k->far_row && want > k->far_want)) {
		k->far_row = row;
		k->far_want = want;
	}
	if (want == k->n_want) {
		while (row < k->n_rows && !k->rows[row][0])
			row++;
		return row == k->n_rows;
	}
	if (!strcmp(k->want[want], "...")) {
		for (int at = row; at <= k->n_rows; at++)
			if (walk(k, want + 1, at))
				return true;
		return false;
	}
	if (row == k->n_rows)
		return match_line(k->want[want], "") && walk(k, want + 1, row);
	return match_line(k->want[want], k->rows[row]) && walk(k, want + 1, row + 1);
}

bool match_screen(char *const *want, int n_want, char *const *rows, int n_rows, int *bad_want,
		  int *bad_row)
{
	struct walk k = { want, rows, n_want, n_rows, 0, 0 };
	bool matched = walk(&k, 0, 0);

	*bad_want = k.far_want;
	*bad_row = k.far_row;
	return matched;
}
