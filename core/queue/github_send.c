/* github_send.c - one dispatch: the workflow is read and checked, the row written, the request sent, the answer written.
 * What each answer means for the row stands in github_outbox.h. */
#include "core/queue/github_send.h"

#include <string.h>
#include <strings.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"

enum {
	REQUEST_MS = 60000,             /* longer than a request can take */
	FRESH_MS = 20000,               /* so much of its hold a row must have left when the request goes */
	AGAIN_MS = 5000,
	LOST_WAIT_MS = 7000             /* at a terminal, for the run of a request that may have got lost */
};

void gh_send_init(struct gh_send *s)
{
	s->r.op.release = gh_send_release;
	rq_token(s->holder);
	s->row = (struct gh_out){ .id = "", .repo = "", .workflow = "", .ref = "", .name = "", .type = "", .actor = "",
				  .decision = "", .params = "[]", .labels = "", .target = "", .used_ref = "", .inputs = "{}",
				  .reason = "", .why = "", .holder = "" };
}

void gh_send_release(struct gh_op *op)
{
	gh_reading_release(&((struct gh_send *)op)->r);
}

static void tell(struct gh_send *s, enum gh_sent how)
{
	s->sent(s, how);
}

/* --- rows --------------------------------------------------------------------------------- */

static struct gh_out_write *prepare(struct gh_send *s)
{
	s->write = (struct gh_out_write){ .queue = s->r.op.g->name, .api = s->r.op.g->config->api, .row = s->row,
					  .holder = s->holder };
	return &s->write;
}

void gh_send_store(struct gh_send *s, enum gh_out_state from, gh_written_fn *then)
{
	struct gh_out_write *w = prepare(s);

	w->from = from;
	w->version = s->row.tries++;
	w->row.tries = s->row.tries;
	gh_op_write(&s->r.op, s->stored ? gh_out_change : gh_out_add, w, then);
}

/* Written as it should be; or another process was faster, which is as good. */
static enum gh_sent ended(struct gh_send *s, int code, const struct rq_error *e, enum gh_sent how)
{
	if (code == RQ_ECONFLICT)
		return GH_SENT_OTHER;
	if (code) {
		s->err = *e;
		return GH_SENT_REFUSED;
	}
	s->stored = true;
	gh_tell(s->r.op.g);
	return how;
}

static void on_kept(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;

	tell(s, ended(s, code, e, GH_SENT_KEPT));
}

static void on_failed(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;
	struct rq_error was = s->err;
	enum gh_sent how = ended(s, code, e, GH_SENT_REFUSED);

	s->err = was;
	tell(s, how);
}

static void on_found(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;

	tell(s, ended(s, code, e, GH_SENT_RUN));
}

void gh_send_found(struct gh_send *s, int64_t run)
{
	struct gh_out_write *w = prepare(s);

	s->run = w->run = run;
	gh_op_write(&s->r.op, gh_out_done, w, on_found);
}

/* It waits for the server. */
static void keep(struct gh_send *s, enum gh_out_state from, const char *reason, const char *why, int64_t at)
{
	s->row.state = GH_OUT_NEW;
	s->row.holder = "";
	s->row.sent_at = s->row.ended_at = 0;
	s->row.looks = s->row.looked_at = 0;
	s->row.reason = reason;
	s->row.why = rq_arena_str(&s->r.op.arena, why);
	s->row.next_at = at ? at : rq_now() + AGAIN_MS;
	gh_send_store(s, from, on_kept);
}

/* Refused for good. */
static void refuse(struct gh_send *s, enum gh_out_state from, const struct rq_error *e)
{
	s->err = *e;
	if (!s->stored) {
		tell(s, GH_SENT_REFUSED);
		return;
	}
	if (!s->keeps) {
		gh_op_write(&s->r.op, gh_out_drop, prepare(s), on_failed);
		return;
	}
	s->row.state = GH_OUT_FAILED;
	s->row.holder = "";
	s->row.ended_at = rq_now();
	s->row.reason = RQ_WHY_NOT_DISPATCHED;
	s->row.why = rq_arena_str(&s->r.op.arena, e->msg);
	gh_send_store(s, from, on_failed);
}

/* --- the request -------------------------------------------------------------------------- */

static void post(struct gh_send *s);

static void on_unsure(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;

	if (code) {
		tell(s, ended(s, code, e, GH_SENT_OTHER));
		return;
	}
	gh_tell(op->g);
	if (s->until > rq_mono_ns() / 1000000)
		gh_look(s, s->sent);
	else
		tell(s, GH_SENT_KEPT);
}

static void unsure(struct gh_send *s, const struct rq_api_answer *a)
{
	s->row.state = GH_OUT_UNSURE;
	s->row.holder = "";
	s->row.acted = a->code == RQ_OK;
	if (!s->row.acted && s->until > rq_mono_ns() / 1000000 + LOST_WAIT_MS)
		s->until = rq_mono_ns() / 1000000 + LOST_WAIT_MS;
	s->row.ended_at = a->server_at ? a->server_at : gh_server_now(s->r.op.g);
	s->row.next_at = 0;
	s->row.reason = RQ_WHY_UNSURE;
	s->row.why = s->row.acted ? "It was dispatched, and the server did not say as which run." :
		     rq_arena_fmt(&s->r.op.arena, "It was sent, and whether it was dispatched is not known yet: %s", a->err.msg);
	gh_send_store(s, GH_OUT_SENDING, on_unsure);
}

/* Older servers refuse a key that they do not know. */
static bool knows_too_little(const struct gh_send *s, const struct rq_api_answer *a)
{
	return !s->r.op.g->plain && (a->status == 400 || a->status == 422) && a->body && strstr(a->body, "return_run_");
}

static void on_answer(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_send *s = (struct gh_send *)op;
	struct rq_gh_dispatched d = { 0 };

	if (a->code == RQ_OK) {
		if (!rq_gh_dispatched_parse(&op->arena, a->body, a->body_n, &d, NULL) && d.run_id > 0)
			gh_send_found(s, d.run_id);
		else
			unsure(s, a);
	} else if (a->code == RQ_EBUSY) {
		keep(s, GH_OUT_SENDING, RQ_WHY_RATE_LIMITED, a->err.msg, a->retry_at);
	} else if (a->reach == RQ_HTTP_NOT_SENT) {
		keep(s, GH_OUT_SENDING, RQ_WHY_OFFLINE, a->err.msg, 0);
	} else if (a->status < 400 || a->status >= 500) {
		unsure(s, a);
	} else if (knows_too_little(s, a)) {
		op->g->plain = true;
		post(s);
	} else if (s->keeps && a->code == RQ_EPERM) {
		keep(s, GH_OUT_SENDING, RQ_WHY_NOT_DISPATCHED, a->err.msg, rq_now() + REQUEST_MS); /* a token can be mended */
	} else {
		refuse(s, GH_OUT_SENDING, &a->err);
	}
}

static void add_details(const struct gh_send *s, struct rq_str *body)
{
	if (s->r.op.g->plain)
		return;
	if (s->r.op.g->forge == RQ_FORGE_GITHUB)
		rq_str_add(body, ",\"return_run_details\":true");
	if (s->r.op.g->forge == RQ_FORGE_FORGEJO)
		rq_str_add(body, ",\"return_run_info\":true");
}

static void post(struct gh_send *s)
{
	struct gh_op *op = &s->r.op;
	const char *form = op->g->forge == RQ_FORGE_GITEA ? "/actions/workflows/%s/dispatches?return_run_details=true" :
			   "/actions/workflows/%s/dispatches";
	struct rq_str body;

	rq_str_init(&body, 0);
	rq_str_add(&body, "{\"ref\":");
	rq_json_print_str(s->row.used_ref, &body);
	rq_str_addf(&body, ",\"inputs\":%s", s->row.inputs);
	add_details(s, &body);
	rq_str_addc(&body, '}');
	gh_op_send(op, "POST", gh_path(&op->arena, op->g, s->r.repo, form, s->row.workflow), rq_str_get(&body), on_answer);
	rq_str_release(&body);
}

static void on_marked(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;

	if (code) {
		tell(s, ended(s, code, e, GH_SENT_OTHER));
		return;
	}
	s->stored = true;
	/* The machine slept meanwhile: somebody else may look after it by now. */
	if (rq_now() - s->write.row.held_until > GH_HOLD_MS - FRESH_MS)
		tell(s, GH_SENT_OTHER);
	else
		post(s);
}

static void mark(struct gh_send *s)
{
	s->row.state = GH_OUT_SENDING;
	s->row.holder = s->holder;
	s->row.held_until = rq_now();
	s->row.sent_at = gh_server_now(s->r.op.g);
	s->row.ended_at = 0;
	s->row.looks = s->row.looked_at = 0;
	s->row.acted = false;
	gh_send_store(s, GH_OUT_NEW, on_marked);
}

/* --- inputs ------------------------------------------------------------------------------- */

static bool given(const char *const *params, size_t n, const char *name, const char **value)
{
	size_t i, k = strlen(name);

	for (i = 0; i < n; i++) {
		if (strncasecmp(params[i], name, k) != 0 || params[i][k] != '=')
			continue;
		*value = params[i] + k + 1;
		return true;
	}
	return false;
}

/* Where the job shall run goes into the input that the queue's settings name. */
static int add_runner(struct gh_send *s, const char **params, size_t *n, struct rq_error *e)
{
	const struct rq_queue_config *c = s->r.op.g->config;
	const char *where = *s->row.target ? s->row.target : s->row.labels, *value;
	const struct rq_wf_input *in;

	if (!*where)
		return RQ_OK;
	in = *c->runner_input ? rq_workflow_input(&s->r.workflow, c->runner_input) : NULL;
	if (!in && s->row.carried)
		return RQ_OK;
	if (!in)
		return rq_fail(e, RQ_EUSAGE, "%.128s cannot be told where to run (%.64s): give it an input for that, and name"
			       " it as runner_input of queue %s.", s->r.file, where, s->r.op.g->name);
	if (!given(params, *n, in->name, &value)) {
		params[(*n)++] = rq_arena_fmt(&s->r.op.arena, "%s=%s", in->name, where);
		return RQ_OK;
	}
	if (rq_ieq(value, where))
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE, "It shall run on %.64s, and the input %.64s says %.64s: leave one of them out.", where,
		       in->name, value);
}

/* "run-name: transcribe ${{ inputs.relayq_id }}": then a run says whose it is. */
static bool in_title(const char *text, const char *input)
{
	const char *line = strstr(text, "run-name:"), *at;
	size_t n = line ? strcspn(line, "\n") : 0;

	at = line ? strstr(line, input) : NULL;
	return at && at < line + n;
}

static void add_id(struct gh_send *s, const char **params, size_t *n)
{
	const char *configured = s->r.op.g->config->id_input, *value;
	const struct rq_wf_input *in = rq_workflow_input(&s->r.workflow, *configured ? configured : "relayq_id");

	if (!in || given(params, *n, in->name, &value))
		return;
	params[(*n)++] = rq_arena_fmt(&s->r.op.arena, "%s=%s", in->name, s->row.id);
	s->row.traced = in_title(s->r.text, in->name);
}

static int make_inputs(struct gh_send *s, struct rq_error *e)
{
	struct rq_arena *a = &s->r.op.arena;
	struct rq_wf_value *v;
	const char **params;
	struct rq_json *list, *o;
	struct rq_str text;
	size_t n = 0, n_values, i;
	int code = rq_json_parse(s->row.params, strlen(s->row.params), &list, e);

	if (code)
		return code;
	params = rq_arena_alloc(a, (rq_json_len(list) + 2) * sizeof *params);
	for (i = 0; i < rq_json_len(list); i++)
		params[n++] = rq_arena_str(a, rq_json_str(rq_json_at(list, i)));
	rq_json_free(list);
	code = add_runner(s, params, &n, e);
	if (code)
		return code;
	add_id(s, params, &n);
	code = rq_workflow_check_inputs(a, &s->r.workflow, params, n, gh_wf_limits(s->r.op.g), &v, &n_values, e);
	if (code)
		return code;
	o = rq_json_object();
	for (i = 0; i < n_values; i++)
		rq_json_set_str(o, v[i].name, v[i].value);
	rq_str_init(&text, 0);
	rq_json_print(o, &text, false);
	s->row.inputs = rq_arena_str(a, rq_str_get(&text));
	rq_str_release(&text);
	rq_json_free(o);
	return RQ_OK;
}

/* The first thing that keeps the server from taking the file; its own words would not tell. */
static int first_problem(const struct gh_send *s, struct rq_error *e)
{
	const struct rq_wf_problems *p = &s->r.problems;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->v[i].warning)
			return rq_fail(e, RQ_EUSAGE, "%s:%d:%d: %s (at %.64s). Nothing was dispatched.", s->r.file, p->v[i].line,
				       p->v[i].col, p->v[i].text, *s->r.used_ref ? s->r.used_ref : "HEAD");
	return RQ_OK;
}

int gh_send_check(struct gh_send *s, struct rq_error *e)
{
	int code = first_problem(s, e);

	return code ? code : make_inputs(s, e);
}

static void on_read(struct gh_reading *r)
{
	struct gh_send *s = (struct gh_send *)r;
	struct rq_error e = { 0 };
	bool unread = r->code == RQ_EUNREACHABLE || r->code == RQ_EBUSY;
	int code = unread ? RQ_OK : r->code;

	s->row.used_ref = r->used_ref;
	if (code)
		e = r->err;
	else if (!unread)
		code = first_problem(s, &e);
	if (!code && !unread)
		code = make_inputs(s, &e);
	if (code == RQ_EPERM && s->keeps)
		keep(s, GH_OUT_NEW, RQ_WHY_NOT_DISPATCHED, e.msg, rq_now() + REQUEST_MS);
	/* An old file is good enough to warn of a mistake at the terminal, and for nothing else. */
	else if (code && !(r->offline && s->keeps))
		refuse(s, GH_OUT_NEW, &e);
	else if (!r->offline)
		mark(s);
	else if (s->stored)
		tell(s, GH_SENT_KEPT);          /* as it was: nothing to write while there is no network */
	else
		keep(s, GH_OUT_NEW, r->busy ? RQ_WHY_RATE_LIMITED : RQ_WHY_OFFLINE, r->err.msg, r->retry_at);
}

void gh_send_row(struct gh_send *s, gh_sent_fn *sent)
{
	struct rq_arena *a = &s->r.op.arena;
	int code = gh_workflow_named(s->r.op.g, a, rq_arena_fmt(a, "%s:%s", s->row.repo, s->row.workflow), &s->r.repo, &s->r.file,
				     &s->err);

	s->sent = sent;
	s->r.ref = s->row.ref;
	s->run = 0;
	if (code)
		refuse(s, GH_OUT_NEW, &s->err);
	else
		gh_read(&s->r, on_read);
}
