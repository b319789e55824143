/* impl.h - what the files of core/command share; nobody else includes it. */
#ifndef RQ_COMMAND_IMPL_H
#define RQ_COMMAND_IMPL_H

#include "core/base/json.h"
#include "core/base/str.h"
#include "core/command/command.h"

/* The values of one row, in the order of the command line. */
struct rq_value_list {
	const char **v;
	size_t n, cap;
};

/* As many lists as the command has rows. */
struct rq_values {
	struct rq_value_list *args, *opts;
	bool help;              /* --help was among the words */
};

/* How many rows a table has; T may be NULL. */
size_t rq_args_count(const struct rq_arg *t);
size_t rq_opts_count(const struct rq_opt *t);

/* "agent" and "config" are groups: the first word of several names. */
bool rq_command_is_group(const char *word);
/* Plumbing, which neither help nor completion shows. */
bool rq_command_hidden(const struct rq_command *c);

/* The check of one value by its type, with a sentence that names WHAT ("--timeout", "ID"). */
int rq_value_check(enum rq_value_type type, const char *choices, const char *what,
		   const char *value, struct rq_error *e);

/* One request to the queue at a time. ANSWERED runs with call->code set; an error that it does
 * not want to handle
 * itself ends the command. Giving the command up takes the request back. */
typedef void rq_answered(struct rq_cmd *cmd, struct rq_call *call);
struct rq_call *rq_cmd_call(struct rq_cmd *cmd, enum rq_verb verb, rq_answered *answered);
int rq_cmd_start(struct rq_cmd *cmd, struct rq_call *call);     /* returns RQ_CMD_PENDING */

/* Load once, then THEN with the snapshot, borrowed for that call; its return value is exec's. */
typedef int rq_loaded(struct rq_cmd *cmd, const struct rq_snapshot *s);
int rq_cmd_load(struct rq_cmd *cmd, const struct rq_want *want, rq_loaded *then);
/* The same of the local queue, unless --queue names another: asks no server. */
int rq_cmd_load_local(struct rq_cmd *cmd, const struct rq_want *want, rq_loaded *then);

/* A bulk request's answers: a line for each, errors to the error sink; the worst exit status. */
int rq_cmd_each(struct rq_cmd *cmd, size_t n, const struct rq_each *each);

/* Print J by the sink's json and free it; returns RQ_EXIT_OK. */
int rq_cmd_json(struct rq_cmd *cmd, struct rq_json *j);
/* A decision as `explain` shows it, or as JSON. */
void rq_cmd_show_decision(struct rq_cmd *cmd, const struct rq_decision *d);
void rq_cmd_text(struct rq_cmd *cmd, const struct rq_str *text);
/* A sentence to the error sink, "warning: " before it. */
void rq_cmd_warn(struct rq_cmd *cmd, const char *fmt, ...) RQ_PRINTF(2, 3);

/* Cells, in the command's arena: for people on a terminal, exact otherwise. 0 gives "-" or "". */
const char *rq_cell_age(struct rq_cmd *cmd, int64_t at);
const char *rq_cell_duration(struct rq_cmd *cmd, int64_t ms);
const char *rq_cell_labels(struct rq_cmd *cmd, const struct rq_labels *l);
const char *rq_cell(struct rq_cmd *cmd, const char *s);          /* "-" for nothing on a terminal */
/* A line "KEY  VALUE" of `show` and its like; untrusted VALUE is made harmless. Nothing for ""
 * or NULL. */
void rq_field(struct rq_str *out, const char *key, const char *value);

#endif
