/* unit.h - what the unit tests share: cmocka in its order, and chance that repeats itself. */
#ifndef RQ_TESTS_UNIT_H
#define RQ_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* xorshift64*: the same numbers in every run, so that a failure comes again. */
struct chance {
	uint64_t s;
};

static inline uint64_t chance_next(struct chance *c)
{
	c->s ^= c->s >> 12;
	c->s ^= c->s << 25;
	c->s ^= c->s >> 27;
	return c->s * UINT64_C(2685821657736338717);
}

static inline unsigned chance_below(struct chance *c, unsigned n)
{
	return (unsigned)((chance_next(c) >> 33) % n);
}

/* The signal that ends a child running FN(UD), 0 if it ends by itself; what it says on stderr is in SAID. */
static inline int ends_by_signal(void (*fn)(void *), void *ud, char *said, size_t size)
{
	int p[2], status;
	size_t n = 0;
	ssize_t k;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(p[1], 2);
		fn(ud);
		_exit(0);
	}
	close(p[1]);
	while (n + 1 < size && (k = read(p[0], said + n, size - 1 - n)) > 0)
		n += (size_t)k;
	said[n] = '\0';
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#endif
