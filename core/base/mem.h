/* mem.h - memory that never fails (out of memory ends the process) and arenas. */
#ifndef RQ_BASE_MEM_H
#define RQ_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *rq_alloc(size_t n);                      /* zeroed; n may be 0 */
void *rq_realloc(void *p, size_t n);
void *rq_realloc_array(void *p, size_t n, size_t size); /* overflow ends the process */
char *rq_strdup(const char *s);                /* NULL gives NULL */
char *rq_strndup(const char *s, size_t n);
void rq_free(void *p);
/* Overwrite a secret before it is given back; P NULL is fine. */
void rq_wipe(void *p, size_t n);
/* Call it first of all, or not: a short command then waits less for its heap. */
void rq_warm_heap(void);

/* A statement: make room for one more element in ARRAY of *CAP elements of which N are used; grows by half. */
#define RQ_GROW(array, n, cap) \
	((void)((n) < *(cap) || ((array) = rq_grow((array), (n), (cap), sizeof *(array)))))
void *rq_grow(void *p, size_t n, size_t *cap, size_t size);

/* An arena: many small allocations with one life. Zero-initialise; release frees everything. */
struct rq_arena {
	struct rq_arena_block *head;
	size_t used;  /* bytes handed out, for limits and tests */
};
void *rq_arena_alloc(struct rq_arena *a, size_t n);   /* zeroed, aligned for any type */
char *rq_arena_str(struct rq_arena *a, const char *s); /* copy; NULL gives NULL */
char *rq_arena_strn(struct rq_arena *a, const char *s, size_t n);
char *rq_arena_fmt(struct rq_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Move everything of FROM into INTO: it lives as long as INTO now. FROM is empty afterwards. */
void rq_arena_adopt(struct rq_arena *into, struct rq_arena *from);
void rq_arena_release(struct rq_arena *a);

#endif
