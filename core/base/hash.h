/* hash.h - SHA-1 (for git's ids alone) and SHA-256 (libmd behind it); FNV-1a for tables in memory. */
#ifndef RQ_BASE_HASH_H
#define RQ_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_SHA256_LEN = 65, RQ_OID_LEN = 41 };   /* as hex, with the NUL */

/* Over the parts one behind the other; NULL parts count as empty. Returns HEX. */
const char *rq_sha256(const char *const *parts, const size_t *sizes, size_t n, char hex[RQ_SHA256_LEN]);
const char *rq_sha256_text(const char *text, size_t n, char hex[RQ_SHA256_LEN]);
/* Of a whole file, from its start; where FD stands is left alone. false: it cannot be read. */
bool rq_sha256_file(int fd, char hex[RQ_SHA256_LEN]);
/* The id that git gives to a blob of this text in a repository with SHA-1. */
const char *rq_git_blob_id(const char *text, size_t n, char hex[RQ_OID_LEN]);

/* FNV-1a; never 0. Not for what others choose to collide. */
uint64_t rq_hash64(const char *text);

#endif
