/* Reading a filter's expression. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "core/base/str.h"
#include "core/model/filter_impl.h"

#define RUNNER_WORDS "online|offline|hung|busy|idle|active|draining|drained"
#define OUTCOME_WORDS "placed|wait|rejected|error"
/* What came of an action, as rq_code_name has it. */
#define RESULT_WORDS \
	"ok|failed|usage|not-found|refused|unreachable|conflict|busy|disk-full|permission|corrupt|limit|unsupported|cancelled"

static const struct rq_field_name names[] = {
	{ "re", RQ_FIELD_REGEX, RQ_KIND_TEXT },
#define X(id, name, kind) { name, RQ_FIELD_##id, RQ_KIND_##kind },
	RQ_FIELD_LIST(X) RQ_ALIAS_LIST(X)
#undef X
};
enum { N_NAMES = sizeof names / sizeof names[0] };

static const char *const is_names[RQ_IS_N] = {
#define X(id, name) [RQ_IS_##id] = name,
	RQ_IS_LIST(X)
#undef X
};

const char *rq_filter_keys(void)
{
#define KEY_TEXT(name) name ":|"
#define KEY_TIME(name) name ">|" name "<|"
#define KEY_WHOLE(name) name ">|" name "<|" name "=|"
#define KEY_MILLI(name) KEY_TIME(name)
#define KEY_SIZE(name) KEY_TIME(name)
#define X(id, name, kind) KEY_##kind(name)
	return RQ_FIELD_LIST(X) RQ_ALIAS_LIST(X) "re:";
#undef X
}

static const struct rq_field_name *find_name(const char *name)
{
	for (int i = 0; i < N_NAMES; i++)
		if (rq_ieq(name, names[i].name))
			return &names[i];
	return NULL;
}

/* A field's own name stands before the others. */
const char *rq_filter_field(const char *name)
{
	const struct rq_field_name *found = find_name(name);

	for (int i = 0; found && i < N_NAMES; i++)
		if (names[i].field == found->field)
			return names[i].name;
	return NULL;
}

const char *rq_filter_is(void)
{
#define X(id, name) name "|"
	return RQ_IS_LIST(X) RUNNER_WORDS;
#undef X
}

const char *rq_filter_statuses(void)
{
#define X(id, name) name "|"
	/* The first of the conclusions is none. */
	return RQ_STATUS_LIST(X) RQ_CONCLUSION_LIST(X) RUNNER_WORDS "|" OUTCOME_WORDS "|" RESULT_WORDS;
#undef X
}

/* ---- values ---- */

static int check_words(const struct rq_term *t, const char *choices, struct rq_error *e)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *v = t->values[i], *name = t->name;
		char near[RQ_CHOICE_LEN];

		if (!rq_choice_nearest(choices, v, 4, near) || strchr(v, '*'))
			continue;
		if (*near)
			return rq_fail(e, RQ_EUSAGE, "%s:%.40s is no status; did you mean %s:%s?", name, v, name, near);
		return rq_fail(e, RQ_EUSAGE, "%s:%.40s is no status or conclusion.", name, v);
	}
	return RQ_OK;
}

/* Words of its own, or a status. */
static int check_is(struct rq_term *t, struct rq_error *e)
{
	char *all;
	int rc;

	for (size_t i = 0; i < t->n; i++)
		for (int k = 1; k < RQ_IS_N; k++)
			if (rq_ieq(t->values[i], is_names[k]))
				t->is[i] = (enum rq_is)k;
	all = rq_fmt("%s|%s", rq_filter_is(), rq_filter_statuses());
	rc = check_words(t, all, e);
	rq_free(all);
	return rc;
}

/* "a,b" in place. */
static int split_values(struct rq_term *t, char *v, struct rq_error *e)
{
	char *comma;

	for (;; v = comma + 1) {
		comma = strchr(v, ',');
		if (comma)
			*comma = 0;
		if (!*v)
			return rq_fail(e, RQ_EUSAGE, "The filter term %s: lacks a value.", t->name);
		if (t->n == RQ_TERM_VALUES_MAX)
			return rq_fail(e, RQ_ELIMIT, "A filter term has at most %d values.", RQ_TERM_VALUES_MAX);
		t->values[t->n++] = v;
		if (!comma)
			return RQ_OK;
	}
}

static bool parse_number(enum rq_field_kind kind, const char *v, int64_t *out)
{
	switch (kind) {
	case RQ_KIND_TIME: return rq_parse_duration(v, out);
	case RQ_KIND_MILLI: return rq_decimal(v, 3, out, NULL) == RQ_DECIMAL_OK;
	case RQ_KIND_SIZE: return rq_parse_size(v, out);
	default: return rq_parse_i64(v, out);
	}
}

/* ---- terms ---- */

/* OP is at the operator, which may stand behind a colon. Returns its length; 0 none. */
static size_t read_compare(const char *op, enum rq_compare *out)
{
	size_t colon = op[0] == ':';

	op += colon;
	if (op[0] == '<' || op[0] == '>') {
		bool equal = op[1] == '=';

		*out = op[0] == '<' ? equal ? RQ_CMP_LE : RQ_CMP_LT : equal ? RQ_CMP_GE : RQ_CMP_GT;
		return colon + 1 + equal;
	}
	*out = RQ_CMP_EQ;
	return colon + (op[0] == '=');
}

static int read_number(struct rq_term *t, enum rq_field_kind kind, const char *op, struct rq_error *e)
{
	static const char *const such[] = { [RQ_KIND_TIME] = "10m", [RQ_KIND_MILLI] = "0.8", [RQ_KIND_SIZE] = "4G" };
	const char *name = t->name, *v = op + read_compare(op, &t->compare);

	if (kind != RQ_KIND_WHOLE && t->compare == RQ_CMP_EQ)
		return rq_fail(e, RQ_EUSAGE, "%s is compared: write %s>%s or %s<%s.", name, name, such[kind], name, such[kind]);
	if (!*v)
		return rq_fail(e, RQ_EUSAGE, "The filter term %s lacks a value.", name);
	if (parse_number(kind, v, &t->number))
		return RQ_OK;
	return kind == RQ_KIND_TIME
		       ? rq_fail(e, RQ_EUSAGE, "\"%.40s\" is no duration; write %s>90s, %s>10m or %s<1h30m.", v, name, name, name)
		       : rq_fail(e, RQ_EUSAGE, "\"%.40s\" is no number, as %s wants.", v, name);
}

static bool any_number(const char *v)
{
	int64_t n;

	return rq_parse_duration(v, &n) || rq_parse_size(v, &n);
}

/* The field whose name stands before the operator; NULL where there is none, for then it is text. A near miss is a
 * mistake: before a colon, and before a comparison with what is a number. */
static int field_of(const char *word, const char *op, const struct rq_field_name **out, struct rq_error *e)
{
	char name[16];
	size_t n = (size_t)(op - word);
	int least = n < 5 ? 2 : 3;      /* as far away as this it is another word */
	const char *near = NULL;
	enum rq_compare compare;
	bool colon = *op == ':' && !(op[1] && strchr("<>=", op[1]));

	*out = NULL;
	if (n < 2 || n >= sizeof name)
		return RQ_OK;
	memcpy(name, word, n);
	name[n] = 0;
	*out = find_name(name);
	if (*out || n < 3 || (colon ? n == 3 : !any_number(op + read_compare(op, &compare))))
		return RQ_OK;
	for (int i = 1, d; i < N_NAMES; i++)
		if ((names[i].kind == RQ_KIND_TEXT) == colon && (d = rq_distance(name, names[i].name, least)) < least) {
			least = d;
			near = names[i].name;
		}
	if (!near)
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE, "A filter has no field \"%s\"; did you mean %s%s?", name, near, colon ? ":" : ">");
}

static int read_values(struct rq_term *t, char *op, struct rq_error *e)
{
	int rc;

	if (*op != ':')
		return rq_fail(e, RQ_EUSAGE, "%s is no number: write %s:VALUE.", t->name, t->name);
	if (t->field == RQ_FIELD_REGEX)
		return op[1] ? rq_regex_new(op + 1, RQ_REGEX_SMARTCASE, &t->regex, e)
			     : rq_fail(e, RQ_EUSAGE, "The filter term re: lacks a pattern.");
	rc = split_values(t, op + 1, e);
	if (rc)
		return rc;
	if (t->field == RQ_FIELD_IS)
		return check_is(t, e);
	return t->field == RQ_FIELD_STATUS || t->field == RQ_FIELD_CONCLUSION
		       ? check_words(t, rq_filter_statuses(), e) : RQ_OK;
}

static int read_term(struct rq_filter *f, char *word, bool quoted, struct rq_error *e)
{
	struct rq_term *t = &f->terms[f->n];
	const struct rq_field_name *field = NULL;
	char *op;
	int rc = RQ_OK;

	if (f->n == RQ_TERMS_MAX)
		return rq_fail(e, RQ_ELIMIT, "A filter has at most %d terms.", RQ_TERMS_MAX);
	if (!quoted && (*word == '-' || *word == '!') && word[1]) {
		t->negated = true;
		word++;
	}
	op = word + strcspn(word, ":<>=");
	if (!quoted && *op)
		rc = field_of(word, op, &field, e);
	if (rc)
		return rc;
	f->n++; /* from here on it is freed with the others */
	if (!field) {
		t->values[t->n++] = word;
		return RQ_OK;
	}
	t->field = field->field;
	t->name = field->name;
	return field->kind == RQ_KIND_TEXT ? read_values(t, op, e) : read_number(t, field->kind, op, e);
}

/* The next word, without its quotes, in place; its first byte in *from. NULL at the end. */
static char *next_word(char **at, char **from, bool *quoted, struct rq_error *e)
{
	char *s = *at, *to, *word;
	bool inside = false;

	while (*s == ' ' || *s == '\t')
		s++;
	*quoted = *s == '"';
	*from = *at = s;
	if (!*s)
		return NULL;
	for (word = to = s; *s && (inside || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"')
			inside = !inside;
		else
			*to++ = *s;
	}
	*at = *s ? s + 1 : s;
	*to = 0;
	if (inside) {
		rq_fail(e, RQ_EUSAGE, "The filter has a \" without its end.");
		return NULL;
	}
	return word;
}

int rq_filter_new_at(const char *expr, struct rq_filter **out, size_t *from, size_t *to, struct rq_error *e)
{
	struct rq_filter *f = rq_alloc(sizeof *f);
	struct rq_error mine = { 0 };
	char *text = rq_arena_str(&f->arena, expr), *at = text, *begin = text, *word;
	int rc = RQ_OK;
	bool quoted;

	*out = NULL;
	f->now = rq_now();
	while (!rc && (word = next_word(&at, &begin, &quoted, &mine)))
		if (*word)
			rc = read_term(f, word, quoted, &mine);
	if (mine.code) {
		*from = (size_t)(begin - text);
		*to = (size_t)(at - text);
		while (*to > *from && (expr[*to - 1] == ' ' || expr[*to - 1] == '\t'))
			--*to;
		rq_filter_free(f);
		return rq_fail(e, mine.code, "%s", mine.msg);
	}
	*out = f;
	return RQ_OK;
}

int rq_filter_new(const char *expr, struct rq_filter **out, struct rq_error *e)
{
	size_t from, to;

	return rq_filter_new_at(expr, out, &from, &to, e);
}

void rq_filter_free(struct rq_filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		rq_regex_free(f->terms[i].regex);
	rq_arena_release(&f->arena);
	rq_free(f);
}
