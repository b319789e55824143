/* config.h - config.yaml as values. One row of the table in config.c a setting; a test compares the
 * manual page with it. */
#ifndef RQ_MODEL_CONFIG_H
#define RQ_MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/str.h"

struct rq_config;       /* opaque: all settings with their values, and where each came from */

enum rq_setting_type {
	RQ_SETTING_BOOL, RQ_SETTING_INT, RQ_SETTING_STR, RQ_SETTING_DURATION, RQ_SETTING_SIZE,
	RQ_SETTING_ENUM, RQ_SETTING_LIST,
	RQ_SETTING_COLUMNS, RQ_SETTING_SORT     /* as columns.h has them */
};
struct rq_setting {
	const char *name;               /* "agent.autostart" */
	enum rq_setting_type type;
	const char *def;                /* default, as text */
	int64_t min, max;               /* numbers, durations (ms), sizes (bytes) */
	const char *choices;            /* ENUM: "auto|on|off"; the names of columns */
	const char *help;
};
extern const struct rq_setting rq_settings[];
extern const size_t rq_settings_n;

/* The defaults. */
struct rq_config *rq_config_new(void);
void rq_config_free(struct rq_config *c);
/* Settings from YAML text, all or none. Unknown keys are errors with did-you-mean, line and column.
 * NAME is for messages. */
int rq_config_parse(struct rq_config *c, const char *name, const char *text, size_t n,
		    struct rq_error *e);
int rq_config_set(struct rq_config *c, const char *name, const char *value, struct rq_error *e);
const struct rq_setting *rq_config_find(const char *name);
/* RQ_ENOTFOUND with did-you-mean unless there is a setting NAME. */
int rq_config_check(const char *name, struct rq_error *e);

bool rq_config_bool(const struct rq_config *c, const char *name);
/* Also durations in ms and sizes in bytes. */
int64_t rq_config_int(const struct rq_config *c, const char *name);
const char *rq_config_str(const struct rq_config *c, const char *name);
/* "default" or "config.yaml:3". */
const char *rq_config_origin(const struct rq_config *c, const char *name);
/* What stands below `types`, `schedules`, `queues` or `filters`, with its places in config.yaml; NULL nothing. Not checked,
 * but the last: their readers do that (core/model/jobtype.h, core/agent/schedule.h, core/model/queues.h). Borrowed; ends
 * with the next parse. */
struct rq_yaml;
const struct rq_yaml *rq_config_section(const struct rq_config *c, const char *name);
/* The text of config.yaml with NAME set to VALUE: the file keeps its comments and order. What cannot
 * be edited so is refused (RQ_EUNSUPPORTED). */
int rq_config_edit(const char *text, const char *name, const char *value, struct rq_str *out,
		   struct rq_error *e);

#endif
