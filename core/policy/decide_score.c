/* decide_score.c - points. Each scorer gives 0 to 1000 from what is known of one runner and of the job, never from a
 * comparison with other runners: so a runner that comes or goes changes nobody else's points.
 *
 *  least_loaded      free places of 1000: 500 is half full
 *  affinity LABEL    1000 with that label or capability, else 0
 *  cheapest          1000 without costs, 500 at 1 USD for an hour of work at speed 100, 250 at 3 USD. Declared prices count,
 *                    and declared watts at 0.30 USD a kWh
 *  fastest           speed / (speed + 100): 500 at the usual 100, 800 at 400
 *  most_free_memory  memory of the free places, m / (m + 8 GB): 500 with 8 GB, 800 with 32
 *  data_local        1000 where the host of `url` is the runner's name, its machine's, or that machine's first part
 *  spread            1000 / (1 + jobs of this route there) */
#include <string.h>
#include "core/base/str.h"
#include "core/policy/eval.h"

#define GB INT64_C(1000000000)

static int64_t free_share(const struct rq_pick *p, int64_t of)
{
	int places = rq_pick_places(p), taken = rq_pick_taken(p);

	if (places <= 0 || taken >= places)
		return 0;
	return of / places * (places - taken) + of % places * (places - taken) / places;
}

/* 1000 * A / (A + B) */
static int64_t saturating(int64_t a, int64_t b)
{
	while (a > INT64_MAX / 4000 || b > INT64_MAX / 4000) {
		a /= 2;
		b /= 2;
	}
	return a + b > 0 ? 1000 * a / (a + b) : 0;
}

static int64_t speed(const struct rq_pick *p)
{
	return p->d && p->d->speed_percent.set && p->d->speed_percent.v > 0 ? p->d->speed_percent.v : 100;
}

static int64_t cheapest(const struct rq_pick *p)
{
	int64_t price = p->d && p->d->usd_per_hour.set ? p->d->usd_per_hour.v : 0;
	int64_t watts = p->d && p->d->watts.set ? p->d->watts.v : 0;

	return saturating(GB, rq_mul_div(price + rq_mul_div(watts, 300000, 1), 100, speed(p)));
}

static int64_t free_memory(const struct rq_pick *p)
{
	int64_t all = p->d && p->d->memory.set ? p->d->memory.v : p->r ? p->r->memory_bytes : -1;

	return all <= 0 ? 0 : saturating(free_share(p, all), 8 * GB);
}

static bool is_host(const char *url_host, const char *name)
{
	size_t n = name ? strcspn(name, ".") : 0;

	if (!name || !*name)
		return false;
	return rq_ieq(url_host, name) || (strlen(url_host) == n && rq_starts(name, url_host));
}

static int64_t data_local(const struct rq_eval *e, const struct rq_pick *p)
{
	const struct rq_value *host = &e->values.v[RQ_FACT_HOST];

	return host->known && (rq_ieq(host->text, p->name) || (p->r && is_host(host->text, p->r->host))) ? 1000 : 0;
}

static int64_t raw(struct rq_eval *e, const struct rq_pick *p, const struct rq_score_rule *s)
{
	int64_t n;

	switch (s->scorer) {
	case RQ_SCORER_LEAST_LOADED: return free_share(p, 1000);
	case RQ_SCORER_AFFINITY: return s->label && rq_pick_has(p, s->label) ? 1000 : 0;
	case RQ_SCORER_CHEAPEST: return cheapest(p);
	case RQ_SCORER_FASTEST: return saturating(speed(p), 100);
	case RQ_SCORER_MOST_FREE_MEMORY: return free_memory(p);
	case RQ_SCORER_DATA_LOCAL: return data_local(e, p);
	case RQ_SCORER_SPREAD:
		n = rq_fleet_count(e->fleet, rq_route_key(e, p));
		return n >= 0 && n < 1000 ? 1000 / (1 + n) : 0;
	default: return 0;
	}
}

static void name_scorers(struct rq_eval *e)
{
	const struct rq_route *r = e->route;
	size_t i;

	e->scorers = rq_arena_alloc(e->a, r->n_scores * sizeof *e->scorers);
	for (i = 0; i < r->n_scores; i++) {
		const char *name = rq_scorer_name(r->scores[i].scorer), *label = r->scores[i].label;

		e->scorers[i] = r->scores[i].scorer == RQ_SCORER_AFFINITY && label ? rq_join(e->a, name, " ", label) : name;
	}
}

void rq_eval_score(struct rq_eval *e, const struct rq_pick *p, struct rq_candidate *c)
{
	const struct rq_route *r = e->route;
	size_t i;

	if (!r || !r->n_scores) {
		/* Without a route there are no places to decide by: the emptiest. */
		c->total = r ? 0 : free_share(p, 1000);
		return;
	}
	if (!e->scorers)
		name_scorers(e);
	c->n_scores = r->n_scores;
	c->scores = rq_arena_alloc(e->a, r->n_scores * sizeof *c->scores);
	for (i = 0; i < r->n_scores; i++) {
		const struct rq_score_rule *s = &r->scores[i];
		struct rq_score *to = &c->scores[i];

		to->scorer = e->scorers[i];
		to->raw = raw(e, p, s);
		to->weight = s->weight;
		c->total += to->raw * to->weight;
	}
}
