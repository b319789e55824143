#include "core/agent/shim_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct page {
	char magic[8];
	uint32_t version, page;
	uint32_t size, sum;
	unsigned char body[RQ_CELL_PAGE - 24];
};
_Static_assert(sizeof(struct page) == RQ_CELL_PAGE, "a page is a page");
_Static_assert(sizeof(struct rq_cell_order) <= sizeof((struct page *)0)->body, "order fits");
_Static_assert(sizeof(struct rq_cell_run) <= sizeof((struct page *)0)->body, "run fits");
_Static_assert(sizeof(struct rq_cell_end) <= sizeof((struct page *)0)->body, "end fits");

static const char magic[8] = "rqcell\n";

/* CRC-32 (IEEE), four bits at a time: the pages are small and the table must be too. */
static uint32_t crc32_of(const unsigned char *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};
	uint32_t crc = 0xffffffff;

	while (n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static int write_all(int fd, const void *data, size_t n, off_t at)
{
	const char *p = data;

	while (n) {
		ssize_t done = pwrite(fd, p, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
		at += done;
	}
	return 0;
}

static int sync_data(int fd)
{
#if defined(F_FULLFSYNC)
	return fcntl(fd, F_FULLFSYNC) == 0 ? 0 : fsync(fd);
#elif defined(HAVE_FDATASYNC)
	return fdatasync(fd);
#else
	return fsync(fd);
#endif
}

int rq_cell_make(const char *path)
{
	static const char zeros[RQ_CELL_PAGE];
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int saved;

	if (fd < 0)
		return -1;
	for (int i = 0; i < RQ_CELL_PAGES; i++)
		if (write_all(fd, zeros, sizeof zeros, (off_t)i * RQ_CELL_PAGE) < 0)
			goto failed;
	return fd;
failed:
	saved = errno;
	unlink(path);
	close(fd);
	errno = saved;
	return -1;
}

int rq_cell_open(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC);
}

/* One try: a page that is being written at this moment has a wrong sum. */
static bool read_once(int fd, enum rq_cell_page page, struct page *p, void *rec, size_t n)
{
	if (pread(fd, p, sizeof *p, (off_t)page * RQ_CELL_PAGE) != (ssize_t)sizeof *p)
		return false;
	if (memcmp(p->magic, magic, sizeof magic) || p->version != RQ_CELL_VERSION || p->page != (uint32_t)page ||
	    p->size != n || crc32_of(p->body, n) != p->sum)
		return false;
	memcpy(rec, p->body, n);
	return true;
}

bool rq_cell_read(int fd, enum rq_cell_page page, void *rec, size_t n)
{
	struct page p;

	for (int i = 0; i < 5; i++)
		if (read_once(fd, page, &p, rec, n))
			return true;
	memset(rec, 0, n);
	return false;
}

int rq_cell_write(int fd, enum rq_cell_page page, const void *rec, size_t n, bool sync)
{
	struct page p;

	memset(&p, 0, sizeof p);
	memcpy(p.magic, magic, sizeof magic);
	p.version = RQ_CELL_VERSION;
	p.page = page;
	p.size = (uint32_t)n;
	memcpy(p.body, rec, n);
	p.sum = crc32_of(p.body, n);
	if (write_all(fd, &p, sizeof p, (off_t)page * RQ_CELL_PAGE) < 0)
		return -1;
	return sync ? sync_data(fd) : 0;
}

bool rq_cell_lock(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

bool rq_cell_held(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	/* Shared: two that look at the same moment must not see each other. */
	held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}
