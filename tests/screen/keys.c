/* Key text to bytes. Cursor keys follow the mode that the program asked for, as a terminal's do. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/screen/run.h"

struct named {
	const char *name, *bytes, *application;
};

static const struct named names[] = {
	{ "Enter", "\r", NULL },         { "Tab", "\t", NULL },
	{ "S-Tab", "\033[Z", NULL },     { "Space", " ", NULL },
	{ "Backspace", "\177", NULL },   { "lt", "<", NULL },
	{ "Up", "\033[A", "\033OA" },    { "Down", "\033[B", "\033OB" },
	{ "Right", "\033[C", "\033OC" }, { "Left", "\033[D", "\033OD" },
	{ "Home", "\033[H", "\033OH" },  { "End", "\033[F", "\033OF" },
	{ "Ins", "\033[2~", NULL },      { "Del", "\033[3~", NULL },
	{ "PageUp", "\033[5~", NULL },   { "PageDown", "\033[6~", NULL },
	{ "F1", "\033OP", NULL },        { "F2", "\033OQ", NULL },
	{ "F3", "\033OR", NULL },        { "F4", "\033OS", NULL },
	{ "F5", "\033[15~", NULL },      { "F6", "\033[17~", NULL },
	{ "F7", "\033[18~", NULL },      { "F8", "\033[19~", NULL },
	{ "F9", "\033[20~", NULL },      { "F10", "\033[21~", NULL },
	{ "F11", "\033[23~", NULL },     { "F12", "\033[24~", NULL },
};

static bool add_named(struct run *r, const char *name, size_t n, struct rq_str *out)
{
	bool app = wire_mode(&r->vt.wire, 1);

	if (n == 3 && rq_starts(name, "C-")) {
		rq_str_addc(out, (char)(toupper((unsigned char)name[2]) & 0x1f));
		return true;
	}
	if (n == 3 && rq_starts(name, "M-")) {
		rq_str_addc(out, '\033');
		rq_str_addc(out, name[2]);
		return true;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strlen(names[i].name) != n || strncmp(names[i].name, name, n))
			continue;
		rq_str_add(out,
			   app && names[i].application ? names[i].application : names[i].bytes);
		return true;
	}
	return false;
}

/* S is behind a backslash; returns how many characters were taken. */
static size_t add_escape(const char *s, struct rq_str *out)
{
	static const char from[] = "ertn0", to[] = "\033\r\t\n";
	const char *at = strchr(from, *s);
	char hex[3] = "", *end;

	if (*s == 'x' && s[1]) {
		memcpy(hex, s + 1, s[2] ? 2 : 1);
		rq_str_addc(out, (char)strtol(hex, &end, 16));
		return 1 + (size_t)(end - hex);
	}
	rq_str_addc(out, *s && at ? to[at - from] : *s);
	return 1;
}

static bool all_read(struct run *r, const void *arg)
{
	(void)arg;
	return !pty_unread(&r->pty) || r->pty.exited || r->pty.stopped;
}

static bool flush(struct run *r, struct rq_str *bytes)
{
	bool done = !bytes->len || pty_write(&r->pty, bytes->s, bytes->len);

	rq_str_clear(bytes);
	return done || run_fail(r, "the program does not read its keys");
}

/* A lone escape is told from the start of a sequence by the pause behind it, by nothing else: programs
 * allow 25 ms. What is drawn meanwhile does not shorten it. */
static bool send_escape(struct run *r, struct rq_str *bytes)
{
	rq_str_addc(bytes, '\033');
	if (!flush(r, bytes))
		return false;
	run_until(r, all_read, NULL);
	for (int i = 0; i < 6; i++) {
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
		run_pump(r, 0);
	}
	return true;
}

static bool send_all(struct run *r, const char *s, struct rq_str *bytes)
{
	while (*s) {
		const char *close = *s == '<' ? strchr(s, '>') : NULL;

		if (rq_starts(s, "<Esc>")) {
			if (!send_escape(r, bytes))
				return false;
			s = close + 1;
		} else if (close && close > s + 1) {
			if (!add_named(r, s + 1, (size_t)(close - s - 1), bytes))
				return run_fail(r, "no key is called %.*s", (int)(close - s + 1),
						s);
			s = close + 1;
		} else if (*s == '\\' && s[1]) {
			s++;
			s += add_escape(s, bytes);
		} else {
			rq_str_addc(bytes, *s++);
		}
	}
	return flush(r, bytes);
}

bool run_keys(struct run *r, const char *text)
{
	struct rq_str bytes;
	bool done;

	if (!r->active || r->pty.master < 0)
		return run_fail(r, "there is no terminal to type at");
	run_pump(r, 0);
	r->bytes_at_key = r->vt.wire.bytes;
	r->writes_at_key = run_writes(r);
	rq_str_init(&bytes, 0);
	done = send_all(r, text, &bytes);
	rq_str_release(&bytes);
	if (done)
		run_until(r, all_read, NULL);
	run_stir(r);
	return done;
}
