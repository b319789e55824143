#include "core/base/hash.h"

#include <errno.h>
#include <sha1.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static const char *to_hex(const uint8_t *v, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		hex[2 * i] = digits[v[i] >> 4];
		hex[2 * i + 1] = digits[v[i] & 15];
	}
	hex[2 * n] = '\0';
	return hex;
}

const char *rq_sha256(const char *const *parts, const size_t *sizes, size_t n, char hex[RQ_SHA256_LEN])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	SHA2_CTX c;
	size_t i;

	SHA256Init(&c);
	for (i = 0; i < n; i++)
		if (parts[i])
			SHA256Update(&c, (const uint8_t *)parts[i], sizes[i]);
	SHA256Final(sum, &c);
	return to_hex(sum, sizeof sum, hex);
}

const char *rq_sha256_text(const char *text, size_t n, char hex[RQ_SHA256_LEN])
{
	return rq_sha256(&text, &n, 1, hex);
}

bool rq_sha256_file(int fd, char hex[RQ_SHA256_LEN])
{
	uint8_t sum[SHA256_DIGEST_LENGTH], part[32768];
	SHA2_CTX c;
	off_t at = 0;
	ssize_t n;

	SHA256Init(&c);
	while ((n = pread(fd, part, sizeof part, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		SHA256Update(&c, part, (size_t)n);
		at += n;
	}
	SHA256Final(sum, &c);
	to_hex(sum, sizeof sum, hex);
	return true;
}

const char *rq_git_blob_id(const char *text, size_t n, char hex[RQ_OID_LEN])
{
	uint8_t sum[SHA1_DIGEST_LENGTH];
	char header[32];
	SHA1_CTX c;
	int len = snprintf(header, sizeof header, "blob %zu", n);

	SHA1Init(&c);
	SHA1Update(&c, (const uint8_t *)header, (size_t)len + 1);
	SHA1Update(&c, (const uint8_t *)text, n);
	SHA1Final(sum, &c);
	return to_hex(sum, sizeof sum, hex);
}

uint64_t rq_hash64(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h ? h : 1;
}
