/* fuzz.h - what the fuzz targets share. */
#ifndef RQ_TESTS_FUZZ_H
#define RQ_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test; breaking it is a finding, as a crash is. */
#define PROMISE(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond); \
			abort(); \
		} \
	} while (0)

/* The input as a string of its own, cut at its first NUL; the caller frees it with rq_free. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	return rq_strndup(size ? (const char *)data : "", size);
}

#endif
