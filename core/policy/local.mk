librelayq_a_SOURCES += core/policy/decide.h 
librelayq_a_SOURCES += core/policy/decide.c
librelayq_a_SOURCES += core/policy/policy.h core/policy/problem.h
