/* Manual pages as the console shows them: each one is understood, fits the screen at every width, and says what mandoc
 * says; each topic has its place. */
#include "tests/unit/unit.h"

#include "core/base/embed.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/command.h"
#include "tui/manpage.h"
#include "tui/manual.h"

static void line_text(const struct rq_manpage *p, size_t i, struct rq_str *out)
{
	rq_str_clear(out);
	rq_rich_text(&p->rich, i, out);
}

static void whole_text(const char *mdoc, int cols, struct rq_str *out)
{
	struct rq_manpage p;
	struct rq_str line;
	size_t i;

	rq_str_init(&line, 0);
	rq_manpage_render(mdoc, strlen(mdoc), cols, NULL, &p);
	assert_string_equal(rq_str_get(&p.problems), "");
	for (i = 0; i < p.rich.n; i++) {
		line_text(&p, i, &line);
		rq_str_addf(out, "%s\n", rq_str_get(&line));
	}
	rq_str_release(&line);
	rq_manpage_release(&p);
}

static void shows(const char *mdoc, const char *wanted)
{
	struct rq_str got;

	rq_str_init(&got, 0);
	whole_text(mdoc, 40, &got);
	assert_string_equal(rq_str_get(&got), wanted);
	rq_str_release(&got);
}

static void test_macros(void **state)
{
	(void)state;
	shows(".Sh NAME\n.Nm relayq\n.Nd a queue\n", "NAME\n    relayq - a queue\n");
	shows(".Nm x\n.Op Fl Fl read-only ,\n.Op Fl f Ar FILE\n", "x [--read-only], [-f FILE]\n");
	shows("See\n.Xr relayq-drain 1 .\nThen\n.Pq or Cm not\nit\n.Ql ends .\n",
	      "See relayq-drain(1). Then (or not) it\n'ends'.\n");
	shows(".Ar QUEUE : Ns Ar NUMBER ,\nas\n", "QUEUE:NUMBER, as\n");
	shows(".Bl -tag -width Ds\n.It Cm a\nFirst.\n.It Cm longer-than-that\nSecond.\n.El\nEnd.\n",
	      "a     First.\n\nlonger-than-that\n      Second.\nEnd.\n");
	shows(".Bl -enum\n.It\none\n.It\ntwo\n.El\n", "1.  one\n\n2.  two\n");
	shows(".Bl -column \"abc\" \"d\"\n.It Li a Ta b\n.It ccc Ta d\n.El\n", "a    b\nccc  d\n");
	shows("a\n.Bd -literal -offset indent\nx  y\n\nz\\(dq\n.Ed\nb\n", "a\n\n      x  y\n\n      z\"\nb\n");
	shows("word word word word word word word wo word\n", "word word word word word word word wo\nword\n");
	shows(".Oo Ar ID\n.Oc\nx\n", "[ID] x\n");
	shows(".D1 Ar KEY Bo Ar LABEL Bc Ar COMMAND\n", "      KEY [LABEL] COMMAND\n");
}

static void test_what_is_not_understood(void **state)
{
	static const char text[] = ".Zz top\ntext \\x\n";
	struct rq_manpage p;

	(void)state;
	rq_manpage_render(text, strlen(text), 40, NULL, &p);
	assert_non_null(strstr(rq_str_get(&p.problems), "unknown macro: .Zz"));
	assert_non_null(strstr(rq_str_get(&p.problems), "unknown escape: \\x"));
	rq_manpage_release(&p);
}

static void check_page(const struct rq_embedded *f, int cols)
{
	struct rq_manpage p;
	struct rq_str line;
	size_t i;

	rq_str_init(&line, 0);
	rq_manpage_render((const char *)f->bytes, f->length, cols, NULL, &p);
	if (p.problems.len)
		fail_msg("%s: %s", f->name, p.problems.s);
	assert_true(p.rich.n > 5);
	for (i = 0; i < p.rich.n; i++) {
		line_text(&p, i, &line);
		if (rq_text_width(rq_str_get(&line)) > cols)
			fail_msg("%s at %d columns: too wide: %s", f->name, cols, rq_str_get(&line));
	}
	for (i = 0; i < p.links.n; i++) {
		const struct rq_man_link *l = &p.links.v[i];

		assert_true(l->line < p.rich.n && l->cols > 0 && l->col + l->cols <= cols);
		if (rq_starts(l->page, "relayq") && !rq_manual_page(l->page))
			fail_msg("%s refers to %s, which is not there", f->name, l->page);
	}
	rq_str_release(&line);
	rq_manpage_release(&p);
}

static void test_every_page_at_every_width(void **state)
{
	static const int widths[] = { 58, 78, 100, 20, 7 };
	const struct rq_embedded *f;
	size_t i, n = 0;

	(void)state;
	for (f = rq_embedded_files; f->name; f++) {
		if (!rq_starts(f->name, "man/"))
			continue;
		n++;
		for (i = 0; i < sizeof widths / sizeof widths[0]; i++)
			check_page(f, widths[i]);
	}
	assert_true(n >= 28);
}

/* Letters and digits alone: how it is quoted, and where lines break, is each renderer's own. */
static void squeeze(const char *s, struct rq_str *out)
{
	for (; *s; s++) {
		if (s[0] == '_' && s[1] == '\b')
			s += 2;
		if (*s == '\b' && s[1])
			s++;
		else if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
			rq_str_addc(out, *s);
	}
}

static bool run_mandoc(const struct rq_embedded *f, struct rq_str *out)
{
	char command[512], buf[4096];
	FILE *p;
	size_t n;

	snprintf(command, sizeof command, "mandoc -Tascii -O width=78 '%s/%s' 2>/dev/null", getenv("top_srcdir"), f->name);
	p = popen(command, "r");
	assert_non_null(p);
	while ((n = fread(buf, 1, sizeof buf, p)) > 0)
		rq_str_addn(out, buf, n);
	return pclose(p) == 0 && out->len > 100;
}

/* Without mandoc's first and last line, which tell the page's name, date and system. */
static void body_of(struct rq_str *page)
{
	char *s = page->s, *first = strchr(s, '\n'), *last;

	page->len -= page->s[page->len - 1] == '\n';
	page->s[page->len] = '\0';
	last = strrchr(s, '\n');
	*last = '\0';
	page->len = (size_t)(last - first);
	memmove(s, first, page->len + 1);
}

static void test_what_mandoc_says(void **state)
{
	const struct rq_embedded *f;
	struct rq_str theirs, ours, a, b;

	(void)state;
	if (!getenv("top_srcdir") || system("command -v mandoc >/dev/null") != 0)
		skip();
	for (f = rq_embedded_files; f->name; f++) {
		if (!rq_starts(f->name, "man/"))
			continue;
		rq_str_init(&theirs, 0);
		rq_str_init(&ours, 0);
		rq_str_init(&a, 0);
		rq_str_init(&b, 0);
		assert_true(run_mandoc(f, &theirs));
		body_of(&theirs);
		whole_text((const char *)f->bytes, 78, &ours);
		squeeze(rq_str_get(&theirs), &a);
		squeeze(rq_str_get(&ours), &b);
		if (!rq_eq(rq_str_get(&a), rq_str_get(&b))) {
			size_t i = 0;

			while (a.s[i] && a.s[i] == b.s[i])
				i++;
			fail_msg("%s differs from mandoc's at: %.60s (mandoc) %.60s (ours)", f->name, a.s + i, b.s + i);
		}
		rq_str_release(&theirs);
		rq_str_release(&ours);
		rq_str_release(&a);
		rq_str_release(&b);
	}
}

static void told_in(const char *topic, const char *page, const char *anchor)
{
	struct rq_str at, near;
	const struct rq_embedded *f;

	rq_str_init(&at, 0);
	rq_str_init(&near, 0);
	f = rq_manual_find(topic, &at, &near);
	if (!f)
		fail_msg("%s: told nowhere", topic);
	assert_string_equal(rq_manual_name(f), page);
	assert_string_equal(rq_str_get(&at), anchor);
	if (*anchor) {
		struct rq_manpage p;

		rq_manpage_render((const char *)f->bytes, f->length, 78, anchor, &p);
		assert_true(p.anchor > 0 && p.anchor < p.rich.n);
		rq_manpage_release(&p);
	}
	rq_str_release(&at);
	rq_str_release(&near);
}

static void test_topics(void **state)
{
	struct rq_str at, near;
	size_t i;

	(void)state;
	told_in("drain", "relayq-drain.1", "");
	told_in("undrain", "relayq-drain.1", ".Ss relayq undrain");
	told_in("runner new", "relayq-runner.1", ".Ss relayq runner new");
	told_in("policy", "relayq-policy.1", "");
	told_in("policy.5", "relayq-policy.5", "");
	told_in("keymap", "relayq-keymap.5", "");
	told_in("theme", "relayq-theme.5", "");
	told_in("github", "relayq-github.7", "");
	told_in("ui.theme", "relayq-config.5", ".It Cm ui.theme");
	told_in("sort reverse", "relayq-keymap.5", ".It Cm sort reverse");
	for (i = 0; rq_commands[i]; i++) {
		if (rq_commands[i]->name[0] == '_')
			continue;
		rq_str_init(&at, 0);
		if (!rq_manual_find(rq_commands[i]->name, &at, NULL))
			fail_msg("%s: told nowhere", rq_commands[i]->name);
		rq_str_release(&at);
	}
	rq_str_init(&at, 0);
	rq_str_init(&near, 0);
	assert_null(rq_manual_find("keympa", &at, &near));
	assert_string_equal(rq_str_get(&near), "keymap");
	rq_str_clear(&near);
	assert_null(rq_manual_find("xyzzyxyzzy", &at, &near));
	assert_string_equal(rq_str_get(&near), "");
	rq_str_release(&at);
	rq_str_release(&near);
}

static void test_index(void **state)
{
	struct rq_str text, shown;

	(void)state;
	rq_str_init(&text, 0);
	rq_str_init(&shown, 0);
	rq_manual_index(&text);
	whole_text(rq_str_get(&text), 78, &shown);
	assert_non_null(strstr(rq_str_get(&shown), "relayq-keymap(5)"));
	assert_non_null(strstr(rq_str_get(&shown), "keys of relayq's console"));
	rq_str_release(&text);
	rq_str_release(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_macros),
		cmocka_unit_test(test_what_is_not_understood),
		cmocka_unit_test(test_every_page_at_every_width),
		cmocka_unit_test(test_what_mandoc_says),
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
