#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tests/screen/script.h"

#define MAX_LINES 20000

static bool fail(struct script *s, int line, const char *what)
{
	snprintf(s->error, sizeof s->error, "%s:%d: %s", s->path, line, what);
	return false;
}

static bool read_lines(struct script *s)
{
	FILE *f = fopen(s->path, "r");
	char buf[4096];

	if (!f)
		return fail(s, 0, strerror(errno));
	s->lines = rq_realloc_array(NULL, MAX_LINES, sizeof *s->lines);
	while (s->n_lines < MAX_LINES && fgets(buf, sizeof buf, f)) {
		buf[strcspn(buf, "\n")] = 0;
		s->lines[s->n_lines++] = rq_strdup(buf);
	}
	fclose(f);
	return true;
}

/* Cuts the first word off *s. */
static char *word(const char **s)
{
	size_t n;
	char *w;

	*s += strspn(*s, " \t");
	n = strcspn(*s, " \t");
	w = rq_strndup(*s, n);
	*s += n;
	*s += strspn(*s, " \t");
	return w;
}

static bool add_variant(struct script *s, int line, const char *arg)
{
	struct script_variant *v = &s->variants[s->n_variants];

	if (s->n_variants == SCRIPT_VARIANTS)
		return fail(s, line, "too many variants");
	v->name = word(&arg);
	v->settings = rq_strdup(arg);
	s->n_variants++;
	return true;
}

/* "step args <<EOF": the lines up to EOF belong to the step. Returns the number of lines taken. */
static int here_document(struct script *s, struct script_step *step, int at)
{
	char *mark = strstr(step->arg, "<<");
	char end[32];
	int n = 0;

	if (!mark || strlen(mark + 2) >= sizeof end || strchr(mark, ' '))
		return 0;
	rq_copy(end, sizeof end, mark + 2);
	while (mark > step->arg && mark[-1] == ' ')
		mark--;
	*mark = 0;
	step->text = s->lines + at;
	while (at + n < s->n_lines && strcmp(s->lines[at + n], end))
		n++;
	step->n_text = n;
	return at + n < s->n_lines ? n + 1 : -1;
}

static bool add_step(struct script *s, int *line)
{
	const char *text = s->lines[*line];
	struct script_step *step;
	int taken;

	RQ_GROW(s->steps, s->n_steps, &s->cap_steps);
	step = &s->steps[s->n_steps++];
	memset(step, 0, sizeof *step);
	step->line = *line + 1;
	if (*text == '@') {
		text++;
		step->variant = word(&text);
	}
	step->name = word(&text);
	step->arg = rq_strdup(text);
	taken = here_document(s, step, *line + 1);
	if (taken < 0)
		return fail(s, step->line, "the text after << has no end");
	*line += taken;
	return true;
}

static bool parse_line(struct script *s, int *line)
{
	const char *text = s->lines[*line] + strspn(s->lines[*line], " \t");

	if (!*text || *text == '#')
		return true;
	if (rq_starts(text, "variant "))
		return add_variant(s, *line + 1, text + 8);
	if (rq_starts(text, "must-fail ")) {
		s->must_fail = rq_strdup(text + 10);
		return true;
	}
	return add_step(s, line);
}

bool script_applies(const struct script_step *step, const char *variant)
{
	size_t n = step->variant ? strcspn(step->variant, "*") : 0;

	return !step->variant || (step->variant[n] ? !strncmp(step->variant, variant, n) : !strcmp(step->variant, variant));
}

/* A step for a variant that there is not would never be taken. */
static bool all_apply(struct script *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		int v = 0;

		while (v < s->n_variants && !script_applies(&s->steps[i], s->variants[v].name))
			v++;
		if (v == s->n_variants)
			return fail(s, s->steps[i].line, "it is for no variant of this test");
	}
	return true;
}

bool script_load(struct script *s, const char *path)
{
	memset(s, 0, sizeof *s);
	s->path = rq_strdup(path);
	if (!read_lines(s))
		return false;
	for (int line = 0; line < s->n_lines; line++)
		if (!parse_line(s, &line))
			return false;
	return (s->n_variants || add_variant(s, 0, "")) && all_apply(s);
}

static void free_lines(char **lines, int n)
{
	for (int i = 0; i < n; i++)
		rq_free(lines[i]);
	rq_free(lines);
}

void script_release(struct script *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		rq_free(s->steps[i].variant);
		rq_free(s->steps[i].name);
		rq_free(s->steps[i].arg);
		free_lines(s->steps[i].replacement, s->steps[i].n_replacement);
	}
	for (int i = 0; i < s->n_variants; i++) {
		rq_free(s->variants[i].name);
		rq_free(s->variants[i].settings);
	}
	free_lines(s->lines, s->n_lines);
	rq_free(s->steps);
	rq_free(s->must_fail);
	rq_free(s->path);
	memset(s, 0, sizeof *s);
}

void script_replace(struct script_step *step, char *const *lines, int n)
{
	free_lines(step->replacement, step->n_replacement);
	step->replacement = rq_realloc_array(NULL, (size_t)n + 1, sizeof *step->replacement);
	for (int i = 0; i < n; i++)
		step->replacement[i] = rq_strdup(lines[i]);
	step->n_replacement = n;
}

static const struct script_step *step_of_text(const struct script *s, int line)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].replacement && s->steps[i].text == s->lines + line)
			return &s->steps[i];
	return NULL;
}

bool script_save(const struct script *s)
{
	FILE *f = NULL;

	for (size_t i = 0; i < s->n_steps && !f; i++)
		if (s->steps[i].replacement && !(f = fopen(s->path, "w")))
			return false;
	if (!f)
		return true;
	for (int line = 0; line < s->n_lines; line++) {
		const struct script_step *step = step_of_text(s, line);

		for (int i = 0; step && i < step->n_replacement; i++)
			fprintf(f, "%s\n", step->replacement[i]);
		if (step)
			line += step->n_text;
		fprintf(f, "%s\n", s->lines[line]);
	}
	return !fclose(f);
}
