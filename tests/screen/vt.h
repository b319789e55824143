/* vt.h - a terminal without a window: libvterm for the screen, wire.h for everything else.
 * Rows and columns count from 0 here; scripts count from 1. */
#ifndef TEST_SCREEN_VT_H
#define TEST_SCREEN_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/str.h"
#include "tests/screen/wire.h"

struct vt_impl;
struct vt_cells; /* a copy of a screen */

struct vt {
	struct vt_impl *impl;
	int rows, cols;
	bool altscreen, cursor_visible;
	int mouse; /* 0 none, 1 click, 2 drag, 3 move */
	struct rq_str title, icon;
	int title_changes;
	struct wire wire;
	/* What the terminal answers to queries, for the program to read. May be NULL. */
	void (*answer)(const char *s, size_t n, void *user);
	void *user;
};

struct vt_attr {
	bool bold, italic, blink, reverse, strike;
	int underline;       /* 0-3 */
	char fg[16], bg[16]; /* "default", "red", "bright-red", "#rrggbb" or the palette's number */
	int width;
	char text[32]; /* UTF-8; " " for an empty cell */
};

void vt_init(struct vt *vt, int rows, int cols);
void vt_release(struct vt *vt);
/* VT was copied to where it is now. */
void vt_moved(struct vt *vt);
void vt_feed(struct vt *vt, const char *s, size_t n);
void vt_resize(struct vt *vt, int rows, int cols);

/* Row ROW as UTF-8 without trailing blanks, added to OUT. */
void vt_row(const struct vt *vt, int row, struct rq_str *out);
/* All rows, each ended by a newline. */
void vt_text(const struct vt *vt, struct rq_str *out);
/* The first row that contains TEXT, or -1. */
int vt_find(const struct vt *vt, const char *text);
void vt_cursor(const struct vt *vt, int *row, int *col);
void vt_attr(const struct vt *vt, int row, int col, struct vt_attr *a);
bool vt_pen_is_plain(const struct vt *vt);
/* The screen between rulers, for a failure's diagnosis; each line starts with PREFIX. */
void vt_dump(const struct vt *vt, const char *prefix, struct rq_str *out);

struct vt_cells *vt_copy(const struct vt *vt);
void vt_cells_free(struct vt_cells *c);
/* The first cell of rows FROM to TO (inclusive) whose text or attributes differ from COPY: *row,
 * *col. Returns false when there is none. A copy of another size differs at 0, 0. */
bool vt_differs(const struct vt *vt, const struct vt_cells *copy, int from, int to, int *row,
		int *col);

#endif
