#include <string.h>
#include "core/base/str.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

const struct rq_command *const rq_commands[] = {
	&rq_cmd_submit,
	&rq_cmd_jobs,
	&rq_cmd_show,
	&rq_cmd_logs,
	&rq_cmd_view,
	&rq_cmd_cancel,
	&rq_cmd_retry,
	&rq_cmd_delete,
	&rq_cmd_reroute,
	&rq_cmd_approve,
	&rq_cmd_artifacts,
	&rq_cmd_workflows,
	&rq_cmd_workflows_enable,
	&rq_cmd_workflows_disable,
	&rq_cmd_types,
	&rq_cmd_runners,
	&rq_cmd_drain,
	&rq_cmd_undrain,
	&rq_cmd_runner_new,
	&rq_cmd_runner_remove,
	&rq_cmd_runner_labels,
	&rq_cmd_decisions,
	&rq_cmd_explain,
	&rq_cmd_activity,
	&rq_cmd_policy_check,
	&rq_cmd_policy_lint,
	&rq_cmd_policy_fmt,
	&rq_cmd_policy_test,
	&rq_cmd_policy_explain,
	&rq_cmd_policy_why_not,
	&rq_cmd_policy_plan,
	&rq_cmd_policy_replay,
	&rq_cmd_policy_diff,
	&rq_cmd_policy_log,
	&rq_cmd_policy_verify,
	&rq_cmd_summary,
	&rq_cmd_usage,
	&rq_cmd_keys,
	&rq_cmd_schedules,
	&rq_cmd_agent_run,
	&rq_cmd_agent_start,
	&rq_cmd_agent_stop,
	&rq_cmd_agent_status,
	&rq_cmd_doctor,
	&rq_cmd_config,
	&rq_cmd_config_get,
	&rq_cmd_config_set,
	&rq_cmd_config_path,
	&rq_cmd_help,
	&rq_cmd_version,
	&rq_cmd_complete,
	NULL,
};

bool rq_command_hidden(const struct rq_command *c)
{
	return c->name[0] == '_';
}

const struct rq_command *rq_command_find(const char *name)
{
	for (size_t i = 0; rq_commands[i]; i++)
		if (!strcmp(rq_commands[i]->name, name) || rq_eq(rq_commands[i]->alias, name))
			return rq_commands[i];
	return NULL;
}

bool rq_command_is_group(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; rq_commands[i]; i++)
		if (!strncmp(rq_commands[i]->name, word, n) && rq_commands[i]->name[n] == ' ')
			return true;
	return false;
}

static void consider(const char *name, const char *candidate, int *near, const char **best)
{
	int d;

	if (!candidate)
		return;
	/* What was only not typed to its end is near. */
	d = strlen(name) > 2 && rq_starts(candidate, name) ? 0
							   : rq_distance(name, candidate, *near);
	if (d < *near) {
		*near = d;
		*best = candidate;
	}
}

const char *rq_command_nearest(const char *name)
{
	size_t n = strlen(name);
	int near = n < 4 ? 2 : n < 6 ? 3 : 4; /* half of it may be wrong */
	const char *best = NULL;

	for (size_t i = 0; rq_commands[i]; i++) {
		if (rq_command_hidden(rq_commands[i]))
			continue;
		consider(name, rq_commands[i]->name, &near, &best);
		consider(name, rq_commands[i]->alias, &near, &best);
	}
	return best;
}
