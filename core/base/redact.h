/* redact.h - secrets taken out of what is about to be written somewhere. */
#ifndef RQ_BASE_REDACT_H
#define RQ_BASE_REDACT_H

struct rq_redact;       /* values that no line may show */

struct rq_redact *rq_redact_new(void);
void rq_redact_free(struct rq_redact *r);       /* its copies are wiped */
/* SECRET is copied. One of less than 8 bytes is not taken: it would hide half of every line. */
void rq_redact_add(struct rq_redact *r, const char *secret);
/* In S itself, which never grows: each secret of R (NULL: none are known) becomes "***", and so does what looks like one:
 * tokens of GitHub, what follows "Authorization:" and "--token", names and passwords in URLs, their signatures. */
void rq_redact_line(const struct rq_redact *r, char *s);

#endif
