/* cap.h - what a queue can do, besides what each one must (core/queue/queue.h). Faces grey out the rest. */
#ifndef RQ_MODEL_CAP_H
#define RQ_MODEL_CAP_H

enum rq_cap {
	RQ_CAP_FOLLOW_LOG = 1 << 0,     /* logs grow while the job runs */
	RQ_CAP_DRAIN = 1 << 1,
	RQ_CAP_REROUTE = 1 << 2,
	RQ_CAP_REROUTE_RUNNING = 1 << 3,
	RQ_CAP_DELAY = 1 << 4,
	RQ_CAP_PRIORITY = 1 << 5,
	RQ_CAP_DEPENDENCIES = 1 << 6,
	RQ_CAP_GROUPS = 1 << 7,
	RQ_CAP_AGENTS = 1 << 8,         /* relayq agents may serve it */
	RQ_CAP_RETRY = 1 << 9,
	RQ_CAP_CANCEL = 1 << 10,
	RQ_CAP_WORKFLOWS = 1 << 12,     /* jobs are dispatches of workflows: list, inputs, enable, disable */
	RQ_CAP_RUNS = 1 << 13,          /* runs of several jobs: run again in parts, with debug logging; force-cancel; delete */
	RQ_CAP_APPROVE = 1 << 14,
	RQ_CAP_ARTIFACTS = 1 << 15,
	RQ_CAP_RUNNER_ADMIN = 1 << 16,  /* registration, removal, label edit */
	RQ_CAP_JOURNAL = 1 << 17,       /* keeps decisions and Activity, also of other queues */
	RQ_CAP_POLICY = 1 << 11         /* decisions are followed: jobs are held, placed, and their places counted */
};

#endif
