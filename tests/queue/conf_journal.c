/* The journal of decisions: complete, in a chain, with what is needed to decide again. */
#include "tests/queue/ruled.h"

static struct rq_call *journal(struct bed *b, int64_t since, int64_t until, const char *job, int64_t after, size_t max)
{
	struct rq_call *c = ask(b, RQ_VERB_JOURNAL);

	c->u.journal.since = since;
	c->u.journal.until = until;
	c->u.journal.job = job;
	c->u.journal.after_seq = after;
	c->u.journal.max = max;
	RUN(b, c);
	return c;
}

/* As it is told at submission: with facts, over a sealed fleet. */
static struct rq_decision with_inputs(struct bed *b, struct rq_decision d)
{
	static const struct rq_labels none;
	static const char *params[] = { "size_mb=5" };
	struct rq_call *c = look(b, NULL, true);
	struct rq_fleet *fleet = rq_arena_alloc(&b->arena, sizeof *fleet);
	struct rq_facts *facts = rq_arena_alloc(&b->arena, sizeof *facts);

	*fleet = c->u.open.fleet;
	*facts = (struct rq_facts){ .type = "transcribe", .labels = &none, .target = "", .n_params = 1,
				    .params = params, .submitter = "me", .source = "cli", .attempt = 1,
				    .created_at = clock_now() };
	d.fleet = fleet;
	d.fleet_sha256 = fleet->sha256;
	d.facts = facts;
	d.type = "transcribe";
	return d;
}

static void whole_records_come_back(void **state)
{
	struct bed *b = *state;
	struct rq_journal_entry *v;
	struct rq_decision d;
	struct rq_grant g;
	struct rq_call *c;
	const char *id;

	runner_up(b, "a", "self-hosted");
	d = with_inputs(b, placed("a"));
	id = put(b, by(&d));
	put(b, by(&d));
	g = takes(b, "a", id);
	clock_move(1000);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	c = journal(b, 0, 0, NULL, 0, 10);
	v = c->u.journal.v;
	assert_int_equal(c->u.journal.n, 2);
	assert_false(c->u.journal.more);
	assert_string_equal(v[0].decision.job_id, id);
	assert_string_equal(v[0].decision.policy_oid, TEXT_OID);
	assert_string_equal(v[0].decision.facts->params[0], "size_mb=5");
	assert_int_equal(v[0].decision.fleet->n_runners, 1);
	assert_string_equal(v[0].decision.fleet->runners[0].name, "a");
	assert_string_equal(v[0].decision.fleet->sha256, d.fleet->sha256);
	assert_string_equal(v[0].decision.fleet->json, d.fleet->json);
	assert_ptr_equal(v[1].decision.fleet, v[0].decision.fleet);
	assert_true(v[0].ran);
	assert_int_equal(v[0].ended_at, clock_now());
	assert_int_equal(v[0].ended_at - v[0].started_at, 1000);
	assert_false(v[1].ran);
	assert_int_equal(v[1].decision.seq, v[0].decision.seq + 1);
	assert_string_equal(v[1].decision.prev_hash, v[0].decision.hash);
	assert_int_equal(strlen(v[0].decision.hash), 64);
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = id;
	RUN(b, c);
	assert_string_equal(c->u.decision.decision->hash, v[0].decision.hash);
	assert_string_equal(c->u.decision.decision->fleet->json, d.fleet->json);
}

static void a_part_of_the_journal(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");
	int64_t began = clock_now();
	struct rq_call *c;
	size_t n = 0;

	for (int i = 0; i < 5; i++) {
		d.at = clock_now();
		put(b, by(&d));
		clock_move(1000);
	}
	assert_int_equal(journal(b, began + 1000, began + 3000, NULL, 0, 10)->u.journal.n, 2);
	c = journal(b, 0, 0, "local:3", 0, 10);
	assert_int_equal(c->u.journal.n, 1);
	assert_string_equal(c->u.journal.v[0].decision.job_id, "local:3");
	c = journal(b, 0, 0, NULL, 0, 2);
	for (n = c->u.journal.n; c->u.journal.more; n += c->u.journal.n)
		c = journal(b, 0, 0, NULL, c->u.journal.v[c->u.journal.n - 1].decision.seq, 2);
	assert_int_equal(n, 5);
	c = ask(b, RQ_VERB_JOURNAL);
	c->u.journal.job = "other:1";
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
}

static void the_chain_is_whole(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_VERIFY);
	struct rq_decision d = decision("submit"), w = waits("RUNNER_OFFLINE", NULL);

	RUN(b, c);
	assert_int_equal(c->u.verify.checked, 0);
	assert_int_equal(c->u.verify.bad_seq, 0);
	put(b, by(&d));
	put(b, by(&w));
	decide(b, "2", placed("a"));
	bed_reopen(b);
	put(b, by(&d));
	c = ask(b, RQ_VERB_VERIFY);
	RUN(b, c);
	assert_int_equal(c->u.verify.bad_seq, 0);
	assert_string_equal(c->u.verify.what, "");
	assert_int_equal(c->u.verify.checked, 4);
	assert_int_equal(c->u.verify.last_seq - c->u.verify.first_seq, 3);
}

static struct rq_call *policy(struct bed *b, const char *oid, const char *path, const char *text, int code)
{
	struct rq_call *c = ask(b, RQ_VERB_POLICY);

	c->u.policy.oid = oid;
	c->u.policy.path = path;
	c->u.policy.text = text;
	assert_int_equal(run(b, c), code);
	return c;
}

static void policy_texts_are_kept(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");
	struct rq_call *c;

	policy(b, TEXT_OID, NULL, NULL, RQ_ENOTFOUND);
	policy(b, NULL, "/p.yaml", NULL, RQ_ENOTFOUND);
	put(b, by(&d));
	c = policy(b, TEXT_OID, NULL, NULL, RQ_OK);
	assert_string_equal(c->u.policy.found_text, TEXT);
	policy(b, TEXT_OID, "/p.yaml", "another", RQ_EUSAGE);
	policy(b, TEXT_OID, "/p.yaml", TEXT, RQ_OK);
	c = policy(b, NULL, "/p.yaml", NULL, RQ_OK);
	assert_string_equal(c->u.policy.found_oid, TEXT_OID);
	assert_string_equal(c->u.policy.found_text, TEXT);
	/* The id that git gives to the text "x\n". */
	policy(b, "587be6b4c3f93f93c489c0111bba5596147a26cb", "/p.yaml", "x\n", RQ_OK);
	assert_string_equal(policy(b, NULL, "/p.yaml", NULL, RQ_OK)->u.policy.found_text, "x\n");
	assert_string_equal(policy(b, TEXT_OID, NULL, NULL, RQ_OK)->u.policy.found_text, TEXT);
	/* What the table keeps under other names is no policy. */
	policy(b, "chain", NULL, NULL, RQ_ENOTFOUND);
}

PART(journal, TEST(whole_records_come_back), TEST(a_part_of_the_journal), TEST(the_chain_is_whole),
     TEST(policy_texts_are_kept));
