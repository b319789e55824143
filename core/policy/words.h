/* words.h - what the values of a policy's enumerations are called: for reading them, and for saying what was read. */
#ifndef RQ_POLICY_WORDS_H
#define RQ_POLICY_WORDS_H

/* In the order of the enumerations in policy.h; NULL ends each. */
extern const char *const rq_privacy_words[];
extern const char *const rq_on_full_words[];
extern const char *const rq_on_exceed_words[];
extern const char *const rq_unknown_fact_words[];
extern const char *const rq_version_words[];    /* ">="; none for RQ_VERSION_ANY */
extern const char *const rq_weekdays[];         /* from Monday */

#endif
