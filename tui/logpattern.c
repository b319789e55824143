/* Looking at a pattern, not understanding more of it than is needed. What is not known asks for rows. */
#include "tui/logpattern.h"

#include <stdbool.h>
#include <string.h>

struct pattern {
	const char *p;
	enum rq_logpattern kind;
};

static void at_least(struct pattern *t, enum rq_logpattern kind)
{
	if (t->kind < kind)
		t->kind = kind;
}

/* Behind a repetition, at S: "*", "+", "{3,}" go on without end. */
static bool is_endless(const char *s)
{
	if (*s == '*' || *s == '+')
		return true;
	if (*s != '{')
		return false;
	for (s++; *s >= '0' && *s <= '9'; s++)
		;
	return s[0] == ',' && s[1] == '}';
}

/* Something that is one character, which may be of several bytes: in bytes it must take any number. */
static void wide(struct pattern *t, const char *behind)
{
	if (!is_endless(behind))
		at_least(t, RQ_LOGPATTERN_UTF);
}

static void escape(struct pattern *t)
{
	char c = t->p[1];

	if (!c) {
		at_least(t, RQ_LOGPATTERN_ROWS);
		t->p++;
		return;
	}
	t->p += 2;
	if (strchr("DWSN", c))
		wide(t, t->p);
	else if (strchr("hHvVXR", c))
		at_least(t, RQ_LOGPATTERN_UTF);
	else if (strchr("bBdwsntrfe", c) || (unsigned char)c < '0' || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
		 (c > 'z' && (unsigned char)c < 0x80))
		;
	else
		at_least(t, RQ_LOGPATTERN_ROWS);
}

/* [...] */
static void class(struct pattern *t)
{
	bool negated = t->p[1] == '^', wide_escape = false;
	const char *p = t->p + 1 + negated;

	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++) {
		if (p[0] == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
			const char *end = strstr(p, ":]");

			wide_escape = wide_escape || p[2] == '^';
			if (p[1] != ':' || !end)
				at_least(t, RQ_LOGPATTERN_ROWS);
			else
				p = end + 1;
		} else if (*p == '\\' && p[1]) {
			p++;
			wide_escape = wide_escape || strchr("DWS", *p);
			if (strchr("hHvV", *p))
				at_least(t, RQ_LOGPATTERN_UTF);
			if (strchr("QEpPxoNXRC", *p))
				at_least(t, RQ_LOGPATTERN_ROWS);
		} else if ((unsigned char)*p >= 0x80) {
			at_least(t, RQ_LOGPATTERN_UTF);
		}
	}
	t->p = p + (*p == ']');
	if (negated || wide_escape)
		wide(t, t->p);
}

/* "(" and what may follow it harmlessly: "?:", "?=", "?<=", "?i)", "?i:", "?<name>", "?P<name>". */
static void group(struct pattern *t)
{
	const char *p = t->p + 1;

	t->p = p;
	if (*p == '*') {
		at_least(t, RQ_LOGPATTERN_ROWS);
		return;
	}
	if (*p != '?')
		return;
	p++;
	if (*p == 'i')
		p += p[1] == ')' || p[1] == ':';
	else if (*p == 'P')
		p++;
	if (*p == '<' && p[1] == '!')
		at_least(t, RQ_LOGPATTERN_ROWS);
	if (*p == '<' && p[1] == '=')
		p++;
	if (!*p || !strchr(":=<)", *p)) {
		at_least(t, RQ_LOGPATTERN_ROWS);
		return;
	}
	t->p = p + (*p != ')');
}

/* A repetition that gives nothing back: "*+", "++", "?+", "}+". */
static bool is_possessive(const char *p)
{
	return strchr("*+?}", p[0]) && p[1] == '+';
}

enum rq_logpattern rq_logpattern_kind(const char *pattern)
{
	struct pattern t = { pattern, RQ_LOGPATTERN_BYTES };

	while (*t.p) {
		unsigned char c = (unsigned char)*t.p;

		if (c == '^' || is_possessive(t.p))
			at_least(&t, RQ_LOGPATTERN_ROWS);
		if (c >= 0x80)
			at_least(&t, RQ_LOGPATTERN_UTF);
		if (c == '\\') {
			escape(&t);
		} else if (c == '[') {
			class(&t);
		} else if (c == '(') {
			group(&t);
		} else {
			t.p++;
			if (c == '.')
				wide(&t, t.p);
		}
	}
	return t.kind;
}
