# What the agent and the shim share: libc alone, too.
shim_shared = \
	core/agent/shim_cell.c core/agent/shim_cell.h \
	core/agent/shim_kill.c core/agent/shim_kill.h \
	core/agent/shim_point.c core/agent/shim_point.h
# The shim.
shim_parts = \
	core/agent/shim_child.c core/agent/shim_child.h \
	core/agent/shim_clock.h \
	core/agent/shim_env.c core/agent/shim_env.h \
	core/agent/shim_files.c \
	core/agent/shim_keep.c core/agent/shim_keep.h \
	core/agent/shim_log.c core/agent/shim_log.h \
	core/agent/shim_mask.c core/agent/shim_mask.h \
	core/agent/shim_spec.c core/agent/shim_spec.h \
	core/agent/shim_watch.c
shim_main = core/agent/shim.c core/agent/shim.h
relayq_shim_SOURCES += $(shim_main) $(shim_parts) $(shim_shared)

agent_sources = \
	core/agent/adopt.c core/agent/beat.c core/agent/cells.c core/agent/control.c \
	core/agent/daemon.c core/agent/daemon.h core/agent/exchange.c core/agent/keeper.c core/agent/lost.c core/agent/probe.c \
	core/agent/secrets.c core/agent/spec.c core/agent/types.c core/agent/types.h core/agent/work.c
librelayq_a_SOURCES += core/agent/agent.h $(agent_sources) $(shim_shared)
librelayq_a_SOURCES += core/agent/policy_file.c core/agent/policy_file.h core/agent/policy_cache.c core/agent/policy_find.c core/agent/policy_find.h
librelayq_a_SOURCES += core/agent/schedule.c core/agent/schedule.h
librelayq_a_SOURCES += core/agent/dispatcher.c core/agent/dispatcher.h core/agent/dispatcher_parts.h
librelayq_a_SOURCES += core/agent/dispatcher_decide.c core/agent/dispatcher_drains.c core/agent/dispatcher_events.c
librelayq_a_SOURCES += core/agent/dispatcher_look.c core/agent/dispatcher_policies.c core/agent/dispatcher_schedules.c
