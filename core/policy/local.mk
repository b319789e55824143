librelayq_a_SOURCES += core/policy/decide.h 
librelayq_a_SOURCES += core/policy/decide.c
librelayq_a_SOURCES += core/policy/policy.h core/policy/problem.h
librelayq_a_SOURCES += core/policy/replay.h core/policy/replay.c core/policy/replay_report.c core/policy/simulate.c
librelayq_a_SOURCES += core/policy/diff.h core/policy/diff.c core/policy/flatten.c
librelayq_a_SOURCES += core/policy/cases.h core/policy/cases.c core/policy/case_run.c core/policy/case_runner.c
librelayq_a_SOURCES += core/policy/problem.c core/policy/problems.def
librelayq_a_SOURCES += core/policy/load.h core/policy/load.c core/policy/load_values.c core/policy/load_routes.c \
	core/policy/load_times.c core/policy/load_rules.c core/policy/load_when.c core/policy/load_fleet.c \
	core/policy/load_check.c
librelayq_a_SOURCES += core/policy/lint.h core/policy/lint.c core/policy/lint_fleet.c
librelayq_a_SOURCES += core/policy/fmt.h core/policy/fmt.c core/policy/fmt_comments.c
