librelayq_a_SOURCES += core/policy/decide.h 
librelayq_a_SOURCES += core/policy/decide.c core/policy/decide_builtin.c core/policy/eval.h
librelayq_a_SOURCES += core/policy/decide_rules.c core/policy/decide_gates.c core/policy/decide_pick.c
librelayq_a_SOURCES += core/policy/decide_judge.c core/policy/decide_score.c core/policy/decide_choose.c
librelayq_a_SOURCES += core/policy/when.c core/policy/when.h core/policy/window.c core/policy/window.h
librelayq_a_SOURCES += core/policy/words.c core/policy/words.h
librelayq_a_SOURCES += core/policy/codes.c core/policy/codes.def
librelayq_a_SOURCES += core/policy/policy.h core/policy/problem.h
librelayq_a_SOURCES += core/policy/replay.h core/policy/replay.c core/policy/replay_report.c core/policy/simulate.c \
	core/policy/sim_fleet.h core/policy/sim_fleet.c
librelayq_a_SOURCES += core/policy/diff.h core/policy/diff.c core/policy/flatten.c
librelayq_a_SOURCES += core/policy/cases.h core/policy/cases.c core/policy/case_run.c core/policy/case_runner.c
librelayq_a_SOURCES += core/policy/problem.c core/policy/problems.def
librelayq_a_SOURCES += core/policy/load.h core/policy/load.c core/policy/load_values.c core/policy/load_routes.c \
	core/policy/load_times.c core/policy/load_rules.c core/policy/load_when.c core/policy/load_fleet.c \
	core/policy/load_check.c
librelayq_a_SOURCES += core/policy/lint.h core/policy/lint.c core/policy/lint_fleet.c
librelayq_a_SOURCES += core/policy/fmt.h core/policy/fmt.c core/policy/fmt_comments.c
