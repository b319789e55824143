/* columns.h - which columns a list shows, as settings say it: "status, id, name:40", and what it is sorted by: "-age". */
#ifndef RQ_MODEL_COLUMNS_H
#define RQ_MODEL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"

enum { RQ_COLUMNS_MAX = 24, RQ_COLUMN_NAME_LEN = 24, RQ_COLUMN_WIDTH_MIN = 2, RQ_COLUMN_WIDTH_MAX = 400 };

struct rq_column_choice {
	char name[RQ_COLUMN_NAME_LEN];  /* as CHOICES has it */
	int width;                      /* 0: by what is in it */
};

/* TEXT is "NAME[:WIDTH],..." with names of CHOICES, "a|b|c", each at most once; "" gives none. Blanks do not count. */
int rq_columns_parse(const char *text, const char *choices, struct rq_column_choice out[RQ_COLUMNS_MAX], size_t *n,
		     struct rq_error *e);
/* TEXT is "NAME", "-NAME" for the other way round, or "", which gives the name "". */
int rq_columns_parse_sort(const char *text, const char *choices, char name[RQ_COLUMN_NAME_LEN], bool *descending,
			  struct rq_error *e);

#endif
