/* id.h - a job's id: QUEUE:ID. */
#ifndef RQ_MODEL_ID_H
#define RQ_MODEL_ID_H

#include <stdbool.h>
#include <stddef.h>

#define RQ_ID_MAX 128     /* bytes, with the NUL */
#define RQ_NAME_MAX 64    /* queue, runner, label, type, group names */

/* Split "media:9127" or "17" (queue "" then). false: empty, too long, or characters outside [A-Za-z0-9._-]. */
bool rq_id_parse(const char *text, char queue[RQ_ID_MAX], char id[RQ_ID_MAX]);
/* A name that may stand in file names, labels, command lines: [A-Za-z0-9][A-Za-z0-9._-]*, < RQ_NAME_MAX. */
bool rq_name_ok(const char *name);

#endif
