/* `config set`: change one value in the text of config.yaml and leave the rest as its owner wrote
 * it. The result is read back before anybody sees it; what cannot be edited so is refused. */
#include <stdarg.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/model/config.h"

struct edit {
	const char *text;
	size_t n;
	const char *section, *key, *value; /* SECTION NULL: none; VALUE as YAML */
	struct rq_str *out;
};

static size_t line_start(const struct edit *x, int line)
{
	size_t at = 0;

	while (--line > 0) {
		const char *nl = memchr(x->text + at, '\n', x->n - at);

		if (!nl)
			return x->n;
		at = (size_t)(nl - x->text) + 1;
	}
	return at;
}

/* Marks count characters; the file counts bytes. */
static size_t offset(const struct edit *x, int line, int col)
{
	size_t at = line_start(x, line);

	while (--col > 0 && at < x->n) {
		at++;
		while (at < x->n && ((unsigned char)x->text[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static size_t line_end(const struct edit *x, size_t at)
{
	const char *nl = memchr(x->text + at, '\n', x->n - at);

	return nl ? (size_t)(nl - x->text) : x->n;
}

/* Put this in the place of FROM..TO. */
static void RQ_PRINTF(4, 5) splice(struct edit *x, size_t from, size_t to, const char *fmt, ...)
{
	va_list ap;

	rq_str_addn(x->out, x->text, from);
	va_start(ap, fmt);
	rq_str_vaddf(x->out, fmt, ap);
	va_end(ap);
	rq_str_addn(x->out, x->text + to, x->n - to);
}

/* The byte behind a quoted scalar or a flow list that begins at AT; AT if its line does not end
 * it. */
static size_t closing(const struct edit *x, size_t at)
{
	char open = x->text[at], close = open == '[' ? ']' : open;
	size_t end = line_end(x, at);

	for (size_t i = at + 1; i < end; i++) {
		if (open == '"' && x->text[i] == '\\')
			i++;
		else if (open == '\'' && x->text[i] == '\'' && i + 1 < end &&
			 x->text[i + 1] == '\'')
			i++;
		else if (x->text[i] == close)
			return i + 1;
	}
	return at;
}

/* A block list: its items' lines go, the value stands behind the key. */
static bool replace_block(struct edit *x, const struct rq_yaml *key, const struct rq_yaml *y)
{
	size_t from, to, after = offset(x, key->line, key->col) + strlen(key->text);

	if (!y->n || y->line <= key->line || x->text[after] != ':')
		return false;
	from = line_start(x, y->items[0]->line);
	to = line_end(x, line_start(x, y->items[y->n - 1]->line));
	rq_str_addn(x->out, x->text, after);
	rq_str_addf(x->out, ": %s", x->value);
	rq_str_addn(x->out, x->text + after + 1, from - after - 1);
	if (to < x->n)
		to++;
	rq_str_addn(x->out, x->text + to, x->n - to);
	return true;
}

static bool replace(struct edit *x, const struct rq_yaml *key, const struct rq_yaml *y)
{
	size_t at = offset(x, y->line, y->col), to = at;

	if (y->kind == RQ_YAML_NULL && !*y->text) {
		at = offset(x, key->line, key->col) + strlen(key->text);
		if (at >= x->n || x->text[at] != ':')
			return false;
		splice(x, at + 1, at + 1, " %s", x->value);
		return true;
	}
	if (at >= x->n || y->kind == RQ_YAML_MAP)
		return false;
	if (y->kind == RQ_YAML_SEQ && x->text[at] != '[')
		return replace_block(x, key, y);
	if (y->kind == RQ_YAML_SEQ || y->quoted)
		to = closing(x, at);
	else if (!strncmp(x->text + at, y->text, strlen(y->text)))
		to = at + strlen(y->text);
	if (to == at)
		return false;
	splice(x, at, to, "%s", x->value);
	return true;
}

/* A new first line below "SECTION:", indented as its neighbours are. */
static bool insert(struct edit *x, const struct rq_yaml *key, const struct rq_yaml *y)
{
	size_t at = line_end(x, offset(x, key->line, key->col));
	bool flow = y->kind == RQ_YAML_MAP && y->line == key->line;
	int indent = y->kind == RQ_YAML_MAP && y->n ? y->keys[0]->col - 1 : key->col + 1;

	if (flow) {
		at = offset(x, y->line, y->col);
		if (at >= x->n || x->text[at] != '{')
			return false;
		splice(x, at + 1, at + 1, "%s: %s%s", x->key, x->value, y->n ? ", " : "");
		return true;
	}
	if (y->kind != RQ_YAML_MAP && y->kind != RQ_YAML_NULL)
		return false;
	splice(x, at, at, "\n%*s%s: %s", indent, "", x->key, x->value);
	return true;
}

static void append(struct edit *x)
{
	rq_str_addn(x->out, x->text, x->n);
	if (x->n && x->text[x->n - 1] != '\n')
		rq_str_addc(x->out, '\n');
	if (x->section)
		rq_str_addf(x->out, "%s:\n  ", x->section);
	rq_str_addf(x->out, "%s: %s\n", x->key, x->value);
}

static const struct rq_yaml *find(const struct rq_yaml *map, const char *name,
				  const struct rq_yaml **key)
{
	for (size_t i = 0; map->kind == RQ_YAML_MAP && i < map->n; i++)
		if (!strcmp(map->keys[i]->text, name)) {
			*key = map->keys[i];
			return map->items[i];
		}
	return NULL;
}

static const struct rq_yaml *find_part(const struct rq_yaml *map, const char *name, size_t n,
				       const struct rq_yaml **key)
{
	char *part = rq_strndup(name, n);
	const struct rq_yaml *y = find(map, part, key);

	rq_free(part);
	return y;
}

static bool edit(struct edit *x, const struct rq_yaml *root)
{
	const struct rq_yaml *section_key = NULL, *section = x->section ? find(root, x->section, &section_key) : root;
	const struct rq_yaml *key = NULL, *y, *inner;
	const char *dot;

	if (root->kind != RQ_YAML_MAP && root->kind != RQ_YAML_NULL)
		return false;
	if (!section) {
		append(x);
		return true;
	}
	y = find(section, x->key, &key);
	if (y)
		return replace(x, key, y);
	/* "columns.jobs" may stand as "jobs" in a section of the section. */
	dot = strchr(x->key, '.');
	inner = dot ? find_part(section, x->key, (size_t)(dot - x->key), &key) : NULL;
	if (inner) {
		section = inner;
		section_key = key;
		x->key = dot + 1;
		y = find(section, x->key, &key);
		if (y)
			return replace(x, key, y);
	}
	if (section_key)
		return insert(x, section_key, section);
	append(x);
	return true;
}

/* Plain where it can be nothing but itself, else in double quotes. */
static void yaml_value(struct rq_str *out, const char *value)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/,+-";

	if (*value && !strchr(".,+-", *value) && !value[strspn(value, plain)] &&
	    !rq_ieq(value, "null")) {
		rq_str_add(out, value);
		return;
	}
	rq_str_addc(out, '"');
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\')
			rq_str_addc(out, '\\');
		rq_str_addc(out, *c);
	}
	rq_str_addc(out, '"');
}

/* The new text must say what was asked, and all else as before. */
static bool reads_back(const char *before, const char *after, size_t n, const char *name,
		       const char *value)
{
	struct rq_config *old = rq_config_new(), *new = rq_config_new();
	bool same = !rq_config_parse(old, "config.yaml", before, strlen(before), NULL) &&
		    !rq_config_parse(new, "config.yaml", after, n, NULL) &&
		    !strcmp(rq_config_str(new, name), value);

	for (size_t i = 0; same && i < rq_settings_n; i++)
		if (strcmp(rq_settings[i].name, name))
			same = !strcmp(rq_config_str(old, rq_settings[i].name),
				       rq_config_str(new, rq_settings[i].name));
	rq_config_free(old);
	rq_config_free(new);
	return same;
}

static int check(const char *text, const char *name, const char *value, struct rq_error *e)
{
	struct rq_config *c = rq_config_new();
	int rc = rq_config_set(c, name, value, e);

	if (!rc)
		rc = rq_config_parse(c, "config.yaml", text, strlen(text), e);
	rq_config_free(c);
	return rc;
}

int rq_config_edit(const char *text, const char *name, const char *value, struct rq_str *out,
		   struct rq_error *e)
{
	struct edit x = { .text = text, .n = strlen(text), .out = out };
	const char *dot = strchr(name, '.');
	struct rq_yaml_doc *doc;
	struct rq_str quoted;
	char *section;
	int rc = check(text, name, value, e);
	bool done;

	if (!rc)
		rc = rq_yaml_parse("config.yaml", text, x.n, &doc, e);
	if (rc)
		return rc;
	rq_str_init(&quoted, 0);
	yaml_value(&quoted, value);
	section = dot ? rq_strndup(name, (size_t)(dot - name)) : NULL;
	x.section = section;
	x.key = dot ? dot + 1 : name;
	x.value = rq_str_get(&quoted);
	rq_str_clear(out);
	done = edit(&x, rq_yaml_root(doc)) &&
	       reads_back(text, rq_str_get(out), out->len, name, value);
	rq_free(section);
	rq_str_release(&quoted);
	rq_yaml_free(doc);
	if (!done)
		return rq_fail(e, RQ_EUNSUPPORTED,
			       "config.yaml is written in a way that cannot be edited safely here; "
			       "put \"%.80s: %.80s\" into it by hand.",
			       name, value);
	return RQ_OK;
}
