#include "core/agent/shim_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/agent/shim_clock.h"

/* "YYYY-MM-DDTHH:MM:SS." of second S; the C library's own would read the time zone's file. */
static void make_stamp(char out[32], int64_t s)
{
	int64_t days = s / 86400, z = days + 719468, era = z / 146097;
	unsigned left = (unsigned)(s - days * 86400);
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;
	int year = (int)(yoe + era * 400) + (month <= 2);

	snprintf(out, 32, "%04d-%02u-%02uT%02u:%02u:%02u.", year % 10000, month % 100,
		 (doy - (153 * mp + 2) / 5 + 1) % 100, left / 3600 % 100, left / 60 % 60, left % 60);
}

static bool write_out(struct rq_shim_log *l, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(l->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			l->lost += (int64_t)n;
			l->gap = true;
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* After a loss, the first thing written says so. false: the disk is still full. */
static bool mend(struct rq_shim_log *l)
{
	char line[160];
	int n;

	if (l->fd < 0)
		l->fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd < 0)
		return false;
	if (!l->gap)
		return true;
	n = snprintf(line, sizeof line, "\n%s0000000Z ##[warning]Output is missing here: the log could not be written.\n",
		     l->stamp);
	for (int at = 0; at < n;) {
		ssize_t done = write(l->fd, line + at, (size_t)(n - at));

		if (done <= 0)
			return false;
		at += (int)done;
	}
	l->gap = false;
	return true;
}

void rq_shim_log_flush(struct rq_shim_log *l)
{
	if (!l->n_out)
		return;
	if (mend(l)) {
		write_out(l, l->out, l->n_out);
	} else {
		l->lost += (int64_t)l->n_out;
		l->gap = true;
	}
	l->n_out = 0;
}

static void put(struct rq_shim_log *l, const char *p, size_t n)
{
	while (n) {
		size_t room = sizeof l->out - l->n_out, k = n < room ? n : room;

		memcpy(l->out + l->n_out, p, k);
		l->n_out += k;
		p += k;
		n -= k;
		if (l->n_out == sizeof l->out)
			rq_shim_log_flush(l);
	}
}

static void begin_line(struct rq_shim_log *l)
{
	struct timespec t;
	char fraction[32];

	if (l->in_line)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	if ((int64_t)t.tv_sec != l->stamp_s) {
		l->stamp_s = t.tv_sec;
		make_stamp(l->stamp, l->stamp_s);
	}
	put(l, l->stamp, strlen(l->stamp));
	snprintf(fraction, sizeof fraction, "%07ldZ ", t.tv_nsec / 100);
	put(l, fraction, strlen(fraction));
	l->in_line = true;
}

static void end_line(struct rq_shim_log *l)
{
	begin_line(l);
	put(l, "\n", 1);
	l->in_line = false;
}

/* --- the job's bytes: limit, secrets, commands --------------------------------------------- */

/* Clean bytes of one line of the job. */
static void emit(struct rq_shim_log *l, const char *p, size_t n)
{
	int64_t room = l->max - l->used;

	if (l->cutting || (int64_t)n > room) {
		size_t fits = l->cutting || room < 0 ? 0 : (size_t)room;

		l->cut += (int64_t)(n - fits);
		if (l->cutting)
			return;
		n = fits;
	}
	begin_line(l);
	put(l, p, n);
	l->used += (int64_t)n;
	if (l->cut) {
		char text[96];

		l->cutting = true;
		end_line(l);
		begin_line(l);
		snprintf(text, sizeof text, "##[warning]The log has reached its limit of %lld bytes; more is cut.",
			 (long long)l->max);
		put(l, text, strlen(text));
		end_line(l);
	}
}

static void job_end_line(struct rq_shim_log *l)
{
	if (!l->cutting) {
		end_line(l);
		l->used++;
	} else {
		l->cut++;
	}
}

/* Text of one line, with secrets in it; MORE of the line may follow. */
static void masked(struct rq_shim_log *l, const char *p, size_t n, bool more,
		   void (*sink)(struct rq_shim_log *, const char *, size_t))
{
	while (n) {
		size_t found, clean = rq_mask_scan(&l->masks, p, n, more, &found);

		if (clean)
			sink(l, p, clean);
		p += clean;
		n -= clean;
		if (found) {
			sink(l, "***", 3);
			p += found;
			n -= found;
		} else if (n) {
			/* The beginning of a secret, perhaps: n < RQ_MASK_LEN. */
			memcpy(l->held, p, n);
			l->n_held = n;
			return;
		}
	}
}

static void job_text(struct rq_shim_log *l, const char *p, size_t n, bool more)
{
	char joined[2 * RQ_MASK_LEN];

	if (!l->masks.n) {
		emit(l, p, n);
		return;
	}
	while (l->n_held) {
		/* What is held comes first, with enough of what is new to decide about it. */
		size_t k = n < RQ_MASK_LEN ? n : RQ_MASK_LEN, held = l->n_held;

		memcpy(joined, l->held, held);
		memcpy(joined + held, p, k);
		l->n_held = 0;
		masked(l, joined, held + k, more || k < n, emit);
		p += k;
		n -= k;
		if (!n)
			return;
	}
	masked(l, p, n, more, emit);
}

/* A message's %25, %0D and %0A, in place. */
static size_t unescape(char *s, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (n - i >= 3 && s[i] == '%') {
			char c = !strncmp(s + i, "%25", 3) ? '%' : !strncmp(s + i, "%0A", 3) ? '\n' :
				 !strncmp(s + i, "%0D", 3) ? '\r' : '\0';
			if (c) {
				s[out++] = c;
				i += 2;
				continue;
			}
		}
		s[out++] = s[i];
	}
	return out;
}

static void marked(struct rq_shim_log *l, const char *mark, const char *text, size_t n)
{
	emit(l, mark, strlen(mark));
	job_text(l, text, n, false);
	job_end_line(l);
}

/* A secret that the job itself names: it needs a place that stays. */
static void add_mask(struct rq_shim_log *l, const char *text, size_t n)
{
	if (n >= sizeof l->own_masks - l->n_own_masks)
		return;
	memcpy(l->own_masks + l->n_own_masks, text, n);
	l->own_masks[l->n_own_masks + n] = '\0';
	rq_mask_add(&l->masks, l->own_masks + l->n_own_masks);
	l->n_own_masks += n + 1;
}

static bool is(const char *name, size_t n, const char *word)
{
	return n == strlen(word) && !strncmp(name, word, n);
}

/* "##[error]" for "error": what is shown of a command in the log. NULL: nothing, or no command. */
static const char *mark_of(const char *name, size_t n)
{
	static const char *const marks[][2] = {
		{ "error", "##[error]" }, { "warning", "##[warning]" }, { "notice", "##[notice]" },
		{ "group", "##[group]" }, { "endgroup", "##[endgroup]" }
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (is(name, n, marks[i][0]))
			return marks[i][1];
	return NULL;
}

static bool is_silent(const char *name, size_t n)
{
	return is(name, n, "add-mask") || is(name, n, "stop-commands") || is(name, n, "debug") ||
	       is(name, n, "set-output") || is(name, n, "save-state") || is(name, n, "echo");
}

/* Whether the N bytes "::NAME...::TEXT" in l->command were a command, done with; else they are text. */
static bool obey(struct rq_shim_log *l, size_t n)
{
	char *name = l->command + 2, *end, *text;
	size_t n_name, n_text;

	l->command[n] = '\0';
	end = n > 2 ? strstr(name, "::") : NULL;
	if (!end)
		return false;
	n_name = strcspn(name, " :");
	if (l->stop_word[0]) {
		if (!is(name, (size_t)(end - name), l->stop_word))
			return false;
		l->stop_word[0] = '\0';
		return true;
	}
	if (!mark_of(name, n_name) && !is_silent(name, n_name))
		return false;
	text = end + 2;
	n_text = unescape(text, n - (size_t)(text - l->command));
	if (n_text && text[n_text - 1] == '\r')
		n_text--;
	text[n_text] = '\0';
	if (mark_of(name, n_name))
		marked(l, mark_of(name, n_name), text, n_text);
	else if (is(name, n_name, "add-mask"))
		add_mask(l, text, n_text);
	else if (is(name, n_name, "stop-commands"))
		snprintf(l->stop_word, sizeof l->stop_word, "%s", text);
	return true;
}

/* What was held as a command is text after all. */
static void not_a_command(struct rq_shim_log *l)
{
	size_t n = l->n_command;

	l->n_command = 0;
	l->at_start = false;
	job_text(l, l->command, n, true);
}

/* Collect bytes of a line that begins with a colon; returns how many were taken. */
static size_t collect(struct rq_shim_log *l, const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);
	size_t k = nl ? (size_t)(nl - p) : n, room = sizeof l->command - 1 - l->n_command;

	if (!l->n_command)
		l->command_ms = rq_shim_boot_ms();
	if (k > room)
		nl = NULL, k = room;
	memcpy(l->command + l->n_command, p, k);
	l->n_command += k;
	if (l->n_command >= 2 && l->command[1] != ':') {
		not_a_command(l);
	} else if (nl) {
		size_t len = l->n_command;

		if (obey(l, len)) {
			l->n_command = 0;
			return k + 1;
		}
		not_a_command(l);
	} else if (k == room) {
		not_a_command(l);
	}
	return k;
}

void rq_shim_log_feed(struct rq_shim_log *l, const char *p, size_t n)
{
	while (n) {
		const char *nl;
		size_t k;

		if (l->n_command || (l->at_start && *p == ':')) {
			k = collect(l, p, n);
			p += k;
			n -= k;
			continue;
		}
		nl = memchr(p, '\n', n);
		k = nl ? (size_t)(nl - p) : n;
		if (k || l->n_held)
			job_text(l, p, k, !nl);
		l->at_start = nl != NULL;
		if (nl) {
			job_end_line(l);
			k++;
		}
		p += k;
		n -= k;
	}
}

int64_t rq_shim_log_due(const struct rq_shim_log *l)
{
	return l->n_command ? l->command_ms + RQ_LOG_COMMAND_MS : 0;
}

void rq_shim_log_tick(struct rq_shim_log *l, int64_t now)
{
	if (l->n_command && now >= l->command_ms + RQ_LOG_COMMAND_MS) {
		not_a_command(l);
		rq_shim_log_flush(l);
	}
}

void rq_shim_log_end_input(struct rq_shim_log *l)
{
	if (l->n_command && !obey(l, l->n_command))
		not_a_command(l);
	l->n_command = 0;
	if (l->n_held)
		job_text(l, "", 0, false);
	if (l->in_line)
		job_end_line(l);
	l->at_start = true;
}

/* --- our own lines ------------------------------------------------------------------------- */

void rq_shim_log_say(struct rq_shim_log *l, const char *prefix, const char *text, const char *suffix)
{
	rq_shim_log_end_input(l);
	do {
		size_t n = strcspn(text, "\n");

		begin_line(l);
		put(l, prefix, strlen(prefix));
		masked(l, text, n, false, put);
		put(l, suffix, strlen(suffix));
		end_line(l);
		text += n + (text[n] == '\n');
	} while (*text);
}

void rq_shim_log_open(struct rq_shim_log *l, const char *path, int64_t max)
{
	l->path = path;
	l->max = max > 0 ? max : INT64_MAX;
	l->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	l->at_start = true;
	l->stamp_s = -1;
}

void rq_shim_log_close(struct rq_shim_log *l)
{
	char text[96];

	rq_shim_log_end_input(l);
	if (l->cut) {
		snprintf(text, sizeof text, "%lld bytes of output were cut from this log.", (long long)l->cut);
		rq_shim_log_say(l, "##[warning]", text, "");
	}
	rq_shim_log_flush(l);
	if (l->lost && l->fd >= 0 && !l->gap) {
		snprintf(text, sizeof text, "%lld bytes of output were lost: the log could not be written.",
			 (long long)l->lost);
		rq_shim_log_say(l, "##[warning]", text, "");
		rq_shim_log_flush(l);
	}
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
