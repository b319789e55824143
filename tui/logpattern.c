/* Looking at a pattern, not understanding more of it than is needed. What is not known asks for rows. */
#include "tui/logpattern.h"

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
	p += *p == '-' && p[1] == 'i';
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

/* How seldom a byte is met in logs. */
static int rarity(char c)
{
	if (!c)
		return 0;
	if (c >= 'A' && c <= 'Z')
		return strchr("JKQVWXYZ", c) ? 5 : 4;
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return strchr("jkqvwxyz", c) ? 2 : 1;
	return c == ' ' ? 1 : 3;
}

static void keep_longer(struct rq_logliteral *best, const struct rq_logliteral *run)
{
	char rare = rarity(run->rare) > rarity(best->rare) ? run->rare : best->rare;

	if (run->n > best->n)
		*best = *run;
	best->rare = rare;
}

/* What stands for itself at T, which goes on behind it: 0 something else does. */
static char plain(struct pattern *t)
{
	char c = *t->p;

	if (c == '\\') {
		c = t->p[1];
		escape(t);
		return c && strchr("[]().*+?{}|^$#/-\"", c) ? c : 0;
	}
	if (c == '[') {
		class(t);
		return 0;
	}
	/* {2,3} holds no text. */
	if (c == '{' && strchr(t->p, '}'))
		t->p = strchr(t->p, '}');
	t->p++;
	return strchr("().*+?{}^$|", c) || (unsigned char)c >= 0x80 ? 0 : c;
}

bool rq_logpattern_literal(const char *pattern, bool caseless, struct rq_logliteral *out)
{
	struct pattern t = { pattern + (*pattern == '^'), RQ_LOGPATTERN_BYTES };
	struct rq_logliteral run = { 0 };
	int depth = 0;

	memset(out, 0, sizeof *out);
	if (rq_logpattern_kind(t.p) == RQ_LOGPATTERN_ROWS)
		return false;
	run.at = (size_t)(t.p - pattern);
	while (*t.p) {
		char was = *t.p, c = plain(&t);
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		depth += (was == '(') - (was == ')');
		if (was == '|' && !depth)
			return false;
		if (c && !depth && !(*t.p && strchr("?*{", *t.p)) && !(caseless && letter) && run.n + 1 < sizeof run.s) {
			run.s[run.n++] = c;
			if (rarity(c) > rarity(run.rare))
				run.rare = c;
			/* "x+" ends it: what comes next may stand behind another x. */
			if (*t.p != '+')
				continue;
		}
		keep_longer(out, &run);
		run = (struct rq_logliteral){ .at = (size_t)(t.p - pattern) };
	}
	keep_longer(out, &run);
	return out->n > 0;
}
