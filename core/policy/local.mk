librelayq_a_SOURCES += core/policy/decide.h 
librelayq_a_SOURCES += core/policy/decide.c
