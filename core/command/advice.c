/* advice.c - what would have to change for a reason to go away. One line for each code that keeps a job from a runner;
 * tests/docs/policy.sh compares the list with codes.def. */
#include <string.h>
#include "core/command/advice.h"

static const struct advice {
	const char *code, *text;
} list[] = {
	{ "UNKNOWN_JOB_TYPE", "add a route of this name, or set defaults.on_no_match to route:NAME" },
	{ "DENIED_BY_RULE", "change the rule, or what it looks at" },
	{ "NO_CANDIDATES", "name a runner or a label that runners have in the route's prefer or fallback" },
	{ "TARGET_UNKNOWN", "start an agent of this name, or correct the name in the route" },
	{ "SIZE_EXCEEDED", "raise the route's max_size_mb, or submit less at once" },
	{ "DURATION_EXCEEDED", "raise the route's max_duration_minutes, or submit less at once" },
	{ "MEMORY_INSUFFICIENT", "lower the route's min_memory_gb, or add memory" },
	{ "CPU_INSUFFICIENT", "lower the route's min_cpu_cores" },
	{ "STORAGE_INSUFFICIENT", "lower the route's min_storage_gb, or free space on the runner" },
	{ "CAPABILITY_MISSING", "install the tool there, or declare it: supports_X: true in runner_capabilities" },
	{ "LABEL_MISSING", "give the runner the label (relayq agent run --labels), or ask for less" },
	{ "LABEL_FORBIDDEN", "take the label off the runner, or out of forbid" },
	{ "OS_MISMATCH", "add the runner's system to the route's os" },
	{ "ARCH_MISMATCH", "add the runner's architecture to the route's arch" },
	{ "RUNNER_TOO_OLD", "update relayq there, or lower the route's runner_version" },
	{ "PRIVACY_VIOLATION", "declare a stricter privacy for the runner, or ask for less in the route and its rules" },
	{ "COST_OVER_CAP", "raise per_job_usd, or choose a cheaper runner" },
	{ "NO_WORKFLOW_FOR_TARGET", "name a workflow for the runner, or for \"*\", in the route's workflows" },
	{ "WORKFLOW_INVALID", "correct the workflow's file" },
	{ "NOT_THE_TARGET", "submit without --to, or name this runner" },
	{ "NOT_IN_ROUTE", "name the runner, or a label that it has, in the route's prefer or fallback" },
	{ "RUNNER_OFFLINE", "start its agent: relayq agent start, on that machine" },
	{ "RUNNER_STALE", "look at its agent: it lives but has stopped to report" },
	{ "RUNNER_FULL", "wait for one of its jobs to end, or raise its slots and max_concurrent_jobs" },
	{ "RUNNER_PAUSED", "relayq undrain it" },
	{ "RUNNER_HOT", "let it cool, or raise the route's max_temp_c" },
	{ "RUNNER_LOADED", "let it rest, or raise the route's max_load" },
	{ "DISK_LOW", "free space there, or lower the route's min_storage_gb" },
	{ "ROUTE_CONCURRENCY", "wait for a job of this route there to end, or raise the route's max_concurrent" },
	{ "GROUP_CONCURRENCY", "wait for a job of the group to end, or raise its limit" },
	{ "OUTSIDE_WINDOW", "wait for the window to open, or change the route's windows" },
	{ "BUDGET_MINUTES_EXHAUSTED", "wait for the next period, or raise budget.github_minutes" },
	{ "BUDGET_USD_EXHAUSTED", "wait for the next period, or raise budget.usd" },
	{ "COOLDOWN", "wait until the provider is tried again" },
	{ "FALLBACK_HOLD", "wait for fallback_after, or shorten it" },
	{ "DEPENDENCY_PENDING", "wait for the jobs that it comes after" },
	{ "RATE_LIMITED", "wait until the service accepts more" },
	{ "DELAYED", "wait for the time that the job was submitted for" },
	{ "RETRY_BACKOFF", "wait for the pause before the next attempt to end" },
	{ "REPLACED", "nothing: a later job of the group took its place" },
	{ "FACT_MISSING", "give the fact at submission: -f KEY=VALUE" },
	{ "FACT_TYPE", "give the fact as the policy reads it: a number where it compares numbers" },
	{ "REGEX_LIMIT", "make the rule's regular expression simpler" },
	{ "POLICY_INVALID", "mend the policy: relayq policy check tells what is wrong" },
	{ "STATE_STALE", "decide again when the fleet is known" },
};

const char *rq_advice(const char *code)
{
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (!strcmp(list[i].code, code))
			return list[i].text;
	return "";
}
