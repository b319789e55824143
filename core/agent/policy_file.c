/* policy_file.c - the policy in force.
 *
 * A look goes through: where is the file (policy_find.c), has it changed, read it, load it. What must be asked for - git's
 * ids, the text that was good last - is asked at the same time, and the look is done when nothing is open. */
#include "core/agent/policy_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/agent/policy_find.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/git.h"

/* A branch is asked for again after REPO_NS. */
enum { FILE_MAX = 1 << 20, SHORT_ID = 7, REPO_NS = 1000000000 };

struct version {
	struct version *next;
	struct rq_policy *policy;
	unsigned held;
};

struct waiter {
	rq_fn *fn;
	void *ud;
};

struct rq_policy_file {
	struct rq_policy_file_options o;
	char *spec;                     /* O.spec */
	struct waiter *waiters;
	size_t n_waiters, cap_waiters;
	bool looking;
	unsigned open;                  /* answers that the look waits for */
	struct rq_git *git;
	struct rq_call *fetch, *keep;   /* our questions to the queue that are under way */

	/* what the last look saw */
	char *path, *name;              /* absolute, or "repo:/TOP/PATH@REV"; as messages show it. NULL none */
	struct rq_file_stamp stamp;
	bool settled;
	int64_t asked_ns;               /* when the repository was asked */
	char seen[RQ_OID_LEN];          /* of the text; "" it could not be read */
	char *bad;                      /* what is wrong with it; NULL nothing */
	char *top, *below;              /* of the file's work tree; NULL none */
	struct rq_git_stamp git_stamp;

	/* what is in force */
	struct version *versions, *now; /* all that are held; NULL none */
	char *now_path;
	char *commit;
	bool dirty, asked;              /* git was asked for these two */
	char *sentence, *problems;
	uint64_t generation;
};

static void open_look(struct rq_policy_file *f);

static void replace(char **at, char *with)
{
	rq_free(*at);
	*at = with;
}

/* --- versions ---------------------------------------------------------------------------- */

static void drop_unheld(struct rq_policy_file *f)
{
	struct version **at = &f->versions, *v;

	while ((v = *at)) {
		if (v->held || v == f->now) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		rq_policy_free(v->policy);
		rq_free(v);
	}
}

/* POLICY, taken over, is in force from now on; NULL: none. */
static void put_in_force(struct rq_policy_file *f, struct rq_policy *policy)
{
	struct version *v = NULL;

	if (policy) {
		v = rq_alloc(sizeof *v);
		v->policy = policy;
		v->next = f->versions;
		f->versions = v;
	}
	f->now = v;
	f->generation++;
	replace(&f->now_path, policy ? rq_strdup(f->path) : NULL);
	replace(&f->commit, rq_strdup(""));
	f->dirty = f->asked = false;
}

const struct rq_policy *rq_policy_file_hold(struct rq_policy_file *f)
{
	if (!f->now)
		return NULL;
	f->now->held++;
	return f->now->policy;
}

void rq_policy_file_unhold(struct rq_policy_file *f, const struct rq_policy *p)
{
	struct version *v;

	for (v = f->versions; v && v->policy != p; v = v->next)
		;
	if (v && v->held)
		v->held--;
}

/* --- the end of a look ------------------------------------------------------------------- */

static void say(struct rq_policy_file *f)
{
	struct rq_str s;

	rq_str_init(&s, 4096);
	if (f->bad) {
		rq_str_add(&s, f->bad);
		if (!s.len || s.s[s.len - 1] != '.')
			rq_str_addc(&s, '.');
		if (f->now)
			rq_str_addf(&s, " The last good version, %.*s, stays in force.", SHORT_ID, f->now->policy->oid);
		else
			rq_str_add(&s, " No good version of it is known, so nothing can be decided: mend it.");
	}
	if (!rq_eq(rq_str_get(&s), f->sentence))
		f->generation++;
	replace(&f->sentence, rq_strdup(rq_str_get(&s)));
	rq_str_release(&s);
}

static void on_looked(void *ud)
{
	struct rq_policy_file *f = ud;
	struct waiter *w = f->waiters;
	size_t n = f->n_waiters, i;

	say(f);
	drop_unheld(f);
	f->waiters = NULL;
	f->n_waiters = f->cap_waiters = 0;
	f->looking = false;
	for (i = 0; i < n; i++)
		w[i].fn(w[i].ud);
	rq_free(w);
}

/* One answer is there. */
static void close_look(struct rq_policy_file *f)
{
	RQ_ASSERT(f->open);
	if (!--f->open)
		rq_loop_defer(f->o.loop, on_looked, f);
}

/* --- what the queue keeps ---------------------------------------------------------------- */

static void on_stored(struct rq_call *call, void *ud)
{
	struct rq_policy_file *f = ud;

	/* When it could not be stored, the next process tries again. */
	if (f && f->keep == call)
		f->keep = NULL;
}

static void on_known(struct rq_call *call, void *ud)
{
	struct rq_policy_file *f = ud;

	if (!f)
		return;
	f->keep = NULL;
	if (call->code == RQ_ECANCELLED || !f->now || !rq_eq(f->now_path, call->u.policy.path) ||
	    (call->code == RQ_OK && rq_eq(call->u.policy.found_oid, f->now->policy->oid)))
		return;
	f->keep = rq_call_new(RQ_VERB_POLICY, on_stored, f);
	f->keep->u.policy.oid = rq_call_str(f->keep, f->now->policy->oid);
	f->keep->u.policy.path = rq_call_str(f->keep, f->now_path);
	f->keep->u.policy.text = rq_call_str(f->keep, f->now->policy->text);
	rq_queue_start(f->o.queue, f->keep);
}

static struct rq_call *ask_queue(struct rq_policy_file *f, void (*done)(struct rq_call *, void *))
{
	struct rq_call *c = rq_call_new(RQ_VERB_POLICY, done, f);

	c->u.policy.path = rq_call_str(c, f->path);
	rq_queue_start(f->o.queue, c);
	return c;
}

/* Keep the text as the last good one unless it is that already. Nobody waits for it. */
static void keep(struct rq_policy_file *f)
{
	if (!f->o.queue)
		return;
	if (f->keep)
		f->keep->ud = NULL;
	f->keep = ask_queue(f, on_known);
}

static void on_last_good(struct rq_call *call, void *ud)
{
	struct rq_policy_file *f = ud;
	struct rq_policy *policy = NULL;
	struct rq_problems p = { 0 };

	if (!f)
		return;
	f->fetch = NULL;
	if (call->code == RQ_OK &&
	    rq_policy_load(f->name, call->u.policy.found_text, strlen(call->u.policy.found_text), &policy, &p, NULL) == RQ_OK)
		put_in_force(f, policy);
	rq_problems_release(&p);
	close_look(f);
}

/* --- a text ------------------------------------------------------------------------------ */

/* The file cannot be used, WHY is the sentence. What it said before stays; so that an editor's mistake stops nobody. */
static void is_bad(struct rq_policy_file *f, const char *why)
{
	replace(&f->bad, rq_strdup(why));
	if (f->now && rq_eq(f->now_path, f->path))
		return;
	put_in_force(f, NULL);
	if (f->o.queue) {
		open_look(f);
		f->fetch = ask_queue(f, on_last_good);
	}
}

static void show_problems(struct rq_policy_file *f, struct rq_problems *p, const char *text, size_t n)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	if (p->n) {
		rq_problems_sort(p);
		rq_problems_render(p, f->name, text, n, &s);
	}
	replace(&f->problems, rq_strdup(rq_str_get(&s)));
	rq_str_release(&s);
}

static void take_text(struct rq_policy_file *f, const char *text, size_t n)
{
	struct rq_policy *policy = NULL;
	struct rq_problems p = { 0 };
	struct rq_error e = { 0 };
	char oid[RQ_OID_LEN];

	rq_git_blob_id(text, n, oid);
	if (rq_eq(oid, f->seen))
		return;
	rq_copy(f->seen, sizeof f->seen, oid);
	if (rq_policy_load(f->name, text, n, &policy, &p, &e) == RQ_OK) {
		replace(&f->bad, NULL);
		put_in_force(f, policy);
		keep(f);
	} else {
		is_bad(f, e.msg);
	}
	show_problems(f, &p, text, n);
	rq_problems_release(&p);
}

static void cannot_read(struct rq_policy_file *f, const char *why)
{
	f->seen[0] = '\0';
	replace(&f->problems, rq_strdup(""));
	if (!rq_eq(f->bad, why))
		is_bad(f, why);
}

/* --- files ------------------------------------------------------------------------------- */

static void set_commit(struct rq_policy_file *f, const char *commit, bool dirty)
{
	if (!rq_eq(commit, f->commit) || dirty != f->dirty)
		f->generation++;
	replace(&f->commit, rq_strdup(commit));
	f->dirty = dirty;
}

static void on_status(void *ud, const struct rq_git_answer *a)
{
	struct rq_policy_file *f = ud;

	set_commit(f, a->code ? "" : a->commit, !a->code && a->dirty);
	/* What may change without being seen is asked again. */
	if (!a->code && f->settled)
		rq_policy_cache_put(f->o.paths, f->path, &f->stamp, &f->git_stamp, f->commit, f->dirty);
	rq_git_free(f->git);
	f->git = NULL;
	close_look(f);
}

/* Where in which work tree the file is; links are followed, git would not. */
static void find_tree(struct rq_policy_file *f)
{
	char real[PATH_MAX], *slash, *top = NULL;

	if (realpath(f->path, real) && (slash = strrchr(real, '/')) && slash > real) {
		*slash = '\0';
		top = rq_git_top(real);
		*slash = '/';
	}
	replace(&f->below, top ? rq_strdup(real + strlen(top) + (rq_eq(top, "/") ? 0 : 1)) : NULL);
	replace(&f->top, top);
}

/* What its own places are called by: git's path where it has one, else as it was named. */
static char *name_of(const struct rq_policy_file *f)
{
	if (f->below)
		return rq_strdup(f->below);
	if (f->o.spec && *f->o.spec)
		return rq_strdup(f->o.spec);
	return rq_strdup("policy.yaml");
}

static void read_file(struct rq_policy_file *f)
{
	struct rq_error e = { 0 };
	char *text;
	size_t n;

	if (rq_file_read(f->path, FILE_MAX, &text, &n, &e)) {
		cannot_read(f, e.msg);
		return;
	}
	take_text(f, text, n);
	rq_free(text);
}

static void look_at_git(struct rq_policy_file *f, bool changed)
{
	char commit[RQ_SHA256_LEN];
	struct rq_git_stamp s;
	bool dirty;

	if (!f->top || f->bad)
		return;
	s = rq_git_stamp(f->top);
	if (!changed && f->asked && rq_git_stamp_same(&s, &f->git_stamp))
		return;
	f->git_stamp = s;
	f->asked = true;
	if (f->settled && rq_policy_cache_get(f->o.paths, f->path, &f->stamp, &s, commit, &dirty)) {
		set_commit(f, commit, dirty);
		return;
	}
	open_look(f);
	f->git = rq_git_status(f->o.loop, f->top, f->below, on_status, f);
}

/* PATH is taken over; true when it is another than before. */
static bool move_to(struct rq_policy_file *f, char *path)
{
	if (rq_eq(path, f->path)) {
		rq_free(path);
		return false;
	}
	replace(&f->path, path);
	replace(&f->bad, NULL);
	replace(&f->top, NULL);
	replace(&f->below, NULL);
	f->seen[0] = '\0';
	f->asked_ns = 0;
	return true;
}

static void look_at_file(struct rq_policy_file *f, char *path, const struct rq_file_stamp *stamp)
{
	bool changed = move_to(f, path);

	changed |= !rq_file_stamp_same(stamp, &f->stamp);
	if (changed) {
		find_tree(f);
		replace(&f->name, name_of(f));
	}
	if (changed || !f->settled) {
		f->stamp = *stamp;
		f->settled = rq_file_stamp_settled(stamp);
		read_file(f);
	}
	look_at_git(f, changed);
}

/* --- revisions --------------------------------------------------------------------------- */

static void on_blob(void *ud, const struct rq_git_answer *a)
{
	struct rq_policy_file *f = ud;

	f->asked_ns = rq_mono_ns();
	if (a->code) {
		cannot_read(f, a->err.msg);
	} else if (strlen(a->text) != a->text_n) {
		cannot_read(f, "The policy holds a NUL byte.");
	} else {
		take_text(f, a->text, a->text_n);
		if (!f->bad && !rq_eq(f->commit, a->commit)) {
			replace(&f->commit, rq_strdup(a->commit));
			f->generation++;
		}
	}
	rq_git_free(f->git);
	f->git = NULL;
	close_look(f);
}

static bool is_full_id(const char *rev)
{
	return strlen(rev) >= RQ_OID_LEN - 1 && !rev[strspn(rev, "0123456789abcdef")];
}

static void look_at_repo(struct rq_policy_file *f)
{
	struct rq_policy_repo r;

	rq_policy_repo_init(&r, f->o.spec, f->o.cwd ? f->o.cwd : f->o.paths->config);
	if (move_to(f, rq_fmt("repo:%s/%s@%s", rq_eq(r.dir, "/") ? "" : r.dir, r.path, r.rev)))
		replace(&f->name, rq_strdup(f->o.spec));
	/* What an id names never changes. */
	if (!f->asked_ns || (rq_mono_ns() - f->asked_ns > REPO_NS && !(is_full_id(r.rev) && f->now && !f->bad))) {
		open_look(f);
		f->git = rq_git_blob(f->o.loop, r.dir, r.path, r.rev, on_blob, f);
	}
	rq_policy_repo_release(&r);
}

/* --- looking ----------------------------------------------------------------------------- */

static void look_at_nothing(struct rq_policy_file *f)
{
	if (!f->path)
		return;
	move_to(f, NULL);
	replace(&f->name, NULL);
	replace(&f->problems, rq_strdup(""));
	put_in_force(f, NULL);
}

static void open_look(struct rq_policy_file *f)
{
	f->open++;
}

void rq_policy_file_look(struct rq_policy_file *f, rq_fn *done, void *ud)
{
	struct rq_file_stamp stamp;
	char *path;

	RQ_GROW(f->waiters, f->n_waiters, &f->cap_waiters);
	f->waiters[f->n_waiters++] = (struct waiter){ done, ud };
	if (f->looking)
		return;
	f->looking = true;
	open_look(f);
	if (rq_policy_is_repo(f->o.spec))
		look_at_repo(f);
	else if ((path = rq_policy_find(f->o.spec, f->o.cwd, f->o.paths, &stamp)))
		look_at_file(f, path, &stamp);
	else
		look_at_nothing(f);
	close_look(f);
}

void rq_policy_file_use(struct rq_policy_file *f, const char *spec)
{
	replace(&f->spec, rq_strdup(spec));
	f->o.spec = f->spec;
}

struct rq_policy_file *rq_policy_file_new(const struct rq_policy_file_options *o)
{
	struct rq_policy_file *f = rq_alloc(sizeof *f);

	f->o = *o;
	f->o.spec = NULL;
	rq_policy_file_use(f, o->spec);
	f->commit = rq_strdup("");
	f->sentence = rq_strdup("");
	f->problems = rq_strdup("");
	return f;
}

void rq_policy_file_stop(struct rq_policy_file *f)
{
	f->looking = true;              /* for ever: the answers will not come */
	rq_loop_undefer(f->o.loop, on_looked, f);
	rq_git_free(f->git);
	f->git = NULL;
	if (f->fetch)
		f->fetch->ud = NULL;
	if (f->keep)
		f->keep->ud = NULL;
	f->fetch = f->keep = NULL;
}

void rq_policy_file_free(struct rq_policy_file *f)
{
	struct version *v;

	if (!f)
		return;
	rq_policy_file_stop(f);
	while ((v = f->versions)) {
		f->versions = v->next;
		rq_policy_free(v->policy);
		rq_free(v);
	}
	rq_free(f->spec);
	rq_free(f->path);
	rq_free(f->name);
	rq_free(f->bad);
	rq_free(f->top);
	rq_free(f->below);
	rq_free(f->now_path);
	rq_free(f->commit);
	rq_free(f->sentence);
	rq_free(f->problems);
	rq_free(f->waiters);
	rq_free(f);
}

/* --- the answers ------------------------------------------------------------------------- */

const struct rq_policy *rq_policy_file_policy(const struct rq_policy_file *f)
{
	return f->now ? f->now->policy : NULL;
}

const char *rq_policy_file_path(const struct rq_policy_file *f)
{
	return f->path ? f->path : "";
}

const char *rq_policy_file_commit(const struct rq_policy_file *f)
{
	return f->commit;
}

bool rq_policy_file_dirty(const struct rq_policy_file *f)
{
	return f->dirty;
}

uint64_t rq_policy_file_generation(const struct rq_policy_file *f)
{
	return f->generation;
}

int rq_policy_file_error(const struct rq_policy_file *f, const char **sentence, const char **problems)
{
	if (sentence)
		*sentence = f->sentence;
	if (problems)
		*problems = f->problems;
	return f->bad && !f->now ? RQ_EUSAGE : RQ_OK;
}
