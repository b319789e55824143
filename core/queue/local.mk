librelayq_a_SOURCES += core/queue/queue.h 
