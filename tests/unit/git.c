/* Asking relayq-git about repositories that git made, and what becomes of answers that make no sense. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/git.h"
#include "core/sys/paths.h"

static struct rq_loop *loop;
static char dir[200], real_git[4096];

/* --- set-up ------------------------------------------------------------------------------ */

/* SCRIPT in DIR; fails the test unless it succeeds. */
static void sh(const char *script)
{
	static const char prelude[] = "set -e; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME='Anna' "
				      "GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@x; cd \"$0\"\n";
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
	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-git.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	setenv("RELAYQ_GIT", real_git, 1);
	return rq_loop_new(&loop, NULL);
}

static int finish(void **state)
{
	(void)state;
	sh("rm -rf \"$0\"");
	rq_loop_free(loop);
	return 0;
}

/* What git's own settings are read from. */
static void set_home(void)
{
	char *home = rq_path_join(dir, "home");

	setenv("HOME", home, 1);
	rq_free(home);
}

/* Three versions of policy.yaml; the last commit but one touches another file; a merge. */
static void make_repository(void)
{
	sh("git init -q -b main 2>/dev/null; mkdir -p policy sub/dir; printf 'one\\n' >policy/policy.yaml; git add .\n"
	   "GIT_COMMITTER_DATE='@1000000000 +0000' git commit -qm 'First'; git tag v1\n"
	   "printf 'two\\n' >policy/policy.yaml; GIT_COMMITTER_DATE='@1000000100 +0000' git commit -qam 'Second'\n"
	   "git checkout -qb side; echo x >other; git add other\n"
	   "GIT_COMMITTER_DATE='@1000000200 +0000' git commit -qm 'Elsewhere'; git checkout -q main\n"
	   "printf 'three\\n' >policy/policy.yaml; GIT_COMMITTER_DATE='@1000000300 +0000' git commit -qam 'Third'\n"
	   "GIT_COMMITTER_DATE='@1000000400 +0000' git merge -q -m Merge side\n");
}

/* --- answers ----------------------------------------------------------------------------- */

struct got {
	int times, code;
	struct rq_git *git;
	char msg[512], oid[80], commit[80], text[200];
	size_t text_n, n;
	bool dirty;
	char listed[6000], branch[200];
	char subjects[300], authors[300], last_oid[80];
	int64_t first_at;
};

static void put(struct got *g, const char *fmt, ...) RQ_PRINTF(2, 3);

static void put(struct got *g, const char *fmt, ...)
{
	size_t n = strlen(g->listed);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->listed + n, sizeof g->listed - n, fmt, ap);
	va_end(ap);
}

static void on_answer(void *ud, const struct rq_git_answer *a)
{
	struct got *g = ud;
	size_t i;

	g->times++;
	g->code = a->code;
	rq_copy(g->msg, sizeof g->msg, a->err.msg);
	rq_copy(g->oid, sizeof g->oid, a->oid);
	rq_copy(g->commit, sizeof g->commit, a->commit);
	rq_copy(g->text, sizeof g->text, a->text);
	g->text_n = a->text_n;
	g->dirty = a->dirty;
	g->n = a->n;
	rq_copy(g->branch, sizeof g->branch, a->branch);
	for (i = 0; a->names && i < a->n; i++)
		put(g, "%s ", a->names[i]);
	for (i = 0; a->remotes && i < a->n; i++) {
		const struct rq_git_remote *m = &a->remotes[i];

		put(g, "%s=%s", m->name, m->url);
		put(g, "%s%s%s%s;", *m->push_url ? ">" : "", m->push_url, *m->resolved ? "!" : "", m->resolved);
	}
	for (i = 0; a->commits && i < a->n && i < 10; i++) {
		snprintf(g->subjects + strlen(g->subjects), sizeof g->subjects - strlen(g->subjects), "%s;", a->commits[i].subject);
		rq_copy(g->authors, sizeof g->authors, a->commits[i].author);
		rq_copy(g->last_oid, sizeof g->last_oid, a->commits[i].oid);
	}
	g->first_at = a->n && a->commits ? a->commits[0].at : 0;
	rq_git_free(g->git);
	g->git = NULL;
}

static struct got *wait_for(struct got *g)
{
	int64_t give_up = rq_mono_ns() + INT64_C(15000000000);

	assert_int_equal(g->times, 0);
	while (!g->times && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_int_equal(g->times, 1);
	return g;
}

static struct got blob(const char *path, const char *rev)
{
	struct got g = { 0 };

	g.git = rq_git_blob(loop, dir, path, rev, on_answer, &g);
	return *wait_for(&g);
}

static struct got status(const char *path)
{
	struct got g = { 0 };

	g.git = rq_git_status(loop, dir, path, on_answer, &g);
	return *wait_for(&g);
}

static struct got history(const char *path, const char *rev, size_t max)
{
	struct got g = { 0 };

	g.git = rq_git_log(loop, dir, path, rev, max, on_answer, &g);
	return *wait_for(&g);
}

static struct got list(const char *path, const char *rev)
{
	struct got g = { 0 };

	g.git = rq_git_list(loop, dir, path, rev, on_answer, &g);
	return *wait_for(&g);
}

/* BELOW: in DIR. */
static struct got remotes(const char *below)
{
	char *where = *below ? rq_path_join(dir, below) : rq_strdup(dir);
	struct got g = { 0 };

	g.git = rq_git_remotes(loop, where, on_answer, &g);
	rq_free(where);
	return *wait_for(&g);
}

/* --- repositories ------------------------------------------------------------------------ */

static void test_top(void **state)
{
	char *below = rq_path_join(dir, "sub/dir"), *top;

	(void)state;
	assert_null(rq_git_top(dir));
	make_repository();
	top = rq_git_top(below);
	assert_string_equal(top, dir);
	rq_free(top);
	top = rq_git_top(dir);
	assert_string_equal(top, dir);
	rq_free(top);
	sh("git worktree add -q sub/tree v1");
	rq_free(below);
	below = rq_path_join(dir, "sub/tree/policy");
	top = rq_git_top(below);
	assert_non_null(top);
	assert_string_equal(top + strlen(dir), "/sub/tree");
	rq_free(top);
	rq_free(below);
}

static void test_blobs(void **state)
{
	char oid[RQ_OID_LEN], first[80];
	struct got g;

	(void)state;
	make_repository();
	g = blob("policy/policy.yaml", NULL);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.text, "three\n");
	assert_int_equal(g.text_n, 6);
	assert_string_equal(g.oid, rq_git_blob_id("three\n", 6, oid));
	assert_int_equal(strlen(g.commit), 40);
	g = blob("policy/policy.yaml", "v1");
	assert_string_equal(g.text, "one\n");
	rq_copy(first, sizeof first, g.oid);
	g = blob("policy/policy.yaml", "HEAD~2");
	assert_string_equal(g.text, "two\n");
	/* By its id alone. */
	g = blob(NULL, first);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.text, "one\n");
	assert_string_equal(g.commit, "");
	g = blob("policy/policy.yaml", "v9");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_string_equal(g.msg, "There is no revision v9.");
	g = blob("policy", NULL);
	assert_int_equal(g.code, RQ_ENOTFOUND);
	g = blob("policy/nosuch.yaml", NULL);
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_string_equal(g.msg, "policy/nosuch.yaml does not exist at HEAD.");
	g = blob(NULL, "0123456789012345678901234567890123456789");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	g = blob(NULL, "nonsense");
	assert_int_equal(g.code, RQ_EUSAGE);
	/* What looks like an option is none. */
	g = blob("--help", "--version");
	assert_true(g.code == RQ_ENOTFOUND || g.code == RQ_EFAILED);
	sh("head -c 1048577 /dev/zero >large; git add large; git commit -qm large");
	g = blob("large", NULL);
	assert_int_equal(g.code, RQ_ELIMIT);
	sh("head -c 1048576 /dev/zero >large; git commit -qam less");
	g = blob("large", NULL);
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(g.text_n, 1 << 20);
}

static void test_status(void **state)
{
	struct got g;

	(void)state;
	g = status("policy/policy.yaml");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	sh("git init -q -b main; mkdir policy; printf 'new\\n' >policy/policy.yaml");
	/* Nothing is committed yet. */
	g = status("policy/policy.yaml");
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.commit, "");
	assert_true(g.dirty);
	make_repository();
	g = status("policy/policy.yaml");
	assert_int_equal(g.code, RQ_OK);
	assert_false(g.dirty);
	assert_int_equal(strlen(g.commit), 40);
	assert_int_equal(strlen(g.oid), 40);
	sh("printf 'changed\\n' >policy/policy.yaml");
	g = status("policy/policy.yaml");
	assert_true(g.dirty);
	/* In the index, and still not in the commit. */
	sh("git add policy/policy.yaml");
	assert_true(status("policy/policy.yaml").dirty);
	sh("git commit -qm 'Changed'");
	assert_false(status("policy/policy.yaml").dirty);
	/* The ends of lines are git's matter. */
	sh("git config core.autocrlf true; printf 'changed\\r\\n' >policy/policy.yaml");
	assert_false(status("policy/policy.yaml").dirty);
	sh("touch untracked");
	g = status("untracked");
	assert_true(g.dirty);
	assert_string_equal(g.oid, "");
	assert_int_equal(strlen(g.commit), 40);
	sh("rm policy/policy.yaml");
	assert_true(status("policy/policy.yaml").dirty);
}

static void test_log(void **state)
{
	struct got g;

	(void)state;
	make_repository();
	g = history("policy/policy.yaml", NULL, 100);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.subjects, "Third;Second;First;");
	assert_string_equal(g.authors, "Anna");
	assert_true(g.first_at == INT64_C(1000000300000));
	assert_string_equal(g.last_oid, "5626abf0f72e58d7a153368ba57db4c673c0e171");
	assert_string_equal(history("policy/policy.yaml", NULL, 2).subjects, "Third;Second;");
	assert_string_equal(history("policy/policy.yaml", "HEAD~2", 100).subjects, "Second;First;");
	assert_string_equal(history("other", "", 100).subjects, "Elsewhere;");
	assert_int_equal(history("nosuch", NULL, 100).n, 0);
	sh("git rm -q other; git commit -qm 'Away with it'");
	assert_string_equal(history("other", NULL, 100).subjects, "Away with it;Elsewhere;");
	assert_int_equal(history("other", "v9", 100).code, RQ_ENOTFOUND);
	/* What a commit says does not act on a terminal. */
	sh("git commit -q --allow-empty -m x; printf 'a\\033[31mb\\n' >m; echo 4 >policy/policy.yaml; git commit -qaF m");
	g = history("policy/policy.yaml", NULL, 1);
	assert_int_equal(g.n, 1);
	assert_null(strchr(g.subjects, '\033'));
}

/* What a revision means: branches, tags of both kinds, commits, and what only the server has. */
static void test_revisions(void **state)
{
	struct got g;

	(void)state;
	sh("git init -q --bare server.git; git init -q -b main; git remote add origin server.git\n"
	   "mkdir -p .github/workflows; echo main >.github/workflows/a.yml; git add .github; git commit -qm a; git tag light\n"
	   "git checkout -qb feature/x; echo feature >.github/workflows/a.yml; git commit -qam b; git tag -a -m tag heavy\n"
	   "git checkout -qb there; echo there >.github/workflows/a.yml; git commit -qam c; git push -q origin main there\n"
	   "git checkout -q main; git branch -qD there; git rev-parse feature/x >id; git fetch -q");
	assert_string_equal(blob(".github/workflows/a.yml", "main").text, "main\n");
	assert_string_equal(blob(".github/workflows/a.yml", "light").text, "main\n");
	assert_string_equal(blob(".github/workflows/a.yml", "refs/heads/feature/x").text, "feature\n");
	assert_string_equal(blob(".github/workflows/a.yml", "feature/x").text, "feature\n");
	g = blob(".github/workflows/a.yml", "heavy");
	assert_string_equal(g.text, "feature\n");
	/* By the whole id of the commit, and by its beginning. */
	assert_string_equal(blob(".github/workflows/a.yml", g.commit).text, "feature\n");
	g.commit[10] = '\0';
	assert_string_equal(blob(".github/workflows/a.yml", g.commit).text, "feature\n");
	/* Only the server has it. */
	g = blob(".github/workflows/a.yml", "there");
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.text, "there\n");
	assert_string_equal(blob(".github/workflows/a.yml", "origin/there").text, "there\n");
	assert_int_equal(blob(".github/workflows/a.yml", "nowhere").code, RQ_ENOTFOUND);
	/* A branch of one's own goes before the server's, unless the server's is asked for. */
	sh("git checkout -q main; echo mine >.github/workflows/a.yml; git commit -qam mine");
	assert_string_equal(blob(".github/workflows/a.yml", "main").text, "mine\n");
	assert_string_equal(blob(".github/workflows/a.yml", "origin/main").text, "main\n");
	/* The best remote's, not just anybody's. */
	sh("git remote rename origin other; git remote add origin nowhere.git");
	assert_int_equal(blob(".github/workflows/a.yml", "there").code, RQ_ENOTFOUND);
	sh("git config branch.main.remote other");
	assert_string_equal(blob(".github/workflows/a.yml", "there").text, "there\n");
}

static void test_list(void **state)
{
	struct got g;

	(void)state;
	sh("git init -q -b main; mkdir -p .github/workflows/old; cd .github; echo a >workflows/a.yml; echo b >workflows/b.yaml\n"
	   "echo c >workflows/old/c.yml; ln -s a.yml workflows/link.yml; chmod +x workflows/b.yaml\n"
	   "cd ..; git add .; git commit -qm one; git tag v1; git rm -q .github/workflows/a.yml; git commit -qm two");
	g = list(".github/workflows", NULL);
	assert_int_equal(g.code, RQ_OK);
	assert_string_equal(g.listed, "b.yaml old/ ");
	assert_int_equal(strlen(g.commit), 40);
	assert_string_equal(list(".github/workflows", "v1").listed, "a.yml b.yaml old/ ");
	assert_string_equal(list("", "v1").listed, ".github/ ");
	assert_int_equal(list(".github/nosuch", NULL).code, RQ_ENOTFOUND);
	g = list(".github/workflows/b.yaml", NULL);
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_string_equal(g.msg, ".github/workflows/b.yaml is no directory at HEAD.");
	assert_int_equal(list("", "v9").code, RQ_ENOTFOUND);
	sh("mkdir many; i=0; while [ $i -lt 1000 ]; do : >many/$i; i=$((i + 1)); done; git add many; git commit -qm many");
	assert_int_equal(list("many", NULL).n, 1000);
	sh(": >many/more; git add many; git commit -qm more");
	assert_int_equal(list("many", NULL).code, RQ_ELIMIT);
}

/* --- remotes ----------------------------------------------------------------------------- */

static void test_remotes(void **state)
{
	struct got g;

	(void)state;
	g = remotes("");
	assert_int_equal(g.code, RQ_ENOTFOUND);
	assert_non_null(strstr(g.msg, "lies in no git repository"));
	/* Nothing is committed, and there are none. */
	sh("git init -q -b trunk");
	g = remotes("");
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(g.n, 0);
	assert_string_equal(g.branch, "trunk");
	sh("git remote add zoo https://github.com/zoo/media.git");
	assert_string_equal(remotes("").listed, "zoo=https://github.com/zoo/media.git;");
	sh("git remote add github gh:x/y; git remote add upstream up:x/y; git remote add abc a:b/c");
	assert_string_equal(remotes("").listed,
			    "upstream=up:x/y;github=gh:x/y;abc=a:b/c;zoo=https://github.com/zoo/media.git;");
	sh("git remote add origin git@github.com:acme/media.git; git remote set-url --push origin git@github.com:me/media.git");
	assert_true(rq_starts(remotes("").listed, "origin=git@github.com:acme/media.git>git@github.com:me/media.git;upstream="));
	/* What the branch follows is better. */
	sh("git config branch.trunk.remote zoo; git config branch.other.remote abc");
	assert_true(rq_starts(remotes("").listed, "zoo=https://github.com/zoo/media.git;origin="));
	/* And best what was chosen. */
	sh("git config remote.abc.gh-resolved base");
	assert_true(rq_starts(remotes("").listed, "abc=a:b/c!base;zoo="));
	sh("git config remote.abc.gh-resolved acme/other");
	assert_true(rq_starts(remotes("").listed, "abc=a:b/c!acme/other;zoo="));
	/* A branch that follows one of its own repository, or a URL, names no remote. */
	sh("git config --unset remote.abc.gh-resolved; git config branch.trunk.remote .");
	assert_true(rq_starts(remotes("").listed, "origin="));
}

static void test_remotes_everywhere(void **state)
{
	static const char *const in[] = { "", "sub/dir", ".git", "tree", "tree/sub", "bare.git" };
	size_t i;

	(void)state;
	sh("git init -q -b main; mkdir -p sub/dir; : >sub/f; git add .; git commit -qm x\n"
	   "git remote add origin ssh://git@github.com/acme/media.git; git worktree add -q -b side tree\n"
	   "git init -q --bare -b main bare.git; git -C bare.git remote add origin ssh://git@github.com/acme/media.git");
	for (i = 0; i < sizeof in / sizeof *in; i++) {
		struct got g = remotes(in[i]);

		assert_int_equal(g.code, RQ_OK);
		if (strcmp(g.listed, "origin=ssh://github.com/acme/media.git;") != 0)
			fail_msg("in %s: %s", in[i], g.listed);
		assert_string_equal(g.branch, rq_starts(in[i], "tree") ? "side" : "main");
	}
	sh("git checkout -q --detach");
	assert_string_equal(remotes("").branch, "");
	sh("git init -q -b main sub/own; git -C sub/own remote add origin https://git.lan/x/y");
	assert_string_equal(remotes("sub/own").listed, "origin=https://git.lan/x/y;");
}

/* As git would use them, and nothing that is nobody's business. */
static void test_urls(void **state)
{
	char *home = rq_strdup(getenv("HOME"));
	struct got g;

	(void)state;
	sh("mkdir home; printf '[url \"git@github.com:\"]\\n\\tinsteadOf = gh:\\n[url \"https://git.lan/\"]\\n"
	   "\\tinsteadOf = lan:\\n\\tpushInsteadOf = push:\\n' >home/.gitconfig\n"
	   "git init -q -b main; git remote add origin gh:acme/media.git; git remote set-url --push origin lan:acme/media\n"
	   "git remote add upstream https://anna:fake-secret@github.com/acme/media.git\n"
	   "git remote add github https://fake-secret@git.lan/acme/media; git config remote.github.pushurl http://a:fake-secret@b@c/d/e\n"
	   "git config remote.z1.url \"https://git.lan/$(head -c 3000 /dev/zero | tr '\\0' x)\"\n"
	   "git config remote.z2.pushurl lan:only/push; git config remote.z3.url \"$(printf 'https://git.lan/a\\033[31m/b')\"\n"
	   "git config url.https://git.example.org/.insteadOf ex: ; git remote add z4 ex:acme/media\n"
	   "git remote add z5 push:acme/media");
	set_home();
	g = remotes("");
	setenv("HOME", home, 1);
	rq_free(home);
	assert_int_equal(g.code, RQ_OK);
	assert_true(rq_starts(g.listed, "origin=git@github.com:acme/media.git>https://git.lan/acme/media;"));
	assert_non_null(strstr(g.listed, ";upstream=https://github.com/acme/media.git;"));
	assert_non_null(strstr(g.listed, ";github=https://git.lan/acme/media>http://c/d/e;"));
	assert_non_null(strstr(g.listed, ";z1=;"));
	assert_non_null(strstr(g.listed, ";z2=>https://git.lan/only/push;"));
	assert_null(strchr(g.listed, '\033'));
	assert_non_null(strstr(g.listed, ";z4=https://git.example.org/acme/media;"));
	assert_non_null(strstr(g.listed, ";z5=push:acme/media>https://git.lan/acme/media;"));
	assert_null(strstr(g.listed, "fake-secret"));
}

/* Somebody else's repository can make git run what it likes: git's own rule is kept, and its way out is told. */
static void test_another_owner(void **state)
{
	char *home;
	struct got g[3];

	(void)state;
	if (geteuid() != 0)
		skip();
	sh("mkdir home; git init -q -b main; git remote add origin git@github.com:acme/media.git; chown 12345 . .git");
	home = rq_strdup(getenv("HOME"));
	set_home();
	g[0] = remotes("");
	sh("printf '[safe]\\n\\tdirectory = /elsewhere\\n' >home/.gitconfig");
	g[1] = remotes("");
	sh("printf '[safe]\\n\\tdirectory = %s\\n' \"$0\" >home/.gitconfig");
	g[2] = remotes("");
	setenv("HOME", home, 1);
	rq_free(home);
	assert_int_equal(g[0].code, RQ_EPERM);
	assert_non_null(strstr(g[0].msg, dir));
	assert_non_null(strstr(g[0].msg, "safe.directory"));
	assert_int_equal(g[1].code, RQ_EPERM);
	assert_int_equal(g[2].code, RQ_OK);
}

/* Hooks, programs in the settings, and files: nothing is run and nothing is written. */
static void test_hostile_repository(void **state)
{
	char *trap = rq_path_join(dir, "trapped");
	struct stat st;

	(void)state;
	make_repository();
	sh("printf '#!/bin/sh\\ntouch %s/trapped\\n' \"$0\" >evil; chmod +x evil\n"
	   "for h in post-checkout pre-commit post-index-change fsmonitor; do cp evil .git/hooks/$h; done\n"
	   "git config core.fsmonitor \"$0/evil\"; git config core.pager \"$0/evil\"; git config core.sshCommand \"$0/evil\"\n"
	   "git config filter.evil.clean \"$0/evil\"; git config filter.evil.smudge \"$0/evil\"\n"
	   "echo '* filter=evil' >.git/info/attributes; touch policy/policy.yaml; find .git | sort >before.txt");
	assert_int_equal(status("policy/policy.yaml").code, RQ_OK);
	assert_int_equal(blob("policy/policy.yaml", NULL).code, RQ_OK);
	assert_int_equal(history("policy/policy.yaml", NULL, 9).code, RQ_OK);
	assert_int_not_equal(lstat(trap, &st), 0);
	sh("find .git | sort | cmp - before.txt");
	sh("echo garbage >.git/objects/$(git rev-parse HEAD:policy/policy.yaml | sed 's,..,&/,')"
	   " 2>/dev/null || { chmod -R u+w .git/objects; echo garbage >.git/objects/$(git rev-parse HEAD:policy/policy.yaml |"
	   " sed 's,..,&/,'); }");
	assert_int_not_equal(blob("policy/policy.yaml", NULL).code, RQ_OK);
	sh("echo '[core' >.git/config");
	assert_int_equal(status("policy/policy.yaml").code, RQ_EFAILED);
	rq_free(trap);
}

/* --- the process ------------------------------------------------------------------------- */

/* A relayq-git that does what SCRIPT says. */
static void pretend(const char *script)
{
	char *path = rq_path_join(dir, "pretend"), text[2000];

	snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
	assert_int_equal(rq_file_write(path, text, strlen(text), 0700, NULL), RQ_OK);
	setenv("RELAYQ_GIT", path, 1);
	rq_free(path);
}

static void test_answers_without_sense(void **state)
{
	static const char *const scripts[] = {
		"exit 0", "printf 'relayq-git 2\\nend 0\\n\\n'", "printf 'relayq-git 1\\n'", "printf 'relayq-git 1\\noid 40\\nabc\\n'",
		"printf 'relayq-git 1\\noid 3\\nabc\\nend 0\\n\\n'", "printf 'relayq-git 1\\noid -1\\nabc\\nend 0\\n\\n'",
		"printf 'relayq-git 1\\noid 99999999999999999999\\nabc\\n'", "printf 'relayq-git 1\\nwhat 1\\nx\\nend 0\\n\\n'",
		"printf 'relayq-git 1\\nauthor 1\\nx\\nend 0\\n\\n'", "printf 'relayq-git 1\\ndirty 1\\n2\\nend 0\\n\\n'",
		"printf 'relayq-git 1\\nerror 3\\nwhy\\n'", "echo hello", "kill -9 $$",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		struct got g;

		pretend(scripts[i]);
		g = blob("policy.yaml", NULL);
		if (g.code != RQ_EFAILED && g.code != RQ_EUNSUPPORTED)
			fail_msg("%s: %d", scripts[i], g.code);
		assert_true(g.msg[0] != '\0');
		assert_int_not_equal(history("policy.yaml", NULL, 9).code, RQ_OK);
		assert_int_not_equal(remotes("").code, RQ_OK);
		assert_int_not_equal(list("", NULL).code, RQ_OK);
	}
	pretend("printf 'relayq-git 1\\nurl 1\\nx\\nend 0\\n\\n'");
	assert_int_equal(remotes("").code, RQ_EFAILED);
	pretend("printf 'relayq-git 1\\n'; i=0; while [ $i -lt 1001 ]; do printf 'name 1\\nx\\n'; i=$((i + 1)); done");
	assert_int_equal(list("", NULL).code, RQ_EFAILED);
	pretend("printf 'relayq-git 1\\n'; i=0; while [ $i -lt 101 ]; do printf 'remote 1\\nx\\n'; i=$((i + 1)); done");
	assert_int_equal(remotes("").code, RQ_EFAILED);
	pretend("printf 'relayq-git 1\\n'; exec cat /dev/zero");
	assert_int_equal(blob("policy.yaml", NULL).code, RQ_ELIMIT);
	pretend("printf 'relayq-git 1\\ndirty 1\\n1\\nend 0\\n\\n'");
	assert_int_equal(status("policy.yaml").code, RQ_OK);
}

static void test_without_the_program(void **state)
{
	struct got g;

	(void)state;
	setenv("RELAYQ_GIT", "/nosuch/relayq-git", 1);
	g = status("policy.yaml");
	assert_int_equal(g.code, RQ_EUNSUPPORTED);
	assert_non_null(strstr(g.msg, "/nosuch/relayq-git cannot be run"));
}

static void test_taken_back(void **state)
{
	struct got g = { 0 };
	int i;

	(void)state;
	pretend("exec sleep 60");
	for (i = 0; i < 3; i++) {
		struct rq_git *git = rq_git_status(loop, dir, "x", on_answer, &g);

		if (i)
			rq_loop_turn(loop, 20);
		rq_git_free(git);
	}
	setenv("RELAYQ_GIT", "/nosuch/relayq-git", 1);
	rq_git_free(rq_git_status(loop, dir, "x", on_answer, &g));
	for (i = 0; i < 5; i++)
		rq_loop_turn(loop, 10);
	assert_int_equal(g.times, 0);
	rq_git_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest all[] = {
		CASE(test_top), CASE(test_blobs), CASE(test_status), CASE(test_log), CASE(test_revisions),
		CASE(test_list), CASE(test_remotes), CASE(test_remotes_everywhere), CASE(test_urls),
		CASE(test_another_owner), CASE(test_hostile_repository),
		CASE(test_answers_without_sense), CASE(test_without_the_program), CASE(test_taken_back),
	};
	const struct CMUnitTest gitless[] = {
		CASE(test_answers_without_sense), CASE(test_without_the_program), CASE(test_taken_back),
	};
	const char *told = getenv("RELAYQ_GIT");

	rq_copy(real_git, sizeof real_git, told ? told : "");
	if (access("/usr/bin/git", X_OK) && access("/usr/local/bin/git", X_OK) && access("/opt/homebrew/bin/git", X_OK))
		return cmocka_run_group_tests_name("without git", gitless, NULL, NULL);
	return cmocka_run_group_tests(all, NULL, NULL);
}
