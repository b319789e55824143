/* Small values as people type them: what is taken is within its bounds, and writes back to the same. */
#include "tests/fuzz/fuzz.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/id.h"
#include "core/model/labels.h"

static void check_words(const char *text)
{
	struct rq_str quoted;
	char **words, **again;
	size_t n, m, i;

	if (rq_words_split(text, &words, &n, NULL) != RQ_OK)
		return;
	rq_str_init(&quoted, 0);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_addc(&quoted, ' ');
		rq_words_quote(&quoted, words[i]);
	}
	PROMISE(rq_words_split(rq_str_get(&quoted), &again, &m, NULL) == RQ_OK);
	PROMISE(m == n);
	for (i = 0; i < n; i++)
		PROMISE(rq_eq(words[i], again[i]));
	rq_words_free(words);
	rq_words_free(again);
	rq_str_release(&quoted);
}

static void check_labels(const char *text)
{
	struct rq_arena a = { 0 };
	struct rq_labels labels, again;
	struct rq_str out;
	size_t i;

	rq_str_init(&out, 0);
	if (rq_labels_parse(&a, text, &labels, NULL) == RQ_OK) {
		PROMISE(labels.n <= RQ_LABELS_MAX);
		for (i = 0; i < labels.n; i++)
			PROMISE(rq_name_ok(labels.v[i]));
		rq_labels_text(&labels, &out);
		PROMISE(rq_labels_parse(&a, rq_str_get(&out), &again, NULL) == RQ_OK);
		PROMISE(rq_labels_subset(&labels, &again, NULL));
		PROMISE(rq_labels_subset(&again, &labels, NULL));
	}
	rq_str_release(&out);
	rq_arena_release(&a);
}

static void check_numbers(const char *text)
{
	char when[RQ_TIME_LEN], queue[RQ_ID_MAX], id[RQ_ID_MAX];
	struct rq_id parts;
	int64_t v, again;

	if (rq_parse_duration(text, &v)) {
		PROMISE(v >= 0);
		PROMISE(rq_duration_text(v, when)[0]);
	}
	if (rq_parse_size(text, &v))
		PROMISE(v >= 0);
	if (rq_time_parse(text, &v) && v && rq_time_rfc3339(v, true, when)[0]) {
		PROMISE(rq_time_parse(when, &again));
		PROMISE(again == v);
	}
	if (rq_id_parse(text, queue, id)) {
		PROMISE(id[0]);
		PROMISE(rq_id_split(text, &parts) && parts.run[0]);
		PROMISE(strlen(id) == strlen(parts.run) + (parts.job[0] ? 1 + strlen(parts.job) : 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	check_words(text);
	check_labels(text);
	check_numbers(text);
	rq_free(text);
	return 0;
}
