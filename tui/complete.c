/* Completion. */
#include "tui/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/base/embed.h"
#include "core/base/str.h"
#include "core/model/call.h"
#include "core/model/config.h"
#include "tui/filter_complete.h"
#include "tui/manual.h"

extern char **environ;

enum { DIR_ENTRIES = 20000, NAMES_MAX = 4000 };

void rq_choices_release(struct rq_choices *c)
{
	rq_arena_release(&c->arena);
	c->n = 0;
	c->more = false;
}

size_t rq_choices_common(const struct rq_choices *c)
{
	size_t n = c->n ? strlen(c->v[0]) : 0, i, k;

	for (i = 1; i < c->n; i++) {
		for (k = 0; k < n && c->v[i][k] == c->v[0][k]; k++)
			;
		n = k;
	}
	/* Not a part of a character. */
	while (n && ((unsigned char)c->v[0][n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* VALUE, with BEFORE in front, if it begins with what of PREFIX is behind BEFORE. Each once. */
static void add(struct rq_choices *c, const char *before, const char *value, const char *prefix, const char *help)
{
	size_t i, n = strlen(before), len = strlen(prefix);
	char *s;

	if (len < n || !value || !*value || !rq_starts(value, prefix + n))
		return;
	for (i = 0; i < c->n; i++)
		if (rq_eq(c->v[i] + n, value))
			return;
	if (c->n == RQ_CHOICES_MAX) {
		c->more = true;
		return;
	}
	s = rq_arena_alloc(&c->arena, n + strlen(value) + 1);
	memcpy(s, before, n);
	rq_copy(s + n, strlen(value) + 1, value);
	c->v[c->n] = s;
	c->help[c->n++] = help && *help ? rq_arena_str(&c->arena, help) : "";
}

/* ---- values ---- */

static const struct rq_snapshot *snap(const struct rq_sources *s)
{
	static const struct rq_snapshot none;

	return s->snap ? s->snap : &none;
}

static void add_parts(struct rq_choices *c, const char *before, const char *parts, const char *prefix)
{
	while (parts && *parts) {
		size_t n = strcspn(parts, "|");

		add(c, before, rq_arena_strn(&c->arena, parts, n), prefix, NULL);
		parts += n + (parts[n] == '|');
	}
}

/* "1,2": the last item of a list is completed. */
static const char *list_before(struct rq_choices *c, const char *prefix)
{
	const char *comma = strrchr(prefix, ',');

	return comma ? rq_arena_strn(&c->arena, prefix, (size_t)(comma - prefix) + 1) : "";
}

static void add_labels(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	const char *before = list_before(c, prefix);
	size_t i, k, j;
	char help[64];

	for (i = 0; i < s->n_runners; i++) {
		for (k = 0; k < s->runners[i].labels.n; k++) {
			const char *label = s->runners[i].labels.v[k];
			size_t n = 0, m;

			for (j = 0; j < s->n_runners; j++)
				for (m = 0; m < s->runners[j].labels.n; m++)
					n += rq_ieq(s->runners[j].labels.v[m], label);
			if (n != 1)
				snprintf(help, sizeof help, "%zu runners", n);
			else
				rq_copy(help, sizeof help, s->runners[i].name);
			add(c, before, label, prefix, help);
		}
	}
}

static void add_jobs(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	const char *before = list_before(c, prefix);
	size_t i;

	for (i = 0; i < s->n_jobs; i++)
		add(c, before, s->jobs[i].id, prefix,
		    rq_arena_fmt(&c->arena, "%s  %s", rq_job_state_text(&s->jobs[i]), s->jobs[i].name));
}

static const char *about_runner(struct rq_arena *a, const struct rq_runner *r)
{
	const char *state = !r->online ? "offline" : r->drain != RQ_DRAIN_ACTIVE ? rq_drain_name(r->drain) : "online";
	struct rq_str s;
	const char *out;
	size_t i;

	rq_str_init(&s, 200);
	rq_str_add(&s, state);
	for (i = 0; i < r->labels.n; i++)
		rq_str_addf(&s, "%s%s", i ? "," : "  ", r->labels.v[i]);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}

static void add_runners(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++)
		add(c, "", s->runners[i].name, prefix, about_runner(&c->arena, &s->runners[i]));
}

static void add_decisions(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_decisions; i++)
		add(c, "", s->decisions[i].id, prefix, s->decisions[i].job_id);
	add_jobs(c, s, prefix);
}

static void add_workflows(struct rq_choices *c, const struct rq_sources *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_workflows; i++)
		add(c, "", s->workflows[i].file, prefix,
		    rq_arena_fmt(&c->arena, "%s%s%s", s->workflows[i].name, rq_eq(s->workflows[i].state, "active") ? "" : "  ",
				 rq_eq(s->workflows[i].state, "active") ? "" : s->workflows[i].state));
}

/* The branches that are known are those that have runs. */
static void add_refs(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_jobs; i++)
		add(c, "", s->jobs[i].branch, prefix, s->jobs[i].name);
}

/* Names alone: values are nobody's business. */
static void add_environment(struct rq_choices *c, const char *prefix)
{
	char **v;

	if (strchr(prefix, '='))
		return;
	for (v = environ; *v; v++)
		add(c, "", rq_arena_strn(&c->arena, *v, strcspn(*v, "=")), prefix, NULL);
}

/* ---- files ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dir(const char *dir, const char *name)
{
	char *path = rq_fmt("%s/%s", dir, name);
	struct stat st;
	bool yes;

	yes = !stat(path, &st) && S_ISDIR(st.st_mode);
	rq_free(path);
	return yes;
}

/* The names in DIR that begin with FIRST, sorted; hidden ones only when a dot was typed. */
static size_t read_dir(struct rq_arena *a, const char *dir, const char *first, const char **v)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t n = 0, seen = 0;

	while (d && n < NAMES_MAX && seen++ < DIR_ENTRIES && (e = readdir(d))) {
		if (rq_eq(e->d_name, ".") || rq_eq(e->d_name, "..") || (e->d_name[0] == '.' && *first != '.') ||
		    !rq_starts(e->d_name, first))
			continue;
		v[n++] = rq_arena_str(a, e->d_name);
	}
	if (d)
		closedir(d);
	qsort(v, n, sizeof *v, by_name);
	return n;
}

/* "~/x" is not what a file is called; the shell is not there to know better. */
static const char *directory(struct rq_arena *a, const char *before)
{
	const char *home = getenv("HOME");

	if (!*before)
		return ".";
	return rq_starts(before, "~/") && home ? rq_arena_fmt(a, "%s/%s", home, before + 2) : before;
}

static void add_files(struct rq_choices *c, const char *prefix, bool dirs)
{
	const char *slash = strrchr(prefix, '/'), **found = rq_arena_alloc(&c->arena, NAMES_MAX * sizeof *found);
	const char *before = slash ? rq_arena_strn(&c->arena, prefix, (size_t)(slash - prefix) + 1) : "";
	const char *dir = directory(&c->arena, before), *shown = before;
	size_t n = read_dir(&c->arena, dir, prefix + strlen(before), found), i;

	if (rq_starts(before, "~/"))
		shown = dir;
	for (i = 0; i < n && !c->more; i++) {
		bool sub = is_dir(dir, found[i]);

		if (!sub && dirs)
			continue;
		add(c, "", rq_arena_fmt(&c->arena, "%s%s%s", shown, found[i], sub ? "/" : ""),
		    shown == before ? prefix : "", NULL);
	}
}

/* ---- by type ---- */

static void add_queues(struct rq_choices *c, const struct rq_snapshot *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		add(c, "", s->queues[i].name, prefix, s->queues[i].kind);
}

static void add_types(struct rq_choices *c, const struct rq_sources *s, const char *prefix)
{
	size_t i;

	for (i = 0; i < s->n_types; i++)
		add(c, "", s->types[i]->name, prefix, *s->types[i]->error ? s->types[i]->error : s->types[i]->help);
}

static void add_settings(struct rq_choices *c, const char *prefix)
{
	size_t i;

	for (i = 0; i < rq_settings_n; i++)
		add(c, "", rq_settings[i].name, prefix, rq_settings[i].help);
}

/* The names of files that come with relayq: "themes/mono.theme" is "mono". */
static void add_shipped(struct rq_choices *c, const char *dir, const char *prefix)
{
	const struct rq_embedded *f;

	for (f = rq_embedded_files; f->name; f++)
		if (rq_starts(f->name, dir))
			add(c, "", rq_arena_strn(&c->arena, f->name + strlen(dir), strcspn(f->name + strlen(dir), ".")), prefix,
			    NULL);
}

/* What is known of a setting's value: of one that can be anything, what holds where nobody sets it. */
static void add_setting(struct rq_choices *c, const struct rq_sources *s, const char *name, const char *prefix)
{
	const struct rq_setting *setting = name ? rq_config_find(name) : NULL;

	if (!setting)
		return;
	switch (setting->type) {
	case RQ_SETTING_BOOL: add_parts(c, "", "true|false", prefix); return;
	case RQ_SETTING_ENUM: add_parts(c, "", setting->choices, prefix); return;
	case RQ_SETTING_COLUMNS: add_parts(c, list_before(c, prefix), setting->choices, prefix); return;
	case RQ_SETTING_SORT: add_parts(c, *prefix == '-' ? "-" : "", setting->choices, prefix); return;
	case RQ_SETTING_LIST: add_labels(c, snap(s), prefix); return;
	default: break;
	}
	if (rq_eq(name, "ui.theme"))
		add_shipped(c, "themes/", prefix);
	else if (rq_eq(name, "ui.keymap"))
		add_shipped(c, "keymaps/", prefix);
	else if (rq_eq(name, "queue.default"))
		add_queues(c, snap(s), prefix);
	else if (rq_eq(name, "policy"))
		add_files(c, prefix, false);
	else
		add(c, "", setting->def, prefix, "where nobody sets it");
}

/* What a filter's own line offers, without the saved ones. */
static void add_filter(struct rq_choices *c, const struct rq_sources *s, const char *prefix)
{
	struct rq_choices *all = rq_alloc(sizeof *all);
	struct rq_str types;
	size_t i, from;

	rq_str_init(&types, 0);
	for (i = 0; i < s->n_types; i++)
		rq_str_addf(&types, "%s|", s->types[i]->name);
	rq_filter_complete(snap(s), NULL, rq_str_get(&types), prefix, all, &from);
	for (i = 0; i < all->n; i++)
		add(c, "", rq_arena_fmt(&c->arena, "%.*s%s", (int)from, prefix, all->v[i]), prefix, "");
	rq_choices_release(all);
	rq_free(all);
	rq_str_release(&types);
}

static void add_values(const struct rq_sources *s, enum rq_value_type type, const char *choices, const char *prefix,
		       struct rq_choices *c)
{
	switch (type) {
	case RQ_VALUE_JOB: c->kind = "jobs"; add_jobs(c, snap(s), prefix); break;
	case RQ_VALUE_RUNNER: c->kind = "runners"; add_runners(c, snap(s), prefix); break;
	case RQ_VALUE_DECISION: c->kind = "decisions"; add_decisions(c, snap(s), prefix); break;
	case RQ_VALUE_QUEUE: c->kind = "queues"; add_queues(c, snap(s), prefix); break;
	case RQ_VALUE_LABELS: c->kind = "labels"; add_labels(c, snap(s), prefix); break;
	case RQ_VALUE_CHOICE: c->kind = "choices"; add_parts(c, "", choices, prefix); break;
	case RQ_VALUE_TYPE: c->kind = "types"; add_types(c, s, prefix); break;
	case RQ_VALUE_SETTING: c->kind = "settings"; add_settings(c, prefix); break;
	case RQ_VALUE_OF_SETTING: c->kind = "values"; add_setting(c, s, choices, prefix); break;
	case RQ_VALUE_WORKFLOW: c->kind = "workflows"; add_workflows(c, s, prefix); break;
	case RQ_VALUE_REF: c->kind = "branches"; add_refs(c, snap(s), prefix); break;
	case RQ_VALUE_ENV: c->kind = "variables"; add_environment(c, prefix); break;
	case RQ_VALUE_FILE: case RQ_VALUE_WORDS: c->kind = "files"; add_files(c, prefix, false); break;
	case RQ_VALUE_DIR: c->kind = "directories"; add_files(c, prefix, true); break;
	case RQ_VALUE_FILTER:
		c->kind = "filters";
		add_filter(c, s, prefix);
		break;
	default: break;
	}
}

static void clear(struct rq_choices *c)
{
	memset(c, 0, sizeof *c);
	c->kind = c->before = "";
}

void rq_complete_value(const struct rq_sources *s, enum rq_value_type type, const char *choices, const char *prefix,
		       struct rq_choices *out)
{
	clear(out);
	add_values(s, type, choices, prefix, out);
}

/* ---- a whole command line ---- */

/* Commands and what the console does itself, by everything typed so far: names have up to two words. */
static void add_names(struct rq_choices *c, const char *text, size_t from)
{
	size_t i;

	for (i = 0; rq_commands[i]; i++) {
		const struct rq_command *command = rq_commands[i];

		if (command->name[0] != '_' && !(command->flags & RQ_CMD_CLI_ONLY) && rq_starts(command->name, text))
			add(c, "", command->name + from, text + from, command->summary);
	}
	for (i = 0; i < RQ_DO_N; i++) {
		const struct rq_doing *d = rq_doing((enum rq_do)i);

		if (i != RQ_DO_NONE && rq_starts(d->words, text))
			add(c, "", d->words + from, text + from, d->help);
	}
	if (c->n) {
		c->kind = "commands";
		c->names = true;
	}
}

static void add_options(struct rq_choices *c, const struct rq_cmdline *line)
{
	const struct rq_opt *o;
	size_t i;

	c->kind = "options";
	for (o = line->command->opts; o && o->name; o++) {
		bool given = false;

		for (i = line->used; i < line->n && !(o->flags & RQ_OPT_REPEAT); i++)
			given = given || (rq_starts(line->words[i], "--") && rq_eq(line->words[i] + 2, o->name));
		if (!(o->flags & RQ_OPT_CLI_ONLY) && !given)
			add(c, "", rq_arena_fmt(&c->arena, "--%s", o->name), line->last, o->help);
	}
}

static const struct rq_job_type *type_of(const struct rq_sources *s, const struct rq_cmdline *line)
{
	const char *name = rq_cmdline_option(line->words, line->n, "type");
	size_t i;

	for (i = 0; name && i < s->n_types; i++)
		if (rq_eq(s->types[i]->name, name))
			return s->types[i];
	return NULL;
}

/* The inputs of the type that the line names, and what one of a few can be. */
static void add_inputs(struct rq_choices *c, const struct rq_sources *s, const struct rq_cmdline *line)
{
	const struct rq_job_type *t = type_of(s, line);
	const char *value = line->last + line->skip, *equals = strchr(value, '=');
	size_t i;

	for (i = 0; t && i < t->n_inputs; i++) {
		const struct rq_input *in = &t->inputs[i];

		c->kind = "inputs";
		if (!equals) {
			add(c, "", rq_arena_fmt(&c->arena, "%s=", in->name), value, in->help);
		} else if (strlen(in->name) == (size_t)(equals - value) && rq_starts(value, in->name)) {
			c->before = rq_arena_fmt(&c->arena, "%s%s=", c->before, in->name);
			if (in->choices || in->kind == RQ_INPUT_BOOL)
				add_parts(c, "", in->choices ? in->choices : "true|false", equals + 1);
			else if (in->kind == RQ_INPUT_FILE)
				add_files(c, equals + 1, false);
			return;
		}
	}
}

/* The rest of the line is one topic: "runner new", "policy.5"; what is within a page only when it has begun. */
struct topics {
	struct rq_choices *c;
	const char *text;
	size_t from;
};

static void add_topic(void *ud, const char *topic, const char *about, bool page)
{
	struct topics *t = ud;

	if ((page || *t->text) && rq_starts(topic, t->text))
		add(t->c, "", topic + t->from, t->text + t->from, about);
}

static void add_topics(struct rq_choices *c, const char *text, size_t from)
{
	struct topics t = { c, text, from };
	size_t i;

	for (i = 0; rq_commands[i]; i++)
		if (rq_commands[i]->name[0] != '_')
			add_topic(&t, rq_commands[i]->name, rq_commands[i]->summary, true);
	rq_manual_topics(add_topic, &t);
	c->kind = "topics";
	c->names = true;
}

static void add_arguments(struct rq_choices *c, const struct rq_sources *s, const struct rq_cmdline *line, const char *text)
{
	const char *value = line->last + line->skip;
	bool words = line->arg && line->arg->type == RQ_VALUE_WORDS;

	/* Before a command line of a job's the options are told; it is told by its first letters. */
	if (line->options && !line->opt && (line->last[0] == '-' || (words && !*line->last))) {
		add_options(c, line);
		return;
	}
	c->before = rq_arena_strn(&c->arena, line->last, line->skip);
	if (line->opt && line->opt->type == RQ_VALUE_PAIR) {
		add_inputs(c, s, line);
	} else if (rq_cmdline_type(line) == RQ_VALUE_COMMAND) {
		size_t at = strspn(text, " ") + strlen(line->words[0]);

		at += strspn(text + at, " ");
		add_topics(c, text + at, line->from - at);
	} else {
		add_values(s, rq_cmdline_type(line), rq_cmdline_choices(line), value, c);
	}
	/* Where nothing else stands, options do. */
	if (!c->n && !c->names && line->options && !*line->last && !line->opt && (!line->arg || !line->arg->name))
		add_options(c, line);
}

static void add_of_doing(struct rq_choices *c, const struct rq_sources *s, const struct rq_cmdline *line)
{
	c->names = true; /* its argument is the rest of the line, as it is */
	if (line->doing == RQ_DO_VIEW && line->n == 1) {
		c->kind = "views and files";
		add_parts(c, "", s->views, line->last);
	} else if (line->doing == RQ_DO_DETAIL && line->n == 1) {
		c->kind = "places";
		add_parts(c, "", "right|below|off|auto|next|larger|smaller|down|up", line->last);
	} else if (line->doing == RQ_DO_ZOOM && line->n == 1) {
		c->kind = "parts";
		add_parts(c, "", "detail|list", line->last);
	} else if (line->doing == RQ_DO_SORT && line->n == 1) {
		c->kind = "columns";
		add_parts(c, "", s->columns, line->last);
	} else if (line->doing == RQ_DO_FILTER || line->doing == RQ_DO_MARK_MATCHING) {
		add_values(s, RQ_VALUE_FILTER, NULL, line->last, c);
	} else if (line->doing == RQ_DO_BESIDE && line->n == 1) {
		add_values(s, RQ_VALUE_JOB, NULL, line->last, c);
	} else if (line->doing == RQ_DO_SAVE && line->n == 1) {
		add_values(s, RQ_VALUE_FILE, NULL, line->last, c);
	}
}

/* Placeholders are filled in from the view in sight when the line is run. */
static void add_placeholders(struct rq_choices *c, const char *prefix)
{
	c->kind = "from the view";
	add(c, "", "{job}", prefix, "the job that the cursor is on");
	add(c, "", "{jobs}", prefix, "the marked jobs, else that job");
	add(c, "", "{runner}", prefix, "the runner, or the runner of the job");
	add(c, "", "{runners}", prefix, "the marked runners, else that one");
	add(c, "", "{decision}", prefix, "the decision, or the job's latest");
	add(c, "", "{previous}", prefix, "the decision before it");
	add(c, "", "{filter}", prefix, "what the view is filtered by");
}

void rq_complete(const struct rq_sources *s, const char *text, size_t n, struct rq_choices *out, size_t *from)
{
	struct rq_cmdline line;
	char *typed;

	clear(out);
	typed = rq_arena_strn(&out->arena, text, n);
	rq_cmdline_init(&line, typed, n);
	*from = line.from;
	add_names(out, typed, line.from);
	if (out->n && line.n)
		out->names = !line.command;
	if (line.last[0] == '{' && line.n)
		add_placeholders(out, line.last);
	else if (line.command)
		add_arguments(out, s, &line, typed);
	if (line.doing != RQ_DO_NONE)
		add_of_doing(out, s, &line);
	rq_cmdline_release(&line);
}
