/* What the shim reads of strangers: a job's output, its GITHUB_ENV file; and the spec, which a damaged agent may have made.
 * The first byte says which. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <unistd.h>
#include "core/agent/shim_env.h"
#include "core/agent/shim_log.h"
#include "core/agent/shim_spec.h"

static const char secret[] = "hunter2";

/* In two pieces, cut where the second byte says: no secret gets through, and nothing is lost without being counted. */
static void check_log(const uint8_t *data, size_t size)
{
	static struct rq_shim_log l;
	static char out[1 << 20];
	size_t cut = size ? data[0] % size : 0;
	int fds[2];
	ssize_t n;

	/* More than a pipe holds would block. */
	if (size > 4096 || pipe(fds) < 0)
		return;
	memset(&l, 0, sizeof l);
	rq_shim_log_open(&l, "/dev/null", size % 7 ? 0 : 100);
	close(l.fd);
	l.fd = fds[1];
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	rq_mask_add(&l.masks, secret);
	rq_shim_log_feed(&l, (const char *)data, cut);
	rq_shim_log_tick(&l, rq_shim_log_due(&l));
	rq_shim_log_feed(&l, (const char *)data + cut, size - cut);
	rq_shim_log_close(&l);
	n = read(fds[0], out, sizeof out - 1);
	close(fds[0]);
	if (n > 0 && !l.lost) {
		out[n] = '\0';
		PROMISE(out[n - 1] == '\n');
		for (ssize_t i = 0; i + (ssize_t)sizeof secret - 1 <= n; i++)
			PROMISE(memcmp(out + i, secret, sizeof secret - 1) != 0);
	}
}

static void check_env(const uint8_t *data, size_t size)
{
	struct rq_shim_spec s = { 0 };
	char *text = rq_alloc(size + 1);

	memcpy(text, data, size);
	rq_shim_env_apply(&s, text, size);
	for (size_t i = 0; i < s.n_env; i++) {
		PROMISE(strchr(s.env[i], '=') && s.env[i][0] != '=');
		PROMISE(strncmp(s.env[i], "RELAYQ_", 7) != 0);
	}
	rq_free(text);
}

static void check_spec(const uint8_t *data, size_t size)
{
	struct rq_shim_spec s;
	char *text = rq_alloc(size + 1);

	memcpy(text, data, size);
	if (rq_shim_spec_parse(&s, text, size)) {
		PROMISE(s.n_steps > 0 && s.token && s.cwd && s.log);
		for (size_t i = 0; i < s.n_steps; i++)
			PROMISE(s.steps[i].script || s.steps[i].argv[0]);
	}
	rq_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0] % 3) {
	case 0:
		check_log(data + 1, size - 1);
		break;
	case 1:
		check_env(data + 1, size - 1);
		break;
	default:
		check_spec(data + 1, size - 1);
		break;
	}
	return 0;
}
