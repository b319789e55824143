librelayq_a_SOURCES += core/policy/decide.h 
