/* github_refusal.c - what a server says when it refuses: JSON, a storage host's XML, a page for people. */
#include <string.h>
#include "core/base/text.h"
#include "core/model/github.h"
#include "core/model/github_private.h"

/* What is shown of a message, in bytes; and of what is looked at for it. */
enum { SHOWN = 300, LOOKED_AT = 16384, DETAILS_MAX = 8 };

/* One clean line without its full stop. */
static const char *sentence(struct rq_arena *a, const char *s, size_t n)
{
	struct rq_str raw, clean;
	const char *out;
	size_t len;

	rq_str_init(&raw, LOOKED_AT);
	rq_str_init(&clean, 4 * LOOKED_AT);
	for (size_t i = 0; i < n && !raw.full; i++) {
		bool blank = s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t';

		if (!blank)
			rq_str_addc(&raw, s[i]);
		else if (raw.len && raw.s[raw.len - 1] != ' ')
			rq_str_addc(&raw, ' ');
	}
	rq_text_clean(&clean, rq_str_get(&raw), raw.len, false);
	for (len = clean.len < SHOWN ? clean.len : SHOWN; len && len < clean.len && (clean.s[len] & 0xc0) == 0x80;)
		len--;
	while (len && (clean.s[len - 1] == ' ' || clean.s[len - 1] == '.'))
		len--;
	out = len ? rq_arena_strn(a, clean.s, len) : "";
	rq_str_release(&raw);
	rq_str_release(&clean);
	return out;
}

/* --- JSON --------------------------------------------------------------------------------- */

/* "inputs.runner: missing_field" of {resource, field, code}; a message where there is one. */
static void add_detail(struct rq_str *out, const struct rq_json *j)
{
	const char *message = rq_json_str(j) ? rq_json_str(j) : rq_json_get_str(j, "message");
	const char *resource = rq_json_get_str(j, "resource"), *field = rq_json_get_str(j, "field"),
		   *code = rq_json_get_str(j, "code");
	size_t before = out->len;

	if (out->len)
		rq_str_add(out, "; ");
	if (message && *message) {
		rq_str_add(out, message);
		return;
	}
	if (resource)
		rq_str_add(out, resource);
	if (field)
		rq_str_addf(out, "%s%s", resource ? "." : "", field);
	if (code)
		rq_str_addf(out, "%s%s", resource || field ? ": " : "", code);
	if (!resource && !field && !code) {
		out->len = before;
		out->s[before] = '\0';
	}
}

static void read_json(struct rq_arena *a, const struct rq_json *j, struct rq_gh_refusal *out)
{
	const char *message = rq_json_get_str(j, "message");
	const struct rq_json *errors = rq_json_get(j, "errors"), *d;
	struct rq_str text, details;
	size_t n = 0;

	rq_str_init(&text, LOOKED_AT);
	rq_str_init(&details, LOOKED_AT);
	rq_str_add(&details, "");
	if (rq_json_str(errors))
		add_detail(&details, errors);
	for (d = rq_json_is_array(errors) ? rq_json_first(errors) : NULL; d && n < DETAILS_MAX; d = rq_json_next(d), n++)
		add_detail(&details, d);
	rq_str_add(&text, message ? message : "");
	if (details.len && !(message && strstr(message, rq_str_get(&details))))
		rq_str_addf(&text, "%s%s", text.len ? ": " : "", rq_str_get(&details));
	out->message = sentence(a, rq_str_get(&text), text.len);
	out->documentation_url = gh_text(a, j, "documentation_url");
	rq_str_release(&text);
	rq_str_release(&details);
}

/* --- XML and HTML ------------------------------------------------------------------------- */

/* Where LITTLE (lower case) stands in TEXT, in any case; NULL nowhere. */
static const char *find(const char *text, const char *end, const char *little)
{
	size_t n = strlen(little), i;

	for (; (size_t)(end - text) >= n; text++) {
		for (i = 0; i < n; i++)
			if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]) != little[i])
				break;
		if (i == n)
			return text;
	}
	return NULL;
}

/* The few that stand in titles. */
static const char *without_entities(struct rq_arena *a, const char *s, size_t n)
{
	static const char *const entities[][2] = {
		{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&#39;", "'" }, { "&middot;", "-" },
	};
	struct rq_str b;
	const char *out, *end = s + n;
	size_t i;

	rq_str_init(&b, LOOKED_AT);
	while (s < end) {
		for (i = 0; i < sizeof entities / sizeof *entities; i++)
			if ((size_t)(end - s) >= strlen(entities[i][0]) && !memcmp(s, entities[i][0], strlen(entities[i][0])))
				break;
		if (i < sizeof entities / sizeof *entities) {
			rq_str_add(&b, entities[i][1]);
			s += strlen(entities[i][0]);
		} else {
			rq_str_addc(&b, *s++);
		}
	}
	out = sentence(a, rq_str_get(&b), b.len);
	rq_str_release(&b);
	return out;
}

/* The text between <TAG ...> and </TAG> or whatever tag comes next; "" none. */
static const char *element(struct rq_arena *a, const char *text, const char *end, const char *tag)
{
	const char *from = find(text, end, tag), *to;

	if (!from)
		return "";
	from = memchr(from, '>', (size_t)(end - from));
	if (!from)
		return "";
	from++;
	to = memchr(from, '<', (size_t)(end - from));
	return without_entities(a, from, (size_t)((to ? to : end) - from));
}

static void read_markup(struct rq_arena *a, const char *text, const char *end, struct rq_gh_refusal *out)
{
	const char *code = find(text, end, "<error") ? element(a, text, end, "<code>") : "";

	out->code = code;
	out->storage = *code != '\0';
	out->message = out->storage ? element(a, text, end, "<message>") : element(a, text, end, "<title");
	if (out->storage && !*out->message)
		out->message = code;
}

static bool has(const char *text, const char *little)
{
	return find(text, text + strlen(text), little) != NULL;
}

static bool is_too_fast(const struct rq_gh_refusal *r)
{
	return has(r->message, "secondary rate limit") || has(r->message, "abuse detection") ||
	       has(r->documentation_url, "secondary-rate-limit") || has(r->documentation_url, "abuse-rate-limit");
}

void rq_gh_refusal_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_refusal *out)
{
	size_t skip = rq_utf8_mark(text, n), look;
	struct rq_json *j = NULL;

	*out = (struct rq_gh_refusal){ "", "", false, false, "" };
	while (skip < n && memchr(" \t\r\n", text[skip], 4))
		skip++;
	text += skip;
	n -= skip;
	look = n < LOOKED_AT ? n : LOOKED_AT;
	if (n == 0)
		return;
	if (*text == '<')
		read_markup(a, text, text + look, out);
	else if (!rq_json_parse(text, n, &j, NULL) && rq_json_is_object(j))
		read_json(a, j, out);
	else if (*text != '{' && *text != '[')
		out->message = sentence(a, text, look);
	rq_json_free(j);
	out->secondary_limit = is_too_fast(out);
}
