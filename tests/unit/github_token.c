/* Where tokens come from, and that they go nowhere else. All of them are made up. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/queue/github_hosts.h"
#include "core/queue/github_token.h"
#include "core/sys/paths.h"

static struct rq_loop *loop;
static char dir[200], path_before[4096];

static const char *const variables[] = {
	"GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", "CODESPACES",
	"MY_TOKEN", "GH_PATH", "GH_CONFIG_DIR", "XDG_CONFIG_HOME", "GIT_DIR",
};

/* --- set-up ------------------------------------------------------------------------------ */

static void put(const char *name, const char *text, unsigned mode)
{
	char *path = rq_path_join(dir, name), *parent = rq_strdup(path);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(rq_mkdirs(parent, NULL), RQ_OK);
	assert_int_equal(rq_file_write(path, text, strlen(text), mode, NULL), RQ_OK);
	rq_free(parent);
	rq_free(path);
}

/* A program NAME of ours, before all others. It leaves its words and its directory in the file NAME.log. */
static void program(const char *name, const char *script)
{
	char text[2000], file[100];

	snprintf(text, sizeof text, "#!/bin/sh\n{ echo \"$*\"; pwd; env; } >>%s/%s.log\n%s\n", dir, name, script);
	snprintf(file, sizeof file, "bin/%s", name);
	put(file, text, 0700);
}

static char *contents(const char *name)
{
	char *path = rq_path_join(dir, name), *text = NULL;

	rq_file_read(path, 1 << 20, &text, NULL, NULL);
	rq_free(path);
	return text;
}

static bool ran(const char *name)
{
	char file[100], *text;
	bool did;

	snprintf(file, sizeof file, "%s.log", name);
	text = contents(file);
	did = text != NULL;
	rq_free(text);
	return did;
}

static int begin(void **state)
{
	char path[5000];
	size_t i;

	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-token.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	for (i = 0; i < sizeof variables / sizeof *variables; i++)
		unsetenv(variables[i]);
	snprintf(path, sizeof path, "%s/bin:%s", dir, path_before);
	setenv("PATH", path, 1);
	setenv("HOME", dir, 1);
	program("gh", "exit 1");
	return rq_loop_new(&loop, NULL);
}

static int finish(void **state)
{
	char command[300];

	(void)state;
	setenv("PATH", path_before, 1);
	snprintf(command, sizeof command, "%s", dir);
	if (fork() == 0) {
		execlp("rm", "rm", "-rf", command, (char *)NULL);
		_exit(127);
	}
	wait(NULL);
	rq_loop_free(loop);
	return 0;
}

struct got {
	int times, code;
	char token[5000], source[100], msg[512], warning[512];
	struct rq_token *handle;
};

static void on_token(void *ud, const struct rq_token_answer *a)
{
	struct got *g = ud;

	g->times++;
	g->code = a->code;
	rq_copy(g->token, sizeof g->token, a->token);
	rq_copy(g->source, sizeof g->source, a->source);
	rq_copy(g->msg, sizeof g->msg, a->err.msg);
	rq_copy(g->warning, sizeof g->warning, a->warning);
	rq_token_free(g->handle);
	g->handle = NULL;
}

static struct got ask(const struct rq_token_ask *what)
{
	int64_t give_up = rq_mono_ns() + INT64_C(15000000000);
	struct got g = { 0 };

	g.handle = rq_token_find(loop, what, on_token, &g);
	assert_int_equal(g.times, 0);
	while (!g.times && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_int_equal(g.times, 1);
	return g;
}

static struct got find(const char *api, enum rq_forge forge)
{
	return ask(&(struct rq_token_ask){ .api = api, .forge = forge });
}

#define GITHUB "https://api.github.com"
#define GHES "https://ghes.example.com/api/v3"
#define LAN "https://git.lan:3000/api/v1"

/* --- the environment --------------------------------------------------------------------- */

static void test_environment(void **state)
{
	/* ENV is what is set, with the variable's name for a value. */
	static const struct { const char *env, *api; enum rq_forge forge; const char *source; } rows[] = {
		{ "GH_TOKEN GITHUB_TOKEN", GITHUB, RQ_FORGE_GITHUB, "GH_TOKEN" },
		{ "GITHUB_TOKEN GH_ENTERPRISE_TOKEN", GITHUB, RQ_FORGE_GITHUB, "GITHUB_TOKEN" },
		{ "GITHUB_TOKEN", "https://api.tenant.ghe.com", RQ_FORGE_GITHUB, "GITHUB_TOKEN" },
		{ "GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN GITEA_TOKEN", GITHUB, RQ_FORGE_GITHUB, "" },
		{ "GH_TOKEN GITHUB_TOKEN GITEA_TOKEN FORGEJO_TOKEN", GHES, RQ_FORGE_GITHUB, "" },
		{ "GH_TOKEN GITHUB_TOKEN", "https://github.com.evil.example/", RQ_FORGE_GITHUB, "" },
		{ "GH_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN", GHES, RQ_FORGE_GITHUB, "GH_ENTERPRISE_TOKEN" },
		{ "GH_TOKEN GITHUB_ENTERPRISE_TOKEN", GHES, RQ_FORGE_GITHUB, "GITHUB_ENTERPRISE_TOKEN" },
		{ "GITHUB_TOKEN CODESPACES=true GH_TOKEN", GHES, RQ_FORGE_GITHUB, "GITHUB_TOKEN" },
		{ "GITHUB_TOKEN CODESPACES=false", GHES, RQ_FORGE_GITHUB, "" },
		{ "GH_ENTERPRISE_TOKEN", "http://127.0.0.1:8080/api/v3", RQ_FORGE_GITHUB, "GH_ENTERPRISE_TOKEN" },
		{ "GH_TOKEN", "http://127.0.0.1:8080/api/v3", RQ_FORGE_GITHUB, "" },
		{ "GITEA_TOKEN FORGEJO_TOKEN", LAN, RQ_FORGE_GITEA, "GITEA_TOKEN" },
		{ "GITEA_TOKEN FORGEJO_TOKEN", LAN, RQ_FORGE_FORGEJO, "FORGEJO_TOKEN" },
		{ "FORGEJO_TOKEN", LAN, RQ_FORGE_GITEA, "FORGEJO_TOKEN" }, { "GITEA_TOKEN", LAN, RQ_FORGE_FORGEJO, "GITEA_TOKEN" },
		{ "GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN", LAN, RQ_FORGE_GITEA, "" },
		{ "GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN", LAN, RQ_FORGE_FORGEJO, "" },
		{ "GH_TOKEN= GITHUB_TOKEN", GITHUB, RQ_FORGE_GITHUB, "GITHUB_TOKEN" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		char env[200], *word, *eq, *save = NULL;
		struct got g;

		for (k = 0; k < sizeof variables / sizeof *variables; k++)
			unsetenv(variables[k]);
		rq_copy(env, sizeof env, rows[i].env);
		for (word = strtok_r(env, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
			eq = strchr(word, '=');
			if (eq)
				*eq = '\0';
			setenv(word, eq ? eq + 1 : word, 1);
		}
		g = find(rows[i].api, rows[i].forge);
		if (strcmp(g.source, rows[i].source) != 0 || strcmp(g.token, rows[i].source) != 0)
			fail_msg("%s at %s: \"%s\" from \"%s\"", rows[i].env, rows[i].api, g.token, g.source);
		assert_int_equal(g.code, *rows[i].source ? RQ_OK : RQ_EPERM);
	}
}

static void test_its_own_variable(void **state)
{
	const struct rq_token_ask mine = { .api = GITHUB, .forge = RQ_FORGE_GITHUB, .variable = "MY_TOKEN" };
	struct got g;

	(void)state;
	setenv("GH_TOKEN", "another's", 1);
	g = ask(&mine);
	assert_int_equal(g.code, RQ_EPERM);
	assert_non_null(strstr(g.msg, "MY_TOKEN"));
	setenv("MY_TOKEN", "fake-mine", 1);
	g = ask(&mine);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.token, "fake-mine");
	assert_string_equal(g.source, "MY_TOKEN");
}

static void test_no_tokens(void **state)
{
	static const char *const bad[] = { "fake secret", "fake-secret\n", "\tfake-secret", "fake-\033secret", "fake-s\xc3\xa9" "cret" };
	char longest[4098];
	struct got g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("GH_TOKEN", bad[i], 1);
		g = find(GITHUB, RQ_FORGE_GITHUB);
		assert_int_equal(g.code, RQ_EUSAGE);
		assert_string_equal(g.token, "");
		assert_non_null(strstr(g.msg, "GH_TOKEN"));
		assert_null(strstr(g.msg, "secret"));
		assert_null(strstr(g.msg, "cret"));
	}
	memset(longest, 'x', 4097);
	longest[4097] = '\0';
	setenv("GH_TOKEN", longest, 1);
	assert_int_equal(find(GITHUB, RQ_FORGE_GITHUB).code, RQ_EUSAGE);
	longest[4096] = '\0';
	setenv("GH_TOKEN", longest, 1);
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(strlen(g.token), 4096);
	/* In the clear it goes to this machine alone. */
	assert_int_equal(find("http://api.github.com", RQ_FORGE_GITHUB).code, RQ_EUSAGE);
	assert_int_equal(find("api.github.com", RQ_FORGE_GITHUB).code, RQ_EUSAGE);
}

static void test_how_to_get_one(void **state)
{
	(void)state;
	assert_string_equal(find(GITHUB, RQ_FORGE_GITHUB).msg,
			    "There is no token for github.com: set GH_TOKEN, or run `gh auth login`.");
	assert_string_equal(find(GHES, RQ_FORGE_GITHUB).msg, "There is no token for ghes.example.com: set GH_ENTERPRISE_TOKEN, or run "
			    "`gh auth login --hostname ghes.example.com`.");
	assert_non_null(strstr(find("https://api.tenant.ghe.com", RQ_FORGE_GITHUB).msg, "set GH_TOKEN, or run"));
	assert_string_equal(find(LAN, RQ_FORGE_GITEA).msg, "There is no token for git.lan: set GITEA_TOKEN.");
	assert_string_equal(find(LAN, RQ_FORGE_FORGEJO).msg, "There is no token for git.lan: set FORGEJO_TOKEN.");
}

/* --- gh ---------------------------------------------------------------------------------- */

static const char hosts_yml[] =
	"github.com:\n    users:\n        monalisa:\n            oauth_token: fake-in-users\n        other:\n"
	"            oauth_token: fake-other\n    git_protocol: https\n    oauth_token: fake-active\n    user: monalisa\n"
	"GHES.Example.com:\n    user: hubot\n    users:\n        anna:\n            oauth_token: fake-anna\n        hubot:\n"
	"            oauth_token: fake-hubot\n"
	"tenant.ghe.com:\n    user: monalisa\n    git_protocol: ssh\n"
	"old.example.com:\n    oauth_token: fake-old\n    user: hubot\n";

static void test_hosts_file(void **state)
{
	static const char *const places[] = { ".config/gh/hosts.yml", "xdg/gh/hosts.yml", "own/hosts.yml" };
	char where[300];
	struct got g;
	size_t i;

	(void)state;
	put(places[0], hosts_yml, 0600);
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_string_equal(g.token, "fake-active");
	assert_string_equal(g.source, "hosts.yml of gh");
	assert_string_equal(g.warning, "");
	assert_string_equal(find(GHES, RQ_FORGE_GITHUB).token, "fake-hubot");
	assert_string_equal(find("https://old.example.com/api/v3", RQ_FORGE_GITHUB).token, "fake-old");
	/* Not named there: then gh's keyring has nothing either. */
	assert_int_equal(find("https://new.example.com/api/v3", RQ_FORGE_GITHUB).code, RQ_EPERM);
	assert_false(ran("gh"));
	/* The environment goes first. */
	setenv("GH_TOKEN", "fake-env", 1);
	assert_string_equal(find(GITHUB, RQ_FORGE_GITHUB).token, "fake-env");
	unsetenv("GH_TOKEN");
	for (i = 1; i < sizeof places / sizeof *places; i++) {
		char text[100];

		snprintf(text, sizeof text, "github.com: {oauth_token: fake-%zu}\n", i);
		put(places[i], text, 0600);
		snprintf(where, sizeof where, "%s/%s", dir, i == 1 ? "xdg" : "own");
		setenv(i == 1 ? "XDG_CONFIG_HOME" : "GH_CONFIG_DIR", where, 1);
		g = find(GITHUB, RQ_FORGE_GITHUB);
		assert_string_equal(g.token + 5, i == 1 ? "1" : "2");
	}
	/* Nothing that a Gitea is asked of. */
	assert_int_equal(find("https://github.com/api/v1", RQ_FORGE_GITEA).code, RQ_EPERM);
}

static void test_hosts_file_of_others(void **state)
{
	char *path = rq_path_join(dir, ".config/gh/hosts.yml");
	struct got g;

	(void)state;
	put(".config/gh/hosts.yml", hosts_yml, 0644);
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_string_equal(g.token, "fake-active");
	assert_non_null(strstr(g.warning, "others can read it"));
	assert_non_null(strstr(g.warning, path));
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
		g = find(GITHUB, RQ_FORGE_GITHUB);
		assert_int_equal(g.code, RQ_EPERM);
		assert_non_null(strstr(g.warning, "belongs to another user"));
	}
	rq_free(path);
}

static void test_broken_hosts_files(void **state)
{
	static const char *const bad[] = {
		"fake-secret: [", "- fake-secret\n", "fake-secret", "", "github.com: fake-secret\n", "github.com:\n  oauth_token: [fake-secret]\n",
		"github.com:\n  user: [fake-secret]\n  users: fake-secret\n", "\xff\xfe" "fake-secret", "'a/b': {oauth_token: fake-secret}\n",
		"github.com: &x {oauth_token: fake-secret}\n", "github.com: {user: a, users: {b: {oauth_token: fake-secret}}}\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct got g;

		put(".config/gh/hosts.yml", bad[i], 0600);
		g = find(GITHUB, RQ_FORGE_GITHUB);
		assert_int_equal(g.code, RQ_EPERM);
		assert_null(strstr(g.msg, "secret"));
		assert_null(strstr(g.warning, "secret"));
	}
}

static void test_many_hosts(void **state)
{
	struct rq_gh_hosts h;
	struct rq_str s;
	int i;

	(void)state;
	rq_str_init(&s, 0);
	for (i = 0; i < 100; i++)
		rq_str_addf(&s, "h%d.example.com: {oauth_token: fake-%d}\n", i, i);
	put(".config/gh/hosts.yml", rq_str_get(&s), 0600);
	rq_str_release(&s);
	rq_gh_hosts_init(&h);
	assert_int_equal(h.n, RQ_GH_HOSTS_MAX);
	assert_string_equal(rq_gh_hosts_find(&h, "h7.example.com")->token, "fake-7");
	assert_null(rq_gh_hosts_find(&h, "github.com"));
	rq_gh_hosts_release(&h);
	assert_int_equal(h.n, 0);
}

static void test_gh_auth_token(void **state)
{
	char own[300], *log;
	struct got g;

	(void)state;
	put(".config/gh/hosts.yml", hosts_yml, 0600);
	program("gh", "echo fake-keyring");
	g = find("https://api.tenant.ghe.com", RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.token, "fake-keyring");
	assert_string_equal(g.source, "gh auth token");
	log = contents("gh.log");
	assert_true(rq_starts(log, "auth token --hostname tenant.ghe.com\n/\n"));
	assert_non_null(strstr(log, "GH_PROMPT_DISABLED=1\n"));
	rq_free(log);
	/* Without a file too; and another gh. */
	setenv("GH_CONFIG_DIR", "/nosuch", 1);
	assert_string_equal(find(GITHUB, RQ_FORGE_GITHUB).token, "fake-keyring");
	program("gh2", "printf 'fake-second\\r\\n'");
	snprintf(own, sizeof own, "%s/bin/gh2", dir);
	setenv("GH_PATH", own, 1);
	assert_string_equal(find(GITHUB, RQ_FORGE_GITHUB).token, "fake-second");
	/* What fails has none, whatever it prints. */
	program("gh2", "echo fake-secret; exit 1");
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_EPERM);
	assert_null(strstr(g.msg, "secret"));
	program("gh2", "echo two words");
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_EUSAGE);
	assert_null(strstr(g.msg, "words"));
	program("gh2", "exec cat /dev/zero");
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_EPERM);
	assert_non_null(strstr(g.warning, "printed more than"));
	setenv("GH_PATH", "/nosuch/gh", 1);
	g = find(GITHUB, RQ_FORGE_GITHUB);
	assert_int_equal(g.code, RQ_EPERM);
	assert_string_equal(g.warning, "");
}

/* --- git --------------------------------------------------------------------------------- */

static void test_git_credential(void **state)
{
	struct rq_token_ask with = { .api = GITHUB, .forge = RQ_FORGE_GITHUB, .git = true };
	struct got g;
	char *log;

	(void)state;
	setenv("GIT_DIR", "/nosuch", 1);
	program("git", "cat >>$0.in; printf 'protocol=https\\nhost=github.com\\nusername=anna\\npassword=fake-helper\\n'");
	/* Only where the queue says so. */
	assert_int_equal(find(GITHUB, RQ_FORGE_GITHUB).code, RQ_EPERM);
	assert_false(ran("git"));
	g = ask(&with);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.token, "fake-helper");
	assert_string_equal(g.source, "git credential");
	log = contents("bin/git.in");
	assert_string_equal(log, "protocol=https\nhost=github.com\n\n");
	rq_free(log);
	log = contents("git.log");
	assert_true(rq_starts(log, "credential fill\n/\n"));
	assert_non_null(strstr(log, "GIT_TERMINAL_PROMPT=0\n"));
	assert_null(strstr(log, "GIT_DIR="));
	rq_free(log);
	/* Also for a Gitea; with its port. */
	program("git", "cat >$0.in; printf 'password=fake-lan'");
	with = (struct rq_token_ask){ .api = LAN, .forge = RQ_FORGE_GITEA, .git = true };
	assert_string_equal(ask(&with).token, "fake-lan");
	log = contents("bin/git.in");
	assert_string_equal(log, "protocol=https\nhost=git.lan:3000\n\n");
	rq_free(log);
	program("git", "printf 'password=fake-secret\\n'; exit 1");
	g = ask(&with);
	assert_int_equal(g.code, RQ_EPERM);
	assert_null(strstr(g.msg, "secret"));
	program("git", "printf 'username=x\\nxpassword=y\\n'");
	assert_int_equal(ask(&with).code, RQ_EPERM);
	program("git", "printf 'password=\\n'");
	assert_int_equal(ask(&with).code, RQ_EUSAGE);
}

/* The real one, with a helper of its own. */
static void test_real_git(void **state)
{
	const struct rq_token_ask with = { .api = GITHUB, .forge = RQ_FORGE_GITHUB, .git = true };
	struct got g;

	(void)state;
	if (access("/usr/bin/git", X_OK))
		skip();
	put(".gitconfig", "[credential]\n\thelper = \"!f() { test \\\"$1\\\" = get && echo username=u && echo password=fake-real; }; f\"\n", 0600);
	g = ask(&with);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.token, "fake-real");
	put(".gitconfig", "", 0600);
	assert_int_equal(ask(&with).code, RQ_EPERM);
}

/* --- taking it back ---------------------------------------------------------------------- */

static void test_taken_back(void **state)
{
	const struct rq_token_ask github = { .api = GITHUB, .forge = RQ_FORGE_GITHUB };
	struct got g = { 0 };
	int i;

	(void)state;
	program("gh", "exec sleep 60");
	rq_token_free(rq_token_find(loop, &github, on_token, &g));
	setenv("GH_TOKEN", "fake", 1);
	rq_token_free(rq_token_find(loop, &github, on_token, &g));
	for (i = 0; i < 3; i++)
		rq_loop_turn(loop, 10);
	assert_int_equal(g.times, 0);
	rq_token_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest all[] = {
		CASE(test_environment), CASE(test_its_own_variable), CASE(test_no_tokens), CASE(test_how_to_get_one),
		CASE(test_hosts_file), CASE(test_hosts_file_of_others), CASE(test_broken_hosts_files), CASE(test_many_hosts),
		CASE(test_gh_auth_token), CASE(test_git_credential), CASE(test_real_git), CASE(test_taken_back),
	};

	rq_copy(path_before, sizeof path_before, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	return cmocka_run_group_tests(all, NULL, NULL);
}
