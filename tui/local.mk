if TUI
libtui_a_SOURCES += \
	tui/age.c \
	tui/before.c \
	tui/clipboard.c tui/clipboard.h \
	tui/cmdline.c tui/cmdline.h \
	tui/cmdtext.c tui/cmdtext.h \
	tui/complete.c tui/complete.h \
	tui/confirm.c \
	tui/crash.c tui/crash.h \
	tui/dash_page.c tui/dash_page.h \
	tui/dashboard.c tui/dashboard.h \
	tui/detail.c tui/dispatch.c tui/dispatch.h tui/detail.h \
	tui/doing.def \
	tui/draw.c tui/draw.h \
	tui/first.c \
	tui/fetch.c tui/fetch.h \
	tui/fields.c tui/fields.h \
	tui/frame.c \
	tui/history.c tui/history.h \
	tui/hold.c \
	tui/hook.c tui/hook.h \
	tui/input.c tui/input.h \
	tui/known.c tui/known.h \
	tui/key.c tui/key.h \
	tui/keymap.c tui/keymap.h tui/keymap_parse.c \
	tui/looks.c tui/looks.h \
	tui/truecolour.c tui/truecolour.h \
	tui/reader.c tui/reader.h tui/list_linear.c \
	tui/keytrace.c tui/keytrace.h \
	tui/line.c tui/line.h \
	tui/layout.c tui/layout.h \
	tui/lines.c tui/lines.h \
	tui/list.c tui/list.h \
	tui/list_columns.c tui/list_draw.c tui/list_impl.h tui/list_lit.c tui/list_marks.c \
	tui/listcells.c tui/listview.c tui/listview.h tui/listview_columns.c tui/listview_filter.c tui/listview_impl.h \
	tui/filter_complete.c tui/filter_complete.h tui/menu.c tui/menu.h \
	tui/logindex.c \
	tui/logline.c tui/logline.h \
	tui/logmatch.c tui/logmatch.h \
	tui/logpattern.c tui/logpattern.h \
	tui/logsearch.c tui/logsearch.h \
	tui/logtext.c tui/logtext.h \
	tui/logtime.c tui/logtime.h \
	tui/logview.h \
	tui/logview_copy.c tui/logview_draw.c tui/logview_filter.c tui/logview_find.c tui/logview_fold.c \
	tui/logview_go.c tui/logview_rows.c tui/logview_save.c tui/logview_split.c tui/logview_steps.c tui/logview_title.c \
	tui/decision_text.c tui/runner_text.c tui/runner_text.h tui/view_decision.c tui/view_runner.c \
	tui/notices.c tui/notify.c tui/notify.h \
	tui/pane.c tui/pane.h \
	tui/oldvalues.c tui/oldvalues.h \
	tui/missing.c \
	tui/popup.c tui/popup.h \
	tui/manfill.c tui/manfill.h tui/manpage.c tui/manpage.h \
	tui/manual.c tui/manual.h tui/view_manual.c \
	tui/outside.c tui/outside.h \
	tui/possible.c tui/possible.h \
	tui/output.c tui/output.h \
	tui/preview.c tui/preview.h \
	tui/prompt.c \
	tui/rich.c tui/rich.h \
	tui/role.def \
	tui/run.c \
	tui/settings.c tui/settings.h \
	tui/sink.c tui/sink.h tui/summary.c tui/summary.h \
	tui/spark.c tui/spark.h \
	tui/status.c tui/status.h \
	tui/tabs.c tui/tabs.h \
	tui/term.c tui/term.h \
	tui/textview.c tui/textview.h \
	tui/theme.c tui/theme.h \
	tui/tui.c tui/tui.h \
	tui/ui.h \
	tui/undo.c tui/undo.h \
	tui/view_activity.c \
	tui/view_dashboard.c \
	tui/view_decisions.c \
	tui/view_form.c \
	tui/view_help.c \
	tui/view_job.c \
	tui/view_jobs.c \
	tui/view_log.c \
	tui/view_pager.c \
	tui/view_picker.c \
	tui/view_run.c \
	tui/view_runners.c \
	tui/views.c tui/views.def \
	tui/words.c tui/words.h
endif
