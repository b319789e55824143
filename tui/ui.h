/* ui.h - the console's own context, and the views on its stack. For the files of tui/ only.
 *
 * One turn of the loop: keys are drained and run, snapshots are taken over, and what is dirty is
 * drawn once, at the end. Nothing here waits: prompt, form and confirmation are views on the stack
 * like the others. */
#ifndef RQ_TUI_UI_H
#define RQ_TUI_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/model/snapshot.h"
#include "core/relayq.h"
#include "core/sys/loop.h"
#include "tui/draw.h"
#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/notify.h"
#include "tui/spark.h"
#include "tui/status.h"
#include "tui/term.h"
#include "tui/theme.h"
#include "tui/undo.h"

enum { RQ_TABS = 5, RQ_STACK_MAX = 24 };

struct rq_ui;
struct rq_view;
struct rq_rich;
struct rq_command;
struct rq_outside;

struct rq_view_ops {
	enum rq_view_id id;
	bool over;                      /* draws over the view beneath, which stays on the screen */
	void (*free)(struct rq_view *v);
	void (*changed)(struct rq_view *v);     /* there is a new snapshot; may be NULL */
	void (*draw)(struct rq_view *v, struct rq_rect r);
	/* A key before the keymap is asked; true: done with it. May be NULL. */
	bool (*key)(struct rq_view *v, uint32_t key);
	/* Text from the clipboard; may be NULL: then it is dropped, for it would run as keys. */
	void (*paste)(struct rq_view *v, const char *text, size_t n);
	/* The mouse was pressed on a row of the screen; may be NULL. true: go on as with enter. */
	bool (*click)(struct rq_view *v, int row);
	/* true: done. What no view does, the console does itself or says that it cannot. */
	bool (*act)(struct rq_view *v, enum rq_do d, const char *arg);
	/* WHAT: "job" "jobs" "runner" "runners" "decision" "previous" "filter" "run": appends " ID", quoted, for
	 * each; nothing: none. */
	void (*pick)(struct rq_view *v, const char *what, struct rq_str *out);
	/* One line for the head of the screen; may be NULL. */
	void (*title)(struct rq_view *v, struct rq_str *out);
};

/* The first member of every view. */
struct rq_view {
	const struct rq_view_ops *ops;
	struct rq_ui *ui;
};

struct rq_ui {
	struct relayq *rq;
	struct rq_loop *loop;
	struct rq_term *term;
	struct rq_draw *draw;
	struct rq_theme theme;
	struct rq_keymap keymap;
	struct rq_messages status;
	struct rq_history *history;     /* of the prompt */
	struct rq_history *values;      /* of the fields of forms: "COMMAND.FIELD VALUE" */
	struct rq_known *known;         /* the names that completion offers */
	struct rq_history *filters;     /* of filters */

	const struct rq_snapshot *snap; /* held; never NULL */
	struct rq_spark waited;         /* how many jobs were not begun, as snapshots had it */
	struct rq_want want;
	char *policy_error;             /* what was said about the policy last; NULL nothing */
	bool queue_fails;               /* it was told that one does */
	char *select_next;              /* a job to put the cursor on once it is in the snapshot */

	struct rq_view *tabs[RQ_TABS], *stack[RQ_STACK_MAX];
	size_t tab, depth;
	int tab_ends[RQ_TABS];          /* columns, for the mouse */
	struct rq_layout layout;        /* where the details of lists are */
	bool slow, ascii;               /* slow_link; --ascii */
	bool slow_asked;                /* --slow-link */
	bool alone;                     /* a file is looked at: nothing is loaded, and the console ends with that view */
	char input_error[256];          /* what is wrong with a line being typed; "" nothing */
	size_t bad_from, bad_to;        /* and where, in bytes; equal: nowhere */
	struct rq_str paste;
	bool pasting;
	bool reader_asked;              /* --screen-reader */
	struct rq_reader *reader;       /* for those who listen to the screen; NULL: it is looked at */
	uint32_t prefix;                /* the first of two keys was pressed; 0: no */

	struct rq_running *runs;        /* commands under way */
	size_t pending;                 /* requests whose answers are still to come */
	bool ended;                     /* only they are waited for */
	struct rq_undos undos;
	bool greeted;
	char *left_undone;              /* what failed while the console was being closed; NULL nothing */

	struct rq_notify notify;

	/* what must happen at the end of the turn */
	bool dirty, quit, suspend;
	bool urgent;                    /* what made it dirty was the operator: draw at once */
	int suspend_waits;
	int64_t drawn_ns;               /* the last frame, on the monotonic clock */
	int64_t now;                    /* wall clock of the frame */
	int64_t next_change;            /* when something drawn will have aged visibly; 0 never */
	struct rq_timer *tick, *frame;  /* for that, and for a frame that came too soon */
	struct rq_watch *input, *output; /* OUTPUT: while the terminal has not taken all; else NULL */
	struct rq_outside *outside;     /* a program that has the terminal meanwhile; NULL none */
	int64_t returned_ns;            /* when the last one gave it back, on the monotonic clock */
	struct rq_sig *signals[7];
};

/* views.c: the stack */
struct rq_view *rq_ui_top(struct rq_ui *ui);            /* what keys go to */
struct rq_view *rq_ui_base(struct rq_ui *ui); /* the uppermost that is no line over another */
void rq_ui_push(struct rq_ui *ui, struct rq_view *v);
void rq_ui_pop(struct rq_ui *ui);
void rq_ui_close(struct rq_ui *ui, struct rq_view *v);  /* V and what is above it */
void rq_ui_show_tab(struct rq_ui *ui, size_t tab);      /* closes what lies on it */
bool rq_ui_tab_named(const char *name, size_t *tab);
/* Whether ARG, as typed, names a file that is there; *path (may be NULL) is the caller's. */
bool rq_ui_file_named(const char *arg, char **path);
void rq_ui_draw(struct rq_ui *ui);
void rq_ui_key(struct rq_ui *ui, uint32_t key);

/* What the views are opened by. */
void rq_view_prompt_open(struct rq_ui *ui, const char *text);
void rq_view_help_open(struct rq_ui *ui);
void rq_view_messages_open(struct rq_ui *ui);
/* A page of the manual, or a message that there is none about TOPIC; "index": all pages. */
void rq_view_manual_open(struct rq_ui *ui, const char *topic);
void rq_view_job_open(struct rq_ui *ui, const char *id);
/* A run that has jobs of its own. */
void rq_view_run_open(struct rq_ui *ui, const char *id);
/* ID: a decision's, or a job's: its latest. */
void rq_view_decision_open(struct rq_ui *ui, const char *id);
void rq_view_runner_open(struct rq_ui *ui, const char *name);
void rq_view_log_open(struct rq_ui *ui, const char *id);
/* Those of the two marked jobs, side by side. */
void rq_view_logs_open(struct rq_ui *ui);
void rq_view_log_open_file(struct rq_ui *ui, const char *path);
void rq_view_picker_open(struct rq_ui *ui, const char *id);
/* A form for COMMAND with what WORDS say filled in. */
void rq_view_form_open(struct rq_ui *ui, const struct rq_command *command, char *const *words,
		       size_t n);
/* Asks QUESTION; on yes, WORDS run. */
void rq_view_confirm_open(struct rq_ui *ui, const char *question, char *const *words, size_t n);
/* Takes RICH over. */
void rq_view_pager_open(struct rq_ui *ui, const char *title, struct rq_rich *rich);
struct rq_view *rq_view_jobs_new(struct rq_ui *ui);
struct rq_view *rq_view_runners_new(struct rq_ui *ui);
struct rq_view *rq_view_decisions_new(struct rq_ui *ui);
struct rq_view *rq_view_activity_new(struct rq_ui *ui);
struct rq_view *rq_view_dashboard_new(struct rq_ui *ui);
/* A line of input at the bottom for the view beneath: CHANGED at each key, DONE with NULL when it
 * is given up. */
typedef void rq_line_fn(struct rq_view *beneath, const char *text);
void rq_view_input_open(struct rq_ui *ui, const char *label, const char *text, rq_line_fn *changed,
			rq_line_fn *done);

/* preview.c */
/* The names of all types of jobs, "a|b", into A. */
const char *rq_ui_types(struct rq_ui *ui, struct rq_arena *a);

/* frame.c: the lines around a view */
/* The name of the key that runs COMMAND here, or ":COMMAND". */
const char *rq_ui_key_for(struct rq_ui *ui, const char *command, char buf[RQ_KEY_NAME_LEN + 32]);
/* TEXT with each "<COMMAND>" replaced by the name of its key. */
void rq_ui_with_keys(struct rq_ui *ui, const char *text, struct rq_str *out);
void rq_ui_copy(struct rq_ui *ui);

/* age.c */
/* Something in sight is another thing from AT on: it is drawn again then, but for a slow link. */
void rq_ui_ages_at(struct rq_ui *ui, int64_t at);
/* How long ago AT was, in steps that grow, "-" for 0; the screen is drawn again when the step is
 * over. */
const char *rq_ui_age(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN]);
/* "5m ago", "just now" */
const char *rq_ui_ago(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN + 8]);
/* For how long something has run since AT: finer steps. */
const char *rq_ui_elapsed(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN]);

/* run.c: commands */
/* Runs TEXT: placeholders are filled in from the uppermost view, then it is something of the
 * console's or a command. */
void rq_ui_run(struct rq_ui *ui, const char *text);
/* The same with words already cut and placeholders filled in; SURE: what asks first was asked. */
void rq_ui_run_words(struct rq_ui *ui, char *const *words, size_t n, bool sure);
/* The same for what was held back: it runs now, whatever the screen shows. */
void rq_ui_run_held(struct rq_ui *ui, char *const *words, size_t n);
/* COMMAND takes WHAT back: it cannot be undone itself. */
void rq_ui_run_undo(struct rq_ui *ui, const char *command, const char *what);
void rq_ui_act(struct rq_ui *ui, enum rq_do d, const char *arg);
void rq_ui_abort_runs(struct rq_ui *ui);
/* tui.c */
/* A request of UI's was answered, the last thing that its callback does with UI. */
void rq_ui_answered(struct rq_ui *ui);
/* What the context keeps loaded, and who is told. */
void rq_ui_subscribe(struct rq_ui *ui);
/* Whether keys are taken: not while another program reads them. */
void rq_ui_listen(struct rq_ui *ui, bool on);

/* first.c: with the first snapshot; says something once in the life of a state directory. */
void rq_ui_greet(struct rq_ui *ui);

/* A sentence with "<COMMAND>" in it. */
void rq_ui_hint(struct rq_ui *ui, const char *text);

#define rq_ui_say(ui, ...) rq_messages_say(&(ui)->status, (ui), RQ_SAY_INFO, __VA_ARGS__)
#define rq_ui_warn(ui, ...) rq_messages_say(&(ui)->status, (ui), RQ_SAY_WARNING, __VA_ARGS__)
#define rq_ui_fail(ui, ...) rq_messages_say(&(ui)->status, (ui), RQ_SAY_ERROR, __VA_ARGS__)

#endif
