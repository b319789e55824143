/* github_diag.c - following the pages that a runner writes below ROOT/_diag/pages.
 *
 * What can be told from the files: each step of a job is a record of its own, a file TIMELINE_RECORD_N.log; one more
 * record, whose id is the job's own, gets every line of every step, lives as long as the job, and rolls over to the
 * next N at 8 MiB. So that no line is doubled, only the job's record is read. A file's name does not tell it from a
 * step's; the worker does: "Job ID ..." in _diag/Worker_TIME-utc.log, one such file a job. A runner runs one job at a
 * time, and the worker that was started nearest to the start of the job, as the API tells it, is the job's.
 *
 * A page's writer buffers: lines come late, in pieces of 4 KiB, never not at all. A page is complete before the next is
 * made, and is deleted when it was uploaded, a second or more later; the descriptor that is held here goes on to its
 * end. Only a page that was made and deleted between two looks is lost: changes of the directory are told by the system,
 * and a timer looks where they are not.
 *
 * Whoever owns the runner may write what he likes there, so: plain files that belong to the owner of the pages'
 * directory, no links, no directory that anybody can write, nothing unbounded. Credentials are never opened. */
#include "core/queue/github_diag.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/paths.h"

enum {
	LOOK_MS = 500, SOON_MS = 10,    /* the timer's looks; how long changes are gathered */
	WORKERS_MS = 100,               /* at least, between looks for a worker; where one is followed: */
	OTHERS_MS = 8000,
	PIECE = 65536, PIECES = 16,     /* read at once, and in one turn */
	OVERLAP = 128,                  /* more than the line that names the job */
	WORKER_MAX = 16 << 20,          /* of a worker's log: what comes before that line */
	NAME_LEN = 128
};

struct worker {
	char name[NAME_LEN];
	int64_t at;                     /* 0: none */
	int64_t scanned;                /* bytes of its log without its job's id */
	char job[RQ_GUID_LEN + 1];      /* "" not known yet */
};

struct rq_diag {
	struct rq_loop *loop;
	char *runner, *pages_path;
	int64_t job_started_at;
	void (*changed)(void *ud);
	void *ud;
	int root;                       /* descriptors: the runner's directory, */
	int diag, pages;                /* _diag and _diag/pages, -1 while there are none */
	uid_t owner;                    /* of the pages */
	struct worker worker;
	int64_t looked_at;              /* for one, on the boot clock */
	int fd, page;                   /* the page that is read: -1, its number */
	char page_name[NAME_LEN];
	struct rq_livelog *log;
	struct rq_fswatch *watch;
	struct rq_timer *timer, *soon;
	enum rq_live_phase phase;
	struct rq_str state;
	bool told;                      /* nothing has changed since the caller was told */
	char buf[PIECE];
};

/* --- states ------------------------------------------------------------------------------ */

static void set_phase(struct rq_diag *d, enum rq_live_phase phase, const char *why)
{
	if (d->phase == phase && d->state.len)
		return;
	d->phase = phase;
	d->told = false;
	rq_str_clear(&d->state);
	if (phase == RQ_LIVE_WAITING)
		rq_str_addf(&d->state, "%s has begun no log of this job in its own files yet", d->runner);
	else if (phase == RQ_LIVE_FOLLOWING)
		rq_str_addf(&d->state, "live from %s's own files", d->runner);
	else if (phase == RQ_LIVE_ENDED)
		rq_str_addf(&d->state, "%s has uploaded this job's log", d->runner);
	else
		rq_str_add(&d->state, why);
}

/* The caller may close D in there. */
static void tell(struct rq_diag *d)
{
	if (d->told)
		return;
	d->told = true;
	if (d->changed)
		d->changed(d->ud);
}

/* --- directories and files --------------------------------------------------------------- */

static int open_dir(int at, const char *name, struct stat *st, struct rq_error *e)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));

	if (fd < 0) {
		rq_fail_errno(e, errno, "The runner's directory %s cannot be opened", name);
		return -1;
	}
	if (fstat(fd, st) == 0 && !(st->st_mode & S_IWOTH))
		return fd;
	rq_fail(e, RQ_EPERM, "Anybody may write the runner's directory %s: take that right away (chmod o-w).", name);
	close(fd);
	return -1;
}

static int open_file(const struct rq_diag *d, int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == d->owner)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static void on_event(void *ud);

/* _diag/pages is made by the first job of a runner. */
static bool have_pages(struct rq_diag *d, struct rq_error *e)
{
	struct stat st;

	if (d->diag < 0)
		d->diag = open_dir(d->root, "_diag", &st, e);
	if (d->diag >= 0 && d->pages < 0 && (d->pages = open_dir(d->diag, "pages", &st, e)) >= 0) {
		d->owner = st.st_uid;
		/* Where it cannot be watched the timer looks. */
		rq_fswatch_new(d->loop, d->pages_path, on_event, d, &d->watch, NULL);
	}
	return d->pages >= 0;
}

/* fdopendir takes a descriptor over; each look needs its own position. */
static DIR *list(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own >= 0 ? fdopendir(own) : NULL;

	if (!dir && own >= 0)
		close(own);
	return dir;
}

/* --- whose log it is --------------------------------------------------------------------- */

static void drop_page(struct rq_diag *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* Read on in the worker's log for the job's id. */
static void look_for_job(struct rq_diag *d, struct worker *w)
{
	struct stat st;
	int fd = open_file(d, d->diag, w->name, &st), pieces;

	for (pieces = PIECES; fd >= 0 && pieces && w->scanned < WORKER_MAX; pieces--) {
		ssize_t n = pread(fd, d->buf, PIECE, (off_t)w->scanned);

		if (n <= 0 || rq_worker_job_id(d->buf, (size_t)n, w->scanned == 0, w->job))
			break;
		if (n < PIECE)
			break;
		w->scanned += PIECE - OVERLAP;
	}
	if (fd >= 0)
		close(fd);
	if (w->scanned >= WORKER_MAX)
		set_phase(d, RQ_LIVE_FAILED,
			  "The runner's worker does not say which job it runs, so its files cannot be followed.");
}

static void find_worker(struct rq_diag *d, struct worker *best)
{
	DIR *dir = list(d->diag);
	struct dirent *ent;
	int64_t at;

	while (dir && (ent = readdir(dir))) {
		if (!rq_worker_name_parse(ent->d_name, &at) || !rq_worker_fits(at, d->job_started_at, best->at))
			continue;
		memset(best, 0, sizeof *best);
		best->at = at;
		rq_copy(best->name, sizeof best->name, ent->d_name);
	}
	if (dir)
		closedir(dir);
}

/* A worker that fits better takes the place of one that was there before the job's own was. */
static void look_for_worker(struct rq_diag *d)
{
	int64_t now = rq_boot_ms(), wait = d->phase == RQ_LIVE_FOLLOWING ? OTHERS_MS : WORKERS_MS;
	struct worker w = d->worker;

	if (!d->looked_at || now - d->looked_at >= wait) {
		d->looked_at = now;
		find_worker(d, &w);
	}
	if (w.at && !*w.job)
		look_for_job(d, &w);
	if (d->page && *w.job && !rq_eq(w.job, d->worker.job)) {
		rq_livelog_restart(d->log);
		drop_page(d);
		d->page = 0;
		set_phase(d, RQ_LIVE_WAITING, NULL);
	}
	/* One that has not said its job yet does not end what is followed. */
	if (!d->page || *w.job)
		d->worker = w;
}

/* --- pages ------------------------------------------------------------------------------- */

/* The next page of the job that is there, by number. */
static bool next_page(struct rq_diag *d, char name[NAME_LEN], int *n)
{
	struct rq_page_name p;
	struct dirent *ent;
	DIR *dir = list(d->pages);

	*n = 0;
	while (dir && (ent = readdir(dir))) {
		if (!rq_page_name_parse(ent->d_name, &p) || p.n <= d->page || !rq_eq(p.record, d->worker.job))
			continue;
		if (*n && p.n > *n)
			continue;
		*n = p.n;
		rq_copy(name, NAME_LEN, ent->d_name);
	}
	if (dir)
		closedir(dir);
	return *n > 0;
}

static bool page_is_gone(const struct rq_diag *d)
{
	struct stat st;

	return fstatat(d->pages, d->page_name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/* Everything up to the end of the page; false: there is more than one turn may take. */
static bool read_page(struct rq_diag *d)
{
	ssize_t n = 1;
	int pieces;

	for (pieces = PIECES; pieces && d->fd >= 0; pieces--) {
		n = read(d->fd, d->buf, PIECE);
		if (n <= 0)
			break;
		rq_livelog_data(d->log, d->buf, (size_t)n);
		d->told = false;
	}
	return n <= 0 || d->fd < 0;
}

static void refuse_page(struct rq_diag *d, const char *name)
{
	struct rq_error e = { 0 };

	rq_fail_errno(&e, errno, "The runner's page %s cannot be read", name);
	set_phase(d, RQ_LIVE_FAILED, e.msg);
}

/* One step: the rest of a page, then the next one. Whether a page is gone is asked before whether there is a next: the
 * next is made first. false: nothing more to do now. */
static bool step(struct rq_diag *d)
{
	bool gone = d->fd >= 0 && page_is_gone(d);
	char name[NAME_LEN];
	struct stat st;
	int n, fd;
	bool next = next_page(d, name, &n);

	if (!read_page(d)) {
		rq_timer_start(d->soon, 0, 0);
		return false;
	}
	if (!next) {
		if (gone)
			drop_page(d);
		if (gone)
			set_phase(d, RQ_LIVE_ENDED, NULL);
		return false;
	}
	if ((fd = open_file(d, d->pages, name, &st)) < 0) {
		if (errno != ENOENT)
			refuse_page(d, name);
		return false;
	}
	drop_page(d);
	d->fd = fd;
	d->page = n;
	rq_copy(d->page_name, sizeof d->page_name, name);
	rq_livelog_page(d->log, n);
	set_phase(d, RQ_LIVE_FOLLOWING, NULL);
	return true;
}

static void look(struct rq_diag *d)
{
	struct rq_error e = { 0 };

	if (!have_pages(d, &e)) {
		if (e.code == RQ_EPERM)
			set_phase(d, RQ_LIVE_FAILED, e.msg);
		return;
	}
	look_for_worker(d);
	if (*d->worker.job)
		while (step(d))
			;
	if (rq_livelog_check(d->log, &e))
		set_phase(d, RQ_LIVE_FAILED, e.msg);
}

static void on_timer(void *ud)
{
	struct rq_diag *d = ud;

	look(d);
	tell(d);
}

/* At once, and then not before a while: a busy job changes its page thousands of times a second. */
static void on_event(void *ud)
{
	struct rq_diag *d = ud;

	if (rq_timer_active(d->soon))
		return;
	rq_timer_start(d->soon, SOON_MS, 0);
	on_timer(d);
}

/* --- life -------------------------------------------------------------------------------- */

static int open_root(struct rq_diag *d, const char *root, struct rq_error *e)
{
	struct stat st;

	d->root = open_dir(AT_FDCWD, root, &st, e);
	if (d->root < 0)
		return e->code;
	if (fstatat(d->root, ".runner", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return rq_fail(e, RQ_ENOTFOUND, "%s is no runner's directory: it has no file .runner.", root);
	return RQ_OK;
}

int rq_diag_open(struct rq_loop *loop, const struct rq_live_options *o, struct rq_diag **out, struct rq_error *e)
{
	struct rq_diag *d = rq_alloc(sizeof *d);
	struct rq_error own = { 0 };
	char *diag = rq_path_join(o->root, "_diag");
	int r;

	d->loop = loop;
	d->runner = rq_strdup(o->runner);
	d->pages_path = rq_path_join(diag, "pages");
	rq_free(diag);
	d->job_started_at = o->job_started_at;
	d->changed = o->changed;
	d->ud = o->ud;
	d->root = d->diag = d->pages = d->fd = -1;
	rq_str_init(&d->state, sizeof own.msg + 64);
	d->timer = rq_timer_new(loop, on_timer, d);
	d->soon = rq_timer_new(loop, on_timer, d);
	if ((r = open_root(d, o->root, &own)) || (r = rq_livelog_open(o->path, o->max_bytes, &d->log, &own))) {
		rq_diag_close(d);
		return rq_fail(e, r, "%s", own.msg);
	}
	set_phase(d, RQ_LIVE_WAITING, NULL);
	d->told = true;
	rq_timer_start(d->timer, LOOK_MS, LOOK_MS);
	rq_timer_start(d->soon, 0, 0);
	*out = d;
	return RQ_OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void rq_diag_close(struct rq_diag *d)
{
	if (!d)
		return;
	rq_fswatch_free(d->watch);
	rq_timer_free(d->timer);
	rq_timer_free(d->soon);
	drop_page(d);
	close_fd(d->pages);
	close_fd(d->diag);
	close_fd(d->root);
	rq_livelog_free(d->log);
	rq_str_release(&d->state);
	rq_free(d->runner);
	rq_free(d->pages_path);
	rq_free(d);
}

enum rq_live_phase rq_diag_phase(const struct rq_diag *d)
{
	return d->phase;
}

const char *rq_diag_state(const struct rq_diag *d)
{
	return rq_str_get(&d->state);
}

int rq_diag_missed(const struct rq_diag *d)
{
	return rq_livelog_missed(d->log);
}
