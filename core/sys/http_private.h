/* http_private.h - what the files of the transport share; nobody else includes it. */
#ifndef RQ_SYS_HTTP_PRIVATE_H
#define RQ_SYS_HTTP_PRIVATE_H

/* Its checks of types wrap each function in a macro of the same name, and ours are members of a table. */
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/http.h"

/* Of libcurl: result, name without curl_, arguments. */
#define RQ_CURL_FUNCTIONS(X) \
	X(CURLcode, global_init, (long)) \
	X(void, global_cleanup, (void)) \
	X(char *, version, (void)) \
	X(curl_version_info_data *, version_info, (CURLversion)) \
	X(CURL *, easy_init, (void)) \
	X(void, easy_cleanup, (CURL *)) \
	X(CURLcode, easy_setopt, (CURL *, CURLoption, ...)) \
	X(CURLcode, easy_getinfo, (CURL *, CURLINFO, ...)) \
	X(const char *, easy_strerror, (CURLcode)) \
	X(CURLM *, multi_init, (void)) \
	X(CURLMcode, multi_cleanup, (CURLM *)) \
	X(CURLMcode, multi_setopt, (CURLM *, CURLMoption, ...)) \
	X(CURLMcode, multi_add_handle, (CURLM *, CURL *)) \
	X(CURLMcode, multi_remove_handle, (CURLM *, CURL *)) \
	X(CURLMcode, multi_assign, (CURLM *, curl_socket_t, void *)) \
	X(CURLMcode, multi_socket_action, (CURLM *, curl_socket_t, int, int *)) \
	X(CURLMsg *, multi_info_read, (CURLM *, int *)) \
	X(struct curl_slist *, slist_append, (struct curl_slist *, const char *)) \
	X(void, slist_free_all, (struct curl_slist *))

struct rq_curl {
	void *lib;      /* NULL: not loaded yet */
#define RQ_CURL_MEMBER(result, name, arguments) result (*name) arguments;
	RQ_CURL_FUNCTIONS(RQ_CURL_MEMBER)
#undef RQ_CURL_MEMBER
};

/* Load the library, once for each C. RQ_EUNSUPPORTED with a sentence that names the package. */
int rq_curl_load(struct rq_curl *c, struct rq_error *e);

/* "NAME\0VALUE\0" for each line of a block. */
struct rq_http_headers {
	struct rq_str text;
};
/* One line of an answer's head. A status line begins a new block. false: more than there may be. */
bool rq_http_headers_line(struct rq_http_headers *h, const char *line, size_t n);

/* The parts of an address that was checked. */
struct rq_http_url {
	bool secure, local;     /* https; this machine */
	char host[256];         /* with its port, where it has one */
};
int rq_http_url_read(const char *url, struct rq_http_url *u, struct rq_error *e);

struct rq_http_call {
	struct rq_http_call *next;
	struct rq_http *h;
	const struct rq_curl *curl;
	rq_http_fn *fn;
	void *ud;
	struct rq_arena arena;          /* the strings of R */
	struct rq_http_request r;
	struct rq_http_url to;
	bool active, answering;
	struct rq_error err;            /* ours: a refusal, a limit, a file that cannot be written */
	int64_t since, until;           /* monotonic ms; 0 no end */
	long lifetime;                  /* seconds; connections that are older are not used; 0 any */
	CURL *easy;
	struct curl_slist *lines;       /* of the request; one holds the token */
	char why[CURL_ERROR_SIZE];
	struct rq_http_headers headers;
	struct rq_str body;
	int64_t got, told, told_at;     /* bytes; when PROGRESS was told of how many */
};

/* A handle for C with all its options, into C->easy. CA: what C->r.ca comes to, NULL for none. */
int rq_http_prepare(struct rq_http_call *c, const struct rq_str *ca, struct rq_error *e);
/* What RESULT says of C, and how far it came. */
void rq_http_judge(struct rq_http_call *c, CURLcode result, struct rq_http_answer *a);
/* Give the handle back and wipe what had the token. */
void rq_http_unprepare(struct rq_http_call *c);
/* The system's authorities and those of the file PATH, as one text. */
int rq_http_authorities(const struct rq_curl *curl, const char *path, struct rq_str *out, struct rq_error *e);

#endif
