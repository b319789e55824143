/* Saving a log to a file, a piece a turn, and opening it in a pager or an editor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/logview.h"
#include "tui/outside.h"

enum { PIECE = 1 << 20, TELL_NS = 200 * 1000 * 1000 };

struct rq_logview_save {
	char *path;
	int fd;                         /* -1: it waits for an answer */
	int64_t at, size;               /* size: of the log when it began */
	int64_t told_ns;
	bool ours;                      /* the file was made by this, and goes when it does not become whole */
	char *buf;
};

static void drop(struct rq_logview *v, bool unfinished)
{
	struct rq_logview_save *s = v->save;

	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (unfinished && s->ours && s->fd >= 0)
		unlink(s->path);
	rq_free(s->buf);
	rq_free(s->path);
	rq_free(s);
	v->save = NULL;
}

void rq_logview_save_free(struct rq_logview *v)
{
	drop(v, true);
}

void rq_logview_save_abandon(struct rq_logview *v)
{
	if (!v->save || v->save->fd < 0)
		return;
	rq_ui_fail(v->view.ui, "%s could not be saved: the log became another one meanwhile.", v->save->path);
	drop(v, true);
}

static void fail(struct rq_logview *v, const char *what, int err)
{
	rq_ui_fail(v->view.ui, "%s cannot be %s: %s.", v->save->path, what, strerror(err));
	drop(v, true);
}

/* false: it failed, and that was said. */
static bool write_all(struct rq_logview *v, const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(v->save->fd, s, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			fail(v, "written", done ? errno : ENOSPC);
			return false;
		}
		s += done;
		n -= (size_t)done;
	}
	return true;
}

static void tell_progress(struct rq_logview *v)
{
	struct rq_logview_save *s = v->save;
	int64_t now = rq_mono_ns();

	if (now - s->told_ns < TELL_NS)
		return;
	s->told_ns = now;
	rq_ui_say(v->view.ui, "Saving to %s: %d%%", s->path, (int)(s->at * 100 / s->size));
}

static void finish(struct rq_logview *v)
{
	struct rq_logview_save *s = v->save;
	int fd = s->fd;

	s->fd = -1;
	if (close(fd)) {
		fail(v, "written", errno);
		return;
	}
	rq_ui_say(v->view.ui, "%lld bytes saved to %s.", (long long)s->at, s->path);
	drop(v, false);
}

bool rq_logview_save_some(struct rq_logview *v)
{
	struct rq_logview_save *s = v->save;
	size_t got = 0, want;
	struct rq_error e;

	if (!s || s->fd < 0)
		return false;
	want = s->size - s->at < PIECE ? (size_t)(s->size - s->at) : PIECE;
	if (want && rq_joblog_read(v->log, s->at, s->buf, want, &got, &e)) {
		rq_ui_fail(v->view.ui, "%s", e.msg);
		drop(v, true);
		return false;
	}
	if (got && !write_all(v, s->buf, got))
		return false;
	s->at += (int64_t)got;
	if (!got || s->at >= s->size) {
		finish(v);
		return false;
	}
	tell_progress(v);
	return true;
}

/* ---- where to ---- */

static bool is_the_log(struct rq_logview *v, const struct stat *st)
{
	struct stat own;

	return !stat(rq_joblog_path(v->log), &own) && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

static void begin(struct rq_logview *v)
{
	v->save->buf = rq_alloc(PIECE);
	v->save->size = v->text.size;
	v->save->told_ns = rq_mono_ns();
	rq_logview_work(v);
}

/* A file that is there is written over after a yes only, and only if it is a plain one. */
void rq_logview_overwrite(struct rq_logview *v, bool yes)
{
	struct rq_logview_save *s = v->save;
	struct stat st;

	if (!s)
		return;
	if (!yes) {
		drop(v, false);
		rq_ui_say(v->view.ui, "Nothing was saved.");
		return;
	}
	s->fd = open(s->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st)) {
		fail(v, "opened", errno);
	} else if (!S_ISREG(st.st_mode) || is_the_log(v, &st)) {
		rq_ui_fail(v->view.ui, "%s is %s; nothing was saved.", s->path,
			   S_ISREG(st.st_mode) ? "this log itself" : "no plain file");
		drop(v, false);
	} else if (ftruncate(s->fd, 0)) {
		fail(v, "emptied", errno);
	} else {
		begin(v);
	}
}

static char *full_path(const char *name)
{
	const char *home = getenv("HOME");

	if (!rq_starts(name, "~/") || !home)
		return rq_strdup(name);
	return rq_fmt("%s%s", home, name + 1);
}

static void save_to(struct rq_logview *v, const char *name)
{
	struct rq_ui *ui = v->view.ui;

	if (v->save) {
		rq_ui_say(ui, "%s is still being written.", v->save->path);
		return;
	}
	v->save = rq_alloc(sizeof *v->save);
	v->save->path = full_path(name);
	v->save->fd = open(v->save->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (v->save->fd >= 0) {
		v->save->ours = true;
		begin(v);
	} else if (errno == EEXIST) {
		v->await = RQ_AWAIT_OVERWRITE;
		rq_ui_warn(ui, "%s exists. Overwrite it?  y yes  any other key no", v->save->path);
	} else {
		fail(v, "made", errno);
	}
}

static void name_typed(struct rq_view *view, const char *name)
{
	if (name && *name)
		save_to(rq_logview_active(view), name);
}

/* "local:17" -> "local-17.log"; a file "/var/log/build.log" -> "build-copy.log" */
static void propose(const struct rq_logview *v, struct rq_str *out)
{
	const char *s = v->id, *base = v->file ? strrchr(s, '/') : NULL;
	size_t n;

	if (base)
		s = base + 1;
	n = strlen(s);
	if (v->file && n > 4 && rq_eq(s + n - 4, ".log"))
		n -= 4;
	for (; n > 0; n--, s++)
		rq_str_addc(out, *s == ':' || *s == '/' ? '-' : *s);
	rq_str_add(out, v->file ? "-copy.log" : ".log");
}

static void ask_name(struct rq_logview *v)
{
	struct rq_str name;

	rq_str_init(&name, 4096);
	propose(v, &name);
	rq_view_input_open(v->view.ui, "save to: ", rq_str_get(&name), NULL, name_typed);
	rq_str_release(&name);
}

/* ---- other programs ---- */

static void open_in(struct rq_logview *v, const char *first, const char *second, const char *fallback)
{
	const char *command = first && *first ? first : second && *second ? second : fallback;

	rq_outside_open(v->view.ui, command, rq_joblog_path(v->log));
}

bool rq_logview_save_act(struct rq_logview *v, enum rq_do d, const char *arg)
{
	if (d != RQ_DO_SAVE && d != RQ_DO_PAGER && d != RQ_DO_EDITOR)
		return false;
	if (!v->text.size)
		rq_ui_say(v->view.ui, "There is nothing in this log yet.");
	else if (d == RQ_DO_SAVE && *arg)
		save_to(v, arg);
	else if (d == RQ_DO_SAVE)
		ask_name(v);
	else if (d == RQ_DO_PAGER)
		open_in(v, getenv("PAGER"), NULL, "less");
	else
		open_in(v, getenv("VISUAL"), getenv("EDITOR"), "vi");
	return true;
}
