/* decide.c - deciding where a job runs. Pure: no clock, no chance, no locale, whole numbers alone.
 *
 * How it is read (policy.h has the policy's words; relayq-policy(5) tells people the same):
 *  - An entry of prefer or fallback stands for the runner of that name and for every runner that has it as a label. A
 *    runner that several entries name has the place of the first. A runner that the policy declares and nobody has
 *    seen is a candidate that is offline; what it has beyond the declaration is not held against it.
 *  - What the policy declares of a runner counts before what was probed. supports_X: false beats every label and tool.
 *  - A capability is declared, a tool that was found, or a label. `labels` are labels alone.
 *  - A GB is 10^9 bytes, a MB 10^6. min_storage_gb asks the declared size of the disk (permanent) and what was found free
 *    (temporary).
 *  - Privacy: how far data goes that the runner is given; local_only where nothing is declared, since it is one's own.
 *  - A place is taken by a job that runs there or that was placed there and has not begun. max_concurrent counts the jobs
 *    of a route on a runner, max_concurrent_jobs all of its jobs, a group wherever they are.
 *  - fallback: as long as fallback_after has not passed since the job was submitted, a job that only fallback runners could
 *    take waits, whatever keeps the preferred ones.
 *  - A budget counts a calendar month or day in UTC. What a job will cost is duration_s * 100 / speed seconds at the declared
 *    price; with no duration_s it fits as long as anything is left. A runner without a price is never over budget.
 *    on_exceed fallback: the runners that do not fit are passed over. queue: and none after them in tier is used. reject:
 *    likewise, and a job that nothing else keeps is refused.
 *  - A job of type `command` needs no route: rules may deny it, then its labels decide. When a rule's `set` applies to it,
 *    it is placed like a job with a route that names every runner, since otherwise nothing would hold it to the set. */
#include "core/policy/decide.h"

#include <string.h>
#include "core/base/str.h"
#include "core/policy/eval.h"

/* --- what the parts share ----------------------------------------------------------------- */

const char *rq_join(struct rq_arena *a, const char *s, const char *t, const char *u)
{
	size_t n = strlen(s), m = strlen(t), k = strlen(u);
	char *p = rq_arena_alloc(a, n + m + k + 1);

	memcpy(p, s, n);
	memcpy(p + n, t, m);
	memcpy(p + n + m, u, k);
	return p;
}

const char *rq_eval_key(struct rq_eval *e, const char *s, const char *t, const char *u, const char *v)
{
	size_t n = strlen(s) + strlen(t) + strlen(u) + strlen(v), i;
	char *p = rq_arena_alloc(e->a, n + 1);

	rq_copy(p, n + 1, s);
	rq_copy(p + strlen(p), n + 1 - strlen(p), t);
	rq_copy(p + strlen(p), n + 1 - strlen(p), u);
	rq_copy(p + strlen(p), n + 1 - strlen(p), v);
	for (i = 0; i < n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	return p;
}

static char *put_int(char *end, int v)
{
	do
		*--end = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	return end;
}

/* By hand: it is done for each reason of each candidate. */
const char *rq_eval_src(struct rq_eval *e, struct rq_pos at)
{
	char tail[32], *p = tail + sizeof tail;
	size_t n, m;
	char *s;

	if (at.line <= 0)
		return "";
	p = put_int(p, at.col > 0 ? at.col : 1);
	*--p = ':';
	p = put_int(p, at.line);
	*--p = ':';
	n = strlen(e->p->name);
	m = (size_t)(tail + sizeof tail - p);
	s = rq_arena_alloc(e->a, n + m + 1);
	memcpy(s, e->p->name, n);
	memcpy(s + n, p, m);
	return s;
}

static struct rq_reason made(struct rq_eval *e, const char *code, char cls, const char *fact, const char *op, const char *want,
			     const char *got, struct rq_pos at)
{
	return (struct rq_reason){ code, cls, fact, op, want, got, rq_eval_src(e, at) };
}

void rq_eval_add(struct rq_eval *e, const char *code, char cls, const char *fact, const char *op, const char *want,
		 const char *got, struct rq_pos at)
{
	RQ_GROW(e->scratch, e->n_scratch, &e->cap_scratch);
	e->scratch[e->n_scratch++] = made(e, code, cls, fact, op, want, got, at);
}

void rq_eval_common(struct rq_eval *e, const char *code, char cls, const char *fact, const char *op, const char *want,
		    const char *got, struct rq_pos at)
{
	RQ_GROW(e->common, e->n_common, &e->cap_common);
	e->common[e->n_common++] = made(e, code, cls, fact, op, want, got, at);
}

int64_t rq_mul_div(int64_t a, int64_t b, int64_t c)
{
	int64_t whole, rest, sum;

	if (__builtin_mul_overflow(a / c, b, &whole))
		return INT64_MAX;
	if (__builtin_mul_overflow(a % c, b, &rest))
		rest = b > c ? INT64_MAX / 2 : b;
	else
		rest = rest / c + (rest % c > 0);
	return __builtin_add_overflow(whole, rest, &sum) ? INT64_MAX : sum;
}

/* --- deciding ----------------------------------------------------------------------------- */

static void describe_policy(struct rq_arena *a, const struct rq_policy *p, struct rq_decision *d)
{
	if (!p) {
		d->policy = "built-in";
		return;
	}
	d->policy = *p->oid ? rq_arena_fmt(a, "%s %.7s", p->name, p->oid) : rq_arena_str(a, p->name);
	d->policy_path = rq_arena_str(a, p->name);
	d->policy_oid = rq_arena_str(a, p->oid);
	d->policy_version = rq_arena_str(a, p->version ? p->version : "");
	d->policy_text = p->text;
	d->schema = p->schema;
}

/* The structs are copied, what they point to is borrowed. */
static void describe(struct rq_arena *a, const struct rq_policy *p, const struct rq_facts *facts, const struct rq_fleet *fleet,
		     int64_t now, struct rq_decision *d)
{
	struct rq_facts *f = rq_arena_alloc(a, sizeof *f);
	struct rq_fleet *v = rq_arena_alloc(a, sizeof *v);

	*f = *facts;
	*v = *fleet;
	rq_decision_init(d);
	d->engine = PACKAGE_VERSION;
	d->at = now;
	d->type = rq_arena_str(a, facts->type);
	d->wanted = rq_wanted_text(a, facts);
	d->facts = f;
	d->fleet = v;
	d->fleet_sha256 = fleet->sha256 ? fleet->sha256 : "";
	describe_policy(a, p, d);
}

static void hash_facts(struct rq_eval *e)
{
	char *sum = rq_arena_alloc(e->a, RQ_SHA256_LEN);
	struct rq_json *j = rq_facts_to_json(e->f);
	struct rq_str b;

	rq_str_init(&b, 0);
	rq_json_print(j, &b, false);
	rq_json_free(j);
	e->d->facts_sha256 = rq_sha256_text(rq_str_get(&b), b.len, sum);
	rq_str_release(&b);
}

static bool is_command(const struct rq_eval *e)
{
	return rq_ieq(e->f->type, "command");
}

static void judge_all(struct rq_eval *e)
{
	struct rq_decision *d = e->d;
	size_t i;

	rq_eval_pick(e);
	d->n_candidates = e->n_picks;
	d->candidates = rq_arena_alloc(e->a, e->n_picks * sizeof *d->candidates);
	for (i = 0; i < e->n_picks; i++)
		rq_eval_judge(e, &e->picks[i], &d->candidates[i]);
}

static void evaluate(struct rq_eval *e)
{
	rq_values_init(e->a, e->f, e->p->zone, e->now, &e->values);
	rq_eval_rules(e);
	if (!e->route && is_command(e) && !e->denied && !e->n_sets) {
		rq_decide_builtin(e->a, e->f, e->fleet, e->now, e->d);
		return;
	}
	e->d->governed = true;
	if (e->route)
		e->d->route = rq_arena_str(e->a, e->route->name);
	rq_eval_gates(e);
	judge_all(e);
	rq_eval_choose(e);
}

void rq_decide(struct rq_arena *a, const struct rq_policy *policy, const struct rq_facts *facts, const struct rq_fleet *fleet,
	       int64_t now, struct rq_decision *d)
{
	struct rq_eval e = { .a = a, .p = policy, .f = facts, .fleet = fleet, .now = now, .d = d, .seconds_at_100 = -1 };

	describe(a, policy, facts, fleet, now, d);
	if (!policy) {
		rq_decide_builtin(a, facts, fleet, now, d);
		return;
	}
	hash_facts(&e);
	evaluate(&e);
	rq_free(e.common);
	rq_free(e.scratch);
}
