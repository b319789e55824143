/* spark.h - how a number went lately, as a row of bars. Pure: no clock, no terminal. */
#ifndef RQ_TUI_SPARK_H
#define RQ_TUI_SPARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/str.h"

enum { RQ_SPARK_MAX = 64, RQ_SPARK_MS = 10000 };

/* The largest value of each RQ_SPARK_MS. Zero-initialise. */
struct rq_spark {
	int64_t v[RQ_SPARK_MAX];        /* a ring; the newest is at (n - 1) % MAX */
	size_t n;                       /* all there ever were */
	int64_t period;                 /* of the newest: NOW / RQ_SPARK_MS */
	int64_t last;                   /* the last value, which goes on until another one comes */
};

/* VALUE >= 0 from NOW (ms) on. A clock that goes back begins anew. */
void rq_spark_add(struct rq_spark *s, int64_t now, int64_t value);
/* How many bars there are. */
size_t rq_spark_n(const struct rq_spark *s);
/* At most WIDTH bars up to NOW, the newest last, TOP or more being the highest; TOP 0: the largest of those shown. */
void rq_spark_text(const struct rq_spark *s, int64_t now, size_t width, int64_t top, bool ascii, struct rq_str *out);

#endif
