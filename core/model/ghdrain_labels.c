/* ghdrain_labels.c - the labels of a drained runner, and its row as text. */
#include <string.h>
#include "core/base/json.h"
#include "core/model/ghdrain.h"

enum { WAS_N = sizeof RQ_GHDRAIN_WAS - 1 };

bool rq_ghlabels_has(const struct rq_ghlabels *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (rq_ieq(l->v[i], name))
			return true;
	return false;
}

static bool within(const struct rq_ghlabels *a, const struct rq_ghlabels *b)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (!rq_ghlabels_has(b, a->v[i]))
			return false;
	return true;
}

bool rq_ghlabels_same(const struct rq_ghlabels *a, const struct rq_ghlabels *b)
{
	return within(a, b) && within(b, a);
}

static void list_others(const struct rq_ghlabels *of, const struct rq_ghlabels *but, const char *lead, struct rq_str *out)
{
	bool any = false;
	size_t i;

	for (i = 0; i < of->n; i++) {
		if (rq_ghlabels_has(but, of->v[i]))
			continue;
		rq_str_addf(out, "%s%s", any ? ", " : lead, of->v[i]);
		any = true;
	}
}

void rq_ghlabels_difference(const struct rq_ghlabels *wanted, const struct rq_ghlabels *have, struct rq_str *out)
{
	size_t before = out->len;

	list_others(wanted, have, "not there any more: ", out);
	list_others(have, wanted, out->len > before ? "; new: " : "new: ", out);
}

/* --- markers ------------------------------------------------------------------------------ */

static bool is_was(const char *label)
{
	size_t i;

	for (i = 0; i < WAS_N; i++)
		if ((label[i] | 0x20) != (RQ_GHDRAIN_WAS[i] | 0x20))
			return false;
	return label[WAS_N] != '\0';
}

/* Units of UTF-16, which is how the runner counts: a character of four bytes is two. */
static size_t units(const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

bool rq_ghdrain_marked(const struct rq_ghlabels *custom)
{
	return rq_ghlabels_has(custom, RQ_GHDRAIN_MARKER);
}

bool rq_ghdrain_only_marks(const struct rq_ghlabels *custom)
{
	size_t i;

	for (i = 0; i < custom->n; i++)
		if (!is_was(custom->v[i]) && !rq_ieq(custom->v[i], RQ_GHDRAIN_MARKER))
			return false;
	return rq_ghdrain_marked(custom);
}

int rq_ghdrain_mark(struct rq_arena *a, const struct rq_ghlabels *custom, struct rq_ghlabels *out, struct rq_error *e)
{
	size_t i;

	if (custom->n + 1 > RQ_GHDRAIN_LABELS_MAX)
		return rq_fail(e, RQ_ELIMIT, "It has %zu labels: with the marker of a drain there can be %d.", custom->n,
			       (int)RQ_GHDRAIN_LABELS_MAX);
	out->v = rq_arena_alloc(a, (custom->n + 1) * sizeof *out->v);
	out->v[0] = RQ_GHDRAIN_MARKER;
	for (i = 0; i < custom->n; i++) {
		const char *label = custom->v[i];

		if (rq_ieq(label, RQ_GHDRAIN_MARKER) || is_was(label))
			return rq_fail(e, RQ_ECONFLICT, "It has the label '%.64s', which looks like the marker of a drain.",
				       label);
		if (units(label) + WAS_N > RQ_GHDRAIN_LABEL_UNITS)
			return rq_fail(e, RQ_ELIMIT, "Its label '%.40s...' is too long to be kept as '" RQ_GHDRAIN_WAS "...'.",
				       label);
		out->v[i + 1] = rq_arena_fmt(a, RQ_GHDRAIN_WAS "%s", label);
	}
	out->n = custom->n + 1;
	return RQ_OK;
}

void rq_ghdrain_unmark(struct rq_arena *a, const struct rq_ghlabels *custom, struct rq_ghlabels *out)
{
	size_t i;

	*out = (struct rq_ghlabels){ 0, rq_arena_alloc(a, (custom->n + 1) * sizeof *out->v) };
	for (i = 0; i < custom->n; i++) {
		const char *label = custom->v[i];

		if (rq_ieq(label, RQ_GHDRAIN_MARKER))
			continue;
		if (is_was(label))
			label += WAS_N;
		if (!rq_ghlabels_has(out, label))
			out->v[out->n++] = rq_arena_str(a, label);
	}
}

/* --- the row ------------------------------------------------------------------------------ */

static const char *const states[RQ_GHDRAIN_STATE_N] = {
	"ACTIVE", "CORDONING", "DRAINING", "QUIESCING", "DRAINED", "RESUMING"
};
static const char *const hows[RQ_GHDRAIN_HOW_N] = { "labels", "group", "disabled" };

const char *rq_ghdrain_state_name(enum rq_ghdrain_state s)
{
	return (unsigned)s < RQ_GHDRAIN_STATE_N ? states[s] : "UNKNOWN";
}

const char *rq_ghdrain_how_name(enum rq_ghdrain_how h)
{
	return (unsigned)h < RQ_GHDRAIN_HOW_N ? hows[h] : "unknown";
}

void rq_ghdrain_print(const struct rq_ghdrain *d, struct rq_str *out)
{
	struct rq_json *o = rq_json_object(), *labels = rq_json_array();
	size_t i;

	rq_json_set_str(o, "how", rq_ghdrain_how_name(d->how));
	rq_json_set_str(o, "scope", d->scope);
	rq_json_set_str(o, "runner", d->runner);
	rq_json_set_int(o, "id", d->id);
	for (i = 0; i < d->labels.n; i++)
		rq_json_add_str(labels, d->labels.v[i]);
	rq_json_set(o, "labels", labels);
	rq_json_set_int(o, "group", d->group);
	rq_json_set_int(o, "parked", d->parked);
	rq_json_set_str(o, "reason", d->reason);
	rq_json_set_str(o, "by", d->by);
	rq_json_set_int(o, "since", d->since);
	rq_json_set_int(o, "deadline", d->deadline);
	rq_json_set_int(o, "cordoned_at", d->cordoned_at);
	rq_json_set_str(o, "breach", d->breach);
	rq_json_set_str(o, "error", d->error);
	rq_json_print(o, out, false);
	rq_json_free(o);
}

static int find_word(const char *const *words, int n, const char *word)
{
	int i;

	for (i = 0; word && i < n; i++)
		if (rq_eq(words[i], word))
			return i;
	return -1;
}

static const char *text_of(struct rq_arena *a, const struct rq_json *o, const char *key)
{
	const char *s = rq_json_get_str(o, key);

	return s ? rq_arena_str(a, s) : "";
}

static void read_labels(struct rq_arena *a, const struct rq_json *list, struct rq_ghlabels *out)
{
	const struct rq_json *j;

	*out = (struct rq_ghlabels){ 0, rq_arena_alloc(a, (rq_json_len(list) + 1) * sizeof *out->v) };
	for (j = rq_json_first(list); j; j = rq_json_next(j))
		if (rq_json_str(j))
			out->v[out->n++] = rq_arena_str(a, rq_json_str(j));
}

int rq_ghdrain_parse(struct rq_arena *a, const char *state, const char *body, struct rq_ghdrain *out, struct rq_error *e)
{
	int s = find_word(states, RQ_GHDRAIN_STATE_N, state), h;
	struct rq_json *o;
	int code = rq_json_parse(body, strlen(body), &o, e);

	if (code)
		return code;
	h = find_word(hows, RQ_GHDRAIN_HOW_N, rq_json_get_str(o, "how"));
	*out = (struct rq_ghdrain){
		.state = (enum rq_ghdrain_state)s, .how = (enum rq_ghdrain_how)h,
		.scope = text_of(a, o, "scope"), .runner = text_of(a, o, "runner"), .id = rq_json_get_int(o, "id", 0),
		.group = rq_json_get_int(o, "group", 0), .parked = rq_json_get_int(o, "parked", 0),
		.reason = text_of(a, o, "reason"), .by = text_of(a, o, "by"),
		.since = rq_json_get_int(o, "since", 0), .deadline = rq_json_get_int(o, "deadline", 0),
		.cordoned_at = rq_json_get_int(o, "cordoned_at", 0),
		.breach = text_of(a, o, "breach"), .error = text_of(a, o, "error"),
	};
	read_labels(a, rq_json_get(o, "labels"), &out->labels);
	rq_json_free(o);
	if (s < 0 || h < 0 || !*out->scope || !*out->runner || out->id <= 0)
		return rq_fail(e, RQ_ECORRUPT, "A drain that is kept in github.db cannot be read: state '%.32s'.", state);
	return RQ_OK;
}
