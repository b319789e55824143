relayq_shim_SOURCES += core/agent/shim.c
