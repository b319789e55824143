/* fmt.h - what the two halves of the formatter share: the pairs and items of a text with their comments. */
#ifndef RQ_POLICY_FMT_H
#define RQ_POLICY_FMT_H

#include "core/base/yaml.h"
#include "core/policy/load.h"

struct fmt_comment {
	struct fmt_comment *next;
	const char *text;           /* from its #, without blanks at the end */
	bool blank;                 /* an empty line before it */
	bool deeper;                /* of what ends an entry: indented more than the entry */
};

struct fmt_comments {
	struct fmt_comment *first, *last;
};

/* A pair of a map, or an item of a list. */
struct fmt_entry {
	struct fmt_entry *parent;   /* NULL at the top */
	struct fmt_entry *child, *last_child, *sibling;
	const struct rq_yaml *key;  /* NULL: an item */
	const struct rq_yaml *value, *in;
	size_t from;
	int col;                    /* of the key or the dash */
	int rank;                   /* its place among its siblings */
	bool blank;                 /* an empty line before it */
	bool inside;                /* something below it has a comment */
	struct fmt_comments before, behind, after;      /* above it; in its line; below its value */
};

struct fmt {
	struct rq_arena arena;
	const char *text;
	size_t n;
	const struct rq_yaml *root;
	size_t n_entries, cap_entries, n_comments;
	struct fmt_entry **entries; /* in the order of the text */
	struct fmt_entry top;       /* holds those at the top */
	struct fmt_comments head, foot;
	struct rq_str *out;
	bool fresh;                 /* nothing stands yet in what has just been opened */
};

/* Find the comments of F's text, and give each to an entry. */
void fmt_attach_comments(struct fmt *f);

#endif
