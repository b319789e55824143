/* Keymaps and names of keys: any bytes are read or refused, and what was read can be looked up and
 * written again. */
#include "tests/fuzz/fuzz.h"
#include "core/base/str.h"
#include "tui/keymap.h"

static void check_key(uint32_t want)
{
	char name[RQ_KEY_NAME_LEN];
	uint32_t key;

	rq_key_name(want, name);
	PROMISE(rq_key_parse(name, &key, NULL) && key == want);
}

static void check_binding(const struct rq_keymap *m, const struct rq_binding *b)
{
	const struct rq_binding *found = b->second ? rq_keymap_find_second(m, b->view, b->key, b->second)
						   : rq_keymap_find(m, b->view, b->key);
	char name[RQ_KEY_NAME_LEN];

	PROMISE(b->command && *b->command && b->where && rq_starts(b->where, "keymap:"));
	PROMISE(found == b || rq_eq(b->command, "none"));
	PROMISE(!b->second || !rq_keymap_find(m, b->view, b->key));
	PROMISE(*rq_binding_keys(b, name) && *rq_binding_name(b, name));
	check_key(b->key);
	if (b->second)
		check_key(b->second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_keymap m = { 0 };
	struct rq_error e = { 0 };
	struct rq_str out = { 0 };
	int rc = rq_keymap_parse(&m, "keymap", (const char *)data, size, NULL, &e);
	size_t i;

	PROMISE(rc == RQ_OK || (rc == RQ_EUSAGE && rq_starts(e.msg, "keymap:")));
	for (i = 0; i < m.n; i++)
		check_binding(&m, &m.v[i]);
	for (i = 1; i < 128; i++)
		PROMISE(rq_keymap_input(&m, (uint32_t)i) < 2 * RQ_KEY_ALT);
	rq_keymap_unreachable(&m, "keymap", &out);
	rq_str_release(&out);
	rq_keymap_release(&m);
	return 0;
}
