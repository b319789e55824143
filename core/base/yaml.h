/* yaml.h - a YAML document as a tree of nodes that know their line and column (libyaml behind
 * it). */
#ifndef RQ_BASE_YAML_H
#define RQ_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

/* BAD: something that was refused, as a key that stands there twice; only rq_yaml_read leaves such. */
enum rq_yaml_kind { RQ_YAML_NULL, RQ_YAML_SCALAR, RQ_YAML_SEQ, RQ_YAML_MAP, RQ_YAML_BAD };

struct rq_yaml {
	enum rq_yaml_kind kind;
	const char *text;            /* scalars; NUL-terminated */
	bool quoted;                 /* a quoted scalar is always a string */
	char style;                  /* of a scalar: 0 plain, or one of ' " | > ; of the others: '[' '{' in one line, else 0 */
	int line, col;               /* 1-based, in characters */
	int end_line, end_col;       /* of scalars, and of [] and {}: behind the last character */
	size_t from, to;             /* the same as characters from the start of the text, behind a byte order mark */
	size_t n;                    /* items of a sequence, pairs of a map */
	struct rq_yaml **keys;       /* maps; scalars */
	struct rq_yaml **items;      /* sequences: items; maps: values */
};

struct rq_yaml_doc;  /* owns the nodes */

/* One document. Refused, with line and column in the message: syntax errors, duplicate keys,
 * anchors, aliases, tags,
 * more than 100,000 nodes, depth over 32, a scalar over 64 KiB, more than 1 MiB. NAME is the
 * file's name for messages.
 * An empty document gives a root of kind NULL. */
int rq_yaml_parse(const char *name, const char *text, size_t n, struct rq_yaml_doc **out,
		  struct rq_error *e);
const struct rq_yaml *rq_yaml_root(const struct rq_yaml_doc *d);
void rq_yaml_free(struct rq_yaml_doc *d);

/* One thing that is wrong with a text. */
enum rq_yaml_fault_kind {
	RQ_YAML_SYNTAX,
	RQ_YAML_ENCODING,            /* not UTF-8, or a control character */
	RQ_YAML_DUPLICATE,           /* FIRST is where the key stands already */
	RQ_YAML_ANCHOR,              /* also an alias */
	RQ_YAML_TAG,
	RQ_YAML_KEY,                 /* a list or a map for a key */
	RQ_YAML_DOCUMENTS,
	RQ_YAML_DEPTH,
	RQ_YAML_NODES,
	RQ_YAML_SCALAR_SIZE,
	RQ_YAML_ZERO_BYTE,
	RQ_YAML_FILE_SIZE
};
struct rq_yaml_fault {
	enum rq_yaml_fault_kind kind;
	int line, col, len;          /* len 0: just a place; line 0: the whole file */
	int first_line, first_col;   /* of a duplicate; of what a syntax error is in, with CONTEXT */
	const char *text;            /* what is wrong, in words */
	const char *context;         /* "while parsing a flow sequence"; NULL none */
	const char *key;             /* of a duplicate */
};

/* The same limits as rq_yaml_parse, but all that is wrong is told, to SAY, in the order found. *out is the tree with
 * what could be read, to be freed by the caller; NULL where a fault ended the reading. Returns the number of faults. */
size_t rq_yaml_read(const char *text, size_t n, void (*say)(void *ud, const struct rq_yaml_fault *f), void *ud,
		    struct rq_yaml_doc **out);

/* The same, but anchors and aliases are understood: an alias is a node of its own, at its own place, with its anchor's
 * text, keys and items. What an alias names stands in the tree at several places, and may be nested without limit: go
 * down to what is wanted, never through all of it. An alias without an anchor above it is a fault. */
size_t rq_yaml_read_shared(const char *text, size_t n, void (*say)(void *ud, const struct rq_yaml_fault *f), void *ud,
			   struct rq_yaml_doc **out);

/* NULL if it is missing, or MAP is none. */
const struct rq_yaml *rq_yaml_get(const struct rq_yaml *map, const char *key);
/* Bytes of the line break at S, of which N can be read; 0 where there is none: what YAML takes for one. */
size_t rq_yaml_break(const char *s, size_t n);

/* Typed reads of a scalar; false where it does not read as that type. */
bool rq_yaml_bool(const struct rq_yaml *y, bool *out);   /* true false; plain only */
bool rq_yaml_int(const struct rq_yaml *y, int64_t *out); /* plain only */
const char *rq_yaml_str(const struct rq_yaml *y);        /* NULL if not a scalar */

#endif
