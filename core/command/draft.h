/* draft.h - a submission as it is put together: from options, a steps file, or a line of a batch.
 *
 * Everything lies in the arena of the call that it will be part of. */
#ifndef RQ_COMMAND_DRAFT_H
#define RQ_COMMAND_DRAFT_H

#include "core/base/json.h"
#include "core/command/impl.h"
#include "core/model/call.h"

struct rq_draft {
	struct rq_arena *arena;
	struct rq_submission s;
	size_t cap_env, cap_params, cap_after;
};

/* Empty, with the environment that every job gets: PATH, HOME, LANG, LC_*, TZ of this process,
 * and its directory. */
int rq_draft_init(struct rq_draft *d, struct rq_arena *a, struct rq_error *e);
/* A draft of its own that begins as FROM. */
void rq_draft_copy(struct rq_draft *d, const struct rq_draft *from);
/* Option NAME of `submit` with VALUE, which was checked by its type. Repeated options add up. */
int rq_draft_set(struct rq_draft *d, const char *name, const char *value, struct rq_error *e);
/* One step of N words. */
void rq_draft_command(struct rq_draft *d, const char *const *words, size_t n);
/* Steps from YAML text: a list of {name, run | command}. FILE is for messages. */
int rq_draft_steps_yaml(struct rq_draft *d, const char *file, const char *text, size_t n,
			struct rq_error *e);
/* One object of a batch: members named as the options (_ for -), and command, run or steps. */
int rq_draft_json(struct rq_draft *d, const struct rq_opt *opts, const struct rq_json *j,
		  struct rq_error *e);

#endif
