/* filter_impl.h - an expression as filter_parse.c leaves it for filter.c. */
#ifndef RQ_MODEL_FILTER_IMPL_H
#define RQ_MODEL_FILTER_IMPL_H

#include <stdint.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/model/filter.h"

enum { RQ_TERMS_MAX = 32, RQ_TERM_VALUES_MAX = 16 };

/* X(ID, "name", KIND): TEXT has values behind a colon, TIME and the others are compared: durations, whole
 * numbers, numbers with up to three decimals, sizes. */
#define RQ_FIELD_LIST(X) \
	X(STATUS, "status", TEXT) X(CONCLUSION, "conclusion", TEXT) X(LABEL, "label", TEXT) X(TYPE, "type", TEXT) \
	X(RUNNER, "runner", TEXT) X(QUEUE, "queue", TEXT) X(ID, "id", TEXT) X(NAME, "name", TEXT) \
	X(GROUP, "group", TEXT) X(REASON, "reason", TEXT) X(BRANCH, "branch", TEXT) X(EVENT, "event", TEXT) \
	X(ACTOR, "actor", TEXT) X(IS, "is", TEXT) X(JOB, "job", TEXT) X(COMMAND, "command", TEXT) \
	X(NOTE, "note", TEXT) X(POLICY, "policy", TEXT) X(SYSTEM, "system", TEXT) X(HOST, "host", TEXT) \
	X(VERSION, "version", TEXT) \
	X(AGE, "age", TIME) X(TIME, "time", TIME) X(WAIT, "wait", TIME) X(STARTED, "started", TIME) \
	X(ENDED, "ended", TIME) X(SEEN, "seen", TIME) \
	X(ATTEMPT, "attempt", WHOLE) X(PRIORITY, "priority", WHOLE) X(EXIT, "exit", WHOLE) \
	X(SLOTS, "slots", WHOLE) X(RUNNING, "running", WHOLE) X(LOAD, "load", MILLI) X(TEMP, "temp", MILLI) \
	X(CORES, "cores", WHOLE) X(MEMORY, "memory", SIZE) X(DISK, "disk", SIZE)

/* What columns call them: whatever a list has as a head can be filtered by. */
#define RQ_ALIAS_LIST(X) \
	X(LABEL, "labels", TEXT) X(LABEL, "wanted", TEXT) X(STATUS, "state", TEXT) X(STATUS, "outcome", TEXT) \
	X(STATUS, "result", TEXT) X(TYPE, "action", TEXT) X(ID, "what", TEXT) X(ACTOR, "who", TEXT) X(ACTOR, "by", TEXT) \
	X(EVENT, "why", TEXT) X(NOTE, "detail", TEXT) X(RUNNING, "busy", WHOLE) X(STARTED, "up", TIME) X(AGE, "at", TIME)

enum rq_field {
	RQ_FIELD_ANY, RQ_FIELD_REGEX,
#define X(id, name, kind) RQ_FIELD_##id,
	RQ_FIELD_LIST(X)
#undef X
	RQ_FIELD_N
};
enum rq_field_kind { RQ_KIND_TEXT, RQ_KIND_TIME, RQ_KIND_WHOLE, RQ_KIND_MILLI, RQ_KIND_SIZE };

struct rq_field_name {
	const char *name;
	enum rq_field field;
	enum rq_field_kind kind;
};

/* What may stand behind "is:" besides a status. */
#define RQ_IS_LIST(X) \
	X(ACTIVE, "active") X(FINISHED, "finished") X(FAILED, "failed") X(RUNNING, "running") X(STUCK, "stuck") \
	X(RETRIED, "retried")
enum rq_is {
	RQ_IS_STATUS,
#define X(id, name) RQ_IS_##id,
	RQ_IS_LIST(X)
#undef X
	RQ_IS_N
};

enum rq_compare { RQ_CMP_EQ, RQ_CMP_LT, RQ_CMP_LE, RQ_CMP_GT, RQ_CMP_GE };

struct rq_term {
	enum rq_field field;
	const char *name;               /* of the field, as it was meant */
	bool negated;
	size_t n;
	const char *values[RQ_TERM_VALUES_MAX]; /* any of them */
	enum rq_is is[RQ_TERM_VALUES_MAX];
	struct rq_regex *regex;
	enum rq_compare compare;
	int64_t number;                 /* ms, or thousandths where the kind says so */
};

struct rq_filter {
	struct rq_arena arena;
	int64_t now, next;              /* as rq_filter_at and rq_filter_next have them */
	size_t n;
	struct rq_term terms[RQ_TERMS_MAX];
};

#endif
