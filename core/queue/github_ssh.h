/* github_ssh.h - the lines of a job that a self-hosted runner on another host runs now: the same as github_diag.h, from
 * there by the operator's own ssh. A script of ours (github_follow.sh) goes to `sh -s` on the host by the connection's
 * input and reads the pages there; nothing that comes from the API or from a job is part of a command, and nothing is
 * left on the host when the connection ends. */
#ifndef RQ_QUEUE_GITHUB_SSH_H
#define RQ_QUEUE_GITHUB_SSH_H

#include <stdbool.h>
#include "core/base/err.h"
#include "core/queue/github_livelog.h"
#include "core/sys/loop.h"

struct rq_sshlog;
/* o->host is [user@]host, o->root an absolute path or one below ~/ there, both from the operator's configuration.
 * RQ_EUSAGE for what cannot be one; RQ_EBUSY as rq_livelog_open. A connection that fails or breaks is tried again by
 * itself, after 5 seconds and then ever longer up to a minute; no line is written twice. */
int rq_sshlog_open(struct rq_loop *loop, const struct rq_live_options *o, struct rq_sshlog **out, struct rq_error *e);
/* Ends the connection; the written file stays. NULL is fine. */
void rq_sshlog_close(struct rq_sshlog *s);
enum rq_live_phase rq_sshlog_phase(const struct rq_sshlog *s);
/* "live from macmini's own files, by ssh pi@macmini". Until the next turn of the loop. */
const char *rq_sshlog_state(const struct rq_sshlog *s);
int rq_sshlog_missed(const struct rq_sshlog *s);

/* Whether ssh may be called with it: letters, digits and ._@:- and not an option. */
bool rq_ssh_host_ok(const char *host);
/* Whether it may be a runner's directory there. */
bool rq_ssh_root_ok(const char *root);

#endif
