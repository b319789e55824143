/* words.c - as policies spell them. */
#include "core/policy/words.h"

#include <stddef.h>

const char *const rq_privacy_words[] = { "local_only", "lan", "zdr", "no_train", "any", NULL };
const char *const rq_on_full_words[] = { "queue", "reject", "replace_oldest_pending", NULL };
const char *const rq_on_exceed_words[] = { "queue", "fallback", "reject", NULL };
const char *const rq_unknown_fact_words[] = { "error", "assume_zero", "wait", NULL };
const char *const rq_version_words[] = { "", ">=", ">", "==", "<=", "<", NULL };
const char *const rq_weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };
