/* err.c - result codes, and the one sentence that tells what went wrong. */
#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rq_fail(struct rq_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	return code;
}

int rq_fail_in(struct rq_error *e, const char *fmt, ...)
{
	char old[sizeof e->msg];
	va_list ap;
	size_t n;

	if (!e)
		return RQ_EFAILED;
	memcpy(old, e->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof e->msg - n, ": %s", old);
	return e->code;
}

static int code_of_errno(int err)
{
	switch (err) {
	case ENOSPC:
#ifdef EDQUOT
	case EDQUOT:
#endif
		return RQ_EFULL;
	case EACCES:
	case EPERM:
		return RQ_EPERM;
	case ENOENT:
		return RQ_ENOTFOUND;
	default:
		return RQ_EFAILED;
	}
}

int rq_fail_errno(struct rq_error *e, int err, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (!e)
		return code_of_errno(err);
	e->code = code_of_errno(err);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	snprintf(e->msg + n, sizeof e->msg - n, ": %s", strerror(err));
	return e->code;
}

const char *rq_code_name(int code)
{
	static const char *const names[] = {
		[RQ_OK] = "ok",
		[RQ_EFAILED] = "failed",
		[RQ_EUSAGE] = "usage",
		[RQ_ENOTFOUND] = "not-found",
		[RQ_EREFUSED] = "refused",
		[RQ_EUNREACHABLE] = "unreachable",
		[RQ_ECONFLICT] = "conflict",
		[RQ_EBUSY] = "busy",
		[RQ_EFULL] = "disk-full",
		[RQ_EPERM] = "permission",
		[RQ_ECORRUPT] = "corrupt",
		[RQ_ELIMIT] = "limit",
		[RQ_EUNSUPPORTED] = "unsupported",
		[RQ_ECANCELLED] = "cancelled",
	};

	if (code < 0 || (size_t)code >= sizeof names / sizeof *names)
		return "unknown";
	return names[code];
}

void rq_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "relayq: bug at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
