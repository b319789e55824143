/* id.c - ids of runs and jobs. */
#include "core/model/id.h"

#include <string.h>
#include "core/base/str.h"

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
	       c == '-';
}

static bool copy_part(const char *s, size_t n, char out[RQ_ID_MAX])
{
	size_t i;

	if (n == 0 || n >= RQ_ID_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!name_char(s[i]))
			return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

bool rq_id_split(const char *text, struct rq_id *out)
{
	const char *colon = strchr(text, ':'), *run = colon ? colon + 1 : text, *slash = strchr(run, '/');
	size_t n = slash ? (size_t)(slash - run) : strlen(run);

	out->queue[0] = out->job[0] = '\0';
	return (!colon || copy_part(text, (size_t)(colon - text), out->queue)) && copy_part(run, n, out->run) &&
	       (!slash || copy_part(slash + 1, strlen(slash + 1), out->job)) && strlen(run) < RQ_ID_MAX;
}

bool rq_id_parse(const char *text, char queue[RQ_ID_MAX], char id[RQ_ID_MAX])
{
	const char *colon = strchr(text, ':');
	struct rq_id parts;

	queue[0] = '\0';
	if (!rq_id_split(text, &parts))
		return false;
	memcpy(queue, parts.queue, sizeof parts.queue);
	rq_copy(id, RQ_ID_MAX, colon ? colon + 1 : text);
	return true;
}

bool rq_id_within(const char *id, const char *run)
{
	size_t n = strlen(run);

	return strncmp(id, run, n) == 0 && (id[n] == '\0' || id[n] == '/');
}

bool rq_name_ok(const char *name)
{
	size_t n = strlen(name), i;

	if (n == 0 || n >= RQ_NAME_MAX || name[0] == '.' || name[0] == '_' || name[0] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!name_char(name[i]))
			return false;
	return true;
}
