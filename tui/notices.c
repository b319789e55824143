/* What has ended and was not told yet. */
#include "tui/notify.h"

#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/clipboard.h"
#include "tui/dashboard.h"

enum { KEY_LEN = 200, TOLD_MAX = 10000 };

/* ---- sets of ids ---- */

/* Where ID is, or would be. */
static size_t place_of(const struct rq_ids *ids, const char *id, bool *there)
{
	size_t from = 0, to = ids->n;

	*there = false;
	while (from < to && !*there) {
		size_t at = from + (to - from) / 2;
		int c = strcmp(ids->v[at], id);

		*there = !c;
		if (c >= 0)
			to = at;
		else
			from = at + 1;
	}
	return to;
}

static bool add(struct rq_ids *ids, const char *id)
{
	bool there;
	size_t at = place_of(ids, id, &there);

	if (there)
		return false;
	RQ_GROW(ids->v, ids->n, &ids->cap);
	memmove(ids->v + at + 1, ids->v + at, (ids->n - at) * sizeof *ids->v);
	ids->v[at] = rq_strdup(id);
	ids->n++;
	return true;
}

static bool take_out(struct rq_ids *ids, const char *id)
{
	bool there;
	size_t at = place_of(ids, id, &there);

	if (!there)
		return false;
	rq_free(ids->v[at]);
	ids->n--;
	memmove(ids->v + at, ids->v + at + 1, (ids->n - at) * sizeof *ids->v);
	return true;
}

static void release(struct rq_ids *ids)
{
	while (ids->n)
		rq_free(ids->v[--ids->n]);
	rq_free(ids->v);
	*ids = (struct rq_ids){ 0 };
}

bool rq_notices_watched(const struct rq_notices *n, const char *id)
{
	bool there = false;

	if (n->watched.n)
		place_of(&n->watched, id, &there);
	return there;
}

bool rq_notices_watch(struct rq_notices *n, const char *id)
{
	if (take_out(&n->watched, id))
		return false;
	return add(&n->watched, id);
}

/* ---- what has ended ---- */

static void keep(struct rq_notices *n, const struct rq_job *j, bool watched)
{
	struct rq_str name;

	if (n->n == RQ_NOTIFY_EVENTS) {
		n->left_out++;
		return;
	}
	rq_str_init(&name, 4096);
	rq_text_clean(&name, j->name, strlen(j->name), false);
	RQ_GROW(n->v, n->n, &n->cap);
	n->v[n->n++] = (struct rq_ended){ rq_strdup(j->id), rq_str_detach(&name), j->conclusion, j->exit_code,
					  j->signal, rq_job_failed(j), watched };
}

void rq_notices_look(struct rq_notices *n, const struct rq_snapshot *s, bool failures)
{
	char key[KEY_LEN];
	size_t i;

	for (i = 0; i < s->n_jobs; i++) {
		const struct rq_job *j = &s->jobs[i];
		bool watched;

		if (j->status != RQ_STATUS_COMPLETED || j->completed_at < n->since)
			continue;
		watched = rq_notices_watched(n, j->id);
		if (!watched && !rq_job_failed(j))
			continue;
		snprintf(key, sizeof key, "%.*s#%d", KEY_LEN - 20, j->id, j->run_attempt);
		if (!add(&n->told, key) || !n->begun || (!watched && !failures))
			continue;
		keep(n, j, watched);
		if (watched)
			take_out(&n->watched, j->id);
	}
	n->begun |= s->taken_at != 0;
	/* All that ended until this snapshot is in it: it need not be known by name any more. */
	if (n->told.n > TOLD_MAX) {
		release(&n->told);
		n->since = s->taken_at + 1;
	}
}

void rq_notices_clear(struct rq_notices *n)
{
	while (n->n) {
		rq_free(n->v[--n->n].job);
		rq_free(n->v[n->n].name);
	}
	n->left_out = 0;
}

void rq_notices_release(struct rq_notices *n)
{
	rq_notices_clear(n);
	rq_free(n->v);
	release(&n->watched);
	release(&n->told);
	*n = (struct rq_notices){ 0 };
}

/* ---- as text ---- */

static void one(const struct rq_ended *x, struct rq_str *out)
{
	rq_str_addf(out, "%s %s: %s", x->job, x->name, rq_conclusion_name(x->conclusion));
	if (x->failed && x->signal)
		rq_str_addf(out, ", signal %d", x->signal);
	else if (x->failed && x->exit_code > 0)
		rq_str_addf(out, ", exit %d", x->exit_code);
}

void rq_notices_text(const struct rq_notices *n, struct rq_str *out)
{
	size_t all = n->n + n->left_out, failed = n->left_out, i;

	for (i = 0; i < n->n; i++)
		failed += n->v[i].failed;
	if (all == 1)
		one(&n->v[0], out);
	else if (failed == all)
		rq_str_addf(out, "%zu jobs failed", all);
	else if (failed)
		rq_str_addf(out, "%zu jobs ended, %zu of them failed", all, failed);
	else
		rq_str_addf(out, "%zu jobs ended", all);
}

/* The first bytes of TEXT, up to a whole character, without anything that could end the sequence; a semicolon would
 * begin another part of it. */
static void add_harmless(struct rq_str *out, const char *text)
{
	struct rq_str clean;
	size_t i, n;

	rq_str_init(&clean, 4096);
	rq_text_clean(&clean, text, strlen(text), false);
	n = clean.len;
	if (n > RQ_NOTIFY_TEXT_MAX)
		for (n = RQ_NOTIFY_TEXT_MAX; n && ((unsigned char)clean.s[n] & 0xc0) == 0x80; n--)
			;
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)clean.s[i];

		rq_str_addc(out, c < 0x20 || c == 0x7f ? '?' : c == ';' ? ',' : (char)c);
	}
	rq_str_release(&clean);
}

void rq_notify_sequence(const char *how, int between, const char *text, struct rq_str *out)
{
	struct rq_str plain;

	rq_str_init(&plain, 4096);
	rq_str_add(&plain, rq_eq(how, "osc777") ? "\033]777;notify;relayq;" : "\033]9;");
	add_harmless(&plain, text);
	rq_str_addc(&plain, '\007');
	rq_clipboard_wrap((enum rq_clipboard)between, &plain, out);
	rq_str_release(&plain);
}
