/* str.h - a growable byte string with a maximum, and a few things libc lacks. */
#ifndef RQ_BASE_STR_H
#define RQ_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Always NUL-terminated once something was added; may hold NUL bytes. When MAX is reached the string
 * stops growing and FULL is set: the caller decides whether that is an error. max 0 means 16 MiB. */
struct rq_str {
	char *s;
	size_t len, cap, max;
	bool full;
};

void rq_str_init(struct rq_str *b, size_t max);
void rq_str_release(struct rq_str *b);
void rq_str_clear(struct rq_str *b);
void rq_str_add(struct rq_str *b, const char *s);
void rq_str_addn(struct rq_str *b, const char *s, size_t n);
void rq_str_addc(struct rq_str *b, char c);
void rq_str_addf(struct rq_str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void rq_str_vaddf(struct rq_str *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
char *rq_str_detach(struct rq_str *b);   /* the caller frees it with rq_free; never NULL */
const char *rq_str_get(const struct rq_str *b); /* "" when nothing was added */

/* Printed to a new string of any length; the caller frees it with rq_free. */
char *rq_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *rq_vfmt(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

bool rq_starts(const char *s, const char *prefix);
bool rq_eq(const char *a, const char *b);          /* NULL equals NULL only */
bool rq_ieq(const char *a, const char *b);         /* ASCII case-insensitive, no locale */
int rq_icmp(const char *a, const char *b);
bool rq_icontains(const char *text, const char *part); /* likewise; "" is in every text */
size_t rq_copy(char *dst, size_t size, const char *src); /* truncates, terminates; returns strlen(src) */

/* Whole-string numbers. Return false on junk, overflow or an empty string. */
bool rq_parse_i64(const char *s, int64_t *out);
/* "90", "90s", "5m", "1h30m", "2d", "250ms" -> milliseconds, >= 0. A bare number is seconds. */
bool rq_parse_duration(const char *s, int64_t *ms);
/* "64M", "2g", "1024", "1.5G" (powers of 1024) -> bytes. */
bool rq_parse_size(const char *s, int64_t *bytes);

/* Whether VALUE is one of "a|b|c". */
bool rq_choice_has(const char *choices, const char *value);

/* Edit distance with a cut-off, for "did you mean": > max gives max + 1. ASCII case is ignored. */
int rq_distance(const char *a, const char *b, int max);
/* The one of "a|b|c" that is nearest to VALUE, and how far away it is: 0 it is that; LIMIT none is nearer, WORD is "". */
enum { RQ_CHOICE_LEN = 32 };
int rq_choice_nearest(const char *choices, const char *value, int limit, char word[RQ_CHOICE_LEN]);

/* The words of a command line as a POSIX shell would cut them, without any expansion: blanks, '...', "...", \x.
 * WORDS is a NULL-terminated array that the caller frees with rq_words_free. */
struct rq_error;
int rq_words_split(const char *text, char ***words, size_t *n, struct rq_error *e);
void rq_words_free(char **words);
/* Append WORD so that rq_words_split gives it back; plain words stay plain. */
void rq_words_quote(struct rq_str *b, const char *word);
/* The same behind a blank; nothing for NULL and "". */
void rq_words_put(struct rq_str *b, const char *word);

#endif
