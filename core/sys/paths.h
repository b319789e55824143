/* paths.h - where things live (XDG), and small safe file operations. */
#ifndef RQ_SYS_PATHS_H
#define RQ_SYS_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

/* Directories, absolute, without a slash at the end. Made (0700) by rq_paths_make, not by rq_paths_init. */
struct rq_paths {
	char *config;   /* $XDG_CONFIG_HOME/relayq  or ~/.config/relayq */
	char *state;    /* $XDG_STATE_HOME/relayq   or ~/.local/state/relayq */
	char *cache;    /* $XDG_CACHE_HOME/relayq   or ~/.cache/relayq */
	char *data;     /* $XDG_DATA_HOME/relayq    or ~/.local/share/relayq */
	char *runtime;  /* $XDG_RUNTIME_DIR/relayq, or STATE/run; short enough for UNIX sockets (else /tmp/relayq-UID-HASH),
			   and distinct for each state directory */
	char *logs;     /* STATE/logs */
};
/* HOME and the XDG variables from the environment; relative XDG values are ignored as the XDG text asks.
 * Without HOME the password database is asked. */
int rq_paths_init(struct rq_paths *p, struct rq_error *e);
void rq_paths_release(struct rq_paths *p);
/* Make state, logs and runtime. Refuses (RQ_EPERM) a directory that others own or can write to. */
int rq_paths_make(const struct rq_paths *p, struct rq_error *e);

/* Where the log of an attempt of a job lies: LOGS/QUEUE.ID.ATTEMPT.log. ID without the queue. Caller frees. */
char *rq_log_file(const struct rq_paths *p, const char *queue, const char *id, int attempt);

int rq_mkdirs(const char *path, struct rq_error *e);                 /* 0700, parents too */
char *rq_path_join(const char *dir, const char *name);               /* caller frees */
/* A whole file, at most MAX bytes (else RQ_ELIMIT). *out is NUL-terminated and the caller's. */
int rq_file_read(const char *path, size_t max, char **out, size_t *n, struct rq_error *e);
/* Replace PATH, or what it links to, by N bytes: temporary file beside it, fsync, rename. mode e.g. 0600. */
int rq_file_write(const char *path, const char *data, size_t n, unsigned mode, struct rq_error *e);
/* Refuses (RQ_EPERM) unless PATH is ours and nobody else can read it. */
int rq_file_private(const char *path, struct rq_error *e);
/* The directory of the running executable, NULL if it cannot be told; caller frees. */
char *rq_exe_dir(void);
char *rq_exe_path(void);
/* A program of ours that no user calls: what the environment's VARIABLE names, NAME beside the executable, or where it
 * was installed. RQ_ENOTFOUND where that cannot be run; caller frees. */
int rq_helper_find(const char *name, const char *variable, char **path, struct rq_error *e);
int64_t rq_disk_free(const char *path);    /* bytes for an ordinary user; -1 unknown */

#endif
