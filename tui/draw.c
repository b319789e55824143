/* The screen, by curses. */
#include "tui/draw.h"

#include <curses.h>
#include <string.h>
#include <wchar.h>
#include "core/base/mem.h"
#include "core/base/str.h"

enum { PAIRS_MAX = 256, WIDE_MAX = 2048, LRM = 0x200e };

struct rq_draw {
	const struct rq_theme *theme;
	int colours;
	bool ascii, reader;
	bool mark; /* the C library knows that LRM takes no column */
	bool cursor;
	int cursor_row, cursor_col;
	struct rq_str text;             /* the cleaned text of the call */
	bool *doubtful; /* rows of the frame before whose columns the terminal may count otherwise
			 */
	int n_doubtful;
	size_t n_pairs;                 /* pair 0 is the terminal's own */
	struct { int16_t fg, bg; } pairs[PAIRS_MAX];
};

static const struct { const char *wide, *ascii; } glyphs[] = {
#define X(id, wide, ascii) { wide, ascii },
	RQ_GLYPH_LIST(X)
#undef X
};

/* A sign that says what no word beside it says. */
static bool is_word(enum rq_glyph g)
{
	return g == RQ_GLYPH_ELLIPSIS || g == RQ_GLYPH_ARROW || g == RQ_GLYPH_MARK || g == RQ_GLYPH_HAND ||
	       g == RQ_GLYPH_FOLDED || g == RQ_GLYPH_OPEN;
}

const char *rq_glyph(const struct rq_draw *d, enum rq_glyph g)
{
	if (d->reader)
		return is_word(g) ? glyphs[g].ascii : " ";
	return d->ascii ? glyphs[g].ascii : glyphs[g].wide;
}

struct rq_draw *rq_draw_new(const struct rq_theme *theme, int colours, bool ascii)
{
	struct rq_draw *d = rq_alloc(sizeof *d);

	d->theme = theme;
	d->colours = colours;
	d->ascii = ascii;
	d->mark = !wcwidth(LRM);
	d->n_pairs = 1;
	rq_str_init(&d->text, 0);
	return d;
}

void rq_draw_free(struct rq_draw *d)
{
	if (!d)
		return;
	rq_str_release(&d->text);
	rq_free(d->doubtful);
	rq_free(d);
}

void rq_draw_set_ascii(struct rq_draw *d, bool ascii)
{
	d->ascii = ascii;
}

bool rq_draw_reader(const struct rq_draw *d)
{
	return d->reader;
}

void rq_draw_set_reader(struct rq_draw *d, bool reader)
{
	d->reader = reader;
}

bool rq_draw_ascii(const struct rq_draw *d)
{
	return d->ascii;
}

/* Also the terminal's own two colours get a pair: from a coloured word to a plain one curses then
 * sends the colour alone, not first a reset of all. */
static short pair_for(struct rq_draw *d, int16_t fg, int16_t bg)
{
	size_t i;

	for (i = 1; i < d->n_pairs; i++) {
		if (d->pairs[i].fg == fg && d->pairs[i].bg == bg)
			return (short)i;
	}
	if (d->n_pairs >= PAIRS_MAX || (int)d->n_pairs >= COLOR_PAIRS ||
	    init_pair((short)i, fg, bg) != OK)
		return 0;
	d->pairs[i].fg = fg;
	d->pairs[i].bg = bg;
	d->n_pairs++;
	return (short)i;
}

static void use_style(struct rq_draw *d, const struct rq_style *s)
{
	attr_t attrs = A_NORMAL;
	short pair = 0;

	if (s->bold)
		attrs |= A_BOLD;
	if (s->dim)
		attrs |= A_DIM;
	if (s->underline)
		attrs |= A_UNDERLINE;
	if (s->reverse)
		attrs |= A_REVERSE;
#ifdef A_ITALIC
	if (s->italic)
		attrs |= A_ITALIC;
#endif
	if (d->colours) {
		bool bright, ignored;
		int16_t fg = rq_colour_of(s->fg, d->colours, &bright),
			bg = rq_colour_of(s->bg, d->colours, &ignored);

		if (bright)
			attrs |= A_BOLD;
		if (fg >= 0 && fg == bg)
			bg = -1;
		pair = pair_for(d, fg, bg);
	}
	attr_set(attrs, pair, NULL);
}

static void use_role(struct rq_draw *d, enum rq_role role)
{
	use_style(d, &d->theme->style[role]);
}

/* Rows in doubt are sent whole: what curses believes to stand there may be a column off. */
static void forget_doubtful(struct rq_draw *d)
{
	int row;

	for (row = 0; row < d->n_doubtful && row < LINES; row++) {
		if (d->doubtful[row])
			wredrawln(stdscr, row, 1);
	}
	d->doubtful = rq_realloc_array(d->doubtful, (size_t)LINES, sizeof *d->doubtful);
	d->n_doubtful = LINES;
	memset(d->doubtful, 0, (size_t)LINES * sizeof *d->doubtful);
}

void rq_draw_begin(struct rq_draw *d)
{
	cchar_t blank;
	attr_t attrs;
	short pair;

	forget_doubtful(d);

	use_role(d, RQ_ROLE_NORMAL);
	attr_get(&attrs, &pair, NULL);
	setcchar(&blank, L" ", attrs, pair, NULL);
	bkgrndset(&blank);
	erase();
	d->cursor = false;
}

void rq_draw_end(struct rq_draw *d)
{
	leaveok(stdscr, !d->cursor);
	curs_set(d->cursor);
	if (d->cursor)
		move(d->cursor_row, d->cursor_col);
	wnoutrefresh(stdscr);
	doupdate();
}

void rq_draw_cursor(struct rq_draw *d, int row, int col)
{
	if (row < 0 || row >= LINES || col < 0)
		return;
	d->cursor = true;
	d->cursor_row = row;
	d->cursor_col = col < COLS ? col : COLS - 1;
}

/* Characters that terminals agree about: letters of Europe, punctuation, arrows, lines and shapes,
 * what is written in China, Japan and Korea. */
static bool agreed(uint32_t cp)
{
	return cp < 0x300 || (cp >= 0x370 && cp < 0x483) || (cp >= 0x48a && cp < 0x530) ||
	       (cp >= 0x2010 && cp < 0x2028) || (cp >= 0x2030 && cp < 0x205f) ||
	       (cp >= 0x20a0 && cp < 0x20c0) || (cp >= 0x2100 && cp < 0x231a) ||
	       (cp >= 0x2400 && cp < 0x25fd) || cp == 0x2713 || cp == 0x2717 ||
	       (cp >= 0x3001 && cp < 0x302a) || (cp >= 0x3041 && cp < 0x3097) ||
	       (cp >= 0x30a0 && cp < 0x3100) || (cp >= 0x4e00 && cp < 0x9ffd) ||
	       (cp >= 0xac00 && cp < 0xd7a4) || (cp >= 0xff01 && cp < 0xffdd) || cp == 0xfffd;
}

static void doubt(struct rq_draw *d)
{
	int row = getcury(stdscr);

	if (row >= 0 && row < d->n_doubtful)
		d->doubtful[row] = true;
}

/* N bytes of clean text at the cursor of curses. Where the C library and we differ in a character's
 * width, curses would lose its place: such a character is replaced. */
static void put(struct rq_draw *d, const char *s, size_t n)
{
	wchar_t wide[WIDE_MAX];
	size_t i = 0, w = 0;
	bool turns = false;

	if (d->ascii) {
		addnstr(s, (int)n);
		return;
	}
	while (i < n && w + 3 < WIDE_MAX) {
		uint32_t cp;

		i += rq_utf8_decode(s + i, n - i, &cp);
		if (!agreed(cp))
			doubt(d);
		/* A terminal that turns what is written from right to left would mix up columns: see rq_text_ltr(). */
		if (turns && rq_cp_width(cp) > 0)
			wide[w++] = LRM;
		turns = (turns && !rq_cp_width(cp)) || (d->mark && rq_cp_rtl(cp));
		if (cp < 0x7f || wcwidth((wchar_t)cp) == rq_cp_width(cp)) {
			wide[w++] = (wchar_t)cp;
		} else if (rq_cp_width(cp) > 0) {
			wide[w++] = 0xfffd;
			if (rq_cp_width(cp) == 2)
				wide[w++] = ' ';
		}
	}
	if (turns)
		wide[w++] = LRM;
	addnwstr(wide, (int)w);
}

/* WIDTH cut to what is on the screen; 0 or less: nothing to do. */
static int clip(int row, int col, int width)
{
	if (row < 0 || row >= LINES || col < 0 || col >= COLS)
		return 0;
	return width < COLS - col ? width : COLS - col;
}

static int draw_clean(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		      const char *text)
{
	int used;
	size_t n = rq_text_fit(text, width, &used);

	use_role(d, role);
	if (text[n]) {
		const char *more = rq_glyph(d, RQ_GLYPH_ELLIPSIS);

		n = rq_text_fit(text, width - 1, &used);
		move(row, col);
		put(d, text, n);
		move(row, col + used);
		put(d, more, strlen(more));
		return used + 1;
	}
	move(row, col);
	put(d, text, n);
	return used;
}

int rq_draw_text(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		 const char *text)
{
	size_t len = strlen(text), most;

	width = clip(row, col, width);
	if (width <= 0)
		return 0;
	most = (size_t)width * 24 +
	       4096; /* of a text without end only what could be seen is looked at */
	rq_str_clear(&d->text);
	rq_text_clean(&d->text, text, len < most ? len : most, d->ascii);
	return draw_clean(d, row, col, width, role, rq_str_get(&d->text));
}

int rq_draw_piece(struct rq_draw *d, int row, int col, int end, enum rq_role role, const char *text)
{
	int width = rq_text_width(text);

	return col + width > end ? col : col + rq_draw_text(d, row, col, width, role, text);
}

void rq_draw_fill(struct rq_draw *d, int row, int col, int width, enum rq_role role)
{
	width = clip(row, col, width);
	if (width <= 0)
		return;
	use_role(d, role);
	mvhline(row, col, ' ', width);
}

void rq_draw_cell(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		  const char *text, bool right)
{
	int used;

	rq_draw_fill(d, row, col, width, role);
	rq_str_clear(&d->text);
	rq_text_clean(&d->text, text, strlen(text), d->ascii);
	used = rq_text_width(rq_str_get(&d->text));
	if (!right || used >= width)
		used = width;
	width = clip(row, col, width);
	if (width > 0)
		draw_clean(d, row, col + (right ? width - used : 0), right ? used : width, role,
			   rq_str_get(&d->text));
}

static void repeat(struct rq_draw *d, const char *glyph, int n)
{
	while (n-- > 0)
		put(d, glyph, strlen(glyph));
}

void rq_draw_rule(struct rq_draw *d, int row, int col, int width, enum rq_role role)
{
	width = clip(row, col, width);
	if (width <= 0)
		return;
	use_role(d, role);
	move(row, col);
	repeat(d, rq_glyph(d, RQ_GLYPH_RULE), width);
}

void rq_draw_vertical(struct rq_draw *d, int row, int col, int height, enum rq_role role)
{
	const char *bar = rq_glyph(d, RQ_GLYPH_VERTICAL);

	use_role(d, role);
	for (; height > 0; height--, row++) {
		if (clip(row, col, 1) > 0) {
			move(row, col);
			put(d, bar, strlen(bar));
		}
	}
}

/* Bytes of TEXT before its column COLS; *used may be one less than COLS before a wide character. */
static size_t skip_columns(const char *text, int cols, int *used)
{
	return cols > 0 ? rq_text_fit(text, cols, used) : (*used = 0, 0);
}

/* What STYLE leaves open is the role's: its background above all. */
static void use_style_on(struct rq_draw *d, const struct rq_style *style, enum rq_role role)
{
	struct rq_style s = *style;

	if (s.fg < 0)
		s.fg = d->theme->style[role].fg;
	if (s.bg < 0)
		s.bg = d->theme->style[role].bg;
	use_style(d, &s);
}

bool rq_draw_styled(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		    const char *text, const struct rq_runs *runs, int from)
{
	size_t at, end, next, run = 0;
	int skipped, used;

	width = clip(row, col, width);
	if (width <= 0)
		return false;
	at = skip_columns(text, from, &skipped);
	end = at + rq_text_fit(text + at, width, &used);
	move(row, col);
	while (at < end) {
		const struct rq_style *style = NULL;

		while (run < runs->n && runs->v[run].off <= at)
			run++;
		if (run > 0)
			style = &runs->v[run - 1].style;
		next = run < runs->n && runs->v[run].off < end ? runs->v[run].off : end;
		if (style && (style->fg >= 0 || style->bg >= 0 || style->bold || style->dim ||
			      style->italic || style->underline || style->reverse))
			use_style_on(d, style, role);
		else
			use_role(d, role);
		put(d, text + at, next - at);
		at = next;
	}
	return text[end] != '\0';
}

void rq_draw_more(struct rq_draw *d, int row, int col, int width)
{
	width = clip(row, col, width);
	if (width > 0)
		rq_draw_text(d, row, col + width - 1, 1, RQ_ROLE_DIM, rq_glyph(d, RQ_GLYPH_MORE));
}

void rq_draw_over(struct rq_draw *d, int row, int col, int width, enum rq_role role)
{
	attr_t attrs;
	short pair;

	width = clip(row, col, width);
	if (width <= 0)
		return;
	use_role(d, role);
	attr_get(&attrs, &pair, NULL);
	mvchgat(row, col, width, attrs, pair, NULL);
}
