#include <string.h>
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/model/columns.h"
#include "core/model/config.h"
#include "core/model/filters.h"

#define MINUTE (60 * 1000LL)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define MIB    (1024 * 1024LL)

#define JOB_COLUMNS \
	"status|id|name|type|runner|labels|age|time|queue|priority|attempt|wait|started|ended|reason|group|exit|branch|" \
	"event|actor|command"
#define RUNNER_COLUMNS \
	"name|state|busy|labels|system|load|seen|note|queue|job|slots|cores|memory|disk|temp|host|version|up"
#define DECISION_COLUMNS "age|outcome|job|why|type|runner|reason|policy|wanted|by|note|id"
#define ACTIVITY_COLUMNS "age|who|action|what|detail|result|at"

/* clang-format off */
/* To add a setting: a row here (in the order in which `relayq config` shows them), and the place
 * that reads it. A test fails for a row that nothing reads or that relayq-config(5) lacks. */
const struct rq_setting rq_settings[] = {
	{ "agent.autostart", RQ_SETTING_BOOL, "true", 0, 0, NULL,
	  "Start an agent by itself when a job is submitted and none runs." },
	{ "agent.name", RQ_SETTING_STR, "", 0, 63, NULL,
	  "Name of this machine's agent; the host's name when empty." },
	{ "agent.labels", RQ_SETTING_LIST, "", 0, 0, NULL,
	  "This machine's labels, besides self-hosted, system, architecture and host." },
	{ "agent.slots", RQ_SETTING_INT, "1", 1, 256, NULL,
	  "Jobs that an agent runs at the same time." },
	{ "agent.lease", RQ_SETTING_DURATION, "15s", 1000, HOUR, NULL,
	  "How long a job stays its runner's without a sign of life." },
	{ "agent.grace", RQ_SETTING_DURATION, "10s", 0, HOUR, NULL,
	  "Time between SIGTERM and SIGKILL when a job is ended." },
	{ "agent.cgroup", RQ_SETTING_ENUM, "auto", 0, 0, "auto|on|off",
	  "Hold jobs in cgroups of their own: with auto those that have a memory limit." },
	{ "jobs.timeout", RQ_SETTING_DURATION, "6h", 1000, 365 * DAY, NULL,
	  "Time limit of a job that names none." },
	{ "jobs.log_max", RQ_SETTING_SIZE, "64M", 4096, 1024 * 1024 * MIB, NULL,
	  "Largest log of a job that names no limit; the rest is cut and counted." },
	{ "jobs.keep", RQ_SETTING_INT, "200000", 100, 100000000, NULL,
	  "Finished jobs to keep; older ones are forgotten with their logs." },
	{ "logs.keep_bytes", RQ_SETTING_SIZE, "10G", MIB, 1024 * 1024 * 1024 * MIB, NULL,
	  "Room for the logs of finished jobs; the oldest go first." },
	{ "logs.cache_bytes", RQ_SETTING_SIZE, "1G", MIB, 1024 * 1024 * MIB, NULL,
	  "Room for logs fetched from elsewhere; the longest unseen go first." },
	{ "decisions.keep", RQ_SETTING_INT, "100000", 100, 100000000, NULL,
	  "Records of decisions to keep; the oldest go first." },
	{ "decisions.keep_age", RQ_SETTING_DURATION, "400d", DAY, 36500 * DAY, NULL,
	  "Age at which a record of a decision is dropped." },
	{ "queue.default", RQ_SETTING_STR, "local", 1, 63, NULL,
	  "Queue of a submission that names none." },
	{ "queue.detect", RQ_SETTING_BOOL, "true", 0, 0, NULL,
	  "Show the repository of the work tree one stands in, where there is a token." },
	{ "policy", RQ_SETTING_STR, "", 0, 4095, NULL,
	  "The policy's file, or repo:PATH@REV in a git repository; empty: searched for." },
	{ "notify.bell", RQ_SETTING_ENUM, "watched", 0, 0, "failure|watched|all|off",
	  "What rings the terminal's bell: jobs that fail, the end of watched ones." },
	{ "notify.desktop", RQ_SETTING_ENUM, "off", 0, 0, "off|osc9|osc777",
	  "Let the terminal show what fails or was watched, by this sequence." },
	{ "notify.command", RQ_SETTING_STR, "", 0, 4095, NULL,
	  "A command that the console runs for each job that fails or was watched." },
	{ "ui.theme", RQ_SETTING_STR, "default", 1, 255, NULL,
	  "Colours of the console: a shipped theme's name or a file." },
	{ "ui.true_colour", RQ_SETTING_ENUM, "auto", 0, 0, "auto|on|off",
	  "Send colours beyond the 256: auto where the terminal says that it has them." },
	{ "ui.keymap", RQ_SETTING_STR, "default", 1, 255, NULL,
	  "Keys of the console: a shipped keymap's name or a file." },
	{ "ui.ascii", RQ_SETTING_ENUM, "auto", 0, 0, "auto|on|off",
	  "Draw with ASCII alone: auto where the locale has no UTF-8." },
	{ "ui.detail", RQ_SETTING_ENUM, "auto", 0, 0, "auto|right|below|off",
	  "Where lists show details of what the cursor is on: auto where there is room." },
	{ "ui.detail_size", RQ_SETTING_INT, "40", 20, 80, NULL,
	  "Room for these details, in percent." },
	{ "ui.slow_link", RQ_SETTING_BOOL, "false", 0, 0, NULL,
	  "Send as little as can be: no clock, no animation, no redrawing of what ages." },
	{ "ui.undo_grace", RQ_SETTING_DURATION, "5s", 0, 5 * MINUTE, NULL,
	  "How long cancels of jobs that have not started are held back, for undo." },
	{ "ui.read_only", RQ_SETTING_BOOL, "false", 0, 0, NULL,
	  "Let the console change nothing: what would is refused, no agent is started." },
	{ "ui.columns.jobs", RQ_SETTING_COLUMNS, "", 0, 0, JOB_COLUMNS,
	  "Columns of the list of jobs, from left to right; the usual ones when empty." },
	{ "ui.columns.runners", RQ_SETTING_COLUMNS, "", 0, 0, RUNNER_COLUMNS,
	  "Columns of the list of runners." },
	{ "ui.columns.decisions", RQ_SETTING_COLUMNS, "", 0, 0, DECISION_COLUMNS,
	  "Columns of the list of decisions." },
	{ "ui.columns.activity", RQ_SETTING_COLUMNS, "", 0, 0, ACTIVITY_COLUMNS,
	  "Columns of the list of what was done." },
	{ "ui.sort.jobs", RQ_SETTING_SORT, "", 0, 0, JOB_COLUMNS,
	  "What the list of jobs is sorted by at first; active ones first when empty." },
	{ "ui.sort.runners", RQ_SETTING_SORT, "", 0, 0, RUNNER_COLUMNS,
	  "What the list of runners is sorted by at first; their names when empty." },
	{ "ui.screen_reader", RQ_SETTING_BOOL, "false", 0, 0, NULL,
	  "Draw for a screen reader: lines of words, and changes told at the bottom." },
	{ "ui.title", RQ_SETTING_BOOL, "true", 0, 0, NULL,
	  "Let the console name itself and the machine in the terminal's title." },
	{ "ui.mouse", RQ_SETTING_BOOL, "false", 0, 0, NULL,
	  "Let the console take the mouse; the terminal's own selection then needs shift." },
};
/* clang-format on */
const size_t rq_settings_n = sizeof rq_settings / sizeof *rq_settings;

/* TEXT NULL: the default. NUMBER: of a bool, int, duration or size. */
struct value {
	char *text, *origin;
	int64_t number;
};

/* Parts of the file that are no settings: lists and maps with readers of their own. */
static const char *const sections[] = { "types", "schedules", "queues", "filters" };
enum { SECTIONS_N = sizeof sections / sizeof *sections };

struct rq_config {
	struct value v[sizeof rq_settings / sizeof *rq_settings];
	struct rq_yaml_doc *doc;        /* owns what SECTION points to; NULL when all are empty */
	const struct rq_yaml *section[SECTIONS_N];
};

static int section_at(const char *name)
{
	for (int i = 0; i < SECTIONS_N; i++)
		if (!strcmp(sections[i], name))
			return i;
	return -1;
}

const struct rq_yaml *rq_config_section(const struct rq_config *c, const char *name)
{
	int i = section_at(name);

	if (i < 0)
		RQ_BUG("config.yaml has no section %s", name);
	return c->section[i];
}

const struct rq_setting *rq_config_find(const char *name)
{
	for (size_t i = 0; i < rq_settings_n; i++)
		if (!strcmp(rq_settings[i].name, name))
			return &rq_settings[i];
	return NULL;
}

static int unknown(const char *name, struct rq_error *e)
{
	const struct rq_setting *best = NULL;
	int near = 4;

	for (size_t i = 0; i < rq_settings_n; i++) {
		const char *dot = strchr(rq_settings[i].name, '.');
		int d = rq_distance(name, rq_settings[i].name, near);

		/* "slots" alone is not far from "agent.slots". */
		if (dot && !strcmp(name, dot + 1))
			d = 0;
		if (d < near) {
			near = d;
			best = &rq_settings[i];
		}
	}
	if (best)
		return rq_fail(e, RQ_ENOTFOUND, "There is no setting \"%.80s\"; did you mean %s?",
			       name, best->name);
	return rq_fail(e, RQ_ENOTFOUND,
		       "There is no setting \"%.80s\"; relayq config lists them all.", name);
}

int rq_config_check(const char *name, struct rq_error *e)
{
	return rq_config_find(name) ? RQ_OK : unknown(name, e);
}

static int wrong(const struct rq_setting *s, const char *value, const char *wanted,
		 struct rq_error *e)
{
	return rq_fail(e, RQ_EUSAGE, "%s cannot be \"%.80s\": %s", s->name, value, wanted);
}

static int check_range(const struct rq_setting *s, const char *value, int64_t n, struct rq_error *e)
{
	if (n >= s->min && n <= s->max)
		return RQ_OK;
	if (s->type == RQ_SETTING_INT)
		return rq_fail(e, RQ_EUSAGE, "%s cannot be %.80s: it goes from %lld to %lld.",
			       s->name, value, (long long)s->min, (long long)s->max);
	return wrong(s, value, n < s->min ? "that is too small" : "that is too large", e);
}

static int check_text(const struct rq_setting *s, const char *value, struct rq_error *e)
{
	size_t n = strlen(value);

	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return wrong(s, "", "it holds a control character", e);
	if (s->type == RQ_SETTING_STR && (int64_t)n < s->min)
		return wrong(s, value, "it must not be empty", e);
	if (s->type == RQ_SETTING_STR && (int64_t)n > s->max)
		return wrong(s, value, "that is too long", e);
	return RQ_OK;
}

static int check_columns(const struct rq_setting *s, const char *value, struct rq_error *e)
{
	struct rq_column_choice columns[RQ_COLUMNS_MAX];
	char name[RQ_COLUMN_NAME_LEN];
	bool descending;
	size_t n;
	int rc = s->type == RQ_SETTING_SORT ? rq_columns_parse_sort(value, s->choices, name, &descending, e)
					    : rq_columns_parse(value, s->choices, columns, &n, e);

	if (rc)
		rq_fail_in(e, "%s", s->name);
	return rc;
}

/* The value as its type reads it; NUMBER is left alone where there is none. */
static int read_value(const struct rq_setting *s, const char *value, int64_t *number,
		      struct rq_error *e)
{
	switch (s->type) {
	case RQ_SETTING_BOOL:
		*number = !strcmp(value, "true");
		if (!*number && strcmp(value, "false"))
			return wrong(s, value, "it is true or false", e);
		return RQ_OK;
	case RQ_SETTING_INT:
		if (!rq_parse_i64(value, number))
			return wrong(s, value, "it is a whole number", e);
		return check_range(s, value, *number, e);
	case RQ_SETTING_DURATION:
		if (!rq_parse_duration(value, number))
			return wrong(s, value, "it is a duration such as 90s, 5m or 1h30m", e);
		return check_range(s, value, *number, e);
	case RQ_SETTING_SIZE:
		if (!rq_parse_size(value, number))
			return wrong(s, value, "it is a size such as 64M or 1.5G", e);
		return check_range(s, value, *number, e);
	case RQ_SETTING_COLUMNS:
	case RQ_SETTING_SORT:
		return check_columns(s, value, e);
	case RQ_SETTING_ENUM:
		return rq_choice_has(s->choices, value) ? RQ_OK : wrong(s, value, s->choices, e);
	default:
		return check_text(s, value, e);
	}
}

static struct value *slot(struct rq_config *c, const struct rq_setting *s)
{
	return &c->v[s - rq_settings];
}

static int put(struct rq_config *c, const struct rq_setting *s, const char *value, char *origin,
	       struct rq_error *e)
{
	int64_t number = 0;
	int rc = read_value(s, value, &number, e);
	struct value *v = slot(c, s);

	if (rc) {
		rq_free(origin);
		return rc;
	}
	rq_free(v->text);
	rq_free(v->origin);
	v->text = rq_strdup(value);
	v->origin = origin;
	v->number = number;
	return RQ_OK;
}

struct rq_config *rq_config_new(void)
{
	struct rq_config *c = rq_alloc(sizeof *c);
	struct rq_error e;

	for (size_t i = 0; i < rq_settings_n; i++)
		if (read_value(&rq_settings[i], rq_settings[i].def, &c->v[i].number, &e))
			RQ_BUG("%s", e.msg);
	return c;
}

void rq_config_free(struct rq_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < rq_settings_n; i++) {
		rq_free(c->v[i].text);
		rq_free(c->v[i].origin);
	}
	rq_yaml_free(c->doc);
	rq_free(c);
}

int rq_config_set(struct rq_config *c, const char *name, const char *value, struct rq_error *e)
{
	const struct rq_setting *s = rq_config_find(name);

	if (!s)
		return unknown(name, e);
	return put(c, s, value, rq_strdup("set"), e);
}

/* "agent" holds nothing itself but begins the names of settings. */
static bool is_section(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < rq_settings_n; i++)
		if (!strncmp(rq_settings[i].name, name, n) && rq_settings[i].name[n] == '.')
			return true;
	return false;
}

static char *origin_text(const char *file, const struct rq_yaml *y)
{
	const char *slash = strrchr(file, '/');

	return rq_fmt("%s:%d", slash ? slash + 1 : file, y->line);
}

/* A list may be written as one, or as "a,b". */
static int list_text(const struct rq_setting *s, const struct rq_yaml *y, struct rq_str *out,
		     struct rq_error *e)
{
	for (size_t i = 0; i < y->n; i++) {
		const char *item = rq_yaml_str(y->items[i]);

		if (!item)
			return rq_fail(e, RQ_EUSAGE, "%s is a list of words.", s->name);
		rq_str_addf(out, "%s%s", i ? "," : "", item);
	}
	return RQ_OK;
}

static int take(struct rq_config *c, const char *file, const char *name, const struct rq_yaml *key,
		const struct rq_yaml *y, struct rq_error *e)
{
	const struct rq_setting *s = rq_config_find(name);
	struct rq_str text;
	int rc = RQ_OK;

	if (!s) {
		unknown(name, e);
		rq_fail_in(e, "%s:%d:%d", file, key->line, key->col);
		if (e)
			e->code = RQ_EUSAGE;
		return RQ_EUSAGE;
	}
	if (y->kind == RQ_YAML_NULL)
		return RQ_OK;
	rq_str_init(&text, 0);
	if (y->kind == RQ_YAML_SCALAR)
		rq_str_add(&text, y->text);
	else if (y->kind == RQ_YAML_SEQ && (s->type == RQ_SETTING_LIST || s->type == RQ_SETTING_COLUMNS))
		rc = list_text(s, y, &text, e);
	else
		rc = rq_fail(e, RQ_EUSAGE, "%s is a single value.", name);
	if (!rc)
		rc = put(c, s, rq_str_get(&text), origin_text(file, y), e);
	rq_str_release(&text);
	if (rc)
		rq_fail_in(e, "%s:%d:%d", file, y->line, y->col);
	return rc;
}

/* The filters are short and are used anywhere, so they are checked here. */
static int take_section(struct rq_config *c, const char *file, const char *name, const struct rq_yaml *y,
			struct rq_error *e)
{
	c->section[section_at(name)] = y->kind == RQ_YAML_NULL ? NULL : y;
	return y->kind == RQ_YAML_NULL || strcmp(name, "filters") ? RQ_OK : rq_filters_check(file, y, e);
}

static int take_map(struct rq_config *c, const char *file, const char *section,
		    const struct rq_yaml *map, struct rq_error *e)
{
	struct rq_str name;
	int rc = RQ_OK;

	rq_str_init(&name, 0);
	for (size_t i = 0; i < map->n && !rc; i++) {
		const struct rq_yaml *key = map->keys[i], *y = map->items[i];

		rq_str_clear(&name);
		rq_str_addf(&name, "%s%s%s", section, *section ? "." : "", key->text);
		if (!*section && section_at(key->text) >= 0)
			rc = take_section(c, file, key->text, y, e);
		else if (!is_section(rq_str_get(&name)))
			rc = take(c, file, rq_str_get(&name), key, y, e);
		else if (y->kind == RQ_YAML_MAP)
			rc = take_map(c, file, rq_str_get(&name), y, e);
		else if (y->kind != RQ_YAML_NULL)
			rc = rq_fail(
				e, RQ_EUSAGE,
				"%s:%d:%d: \"%.80s\" is a section; indent its settings below it.",
				file, y->line, y->col, key->text);
	}
	rq_str_release(&name);
	return rc;
}

static void copy(struct rq_config *to, const struct rq_config *from)
{
	for (size_t i = 0; i < rq_settings_n; i++) {
		to->v[i].text = rq_strdup(from->v[i].text);
		to->v[i].origin = rq_strdup(from->v[i].origin);
		to->v[i].number = from->v[i].number;
	}
}

/* All or nothing: a file with a mistake changes no setting. */
int rq_config_parse(struct rq_config *c, const char *name, const char *text, size_t n,
		    struct rq_error *e)
{
	const struct rq_yaml *root;
	struct rq_config *fresh, old;
	struct rq_yaml_doc *doc;
	int rc = rq_yaml_parse(name, text, n, &doc, e);

	if (rc)
		return rc;
	root = rq_yaml_root(doc);
	fresh = rq_alloc(sizeof *fresh);
	copy(fresh, c);
	if (root->kind == RQ_YAML_MAP)
		rc = take_map(fresh, name, "", root, e);
	else if (root->kind != RQ_YAML_NULL)
		rc = rq_fail(e, RQ_EUSAGE, "%s:%d:%d: settings are written as NAME: VALUE.", name,
			     root->line, root->col);
	fresh->doc = doc;
	if (!rc) {
		old = *c;
		*c = *fresh;
		*fresh = old;
	}
	rq_config_free(fresh);
	return rc;
}

static const struct rq_setting *must_find(const char *name)
{
	const struct rq_setting *s = rq_config_find(name);

	if (!s)
		RQ_BUG("there is no setting %s", name);
	return s;
}

bool rq_config_bool(const struct rq_config *c, const char *name)
{
	return c->v[must_find(name) - rq_settings].number;
}

int64_t rq_config_int(const struct rq_config *c, const char *name)
{
	return c->v[must_find(name) - rq_settings].number;
}

const char *rq_config_str(const struct rq_config *c, const char *name)
{
	const struct rq_setting *s = must_find(name);
	const char *text = c->v[s - rq_settings].text;

	return text ? text : s->def;
}

const char *rq_config_origin(const struct rq_config *c, const char *name)
{
	const char *origin = c->v[must_find(name) - rq_settings].origin;

	return origin ? origin : "default";
}
