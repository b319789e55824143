/* The operator's own command. */
#include "tui/hook.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"

enum { SENTENCE = 300 };

extern char **environ;

/* One that waits, or runs. */
struct call {
	char **argv, **env;
	size_t n_env;
};

struct rq_hook {
	struct rq_loop *loop;
	void (*say)(void *ud, const char *text);
	void *ud;
	struct call calls[RQ_HOOK_QUEUE];
	size_t n;                       /* the first of them runs */
	struct rq_child *child;
	struct rq_timer *limit;
	bool late, said;
};

static void free_call(struct call *c)
{
	size_t i;

	rq_words_free(c->argv);
	for (i = 0; i < c->n_env; i++)
		rq_free(c->env[i]);
	rq_free(c->env);
	*c = (struct call){ 0 };
}

/* The same thing goes wrong for each job: it is told once. */
static void complain(struct rq_hook *h, const char *what)
{
	char text[SENTENCE];

	if (h->said)
		return;
	h->said = true;
	snprintf(text, sizeof text, "notify.command %s; this is told once.", what);
	h->say(h->ud, text);
}

static void kill_child(struct rq_hook *h)
{
	if (h->child)
		kill(-rq_child_pid(h->child), SIGKILL); /* it leads a group of its own */
}

static void on_limit(void *ud)
{
	struct rq_hook *h = ud;

	h->late = true;
	kill_child(h);
}

static void next(struct rq_hook *h);

static void drop_first(struct rq_hook *h)
{
	free_call(&h->calls[0]);
	h->n--;
	memmove(h->calls, h->calls + 1, h->n * sizeof *h->calls);
	h->calls[h->n] = (struct call){ 0 };
}

static void ended(void *ud, int64_t exit_code, int signum)
{
	struct rq_hook *h = ud;
	char what[SENTENCE];

	rq_child_free(h->child);
	h->child = NULL;
	rq_timer_stop(h->limit);
	if (h->late)
		snprintf(what, sizeof what, "took longer than %d s and was ended", RQ_HOOK_MS / 1000);
	else if (signum)
		snprintf(what, sizeof what, "was ended by signal %d", signum);
	else
		snprintf(what, sizeof what, "ended with status %lld", (long long)exit_code);
	if (h->late || signum || exit_code)
		complain(h, what);
	drop_first(h);
	next(h);
}

static char **whole_environment(const struct call *c)
{
	size_t n = 0, i;
	char **env;

	while (environ[n])
		n++;
	env = rq_realloc_array(NULL, n + c->n_env + 1, sizeof *env);
	for (i = 0; i < n; i++)
		env[i] = environ[i];
	for (i = 0; i < c->n_env; i++)
		env[n + i] = c->env[i];
	env[n + i] = NULL;
	return env;
}

static int spawn(struct rq_hook *h, struct rq_error *e)
{
	char **env = whole_environment(&h->calls[0]);
	struct rq_child_spec spec = { .argv = h->calls[0].argv, .envp = env, .fds = { -1, -1, -1 }, .n_fds = 3, .detach = true };
	int rc = rq_child_spawn(h->loop, &spec, ended, h, &h->child, e);

	rq_free(env);
	return rc;
}

static void next(struct rq_hook *h)
{
	struct rq_error e;

	while (h->n) {
		h->late = false;
		if (!spawn(h, &e)) {
			rq_timer_start(h->limit, RQ_HOOK_MS, 0);
			return;
		}
		complain(h, e.msg);
		drop_first(h);
	}
}

struct rq_hook *rq_hook_new(struct rq_loop *loop, void (*say)(void *ud, const char *text), void *ud)
{
	struct rq_hook *h = rq_alloc(sizeof *h);

	h->loop = loop;
	h->say = say;
	h->ud = ud;
	h->limit = rq_timer_new(loop, on_limit, h);
	return h;
}

void rq_hook_free(struct rq_hook *h)
{
	if (!h)
		return;
	kill_child(h);
	rq_child_free(h->child);
	rq_timer_free(h->limit);
	while (h->n)
		drop_first(h);
	rq_free(h);
}

void rq_hook_run(struct rq_hook *h, const char *command, const char *const *env, size_t n)
{
	struct call *c = &h->calls[h->n];
	struct rq_error e;
	size_t words, i;

	if (h->n == RQ_HOOK_QUEUE) {
		complain(h, "is too slow for so many jobs: some are left out");
		return;
	}
	if (rq_words_split(command, &c->argv, &words, &e)) {
		complain(h, e.msg);
		return;
	}
	if (!words) {
		free_call(c);
		return;
	}
	c->env = rq_realloc_array(NULL, n + 1, sizeof *c->env);
	for (i = 0; i < n; i++)
		c->env[i] = rq_strdup(env[i]);
	c->n_env = n;
	if (++h->n == 1)
		next(h);
}
