/* out.h - where the command line's output goes: tables and text, or JSON. */
#ifndef RQ_CLI_OUT_H
#define RQ_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/command/command.h"

/* A table on a terminal is held back until it is complete: its columns are as wide as their
 * cells. */
struct rq_text_table {
	char **cells;           /* rows one behind the other, the header first */
	size_t columns, n, cap;
};

struct rq_cli_out {
	struct rq_out out;
	struct rq_text_table table;
	struct rq_text_stream log;
	int width;              /* of the terminal */
	bool ascii, failed;     /* FAILED: stdout took no more */
	int progress;           /* columns of what is shown of it now */
};

void rq_cli_out_init(struct rq_cli_out *o);
/* Print what was held back; false if something could not be written. */
bool rq_cli_out_finish(struct rq_cli_out *o);

/* For rq_cli_out: a table, laid out for COLS columns. */
void rq_text_table_begin(struct rq_text_table *t, const char *const *columns, size_t n);
void rq_text_table_row(struct rq_text_table *t, const char *const *cells);
void rq_text_table_print(struct rq_text_table *t, int cols, bool ascii, struct rq_str *out);
void rq_text_table_release(struct rq_text_table *t);

#endif
