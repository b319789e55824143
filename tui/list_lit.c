/* The table widget: new and changed rows are lit for a moment.
 *
 * New is what the source did not have when it was read before, and what was made since the list was filled first: else
 * older things that are loaded later would shine. Changed is a row that was drawn before and says something else now: what
 * is out of sight is not compared, however many rows there are. */
#include <string.h>
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "tui/list_impl.h"

enum { LIT_MS = 2000, LIT_MAX = 256, KNOWN_MAX = 1 << 20 };

struct light {
	uint64_t id;
	int64_t until;                  /* monotonic, ms */
	char sign;
};

struct drawn {
	uint64_t id;
	uint32_t state;
};

struct rq_lights {
	int64_t now;                    /* monotonic, ms */
	int64_t filled_at;              /* the first filling, or the youngest thing in it, ms; -1: not filled yet */
	uint64_t *known;                /* hashes of ids, open addressing; 0: a free place */
	size_t n_known, cap_known;      /* cap: a power of two */
	struct light lit[LIT_MAX];
	size_t n_lit;
	struct drawn drawn[RQ_LIST_ROWS_SEEN], before[RQ_LIST_ROWS_SEEN];
	size_t n_drawn, n_before;
};

void rq_list_lights_free(struct rq_lights *g)
{
	if (!g)
		return;
	rq_free(g->known);
	rq_free(g);
}

static bool put(uint64_t *places, size_t cap, uint64_t h)
{
	size_t i = (size_t)(h ^ h >> 32) & (cap - 1);

	for (; places[i]; i = (i + 1) & (cap - 1))
		if (places[i] == h)
			return false;
	places[i] = h;
	return true;
}

static void grow(struct rq_lights *g)
{
	size_t i, cap = g->cap_known ? g->cap_known * 2 : 1024;
	uint64_t *places = rq_alloc(cap * sizeof *places);

	for (i = 0; i < g->cap_known; i++)
		if (g->known[i])
			put(places, cap, g->known[i]);
	rq_free(g->known);
	g->known = places;
	g->cap_known = cap;
}

/* true: it was not there. */
static bool learn(struct rq_lights *g, uint64_t h)
{
	if (g->n_known * 2 >= g->cap_known)
		grow(g);
	if (!put(g->known, g->cap_known, h))
		return false;
	g->n_known++;
	return true;
}

static void light(struct rq_lights *g, uint64_t h, char sign)
{
	size_t i;

	for (i = 0; i < g->n_lit && g->lit[i].id != h; i++)
		;
	if (i == LIT_MAX)
		return;
	/* What is new stays so while it begins to run. */
	if (i < g->n_lit && g->lit[i].sign == '+')
		sign = '+';
	g->lit[i] = (struct light){ h, g->now + LIT_MS, sign };
	if (i == g->n_lit)
		g->n_lit++;
}

static void put_out(struct rq_lights *g)
{
	size_t i, kept = 0;

	for (i = 0; i < g->n_lit; i++)
		if (g->lit[i].until > g->now)
			g->lit[kept++] = g->lit[i];
	g->n_lit = kept;
}

static void fill(struct rq_list *l, struct rq_lights *g, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		int64_t born = l->ops->born(l->ud, i);

		learn(g, rq_hash64(l->ops->id(l->ud, i)));
		if (born > g->filled_at)
			g->filled_at = born;
	}
	if (g->filled_at < l->now)
		g->filled_at = l->now;
}

/* Called when the rows are made anew. */
static void find_new(struct rq_list *l, struct rq_lights *g)
{
	size_t i, count = l->ops->count(l->ud);

	if (g->filled_at < 0) {
		fill(l, g, count);
		return;
	}
	if (g->n_known > KNOWN_MAX) {
		memset(g->known, 0, g->cap_known * sizeof *g->known);
		g->n_known = 0;
		fill(l, g, count);
		return;
	}
	for (i = 0; i < count; i++) {
		uint64_t h = rq_hash64(l->ops->id(l->ud, i));

		if (learn(g, h) && l->ops->born(l->ud, i) > g->filled_at)
			light(g, h, '+');
	}
}

uint32_t rq_list_mix(uint32_t h, const char *text)
{
	h = (h ^ 0xff) * 16777619u;
	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

void rq_list_light(struct rq_list *l, int64_t mono_ms)
{
	struct rq_lights *g = l->lights;

	if (!l->ops->born)
		return;
	if (!g) {
		g = l->lights = rq_alloc(sizeof *g);
		g->filled_at = -1;
	}
	g->now = mono_ms;
	put_out(g);
	memcpy(g->before, g->drawn, g->n_drawn * sizeof *g->drawn);
	g->n_before = g->n_drawn;
	g->n_drawn = 0;
	if (l->relit) {
		l->relit = false;
		find_new(l, g);
	}
}

static const struct drawn *drawn_before(const struct rq_lights *g, uint64_t h)
{
	size_t i = g->n_drawn;

	/* Mostly in the place where it was. */
	if (i < g->n_before && g->before[i].id == h)
		return &g->before[i];
	for (i = 0; i < g->n_before; i++)
		if (g->before[i].id == h)
			return &g->before[i];
	return NULL;
}

char rq_list_lit(struct rq_list *l, size_t row)
{
	struct rq_lights *g = l->lights;
	const struct drawn *before;
	uint32_t state;
	uint64_t h;
	size_t i;

	if (!g || g->n_drawn == RQ_LIST_ROWS_SEEN)
		return 0;
	h = rq_hash64(rq_list_row_id(l, row));
	state = l->ops->state ? l->ops->state(l->ud, l->rows[row]) : 0;
	before = drawn_before(g, h);
	if (before && before->state != state)
		light(g, h, '~');
	g->drawn[g->n_drawn++] = (struct drawn){ h, state };
	for (i = 0; i < g->n_lit; i++)
		if (g->lit[i].id == h)
			return g->lit[i].sign;
	return 0;
}

int64_t rq_list_light_left(struct rq_list *l)
{
	const struct rq_lights *g = l->lights;
	int64_t left = 0;
	size_t i;

	for (i = 0; g && i < g->n_lit; i++) {
		int64_t mine = g->lit[i].until - g->now;

		if (!left || mine < left)
			left = mine;
	}
	return left;
}
