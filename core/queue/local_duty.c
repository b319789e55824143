/* local_duty.c - DUTY: which process decides again, and the fence that outlives it.
 *
 * The duty is a file lock: who is killed lets go of it in that moment. The file also says who holds it, under which
 * fence, and until when by the boot clock, so that a holder that hangs can be passed over; the fence in the database
 * then refuses what it still tries to store. Keeping the duty writes this file alone: were it the database, every
 * idle console would look at it again. Who takes over does so inside of a write transaction: one at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"
#include "core/sys/lock.h"

enum {
	NOTE_BYTES = 256,
	PROBED_MS = 20,                 /* others look at the lock, too */
	LEASE_TIMES = 6                 /* another's lease may be so many times as long as ours */
};

/* What the file says: "FENCE LEASE LOCKED HOLDER NAME". LOCKED 0: the one before hangs with the lock, and the lease alone
 * tells. */
struct note {
	int64_t fence, lease_boot_ms, locked;
	char holder[RQ_TOKEN_LEN], name[RQ_NAME_MAX + 16];
};

static void read_note(const char *path, struct note *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[NOTE_BYTES + 1], *word[5], *rest = text;
	ssize_t got = fd < 0 ? -1 : pread(fd, text, NOTE_BYTES, 0);

	if (fd >= 0)
		close(fd);
	memset(n, 0, sizeof *n);
	if (got <= 0)
		return;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (int i = 0; i < 5; i++) {
		word[i] = rest ? rest : text + got;
		rest = rest && i < 4 ? strchr(rest, ' ') : NULL;
		if (rest)
			*rest++ = '\0';
	}
	if (!rq_parse_i64(word[0], &n->fence) || !rq_parse_i64(word[1], &n->lease_boot_ms) ||
	    !rq_parse_i64(word[2], &n->locked))
		n->fence = n->lease_boot_ms = 0;
	rq_copy(n->holder, sizeof n->holder, word[3]);
	rq_copy(n->name, sizeof n->name, word[4]);
}

/* At once, and always as long: a reader sees the note before or this one. */
static int write_note(const char *path, const struct note *n, struct rq_error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[NOTE_BYTES];
	bool ok;

	memset(text, '\n', sizeof text);
	text[snprintf(text, sizeof text, "%lld %lld %d %s %s", (long long)n->fence, (long long)n->lease_boot_ms,
		      n->locked ? 1 : 0, n->holder, n->name)] = '\n';
	ok = fd >= 0 && pwrite(fd, text, sizeof text, 0) == (ssize_t)sizeof text;
	if (fd >= 0)
		close(fd);
	return ok ? RQ_OK : rq_fail_errno(e, errno, "%s cannot be written", path);
}

static void let_go(struct rq_local *l)
{
	if (l->duty_fd >= 0)
		close(l->duty_fd);
	l->duty_fd = -1;
}

void rq_local_duty_release(struct rq_local *l)
{
	let_go(l);
}

static int64_t fence(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT n FROM tally WHERE name='fence'");
	int64_t n = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;

	rq_stmt_done(s);
	return n;
}

bool rq_local_fence_ok(struct rq_local *l, int64_t n)
{
	return n > 0 && n == fence(l);
}

static int64_t next_fence(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO tally(name,n)VALUES('fence',1)ON CONFLICT(name)DO UPDATE SET n=n+1");

	rq_stmt_exec(s, NULL);
	return fence(l);
}

static bool is_named(const struct rq_call *c, const struct note *n)
{
	return n->fence > 0 && rq_eq(n->holder, c->u.duty.holder);
}

/* The note names us, under the fence that DECIDE goes by. It is another where taking the duty could not be committed, or
 * where the note was written late, by one that hung. */
static bool is_holder(struct rq_local *l, const struct rq_call *c, const struct note *n)
{
	bool ok;

	if (!is_named(c, n) || rq_db_begin_read(l->db, NULL))
		return false;
	ok = rq_local_fence_ok(l, n->fence);
	rq_db_end_read(l->db);
	return ok;
}

/* One that ends later than a lease may is of the time before the last boot. */
static bool is_leased(const struct rq_call *c, const struct note *n)
{
	int64_t left = n->lease_boot_ms - rq_boot_ms();

	return left > 0 && left <= LEASE_TIMES * c->u.duty.lease_ms;
}

/* The lock if it is free; also for one that took the duty over while the one before still held it. */
static void try_lock(struct rq_local *l, const char *path, int wait_ms)
{
	int fd;

	if (l->duty_fd < 0 && rq_lock_take(path, wait_ms, &fd, NULL) == RQ_OK)
		l->duty_fd = fd;
}

static int hold(struct rq_local *l, struct rq_call *c, const char *path, struct note *n)
{
	try_lock(l, path, 0);
	n->locked = l->duty_fd >= 0;
	n->lease_boot_ms = rq_boot_ms() + c->u.duty.lease_ms;
	if (write_note(path, n, &c->err))
		return c->err.code;
	c->u.duty.held = true;
	c->u.duty.fence = n->fence;
	return RQ_OK;
}

/* Nobody has it, or its holder hangs. Under the transaction it may turn out that another was faster. */
static int take(struct rq_local *l, struct rq_call *c, const char *path)
{
	struct note n;
	int code = rq_local_begin(l, c, false);

	if (code)
		return code;
	try_lock(l, path, PROBED_MS);
	read_note(path, &n);
	if (is_leased(c, &n) && (l->duty_fd < 0 || !n.locked)) {
		rq_db_rollback(l->db);
		let_go(l);
		c->u.duty.other = rq_arena_str(&c->arena, n.name);
		return RQ_OK;
	}
	n.fence = next_fence(l);
	rq_copy(n.holder, sizeof n.holder, c->u.duty.holder);
	rq_copy(n.name, sizeof n.name, c->u.duty.name);
	if (hold(l, c, path, &n)) {
		let_go(l);
		return rq_local_refuse(l, c);
	}
	code = rq_local_commit(l, c);
	if (code) {
		let_go(l);
		c->u.duty.held = false;
	}
	return code;
}

static int give_back(struct rq_local *l, struct rq_call *c, const char *path, struct note *n)
{
	int code = RQ_OK;

	if (is_named(c, n)) {
		n->lease_boot_ms = 0;
		n->holder[0] = n->name[0] = '\0';
		code = write_note(path, n, &c->err);
	}
	let_go(l);
	return code;
}

int rq_local_duty(struct rq_local *l, struct rq_call *c)
{
	char *path = rq_path_join(l->paths.state, "duty.lock");
	struct note n;
	int code = RQ_OK;

	c->u.duty.held = false;
	c->u.duty.other = "";
	read_note(path, &n);
	if (c->u.duty.release) {
		code = give_back(l, c, path, &n);
	} else if (is_holder(l, c, &n)) {
		code = hold(l, c, path, &n);
	} else {
		let_go(l); /* somebody took it over while we hung */
		if (is_leased(c, &n) && (!n.locked || rq_lock_held(path)))
			c->u.duty.other = rq_arena_str(&c->arena, n.name);
		else
			code = take(l, c, path);
	}
	rq_free(path);
	return code;
}
