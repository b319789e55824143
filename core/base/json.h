/* json.h - JSON values (cJSON behind it). Whole numbers are int64; of those that are parsed, 53 bits are kept. */
#ifndef RQ_BASE_JSON_H
#define RQ_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/str.h"

struct rq_json;  /* opaque; a tree is owned by its root */

/* Depth is limited to 64 and size to 16 MiB. Bytes that are not UTF-8 become U+FFFD, here and in the setters. */
int rq_json_parse(const char *text, size_t n, struct rq_json **out, struct rq_error *e);
/* The same, but members of objects whose names are not among KEYS (NULL-terminated, at most 250, none empty) are left out,
 * however deep, and what they hold need not be JSON beyond its quotes and brackets. For large texts of which little is
 * wanted. */
int rq_json_parse_only(const char *text, size_t n, const char *const *keys, struct rq_json **out, struct rq_error *e);
void rq_json_free(struct rq_json *j);

struct rq_json *rq_json_object(void);
struct rq_json *rq_json_array(void);
/* Setters on an object: the key is copied. A NULL string gives JSON null. */
void rq_json_set_str(struct rq_json *o, const char *key, const char *value);
void rq_json_set_text(struct rq_json *o, const char *key, const char *value); /* null for "" as well */
void rq_json_set_int(struct rq_json *o, const char *key, int64_t value);
void rq_json_set_bool(struct rq_json *o, const char *key, bool value);
void rq_json_set_null(struct rq_json *o, const char *key);
void rq_json_set(struct rq_json *o, const char *key, struct rq_json *value); /* takes VALUE over */
void rq_json_add(struct rq_json *a, struct rq_json *value);                  /* takes VALUE over */
void rq_json_add_str(struct rq_json *a, const char *value);

/* Getters: NULL, 0, false, or the default where the key is missing or of another type; J may be NULL. Borrowed. */
const struct rq_json *rq_json_get(const struct rq_json *j, const char *key);
const char *rq_json_get_str(const struct rq_json *j, const char *key);
int64_t rq_json_get_int(const struct rq_json *j, const char *key, int64_t def);
bool rq_json_get_bool(const struct rq_json *j, const char *key, bool def);
bool rq_json_is_object(const struct rq_json *j);
bool rq_json_is_array(const struct rq_json *j);
bool rq_json_is_null(const struct rq_json *j);      /* null itself; false where there is nothing */
const char *rq_json_str(const struct rq_json *j);   /* the string itself, NULL if it is none */
size_t rq_json_len(const struct rq_json *j);
const struct rq_json *rq_json_at(const struct rq_json *j, size_t i); /* element or member value; O(i) */
const char *rq_json_key_at(const struct rq_json *j, size_t i);
const char *rq_json_key(const struct rq_json *j);                    /* of a member: its key; else NULL */
int64_t rq_json_int(const struct rq_json *j, int64_t def);           /* the number itself, DEF if it is none */
/* For walking long arrays: first child and next sibling, NULL at the end. */
const struct rq_json *rq_json_first(const struct rq_json *j);
const struct rq_json *rq_json_next(const struct rq_json *j);

/* Append as text, compact or indented by two blanks. */
void rq_json_print(const struct rq_json *j, struct rq_str *out, bool pretty);
/* Append S as a JSON string, for writers that make no tree. */
void rq_json_print_str(const char *s, struct rq_str *out);

#endif
