/* decimal.c - decimal numbers as whole ones. */
#include "core/base/decimal.h"

#include <stdbool.h>
#include <stddef.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* V with one more digit behind it; false when that is too large. */
static bool shift(int64_t *v, int d)
{
	if (*v > (INT64_MAX - d) / 10)
		return false;
	*v = *v * 10 + d;
	return true;
}

enum rq_decimal_error rq_decimal(const char *s, int places, int64_t *out, const char **end)
{
	enum rq_decimal_error rc = RQ_DECIMAL_OK;
	bool minus = *s == '-';
	int64_t v = 0;

	s += minus;
	if (!digit(*s))
		return RQ_DECIMAL_JUNK;
	for (; digit(*s); s++)
		if (!shift(&v, *s - '0'))
			rc = RQ_DECIMAL_LARGE;
	if (*s == '.' && !digit(s[1]))
		return RQ_DECIMAL_JUNK;
	if (*s == '.') {
		for (s++; digit(*s); s++) {
			if (places == 0 && *s != '0' && !rc)
				rc = RQ_DECIMAL_FINE;
			else if (places > 0 && places-- && !shift(&v, *s - '0'))
				rc = RQ_DECIMAL_LARGE;
		}
	}
	while (places-- > 0)
		if (!shift(&v, 0))
			rc = RQ_DECIMAL_LARGE;
	if (!end && *s)
		return RQ_DECIMAL_JUNK;
	if (end)
		*end = s;
	*out = minus ? -v : v;
	return rc;
}
