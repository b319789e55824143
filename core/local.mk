librelayq_a_SOURCES += core/relayq.h
