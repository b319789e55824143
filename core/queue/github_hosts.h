/* github_hosts.h - what gh, GitHub's own command line, knows of hosts: its hosts.yml. */
#ifndef RQ_QUEUE_GITHUB_HOSTS_H
#define RQ_QUEUE_GITHUB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/model/remote.h"

enum { RQ_GH_HOSTS_MAX = 32 };

struct rq_gh_hosts {
	size_t n;                       /* 0 too where there is no such file */
	struct rq_gh_host {
		char name[RQ_HOST_MAX]; /* normal form */
		const char *token;      /* of the active user; "": gh keeps it elsewhere (the system's keyring) */
	} v[RQ_GH_HOSTS_MAX];
	bool there;                     /* the file was read */
	char warning[512];              /* what is wrong with it: one sentence; "" nothing */
	struct rq_yaml_doc *doc;
};

/* $GH_CONFIG_DIR/hosts.yml, $XDG_CONFIG_HOME/gh/hosts.yml or ~/.config/gh/hosts.yml. A file of another user's, or one that
 * is no hosts.yml, counts as none and is warned of; one that others can read is only warned of. */
void rq_gh_hosts_init(struct rq_gh_hosts *h);
/* The tokens are wiped. */
void rq_gh_hosts_release(struct rq_gh_hosts *h);
/* NULL: gh knows nothing of HOST. */
const struct rq_gh_host *rq_gh_hosts_find(const struct rq_gh_hosts *h, const char *host);

#endif
