#include "core/agent/shim_env.h"

#include <string.h>

/* The job's own identity is not for it to change. */
static bool is_ours(const char *pair)
{
	return !strncmp(pair, "RELAYQ_", 7) || !strncmp(pair, "GITHUB_", 7);
}

static void set(struct rq_shim_spec *s, const char *name, size_t n_name, const char *value, size_t n_value)
{
	char *pair = rq_shim_alloc(n_name + n_value + 2);

	memcpy(pair, name, n_name);
	pair[n_name] = '=';
	memcpy(pair + n_name + 1, value, n_value);
	if (!is_ours(pair))
		rq_shim_env_set(s, pair);
}

/* Cut the next line off TEXT; NULL at the end. */
static char *line_of(char **text, char *end)
{
	char *line = *text, *nl;

	if (line >= end)
		return NULL;
	nl = memchr(line, '\n', (size_t)(end - line));
	*text = nl ? nl + 1 : end;
	if (!nl)
		nl = end;
	*nl = '\0';
	if (nl > line && nl[-1] == '\r')
		nl[-1] = '\0';
	return line;
}

/* The lines up to WORD: joined where they lie. NULL without WORD. */
static const char *here_document(char **text, char *end, const char *word, size_t *n)
{
	char *value = rq_shim_alloc((size_t)(end - *text) + 2), *line;

	*n = 0;
	while ((line = line_of(text, end))) {
		size_t len = strlen(line);

		if (!strcmp(line, word)) {
			*n -= *n > 0;
			return value;
		}
		memcpy(value + *n, line, len);
		value[*n + len] = '\n';
		*n += len + 1;
	}
	return NULL;
}

const char *rq_shim_env_apply(struct rq_shim_spec *s, char *text, size_t n)
{
	char *end = text + n, *line;

	while ((line = line_of(&text, end))) {
		char *eq = strchr(line, '='), *here = strstr(line, "<<");

		if (!*line)
			continue;
		if (here && here > line && (!eq || here < eq)) {
			size_t len;
			const char *value = here_document(&text, end, here + 2, &len);

			if (!value)
				return line;
			set(s, line, (size_t)(here - line), value, len);
		} else if (eq && eq > line) {
			set(s, line, (size_t)(eq - line), eq + 1, strlen(eq + 1));
		} else {
			return line;
		}
	}
	return NULL;
}
