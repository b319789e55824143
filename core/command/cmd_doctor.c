#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

struct tally {
	struct rq_cmd *cmd;
	struct rq_json *all; /* with --json */
	int bad;
};

static const char *const levels[] = {
	[RQ_FINDING_OK] = "ok",
	[RQ_FINDING_NOTE] = "note",
	[RQ_FINDING_BAD] = "BAD",
};

static void add(struct tally *t, const struct rq_finding *f)
{
	struct rq_cmd *cmd = t->cmd;
	const char *cells[] = { levels[f->level], f->what, f->text, rq_cell(cmd, f->fix) };
	struct rq_json *o;

	t->bad += f->level == RQ_FINDING_BAD;
	if (!t->all) {
		cmd->out->row(cmd->out->ud, cells);
		return;
	}
	o = rq_json_object();
	rq_json_set_str(o, "level", f->level == RQ_FINDING_BAD ? "bad" : levels[f->level]);
	rq_json_set_str(o, "what", f->what);
	rq_json_set_str(o, "text", f->text);
	rq_json_set_str(o, "fix", *f->fix ? f->fix : NULL);
	rq_json_add(t->all, o);
}

static void check_locale(struct tally *t)
{
	const char *charset = setlocale(LC_CTYPE, "") ? nl_langinfo(CODESET)
						      : "a locale that is "
							"not there";
	struct rq_finding f = { RQ_FINDING_OK, "locale", charset, "" };

	if (strcmp(charset, "UTF-8")) {
		f.level = RQ_FINDING_NOTE;
		f.text = rq_arena_fmt(&t->cmd->arena,
				      "%s is not UTF-8: the console draws with ASCII", charset);
		f.fix = "export LANG=C.UTF-8";
	}
	add(t, &f);
}

/* Where terminfo keeps its entries: under the first letter, or its code on macOS. */
static bool terminfo_has(struct rq_cmd *cmd, const char *dir, const char *term)
{
	const char *by_letter, *by_code;

	if (!dir || !*dir)
		return false;
	by_letter = rq_arena_fmt(&cmd->arena, "%s/%c/%s", dir, term[0], term);
	by_code = rq_arena_fmt(&cmd->arena, "%s/%02x/%s", dir, (unsigned char)term[0], term);
	return access(by_letter, R_OK) == 0 || access(by_code, R_OK) == 0;
}

static bool terminal_known(struct rq_cmd *cmd, const char *term)
{
	static const char *const dirs[] = { "/etc/terminfo",
					    "/lib/terminfo",
					    "/usr/share/terminfo",
					    "/usr/lib/terminfo",
					    "/usr/local/share/terminfo",
					    "/opt/homebrew/share/terminfo" };
	const char *home = getenv("HOME");

	if (strchr(term, '/'))
		return false;
	if (terminfo_has(cmd, getenv("TERMINFO"), term))
		return true;
	if (home && terminfo_has(cmd, rq_arena_fmt(&cmd->arena, "%s/.terminfo", home), term))
		return true;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (terminfo_has(cmd, dirs[i], term))
			return true;
	return false;
}

static void check_terminal(struct tally *t)
{
	const char *term = getenv("TERM");
	struct rq_finding f = { RQ_FINDING_OK, "terminal", term, "" };

	if (!term || !*term || !strcmp(term, "dumb")) {
		f.level = RQ_FINDING_NOTE;
		f.text = "TERM names no terminal: relayq alone prints the summary";
	} else if (!terminal_known(t->cmd, term)) {
		f.level = RQ_FINDING_BAD;
		f.text = rq_arena_fmt(&t->cmd->arena,
				      "TERM=%s is not known here: the console cannot draw", term);
		f.fix = "export TERM=xterm-256color, or install the terminal's terminfo "
			"(ncurses-term)";
	}
	add(t, &f);
}

static void check_agents(struct tally *t, const struct rq_snapshot *s)
{
	bool autostart = rq_config_bool(rq_get_config(t->cmd->rq), "agent.autostart");
	struct rq_finding f = { RQ_FINDING_NOTE, "agents", "none runs; a submission starts one",
				"" };
	int online = 0;

	for (size_t i = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];

		if (r->queue && !rq_eq(r->queue, "local"))
			continue;
		online += r->online;
		if (!r->hung)
			continue;
		f.level = RQ_FINDING_BAD;
		f.text = rq_arena_fmt(&t->cmd->arena, "%s lives but does not answer", r->name);
		f.fix = rq_arena_fmt(&t->cmd->arena,
				     "relayq agent stop --now --name %s, then start it again",
				     r->name);
		add(t, &f);
		return;
	}
	if (online) {
		f.level = RQ_FINDING_OK;
		f.text = rq_arena_fmt(&t->cmd->arena, "%d running", online);
	} else if (!autostart) {
		f.level = RQ_FINDING_BAD;
		f.text = "none runs, and agent.autostart is off: jobs wait";
		f.fix = "relayq agent start";
	}
	add(t, &f);
}

/* One finding for each line that is wrong. */
static void add_lines(struct tally *t, const char *what, struct rq_str *wrong)
{
	char *line = wrong->len ? wrong->s : NULL, *end;
	struct rq_finding f = { RQ_FINDING_OK, what, "nothing is wrong with it", "" };

	if (!line)
		add(t, &f);
	f.level = RQ_FINDING_NOTE;
	f.fix = rq_arena_fmt(&t->cmd->arena, "relayq-%s(5) tells the format", what);
	for (; line && *line; line = end + 1) {
		end = line + strcspn(line, "\n");
		f.text = rq_arena_fmt(&t->cmd->arena, "%.*s", (int)(end - line), line);
		add(t, &f);
		if (!*end)
			break;
	}
	rq_str_release(wrong);
}

static void check_looks(struct tally *t)
{
	struct rq_str keymap, theme;

	if (!t->cmd->out->looks)
		return;
	rq_str_init(&keymap, 1 << 16);
	rq_str_init(&theme, 1 << 16);
	t->cmd->out->looks->check(t->cmd->rq, &keymap, &theme);
	add_lines(t, "keymap", &keymap);
	add_lines(t, "theme", &theme);
}

/* A queue that is configured well may still not answer. */
static void ask_queue(struct rq_finding *f, const struct rq_snapshot *s)
{
	for (size_t i = 0; i < s->n_queues && f->level == RQ_FINDING_OK; i++) {
		const struct rq_queue_state *q = &s->queues[i];

		if (!*q->error || !rq_starts(f->what, "queue ") || !rq_eq(f->what + strlen("queue "), q->name))
			continue;
		f->level = RQ_FINDING_BAD;
		f->text = q->error;
	}
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "STATE", "WHAT", "FOUND", "TO MEND IT" };
	struct tally t = { .cmd = cmd, .all = rq_cmd_on(cmd, "json") ? rq_json_array() : NULL };
	struct rq_finding *found;
	size_t n;

	if (!t.all)
		cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	found = rq_doctor(cmd->rq, &cmd->arena, &n);
	for (size_t i = 0; i < n; i++) {
		ask_queue(&found[i], s);
		add(&t, &found[i]);
	}
	check_agents(&t, s);
	check_locale(&t);
	check_terminal(&t);
	check_looks(&t);
	if (t.all)
		rq_cmd_json(cmd, t.all);
	return t.bad ? RQ_EXIT_FAILED : RQ_EXIT_OK;
}

static void load(void *ud)
{
	const struct rq_want want = { .runners = true };

	rq_cmd_load(ud, &want, print);
}

static int run(struct rq_cmd *cmd)
{
	rq_look_policy(cmd->rq, load, cmd);
	return RQ_CMD_PENDING;
}

static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_doctor = {
	.name = "doctor",
	.summary = "Check what keeps relayq from working, and say how to mend it",
	.details = "The exit status is 1 when something is bad; notes are no failures.",
	.opts = opts,
	.exec = run,
};
