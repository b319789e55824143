librelayq_a_SOURCES += core/queue/queue.h core/queue/queue.c core/queue/check.c
librelayq_a_SOURCES += core/queue/local.c core/queue/local.h core/queue/local_schema.c core/queue/local_sets.c
librelayq_a_SOURCES += core/queue/local_spec.c core/queue/local_submit.c core/queue/local_result.c
librelayq_a_SOURCES += core/queue/local_claim.c core/queue/local_list.c core/queue/local_runner.c
librelayq_a_SOURCES += core/queue/local_detail.c core/queue/local_operator.c core/queue/local_route.c
librelayq_a_SOURCES += core/queue/local_lease.c core/queue/local_keep.c core/queue/local_verb.c core/queue/local_duty.c core/queue/local_decision.c
librelayq_a_SOURCES += core/queue/local_follow.c core/queue/local_hold.c core/queue/local_open.c
librelayq_a_SOURCES += core/queue/local_journal.c core/queue/local_policy.h
