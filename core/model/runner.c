/* runner.c - a runner's states in words. */
#include "core/model/runner.h"

const char *rq_drain_name(enum rq_drain d)
{
	static const char *const names[] = { "active", "draining", "drained" };

	return (unsigned)d < 3 ? names[d] : "unknown";
}
