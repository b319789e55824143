/* Queues as config.yaml has them. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "core/model/queues.h"

static struct rq_queues *read_text(const char *text)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };
	struct rq_queues *q;

	if (rq_config_parse(c, "/home/u/.config/relayq/config.yaml", text, strlen(text), &e))
		fail_msg("%s", e.msg);
	q = rq_queues_new(c, "/home/u/.config/relayq/config.yaml");
	rq_config_free(c);
	return q;
}

static void test_none(void **state)
{
	struct rq_queues *q = read_text("agent: {slots: 2}\n");

	(void)state;
	assert_int_equal(q->n, 0);
	assert_string_equal(q->problem, "");
	rq_queues_free(q);
	q = read_text("queues:\n");
	assert_int_equal(q->n, 0);
	rq_queues_free(q);
	rq_queues_free(NULL);
}

static void test_everything(void **state)
{
	struct rq_queues *q = read_text(
		"queues:\n  media:\n    kind: github\n    repos: [acme/media, Acme/site.v2]\n    org: acme\n    ca: ca/acme.pem\n"
		"    token_env: ACME_TOKEN\n    credentials: git\n    workflow: transcribe.yml\n    ref: release/1\n"
		"    runner_input: runner\n    id_input: relayq_id\n    drain: {confirm: 90s, group: parked}\n"
		"    runners_at: [/opt/actions-runner]\n"
		"    runner_hosts: {macmini: {ssh: me@macmini.local, root: /Users/me/run ner}}\n");
	const struct rq_queue_config *m = &q->v[0];

	(void)state;
	assert_int_equal(q->n, 1);
	assert_string_equal(m->problem, "");
	assert_string_equal(m->name, "media");
	assert_string_equal(m->kind, "github");
	assert_string_equal(m->forge, "github");
	assert_false(m->forge_guessed);
	assert_string_equal(m->api, "https://api.github.com");
	assert_string_equal(m->host, "github.com");
	assert_int_equal(m->n_repos, 2);
	assert_string_equal(m->repos[0], "acme/media");
	assert_string_equal(m->repos[1], "Acme/site.v2");
	assert_string_equal(m->org, "acme");
	assert_string_equal(m->ca, "/home/u/.config/relayq/ca/acme.pem");
	assert_string_equal(m->token_env, "ACME_TOKEN");
	assert_true(m->git_credentials);
	assert_string_equal(m->workflow, "transcribe.yml");
	assert_string_equal(m->ref, "release/1");
	assert_string_equal(m->runner_input, "runner");
	assert_string_equal(m->id_input, "relayq_id");
	assert_int_equal(m->drain_confirm_ms, 90000);
	assert_string_equal(m->drain_group, "parked");
	assert_int_equal(m->n_runners_at, 1);
	assert_string_equal(m->runners_at[0], "/opt/actions-runner");
	assert_int_equal(m->n_runner_hosts, 1);
	assert_string_equal(m->runner_hosts[0].runner, "macmini");
	assert_string_equal(m->runner_hosts[0].ssh, "me@macmini.local");
	assert_string_equal(m->runner_hosts[0].root, "/Users/me/run ner");
	rq_queues_free(q);
}

static void server(const char *keys, const char *api, const char *host, const char *forge, bool guessed)
{
	struct rq_str s;
	struct rq_queues *q;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "queues: {q: {repos: a/b, %s}}\n", keys);
	q = read_text(rq_str_get(&s));
	assert_string_equal(q->v[0].problem, "");
	assert_string_equal(q->v[0].api, api);
	assert_string_equal(q->v[0].host, host);
	assert_string_equal(q->v[0].forge, forge);
	assert_int_equal(q->v[0].forge_guessed, guessed);
	rq_queues_free(q);
	rq_str_release(&s);
}

static void test_servers(void **state)
{
	(void)state;
	server("host: github.com", "https://api.github.com", "github.com", "github", false);
	server("host: GHE.example.org", "https://ghe.example.org/api/v3", "ghe.example.org", "github", false);
	server("host: acme.ghe.com", "https://api.acme.ghe.com", "acme.ghe.com", "github", false);
	server("api: gitea, host: git.example.org", "https://git.example.org/api/v1", "git.example.org", "gitea", false);
	server("api: forgejo, host: 'git.example.org:3000/forge/'", "https://git.example.org:3000/forge/api/v1", "git.example.org",
	       "forgejo", false);
	server("api: gitea, host: 'http://127.0.0.1:3000'", "http://127.0.0.1:3000/api/v1", "127.0.0.1", "gitea", false);
	server("api: 'http://127.0.0.1:8080'", "http://127.0.0.1:8080", "127.0.0.1", "github", false);
	server("api: 'http://localhost:8080/api/v3/'", "http://localhost:8080/api/v3", "localhost", "github", false);
	server("api: 'https://git.example.org/api/v1'", "https://git.example.org/api/v1", "git.example.org", "gitea", true);
}

/* The queue of BODY is refused with TEXT, and its neighbour is not. */
static void refused(const char *body, const char *text)
{
	struct rq_str s;
	struct rq_queues *q;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "queues:\n  q: %s\n  other: {org: acme}\n", body);
	q = read_text(rq_str_get(&s));
	assert_int_equal(q->n, 2);
	if (!strstr(q->v[0].problem, text))
		fail_msg("got: %s; wanted: %s", q->v[0].problem, text);
	assert_string_equal(q->v[0].name, "q");
	assert_int_equal(q->v[0].n_repos, 0);
	assert_string_equal(q->v[1].problem, "");
	rq_queues_free(q);
	rq_str_release(&s);
}

static void test_mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	refused("{repo: a/b}", "config.yaml:2:7: a queue has no key 'repo' (did you mean 'repos'?).");
	refused("{elephant: 1, org: x}", "config.yaml:2:7: a queue has no key 'elephant'.");
	refused("{}", "config.yaml:2:3: the queue q needs repos or org.");
	refused("text", "the queue q needs repos or org");
	refused("{host: a.example}", "the queue q needs repos or org");
	refused("{repos: [a/b, nothing]}", "config.yaml:2:20: a repository is OWNER/NAME");
	refused("{repos: [a/b/c]}", "a repository is OWNER/NAME");
	refused("{repos: ['https://github.com/a/b']}", "a repository is OWNER/NAME");
	refused("{repos: [a/..]}", "a repository is OWNER/NAME");
	refused("{repos: [a/b, A/B]}", "A/B stands there twice");
	refused("{repos: }", "repos needs a value");
	refused("{kind: redis, org: a}", "kind is github");
	refused("{org: 'a b'}", "org is the name");
	refused("{org: a, api: gitea}", "api: gitea needs the server's name");
	refused("{org: a, api: gitlab}", "api is gitea, forgejo, or an address");
	refused("{org: a, api: 'http://git.example.org/api/v1'}", "config.yaml:2:20: http:// would send the token in the clear");
	refused("{org: a, api: 'https://u:p@git.example.org/'}", "without a name or password");
	refused("{org: a, api: 'https://x.example/api/v3', host: x.example}", "host stands for an address");
	refused("{org: a, host: 'a b'}", "host is a server's name");
	refused("{org: a, host: 'me@x.example'}", "host is a server's name");
	refused("{org: a, token_env: 'ghp_not-a-name'}", "token_env is the name of an environment variable, never a token itself");
	refused("{org: a, credentials: all}", "credentials is git");
	refused("{org: a, workflow: ../x.yml}", "workflow is a file's name");
	refused("{org: a, workflow: x.sh}", "workflow is a file's name");
	refused("{org: a, ref: 'a..b'}", "ref is a branch or a tag");
	refused("{org: a, ref: '-x'}", "ref is a branch or a tag");
	refused("{org: a, runner_input: 'a b'}", "the name of an input");
	refused("{org: a, drain: {confirm: 59s}}", "from 1m to 24h");
	refused("{org: a, drain: {group: ''}}", "a runner group");
	refused("{org: a, drain: {minutes: 5}}", "confirm and group");
	refused("{org: a, drain: 5m}", "a map");
	refused("{org: a, runner_hosts: {m: {ssh: -oProxyCommand=x, root: /r}}}", "ssh is [USER@]HOST");
	refused("{org: a, runner_hosts: {m: {ssh: m, root: r}}}", "root is the directory");
	refused("{org: a, runner_hosts: {m: m}}", "a runner's host is");
	refused("{org: a, runners_at: [x]}", "written from /");
}

static void test_names(void **state)
{
	struct rq_queues *q = read_text("queues: {Local: {org: a}, m: {org: a}, M: {org: b}, 'a b': {org: c}}\n");

	(void)state;
	assert_int_equal(q->n, 4);
	assert_non_null(strstr(q->v[0].problem, "always there"));
	assert_string_equal(q->v[1].problem, "");
	assert_non_null(strstr(q->v[2].problem, "stands there twice"));
	assert_non_null(strstr(q->v[3].problem, "cannot be the name of a queue"));
	rq_queues_free(q);
	q = read_text("queues: [a, b]\n");
	assert_int_equal(q->n, 0);
	assert_non_null(strstr(q->problem, "config.yaml:1:9: queues are NAME:"));
	rq_queues_free(q);
	q = read_text("queues: {a: {org: x}, b: {org: x}, c: {org: x}, d: {org: x}, e: {org: x}, f: {org: x}, g: {org: x}, h: {org: x},"
		      " i: {org: x}, j: {org: x}, k: {org: x}, l: {org: x}, m: {org: x}, n: {org: x}, o: {org: x}, p: {org: x},"
		      " q: {org: x}}\n");
	assert_int_equal(q->n, 0);
	assert_non_null(strstr(q->problem, "16 at most"));
	rq_queues_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_mistakes_are_told_with_their_place),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
