librelayq_a_SOURCES += core/command/command.h core/command/impl.h core/command/rows.h \
	core/command/table.c \
	core/command/parse.c \
	core/command/value.c \
	core/command/run.c \
	core/command/request.c \
	core/command/cells.c \
	core/command/help.c \
	core/command/plainlog.c core/command/plainlog.h \
	core/command/follow.c core/command/follow.h \
	core/command/draft.c core/command/draft.h \
	core/command/draft_steps.c \
	core/command/cmd_submit.c \
	core/command/cmd_jobs.c \
	core/command/cmd_show.c \
	core/command/cmd_logs.c \
	core/command/cmd_change.c \
	core/command/cmd_runners.c \
	core/command/cmd_drain.c \
	core/command/cmd_decisions.c \
	core/command/cmd_summary.c \
	core/command/cmd_types.c \
	core/command/cmd_usage.c \
	core/command/cmd_keys.c \
	core/command/cmd_view.c \
	core/command/cmd_activity.c \
	core/command/cmd_agent.c \
	core/command/cmd_doctor.c \
	core/command/cmd_config.c \
	core/command/cmd_help.c \
	core/command/cmd_version.c \
	core/command/cmd_complete.c \
	core/command/policy_src.c core/command/policy_src.h core/command/policy_journal.c \
	core/command/advice.c core/command/advice.h \
	core/command/cmd_policy_check.c \
	core/command/cmd_policy_test.c \
	core/command/cmd_policy_ask.c \
	core/command/cmd_policy_past.c \
	core/command/cmd_policy_log.c
librelayq_a_SOURCES += core/command/cmd_schedules.c
librelayq_a_SOURCES += core/command/cmd_approve.c core/command/cmd_artifacts.c core/command/cmd_workflows.c core/command/cmd_runner.c
