/* storm - many sizes of the window, one after the other, with keys between; then nothing may be left on the screen that
 * a fresh drawing would not put there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/screen/run.h"

enum { ROWS_MIN = 5, ROWS_MAX = 70, COLS_MIN = 20, COLS_MAX = 250, REST_MS = 200 };

/* The same everywhere: rand() is not. */
static unsigned chance(uint32_t *state, unsigned n)
{
	*state = *state * 1664525u + 1013904223u;
	return (unsigned)(((uint64_t)*state * n) >> 32);
}

/* One in ten is as small as can be. */
static void blow(struct run *r, uint32_t *state)
{
	bool tiny = !chance(state, 10);

	r->rows = tiny ? 1 + (int)chance(state, 3) : ROWS_MIN + (int)chance(state, ROWS_MAX - ROWS_MIN + 1);
	r->cols = tiny ? 1 + (int)chance(state, 9) : COLS_MIN + (int)chance(state, COLS_MAX - COLS_MIN + 1);
	vt_resize(&r->vt, r->rows, r->cols);
	pty_resize(&r->pty, r->rows, r->cols);
}

static bool type_one(struct run *r, uint32_t *state)
{
	static const char *const keys[] = { "<Down>", "<Up>", "<PageDown>", "<PageUp>" }; /* they mean something in all views */

	return run_keys(r, keys[chance(state, sizeof keys / sizeof keys[0])]);
}

/* Details come a moment later than what they are about. */
static void come_to_rest(struct run *r)
{
	do
		run_settle(r);
	while (run_pump(r, REST_MS));
}

static bool is_fresh(struct run *r, int n)
{
	struct vt_cells *was;
	int row, col;
	bool differs;

	come_to_rest(r);
	was = vt_copy(&r->vt);
	if (!run_keys(r, "<C-l>")) {
		vt_cells_free(was);
		return false;
	}
	come_to_rest(r);
	differs = vt_differs(&r->vt, was, 0, r->rows - 1, &row, &col);
	vt_cells_free(was);
	return !differs || run_fail(r, "after size %d, %dx%d, row %d column %d is not as drawn afresh", n, r->rows, r->cols,
				    row + 1, col + 1);
}

/* "storm 20 7": twenty sizes, by the chance that 7 begins. Afterwards the size is as before. */
bool storm(struct run *r, const char *arg)
{
	int sizes, rows = r->rows, cols = r->cols;
	unsigned seed;
	uint32_t state;

	if (sscanf(arg, "%d %u", &sizes, &seed) != 2)
		return run_fail(r, "storm SIZES SEED");
	state = seed * 2654435761u + 1;
	for (int i = 1; i <= sizes; i++) {
		blow(r, &state);
		if (chance(&state, 2) && !type_one(r, &state))
			return false;
		run_pump(r, (int)chance(&state, 12));
		if (r->pty.exited)
			return run_fail(r, "it ended at size %d, %dx%d", i, r->rows, r->cols);
	}
	if (!is_fresh(r, sizes))
		return false;
	r->rows = rows;
	r->cols = cols;
	vt_resize(&r->vt, rows, cols);
	pty_resize(&r->pty, rows, cols);
	return is_fresh(r, sizes + 1);
}
