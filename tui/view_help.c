/* The keys of the view beneath, as the keymap has them, and the commands that have none; enter runs one. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/cmdline.h"
#include "tui/listview.h"
#include "tui/possible.h"
#include "tui/rich.h"

enum { KEY, WHAT, COMMAND, GROUP, N_COLUMNS };
enum { TELL_ROWS = 3, TELL_ROWS_NARROW = 4, NARROW = 80 };

/* Sentences are whole in 80 columns: the others give way. */
static const struct rq_column columns[] = {
	[KEY] = { "KEY", 9, 13, 0, false },
	[WHAT] = { "WHAT IT DOES", 58, 0, 0, false },
	[COMMAND] = { "COMMAND", 12, 32, 2, false },
	[GROUP] = { "FOR", 6, 6, 3, false },
};

/* In the order in which they are listed. */
enum group { ACTING, SHOWING, MOVING, UNBOUND };

struct entry {
	enum group is, group;           /* group: where it is listed */
	char key[RQ_KEY_NAME_LEN];
	char *command;
	const struct rq_command *runs;  /* NULL: something of the console's */
	const char *label, *what;
	char *why;                      /* what speaks against it now; NULL nothing */
	enum rq_view_id view;           /* where the key is bound */
};

struct help {
	enum rq_view_id view;           /* whose keys */
	struct entry *v;
	size_t n, cap;
	struct rq_str id;
};

static const struct entry *entry_at(struct rq_listview *v, size_t item)
{
	return &((const struct help *)v->own)->v[item];
}

static size_t count(void *ud)
{
	return ((struct help *)((struct rq_listview *)ud)->own)->n;
}

static const char *id(void *ud, size_t item)
{
	struct help *h = ((struct rq_listview *)ud)->own;
	const struct entry *e = entry_at(ud, item);

	rq_str_clear(&h->id);
	rq_str_addf(&h->id, "%d %s %s", (int)e->view, e->key, e->command);
	return rq_str_get(&h->id);
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	static const char *const groups[] = { "acting", "view", "moving" };
	const struct entry *e = entry_at(ud, item);

	switch (column) {
	case KEY:
		rq_str_add(out, e->key);
		*role = e->why || e->group == UNBOUND ? RQ_ROLE_DISABLED : RQ_ROLE_KEY;
		break;
	case WHAT: /* in parentheses what is impossible now: dim alone does not show everywhere */
		rq_str_addf(out, e->why ? "(%s)" : "%s", e->what);
		*role = e->why ? RQ_ROLE_DISABLED : RQ_ROLE_NORMAL;
		break;
	case COMMAND:
		rq_str_add(out, e->command);
		*role = RQ_ROLE_DIM;
		break;
	case GROUP:
		rq_str_add(out, groups[e->is]);
		*role = RQ_ROLE_DIM;
		break;
	}
}

/* The filter of a list of keys: its words, anywhere. */
static bool match(void *ud, struct rq_filter *f, size_t item)
{
	const struct entry *e = entry_at(ud, item);
	struct rq_activity a = { .actor = e->key,
				 .action = e->what,
				 .object = e->command,
				 .detail = e->label ? e->label : "",
				 .result = e->why ? e->why : "" };

	return rq_filter_activity(f, &a);
}

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
};

/* ---- what is listed ---- */

static bool moves(const char *words)
{
	static const char *const kinds[] = { "move", "search", "error", "reference", "step", "go", NULL };
	size_t i;

	for (i = 0; kinds[i]; i++)
		if (rq_starts(words, kinds[i]))
			return true;
	return false;
}

static void describe(struct entry *e)
{
	const struct rq_command *c;
	const char *rest;
	enum rq_do d;
	size_t n;

	if (rq_do_find(e->command, &d, &rest)) {
		e->what = rq_doing(d)->help;
		e->is = moves(e->command) ? MOVING : SHOWING;
	} else {
		e->runs = c = rq_cmdline_command_of(e->command, &n);
		e->what = c ? c->summary : "";
		e->is = c && !(c->flags & RQ_CMD_WRITES) ? SHOWING : ACTING;
	}
}

/* What is possible is asked of the view that the keys are for: it is still the uppermost. */
static struct entry *add(struct rq_ui *ui, struct help *h, const char *command)
{
	struct entry *e;
	struct rq_str why;

	RQ_GROW(h->v, h->n, &h->cap);
	e = &h->v[h->n++];
	memset(e, 0, sizeof *e);
	e->command = rq_strdup(command);
	describe(e);
	e->group = e->is;
	rq_str_init(&why, 4096);
	if (!rq_ui_possible(ui, command, &why))
		e->why = rq_strdup(rq_str_get(&why));
	rq_str_release(&why);
	return e;
}

static void add_bound(struct rq_ui *ui, struct help *h)
{
	enum rq_view_id from = h->view;
	size_t i;

	for (;; from = rq_view_parent(from)) {
		for (i = 0; i < ui->keymap.n; i++) {
			const struct rq_binding *b = &ui->keymap.v[i];
			struct entry *e;

			if (b->view != from || !rq_keymap_counts(&ui->keymap, h->view, b))
				continue;
			e = add(ui, h, b->command);
			rq_binding_keys(b, e->key);
			e->label = b->label;
			e->view = b->view;
		}
		if (from == RQ_VIEW_ALL)
			return;
	}
}

static bool is_bound(const struct help *h, size_t n, const struct rq_command *c)
{
	size_t i;

	for (i = 0; i < n && h->v[i].runs != c; i++)
		;
	return i < n;
}

/* Commands that no key here runs: they can be run from here all the same. */
static void add_unbound(struct rq_ui *ui, struct help *h)
{
	size_t i, bound = h->n;

	for (i = 0; rq_commands[i]; i++) {
		const struct rq_command *c = rq_commands[i];
		struct entry *e;

		if (c->name[0] == '_' || c->flags & RQ_CMD_CLI_ONLY || is_bound(h, bound, c))
			continue;
		e = add(ui, h, c->name);
		e->group = UNBOUND;
		rq_copy(e->key, sizeof e->key, "not bound");
	}
}

/* By groups, in each as the keymap has them. */
static void arrange(struct help *h)
{
	struct entry *v = rq_realloc_array(NULL, h->n + 1, sizeof *v);
	size_t i, n = 0;
	int g;

	for (g = ACTING; g <= UNBOUND; g++)
		for (i = 0; i < h->n; i++)
			if ((int)h->v[i].group == g)
				v[n++] = h->v[i];
	rq_free(h->v);
	h->v = v;
	h->cap = h->n + 1;
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_ui *ui = view->ui;
	char *command;
	size_t item;

	if (d != RQ_DO_OPEN)
		return rq_listview_act(view, d, arg);
	if (!rq_list_id(&v->list, &item))
		return true;
	/* It says why and stays in place. */
	if (entry_at(v, item)->why) {
		rq_ui_say(ui, "%s", entry_at(v, item)->why);
		return true;
	}
	command = rq_strdup(entry_at(v, item)->command);
	rq_ui_close(ui, view);
	rq_ui_run(ui, command);
	rq_free(command);
	return true;
}

/* All about the one that the cursor is on: columns are narrow. */
static void draw_entry(struct rq_draw *d, const struct entry *e, struct rq_rect r)
{
	struct rq_rich lines;
	size_t i;

	rq_rich_init(&lines);
	rq_rich_wrap(&lines, RQ_ROLE_NORMAL, e->what, 1, r.cols);
	rq_rich_end_line(&lines);
	if (e->why) {
		rq_rich_wrap(&lines, RQ_ROLE_WARNING, e->why, 1, r.cols);
		rq_rich_end_line(&lines);
	}
	rq_rich_addf(&lines, RQ_ROLE_DIM, " :%s", e->command);
	for (i = 0; i < lines.n && (int)i < r.rows; i++)
		rq_rich_draw(&lines, i, d, r.row + (int)i, r.col, r.cols, 0);
	rq_rich_release(&lines);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_listview *v = (struct rq_listview *)view;
	int rows = r.cols < NARROW ? TELL_ROWS_NARROW : TELL_ROWS;
	size_t item;

	r.rows -= rows;
	rq_listview_draw(view, r);
	if (rq_list_id(&v->list, &item))
		draw_entry(view->ui->draw, entry_at(v, item), (struct rq_rect){ r.row + r.rows, r.col, rows, r.cols });
}

static void title(struct rq_view *view, struct rq_str *out)
{
	struct help *h = ((struct rq_listview *)view)->own;

	rq_str_addf(out, "keys of %s", rq_view_name(h->view));
	if (*((struct rq_listview *)view)->list.filter_text)
		rq_str_add(out, "  ");
	rq_listview_title(view, out);
}

static void free_view(struct rq_view *view)
{
	struct help *h = ((struct rq_listview *)view)->own;

	size_t i;

	for (i = 0; i < h->n; i++) {
		rq_free(h->v[i].command);
		rq_free(h->v[i].why);
	}
	rq_free(h->v);
	rq_str_release(&h->id);
	rq_free(h);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_HELP,
		.free = free_view,
		.draw = draw,
		.act = act,
		.click = rq_listview_click,
		.title = title,
	},
	.list = &list_ops,
	.empty = "This view has no keys.",
};

void rq_view_help_open(struct rq_ui *ui)
{
	struct help *h;
	enum rq_view_id view = rq_ui_base(ui)->ops->id;

	if (view == RQ_VIEW_HELP)
		return;
	h = rq_alloc(sizeof *h);
	h->view = view;
	add_bound(ui, h);
	add_unbound(ui, h);
	arrange(h);
	rq_ui_push(ui, rq_listview_new(ui, &ops, h));
}
