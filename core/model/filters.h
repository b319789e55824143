/* filters.h - filters saved by name: `filters:` in config.yaml, "NAME: EXPRESSION" below it, used as @NAME. */
#ifndef RQ_MODEL_FILTERS_H
#define RQ_MODEL_FILTERS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/config.h"
#include "core/model/filter.h"

/* What stands below `filters`, as config.yaml is read: names and expressions that make sense. FILE is for messages. */
int rq_filters_check(const char *file, const struct rq_yaml *section, struct rq_error *e);
size_t rq_filters_n(const struct rq_config *c);
/* The Ith of them in the file's order; borrowed from C. */
void rq_filters_at(const struct rq_config *c, size_t i, const char **name, const char **expr);
/* EXPR with each word @NAME replaced by what it stands for. */
int rq_filters_expand(const struct rq_config *c, const char *expr, struct rq_str *out, struct rq_error *e);
/* A filter of EXPR, in which each word @NAME stands for the one that was saved so. */
int rq_filters_new(const struct rq_config *c, const char *expr, struct rq_filter **out, struct rq_error *e);

#endif
