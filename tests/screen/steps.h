/* steps.h - the table of steps. */
#ifndef TEST_SCREEN_STEPS_H
#define TEST_SCREEN_STEPS_H

/* One line a step, with its arguments. */
void steps_print(void);

#endif
