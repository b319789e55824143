/* Messages. */
#include "tui/status.h"

#include <stdarg.h>
#include <stdio.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tui/ui.h"

void rq_messages_say(struct rq_messages *s, struct rq_ui *ui, enum rq_say level, const char *fmt,
		     ...)
{
	struct rq_message *m = &s->v[s->n++ % RQ_MESSAGES_MAX];
	char text[RQ_MESSAGE_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rq_free(m->text);
	m->at = rq_now();
	m->level = level;
	m->text = rq_strdup(text);
	s->shown = true;
	ui->dirty = true;
}

void rq_messages_release(struct rq_messages *s)
{
	size_t i;

	for (i = 0; i < RQ_MESSAGES_MAX; i++)
		rq_free(s->v[i].text);
}

const struct rq_message *rq_messages_now(const struct rq_messages *s)
{
	return s->shown && s->n ? &s->v[(s->n - 1) % RQ_MESSAGES_MAX] : NULL;
}

void rq_messages_seen(struct rq_messages *s, struct rq_ui *ui)
{
	if (s->shown)
		ui->dirty = true;
	s->shown = false;
}

size_t rq_messages_count(const struct rq_messages *s)
{
	return s->n < RQ_MESSAGES_MAX ? s->n : RQ_MESSAGES_MAX;
}

const struct rq_message *rq_messages_at(const struct rq_messages *s, size_t i)
{
	return &s->v[(s->n - rq_messages_count(s) + i) % RQ_MESSAGES_MAX];
}
