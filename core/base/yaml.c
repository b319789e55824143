#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/yaml.h"

enum { SIZE_MAX_BYTES = 1024 * 1024, SCALAR_MAX = 64 * 1024, NODES_MAX = 100000, DEPTH_MAX = 32 };

struct rq_yaml_doc {
	struct rq_arena arena;
	struct rq_yaml *root;
};

/* One parse. A list of children grows outside the arena and moves in when it is complete. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	struct rq_yaml_doc *doc;
	const char *name;
	const char *text;
	size_t n, nodes;
	struct rq_error *e;
};

struct children {
	struct rq_yaml **v;
	size_t n, cap;
};

static int refuse_at(struct reader *r, yaml_mark_t at, const char *why)
{
	return rq_fail(r->e, RQ_EUSAGE, "%s:%zu:%zu: %s", r->name, at.line + 1, at.column + 1, why);
}

/* The reader below libyaml's scanner tells an offset only. */
static yaml_mark_t mark_of_offset(const struct reader *r, size_t offset)
{
	yaml_mark_t at = { 0, 0, 0 };

	for (size_t i = 0; i < offset && i < r->n; i++) {
		at.column++;
		if (r->text[i] == '\n') {
			at.line++;
			at.column = 0;
		}
	}
	return at;
}

static int refuse_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *why = p->problem ? p->problem : "this is no YAML";

	if (p->error == YAML_READER_ERROR)
		return refuse_at(r, mark_of_offset(r, p->problem_offset), why);
	if (!p->context)
		return refuse_at(r, p->problem_mark, why);
	return rq_fail(r->e, RQ_EUSAGE, "%s:%zu:%zu: %s, %s that began at %zu:%zu.", r->name,
		       p->problem_mark.line + 1, p->problem_mark.column + 1, why, p->context,
		       p->context_mark.line + 1, p->context_mark.column + 1);
}

static int next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return refuse_syntax(r);
	return RQ_OK;
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
	y->line = (int)r->event.start_mark.line + 1;
	y->col = (int)r->event.start_mark.column + 1;
	r->nodes++;
	return y;
}

/* What would make a file mean something that it does not show: anchors, aliases, tags. */
static int check_plain(struct reader *r)
{
	const yaml_event_t *v = &r->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (v->type == YAML_ALIAS_EVENT)
		return refuse_at(r, v->start_mark,
				 "aliases (*NAME) are not used here; write the value out");
	if (v->type == YAML_SCALAR_EVENT) {
		anchor = v->data.scalar.anchor;
		tag = v->data.scalar.tag;
	} else if (v->type == YAML_SEQUENCE_START_EVENT) {
		anchor = v->data.sequence_start.anchor;
		tag = v->data.sequence_start.tag;
	} else if (v->type == YAML_MAPPING_START_EVENT) {
		anchor = v->data.mapping_start.anchor;
		tag = v->data.mapping_start.tag;
	}
	if (anchor)
		return refuse_at(r, v->start_mark, "anchors (&NAME) are not used here");
	if (tag)
		return refuse_at(r, v->start_mark,
				 "tags (!NAME) are not used here; quote a value to make it text");
	if (r->nodes >= NODES_MAX)
		return refuse_at(r, v->start_mark, "more than 100,000 values in one file");
	return RQ_OK;
}

static int scalar(struct reader *r, struct rq_yaml **out)
{
	const yaml_event_t *v = &r->event;
	const char *text = (const char *)v->data.scalar.value;
	size_t n = v->data.scalar.length;
	struct rq_yaml *y;

	if (n > SCALAR_MAX)
		return refuse_at(r, v->start_mark, "a value of more than 64 KiB");
	if (memchr(text, 0, n))
		return refuse_at(r, v->start_mark, "a value with a zero byte");
	y = new_node(r, RQ_YAML_SCALAR);
	y->quoted = v->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	y->text = rq_arena_strn(&r->doc->arena, text, n);
	if (!y->quoted && is_null(y->text))
		y->kind = RQ_YAML_NULL;
	*out = y;
	return RQ_OK;
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

	for (;;) {
		rc = next(r);
		if (rc || r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		rc = value(r, depth + 1, &item);
		if (rc)
			break;
		push(&items, item);
	}
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

/* libyaml does not mind duplicate keys; whoever wrote them does, later. */
static int check_keys(struct reader *r, const struct children *keys)
{
	struct rq_yaml **v;
	int rc = RQ_OK;

	if (keys->n < 2)
		return RQ_OK;
	v = rq_realloc_array(NULL, keys->n, sizeof *v);
	memcpy(v, keys->v, keys->n * sizeof *v);
	qsort(v, keys->n, sizeof *v, by_text);
	for (size_t i = 1; i < keys->n && !rc; i++)
		if (!strcmp(v[i - 1]->text, v[i]->text))
			rc = rq_fail(
				r->e, RQ_EUSAGE,
				"%s:%d:%d: the key \"%.80s\" stands here again; first at %d:%d.",
				r->name, v[i]->line, v[i]->col, v[i]->text, v[i - 1]->line,
				v[i - 1]->col);
	rq_free(v);
	return rc;
}

static int pair(struct reader *r, int depth, struct children *keys, struct children *values)
{
	struct rq_yaml *y;
	int rc;

	if (r->event.type != YAML_SCALAR_EVENT && r->event.type != YAML_ALIAS_EVENT)
		return refuse_at(r, r->event.start_mark, "a key must be a single word or text");
	rc = value(r, depth + 1, &y);
	if (rc)
		return rc;
	y->kind = RQ_YAML_SCALAR;
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

	for (;;) {
		rc = next(r);
		if (rc || r->event.type == YAML_MAPPING_END_EVENT)
			break;
		rc = pair(r, depth, &keys, &values);
		if (rc)
			break;
	}
	if (!rc)
		rc = check_keys(r, &keys);
	y->n = values.n;
	y->keys = settle(r, &keys);
	y->items = settle(r, &values);
	rq_free(keys.v);
	rq_free(values.v);
	*out = y;
	return rc;
}

/* The value that the current event begins; afterwards the current event is its last. */
static int value(struct reader *r, int depth, struct rq_yaml **out)
{
	int rc = check_plain(r);

	if (rc)
		return rc;
	if (depth > DEPTH_MAX)
		return refuse_at(r, r->event.start_mark, "nested deeper than 32 levels");
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return scalar(r, out);
	case YAML_SEQUENCE_START_EVENT:
		return sequence(r, depth, out);
	case YAML_MAPPING_START_EVENT:
		return mapping(r, depth, out);
	default:
		return refuse_at(r, r->event.start_mark, "a value is missing");
	}
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
		return RQ_OK;
	}
	rc = next(r); /* behind the document's start */
	if (!rc)
		rc = value(r, 1, &r->doc->root);
	if (!rc)
		rc = next(r); /* the document's end */
	if (!rc)
		rc = next(r);
	if (!rc && r->event.type != YAML_STREAM_END_EVENT)
		return refuse_at(r, r->event.start_mark,
				 "a second document begins here; one is read");
	return rc;
}

int rq_yaml_parse(const char *name, const char *text, size_t n, struct rq_yaml_doc **out,
		  struct rq_error *e)
{
	struct reader r = { .name = name, .text = text, .n = n, .e = e };
	int rc;

	*out = NULL;
	if (n > SIZE_MAX_BYTES)
		return rq_fail(e, RQ_ELIMIT, "%s is larger than 1 MiB.", name);
	if (!yaml_parser_initialize(&r.parser))
		RQ_BUG("out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	r.doc = rq_alloc(sizeof *r.doc);
	rc = document(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (rc) {
		rq_yaml_free(r.doc);
		return rc;
	}
	*out = r.doc;
	return RQ_OK;
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
