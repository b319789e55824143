/* rand.c - randomness from the system. */
#include "core/base/rand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef HAVE_SYS_RANDOM_H
#include <sys/random.h>
#endif
#include "core/base/clock.h"
#include "core/base/err.h"

static void (*replaced_fill)(void *buf, size_t n);

#if !defined(HAVE_ARC4RANDOM_BUF)
static void from_device(unsigned char *p, size_t n)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		RQ_BUG("there is no /dev/urandom");
	while (n) {
		ssize_t k = read(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			RQ_BUG("/dev/urandom cannot be read");
		p += k;
		n -= (size_t)k;
	}
	close(fd);
}
#endif

void rq_random(void *buf, size_t n)
{
	if (replaced_fill) {
		replaced_fill(buf, n);
		return;
	}
#if defined(HAVE_ARC4RANDOM_BUF)
	arc4random_buf(buf, n);
#else
#if defined(HAVE_GETRANDOM)
	/* Up to 256 bytes come whole, once the pool is ready. */
	if (n <= 256 && getrandom(buf, n, 0) == (ssize_t)n)
		return;
#endif
	from_device(buf, n);
#endif
}

void rq_random_replace(void (*fill)(void *buf, size_t n))
{
	replaced_fill = fill;
}

uint64_t rq_random_below(uint64_t n)
{
	uint64_t v, limit;

	RQ_ASSERT(n > 0);
	/* Values above the last whole multiple of n would favour the small results. */
	limit = UINT64_MAX - UINT64_MAX % n;
	do
		rq_random(&v, sizeof v);
	while (v >= limit);
	return v % n;
}

void rq_token(char out[RQ_TOKEN_LEN])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char b[16];
	int i;

	rq_random(b, sizeof b);
	for (i = 0; i < 16; i++) {
		out[2 * i] = hex[b[i] >> 4];
		out[2 * i + 1] = hex[b[i] & 15];
	}
	out[32] = '\0';
}

/* 48 bits of time, 80 bits of chance, in Crockford's base 32 (github.com/ulid/spec). */
void rq_ulid(char out[RQ_ULID_LEN])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t t = (uint64_t)rq_now();
	unsigned char b[16];
	int i;

	rq_random(b, sizeof b);
	for (i = 9; i >= 0; i--, t >>= 5)
		out[i] = digits[t & 31];
	for (i = 10; i < 26; i++)
		out[i] = digits[b[i - 10] & 31];
	out[26] = '\0';
}
