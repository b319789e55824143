librelayq_a_SOURCES += core/relayq.h
librelayq_a_SOURCES += core/context.h core/relayq.c core/relayq_watch.c core/relayq_verbs.c core/relayq_log.c \
	core/relayq_disk.c core/relayq_doctor.c core/relayq_queues.c core/relayq_found.c core/relayq_route.c core/relayq_where.c core/relayq_several.c \
	core/relayq_record.c core/relayq_outbox.c core/pending.h core/relayq_agent.c core/relayq_policy.c core/relayq_decide.c core/relayq_types.c
