#include <stdio.h>
#include <string.h>
#include <vterm.h>
#include "core/base/mem.h"
#include "tests/screen/vt.h"

struct vt_impl {
	VTerm *term;
	VTermScreen *screen;
	VTermState *state;
	VTermPos saved; /* where the cursor was when the other screen came */
	struct rq_str unfinished; /* the beginning of a sequence or of a character, until the rest is here */
};

struct vt_cells {
	int rows, cols;
	VTermScreenCell *v;
};

/* Newer releases hand strings over in pieces, the one of Debian 12 whole. */
#if defined(VTERM_VERSION_MAJOR) && (VTERM_VERSION_MAJOR > 0 || VTERM_VERSION_MINOR >= 2)
static void set_string(struct rq_str *to, const VTermValue *val)
{
	if (val->string.initial)
		rq_str_clear(to);
	rq_str_addn(to, val->string.str, val->string.len);
}
#else
static void set_string(struct rq_str *to, const VTermValue *val)
{
	rq_str_clear(to);
	rq_str_add(to, val->string);
}
#endif

static int on_prop(VTermProp prop, VTermValue *val, void *user)
{
	struct vt *vt = user;

	switch (prop) {
	case VTERM_PROP_ALTSCREEN:
		vt->altscreen = val->boolean;
		vterm_state_get_cursorpos(vt->impl->state, &vt->impl->saved);
		break;
	case VTERM_PROP_CURSORVISIBLE:
		vt->cursor_visible = val->boolean;
		break;
	case VTERM_PROP_MOUSE:
		vt->mouse = val->number;
		break;
	case VTERM_PROP_TITLE:
		set_string(&vt->title, val);
		/* But for its own one, and none. */
		vt->title_changes += vt->title.len && strncmp(rq_str_get(&vt->title), "relayq on ", 10);
		break;
	case VTERM_PROP_ICONNAME:
		set_string(&vt->icon, val);
		vt->title_changes++;
		break;
	default:
		break;
	}
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_prop };

void vt_init(struct vt *vt, int rows, int cols)
{
	struct vt_impl *t = rq_alloc(sizeof *t);

	memset(vt, 0, sizeof *vt);
	vt->impl = t;
	rq_str_init(&t->unfinished, 0);
	vt->rows = rows;
	vt->cols = cols;
	vt->cursor_visible = true;
	rq_str_init(&vt->title, 0);
	rq_str_init(&vt->icon, 0);
	wire_init(&vt->wire);
	t->term = vterm_new(rows, cols);
	vterm_set_utf8(t->term, 1);
	t->screen = vterm_obtain_screen(t->term);
	t->state = vterm_obtain_state(t->term);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, vt);
}

void vt_release(struct vt *vt)
{
	if (!vt->impl)
		return;
	vterm_free(vt->impl->term);
	rq_str_release(&vt->impl->unfinished);
	rq_free(vt->impl);
	rq_str_release(&vt->title);
	rq_str_release(&vt->icon);
	wire_release(&vt->wire);
	memset(vt, 0, sizeof *vt);
}

void vt_moved(struct vt *vt)
{
	if (vt->impl)
		vterm_screen_set_callbacks(vt->impl->screen, &callbacks, vt);
}

static void answer(struct vt *vt)
{
	char buf[256];
	size_t n;

	while ((n = vterm_output_read(vt->impl->term, buf, sizeof buf)) > 0)
		if (vt->answer)
			vt->answer(buf, n, vt->user);
}

/* Device control strings are recorded and go no further: libvterm 0.1 crashes on some queries in
 * them. It has seen the escape that begins one, so the backslash at the end completes it. What is
 * not whole waits, so that a change of size never falls into the midst of a sequence. */
static void feed_screen(struct vt *vt, const char *s, size_t n)
{
	struct rq_str *todo = &vt->impl->unfinished, rest;
	size_t whole = 0;

	for (size_t i = 0; i < n; i++) {
		bool before = wire_in_string(&vt->wire);

		wire_feed(&vt->wire, &s[i], 1);
		if (!wire_in_string(&vt->wire))
			rq_str_addc(todo, before ? '\\' : s[i]);
		if (wire_at_rest(&vt->wire))
			whole = todo->len;
	}
	vterm_input_write(vt->impl->term, rq_str_get(todo), whole);
	rq_str_init(&rest, 0);
	rq_str_addn(&rest, rq_str_get(todo) + whole, todo->len - whole);
	rq_str_release(todo);
	*todo = rest;
}

void vt_feed(struct vt *vt, const char *s, size_t n)
{
	feed_screen(vt, s, n);
	vterm_screen_flush_damage(vt->impl->screen);
	answer(vt);
}

/* Adds the movement to AT, or as near as the screen has it. */
static void go(struct rq_str *out, const struct vt *vt, VTermPos at)
{
	rq_str_addf(out, "\033[%d;%dH", (at.row < vt->rows ? at.row : vt->rows - 1) + 1,
		    (at.col < vt->cols ? at.col : vt->cols - 1) + 1);
}

/* Like xterm, the whole screen scrolls from then on. libvterm 0.1 keeps the margins, and the place
 * that was saved, although they lie outside now, and crashes on them; and on a wide character in a
 * screen of one column. */
void vt_resize(struct vt *vt, int rows, int cols)
{
	VTermPos at;
	struct rq_str within;

	vt->rows = rows;
	vt->cols = cols;
	vterm_state_get_cursorpos(vt->impl->state, &at);
	vterm_set_size(vt->impl->term, rows, cols < 2 ? 2 : cols);
	rq_str_init(&within, 0);
	rq_str_add(&within, "\033[r");
	go(&within, vt, vt->altscreen ? vt->impl->saved : at);
	rq_str_add(&within, "\0337");
	go(&within, vt, at);
	vterm_input_write(vt->impl->term, rq_str_get(&within), within.len);
	rq_str_release(&within);
	vterm_screen_flush_damage(vt->impl->screen);
}

/* Reading the screen. */

static void add_utf8(struct rq_str *out, uint32_t cp)
{
	if (cp < 0x80) {
		rq_str_addc(out, (char)cp);
		return;
	}
	if (cp < 0x800) {
		rq_str_addc(out, (char)(0xc0 | cp >> 6));
	} else {
		if (cp < 0x10000) {
			rq_str_addc(out, (char)(0xe0 | cp >> 12));
		} else {
			rq_str_addc(out, (char)(0xf0 | cp >> 18));
			rq_str_addc(out, (char)(0x80 | (cp >> 12 & 0x3f)));
		}
		rq_str_addc(out, (char)(0x80 | (cp >> 6 & 0x3f)));
	}
	rq_str_addc(out, (char)(0x80 | (cp & 0x3f)));
}

static void cell_at(const struct vt *vt, int row, int col, VTermScreenCell *cell)
{
	VTermPos pos = { .row = row, .col = col };

	memset(cell, 0, sizeof *cell);
	vterm_screen_get_cell(vt->impl->screen, pos, cell);
}

static void add_cell(struct rq_str *out, const VTermScreenCell *cell)
{
	if (!cell->chars[0] ||
	    cell->chars[0] > 0x10ffff) { /* empty, or the right half of a wide one */
		rq_str_addc(out, ' ');
		return;
	}
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
		add_utf8(out, cell->chars[i]);
}

void vt_row(const struct vt *vt, int row, struct rq_str *out)
{
	size_t start = out->len;
	VTermScreenCell cell;

	for (int col = 0; col<vt->cols; col += cell.width> 1 ? 2 : 1) {
		cell_at(vt, row, col, &cell);
		add_cell(out, &cell);
	}
	while (out->len > start && out->s[out->len - 1] == ' ')
		out->s[--out->len] = 0;
}

void vt_text(const struct vt *vt, struct rq_str *out)
{
	for (int row = 0; row < vt->rows; row++) {
		vt_row(vt, row, out);
		rq_str_addc(out, '\n');
	}
}

int vt_find(const struct vt *vt, const char *text)
{
	struct rq_str line;
	int found = -1;

	rq_str_init(&line, 0);
	for (int row = 0; row < vt->rows && found < 0; row++) {
		rq_str_clear(&line);
		vt_row(vt, row, &line);
		if (strstr(rq_str_get(&line), text))
			found = row;
	}
	rq_str_release(&line);
	return found;
}

void vt_cursor(const struct vt *vt, int *row, int *col)
{
	VTermPos pos;

	vterm_state_get_cursorpos(vt->impl->state, &pos);
	*row = pos.row;
	*col = pos.col;
}

/* Attributes. */

static void color_name(const VTermColor *c, char out[16])
{
	static const char *const names[] = { "black", "red",     "green", "yellow",
					     "blue",  "magenta", "cyan",  "white" };

	if (c->type & VTERM_COLOR_DEFAULT_MASK)
		snprintf(out, 16, "default");
	else if (VTERM_COLOR_IS_RGB(c))
		snprintf(out, 16, "#%02x%02x%02x", c->rgb.red, c->rgb.green, c->rgb.blue);
	else if (c->indexed.idx < 8)
		snprintf(out, 16, "%s", names[c->indexed.idx]);
	else if (c->indexed.idx < 16)
		snprintf(out, 16, "bright-%s", names[c->indexed.idx - 8]);
	else
		snprintf(out, 16, "%d", c->indexed.idx);
}

void vt_attr(const struct vt *vt, int row, int col, struct vt_attr *a)
{
	VTermScreenCell cell;
	struct rq_str text;

	cell_at(vt, row, col, &cell);
	memset(a, 0, sizeof *a);
	a->bold = cell.attrs.bold;
	a->italic = cell.attrs.italic;
	a->blink = cell.attrs.blink;
	a->reverse = cell.attrs.reverse;
	a->strike = cell.attrs.strike;
	a->underline = (int)cell.attrs.underline;
	a->width = cell.width;
	color_name(&cell.fg, a->fg);
	color_name(&cell.bg, a->bg);
	rq_str_init(&text, sizeof a->text - 1);
	add_cell(&text, &cell);
	rq_copy(a->text, sizeof a->text, rq_str_get(&text));
	rq_str_release(&text);
}

bool vt_pen_is_plain(const struct vt *vt)
{
	static const VTermAttr flags[] = {
		VTERM_ATTR_BOLD,    VTERM_ATTR_ITALIC, VTERM_ATTR_BLINK,
		VTERM_ATTR_REVERSE, VTERM_ATTR_STRIKE,
	};
	VTermValue val;

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (vterm_state_get_penattr(vt->impl->state, flags[i], &val) && val.boolean)
			return false;
	if (vterm_state_get_penattr(vt->impl->state, VTERM_ATTR_UNDERLINE, &val) && val.number)
		return false;
	if (vterm_state_get_penattr(vt->impl->state, VTERM_ATTR_FOREGROUND, &val) &&
	    !VTERM_COLOR_IS_DEFAULT_FG(&val.color))
		return false;
	return !vterm_state_get_penattr(vt->impl->state, VTERM_ATTR_BACKGROUND, &val) ||
	       VTERM_COLOR_IS_DEFAULT_BG(&val.color);
}

void vt_dump(const struct vt *vt, const char *prefix, struct rq_str *out)
{
	int crow, ccol;

	vt_cursor(vt, &crow, &ccol);
	rq_str_addf(out, "%s   +", prefix);
	for (int i = 0; i < vt->cols; i++)
		rq_str_addc(out, (i + 1) % 10 ? '-' : (char)('0' + (i + 1) / 10 % 10));
	rq_str_addf(out, " %dx%d, cursor %s at %d %d\n", vt->rows, vt->cols,
		    vt->cursor_visible ? "shown" : "hidden", crow + 1, ccol + 1);
	for (int row = 0; row < vt->rows; row++) {
		rq_str_addf(out, "%s%3d|", prefix, row + 1);
		vt_row(vt, row, out);
		rq_str_addc(out, '\n');
	}
	rq_str_addf(out, "%s   +--\n", prefix);
}

/* Copies. */

struct vt_cells *vt_copy(const struct vt *vt)
{
	struct vt_cells *c = rq_alloc(sizeof *c);

	c->rows = vt->rows;
	c->cols = vt->cols;
	c->v = rq_realloc_array(NULL, (size_t)(c->rows * c->cols), sizeof *c->v);
	for (int row = 0; row < c->rows; row++)
		for (int col = 0; col < c->cols; col++)
			cell_at(vt, row, col, &c->v[row * c->cols + col]);
	return c;
}

void vt_cells_free(struct vt_cells *c)
{
	if (!c)
		return;
	rq_free(c->v);
	rq_free(c);
}

static bool same_cell(const VTermScreenCell *a, const VTermScreenCell *b)
{
	uint32_t ca = a->chars[0] ? a->chars[0] : ' ', cb = b->chars[0] ? b->chars[0] : ' ';

	if (ca != cb || a->width != b->width)
		return false;
	if (ca == (uint32_t)-1) /* the second half of a wide character: libvterm leaves there what its colours were before */
		return true;
	for (int i = 1; i < VTERM_MAX_CHARS_PER_CELL && (a->chars[i] || b->chars[i]); i++)
		if (a->chars[i] != b->chars[i])
			return false;
	return a->attrs.bold == b->attrs.bold && a->attrs.underline == b->attrs.underline &&
	       a->attrs.italic == b->attrs.italic && a->attrs.blink == b->attrs.blink &&
	       a->attrs.reverse == b->attrs.reverse && a->attrs.strike == b->attrs.strike &&
	       vterm_color_is_equal(&a->fg, &b->fg) && vterm_color_is_equal(&a->bg, &b->bg);
}

bool vt_differs(const struct vt *vt, const struct vt_cells *copy, int from, int to, int *row,
		int *col)
{
	VTermScreenCell cell;

	*row = *col = 0;
	if (copy->rows != vt->rows || copy->cols != vt->cols)
		return true;
	for (*row = from; *row <= to; ++*row) {
		for (*col = 0; *col < vt->cols; ++*col) {
			cell_at(vt, *row, *col, &cell);
			if (!same_cell(&cell, &copy->v[*row * copy->cols + *col]))
				return true;
		}
	}
	return false;
}
