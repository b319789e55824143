/* fmt_comments.c - the comments of a policy: libyaml drops them, so they are found between the values. */
#include "core/policy/fmt.h"

#include <string.h>
#include "core/base/text.h"
#include "core/base/yaml.h"

/* A walk over the text, with what libyaml counts. */
struct walk {
	struct fmt *f;
	size_t i;                   /* byte */
	size_t at;                  /* character */
	size_t line_start;          /* byte */
	bool blank_line, above;     /* this line so far, the line before: nothing but blanks */
	size_t entry;               /* the first that does not begin before AT */
	int col;
	struct fmt_entry *ended;    /* the one that the last comment ended, */
	struct fmt_entry *ended_at; /* which stood behind this one */
};

static size_t char_size(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* CR LF counts as two characters to libyaml. */
static size_t line_break(const struct walk *w)
{
	return rq_yaml_break(w->f->text + w->i, w->f->n - w->i);
}

static void step(struct walk *w)
{
	size_t k = line_break(w);
	char c = w->f->text[w->i];

	if (k) {
		w->at += k == 2 && c == '\r' ? 2 : 1;
		w->i += k;
		w->line_start = w->i;
		w->above = w->blank_line;
		w->blank_line = true;
		w->col = 1;
		return;
	}
	if (c != ' ' && c != '\t')
		w->blank_line = false;
	w->i += char_size((unsigned char)c);
	w->at++;
	w->col++;
}

/* --- to whom a comment belongs ------------------------------------------------------------ */

static void add(struct fmt_comments *list, struct fmt_comment *c)
{
	if (list->last)
		list->last->next = c;
	else
		list->first = c;
	list->last = c;
}

static void give(struct fmt_entry *e, struct fmt_comments *list, struct fmt_comment *c)
{
	add(list, c);
	for (e = e->parent; e; e = e->parent)
		e->inside = true;
}

static bool is_open(const struct rq_yaml *y, size_t at)
{
	return y->style && y->kind != RQ_YAML_SCALAR && y->from < at && at < y->to;
}

/* Behind something in its line: it belongs to the entry that ends there. */
static void give_behind(struct fmt *f, struct fmt_entry *e, size_t at, struct fmt_comment *c)
{
	while (e && e->in->style && e->in->to <= at)
		e = e->parent;
	if (e)
		give(e, &e->behind, c);
	else
		add(&f->foot, c);
}

/* Within [] or {}: true when it was given to somebody. */
static bool give_in_brackets(struct fmt_entry *before, struct fmt_entry *next, size_t at, struct fmt_comment *c)
{
	struct fmt_entry *e;
	const struct rq_yaml *in = NULL;

	for (e = before; e && !in; e = in ? e : e->parent) {
		if (is_open(e->value, at))
			in = e->value;
		else if (is_open(e->in, at))
			in = e->in;
		if (in)
			break;
	}
	if (!in)
		return false;
	if (next && next->from < in->to) {
		give(next, &next->before, c);
	} else if (e->in == in) {
		/* Another pair may come to stand below; it is not of that one. */
		c->deeper = e->key != NULL;
		give(e, &e->after, c);
	} else {
		give(e, &e->behind, c);
	}
	return true;
}

/* Between a key and its value, which follows in one piece. */
static bool before_value(const struct fmt_entry *before, const struct fmt_entry *next, size_t at)
{
	if (!before || before->value->from < at)
		return false;
	return before->value->kind == RQ_YAML_SCALAR || (next && next->in == before->value && next->in->style);
}

/* It is indented deeper than what follows: it ends the deepest entry above that is not indented more than itself. What
 * came behind the same entry before it stays before it. */
static void give_end(struct walk *w, struct fmt_entry *before, int col, struct fmt_comment *c)
{
	struct fmt_entry *e = w->ended && w->ended_at == before ? w->ended : before;

	while (e->parent && (e->col > col || e->in->style))
		e = e->parent;
	c->deeper = e->col < col;
	/* The empty key of a question mark has the column of what would follow it; level with it, this is the end. */
	if (!c->deeper && !e->parent && w->entry == w->f->n_entries) {
		add(&w->f->foot, c);
		return;
	}
	w->ended = e;
	w->ended_at = before;
	give(e, &e->after, c);
}

/* On a line of its own: it belongs to what follows, unless it is indented deeper. */
static void give_line(struct walk *w, struct fmt_entry *before, struct fmt_entry *next, size_t at, int col,
		      struct fmt_comment *c)
{
	if (before_value(before, next, at))
		give(before, &before->behind, c);
	else if (give_in_brackets(before, next, at, c))
		return;
	else if (next && (!before || col <= next->col || next->parent == before || next->before.first))
		give(next, &next->before, c);
	else if (!next && (!before || col <= w->f->entries[0]->col || w->f->foot.first))
		add(&w->f->foot, c);
	else
		give_end(w, before, col, c);
}

/* Nothing but blanks and MARKS before it in its line: the dash of an item or of a document, a question mark. */
static bool stands_alone(const struct walk *w, const char *marks)
{
	size_t i;

	for (i = w->line_start; i < w->i; i++)
		if (!strchr(marks, w->f->text[i]))
			return false;
	return true;
}

static void take_comment(struct walk *w)
{
	struct fmt *f = w->f;
	struct fmt_entry *before = w->entry ? f->entries[w->entry - 1] : NULL;
	struct fmt_entry *next = w->entry < f->n_entries ? f->entries[w->entry] : NULL;
	struct fmt_comment *c = rq_arena_alloc(&f->arena, sizeof *c);
	bool alone = stands_alone(w, " \t-?"), dash = alone && !stands_alone(w, " \t");
	size_t from = w->i, at = w->at, end;
	int col = w->col;

	c->blank = alone && w->above;
	while (w->i < f->n && !line_break(w))
		step(w);
	for (end = w->i; end > from && strchr(" \t", f->text[end - 1]);)
		end--;
	c->text = rq_arena_strn(&f->arena, f->text + from, end - from);
	f->n_comments++;
	if (dash && next)
		give(next, &next->before, c);
	else if (alone || !before)
		give_line(w, before, next, at, col, c);
	else
		give_behind(f, before, at, c);
}

/* --- between the values ------------------------------------------------------------------- */

/* Up to character TO; what is found on the way are comments. Entries that begin here learn of empty lines above. */
static void walk_to(struct walk *w, size_t to)
{
	while (w->at < to && w->i < w->f->n) {
		if (w->f->text[w->i] == '#')
			take_comment(w);
		else
			step(w);
	}
}

static void skip_to(struct walk *w, size_t to)
{
	while (w->at < to && w->i < w->f->n)
		step(w);
}

/* Over a scalar. The line that begins a | or > may have a comment; it is of the entry. */
static void skip_scalar(struct walk *w, const struct rq_yaml *y)
{
	if (y->style == '|' || y->style == '>') {
		while (w->at < y->to && w->i < w->f->n && !line_break(w)) {
			if (w->f->text[w->i] == '#')
				take_comment(w);
			else
				step(w);
		}
	}
	skip_to(w, y->to);
}

/* What stands at the top and is set off by an empty line is of the file, not of the first entry. */
static void split_head(struct fmt *f)
{
	struct fmt_entry *e = f->n_entries ? f->entries[0] : NULL;
	struct fmt_comment *c, *last = NULL;

	if (!e)
		return;
	for (c = e->before.first; c; c = c->next)
		if (c->next ? c->next->blank : e->blank)
			last = c;
	if (!last)
		return;
	f->head = (struct fmt_comments){ e->before.first, last };
	e->before.first = last->next;
	if (!last->next)
		e->before.last = NULL;
	/* The empty line goes with the head. */
	if (e->before.first)
		e->before.first->blank = false;
	else
		e->blank = false;
	last->next = NULL;
}

void fmt_attach_comments(struct fmt *f)
{
	struct walk w = { .f = f, .blank_line = true, .col = 1 };

	for (size_t i = 0; i < f->n_entries; i++) {
		struct fmt_entry *e = f->entries[i];

		w.entry = i;
		walk_to(&w, e->from);
		e->blank = w.above && stands_alone(&w, " \t-?") && !(e->parent && e->parent->from == e->from);
		w.entry = i + 1;
		if (e->key) {
			skip_scalar(&w, e->key);
			walk_to(&w, e->value->from);
		}
		if (e->value->kind == RQ_YAML_SCALAR || e->value->kind == RQ_YAML_NULL)
			skip_scalar(&w, e->value);
	}
	if (!f->n_entries && (f->root->kind == RQ_YAML_SCALAR || f->root->kind == RQ_YAML_NULL)) {
		walk_to(&w, f->root->from);
		skip_scalar(&w, f->root);
	}
	walk_to(&w, SIZE_MAX);
	split_head(f);
}
