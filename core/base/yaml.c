#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/base/yaml.h"

enum { SIZE_MAX_BYTES = 1024 * 1024, SCALAR_MAX = 64 * 1024, NODES_MAX = 100000, DEPTH_MAX = 32, ANCHORS_MAX = 256 };

struct rq_yaml_doc {
	struct rq_arena arena;
	struct rq_yaml *root;
};

struct anchor {
	const char *name;
	const struct rq_yaml *y;
};

/* One parse. A list of children grows outside the arena and moves in when it is complete. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	struct rq_yaml_doc *doc;
	const char *text;
	size_t n, nodes, faults;
	void (*say)(void *ud, const struct rq_yaml_fault *f);
	void *ud;
	bool shared;                    /* anchors and aliases are understood */
	struct anchor *anchors;
	size_t n_anchors, anchors_cap;
};

/* What ends the reading; anything else that is wrong is told, and the rest is read. */
enum { GO_ON = RQ_OK, STOP = RQ_EUSAGE };

struct children {
	struct rq_yaml **v;
	size_t n, cap;
};

static int tell(struct reader *r, const struct rq_yaml_fault *f)
{
	r->faults++;
	r->say(r->ud, f);
	return STOP;
}

static int tell_at(struct reader *r, enum rq_yaml_fault_kind kind, yaml_mark_t at, int len, const char *why)
{
	struct rq_yaml_fault f = { .kind = kind, .line = (int)at.line + 1, .col = (int)at.column + 1, .len = len, .text = why };

	return tell(r, &f);
}

/* The reader below libyaml's scanner tells an offset only. */
static yaml_mark_t mark_of_offset(const struct reader *r, size_t offset)
{
	yaml_mark_t at = { 0, 0, 0 };

	for (size_t i = 0; i < offset && i < r->n; i++) {
		if (((unsigned char)r->text[i] & 0xc0) != 0x80)
			at.column++;
		if (r->text[i] == '\n') {
			at.line++;
			at.column = 0;
		}
	}
	return at;
}

static int tell_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct rq_yaml_fault f = { .kind = RQ_YAML_SYNTAX };

	f.text = p->problem ? p->problem : "this is no YAML";
	if (p->error == YAML_READER_ERROR)
		return tell_at(r, RQ_YAML_ENCODING, mark_of_offset(r, p->problem_offset), 0, f.text);
	f.line = (int)p->problem_mark.line + 1;
	f.col = (int)p->problem_mark.column + 1;
	if (p->context) {
		f.context = p->context;
		f.first_line = (int)p->context_mark.line + 1;
		f.first_col = (int)p->context_mark.column + 1;
	}
	return tell(r, &f);
}

static int next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return tell_syntax(r);
	return GO_ON;
}

static bool is_null(const char *s)
{
	return !*s || !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") ||
	       !strcmp(s, "NULL");
}

static struct rq_yaml *new_node(struct reader *r, enum rq_yaml_kind kind)
{
	struct rq_yaml *y = rq_arena_alloc(&r->doc->arena, sizeof *y);

	y->kind = kind;
	y->text = "";
	y->line = (int)r->event.start_mark.line + 1;
	y->col = (int)r->event.start_mark.column + 1;
	y->end_line = (int)r->event.end_mark.line + 1;
	y->end_col = (int)r->event.end_mark.column + 1;
	y->from = r->event.start_mark.index;
	y->to = r->event.end_mark.index;
	r->nodes++;
	return y;
}

static int properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	yaml_mark_t at = r->event.start_mark;

	if (anchor && !r->shared)
		tell_at(r, RQ_YAML_ANCHOR, at, (int)strlen((const char *)anchor) + 1, "anchors (&NAME) are not used here");
	if (tag)
		tell_at(r, RQ_YAML_TAG, at, 0, "tags (!NAME) are not used here; quote a value to make it text");
	return GO_ON;
}

/* What would make a file mean something that it does not show: anchors, aliases, tags. */
static int check_plain(struct reader *r)
{
	const yaml_event_t *v = &r->event;

	if (r->nodes >= NODES_MAX)
		return tell_at(r, RQ_YAML_NODES, v->start_mark, 0, "more than 100,000 values in one file");
	if (v->type == YAML_ALIAS_EVENT && !r->shared)
		tell_at(r, RQ_YAML_ANCHOR, v->start_mark, (int)strlen((const char *)v->data.alias.anchor) + 1,
			"aliases (*NAME) are not used here; write the value out");
	else if (v->type == YAML_SCALAR_EVENT)
		return properties(r, v->data.scalar.anchor, v->data.scalar.tag);
	else if (v->type == YAML_SEQUENCE_START_EVENT)
		return properties(r, v->data.sequence_start.anchor, v->data.sequence_start.tag);
	else if (v->type == YAML_MAPPING_START_EVENT)
		return properties(r, v->data.mapping_start.anchor, v->data.mapping_start.tag);
	return GO_ON;
}

static char style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE: return '\'';
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return '"';
	case YAML_LITERAL_SCALAR_STYLE: return '|';
	case YAML_FOLDED_SCALAR_STYLE: return '>';
	default: return 0;
	}
}

static int scalar(struct reader *r, struct rq_yaml **out)
{
	const yaml_event_t *v = &r->event;
	const char *text = (const char *)v->data.scalar.value;
	size_t n = v->data.scalar.length;
	struct rq_yaml *y = new_node(r, RQ_YAML_BAD);

	*out = y;
	y->style = style_of(v->data.scalar.style);
	y->quoted = y->style != 0;
	if (n > SCALAR_MAX) {
		tell_at(r, RQ_YAML_SCALAR_SIZE, v->start_mark, 0, "a value of more than 64 KiB");
	} else if (memchr(text, 0, n)) {
		tell_at(r, RQ_YAML_ZERO_BYTE, v->start_mark, 0, "a value with a zero byte");
	} else {
		y->text = rq_arena_strn(&r->doc->arena, text, n);
		y->kind = !y->quoted && is_null(y->text) ? RQ_YAML_NULL : RQ_YAML_SCALAR;
	}
	return GO_ON;
}

/* Where [] and {} end; what is written over lines ends where the next thing begins, which nobody wants to know. */
static void ends_here(struct reader *r, struct rq_yaml *y)
{
	if (!y->style)
		return;
	y->end_line = (int)r->event.end_mark.line + 1;
	y->end_col = (int)r->event.end_mark.column + 1;
	y->to = r->event.end_mark.index;
}

static void push(struct children *c, struct rq_yaml *y)
{
	RQ_GROW(c->v, c->n, &c->cap);
	c->v[c->n++] = y;
}

static struct rq_yaml **settle(struct reader *r, struct children *c)
{
	struct rq_yaml **v = rq_arena_alloc(&r->doc->arena, (c->n + 1) * sizeof *v);

	if (c->n)
		memcpy(v, c->v, c->n * sizeof *v);
	return v;
}

static int value(struct reader *r, int depth, struct rq_yaml **out);

static int sequence(struct reader *r, int depth, struct rq_yaml **out)
{
	struct rq_yaml *y = new_node(r, RQ_YAML_SEQ), *item;
	struct children items = { 0 };
	int rc;

	if (r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
		y->style = '[';
	for (;;) {
		rc = next(r);
		if (rc || r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		rc = value(r, depth + 1, &item);
		if (rc)
			break;
		push(&items, item);
	}
	ends_here(r, y);
	y->n = items.n;
	y->items = settle(r, &items);
	rq_free(items.v);
	*out = y;
	return rc;
}

static int by_text(const void *a, const void *b)
{
	const struct rq_yaml *x = *(struct rq_yaml *const *)a, *y = *(struct rq_yaml *const *)b;
	int c = strcmp(x->text, y->text);

	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

static void tell_twice(struct reader *r, const struct rq_yaml *first, const struct rq_yaml *again)
{
	struct rq_yaml_fault f = { .kind = RQ_YAML_DUPLICATE, .line = again->line, .col = again->col };

	if (again->line == again->end_line)
		f.len = again->end_col - again->col;
	f.first_line = first->line;
	f.first_col = first->col;
	f.key = again->text;
	f.text = "this key stands here again";
	tell(r, &f);
}

/* libyaml does not mind duplicate keys; whoever wrote them does, later. */
static void check_keys(struct reader *r, const struct children *keys)
{
	struct rq_yaml **v;
	size_t first = 0;

	if (keys->n < 2)
		return;
	v = rq_realloc_array(NULL, keys->n, sizeof *v);
	memcpy(v, keys->v, keys->n * sizeof *v);
	qsort(v, keys->n, sizeof *v, by_text);
	for (size_t i = 1; i < keys->n; i++) {
		if (strcmp(v[first]->text, v[i]->text) != 0)
			first = i;
		else if (v[i]->kind != RQ_YAML_BAD && v[first]->kind != RQ_YAML_BAD) {
			tell_twice(r, v[first], v[i]);
			v[i]->kind = RQ_YAML_BAD;
		}
	}
	rq_free(v);
}

static int pair(struct reader *r, int depth, struct children *keys, struct children *values)
{
	struct rq_yaml *y;
	int rc;

	if (r->event.type != YAML_SCALAR_EVENT && r->event.type != YAML_ALIAS_EVENT)
		tell_at(r, RQ_YAML_KEY, r->event.start_mark, 0, "a key must be a single word or text");
	rc = value(r, depth + 1, &y);
	if (rc)
		return rc;
	if (y->kind == RQ_YAML_NULL)
		y->kind = RQ_YAML_SCALAR;
	else if (y->kind != RQ_YAML_SCALAR)
		y->kind = RQ_YAML_BAD;
	push(keys, y);
	rc = next(r);
	if (rc)
		return rc;
	rc = value(r, depth + 1, &y);
	if (!rc)
		push(values, y);
	return rc;
}

static int mapping(struct reader *r, int depth, struct rq_yaml **out)
{
	struct rq_yaml *y = new_node(r, RQ_YAML_MAP);
	struct children keys = { 0 }, values = { 0 };
	int rc;

	if (r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
		y->style = '{';
	for (;;) {
		rc = next(r);
		if (rc || r->event.type == YAML_MAPPING_END_EVENT)
			break;
		rc = pair(r, depth, &keys, &values);
		if (rc)
			break;
	}
	check_keys(r, &keys);
	ends_here(r, y);
	y->n = values.n;
	y->keys = settle(r, &keys);
	y->items = settle(r, &values);
	rq_free(keys.v);
	rq_free(values.v);
	*out = y;
	return rc;
}

/* A copy of the anchor's node, so that what a key is made of by its reader stays with the alias. */
static struct rq_yaml *alias(struct reader *r)
{
	const char *name = (const char *)r->event.data.alias.anchor;
	struct rq_yaml *y = new_node(r, RQ_YAML_BAD), place = *y;
	size_t i = r->n_anchors;

	if (!r->shared)
		return y;
	while (i > 0 && strcmp(r->anchors[i - 1].name, name) != 0)
		i--;
	if (i == 0) {
		tell_at(r, RQ_YAML_ANCHOR, r->event.start_mark, (int)strlen(name) + 1, "there is no such anchor above");
		return y;
	}
	*y = *r->anchors[i - 1].y;
	y->line = place.line;
	y->col = place.col;
	y->end_line = place.end_line;
	y->end_col = place.end_col;
	y->from = place.from;
	y->to = place.to;
	return y;
}

/* The anchor of the value that the current event begins, kept; NULL none. */
static const char *anchor_of(struct reader *r)
{
	const yaml_event_t *v = &r->event;
	const yaml_char_t *name = NULL;

	if (v->type == YAML_SCALAR_EVENT)
		name = v->data.scalar.anchor;
	else if (v->type == YAML_SEQUENCE_START_EVENT)
		name = v->data.sequence_start.anchor;
	else if (v->type == YAML_MAPPING_START_EVENT)
		name = v->data.mapping_start.anchor;
	return r->shared ? rq_arena_str(&r->doc->arena, (const char *)name) : NULL;
}

static int remember(struct reader *r, const char *anchor, const struct rq_yaml *y)
{
	if (r->n_anchors >= ANCHORS_MAX)
		return tell_at(r, RQ_YAML_NODES, r->event.start_mark, 0, "more than 256 anchors in one file");
	RQ_GROW(r->anchors, r->n_anchors, &r->anchors_cap);
	r->anchors[r->n_anchors++] = (struct anchor){ anchor, y };
	return GO_ON;
}

static int kind_of_value(struct reader *r, int depth, struct rq_yaml **out)
{
	if (depth > DEPTH_MAX)
		return tell_at(r, RQ_YAML_DEPTH, r->event.start_mark, 0, "nested deeper than 32 levels");
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return scalar(r, out);
	case YAML_SEQUENCE_START_EVENT:
		return sequence(r, depth, out);
	case YAML_MAPPING_START_EVENT:
		return mapping(r, depth, out);
	case YAML_ALIAS_EVENT:
		*out = alias(r);
		return GO_ON;
	default:
		return tell_at(r, RQ_YAML_SYNTAX, r->event.start_mark, 0, "a value is missing");
	}
}

/* The value that the current event begins; afterwards the current event is its last. */
static int value(struct reader *r, int depth, struct rq_yaml **out)
{
	const char *anchor;
	int rc = check_plain(r);

	if (rc)
		return rc;
	anchor = anchor_of(r);
	rc = kind_of_value(r, depth, out);
	return rc || !anchor ? rc : remember(r, anchor, *out);
}

static int document(struct reader *r)
{
	int rc = next(r); /* the stream's start */

	if (!rc)
		rc = next(r);
	if (rc)
		return rc;
	if (r->event.type == YAML_STREAM_END_EVENT) {
		r->doc->root = new_node(r, RQ_YAML_NULL);
		return GO_ON;
	}
	rc = next(r); /* behind the document's start */
	if (!rc)
		rc = value(r, 1, &r->doc->root);
	if (!rc)
		rc = next(r); /* the document's end */
	if (!rc)
		rc = next(r);
	if (!rc && r->event.type != YAML_STREAM_END_EVENT)
		tell_at(r, RQ_YAML_DOCUMENTS, r->event.start_mark, 0, "a second document begins here; one is read");
	return rc;
}

static size_t read_text(const char *text, size_t n, bool shared, void (*say)(void *ud, const struct rq_yaml_fault *f),
			void *ud, struct rq_yaml_doc **out)
{
	size_t mark = rq_utf8_mark(text, n);
	struct reader r = { .text = text + mark, .n = n - mark, .say = say, .ud = ud, .shared = shared };
	struct rq_yaml_fault large = { .kind = RQ_YAML_FILE_SIZE, .text = "the file is larger than 1 MiB" };
	int rc;

	*out = NULL;
	if (n > SIZE_MAX_BYTES) {
		tell(&r, &large);
		return r.faults;
	}
	if (!yaml_parser_initialize(&r.parser))
		RQ_BUG("out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, r.n);
	r.doc = rq_alloc(sizeof *r.doc);
	rc = document(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	rq_free(r.anchors);
	if (rc)
		rq_yaml_free(r.doc);
	else
		*out = r.doc;
	return r.faults;
}

size_t rq_yaml_read(const char *text, size_t n, void (*say)(void *ud, const struct rq_yaml_fault *f), void *ud,
		    struct rq_yaml_doc **out)
{
	return read_text(text, n, false, say, ud, out);
}

size_t rq_yaml_read_shared(const char *text, size_t n, void (*say)(void *ud, const struct rq_yaml_fault *f), void *ud,
			   struct rq_yaml_doc **out)
{
	return read_text(text, n, true, say, ud, out);
}

/* --- the first fault alone ---------------------------------------------------------------- */

struct first {
	const char *name;
	struct rq_error *e;
	int code;
};

static void keep_first(void *ud, const struct rq_yaml_fault *f)
{
	struct first *x = ud;

	if (x->code)
		return;
	if (f->kind == RQ_YAML_FILE_SIZE)
		x->code = rq_fail(x->e, RQ_ELIMIT, "%s is larger than 1 MiB.", x->name);
	else if (f->kind == RQ_YAML_DUPLICATE)
		x->code = rq_fail(x->e, RQ_EUSAGE, "%s:%d:%d: the key \"%.80s\" stands here again; first at %d:%d.", x->name,
				  f->line, f->col, f->key, f->first_line, f->first_col);
	else if (f->context)
		x->code = rq_fail(x->e, RQ_EUSAGE, "%s:%d:%d: %s, %s that began at %d:%d.", x->name, f->line, f->col,
				  f->text, f->context, f->first_line, f->first_col);
	else
		x->code = rq_fail(x->e, RQ_EUSAGE, "%s:%d:%d: %s", x->name, f->line, f->col, f->text);
}

int rq_yaml_parse(const char *name, const char *text, size_t n, struct rq_yaml_doc **out,
		  struct rq_error *e)
{
	struct first x = { name, e, RQ_OK };

	if (!rq_yaml_read(text, n, keep_first, &x, out))
		return RQ_OK;
	rq_yaml_free(*out);
	*out = NULL;
	return x.code;
}

const struct rq_yaml *rq_yaml_root(const struct rq_yaml_doc *d)
{
	return d->root;
}

void rq_yaml_free(struct rq_yaml_doc *d)
{
	if (!d)
		return;
	rq_arena_release(&d->arena);
	rq_free(d);
}

const struct rq_yaml *rq_yaml_get(const struct rq_yaml *map, const char *key)
{
	if (!map || map->kind != RQ_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i]->text, key))
			return map->items[i];
	return NULL;
}

size_t rq_yaml_break(const char *s, size_t n)
{
	if (n >= 2 && s[0] == '\r' && s[1] == '\n')
		return 2;
	if (n >= 1 && (s[0] == '\n' || s[0] == '\r'))
		return 1;
	if (n >= 2 && !memcmp(s, "\xc2\x85", 2))
		return 2;
	if (n >= 3 && (!memcmp(s, "\xe2\x80\xa8", 3) || !memcmp(s, "\xe2\x80\xa9", 3)))
		return 3;
	return 0;
}

bool rq_yaml_bool(const struct rq_yaml *y, bool *out)
{
	if (!y || y->kind != RQ_YAML_SCALAR || y->quoted)
		return false;
	*out = !strcmp(y->text, "true");
	return *out || !strcmp(y->text, "false");
}

bool rq_yaml_int(const struct rq_yaml *y, int64_t *out)
{
	return y && y->kind == RQ_YAML_SCALAR && !y->quoted && rq_parse_i64(y->text, out);
}

const char *rq_yaml_str(const struct rq_yaml *y)
{
	return y && y->kind == RQ_YAML_SCALAR ? y->text : NULL;
}
