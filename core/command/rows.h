/* rows.h - every row of the command table; one line a command. */
#ifndef RQ_COMMAND_ROWS_H
#define RQ_COMMAND_ROWS_H

#include "core/command/command.h"

extern const struct rq_command rq_cmd_help, rq_cmd_version;
extern const struct rq_command rq_cmd_config, rq_cmd_config_get, rq_cmd_config_set, rq_cmd_config_path;

#endif
