# A fuzz target is tests/fuzz/NAME.c with LLVMFuzzerTestOneInput(), and its seeds are the files in
# tests/fuzz/corpus/NAME/.  Three lines each:
#
#   fuzz_targets += tests/fuzz/NAME
#   tests_fuzz_NAME_LDADD = $(FUZZ_LIBS)
#   tests_fuzz_NAME_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
#
# Without --enable-fuzz the same program runs its corpus once, as a test of make check.
fuzz_targets =

fuzz_targets += tests/fuzz/command
tests_fuzz_command_LDADD = $(FUZZ_LIBS)
tests_fuzz_command_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/joblog
tests_fuzz_joblog_LDADD = $(FUZZ_LIBS)
tests_fuzz_joblog_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/config
tests_fuzz_config_LDADD = $(FUZZ_LIBS)
tests_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/filter
tests_fuzz_filter_LDADD = $(FUZZ_LIBS)
tests_fuzz_filter_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/http
tests_fuzz_http_LDADD = $(FUZZ_LIBS)
tests_fuzz_http_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/link
tests_fuzz_link_LDADD = $(FUZZ_LIBS)
tests_fuzz_link_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/github
tests_fuzz_github_LDADD = $(FUZZ_LIBS)
tests_fuzz_github_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/workflow
tests_fuzz_workflow_LDADD = $(FUZZ_LIBS)
tests_fuzz_workflow_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/jobtype
tests_fuzz_jobtype_LDADD = $(FUZZ_LIBS)
tests_fuzz_jobtype_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/json
tests_fuzz_json_LDADD = $(FUZZ_LIBS)
tests_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/policy
tests_fuzz_policy_LDADD = $(FUZZ_LIBS)
tests_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/cases
tests_fuzz_cases_LDADD = $(FUZZ_LIBS)
tests_fuzz_cases_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/remote
tests_fuzz_remote_LDADD = $(FUZZ_LIBS)
tests_fuzz_remote_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/shim
tests_fuzz_shim_SOURCES = tests/fuzz/shim.c $(shim_parts)
tests_fuzz_shim_LDADD = $(FUZZ_LIBS)
tests_fuzz_shim_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/text
tests_fuzz_text_LDADD = $(FUZZ_LIBS)
tests_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_targets += tests/fuzz/values
tests_fuzz_values_LDADD = $(FUZZ_LIBS)
tests_fuzz_values_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

if TUI
fuzz_targets += tests/fuzz/keymap tests/fuzz/theme tests/fuzz/logrows tests/fuzz/osc
endif
tests_fuzz_osc_LDADD = $(FUZZ_LIBS)
tests_fuzz_osc_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_keymap_LDADD = $(FUZZ_LIBS)
tests_fuzz_keymap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_theme_LDADD = $(FUZZ_LIBS)
tests_fuzz_theme_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_logrows_LDADD = $(FUZZ_LIBS)
tests_fuzz_logrows_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZ_LIBS = libcli.a
if TUI
FUZZ_LIBS += libtui.a
endif
FUZZ_LIBS += librelayq.a
if !FUZZ
FUZZ_LIBS += tests/fuzz/libreplay.a
TESTS += $(fuzz_targets)
endif
FUZZ_LIBS += $(CURSES_LIBS) $(CORE_LIBS)

check_LIBRARIES += tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c
check_PROGRAMS += $(fuzz_targets)
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/corpus
