/* rows.h - every row of the command table. */
#ifndef RQ_COMMAND_ROWS_H
#define RQ_COMMAND_ROWS_H

#include "core/command/command.h"

extern const struct rq_command rq_cmd_submit, rq_cmd_jobs, rq_cmd_show, rq_cmd_logs, rq_cmd_view;
extern const struct rq_command rq_cmd_cancel, rq_cmd_retry, rq_cmd_delete, rq_cmd_reroute, rq_cmd_approve, rq_cmd_artifacts;
extern const struct rq_command rq_cmd_workflows, rq_cmd_workflows_enable, rq_cmd_workflows_disable;
extern const struct rq_command rq_cmd_runner_new, rq_cmd_runner_remove, rq_cmd_runner_labels;
extern const struct rq_command rq_cmd_runners, rq_cmd_drain, rq_cmd_undrain;
extern const struct rq_command rq_cmd_decisions, rq_cmd_explain, rq_cmd_summary, rq_cmd_doctor,
	rq_cmd_usage;
extern const struct rq_command rq_cmd_agent_run, rq_cmd_agent_start, rq_cmd_agent_stop,
	rq_cmd_agent_status;
extern const struct rq_command rq_cmd_config, rq_cmd_config_get, rq_cmd_config_set,
	rq_cmd_config_path;
extern const struct rq_command rq_cmd_types, rq_cmd_keys, rq_cmd_activity;
extern const struct rq_command rq_cmd_policy_check, rq_cmd_policy_lint, rq_cmd_policy_fmt,
	rq_cmd_policy_test, rq_cmd_policy_explain, rq_cmd_policy_why_not, rq_cmd_policy_plan,
	rq_cmd_policy_replay, rq_cmd_policy_diff, rq_cmd_policy_log, rq_cmd_policy_verify;
extern const struct rq_command rq_cmd_schedules;
extern const struct rq_command rq_cmd_help, rq_cmd_version, rq_cmd_complete;

#endif
