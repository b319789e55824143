/* link.c - the next page, how long to wait, what is left of a limit. */
#include "core/model/link.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"

/* --- URLs --------------------------------------------------------------------------------- */

struct url {
	const char *host, *path;
	size_t n_host;
	int64_t port;
	bool secure;
};

static bool all_graphic(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '\\' || i >= RQ_URL_MAX)
			return false;
	return true;
}

static bool take(const char **s, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i < n; i++)
		if (((*s)[i] >= 'A' && (*s)[i] <= 'Z' ? (*s)[i] + ('a' - 'A') : (*s)[i]) != word[i])
			return false;
	*s += n;
	return true;
}

/* ":8443", or nothing: the scheme's own. */
static bool read_port(const char *s, const char *end, struct url *u)
{
	u->port = u->secure ? 443 : 80;
	if (s == end)
		return true;
	if (*s++ != ':' || s == end || end - s > 5)
		return false;
	for (u->port = 0; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		u->port = u->port * 10 + (*s - '0');
	}
	return u->port >= 1 && u->port <= 65535;
}

static bool read_url(const char *s, struct url *u)
{
	const char *end, *host_end;

	if (!all_graphic(s))
		return false;
	u->secure = take(&s, "https://");
	if (!u->secure && !take(&s, "http://"))
		return false;
	end = s + strcspn(s, "/?#");
	if (memchr(s, '@', (size_t)(end - s)))
		return false;
	host_end = *s == '[' ? memchr(s, ']', (size_t)(end - s)) : s + strcspn(s, ":/?#");
	if (!host_end || host_end == s)
		return false;
	if (*s == '[')
		host_end++;
	u->host = s;
	u->n_host = (size_t)(host_end - s);
	u->path = end;
	return read_port(host_end, end, u);
}

static bool same_host(const struct url *a, const struct url *b)
{
	const char *p = a->host;
	char name[256];

	if (a->n_host != b->n_host || a->n_host >= sizeof name || a->secure != b->secure || a->port != b->port)
		return false;
	for (size_t i = 0; i < b->n_host; i++)
		name[i] = b->host[i] >= 'A' && b->host[i] <= 'Z' ? (char)(b->host[i] + ('a' - 'A')) : b->host[i];
	name[b->n_host] = '\0';
	return take(&p, name);
}

/* One part of a path, decoded as far as dots go, that means "up" or "here". */
static bool is_dots(const char *s, size_t n)
{
	int dots = 0;

	while (n) {
		if (*s == '.') {
			s++;
			n--;
		} else if (n >= 3 && s[0] == '%' && s[1] == '2' && (s[2] == 'e' || s[2] == 'E')) {
			s += 3;
			n -= 3;
		} else {
			return false;
		}
		dots++;
	}
	return dots == 1 || dots == 2;
}

static bool goes_up(const char *path)
{
	size_t n;

	for (;;) {
		n = strcspn(path, "/?");
		if (is_dots(path, n))
			return true;
		if (path[n] != '/')
			return false;
		path += n + 1;
	}
}

bool rq_url_below(const char *url, const char *base)
{
	struct url u, b;
	size_t n;

	if (!read_url(url, &u) || !read_url(base, &b) || !same_host(&u, &b))
		return false;
	if (strchr(u.path, '#') || strcspn(b.path, "?#") != strlen(b.path))
		return false;
	n = strlen(b.path);
	while (n && b.path[n - 1] == '/')
		n--;
	return !strncmp(u.path, b.path, n) && (!u.path[n] || u.path[n] == '/' || u.path[n] == '?') && !goes_up(u.path);
}

/* --- Link --------------------------------------------------------------------------------- */

static void skip_blanks(const char **s)
{
	while (**s == ' ' || **s == '\t')
		(*s)++;
}

static bool is_token(char c)
{
	return c > ' ' && c < 127 && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* "next" among the words of a rel, which may be several. */
static bool says_next(const char *s, size_t n)
{
	const char *end = s + n, *word;

	while (s < end) {
		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
		for (word = s; s < end && *s != ' ' && *s != '\t';)
			s++;
		if (s - word == 4 && take(&word, "next"))
			return true;
	}
	return false;
}

/* The value behind '=': a token or a quoted text. */
static void value(const char **s, const char **from, size_t *n)
{
	bool quoted = **s == '"';

	if (quoted)
		(*s)++;
	*from = *s;
	while (**s && (quoted ? **s != '"' : is_token(**s) || strchr(":/", **s))) {
		if (**s == '\\' && (*s)[1])
			(*s)++;
		(*s)++;
	}
	*n = (size_t)(*s - *from);
	if (quoted && **s)
		(*s)++;
}

/* The parameters of one link, up to ',' or the end; whether its first rel says next. */
static bool parameters(const char **s)
{
	bool seen = false, next = false, rel;
	const char *name, *v = "";
	size_t n;

	for (;;) {
		skip_blanks(s);
		if (**s != ';')
			break;
		(*s)++;
		skip_blanks(s);
		for (name = *s; is_token(**s);)
			(*s)++;
		rel = *s - name == 3 && take(&name, "rel");
		skip_blanks(s);
		n = 0;
		if (**s == '=') {
			(*s)++;
			skip_blanks(s);
			value(s, &v, &n);
		}
		if (rel && !seen) {
			seen = true;
			next = says_next(v, n);
		}
	}
	while (**s && **s != ',')
		(*s)++;
	return next;
}

/* "/path" is on the host that is talked to. */
static const char *absolute(struct rq_arena *a, const char *target, const char *base)
{
	struct url b;

	if (target[0] != '/' || target[1] == '/' || !read_url(base, &b))
		return target;
	return rq_arena_fmt(a, "%.*s%s", (int)(b.path - base), base, target);
}

int rq_link_next(struct rq_arena *a, const char *header, const char *base, const char **next, struct rq_error *e)
{
	const char *s = header ? header : "", *from, *end;

	*next = NULL;
	if (strlen(s) > RQ_LINK_MAX)
		return rq_fail(e, RQ_ELIMIT, "The server's Link header is longer than %d bytes.", RQ_LINK_MAX);
	while ((s = strchr(s, '<'))) {
		from = s + 1;
		end = strchr(from, '>');
		if (!end)
			return RQ_OK;
		s = end + 1;
		if (!parameters(&s))
			continue;
		*next = absolute(a, rq_arena_strn(a, from, (size_t)(end - from)), base);
		break;
	}
	if (*next && !rq_url_below(*next, base)) {
		*next = NULL;
		return rq_fail(e, RQ_EREFUSED, "The server names a next page that is not below %.200s, so it is not asked for.",
			       base);
	}
	return RQ_OK;
}

/* --- times -------------------------------------------------------------------------------- */

/* N digits, or fewer when FEWER. */
static bool digits(const char **s, int n, bool fewer, int64_t *out)
{
	const char *from = *s;

	for (*out = 0; n > 0 && **s >= '0' && **s <= '9'; n--)
		*out = *out * 10 + (*(*s)++ - '0');
	return *s > from && (n == 0 || fewer);
}

static bool literal(const char **s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*s, text, n) != 0)
		return false;
	*s += n;
	return true;
}

static bool month(const char **s, int *out)
{
	static const char *const names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };

	for (int i = 0; i < 12; i++) {
		if (take(s, names[i])) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

static bool clock_time(const char **s, int64_t *sec)
{
	int64_t h, m, x;

	if (!digits(s, 2, false, &h) || !literal(s, ":") || !digits(s, 2, false, &m) || !literal(s, ":") ||
	    !digits(s, 2, false, &x))
		return false;
	*sec = (h * 60 + m) * 60 + x;
	return h < 24 && m < 60 && x <= 60;
}

/* "06 Nov 1994 08:49:37 GMT", "06-Nov-94 08:49:37 GMT" */
static bool day_first(const char *s, int64_t *y, int *mo, int64_t *d, int64_t *sec)
{
	const char *sep, *from;

	if (!digits(&s, 2, false, d))
		return false;
	sep = *s == '-' ? "-" : " ";
	if (!literal(&s, sep) || !month(&s, mo) || !literal(&s, sep))
		return false;
	from = s;
	if (!digits(&s, 4, true, y) || (s - from != 4 && s - from != 2))
		return false;
	if (s - from == 2)
		*y += *y < 70 ? 2000 : 1900;
	return literal(&s, " ") && clock_time(&s, sec) && literal(&s, " GMT") && !*s;
}

/* "Nov  6 08:49:37 1994" */
static bool month_first(const char *s, int64_t *y, int *mo, int64_t *d, int64_t *sec)
{
	if (!month(&s, mo) || !literal(&s, " "))
		return false;
	skip_blanks(&s);
	return digits(&s, 2, true, d) && literal(&s, " ") && clock_time(&s, sec) && literal(&s, " ") &&
	       digits(&s, 4, false, y) && !*s;
}

bool rq_http_date(const char *s, int64_t *ms)
{
	int64_t y, d, sec;
	int mo;

	if (!s)
		return false;
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	if (literal(&s, ", ") ? !day_first(s, &y, &mo, &d, &sec)
			      : !literal(&s, " ") || !month_first(s, &y, &mo, &d, &sec))
		return false;
	if (d < 1 || d > 31)
		return false;
	*ms = (rq_days_of(y, mo, (int)d) * 86400 + sec) * 1000;
	return true;
}

enum { WAIT_MAX = 86400 * 1000 };

int64_t rq_retry_after(const char *text, int64_t now)
{
	int64_t n;

	if (!text)
		return -1;
	if (rq_parse_i64(text, &n))
		return n < 0 ? -1 : n > WAIT_MAX / 1000 ? WAIT_MAX : n * 1000;
	if (!rq_http_date(text, &n))
		return -1;
	n -= now;
	return n < 0 ? 0 : n > WAIT_MAX ? WAIT_MAX : n;
}

/* --- limits ------------------------------------------------------------------------------- */

void rq_rate_init(struct rq_rate *r)
{
	*r = (struct rq_rate){ .limit = -1, .remaining = -1, .used = -1 };
}

static bool is_word(const char *s)
{
	size_t i;

	for (i = 0; is_token(s[i]); i++)
		;
	return i && !s[i];
}

bool rq_rate_header(struct rq_rate *r, const char *name, const char *v)
{
	const char *what = name;
	int64_t n;

	if (!take(&what, "x-ratelimit-"))
		return false;
	if (rq_ieq(what, "resource")) {
		if (!is_word(v) || strlen(v) >= sizeof r->resource)
			return false;
		rq_copy(r->resource, sizeof r->resource, v);
		return true;
	}
	if (!rq_parse_i64(v, &n) || n < 0 || n > INT64_MAX / 1000)
		return false;
	if (rq_ieq(what, "limit"))
		r->limit = n;
	else if (rq_ieq(what, "remaining"))
		r->remaining = n;
	else if (rq_ieq(what, "used"))
		r->used = n;
	else if (rq_ieq(what, "reset"))
		r->reset_at = n * 1000;
	else
		return false;
	return true;
}
