/* value.c - the check of one value by its type: a mistake is told before anything is done. */
#include <string.h>
#include "core/base/str.h"
#include "core/command/impl.h"
#include "core/model/filter.h"
#include "core/model/id.h"
#include "core/model/labels.h"

static int wrong(struct rq_error *e, const char *what, const char *value, const char *wanted)
{
	return rq_fail(e, RQ_EUSAGE, "%s cannot be \"%.80s\": it is %s", what, value, wanted);
}

static int check_filter(const char *what, const char *value, struct rq_error *e)
{
	struct rq_filter *f;
	int rc = rq_filter_new(value, &f, e);

	if (rc)
		return rq_fail_in(e, "%s", what), rc;
	rq_filter_free(f);
	return RQ_OK;
}

static int check_labels(const char *what, const char *value, struct rq_error *e)
{
	struct rq_arena a = { 0 };
	struct rq_labels l;
	int rc = rq_labels_parse(&a, value, &l, e);

	rq_arena_release(&a);
	return rc ? (rq_fail_in(e, "%s", what), rc) : RQ_OK;
}

/* A decision is named by its own id or by its job's. */
static bool id_ok(const char *value)
{
	char queue[RQ_ID_MAX], id[RQ_ID_MAX];

	return rq_id_parse(value, queue, id);
}

int rq_value_check(enum rq_value_type type, const char *choices, const char *what,
		   const char *value, struct rq_error *e)
{
	int64_t n;

	switch (type) {
	case RQ_VALUE_INT:
		return rq_parse_i64(value, &n) ? RQ_OK : wrong(e, what, value, "a whole number");
	case RQ_VALUE_DURATION:
		return rq_parse_duration(value, &n)
			       ? RQ_OK
			       : wrong(e, what, value, "a duration such as 90s, 5m or 1h30m");
	case RQ_VALUE_SIZE:
		return rq_parse_size(value, &n)
			       ? RQ_OK
			       : wrong(e, what, value, "a size such as 64M or 1.5G");
	case RQ_VALUE_NAME:
	case RQ_VALUE_TYPE:
	case RQ_VALUE_RUNNER:
	case RQ_VALUE_QUEUE:
		return rq_name_ok(value)
			       ? RQ_OK
			       : wrong(e, what, value,
				       "a name of letters, digits, dots, dashes, underscores");
	case RQ_VALUE_JOB:
	case RQ_VALUE_DECISION:
		return id_ok(value) ? RQ_OK : wrong(e, what, value, "an id such as local:17 or 17");
	case RQ_VALUE_PAIR:
		return strchr(value, '=') && *value != '='
			       ? RQ_OK
			       : wrong(e, what, value, "written KEY=VALUE");
	case RQ_VALUE_LABELS:
		return check_labels(what, value, e);
	case RQ_VALUE_FILTER:
		return check_filter(what, value, e);
	case RQ_VALUE_CHOICE:
		return rq_choice_has(choices, value) ? RQ_OK : wrong(e, what, value, choices);
	default:
		return RQ_OK;
	}
}
