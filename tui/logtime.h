/* logtime.h - the times before a log's lines: read, shown, typed. Pure: no terminal. */
#ifndef RQ_TUI_LOGTIME_H
#define RQ_TUI_LOGTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_LOGTIME_COLS = 13 };  /* "18:02:21.123 ", "+0:03:00.123 " */

/* "2026-11-21T18:02:21.1234567Z", not terminated: ms since the epoch. false: it is no date. */
bool rq_logtime_of(const char *stamp, int64_t *ms);
/* Twelve columns: "18:02:21.123". Returns buf. */
const char *rq_logtime_clock(const char *stamp, char buf[RQ_LOGTIME_COLS]);
/* Twelve columns: "+0:00:00.000", "+99:59:59.99", "+9999:59:59"; what is before the beginning has a minus sign. */
const char *rq_logtime_since(int64_t ms, char buf[RQ_LOGTIME_COLS]);
/* What was typed, as a moment: "+5m" and "-90s" from HERE; "18:02", "18:02:21.5" of the day on which that falls into FIRST
 * to LAST; "2026-11-21 18:02", "2026-11-21T18:02:21Z". All in UTC. false: it is none of these. */
bool rq_logtime_parse(const char *text, int64_t here, int64_t first, int64_t last, int64_t *ms);

#endif
