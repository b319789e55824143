/* match.h - comparing a screen with what a script says it looks like.
 *
 * One line a row, trailing blanks do not count, rows that are left out at the end must be empty.
 *   ~        any one character, so a field that varies is written as a run of its width
 *   /.../    a line between slashes: an extended regular expression for the whole row
 *   ...      alone on a line: any number of rows */
#ifndef TEST_SCREEN_MATCH_H
#define TEST_SCREEN_MATCH_H

#include <stdbool.h>

/* ROWS and WANT are UTF-8 lines. On a difference *bad_row and *bad_want are the indexes of the pair
 * that got furthest (either may be past the end). */
bool match_screen(char *const *want, int n_want, char *const *rows, int n_rows, int *bad_want,
		  int *bad_row);
bool match_line(const char *want, const char *row);

#endif
