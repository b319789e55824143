/* github_logsteps.c - where there are no lines of a job: its steps, each with its times, as they go. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/queue/github_log.h"

enum { STEPS_MAX = 1000 };

struct seen {
	int64_t number;
	bool ended;
};

struct gh_steps {
	int fd;
	size_t n, cap;
	struct seen *v;
	char *state, *why;              /* told last */
	int64_t at;                     /* the time of the last line: they never go back */
};

struct gh_steps *gh_steps_new(const char *path)
{
	struct gh_steps *s = rq_alloc(sizeof *s);

	s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return s;
}

void gh_steps_free(struct gh_steps *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	rq_free(s->v);
	rq_free(s->state);
	rq_free(s->why);
	rq_free(s);
}

static void line(struct gh_steps *s, struct rq_str *out, int64_t at, const char *text)
{
	char when[RQ_TIME_LEN];

	if (at < s->at)
		at = s->at;
	if (!at)
		at = rq_now();          /* Forgejo tells no times */
	s->at = at;
	rq_time_rfc3339(at, false, when);
	rq_str_addf(out, "%.19s.%03d0000Z %s\n", when, (int)(at % 1000), text);
}

/* Names come from a workflow: nothing of them may begin another line. */
static void sentence(struct gh_steps *s, struct rq_str *out, int64_t at, const char *mark, const char *name, const char *said)
{
	struct rq_str text;

	rq_str_init(&text, 4096);
	rq_str_add(&text, mark);
	rq_text_clean(&text, name, strlen(name), false);
	rq_str_addf(&text, "%s", said);
	line(s, out, at, rq_str_get(&text));
	rq_str_release(&text);
}

static struct seen *seen_of(struct gh_steps *s, int64_t number)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].number == number)
			return &s->v[i];
	return NULL;
}

static void tell_end(struct gh_steps *s, struct rq_str *out, const struct rq_run_step *step)
{
	bool bad = step->conclusion == RQ_CONCLUSION_FAILURE || step->conclusion == RQ_CONCLUSION_TIMED_OUT;
	int64_t ms = rq_span(step->started_at, step->completed_at, step->completed_at);
	char took[RQ_TIME_LEN];
	struct rq_str said;

	rq_str_init(&said, 256);
	rq_str_addf(&said, ": %s", rq_run_step_state_text(step));
	if (step->started_at && step->conclusion != RQ_CONCLUSION_SKIPPED)
		rq_str_addf(&said, " after %s", rq_duration_text(ms, took));
	sentence(s, out, step->completed_at, bad ? "##[error]" : "", step->name, rq_str_get(&said));
	rq_str_release(&said);
}

static void tell_step(struct gh_steps *s, struct rq_str *out, const struct rq_run_step *step)
{
	struct seen *was = seen_of(s, step->number);
	bool ended = step->status == RQ_STATUS_COMPLETED;

	if ((was && was->ended) || (!ended && step->status != RQ_STATUS_IN_PROGRESS) || (was && !ended))
		return;
	if (!was && s->n >= STEPS_MAX)
		return;
	if (!was) {
		RQ_GROW(s->v, s->n, &s->cap);
		was = &s->v[s->n++];
		*was = (struct seen){ step->number, false };
		if (!ended)
			sentence(s, out, step->started_at, "##[command]", step->name, "");
	}
	was->ended = ended;
	if (ended)
		tell_end(s, out, step);
}

/* What becomes of the job as a whole. */
static void tell_state(struct gh_steps *s, struct rq_str *out, const struct rq_run_job *j)
{
	struct rq_str said;
	int64_t at = j->completed_at ? j->completed_at : j->started_at ? j->started_at : j->created_at;

	rq_str_init(&said, 1024);
	rq_str_addf(&said, " is %s", rq_run_job_state_text(j));
	if (*j->runner_name)
		rq_str_addf(&said, " on %s", j->runner_name);
	else if (j->status != RQ_STATUS_COMPLETED && j->status != RQ_STATUS_IN_PROGRESS)
		rq_str_add(&said, ": no runner has taken it yet");
	else if (j->status == RQ_STATUS_COMPLETED && !j->n_steps)
		rq_str_add(&said, ": it was never begun");
	if (!rq_eq(s->state, rq_str_get(&said))) {
		rq_free(s->state);
		s->state = rq_strdup(rq_str_get(&said));
		sentence(s, out, at, "##[notice]", j->name, rq_str_get(&said));
	}
	rq_str_release(&said);
}

/* Up to a semicolon, so that it fits on narrow screens. */
static void tell_part(struct gh_steps *s, struct rq_str *out, const char *part)
{
	const char *end = strstr(part, "; ");
	char *text = rq_strndup(part, end ? (size_t)(end - part) : strlen(part));

	sentence(s, out, s->at, "##[notice]", text, "");
	rq_free(text);
}

static bool put(struct gh_steps *s, const struct rq_str *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t k = write(s->fd, out->s + done, out->len - done);

		if (k < 0 && errno != EINTR)
			return false; /* the source's line tells of the same */
		done += k > 0 ? (size_t)k : 0;
	}
	return out->len > 0;
}

bool gh_steps_tell(struct gh_steps *s, const struct rq_run_job *j, const char *why)
{
	struct rq_str out;
	size_t i;
	bool written;

	if (s->fd < 0)
		return false;
	rq_str_init(&out, 0);
	if (j->status != RQ_STATUS_COMPLETED)
		tell_state(s, &out, j);
	if (*why && !rq_eq(s->why, why)) {
		rq_free(s->why);
		s->why = rq_strdup(why);
		for (const char *part = why; part; part = strstr(part, "; ") ? strstr(part, "; ") + 2 : NULL)
			tell_part(s, &out, part);
	}
	for (i = 0; i < j->n_steps; i++)
		tell_step(s, &out, &j->steps[i]);
	if (j->status == RQ_STATUS_COMPLETED)
		tell_state(s, &out, j);
	written = put(s, &out);
	rq_str_release(&out);
	return written;
}
