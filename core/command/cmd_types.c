#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

/* ---- JSON ---- */

static struct rq_json *input_json(const struct rq_input *in)
{
	struct rq_json *o = rq_json_object(), *choices;

	rq_json_set_str(o, "name", in->name);
	rq_json_set_str(o, "type", rq_input_kind_name(in->kind));
	rq_json_set_bool(o, "required", in->required);
	rq_json_set_str(o, "default", in->def);
	if (in->choices) {
		size_t n;

		choices = rq_json_array();
		for (const char *c = in->choices; *c; c += n + (c[n] == '|')) {
			char word[256];

			n = strcspn(c, "|");
			rq_copy(word, n < sizeof word ? n + 1 : sizeof word, c);
			rq_json_add_str(choices, word);
		}
		rq_json_set(o, "choices", choices);
	}
	rq_json_set_str(o, "help", in->help);
	return o;
}

static struct rq_json *type_json(const struct rq_job_type *t)
{
	struct rq_json *o = rq_json_object(), *list = rq_json_array();

	rq_json_set_str(o, "name", t->name);
	rq_json_set_str(o, "help", t->help);
	rq_json_set_str(o, "origin", t->origin);
	if (*t->error) {
		rq_json_set_str(o, "error", t->error);
		rq_json_free(list);
		return o;
	}
	for (size_t i = 0; i < t->labels.n; i++)
		rq_json_add_str(list, t->labels.v[i]);
	rq_json_set(o, "labels", list);
	rq_json_set_int(o, "timeout_ms", t->timeout_ms);
	if (t->command) {
		list = rq_json_array();
		for (size_t i = 0; t->command[i]; i++)
			rq_json_add_str(list, t->command[i]);
		rq_json_set(o, "command", list);
	} else if (t->script) {
		rq_json_set_str(o, "run", t->script);
	} else {
		rq_json_set_str(o, "executable", t->executable);
	}
	list = rq_json_array();
	for (size_t i = 0; i < t->n_inputs; i++)
		rq_json_add(list, input_json(&t->inputs[i]));
	rq_json_set(o, "inputs", list);
	return o;
}

/* ---- for people ---- */

/* "url [output] [max_size]": what may be left out is in brackets. */
static const char *inputs_text(struct rq_cmd *cmd, const struct rq_job_type *t)
{
	struct rq_str b;
	const char *text;

	rq_str_init(&b, 0);
	for (size_t i = 0; i < t->n_inputs; i++)
		rq_str_addf(&b, t->inputs[i].required ? "%s%s" : "%s[%s]", i ? " " : "", t->inputs[i].name);
	text = rq_arena_str(&cmd->arena, rq_str_get(&b));
	rq_str_release(&b);
	return text;
}

static int list(struct rq_cmd *cmd)
{
	static const char *const columns[] = { "TYPE", "INPUTS", "WHAT" };
	size_t n;
	const struct rq_job_type **v = rq_job_types(cmd->rq, &cmd->arena, &n);
	struct rq_json *all;

	if (rq_cmd_on(cmd, "json")) {
		all = rq_json_array();
		for (size_t i = 0; i < n; i++)
			rq_json_add(all, type_json(v[i]));
		return rq_cmd_json(cmd, all);
	}
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < n; i++) {
		const char *cells[] = { v[i]->name, rq_cell(cmd, inputs_text(cmd, v[i])),
					*v[i]->error ? rq_arena_fmt(&cmd->arena, "error: %s", v[i]->error)
						     : rq_cell(cmd, v[i]->help) };

		cmd->out->row(cmd->out->ud, cells);
	}
	return RQ_EXIT_OK;
}

static void command_text(const struct rq_job_type *t, struct rq_str *out)
{
	struct rq_str line;

	rq_str_init(&line, 0);
	for (size_t i = 0; t->command && t->command[i]; i++) {
		if (i)
			rq_str_addc(&line, ' ');
		rq_words_quote(&line, t->command[i]);
	}
	rq_field(out, "command", rq_str_get(&line));
	rq_field(out, "runs", t->executable);
	if (t->script)
		rq_field(out, "runs", "a script of its own");
	if (!rq_job_type_works(t))
		rq_field(out, "runs", "the command behind --");
	rq_str_release(&line);
}

static void input_text(const struct rq_input *in, struct rq_str *out)
{
	rq_str_addf(out, "  %-16s %-9s ", in->name, rq_input_kind_name(in->kind));
	if (in->required)
		rq_str_add(out, "required  ");
	if (in->def) {
		rq_str_add(out, "default ");
		rq_text_clean(out, in->def, strlen(in->def), false);
		rq_str_add(out, "  ");
	}
	if (in->choices) {
		rq_text_clean(out, in->choices, strlen(in->choices), false);
		rq_str_add(out, "  ");
	}
	rq_text_clean(out, in->help, strlen(in->help), false);
	rq_str_addc(out, '\n');
}

static void detail_text(const struct rq_job_type *t, struct rq_str *out)
{
	char buf[RQ_TIME_LEN];
	struct rq_str labels;

	rq_str_init(&labels, 0);
	rq_labels_text(&t->labels, &labels);
	rq_field(out, "type", t->name);
	rq_field(out, "what", t->help);
	rq_field(out, "from", t->origin);
	command_text(t, out);
	if (t->timeout_ms)
		rq_field(out, "time limit", rq_duration_text(t->timeout_ms, buf));
	rq_field(out, "labels", rq_str_get(&labels));
	if (t->n_inputs)
		rq_str_add(out, "\ninputs, as -f NAME=VALUE:\n");
	for (size_t i = 0; i < t->n_inputs; i++)
		input_text(&t->inputs[i], out);
	rq_str_release(&labels);
}

static int detail(struct rq_cmd *cmd, const char *name)
{
	const struct rq_job_type *t;
	struct rq_error e = { 0 };
	struct rq_str out;

	if (rq_job_type(cmd->rq, &cmd->arena, name, &t, &e))
		return rq_cmd_error(cmd, &e);
	if (rq_cmd_on(cmd, "json"))
		return rq_cmd_json(cmd, type_json(t));
	rq_str_init(&out, 0);
	detail_text(t, &out);
	rq_cmd_text(cmd, &out);
	rq_str_release(&out);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	const char *name = rq_cmd_arg(cmd, "TYPE");

	return name ? detail(cmd, name) : list(cmd);
}

static const struct rq_arg args[] = {
	{ "TYPE", RQ_VALUE_TYPE, RQ_ARG_OPTIONAL, "all about this one" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array; of one type an object" },
	{ NULL },
};

const struct rq_command rq_cmd_types = {
	.name = "types",
	.summary = "List the types of jobs, or the inputs of one",
	.details =
		"A type is work that is written down once: relayq submit --type T -f KEY=VALUE. It "
		"is an entry of types in config.yaml, or a manifest NAME.yaml in the directory types "
		"below $XDG_DATA_HOME/relayq, with an executable NAME beside it where the manifest "
		"says no command.\n\n"
		"Into a pipe or a file, rows are separated by tabs and have no header: name, inputs "
		"(those in brackets may be left out), what it does.",
	.args = args,
	.opts = opts,
	.exec = run,
};
