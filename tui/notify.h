/* notify.h - telling about jobs that end while nobody looks: those that are watched, and those that fail. */
#ifndef RQ_TUI_NOTIFY_H
#define RQ_TUI_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/str.h"
#include "core/model/snapshot.h"

struct rq_ui;
struct rq_hook;
struct rq_timer;

enum { RQ_NOTIFY_TEXT_MAX = 200 /* bytes that go to the desktop */, RQ_NOTIFY_EVENTS = 1000 };

/* A job that has ended. */
struct rq_ended {
	char *job, *name;               /* name: made harmless */
	enum rq_conclusion conclusion;
	int exit_code, signal;
	bool failed, watched;
};

/* Ids, sorted. */
struct rq_ids {
	char **v;
	size_t n, cap;
};

/* What has ended since the console was opened and was not told yet. Pure: it knows snapshots only. */
struct rq_notices {
	struct rq_ids watched, told;    /* told: with their attempts */
	int64_t since;                  /* what ended before is no news */
	bool begun;                     /* a snapshot was seen: what it shows as ended is no news either */
	struct rq_ended *v;
	size_t n, cap;                  /* at most RQ_NOTIFY_EVENTS; the others are counted */
	size_t left_out;
};

void rq_notices_release(struct rq_notices *n);
/* FAILURES: failures of jobs that nobody watches count as well. */
void rq_notices_look(struct rq_notices *n, const struct rq_snapshot *s, bool failures);
/* They were told. */
void rq_notices_clear(struct rq_notices *n);
/* One line: "local:7 build: failure, exit 2", "5 jobs failed", "3 jobs ended, 1 of them failed". */
void rq_notices_text(const struct rq_notices *n, struct rq_str *out);
bool rq_notices_watched(const struct rq_notices *n, const char *id);
/* Returns whether it is watched now. */
bool rq_notices_watch(struct rq_notices *n, const char *id);
/* The sequence that has the terminal show TEXT: "osc9" or "osc777", through tmux or screen where these lie between
 * (enum rq_clipboard). */
void rq_notify_sequence(const char *how, int between, const char *text, struct rq_str *out);

/* The console's. */
struct rq_notify {
	struct rq_notices notices;
	struct rq_hook *hook;
	struct rq_timer *timer;         /* a burst is told at once, and not more than one a second */
	int64_t told_ns;
};

void rq_notify_start(struct rq_ui *ui);
void rq_notify_stop(struct rq_ui *ui);
/* There is a new snapshot. */
void rq_notify_snapshot(struct rq_ui *ui);
/* Watches the jobs that ARG names, those of the uppermost view where it is "", or no longer. */
void rq_notify_watch(struct rq_ui *ui, const char *arg);

#endif
