/* policy_src.c - a policy's text from the disk, from git, from the queue. */
#include "core/command/policy_src.h"

#include <string.h>
#include <unistd.h>
#include "core/agent/policy_find.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/sys/git.h"
#include "core/sys/paths.h"

/* More than a policy may have, so that the loader says so. */
enum { TEXT_MAX = 4 * 1024 * 1024, CWD_MAX = 4096 };

void rq_source_release(struct rq_source *s)
{
	rq_policy_free(s->policy);
	rq_free(s->text);
	rq_problems_release(&s->problems);
	*s = (struct rq_source){ 0 };
}

static const char *here(struct rq_cmd *cmd)
{
	char dir[CWD_MAX];

	return getcwd(dir, sizeof dir) ? rq_arena_str(&cmd->arena, dir) : "/";
}

/* ---- which file ---- */

static const char *setting(struct rq_cmd *cmd)
{
	const char *s = rq_cmd_opt(cmd, "file");

	return s ? s : rq_config_str(rq_get_config(cmd->rq), "policy");
}

const char *rq_policy_file_of(struct rq_cmd *cmd)
{
	const char *spec = setting(cmd), *found;
	struct rq_file_stamp stamp;
	struct rq_paths paths;
	struct rq_error e;
	char *path;

	if (rq_policy_is_repo(spec) || rq_paths_init(&paths, &e))
		return NULL;
	/* What --file names is meant from here; the setting, from the configuration's directory. */
	path = rq_policy_find(spec, !spec || !*spec || rq_cmd_on(cmd, "file") ? here(cmd) : NULL, &paths, &stamp);
	found = rq_arena_str(&cmd->arena, path);
	rq_free(path);
	rq_paths_release(&paths);
	return found;
}

static const char *dir_of(struct rq_cmd *cmd, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash > path ? rq_arena_strn(&cmd->arena, path, (size_t)(slash - path)) : "/";
}

/* Where a file would be that the work tree has no more. */
static bool usual_place(struct rq_cmd *cmd, const char **dir, const char **path)
{
	char *top = rq_git_top(here(cmd));

	if (!top)
		return false;
	*dir = rq_arena_str(&cmd->arena, top);
	*path = "policy/policy.yaml";
	rq_free(top);
	return true;
}

bool rq_policy_repo_of(struct rq_cmd *cmd, const char **dir, const char **path)
{
	const char *spec = setting(cmd), *file;
	struct rq_policy_repo r;
	char *top;

	if (rq_policy_is_repo(spec)) {
		rq_policy_repo_init(&r, spec, here(cmd));
		*dir = rq_arena_str(&cmd->arena, r.dir);
		*path = rq_arena_str(&cmd->arena, r.path);
		rq_policy_repo_release(&r);
		return true;
	}
	file = rq_policy_file_of(cmd);
	if (!file)
		return usual_place(cmd, dir, path);
	top = rq_git_top(dir_of(cmd, file));
	if (!top)
		return false;
	*dir = rq_arena_str(&cmd->arena, top);
	*path = rq_arena_str(&cmd->arena, file + (strcmp(top, "/") ? strlen(top) + 1 : 1));
	rq_free(top);
	return true;
}

/* As messages show it: from here, if it is below. */
static const char *shown(struct rq_cmd *cmd, const char *path)
{
	const char *cwd = here(cmd);
	size_t n = strlen(cwd);

	return !strncmp(path, cwd, n) && path[n] == '/' ? rq_arena_str(&cmd->arena, path + n + 1) : path;
}

/* ---- getting the text ---- */

struct fetch {
	struct rq_cmd *cmd;
	struct rq_source *out;
	rq_got_source *then;            /* or */
	rq_source_ready *ready;
	struct rq_git *git;
	uint64_t call;                  /* the question to the queue, 0 none */
	const char *spec;               /* NULL or "": the one in force */
	struct rq_error first;          /* what git answered */
};

static void end(struct fetch *f, int code, const struct rq_error *e)
{
	f->cmd->abort = NULL;
	f->cmd->request = NULL;
	if (f->then) {
		f->then(f->cmd, code, e);
	} else if (code) {
		rq_source_missing(f->cmd, e);
	} else if (rq_source_load(f->out)) {
		rq_source_problems(f->cmd, f->out);
		rq_cmd_done(f->cmd, RQ_EXIT_USAGE);
	} else {
		f->ready(f->cmd);
	}
}

static void give_up(struct rq_cmd *cmd)
{
	struct fetch *f = cmd->request;
	struct rq_error e;

	if (f->call) {
		rq_abort(cmd->rq, f->call);
		return;
	}
	rq_git_free(f->git);
	end(f, rq_fail(&e, RQ_ECANCELLED, "Given up."), &e);
}

static void take(struct rq_source *out, const char *text, size_t n)
{
	out->text = rq_strndup(text, n);
	out->n = n;
	rq_git_blob_id(text, n, out->oid);
}

static void on_kept(struct rq_call *call, void *ud)
{
	struct fetch *f = ud;

	f->call = 0;
	if (call->code || !call->u.policy.found_text) {
		end(f, f->first.code, &f->first);
		return;
	}
	take(f->out, call->u.policy.found_text, strlen(call->u.policy.found_text));
	end(f, RQ_OK, NULL);
}

/* A decision's policy may be in no commit: then the queue has kept it. */
static void ask_queue(struct fetch *f)
{
	struct rq_call *call = rq_call_new(RQ_VERB_POLICY, on_kept, f);

	call->u.policy.oid = rq_call_str(call, f->spec);
	f->call = rq_start(f->cmd->rq, call);
}

static bool is_oid(const char *s)
{
	return strlen(s) == RQ_OID_LEN - 1 && strspn(s, "0123456789abcdef") == RQ_OID_LEN - 1;
}

static void on_blob(void *ud, const struct rq_git_answer *a)
{
	struct fetch *f = ud;

	f->first = a->err;
	f->first.code = a->code;
	if (a->code == RQ_OK)
		take(f->out, a->text, a->text_n);
	rq_git_free(f->git);
	f->git = NULL;
	if (f->first.code && is_oid(f->spec))
		ask_queue(f);
	else
		end(f, f->first.code, &f->first);
}

static void from_git(struct fetch *f, const char *dir, const char *path, const char *rev)
{
	f->out->name = rq_arena_fmt(&f->cmd->arena, "%s:%s", rev, path);
	f->git = rq_git_blob(f->cmd->loop, dir, path, rev, on_blob, f);
}

static void from_repo(struct fetch *f, const char *spec)
{
	struct rq_arena *a = &f->cmd->arena;
	struct rq_policy_repo r;

	rq_policy_repo_init(&r, spec, here(f->cmd));
	from_git(f, rq_arena_str(a, r.dir), rq_arena_str(a, r.path), rq_arena_str(a, r.rev));
	rq_policy_repo_release(&r);
}

static void from_file(struct fetch *f, const char *path)
{
	struct rq_source *out = f->out;
	struct rq_error e = { 0 };

	out->path = *path == '/' ? rq_arena_str(&f->cmd->arena, path)
				 : rq_arena_fmt(&f->cmd->arena, "%s/%s", here(f->cmd), path);
	out->name = shown(f->cmd, out->path);
	if (rq_file_read(path, TEXT_MAX, &out->text, &out->n, &e) == RQ_OK)
		rq_git_blob_id(out->text, out->n, out->oid);
	end(f, e.code, &e);
}

static void from_revision(struct fetch *f, const char *rev)
{
	const char *dir, *path;

	if (rq_policy_repo_of(f->cmd, &dir, &path)) {
		from_git(f, dir, path, rev);
		return;
	}
	rq_fail(&f->first, RQ_ENOTFOUND, "'%.80s' is no file, and the policy is in no git work tree.", rev);
	if (!is_oid(rev)) {
		end(f, f->first.code, &f->first);
		return;
	}
	f->out->name = rev;
	ask_queue(f);
}

static void in_force(struct fetch *f)
{
	const char *spec = setting(f->cmd), *path;
	struct rq_error e;

	if (rq_policy_is_repo(spec)) {
		from_repo(f, spec);
		return;
	}
	path = rq_policy_file_of(f->cmd);
	if (path) {
		from_file(f, path);
		return;
	}
	rq_fail(&e, RQ_ENOTFOUND,
		"There is no policy file: policy/policy.yaml or policy.yaml of the git work tree, or policy.yaml "
		"in the configuration's directory; name one: relayq %s %sFILE.", f->cmd->command->name,
		f->cmd->command->args ? "" : "--policy ");
	end(f, e.code, &e);
}

static bool looks_like_file(const char *spec)
{
	const char *dot = strrchr(spec, '.');

	return strchr(spec, '/') || rq_eq(dot, ".yaml") || rq_eq(dot, ".yml");
}

static void fetch(const struct fetch *what, bool rev_first)
{
	struct fetch *f = rq_arena_alloc(&what->cmd->arena, sizeof *f);

	*f = *what;
	if (!f->spec)
		f->spec = "";
	f->cmd->request = f;
	f->cmd->abort = give_up;
	if (!*f->spec)
		in_force(f);
	else if (rq_policy_is_repo(f->spec))
		from_repo(f, f->spec);
	else if (!rev_first || (looks_like_file(f->spec) && access(f->spec, F_OK) == 0))
		from_file(f, f->spec);
	else
		from_revision(f, f->spec);
}

void rq_source_get(struct rq_cmd *cmd, const char *spec, bool rev_first, struct rq_source *out, rq_got_source *then)
{
	fetch(&(struct fetch){ .cmd = cmd, .spec = spec, .out = out, .then = then }, rev_first);
}

void rq_source_open(struct rq_cmd *cmd, const char *spec, bool rev_first, struct rq_source *out, rq_source_ready *ready)
{
	fetch(&(struct fetch){ .cmd = cmd, .spec = spec, .out = out, .ready = ready }, rev_first);
}

/* ---- using it ---- */

void rq_source_missing(struct rq_cmd *cmd, const struct rq_error *e)
{
	bool usage = e->code == RQ_EUSAGE || e->code == RQ_ENOTFOUND || e->code == RQ_ELIMIT;

	rq_cmd_error(cmd, e);
	rq_cmd_done(cmd, usage ? RQ_EXIT_USAGE : RQ_EXIT_FAILED);
}

void rq_cmd_print(struct rq_cmd *cmd, struct rq_str *out)
{
	rq_cmd_text(cmd, out);
	rq_str_release(out);
}

int rq_source_load(struct rq_source *s)
{
	return rq_policy_load(s->name, s->text, s->n, &s->policy, &s->problems, NULL);
}

void rq_source_problems(struct rq_cmd *cmd, struct rq_source *s)
{
	struct rq_str text;

	rq_problems_sort(&s->problems);
	rq_str_init(&text, 0);
	rq_problems_render(&s->problems, s->name, s->text, s->n, &text);
	cmd->out->notes(cmd->out->ud, rq_str_get(&text), text.len);
	rq_str_release(&text);
}

int rq_revisions(struct rq_cmd *cmd, const char *range, const char **a, const char **b, struct rq_error *e)
{
	const char *dots = strstr(range, "..");

	if (!dots || dots[2] == '.')
		return rq_fail(e, RQ_EUSAGE, "\"%.80s\" is no pair of revisions; write A..B, such as HEAD~1..HEAD", range);
	*a = dots == range ? "HEAD" : rq_arena_strn(&cmd->arena, range, (size_t)(dots - range));
	*b = dots + 2;
	return RQ_OK;
}

int64_t rq_since(struct rq_cmd *cmd, const char *def)
{
	int64_t ms = 0;

	rq_parse_duration(def, &ms);
	return rq_now() - rq_cmd_int(cmd, "since", ms);
}
