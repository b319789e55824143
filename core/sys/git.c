/* git.c - asking relayq-git: start it, read its answer with a limit and a deadline, check it. */
#include "core/sys/git.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/sys/paths.h"

/* A log of 1,000 entries is smaller than a blob with what surrounds it. */
enum { DEADLINE_MS = 10000, ANSWER_MAX = (1 << 20) + (1 << 16), LOG_MAX = 1000, LIST_MAX = 1000, REMOTES_MAX = 100,
       HEX_MAX = 64 };

enum question { ONE_FILE, LOG, LIST, REMOTES };

struct rq_git {
	struct rq_loop *loop;
	rq_git_fn *fn;
	void *ud;
	struct rq_child *child;
	bool ended;                     /* reaped: its number may be another's now */
	int fd;
	struct rq_watch *watch;
	struct rq_timer *timer;
	struct rq_str text;
	struct rq_arena arena;
	struct rq_git_answer answer;
	enum question question;
	struct rq_git_commit *commits;  /* of the answer, as the next two */
	const char **names;
	struct rq_git_remote *remotes;
	bool *freed;                    /* of the callback that is under way */
};

/* --- the answer -------------------------------------------------------------------------- */

struct record {
	const char *name, *data;
	size_t name_n, n;
};

/* "NAME SIZE\n", SIZE bytes, "\n". Moves *P behind it; false where it makes no sense. */
static bool next_record(const char **p, const char *end, struct record *r)
{
	const char *s = *p, *blank, *newline = memchr(s, '\n', (size_t)(end - s));
	char size[16];
	int64_t n;

	if (!newline || !(blank = memchr(s, ' ', (size_t)(newline - s))))
		return false;
	if (newline - blank > (ptrdiff_t)sizeof size - 1)
		return false;
	memcpy(size, blank + 1, (size_t)(newline - blank - 1));
	size[newline - blank - 1] = '\0';
	if (!rq_parse_i64(size, &n) || n < 0 || n >= end - newline - 1 || newline[1 + n] != '\n')
		return false;
	*r = (struct record){ s, newline + 1, (size_t)(blank - s), (size_t)n };
	*p = newline + 1 + n + 1;
	return true;
}

static bool is(const struct record *r, const char *name)
{
	return strlen(name) == r->name_n && !memcmp(r->name, name, r->name_n);
}

/* NULL unless it is an id. */
static const char *hex(struct rq_git *g, const struct record *r)
{
	size_t i;

	if (r->n < 40 || r->n > HEX_MAX)
		return NULL;
	for (i = 0; i < r->n; i++)
		if (!strchr("0123456789abcdef", r->data[i]) || !r->data[i])
			return NULL;
	return rq_arena_strn(&g->arena, r->data, r->n);
}

/* What somebody wrote into a repository, on one line. */
static const char *line(struct rq_git *g, const struct record *r)
{
	struct rq_str s;
	const char *copy;

	rq_str_init(&s, 4096);
	rq_text_clean(&s, r->data, r->n, false);
	copy = rq_arena_str(&g->arena, rq_str_get(&s));
	rq_str_release(&s);
	return copy;
}

static int take_error(struct rq_git *g, const struct record *r)
{
	static const struct { const char *name; int code; } codes[] = {
		{ "not-found ", RQ_ENOTFOUND }, { "limit ", RQ_ELIMIT }, { "usage ", RQ_EUSAGE }, { "failed ", RQ_EFAILED },
		{ "perm ", RQ_EPERM },
	};
	const char *s = line(g, r);
	size_t i;

	for (i = 0; i < sizeof codes / sizeof *codes; i++)
		if (rq_starts(s, codes[i].name))
			return rq_fail(&g->answer.err, codes[i].code, "%s", s + strlen(codes[i].name));
	return rq_fail(&g->answer.err, RQ_EFAILED, "relayq-git failed: %s", s);
}

/* One of the words of an entry of the log; false: it makes no sense. */
static bool take_log(struct rq_git *g, const struct record *r)
{
	struct rq_git_answer *a = &g->answer;
	struct rq_git_commit *c = a->n ? &g->commits[a->n - 1] : NULL;
	int64_t at;

	if (is(r, "commit")) {
		if (a->n == LOG_MAX)
			return false;
		c = &g->commits[a->n++];
		*c = (struct rq_git_commit){ .oid = "", .author = "", .subject = "" };
		return (c->commit = hex(g, r)) != NULL;
	}
	if (is(r, "oid"))
		return c && (c->oid = hex(g, r)) != NULL;
	if (is(r, "at") && c && rq_parse_i64(rq_arena_strn(&g->arena, r->data, r->n), &at)) {
		c->at = at > INT64_MAX / 1000 || at < 0 ? 0 : at * 1000;
		return true;
	}
	if (is(r, "author") && c)
		return (c->author = line(g, r)) != NULL;
	return is(r, "subject") && c && (c->subject = line(g, r)) != NULL;
}

static bool take_remote(struct rq_git *g, const struct record *r)
{
	struct rq_git_answer *a = &g->answer;
	struct rq_git_remote *m = a->n ? &g->remotes[a->n - 1] : NULL;

	if (is(r, "branch"))
		return (a->branch = line(g, r)) != NULL;
	if (is(r, "remote")) {
		if (a->n == REMOTES_MAX)
			return false;
		m = &g->remotes[a->n++];
		*m = (struct rq_git_remote){ line(g, r), "", "", "" };
		return true;
	}
	if (is(r, "url") && m)
		return (m->url = line(g, r)) != NULL;
	if (is(r, "push") && m)
		return (m->push_url = line(g, r)) != NULL;
	return is(r, "resolved") && m && (m->resolved = line(g, r)) != NULL;
}

/* About one file or one directory. */
static bool take_one(struct rq_git *g, const struct record *r)
{
	struct rq_git_answer *a = &g->answer;

	if (is(r, "commit"))
		return (a->commit = hex(g, r)) != NULL;
	if (is(r, "oid"))
		return (a->oid = hex(g, r)) != NULL;
	if (is(r, "dirty"))
		return (a->dirty = r->n == 1 && *r->data == '1') || (r->n == 1 && *r->data == '0');
	if (is(r, "text")) {
		a->text = rq_arena_strn(&g->arena, r->data, r->n);
		a->text_n = r->n;
		return true;
	}
	if (!is(r, "name") || !g->names || a->n == LIST_MAX)
		return false;
	g->names[a->n++] = line(g, r);
	return true;
}

static bool take(struct rq_git *g, const struct record *r)
{
	if (g->question == LOG)
		return take_log(g, r);
	return g->question == REMOTES ? take_remote(g, r) : take_one(g, r);
}

static int no_sense(struct rq_git *g)
{
	if (g->text.full)
		return rq_fail(&g->answer.err, RQ_ELIMIT, "relayq-git answered more than %d bytes.", ANSWER_MAX);
	if (!g->text.len)
		return rq_fail(&g->answer.err, RQ_EUNSUPPORTED,
			       "relayq-git ended without an answer: install relayq and libgit2 again.");
	return rq_fail(&g->answer.err, RQ_EFAILED, "relayq-git's answer makes no sense: is it of another version of relayq?");
}

static int understand(struct rq_git *g)
{
	static const char magic[] = "relayq-git 1\n";
	const char *p = rq_str_get(&g->text), *end = p + g->text.len;
	struct record r;

	if (!rq_starts(p, magic))
		return no_sense(g);
	for (p += strlen(magic); next_record(&p, end, &r); ) {
		if (is(&r, "end"))
			return RQ_OK;
		if (is(&r, "error"))
			return take_error(g, &r);
		if (!take(g, &r))
			break;
	}
	return no_sense(g);
}

/* --- the process ------------------------------------------------------------------------- */

/* Nothing of it goes on. */
static void end_child(struct rq_git *g)
{
	rq_watch_free(g->watch);
	g->watch = NULL;
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
	if (g->child && !g->ended)
		kill(rq_child_pid(g->child), SIGKILL);
	rq_child_free(g->child);
	g->child = NULL;
	rq_timer_free(g->timer);
	g->timer = NULL;
}

void rq_git_free(struct rq_git *g)
{
	if (!g)
		return;
	if (g->freed)
		*g->freed = true;
	end_child(g);
	rq_str_release(&g->text);
	rq_arena_release(&g->arena);
	rq_free(g);
}

/* The caller mostly frees G inside of it. */
static void answer(struct rq_git *g, int code)
{
	bool freed = false;

	end_child(g);
	g->answer.code = code;
	g->answer.commits = g->commits;
	g->answer.names = g->names;
	g->answer.remotes = g->remotes;
	if (code) {
		g->answer.oid = g->answer.commit = g->answer.text = g->answer.branch = "";
		g->answer.text_n = g->answer.n = 0;
	}
	g->freed = &freed;
	g->fn(g->ud, &g->answer);
	if (!freed)
		g->freed = NULL;
}

static void on_readable(void *ud, int events, int status)
{
	struct rq_git *g = ud;
	char piece[65536];
	ssize_t n = read(g->fd, piece, sizeof piece);

	(void)events;
	(void)status;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		rq_str_addn(&g->text, piece, (size_t)n);
	if (n <= 0 || g->text.full)
		answer(g, g->text.full ? no_sense(g) : understand(g));
}

static void on_end(void *ud, int64_t exit_code, int sig)
{
	struct rq_git *g = ud;

	/* What it wrote is still in the pipe: its end is told there. */
	(void)exit_code;
	(void)sig;
	g->ended = true;
}

static void on_deadline(void *ud)
{
	struct rq_git *g = ud;

	answer(g, rq_fail(&g->answer.err, RQ_EBUSY, "relayq-git did not answer within %d seconds.", DEADLINE_MS / 1000));
}

/* What could not be started is told like every answer. */
static void on_failed(void *ud)
{
	struct rq_git *g = ud;

	answer(g, g->answer.err.code);
}

static int make_pipe(int fds[2], struct rq_error *e)
{
	int i;

	if (pipe(fds) < 0)
		return rq_fail_errno(e, errno, "A pipe to relayq-git cannot be made");
	for (i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return RQ_OK;
}

static int spawn(struct rq_git *g, const char *const *words, struct rq_error *e)
{
	struct rq_child_spec spec = { .cwd = "/", .fds = { -1, -1, -1 }, .n_fds = 3 };
	char *argv[8] = { NULL }, *exe;
	int fds[2], i, r;

	if (rq_helper_find("relayq-git", "RELAYQ_GIT", &exe, e))
		return RQ_EUNSUPPORTED;
	argv[0] = exe;
	for (i = 0; words[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	r = make_pipe(fds, e);
	if (!r) {
		spec.argv = argv;
		spec.fds[1] = fds[1];
		r = rq_child_spawn(g->loop, &spec, on_end, g, &g->child, e);
		close(fds[1]);
		g->fd = fds[0];
	}
	rq_free(exe);
	return r ? r : rq_watch_new(g->loop, g->fd, RQ_READABLE, on_readable, g, &g->watch, e);
}

static struct rq_git *ask(struct rq_loop *l, rq_git_fn *fn, void *ud, enum question question,
			  const char *const *words)
{
	struct rq_git *g = rq_alloc(sizeof *g);
	int r;

	g->loop = l;
	g->fn = fn;
	g->ud = ud;
	g->fd = -1;
	g->question = question;
	g->answer.oid = g->answer.commit = g->answer.text = g->answer.branch = "";
	rq_str_init(&g->text, ANSWER_MAX);
	if (question == LIST)
		g->names = rq_arena_alloc(&g->arena, LIST_MAX * sizeof *g->names);
	if (question == REMOTES)
		g->remotes = rq_arena_alloc(&g->arena, REMOTES_MAX * sizeof *g->remotes);
	if (question == LOG)
		g->commits = rq_arena_alloc(&g->arena, LOG_MAX * sizeof *g->commits);
	r = spawn(g, words, &g->answer.err);
	g->timer = rq_timer_new(l, r ? on_failed : on_deadline, g);
	g->answer.err.code = r;
	rq_timer_start(g->timer, r ? 0 : DEADLINE_MS, 0);
	return g;
}

/* --- questions --------------------------------------------------------------------------- */

struct rq_git *rq_git_blob(struct rq_loop *l, const char *dir, const char *path, const char *rev, rq_git_fn *fn, void *ud)
{
	const char *const words[] = { "blob", dir, rev ? rev : "", path ? path : "", NULL };

	return ask(l, fn, ud, ONE_FILE, words);
}

struct rq_git *rq_git_status(struct rq_loop *l, const char *dir, const char *path, rq_git_fn *fn, void *ud)
{
	const char *const words[] = { "status", dir, path, NULL };

	return ask(l, fn, ud, ONE_FILE, words);
}

struct rq_git *rq_git_log(struct rq_loop *l, const char *dir, const char *path, const char *rev, size_t max,
			  rq_git_fn *fn, void *ud)
{
	char most[24];
	const char *const words[] = { "log", dir, rev ? rev : "", path, most, NULL };

	snprintf(most, sizeof most, "%zu", max && max < LOG_MAX ? max : LOG_MAX);
	return ask(l, fn, ud, LOG, words);
}

struct rq_git *rq_git_list(struct rq_loop *l, const char *dir, const char *path, const char *rev, rq_git_fn *fn, void *ud)
{
	const char *const words[] = { "list", dir, rev ? rev : "", path ? path : "", NULL };

	return ask(l, fn, ud, LIST, words);
}

struct rq_git *rq_git_remotes(struct rq_loop *l, const char *dir, rq_git_fn *fn, void *ud)
{
	const char *const words[] = { "remotes", dir, NULL };

	return ask(l, fn, ud, REMOTES, words);
}

char *rq_git_top(const char *dir)
{
	char *top = rq_strdup(dir), *git, *slash;
	struct stat st;
	bool found;

	for (;;) {
		git = rq_path_join(rq_eq(top, "/") ? "" : top, ".git");
		/* In a submodule and in a second work tree it is a file. */
		found = stat(git, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
		rq_free(git);
		slash = strrchr(top, '/');
		if (found)
			return top;
		if (!slash || rq_eq(top, "/"))
			break;
		slash[slash == top] = '\0';
	}
	rq_free(top);
	return NULL;
}
