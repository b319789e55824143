/* github_private.h - what the readers of the API's JSON share. */
#ifndef RQ_MODEL_GITHUB_PRIVATE_H
#define RQ_MODEL_GITHUB_PRIVATE_H

#include "core/base/json.h"
#include "core/model/github.h"

/* Items of one answer that are taken; a page has 100. */
enum { RQ_GH_LIST_MAX = 1000 };

/* One kind of object: how it is called, and how it is read. READ gives false for one that makes no sense. */
struct gh_noun {
	const char *one, *many;     /* for messages: "run", "runs" */
	const char *key;            /* of the array in a list's answer; a bare array is taken too */
	size_t size;
	bool (*read)(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out);
	const char *const *keys;    /* all that READ looks at, KEY and "total_count"; NULL: the objects are small */
};

int gh_read_list(const struct gh_noun *k, struct rq_arena *a, enum rq_forge forge, const char *text, size_t n, void **v,
		 struct rq_gh_page *page, struct rq_error *e);
int gh_read_one(const struct gh_noun *k, struct rq_arena *a, enum rq_forge forge, const char *text, size_t n, void *out,
		struct rq_error *e);
/* An object, or an error that says WHAT was asked for. */
int gh_read_object(const char *what, const char *text, size_t n, struct rq_json **j, struct rq_error *e);

/* "" where it is missing or no string; cut at RQ_GH_TEXT_MAX, never inside a character. */
const char *gh_copy(struct rq_arena *a, const char *s);
const char *gh_text(struct rq_arena *a, const struct rq_json *o, const char *key);
/* The first of KEYS (NULL-terminated) that has a text. */
const char *gh_first_text(struct rq_arena *a, const struct rq_json *o, const char *const *keys);
/* KEY of the object that is OUTER's member. */
const char *gh_text_in(struct rq_arena *a, const struct rq_json *o, const char *outer, const char *key);
/* A positive whole number, also as a string of digits; 0 anything else. */
int64_t gh_id(const struct rq_json *j);
int64_t gh_id_of(const struct rq_json *o, const char *key);
/* 0 where there is none, also for the zero times of Go. */
int64_t gh_time(const struct rq_json *o, const char *key);
int64_t gh_first_time(const struct rq_json *o, const char *const *keys);
/* "x" of ".github/workflows/x.yml"; the file's name itself with STEM false. */
const char *gh_file_of(struct rq_arena *a, const char *path, bool stem);
/* In lower case, sorted, without duplicates, of N texts: as the policy compares them. */
void gh_labels(struct rq_arena *a, const char *const *v, size_t n, struct rq_labels *out);

#endif
