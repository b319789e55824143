/* help.c - what the rows say, as text: usage lines and --help. */
#include <string.h>
#include "core/base/text.h"
#include "core/command/impl.h"

enum { WIDTH = 79, NAME_COLS = 26 };

static bool leads(const struct rq_arg *a)
{
	return !(a->flags & (RQ_ARG_OPTIONAL | RQ_ARG_REPEAT | RQ_ARG_REST));
}

static void usage_arg(const struct rq_arg *a, struct rq_str *out)
{
	bool optional = a->flags & RQ_ARG_OPTIONAL;

	rq_str_addf(out, " %s%s%s%s%s", optional ? "[" : "", a->flags & RQ_ARG_REST ? "-- " : "",
		    a->type == RQ_VALUE_CHOICE ? a->choices : a->name,
		    a->flags & (RQ_ARG_REPEAT | RQ_ARG_REST) ? "..." : "", optional ? "]" : "");
}

static void usage_opt(const struct rq_opt *o, struct rq_str *out)
{
	bool required = o->flags & RQ_OPT_REQUIRED;

	rq_str_addf(out, " %s", required ? "" : "[");
	if (o->letter)
		rq_str_addf(out, "-%c", o->letter);
	else
		rq_str_addf(out, "--%s", o->name);
	if (o->value)
		rq_str_addf(out, " %s", o->value);
	rq_str_addf(out, "%s%s", required ? "" : "]", o->flags & RQ_OPT_REPEAT ? "..." : "");
}

void rq_command_usage(const struct rq_command *c, struct rq_str *out)
{
	rq_str_addf(out, "relayq %s", c->name);
	for (const struct rq_arg *a = c->args; a && a->name; a++)
		if (leads(a))
			usage_arg(a, out);
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		if (o->flags & RQ_OPT_REQUIRED)
			usage_opt(o, out);
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		if (!(o->flags & RQ_OPT_REQUIRED))
			usage_opt(o, out);
	for (const struct rq_arg *a = c->args; a && a->name; a++)
		if (!leads(a))
			usage_arg(a, out);
}

/* How much of S stays together on a line: a word, or a bracket with what is in it. */
static size_t piece(const char *s)
{
	size_t n = 0;
	int depth = 0;

	for (; s[n] && s[n] != '\n' && (depth || s[n] != ' '); n++)
		depth += (s[n] == '[') - (s[n] == ']');
	/* An option outside brackets keeps its value: "--reason TEXT". */
	if (s[0] == '-' && s[1] == '-' && s[2] && s[n] == ' ' && s[n + 1] >= 'A' && s[n + 1] <= 'Z')
		n += 1 + strcspn(s + n + 1, " ");
	return n;
}

/* S in lines of at most WIDTH columns, the second and later ones indented. COL: where we are. */
static void wrap(struct rq_str *out, const char *s, int col, int indent)
{
	bool first = true;

	while (*s) {
		size_t n = *s == '\n' ? 0 : piece(s);

		if (*s == '\n' || (!first && col + 1 + (int)n > WIDTH)) {
			rq_str_addf(out, "\n%*s", *s == '\n' && s[1] == '\n' ? 0 : indent, "");
			col = indent;
			first = true;
			if (*s == '\n') {
				s++;
				continue;
			}
		}
		if (!first) {
			rq_str_addc(out, ' ');
			col++;
		}
		rq_str_addn(out, s, n);
		col += (int)n;
		first = false;
		s += n;
		while (*s == ' ')
			s++;
	}
	rq_str_addc(out, '\n');
}

static void entry(struct rq_str *out, const char *name, const char *help, const char *def)
{
	struct rq_str text;
	int n = rq_text_width(name);

	rq_str_addf(out, "  %s", name);
	if (n + 2 > NAME_COLS - 2)
		rq_str_addf(out, "\n%*s", NAME_COLS, "");
	else
		rq_str_addf(out, "%*s", NAME_COLS - 2 - n, "");
	rq_str_init(&text, 0);
	rq_str_add(&text, help);
	if (def)
		rq_str_addf(&text, " (default: %s)", def);
	wrap(out, rq_str_get(&text), NAME_COLS, NAME_COLS);
	rq_str_release(&text);
}

static void option_entry(struct rq_str *out, const struct rq_opt *o)
{
	struct rq_str name;

	rq_str_init(&name, 0);
	if (o->letter)
		rq_str_addf(&name, "-%c, ", o->letter);
	rq_str_addf(&name, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
	entry(out, rq_str_get(&name), o->help, o->def);
	rq_str_release(&name);
}

void rq_command_help(const struct rq_command *c, struct rq_str *out)
{
	struct rq_str usage;

	rq_str_init(&usage, 0);
	rq_command_usage(c, &usage);
	rq_str_add(out, "usage: ");
	wrap(out, rq_str_get(&usage), 7, 15);
	rq_str_release(&usage);
	if (c->alias)
		rq_str_addf(out, "       relayq %s ... is the same\n", c->alias);
	rq_str_addf(out, "\n%s.\n", c->summary);
	if (c->details) {
		rq_str_addc(out, '\n');
		wrap(out, c->details, 0, 0);
	}
	if (c->flags & RQ_CMD_WRITES)
		rq_str_add(out, "\nIt changes something: a console that is read-only refuses it.\n");
	if (rq_args_count(c->args))
		rq_str_add(out, "\nArguments:\n");
	for (const struct rq_arg *a = c->args; a && a->name; a++)
		entry(out, a->name, a->help, NULL);
	if (rq_opts_count(c->opts))
		rq_str_add(out, "\nOptions:\n");
	for (const struct rq_opt *o = c->opts; o && o->name; o++)
		option_entry(out, o);
}
