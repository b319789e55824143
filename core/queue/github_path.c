/* github_path.c - the paths of an API, with names in them that may hold anything. */
#include <string.h>
#include "core/queue/github_api_parts.h"

/* What is not a letter, a digit or one of -._~ is written as %XX, and so are dots that are all there is: they lead up. */
static void add_encoded(struct rq_str *s, const char *text)
{
	bool dots = text[strspn(text, ".")] == '\0';

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '-' ||
			     *p == '_' || *p == '~' || (*p == '.' && !dots);

		if (plain)
			rq_str_addc(s, (char)*p);
		else
			rq_str_addf(s, "%%%02X", *p);
	}
}

void rq_api_vpath(struct rq_str *s, const char *format, va_list ap)
{
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			rq_str_addc(s, *p);
		} else if (p[1] == 's') {
			add_encoded(s, va_arg(ap, const char *));
			p++;
		} else if (rq_starts(p, "%lld")) {
			rq_str_addf(s, "%lld", va_arg(ap, long long));
			p += 3;
		} else if (p[1] == '%') {
			rq_str_addc(s, '%');
			p++;
		} else {
			RQ_BUG("a path's format has %%%c", p[1]);
		}
	}
}

void rq_api_path(struct rq_str *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	rq_api_vpath(s, format, ap);
	va_end(ap);
}
