/* Themes: lines of role, colours, attributes. */
#include "tui/theme.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/lines.h"

static const struct {
	const char *name;
	enum rq_role parent;
} roles[] = {
#define X(id, name, parent) { name, RQ_ROLE_##parent },
#include "tui/role.def"
#undef X
};

static const char *const colours[] = { "black", "red",	   "green", "yellow",
				       "blue",	"magenta", "cyan",  "white" };

const char *rq_role_name(enum rq_role r)
{
	return roles[r].name;
}

/* Parents stand before their children in the table, so one pass is enough. */
static void inherit(struct rq_theme *t)
{
	size_t i;

	for (i = 1; i < RQ_ROLE_N; i++) {
		if (!t->set[i])
			t->style[i] = t->style[roles[i].parent];
	}
}

void rq_theme_init(struct rq_theme *t)
{
	memset(t, 0, sizeof *t);
	rq_true_colours_init(&t->colours);
	t->style[0] = (struct rq_style){ .fg = -1, .bg = -1 };
	inherit(t);
}

static bool find_role(const char *name, enum rq_role *role)
{
	size_t i;

	for (i = 0; i < RQ_ROLE_N; i++) {
		if (rq_ieq(roles[i].name, name)) {
			*role = (enum rq_role)i;
			return true;
		}
	}
	return false;
}

static const char *nearest_role(const char *name)
{
	const char *best = NULL;
	int distance = 3;
	size_t i;

	for (i = 0; i < RQ_ROLE_N; i++) {
		int d = rq_distance(name, roles[i].name, distance);

		if (d < distance) {
			distance = d;
			best = roles[i].name;
		}
	}
	return best;
}

static bool parse_rgb(struct rq_theme *t, const char *s, int16_t *out)
{
	if (strlen(s) != 7 || strspn(s + 1, "0123456789abcdefABCDEF") != 6)
		return false;
	*out = rq_true_colours_take(&t->colours, (int32_t)strtol(s + 1, NULL, 16));
	return true;
}

static bool parse_colour(struct rq_theme *t, const char *s, int16_t *out)
{
	int bright = rq_starts(s, "bright-") ? 8 : 0, i;
	int64_t number;

	if (rq_eq(s, "default") || rq_eq(s, "-")) {
		*out = -1;
		return true;
	}
	if (s[0] == '#')
		return parse_rgb(t, s, out);
	for (i = 0; i < 8; i++) {
		if (rq_eq(s + (bright ? 7 : 0), colours[i])) {
			*out = (int16_t)(i + bright);
			return true;
		}
	}
	if (!rq_parse_i64(s, &number) || number < 0 || number > 255)
		return false;
	*out = (int16_t)number;
	return true;
}

static bool parse_attribute(const char *s, struct rq_style *style)
{
	if (rq_eq(s, "bold"))
		style->bold = 1;
	else if (rq_eq(s, "dim"))
		style->dim = 1;
	else if (rq_eq(s, "italic"))
		style->italic = 1;
	else if (rq_eq(s, "underline"))
		style->underline = 1;
	else if (rq_eq(s, "reverse"))
		style->reverse = 1;
	else
		return rq_eq(s, "normal");
	return true;
}

static int parse_line(struct rq_theme *t, char *const *w, size_t n, struct rq_error *e)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	enum rq_role role;
	size_t i;

	if (!find_role(w[0], &role)) {
		const char *near = nearest_role(w[0]);

		return rq_fail(e, RQ_EUSAGE, "there is no role \"%s\"%s%s%s", w[0],
			       near ? "; did you mean \"" : "", near ? near : "",
			       near ? "\"?" : "");
	}
	if (n < 3)
		return rq_fail(
			e, RQ_EUSAGE,
			"\"%s\" needs a foreground and a background, like: %s red default bold",
			w[0], w[0]);
	for (i = 1; i < 3; i++) {
		if (!parse_colour(t, w[i], i == 1 ? &style.fg : &style.bg))
			return rq_fail(e, RQ_EUSAGE,
				       "\"%s\" is no colour; use default, a name such as red or "
				       "bright-red, a number 0 to 255, or #rrggbb",
				       w[i]);
	}
	for (i = 3; i < n; i++) {
		if (!parse_attribute(w[i], &style))
			return rq_fail(e, RQ_EUSAGE,
				       "\"%s\" is no attribute; use bold, dim, italic, underline, "
				       "reverse or normal",
				       w[i]);
	}
	t->style[role] = style;
	t->set[role] = true;
	return RQ_OK;
}

int rq_theme_parse(struct rq_theme *t, const char *file, const char *text, size_t n,
		   struct rq_str *all, struct rq_error *e)
{
	struct rq_lines lines = { .text = text, .n = n };
	struct rq_mistakes wrong = { .all = all };
	struct rq_error error;
	char *w[RQ_LINE_WORDS];
	size_t count;

	while (rq_lines_next(&lines, w, RQ_LINE_WORDS, &count)) {
		if (parse_line(t, w, count, &error))
			rq_mistake(&wrong, file, &lines, &error);
	}
	inherit(t);
	return rq_mistakes_end(&wrong, e);
}
