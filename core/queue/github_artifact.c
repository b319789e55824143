/* github_artifact.c - the artifacts of a run: which there are, and one of them into a file.
 *
 * An artifact's name is its workflow's to choose: it becomes part of a path only after cleaning. What comes is written into
 * a file beside the target that nobody else can read, checked against the digest that the server told, and only then gets
 * its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/queue/github.h"

enum { FRESH_MS = 2000, ARTIFACTS_MAX = 1000, PAGES_MAX = 10, FILE_NAME_MAX = 120 };
#define BYTES_MAX (INT64_C(1) << 40)

struct fetching;
/* The check of what came, on a thread: it may be gigabytes. Outlives an operation that ends before. */
struct digest {
	struct fetching *x;             /* NULL: it has ended */
	int fd;                         /* our own */
	int code;
	char hex[RQ_SHA256_LEN];
};
struct fetching {
	struct gh_op op;
	int64_t run;
	size_t repo;
	struct rq_gh_artifact *v;
	size_t n, cap;
	int pages;
	void (*then)(struct fetching *x);
	const struct rq_gh_artifact *wanted;
	char *path, *part;              /* the target, and what is written beside it */
	int fd;
	struct digest *digest;          /* under way; NULL */
};

static struct fetching *of(struct gh_op *op)
{
	return (struct fetching *)op;
}

#define fail(x, code, ...) gh_op_end(&(x)->op, rq_fail(&(x)->op.call->err, code, __VA_ARGS__))

/* --- the list ----------------------------------------------------------------------------- */

static void on_page(struct gh_op *op, const struct rq_api_answer *a)
{
	struct fetching *x = of(op);
	struct rq_gh_page page = { 0 };
	struct rq_gh_artifact *v;
	size_t i;

	if (a->code) {
		gh_op_fail(op, a);
		return;
	}
	if (rq_gh_artifacts_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &op->call->err)) {
		gh_op_end(op, op->call->err.code);
		return;
	}
	for (i = 0; i < page.n && x->n < ARTIFACTS_MAX; i++) {
		RQ_GROW(x->v, x->n, &x->cap);
		x->v[x->n++] = v[i];
	}
	if (a->next && ++x->pages < PAGES_MAX)
		gh_op_get(op, rq_arena_str(&op->arena, a->next), FRESH_MS, 0, on_page);
	else
		x->then(x);
}

static void ask_list(struct gh_op *op, size_t repo)
{
	const char *form = op->g->forge == RQ_FORGE_GITHUB ? "/actions/runs/%lld/artifacts?per_page=100"
							   : "/actions/runs/%lld/artifacts?limit=50";

	of(op)->repo = repo;
	gh_op_get(op, gh_path(&op->arena, op->g, repo, form, (long long)of(op)->run), FRESH_MS, 0, on_page);
}

static void release(struct gh_op *op);

static void begin(struct rq_github *g, struct rq_call *c, const char *id, void (*then)(struct fetching *x))
{
	struct fetching *x;
	int64_t run, job;
	int code = gh_parse_id(g, id, &run, &job, &c->err);

	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	x = gh_op_new(g, c, sizeof *x);
	x->op.release = release;
	x->op.reads = true;
	x->run = run;
	x->then = then;
	x->fd = -1;
	gh_op_resolve(&x->op, run, ask_list, NULL);
}

static void answer_list(struct fetching *x)
{
	struct rq_call *c = x->op.call;
	size_t i;

	c->u.artifacts.v = rq_arena_alloc(&c->arena, (x->n + 1) * sizeof *c->u.artifacts.v);
	for (i = 0; i < x->n; i++) {
		const struct rq_gh_artifact *a = &x->v[i];

		c->u.artifacts.v[i] = (struct rq_artifact){
			.name = a->name, .digest = a->digest, .id = a->id, .bytes = a->size, .created_at = a->created_at,
			.expires_at = a->expires_at, .expired = a->expired,
		};
	}
	c->u.artifacts.n = x->n;
	rq_arena_adopt(&c->arena, &x->op.arena);
	gh_op_end(&x->op, RQ_OK);
}

void gh_artifacts(struct rq_github *g, struct rq_call *c)
{
	begin(g, c, c->u.artifacts.id, answer_list);
}

/* --- the file ----------------------------------------------------------------------------- */

/* Letters, digits and a few signs stay; no leading dot or dash, and never nothing. */
void gh_artifact_file(const char *name, struct rq_str *out)
{
	size_t from = out->len;

	for (; *name && out->len - from < FILE_NAME_MAX; name++) {
		unsigned char c = (unsigned char)*name;
		bool first = out->len == from;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		    (!first && (c == '.' || c == '-' || c == '+')))
			rq_str_addc(out, (char)c);
		else if (first || out->s[out->len - 1] != '_')
			rq_str_addc(out, '_');
	}
	rq_str_add(out, out->len == from ? "artifact.zip" : ".zip");
}

/* The directory, or the file itself, that the operator named; "" here. */
static char *target_path(const char *asked, const char *name)
{
	struct stat st;
	struct rq_str s;

	rq_str_init(&s, 8192);
	if (asked && *asked) {
		rq_str_add(&s, asked);
		if (stat(asked, &st) || !S_ISDIR(st.st_mode))
			return rq_str_detach(&s);
		if (s.s[s.len - 1] != '/')
			rq_str_addc(&s, '/');
	}
	gh_artifact_file(name, &s);
	return rq_str_detach(&s);
}

static int open_part(struct fetching *x, struct rq_error *e)
{
	struct stat st;
	char random[RQ_TOKEN_LEN];

	if (lstat(x->path, &st) == 0)
		return rq_fail(e, RQ_ECONFLICT, "%.300s is there already: name another place with --output.", x->path);
	rq_token(random);
	x->part = rq_fmt("%s.part-%.8s", x->path, random);
	x->fd = open(x->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (x->fd >= 0)
		return RQ_OK;
	rq_fail_errno(e, errno, "%.300s cannot be written", x->path);
	rq_free(x->part);
	x->part = NULL;
	return e->code;
}

/* What was not named properly goes. */
static void release(struct gh_op *op)
{
	struct fetching *x = of(op);

	if (x->digest)
		x->digest->x = NULL;
	if (x->fd >= 0)
		close(x->fd);
	if (x->part)
		unlink(x->part);
	rq_free(x->part);
	rq_free(x->path);
	rq_free(x->v);
}

static void finish(struct fetching *x)
{
	struct rq_call *c = x->op.call;
	struct stat st;

	if (fstat(x->fd, &st) || rename(x->part, x->path)) {
		gh_op_end(&x->op, rq_fail_errno(&c->err, errno, "%.300s cannot be written", x->path));
		return;
	}
	rq_free(x->part);
	x->part = NULL;
	c->u.download.bytes = st.st_size;
	c->u.download.path_used = rq_arena_str(&c->arena, x->path);
	gh_op_end(&x->op, RQ_OK);
}

/* --- the digest --------------------------------------------------------------------------- */

static void on_thread(void *ud)
{
	struct digest *d = ud;

	d->code = rq_sha256_file(d->fd, d->hex) ? RQ_OK : RQ_EFAILED;
}

static void after_thread(void *ud)
{
	struct digest *d = ud;
	struct fetching *x = d->x;
	int code = d->code;
	bool same = x && !code && rq_ieq(d->hex, x->wanted->digest + strlen("sha256:"));

	close(d->fd);
	rq_free(d);
	if (!x)
		return;
	x->digest = NULL;
	if (same)
		finish(x);
	else if (code)
		fail(x, RQ_EFAILED, "What was downloaded cannot be read again to check it.");
	else
		fail(x, RQ_ECORRUPT, "What came is not what the server's digest is of; it was thrown away: try again.");
}

static void check(struct fetching *x)
{
	struct digest *d;

	if (!rq_starts(x->wanted->digest, "sha256:")) {
		finish(x);
		return;
	}
	d = rq_alloc(sizeof *d);
	d->x = x;
	d->fd = fcntl(x->fd, F_DUPFD_CLOEXEC, 3);
	x->digest = d;
	rq_loop_work(x->op.g->loop, on_thread, after_thread, d);
}

/* --- the download ------------------------------------------------------------------------- */

static void tell_expired(struct fetching *x)
{
	fail(x, RQ_ENOTFOUND, "The artifact %.100s is no longer kept: it has expired.", x->wanted->name);
}

static void on_file(struct gh_op *op, const struct rq_api_answer *a)
{
	struct fetching *x = of(op);

	if (a->status == 410 || (a->code == RQ_ENOTFOUND && op->g->forge != RQ_FORGE_GITHUB))
		tell_expired(x);
	else if (a->code)
		gh_op_fail(op, a);
	else
		check(x);
}

static void on_progress(void *ud, int64_t got, int64_t total)
{
	struct fetching *x = of(ud);
	const struct rq_call *c = x->op.call;

	if (c->u.download.progress)
		c->u.download.progress(c->u.download.progress_ud, got, total > 0 ? total : x->wanted->size);
}

/* Names are not unique over the attempts of a run: the newest. Its number names it too. */
static const struct rq_gh_artifact *find(const struct fetching *x, const char *name)
{
	const struct rq_gh_artifact *best = NULL;
	int64_t id = 0;
	size_t i;

	rq_parse_i64(name, &id);
	for (i = 0; i < x->n; i++) {
		const struct rq_gh_artifact *a = &x->v[i];

		if (id && a->id == id)
			return a;
		if (rq_eq(a->name, name) && (!best || a->created_at > best->created_at))
			best = a;
	}
	return best;
}

static void download(struct fetching *x)
{
	struct rq_call *c = x->op.call;

	x->wanted = find(x, c->u.download.artifact);
	if (!x->wanted) {
		fail(x, RQ_ENOTFOUND, "Run %lld has no artifact '%.100s': relayq artifacts lists what it has.", (long long)x->run,
		     c->u.download.artifact);
		return;
	}
	if (x->wanted->expired) {
		tell_expired(x);
		return;
	}
	x->path = target_path(c->u.download.path, x->wanted->name);
	if (open_part(x, &c->err)) {
		gh_op_end(&x->op, c->err.code);
		return;
	}
	gh_op_download(&x->op, gh_path(&x->op.arena, x->op.g, x->repo, "/actions/artifacts/%lld/zip", (long long)x->wanted->id),
		       x->fd, BYTES_MAX, on_progress, on_file);
}

void gh_download(struct rq_github *g, struct rq_call *c)
{
	if (c->u.download.artifact && *c->u.download.artifact) {
		begin(g, c, c->u.download.id, download);
		return;
	}
	rq_fail(&c->err, RQ_EUSAGE, "Name the artifact to download; a job's log is shown by relayq logs.");
	rq_queue_answer(&g->q, c, RQ_EUSAGE);
}
