librelayq_a_SOURCES += core/command/command.h 
