/* probe - what bench/local-queue runs as jobs, and what it times command lines with: small, so that little of what is
 * measured is its own.
 *
 * usage: probe mark FILE                          append a byte to FILE
 *        probe stamp FILE                         append the monotonic clock in ns to FILE
 *        probe hold FIFO                          wait until FIFO is written to or closed
 *        probe times N PAUSE_MS VAR=A,B CMD...    run CMD N times, one after the other; print each duration in ns
 *        probe start N PAUSE_MS VAR=A,B FILE CMD...  the same, from before CMD until the job's stamp is in FILE
 *
 * The variable VAR gets the values A and B in turn; "-" sets none. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void pause_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int append(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		die(path);
	close(fd);
	return 0;
}

static int stamp(const char *path)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%" PRId64 "\n", now_ns());

	return append(path, text, (size_t)n);
}

static int hold(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(path);
	while (read(fd, &c, 1) > 0)
		;
	return 0;
}

/* "VAR=A,B": for round I the I-th value, from the start again at the end. */
static void choose(const char *var, int i)
{
	const char *v = strchr(var, '='), *end;
	char name[64], value[512];
	int n = 1, k;

	if (!v)
		return;
	snprintf(name, sizeof name, "%.*s", (int)(v - var), var);
	for (end = v; (end = strchr(end + 1, ','));)
		n++;
	for (v++, k = i % n; k > 0; k--)
		v = strchr(v, ',') + 1;
	snprintf(value, sizeof value, "%.*s", (int)strcspn(v, ","), v);
	setenv(name, value, 1);
}

static void run(char **argv, posix_spawn_file_actions_t *quiet)
{
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], quiet, NULL, argv, environ);
	if (r) {
		errno = r;
		die(argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	if (status) {
		fprintf(stderr, "probe: %s failed (wait status %d)\n", argv[0], status);
		exit(1);
	}
}

static int64_t read_stamp(const char *path)
{
	int64_t give_up = now_ns() + INT64_C(30000000000);
	char text[64];
	ssize_t n;

	for (;;) {
		int fd = open(path, O_RDONLY);

		n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
		if (fd >= 0)
			close(fd);
		if (n > 0 && text[n - 1] == '\n')
			break;
		if (now_ns() > give_up) {
			fprintf(stderr, "probe: the job did not start in 30 s\n");
			exit(1);
		}
		pause_us(500);
	}
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

static int repeat(int n, long pause_ms, const char *var, const char *file, char **argv)
{
	posix_spawn_file_actions_t quiet;
	int64_t *took = calloc((size_t)n + 1, sizeof *took);
	int i;

	if (!took)
		die("memory");
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	for (i = 0; i < n; i++) {
		int64_t t0;

		if (file)
			unlink(file);
		choose(var, i);
		t0 = now_ns();
		run(argv, &quiet);
		took[i] = (file ? read_stamp(file) : now_ns()) - t0;
		if (pause_ms)
			pause_us(pause_ms * 1000);
	}
	for (i = 0; i < n; i++)
		printf("%" PRId64 "\n", took[i]);
	free(took);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "mark"))
		return append(argv[2], ".", 1);
	if (!strcmp(what, "stamp"))
		return stamp(argv[2]);
	if (!strcmp(what, "hold"))
		return hold(argv[2]);
	if (!strcmp(what, "times") && argc > 5)
		return repeat((int)strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10), argv[4], NULL, argv + 5);
	if (!strcmp(what, "start") && argc > 6)
		return repeat((int)strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10), argv[4], argv[5], argv + 6);
	fprintf(stderr, "usage: probe mark|stamp|hold FILE, probe times|start ...\n");
	return 2;
}
