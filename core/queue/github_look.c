/* github_look.c - which run a dispatch became that was not answered with one. The rule stands in github_outbox.h. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github_send.h"

enum {
	BEFORE_MS = 5000,               /* the server's clock counts whole seconds, and is not read at once */
	SETTLED_MS = 5000,              /* another run that fits would be seen by then */
	WINDOW_MS = 60000,              /* after the request's end no run of it begins */
	APART_MS = 10000,               /* between two looks that count */
	LOOKS = 2,
	PAUSE_MS = 2000,
	LATER_MS = 60000, LATEST_MS = 600000,
	LOGIN_AGE_MS = 24 * 3600 * 1000
};

struct view {
	struct gh_send *s;
	const char *login;              /* "" not known */
	size_t fitting;
	int64_t run;                    /* one that fits */
	bool named;                     /* it carries the id */
	bool more;                      /* the server has further pages */
	int64_t at;                     /* the server's clock at the look */
};

static const char *file_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *short_ref(const char *ref)
{
	return rq_starts(ref, "refs/heads/") ? ref + 11 : rq_starts(ref, "refs/tags/") ? ref + 10 : ref;
}

/* What is not told cannot speak against it. */
static bool fits(struct view *v, const struct rq_gh_run *r)
{
	const struct gh_out *row = &v->s->row;
	struct gh_dispatched d;
	struct rq_arena a = { 0 };
	int64_t at = r->created_at ? r->created_at : r->started_at;
	bool ours;

	if ((*r->event && !rq_eq(r->event, "workflow_dispatch")) || row->traced)
		return false;
	if (at && (at < row->sent_at - BEFORE_MS || at > row->ended_at + WINDOW_MS))
		return false;
	if (*r->path && !rq_ieq(file_of(r->path), row->workflow))
		return false;
	if (*r->branch && strcmp(r->branch, short_ref(row->used_ref)) != 0)
		return false;
	if (*v->login && *r->actor && !rq_ieq(r->actor, v->login))
		return false;
	ours = gh_dispatched(v->s->r.op.g, &a, r->id, "", &d);
	rq_arena_release(&a);
	return !ours;
}

static void weigh(struct view *v, const struct rq_gh_run *runs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strstr(runs[i].title, v->s->row.id)) {
			v->named = true;
			v->run = runs[i].id;
			return;
		}
		if (fits(v, &runs[i])) {
			v->fitting++;
			v->run = runs[i].id;
		}
	}
}

/* --- what follows from it ----------------------------------------------------------------- */

static void again(struct gh_op *op);

static void on_stored(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_send *s = (struct gh_send *)op;

	if (code && code != RQ_ECONFLICT)
		s->err = *e;
	gh_tell(op->g);
	s->sent(s, code ? GH_SENT_OTHER : GH_SENT_KEPT);
}

static void not_found(struct gh_send *s)
{
	if (rq_mono_ns() / 1000000 < s->until)
		gh_op_later(&s->r.op, PAUSE_MS, again);
	else
		s->sent(s, GH_SENT_KEPT);
}

static void several(struct view *v)
{
	struct gh_send *s = v->s;
	int64_t pause = s->row.next_at ? 2 * (rq_now() - s->row.looked_at) : LATER_MS;

	s->row.why = rq_arena_fmt(&s->r.op.arena, "%zu runs of %s could be this one: it is not sent again, and none is taken"
				  " for it.", v->fitting, s->row.workflow);
	s->row.looked_at = rq_now();
	s->row.looks = 0;
	s->row.next_at = rq_now() + (pause < LATER_MS ? LATER_MS : pause > LATEST_MS ? LATEST_MS : pause);
	gh_send_store(s, GH_OUT_UNSURE, on_stored);
}

/* Nothing fits: a look that counts, when it is late enough. */
static void nothing(struct view *v)
{
	struct gh_send *s = v->s;

	if (v->at < s->row.ended_at + WINDOW_MS || (s->row.looks && v->at < s->row.looked_at + APART_MS)) {
		not_found(s);
		return;
	}
	s->row.looks++;
	s->row.looked_at = v->at;
	if (s->row.acted) {
		s->row.next_at = rq_now() + LATER_MS;
		s->row.why = "The server has dispatched it, and no run is seen that could be it.";
	} else if (s->row.looks >= LOOKS) {
		s->row.state = GH_OUT_NEW;
		s->row.sent_at = s->row.ended_at = s->row.looks = s->row.looked_at = s->row.next_at = 0;
		s->row.reason = RQ_WHY_OFFLINE;
		s->row.why = "It was sent, and did not arrive: it is sent again.";
	}
	gh_send_store(s, GH_OUT_UNSURE, on_stored);
}

static void conclude(struct view *v)
{
	struct gh_send *s = v->s;

	if (v->named)
		gh_send_found(s, v->run);
	else if (v->more || v->fitting > 1)
		several(v);
	else if (!v->fitting)
		nothing(v);
	else if (v->at >= s->row.ended_at + SETTLED_MS)
		gh_send_found(s, v->run);
	else
		not_found(s);
}

/* --- asking ------------------------------------------------------------------------------- */

static const char *login_in(struct rq_arena *a, const struct rq_api_answer *answer)
{
	struct rq_json *j;
	const char *login;

	if ((answer->code && !answer->stale) || rq_json_parse(answer->body, answer->body_n, &j, NULL))
		return "";
	login = rq_json_get_str(j, "login");
	login = rq_arena_str(a, login ? login : "");
	rq_json_free(j);
	return login;
}

static void on_runs(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_send *s = (struct gh_send *)op;
	struct view v = { .s = s, .login = s->login, .more = a->next && op->g->forge == RQ_FORGE_GITHUB };
	struct rq_gh_page page = { 0 };
	struct rq_gh_run *runs;

	if (a->code || rq_gh_runs_parse(&op->arena, a->body, a->body_n, op->g->forge, &runs, &page, NULL)) {
		not_found(s);
		return;
	}
	v.at = a->checked_at + rq_api_budget(op->g->api)->skew_ms;
	weigh(&v, runs, page.n);
	if (page.n && runs[page.n - 1].created_at < s->row.sent_at - BEFORE_MS)
		v.more = false;         /* what lies behind is older than what was sent */
	v.more |= page.skipped > 0;     /* a run that could not be read may be the one */
	conclude(&v);
}

static void ask_runs(struct gh_op *op)
{
	struct gh_send *s = (struct gh_send *)op;
	struct rq_arena *a = &op->arena;
	const char *path;

	/* Newest first. Not with `created`: the descriptions of the API disagree about what may stand there. */
	if (op->g->forge == RQ_FORGE_GITHUB)
		path = gh_path(a, op->g, s->r.repo, "/actions/workflows/%s/runs?event=workflow_dispatch&per_page=100",
			       s->row.workflow);
	else
		path = gh_path(a, op->g, s->r.repo, "/actions/runs?limit=50");
	gh_op_get(op, path, 0, 0, on_runs);
}

static void on_login(struct gh_op *op, const struct rq_api_answer *a)
{
	((struct gh_send *)op)->login = login_in(&op->arena, a);
	ask_runs(op);
}

/* A token of an app has no user: then its runs are not told apart by that. */
static void again(struct gh_op *op)
{
	if (((struct gh_send *)op)->login)
		ask_runs(op);
	else
		gh_op_get(op, "/user", LOGIN_AGE_MS, 0, on_login);
}

void gh_look(struct gh_send *s, gh_sent_fn *sent)
{
	s->sent = sent;
	if (gh_repo_named(s->r.op.g, s->row.repo, &s->r.repo, &s->err))
		s->sent(s, GH_SENT_KEPT);
	else
		again(&s->r.op);
}
