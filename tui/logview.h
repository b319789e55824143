/* logview.h - the view of a log: its state, its rows on the screen, its drawing. For the files of
 * that view only. */
#ifndef RQ_TUI_LOGVIEW_H
#define RQ_TUI_LOGVIEW_H

#include "tui/logline.h"
#include "tui/logsearch.h"
#include "tui/logtext.h"
#include "tui/logtime.h"
#include "tui/ui.h"

enum {
	RQ_LOGVIEW_LATER = -2,          /* a row that is still being searched for */
	RQ_LOGVIEW_PLACES = 53,         /* a-z, A-Z, and where one was before the last jump */
	RQ_LOGVIEW_CONTEXT_MAX = 20,
	RQ_LOGVIEW_TURN_US = 4000,      /* for a piece of what goes on in turns of the loop */
	RQ_LOGVIEW_TWO = 120            /* columns from which on two logs stand side by side */
};
enum rq_logview_times { RQ_TIMES_OFF, RQ_TIMES_CLOCK, RQ_TIMES_SINCE, RQ_TIMES_N };
/* What the next key is part of. */
enum rq_logview_await { RQ_AWAIT_NOTHING, RQ_AWAIT_SET_PLACE, RQ_AWAIT_GO_PLACE, RQ_AWAIT_OVERWRITE };

struct rq_fetch;
struct rq_logview_save;
struct rq_logview_copy;

/* Rows that begin a step, as far as they were looked for. */
struct rq_logview_steps {
	struct rq_logsearch search;
	int64_t *v, at;                 /* at: they were looked for before it */
	size_t n, cap;
	bool all;                       /* there are no others, so far */
};

/* A search for one row: none that begins from FROM on, to AT, is one. */
struct rq_logview_quest {
	bool active, done;              /* DONE: AT is one, or there is none */
	int64_t from, at;
	int64_t none_size;              /* there is none: of a log of that size; else 0 */
};

/* A jump that waits for what it needs to be found. */
struct rq_logview_goal {
	enum { RQ_GOAL_NONE, RQ_GOAL_LINE, RQ_GOAL_STEP_BY, RQ_GOAL_STEP_NUMBER, RQ_GOAL_STEP_NAME } kind;
	int64_t n, from;
	char *name;
};

struct rq_logview {
	struct rq_view view;            /* on the stack, or that of the pane beside, which is not */
	struct rq_logview *beside;      /* the second log, of the one on the stack; NULL none */
	bool second;                    /* keys go to it */
	char *id;                       /* of the job; of a file its path */
	bool file;
	struct rq_joblog *log;
	struct rq_logtext text;
	struct rq_timer *work;          /* indexing and searching, a piece a turn */

	/* what is on the screen */
	int64_t top;                    /* the row at the top of the screen */
	int skip; /* lines of it that lie above the screen, when it is wrapped */
	int left, rows, cols;           /* of the last drawing */
	int first_row;                  /* of the screen */
	int64_t *seen;                  /* the row of each line of the screen */
	size_t n_seen, cap_seen;
	bool follow, wrap, at_end, ended;
	enum rq_logview_times times;
	int64_t begun_ms;               /* the time of the log's first row, where times count from it; -1 not known */
	int64_t seen_size;              /* of the log, when its end was seen last */
	unsigned turn;                  /* of the log, that TEXT is of */

	/* the row that is meant when something is done to a row: where one jumped to; -1 none */
	int64_t current;
	bool jumped;                    /* to it, and nothing was drawn since */
	int64_t range;                  /* the other end of the rows that are chosen; -1 none are */
	int64_t places[RQ_LOGVIEW_PLACES];      /* -1: not set */
	enum rq_logview_await await;

	/* searching */
	struct rq_logsearch search, errors;
	bool by_error;                  /* the last jump was to an error */
	struct rq_regex *typed;         /* of a search that is being typed; NULL none */
	int direction;                  /* of the search, as it was begun */
	int jump;                       /* so many matches on, or back, as soon as they are found */
	int64_t jump_from;
	bool wrapped;                   /* the jump went round the end, or the beginning */

	/* what is left out */
	bool fold, fold_steps;          /* groups, steps */
	int64_t *other;                 /* groups and steps that are open or folded against that */
	size_t n_other, cap_other;
	struct rq_logview_steps steps;
	struct rq_logsearch filter;
	struct rq_logview_quest ahead, back;    /* for rows that match it */
	int64_t until_ns;               /* on the monotonic clock: so long a frame may search for them */
	int context;

	struct rq_logview_goal goal;
	struct rq_fetch *fetch;         /* of the job's steps, once one is asked for by its name */
	int64_t asked_ns;               /* when, on the monotonic clock */
	struct rq_logview_save *save;   /* under way; NULL none */
	struct rq_logview_copy *copy;
};

/* view_log.c */
/* The pane that keys go to. */
struct rq_logview *rq_logview_active(struct rq_view *view);
/* A log that is not shown yet; NULL: it cannot be opened, and that is said. */
struct rq_logview *rq_logview_new(struct rq_ui *ui, const char *id);
void rq_logview_free(struct rq_logview *v);
/* There is something to do in turns to come. */
void rq_logview_work(struct rq_logview *v);
/* From now on a filter has so many milliseconds to look for rows. */
void rq_logview_give_time(struct rq_logview *v);

/* logview_title.c */
void rq_logview_title(struct rq_view *view, struct rq_str *out);

/* logview_rows.c. Rows as they are shown: what is folded is one, the end of a group is none, those
 * that a filter leaves out are none. */
int64_t rq_logview_after(struct rq_logview *v, int64_t off);    /* -1: none; or RQ_LOGVIEW_LATER */
int64_t rq_logview_before(struct rq_logview *v, int64_t off);   /* likewise */
/* The row that is shown at or behind OFF, or else before it; -1: none. */
int64_t rq_logview_shown(struct rq_logview *v, int64_t off);
int rq_logview_gutter(const struct rq_logview *v);              /* columns for signs */
int rq_logview_cols(const struct rq_logview *v);                /* columns for text */
void rq_logview_move(struct rq_logview *v, int lines);
void rq_logview_to_end(struct rq_logview *v);                   /* the last screenful */
void rq_logview_go_to(struct rq_logview *v, int64_t off);       /* jump to a row */
/* The row that something is done to: the one jumped to if it is on the screen, else the first there. */
int64_t rq_logview_hand(struct rq_logview *v);
void rq_logview_move_hand(struct rq_logview *v, int lines);
bool rq_logview_in_range(const struct rq_logview *v, int64_t off);

/* One row's text with its colours, as far as it can be seen. */
struct rq_logview_row {
	struct rq_logline line;
	struct rq_str text;
	size_t lead;                    /* bytes of it that the log does not have: a sign, a word */
	struct rq_runs runs;
	enum rq_role role;
};
void rq_logview_see(struct rq_logview *v, int64_t off, struct rq_logview_row *s);
void rq_logview_unsee(struct rq_logview_row *s);

/* logview_fold.c */
/* What is folded to one row and OFF lies in: that row, and what comes behind. */
bool rq_logview_folded(struct rq_logview *v, int64_t off, struct rq_log_group *out);
/* Opens what OFF is folded away in. */
void rq_logview_unfold(struct rq_logview *v, int64_t off);
bool rq_logview_toggle_fold(struct rq_logview *v);              /* all groups */
bool rq_logview_toggle_steps(struct rq_logview *v);
bool rq_logview_fold_one(struct rq_logview *v);                 /* the one at hand; or a line down */
/* Looks for steps; true: there is more to do. */
bool rq_logview_find_steps(struct rq_logview *v);
/* The step that OFF lies in, from 1; 0 none. */
size_t rq_logview_step_at(const struct rq_logview *v, int64_t off);

/* logview_find.c */
bool rq_logview_search_act(struct rq_logview *v, enum rq_do d, const char *arg);
/* A piece of the way to a match, or of counting; true: there is more to do. */
bool rq_logview_jump_some(struct rq_logview *v);
bool rq_logview_count_some(struct rq_logview *v);
/* The log is another one. */
void rq_logview_search_restart(struct rq_logview *v);
/* Other rows are shown: matches are counted among these. */
void rq_logview_recount(struct rq_logview *v);
/* Shows what a pattern that is being typed matches, or what is wrong with it; "" shows nothing. */
void rq_logview_typed(struct rq_logview *v, const char *text);

/* logview_filter.c */
bool rq_logview_filter_act(struct rq_logview *v, enum rq_do d, const char *arg);
int64_t rq_logview_filter_after(struct rq_logview *v, int64_t off);
int64_t rq_logview_filter_before(struct rq_logview *v, int64_t off);
/* Takes out of ROWS, places from FROM on and in order, those that the filter leaves out; it need not have looked for them. */
void rq_logview_filter_keep(void *ud, int64_t from, struct rq_logrows *rows);
/* The log had SIZE bytes and has more: lines around matches that were left out may be shown now. */
void rq_logview_filter_grown(struct rq_logview *v, int64_t size);
/* Whether rows are left out between OFF and the one shown before it. */
bool rq_logview_gap(struct rq_logview *v, int64_t off);
bool rq_logview_filter_some(struct rq_logview *v);

/* logview_go.c */
bool rq_logview_go_act(struct rq_logview *v, enum rq_do d, const char *arg);
bool rq_logview_key(struct rq_view *view, uint32_t key);
/* Tries what is waited for; DONE: everything is known by now. */
void rq_logview_try_goal(struct rq_logview *v);
/* The first row from OFF on that has a time, *ms; -1: none that is near. A row without one is as old as that, or older. */
int64_t rq_logview_stamped(struct rq_logview *v, int64_t off, int64_t *ms);
/* The first row that was written at MS or later; the size: all are older. Lines' times never go back. */
int64_t rq_logview_row_at_time(struct rq_logview *v, int64_t ms);

/* logview_steps.c */
/* Goes to the step that the queue calls as the goal says; true: it did, or has to ask first. */
bool rq_logview_ask_steps(struct rq_logview *v);

/* logview_copy.c */
bool rq_logview_copy_act(struct rq_logview *v, enum rq_do d);
bool rq_logview_copy_some(struct rq_logview *v);
void rq_logview_copy_free(struct rq_logview *v);

/* logview_save.c */
bool rq_logview_save_act(struct rq_logview *v, enum rq_do d, const char *arg);
bool rq_logview_save_some(struct rq_logview *v);
void rq_logview_save_free(struct rq_logview *v);
/* The log is another one: what is saved of it would be of both. */
void rq_logview_save_abandon(struct rq_logview *v);
void rq_logview_overwrite(struct rq_logview *v, bool yes);

/* logview_split.c */
bool rq_logview_split_act(struct rq_logview *on_stack, enum rq_do d, const char *arg);
/* Draws one log, or both. */
void rq_logview_draw_panes(struct rq_view *view, struct rq_rect r);

/* logview_draw.c */
void rq_logview_draw(struct rq_logview *v, struct rq_rect r);

#endif
