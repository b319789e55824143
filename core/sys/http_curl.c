/* http_curl.c - libcurl, loaded when the first request is made: no command that stays on this machine pays for it. */
#include <dlfcn.h>
#include <string.h>
#include "core/sys/http_private.h"

/* Debian's git brings the second, whether or not anything brings the first. */
static const char *const names[] = { LIBCURL_SONAME, "libcurl-gnutls.so.4" };

static void *open_library(void)
{
	void *lib = NULL;

	/* It stays: threads that look up names may still run in it, and OpenSSL does not like to go. */
	for (size_t i = 0; !lib && i < sizeof names / sizeof *names; i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return lib;
}

/* A pointer to a function cannot be converted, but has the same bytes where there is a dlsym. */
static bool find(void *lib, const char *name, void *function)
{
	void *p = dlsym(lib, name);

	memcpy(function, &p, sizeof p);
	return p;
}

int rq_curl_load(struct rq_curl *c, struct rq_error *e)
{
	void *lib;
	bool all = true;

	if (c->lib)
		return RQ_OK;
	lib = open_library();
	if (!lib)
		return rq_fail(e, RQ_EUNSUPPORTED, "%s cannot be loaded, and without it nothing can be asked over the network. "
			       "Install it (Debian: apt-get install libcurl4).", LIBCURL_SONAME);
#define FIND(result, name, arguments) all = find(lib, "curl_" #name, &c->name) && all;
	RQ_CURL_FUNCTIONS(FIND)
#undef FIND
	if (!all || c->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return rq_fail(e, RQ_EUNSUPPORTED, "%s is damaged or too old. Install it again (Debian: apt-get install "
			       "--reinstall libcurl4).", LIBCURL_SONAME);
	c->lib = lib;
	return RQ_OK;
}

const char *rq_http_library(void)
{
	void *lib = open_library();
	char *(*version)(void);

	if (!lib || !find(lib, "curl_version", &version))
		return LIBCURL_SONAME " cannot be loaded (Debian: apt-get install libcurl4)";
	return version();
}
