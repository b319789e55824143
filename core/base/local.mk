librelayq_a_SOURCES += core/base/embed.h
