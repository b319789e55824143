/* github_token.c - the places where a token may be, one after the other. */
#include "core/queue/github_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/remote.h"
#include "core/queue/github_hosts.h"
#include "core/sys/capture.h"

enum { TOKEN_MAX = 4096, PROGRAM_MS = 5000, OUTPUT_MAX = 2 * TOKEN_MAX };

struct rq_token {
	struct rq_loop *loop;
	rq_token_fn *fn;
	void *ud;
	char host[RQ_HOST_MAX];
	int port;
	enum rq_forge forge;
	char *variable;                 /* NULL none */
	bool git;
	struct rq_capture *program;
	char token[TOKEN_MAX + 1];
	char warning[512];
	struct rq_token_answer answer;
	bool deferred;
	bool *freed;                    /* of the callback that is under way */
};

/* --- the answer -------------------------------------------------------------------------- */

static void tell(void *ud)
{
	struct rq_token *t = ud;
	bool freed = false;

	t->deferred = false;
	t->answer.token = t->answer.code ? "" : t->token;
	t->answer.warning = t->warning;
	t->freed = &freed;
	t->fn(t->ud, &t->answer);
	if (!freed)
		t->freed = NULL;
}

static void done(struct rq_token *t, int code)
{
	t->answer.code = code;
	t->deferred = true;
	rq_loop_defer(t->loop, tell, t);
}

void rq_token_free(struct rq_token *t)
{
	if (!t)
		return;
	if (t->freed)
		*t->freed = true;
	if (t->deferred)
		rq_loop_undefer(t->loop, tell, t);
	rq_capture_free(t->program);
	rq_wipe(t->token, sizeof t->token);
	rq_free(t->variable);
	rq_free(t);
}

/* N bytes at S, which is what SOURCE has, are the answer, good or bad. */
static void take(struct rq_token *t, const char *s, size_t n, const char *source)
{
	bool good = n > 0 && n <= TOKEN_MAX;
	size_t i;

	for (i = 0; i < n && good; i++)
		good = (unsigned char)s[i] > 0x20 && (unsigned char)s[i] < 0x7f;
	t->answer.source = source;
	if (!good) {
		done(t, rq_fail(&t->answer.err, RQ_EUSAGE,
				"What %s has for %s is no token: 1 to %d characters without blanks and control characters.",
				source, t->host, TOKEN_MAX));
		return;
	}
	memcpy(t->token, s, n);
	t->token[n] = '\0';
	done(t, RQ_OK);
}

static bool take_text(struct rq_token *t, const char *s, const char *source)
{
	if (!s || !*s)
		return false;
	take(t, s, strlen(s), source);
	return true;
}

static void none(struct rq_token *t)
{
	bool gitea = t->forge != RQ_FORGE_GITHUB, own = rq_host_kind(t->host) != RQ_HOST_OTHER;
	char how[RQ_HOST_MAX + 100];

	if (gitea)
		snprintf(how, sizeof how, "%s", t->forge == RQ_FORGE_FORGEJO ? "set FORGEJO_TOKEN" : "set GITEA_TOKEN");
	else if (rq_eq(t->host, "github.com"))
		snprintf(how, sizeof how, "set GH_TOKEN, or run `gh auth login`");
	else
		snprintf(how, sizeof how, "set %s, or run `gh auth login --hostname %s`",
			 own ? "GH_TOKEN" : "GH_ENTERPRISE_TOKEN", t->host);
	t->answer.source = "";
	done(t, rq_fail(&t->answer.err, RQ_EPERM, "There is no token for %s: %s.", t->host, how));
}

/* --- git credential ---------------------------------------------------------------------- */

static void on_git(void *ud, const struct rq_capture_answer *a)
{
	static const char key[] = "password=";
	struct rq_token *t = ud;
	const char *line = a->text, *end;

	for (; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (!a->code && a->status == 0 && rq_starts(line, key)) {
			take(t, line + strlen(key), (size_t)(end - line) - strlen(key), "git credential");
			break;
		}
	}
	if (!*line)
		none(t);
	rq_capture_free(t->program);
	t->program = NULL;
}

/* Nothing asks on a terminal or in a window; and no repository's settings name the program that is asked. */
static void ask_git(struct rq_token *t)
{
	static const char *const argv[] = { "git", "credential", "fill", NULL };
	static const char *const env[] = {
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never", "GIT_DIR", "GIT_WORK_TREE",
		"GIT_COMMON_DIR", "GIT_TRACE", "GIT_CURL_VERBOSE", NULL,
	};
	struct rq_capture_spec spec = { .argv = argv, .env = env, .max = OUTPUT_MAX, .deadline_ms = PROGRAM_MS };
	bool v6 = strchr(t->host, ':') != NULL;
	char input[RQ_HOST_MAX + 64], port[16] = "";

	if (!t->git) {
		none(t);
		return;
	}
	if (t->port)
		snprintf(port, sizeof port, ":%d", t->port);
	snprintf(input, sizeof input, v6 ? "protocol=https\nhost=[%s]%s\n\n" : "protocol=https\nhost=%s%s\n\n", t->host, port);
	spec.input = input;
	t->program = rq_capture_new(t->loop, &spec, on_git, t);
}

/* --- gh ---------------------------------------------------------------------------------- */

static void on_gh(void *ud, const struct rq_capture_answer *a)
{
	struct rq_token *t = ud;
	struct rq_capture *ended = t->program;
	size_t n = a->n;

	while (n && (a->text[n - 1] == '\n' || a->text[n - 1] == '\r'))
		n--;
	t->program = NULL;
	if (!a->code && a->status == 0 && n) {
		take(t, a->text, n, "gh auth token");
	} else {
		/* No gh at all is nothing to warn of. */
		if (a->code && a->code != RQ_ENOTFOUND)
			rq_copy(t->warning, sizeof t->warning, a->err.msg);
		ask_git(t);
	}
	rq_capture_free(ended);
}

static void ask_gh(struct rq_token *t)
{
	static const char *const env[] = {
		"GH_PROMPT_DISABLED=1", "GH_NO_UPDATE_NOTIFIER=1", "NO_COLOR=1", "GH_DEBUG", "DEBUG", NULL,
	};
	const char *own = getenv("GH_PATH");
	const char *const argv[] = { own && *own ? own : "gh", "auth", "token", "--hostname", t->host, NULL };
	const struct rq_capture_spec spec = { .argv = argv, .env = env, .max = OUTPUT_MAX, .deadline_ms = PROGRAM_MS };

	t->program = rq_capture_new(t->loop, &spec, on_gh, t);
}

/* What gh's file does not name, its keyring has nothing for: gh looks there by the file. */
static void look_at_gh(struct rq_token *t)
{
	const struct rq_gh_host *known;
	struct rq_gh_hosts hosts;

	rq_gh_hosts_init(&hosts);
	known = rq_gh_hosts_find(&hosts, t->host);
	rq_copy(t->warning, sizeof t->warning, hosts.warning);
	if (!known || !take_text(t, known->token, "hosts.yml of gh")) {
		if (known || !hosts.there)
			ask_gh(t);
		else
			ask_git(t);
	}
	rq_gh_hosts_release(&hosts);
}

/* --- the environment --------------------------------------------------------------------- */

static bool try_variables(struct rq_token *t, const char *const *names)
{
	for (; *names; names++)
		if (take_text(t, getenv(*names), *names))
			return true;
	return false;
}

static bool look_at_environment(struct rq_token *t)
{
	static const char *const github[] = { "GH_TOKEN", "GITHUB_TOKEN", NULL };
	static const char *const enterprise[] = { "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", NULL };
	static const char *const codespace[] = { "GITHUB_TOKEN", NULL };
	static const char *const gitea[] = { "GITEA_TOKEN", "FORGEJO_TOKEN", NULL };
	static const char *const forgejo[] = { "FORGEJO_TOKEN", "GITEA_TOKEN", NULL };

	if (t->forge != RQ_FORGE_GITHUB)
		return try_variables(t, t->forge == RQ_FORGE_FORGEJO ? forgejo : gitea);
	if (rq_host_kind(t->host) != RQ_HOST_OTHER)
		return try_variables(t, github);
	return try_variables(t, enterprise) || (rq_eq(getenv("CODESPACES"), "true") && try_variables(t, codespace));
}

static void look_at_variable(struct rq_token *t)
{
	if (!take_text(t, getenv(t->variable), t->variable))
		done(t, rq_fail(&t->answer.err, RQ_EPERM, "There is no token for %s: the queue's token_env says that %s has it, "
				"which is not set.", t->host, t->variable));
}

struct rq_token *rq_token_find(struct rq_loop *l, const struct rq_token_ask *ask, rq_token_fn *fn, void *ud)
{
	struct rq_token *t = rq_alloc(sizeof *t);
	int r = rq_remote_api_host(ask->api, t->host, &t->answer.err);

	t->loop = l;
	t->fn = fn;
	t->ud = ud;
	t->forge = ask->forge;
	t->port = rq_remote_api_port(ask->api);
	t->git = ask->git;
	t->variable = ask->variable && *ask->variable ? rq_strdup(ask->variable) : NULL;
	t->answer.source = "";
	if (r)
		done(t, r);
	else if (t->variable)
		look_at_variable(t);
	else if (look_at_environment(t))
		return t;
	else if (t->forge == RQ_FORGE_GITHUB)
		look_at_gh(t);
	else
		ask_git(t);
	return t;
}
