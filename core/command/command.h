/* command.h - the command table: one row a command, from which the command line, the console's
 * prompt and forms, key bindings, completion, --help and the man pages' synopses all come.
 *
 * To add a command: one file cmd_NAME.c with its row and exec, one line in rows.h, table.c and
 * local.mk each, its man page, a test. Nothing else. */
#ifndef RQ_COMMAND_COMMAND_H
#define RQ_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/relayq.h"

enum rq_value_type {
	RQ_VALUE_TEXT, RQ_VALUE_INT, RQ_VALUE_DURATION, RQ_VALUE_SIZE, RQ_VALUE_NAME,
	RQ_VALUE_LABELS,
	RQ_VALUE_PAIR,          /* KEY=VALUE */
	RQ_VALUE_JOB, RQ_VALUE_RUNNER, RQ_VALUE_DECISION, RQ_VALUE_QUEUE, RQ_VALUE_FILE,
	RQ_VALUE_DIR, RQ_VALUE_FILTER,
	RQ_VALUE_COMMAND,       /* name of a command */
	RQ_VALUE_SETTING,
	RQ_VALUE_OF_SETTING,    /* what the setting can be that is the argument before it */
	RQ_VALUE_CHOICE,
	RQ_VALUE_TYPE,          /* name of a job type */
	RQ_VALUE_WORKFLOW,      /* file of a workflow */
	RQ_VALUE_REF,           /* branch or tag */
	RQ_VALUE_ENV,           /* NAME[=VALUE]: the value is a secret */
	RQ_VALUE_WORDS          /* the rest: a command line */
};

enum { RQ_ARG_OPTIONAL = 1, RQ_ARG_REPEAT = 2, RQ_ARG_REST = 4 /* everything behind -- */ };
struct rq_arg {
	const char *name;               /* "ID" */
	enum rq_value_type type;
	unsigned flags;
	const char *help;
	const char *choices;            /* CHOICE: "run|start|stop|status" */
};

enum { RQ_OPT_REPEAT = 1, RQ_OPT_REQUIRED = 2, RQ_OPT_HIDDEN_IN_FORM = 4, RQ_OPT_CLI_ONLY = 8,
       RQ_OPT_WRITES = 16 /* with it, the command changes something */ };
struct rq_opt {
	const char *name;               /* long name without dashes: "runs-on" */
	char letter;                    /* 'f', 0 none */
	const char *value;              /* "L,L"; NULL: a switch */
	enum rq_value_type type;
	unsigned flags;
	const char *help;
	const char *def;                /* shown in forms and help; NULL none */
};

/* Prerequisites and nature: checked in one place; the console greys out with the same words. */
enum {
	RQ_CMD_NEEDS_JOB = 1 << 0,      /* acts on jobs: the console fills in the marked ones */
	RQ_CMD_NEEDS_RUNNER = 1 << 1,
	RQ_CMD_WRITES = 1 << 2,         /* changes something: refused where all is read-only */
	RQ_CMD_CONFIRM = 1 << 3,        /* hard to reverse: the console asks first */
	RQ_CMD_BULK = 1 << 4,           /* takes several */
	RQ_CMD_CLI_ONLY = 1 << 5,
	RQ_CMD_NO_CONTEXT = 1 << 6      /* works without state (help, version, config path) */
};

struct rq_cmd;
struct rq_command {
	const char *name, *alias;       /* "jobs", NULL or "ls"; a subcommand: "agent start" */
	const char *summary;            /* one line, imperative, no full stop */
	const char *details;            /* paragraphs for --help; may be NULL */
	const struct rq_arg *args;      /* ends with a row without a name; may be NULL */
	const struct rq_opt *opts;      /* the same */
	unsigned flags;
	unsigned caps;                  /* rq_cap bits the queue must have */
	/* Returns RQ_CMD_PENDING and calls rq_cmd_done later, or the exit status at once. Errors go
	 * to rq_cmd_error. */
	int (*exec)(struct rq_cmd *cmd);
};
enum { RQ_CMD_PENDING = -1 };
/* Exit statuses. */
enum {
	RQ_EXIT_OK = 0, RQ_EXIT_FAILED = 1, RQ_EXIT_USAGE = 2, RQ_EXIT_NOTFOUND = 3,
	RQ_EXIT_REFUSED = 4, RQ_EXIT_KEPT = 5
};
int rq_exit_status(int code);           /* of an rq_code */

extern const struct rq_command *const rq_commands[];   /* ends with NULL; in the order of `help` */
const struct rq_command *rq_command_find(const char *name);  /* name or alias; "agent start" too */
/* The nearest name for "did you mean", NULL none. */
const char *rq_command_nearest(const char *name);

/* Where a command's output goes: tables, TSV, JSON (cli/), a view or the status line (tui/). */
/* What only the console knows: keymaps and themes. */
struct rq_out_key {
	const char *view, *keys, *label, *command, *help;
	const char *where;              /* "FILE:LINE" */
};
struct rq_out_keys {
	void *ud;
	void (*key)(void *ud, const struct rq_out_key *k);
	void (*wrong)(void *ud, const char *lines, size_t n); /* "FILE:LINE: what\n" each */
};
struct rq_out_looks {
	/* What is wrong with those that the settings name, as such lines. */
	void (*check)(struct relayq *rq, struct rq_str *keymap, struct rq_str *theme);
	/* KEYMAP, NULL for that of the settings; VIEW: what counts there, NULL for all that is bound. */
	int (*keys)(struct relayq *rq, const char *keymap, const char *view, const struct rq_out_keys *to,
		    struct rq_error *e);
};

struct rq_out {
	const struct rq_out_looks *looks; /* NULL: built without the console */
	void *ud;
	/* A table: columns, then rows of as many cells: untrusted, the sink makes them harmless. */
	void (*table)(void *ud, const char *const *columns, size_t n);
	void (*row)(void *ud, const char *const *cells);
	void (*text)(void *ud, const char *s, size_t n);        /* for people, may hold newlines */
	void (*notes)(void *ud, const char *s, size_t n);       /* the same, beside the output: what is wrong with a policy */
	void (*log)(void *ud, const char *s, size_t n);         /* a job's raw output: hostile */
	void (*json)(void *ud, const struct rq_json *j);        /* the one value of --json */
	void (*message)(void *ud, const char *s);               /* one line about what was done */
	/* What goes on, replaced by the next one; "": it is over. NULL: nobody looks. */
	void (*progress)(void *ud, const char *s);
	void (*error)(void *ud, const char *s);         /* one sentence; the sink says whose */
	bool terminal;                                  /* for people: humane times; else exact */
};

/* One invocation. */
struct rq_cmd {
	const struct rq_command *command;
	struct relayq *rq;              /* NULL with RQ_CMD_NO_CONTEXT */
	struct rq_loop *loop;
	struct rq_out *out;
	struct rq_arena arena;          /* freed when done */
	void (*done)(struct rq_cmd *cmd, int exit_status, void *ud);
	void *ud;
	void *state;                    /* exec's own, in the arena */
	bool aborted;                   /* the user gave up (ctrl-c): finish soon */
	void (*abort)(struct rq_cmd *cmd); /* set by exec if it can be given up */
	void (*release)(struct rq_cmd *cmd); /* set by exec: frees what STATE owns outside the arena */
	struct rq_values *values;       /* parsed arguments */
	void *request;                  /* the question to the queue that is under way */
};

/* Parse WORDS (without the command's own name) by the row. Fills cmd->values. RQ_EUSAGE with a
 * sentence that names the word at fault and did-you-mean. With MISSING (for forms), required
 * arguments may be absent: it is the first, NULL none. */
int rq_cmd_parse(struct rq_cmd *cmd, char *const *words, size_t n, const char **missing,
		 struct rq_error *e);
/* Find the command of WORDS (one or two words), make the invocation. *used: words of the name. */
int rq_cmd_new(char *const *words, size_t n, struct relayq *rq, struct rq_loop *loop,
	       struct rq_out *out, struct rq_cmd **cmd, size_t *used, struct rq_error *e);
/* Check prerequisites and run; DONE is called exactly once, maybe before this returns, and the
 * invocation is freed after it. */
void rq_cmd_run(struct rq_cmd *cmd);
void rq_cmd_abort(struct rq_cmd *cmd);
void rq_cmd_free(struct rq_cmd *cmd);   /* one that was not run */

/* For exec functions. */
/* The first value of an argument, or all; NULL absent. */
const char *rq_cmd_arg(const struct rq_cmd *cmd, const char *name);
size_t rq_cmd_args(const struct rq_cmd *cmd, const char *name, const char *const **v);
/* The last value of an option, or all; NULL absent; "" for a switch that is on. */
const char *rq_cmd_opt(const struct rq_cmd *cmd, const char *name);
size_t rq_cmd_opts(const struct rq_cmd *cmd, const char *name, const char *const **v);
bool rq_cmd_on(const struct rq_cmd *cmd, const char *name);
/* INT, DURATION in ms, SIZE in bytes. */
int64_t rq_cmd_int(const struct rq_cmd *cmd, const char *name, int64_t def);
void rq_cmd_done(struct rq_cmd *cmd, int exit_status);
/* Says it; returns the exit status of e->code. */
int rq_cmd_error(struct rq_cmd *cmd, const struct rq_error *e);
void rq_cmd_message(struct rq_cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Derived texts. */
/* "relayq drain RUNNER --reason TEXT [--deadline D] [--wait]" */
void rq_command_usage(const struct rq_command *c, struct rq_str *out);
void rq_command_help(const struct rq_command *c, struct rq_str *out);           /* --help */

#endif
