librelayq_a_SOURCES += core/model/call.h core/model/cap.h core/model/grant.h core/model/submission.h core/model/config.h core/model/decision.h core/model/filter.h core/model/id.h core/model/job.h core/model/labels.h core/model/runner.h core/model/snapshot.h 
librelayq_a_SOURCES += core/model/id.c \
	core/model/labels.c \
	core/model/job.c \
	core/model/runner.c \
	core/model/snapshot.c \
	core/model/call.c \
	core/model/decision.c
librelayq_a_SOURCES += core/model/config.c core/model/config_edit.c core/model/queues.c core/model/queues.h core/model/merge.c core/model/merge.h core/model/filter.c core/model/filter_parse.c core/model/filter_impl.h core/model/filters.c core/model/filters.h core/model/columns.c core/model/columns.h
librelayq_a_SOURCES += core/model/job_json.c core/model/job_json.h
librelayq_a_SOURCES += core/model/joblog.c core/model/joblog.h
librelayq_a_SOURCES += core/model/facts.c core/model/fleet.c core/model/facts.h
librelayq_a_SOURCES += core/model/decision_json.c core/model/decision_render.c core/model/open.h
librelayq_a_SOURCES += core/model/jobtype.c core/model/jobtype.h core/model/jobtype_apply.c
librelayq_a_SOURCES += core/model/remote.c core/model/remote.h
librelayq_a_SOURCES += core/model/ghdrain.c core/model/ghdrain.h core/model/ghdrain_labels.c
librelayq_a_SOURCES += core/model/github.c core/model/github.h core/model/github_private.h core/model/github_runs.c \
	core/model/github_runners.c core/model/github_things.c core/model/github_refusal.c core/model/github_map.c
librelayq_a_SOURCES += core/model/link.c core/model/link.h
librelayq_a_SOURCES += core/model/workflow.c core/model/workflow.h core/model/workflow_private.h core/model/workflow_on.c \
	core/model/workflow_jobs.c core/model/workflow_lint.c core/model/workflow_inputs.c
