/* box.h - where a test's programs live: a directory and an environment of their own, and a check at
 * the end that nothing of them is left. */
#ifndef TEST_SCREEN_BOX_H
#define TEST_SCREEN_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/str.h"

#define BOX_ENV 64

struct box {
	char dir[256];          /* unique; also in the environment of all that runs here */
	char *env[BOX_ENV + 1]; /* NAME=VALUE, NULL-terminated */
	bool used;              /* the product was run, so an agent may be running */
};

/* Make the directory and a small, fixed environment. RELAYQ (the program under test) and VT_WRAP (a
 * tool such as valgrind in front of it) come from the caller's. Returns 0, or -1 with errno. */
int box_open(struct box *b);
/* VALUE NULL unsets. */
void box_setenv(struct box *b, const char *name, const char *value);
const char *box_getenv(const struct box *b, const char *name);

/* Called while a command runs, at most MS milliseconds long, so that the terminal goes on. */
typedef void box_idle_fn(void *user, int ms);

/* Run COMMAND with /bin/sh in the box; standard output and error are added to OUT. Returns the exit
 * status, 128 + the signal's number, or -1 when it did not end within DEADLINE milliseconds (it was
 * killed). */
int box_run(struct box *b, const char *command, int deadline, struct rq_str *out, box_idle_fn *idle,
	    void *user);

/* Stop the agents, if the product was used. What is wrong then - processes that are still there
 * after DEADLINE milliseconds (they are killed), reports of a sanitizer - is added to WRONG.
 * Removes the directory. */
void box_close(struct box *b, int deadline, struct rq_str *wrong, box_idle_fn *idle, void *user);

#endif
