#ifndef RQ_BASE_EMBED_H
#define RQ_BASE_EMBED_H

#include <stddef.h>

/*
 * The shipped keymaps, themes and types of jobs, the manual pages for the console, and a script that is run elsewhere,
 * compiled in by build-aux/embed.sh: `name` is the path in the source tree ("keymaps/default.keys"), `bytes` the file's
 * contents followed by a NUL that `length` does not count.  The last row has a NULL name.
 */
struct rq_embedded {
	const char *name;
	const unsigned char *bytes;
	size_t length;
};

extern const struct rq_embedded rq_embedded_files[];

#endif
