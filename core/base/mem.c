/* mem.c - memory that never fails, and arenas. */
#include "core/base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_MALLOPT
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

static void out_of_memory(size_t n)
{
	fprintf(stderr, "relayq: out of memory (%zu bytes)\n", n);
	abort();
}

void *rq_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		out_of_memory(n);
	return p;
}

void *rq_realloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		out_of_memory(n);
	return p;
}

void *rq_realloc_array(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	return rq_realloc(p, n * size);
}

char *rq_strdup(const char *s)
{
	return s ? rq_strndup(s, strlen(s)) : NULL;
}

char *rq_strndup(const char *s, size_t n)
{
	size_t len = 0;
	char *p;

	while (len < n && s[len])
		len++;
	p = rq_alloc(len + 1);
	memcpy(p, s, len);
	return p;
}

void rq_free(void *p)
{
	free(p);
}

void rq_wipe(void *p, size_t n)
{
	if (!p)
		return;
#ifdef HAVE_EXPLICIT_BZERO
	explicit_bzero(p, n);
#else
	/* Through a volatile, or the compiler sees that nobody looks any more. */
	for (volatile unsigned char *b = p; n; n--)
		*b++ = 0;
#endif
}

void *rq_grow(void *p, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap + *cap / 2 + 8;

	if (want <= n)
		want = n + 1;
	*cap = want;
	return rq_realloc_array(p, want, size);
}

/* A submission touches some seventy pages of heap, one fault after the other: asking for them at once takes half of that
 * time. Where that is not known, all goes on as well. */
void rq_warm_heap(void)
{
#if defined(HAVE_MALLOPT) && defined(MADV_POPULATE_WRITE) && !defined(RQ_SANITIZED)
	enum { HEAP = 288 << 10 };
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from;

	mallopt(M_TOP_PAD, HEAP);
	from = ((uintptr_t)sbrk(0) + page - 1) & ~(page - 1);
	rq_free(rq_alloc(1));
	if ((uintptr_t)sbrk(0) >= from + HEAP)
		madvise((void *)from, HEAP, MADV_POPULATE_WRITE);
#endif
}

/* --- arenas ------------------------------------------------------------------------------ */

enum { ARENA_BLOCK = 4096, ARENA_ALIGN = 16 };

struct rq_arena_block {
	struct rq_arena_block *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

static struct rq_arena_block *new_block(struct rq_arena *a, size_t n)
{
	size_t size = ARENA_BLOCK - sizeof(struct rq_arena_block);
	struct rq_arena_block *b;

	/* Blocks grow with the arena, so that a big snapshot takes few of them. */
	if (size < a->used / 4)
		size = a->used / 4;
	if (size < n)
		size = n;
	b = rq_alloc(sizeof *b + size);
	b->size = size;
	/* A block made for one large thing goes behind the head, whose room is still good. */
	if (a->head && n > ARENA_BLOCK / 2) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *rq_arena_alloc(struct rq_arena *a, size_t n)
{
	struct rq_arena_block *b = a->head;
	void *p;

	if (n > SIZE_MAX - 2 * ARENA_BLOCK)
		out_of_memory(n);
	n = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!b || b->size - b->used < n)
		b = new_block(a, n);
	p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	return p;
}

char *rq_arena_str(struct rq_arena *a, const char *s)
{
	return s ? rq_arena_strn(a, s, strlen(s)) : NULL;
}

char *rq_arena_strn(struct rq_arena *a, const char *s, size_t n)
{
	char *p = rq_arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *rq_arena_fmt(struct rq_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	p = rq_arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void rq_arena_adopt(struct rq_arena *into, struct rq_arena *from)
{
	struct rq_arena_block *last = from->head;

	if (!last)
		return;
	while (last->next)
		last = last->next;
	/* Behind the head, so that the room in INTO's own block is still used first. */
	if (into->head) {
		last->next = into->head->next;
		into->head->next = from->head;
	} else {
		into->head = from->head;
	}
	into->used += from->used;
	from->head = NULL;
	from->used = 0;
}

void rq_arena_release(struct rq_arena *a)
{
	struct rq_arena_block *b = a->head, *next;

	for (; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
	a->used = 0;
}
