/* fmt.c - a policy in the standard form. */
#include "core/policy/fmt.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/text.h"

enum { WIDTH = 100, INDENT = 2, UNKNOWN_KEY = 1000 };

/* --- reading: the entries in the order of the text ---------------------------------------- */

/* Where KEY belongs among KEYS; *row is its row. `needs` and `needs_X` fill one list, so they stay as they stand. */
static int rank_of(const struct load_key *keys, const char *key, const struct load_key **row)
{
	*row = NULL;
	for (int i = 0; keys && keys[i].name; i++) {
		size_t n = strlen(keys[i].name);
		bool star = keys[i].name[n - 1] == '*';

		if (strcmp(keys[i].name, key) != 0 && !(star && !strncmp(keys[i].name, key, n - 1)))
			continue;
		*row = &keys[i];
		return star && i && strlen(keys[i - 1].name) == n - 2 && !strncmp(keys[i - 1].name, key, n - 2) ? i - 1 : i;
	}
	return UNKNOWN_KEY;
}

static struct fmt_entry *new_entry(struct fmt *f, struct fmt_entry *parent, const struct rq_yaml *in, size_t i)
{
	struct fmt_entry *e = rq_arena_alloc(&f->arena, sizeof *e), *list = parent ? parent : &f->top;

	e->parent = parent;
	e->in = in;
	e->value = in->items[i];
	e->key = in->kind == RQ_YAML_MAP ? in->keys[i] : NULL;
	e->from = e->key ? e->key->from : e->value->from;
	e->col = e->key ? e->key->col : in->col;
	if (list->last_child)
		list->last_child->sibling = e;
	else
		list->child = e;
	list->last_child = e;
	RQ_GROW(f->entries, f->n_entries, &f->cap_entries);
	f->entries[f->n_entries++] = e;
	return e;
}

/* SHAPE and KEYS tell what the loader's tables know about Y. */
static void collect(struct fmt *f, struct fmt_entry *parent, const struct rq_yaml *y, int shape, const struct load_key *keys)
{
	for (size_t i = 0; i < y->n; i++) {
		struct fmt_entry *e = new_entry(f, parent, y, i);
		const struct load_key *row = NULL;

		if (shape == LOAD_MAP && e->key)
			e->rank = rank_of(keys, e->key->text, &row);
		if ((shape == LOAD_ITEMS && !e->key) || (shape == LOAD_NAMED && e->key))
			collect(f, e, e->value, LOAD_MAP, keys);
		else
			collect(f, e, e->value, row ? row->shape : LOAD_LEAF, row ? row->map : NULL);
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct fmt_entry *x = *(struct fmt_entry *const *)a, *y = *(struct fmt_entry *const *)b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void sort_children(struct fmt_entry *parent)
{
	struct fmt_entry **v = NULL, *e;
	size_t n = 0, cap = 0;

	for (e = parent->child; e; e = e->sibling) {
		RQ_GROW(v, n, &cap);
		v[n++] = e;
	}
	if (n)
		qsort(v, n, sizeof *v, by_rank);
	for (size_t i = 0; i < n; i++)
		v[i]->sibling = i + 1 < n ? v[i + 1] : NULL;
	if (n)
		parent->child = v[0];
	rq_free(v);
}

static void begin(struct fmt *f, const char *text, size_t n, const struct rq_yaml *root)
{
	size_t mark = rq_utf8_mark(text, n);

	f->text = text + mark;
	f->n = n - mark;
	f->root = f->top.value = root;
	collect(f, NULL, root, LOAD_MAP, load_top_keys);
	fmt_attach_comments(f);
	sort_children(&f->top);
	for (size_t i = 0; i < f->n_entries; i++)
		sort_children(f->entries[i]);
}

static void end(struct fmt *f)
{
	rq_free(f->entries);
	rq_arena_release(&f->arena);
}

/* --- scalars ------------------------------------------------------------------------------ */

static bool is_word(const char *s)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (rq_ieq(s, words[i]))
			return true;
	return false;
}

/* Text that was quoted and reads the same, as text, without. */
static bool plain_is_fine(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789_./@+-";
	const char *first = *s == '.' || *s == '/' ? s + 1 : s;

	if (!*first || !strchr(letters, *first) || is_word(first))
		return false;
	for (; *s; s++) {
		if (strchr(letters, *s) || strchr(others, *s))
			continue;
		if (*s == ' ' && s[1] && s[1] != ' ' && s[1] != '-')
			continue;
		if (*s == ':' && s[1] && s[1] != ' ')
			continue;
		return false;
	}
	return true;
}

static bool one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* What cannot stand in single quotes: controls, what YAML takes for the end of a line, what it does not read. */
static bool needs_escapes(const char *s)
{
	size_t n = strlen(s);
	uint32_t cp;

	if (!one_line(s))
		return true;
	for (size_t i = 0; i < n;) {
		i += rq_utf8_decode(s + i, n - i, &cp);
		if ((cp >= 0x80 && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp == 0xfffe || cp == 0xffff)
			return true;
	}
	return false;
}

static void add_double(struct rq_str *out, const char *s)
{
	size_t n = strlen(s), k;
	uint32_t cp;

	rq_str_addc(out, '"');
	for (size_t i = 0; i < n; i += k) {
		k = rq_utf8_decode(s + i, n - i, &cp);
		if (cp == '"' || cp == '\\')
			rq_str_addf(out, "\\%c", (char)cp);
		else if (cp == '\n')
			rq_str_add(out, "\\n");
		else if (cp == '\t')
			rq_str_add(out, "\\t");
		else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			rq_str_addf(out, "\\x%02x", (unsigned)cp);
		else if (cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp == 0xfffe || cp == 0xffff)
			rq_str_addf(out, "\\u%04x", (unsigned)cp);
		else
			rq_str_addn(out, s + i, k);
	}
	rq_str_addc(out, '"');
}

static void add_single(struct rq_str *out, const char *s)
{
	rq_str_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			rq_str_addc(out, '\'');
		rq_str_addc(out, *s);
	}
	rq_str_addc(out, '\'');
}

static void add_scalar(struct rq_str *out, const struct rq_yaml *y)
{
	if (y->quoted ? plain_is_fine(y->text) : (*y->text && !needs_escapes(y->text)))
		rq_str_add(out, y->text);
	else if (y->style == '\'' && !needs_escapes(y->text))
		add_single(out, y->text);
	else
		add_double(out, y->text);
}

/* The value of E in one line. */
static void add_flow(struct rq_str *out, const struct fmt_entry *e)
{
	const struct rq_yaml *y = e->value;

	if (y->kind == RQ_YAML_NULL) {
		rq_str_add(out, *y->text ? y->text : "null");
		return;
	}
	if (y->kind == RQ_YAML_SCALAR) {
		add_scalar(out, y);
		return;
	}
	rq_str_addc(out, y->kind == RQ_YAML_SEQ ? '[' : '{');
	for (const struct fmt_entry *c = e->child; c && out->len < 4 * WIDTH; c = c->sibling) {
		if (c != e->child)
			rq_str_add(out, ", ");
		if (c->key) {
			add_scalar(out, c->key);
			rq_str_add(out, ": ");
		}
		add_flow(out, c);
	}
	rq_str_addc(out, y->kind == RQ_YAML_SEQ ? ']' : '}');
}

/* --- writing ------------------------------------------------------------------------------ */

static void blanks(struct fmt *f, int n)
{
	rq_str_addf(f->out, "%*s", n, "");
}

static void empty_line(struct fmt *f)
{
	const struct rq_str *o = f->out;

	if (!f->fresh && o->len >= 2 && o->s[o->len - 2] != '\n')
		rq_str_addc(f->out, '\n');
}

static void add_comments(struct fmt *f, const struct fmt_comments *list, int indent)
{
	for (const struct fmt_comment *c = list->first; c; c = c->next) {
		if (c->blank)
			empty_line(f);
		blanks(f, c->deeper ? indent + INDENT : indent);
		rq_str_addf(f->out, "%s\n", c->text);
		f->fresh = false;
	}
}

static bool is_collection(const struct rq_yaml *y)
{
	return y->kind == RQ_YAML_SEQ || y->kind == RQ_YAML_MAP;
}

/* E's collection in one line, where it was written so, has no comment in it, and fits behind COLUMN. */
static bool as_flow(const struct fmt_entry *e, int column, struct rq_str *flow)
{
	if (e->value->n && (!e->value->style || e->inside))
		return false;
	rq_str_init(flow, 8 * WIDTH);
	add_flow(flow, e);
	if (!e->value->n || column + rq_text_width(rq_str_get(flow)) <= WIDTH)
		return true;
	rq_str_release(flow);
	return false;
}

static bool is_block(const struct fmt_entry *e, int column)
{
	struct rq_str flow;

	if (!is_collection(e->value))
		return false;
	if (!as_flow(e, column, &flow))
		return true;
	rq_str_release(&flow);
	return false;
}

static int key_width(const struct fmt_entry *e)
{
	struct rq_str s;
	int width;

	if (!e->key)
		return INDENT;
	rq_str_init(&s, 0);
	add_scalar(&s, e->key);
	width = rq_text_width(rq_str_get(&s)) + 2;
	rq_str_release(&s);
	return width;
}

/* Of several comments in one line all but the last go above. */
static const char *line_comment(const struct fmt_entry *e)
{
	return e->behind.last ? e->behind.last->text : NULL;
}

/* What stands above E; of an item also what stands above the first entry in it, which shares its line. */
static void add_above(struct fmt *f, const struct fmt_entry *e, int indent)
{
	bool block = is_block(e, indent + key_width(e));

	if (e->blank && !e->before.first)
		empty_line(f);
	add_comments(f, &e->before, indent);
	for (const struct fmt_comment *c = e->behind.first; c; c = c->next) {
		if (c->next || (block && !e->key)) {
			blanks(f, indent);
			rq_str_addf(f->out, "%s\n", c->text);
			f->fresh = false;
		}
	}
	if (e->blank && e->before.first)
		empty_line(f);
	if (block && !e->key)
		add_above(f, e->child, indent);
}

static void add_entries(struct fmt *f, const struct fmt_entry *e, int indent, bool inline_first);

static void end_line(struct fmt *f, const char *comment)
{
	if (comment)
		rq_str_addf(f->out, "  %s", comment);
	rq_str_addc(f->out, '\n');
	f->fresh = false;
}

static void add_value(struct fmt *f, const struct fmt_entry *e, int indent)
{
	struct rq_str flow;

	if (!is_collection(e->value)) {
		if (*e->value->text || e->value->kind == RQ_YAML_SCALAR || !e->key) {
			rq_str_addc(f->out, ' ');
			add_flow(f->out, e);
		}
		end_line(f, line_comment(e));
	} else if (as_flow(e, indent + key_width(e), &flow)) {
		rq_str_addf(f->out, " %s", rq_str_get(&flow));
		rq_str_release(&flow);
		end_line(f, line_comment(e));
	} else if (e->key) {
		end_line(f, line_comment(e));
		f->fresh = true;
		add_entries(f, e->child, indent + INDENT, false);
	} else {
		rq_str_addc(f->out, ' ');
		add_entries(f, e->child, indent + INDENT, true);
	}
	/* Level with E it would be of what comes next, which need not be what came next before. */
	for (struct fmt_comment *c = e->after.first; c && e->sibling; c = c->next)
		c->deeper = true;
	add_comments(f, &e->after, indent);
}

static void add_entries(struct fmt *f, const struct fmt_entry *e, int indent, bool inline_first)
{
	for (; e; e = e->sibling) {
		if (!inline_first) {
			if (!e->parent && is_block(e, key_width(e)) && e->key)
				empty_line(f);
			add_above(f, e, indent);
			blanks(f, indent);
		}
		inline_first = false;
		if (e->key) {
			add_scalar(f->out, e->key);
			rq_str_addc(f->out, ':');
		} else {
			rq_str_addc(f->out, '-');
		}
		add_value(f, e, indent);
	}
}

static void write_all(struct fmt *f)
{
	f->fresh = true;
	add_comments(f, &f->head, 0);
	if (f->head.first)
		rq_str_addc(f->out, '\n');
	f->fresh = true;
	if (f->top.child) {
		add_entries(f, f->top.child, 0, false);
	} else if (f->root->kind != RQ_YAML_NULL) {
		add_flow(f->out, &f->top);
		rq_str_addc(f->out, '\n');
		f->fresh = false;
	}
	add_comments(f, &f->foot, 0);
}

/* --- the same policy ---------------------------------------------------------------------- */

static bool same_scalar(const struct rq_yaml *a, const struct rq_yaml *b)
{
	return a->kind == b->kind && (a->kind != RQ_YAML_SCALAR || !strcmp(a->text, b->text));
}

/* Both are sorted by the same rule. */
static bool same(const struct fmt_entry *a, const struct fmt_entry *b)
{
	const struct fmt_entry *x = a->child, *y = b->child;

	for (; x && y; x = x->sibling, y = y->sibling)
		if (!x->key != !y->key || (x->key && strcmp(x->key->text, y->key->text) != 0) || !same(x, y))
			return false;
	return !x && !y && same_scalar(a->value, b->value);
}

static void ignore_fault(void *ud, const struct rq_yaml_fault *fault)
{
	(void)ud;
	(void)fault;
}

/* Our own work, looked at again: the same values, and no comment lost. */
static bool holds(const struct fmt *f)
{
	struct fmt again = { .n = 0 };
	struct rq_yaml_doc *doc;
	bool fine = false;

	if (f->out->full)
		return false;
	if (!rq_yaml_read(rq_str_get(f->out), f->out->len, ignore_fault, NULL, &doc)) {
		begin(&again, rq_str_get(f->out), f->out->len, rq_yaml_root(doc));
		fine = same(&f->top, &again.top) && again.n_comments == f->n_comments;
		end(&again);
	}
	rq_yaml_free(doc);
	return fine;
}

int rq_policy_fmt(const char *name, const char *text, size_t n, struct rq_str *out, struct rq_problems *p, struct rq_error *e)
{
	struct fmt f = { .out = out };
	struct rq_yaml_doc *doc;
	size_t before = p->errors;
	int rc = RQ_OK;

	rq_str_clear(out);
	rq_yaml_read(text, n, load_fault, p, &doc);
	if (p->errors > before) {
		rq_yaml_free(doc);
		return load_refuse(p, name, e);
	}
	begin(&f, text, n, rq_yaml_root(doc));
	write_all(&f);
	if (!holds(&f))
		rc = rq_fail(e, RQ_EFAILED,
			     "%s cannot be put in the standard form without changing it; it stays as it is.", name);
	end(&f);
	rq_yaml_free(doc);
	return rc;
}
