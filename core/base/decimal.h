/* decimal.h - decimal numbers as whole ones: "0.50" in nano-dollars, "1.5" in thousandths. No floating point. */
#ifndef RQ_BASE_DECIMAL_H
#define RQ_BASE_DECIMAL_H

#include <stdint.h>

enum rq_decimal_error {
	RQ_DECIMAL_OK,
	RQ_DECIMAL_JUNK,        /* no number */
	RQ_DECIMAL_FINE,        /* more digits behind the point than PLACES, and not zeros */
	RQ_DECIMAL_LARGE
};

/* Read "[-]DIGITS[.DIGITS]" at S in units of 10^-PLACES, PLACES 0 to 9. *end (may be NULL) is behind it; with a NULL END the
 * whole of S must be the number. */
enum rq_decimal_error rq_decimal(const char *s, int places, int64_t *out, const char **end);

#endif
