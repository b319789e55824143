/* The terminal, by curses. Facts that this file rests on:
 *  - curses writes at every cursor move until one endwin() was made; so one is made before the
 * first frame, and from then on a frame is one write.
 *  - a lone ESC would block for a second; ESCDELAY is 25 ms, unless the environment says otherwise: a slow line may
 *    need more to tell alt-x from ESC and x.
 *  - after poll() says readable, keys must be read until there are none: curses reads ahead.
 *  - reading from a window refreshes it; from a pad it does not, so keys are read from a pad.
 *  - nothing tells how much a terminal has yet to show: a pseudo-terminal takes 20 kB, a connection
 * more. So on a slow link each frame ends with a question, and the next one waits for the answer. */
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/crash.h"
#include "tui/key.h"
#include "tui/truecolour.h"
#include "tui/output.h"

enum { ESC_DELAY_MS = 25, OWN_CODES = 2000, ANSWER_CODE = 1999, ANSWER_MS = 3000, DRAIN_MS = 1000, TITLE_LEN = 80 };

/* "Are you well?", which every terminal since the VT100 answers, and its yes. */
static const char question[] = "\033[5n", answer[] = "\033[0n";

struct rq_term {
	SCREEN *screen;
	WINDOW *keys;
	FILE *to;                       /* what curses writes to: a descriptor of its own */
	struct rq_output *out;
	bool keypad;                    /* its mode is on, since the last endwin() */
	bool asked, mute;               /* the answer is still to come; none ever came */
	int64_t asked_ns;
	bool colour, paste, mouse;
	bool stopped_self; /* a SIGCONT is still to be told that was answered already */
	char title[TITLE_LEN];          /* as long as the terminal is ours; "": it is left alone */
	int click_row, click_col;
	char note[160];
	struct termios before;
	char leave[RQ_CRASH_TEXT];      /* what gives the terminal back */
};

/* The title is put aside, and taken from there again. A terminal that cannot keep it gets none instead of ours. */
static const char title_aside[] = "\033[22;2t", title_again[] = "\033]2;\007\033[23;2t";

/* Forms of keys that terminfo does not tell, or only one of two. */
static const struct {
	const char *bytes;
	uint32_t key;
} forms[] = {
	{ "\033[A", RQ_KEY_UP },
	{ "\033[B", RQ_KEY_DOWN },
	{ "\033[C", RQ_KEY_RIGHT },
	{ "\033[D", RQ_KEY_LEFT },
	{ "\033OA", RQ_KEY_UP },
	{ "\033OB", RQ_KEY_DOWN },
	{ "\033OC", RQ_KEY_RIGHT },
	{ "\033OD", RQ_KEY_LEFT },
	{ "\033[H", RQ_KEY_HOME },
	{ "\033[F", RQ_KEY_END },
	{ "\033OH", RQ_KEY_HOME },
	{ "\033OF", RQ_KEY_END },
	{ "\033[1~", RQ_KEY_HOME },
	{ "\033[4~", RQ_KEY_END },
	{ "\033[7~", RQ_KEY_HOME },
	{ "\033[8~", RQ_KEY_END },
	{ "\033[2~", RQ_KEY_INSERT },
	{ "\033[3~", RQ_KEY_DELETE },
	{ "\033[5~", RQ_KEY_PAGE_UP },
	{ "\033[6~", RQ_KEY_PAGE_DOWN },
	{ "\033[Z", RQ_KEY_SHIFT_TAB },
	{ "\033[1;2A", RQ_KEY_SHIFT_UP },
	{ "\033[1;2B", RQ_KEY_SHIFT_DOWN },
	{ "\033[1;2C", RQ_KEY_SHIFT_RIGHT },
	{ "\033[1;2D", RQ_KEY_SHIFT_LEFT },
	{ "\033[1;5A", RQ_KEY_CTRL_UP },
	{ "\033[1;5B", RQ_KEY_CTRL_DOWN },
	{ "\033[1;5C", RQ_KEY_CTRL_RIGHT },
	{ "\033[1;5D", RQ_KEY_CTRL_LEFT },
	{ "\033[200~", RQ_KEY_PASTE_BEGIN },
	{ "\033[201~", RQ_KEY_PASTE_END },
};

enum { N_FORMS = sizeof forms / sizeof forms[0] };

/* Not [ and O, which begin other keys, nor what terminals answer with: ] P X ^ _ and the backslash. */
static const char alt_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNQRSTUVWYZ0123456789"
				"!\"#$%&'()*+,-./:;<=>?@_`{|}~";

static void define_keys(void)
{
	char bytes[] = "\033?";
	int i;

	for (i = 0; i < N_FORMS; i++)
		define_key(forms[i].bytes, OWN_CODES + (int)(forms[i].key - RQ_KEY_FIRST_NAMED));
	define_key(answer, ANSWER_CODE);
	for (i = 0; alt_chars[i]; i++) {
		bytes[1] = alt_chars[i];
		define_key(bytes, OWN_CODES + 256 + alt_chars[i]);
	}
}

static const char *capability(const char *name)
{
	const char *s = tigetstr((char *)name);

	return s && s != (char *)-1 ? s : "";
}

/* A terminfo string without its delays ("$<2>"): it is written when nothing may be called any more.
 */
static void add_capability(char *to, size_t size, const char *name)
{
	const char *s = capability(name), *end;
	size_t n = strlen(to);

	while (*s && n + 1 < size) {
		if (s[0] == '$' && s[1] == '<' && (end = strchr(s, '>')))
			s = end + 1;
		else
			to[n++] = *s++;
	}
	to[n] = '\0';
}

static void prepare_leaving(struct rq_term *t)
{
	static const char *const names[] = { "sgr0", "rmkx", "rmcup", "cnorm" };
	size_t i;

	snprintf(t->leave, sizeof t->leave, "%s%s", t->paste ? "\033[?2004l" : "", *t->title ? title_again : "");
	if (t->mouse)
		rq_copy(t->leave + strlen(t->leave), sizeof t->leave - strlen(t->leave),
			"\033[?1000l\033[?1006l");
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		add_capability(t->leave, sizeof t->leave, names[i]);
	rq_crash_arm(&t->before, t->leave);
}

/* newterm() leaks when it does not know the name. */
static bool known(const char *name)
{
	int why;

	if (!name || !*name || setupterm((char *)name, STDOUT_FILENO, &why) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

static SCREEN *open_screen(FILE *to, char *note, size_t size)
{
	static const char *const names[] = { "xterm-256color", "xterm", "vt100" };
	const char *own = getenv("TERM");
	SCREEN *s = known(own) ? newterm((char *)own, to, stdin) : NULL;
	size_t i;

	for (i = 0; !s && i < sizeof names / sizeof names[0]; i++) {
		s = known(names[i]) ? newterm((char *)names[i], to, stdin) : NULL;
		if (s)
			snprintf(note, size,
				 "This system does not know the terminal \"%.40s\"; it is used "
				 "like %s.",
				 own ? own : "", names[i]);
	}
	return s;
}

void rq_term_write(struct rq_term *t, const char *s, size_t n)
{
	rq_output_add(t->out, s, n);
	rq_output_flush(t->out);
}

/* What curses knows nothing of; it goes with what is sent next. */
static void set_own(struct rq_term *t, bool on)
{
	char title[TITLE_LEN + 32] = "";

	if (*t->title && on)
		snprintf(title, sizeof title, "%s\033]2;%s\007", title_aside, t->title);
	else if (*t->title)
		rq_copy(title, sizeof title, title_again);
	rq_output_add(t->out, title, strlen(title));
	if (t->paste)
		rq_output_add(t->out, on ? "\033[?2004h" : "\033[?2004l", 8);
}

/* Of the others some would print what is meant to be one. */
static bool has_title(void)
{
	static const char *const with[] = { "xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "kitty", "konsole", "vte",
					    "gnome", "st-", "wezterm", "ghostty", "contour", "mintty", "iterm" };
	const char *name = getenv("TERM");
	size_t i;

	for (i = 0; i < sizeof with / sizeof with[0]; i++)
		if (name && rq_starts(name, with[i]))
			return true;
	return false;
}

/* Presses alone, at once: waiting for a second click would hold up the loop. */
static void take_mouse(struct rq_term *t)
{
	mouseinterval(0);
	t->mouse = mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL) != 0;
}

static int esc_delay(void)
{
	const char *own = getenv("ESCDELAY");
	int64_t ms;

	return own && rq_parse_i64(own, &ms) && ms >= 0 && ms <= 10000 ? (int)ms : ESC_DELAY_MS;
}

static void set_modes(struct rq_term *t, bool colour, bool mouse)
{
	raw();
	noecho();
	nonl();
	/* What curses says before its first frame it says once more with it. */
	rq_output_catch(t->out);
	curs_set(0);
	leaveok(stdscr, TRUE);
	typeahead(-1); /* a frame is sent whole */
	set_escdelay(esc_delay());
	t->keys = newpad(1, 1);
	keypad(t->keys, TRUE);
	nodelay(t->keys, TRUE);
	define_keys();
	/* On a terminal without colours start_color() may succeed and pairs crash. */
	t->colour = colour && has_colors() && start_color() == OK && COLORS >= 8 && COLOR_PAIRS > 1;
	if (t->colour)
		use_default_colors();
	t->paste = *capability("BE") != '\0';
	if (mouse)
		take_mouse(t);
}

static void close_screen(struct rq_term *t)
{
	if (t->screen)
		delscreen(t->screen);
	rq_output_free(t->out);
	if (t->to)
		fclose(t->to);
	rq_free(t);
}

static bool open_output(struct rq_term *t)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	t->to = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (t->to)
		t->screen = open_screen(t->to, t->note, sizeof t->note);
	if (!t->screen)
		return false;
	t->out = rq_output_new(fd);
	if (*capability("cup"))
		return true;
	endwin();
	return false;
}

int rq_term_start(bool colour, bool mouse, const char *title, struct rq_term **out, const char **note,
		  struct rq_error *e)
{
	struct rq_term *t = rq_alloc(sizeof *t);
	const char *name = getenv("TERM");

	if (tcgetattr(STDIN_FILENO, &t->before) || !isatty(STDOUT_FILENO)) {
		rq_free(t);
		return rq_fail(
			e, RQ_EUNSUPPORTED,
			"The console needs a terminal; use the commands instead (relayq help).");
	}
	use_env(FALSE);
	use_tioctl(TRUE);
	if (!open_output(t)) {
		close_screen(t);
		return rq_fail(e, RQ_EUNSUPPORTED,
			       "The terminal \"%.40s\" cannot place its cursor, so there can be no "
			       "console on it; use the commands instead (relayq help).",
			       name ? name : "");
	}
	set_modes(t, colour, mouse);
	if (title && has_title())
		rq_copy(t->title, sizeof t->title, title);
	prepare_leaving(t);
	rq_crash_hold_stderr();
	endwin();
	rq_output_release(t->out, true);
	set_own(t, true);
	if (note)
		*note = t->note;
	*out = t;
	return RQ_OK;
}

/* ---- frames ---- */

void rq_term_frame_begin(struct rq_term *t)
{
	rq_output_catch(t->out);
}

void rq_term_frame_end(struct rq_term *t, bool slow)
{
	/* After a pause the first key would bring that, amid what is left. */
	if (!t->keypad)
		keypad(t->keys, TRUE);
	t->keypad = true;
	if (rq_output_release(t->out, false) && slow && !t->mute) {
		rq_output_add(t->out, question, sizeof question - 1);
		t->asked = true;
		t->asked_ns = rq_mono_ns();
	}
	rq_output_flush(t->out);
}

bool rq_term_flush(struct rq_term *t)
{
	return rq_output_flush(t->out);
}

int rq_term_fd(const struct rq_term *t)
{
	return rq_output_fd(t->out);
}

int rq_term_behind(struct rq_term *t)
{
	int64_t since = (rq_mono_ns() - t->asked_ns) / 1000000;

	if (!t->asked)
		return 0;
	if (since < ANSWER_MS)
		return (int)(ANSWER_MS - since);
	t->asked = false;
	t->mute = true;
	return 0;
}

/* An answer that came later would be read by the shell. */
static void await_answer(struct rq_term *t)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	wint_t c;
	int kind;

	rq_output_drain(t->out, DRAIN_MS);
	while (t->asked && poll(&p, 1, DRAIN_MS) > 0 && !(p.revents & (POLLHUP | POLLERR)))
		while (t->asked && (kind = wget_wch(t->keys, &c)) != ERR)
			t->asked = !(kind == KEY_CODE_YES && c == ANSWER_CODE);
	t->asked = false;
}

/* ---- leaving ---- */

/* Also a terminal that takes nothing any more can be left. */
static void leave(struct rq_term *t)
{
	await_answer(t);
	set_own(t, false);
	rq_output_catch(t->out);
	endwin();
	rq_output_release(t->out, false);
	rq_output_drain(t->out, DRAIN_MS);
	tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	t->keypad = false;
}

void rq_term_stop(struct rq_term *t)
{
	if (!t)
		return;
	leave(t);
	delwin(t->keys);
	rq_crash_disarm();
	rq_crash_release_stderr();
	close_screen(t);
}

static uint32_t from_code(int code)
{
	if (code >= OWN_CODES + 256)
		return RQ_KEY_ALT | (uint32_t)(code - OWN_CODES - 256);
	if (code >= OWN_CODES)
		return RQ_KEY_FIRST_NAMED + (uint32_t)(code - OWN_CODES);
	if (code > KEY_F0 && code <= KEY_F0 + 12)
		return RQ_KEY_F1 + (uint32_t)(code - KEY_F0 - 1);
	switch (code) {
	case KEY_UP: return RQ_KEY_UP;
	case KEY_DOWN: return RQ_KEY_DOWN;
	case KEY_LEFT: return RQ_KEY_LEFT;
	case KEY_RIGHT: return RQ_KEY_RIGHT;
	case KEY_HOME: case KEY_A1: case KEY_FIND: return RQ_KEY_HOME;
	case KEY_END: case KEY_C1: case KEY_SELECT: return RQ_KEY_END;
	case KEY_PPAGE: case KEY_A3: return RQ_KEY_PAGE_UP;
	case KEY_NPAGE: case KEY_C3: return RQ_KEY_PAGE_DOWN;
	case KEY_IC: return RQ_KEY_INSERT;
	case KEY_DC: return RQ_KEY_DELETE;
	case KEY_BACKSPACE: return RQ_KEY_BACKSPACE;
	case KEY_ENTER: return RQ_KEY_ENTER;
	case KEY_SUSPEND: return 26; /* on Linux's own terminal, ctrl-z */
	case KEY_BTAB: return RQ_KEY_SHIFT_TAB;
	case KEY_SR: return RQ_KEY_SHIFT_UP;
	case KEY_SF: return RQ_KEY_SHIFT_DOWN;
	case KEY_SLEFT: return RQ_KEY_SHIFT_LEFT;
	case KEY_SRIGHT: return RQ_KEY_SHIFT_RIGHT;
	}
	return RQ_KEY_FIRST_NAMED; /* one that has no name here */
}

static uint32_t from_character(wint_t c)
{
	switch (c) {
	case '\r': case '\n': return RQ_KEY_ENTER;
	case '\t': return RQ_KEY_TAB;
	case '\b': case 0x7f: return RQ_KEY_BACKSPACE;
	case 0x1b: return RQ_KEY_ESC;
	case 0: return ' '; /* ctrl-space */
	}
	return (uint32_t)c;
}

static uint32_t from_mouse(struct rq_term *t)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return 0;
	if (event.bstate & BUTTON4_PRESSED)
		return RQ_KEY_WHEEL_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return RQ_KEY_WHEEL_DOWN;
	t->click_row = event.y;
	t->click_col = event.x;
	return event.bstate & BUTTON1_PRESSED ? RQ_KEY_CLICK : 0;
}

void rq_term_clicked(const struct rq_term *t, int *row, int *col)
{
	*row = t->click_row;
	*col = t->click_col;
}

uint32_t rq_term_key(struct rq_term *t)
{
	uint32_t key;
	wint_t c;

	for (;;) {
		int kind = wget_wch(t->keys, &c);

		if (kind == ERR)
			return 0;
		if (kind == KEY_CODE_YES && c == KEY_RESIZE)
			continue;
		if (kind == KEY_CODE_YES && c == ANSWER_CODE) {
			t->asked = t->mute = false;
			continue;
		}
		if (kind == KEY_CODE_YES && c == KEY_MOUSE) {
			key = from_mouse(t);
			if (key)
				return key;
			continue;
		}
		return kind == KEY_CODE_YES ? from_code((int)c) : from_character(c);
	}
}

bool rq_term_lost(struct rq_term *t)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct termios now;

	(void)t;
	if (tcgetattr(STDIN_FILENO, &now) && errno != EINTR)
		return true;
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

void rq_term_resized(struct rq_term *t)
{
	struct winsize size;

	(void)t;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 0 && size.ws_col > 0 &&
	    (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
}

void rq_term_take_back(struct rq_term *t)
{
	reset_prog_mode(); /* the next frame cannot: it is caught */
	set_own(t, true);
	rq_term_resized(t);
	rq_term_redraw(t);
}

void rq_term_continued(struct rq_term *t)
{
	if (t->stopped_self) {
		t->stopped_self = false;
		return;
	}
	/* Stopped from outside, without a chance to give the terminal back: take it over anew. */
	endwin();
	set_own(t, false);
	t->keypad = false;
	rq_term_take_back(t);
}

void rq_term_suspend(struct rq_term *t)
{
	struct sigaction stop = { 0 }, before;

	t->stopped_self = true;
	leave(t);
	stop.sa_handler = SIG_DFL;
	sigaction(SIGTSTP, &stop, &before);
	kill(0, SIGTSTP);
	/* Here again after fg. */
	sigaction(SIGTSTP, &before, NULL);
	rq_term_take_back(t);
}

void rq_term_lend(struct rq_term *t)
{
	leave(t);
}

void rq_term_redraw(struct rq_term *t)
{
	(void)t;
	clearok(curscr, TRUE);
}

int rq_term_rows(const struct rq_term *t)
{
	(void)t;
	return LINES;
}

int rq_term_cols(const struct rq_term *t)
{
	(void)t;
	return COLS;
}

int rq_term_colours(const struct rq_term *t)
{
	return t->colour ? COLORS : 0;
}

/* terminfo's entries for 256 colours do not tell; GNU screen has the environment of the terminal around it. */
static bool has_all_colours(void)
{
	const char *says = getenv("COLORTERM"), *name = getenv("TERM");

	if (!getenv("TMUX") && name && rq_starts(name, "screen"))
		return false;
	return (says && (rq_eq(says, "truecolor") || rq_eq(says, "24bit"))) || tigetflag((char *)"RGB") > 0 ||
	       tigetflag((char *)"Tc") > 0;
}

void rq_term_true_colours(struct rq_term *t, const struct rq_true_colours *colours, bool force)
{
	bool can = t->colour && COLORS >= 256 && (force || has_all_colours());

	rq_output_colours(t->out, can && colours && rq_true_colours_any(colours) ? colours : NULL);
}
