/* lock.c - file locks that live as long as their holder. */
#include "core/sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

int rq_lock_take(const char *path, int wait_ms, int *fd, struct rq_error *e)
{
	static const struct timespec pause = { 0, 2000000 };
	int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (f < 0)
		return rq_fail_errno(e, errno, "The lock %s cannot be opened", path);
	while (flock(f, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || wait_ms <= 0) {
			int err = errno;

			close(f);
			if (err == EWOULDBLOCK)
				return rq_fail(e, RQ_EBUSY, "%s is held by another process.", path);
			return rq_fail_errno(e, err, "The lock %s cannot be taken", path);
		}
		nanosleep(&pause, NULL);
		wait_ms -= 2;
	}
	*fd = f;
	return RQ_OK;
}

bool rq_lock_held(const char *path)
{
	int f = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool held;

	if (f < 0)
		return false;
	/* Shared: probers do not see each other as holders. */
	held = flock(f, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(f);
	return held;
}
