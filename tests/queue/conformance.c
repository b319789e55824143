/* One suite over every queue. To have a new implementation checked, add its row to `kinds`. */
#include "tests/queue/suite.h"

#include "tests/queue/local_facts.h"

static const struct kind kinds[] = {
	{ "local", "local", false, local_check, local_reboot },
	{ "local on a thread", "local", true, local_check, local_reboot },
};

static const struct part *const parts[] = { &part_submit, &part_claim, &part_result, &part_after, &part_operator,
					    &part_route, &part_lease, &part_calls, &part_policy, &part_govern, &part_journal, &part_duty };

int main(void)
{
	enum { MAX = 500 };
	static struct CMUnitTest tests[MAX];
	static char names[MAX][100];
	size_t n = 0;

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
			for (size_t t = 0; t < parts[p]->n && n < MAX; t++, n++) {
				snprintf(names[n], sizeof names[n], "%s: %s", kinds[k].name, parts[p]->tests[t].name);
				tests[n] = parts[p]->tests[t];
				tests[n].name = names[n];
				tests[n].initial_state = (void *)(uintptr_t)&kinds[k];
			}
		}
	}
	return _cmocka_run_group_tests("queue", tests, n, NULL, NULL);
}
