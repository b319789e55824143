/* relayq_found.c - the queue that nobody had to write down: the repository that we stand in a clone of, where there is a token
 * for its host. It is looked for once, when a request could be about it. */
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/context.h"
#include "core/queue/github_find.h"

enum { CWD_MAX = 4096 };

bool rq_found_may_come(const struct relayq *rq)
{
	return !rq->found_known && !rq->closing && rq_config_bool(rq->config, "queue.detect");
}

/* It stands in config.yaml already, maybe under another name. */
static bool is_configured(const struct relayq *rq, const struct rq_found *f)
{
	size_t i, k;

	for (i = 1; i < rq->n_members; i++) {
		const struct rq_queue_config *c = rq->members[i].config;

		if (!rq_ieq(c->host, f->host))
			continue;
		for (k = 0; k < c->n_repos; k++)
			if (rq_ieq(c->repos[k], f->full))
				return true;
	}
	return false;
}

static bool is_taken(struct relayq *rq, const char *name)
{
	return rq_member_named(rq, name, NULL) != NULL;
}

static const char *name_of(struct relayq *rq, const struct rq_found *f)
{
	struct rq_arena *a = &rq->found_arena;

	if (!is_taken(rq, f->queue))
		return rq_arena_str(a, f->queue);
	if (!is_taken(rq, "github"))
		return "github";
	return is_taken(rq, "here") ? NULL : "here";
}

static void add(struct relayq *rq, const struct rq_found *f)
{
	struct rq_queue_config *c = &rq->found;
	struct rq_arena *a = &rq->found_arena;
	size_t n = strlen(f->api);

	rq_queue_config_init(c);
	c->name = name_of(rq, f);
	if (!c->name)
		return;
	c->api = rq_arena_str(a, f->api);
	c->host = rq_arena_str(a, f->host);
	c->repos = rq_arena_alloc(a, sizeof *c->repos);
	c->repos[c->n_repos++] = rq_arena_str(a, f->full);
	if (n >= 7 && rq_eq(f->api + n - 7, "/api/v1")) {
		c->forge = "gitea";
		c->forge_guessed = true;
	}
	rq_member_add(rq, c->name, c);
}

static void on_found(void *ud, const struct rq_found *f)
{
	struct relayq *rq = ud;

	rq->found_known = true;
	if (f->code == RQ_OK && !is_configured(rq, f))
		add(rq, f);
	else if (f->code != RQ_OK && f->code != RQ_ENOTFOUND)
		rq->found_error = rq_arena_str(&rq->found_arena, f->err.msg);
	rq_watch_found(rq);
	rq_verbs_found(rq);
}

void rq_found_look(struct relayq *rq)
{
	char dir[CWD_MAX];

	if (rq->finding || !rq_found_may_come(rq))
		return;
	rq->finding = rq_find_repo(rq->loop, getcwd(dir, sizeof dir) ? dir : "/", on_found, rq);
}

void rq_found_stop(struct relayq *rq)
{
	rq_find_free(rq->finding);
	rq->finding = NULL;
}
