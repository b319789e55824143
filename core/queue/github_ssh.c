/* github_ssh.c - the other end of github_follow.sh: ssh as a child, what the script prints, and trying again.
 *
 * ssh is the operator's own, with the operator's configuration and keys; it asks nothing (BatchMode) and forwards
 * nothing. It leads a session of its own, so that no key of the terminal ends it and a proxy command ends with it. */
#include "core/queue/github_ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/embed.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"

enum {
	PIECE = 65536, LINE_LEN = 256, SAID_MAX = 4096, NOISE_MAX = 65536,
	RETRY_MS = 5000, RETRY_MAX_MS = 60000,
	SILENT_MS = 40000               /* the script says at least something every five seconds */
};

struct rq_sshlog {
	struct rq_loop *loop;
	char *runner, *host, *root, *path;
	int64_t job_started_at;
	void (*changed)(void *ud);
	void *ud;
	struct rq_livelog *log;
	struct rq_child *child;
	bool ended;                     /* reaped: its number may be another's now */
	int out, err;                   /* pipes from it, -1 none */
	struct rq_watch *out_watch, *err_watch;
	struct rq_timer *timer;         /* to try again, or the limit of silence */
	int64_t retry_ms;
	struct rq_str said;             /* the end of what it says on stderr */
	/* what the script prints */
	bool greeted;
	size_t noise;                   /* bytes that a login prints before */
	char line[LINE_LEN];
	size_t line_n;
	size_t want;                    /* bytes of a page that follow */
	bool ours;                      /* they are of our job */
	int64_t worker_at;
	char job[RQ_GUID_LEN + 1];
	enum rq_live_phase phase;
	struct rq_str state;
	bool told;
	char buf[PIECE];
};

/* --- what may be asked of ssh ------------------------------------------------------------- */

bool rq_ssh_host_ok(const char *host)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:-";
	size_t n = strlen(host);

	return n > 0 && n < 256 && *host != '-' && strspn(host, fine) == n;
}

bool rq_ssh_root_ok(const char *root)
{
	size_t n = strlen(root), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)root[i] < ' ' || root[i] == 0x7f)
			return false;
	return n < 1024 && (*root == '/' || rq_starts(root, "~/"));
}

/* --- states ------------------------------------------------------------------------------ */

static void describe(const struct rq_sshlog *s, enum rq_live_phase phase, const char *why, struct rq_str *out)
{
	if (phase == RQ_LIVE_FOLLOWING)
		rq_str_addf(out, "live from %s's own files, by ssh %s", s->runner, s->host);
	else if (phase == RQ_LIVE_ENDED)
		rq_str_addf(out, "%s has uploaded this job's log", s->runner);
	else if (phase == RQ_LIVE_FAILED)
		rq_str_add(out, why);
	else if (s->greeted)
		rq_str_addf(out, "%s has begun no log of this job in its own files yet (by ssh %s)", s->runner, s->host);
	else
		rq_str_addf(out, "asking for %s's own files by ssh %s", s->runner, s->host);
}

static void set_phase(struct rq_sshlog *s, enum rq_live_phase phase, const char *why)
{
	struct rq_str text;

	rq_str_init(&text, 1024);
	describe(s, phase, why, &text);
	if (phase != s->phase || !rq_eq(rq_str_get(&text), rq_str_get(&s->state)))
		s->told = false;
	s->phase = phase;
	rq_str_clear(&s->state);
	rq_str_add(&s->state, rq_str_get(&text));
	rq_str_release(&text);
}

/* The caller may close S in there. */
static void tell(struct rq_sshlog *s)
{
	if (s->told)
		return;
	s->told = true;
	if (s->changed)
		s->changed(s->ud);
}

/* --- the child --------------------------------------------------------------------------- */

static void connect_now(void *ud);

static void end_child(struct rq_sshlog *s)
{
	rq_watch_free(s->out_watch);
	rq_watch_free(s->err_watch);
	s->out_watch = s->err_watch = NULL;
	if (s->out >= 0)
		close(s->out);
	if (s->err >= 0)
		close(s->err);
	s->out = s->err = -1;
	if (s->child && !s->ended)
		kill(-rq_child_pid(s->child), SIGTERM);
	rq_child_free(s->child);
	s->child = NULL;
}

static void again(struct rq_sshlog *s, const char *why)
{
	end_child(s);
	set_phase(s, RQ_LIVE_FAILED, why);
	rq_timer_free(s->timer);
	s->timer = rq_timer_new(s->loop, connect_now, s);
	rq_timer_start(s->timer, s->retry_ms, 0);
	s->retry_ms = s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
}

static void fails(struct rq_sshlog *s, const char *fmt, ...) RQ_PRINTF(2, 3);
static void fails(struct rq_sshlog *s, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = rq_vfmt(fmt, ap);
	va_end(ap);
	again(s, why);
	rq_free(why);
}

/* The last line that ssh said, made harmless; without the dot that our sentence ends with. */
static void last_words(const struct rq_sshlog *s, struct rq_str *out)
{
	const char *text = rq_str_get(&s->said);
	size_t end = s->said.len, begin;

	while (end && (text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == '.'))
		end--;
	for (begin = end; begin && text[begin - 1] != '\n'; begin--)
		;
	if (end - begin > 300)
		begin = end - 300;
	rq_text_clean(out, text + begin, end - begin, false);
}

/* Whether more may come. */
static bool take_stderr(struct rq_sshlog *s)
{
	char piece[1024];
	ssize_t n = 0;

	while (s->err >= 0 && (n = read(s->err, piece, sizeof piece)) > 0) {
		if (s->said.len + (size_t)n > SAID_MAX)
			rq_str_clear(&s->said);
		rq_str_addn(&s->said, piece, (size_t)n);
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Its output has come to an end. */
static void broken(struct rq_sshlog *s)
{
	struct rq_str words;

	take_stderr(s);
	rq_str_init(&words, 1024);
	last_words(s, &words);
	if (words.len)
		fails(s, "No live lines of %s: ssh %s says: %s.", s->runner, s->host, rq_str_get(&words));
	else
		fails(s, "No live lines of %s: the connection of ssh %s ended.", s->runner, s->host);
	rq_str_release(&words);
}

/* --- what the script prints ---------------------------------------------------------------- */

static bool take_worker(struct rq_sshlog *s, char *words)
{
	char *id = strchr(words, ' ');
	int64_t at;

	if (!id)
		return false;
	*id++ = '\0';
	if (strlen(id) != RQ_GUID_LEN || !rq_worker_name_parse(words, &at))
		return false;
	s->ours = rq_eq(id, s->job);
	if (s->ours || !rq_worker_fits(at, s->job_started_at, s->worker_at))
		return true;
	if (*s->job)
		rq_livelog_restart(s->log);
	s->ours = true;
	s->worker_at = at;
	rq_copy(s->job, sizeof s->job, id);
	set_phase(s, RQ_LIVE_WAITING, NULL);
	return true;
}

static bool take_trouble(struct rq_sshlog *s, const char *word)
{
	if (rq_eq(word, "runner"))
		fails(s, "No live lines of %s: %s on %s is no runner's directory: it has no file .runner.", s->runner, s->root,
		      s->host);
	else if (rq_eq(word, "diag"))
		fails(s, "No live lines of %s: ssh %s may not look into %s/_diag, or there is none.", s->runner, s->host,
		      s->root);
	else if (rq_eq(word, "closed"))
		fails(s, "No live lines of %s: anybody on %s may write %s, its _diag or its pages: take that right away "
		      "(chmod o-w).", s->runner, s->host, s->root);
	else
		return false;
	return true;
}

/* One line; false where it makes no sense. The connection may have been given up in here. */
static bool take_line(struct rq_sshlog *s)
{
	char *word = s->line + 2;
	int64_t n = 0;

	if (rq_eq(s->line, "."))
		return true;
	if (rq_eq(s->line, "E")) {
		if (s->ours)
			set_phase(s, RQ_LIVE_ENDED, NULL);
		return true;
	}
	if (s->line_n < 3 || s->line[1] != ' ')
		return false;
	switch (s->line[0]) {
	case 'W':
		return take_worker(s, word);
	case 'X':
		return take_trouble(s, word);
	case 'P':
		if (!rq_parse_i64(word, &n) || n < 1 || n > 9999999)
			return false;
		if (s->ours) {
			rq_livelog_page(s->log, (int)n);
			set_phase(s, RQ_LIVE_FOLLOWING, NULL);
		}
		return true;
	case 'D':
		if (!rq_parse_i64(word, &n) || n < 1 || n > PIECE)
			return false;
		s->want = (size_t)n;
		s->retry_ms = RETRY_MS;
		return true;
	default:
		return false;
	}
}

/* What a login prints before the script begins is passed over, within bounds. */
static bool take_whole_line(struct rq_sshlog *s)
{
	bool sense = true;

	s->line[s->line_n] = '\0';
	if (s->greeted)
		sense = take_line(s);
	else if (rq_eq(s->line, "relayq 1")) {
		s->greeted = true;
		set_phase(s, RQ_LIVE_WAITING, NULL);
	}
	s->line_n = 0;
	return sense;
}

static size_t take_data(struct rq_sshlog *s, const char *p, size_t n)
{
	size_t k = n < s->want ? n : s->want;

	s->want -= k;
	if (s->ours) {
		rq_livelog_data(s->log, p, k);
		s->told = false;
	}
	return k;
}

static size_t take_text(struct rq_sshlog *s, const char *p, size_t n, bool *sense)
{
	const char *end = memchr(p, '\n', n);
	size_t k = end ? (size_t)(end - p) : n, room = LINE_LEN - 1 - s->line_n;

	if (!s->greeted && (s->noise += k) > NOISE_MAX)
		*sense = false;
	if (k > room && s->greeted)
		*sense = false;
	memcpy(s->line + s->line_n, p, k < room ? k : room);
	s->line_n += k < room ? k : room;
	if (end && *sense)
		*sense = take_whole_line(s);
	return end ? k + 1 : k;
}

static void take(struct rq_sshlog *s, const char *p, size_t n)
{
	bool sense = true;

	while (n && sense && s->child) {
		size_t k = s->want ? take_data(s, p, n) : take_text(s, p, n, &sense);

		p += k;
		n -= k;
	}
	if (!sense)
		fails(s, "No live lines of %s: what comes from ssh %s is not what relayq's script prints.", s->runner, s->host);
}

static void on_silence(void *ud)
{
	struct rq_sshlog *s = ud;

	fails(s, "No live lines of %s: nothing has come from ssh %s for %d seconds.", s->runner, s->host, SILENT_MS / 1000);
	tell(s);
}

static void on_output(void *ud, int events, int status)
{
	struct rq_sshlog *s = ud;
	ssize_t n = read(s->out, s->buf, PIECE);
	struct rq_error e;

	(void)events;
	(void)status;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		broken(s);
	} else {
		rq_timer_start(s->timer, SILENT_MS, 0);
		take(s, s->buf, (size_t)n);
	}
	if (s->child && rq_livelog_check(s->log, &e))
		again(s, e.msg);
	tell(s);
}

static void on_stderr(void *ud, int events, int status)
{
	struct rq_sshlog *s = ud;

	(void)events;
	(void)status;
	if (take_stderr(s))
		return;
	rq_watch_free(s->err_watch);
	s->err_watch = NULL;
}

static void on_exit_of_ssh(void *ud, int64_t code, int sig)
{
	struct rq_sshlog *s = ud;

	/* What it printed is still in the pipe: its end is told there. */
	(void)code;
	(void)sig;
	s->ended = true;
}

/* --- connecting -------------------------------------------------------------------------- */

static const struct rq_embedded *script(void)
{
	const struct rq_embedded *f = rq_embedded_files;

	while (f->name && !rq_eq(f->name, "core/queue/github_follow.sh"))
		f++;
	RQ_ASSERT(f->name);
	return f;
}

/* The script's last line; between '...' a shell takes everything as it is. */
static void add_call(struct rq_str *b, const char *root)
{
	rq_str_add(b, "follow '");
	for (; *root; root++) {
		if (*root == '\'')
			rq_str_add(b, "'\\''");
		else
			rq_str_addc(b, *root);
	}
	rq_str_add(b, "'\n");
}

/* The script as a file without a name: a pipe would have to be waited for. -1 on an error. */
static int open_script(const struct rq_sshlog *s, struct rq_error *e)
{
	const struct rq_embedded *f = script();
	struct rq_str text;
	char *name = rq_fmt("%s.XXXXXX", s->path);
	bool fine;
	int fd;

	fd = mkstemp(name);
	rq_str_init(&text, 65536);
	rq_str_addn(&text, (const char *)f->bytes, f->length);
	add_call(&text, s->root);
	fine = fd >= 0 && unlink(name) == 0 && write(fd, rq_str_get(&text), text.len) == (ssize_t)text.len &&
	       lseek(fd, 0, SEEK_SET) == 0;
	if (!fine)
		rq_fail_errno(e, errno, "A file beside %s cannot be made", s->path);
	if (!fine && fd >= 0) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	rq_str_release(&text);
	rq_free(name);
	return fd;
}

static int spawn(struct rq_sshlog *s, int in, int out, int err, struct rq_error *e)
{
	const char *argv[] = {
		"ssh", "-T", "-x", "-a", "-oBatchMode=yes", "-oConnectTimeout=5", "-oServerAliveInterval=10",
		"-oServerAliveCountMax=2", "-oClearAllForwardings=yes", "-oPermitLocalCommand=no", "-oLogLevel=ERROR",
		"--", s->host, "exec sh -s", NULL,
	};
	struct rq_child_spec spec = { .argv = (char *const *)(uintptr_t)argv, .fds = { in, out, err }, .n_fds = 3,
				      .detach = true };

	s->ended = false;
	return rq_child_spawn(s->loop, &spec, on_exit_of_ssh, s, &s->child, e);
}

static int make_pipe(int fds[2], struct rq_error *e)
{
	int i;

	if (pipe(fds) < 0) {
		fds[0] = fds[1] = -1;
		return rq_fail_errno(e, errno, "A pipe to ssh cannot be made");
	}
	for (i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return RQ_OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int start(struct rq_sshlog *s, struct rq_error *e)
{
	int in = open_script(s, e), out[2] = { -1, -1 }, err[2] = { -1, -1 }, r;

	r = in < 0 ? e->code : make_pipe(out, e);
	if (!r)
		r = make_pipe(err, e);
	if (!r)
		r = spawn(s, in, out[1], err[1], e);
	s->out = out[0];
	s->err = err[0];
	close_fd(in);
	close_fd(out[1]);
	close_fd(err[1]);
	if (!r)
		r = rq_watch_new(s->loop, s->out, RQ_READABLE, on_output, s, &s->out_watch, e);
	return r ? r : rq_watch_new(s->loop, s->err, RQ_READABLE, on_stderr, s, &s->err_watch, e);
}

static void connect_now(void *ud)
{
	struct rq_sshlog *s = ud;
	struct rq_error e = { 0 };

	s->greeted = s->ours = false;
	s->noise = s->line_n = s->want = 0;
	rq_str_clear(&s->said);
	rq_timer_free(s->timer);
	s->timer = rq_timer_new(s->loop, on_silence, s);
	rq_timer_start(s->timer, SILENT_MS, 0);
	if (start(s, &e)) {
		fails(s, "No live lines of %s: %s", s->runner, e.msg);
		tell(s);
	}
}

/* --- life -------------------------------------------------------------------------------- */

static int check(const struct rq_live_options *o, struct rq_error *e)
{
	if (!o->host || !rq_ssh_host_ok(o->host))
		return rq_fail(e, RQ_EUSAGE, "\"%.80s\" is no host for ssh: write [user@]host.", o->host ? o->host : "");
	if (!rq_ssh_root_ok(o->root))
		return rq_fail(e, RQ_EUSAGE, "The runner's directory on %s must begin with / or ~/.", o->host);
	return RQ_OK;
}

int rq_sshlog_open(struct rq_loop *loop, const struct rq_live_options *o, struct rq_sshlog **out, struct rq_error *e)
{
	struct rq_livelog *log;
	struct rq_sshlog *s;
	int r;

	if ((r = check(o, e)) || (r = rq_livelog_open(o->path, o->max_bytes, &log, e)))
		return r;
	s = rq_alloc(sizeof *s);
	s->loop = loop;
	s->log = log;
	s->runner = rq_strdup(o->runner);
	s->host = rq_strdup(o->host);
	s->root = rq_strdup(o->root);
	s->path = rq_strdup(o->path);
	s->job_started_at = o->job_started_at;
	s->changed = o->changed;
	s->ud = o->ud;
	s->out = s->err = -1;
	s->retry_ms = RETRY_MS;
	rq_str_init(&s->said, SAID_MAX * 2);
	rq_str_init(&s->state, 1024);
	set_phase(s, RQ_LIVE_WAITING, NULL);
	s->told = true;
	s->timer = rq_timer_new(loop, connect_now, s);
	rq_timer_start(s->timer, 0, 0);
	*out = s;
	return RQ_OK;
}

void rq_sshlog_close(struct rq_sshlog *s)
{
	if (!s)
		return;
	end_child(s);
	rq_timer_free(s->timer);
	rq_livelog_free(s->log);
	rq_str_release(&s->said);
	rq_str_release(&s->state);
	rq_free(s->runner);
	rq_free(s->host);
	rq_free(s->root);
	rq_free(s->path);
	rq_free(s);
}

enum rq_live_phase rq_sshlog_phase(const struct rq_sshlog *s)
{
	return s->phase;
}

const char *rq_sshlog_state(const struct rq_sshlog *s)
{
	return rq_str_get(&s->state);
}

int rq_sshlog_missed(const struct rq_sshlog *s)
{
	return rq_livelog_missed(s->log);
}
