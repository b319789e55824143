/* id.c - a job's id. */
#include "core/model/id.h"

#include <string.h>

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

bool rq_id_parse(const char *text, char queue[RQ_ID_MAX], char id[RQ_ID_MAX])
{
	const char *colon = strchr(text, ':');

	queue[0] = '\0';
	if (!colon)
		return copy_part(text, strlen(text), id);
	return copy_part(text, (size_t)(colon - text), queue) && copy_part(colon + 1, strlen(colon + 1), id);
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
