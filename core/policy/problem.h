/* problem.h - what is wrong with a policy, all of it, as editors and people read it. */
#ifndef RQ_POLICY_PROBLEM_H
#define RQ_POLICY_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum { RQ_PROBLEMS_MAX = 50 };

struct rq_problem {
	int line, col, len;         /* 1-based; col and len in characters; len 0: no more than a place */
	bool warning;
	const char *code;           /* "P012", "L003": core/policy/problems.def */
	const char *text;           /* without a full stop: "unknown key 'max_size' in ... (did you mean 'max_size_mb'?)" */
};

/* Zero-initialise. In the order found; sorted by place with rq_problems_sort. */
struct rq_problems {
	struct rq_arena arena;
	size_t n, errors, warnings; /* n <= RQ_PROBLEMS_MAX; the counts go on */
	struct rq_problem v[RQ_PROBLEMS_MAX];
};

void rq_problem_add(struct rq_problems *p, int line, int col, int len, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void rq_problems_sort(struct rq_problems *p);
void rq_problems_release(struct rq_problems *p);
/* The way GCC writes it, with the source line and a mark below: NAME:14:7: error[P012]: ... TEXT is the file's, hostile. */
void rq_problems_render(const struct rq_problems *p, const char *name, const char *text, size_t n, struct rq_str *out);
/* An array: file line column severity code message. */
struct rq_json *rq_problems_json(const struct rq_problems *p, const char *name);

/* What each code means: one line, for the manual page. Ends with a NULL code. */
struct rq_problem_kind {
	const char *code, *text;
};
extern const struct rq_problem_kind rq_problem_kinds[];

#endif
