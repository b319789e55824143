/* From a directory to a repository: with clones that git makes, and a gh and an ssh of our own. All tokens are made up. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/queue/github_find.h"
#include "core/sys/paths.h"

static struct rq_loop *loop;
static char dir[200], path_before[4096], real_git[4096];

static const char *const variables[] = {
	"GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "CODESPACES", "GH_PATH", "GH_CONFIG_DIR",
	"XDG_CONFIG_HOME", "GH_HOST", "GH_REPO",
};

/* --- set-up ------------------------------------------------------------------------------ */

/* SCRIPT in DIR; fails the test unless it succeeds. */
static void sh(const char *script)
{
	static const char prelude[] = "set -e; export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=C "
				      "GIT_COMMITTER_EMAIL=c@x; cd \"$0\"\n";
	struct rq_str s;
	int status;
	pid_t pid;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "%s%s", prelude, script);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execlp("sh", "sh", "-c", rq_str_get(&s), dir, (char *)NULL);
		_exit(127);
	}
	rq_str_release(&s);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int begin(void **state)
{
	char path[5000];
	size_t i;

	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-find.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	for (i = 0; i < sizeof variables / sizeof *variables; i++)
		unsetenv(variables[i]);
	snprintf(path, sizeof path, "%s/bin:%s", dir, path_before);
	setenv("PATH", path, 1);
	setenv("HOME", dir, 1);
	setenv("RELAYQ_GIT", real_git, 1);
	setenv("GH_TOKEN", "fake-gh", 1);
	setenv("GH_ENTERPRISE_TOKEN", "fake-ghes", 1);
	/* ssh -G knows `forge`, and nothing else. */
	sh("mkdir -p bin .config/gh clone\n"
	   "printf '#!/bin/sh\\necho \"$*\" >>%s/ssh.log\\n[ \"$3\" = forge ] && host=ssh.github.com || host=$3\\n"
	   "printf \"user git\\\\nhostname %%s\\\\nport 22\\\\n\" \"$host\"\\n' \"$0\" >bin/ssh\n"
	   "printf '#!/bin/sh\\nexit 1\\n' >bin/gh; chmod +x bin/*");
	return rq_loop_new(&loop, NULL);
}

static int finish(void **state)
{
	(void)state;
	setenv("PATH", path_before, 1);
	sh("rm -rf \"$0\"");
	rq_loop_free(loop);
	return 0;
}

struct got {
	int times, code;
	char is[1000];          /* host api full queue remote token */
	char msg[512], warning[512];
	struct rq_find *handle;
};

static void on_found(void *ud, const struct rq_found *f)
{
	struct got *g = ud;

	g->times++;
	g->code = f->code;
	snprintf(g->is, sizeof g->is, "%s %s %s %s %s %s", f->host, f->api, f->full, f->queue, f->remote, f->token);
	if (*f->full) {
		assert_true(rq_starts(f->full, f->owner));
		assert_string_equal(f->full + strlen(f->owner) + 1, f->repo);
	}
	rq_copy(g->msg, sizeof g->msg, f->err.msg);
	rq_copy(g->warning, sizeof g->warning, f->warning);
	rq_find_free(g->handle);
	g->handle = NULL;
}

static struct got find(const char *below)
{
	int64_t give_up = rq_mono_ns() + INT64_C(15000000000);
	char *where = rq_path_join(dir, below);
	struct got g = { 0 };

	g.handle = rq_find_repo(loop, where, on_found, &g);
	assert_int_equal(g.times, 0);
	while (!g.times && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_int_equal(g.times, 1);
	rq_free(where);
	return g;
}

static bool ssh_was_asked(void)
{
	char *log = rq_path_join(dir, "ssh.log");
	bool was = access(log, F_OK) == 0;

	unlink(log);
	rq_free(log);
	return was;
}

#define MEDIA "github.com https://api.github.com acme/media media origin fake-gh"

/* --- the forms of remotes ---------------------------------------------------------------- */

static void test_forms(void **state)
{
	/* What `git remote` and `git config` were told. */
	static const struct { const char *set_up, *is; } rows[] = {
		{ "git remote add origin https://github.com/acme/media.git", MEDIA },
		{ "git remote add origin https://github.com/acme/media", MEDIA },
		{ "git remote add origin https://x:fake-secret@github.com/acme/media.git/", MEDIA },
		{ "git remote add origin git@github.com:acme/media.git", MEDIA },
		{ "git remote add origin ssh://git@github.com/acme/media.git", MEDIA },
		{ "git remote add origin ssh://git@ssh.github.com:443/acme/media.git", MEDIA },
		{ "git remote add origin git://github.com/acme/media.git", MEDIA },
		{ "git remote add origin git@tenant.ghe.com:acme/media.git",
		  "tenant.ghe.com https://api.tenant.ghe.com acme/media media origin fake-gh" },
		{ "git remote add origin gh:acme/media; git config --global url.git@github.com:.insteadOf gh:", MEDIA },
		{ "git remote add origin gh:acme/media; git config url.https://github.com/.insteadOf gh:", MEDIA },
		/* Somewhere else, by the operator's own setting. */
		{ "git remote add origin https://mirror.example/acme/media\n"
		  "git config --global url.https://github.com/.insteadOf https://mirror.example/", MEDIA },
		/* Another repository's name for the queue. */
		{ "git remote add origin https://github.com/acme/.github",
		  "github.com https://api.github.com acme/.github github origin fake-gh" },
		/* Several. */
		{ "git remote add origin https://github.com/acme/media; git remote add other https://github.com/other/media", MEDIA },
		{ "git remote add other https://github.com/other/media; git remote add origin https://github.com/acme/media\n"
		  "git config branch.main.remote other", "github.com https://api.github.com other/media media other fake-gh" },
		{ "git remote add origin https://github.com/me/media; git remote add upstream https://github.com/acme/media\n"
		  "git config remote.upstream.gh-resolved base", "github.com https://api.github.com acme/media media upstream fake-gh" },
		{ "git remote add origin https://github.com/me/fork; git config remote.origin.gh-resolved acme/media", MEDIA },
		/* The best that is at a host one has chosen. */
		{ "git remote add origin https://gitlab.example/acme/media; git remote add hub https://github.com/acme/media",
		  "github.com https://api.github.com acme/media media hub fake-gh" },
		{ "git remote add origin /srv/git/media.git; git remote add hub https://github.com/acme/media",
		  "github.com https://api.github.com acme/media media hub fake-gh" },
		{ "git remote add origin /srv/git/media.git; git remote set-url --push origin git@github.com:acme/media", MEDIA },
		/* Known to ssh alone. */
		{ "git remote add origin git@forge:acme/media.git", MEDIA }, { "git remote add origin ssh://forge/acme/media", MEDIA },
		/* None. */
		{ "true", "" }, { "git remote add origin https://gitlab.example/acme/media.git", "" },
		{ "git remote add origin git@gitlab.example:acme/media.git", "" }, { "git remote add origin ../media.git", "" },
		{ "git remote add origin https://github.com/acme", "" }, { "git remote add origin ext::evil", "" },
		{ "git remote add origin https://github.com.evil.example/acme/media", "" },
		{ "git remote add origin https://127.0.0.1:8080/acme/media", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		char script[2000];
		struct got g;

		snprintf(script, sizeof script, "rm -rf clone .gitconfig; mkdir clone; cd clone; git init -q -b main\n%s",
			 rows[i].set_up);
		sh(script);
		g = find("clone");
		if (*rows[i].is ? strcmp(g.is, rows[i].is) != 0 : g.code != RQ_ENOTFOUND)
			fail_msg("%s: %d \"%s\" %s", rows[i].set_up, g.code, g.is, g.msg);
		assert_int_equal(g.code, *rows[i].is ? RQ_OK : RQ_ENOTFOUND);
		assert_null(strstr(g.msg, "fake-"));
	}
}

static void test_places(void **state)
{
	static const char *const in[] = { "clone", "clone/sub/dir", "clone/.git", "tree", "tree/sub", "bare.git", "bare.git/refs" };
	size_t i;

	(void)state;
	sh("cd clone; git init -q -b main; mkdir -p sub/dir; : >sub/dir/f; git add .; git commit -qm x\n"
	   "git remote add origin git@github.com:acme/media.git; git worktree add -q ../tree -b side\n"
	   "git clone -q --bare . ../bare.git; git -C ../bare.git remote set-url origin git@github.com:acme/media.git");
	for (i = 0; i < sizeof in / sizeof *in; i++) {
		struct got g = find(in[i]);

		if (strcmp(g.is, MEDIA) != 0)
			fail_msg("%s: %d \"%s\" %s", in[i], g.code, g.is, g.msg);
	}
	/* Where there is no clone no process is needed, and there is nothing to complain of loudly. */
	setenv("RELAYQ_GIT", "/nosuch/relayq-git", 1);
	assert_int_equal(find("bin").code, RQ_ENOTFOUND);
	assert_non_null(strstr(find("bin").msg, "lies in no git repository"));
	assert_int_equal(find("nosuch").code, RQ_ENOTFOUND);
	assert_non_null(strstr(find("clone").msg, "/nosuch/relayq-git cannot be run"));
}

/* --- hosts ------------------------------------------------------------------------------- */

/* A clone does not choose who gets the operator's token. */
static void test_hosts_that_were_chosen(void **state)
{
	struct got g;

	(void)state;
	sh("cd clone; git init -q; git remote add origin https://ghes.example.com:8443/acme/media.git");
	g = find("clone");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_string_equal(g.is, "     ");
	sh("printf 'ghes.example.com:\\n    user: anna\\n' >.config/gh/hosts.yml; chmod 600 .config/gh/hosts.yml");
	g = find("clone");
	assert_string_equal(g.is, "ghes.example.com https://ghes.example.com:8443/api/v3 acme/media media origin fake-ghes");
	sh("rm .config/gh/hosts.yml");
	setenv("GH_HOST", "GHES.example.com", 1);
	assert_string_equal(find("clone").is, "ghes.example.com https://ghes.example.com:8443/api/v3 acme/media media origin fake-ghes");
	/* With GH_HOST there is no other, not even GitHub itself. */
	sh("cd clone; git remote set-url origin https://github.com/acme/media.git");
	g = find("clone");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_non_null(strstr(g.msg, "ghes.example.com, which GH_HOST names"));
	setenv("GH_HOST", "https://ghes.example.com/", 1);
	assert_int_equal(find("clone").code, RQ_EUSAGE);
	/* This machine itself, as tests have it. */
	setenv("GH_HOST", "127.0.0.1:8080", 1);
	sh("cd clone; git remote set-url origin http://127.0.0.1:8080/acme/media.git");
	assert_string_equal(find("clone").is, "127.0.0.1 http://127.0.0.1:8080/api/v3 acme/media media origin fake-ghes");
}

static void test_ssh_is_asked_last(void **state)
{
	(void)state;
	sh("cd clone; git init -q; git remote add origin git@github.com:acme/media; git remote add other git@forge:x/y");
	assert_string_equal(find("clone").is, MEDIA);
	assert_false(ssh_was_asked());
	sh("cd clone; git remote set-url origin https://gitlab.example/acme/media");
	assert_string_equal(find("clone").is, "github.com https://api.github.com x/y y other fake-gh");
	assert_true(ssh_was_asked());
	sh("cd clone; git remote set-url other git@-oProxyCommand=evil:x/y; rm -f ../bin/ssh");
	assert_int_equal(find("clone").code, RQ_ENOTFOUND);
	/* An ssh that fails, prints nonsense, or is not there. */
	sh("cd clone; git remote set-url other git@elsewhere:x/y; printf '#!/bin/sh\\necho hostname github.com\\nexit 1\\n' >../bin/ssh\n"
	   "chmod +x ../bin/ssh");
	assert_int_equal(find("clone").code, RQ_ENOTFOUND);
	sh("printf '#!/bin/sh\\necho \"hostname github.com -x\"; echo hostname\\n' >bin/ssh");
	assert_int_equal(find("clone").code, RQ_ENOTFOUND);
}

/* --- GH_REPO ----------------------------------------------------------------------------- */

static void test_named(void **state)
{
	static const struct { const char *name, *is; } rows[] = {
		{ "acme/site", "github.com https://api.github.com acme/site site  fake-gh" },
		{ "github.com/acme/site", "github.com https://api.github.com acme/site site  fake-gh" },
		{ "https://github.com/acme/site", "github.com https://api.github.com acme/site site  fake-gh" },
		{ "ghes.example.com/acme/site", "ghes.example.com https://ghes.example.com/api/v3 acme/site site  fake-ghes" },
		{ "http://127.0.0.1:9/acme/site", "127.0.0.1 http://127.0.0.1:9/api/v3 acme/site site  fake-ghes" },
	};
	struct got g;
	size_t i;

	(void)state;
	/* Also in a clone of something else, and in none. */
	sh("cd clone; git init -q; git remote add origin https://github.com/acme/media");
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		setenv("GH_REPO", rows[i].name, 1);
		assert_string_equal(find("clone").is, rows[i].is);
		assert_string_equal(find("bin").is, rows[i].is);
	}
	setenv("GH_REPO", "site", 1);
	g = find("clone");
	assert_int_equal(g.code, RQ_EUSAGE);
	assert_true(rq_starts(g.msg, "GH_REPO names no repository. "));
	setenv("GH_REPO", "acme/site", 1);
	setenv("GH_HOST", "ghes.example.com", 1);
	assert_true(rq_starts(find("bin").is, "ghes.example.com "));
	unsetenv("GH_HOST");
	sh("printf 'only.example.com: {user: a}\\n' >.config/gh/hosts.yml; chmod 600 .config/gh/hosts.yml");
	assert_true(rq_starts(find("bin").is, "only.example.com "));
	setenv("GH_REPO", "", 1);
	assert_string_equal(find("clone").is, MEDIA);
}

/* --- tokens ------------------------------------------------------------------------------ */

static void test_no_token(void **state)
{
	struct got g;

	(void)state;
	unsetenv("GH_TOKEN");
	sh("cd clone; git init -q; git remote add origin https://github.com/acme/media");
	g = find("clone");
	assert_int_equal(g.code, RQ_EPERM);
	assert_string_equal(g.is, "github.com https://api.github.com acme/media media origin ");
	assert_string_equal(g.msg, "There is no token for github.com: set GH_TOKEN, or run `gh auth login`.");
	sh("printf '#!/bin/sh\\necho fake-keyring\\n' >bin/gh");
	assert_string_equal(find("clone").is, "github.com https://api.github.com acme/media media origin fake-keyring");
	sh("printf 'github.com: {oauth_token: fake-file}\\n' >.config/gh/hosts.yml; chmod 644 .config/gh/hosts.yml");
	g = find("clone");
	assert_string_equal(g.is, "github.com https://api.github.com acme/media media origin fake-file");
	assert_non_null(strstr(g.warning, "others can read it"));
}

static void test_taken_back(void **state)
{
	struct got g = { 0 };
	char *where = rq_path_join(dir, "clone");
	int64_t until;
	int i;

	(void)state;
	sh("cd clone; git init -q; git remote add origin git@forge:acme/media");
	/* At whatever step it is; the last may take its time. */
	for (i = 0; i < 16 && !g.times; i++) {
		until = rq_mono_ns() + INT64_C(1000000) * (i < 15 ? 6 * i : 15000);
		g.handle = rq_find_repo(loop, where, on_found, &g);
		while (!g.times && rq_mono_ns() < until)
			rq_loop_turn(loop, 1);
		rq_find_free(g.handle);
		g.handle = NULL;
	}
	rq_find_free(NULL);
	rq_free(where);
	assert_int_equal(g.times, 1);
	assert_string_equal(g.is, MEDIA);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest all[] = {
		CASE(test_forms), CASE(test_places), CASE(test_hosts_that_were_chosen), CASE(test_ssh_is_asked_last), CASE(test_named),
		CASE(test_no_token), CASE(test_taken_back),
	};
	const char *told = getenv("RELAYQ_GIT");

	rq_copy(real_git, sizeof real_git, told ? told : "");
	rq_copy(path_before, sizeof path_before, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	if (access("/usr/bin/git", X_OK) && access("/usr/local/bin/git", X_OK) && access("/opt/homebrew/bin/git", X_OK)) {
		printf("1..0 # SKIP git is not installed\n");
		return 0;
	}
	return cmocka_run_group_tests(all, NULL, NULL);
}
