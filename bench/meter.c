/* A program on a pseudo-terminal whose cost is measured. */
#include "bench/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"

enum { QUIET_MS = 60, LINE_PIECE = 16 };

double meter_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

double meter_cpu_ms(pid_t pid)
{
#ifdef __linux__
	struct timespec t;
	clockid_t clock;

	if (!clock_getcpuclockid(pid, &clock) && !clock_gettime(clock, &t))
		return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
#endif
	(void)pid;
	return 0;
}

/* That of its children that ended, to the clock tick. */
static double cpu_of_children(pid_t pid)
{
	char path[64], line[1024], *at;
	unsigned long user = 0, sys = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (at)
		sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &user,
		       &sys);
	fclose(f);
	return (double)(user + sys) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

double meter_total_cpu_ms(pid_t pid)
{
	return meter_cpu_ms(pid) + cpu_of_children(pid);
}

long meter_proc(pid_t pid, const char *file, const char *key)
{
	char path[64], line[256];
	size_t n = strlen(key);
	long value = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, n) && line[n] == ':')
			value = strtol(line + n + 1, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

/* Shared with what is counted. */
static volatile uint64_t *writes;

bool meter_count_writes(struct box *b, const char *program)
{
	const char *slash = strrchr(program, '/');
	char lib[PATH_MAX], full[PATH_MAX], path[512];
	uint64_t none = 0;
	int fd;

	snprintf(lib, sizeof lib, "%.*s/writes.so", slash ? (int)(slash - program) : 1, slash ? program : ".");
	snprintf(path, sizeof path, "%s/writes", b->dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (!realpath(lib, full) || fd < 0 || write(fd, &none, sizeof none) != (ssize_t)sizeof none) {
		fprintf(stderr, "bench: %s: %s\n", fd < 0 ? path : lib, strerror(errno));
		return false;
	}
	writes = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	box_setenv(b, "LD_PRELOAD", full);
	box_setenv(b, "BENCH_WRITES", path);
	return writes != MAP_FAILED;
}

long meter_writes(void)
{
	return (long)*writes;
}

/* A byte is there when its time on the line is over. */
static void carry(const struct meter *m, size_t n)
{
	struct timespec t;
	int64_t ns = (int64_t)n * 1000000000 / m->per_second;

	t.tv_sec = (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	nanosleep(&t, NULL);
}

bool meter_pump(struct meter *m, int ms)
{
	char buf[65536];
	size_t n = pty_pump(&m->pty, buf, m->per_second ? LINE_PIECE : sizeof buf, ms);

	if (n && m->per_second)
		carry(m, n);
	if (n)
		vt_feed(&m->vt, buf, n);
	return n > 0;
}

void meter_pump_for(struct meter *m, double ms)
{
	double end = meter_now_ms() + ms;

	while (meter_now_ms() < end && !m->pty.exited)
		meter_pump(m, (int)(end - meter_now_ms()) + 1);
}

void meter_settle(struct meter *m)
{
	double end = meter_now_ms() + 2000;

	while (meter_now_ms() < end && (meter_pump(m, QUIET_MS) || pty_unread(&m->pty)))
		;
}

bool meter_complete(struct meter *m, const char *text)
{
	double end = meter_now_ms() + 10000;

	while (vt_find(&m->vt, text) < 0) {
		if (meter_now_ms() > end || m->pty.exited)
			return false;
		meter_pump(m, 50);
	}
	meter_settle(m);
	return true;
}

void meter_show(struct meter *m, const char *who, const char *text)
{
	struct rq_str dump;

	rq_str_init(&dump, 0);
	vt_dump(&m->vt, "  ", &dump);
	fprintf(stderr, "%s: \"%s\" does not appear on its screen\n%s", who, text, rq_str_get(&dump));
	rq_str_release(&dump);
}

void meter_arrow(struct meter *m, char direction)
{
	char key[] = "\033[B";

	if (wire_mode(&m->vt.wire, 1))
		key[1] = 'O';
	key[2] = direction;
	pty_write(&m->pty, key, 3);
}

static void answer(const char *s, size_t n, void *user)
{
	struct meter *m = user;

	pty_write(&m->pty, s, n);
}

bool meter_find(const char *name, char *path, size_t size)
{
	char dirs[4096], *save = NULL;

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return !access(path, X_OK);
	}
	rq_copy(dirs, sizeof dirs, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	for (char *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		snprintf(path, size, "%s/%s", dir, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

bool meter_start(struct meter *m, const struct meter_program *p, struct box *b, int rows, int cols)
{
	char path[PATH_MAX], dir[512];
	char *argv[8] = { path };

	if (!meter_find(p->program, path, sizeof path))
		return false;
	for (int i = 0; i < 6 && p->args[i]; i++)
		argv[i + 1] = (char *)p->args[i];
	snprintf(dir, sizeof dir, "%s/%s", b->dir, p->dir ? p->dir : "home");
	m->per_second = 0;
	vt_init(&m->vt, rows, cols);
	m->vt.answer = answer;
	m->vt.user = m;
	return !pty_spawn(&m->pty, rows, cols, argv, b->env, dir);
}

void meter_end(struct meter *m)
{
	pty_close(&m->pty);
	vt_release(&m->vt);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double meter_percentile(double *v, int n, double percent)
{
	int at = (int)(percent * n / 100);

	qsort(v, (size_t)n, sizeof *v, ascending);
	return v[at < n ? at : n - 1];
}

/* --- what there is to show --- */

bool meter_shell(struct box *b, const char *what, const char *command)
{
	struct rq_str out;
	int status;

	rq_str_init(&out, 0);
	status = box_run(b, command, 300000, &out, NULL, NULL);
	if (status)
		fprintf(stderr, "%s: status %d\n%s\n", what, status, rq_str_get(&out));
	rq_str_release(&out);
	return status == 0;
}

FILE *meter_create(const struct box *b, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/home/%s", b->dir, name);
	f = fopen(path, "w");
	if (!f)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return f;
}

bool meter_jobs(struct box *b, int jobs, int open)
{
	FILE *f = meter_create(b, "batch");
	char command[512];

	if (!f)
		return false;
	for (int i = 1; i <= jobs; i++)
		fprintf(f,
			"{\"name\": \"episode-%d.mp3\", \"command\": [\"true\"], "
			"\"runs_on\": [\"nowhere\"]}\n",
			i);
	fclose(f);
	b->used = true;
	snprintf(command, sizeof command,
		 "set -e\n"
		 "\"$RELAYQ\" config set agent.autostart false\n"
		 "\"$RELAYQ\" submit --batch batch >ids\n"
		 "sed '1,%dd' ids | xargs -r -n 500 \"$RELAYQ\" cancel >cancelled\n",
		 open);
	return meter_shell(b, "submitting the jobs", command);
}

bool meter_commits(struct box *b, int commits)
{
	FILE *f = meter_create(b, "commits");

	if (!f)
		return false;
	for (int i = 1; i <= commits; i++)
		fprintf(f,
			"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\n"
			"data 14\nepisode %06d\n",
			1700000000 + i, i);
	fclose(f);
	return meter_shell(b, "making commits for tig",
			   "set -e\n"
			   "git init -q ../repo\n"
			   "cd ../repo\n"
			   "git fast-import --quiet <../home/commits\n"
			   "git symbolic-ref HEAD refs/heads/main\n");
}

bool meter_log(struct box *b, int lines)
{
	FILE *f = meter_create(b, "big.log");

	if (!f)
		return false;
	for (int i = 0; i < lines; i++)
		fprintf(f,
			"2026-03-01T%02d:%02d:%02d.%03d0000Z step %d of the episode: read %d samples, wrote %d words, "
			"nothing was left over\n",
			i / 7200 % 24, i / 120 % 60, i / 2 % 60, i % 2 * 500, i, i * 31, i * 3);
	fclose(f);
	return true;
}

const char *meter_relayq(char path[PATH_MAX])
{
	const char *given = getenv("RELAYQ");

	if (!realpath(given ? given : "./relayq", path)) {
		fprintf(stderr, "bench: %s: %s (build it, or set RELAYQ to its path)\n",
			given ? given : "./relayq", strerror(errno));
		return NULL;
	}
	setenv("RELAYQ", path, 1);
	return path;
}

bool meter_close(struct box *b)
{
	struct rq_str wrong;
	bool clean;

	rq_str_init(&wrong, 0);
	box_close(b, 10000, &wrong, NULL, NULL);
	fputs(rq_str_get(&wrong), stderr);
	clean = !wrong.len;
	rq_str_release(&wrong);
	return clean;
}
