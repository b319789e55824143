#include <string.h>
#include "core/base/str.h"
#include "core/model/columns.h"

static int find(const char *choices, const char *want, char name[RQ_COLUMN_NAME_LEN], struct rq_error *e)
{
	char near[RQ_CHOICE_LEN];
	struct rq_str all;

	if (!rq_choice_nearest(choices, want, 3, near)) {
		rq_copy(name, RQ_COLUMN_NAME_LEN, near);
		return RQ_OK;
	}
	if (*near)
		return rq_fail(e, RQ_EUSAGE, "There is no column \"%.40s\"; did you mean %s?", want, near);
	rq_str_init(&all, 0);
	for (const char *s = choices; *s; s++)
		if (*s == '|')
			rq_str_add(&all, ", ");
		else
			rq_str_addc(&all, *s);
	rq_fail(e, RQ_EUSAGE, "There is no column \"%.40s\"; there are %s.", want, rq_str_get(&all));
	rq_str_release(&all);
	return RQ_EUSAGE;
}

/* "NAME:WIDTH", cut out of a list. */
static int parse_one(char *item, const char *choices, struct rq_column_choice *out, struct rq_error *e)
{
	char *colon = strchr(item, ':');
	int64_t width = 0;

	if (colon)
		*colon = '\0';
	if (colon && (!rq_parse_i64(colon + 1, &width) || width < RQ_COLUMN_WIDTH_MIN || width > RQ_COLUMN_WIDTH_MAX))
		return rq_fail(e, RQ_EUSAGE, "The width of the column %.40s goes from %d to %d: not \"%.20s\".", item,
			       RQ_COLUMN_WIDTH_MIN, RQ_COLUMN_WIDTH_MAX, colon + 1);
	out->width = (int)width;
	return find(choices, item, out->name, e);
}

/* The next item of a list, without the blanks around it. */
static size_t next_item(const char **at, char *item, size_t size)
{
	const char *s = *at + strspn(*at, " \t");
	size_t n = strcspn(s, ","), len = n;

	while (len && strchr(" \t", s[len - 1]))
		len--;
	*at = s + n + (s[n] == ',');
	memcpy(item, s, len < size ? len : size - 1);
	item[len < size ? len : size - 1] = '\0';
	return len;
}

int rq_columns_parse(const char *text, const char *choices, struct rq_column_choice out[RQ_COLUMNS_MAX], size_t *n,
		     struct rq_error *e)
{
	char item[64];
	int rc;

	*n = 0;
	while (text[strspn(text, " \t")]) {
		if (*n == RQ_COLUMNS_MAX)
			return rq_fail(e, RQ_ELIMIT, "A list has at most %d columns.", RQ_COLUMNS_MAX);
		if (!next_item(&text, item, sizeof item))
			return rq_fail(e, RQ_EUSAGE, "A name of a column is missing between two commas.");
		rc = parse_one(item, choices, &out[*n], e);
		if (rc)
			return rc;
		for (size_t i = 0; i < *n; i++)
			if (rq_eq(out[i].name, out[*n].name))
				return rq_fail(e, RQ_EUSAGE, "The column %s stands there twice.", out[i].name);
		++*n;
	}
	return RQ_OK;
}

int rq_columns_parse_sort(const char *text, const char *choices, char name[RQ_COLUMN_NAME_LEN], bool *descending,
			  struct rq_error *e)
{
	text += strspn(text, " \t");
	*descending = *text == '-';
	*name = '\0';
	text += *descending;
	return *text ? find(choices, text, name, e) : RQ_OK;
}
