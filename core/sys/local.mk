librelayq_a_SOURCES += core/sys/db.h core/sys/lock.h core/sys/loop.h core/sys/paths.h core/sys/wake.h 
