/* The keys of the view beneath, as the keymap has them; enter runs one. */
#include <string.h>
#include "core/base/mem.h"
#include "core/command/command.h"
#include "tui/listview.h"

enum { KEY, WHAT, COMMAND, N_COLUMNS };

static const struct rq_column columns[] = {
	[KEY] = { "KEY", 9, 13, 0, false },
	[WHAT] = { "WHAT IT DOES", 30, 0, 0, false },
	[COMMAND] = { "COMMAND", 12, 32, 1, false },
};

struct help {
	enum rq_view_id view;           /* whose keys */
	size_t *rows, n, cap;           /* of the keymap */
	struct rq_str id;
};

static const struct rq_binding *binding_at(struct rq_listview *v, size_t item)
{
	const struct help *h = v->own;

	return &v->view.ui->keymap.v[h->rows[item]];
}

static size_t count(void *ud)
{
	return ((struct help *)((struct rq_listview *)ud)->own)->n;
}

static const char *id(void *ud, size_t item)
{
	struct help *h = ((struct rq_listview *)ud)->own;
	const struct rq_binding *b = binding_at(ud, item);
	char name[RQ_KEY_NAME_LEN];

	rq_str_clear(&h->id);
	rq_str_addf(&h->id, "%d %s", (int)b->view, rq_binding_keys(b, name));
	return rq_str_get(&h->id);
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_listview *v = ud;
	const struct rq_binding *b = binding_at(v, item);
	char name[RQ_KEY_NAME_LEN];

	switch (column) {
	case KEY:
		rq_str_add(out, rq_binding_keys(b, name));
		*role = RQ_ROLE_KEY;
		break;
	case WHAT: rq_str_add(out, rq_binding_help(b)); break;
	case COMMAND:
		rq_str_add(out, b->command);
		*role = RQ_ROLE_DIM;
		break;
	}
}

/* The filter of a list of keys: its words, anywhere. */
static bool match(void *ud, struct rq_filter *f, size_t item)
{
	const struct rq_binding *b = binding_at(ud, item);
	char name[RQ_KEY_NAME_LEN];
	struct rq_activity a = { .actor = rq_binding_keys(b, name),
				 .action = rq_binding_help(b),
				 .object = b->command,
				 .detail = b->label ? b->label : "",
				 .result = "" };

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

static void collect(struct rq_ui *ui, struct help *h)
{
	enum rq_view_id from = h->view;
	size_t i;

	for (;; from = rq_view_parent(from)) {
		for (i = 0; i < ui->keymap.n; i++) {
			const struct rq_binding *b = &ui->keymap.v[i];

			if (b->view != from || !rq_keymap_counts(&ui->keymap, h->view, b))
				continue;
			RQ_GROW(h->rows, h->n, &h->cap);
			h->rows[h->n++] = i;
		}
		if (from == RQ_VIEW_ALL)
			return;
	}
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
	command = rq_strdup(binding_at(v, item)->command);
	rq_ui_close(ui, view);
	rq_ui_run(ui, command);
	rq_free(command);
	return true;
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

	rq_free(h->rows);
	rq_str_release(&h->id);
	rq_free(h);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_HELP,
		.free = free_view,
		.draw = rq_listview_draw,
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
	collect(ui, h);
	rq_ui_push(ui, rq_listview_new(ui, &ops, h));
}
