# One name a line: tests/unit/NAME is made of tests/unit/NAME.c.
unit_tests =
unit_tests += tests/unit/err tests/unit/mem tests/unit/str tests/unit/clock tests/unit/rand tests/unit/log tests/unit/json
unit_tests += tests/unit/labels tests/unit/job tests/unit/decision tests/unit/decide
unit_tests += tests/unit/loop tests/unit/child tests/unit/lock tests/unit/wake tests/unit/paths
unit_tests += tests/unit/context tests/unit/livelog
unit_tests += tests/unit/queues tests/unit/merge tests/unit/several
unit_tests += tests/unit/text tests/unit/hash tests/unit/zone tests/unit/facts
unit_tests += tests/unit/proc tests/unit/user tests/unit/git tests/unit/policy_file
unit_tests += tests/unit/jobtype tests/unit/remote tests/unit/redact tests/unit/capture
unit_tests += tests/unit/github_token tests/unit/github_find
unit_tests += tests/unit/policy_load tests/unit/policy_bad tests/unit/policy_fmt tests/unit/policy_lint
unit_tests += tests/unit/decimal tests/unit/joblog
unit_tests += tests/unit/github tests/unit/link tests/unit/workflow tests/unit/ghdrain
unit_tests += tests/unit/shim
tests_unit_shim_SOURCES = tests/unit/shim.c $(shim_parts) core/agent/shim.h
unit_tests += tests/unit/policydiff tests/unit/cases tests/unit/replay
unit_tests += tests/unit/yaml tests/unit/regex tests/unit/config tests/unit/filter tests/unit/command tests/unit/plainlog

unit_tests += tests/unit/setup
unit_tests += tests/unit/http tests/unit/api
unit_tests += tests/unit/cron tests/unit/schedule tests/unit/dispatcher

if TUI
tui_unit_tests = tests/unit/manpage tests/unit/keymap tests/unit/theme tests/unit/list tests/unit/line tests/unit/fields tests/unit/logrows tests/unit/logsearch tests/unit/console
tui_unit_tests += tests/unit/logtime tests/unit/clipboard
tui_unit_tests += tests/unit/history
tui_unit_tests += tests/unit/summary tests/unit/spark
tui_unit_tests += tests/unit/layout tests/unit/dashboard tests/unit/notices
unit_tests += $(tui_unit_tests)
endif
tui_unit_libs = libtui.a librelayq.a $(CMOCKA_LIBS) $(CURSES_LIBS) $(CORE_LIBS)
tests_unit_keymap_LDADD = $(tui_unit_libs)
tests_unit_theme_LDADD = $(tui_unit_libs) -lm
tests_unit_manpage_LDADD = $(tui_unit_libs)
tests_unit_list_LDADD = $(tui_unit_libs)
tests_unit_line_LDADD = $(tui_unit_libs)
tests_unit_history_LDADD = $(tui_unit_libs)
tests_unit_fields_LDADD = $(tui_unit_libs)
tests_unit_logrows_LDADD = $(tui_unit_libs)
tests_unit_logsearch_LDADD = $(tui_unit_libs)
tests_unit_logtime_LDADD = $(tui_unit_libs)
tests_unit_clipboard_LDADD = $(tui_unit_libs)
tests_unit_console_LDADD = $(tui_unit_libs)
tests_unit_layout_LDADD = $(tui_unit_libs)
tests_unit_notices_LDADD = $(tui_unit_libs)
tests_unit_dashboard_LDADD = $(tui_unit_libs)
tests_unit_summary_LDADD = $(tui_unit_libs)
tests_unit_spark_LDADD = $(tui_unit_libs)

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += tests/unit/no-cmocka.sh
endif
EXTRA_DIST += tests/unit/no-cmocka.sh tests/unit/logs.h tests/unit/peer.h tests/unit/unit.h
