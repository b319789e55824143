#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"
#include "core/model/filter.h"
#include "core/model/id.h"

enum { TERMS_MAX = 32, VALUES_MAX = 16 };

enum field { TEXT, REGEX, STATUS, LABEL, TYPE, RUNNER, QUEUE, ID, NAME, GROUP, REASON, FIELDS };
static const char *const field_names[FIELDS] = {
	[REGEX] = "re",	     [STATUS] = "status", [LABEL] = "label", [TYPE] = "type",
	[RUNNER] = "runner", [QUEUE] = "queue",	  [ID] = "id",	     [NAME] = "name",
	[GROUP] = "group",   [REASON] = "reason",
};

struct term {
	enum field field;
	bool negated;
	size_t n;
	const char *values[VALUES_MAX]; /* any of them */
	struct rq_regex *regex;
};

struct rq_filter {
	struct rq_arena arena;
	size_t n;
	struct term terms[TERMS_MAX];
};

/* One row as the terms see it: the texts that are shown, and what each field holds. */
struct row {
	const char *text[16];
	size_t n;
	const char *fields[FIELDS];
	const char *state2; /* a second word for STATUS */
	const struct rq_labels *labels;
};

/* ---- reading an expression ---- */

static bool known_status(const char *v)
{
	static const char *const others[] = { "online",	  "offline",  "hung",	 "busy",   "idle",
					      "active",	  "draining", "drained", "placed", "wait",
					      "rejected", "error",    "ok" };
	enum rq_status s;
	enum rq_conclusion c;

	if (strchr(v, '*') || rq_status_parse(v, &s) || rq_conclusion_parse(v, &c))
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (rq_ieq(v, others[i]))
			return true;
	return false;
}

static const char *nearest_status(const char *v)
{
	const char *best = NULL;
	int near = 4, d;

	for (int i = 0; i < RQ_STATUS_N; i++)
		if ((d = rq_distance(v, rq_status_name(i), near)) < near) {
			near = d;
			best = rq_status_name(i);
		}
	for (int i = 1; i < RQ_CONCLUSION_N; i++)
		if ((d = rq_distance(v, rq_conclusion_name(i), near)) < near) {
			near = d;
			best = rq_conclusion_name(i);
		}
	return best;
}

static int check_status(const struct term *t, struct rq_error *e)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *near;

		if (known_status(t->values[i]))
			continue;
		near = nearest_status(t->values[i]);
		if (near)
			return rq_fail(e, RQ_EUSAGE,
				       "status:%.40s is no status; did you mean status:%s?",
				       t->values[i], near);
		return rq_fail(e, RQ_EUSAGE, "status:%.40s is no status or conclusion.",
			       t->values[i]);
	}
	return RQ_OK;
}

/* "a,b" in place. */
static int split_values(struct term *t, char *v, struct rq_error *e)
{
	char *comma;

	for (;; v = comma + 1) {
		comma = strchr(v, ',');
		if (comma)
			*comma = 0;
		if (!*v)
			return rq_fail(e, RQ_EUSAGE, "The filter term %s: lacks a value.",
				       field_names[t->field]);
		if (t->n == VALUES_MAX)
			return rq_fail(e, RQ_ELIMIT, "A filter term has at most %d values.",
				       VALUES_MAX);
		t->values[t->n++] = v;
		if (!comma)
			return RQ_OK;
	}
}

/* The field whose name stands before a colon; TEXT where there is none. A near miss is a mistake,
 * not text. */
static int field_of(const char *word, size_t n, enum field *out, struct rq_error *e)
{
	char name[16];

	*out = TEXT;
	if (n < 2 || n >= sizeof name)
		return RQ_OK;
	memcpy(name, word, n);
	name[n] = 0;
	for (int i = REGEX; i < FIELDS; i++)
		if (rq_ieq(name, field_names[i])) {
			*out = (enum field)i;
			return RQ_OK;
		}
	for (int i = STATUS; i < FIELDS; i++)
		if (n > 3 && rq_distance(name, field_names[i], 2) <= 2)
			return rq_fail(e, RQ_EUSAGE,
				       "A filter has no field \"%s\"; did you mean %s:?", name,
				       field_names[i]);
	return RQ_OK;
}

static int read_term(struct rq_filter *f, char *word, bool quoted, struct rq_error *e)
{
	struct term *t = &f->terms[f->n];
	const char *colon;
	int rc = RQ_OK;

	if (f->n == TERMS_MAX)
		return rq_fail(e, RQ_ELIMIT, "A filter has at most %d terms.", TERMS_MAX);
	if (!quoted && (*word == '-' || *word == '!') && word[1]) {
		t->negated = true;
		word++;
	}
	colon = quoted ? NULL : strchr(word, ':');
	if (colon)
		rc = field_of(word, (size_t)(colon - word), &t->field, e);
	if (rc)
		return rc;
	f->n++; /* from here on it is freed with the others */
	if (t->field == TEXT) {
		t->values[t->n++] = word;
		return RQ_OK;
	}
	word += colon - word + 1;
	if (t->field == REGEX)
		return *word ? rq_regex_new(word, RQ_REGEX_SMARTCASE, &t->regex, e)
			     : rq_fail(e, RQ_EUSAGE, "The filter term re: lacks a pattern.");
	rc = split_values(t, word, e);
	return rc || t->field != STATUS ? rc : check_status(t, e);
}

/* The next word, without its quotes, in place. NULL at the end. */
static char *next_word(char **at, bool *quoted, struct rq_error *e)
{
	char *s = *at, *to, *word;
	bool inside = false;

	while (*s == ' ' || *s == '\t')
		s++;
	*quoted = *s == '"';
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

int rq_filter_new(const char *expr, struct rq_filter **out, struct rq_error *e)
{
	struct rq_filter *f = rq_alloc(sizeof *f);
	struct rq_error mine = { 0 };
	char *at = rq_arena_str(&f->arena, expr), *word;
	int rc = RQ_OK;
	bool quoted;

	*out = NULL;
	while (!rc && (word = next_word(&at, &quoted, &mine)))
		if (*word)
			rc = read_term(f, word, quoted, &mine);
	if (mine.code) {
		rq_filter_free(f);
		return rq_fail(e, mine.code, "%s", mine.msg);
	}
	*out = f;
	return RQ_OK;
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

/* ---- testing a row ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && lower(text[i]) == lower(part[i]))
			i++;
		if (!part[i])
			return true;
	}
	return !*part;
}

/* The whole of TEXT, where * stands for any bytes. Linear but for one step back: the last *. */
static bool glob(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			back = text;
		} else if (lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool label_matches(const struct rq_labels *l, const char *v)
{
	for (size_t i = 0; i < l->n; i++)
		if (glob(v, l->v[i]))
			return true;
	return false;
}

/* One of the words of "audio,self-hosted,@macmini". */
static bool item_matches(const char *list, const char *v)
{
	char item[RQ_NAME_MAX + 1];
	size_t n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n >= sizeof item)
			continue;
		memcpy(item, list, n);
		item[n] = 0;
		if (glob(v, item))
			return true;
	}
	return false;
}

/* "17" means the job of that number on any queue. */
static bool id_matches(const char *id, const char *v)
{
	const char *colon = strchr(id, ':');

	return glob(v, id) || (colon && glob(v, colon + 1));
}

static bool value_matches(const struct row *r, enum field field, const char *v)
{
	const char *have = r->fields[field];

	switch (field) {
	case LABEL:
		return r->labels ? label_matches(r->labels, v) : have && item_matches(have, v);
	case STATUS:
		return (have && glob(v, have)) || (r->state2 && glob(v, r->state2));
	case ID:
		return have && id_matches(have, v);
	case NAME:
		return have && (strchr(v, '*') ? glob(v, have) : contains(have, v));
	default:
		return have && glob(v, have);
	}
}

static bool shows(const struct term *t, const char *s)
{
	if (!s || !*s)
		return false;
	if (t->regex)
		return rq_regex_find(t->regex, s, strlen(s), 0, NULL, NULL) == RQ_REGEX_MATCH;
	return contains(s, t->values[0]);
}

static bool text_matches(const struct row *r, const struct term *t)
{
	for (size_t i = 0; i < r->n; i++)
		if (shows(t, r->text[i]))
			return true;
	for (size_t i = 0; r->labels && i < r->labels->n; i++)
		if (shows(t, r->labels->v[i]))
			return true;
	return false;
}

static bool term_matches(const struct row *r, const struct term *t)
{
	if (t->field == TEXT || t->field == REGEX)
		return text_matches(r, t);
	for (size_t i = 0; i < t->n; i++)
		if (value_matches(r, t->field, t->values[i]))
			return true;
	return false;
}

static bool matches(const struct rq_filter *f, const struct row *r)
{
	for (size_t i = 0; i < f->n; i++)
		if (term_matches(r, &f->terms[i]) == f->terms[i].negated)
			return false;
	return true;
}

static void show(struct row *r, const char *text)
{
	r->text[r->n++] = text;
}

bool rq_filter_job(struct rq_filter *f, const struct rq_job *j)
{
	struct row r = { .labels = &j->labels };

	if (!f->n)
		return true;
	show(&r, j->id);
	show(&r, j->name);
	show(&r, j->type);
	show(&r, j->command);
	show(&r, rq_job_state_text(j));
	show(&r, j->runner_name);
	show(&r, j->target);
	show(&r, j->group);
	show(&r, j->reason);
	r.fields[STATUS] = rq_status_name(j->status);
	r.state2 = j->status == RQ_STATUS_COMPLETED ? rq_conclusion_name(j->conclusion) : NULL;
	r.fields[TYPE] = j->type;
	r.fields[RUNNER] = j->runner_name && *j->runner_name ? j->runner_name : j->target;
	r.fields[QUEUE] = j->queue;
	r.fields[ID] = j->id;
	r.fields[NAME] = j->name;
	r.fields[GROUP] = j->group;
	r.fields[REASON] = j->reason;
	return matches(f, &r);
}

bool rq_filter_runner(struct rq_filter *f, const struct rq_runner *n)
{
	struct row r = { .labels = &n->labels };

	if (!f->n)
		return true;
	r.fields[STATUS] = !n->online ? "offline" : n->hung ? "hung" : n->running ? "busy" : "idle";
	r.state2 = n->drain != RQ_DRAIN_ACTIVE ? rq_drain_name(n->drain)
		   : n->online		       ? "online"
					       : NULL;
	show(&r, n->name);
	show(&r, n->queue);
	show(&r, r.fields[STATUS]);
	show(&r, r.state2);
	show(&r, n->os);
	show(&r, n->arch);
	show(&r, n->host);
	show(&r, n->drain_reason);
	r.fields[RUNNER] = r.fields[NAME] = r.fields[ID] = n->name;
	r.fields[QUEUE] = n->queue;
	r.fields[REASON] = n->drain_reason;
	return matches(f, &r);
}

bool rq_filter_decision(struct rq_filter *f, const struct rq_decision *d)
{
	struct row r = { 0 };

	if (!f->n)
		return true;
	show(&r, d->id);
	show(&r, d->job_id);
	show(&r, d->trigger);
	show(&r, d->by);
	show(&r, d->note);
	show(&r, d->type);
	show(&r, d->wanted);
	show(&r, rq_outcome_name(d->outcome));
	show(&r, d->target);
	show(&r, d->reason);
	r.fields[STATUS] = rq_outcome_name(d->outcome);
	r.fields[TYPE] = d->type;
	r.fields[RUNNER] = d->target;
	r.fields[ID] = d->job_id;
	r.fields[NAME] = d->id;
	r.fields[REASON] = d->reason;
	r.fields[LABEL] = d->wanted;
	return matches(f, &r);
}

bool rq_filter_activity(struct rq_filter *f, const struct rq_activity *a)
{
	struct row r = { 0 };

	if (!f->n)
		return true;
	show(&r, a->actor);
	show(&r, a->action);
	show(&r, a->object);
	show(&r, a->detail);
	show(&r, a->result);
	r.fields[STATUS] = a->result;
	r.fields[TYPE] = a->action;
	r.fields[ID] = r.fields[NAME] = r.fields[RUNNER] = a->object;
	return matches(f, &r);
}
