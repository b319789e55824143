/* Cells that several lists have. */
#include "tui/listview.h"

enum rq_role rq_status_role(const struct rq_job *j)
{
	switch (j->status == RQ_STATUS_COMPLETED ? j->conclusion : RQ_CONCLUSION_NONE) {
	case RQ_CONCLUSION_SUCCESS: case RQ_CONCLUSION_NEUTRAL: return RQ_ROLE_SUCCESS;
	case RQ_CONCLUSION_CANCELLED: return RQ_ROLE_CANCELLED;
	case RQ_CONCLUSION_SKIPPED: case RQ_CONCLUSION_STALE: return RQ_ROLE_SKIPPED;
	case RQ_CONCLUSION_TIMED_OUT: return RQ_ROLE_TIMED_OUT;
	case RQ_CONCLUSION_NONE: break;
	default: return RQ_ROLE_FAILURE;
	}
	switch (j->status) {
	case RQ_STATUS_IN_PROGRESS: return RQ_ROLE_IN_PROGRESS;
	case RQ_STATUS_WAITING: return RQ_ROLE_WAITING;
	case RQ_STATUS_PENDING: case RQ_STATUS_REQUESTED: return RQ_ROLE_PENDING;
	default: return RQ_ROLE_QUEUED;
	}
}

const char *rq_status_glyph(const struct rq_ui *ui, const struct rq_job *j)
{
	enum rq_glyph g = RQ_GLYPH_QUEUED;

	switch (rq_status_role(j)) {
	case RQ_ROLE_IN_PROGRESS: g = RQ_GLYPH_IN_PROGRESS; break;
	case RQ_ROLE_WAITING: case RQ_ROLE_PENDING: g = RQ_GLYPH_WAITING; break;
	case RQ_ROLE_SUCCESS: g = RQ_GLYPH_SUCCESS; break;
	case RQ_ROLE_FAILURE: g = RQ_GLYPH_FAILURE; break;
	case RQ_ROLE_TIMED_OUT: g = RQ_GLYPH_TIMED_OUT; break;
	case RQ_ROLE_CANCELLED: g = RQ_GLYPH_CANCELLED; break;
	case RQ_ROLE_SKIPPED: g = RQ_GLYPH_SKIPPED; break;
	default: break;
	}
	return rq_glyph(ui->draw, g);
}

enum rq_role rq_outcome_role(enum rq_outcome o)
{
	if (o == RQ_OUTCOME_PLACED)
		return RQ_ROLE_PASS;
	return o == RQ_OUTCOME_WAIT ? RQ_ROLE_WAIT : RQ_ROLE_REFUSED;
}

int rq_compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}
