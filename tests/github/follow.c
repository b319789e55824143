/* follow.c - for live.py: follow the job of a runner until its files are gone, and say what was seen.
 *
 *     follow diag|ssh ROOT OUT STARTED_MS MAX_BYTES SECONDS [HOST]
 *
 * prints a line for each state, then "missed N". Ends 0 when the log ended, 1 when it failed, 2 when SECONDS were over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/queue/github_diag.h"
#include "core/queue/github_ssh.h"
#include "core/sys/loop.h"

static struct rq_diag *diag;
static struct rq_sshlog *ssh;
static bool again;                      /* a failed follower by ssh tries again: wait for it */
static char last[640];
static int result = -1;

static enum rq_live_phase phase(void)
{
	return diag ? rq_diag_phase(diag) : rq_sshlog_phase(ssh);
}

/* Mostly inside of the follower's own callback, as a caller may do it. */
static void finish(void)
{
	if (result >= 0)
		return;
	result = phase() == RQ_LIVE_ENDED ? 0 : phase() == RQ_LIVE_FAILED ? 1 : 2;
	printf("missed %d\n", diag ? rq_diag_missed(diag) : rq_sshlog_missed(ssh));
	rq_diag_close(diag);
	rq_sshlog_close(ssh);
}

static void on_change(void *ud)
{
	const char *state = diag ? rq_diag_state(diag) : rq_sshlog_state(ssh);
	enum rq_live_phase now = phase();

	if (!rq_eq(state, last)) {
		rq_copy(last, sizeof last, state);
		printf("%d %s\n", (int)now, state);
		fflush(stdout);
	}
	if (now == RQ_LIVE_ENDED || (now == RQ_LIVE_FAILED && !again)) {
		finish();
		rq_loop_stop(ud);
	}
}

static void on_deadline(void *ud)
{
	rq_loop_stop(ud);
}

static int64_t number(const char *s)
{
	int64_t v = 0;

	return rq_parse_i64(s, &v) ? v : 0;
}

int main(int argc, char **argv)
{
	struct rq_live_options o = { .runner = "macmini", .changed = on_change };
	struct rq_loop *loop;
	struct rq_timer *deadline;
	struct rq_error e = { 0 };

	if (argc < 7 || rq_loop_new(&loop, &e))
		return 99;
	o.root = argv[2];
	o.path = argv[3];
	o.job_started_at = number(argv[4]);
	o.max_bytes = number(argv[5]);
	o.host = argc > 7 ? argv[7] : NULL;
	o.ud = loop;
	again = argc > 8;
	if (rq_eq(argv[1], "ssh") ? rq_sshlog_open(loop, &o, &ssh, &e) : rq_diag_open(loop, &o, &diag, &e)) {
		printf("refused %s %s\n", rq_code_name(e.code), e.msg);
		rq_loop_free(loop);
		return 1;
	}
	deadline = rq_timer_new(loop, on_deadline, loop);
	rq_timer_start(deadline, number(argv[6]) * 1000, 0);
	printf("open: %s\n", diag ? rq_diag_state(diag) : rq_sshlog_state(ssh));
	fflush(stdout);
	rq_loop_run(loop);
	finish();
	rq_timer_free(deadline);
	rq_loop_free(loop);
	return result;
}
