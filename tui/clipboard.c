/* The clipboard. */
#include "tui/clipboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "tui/ui.h"

enum { SCREEN_PIECE = 508 };    /* of 768 that GNU screen takes at once */

enum rq_clipboard rq_clipboard_kind(const char *term, const char *tmux, const char *sty, const char *program)
{
	static const char *const without[] = { "linux", "vt", "dumb", "cons25", "sun", "ansi" };
	size_t i;

	if (tmux && *tmux)
		return RQ_CLIPBOARD_TMUX;
	if (sty && *sty)
		return RQ_CLIPBOARD_SCREEN;
	for (i = 0; i < sizeof without / sizeof without[0]; i++)
		if (term && rq_starts(term, without[i]))
			return RQ_CLIPBOARD_NONE;
	return rq_eq(program, "Apple_Terminal") ? RQ_CLIPBOARD_NONE : RQ_CLIPBOARD_PLAIN;
}

static void add_base64(struct rq_str *out, const char *text, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = (const unsigned char *)text;
	size_t i;

	for (i = 0; i < n; i += 3) {
		unsigned v24 = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) | (i + 2 < n ? s[i + 2] : 0);

		rq_str_addc(out, digits[v24 >> 18]);
		rq_str_addc(out, digits[v24 >> 12 & 63]);
		rq_str_addc(out, i + 1 < n ? digits[v24 >> 6 & 63] : '=');
		rq_str_addc(out, i + 2 < n ? digits[v24 & 63] : '=');
	}
}

/* tmux passes on what stands in a DCS of its own, each ESC twice. */
static void wrap_tmux(const struct rq_str *plain, struct rq_str *out)
{
	size_t i;

	rq_str_add(out, "\033Ptmux;");
	for (i = 0; i < plain->len; i++) {
		if (plain->s[i] == '\033')
			rq_str_addc(out, '\033');
		rq_str_addc(out, plain->s[i]);
	}
	rq_str_add(out, "\033\\");
}

/* GNU screen passes on what stands in a DCS, and drops what is longer than its buffer. */
static void wrap_screen(const struct rq_str *plain, struct rq_str *out)
{
	size_t i, n;

	for (i = 0; i < plain->len; i += n) {
		n = plain->len - i < SCREEN_PIECE ? plain->len - i : SCREEN_PIECE;
		rq_str_add(out, "\033P");
		rq_str_addn(out, plain->s + i, n);
		rq_str_add(out, "\033\\");
	}
}

void rq_clipboard_wrap(enum rq_clipboard kind, const struct rq_str *sequence, struct rq_str *out)
{
	if (kind == RQ_CLIPBOARD_TMUX)
		wrap_tmux(sequence, out);
	else if (kind == RQ_CLIPBOARD_SCREEN)
		wrap_screen(sequence, out);
	else
		rq_str_addn(out, sequence->s, sequence->len);
}

void rq_clipboard_sequence(enum rq_clipboard kind, const char *text, size_t n, struct rq_str *out)
{
	struct rq_str plain;

	rq_str_init(&plain, 0);
	rq_str_add(&plain, "\033]52;c;");
	add_base64(&plain, text, n);
	rq_str_addc(&plain, '\007');
	rq_clipboard_wrap(kind, &plain, out);
	rq_str_release(&plain);
}

static void send(struct rq_ui *ui, enum rq_clipboard kind, const char *text, size_t n)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_clipboard_sequence(kind, text, n, &out);
	rq_term_write(ui->term, out.s, out.len);
	rq_str_release(&out);
}

/* ---- by tmux's own command ---- */

struct by_tmux {
	struct rq_ui *ui;
	struct rq_child *child;
	char *text, *what;
	size_t n;
};

static void loaded(void *ud, int64_t exit_code, int signal)
{
	struct by_tmux *t = ud;

	rq_child_free(t->child);
	/* An older tmux has no -w; where it lets sequences through, this does it. */
	if (!t->ui->quit && (exit_code || signal)) {
		send(t->ui, RQ_CLIPBOARD_TMUX, t->text, t->n);
		rq_ui_warn(t->ui, "%s copied, if tmux lets it through (set -g allow-passthrough on).", t->what);
	} else if (!t->ui->quit) {
		rq_ui_say(t->ui, "%s copied, to tmux and to the terminal's clipboard.", t->what);
	}
	rq_ui_answered(t->ui);
	rq_free(t->text);
	rq_free(t->what);
	rq_free(t);
}

/* A file without a name that holds the text; -1: none can be made. */
static int text_file(const char *text, size_t n)
{
	FILE *f = tmpfile();
	int fd;

	if (!f)
		return -1;
	if (fwrite(text, 1, n, f) != n || fflush(f)) {
		fclose(f);
		return -1;
	}
	fd = dup(fileno(f));
	fclose(f);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static bool load_tmux(struct rq_ui *ui, const char *text, size_t n, const char *what)
{
	static const char *const argv[] = { "tmux", "load-buffer", "-w", "-", NULL };
	struct rq_child_spec spec = { .argv = (char *const *)argv, .n_fds = 3, .fds = { -1, -1, -1 } };
	struct by_tmux *t = rq_alloc(sizeof *t);
	int fd = text_file(text, n), rc;

	spec.fds[0] = fd;
	t->ui = ui;
	rc = fd < 0 || rq_child_spawn(ui->loop, &spec, loaded, t, &t->child, NULL);
	if (fd >= 0)
		close(fd);
	if (rc) {
		rq_free(t);
		return false;
	}
	t->text = rq_alloc(n + 1);
	memcpy(t->text, text, n);
	t->n = n;
	t->what = rq_strdup(what);
	ui->pending++;
	return true;
}

bool rq_clipboard_copy(struct rq_ui *ui, const char *text, size_t n, const char *what)
{
	enum rq_clipboard kind = rq_clipboard_kind(getenv("TERM"), getenv("TMUX"), getenv("STY"), getenv("TERM_PROGRAM"));

	if (kind == RQ_CLIPBOARD_NONE) {
		rq_ui_warn(ui, "This terminal has no clipboard that programs reach; select with the mouse, or save to a file.");
		return false;
	}
	if (kind == RQ_CLIPBOARD_TMUX && load_tmux(ui, text, n, what))
		return true;
	send(ui, kind, text, n);
	rq_ui_say(ui, "%s copied to the terminal's clipboard.", what);
	return true;
}
