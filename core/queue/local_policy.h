/* local_policy.h - the part of local.h that is about decisions: their chain, what they hold, what they do to jobs. */
#ifndef RQ_QUEUE_LOCAL_POLICY_H
#define RQ_QUEUE_LOCAL_POLICY_H

#include "core/queue/local.h"

/* --- local_decision.c */
/* Store D about JOB (0 none), linked to PREV unless it says itself; its id, in A. */
const char *rq_local_store(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d,
			   const char *prev);
/* A job of another queue: by its full id, which the column of jobs has as a negative number, made from its sum. */
int64_t rq_local_foreign(const char *full_id);
/* "media:9127" of that or of "media:9127/28411", in A; NULL: no id of another queue. */
const char *rq_local_foreign_id(struct rq_local *l, struct rq_arena *a, const char *id);
/* The latest decision about it; NULL none; in A. */
const char *rq_local_foreign_decision(struct rq_local *l, struct rq_arena *a, const char *full_id);
/* Store D about it, linked to the one before. */
const char *rq_local_store_foreign(struct rq_local *l, struct rq_arena *a, const char *full_id, const struct rq_decision *d);
/* As rq_local_store, unless D is NULL, and it is the latest decision about JOB. */
void rq_local_decided(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d, const char *prev);

/* NAME's text is needed as long as record N; TEXT may be NULL when it is known. Its row names a record that is at most
 * RQ_LOCAL_LAG older. */
#define RQ_LOCAL_LAG 99
void rq_local_text_keep(struct rq_local *l, const char *name, int64_t n, const char *text);
/* NULL none; in A. */
const char *rq_local_text(struct rq_local *l, struct rq_arena *a, const char *name);
/* The chain's last link, as of the running transaction; begin forgets it, commit writes it. */
const struct rq_link *rq_local_chain(struct rq_local *l);
void rq_local_chain_forget(struct rq_local *l);
void rq_local_chain_write(struct rq_local *l);
void rq_local_anchor(struct rq_local *l, struct rq_link *link);
void rq_local_anchor_move(struct rq_local *l, const struct rq_link *link);
/* HASH may be PREV. */
void rq_local_chain_hash(const char *prev, int64_t seq, int64_t job, const char *body, size_t n, char hash[RQ_SHA256_LEN]);
/* A decision without its candidates, from RQ_LOCAL_DECISION with a condition behind it. */
#define RQ_LOCAL_DECISION \
	"SELECT id,job,prev,at,cause,by,note,outcome,target,reason,policy,type,wanted,route,seq," \
	"CASE WHEN job<0 THEN json_extract(body,'$.job_id') END FROM decision "
void rq_local_decision_row(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_decision *d);
/* All of it, from RQ_LOCAL_WHOLE; *fleet is the one read before, to be shared. */
#define RQ_LOCAL_WHOLE \
	"SELECT d.body,d.id,d.job,d.prev,d.seq,d.hash,coalesce((SELECT hash FROM decision p WHERE p.seq=d.seq-1)," \
	"(SELECT substr(text,instr(text,' ')+1) FROM kept WHERE name='anchor')) FROM decision d "
int rq_local_decision_whole(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_decision *d,
			    const struct rq_fleet **fleet, struct rq_error *e);

/* --- local_hold.c */
/* Take what D's placement of JOB takes; RQ_ECONFLICT when there is no place for it. */
int rq_local_hold(struct rq_local *l, int64_t job, const struct rq_decision *d, int64_t now, struct rq_error *e);
/* JOB leaves its place, after RAN_MS there; < 0: it never ran. */
void rq_local_unhold(struct rq_local *l, int64_t job, int64_t ran_ms);
/* What is taken, by key, into A. */
struct rq_counter *rq_local_counters(struct rq_local *l, struct rq_arena *a, size_t *n);

/* --- local_follow.c */
/* wait_until of a held job that only a decision is missing for */
#define RQ_LOCAL_DUE 1
#define RQ_LOCAL_DUE_SQL "1"
/* The change of a job that is released: a governed one is held, and due. */
#define RQ_LOCAL_RELEASED \
	"state=CASE WHEN governed THEN 'held' ELSE 'ready' END,reason=CASE WHEN governed THEN '" RQ_WHY_DECISION_PENDING \
	"' END,wait_until=CASE WHEN governed THEN " RQ_LOCAL_DUE_SQL " END"
/* Do with a job that is not leased what D says (not REJECTED). RQ_ECONFLICT: a hold has no place. */
int rq_local_follow(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t now,
		    struct rq_error *e);
/* The same for one that is leased and will be given back. */
void rq_local_follow_running(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t now);
/* A governed job leaves its state: its holds end after RAN_MS (< 0: it did not run), or what it waits for is forgotten. */
void rq_local_leave(struct rq_local *l, const struct rq_row *r, int64_t ran_ms);
/* The policy refuses; the refusal as a sentence. */
bool rq_local_rejects(const struct rq_decision *d);
int rq_local_rejected(const struct rq_decision *d, struct rq_error *e);

#endif
