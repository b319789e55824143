/* workflow_private.h - what the readers of a workflow file share. */
#ifndef RQ_MODEL_WORKFLOW_PRIVATE_H
#define RQ_MODEL_WORKFLOW_PRIVATE_H

#include "core/base/yaml.h"
#include "core/model/workflow.h"

struct wf_reader {
	struct rq_arena *a;
	struct rq_workflow *w;
	struct rq_wf_problems *p;       /* never NULL */
	const struct rq_yaml *root;
};

void wf_say(struct rq_arena *a, struct rq_wf_problems *p, int line, int col, bool warning, const char *fmt, ...)
	RQ_PRINTF(6, 7);
void wf_error(struct wf_reader *r, const struct rq_yaml *at, const char *fmt, ...) RQ_PRINTF(3, 4);
void wf_warn(struct wf_reader *r, const struct rq_yaml *at, const char *fmt, ...) RQ_PRINTF(3, 4);
void wf_sort(struct rq_wf_problems *p);
/* The one of "a|b|c" nearest to S, for "did you mean"; NULL none is near. */
const char *wf_nearest(struct rq_arena *a, const char *choices, const char *s);
/* Say what is wrong with the keys of MAP, of which WHAT ("a job") knows KNOWN ("a|b"). A key that is like none of them
 * may be newer than this program: a warning. */
void wf_check_keys(struct wf_reader *r, const struct rq_yaml *map, const char *what, const char *known);
/* The key's own node; NULL none. */
const struct rq_yaml *wf_key(const struct rq_yaml *map, const char *key);
/* The text of a scalar, into the arena; "" where it is none. */
const char *wf_text(struct wf_reader *r, const struct rq_yaml *y);
bool wf_is_expression(const char *s);

/* `on`: has_dispatch and inputs. */
void wf_read_on(struct wf_reader *r);
void wf_read_jobs(struct wf_reader *r);

#endif
