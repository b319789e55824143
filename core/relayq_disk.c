/* relayq_disk.c - how full the disk is that jobs and logs are kept on. It is looked at on a thread: a disk may be slow. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/context.h"

/* One look. It outlives the context when that is closed meanwhile. */
struct rq_disk_look {
	struct relayq *rq;              /* NULL: nobody waits for it */
	char *state, *logs;
	struct rq_disk seen;
};

static void measure_disk(const char *path, struct rq_disk *out)
{
	struct statvfs v;

	out->free_bytes = out->total_bytes = -1;
	if (statvfs(path, &v) < 0)
		return;
	out->free_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	out->total_bytes = (int64_t)v.f_blocks * (int64_t)v.f_frsize;
}

/* What the logs take of it; there may be many. */
static int64_t measure_logs(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	struct stat st;
	int64_t sum = 0;

	if (!d)
		return -1;
	while ((entry = readdir(d)))
		if (!fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
			sum += (int64_t)st.st_blocks * 512;
	closedir(d);
	return sum;
}

static void look(void *ud)
{
	struct rq_disk_look *l = ud;

	measure_disk(l->state, &l->seen);
	if (l->seen.log_bytes < 0)
		l->seen.log_bytes = measure_logs(l->logs);
}

static void looked(void *ud)
{
	struct rq_disk_look *l = ud;
	struct relayq *rq = l->rq;

	if (rq) {
		l->seen.looked_at = rq_now();
		rq->disk = l->seen;
		rq->disk_look = NULL;
		if (rq->disk_seen)
			rq->disk_seen(rq->disk_ud);
	}
	rq_free(l->state);
	rq_free(l->logs);
	rq_free(l);
}

void rq_look_disk(struct relayq *rq, bool logs, void (*done)(void *ud), void *ud)
{
	struct rq_disk_look *l;

	rq->disk_seen = done;
	rq->disk_ud = ud;
	if (!done || rq->disk_look)
		return;
	l = rq_alloc(sizeof *l);
	l->rq = rq;
	l->state = rq_strdup(rq->paths.state);
	l->logs = rq_strdup(rq->paths.logs);
	l->seen.log_bytes = logs || !rq->disk.looked_at ? -1 : rq->disk.log_bytes;
	rq->disk_look = l;
	rq_loop_work(rq->loop, look, looked, l);
}

const struct rq_disk *rq_disk(const struct relayq *rq)
{
	return &rq->disk;
}

void rq_disk_close(struct relayq *rq)
{
	if (rq->disk_look)
		rq->disk_look->rq = NULL;
}
