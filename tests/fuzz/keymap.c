/* Keymaps and names of keys: any bytes are read or refused, and what was read can be looked up and
 * written again. */
#include "tests/fuzz/fuzz.h"
#include "core/base/str.h"
#include "tui/keymap.h"

static void check_binding(const struct rq_keymap *m, const struct rq_binding *b)
{
	char name[RQ_KEY_NAME_LEN];
	uint32_t key;
	const struct rq_binding *found = rq_keymap_find(m, b->view, b->key);

	PROMISE(b->command && *b->command);
	PROMISE(found == b || rq_eq(b->command, "none"));
	rq_key_name(b->key, name);
	PROMISE(rq_key_parse(name, &key, NULL) && key == b->key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_keymap m = { 0 };
	struct rq_error e = { 0 };
	int rc = rq_keymap_parse(&m, "keymap", (const char *)data, size, NULL, &e);
	size_t i;

	PROMISE(rc == RQ_OK || (rc == RQ_EUSAGE && rq_starts(e.msg, "keymap:")));
	for (i = 0; i < m.n; i++)
		check_binding(&m, &m.v[i]);
	rq_keymap_release(&m);
	return 0;
}
