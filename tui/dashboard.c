/* How it stands, in numbers. */
#include "tui/dashboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"

/* Codes are few: the policy's and the queue's. What is beyond counts with the others. */
enum { CODES_MAX = 64 };

bool rq_job_failed(const struct rq_job *j)
{
	if (j->status != RQ_STATUS_COMPLETED)
		return false;
	switch (j->conclusion) {
	case RQ_CONCLUSION_FAILURE: case RQ_CONCLUSION_TIMED_OUT: case RQ_CONCLUSION_STARTUP_FAILURE: return true;
	default: return false;
	}
}

static void count_jobs(const struct rq_snapshot *s, struct rq_dashboard *d)
{
	size_t i;

	for (i = 0; i < s->n_queues; i++) {
		d->queued += s->queues[i].queued;
		d->waiting += s->queues[i].waiting;
		d->running += s->queues[i].running;
	}
}

/* ---- why jobs wait ---- */

static int by_count(const void *a, const void *b)
{
	const struct rq_dash_reason *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->code, y->code);
}

static void count_reason(struct rq_dash_reason *v, size_t *n, const char *code, size_t *others)
{
	size_t i;

	for (i = 0; i < *n && !rq_eq(v[i].code, code); i++)
		;
	if (i == CODES_MAX) {
		++*others;
		return;
	}
	if (i == *n)
		v[(*n)++] = (struct rq_dash_reason){ code, 0 };
	v[i].n++;
}

static void count_reasons(const struct rq_snapshot *s, struct rq_dashboard *d)
{
	struct rq_dash_reason all[CODES_MAX];
	size_t i, n = 0;

	for (i = 0; i < s->n_jobs; i++) {
		const struct rq_job *j = &s->jobs[i];

		if (rq_job_active(j) && j->status != RQ_STATUS_IN_PROGRESS && j->reason && *j->reason)
			count_reason(all, &n, j->reason, &d->other_reasons);
	}
	qsort(all, n, sizeof *all, by_count);
	for (i = 0; i < n; i++) {
		if (i < RQ_DASH_REASONS)
			d->reasons[d->n_reasons++] = all[i];
		else
			d->other_reasons += all[i].n;
	}
}

/* ---- runners ---- */

static void count_runners(const struct rq_snapshot *s, struct rq_dashboard *d)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];

		if (r->drain != RQ_DRAIN_ACTIVE)
			d->drained++;
		else if (!r->online)
			d->offline++;
		else if (r->hung)
			d->hung++;
		else
			d->online++;
		if (!r->online)
			continue;
		d->busy += r->drain == RQ_DRAIN_ACTIVE && !r->hung && r->running > 0;
		d->slots += r->slots;
		d->slots_busy += r->running;
	}
}

/* ---- what has ended ---- */

/* It came to an end of its own, and not by somebody's wish. */
static bool ran_to_its_end(const struct rq_job *j)
{
	return rq_job_failed(j) || (j->status == RQ_STATUS_COMPLETED &&
				    (j->conclusion == RQ_CONCLUSION_SUCCESS || j->conclusion == RQ_CONCLUSION_NEUTRAL));
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest of N sorted ones that PERCENT of them do not exceed. */
static int64_t percentile(const int64_t *v, size_t n, size_t percent)
{
	return n ? v[(n * percent + 99) / 100 - 1] : -1;
}

/* Finished jobs come latest end first. */
static void look_back(const struct rq_snapshot *s, struct rq_dashboard *d)
{
	int64_t took[RQ_DASH_SAMPLE];
	size_t i, n = 0;

	for (i = 0; i < s->n_jobs && d->sample < RQ_DASH_SAMPLE; i++) {
		const struct rq_job *j = &s->jobs[i];

		if (!ran_to_its_end(j))
			continue;
		d->sample++;
		d->failed += rq_job_failed(j);
		if (j->started_at)
			took[n++] = rq_job_elapsed(j, j->completed_at);
	}
	for (i = 0; i < s->n_jobs && d->n_failures < RQ_DASH_FAILURES; i++)
		if (rq_job_failed(&s->jobs[i]))
			d->failures[d->n_failures++] = &s->jobs[i];
	qsort(took, n, sizeof *took, by_size);
	d->median_ms = percentile(took, n, 50);
	d->p90_ms = percentile(took, n, 90);
	d->percent = d->sample ? (int)((d->failed * 200 / d->sample + 1) / 2) : 0;
	d->alarming = d->sample >= RQ_DASH_ENOUGH && d->failed * 100 > d->sample * RQ_DASH_ALARM;
}

/* ---- what does not end ---- */

static void count_stuck(struct rq_dash_stuck *k, int64_t since)
{
	k->n++;
	if (!k->since || since < k->since)
		k->since = since;
}

static void look_for_stuck(const struct rq_snapshot *s, int64_t now, struct rq_dashboard *d)
{
	size_t i;

	for (i = 0; i < s->n_jobs; i++) {
		const struct rq_job *j = &s->jobs[i];
		bool running = j->status == RQ_STATUS_IN_PROGRESS;
		int64_t since = running ? j->started_at : j->created_at;

		/* A job that was put off is not late, and one that somebody must allow waits for that. */
		if ((!running && j->status != RQ_STATUS_QUEUED) || !since || (!running && j->run_at > now))
			continue;
		if (now - since > RQ_DASH_STUCK_MS)
			count_stuck(running ? &d->running_long : &d->queued_long, since);
		else if (!d->next_stuck || since + RQ_DASH_STUCK_MS + 1 < d->next_stuck)
			d->next_stuck = since + RQ_DASH_STUCK_MS + 1;
	}
}

void rq_dashboard_of(const struct rq_snapshot *s, int64_t now, struct rq_dashboard *out)
{
	memset(out, 0, sizeof *out);
	count_jobs(s, out);
	count_reasons(s, out);
	count_runners(s, out);
	look_back(s, out);
	look_for_stuck(s, now, out);
}

/* ---- texts ---- */

const char *rq_bytes_text(int64_t bytes, char *buf, size_t size)
{
	if (bytes >= INT64_C(1) << 30)
		snprintf(buf, size, "%lld.%lld GiB", (long long)(bytes >> 30), (long long)((bytes >> 20) % 1024 * 10 / 1024));
	else if (bytes >= INT64_C(1) << 20)
		snprintf(buf, size, "%lld MiB", (long long)(bytes >> 20));
	else
		snprintf(buf, size, "%lld KiB", (long long)(bytes >> 10));
	return buf;
}

const char *rq_grouped(int64_t n, char *buf, size_t size)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)n), i, k = 0;

	for (i = 0; i < len && k + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[k++] = ',';
		buf[k++] = digits[i];
	}
	buf[k] = '\0';
	return buf;
}
