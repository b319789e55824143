/* cells.c - the files in which agent and shims meet: made once, used for one job after the other. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

/* How old a cell of a dead agent must be before it is removed: longer than any lease is worth waiting for. */
enum { OLD_S = 600 };

static const char suffix[] = ".cell";

int rq_cells_open(struct rq_daemon *d, struct rq_error *e)
{
	char *dir = rq_path_join(d->paths->state, "run/cells");
	int code = rq_mkdirs(dir, e);

	d->cells_dir = rq_arena_str(&d->arena, dir);
	rq_free(dir);
	return code;
}

static struct rq_cell *cell_new(struct rq_daemon *d, const char *name)
{
	struct rq_cell *c = rq_alloc(sizeof *c);

	c->name = rq_strdup(name);
	c->path = rq_fmt("%s/%s%s", d->cells_dir, name, suffix);
	c->files = rq_fmt("%s/%s.files", d->cells_dir, name);
	c->fd = -1;
	return c;
}

static void cell_free(struct rq_cell *c)
{
	if (c->fd >= 0)
		close(c->fd);
	rq_free(c->name);
	rq_free(c->path);
	rq_free(c->files);
	rq_free(c);
}

static void add(struct rq_daemon *d, struct rq_cell *c)
{
	RQ_GROW(d->cells, d->n_cells, &d->cap_cells);
	d->cells[d->n_cells++] = c;
}

/* Nobody removed the file meanwhile, and no shim that we lost sight of still has it. */
static bool is_usable(const struct rq_cell *c)
{
	struct stat st;

	return !c->taken && !c->spent && fstat(c->fd, &st) == 0 && st.st_nlink > 0 && !rq_cell_held(c->path);
}

/* Whose it is, before it has a job: so that nobody takes it for a dead agent's. */
static int sign(struct rq_daemon *d, struct rq_cell *c)
{
	struct rq_cell_order o;

	memset(&o, 0, sizeof o);
	rq_copy(o.instance, sizeof o.instance, d->instance);
	rq_copy(o.agent_lock, sizeof o.agent_lock, d->lock_path);
	o.word = RQ_WORD_CLOSED;
	return rq_cell_write(c->fd, RQ_CELL_ORDER, &o, sizeof o, false);
}

struct rq_cell *rq_cells_take(struct rq_daemon *d, struct rq_error *e)
{
	struct rq_cell *c;
	char name[128];

	for (size_t i = 0; i < d->n_cells; i++) {
		if (is_usable(d->cells[i])) {
			d->cells[i]->taken = true;
			return d->cells[i];
		}
	}
	snprintf(name, sizeof name, "%.32s.%.12s.%zu", d->name, d->instance, d->n_cells);
	c = cell_new(d, name);
	c->fd = rq_cell_make(c->path);
	if (c->fd < 0 || sign(d, c) < 0 || (mkdir(c->files, 0700) < 0 && errno != EEXIST)) {
		rq_fail_errno(e, errno, "%s cannot be made", c->path);
		unlink(c->path);
		cell_free(c);
		return NULL;
	}
	c->taken = true;
	add(d, c);
	return c;
}

struct rq_cell *rq_cells_foreign(struct rq_daemon *d, const char *name)
{
	struct rq_cell *c;

	if (!name || !rq_name_ok(name))
		return NULL;
	c = cell_new(d, name);
	c->fd = rq_cell_open(c->path);
	if (c->fd >= 0)
		return c;
	cell_free(c);
	return NULL;
}

void rq_cells_give(struct rq_daemon *d, struct rq_cell *c)
{
	for (size_t i = 0; c && i < d->n_cells; i++) {
		if (d->cells[i] == c) {
			c->taken = false;
			return;
		}
	}
	if (c)
		cell_free(c);
}

size_t rq_cells_spent(const struct rq_daemon *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_cells; i++)
		n += d->cells[i]->spent;
	return n;
}

void rq_cells_synced(struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_cells; i++)
		d->cells[i]->spent = false;
}

static bool is_needed(const char *name, const struct rq_lease *leases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rq_eq(leases[i].cell, name))
			return true;
	return false;
}

static void remove_files(const char *dir)
{
	static const char *const names[] = { "env", "output", "summary" };
	DIR *dp = opendir(dir);
	struct dirent *e;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = rq_path_join(dir, names[i]);

		unlink(path);
		rq_free(path);
	}
	while (dp && (e = readdir(dp))) {
		char *path = rq_path_join(dir, e->d_name);

		if (rq_starts(e->d_name, "script-"))
			unlink(path);
		rq_free(path);
	}
	if (dp)
		closedir(dp);
	rmdir(dir);
}

/* A cell that no agent can still use: its last agent is dead, no shim holds it, its result is with the queue. */
static void clean_one(struct rq_daemon *d, const char *name)
{
	struct rq_cell *c = cell_new(d, name);
	struct rq_cell_order order;
	struct stat st;

	if (stat(c->path, &st) == 0 && st.st_mtime < (time_t)(rq_now() / 1000 - OLD_S) && !rq_cell_held(c->path)) {
		c->fd = rq_cell_open(c->path);
		/* Our lock is held by ourselves: a cell under it is of an agent of our name before us. */
		if (c->fd < 0 || !rq_cell_read(c->fd, RQ_CELL_ORDER, &order, sizeof order) ||
		    !rq_cell_held(order.agent_lock) || rq_eq(order.agent_lock, d->lock_path)) {
			unlink(c->path);
			remove_files(c->files);
		}
	}
	cell_free(c);
}

static bool is_ours(const struct rq_daemon *d, const char *name)
{
	for (size_t i = 0; i < d->n_cells; i++)
		if (rq_eq(d->cells[i]->name, name))
			return true;
	return false;
}

void rq_cells_clean(struct rq_daemon *d, const struct rq_lease *leases, size_t n)
{
	DIR *dir = opendir(d->cells_dir);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		size_t len = strlen(e->d_name), cut = sizeof suffix - 1;
		char *name;

		if (len <= cut || strcmp(e->d_name + len - cut, suffix))
			continue;
		name = rq_strndup(e->d_name, len - cut);
		if (!is_ours(d, name) && !is_needed(name, leases, n))
			clean_one(d, name);
		rq_free(name);
	}
	if (dir)
		closedir(dir);
}

/* Our own cells go with us, unless a shim still needs its one: the next agent finds it by the lease. */
void rq_cells_release(struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_cells; i++) {
		struct rq_cell *c = d->cells[i];

		if (!c->taken && !rq_cell_held(c->path)) {
			unlink(c->path);
			remove_files(c->files);
		}
		cell_free(c);
	}
	rq_free(d->cells);
	d->cells = NULL;
	d->n_cells = d->cap_cells = 0;
}
