/* policy_cache.c - what git said of the policy's file, for the next process: relayq-git takes longer to start than a
 * submission takes. One small file for each policy, in the cache's directory; lost or damaged, it is asked again. */
#include "core/agent/policy_find.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/str.h"

#define MAGIC "relayq policy-git 1\n"

enum { ENTRY_MAX = 512, NAME_LEN = 16 };

static void add_stamp(struct rq_str *s, const struct rq_file_stamp *f)
{
	rq_str_addf(s, "%d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 ".%" PRId64 " %" PRId64 ".%" PRId64 "\n", f->there,
		    f->dev, f->ino, f->size, f->mtime_s, f->mtime_ns, f->ctime_s, f->ctime_ns);
}

/* All that the answer depends on. */
static void key_of(const char *path, const struct rq_file_stamp *file, const struct rq_git_stamp *git, char key[RQ_SHA256_LEN])
{
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "%s\n", path);
	add_stamp(&s, file);
	for (i = 0; i < sizeof git->of / sizeof *git->of; i++)
		add_stamp(&s, &git->of[i]);
	rq_sha256_text(rq_str_get(&s), s.len, key);
	rq_str_release(&s);
}

/* Caller frees. */
static char *file_of(const struct rq_paths *paths, const char *path, const char *suffix)
{
	char sum[RQ_SHA256_LEN];

	return rq_fmt("%s/policy-git-%.*s%s", paths->cache, NAME_LEN, rq_sha256_text(path, strlen(path), sum), suffix);
}

bool rq_policy_cache_get(const struct rq_paths *paths, const char *path, const struct rq_file_stamp *file,
			 const struct rq_git_stamp *git, char commit[RQ_SHA256_LEN], bool *dirty)
{
	char *name = file_of(paths, path, ""), *text = NULL, key[RQ_SHA256_LEN];
	const char *p;
	bool found = false;
	size_t n;

	key_of(path, file, git, key);
	if (!rq_file_read(name, ENTRY_MAX, &text, &n, NULL) && rq_starts(text, MAGIC)) {
		p = text + strlen(MAGIC);
		found = rq_starts(p, key) && (p[strlen(key)] == '0' || p[strlen(key)] == '1');
		if (found) {
			p += strlen(key);
			*dirty = *p++ == '1';
			n = strspn(p, "0123456789abcdef");
			found = n < RQ_SHA256_LEN && p[n] == '\n';
			rq_copy(commit, n + 1 < RQ_SHA256_LEN ? n + 1 : RQ_SHA256_LEN, p);
		}
	}
	rq_free(text);
	rq_free(name);
	return found;
}

/* Not made to last: it need not survive a power cut, and nobody shall wait for the disk. */
static void write_quickly(const char *name, const char *temporary, const struct rq_str *s)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool whole;

	if (fd < 0)
		return;
	whole = write(fd, s->s, s->len) == (ssize_t)s->len;
	if (close(fd) || !whole || rename(temporary, name))
		unlink(temporary);
}

void rq_policy_cache_put(const struct rq_paths *paths, const char *path, const struct rq_file_stamp *file,
			 const struct rq_git_stamp *git, const char *commit, bool dirty)
{
	char suffix[32], key[RQ_SHA256_LEN], *name = file_of(paths, path, ""), *temporary;
	struct rq_str s;

	snprintf(suffix, sizeof suffix, ".%ld", (long)getpid());
	temporary = file_of(paths, path, suffix);
	key_of(path, file, git, key);
	rq_str_init(&s, 0);
	rq_str_addf(&s, MAGIC "%s%d%s\n", key, dirty, commit);
	if (!rq_mkdirs(paths->cache, NULL))
		write_quickly(name, temporary, &s);
	rq_str_release(&s);
	rq_free(temporary);
	rq_free(name);
}
