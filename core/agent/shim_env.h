/* shim_env.h - what a step leaves for the next ones in the file $GITHUB_ENV. */
#ifndef RQ_AGENT_SHIM_ENV_H
#define RQ_AGENT_SHIM_ENV_H

#include "core/agent/shim_spec.h"

/* Take over the N bytes of TEXT (kept and changed): lines NAME=VALUE, and
 *   NAME<<WORD
 *   several lines
 *   WORD
 * Names that relayq and GitHub own are left as they are. Returns NULL, or the line that is neither. */
const char *rq_shim_env_apply(struct rq_shim_spec *s, char *text, size_t n);

#endif
