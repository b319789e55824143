/* The drain of a runner on GitHub: labels, states, sides. */
#include <string.h>
#include "core/model/ghdrain.h"
#include "tests/unit/unit.h"

enum { T0 = 1000000000, MINUTE = 60000, WINDOW = 5 * MINUTE };

static struct rq_arena arena;

static int teardown(void **state)
{
	(void)state;
	rq_arena_release(&arena);
	return 0;
}

/* --- labels ------------------------------------------------------------------------------- */

#define LABELS(...) { sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ } }

static void assert_labels(const struct rq_ghlabels *l, const char *text)
{
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 0);
	for (i = 0; i < l->n; i++)
		rq_str_addf(&s, "%s%s", i ? "," : "", l->v[i]);
	assert_string_equal(rq_str_get(&s), text);
	rq_str_release(&s);
}

static void marks_and_back(void **state)
{
	struct rq_ghlabels l = LABELS("macmini", "Audio", "a b/c"), marks, back, none = { 0, NULL };

	(void)state;
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &marks, NULL), RQ_OK);
	assert_labels(&marks, "drain,was.macmini,was.Audio,was.a b/c");
	assert_true(rq_ghdrain_marked(&marks));
	assert_true(rq_ghdrain_only_marks(&marks));
	rq_ghdrain_unmark(&arena, &marks, &back);
	assert_labels(&back, "macmini,Audio,a b/c");
	assert_int_equal(rq_ghdrain_mark(&arena, &none, &marks, NULL), RQ_OK);
	assert_labels(&marks, "drain");
	rq_ghdrain_unmark(&arena, &marks, &back);
	assert_int_equal(back.n, 0);
}

static void what_came_meanwhile_stays(void **state)
{
	struct rq_ghlabels l = LABELS("WAS.audio", "gpu", "Drain", "was.gpu", "was."), back;

	(void)state;
	assert_true(rq_ghdrain_marked(&l));
	assert_false(rq_ghdrain_only_marks(&l));
	rq_ghdrain_unmark(&arena, &l, &back);
	assert_labels(&back, "audio,gpu,was.");
}

static void what_does_not_fit_is_refused(void **state)
{
	const char *many[RQ_GHDRAIN_LABELS_MAX];
	struct rq_ghlabels l = { RQ_GHDRAIN_LABELS_MAX, many }, out, marker = LABELS("gpu", "DRAIN"), was = LABELS("was.x");
	char text[300];
	struct rq_error e;
	size_t i;

	(void)state;
	for (i = 0; i < RQ_GHDRAIN_LABELS_MAX; i++)
		many[i] = rq_arena_fmt(&arena, "l%zu", i);
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &out, &e), RQ_ELIMIT);
	l.n--;
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &out, &e), RQ_OK);
	assert_int_equal(out.n, RQ_GHDRAIN_LABELS_MAX);
	assert_int_equal(rq_ghdrain_mark(&arena, &marker, &out, &e), RQ_ECONFLICT);
	assert_int_equal(rq_ghdrain_mark(&arena, &was, &out, &e), RQ_ECONFLICT);
	l.n = 1;
	many[0] = text;
	memset(text, 'a', sizeof text);
	text[252] = '\0';
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &out, &e), RQ_OK);
	text[252] = 'a';
	text[253] = '\0';
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &out, &e), RQ_ELIMIT);
	/* 126 characters of two units each, four bytes long. */
	for (i = 0; i < 63; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x8e\xa7", 4);
	text[252] = '\0';
	assert_int_equal(rq_ghdrain_mark(&arena, &l, &out, &e), RQ_OK);
}

static void differences(void **state)
{
	struct rq_ghlabels a = LABELS("drain", "was.x"), b = LABELS("DRAIN", "WAS.X"), c = LABELS("drain", "y", "z");
	struct rq_str s;

	(void)state;
	rq_str_init(&s, 0);
	assert_true(rq_ghlabels_same(&a, &b));
	assert_false(rq_ghlabels_same(&a, &c));
	rq_ghlabels_difference(&a, &b, &s);
	assert_string_equal(rq_str_get(&s), "");
	rq_ghlabels_difference(&a, &c, &s);
	assert_string_equal(rq_str_get(&s), "not there any more: was.x; new: y, z");
	rq_str_release(&s);
}

/* --- the row ------------------------------------------------------------------------------ */

static struct rq_ghdrain row(enum rq_ghdrain_state s)
{
	static const char *labels[] = { "macmini", "audio" };

	return (struct rq_ghdrain){ .state = s, .how = RQ_GHDRAIN_LABELS, .scope = "acme/media", .runner = "macmini", .id = 21,
		.labels = { 2, labels }, .reason = "a \"new\" disk\n", .by = "me", .since = T0, .cordoned_at = T0,
		.breach = "", .error = "" };
}

static void rows_as_text(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINED), back;
	struct rq_error e;
	struct rq_str s;

	(void)state;
	d.deadline = T0 + 7;
	d.breach = "media:91/7";
	rq_str_init(&s, 0);
	rq_ghdrain_print(&d, &s);
	assert_int_equal(rq_ghdrain_parse(&arena, "DRAINED", rq_str_get(&s), &back, &e), RQ_OK);
	assert_int_equal(back.state, RQ_GHDRAIN_DRAINED);
	assert_true(rq_ghlabels_same(&back.labels, &d.labels));
	assert_string_equal(back.reason, d.reason);
	assert_string_equal(back.breach, d.breach);
	assert_int_equal(back.deadline, d.deadline);
	assert_int_equal(back.id, 21);
	assert_int_equal(rq_ghdrain_parse(&arena, "GONE", rq_str_get(&s), &back, &e), RQ_ECORRUPT);
	assert_int_equal(rq_ghdrain_parse(&arena, "DRAINED", "{}", &back, &e), RQ_ECORRUPT);
	assert_int_not_equal(rq_ghdrain_parse(&arena, "DRAINED", "{", &back, &e), RQ_OK);
	rq_str_release(&s);
}

/* --- states ------------------------------------------------------------------------------- */

static struct rq_ghdrain_seen seen(const char *labels)
{
	static const char *before[] = { "audio", "macmini" }, *marks[] = { "drain", "was.audio", "was.macmini" },
			  *more[] = { "drain", "was.audio", "was.macmini", "gpu" }, *lost[] = { "gpu" };
	struct rq_ghdrain_seen s = { .known = true, .there = true, .online = true, .scanned = true };

	if (rq_eq(labels, "before"))
		s.custom = (struct rq_ghlabels){ 2, before };
	else if (rq_eq(labels, "marks"))
		s.custom = (struct rq_ghlabels){ 3, marks };
	else
		s.custom = rq_eq(labels, "more") ? (struct rq_ghlabels){ 4, more } : (struct rq_ghlabels){ 1, lost };
	return s;
}

static struct rq_ghdrain_view look(const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t now)
{
	struct rq_ghdrain_view v;

	rq_ghdrain_look(&arena, d, s, now, WINDOW, &v);
	return v;
}

static void assert_view(const struct rq_ghdrain_view *v, enum rq_ghdrain_state s, unsigned sides, enum rq_ghdrain_do todo)
{
	assert_string_equal(rq_ghdrain_state_name(v->state), rq_ghdrain_state_name(s));
	assert_int_equal(v->sides, sides);
	assert_int_equal(v->todo, todo);
}

static void cordoning(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_CORDONING);
	struct rq_ghdrain_seen s = seen("before");
	struct rq_ghdrain_view v = look(&d, &s, T0);

	(void)state;
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_CORDON);
	s = seen("marks");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_SETTLE);
	s = seen("lost");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, RQ_GHDRAIN_CONFLICT, RQ_GHDRAIN_NOTHING);
	d.error = "403: no permission";
	s = seen("before");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, RQ_GHDRAIN_FAILED, RQ_GHDRAIN_NOTHING);
	assert_non_null(strstr(v.text, "FAILED: 403: no permission"));
}

static void unknown_is_left_alone(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_CORDONING);
	struct rq_ghdrain_seen s = { 0 };
	struct rq_ghdrain_view v = look(&d, &s, T0);

	(void)state;
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_NOTHING);
	s.known = true;
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_FORGET);
}

static void draining_until_a_whole_window_was_idle(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINING);
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v;

	(void)state;
	s.busy = true;
	v = look(&d, &s, T0 + MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_NOTHING);
	/* The flag lags: a job in progress counts as well. */
	s.busy = false;
	s.job = "media:91/7";
	s.job_started_at = T0 - MINUTE;
	v = look(&d, &s, T0 + MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_NOTHING);
	assert_non_null(strstr(v.text, "media:91/7"));
	s.job = NULL;
	v = look(&d, &s, T0 + 2 * MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_NOTHING);
	s.idle_since = T0 + 2 * MINUTE;
	v = look(&d, &s, T0 + 2 * MINUTE + WINDOW - 1);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, 0, RQ_GHDRAIN_NOTHING);
	v = look(&d, &s, T0 + 2 * MINUTE + WINDOW);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, 0, RQ_GHDRAIN_CONFIRM);
	/* A clock that was set back. */
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, 0, RQ_GHDRAIN_NOTHING);
}

static void drained(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINED);
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v = look(&d, &s, T0 + WINDOW);

	(void)state;
	assert_view(&v, RQ_GHDRAIN_DRAINED, 0, RQ_GHDRAIN_NOTHING);
	assert_string_equal(v.text, "");
	s.scanned = false;
	v = look(&d, &s, T0 + WINDOW);
	assert_non_null(strstr(v.text, "flag alone"));
	s.busy = true;
	v = look(&d, &s, T0 + WINDOW);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_REOPEN);
	/* A deadline that was met is no matter any more. */
	s.busy = false;
	d.deadline = T0 + 1;
	v = look(&d, &s, T0 + WINDOW);
	assert_view(&v, RQ_GHDRAIN_DRAINED, 0, RQ_GHDRAIN_NOTHING);
}

static void breached(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINING);
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v;

	(void)state;
	s.busy = true;
	s.job = "media:92/1";
	s.job_started_at = T0 + MINUTE;         /* it was on its way */
	v = look(&d, &s, T0 + 2 * MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_NOTHING);
	s.job_started_at = T0 + MINUTE + 1;
	v = look(&d, &s, T0 + 2 * MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_BREACHED, RQ_GHDRAIN_BREACH);
	d.breach = "media:92/1";
	v = look(&d, &s, T0 + 2 * MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_BREACHED, RQ_GHDRAIN_NOTHING);
	/* It is told until the drain ends, and keeps nothing from being drained. */
	s.busy = false;
	s.job = NULL;
	s.idle_since = T0 + 3 * MINUTE;
	v = look(&d, &s, T0 + 3 * MINUTE + WINDOW);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, RQ_GHDRAIN_BREACHED, RQ_GHDRAIN_CONFIRM);
}

static void overdue_and_lost(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINING);
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v;

	(void)state;
	d.deadline = T0 + MINUTE;
	s.busy = true;
	v = look(&d, &s, T0 + MINUTE);
	assert_view(&v, RQ_GHDRAIN_DRAINING, 0, RQ_GHDRAIN_NOTHING);
	v = look(&d, &s, T0 + MINUTE + 1);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_OVERDUE, RQ_GHDRAIN_NOTHING);
	s.online = false;
	v = look(&d, &s, T0 + MINUTE + 1);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_OVERDUE | RQ_GHDRAIN_LOST, RQ_GHDRAIN_NOTHING);
	s.busy = false;
	s.idle_since = T0;
	v = look(&d, &s, T0 + MINUTE + 1);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, RQ_GHDRAIN_OVERDUE, RQ_GHDRAIN_NOTHING);
}

static void conflict_is_shown_and_never_overwritten(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_DRAINING);
	struct rq_ghdrain_seen s = seen("more");
	struct rq_ghdrain_view v;

	(void)state;
	s.idle_since = T0;
	v = look(&d, &s, T0 + 2 * WINDOW);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, RQ_GHDRAIN_CONFLICT, RQ_GHDRAIN_NOTHING);
	assert_non_null(strstr(v.text, "new: gpu"));
	s = seen("before");
	s.idle_since = T0;
	v = look(&d, &s, T0 + 2 * WINDOW);
	assert_view(&v, RQ_GHDRAIN_QUIESCING, RQ_GHDRAIN_CONFLICT, RQ_GHDRAIN_NOTHING);
	assert_non_null(strstr(v.text, "put its labels back"));
	d.state = RQ_GHDRAIN_DRAINED;
	v = look(&d, &s, T0 + 2 * WINDOW);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_CONFLICT, RQ_GHDRAIN_NOTHING);
}

static void orphan(void **state)
{
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v = look(NULL, &s, T0);

	(void)state;
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_ORPHAN, RQ_GHDRAIN_NOTHING);
	s = seen("before");
	v = look(NULL, &s, T0);
	assert_view(&v, RQ_GHDRAIN_ACTIVE, 0, RQ_GHDRAIN_NOTHING);
	assert_string_equal(v.text, "");
	s.parked = true;
	v = look(NULL, &s, T0);
	assert_view(&v, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_ORPHAN, RQ_GHDRAIN_NOTHING);
}

static void resuming(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_RESUMING);
	struct rq_ghdrain_seen s = seen("marks");
	struct rq_ghdrain_view v = look(&d, &s, T0);

	(void)state;
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_UNDO);
	s = seen("more");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_UNDO);
	s = seen("before");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_FORGET);
	s = seen("lost");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_FORGET);
	d.error = "404";
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_FORGET);
	s = seen("marks");
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, RQ_GHDRAIN_FAILED, RQ_GHDRAIN_NOTHING);
}

static void groups_and_switches(void **state)
{
	struct rq_ghdrain d = row(RQ_GHDRAIN_CORDONING);
	struct rq_ghdrain_seen s = seen("before");
	struct rq_ghdrain_view v;

	(void)state;
	d.how = RQ_GHDRAIN_GROUP;
	d.group = 1;
	d.parked = 2;
	s.group = 1;
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_CORDON);
	s.group = 2;
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_CORDONING, 0, RQ_GHDRAIN_SETTLE);
	d.state = RQ_GHDRAIN_RESUMING;
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_UNDO);
	s.group = 3;
	v = look(&d, &s, T0);
	assert_view(&v, RQ_GHDRAIN_RESUMING, 0, RQ_GHDRAIN_FORGET);
	d.state = RQ_GHDRAIN_DRAINING;
	v = look(&d, &s, T0);
	assert_int_equal(v.sides, RQ_GHDRAIN_CONFLICT);
	d.how = RQ_GHDRAIN_DISABLED;
	v = look(&d, &s, T0);
	assert_int_equal(v.sides, RQ_GHDRAIN_CONFLICT);
	s.disabled = true;
	v = look(&d, &s, T0);
	assert_int_equal(v.sides, 0);
	v = look(NULL, &s, T0);
	assert_view(&v, RQ_GHDRAIN_DRAINED, 0, RQ_GHDRAIN_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(marks_and_back, teardown),
		cmocka_unit_test_teardown(what_came_meanwhile_stays, teardown),
		cmocka_unit_test_teardown(what_does_not_fit_is_refused, teardown),
		cmocka_unit_test_teardown(differences, teardown),
		cmocka_unit_test_teardown(rows_as_text, teardown),
		cmocka_unit_test_teardown(cordoning, teardown),
		cmocka_unit_test_teardown(unknown_is_left_alone, teardown),
		cmocka_unit_test_teardown(draining_until_a_whole_window_was_idle, teardown),
		cmocka_unit_test_teardown(drained, teardown),
		cmocka_unit_test_teardown(breached, teardown),
		cmocka_unit_test_teardown(overdue_and_lost, teardown),
		cmocka_unit_test_teardown(conflict_is_shown_and_never_overwritten, teardown),
		cmocka_unit_test_teardown(orphan, teardown),
		cmocka_unit_test_teardown(resuming, teardown),
		cmocka_unit_test_teardown(groups_and_switches, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
