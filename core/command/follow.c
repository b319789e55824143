#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/follow.h"
#include "core/sys/loop.h"

enum { PIECE = 64 * 1024 };

static void changed(void *ud);
static int open_log(struct rq_follow *f, struct rq_error *e);

static struct rq_follow *of(struct rq_cmd *cmd)
{
	return cmd->state;
}

/* What is known instead of the job's lines goes beside them, its names made harmless already. */
static void pass_on(struct rq_follow *f, struct rq_str *text)
{
	struct rq_out *out = f->cmd->out;

	if (!text->len)
		return;
	f->printed = true;
	(f->what == RQ_LOGGED_STEPS ? out->notes : out->log)(out->ud, rq_str_get(text), text->len);
	rq_str_clear(text);
}

static void note(struct rq_follow *f, const char *who, const char *text)
{
	struct rq_out *out = f->cmd->out;
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "==> ");
	rq_text_clean(&s, who, strlen(who), false);
	if (*who && *text)
		rq_str_add(&s, ": ");
	rq_text_clean(&s, text, strlen(text), false);
	rq_str_addc(&s, '\n');
	out->notes(out->ud, rq_str_get(&s), s.len);
	rq_str_release(&s);
}

/* Of a run, which of its jobs this is. */
static void tell_job(struct rq_follow *f)
{
	const char *job = rq_joblog_job(f->log), *name = rq_joblog_job_name(f->log);

	if (!*name || rq_eq(f->job, job))
		return;
	f->job = rq_arena_str(&f->cmd->arena, job);
	note(f, name, job);
}

/* Where lines come from that are not all there, or why there are none. */
static void tell_source(struct rq_follow *f, bool turned)
{
	const char *source = rq_joblog_source(f->log);
	bool failed = rq_joblog_error(f->log, NULL) != RQ_OK;

	if (!*source || f->once || rq_joblog_ended(f->log) || rq_eq(f->source, source) ||
	    (!failed && (!turned || f->what != RQ_LOGGED_LIVE)))
		return;
	f->source = rq_arena_str(&f->cmd->arena, source);
	note(f, "", source);
}

/* Another text may have taken the place of what was read: on from where that ended. */
static void follow_turns(struct rq_follow *f)
{
	bool turned = f->turn != rq_joblog_turn(f->log);

	if (!turned) {
		tell_source(f, false);
		return;
	}
	f->off = f->what == RQ_LOGGED_LIVE ? rq_joblog_place(f->log, f->off) : 0;
	f->turn = rq_joblog_turn(f->log);
	f->what = rq_joblog_what(f->log);
	tell_job(f);
	tell_source(f, true);
}

/* All that can be read now. */
static int pump(struct rq_follow *f, struct rq_error *e)
{
	char *piece = rq_alloc(PIECE);
	struct rq_str text;
	size_t got = 0;
	int rc;

	follow_turns(f);
	rq_str_init(&text, 0);
	do {
		rc = rq_joblog_read(f->log, f->off, piece, PIECE, &got, e);
		if (rc)
			break;
		f->off += (int64_t)got;
		rq_plainlog_feed(&f->text, piece, got, &text);
		pass_on(f, &text);
	} while (got);
	rq_str_release(&text);
	rq_free(piece);
	return rc;
}

/* What was held back; relayq's closing words go where errors go, without making the exit status. */
static void close_text(struct rq_follow *f)
{
	struct rq_str text, errors;
	char *line, *end;

	rq_str_init(&text, 0);
	rq_str_init(&errors, 0);
	rq_plainlog_end(&f->text, &text, f->text.own ? &errors : NULL);
	pass_on(f, &text);
	for (line = errors.s; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		f->cmd->out->error(f->cmd->out->ud, line);
		f->printed = true;
		if (!end)
			break;
	}
	rq_str_release(&text);
	rq_str_release(&errors);
}

void rq_follow_stop(struct rq_follow *f)
{
	if (f->log)
		rq_loop_undefer(f->cmd->loop, changed, f);
	rq_joblog_close(f->log);
	f->log = NULL;
	rq_str_release(&f->text.errors);
}

static void fail(struct rq_follow *f, const struct rq_error *e)
{
	rq_follow_stop(f);
	rq_cmd_done(f->cmd, rq_cmd_error(f->cmd, e));
}

static void on_detail(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_follow *f = of(cmd);
	struct rq_error e = { 0 };

	if (cmd->aborted) {
		f->given_up(f);
		return;
	}
	if (call->code) {
		fail(f, &call->err);
		return;
	}
	if (!rq_job_active(&call->u.job.detail->job) || f->one_attempt || f->once) {
		f->ended(f, call->u.job.detail);
		return;
	}
	/* This attempt is over, the job is not: it will have another. */
	f->text.preambles = (int)call->u.job.detail->n_steps;
	if (open_log(f, &e))
		fail(f, &e);
}

/* The attempt is over and printed: is the job? */
static void ask(struct rq_follow *f)
{
	struct rq_call *call = rq_cmd_call(f->cmd, RQ_VERB_JOB, on_detail);

	call->u.job.id = rq_call_str(call, f->id);
	rq_cmd_start(f->cmd, call);
}

static void attempt_over(struct rq_follow *f)
{
	int attempt = rq_joblog_attempt(f->log);
	struct rq_error e = { 0 };

	if (f->print)
		close_text(f);
	if (f->print && rq_joblog_error(f->log, &e)) {
		fail(f, &e);
		return;
	}
	rq_follow_stop(f);
	f->attempt = attempt + 1;
	f->off = 0;
	ask(f);
}

static void changed(void *ud)
{
	struct rq_follow *f = ud;
	bool ended = rq_joblog_ended(f->log);
	struct rq_error e = { 0 };

	if (f->print && pump(f, &e))
		fail(f, &e);
	else if (ended || (f->once && rq_joblog_settled(f->log)))
		attempt_over(f);
}

static void give_up(struct rq_cmd *cmd)
{
	struct rq_follow *f = of(cmd);
	bool asking = !f->log;

	rq_follow_stop(f);
	/* With a question under way its answer ends the command. */
	if (!asking)
		f->given_up(f);
}

static int open_log(struct rq_follow *f, struct rq_error *e)
{
	struct rq_cmd *cmd = f->cmd;
	int rc = rq_joblog_open(cmd->rq, f->id, f->attempt, changed, f, &f->log, e);

	if (rc)
		return rc;
	f->turn = 0;
	f->what = RQ_LOGGED_NOTHING;
	/* What is there already brings no event. */
	rq_loop_defer(cmd->loop, changed, f);
	return RQ_OK;
}

int rq_follow_start(struct rq_follow *f)
{
	struct rq_error e = { 0 };

	f->cmd->state = f;
	f->cmd->abort = give_up;
	if (open_log(f, &e)) {
		f->log = NULL;
		return rq_cmd_error(f->cmd, &e);
	}
	return RQ_CMD_PENDING;
}
