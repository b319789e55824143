#include "core/agent/shim_point.h"

#ifdef RQ_CHAOS
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The value of KEY in "key=value,..."; its length in *n, NULL without it. */
static const char *value_of(const char *rules, const char *key, size_t *n)
{
	size_t k = strlen(key);
	const char *p = rules;

	while (p && *p) {
		if (!strncmp(p, key, k) && p[k] == '=') {
			*n = strcspn(p + k + 1, ",");
			return p + k + 1;
		}
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return NULL;
}

static bool value_is(const char *rules, const char *key, const char *want)
{
	size_t n;
	const char *v = value_of(rules, key, &n);

	return !v || (n == strlen(want) && !strncmp(v, want, n));
}

static uint64_t number_of(const char *rules, const char *key, uint64_t none)
{
	size_t n;
	const char *v = value_of(rules, key, &n);

	return v ? strtoull(v, NULL, 10) : none;
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Whether nobody did it before us. */
static bool first(const char *rules)
{
	size_t n;
	const char *v = value_of(rules, "once", &n);
	char path[1024];
	int fd;

	if (!v)
		return true;
	if (n >= sizeof path)
		return false;
	memcpy(path, v, n);
	path[n] = '\0';
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static void act(const char *rules, uint64_t draw)
{
	size_t n, n_acts = 1;
	const char *v = value_of(rules, "act", &n);
	uint64_t ms = number_of(rules, "ms", 100);
	struct timespec pause = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	if (!v)
		return;
	for (size_t i = 0; i < n; i++)
		n_acts += v[i] == '+';
	for (draw %= n_acts; draw; draw--)
		v = strchr(v, '+') + 1;
	if (!strncmp(v, "kill", 4))
		kill(getpid(), SIGKILL);
	else if (!strncmp(v, "stop", 4))
		kill(getpid(), SIGSTOP);
	else
		nanosleep(&pause, NULL);
}

void rq_point(const char *who, const char *name)
{
	static uint64_t passage;
	const char *rules = getenv("RELAYQ_CHAOS");
	uint64_t draw;

	if (!rules || !value_is(rules, "at", name) || !value_is(rules, "who", who))
		return;
	draw = mix(number_of(rules, "seed", 1) ^ mix((uint64_t)getpid() << 20 | passage++));
	if (draw % 10000 < number_of(rules, "p", 10000) && first(rules))
		act(rules, draw / 10000);
}
#else
/* A file must hold something. */
extern int rq_no_points;
#endif
