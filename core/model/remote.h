/* remote.h - the URLs under which a repository is known: of a clone's remotes, of GH_REPO, of an API. Pure.
 *
 * What a URL carries of names and passwords is never kept, and no message quotes a URL. */
#ifndef RQ_MODEL_REMOTE_H
#define RQ_MODEL_REMOTE_H

#include <stdbool.h>
#include "core/base/err.h"
#include "core/base/str.h"

#define RQ_HOST_MAX 256         /* bytes, with the NUL, as the two below */
#define RQ_REPO_MAX 128
#define RQ_PREFIX_MAX 256

enum rq_transport { RQ_TRANSPORT_HTTPS, RQ_TRANSPORT_HTTP, RQ_TRANSPORT_SSH, RQ_TRANSPORT_GIT };

struct rq_remote {
	enum rq_transport transport;
	char host[RQ_HOST_MAX];         /* normal form, see rq_host_normal; an IPv6 address without its brackets */
	int port;                       /* of the web server: from https and http alone; 0 the usual one */
	char prefix[RQ_PREFIX_MAX];     /* "/git" where a Gitea or Forgejo lies below a path, else "" */
	char owner[RQ_REPO_MAX], repo[RQ_REPO_MAX];
};

/* URL as git takes it: https://[user@]host[:port][/prefix]/owner/repo[.git], the same with http, ssh and git, and
 * [user@]host:owner/repo[.git]. RQ_EUSAGE: a path of this machine, a form that no server of ours speaks, characters that
 * no name has, or no owner and repository in it. */
int rq_remote_parse(const char *url, struct rq_remote *out, struct rq_error *e);
/* [HOST/]OWNER/REPO, as GH_REPO and `-R` of gh have it, or a URL; HOST is the host where it names none. */
int rq_remote_parse_name(const char *name, const char *host, struct rq_remote *out, struct rq_error *e);

/* Lower case; what belongs to GitHub's own service gets that service's one name: ssh.github.com -> github.com,
 * x.tenant.ghe.com -> tenant.ghe.com. False: no host's name or address. */
bool rq_host_normal(const char *host, char out[RQ_HOST_MAX]);

enum rq_host_kind {
	RQ_HOST_GITHUB,                 /* github.com */
	RQ_HOST_TENANT,                 /* TENANT.ghe.com */
	RQ_HOST_OTHER                   /* GitHub Enterprise Server, Gitea, Forgejo: the name does not tell */
};
enum rq_host_kind rq_host_kind(const char *host);   /* of a normal form */
/* This machine itself: 127.0.0.0/8, ::1, localhost. There alone http:// is good enough. */
bool rq_host_loopback(const char *host);

/* The API's address without a slash at the end: https://api.github.com, https://HOST/api/v3, https://HOST/git/api/v1 (GITEA).
 * http only where R was http and the host is this machine. */
void rq_remote_api(const struct rq_remote *r, bool gitea, struct rq_str *out);
/* HOST of an API's address (api.github.com -> github.com): the one its token belongs to. http is refused unless the host is
 * this machine. */
int rq_remote_api_host(const char *api, char host[RQ_HOST_MAX], struct rq_error *e);
/* The port that it names; 0 none, or no address. */
int rq_remote_api_port(const char *api);
/* The name of a queue for OWNER/REPO: REPO made fit for ids (core/model/id.h), "github" where nothing of it is. */
void rq_remote_queue_name(const char *repo, char *out, size_t size);

#endif
