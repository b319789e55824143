#include "core/agent/shim_spec.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A bump allocator: a shim lives for one job and needs little. */
void *rq_shim_alloc(size_t n)
{
	static char *block;
	static size_t left;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (n > left) {
		left = n > 65536 ? n : 65536;
		p = mmap(NULL, left, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
		if (p == MAP_FAILED)
			_exit(3);
		block = p;
	}
	p = block;
	block += n;
	left -= n;
	return p;
}

void rq_shim_env_set(struct rq_shim_spec *s, char *pair)
{
	size_t n = strcspn(pair, "=");
	char **grown;

	for (size_t i = 0; i < s->n_env; i++) {
		if (!strncmp(s->env[i], pair, n) && s->env[i][n] == '=') {
			s->env[i] = pair;
			return;
		}
	}
	if (s->n_env + 1 >= s->cap_env) {
		s->cap_env = s->cap_env ? s->cap_env * 2 : 64;
		grown = rq_shim_alloc(s->cap_env * sizeof *grown);
		if (s->n_env)
			memcpy(grown, s->env, s->n_env * sizeof *grown);
		s->env = grown;
	}
	s->env[s->n_env++] = pair;
	s->env[s->n_env] = NULL;
}

const char *rq_shim_env_get(const struct rq_shim_spec *s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < s->n_env; i++)
		if (!strncmp(s->env[i], name, n) && s->env[i][n] == '=')
			return s->env[i] + n + 1;
	return NULL;
}

/* One record of the spec. */
struct record {
	uint32_t tag, len;
	char *text;
};

static bool next(char **p, const char *end, struct record *r)
{
	uint32_t head[2];

	if ((size_t)(end - *p) < sizeof head)
		return false;
	memcpy(head, *p, sizeof head);
	*p += sizeof head;
	if ((size_t)(end - *p) <= head[1] || (*p)[head[1]] != '\0')
		return false;
	*r = (struct record){ head[0], head[1], *p };
	*p += head[1] + 1;
	return true;
}

/* How many records of TAG there are in a row, from P on: an argv's length. */
static size_t count(char *p, const char *end, uint32_t tag, bool in_a_row)
{
	struct record r;
	size_t n = 0;

	while (next(&p, end, &r)) {
		if (r.tag == tag)
			n++;
		else if (in_a_row)
			break;
	}
	return n;
}

static int64_t number(const struct record *r)
{
	int64_t v = 0;

	if (r->len == sizeof v)
		memcpy(&v, r->text, sizeof v);
	return v;
}

static const char **text_of(struct rq_shim_spec *s, uint32_t tag)
{
	switch (tag) {
	case RQ_SPEC_TOKEN: return &s->token;
	case RQ_SPEC_INSTANCE: return &s->instance;
	case RQ_SPEC_CWD: return &s->cwd;
	case RQ_SPEC_LOG: return &s->log;
	case RQ_SPEC_KEEP: return &s->keep;
	case RQ_SPEC_FILES: return &s->files;
	case RQ_SPEC_RUNTIME: return &s->runtime;
	case RQ_SPEC_CGROUP: return &s->cgroup;
	default: return NULL;
	}
}

static int64_t *number_of(struct rq_shim_spec *s, uint32_t tag)
{
	switch (tag) {
	case RQ_SPEC_TIMEOUT: return &s->timeout_ms;
	case RQ_SPEC_GRACE: return &s->grace_ms;
	case RQ_SPEC_LOG_MAX: return &s->log_max;
	case RQ_SPEC_MEMORY_MAX: return &s->memory_max;
	case RQ_SPEC_NICE: return &s->nice;
	default: return NULL;
	}
}

static void take(struct rq_shim_spec *s, const struct record *r, char *rest, const char *end)
{
	struct rq_shim_step *step = s->n_steps ? &s->steps[s->n_steps - 1] : NULL;
	const char **text = text_of(s, r->tag);
	int64_t *num = number_of(s, r->tag);

	if (text) {
		*text = r->text;
	} else if (num) {
		*num = number(r);
	} else if (r->tag == RQ_SPEC_ENV) {
		rq_shim_env_set(s, r->text);
	} else if (r->tag == RQ_SPEC_SECRET) {
		s->secrets[s->n_secrets++] = r->text;
	} else if (r->tag == RQ_SPEC_STEP) {
		step = &s->steps[s->n_steps++];
		step->title = r->text;
		step->argv = rq_shim_alloc((count(rest, end, RQ_SPEC_ARG, true) + 1) * sizeof *step->argv);
	} else if (r->tag == RQ_SPEC_SCRIPT && step) {
		step->script = r->text;
		step->script_len = r->len;
		step->argv = NULL;
	} else if (r->tag == RQ_SPEC_ARG && step && step->argv) {
		char **a = step->argv;

		while (*a)
			a++;
		*a = r->text;
	}
	/* What a later agent may add is passed over. */
}

bool rq_shim_spec_parse(struct rq_shim_spec *s, char *p, size_t n)
{
	const char *end = p + n;
	struct record r;

	memset(s, 0, sizeof *s);
	if (!next(&p, end, &r) || r.tag != RQ_SPEC_BEGIN || number(&r) != RQ_SPEC_VERSION)
		return false;
	s->secrets = rq_shim_alloc((count(p, end, RQ_SPEC_SECRET, false) + 1) * sizeof *s->secrets);
	s->steps = rq_shim_alloc((count(p, end, RQ_SPEC_STEP, false) + 1) * sizeof *s->steps);
	s->grace_ms = 10000;
	while (next(&p, end, &r))
		take(s, &r, p, end);
	if (p != end || !s->token || !s->log || !s->cwd || !s->files || !s->n_steps)
		return false;
	if (!s->env)
		s->env = rq_shim_alloc(sizeof *s->env);
	for (size_t i = 0; i < s->n_steps; i++)
		if (!s->steps[i].script && !s->steps[i].argv[0])
			return false;
	return true;
}
