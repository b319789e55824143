/* Ages as text that changes seldom: each step on the screen is bytes on the line. */
#include "tui/ui.h"

#include <stdio.h>
#include "core/base/str.h"

void rq_ui_ages_at(struct rq_ui *ui, int64_t at)
{
	if (!ui->slow && (!ui->next_change || at < ui->next_change))
		ui->next_change = at;
}

/* Rounds MS down to STEP and has the screen drawn again when the next step begins. */
static int64_t step(struct rq_ui *ui, int64_t ms, int64_t step_ms)
{
	int64_t down = ms / step_ms * step_ms;

	rq_ui_ages_at(ui, ui->now + (down + step_ms - ms));
	return down;
}

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* The older, the coarser: nobody needs to know that it is 3 h and 17 min, and where nothing happens
 * nothing is sent. */
static const struct age_step { int64_t below, step; } steps[] = {
	{ MINUTE, 10 * SECOND }, { HOUR, MINUTE }, { 6 * HOUR, 10 * MINUTE }, { 2 * DAY, HOUR }, { INT64_MAX, DAY },
};
static const struct age_step slow_steps[] = {
	{ MINUTE, MINUTE }, { HOUR, 10 * MINUTE }, { 2 * DAY, HOUR }, { INT64_MAX, DAY },
};

static int64_t step_of(const struct rq_ui *ui, int64_t ms)
{
	const struct age_step *s = ui->slow ? slow_steps : steps;

	while (ms >= s->below)
		s++;
	return s->step;
}

static int64_t since(const struct rq_ui *ui, int64_t at)
{
	return ui->now > at ? ui->now - at : 0;
}

const char *rq_ui_age(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN])
{
	int64_t exact = since(ui, at), ms;

	if (!at) {
		snprintf(buf, RQ_TIME_LEN, "-");
		return buf;
	}
	ms = step(ui, exact, step_of(ui, exact));
	if (!ms)
		snprintf(buf, RQ_TIME_LEN, exact < MINUTE ? "now" : "<10m");
	else if (ms < MINUTE)
		snprintf(buf, RQ_TIME_LEN, "%ds", (int)(ms / SECOND));
	else if (ms < HOUR)
		snprintf(buf, RQ_TIME_LEN, "%dm", (int)(ms / MINUTE));
	else if (ms < 6 * HOUR && ms % HOUR)
		snprintf(buf, RQ_TIME_LEN, "%dh%02dm", (int)(ms / HOUR), (int)(ms / MINUTE % 60));
	else if (ms < 2 * DAY)
		snprintf(buf, RQ_TIME_LEN, "%dh", (int)(ms / HOUR));
	else
		snprintf(buf, RQ_TIME_LEN, "%lldd", (long long)(ms / DAY));
	return buf;
}

const char *rq_ui_elapsed(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN])
{
	int64_t ms = since(ui, at);
	int64_t size = ms < 10 * SECOND ? SECOND : ms < 10 * MINUTE ? 10 * SECOND : MINUTE;

	ms = step(ui, ms, size);
	if (ms < MINUTE)
		snprintf(buf, RQ_TIME_LEN, "%ds", (int)(ms / SECOND));
	else
		rq_duration_text(ms, buf);
	return buf;
}

const char *rq_ui_ago(struct rq_ui *ui, int64_t at, char buf[RQ_TIME_LEN + 8])
{
	char age[RQ_TIME_LEN];

	rq_ui_age(ui, at, age);
	if (rq_eq(age, "now"))
		snprintf(buf, RQ_TIME_LEN + 8, "just now");
	else
		snprintf(buf, RQ_TIME_LEN + 8, "%s ago", age);
	return buf;
}
