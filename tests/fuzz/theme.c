/* Themes: any bytes are read or refused, and every role has a look that can be drawn. */
#include "tests/fuzz/fuzz.h"
#include "core/base/str.h"
#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_theme t;
	struct rq_error e = { 0 };
	int rc, i;

	rq_theme_init(&t);
	rc = rq_theme_parse(&t, "theme", (const char *)data, size, NULL, &e);
	PROMISE(rc == RQ_OK || (rc == RQ_EUSAGE && rq_starts(e.msg, "theme:")));
	for (i = 0; i < RQ_ROLE_N; i++) {
		PROMISE(t.style[i].fg >= -1 && t.style[i].fg <= 255);
		PROMISE(t.style[i].bg >= -1 && t.style[i].bg <= 255);
	}
	return 0;
}
