dist_man_MANS += man/relayq.1 \
	man/relayq-agent.1 \
	man/relayq-approve.1 \
	man/relayq-artifacts.1 \
	man/relayq-cancel.1 \
	man/relayq-config.1 \
	man/relayq-decisions.1 \
	man/relayq-delete.1 \
	man/relayq-doctor.1 \
	man/relayq-drain.1 \
	man/relayq-jobs.1 \
	man/relayq-logs.1 \
	man/relayq-policy.1 \
	man/relayq-reroute.1 \
	man/relayq-retry.1 \
	man/relayq-runner.1 \
	man/relayq-runners.1 \
	man/relayq-schedules.1 \
	man/relayq-show.1 \
	man/relayq-submit.1 \
	man/relayq-types.1 \
	man/relayq-usage.1 \
	man/relayq-workflows.1 \
	man/relayq-config.5 \
	man/relayq-keymap.5 \
	man/relayq-policy.5 \
	man/relayq-theme.5 \
	man/relayq-github.7
