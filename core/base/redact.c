/* redact.c - one pass over a line: at each place, is this the beginning of a secret? */
#include "core/base/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"

/* LEAST of a token's letters show that it is one, also where somebody cut it short. */
enum { SHORTEST = 8, LEAST = 16 };

struct secret {
	char *s;
	size_t len;
};

struct rq_redact {
	struct secret *v;       /* longest first: one may begin with another */
	size_t n, cap;
};

struct rq_redact *rq_redact_new(void)
{
	return rq_alloc(sizeof(struct rq_redact));
}

void rq_redact_free(struct rq_redact *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->n; i++) {
		rq_wipe(r->v[i].s, r->v[i].len);
		rq_free(r->v[i].s);
	}
	rq_free(r->v);
	rq_free(r);
}

void rq_redact_add(struct rq_redact *r, const char *secret)
{
	size_t len = strlen(secret), i, at = 0;

	if (len < SHORTEST)
		return;
	for (i = 0; i < r->n; i++)
		if (r->v[i].len == len && !memcmp(r->v[i].s, secret, len))
			return;
	RQ_GROW(r->v, r->n, &r->cap);
	while (at < r->n && r->v[at].len > len)
		at++;
	memmove(&r->v[at + 1], &r->v[at], (r->n - at) * sizeof *r->v);
	r->v[at] = (struct secret){ rq_strdup(secret), len };
	r->n++;
}

/* --- what looks like a secret ------------------------------------------------------------ */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* PREFIX is in small letters. */
static bool begins(const char *s, const char *prefix)
{
	while (*prefix && lower(*s) == *prefix)
		s++, prefix++;
	return !*prefix;
}

static size_t run_of(const char *s, const char *also)
{
	size_t n = 0;

	while (is_alnum(s[n]) || (s[n] && strchr(also, s[n])))
		n++;
	return n;
}

/* Bytes of the token at S; 0 none. The form of an installation's tokens has changed once, so dots and dashes count. */
static size_t token(const char *s)
{
	static const struct { const char *prefix, *also; } forms[] = {
		{ "ghp_", "" }, { "gho_", "" }, { "ghu_", "" }, { "ghr_", "" }, { "ghs_", "._-" }, { "github_pat_", "_" },
		{ "eyJ", "._-" }, { "v1.", "" },
	};
	size_t i, n;

	for (i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!rq_starts(s, forms[i].prefix))
			continue;
		n = run_of(s + strlen(forms[i].prefix), forms[i].also);
		return n >= LEAST ? n + strlen(forms[i].prefix) : 0;
	}
	return 0;
}

static size_t blanks(const char *s)
{
	return strspn(s, " \t=");
}

/* What stands behind a name that says that a secret follows: *SKIP bytes are shown, then as many as returned are not. */
static size_t named(const char *s, size_t *skip)
{
	static const char *const parameters[] = {
		"sig=", "se=", "token=", "access_token=", "client_secret=", "x-amz-signature=", "x-amz-credential=",
		"x-amz-security-token=", "password=",
	};
	size_t i, n;

	if (begins(s, "authorization:")) {
		*skip = strlen("authorization:") + blanks(s + strlen("authorization:"));
		return strcspn(s + *skip, "\"'\r\n");
	}
	if (begins(s, "--token")) {
		*skip = strlen("--token") + blanks(s + strlen("--token"));
		return *skip > strlen("--token") ? strcspn(s + *skip, " \t\"'\r\n") : 0;
	}
	for (i = 0; (*s == '?' || *s == '&') && i < sizeof parameters / sizeof *parameters; i++) {
		n = strlen(parameters[i]);
		if (begins(s + 1, parameters[i])) {
			*skip = n + 1;
			return strcspn(s + *skip, "& \t\"'<>\r\n");
		}
	}
	/* "://anna:secret@host" */
	if (rq_starts(s, "://")) {
		n = strcspn(s + 3, "/?# \t\"'<>\r\n");
		*skip = 3;
		while (n && s[3 + n - 1] != '@')
			n--;
		return n ? n - 1 : 0;
	}
	return 0;
}

/* Bytes of the secret behind *SKIP shown ones at S; 0 none. INSIDE: S goes on a word. */
static size_t secret_at(const struct rq_redact *r, const char *s, bool inside, size_t *skip)
{
	size_t i, n;

	*skip = 0;
	for (i = 0; r && i < r->n; i++)
		if (!strncmp(s, r->v[i].s, r->v[i].len))
			return r->v[i].len;
	n = inside ? 0 : token(s);
	return n ? n : named(s, skip);
}

void rq_redact_line(const struct rq_redact *r, char *s)
{
	char *to = s, *from = s, before = '\0';
	size_t skip, n, i;

	while (*from) {
		n = secret_at(r, from, is_alnum(before) || before == '_', &skip);
		/* Three stars need room; and what is shorter is nobody's secret. */
		if (n < 3) {
			before = *to++ = *from++;
			continue;
		}
		memmove(to, from, skip);
		to += skip;
		for (i = 0; i < 3; i++)
			*to++ = '*';
		from += skip + n;
		before = '*';
	}
	*to = '\0';
}
