/* local_facts.h - what must hold in state.db at any time, looked up with SQLite alone. */
#ifndef RQ_TESTS_LOCAL_FACTS_H
#define RQ_TESTS_LOCAL_FACTS_H

/* DIR is the bed's directory. Fails the running test with the first breach. */
void local_check(const char *dir);
/* DIR is the state directory: its leases are of an earlier boot now. */
void local_reboot(const char *dir);

#endif
