/* script.h - a screen test's text: steps, here-documents, variants, and writing expected screens
 * back. */
#ifndef TEST_SCREEN_SCRIPT_H
#define TEST_SCREEN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_VARIANTS 32

struct script_step {
	int line;         /* from 1 */
	char *variant;    /* "@NAME step": only in this variant, "@NA* step" in those that begin so; else NULL */
	char *name, *arg; /* arg is "" when there is none */
	char **text;      /* here-document; NULL when there is none */
	int n_text;
	char **replacement; /* lines to be written back; NULL: as it is */
	int n_replacement;
};

struct script_variant {
	char *name;
	char *settings; /* "size=24x80 NO_COLOR=1" */
};

struct script {
	char *path;
	char **lines;
	int n_lines;
	struct script_step *steps;
	size_t n_steps, cap_steps;
	struct script_variant variants[SCRIPT_VARIANTS];
	int n_variants;  /* at least 1 after loading: "" */
	char *must_fail; /* text that the failure must contain; NULL for an ordinary test */
	char error[256];
};

/* Returns false and fills s->error when the file cannot be read or parsed. */
bool script_load(struct script *s, const char *path);
bool script_applies(const struct script_step *step, const char *variant);
void script_release(struct script *s);
/* Keep LINES (copied) as the here-document of STEP. */
void script_replace(struct script_step *step, char *const *lines, int n);
/* Write the file anew if any step has a replacement. */
bool script_save(const struct script *s);

#endif
