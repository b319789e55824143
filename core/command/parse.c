#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/command/impl.h"
#include "core/model/filter.h"
#include "core/model/id.h"
#include "core/model/labels.h"

/* The state of one parse: which word, and where the next positional value goes. */
struct parse {
	struct rq_cmd *cmd;
	char *const *words;
	size_t n, at, arg;
	bool only_args; /* behind "--" */
	struct rq_error *e;
};

size_t rq_args_count(const struct rq_arg *t)
{
	size_t n = 0;

	while (t && t[n].name)
		n++;
	return n;
}

size_t rq_opts_count(const struct rq_opt *t)
{
	size_t n = 0;

	while (t && t[n].name)
		n++;
	return n;
}

static void push(struct rq_cmd *cmd, struct rq_value_list *l, const char *value)
{
	if (l->n == l->cap) {
		const char **v;

		l->cap = l->cap ? 2 * l->cap : 4;
		v = rq_arena_alloc(&cmd->arena, l->cap * sizeof *v);
		if (l->n)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
	}
	l->v[l->n++] = rq_arena_str(&cmd->arena, value);
}

static const struct rq_opt *find_opt(const struct rq_command *c, const char *name, size_t n)
{
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		if (!strncmp(o->name, name, n) && !o->name[n])
			return o;
	return NULL;
}

static const struct rq_opt *find_letter(const struct rq_command *c, char letter)
{
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int no_option(struct parse *p, const char *name, size_t n)
{
	const struct rq_command *c = p->cmd->command;
	const struct rq_opt *best = NULL;
	char typed[48];
	int near = 4;

	if (n >= sizeof typed)
		n = sizeof typed - 1;
	memcpy(typed, name, n);
	typed[n] = 0;
	for (const struct rq_opt *o = c->opts; o && o->name; o++) {
		int d = n > 1 && rq_starts(o->name, typed) ? 0 : rq_distance(typed, o->name, near);

		if (d < near && (size_t)d < n) {
			near = d;
			best = o;
		}
	}
	if (best)
		return rq_fail(p->e, RQ_EUSAGE, "relayq %s has no option --%s; did you mean --%s?",
			       c->name, typed, best->name);
	return rq_fail(p->e, RQ_EUSAGE, "relayq %s has no option --%s; relayq help %s lists them.",
		       c->name, typed, c->name);
}

/* "--after 3,local:4" and its like: each item by itself. */
static int check_list(enum rq_value_type type, const char *what, const char *value,
		      struct rq_error *e)
{
	char item[RQ_ID_MAX + 1];
	size_t n;

	for (;; value += n + 1) {
		n = strcspn(value, ",");
		if (n >= sizeof item)
			return rq_fail(e, RQ_EUSAGE, "%s has an item that is too long.", what);
		memcpy(item, value, n);
		item[n] = 0;
		if (rq_value_check(type, NULL, what, item, e))
			return RQ_EUSAGE;
		if (!value[n])
			return RQ_OK;
	}
}

static int set_opt(struct parse *p, const struct rq_opt *o, const char *value)
{
	struct rq_value_list *l = &p->cmd->values->opts[o - p->cmd->command->opts];
	char what[48];
	int rc;

	rq_copy(what, sizeof what, "--");
	rq_copy(what + 2, sizeof what - 2, o->name);
	if (l->n && o->value && !(o->flags & RQ_OPT_REPEAT))
		return rq_fail(p->e, RQ_EUSAGE, "%s is given twice.", what);
	if (o->value && strchr(o->value, ',') && o->type != RQ_VALUE_LABELS)
		rc = check_list(o->type, what, value, p->e);
	else
		rc = o->value ? rq_value_check(o->type, NULL, what, value, p->e) : RQ_OK;
	if (!rc)
		push(p->cmd, l, value);
	return rc;
}

static int take_opt(struct parse *p, const struct rq_opt *o, const char *inline_value)
{
	if (!o->value && inline_value)
		return rq_fail(p->e, RQ_EUSAGE, "--%s takes no value.", o->name);
	if (!o->value)
		return set_opt(p, o, "");
	if (inline_value)
		return set_opt(p, o, inline_value);
	if (p->at == p->n)
		return rq_fail(p->e, RQ_EUSAGE, "--%s needs a value: --%s %s", o->name, o->name,
			       o->value);
	return set_opt(p, o, p->words[p->at++]);
}

static int long_option(struct parse *p, const char *w)
{
	size_t n = strcspn(w, "=");
	const struct rq_opt *o = find_opt(p->cmd->command, w, n);

	if (o)
		return take_opt(p, o, w[n] ? w + n + 1 : NULL);
	if (!strcmp(w, "help")) {
		p->cmd->values->help = true;
		return RQ_OK;
	}
	return no_option(p, w, n);
}

/* -f VALUE, -fVALUE, -x -y as -xy. */
static int letters(struct parse *p, const char *w)
{
	for (; *w; w++) {
		const struct rq_opt *o = find_letter(p->cmd->command, *w);
		int rc;

		if (!o && *w == 'h') {
			p->cmd->values->help = true;
			return RQ_OK;
		}
		if (!o)
			return rq_fail(p->e, RQ_EUSAGE,
				       "relayq %s has no option -%.8s; relayq help %s lists them.",
				       p->cmd->command->name, w, p->cmd->command->name);
		if (o->value)
			return take_opt(p, o, w[1] ? w + 1 : NULL);
		rc = take_opt(p, o, NULL);
		if (rc)
			return rc;
	}
	return RQ_OK;
}

static int argument(struct parse *p, const char *w)
{
	const struct rq_command *c = p->cmd->command;
	const struct rq_arg *a = c->args ? &c->args[p->arg] : NULL;
	int rc;

	if (!a || !a->name)
		return rq_fail(p->e, RQ_EUSAGE, "\"%.80s\" is one argument too many for relayq %s",
			       w, c->name);
	rc = rq_value_check(a->type, a->choices, a->name, w, p->e);
	if (rc)
		return rc;
	push(p->cmd, &p->cmd->values->args[p->arg], w);
	if (!(a->flags & (RQ_ARG_REPEAT | RQ_ARG_REST)))
		p->arg++;
	else if (a->flags & RQ_ARG_REST)
		p->only_args = true; /* the first word of a command line: the rest is its own */
	return RQ_OK;
}

static int word(struct parse *p)
{
	const char *w = p->words[p->at++];

	if (p->only_args || w[0] != '-' || !w[1])
		return argument(p, w);
	if (!strcmp(w, "--")) {
		p->only_args = true;
		return RQ_OK;
	}
	return w[1] == '-' ? long_option(p, w + 2) : letters(p, w + 1);
}

/* The first thing that is required and not there: NULL, or its name as a person types it. */
static const char *first_missing(struct rq_cmd *cmd)
{
	const struct rq_command *c = cmd->command;

	for (const struct rq_arg *a = c->args; a && a->name; a++)
		if (!(a->flags & RQ_ARG_OPTIONAL) && !cmd->values->args[a - c->args].n)
			return a->name;
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		if ((o->flags & RQ_OPT_REQUIRED) && !cmd->values->opts[o - c->opts].n)
			return o->name;
	return NULL;
}

static int check_complete(struct parse *p, const char **missing)
{
	const struct rq_command *c = p->cmd->command;
	const char *name = first_missing(p->cmd);
	const struct rq_opt *o;

	if (missing)
		*missing = name;
	if (!name || missing || p->cmd->values->help)
		return RQ_OK;
	o = find_opt(c, name, strlen(name));
	if (o)
		return rq_fail(p->e, RQ_EUSAGE, "relayq %s needs --%s %s: %s", c->name, o->name,
			       o->value, o->help);
	return rq_fail(p->e, RQ_EUSAGE, "relayq %s needs %s; relayq help %s tells how.", c->name,
		       name, c->name);
}

int rq_cmd_parse(struct rq_cmd *cmd, char *const *words, size_t n, const char **missing,
		 struct rq_error *e)
{
	struct parse p = { .cmd = cmd, .words = words, .n = n, .e = e };
	struct rq_arena *a = &cmd->arena;
	struct rq_values *v = rq_arena_alloc(a, sizeof *v);

	v->args = rq_arena_alloc(a, (rq_args_count(cmd->command->args) + 1) * sizeof *v->args);
	v->opts = rq_arena_alloc(a, (rq_opts_count(cmd->command->opts) + 1) * sizeof *v->opts);
	cmd->values = v;
	while (p.at < n && !v->help) {
		int rc = word(&p);

		if (rc)
			return rc;
	}
	return check_complete(&p, missing);
}

/* ---- what exec functions read ---- */

static const struct rq_value_list none;

static const struct rq_value_list *arg_list(const struct rq_cmd *cmd, const char *name)
{
	const struct rq_arg *t = cmd->command->args;

	for (const struct rq_arg *a = t; a && a->name; a++)
		if (!strcmp(a->name, name))
			return &cmd->values->args[a - t];
	RQ_BUG("relayq %s has no argument %s", cmd->command->name, name);
}

static const struct rq_value_list *opt_list(const struct rq_cmd *cmd, const char *name)
{
	const struct rq_opt *o = find_opt(cmd->command, name, strlen(name));

	return o ? &cmd->values->opts[o - cmd->command->opts] : &none;
}

const char *rq_cmd_arg(const struct rq_cmd *cmd, const char *name)
{
	const struct rq_value_list *l = arg_list(cmd, name);

	return l->n ? l->v[0] : NULL;
}

size_t rq_cmd_args(const struct rq_cmd *cmd, const char *name, const char *const **v)
{
	const struct rq_value_list *l = arg_list(cmd, name);

	*v = l->v;
	return l->n;
}

const char *rq_cmd_opt(const struct rq_cmd *cmd, const char *name)
{
	const struct rq_value_list *l = opt_list(cmd, name);

	return l->n ? l->v[l->n - 1] : NULL;
}

size_t rq_cmd_opts(const struct rq_cmd *cmd, const char *name, const char *const **v)
{
	const struct rq_value_list *l = opt_list(cmd, name);

	*v = l->v;
	return l->n;
}

bool rq_cmd_on(const struct rq_cmd *cmd, const char *name)
{
	return opt_list(cmd, name)->n > 0;
}

/* The value was checked when it was read. */
int64_t rq_cmd_int(const struct rq_cmd *cmd, const char *name, int64_t def)
{
	const struct rq_opt *o = find_opt(cmd->command, name, strlen(name));
	const char *value = rq_cmd_opt(cmd, name);
	int64_t n = def;

	if (!o || !value)
		return def;
	if (o->type == RQ_VALUE_DURATION)
		rq_parse_duration(value, &n);
	else if (o->type == RQ_VALUE_SIZE)
		rq_parse_size(value, &n);
	else
		rq_parse_i64(value, &n);
	return n;
}
