/* Steps about the terminal itself: what a program did to it besides drawing, and how it left it. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tests/screen/match.h"
#include "tests/screen/run.h"

static int kept_events(const struct run *r)
{
	return r->vt.wire.n_events < WIRE_EVENTS ? r->vt.wire.n_events : WIRE_EVENTS;
}

static bool no_events(struct run *r)
{
	const struct wire *w = &r->vt.wire;

	if (!w->n_events)
		return true;
	run_fail(r, "the terminal received %d other than drawing:", w->n_events);
	for (int i = 0; i < kept_events(r) && i < 20; i++)
		run_fail(r, "\n  %s at byte %ld: %s", wire_kind_name(w->events[i].kind),
			 w->events[i].at, w->events[i].text);
	return false;
}

static bool title_untouched(struct run *r)
{
	return !r->vt.title_changes ||
	       run_fail(r, "the title was changed to %s", rq_str_get(&r->vt.title));
}

bool state_mark(struct run *r, const char *arg)
{
	(void)arg;
	run_settle(r);
	rq_str_clear(&r->modes_mark);
	wire_modes(&r->vt.wire, &r->modes_mark);
	return true;
}

/* Since the start nothing but drawing reached the terminal, and the modes are as at mark-state. */
bool state_assert(struct run *r, const char *arg)
{
	struct rq_str modes;
	bool same;

	(void)arg;
	run_settle(r);
	if (!no_events(r) || !title_untouched(r))
		return false;
	rq_str_init(&modes, 0);
	wire_modes(&r->vt.wire, &modes);
	same = !r->modes_mark.len || !strcmp(rq_str_get(&modes), rq_str_get(&r->modes_mark));
	if (!same)
		run_fail(r, "terminal modes are %swere %s", rq_str_get(&modes),
			 rq_str_get(&r->modes_mark));
	rq_str_release(&modes);
	return same;
}

/* "allow bell": forget the events of that kind so far. */
bool state_allow(struct run *r, const char *arg)
{
	run_settle(r);
	for (int i = kept_events(r) - 1; i >= 0; i--)
		if (!strcmp(wire_kind_name(r->vt.wire.events[i].kind), arg))
			wire_forget(&r->vt.wire, i);
	return true;
}

/* "expect-event OSC 2;hello": there was one whose text contains that; it is forgotten then. */
bool state_event(struct run *r, const char *arg)
{
	const struct wire *w = &r->vt.wire;

	run_settle(r);
	for (int i = 0; i < kept_events(r); i++) {
		const char *kind = wire_kind_name(w->events[i].kind);
		size_t n = strlen(kind);

		if (strncmp(arg, kind, n) || !strstr(w->events[i].text, arg + n + (arg[n] == ' ')))
			continue;
		wire_forget(&r->vt.wire, i);
		return true;
	}
	return run_fail(r, "no such event: %s", arg);
}

/* --- the clipboard --- */

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void base64_decode(const char *s, struct rq_str *out)
{
	unsigned bits = 0;
	int n = 0;

	for (; base64_value(*s) >= 0; s++) {
		bits = bits << 6 | (unsigned)base64_value(*s);
		n += 6;
		if (n >= 8) {
			n -= 8;
			rq_str_addc(out, (char)(bits >> n & 0xff));
		}
	}
}

static bool copied(struct run *r, const void *arg)
{
	int i = wire_last_osc(&r->vt.wire, "52");
	const char *data = i < 0 ? NULL : strchr(r->vt.wire.events[i].payload + 3, ';');
	struct rq_str text;
	bool same;

	if (!data)
		return false;
	rq_str_init(&text, 0);
	base64_decode(data + 1, &text);
	same = !strcmp(rq_str_get(&text), arg);
	rq_str_release(&text);
	return same;
}

/* "expect-copy TEXT": the last OSC 52 puts exactly that into the clipboard. Forgotten then. */
bool state_copy(struct run *r, const char *arg)
{
	int i;

	if (!run_until(r, copied, arg)) {
		i = wire_last_osc(&r->vt.wire, "52");
		return run_fail(r, "not copied: %s; the last copy is %s", arg,
				i < 0 ? "none" : r->vt.wire.events[i].payload);
	}
	while ((i = wire_last_osc(&r->vt.wire, "52")) >= 0)
		wire_forget(&r->vt.wire, i);
	return true;
}

static bool titled(struct run *r, const void *arg)
{
	return match_line(arg, rq_str_get(&r->vt.title));
}

/* "expect-title TEXT": the terminal has that title; see match.h. */
bool state_title(struct run *r, const char *arg)
{
	return run_until(r, titled, arg) || run_fail(r, "the title is \"%s\"", rq_str_get(&r->vt.title));
}

/* --- after the end --- */

static bool screen_clean(struct run *r)
{
	const struct wire *w = &r->vt.wire;
	struct rq_str modes;
	bool clean;

	rq_str_init(&modes, 0);
	wire_modes(w, &modes);
	clean = !strcmp(rq_str_get(&modes), "7 25 ");
	if (!clean)
		run_fail(r, "modes left on: %s(7 and 25 are right)", rq_str_get(&modes));
	rq_str_release(&modes);
	if (!clean)
		return false;
	/* Whether the cursor shows is mode 25 above: libvterm has one saved cursor for both screens, with
	 * the mode in it, so that one saved on the other screen would come back. */
	if (r->vt.altscreen || r->vt.mouse)
		return run_fail(r, "left behind: other screen %d, mouse %d", r->vt.altscreen,
				r->vt.mouse);
	if (w->region_top > 1 || (w->region_bottom && w->region_bottom < r->vt.rows))
		return run_fail(r, "a scroll region is left: %d to %d", w->region_top,
				w->region_bottom);
	return vt_pen_is_plain(&r->vt) || run_fail(r, "an attribute or colour is left on");
}

static bool line_is_fresh(struct run *r)
{
	struct rq_str line;
	bool fresh;
	int row, col;

	vt_cursor(&r->vt, &row, &col);
	rq_str_init(&line, 0);
	vt_row(&r->vt, row, &line);
	/* A terminal without a second screen keeps the picture; the prompt then goes over its last
	 * row. */
	fresh = col == 0 && (!line.len || row == r->vt.rows - 1);
	rq_str_release(&line);
	return fresh || run_fail(r, "the shell's prompt would not be on a line of its own");
}

static bool program_gone(struct run *r, const void *arg)
{
	(void)arg;
	return r->pty.exited || r->pty.stopped;
}

/* After the end, or while it is stopped: the shell finds its terminal as it was. */
bool state_clean(struct run *r, const char *arg)
{
	char why[256];

	(void)arg;
	if (!run_until(r, program_gone, NULL))
		return run_fail(r, "the program is still running");
	run_settle(r);
	if (!screen_clean(r) || !title_untouched(r))
		return false;
	if (r->vt.title.len)
		return run_fail(r, "the title is still \"%s\"", rq_str_get(&r->vt.title));
	if (!pty_modes_restored(&r->pty, why, sizeof why))
		return run_fail(r, "%s", why);
	return line_is_fresh(r);
}
