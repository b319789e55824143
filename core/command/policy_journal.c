/* policy_journal.c - reading the recorded decisions, a page at a time. */
#include "core/base/mem.h"
#include "core/command/policy_src.h"

/* So many are decided again in one turn of the loop. */
enum { PAGE = 200 };

struct reading {
	struct rq_cmd *cmd;
	rq_journal_page *page;
	rq_got_source *end;
	int64_t since, after;
	size_t left;
	uint64_t call;
};

static void ask(struct reading *r);

static void finish(struct reading *r, int code, const struct rq_error *e)
{
	r->cmd->abort = NULL;
	r->cmd->request = NULL;
	r->end(r->cmd, code, e);
}

static void answered(struct rq_call *call, void *ud)
{
	struct reading *r = ud;
	size_t n = call->u.journal.n;
	bool more = call->u.journal.more;
	struct rq_error e;

	r->call = 0;
	if (call->code) {
		e = call->err;
		finish(r, call->code, &e);
		return;
	}
	if (n > r->left) {
		finish(r, rq_fail(&e, RQ_ELIMIT, "There are too many decisions to read at once; ask for less with --since."), &e);
		return;
	}
	r->left -= n;
	if (n)
		r->after = call->u.journal.v[n - 1].decision.seq;
	if (n)
		r->page(r->cmd, call);
	if (more && n)
		ask(r);
	else
		finish(r, RQ_OK, NULL);
}

static void give_up(struct rq_cmd *cmd)
{
	struct reading *r = cmd->request;

	rq_abort(cmd->rq, r->call);
}

static void ask(struct reading *r)
{
	struct rq_call *call = rq_call_new(RQ_VERB_JOURNAL, answered, r);

	call->queue = rq_call_str(call, rq_cmd_opt(r->cmd, "queue"));
	call->u.journal.since = r->since;
	call->u.journal.after_seq = r->after;
	call->u.journal.max = PAGE;
	r->call = rq_start(r->cmd->rq, call);
}

void rq_journal_read(struct rq_cmd *cmd, int64_t since, size_t max, rq_journal_page *page, rq_got_source *end)
{
	struct reading *r = rq_arena_alloc(&cmd->arena, sizeof *r);

	*r = (struct reading){ .cmd = cmd, .page = page, .end = end, .since = since, .left = max };
	cmd->request = r;
	cmd->abort = give_up;
	ask(r);
}
