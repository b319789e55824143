/* codes.c - the codes of decisions. */
#include <string.h>
#include "core/policy/decide.h"

const struct rq_code_kind rq_code_kinds[] = {
#define X(code, cls, text) { #code, cls, text },
#include "core/policy/codes.def"
#undef X
	{ NULL, 0, NULL },
};

const struct rq_code_kind *rq_code_kind(const char *code)
{
	const struct rq_code_kind *k;

	for (k = rq_code_kinds; k->code; k++)
		if (strcmp(k->code, code) == 0)
			return k;
	return NULL;
}
