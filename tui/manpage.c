/* mdoc to lines. */
#include "tui/manpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"

enum { INDENT = 4, SUB_INDENT = 2, LISTS_MAX = 8, ENCLOSED_MAX = 8, ARGS_MAX = 256, COLUMNS_MAX = 8, DS = 6 };

enum list_kind { LIST_TAG, LIST_ENUM, LIST_COLUMN };

struct list {
	enum list_kind kind;
	int indent, width, count;       /* indent: of the text around it */
	int columns[COLUMNS_MAX];
	size_t n_columns;
	bool compact;
};

struct arg {
	char *s;
	bool quoted;
};

struct render {
	struct rq_man_fill f;
	struct rq_manpage *out;
	char *name;                     /* of .Nm */
	struct list lists[LISTS_MAX];
	size_t n_lists;
	bool literal, synopsis;
	int literal_indent;             /* of the text around it */
	struct arg args[ARGS_MAX];
	size_t n_args;
};

/* ---- characters ---- */

/* The escapes that the pages use: quotes and dashes as every terminal has them. Returns how many bytes of S they took. */
static size_t escape(const char *s, struct rq_str *out)
{
	static const struct { const char *name, *text; } named[] = {
		{ "(dq", "\"" }, { "(lq", "\"" }, { "(rq", "\"" }, { "(en", "-" }, { "-", "-" }, { "e", "\\" }, { "&", "" },
	};
	size_t i;

	for (i = 0; i < sizeof named / sizeof named[0]; i++) {
		size_t n = strlen(named[i].name);

		if (!strncmp(s + 1, named[i].name, n)) {
			rq_str_add(out, named[i].text);
			return n + 1;
		}
	}
	if (!strncmp(s + 1, "[u", 2) && strchr(s, ']')) {
		char bytes[4];
		unsigned long c = strtoul(s + 3, NULL, 16);

		rq_str_addn(out, bytes, rq_utf8_encode(c && c < 0x110000 ? (uint32_t)c : 0xfffd, bytes));
		return (size_t)(strchr(s, ']') - s) + 1;
	}
	return 0;
}

static void add_char(struct render *r, const char **s, struct rq_str *out)
{
	size_t n = **s == '\\' ? escape(*s, out) : 0;

	if (**s == '\\' && !n)
		rq_str_addf(&r->out->problems, "unknown escape: %.4s\n", *s);
	if (n) {
		*s += n;
		return;
	}
	rq_str_addc(out, *(*s)++);
}

static void word(struct render *r, enum rq_role role, const char *s)
{
	struct rq_str text;

	rq_str_init(&text, 0);
	while (*s)
		add_char(r, &s, &text);
	rq_man_word(&r->f, role, rq_str_get(&text), text.len);
	rq_str_release(&text);
}

/* ---- arguments ---- */

static void split(struct render *r, char *s)
{
	r->n_args = 0;
	while (r->n_args < ARGS_MAX) {
		struct arg *a = &r->args[r->n_args];
		char *end;

		s += strspn(s, " \t");
		if (!*s)
			return;
		a->quoted = *s == '"';
		a->s = a->quoted ? ++s : s;
		for (end = s; *end && (a->quoted ? *end != '"' : *end != ' '); end++)
			if (*end == '\\' && end[1])
				end++;
		r->n_args++;
		if (!*end)
			return;
		*end = '\0';
		s = end + 1;
	}
	rq_str_add(&r->out->problems, "a line with too many words\n");
}

static bool is_one_of(const char *s, const char *set)
{
	return s[0] && !s[1] && strchr(set, s[0]);
}

static bool closes(const struct arg *a)
{
	return !a->quoted && is_one_of(a->s, ".,:;)]?!");
}

static bool opens(const struct arg *a)
{
	return !a->quoted && is_one_of(a->s, "([");
}

/* ---- macros within a line ---- */

static const struct inline_macro {
	const char *name, *before, *after;
	enum rq_role role;
} inlines[] = {
	{ "Ar", NULL, NULL, RQ_ROLE_MAN_ARGUMENT },
	{ "Cm", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Em", NULL, NULL, RQ_ROLE_MAN_ARGUMENT },
	{ "Ev", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Fl", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Ic", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Li", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Nm", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Pa", NULL, NULL, RQ_ROLE_MAN_ARGUMENT },
	{ "Sx", NULL, NULL, RQ_ROLE_MAN_ARGUMENT },
	{ "Sy", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Va", NULL, NULL, RQ_ROLE_MAN_NAME },
	{ "Xr", NULL, NULL, RQ_ROLE_MAN_LINK },
	{ "No", NULL, NULL, RQ_ROLE_NORMAL },
	{ "Ns", NULL, NULL, RQ_ROLE_NORMAL },
	{ "Op", "[", "]", RQ_ROLE_NORMAL },
	{ "Oo", "[", NULL, RQ_ROLE_NORMAL },
	{ "Oc", NULL, "]", RQ_ROLE_NORMAL },
	{ "Pq", "(", ")", RQ_ROLE_NORMAL },
	{ "Po", "(", NULL, RQ_ROLE_NORMAL },
	{ "Pc", NULL, ")", RQ_ROLE_NORMAL },
	{ "Bo", "[", NULL, RQ_ROLE_NORMAL },
	{ "Bc", NULL, "]", RQ_ROLE_NORMAL },
	{ "Dq", "\"", "\"", RQ_ROLE_NORMAL },
	{ "Ql", "'", "'", RQ_ROLE_NORMAL },
	{ NULL, NULL, NULL, RQ_ROLE_NORMAL },
};

static const struct inline_macro *inline_named(const char *name)
{
	const struct inline_macro *m;

	for (m = inlines; m->name; m++)
		if (rq_eq(m->name, name))
			return m;
	return NULL;
}

static void close_with(struct render *r, const char *text)
{
	r->f.glue = true;
	word(r, RQ_ROLE_NORMAL, text);
}

/* "relayq-drain" "1": one word, which can be followed. */
static size_t refer(struct render *r, size_t i, size_t end)
{
	struct rq_str s;

	if (i + 1 >= end)
		return i;
	rq_str_init(&s, 0);
	rq_str_addf(&s, "%s(%s)", r->args[i].s, r->args[i + 1].s);
	word(r, RQ_ROLE_MAN_LINK, rq_str_get(&s));
	rq_str_clear(&s);
	rq_str_addf(&s, "%s.%s", r->args[i].s, r->args[i + 1].s);
	rq_man_refer(&r->f, rq_str_get(&s));
	rq_str_release(&s);
	return i + 2;
}

static size_t inline_from(struct render *r, size_t i, size_t end);

/* The arguments of one macro, up to the next macro. */
static size_t arguments(struct render *r, const struct inline_macro *m, size_t i, size_t end)
{
	bool flag = rq_eq(m->name, "Fl"), any = false;

	for (; i < end; i++) {
		const struct arg *a = &r->args[i];

		if (!a->quoted && inline_named(a->s))
			break;
		if (closes(a)) {
			close_with(r, a->s);
			continue;
		}
		if (flag) {
			word(r, m->role, "-");
			r->f.glue = true;
		}
		word(r, m->role, a->s);
		r->f.glue = opens(a);
		any = true;
	}
	if (flag && !any) {
		word(r, m->role, "-");
		r->f.glue = true;
	}
	return i;
}

/* An enclosure lasts to the end of the line, but for what punctuates the sentence around it. */
static size_t enclose(struct render *r, const struct inline_macro *m, size_t i, size_t end)
{
	size_t last = end;

	while (last > i && closes(&r->args[last - 1]))
		last--;
	word(r, RQ_ROLE_NORMAL, m->before);
	r->f.glue = true;
	while (i < last)
		i = inline_from(r, i, last);
	close_with(r, m->after);
	for (i = last; i < end; i++)
		close_with(r, r->args[i].s);
	return end;
}

/* Nm alone closes before what punctuates: the name comes first. */
static size_t name_alone(struct render *r, const struct inline_macro *m, size_t i, size_t end)
{
	if (i < end && !closes(&r->args[i]) && !(!r->args[i].quoted && inline_named(r->args[i].s)))
		return arguments(r, m, i, end);
	word(r, m->role, r->name ? r->name : "");
	while (i < end && closes(&r->args[i]))
		close_with(r, r->args[i++].s);
	return i;
}

static size_t run_inline(struct render *r, const struct inline_macro *m, size_t i, size_t end)
{
	if (rq_eq(m->name, "Ns")) {
		r->f.glue = true;
		return i;
	}
	if (m->before && m->after)
		return enclose(r, m, i, end);
	if (m->before) {
		word(r, RQ_ROLE_NORMAL, m->before);
		r->f.glue = true;
		return i;
	}
	if (m->after) {
		close_with(r, m->after);
		return i;
	}
	if (rq_eq(m->name, "Xr"))
		return refer(r, i, end);
	return rq_eq(m->name, "Nm") ? name_alone(r, m, i, end) : arguments(r, m, i, end);
}

static size_t inline_from(struct render *r, size_t i, size_t end)
{
	const struct arg *a = &r->args[i];
	const struct inline_macro *m = a->quoted ? NULL : inline_named(a->s);

	if (m)
		return run_inline(r, m, i + 1, end);
	if (closes(a)) {
		close_with(r, a->s);
	} else {
		word(r, RQ_ROLE_NORMAL, a->s);
		r->f.glue = opens(a);
	}
	return i + 1;
}

static void all_inline(struct render *r, size_t i, size_t end)
{
	while (i < end)
		i = inline_from(r, i, end);
}

/* ---- blocks ---- */

static void heading(struct render *r, bool sub)
{
	size_t i;

	rq_man_space(&r->f);
	r->f.indent = sub ? SUB_INDENT : 0;
	for (i = 1; i < r->n_args; i++)
		word(r, RQ_ROLE_TITLE, r->args[i].s);
	rq_man_break(&r->f);
	r->f.indent = INDENT;
	r->synopsis = !sub && r->n_args > 1 && rq_eq(r->args[1].s, "SYNOPSIS");
}

static struct list *list_now(struct render *r)
{
	return r->n_lists ? &r->lists[r->n_lists - 1] : NULL;
}

static int width_named(const char *s)
{
	if (rq_eq(s, "Ds") || rq_eq(s, "indent"))
		return DS;
	return rq_text_width(s) + 2;
}

static void begin_list(struct render *r)
{
	struct list *l;
	size_t i;

	if (r->n_lists == LISTS_MAX) {
		rq_str_add(&r->out->problems, "lists too deep\n");
		return;
	}
	l = &r->lists[r->n_lists++];
	*l = (struct list){ .indent = r->f.indent, .width = DS };
	for (i = 1; i < r->n_args; i++) {
		const char *s = r->args[i].s;

		if (rq_eq(s, "-enum"))
			l->kind = LIST_ENUM, l->width = 4;
		else if (rq_eq(s, "-column"))
			l->kind = LIST_COLUMN;
		else if (rq_eq(s, "-compact"))
			l->compact = true;
		else if (rq_eq(s, "-width") && i + 1 < r->n_args)
			l->width = width_named(r->args[++i].s);
		else if (l->kind == LIST_COLUMN && l->n_columns < COLUMNS_MAX)
			l->columns[l->n_columns++] = rq_text_width(s) + 2;
		else if (!rq_eq(s, "-tag"))
			rq_str_addf(&r->out->problems, "unknown list: %s\n", s);
	}
}

static void end_list(struct render *r)
{
	rq_man_break(&r->f);
	if (r->n_lists)
		r->f.indent = r->lists[--r->n_lists].indent;
}

static void row(struct render *r, const struct list *l)
{
	size_t i = 1, column = 0;
	int col = l->indent;

	rq_man_break(&r->f);
	while (i < r->n_args) {
		size_t end = i;

		while (end < r->n_args && !rq_eq(r->args[end].s, "Ta"))
			end++;
		rq_man_column(&r->f, col);
		all_inline(r, i, end);
		col += column < l->n_columns ? l->columns[column++] : 0;
		i = end + 1;
	}
	rq_man_break(&r->f);
	r->f.indent = l->indent;
}

static void item(struct render *r)
{
	struct list *l = list_now(r);
	char number[16];

	if (!l) {
		rq_str_add(&r->out->problems, ".It outside a list\n");
		return;
	}
	if (l->kind == LIST_COLUMN) {
		row(r, l);
		return;
	}
	if (l->compact)
		rq_man_break(&r->f);
	else
		rq_man_space(&r->f);
	r->f.indent = l->indent;
	if (l->kind == LIST_TAG) {
		all_inline(r, 1, r->n_args);
	} else {
		snprintf(number, sizeof number, "%d.", ++l->count);
		word(r, RQ_ROLE_NORMAL, number);
	}
	rq_man_column(&r->f, l->indent + l->width);
}

static void begin_display(struct render *r)
{
	size_t i;

	rq_man_space(&r->f);
	r->literal = true;
	r->literal_indent = r->f.indent;
	for (i = 1; i < r->n_args; i++)
		if (rq_eq(r->args[i].s, "indent"))
			r->f.indent += DS;
}

static void end_display(struct render *r)
{
	r->literal = false;
	rq_man_break(&r->f);
	r->f.indent = r->literal_indent;
}

static void one_line(struct render *r)
{
	int indent = r->f.indent;

	rq_man_break(&r->f);
	r->f.indent += DS;
	all_inline(r, 1, r->n_args);
	rq_man_break(&r->f);
	r->f.indent = indent;
}

/* Each invocation has a line of its own; what does not fit goes on further right. */
static void synopsis_name(struct render *r)
{
	rq_man_break(&r->f);
	r->f.indent = INDENT;
	all_inline(r, 0, r->n_args);
	rq_man_hang(&r->f, 2 * INDENT);
}

static void keep_name(struct render *r)
{
	if (!r->name && r->n_args > 1)
		r->name = rq_strdup(r->args[1].s);
}

static bool run_block(struct render *r, const char *name)
{
	if (rq_eq(name, "Dd") || rq_eq(name, "Dt") || rq_eq(name, "Os"))
		return true;
	if (rq_eq(name, "Sh") || rq_eq(name, "Ss"))
		heading(r, rq_eq(name, "Ss"));
	else if (rq_eq(name, "Pp"))
		rq_man_space(&r->f);
	else if (rq_eq(name, "Nd"))
		word(r, RQ_ROLE_NORMAL, "\\(en"), all_inline(r, 1, r->n_args);
	else if (rq_eq(name, "Bl"))
		begin_list(r);
	else if (rq_eq(name, "El"))
		end_list(r);
	else if (rq_eq(name, "It"))
		item(r);
	else if (rq_eq(name, "Bd"))
		begin_display(r);
	else if (rq_eq(name, "Ed"))
		end_display(r);
	else if (rq_eq(name, "D1") || rq_eq(name, "Dl"))
		one_line(r);
	else if (rq_eq(name, "Nm") && r->synopsis)
		synopsis_name(r);
	else
		return false;
	return true;
}

static void macro_line(struct render *r, char *line)
{
	if (line[1] == '\\')
		return; /* a comment */
	split(r, line + 1);
	if (!r->n_args)
		return;
	if (rq_eq(r->args[0].s, "Nm"))
		keep_name(r);
	if (run_block(r, r->args[0].s))
		return;
	if (inline_named(r->args[0].s))
		all_inline(r, 0, r->n_args);
	else
		rq_str_addf(&r->out->problems, "unknown macro: .%s\n", r->args[0].s);
}

/* ---- lines ---- */

static void text_line(struct render *r, char *line)
{
	char *s = line, *end;

	for (;;) {
		s += strspn(s, " \t");
		if (!*s)
			return;
		for (end = s; *end && *end != ' ' && *end != '\t'; end++)
			if (*end == '\\' && end[1])
				end++;
		if (*end) {
			*end = '\0';
			word(r, RQ_ROLE_NORMAL, s);
			s = end + 1;
		} else {
			word(r, RQ_ROLE_NORMAL, s);
			return;
		}
	}
}

static void literal_line(struct render *r, const char *line)
{
	struct rq_str text;

	rq_str_init(&text, 0);
	while (*line)
		add_char(r, &line, &text);
	rq_man_verbatim(&r->f, RQ_ROLE_MAN_NAME, rq_str_get(&text), text.len);
	rq_str_release(&text);
}

static void render_line(struct render *r, char *line)
{
	if (line[0] == '.')
		macro_line(r, line);
	else if (r->literal)
		literal_line(r, line);
	else
		text_line(r, line);
}

void rq_manpage_render(const char *text, size_t n, int cols, const char *anchor, struct rq_manpage *out)
{
	struct render r = { .out = out };
	const char *end = text + n;

	memset(out, 0, sizeof *out);
	rq_rich_init(&out->rich);
	rq_str_init(&out->problems, 65536);
	rq_man_fill_init(&r.f, &out->rich, &out->links, cols);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		char *line = rq_strndup(text, (size_t)((nl ? nl : end) - text));
		bool here = anchor && !out->anchor && rq_eq(line, anchor);

		render_line(&r, line);
		/* A heading has ended its line; the line of an item is still growing. */
		RQ_GROW(out->at, out->n_at, &out->cap_at);
		out->at[out->n_at++] = out->rich.n ? out->rich.n - 1 : 0;
		if (here)
			out->anchor = out->at[out->n_at - 1];
		rq_free(line);
		text = nl ? nl + 1 : end;
	}
	rq_man_break(&r.f);
	rq_man_fill_release(&r.f);
	rq_free(r.name);
}

void rq_manpage_release(struct rq_manpage *p)
{
	size_t i;

	for (i = 0; i < p->links.n; i++)
		rq_free(p->links.v[i].page);
	rq_free(p->links.v);
	rq_free(p->at);
	rq_rich_release(&p->rich);
	rq_str_release(&p->problems);
	memset(p, 0, sizeof *p);
}

bool rq_manpage_find(const char *text, const char *macro, struct rq_str *out)
{
	size_t n = strlen(macro);

	for (; text && *text; text = strchr(text, '\n'), text = text ? text + 1 : NULL) {
		if (strncmp(text, macro, n) != 0)
			continue;
		rq_str_addn(out, text + n, strcspn(text + n, "\n"));
		return true;
	}
	return false;
}
