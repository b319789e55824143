# Screen tests: scripts that drive the real program on a pseudo-terminal. tests/screen/main.c tells how.
#   screen_tests    of the console, one file a test
#   self/           of the harness: what must pass and what must fail, against other programs
screen_tests = \
	tests/screen/activity.screen \
	tests/screen/ages.screen \
	tests/screen/attempts.screen \
	tests/screen/busy.screen \
	tests/screen/bytes.screen \
	tests/screen/dashboard.screen \
	tests/screen/decisions.screen \
	tests/screen/empty.screen \
	tests/screen/ends.screen \
	tests/screen/failover.screen \
	tests/screen/filter.screen \
	tests/screen/form.screen \
	tests/screen/form_github.screen \
	tests/screen/first.screen \
	tests/screen/github_act.screen \
	tests/screen/github_log.screen \
	tests/screen/github_move.screen \
	tests/screen/github_submit.screen \
	tests/screen/gone.screen \
	tests/screen/help.screen \
	tests/screen/hostile.screen \
	tests/screen/hostile_known.screen \
	tests/screen/job.screen \
	tests/screen/keymaps.screen \
	tests/screen/keymaps_wrong.screen \
	tests/screen/keys_github.screen \
	tests/screen/keys_lists.screen \
	tests/screen/keys_pages.screen \
	tests/screen/layout.screen \
	tests/screen/list.screen \
	tests/screen/lists.screen \
	tests/screen/lit.screen \
	tests/screen/sparks.screen \
	tests/screen/log.screen \
	tests/screen/log_copy.screen \
	tests/screen/log_filter.screen \
	tests/screen/log_fold.screen \
	tests/screen/log_outside.screen \
	tests/screen/log_save.screen \
	tests/screen/log_search.screen \
	tests/screen/log_signs.screen \
	tests/screen/log_time.screen \
	tests/screen/log_two.screen \
	tests/screen/messages.screen \
	tests/screen/mouse.screen \
	tests/screen/leave.screen \
	tests/screen/lost.screen \
	tests/screen/manual.screen \
	tests/screen/many.screen \
	tests/screen/notify.screen \
	tests/screen/paste.screen \
	tests/screen/policy.screen \
	tests/screen/prompt.screen \
	tests/screen/readonly.screen \
	tests/screen/readonly_github.screen \
	tests/screen/prompt_complete.screen \
	tests/screen/prompt_history.screen \
	tests/screen/reader.screen \
	tests/screen/runs.screen \
	tests/screen/settings.screen \
	tests/screen/size.screen \
	tests/screen/stop.screen \
	tests/screen/title.screen \
	tests/screen/storm.screen \
	tests/screen/taken.screen \
	tests/screen/terms.screen \
	tests/screen/themes.screen \
	tests/screen/tour.screen \
	tests/screen/two.screen \
	tests/screen/types.screen \
	tests/screen/wide_text.screen \
	tests/screen/views.screen \
	tests/screen/undo.screen \
	tests/screen/view.screen
screen_self_tests = \
	tests/screen/self/clean.screen \
	tests/screen/self/events.screen \
	tests/screen/self/fail-ascii.screen \
	tests/screen/self/fail-attr.screen \
	tests/screen/self/fail-bytes.screen \
	tests/screen/self/fail-clean-cursor.screen \
	tests/screen/self/fail-clean-killed.screen \
	tests/screen/self/fail-clean-modes.screen \
	tests/screen/self/fail-clean-pen.screen \
	tests/screen/self/fail-clean-tty.screen \
	tests/screen/self/fail-exit.screen \
	tests/screen/self/fail-expect.screen \
	tests/screen/self/fail-leftover.screen \
	tests/screen/self/fail-run.screen \
	tests/screen/self/fail-same.screen \
	tests/screen/self/fail-screen-extra.screen \
	tests/screen/self/fail-screen.screen \
	tests/screen/self/fail-state-bell.screen \
	tests/screen/self/fail-state-copy.screen \
	tests/screen/self/fail-state-hostile.screen \
	tests/screen/self/fail-state-mode.screen \
	tests/screen/self/fail-state-osc.screen \
	tests/screen/self/fail-step.screen \
	tests/screen/self/fail-stopped.screen \
	tests/screen/self/fail-wait.screen \
	tests/screen/self/hangup.screen \
	tests/screen/self/hostile.screen \
	tests/screen/self/htop.screen \
	tests/screen/self/jobs.screen \
	tests/screen/self/keys-application.screen \
	tests/screen/self/keys.screen \
	tests/screen/self/less.screen \
	tests/screen/self/other.screen \
	tests/screen/self/run.screen \
	tests/screen/self/size.screen \
	tests/screen/self/text.screen
EXTRA_DIST += $(screen_tests) $(screen_self_tests) tests/screen/self.sh \
	tests/screen/skip.sh tests/screen/hostile.sh tests/screen/coverage.sh
CLEANFILES += tests/screen/*.keys

tests_screen_screen_SOURCES = \
	tests/screen/box.c tests/screen/box.h \
	tests/screen/keys.c \
	tests/screen/looks.c \
	tests/screen/main.c \
	tests/screen/match.c tests/screen/match.h \
	tests/screen/pty.c tests/screen/pty.h \
	tests/screen/run.c tests/screen/run.h \
	tests/screen/script.c tests/screen/script.h \
	tests/screen/state.c \
	tests/screen/steps.c tests/screen/steps.h \
	tests/screen/storm.c \
	tests/screen/vt.c tests/screen/vt.h \
	tests/screen/wire.c tests/screen/wire.h
tests_screen_screen_LDADD = librelayq.a $(VTERM_LIBS) $(CORE_LIBS)

if TUI
TESTS += tests/screen/monkey.py tests/screen/stuck.py
endif
EXTRA_DIST += tests/screen/monkey.py tests/screen/stuck.py
TESTS += tests/screen/self.sh $(screen_tests) tests/screen/coverage.sh
# It asks what the others did.
tests/screen/coverage.log: $(screen_tests:.screen=.log)
if HAVE_VTERM
check_PROGRAMS += tests/screen/screen
SCREEN_LOG_COMPILER = $(SANDBOX) tests/screen/screen
else
SCREEN_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/screen/skip.sh
endif
