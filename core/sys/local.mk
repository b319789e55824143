librelayq_a_SOURCES += core/sys/db.h core/sys/http.h core/sys/lock.h core/sys/loop.h core/sys/paths.h core/sys/wake.h
librelayq_a_SOURCES += core/sys/loop.c core/sys/loop_uv.h core/sys/child.c core/sys/lock.c core/sys/wake.c core/sys/paths.c
librelayq_a_SOURCES += core/sys/db.c core/sys/db_private.h core/sys/db_log.c core/sys/db_stmt.c core/sys/db_tx.c
librelayq_a_SOURCES += core/sys/git.c core/sys/git.h
librelayq_a_SOURCES += core/sys/http.c core/sys/http_curl.c core/sys/http_easy.c core/sys/http_private.h core/sys/http_url.c
librelayq_a_SOURCES += core/sys/proc.c core/sys/proc.h core/sys/user.c core/sys/user.h

# A process of its own, so that only those who ask git pay for libgit2.
relayq_git_SOURCES = core/sys/git_main.c core/sys/git_remotes.c core/sys/git_parts.h
relayq_git_CPPFLAGS = -include $(top_builddir)/config.h $(GIT2_CFLAGS)
relayq_git_LDADD = $(GIT2_LIBS)
librelayq_a_SOURCES += core/sys/capture.c core/sys/capture.h
