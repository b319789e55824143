/* labels.h - sets of labels: lower case, sorted, without duplicates. */
#ifndef RQ_MODEL_LABELS_H
#define RQ_MODEL_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/str.h"

#define RQ_LABELS_MAX 32

struct rq_labels {
	size_t n;
	const char **v;   /* in the arena it was parsed into */
};

/* "GPU, audio" -> {audio, gpu}. Refuses (RQ_EUSAGE) bad characters, empty items, more than RQ_LABELS_MAX.
 * "" is the empty set. */
int rq_labels_parse(struct rq_arena *a, const char *text, struct rq_labels *out, struct rq_error *e);
/* "audio,gpu" */
void rq_labels_text(const struct rq_labels *l, struct rq_str *out);
bool rq_labels_has(const struct rq_labels *l, const char *label);
/* All of WANT are in HAVE; *missing (may be NULL) is the first that is not. */
bool rq_labels_subset(const struct rq_labels *want, const struct rq_labels *have, const char **missing);

#endif
