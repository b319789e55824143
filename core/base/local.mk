librelayq_a_SOURCES += core/base/embed.h
librelayq_a_SOURCES += core/base/clock.h core/base/err.h core/base/json.h core/base/log.h core/base/mem.h core/base/rand.h core/base/regex.h core/base/regex.c core/base/str.h core/base/text.h core/base/yaml.h core/base/yaml.c
librelayq_a_SOURCES += core/base/text.c core/base/text_clean.c core/base/text_width.c
librelayq_a_SOURCES += core/base/text_seq.c core/base/text_stream.c core/base/text_seq.h
librelayq_a_SOURCES += core/base/err.c \
	core/base/mem.c \
	core/base/str.c \
	core/base/clock.c \
	core/base/rand.c \
	core/base/log.c \
	core/base/json.c core/base/json_only.c
librelayq_a_SOURCES += core/base/hash.c core/base/hash.h
librelayq_a_SOURCES += core/base/zone.c core/base/zone.h
librelayq_a_SOURCES += core/base/cron.c core/base/cron.h
librelayq_a_SOURCES += core/base/decimal.h core/base/decimal.c
librelayq_a_SOURCES += core/base/redact.h core/base/redact.c
