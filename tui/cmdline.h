/* cmdline.h - a command line while it is typed: what its last word is, and what is wrong with it. Pure: no terminal. */
#ifndef RQ_TUI_CMDLINE_H
#define RQ_TUI_CMDLINE_H

#include "core/command/command.h"
#include "core/model/jobtype.h"
#include "core/model/snapshot.h"
#include "tui/keymap.h"

struct rq_workflow_row;

/* What names are known here. All borrowed; any may be missing. */
struct rq_sources {
	const struct rq_snapshot *snap;
	const struct rq_job_type *const *types;
	const struct rq_workflow_row *workflows;
	size_t n_types, n_workflows;
	const char *columns, *views;    /* of the table in sight; "a|b" */
};

/* Which word is which, from the left. */
struct rq_walk {
	const struct rq_command *command;
	const struct rq_arg *arg;       /* the next one; NULL or without a name: there is none */
	const struct rq_opt *waiting;   /* its value comes next */
	bool only_args;                 /* behind "--", or in a command line */
};
void rq_walk_init(struct rq_walk *w, const struct rq_command *c);
/* WORD is the next. *opt or *arg says of what it is the value, from byte *skip on; both NULL: of nothing. */
void rq_walk_word(struct rq_walk *w, const char *word, const struct rq_opt **opt, const struct rq_arg **arg, size_t *skip);

struct rq_cmdline {
	char **words;           /* before the last one, with the command's name; for rq_words_free */
	size_t n, used;         /* used: of the name */
	const struct rq_command *command;       /* NULL: none (yet) */
	enum rq_do doing;       /* RQ_DO_NONE: none */
	size_t from;            /* where the last word begins in the text */
	char *last;             /* it, without its quotes; "" a new one begins */
	size_t skip;            /* where in LAST the value begins: behind --name= */
	const struct rq_opt *opt;       /* whose value it is */
	const struct rq_arg *arg;       /* or of what argument */
	bool options;           /* an option may stand here */
};
/* The N bytes of TEXT up to the cursor. */
void rq_cmdline_init(struct rq_cmdline *c, const char *text, size_t n);
void rq_cmdline_release(struct rq_cmdline *c);

/* The command that the first words name; NULL none. */
const struct rq_command *rq_cmdline_command(char *const *words, size_t n, size_t *used);
/* The same of a text as a keymap has it, "runner remove {runner}"; *used: how long its name is. */
const struct rq_command *rq_cmdline_command_of(const char *text, size_t *used);
/* There is none called NAME, and which may have been meant: a sentence that the caller frees. */
char *rq_cmdline_unknown(const char *name);
/* What is given as --NAME VALUE or --NAME=VALUE, the first of them; NULL nothing. */
const char *rq_cmdline_option(char *const *words, size_t n, const char *name);
/* Of --env A=b; from its TYPE. */
enum rq_value_type rq_cmdline_type(const struct rq_cmdline *c);
/* As rq_complete_value wants them; NULL none. */
const char *rq_cmdline_choices(const struct rq_cmdline *c);

/* What it is about, for people: the usage of the command, and what the word at the cursor is. "" nothing to say. */
void rq_cmdline_usage(const struct rq_cmdline *c, struct rq_str *out);
void rq_cmdline_about(const struct rq_cmdline *c, struct rq_str *out);
/* What is wrong with TEXT so far, the cursor behind its last character: one sentence, "" nothing. Knows only what SOURCES
 * do. */
void rq_cmdline_problem(const struct rq_sources *s, const char *text, struct rq_str *out);

#endif
