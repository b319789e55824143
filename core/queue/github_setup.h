/* github_setup.h - what has to be typed on a machine that becomes a runner. Pure; for github*.c alone. */
#ifndef RQ_QUEUE_GITHUB_SETUP_H
#define RQ_QUEUE_GITHUB_SETUP_H

#include "core/base/str.h"
#include "core/model/github.h"

/* A packed runner for one system. */
struct gh_package {
	const char *os, *arch, *file, *url;
	const char *sha256;                     /* "" not told */
};
/* Those for Linux and macOS of the server's answer, into A, in the order in which they are shown. What could be anything but
 * a name, an address or a digest is left out: it would be typed into a shell. */
size_t gh_packages(struct rq_arena *a, const char *text, size_t n, struct gh_package **out);

struct gh_setup {
	enum rq_forge forge;
	const char *url;                        /* of the repository or organisation; Gitea, Forgejo: of the server */
	const char *token;
	const char *name, *labels;              /* "" or NULL: none */
	size_t n_packages;
	const struct gh_package *packages;
};
/* Appends lines, ready to be pasted into a shell. */
void gh_setup_text(const struct gh_setup *s, struct rq_str *out);

/* The address for people that belongs to the API's: "https://api.github.com" gives "https://github.com". */
void gh_web_address(const char *api, struct rq_str *out);

/* What is the matter with a runner of this version, in a sentence; "" nothing, or nobody knows. API: the server's address. */
const char *gh_version_note(enum rq_forge forge, const char *api, const char *version);

#endif
