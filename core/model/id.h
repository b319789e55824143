/* id.h - ids: a run's is QUEUE:RUN, that of one job of a run QUEUE:RUN/JOB. */
#ifndef RQ_MODEL_ID_H
#define RQ_MODEL_ID_H

#include <stdbool.h>
#include <stddef.h>

#define RQ_ID_MAX 128     /* bytes, with the NUL */
#define RQ_NAME_MAX 64    /* queue, runner, label, type, group names */

/* Split "media:9127", "media:9127/2841" (id "9127/2841" then) or "17" (queue "" then). false: empty, too long, or
 * characters outside [A-Za-z0-9._-] in a part. */
bool rq_id_parse(const char *text, char queue[RQ_ID_MAX], char id[RQ_ID_MAX]);
/* The same, with the parts of the id by themselves; job "" where the id is a whole run's. */
struct rq_id {
	char queue[RQ_ID_MAX], run[RQ_ID_MAX], job[RQ_ID_MAX];
};
bool rq_id_split(const char *text, struct rq_id *out);
/* "media:9127/2841" belongs to "media:9127"; an id belongs to itself. */
bool rq_id_within(const char *id, const char *run);
/* A name that may stand in file names, labels, command lines: [A-Za-z0-9][A-Za-z0-9._-]*, < RQ_NAME_MAX. */
bool rq_name_ok(const char *name);

#endif
