/* local_spec.c - what a runner needs of a job, packed into one row.
 *
 * Commands and environments may hold any byte but NUL, so lists are texts with a NUL behind each item, not JSON.
 * A step is its name ("" none), its kind ("script", or the number of words), then the script or the words. */
#include <string.h>
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { PACK_MAX = 4 << 20 };

static void add_item(struct rq_str *b, const char *s)
{
	rq_str_addn(b, s ? s : "", s ? strlen(s) : 0);
	rq_str_addn(b, "", 1);
}

static void pack_list(struct rq_str *b, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_item(b, v[i]);
}

static void pack_step(struct rq_str *b, const struct rq_step *step)
{
	size_t n = 0;

	add_item(b, step->name);
	if (step->script) {
		add_item(b, "script");
		add_item(b, step->script);
		return;
	}
	while (step->argv[n])
		n++;
	rq_str_addf(b, "%zu", n);
	rq_str_addn(b, "", 1);
	pack_list(b, (const char *const *)step->argv, n);
}

void rq_local_spec_put(struct rq_local *l, int64_t id, const struct rq_submission *sub)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO spec(job,cwd,steps,env,params,log_max,memory_max,nice)"
					      "VALUES(?,?,?,?,?,?,?,?)");
	struct rq_str b;

	rq_str_init(&b, PACK_MAX);
	rq_bind_int(s, 1, id);
	rq_bind_str(s, 2, sub->cwd);
	for (size_t i = 0; i < sub->n_steps; i++)
		pack_step(&b, &sub->steps[i]);
	rq_bind_strn(s, 3, rq_str_get(&b), b.len);
	rq_str_clear(&b);
	pack_list(&b, (const char *const *)sub->env, sub->n_env);
	rq_bind_strn(s, 4, rq_str_get(&b), b.len);
	rq_str_clear(&b);
	pack_list(&b, (const char *const *)sub->params, sub->n_params);
	rq_bind_strn(s, 5, rq_str_get(&b), b.len);
	rq_bind_int(s, 6, sub->log_max ? sub->log_max : (int64_t)64 << 20);
	rq_bind_int(s, 7, sub->memory_max);
	rq_bind_int(s, 8, sub->nice);
	rq_stmt_exec(s, NULL);
	rq_str_release(&b);
}

void rq_local_spec_copy(struct rq_local *l, int64_t from, int64_t to)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO spec SELECT ?,cwd,steps,env,params,log_max,memory_max,nice"
					      " FROM spec WHERE job=?");

	rq_bind_int(s, 1, to);
	rq_bind_int(s, 2, from);
	rq_stmt_exec(s, NULL);
}

/* --- reading ------------------------------------------------------------------------------ */

/* The next item of *P, which lies in the arena and ends before END; NULL at the end or where a NUL is missing. */
static char *next_item(char **p, const char *end)
{
	char *s = *p, *nul;

	if (s >= end)
		return NULL;
	nul = memchr(s, '\0', (size_t)(end - s));
	if (!nul)
		return NULL;
	*p = nul + 1;
	return s;
}

static size_t count_items(const char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += s[i] == '\0';
	return k;
}

static const char **unpack_list(struct rq_arena *a, const char *s, size_t n, size_t *out)
{
	char *p, *copy;
	const char **v;

	*out = count_items(s, n);
	v = rq_arena_alloc(a, (*out + 1) * sizeof *v);
	copy = rq_arena_alloc(a, n + 1);
	memcpy(copy, s, n);
	p = copy;
	for (size_t i = 0; i < *out; i++)
		v[i] = next_item(&p, copy + n);
	return v;
}

static bool unpack_step(struct rq_arena *a, char **p, const char *end, struct rq_step *step)
{
	char *kind, **argv;
	int64_t words;

	step->name = next_item(p, end);
	kind = step->name ? next_item(p, end) : NULL;
	if (!kind)
		return false;
	if (!*step->name)
		step->name = NULL;
	if (rq_eq(kind, "script")) {
		step->script = next_item(p, end);
		return step->script != NULL;
	}
	if (!rq_parse_i64(kind, &words) || words < 1 || words > end - *p)
		return false;
	argv = rq_arena_alloc(a, ((size_t)words + 1) * sizeof *argv);
	for (int64_t i = 0; i < words; i++) {
		argv[i] = next_item(p, end);
		if (!argv[i])
			return false;
	}
	step->argv = argv;
	return true;
}

static bool unpack_steps(struct rq_arena *a, const char *s, size_t n, size_t n_steps, struct rq_submission *sub)
{
	struct rq_step *steps = rq_arena_alloc(a, n_steps * sizeof *steps);
	char *copy = rq_arena_alloc(a, n + 1), *p = copy;

	memcpy(copy, s, n);
	for (size_t i = 0; i < n_steps; i++)
		if (!unpack_step(a, &p, copy + n, &steps[i]))
			return false;
	sub->steps = steps;
	sub->n_steps = n_steps;
	return true;
}

static void read_hot(struct rq_local *l, struct rq_stmt *s, struct rq_arena *a, struct rq_submission *sub)
{
	const struct rq_set *set = rq_local_set_get(l, rq_col_int(s, 8));

	sub->cwd = rq_arena_str(a, rq_col_str(s, 0));
	sub->log_max = rq_col_int(s, 4);
	sub->memory_max = rq_col_int(s, 5);
	sub->nice = (int)rq_col_int(s, 6);
	if (set) {
		sub->labels.v = rq_arena_alloc(a, (set->labels.n + 1) * sizeof *sub->labels.v);
		for (; sub->labels.n < set->labels.n; sub->labels.n++)
			sub->labels.v[sub->labels.n] = rq_arena_str(a, set->labels.v[sub->labels.n]);
		sub->target = *set->target ? rq_arena_str(a, set->target) : NULL;
	}
	sub->name = rq_arena_str(a, rq_col_str(s, 9));
	sub->type = rq_arena_str(a, rq_col_str(s, 10));
	sub->priority = (int)rq_col_int(s, 11);
	sub->timeout_ms = rq_col_int(s, 12);
	sub->retries = (int)rq_col_int(s, 13);
	sub->backoff_ms = rq_col_int(s, 14);
	sub->group = rq_arena_str(a, rq_col_str(s, 15));
	sub->run_at = rq_col_int(s, 16);
}

bool rq_local_spec_get(struct rq_local *l, int64_t id, struct rq_arena *a, struct rq_submission *sub,
		       struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT cwd,spec.steps,env,params,log_max,memory_max,nice,j.steps,set_id,j.name,type,priority,timeout,retries,"
		"backoff,g.name,run_at FROM job j JOIN spec ON spec.job=j.id LEFT JOIN grp g ON g.id=j.grp WHERE j.id=?");
	bool ok;

	memset(sub, 0, sizeof *sub);
	rq_bind_int(s, 1, id);
	if (!rq_stmt_row(s)) {
		rq_fail(e, RQ_ENOTFOUND, "There is no job %lld on queue %s.", (long long)id, l->name);
		return false;
	}
	read_hot(l, s, a, sub);
	sub->env = unpack_list(a, rq_col_str(s, 2), rq_col_len(s, 2), &sub->n_env);
	sub->params = unpack_list(a, rq_col_str(s, 3), rq_col_len(s, 3), &sub->n_params);
	ok = unpack_steps(a, rq_col_str(s, 1), rq_col_len(s, 1), (size_t)rq_col_int(s, 7), sub);
	rq_stmt_done(s);
	if (!ok)
		rq_fail(e, RQ_ECORRUPT, "The steps of job %lld in state.db are damaged; submit it again.", (long long)id);
	return ok;
}

/* --- for people --------------------------------------------------------------------------- */

void rq_local_command_line(const struct rq_submission *s, struct rq_str *out)
{
	const struct rq_step *step = &s->steps[0];

	if (step->script) {
		rq_str_addn(out, step->script, strcspn(step->script, "\n"));
	} else {
		for (size_t i = 0; step->argv[i] && !out->full; i++) {
			if (i)
				rq_str_addc(out, ' ');
			rq_words_quote(out, step->argv[i]);
		}
	}
	if (s->n_steps > 1)
		rq_str_addf(out, " (and %zu more step%s)", s->n_steps - 1, s->n_steps == 2 ? "" : "s");
}
