/* capture.h - what a short program prints, for programs that are asked something: without a shell, a terminal or a
 * repository around them, with a limit and a deadline. The output may be a secret: it is wiped. */
#ifndef RQ_SYS_CAPTURE_H
#define RQ_SYS_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_capture;

struct rq_capture_spec {                /* borrowed until rq_capture_new returns */
	const char *const *argv;        /* argv[0] is searched in PATH unless it has a slash */
	const char *const *env;         /* NULL-terminated "NAME=VALUE", added to ours; "NAME" takes one away. NULL: none */
	const char *input;              /* for its standard input, at most 512 bytes; NULL: /dev/null */
	size_t max;                     /* bytes of its standard output; its errors go to /dev/null */
	int64_t deadline_ms;            /* then it is killed, with what it has started */
};

struct rq_capture_answer {              /* borrowed, inside of the callback */
	int code;                       /* RQ_OK: it ended by itself, whatever its status; RQ_ENOTFOUND: there is no such
					   program; RQ_EBUSY: the deadline; RQ_ELIMIT: more than MAX bytes */
	struct rq_error err;            /* does not quote what it printed */
	int64_t status;                 /* its exit status; -1 a signal */
	const char *text;               /* NUL-terminated */
	size_t n;
};
typedef void rq_capture_fn(void *ud, const struct rq_capture_answer *a);

/* FN is called once, on the loop, never inside of this call. The program runs in / and in a session of its own: so it has
 * no terminal to ask on, and reads no settings of the directory we are in. */
struct rq_capture *rq_capture_new(struct rq_loop *l, const struct rq_capture_spec *spec, rq_capture_fn *fn, void *ud);
/* What still runs is killed. Also inside of FN. */
void rq_capture_free(struct rq_capture *c);

#endif
