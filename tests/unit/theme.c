/* Themes. */
#include <math.h>
#include "tests/unit/unit.h"

#include "core/base/embed.h"
#include "core/base/str.h"
#include "tui/theme.h"

static int parse(struct rq_theme *t, const char *text, struct rq_error *e)
{
	return rq_theme_parse(t, "theme", text, strlen(text), NULL, e);
}

static void test_children_follow_their_parents(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(t.style[RQ_ROLE_LOG_TIME].fg, -1);
	assert_int_equal(parse(&t, "error red default bold\nstatus.success 34 default\n", NULL),
			 RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_FAILURE].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].bold, 1);
	assert_int_equal(t.style[RQ_ROLE_PASS].fg, 34);
	/* A later file over it: what it leaves out stays. */
	assert_int_equal(parse(&t, "status.failure bright-magenta black underline\n", NULL), RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_ERROR].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].fg, 13);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].bg, 0);
}

static void test_colours_and_attributes(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(parse(&t, "title #ff0000 255 bold dim italic underline reverse\nkey - -\n",
			       NULL),
			 RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_TITLE].fg, 196);
	assert_int_equal(t.style[RQ_ROLE_TITLE].bg, 255);
	assert_int_equal(t.style[RQ_ROLE_TITLE].dim + t.style[RQ_ROLE_TITLE].italic +
			 t.style[RQ_ROLE_TITLE].reverse, 3);
	assert_int_equal(t.style[RQ_ROLE_KEY].fg, -1);
}

static void fails(const char *text, const char *want)
{
	struct rq_theme t;
	struct rq_error e = { 0 };

	rq_theme_init(&t);
	assert_int_equal(parse(&t, text, &e), RQ_EUSAGE);
	if (!strstr(e.msg, want))
		fail_msg("\"%s\" says: %s", text, e.msg);
}

static void test_errors_name_the_line(void **state)
{
	(void)state;
	fails("\n# c\nstatus.sucess red default\n",
	      "theme:3: there is no role \"status.sucess\"; did you mean "
	      "\"status.success\"?");
	fails("error", "needs a foreground and a background");
	fails("error red", "needs a foreground and a background");
	fails("error rot default", "\"rot\" is no colour");
	fails("error 256 default", "\"256\" is no colour");
	fails("error #12345g default", "is no colour");
	fails("error red default loud", "\"loud\" is no attribute");
}

static void test_good_lines_count_beside_bad_ones(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(parse(&t, "error rot default\nkey 5 default", NULL), RQ_EUSAGE);
	assert_int_equal(t.style[RQ_ROLE_KEY].fg, 5);
	assert_int_equal(t.style[RQ_ROLE_ERROR].fg, -1);
}

static void load_shipped(struct rq_theme *t, const char *name)
{
	const struct rq_embedded *f;
	struct rq_error e = { 0 };
	char path[64];

	snprintf(path, sizeof path, "themes/%s.theme", name);
	for (f = rq_embedded_files; f->name && !rq_eq(f->name, path); f++)
		;
	assert_non_null(f->name);
	rq_theme_init(t);
	if (rq_theme_parse(t, f->name, (const char *)f->bytes, f->length, NULL, &e))
		fail_msg("%s", e.msg);
}

static void test_mono_has_no_colours(void **state)
{
	struct rq_theme t;
	size_t k;

	(void)state;
	load_shipped(&t, "mono");
	for (k = 0; k < RQ_ROLE_N; k++) {
		assert_int_equal(t.style[k].fg, -1);
		assert_int_equal(t.style[k].bg, -1);
	}
}

/* What stands in the head in order makes no holes in it, nor do the tabs in the line below. */
static void test_lines_have_one_background(void **state)
{
	const struct rq_embedded *f;
	struct rq_theme t;

	(void)state;
	for (f = rq_embedded_files; f->name; f++) {
		if (!rq_starts(f->name, "themes/"))
			continue;
		rq_theme_init(&t);
		assert_int_equal(rq_theme_parse(&t, f->name, (const char *)f->bytes, f->length, NULL, NULL), RQ_OK);
		assert_int_equal(t.style[RQ_ROLE_HEADER_NAME].bg, t.style[RQ_ROLE_HEADER].bg);
		assert_int_equal(t.style[RQ_ROLE_HEADER_DIM].bg, t.style[RQ_ROLE_HEADER].bg);
		assert_int_equal(t.style[RQ_ROLE_TAB].bg, t.style[RQ_ROLE_NORMAL].bg);
	}
}

/* ---- contrast, as WCAG 2 computes it ---- */

static double linear(int c)
{
	double v = c / 255.0;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double luminance(int32_t rgb)
{
	return 0.2126 * linear(rgb >> 16 & 255) + 0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
}

static double contrast(int32_t a, int32_t b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

/* The terminals that a theme is for: what their own two colours are, and how many they have. The first 16 are xterm's,
 * or with eight of them those of Linux's console. */
struct claim {
	const char *theme;
	int32_t text, background;
	int colours;    /* 1 << 24: all */
};

static const struct claim claims[] = {
	{ "default", 0xe5e5e5, 0x000000, 256 },
	{ "default", 0xaaaaaa, 0x000000, 8 },
	{ "light", 0x000000, 0xffffff, 256 },
	{ "high-contrast", 0xe5e5e5, 0x000000, 256 },
	{ "high-contrast", 0xaaaaaa, 0x000000, 8 },
	{ "solarized", 0xe5e5e5, 0x000000, 1 << 24 },
	{ "solarized", 0xe5e5e5, 0x000000, 256 },
	{ "solarized-light", 0x000000, 0xffffff, 1 << 24 },
	{ "solarized-light", 0x000000, 0xffffff, 256 },
	{ "gruvbox", 0xe5e5e5, 0x000000, 1 << 24 },
	{ "gruvbox", 0xe5e5e5, 0x000000, 256 },
	{ "gruvbox-light", 0x000000, 0xffffff, 1 << 24 },
	{ "gruvbox-light", 0x000000, 0xffffff, 256 },
};

/* Bold letters are bright on Linux's console. */
static int32_t seen(const struct rq_theme *t, const struct claim *c, int16_t colour, int32_t own, bool letter, bool bold)
{
	static const int32_t vga[] = {
		0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
		0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
	};
	bool bright;
	int16_t there = rq_colour_of(colour, c->colours, &bright);

	if (there < 0)
		return letter && bold && c->colours == 8 ? 0xffffff : own;
	if (c->colours == 8)
		return vga[there + (letter && (bold || bright) ? 8 : 0)];
	if (c->colours > 256 && t->colours.rgb[there] >= 0)
		return t->colours.rgb[there];
	return rq_palette_rgb(there);
}

static double contrast_of(const struct rq_theme *t, const struct claim *c, enum rq_role role)
{
	const struct rq_style *s = &t->style[role];
	int32_t fg = seen(t, c, s->fg, c->text, true, s->bold), bg = seen(t, c, s->bg, c->background, false, false);

	return contrast(fg, bg);
}

static void test_every_role_can_be_read(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		struct rq_theme t;

		load_shipped(&t, claims[i].theme);
		for (k = 0; k < RQ_ROLE_N; k++) {
			double ratio = contrast_of(&t, &claims[i], (enum rq_role)k);

			if (ratio < 4.5)
				fail_msg("%s, %d colours: %s has a contrast of %.2f", claims[i].theme, claims[i].colours,
					 rq_role_name((enum rq_role)k), ratio);
		}
	}
}

/* Every shipped theme but mono claims something, and what it claims is not the same for all roles: the computation
 * sees its colours. */
static void test_every_theme_is_looked_at(void **state)
{
	const struct rq_embedded *f;
	size_t i;

	(void)state;
	assert_true(contrast(0xffffff, 0) > 20.99 && contrast(0xffffff, 0) < 21.01);
	assert_true(contrast(0x767676, 0xffffff) > 4.5 && contrast(0x777777, 0xffffff) < 4.5);
	for (f = rq_embedded_files; f->name; f++) {
		if (!rq_starts(f->name, "themes/") || rq_eq(f->name, "themes/mono.theme"))
			continue;
		for (i = 0; i < sizeof claims / sizeof claims[0]; i++) {
			size_t n = strlen(claims[i].theme);

			if (!strncmp(f->name + 7, claims[i].theme, n) && f->name[7 + n] == '.')
				break;
		}
		if (i == sizeof claims / sizeof claims[0])
			fail_msg("nobody says what %s is for", f->name);
	}
}

/* ---- all colours ---- */

static void test_true_colours(void **state)
{
	static const char frame[] = "a\033[38;5;%dmb\033[1;48;5;%d;4mc\033[38;5;1md\033[%d;1Hx\033[0m\033";
	struct rq_true_colours t;
	struct rq_str in = { 0 }, out = { 0 }, want = { 0 };
	int16_t one, two;

	(void)state;
	rq_true_colours_init(&t);
	assert_false(rq_true_colours_any(&t));
	one = rq_true_colours_take(&t, 0x002b36);
	two = rq_true_colours_take(&t, 0x002b37);
	assert_true(one >= 16 && two >= 16 && one != two);
	assert_int_equal(rq_true_colours_take(&t, 0x002b36), one);
	assert_true(rq_true_colours_any(&t));
	rq_str_addf(&in, frame, one, two, one);
	rq_true_colours_send(&t, in.s, in.len, &out);
	rq_str_addf(&want, "a\033[38;2;0;43;54mb\033[1;48;2;0;43;55;4mc\033[38;5;1md\033[%d;1Hx\033[0m\033", one);
	assert_string_equal(out.s, want.s);
	rq_str_release(&in);
	rq_str_release(&out);
	rq_str_release(&want);
}

static void test_fewer_colours(void **state)
{
	bool bright;

	(void)state;
	assert_int_equal(rq_colour_of(-1, 8, &bright), -1);
	assert_int_equal(rq_colour_of(12, 8, &bright), 4);
	assert_true(bright);
	assert_int_equal(rq_colour_of(12, 16, &bright), 12);
	assert_false(bright);
	assert_int_equal(rq_colour_of(196, 8, &bright), 1);
	assert_int_equal(rq_colour_of(234, 8, &bright), 0);
	assert_int_equal(rq_colour_of(243, 8, &bright), -1);
	assert_int_equal(rq_colour_of(255, 8, &bright), 7);
	assert_int_equal(rq_palette_rgb(196), 0xff0000);
	assert_int_equal(rq_palette_rgb(243), 0x767676);
}

/* The list of roles at the top of the shipped theme is the users' manual: every role, with its
 * parent. */
static void test_the_documented_roles(void **state)
{
	const struct rq_embedded *f;
	size_t i;

	(void)state;
	for (f = rq_embedded_files; f->name && !rq_eq(f->name, "themes/default.theme"); f++)
		;
	assert_non_null(f->name);
	for (i = 0; i < RQ_ROLE_N; i++) {
		const char *end = strstr((const char *)f->bytes, "\n\n"), *at;

		at = strstr((const char *)f->bytes, rq_role_name((enum rq_role)i));
		if (!at || at > end)
			fail_msg("the comment in themes/default.theme leaves %s out",
				 rq_role_name((enum rq_role)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_follow_their_parents),
		cmocka_unit_test(test_colours_and_attributes),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_good_lines_count_beside_bad_ones),
		cmocka_unit_test(test_mono_has_no_colours),
		cmocka_unit_test(test_lines_have_one_background),
		cmocka_unit_test(test_every_role_can_be_read),
		cmocka_unit_test(test_every_theme_is_looked_at),
		cmocka_unit_test(test_true_colours),
		cmocka_unit_test(test_fewer_colours),
		cmocka_unit_test(test_the_documented_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
