/* logs.h - a log that lies in memory, for the tests of what reads logs. */
#ifndef RQ_TESTS_LOGS_H
#define RQ_TESTS_LOGS_H

#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "tui/logtext.h"

static inline size_t log_read(void *ud, int64_t off, char *buf, size_t n)
{
	const struct rq_str *s = ud;
	size_t left = off < (int64_t)s->len ? s->len - (size_t)off : 0;

	assert_true(n <= 16 * RQ_LOGTEXT_SEGMENT);
	if (n > left)
		n = left;
	memcpy(buf, s->s + off, n);
	return n;
}

/* T is of S as long as both live; after S has grown, rq_logtext_resize. */
static inline void log_open(struct rq_logtext *t, struct rq_str *s)
{
	rq_logtext_init(t, log_read, s);
	rq_logtext_resize(t, (int64_t)s->len);
}

#endif
