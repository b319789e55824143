/* dispatcher_parts.h - the inside of a dispatcher.
 *
 *   dispatcher.c           its life: the duty, and when to look
 *   dispatcher_look.c      one look: which open jobs to decide again, page by page
 *   dispatcher_decide.c    one job: the decision, and whether it says anything new
 *   dispatcher_events.c    what has happened to the fleet since it was seen last
 *   dispatcher_policies.c  the few policies that open jobs live under
 *   dispatcher_schedules.c jobs that are due by the clock
 *   dispatcher_drains.c    jobs that still run when their runner's drain is over
 *
 * There is one question to the queue at a time, so what one part has read is true until it asks again. */
#ifndef RQ_AGENT_DISPATCHER_PARTS_H
#define RQ_AGENT_DISPATCHER_PARTS_H

#include "core/agent/dispatcher.h"
#include "core/agent/policy_file.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/model/call.h"
#include "core/model/id.h"
#include "core/policy/policy.h"

/* --- dispatcher_events.c ------------------------------------------------------------------ */

struct rq_events {                      /* "runner:mac.online", "group:audio": as wake_on has them; each once */
	struct rq_arena arena;
	size_t n, cap;
	const char **v;
};
void rq_events_add(struct rq_events *e, const char *event);
void rq_events_clear(struct rq_events *e);
/* The first of WAKE_ON that has happened; NULL none. */
const char *rq_events_match(const struct rq_events *e, const char *const *wake_on, size_t n);

struct rq_seen;                         /* the fleet as it was seen last */
struct rq_seen *rq_seen_new(void);
void rq_seen_free(struct rq_seen *s);
/* F is what is seen now; what has become better since goes to OUT (nothing, at the first time, or NULL). */
void rq_seen_update(struct rq_seen *s, const struct rq_fleet *f, int64_t now, struct rq_events *out);
/* Since when RUNNER has been away or hung, as far as is known; 0: it is there. */
int64_t rq_seen_away_since(const struct rq_seen *s, const char *runner);

/* --- dispatcher_policies.c ---------------------------------------------------------------- */

enum { RQ_POLICIES_MAX = 4 };
struct rq_policies {
	struct rq_kept_policy {
		char oid[RQ_OID_LEN];
		struct rq_policy *policy;       /* NULL: it cannot be had, see `until` */
		int64_t until, used;            /* mono ms */
	} v[RQ_POLICIES_MAX];
};
/* *FOUND tells that OID need not be asked for; its policy may be NULL even so. OID "" is the built-in policy. */
const struct rq_policy *rq_policies_find(struct rq_policies *p, const char *oid, bool *found);
/* TEXT NULL: it is not kept anywhere. NAME is how decisions show it. */
void rq_policies_put(struct rq_policies *p, const char *oid, const char *name, const char *text, struct rq_log *log);
void rq_policies_release(struct rq_policies *p);

/* --- the rest ----------------------------------------------------------------------------- */

struct rq_dispatcher {
	struct rq_loop *loop;
	struct rq_queue *queue;
	const struct rq_paths *paths;
	struct rq_log *log;
	char *name, *by;                /* by: "dispatcher:mac" */
	char holder[RQ_TOKEN_LEN];
	bool shy, autostart, acted, held, stopping, releasing, closed;
	int64_t fence;
	struct rq_timer *duty, *next;
	bool asking_duty;
	int asking;                     /* questions that are not answered yet */
	rq_fn *stopped;
	void *stopped_ud;

	/* when */
	bool looking, wanted, failed;
	int64_t look_at, look_began;    /* mono ms: not before; ns */
	int64_t wake_at;                /* wall clock: look again then; 0 never */

	/* dispatcher_look.c */
	struct rq_seen *seen;
	struct rq_events events, coming;        /* of this look; of the next one */
	bool missed;                    /* a job was left as it is, although something has happened */
	bool all, first;                /* look at all jobs; the page that only tells the fleet */
	int64_t since, seq;             /* of the chain: what the last look, and this one, have seen */
	struct rq_policies policies;
	struct rq_call *page, *before;  /* OPEN's answer; DECISION's about the job at hand, NULL unknown */
	size_t at;                      /* the job at hand, in the page */
	size_t placed, conflicts;       /* of this look */
	bool found;                     /* there were open jobs */
	char conflict[RQ_ID_MAX];       /* the job that another one decided meanwhile */
	struct rq_fleet fleet;          /* of the page, as it is after what was decided since */

	/* dispatcher_drains.c */
	struct rq_drain_work *drain;
	/* dispatcher_schedules.c */
	struct rq_plan *plan;
};

enum { RQ_PAGE = 100, RQ_TURN_NS = 4000000 };

/* dispatcher.c: ask the queue; false when we are going: then C is freed, and the look is over. */
bool rq_dispatcher_ask(struct rq_dispatcher *d, struct rq_call *c);
/* Each answer begins with this; false: the look is over, touch nothing. */
bool rq_dispatcher_answered(struct rq_dispatcher *d, const struct rq_call *c);
/* C's answer, to be kept, and freed whenever we are through with it: C itself must live until its callback is over. */
struct rq_call *rq_dispatcher_take(struct rq_call *c);
void rq_dispatcher_look_done(struct rq_dispatcher *d);
/* Look again at AT (wall clock; 0 never) at the latest. */
void rq_dispatcher_wake_at(struct rq_dispatcher *d, int64_t at);
/* Go on in the next turn of the loop. */
void rq_dispatcher_later(struct rq_dispatcher *d);

/* dispatcher_look.c */
void rq_look(struct rq_dispatcher *d);
void rq_look_go_on(struct rq_dispatcher *d);
void rq_look_forget(struct rq_dispatcher *d);   /* what the look holds */

/* dispatcher_decide.c */
struct rq_again {                       /* why a job is decided again */
	const char *trigger, *note;
	const struct rq_policy *policy;
};
/* Decide about the job at hand: true when a DECIDE is on its way, whose answer is on_answer's. */
bool rq_decide_again(struct rq_dispatcher *d, const struct rq_open_job *j, const struct rq_again *why,
		     void (*on_answer)(struct rq_call *, void *));
/* What C's decision has taken is taken in the page's fleet, too. */
void rq_decide_apply(struct rq_dispatcher *d, const struct rq_call *c);

/* dispatcher_drains.c: end what runs on past its deadline, then rq_schedules_step. */
void rq_drains_step(struct rq_dispatcher *d);
void rq_drains_forget(struct rq_dispatcher *d);

/* dispatcher_schedules.c: it reads config.yaml by itself, and again when it has changed. */
void rq_plan_open(struct rq_dispatcher *d);
void rq_plan_stop(struct rq_dispatcher *d);     /* nothing is asked any more */
void rq_plan_close(struct rq_dispatcher *d);
bool rq_plan_changed(const struct rq_dispatcher *d);
/* submit what is due, then rq_dispatcher_look_done. */
void rq_schedules_step(struct rq_dispatcher *d);
void rq_schedules_forget(struct rq_dispatcher *d);

#endif
