/* json_node.h - a JSON value inside: for json.c and json_parse.c alone. */
#ifndef RQ_BASE_JSON_NODE_H
#define RQ_BASE_JSON_NODE_H

#include <stdint.h>
#include "core/base/json.h"

enum rq_json_kind {
	RQ_JSON_NULL, RQ_JSON_FALSE, RQ_JSON_TRUE, RQ_JSON_WHOLE, RQ_JSON_REAL, RQ_JSON_STRING, RQ_JSON_ARRAY, RQ_JSON_OBJECT
};

struct rq_json {
	struct rq_json *next;           /* its sibling */
	struct rq_json *child, *last;   /* of an array or an object */
	char *key;                      /* of an object's member */
	char *text;                     /* of a string */
	union {
		int64_t whole;
		double real;            /* also a whole number that is no int64 */
	} u;
	enum rq_json_kind kind;
};

struct rq_json *rq_json_node(enum rq_json_kind kind);
/* Behind the last child of an array or object; takes VALUE over. */
void rq_json_append(struct rq_json *to, struct rq_json *value);

#endif
