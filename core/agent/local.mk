relayq_shim_SOURCES += core/agent/shim.c
librelayq_a_SOURCES += core/agent/agent.h
