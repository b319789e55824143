/* err.h - result codes, and the one sentence that tells what went wrong. */
#ifndef RQ_BASE_ERR_H
#define RQ_BASE_ERR_H

#if defined(__GNUC__)
#define RQ_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RQ_NORETURN __attribute__((noreturn))
#else
#define RQ_PRINTF(fmt, args)
#define RQ_NORETURN
#endif

enum rq_code {
	RQ_OK = 0,
	RQ_EFAILED,      /* it was tried and did not work */
	RQ_EUSAGE,       /* the request itself makes no sense */
	RQ_ENOTFOUND,    /* no such job, runner, decision, file */
	RQ_EREFUSED,     /* the policy says no */
	RQ_EUNREACHABLE, /* the queue cannot be reached now; the request was kept */
	RQ_ECONFLICT,    /* somebody else was first: state or token differ */
	RQ_EBUSY,        /* held by somebody else for now; trying again is right */
	RQ_EFULL,        /* no space left on the disk */
	RQ_EPERM,        /* permissions */
	RQ_ECORRUPT,     /* stored data is damaged or of a newer version */
	RQ_ELIMIT,       /* larger than the limit that the message names */
	RQ_EUNSUPPORTED, /* this queue or system cannot do it */
	RQ_ECANCELLED    /* the caller took the request back */
};

/* One error: a code and a complete sentence that says what failed, on what, and what to do. */
struct rq_error {
	int code;
	char msg[512];
};

/* Fill E (may be NULL) and return CODE, so that callers write `return rq_fail(...)`. Truncates. */
int rq_fail(struct rq_error *e, int code, const char *fmt, ...) RQ_PRINTF(3, 4);

/* Put "CONTEXT: " before the message that E already has. Returns e->code. */
int rq_fail_in(struct rq_error *e, const char *fmt, ...) RQ_PRINTF(2, 3);

/* From errno: ENOSPC and EDQUOT give RQ_EFULL, EACCES and EPERM RQ_EPERM, ENOENT RQ_ENOTFOUND, else RQ_EFAILED.
 * The sentence is "FMT...: strerror". */
int rq_fail_errno(struct rq_error *e, int err, const char *fmt, ...) RQ_PRINTF(3, 4);

/* The stable name of a code ("not-found"), for logs and JSON. */
const char *rq_code_name(int code);

/* A broken invariant: says file and line on stderr and ends the process. */
#define RQ_BUG(...) rq_bug(__FILE__, __LINE__, __VA_ARGS__)
#define RQ_ASSERT(cond) ((cond) ? (void)0 : RQ_BUG("assertion failed: %s", #cond))
void rq_bug(const char *file, int line, const char *fmt, ...) RQ_PRINTF(3, 4) RQ_NORETURN;

#endif
