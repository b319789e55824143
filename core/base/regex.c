#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"

/* A pattern is typed by a person, or stands in a policy; a longer one is a mistake or an attack. */
enum { PATTERN_MAX = 4096 };
/* About a millisecond of backtracking, and memory that nobody notices. */
enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 10000, HEAP_LIMIT_KIB = 4096, JIT_MAX = 16 << 10 };

struct rq_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	uint32_t unchecked;             /* PCRE2_NO_UTF_CHECK, or 0 */
};

/* The letter of an escape (\S, \W) does not ask for upper case. */
static bool has_upper(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s >= 'A' && *s <= 'Z')
			return true;
	}
	return false;
}

static uint32_t options(const char *pattern, unsigned flags)
{
	uint32_t o = PCRE2_NEVER_BACKSLASH_C;

	if (flags & RQ_REGEX_BYTES)
		o |= PCRE2_NEVER_UTF;
	else
		o |= PCRE2_UTF;
#ifdef PCRE2_MATCH_INVALID_UTF
	if (!(flags & (RQ_REGEX_BYTES | RQ_REGEX_VALID)))
		o |= PCRE2_MATCH_INVALID_UTF;
#endif
	if (flags & RQ_REGEX_LINES)
		o |= PCRE2_MULTILINE;
	if ((flags & RQ_REGEX_ICASE) || ((flags & RQ_REGEX_SMARTCASE) && !has_upper(pattern)))
		o |= PCRE2_CASELESS;
	return o;
}

static struct rq_regex *with_limits(pcre2_code *code)
{
	struct rq_regex *r = rq_alloc(sizeof *r);
	size_t size = 0;

	r->code = code;
	r->data = pcre2_match_data_create_from_pattern(code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->data || !r->limits)
		RQ_BUG("out of memory");
	pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KIB);
	/* Only faster; where it is not to be had, or the pattern has grown out of proportion, the interpreter does it. */
	if (pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size) == 0 && size <= JIT_MAX)
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return r;
}

static pcre2_code *compile(const char *pattern, size_t n, unsigned flags, int *err, PCRE2_SIZE *where)
{
	pcre2_compile_context *context = NULL;
	pcre2_code *code;

	if (flags & RQ_REGEX_LINES) {
		context = pcre2_compile_context_create(NULL);
		if (!context)
			RQ_BUG("out of memory");
		pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	}
	code = pcre2_compile((PCRE2_SPTR)pattern, n, options(pattern, flags), err, where, context);
	pcre2_compile_context_free(context);
	return code;
}

int rq_regex_new_at(const char *pattern, unsigned flags, struct rq_regex **out, size_t *at, struct rq_error *e)
{
	size_t n = strlen(pattern);
	PCRE2_UCHAR text[160];
	pcre2_code *code;
	PCRE2_SIZE where = 0;
	int err = 0;

	*out = NULL;
	*at = 0;
	if (n > PATTERN_MAX)
		return rq_fail(e, RQ_ELIMIT,
			       "A regular expression may have %d bytes, this one has %zu.",
			       PATTERN_MAX, n);
	code = compile(pattern, n, flags, &err, &where);
	if (code) {
		*out = with_limits(code);
		(*out)->unchecked = flags & RQ_REGEX_VALID ? PCRE2_NO_UTF_CHECK : 0;
		return RQ_OK;
	}
	*at = where;
	if (pcre2_get_error_message(err, text, sizeof text) < 0)
		rq_copy((char *)text, sizeof text, "unknown error");
	return rq_fail(e, RQ_EUSAGE, "%s", (const char *)text);
}

int rq_regex_new(const char *pattern, unsigned flags, struct rq_regex **out, struct rq_error *e)
{
	size_t at;
	int rc = rq_regex_new_at(pattern, flags, out, &at, e);

	return rc == RQ_EUSAGE ? rq_fail_in(e, "The regular expression \"%.100s\" is wrong at offset %zu", pattern, at) : rc;
}

bool rq_regex_caseless(const struct rq_regex *r)
{
	uint32_t o = 0;

	return pcre2_pattern_info(r->code, PCRE2_INFO_ALLOPTIONS, &o) == 0 && (o & PCRE2_CASELESS);
}

void rq_regex_limit(struct rq_regex *r, unsigned ways)
{
	pcre2_set_match_limit(r->limits, ways);
}

void rq_regex_free(struct rq_regex *r)
{
	if (!r)
		return;
	pcre2_match_context_free(r->limits);
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	rq_free(r);
}

int rq_regex_find(struct rq_regex *r, const char *subject, size_t n, size_t start, size_t *from,
		  size_t *to)
{
	return rq_regex_find_in(r, subject, n, start, 0, from, to);
}

int rq_regex_find_in(struct rq_regex *r, const char *subject, size_t n, size_t start, unsigned cut, size_t *from,
		     size_t *to)
{
	uint32_t how = r->unchecked | (cut & RQ_REGEX_NOT_BEGIN ? PCRE2_NOTBOL : 0) |
		       (cut & RQ_REGEX_NOT_END ? PCRE2_NOTEOL : 0);
	const PCRE2_SIZE *v;
	int got;

	if (start > n)
		return RQ_REGEX_NOMATCH;
	got = pcre2_match(r->code, (PCRE2_SPTR)subject, n, start, how, r->data, r->limits);
	if (got < 0) {
		/* Invalid UTF-8 simply does not match, also where PCRE2 is too old to skip it. */
		if (got == PCRE2_ERROR_NOMATCH || got == PCRE2_ERROR_BADUTFOFFSET ||
		    (got <= PCRE2_ERROR_UTF8_ERR1 && got >= PCRE2_ERROR_UTF8_ERR21))
			return RQ_REGEX_NOMATCH;
		return RQ_REGEX_LIMIT;
	}
	v = pcre2_get_ovector_pointer(r->data);
	/* \K in a look-ahead can put the end before the start. */
	if (from)
		*from = v[0] < v[1] ? v[0] : v[1];
	if (to)
		*to = v[0] < v[1] ? v[1] : v[0];
	return RQ_REGEX_MATCH;
}
