#include "tui/spark.h"

#include <string.h>

static void push(struct rq_spark *s, int64_t value)
{
	s->v[s->n++ % RQ_SPARK_MAX] = value;
}

/* Periods in which nothing was said are like the one before them. */
static void go_on(struct rq_spark *s, int64_t period)
{
	int64_t gap = period - s->period;

	if (gap > RQ_SPARK_MAX)
		gap = RQ_SPARK_MAX;
	while (gap-- > 0)
		push(s, s->last);
	s->period = period;
}

void rq_spark_add(struct rq_spark *s, int64_t now, int64_t value)
{
	int64_t period = now / RQ_SPARK_MS, *newest;

	if (!s->n || period < s->period) {
		memset(s, 0, sizeof *s);
		push(s, value);
		s->period = period;
	}
	go_on(s, period);
	newest = &s->v[(s->n - 1) % RQ_SPARK_MAX];
	if (value > *newest)
		*newest = value;
	s->last = value;
}

size_t rq_spark_n(const struct rq_spark *s)
{
	return s->n < RQ_SPARK_MAX ? s->n : RQ_SPARK_MAX;
}

static void add_bar(int64_t value, int64_t top, bool ascii, struct rq_str *out)
{
	static const char *const bars[] = { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
					    "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };
	static const char signs[] = "_.:-=+*#";
	enum { LEVELS = 8 };
	int level = 0;

	/* What is not nothing is to be seen. */
	if (value >= top && value > 0)
		level = LEVELS - 1;
	else if (value > 0)
		level = 1 + (int)((double)value / (double)top * (LEVELS - 2));
	if (ascii)
		rq_str_addc(out, signs[level]);
	else
		rq_str_add(out, bars[level]);
}

/* Of the newest N. */
static int64_t largest(const struct rq_spark *s, size_t n)
{
	int64_t top = 0;
	size_t i;

	for (i = s->n - n; i < s->n; i++)
		if (s->v[i % RQ_SPARK_MAX] > top)
			top = s->v[i % RQ_SPARK_MAX];
	return top;
}

void rq_spark_text(const struct rq_spark *s, int64_t now, size_t width, int64_t top, bool ascii, struct rq_str *out)
{
	struct rq_spark to_now = *s;
	size_t n, i;

	if (!s->n)
		return;
	if (now / RQ_SPARK_MS > s->period)
		go_on(&to_now, now / RQ_SPARK_MS);
	n = rq_spark_n(&to_now);
	if (n > width)
		n = width;
	if (top <= 0)
		top = largest(&to_now, n);
	for (i = 0; i < n; i++)
		add_bar(to_now.v[(to_now.n - n + i) % RQ_SPARK_MAX], top, ascii, out);
}
