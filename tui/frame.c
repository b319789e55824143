/* The lines around a view: head, tabs, keys, messages. */
#include "tui/ui.h"

#include <stdio.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/clipboard.h"
#include "tui/dashboard.h"
#include "tui/possible.h"
#include "tui/tabs.h"

enum { COLS_MIN = 60, ROWS_MIN = 16, WITH_BUSY = 72, WITH_POINTS = 100, MESSAGE_ROWS = 4, MESSAGE_MS = 30000 };

const char *rq_ui_key_for(struct rq_ui *ui, const char *command, char buf[RQ_KEY_NAME_LEN + 32])
{
	const struct rq_binding *b =
		rq_keymap_key_for(&ui->keymap, rq_ui_base(ui)->ops->id, command);

	if (b)
		rq_binding_keys(b, buf);
	else
		snprintf(buf, RQ_KEY_NAME_LEN + 32, ":%.40s", command);
	return buf;
}

void rq_ui_with_keys(struct rq_ui *ui, const char *text, struct rq_str *out)
{
	char command[48], name[RQ_KEY_NAME_LEN + 32];

	while (*text) {
		const char *end = *text == '<' ? strchr(text, '>') : NULL;
		size_t n = end ? (size_t)(end - text) - 1 : 0;

		if (!end || n >= sizeof command) {
			rq_str_addc(out, *text++);
			continue;
		}
		memcpy(command, text + 1, n);
		command[n] = '\0';
		rq_str_add(out, rq_ui_key_for(ui, command, name));
		text = end + 1;
	}
}

void rq_ui_hint(struct rq_ui *ui, const char *text)
{
	struct rq_str s;

	rq_str_init(&s, 4096);
	rq_ui_with_keys(ui, text, &s);
	rq_ui_say(ui, "%s", rq_str_get(&s));
	rq_str_release(&s);
}

static size_t busy_runners(const struct rq_snapshot *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_runners; i++)
		n += s->runners[i].online && s->runners[i].running > 0;
	return n;
}

static size_t online_runners(const struct rq_snapshot *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_runners; i++)
		n += s->runners[i].online;
	return n;
}

/* The queue whose server's limit leaves the least; NULL: there are no limits. */
static const struct rq_queue_state *least_points(const struct rq_ui *ui)
{
	const struct rq_snapshot *s = ui->snap;
	const struct rq_queue_state *least = NULL;
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		if (s->queues[i].points >= 0 && (!least || s->queues[i].points < least->points))
			least = &s->queues[i];
	return least;
}

/* What is left of the points is worth more than how things are set apart. */
static bool is_tight(const struct rq_ui *ui, int end)
{
	return end < WITH_POINTS && least_points(ui);
}

static int draw_counts(struct rq_ui *ui, int col, int end)
{
	const struct rq_snapshot *s = ui->snap;
	int64_t queued = 0, waiting = 0, running = 0;
	size_t i, busy = busy_runners(s), online = online_runners(s);
	char text[96];

	for (i = 0; i < s->n_queues; i++) {
		queued += s->queues[i].queued;
		waiting += s->queues[i].waiting;
		running += s->queues[i].running;
	}
	snprintf(text, sizeof text, "  %zu runner%s", online, online == 1 ? "" : "s");
	col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER, text);
	snprintf(text, sizeof text, " (%zu busy)", busy);
	if (end >= WITH_BUSY && !is_tight(ui, end))
		col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER, text);
	snprintf(text, sizeof text, "   %lld queued", (long long)queued);
	col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER, text);
	if (waiting) {
		snprintf(text, sizeof text, "  %lld waiting", (long long)waiting);
		col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER, text);
	}
	snprintf(text, sizeof text, "  %lld running", (long long)running);
	return rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER, text);
}

/* What the servers' limits leave: of the queue that has the least. */
static int draw_points(struct rq_ui *ui, int col, int end)
{
	const struct rq_queue_state *least = least_points(ui);
	char number[32], text[48];

	if (!least)
		return col;
	rq_grouped(least->points, number, sizeof number);
	snprintf(text, sizeof text, "%s  api %s", is_tight(ui, end) ? "" : " ", number);
	return rq_draw_piece(ui->draw, 0, col, end,
			     least->points * 20 < least->points_limit ? RQ_ROLE_WARNING : RQ_ROLE_HEADER, text);
}

/* Of several queues, which one it is. */
static void draw_error(struct rq_ui *ui, int col, int end, const struct rq_queue_state *q)
{
	col += 3;
	if (ui->snap->n_queues > 1) {
		col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_ERROR, q->name);
		col = rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_ERROR, ": ");
	}
	rq_draw_text(ui->draw, 0, col, end - col, RQ_ROLE_ERROR, q->error);
}

static int draw_age(struct rq_ui *ui, int col, int end)
{
	const struct rq_snapshot *s = ui->snap;
	int64_t oldest = s->n_queues ? s->queues[0].fetched_at : 0;
	char age[RQ_TIME_LEN], text[64];
	bool fresh;
	size_t i;

	for (i = 0; i < s->n_queues; i++) {
		if (s->queues[i].error && *s->queues[i].error) {
			draw_error(ui, col, end, &s->queues[i]);
			return end;
		}
		if (s->queues[i].fetched_at < oldest)
			oldest = s->queues[i].fetched_at;
	}
	if (!oldest)
		return rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER_DIM, "   loading");
	fresh = rq_is_live(ui->rq) || ui->slow || rq_eq(rq_ui_age(ui, oldest, age), "now");
	snprintf(text, sizeof text, "%s  live%s%s", is_tight(ui, end) ? "" : " ", fresh ? "" : " ", fresh ? "" : age);
	return rq_draw_piece(ui->draw, 0, col, end, RQ_ROLE_HEADER_DIM, text);
}

/* Which policy is in force, where there is room. One that is bad takes the room that it needs: what is decided is another
 * thing than what the file says. */
static void draw_policy(struct rq_ui *ui, int col, int cols)
{
	const struct rq_policy_info *p = rq_policy_info(ui->rq);
	char text[64];

	if (!*p->oid)
		return;
	snprintf(text, sizeof text, "   policy %.7s%s", p->oid, p->dirty ? "+" : "");
	rq_draw_piece(ui->draw, 0, col, cols, RQ_ROLE_HEADER_DIM, text);
}

static bool draw_bad_policy(struct rq_ui *ui, int col, int cols)
{
	const struct rq_policy_info *p = rq_policy_info(ui->rq);

	if (!*p->error)
		return false;
	rq_draw_text(ui->draw, 0, col + 2, cols - col - 3, RQ_ROLE_ERROR, p->error);
	return true;
}

/* The names of those that have a server come first: the local one is always there. */
static int draw_queues(struct rq_ui *ui, int col, int cols)
{
	const struct rq_snapshot *s = ui->snap;
	int end = is_tight(ui, cols) ? 0 : cols / 4 > 24 ? cols / 4 : 24;
	size_t i, shown = 0;
	char more[32];

	col = rq_draw_piece(ui->draw, 0, col, cols, RQ_ROLE_HEADER, "  ");
	if (s->n_queues == 1)
		return col + rq_draw_text(ui->draw, 0, col, 24, RQ_ROLE_HEADER, s->queues[0].name);
	for (i = 1; i <= s->n_queues && (!shown || col < end); i++) {
		if (shown)
			col = rq_draw_piece(ui->draw, 0, col, cols, RQ_ROLE_HEADER, " ");
		col += rq_draw_text(ui->draw, 0, col, 24, RQ_ROLE_HEADER, s->queues[i % s->n_queues].name);
		shown++;
	}
	if (shown == s->n_queues)
		return col;
	snprintf(more, sizeof more, " +%zu", s->n_queues - shown);
	return rq_draw_piece(ui->draw, 0, col, cols, RQ_ROLE_HEADER, more);
}

static void draw_head(struct rq_ui *ui, int cols)
{
	const struct rq_snapshot *s = ui->snap;
	int col;

	rq_draw_fill(ui->draw, 0, 0, cols, RQ_ROLE_HEADER);
	col = rq_draw_text(ui->draw, 0, 1, cols - 1, RQ_ROLE_HEADER_NAME, "relayq") + 1;
	if (rq_read_only(ui->rq))
		col = rq_draw_piece(ui->draw, 0, col, cols, RQ_ROLE_HEADER_NAME, " read-only");
	/* Of what is not loaded nothing is known. */
	if (ui->alone)
		return;
	if (s->n_queues)
		col = draw_queues(ui, col, cols);
	if (draw_bad_policy(ui, col, cols))
		return;
	col = draw_counts(ui, col, cols);
	col = draw_points(ui, col, cols);
	draw_policy(ui, draw_age(ui, col, cols), cols);
}

/* The keys of VIEW that have labels, its own and then its class's. */
static int draw_hints_of(struct rq_ui *ui, enum rq_view_id from, int row, int col, int cols)
{
	enum rq_view_id view = rq_ui_base(ui)->ops->id;
	size_t i;

	for (i = 0; i < ui->keymap.n; i++) {
		const struct rq_binding *b = &ui->keymap.v[i];
		char text[96], name[RQ_KEY_NAME_LEN];
		bool can;
		int width;

		if (b->view != from || !b->label || !rq_keymap_counts(&ui->keymap, view, b))
			continue;
		rq_binding_keys(b, name);
		snprintf(text, sizeof text, "%s %s", name, b->label);
		width = rq_text_width(text);
		if (col + width > cols)
			return cols;
		can = rq_ui_possible(ui, b->command, NULL);
		rq_draw_text(ui->draw, row, col, width, can ? RQ_ROLE_HINT : RQ_ROLE_DISABLED,
			     text);
		if (can)
			rq_draw_text(ui->draw, row, col, rq_text_width(name), RQ_ROLE_KEY, name);
		col += width + 2;
	}
	return col;
}

static void draw_part(struct rq_ui *ui, int row, int cols, enum rq_role role, const char *text,
		      size_t n)
{
	struct rq_str part;

	rq_str_init(&part, 4096);
	rq_str_addn(&part, text, n);
	rq_draw_text(ui->draw, row, 1, cols - 2, role, rq_str_get(&part));
	rq_str_release(&part);
}

/* A sentence longer than the screen is wide takes lines from the view above it. */
static void draw_message(struct rq_ui *ui, const char *text, enum rq_role role, int row, int cols)
{
	struct rq_str clean;
	size_t ends[MESSAGE_ROWS], at = 0;
	int n = 0, i;

	rq_str_init(&clean, 4096);
	rq_text_clean(&clean, text, strlen(text), rq_draw_ascii(ui->draw));
	while (at < clean.len && n < MESSAGE_ROWS) {
		at += rq_text_break(clean.s + at, cols - 2);
		ends[n++] = at;
	}
	if (n)
		ends[n - 1] = clean.len; /* what does not fit is cut there */
	for (at = 0, i = 0; i < n; at = ends[i++]) {
		rq_draw_fill(ui->draw, row - n + 1 + i, 0, cols, RQ_ROLE_NORMAL);
		draw_part(ui, row - n + 1 + i, cols, role, clean.s + at, ends[i] - at);
	}
	rq_str_release(&clean);
}

/* The first of two keys was pressed: what may follow it. */
static void draw_seconds(struct rq_ui *ui, int row, int cols)
{
	struct rq_binding first = { .key = ui->prefix };
	enum rq_view_id view = rq_ui_base(ui)->ops->id;
	char name[RQ_KEY_NAME_LEN];
	size_t i;
	int col;

	rq_binding_keys(&first, name);
	col = 1 + rq_draw_text(ui->draw, row, 1, cols - 1, RQ_ROLE_PROMPT, name) + 2;
	for (i = 0; i < ui->keymap.n; i++) {
		const struct rq_binding *b = &ui->keymap.v[i];
		int width;

		if (b->key != ui->prefix || !b->second || !rq_keymap_counts(&ui->keymap, view, b))
			continue;
		rq_key_name(b->second, name);
		width = rq_text_width(name) + 1 + rq_text_width(b->command);
		if (col + width > cols)
			return;
		col += rq_draw_text(ui->draw, row, col, cols - col, RQ_ROLE_KEY, name) + 1;
		col += rq_draw_text(ui->draw, row, col, cols - col, RQ_ROLE_HINT, b->command) + 2;
	}
}

/* What was said is out of date some time: the keys are worth more then. An error waits until somebody has seen it, and what
 * is read out stays in place. */
static void let_message_go(struct rq_ui *ui)
{
	const struct rq_message *m = rq_messages_now(&ui->status);
	int64_t until = m ? m->at + MESSAGE_MS : 0;

	if (!m || m->level == RQ_SAY_ERROR || ui->reader)
		return;
	if (ui->now >= until)
		ui->status.shown = false;
	else if (!ui->next_change || until < ui->next_change)
		ui->next_change = until; /* also on a slow link: once */
}

static void draw_bottom(struct rq_ui *ui, int row, int cols)
{
	static const enum rq_role roles[] = { RQ_ROLE_MESSAGE, RQ_ROLE_WARNING, RQ_ROLE_ERROR };
	const struct rq_message *m = rq_messages_now(&ui->status);
	enum rq_view_id view = rq_ui_base(ui)->ops->id;
	int col = 1;

	if (ui->prefix) {
		draw_seconds(ui, row, cols);
		return;
	}
	if (m) {
		draw_message(ui, m->text, roles[m->level], row, cols);
		return;
	}
	for (; view != RQ_VIEW_ALL && col < cols; view = rq_view_parent(view))
		col = draw_hints_of(ui, view, row, col, cols);
}

/* One line, as much of it as there is room for; it is drawn anew by each change of the size. */
static void draw_too_small(struct rq_ui *ui, int rows, int cols)
{
	char text[4][96];
	size_t i = 0;

	snprintf(text[0], sizeof text[0], "relayq needs %dx%d, has %dx%d; jobs go on", COLS_MIN, ROWS_MIN, cols, rows);
	snprintf(text[1], sizeof text[1], "needs %dx%d, has %dx%d", COLS_MIN, ROWS_MIN, cols, rows);
	snprintf(text[2], sizeof text[2], "needs %dx%d", COLS_MIN, ROWS_MIN);
	snprintf(text[3], sizeof text[3], "%dx%d", COLS_MIN, ROWS_MIN);
	while (i < 3 && rq_text_width(text[i]) > cols)
		i++;
	rq_draw_text(ui->draw, (rows - 1) / 2, 0, cols, RQ_ROLE_WARNING, text[i]);
}

static void draw_views(struct rq_ui *ui, int rows, int cols)
{
	struct rq_view *base = rq_ui_base(ui);
	struct rq_rect body = { 2, 0, rows - 3, cols }, whole = { 0, 0, rows, cols };
	size_t i;

	let_message_go(ui);
	draw_head(ui, cols);
	rq_tabs_draw(ui, cols);
	if (ui->reader)
		rq_draw_cursor(ui->draw, body.row, 0);
	base->ops->draw(base, body);
	draw_bottom(ui, rows - 1, cols);
	/* What lies over it; an older line of input beneath it waits its turn. */
	for (i = ui->depth; i > 0 && ui->stack[i - 1]->ops->over; i--)
		;
	for (; i < ui->depth; i++)
		ui->stack[i]->ops->draw(ui->stack[i], whole);
}

void rq_ui_draw(struct rq_ui *ui)
{
	int rows = rq_term_rows(ui->term), cols = rq_term_cols(ui->term);

	ui->now = rq_now();
	ui->next_change = 0;
	rq_draw_begin(ui->draw);
	if (rows < ROWS_MIN || cols < COLS_MIN)
		draw_too_small(ui, rows, cols);
	else
		draw_views(ui, rows, cols);
	rq_draw_end(ui->draw);
}

static const char *what_is_copied(const struct rq_view *v)
{
	switch (v->ops->id) {
	case RQ_VIEW_RUNNERS: case RQ_VIEW_PICKER: return "runner";
	case RQ_VIEW_DECISIONS: return "decision";
	default: return "job";
	}
}

void rq_ui_copy(struct rq_ui *ui)
{
	struct rq_view *v = rq_ui_top(ui);
	struct rq_str id, clean;

	rq_str_init(&id, 4096);
	rq_str_init(&clean, 4096);
	if (v->ops->pick)
		v->ops->pick(v, what_is_copied(v), &id);
	if (id.len) {
		rq_text_clean(&clean, id.s + 1, id.len - 1, false);
		rq_clipboard_copy(ui, rq_str_get(&clean), clean.len, rq_str_get(&clean));
	} else {
		rq_ui_say(ui, "There is nothing to copy here.");
	}
	rq_str_release(&id);
	rq_str_release(&clean);
}
