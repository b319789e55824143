/* meter.h - a program on a pseudo-terminal whose cost is measured, and what the benchmarks of the
 * console give it to show. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include "tests/screen/box.h"
#include "tests/screen/pty.h"
#include "tests/screen/vt.h"

struct meter {
	struct pty pty;
	struct vt vt;
	int per_second; /* bytes that its line carries; 0: as many as come */
};

/* What to run: PROGRAM is a path or found on PATH; DIR is below the box, NULL its home. */
struct meter_program {
	const char *program;
	const char *args[6];
	const char *dir;
};

double meter_now_ms(void); /* on the monotonic clock */
/* User and system time of PID, to the nanosecond, and with that of its children that ended. */
double meter_cpu_ms(pid_t pid);
double meter_total_cpu_ms(pid_t pid);
/* The number behind KEY in /proc/PID/FILE, 0 when there is none. */
long meter_proc(pid_t pid, const char *file, const char *key);
/* From now on what is started in the box counts its calls of write(2) to a terminal, all together; by writes.so, which
 * lies beside the program PROGRAM (argv[0]). false: said why. */
bool meter_count_writes(struct box *b, const char *program);
long meter_writes(void);

bool meter_find(const char *name, char *path, size_t size);
bool meter_start(struct meter *m, const struct meter_program *p, struct box *b, int rows, int cols);
void meter_end(struct meter *m);

/* Take in what comes within MS; false: nothing did. */
bool meter_pump(struct meter *m, int ms);
void meter_pump_for(struct meter *m, double ms);
/* Until nothing was written for a while and every key was read; at most two seconds. */
void meter_settle(struct meter *m);
/* Until TEXT is on the screen and all is silent; false after ten seconds. */
bool meter_complete(struct meter *m, const char *text);
/* The screen, on stderr: why WHO does not show TEXT. */
void meter_show(struct meter *m, const char *who, const char *text);
/* An arrow key's bytes, DIRECTION 'A' up or 'B' down, in the mode that the program asked for. */
void meter_arrow(struct meter *m, char direction);

/* Sorts V. */
double meter_percentile(double *v, int n, double percent);

/* Runs COMMAND by a shell in the box; says on stderr what failed. */
bool meter_shell(struct box *b, const char *what, const char *command);
/* A file in the box's home; closed by the caller. */
FILE *meter_create(const struct box *b, const char *name);
/* Jobs for a label that no runner has, so that they stay; all but OPEN are then cancelled. */
bool meter_jobs(struct box *b, int jobs, int open);
/* A repository below the box, "repo". */
bool meter_commits(struct box *b, int commits);
/* A log in the box's home, "big.log". */
bool meter_log(struct box *b, int lines);

/* Removes the box with all that runs in it; false: something was left over that should not be, said on stderr. */
bool meter_close(struct box *b);

/* The path of the program under test, also for the shell commands of the box; NULL: said why. */
const char *meter_relayq(char path[PATH_MAX]);

#endif
