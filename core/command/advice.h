/* advice.h - what would have to change for a reason to go away. */
#ifndef RQ_COMMAND_ADVICE_H
#define RQ_COMMAND_ADVICE_H

/* One line for CODE; "" where nothing needs to change. */
const char *rq_advice(const char *code);

#endif
