/* Runners: what executes jobs. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/listview.h"
#include "tui/runner_text.h"

enum {
	NAME, STATE, BUSY, LABELS, SYSTEM, LOAD, SEEN, NOTE, QUEUE, JOB, SLOTS, CORES, MEMORY, DISK, TEMP, HOST, VERSION, UP,
	N_COLUMNS
};

/* Their names are those of ui.columns.runners. */
#define MORE_COLUMNS \
	[SLOTS] = { "SLOTS", 5, 5, 4, true }, [CORES] = { "CORES", 5, 5, 4, true }, \
	[MEMORY] = { "MEMORY", 6, 7, 4, true }, [DISK] = { "DISK", 6, 7, 4, true }, \
	[TEMP] = { "TEMP", 6, 6, 4, true }, [HOST] = { "HOST", 6, 20, 4, false }, \
	[VERSION] = { "VERSION", 7, 12, 4, false }, [UP] = { "UP", 6, 6, 4, true }

static const struct rq_column columns[N_COLUMNS] = {
	[NAME] = { "NAME", 10, 20, 0, false },
	[STATE] = { "STATE", 10, 10, 0, false },
	[BUSY] = { "BUSY", 4, 6, 0, false },
	[LABELS] = { "LABELS", 12, 0, 0, false },
	[SYSTEM] = { "SYSTEM", 11, 14, 3, false },
	[LOAD] = { "LOAD", 4, 14, 4, true },
	[SEEN] = { "SEEN", 6, 6, 2, true },
	[NOTE] = { "NOTE", 14, 30, 1, false },
	[QUEUE] = { "QUEUE", 5, 12, 3, false },
	[JOB] = { "JOB", 20, 40, 3, false },
	MORE_COLUMNS,
};
static const unsigned char order[] = { NAME, STATE, BUSY, LABELS, SYSTEM, LOAD, SEEN, NOTE };

/* Of several queues: where a runner belongs, and what it runs now, are worth more. */
static const struct rq_column wide_columns[N_COLUMNS] = {
	[NAME] = { "NAME", 10, 20, 0, false },
	[STATE] = { "STATE", 10, 10, 0, false },
	[QUEUE] = { "QUEUE", 5, 12, 3, false },
	[JOB] = { "JOB", 20, 40, 0, false },
	[LABELS] = { "LABELS", 12, 0, 1, false },
	[BUSY] = { "BUSY", 4, 6, 5, false },
	[SYSTEM] = { "SYSTEM", 11, 14, 6, false },
	[LOAD] = { "LOAD", 4, 14, 7, true },
	[SEEN] = { "SEEN", 6, 6, 4, true },
	[NOTE] = { "NOTE", 14, 30, 2, false },
	MORE_COLUMNS,
};
static const unsigned char wide_order[] = { NAME, STATE, QUEUE, JOB, LABELS, BUSY, SYSTEM, SEEN, NOTE };

enum { SPARK_COLS = 120, SPARK_MIN = 3, SPARK_WIDTH = 8, LOAD_TOP = 1000 };

/* How the load of each runner went. */
struct load {
	char *name;
	struct rq_spark spark;
};
struct loads {
	struct load *v;
	size_t n, cap;
};

static const struct rq_runner *runner_at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->runners[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_runners;
}

static const char *id(void *ud, size_t item)
{
	return runner_at(ud, item)->name;
}

/* The job's name, and the run that it is of. */
static void job_cell(const struct rq_runner *r, struct rq_str *out)
{
	if (!r->job || !*r->job) {
		rq_str_addc(out, '-');
		return;
	}
	if (r->job_name && *r->job_name)
		rq_str_addf(out, "%s  ", r->job_name);
	rq_str_addn(out, r->job, strcspn(r->job, "/"));
}

static void bytes_cell(int64_t bytes, struct rq_str *out)
{
	static const char units[] = "KMGT";
	double n = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 0) {
		rq_str_addc(out, '-');
		return;
	}
	while (n >= 1000 && i + 2 < sizeof units) {
		n /= 1024;
		i++;
	}
	rq_str_addf(out, n < 10 ? "%.1f%c" : "%.0f%c", n, units[i]);
}

static void count_cell(int64_t n, const char *unit, struct rq_str *out)
{
	if (n > 0)
		rq_str_addf(out, "%lld%s", (long long)n, unit);
	else
		rq_str_addc(out, '-');
}

static void number_cell(const struct rq_runner *r, size_t column, struct rq_str *out)
{
	switch (column) {
	case BUSY: rq_str_addf(out, "%d/%d", r->running, r->slots); break;
	case SLOTS: rq_str_addf(out, "%d", r->slots); break;
	case CORES: count_cell(r->cpu_cores, "", out); break;
	case MEMORY: bytes_cell(r->memory_bytes > 0 ? r->memory_bytes : -1, out); break;
	case DISK: bytes_cell(r->disk_free_bytes, out); break;
	case TEMP: count_cell(r->temp_milli_c / 1000, " C", out); break;
	}
}

/* Mostly in the place that the runner has in the list. */
static struct rq_spark *load_of(struct loads *l, const char *name, size_t place)
{
	size_t i;

	if (place < l->n && rq_eq(l->v[place].name, name))
		return &l->v[place].spark;
	for (i = 0; i < l->n; i++)
		if (rq_eq(l->v[i].name, name))
			return &l->v[i].spark;
	return NULL;
}

/* The load of runners that are gone is kept: one that comes back goes on. */
static void sample_loads(struct rq_ui *ui, struct loads *l)
{
	size_t i;

	for (i = 0; i < ui->snap->n_runners; i++) {
		const struct rq_runner *r = &ui->snap->runners[i];
		struct rq_spark *s = load_of(l, r->name, i);

		if (r->load_milli < 0)
			continue;
		if (!s) {
			RQ_GROW(l->v, l->n, &l->cap);
			l->v[l->n] = (struct load){ .name = rq_strdup(r->name) };
			s = &l->v[l->n++].spark;
		}
		rq_spark_add(s, ui->now, r->load_milli);
	}
}

/* A load of 1 and more, each core having something to do, fills a bar. */
static void load_cell(struct rq_listview *v, const struct rq_runner *r, size_t item, struct rq_str *out)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_spark *s = load_of(v->own, r->name, item);

	if (r->load_milli < 0)
		return;
	if (s && !ui->slow && rq_term_cols(ui->term) >= SPARK_COLS && rq_spark_n(s) >= SPARK_MIN) {
		rq_spark_text(s, ui->now, SPARK_WIDTH, LOAD_TOP, rq_draw_ascii(ui->draw), out);
		rq_str_addc(out, ' ');
	}
	rq_str_addf(out, "%d.%02d", r->load_milli / 1000, r->load_milli % 1000 / 10);
}

static const char *text_of(const struct rq_runner *r, size_t column)
{
	const char *s = column == NAME	    ? r->name
			: column == QUEUE   ? r->queue
			: column == HOST    ? r->host
			: column == VERSION ? r->version
					    : "";

	return s ? s : "";
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_runner *r = runner_at(ud, item);
	char buf[RQ_TIME_LEN];
	enum rq_glyph glyph;
	const char *text;

	switch (column) {
	case STATE:
		text = rq_runner_state(r, &glyph, role);
		rq_str_addf(out, "%s %s", rq_glyph(ui->draw, glyph), text);
		break;
	case LABELS: rq_labels_text(&r->labels, out); break;
	case SYSTEM: rq_str_addf(out, "%s/%s", r->os ? r->os : "", r->arch ? r->arch : ""); break;
	case SEEN: rq_str_add(out, r->online ? "now" : rq_ui_age(ui, r->seen_at, buf)); break;
	case UP: rq_str_add(out, r->online && r->started_at ? rq_ui_age(ui, r->started_at, buf) : "-"); break;
	case NOTE: rq_runner_note(r, out); break;
	case JOB: job_cell(r, out); break;
	case LOAD: load_cell(ud, r, item, out); break;
	case NAME: case QUEUE: case HOST: case VERSION: rq_str_add(out, text_of(r, column)); break;
	default: number_cell(r, column, out); break;
	}
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_runner(f, runner_at(ud, item));
}

static int compare_texts(void *ud, size_t x, size_t y, size_t column)
{
	struct rq_str sa = { 0 }, sb = { 0 };
	enum rq_role role = RQ_ROLE_NORMAL;
	int c;

	cell(ud, x, column, &sa, &role);
	cell(ud, y, column, &sb, &role);
	c = rq_icmp(rq_str_get(&sa), rq_str_get(&sb));
	rq_str_release(&sa);
	rq_str_release(&sb);
	return c;
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_runner *a = runner_at(ud, x), *b = runner_at(ud, y);

	switch (column) {
	case BUSY: return rq_compare_i64(a->running, b->running);
	case LOAD: return rq_compare_i64(a->load_milli, b->load_milli);
	case SLOTS: return rq_compare_i64(a->slots, b->slots);
	case CORES: return rq_compare_i64(a->cpu_cores, b->cpu_cores);
	case MEMORY: return rq_compare_i64(a->memory_bytes, b->memory_bytes);
	case DISK: return rq_compare_i64(a->disk_free_bytes, b->disk_free_bytes);
	case TEMP: return rq_compare_i64(a->temp_milli_c, b->temp_milli_c);
	case SEEN: return rq_compare_i64(b->seen_at, a->seen_at);
	case UP: return rq_compare_i64(b->started_at, a->started_at);
	default: return compare_texts(ud, x, y, column);
	}
}

static const struct rq_list_ops wide_ops = {
	.columns = wide_columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
	.order = wide_order,
	.n_order = sizeof wide_order,
};

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
	.order = order,
	.n_order = sizeof order,
};

/* One more queue, or one less. */
static void changed(struct rq_view *view)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	const struct rq_list_ops *now = view->ui->snap->n_queues > 1 ? &wide_ops : &list_ops;

	if (l->ops != now) {
		memset(l->natural, 0, sizeof l->natural);
		l->ops = now;
		if (!l->chosen)
			rq_list_show(l, NULL, 0);
	}
	sample_loads(view->ui, ((struct rq_listview *)view)->own);
	rq_listview_changed(view);
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	rq_runner_text(v->view.ui, runner_at(v, item), 0, false, out);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	if (rq_starts(what, "runner"))
		rq_listview_pick(view, rq_eq(what, "runners"), out);
}

static void free_view(struct rq_view *view)
{
	struct loads *l = ((struct rq_listview *)view)->own;

	while (l->n)
		rq_free(l->v[--l->n].name);
	rq_free(l->v);
	rq_free(l);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_RUNNERS,
		.free = free_view,
		.changed = changed,
		.draw = rq_listview_draw,
		.act = rq_listview_act,
		.pick = pick,
		.click = rq_listview_click,
		.title = rq_listview_title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "No runners yet.\n\n"
		 "The first job that is submitted starts an agent on this machine.\n"
		 "To start one now:  :agent start\n"
		 "With labels:       :agent start --labels audio,heavy",
};

struct rq_view *rq_view_runners_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, rq_alloc(sizeof(struct loads)));
}
