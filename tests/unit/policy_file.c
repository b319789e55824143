/* The policy in force: where it is found, when it is read again, what git says of it, and what a bad file leaves. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <time.h>
#include "core/agent/policy_file.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/paths.h"

#define GOOD(label) "routes:\n  transcribe:\n    prefer: [" label "]\n"

static struct rq_loop *loop;
static struct rq_queue *queue;
static struct rq_paths paths;
static char dir[200], config[300], tree[300];

/* --- set-up ------------------------------------------------------------------------------ */

static void sh(const char *script)
{
	struct rq_str s;
	int status;
	pid_t pid;

	rq_str_init(&s, 0);
	rq_str_addf(&s, "set -e; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x "
			"GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@x; cd \"$0\"\n%s", script);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execlp("sh", "sh", "-c", rq_str_get(&s), tree, (char *)NULL);
		_exit(127);
	}
	rq_str_release(&s);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void put(const char *in, const char *name, const char *text)
{
	char *path = rq_path_join(in, name);

	assert_int_equal(rq_file_write(path, text, strlen(text), 0600, NULL), RQ_OK);
	rq_free(path);
}

static void drop(const char *in, const char *name)
{
	char *path = rq_path_join(in, name);

	assert_int_equal(unlink(path), 0);
	rq_free(path);
}

static int begin(void **state)
{
	const struct rq_queue_options o = { .name = "local", .paths = &paths };
	struct rq_queue_options q = o;
	struct rq_error e = { 0 };

	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-policy.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	setenv("HOME", dir, 1);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CACHE_HOME");
	snprintf(tree, sizeof tree, "%s/tree", dir);
	if (rq_loop_new(&loop, NULL) || rq_paths_init(&paths, NULL) || rq_mkdirs(tree, NULL))
		return -1;
	rq_copy(config, sizeof config, paths.config);
	q.loop = loop;
	if (rq_mkdirs(config, NULL) || rq_queue_open("local", &q, &queue, &e))
		return -1;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rq_queue_close(queue);
	queue = NULL;
	sh("rm -rf ../tree; rm -rf \"${0%/tree}\"");
	rq_paths_release(&paths);
	rq_loop_free(loop);
	return 0;
}

static struct rq_policy_file *opened(const char *spec, const char *cwd)
{
	const struct rq_policy_file_options o = { .loop = loop, .queue = queue, .paths = &paths, .spec = spec, .cwd = cwd };

	return rq_policy_file_new(&o);
}

static void on_looked(void *ud)
{
	(*(int *)ud)++;
}

static void look(struct rq_policy_file *f)
{
	int64_t give_up = rq_mono_ns() + INT64_C(15000000000);
	int n = 0;

	rq_policy_file_look(f, on_looked, &n);
	assert_int_equal(n, 0);
	while (!n && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_int_equal(n, 1);
}

/* What the queue was given to keep is there. */
static void settle(void)
{
	int i;

	for (i = 0; i < 6; i++)
		rq_loop_turn(loop, 5);
}

/* The first runner that `transcribe` prefers tells which text is in force. */
static const char *in_force(const struct rq_policy_file *f)
{
	const struct rq_policy *p = rq_policy_file_policy(f);
	const struct rq_route *r = p ? rq_policy_route(p, "transcribe") : NULL;

	return r ? r->prefer.v[0].s : "none";
}

static const char *sentence(const struct rq_policy_file *f)
{
	const char *s;

	rq_policy_file_error(f, &s, NULL);
	return s;
}

/* --- where it is ------------------------------------------------------------------------- */

static void test_the_first_found(void **state)
{
	struct rq_policy_file *f;
	char below[400];

	(void)state;
	sh("git init -q; mkdir -p policy a/b");
	snprintf(below, sizeof below, "%s/a/b", tree);
	f = opened(NULL, below);
	look(f);
	assert_null(rq_policy_file_policy(f));
	assert_string_equal(rq_policy_file_path(f), "");
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_OK);
	put(config, "policy.yaml", GOOD("config"));
	look(f);
	assert_string_equal(in_force(f), "config");
	assert_string_equal(rq_policy_file_policy(f)->name, "policy.yaml");
	assert_true(rq_starts(rq_policy_file_path(f), config));
	put(tree, "policy.yaml", GOOD("top"));
	look(f);
	assert_string_equal(in_force(f), "top");
	put(tree, "policy/policy.yaml", GOOD("tree"));
	look(f);
	assert_string_equal(in_force(f), "tree");
	assert_string_equal(rq_policy_file_policy(f)->name, "policy/policy.yaml");
	drop(tree, "policy/policy.yaml");
	drop(tree, "policy.yaml");
	look(f);
	assert_string_equal(in_force(f), "config");
	drop(config, "policy.yaml");
	look(f);
	assert_string_equal(in_force(f), "none");
	rq_policy_file_free(f);
	/* Nobody stands in a work tree. */
	put(tree, "policy.yaml", GOOD("top"));
	f = opened("", NULL);
	look(f);
	assert_string_equal(in_force(f), "none");
	rq_policy_file_free(f);
}

static void test_a_file_by_name(void **state)
{
	struct rq_policy_file *f = opened("mine.yaml", tree);

	(void)state;
	put(config, "policy.yaml", GOOD("config"));
	look(f);
	/* What was named and is not there is no reason to take another. */
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_EUSAGE);
	assert_null(rq_policy_file_policy(f));
	assert_non_null(strstr(sentence(f), "mine.yaml"));
	put(tree, "mine.yaml", GOOD("mine"));
	look(f);
	assert_string_equal(in_force(f), "mine");
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_OK);
	assert_string_equal(sentence(f), "");
	assert_string_equal(rq_policy_file_policy(f)->name, "mine.yaml");
	rq_policy_file_use(f, NULL);
	look(f);
	assert_string_equal(in_force(f), "config");
	rq_policy_file_free(f);
	put(config, "other.yaml", GOOD("other"));
	f = opened("other.yaml", NULL);
	look(f);
	assert_string_equal(in_force(f), "other");
	rq_policy_file_free(f);
}

/* --- changes ----------------------------------------------------------------------------- */

static void test_changes_are_seen(void **state)
{
	struct rq_policy_file *f = opened(NULL, NULL);
	const struct rq_policy *before;
	uint64_t generation;
	char oid[RQ_OID_LEN];

	(void)state;
	put(config, "policy.yaml", GOOD("aaa"));
	look(f);
	assert_string_equal(in_force(f), "aaa");
	assert_string_equal(rq_policy_file_policy(f)->oid, rq_git_blob_id(GOOD("aaa"), strlen(GOOD("aaa")), oid));
	before = rq_policy_file_policy(f);
	generation = rq_policy_file_generation(f);
	look(f);
	assert_ptr_equal(rq_policy_file_policy(f), before);
	assert_true(rq_policy_file_generation(f) == generation);
	/* At once, of the same size, in the same file. */
	sh("sed -i -e s/aaa/bbb/ ../.config/relayq/policy.yaml");
	look(f);
	assert_string_equal(in_force(f), "bbb");
	assert_true(rq_policy_file_generation(f) != generation);
	/* In the same file and the same instant, as far as its time tells. */
	sh("touch -d @1700000000 ../.config/relayq/policy.yaml");
	look(f);
	sh("printf 'routes:\\n  transcribe:\\n    prefer: [ccc]\\n' >../.config/relayq/policy.yaml");
	look(f);
	assert_string_equal(in_force(f), "ccc");
	rq_policy_file_free(f);
}

/* A decision that was made lives as long as it needs its policy. */
static void test_held(void **state)
{
	struct rq_policy_file *f = opened(NULL, NULL);
	const struct rq_policy *held;

	(void)state;
	assert_null(rq_policy_file_hold(f));
	put(config, "policy.yaml", GOOD("aaa"));
	look(f);
	held = rq_policy_file_hold(f);
	assert_ptr_equal(rq_policy_file_hold(f), held);
	put(config, "policy.yaml", GOOD("bbb"));
	look(f);
	assert_string_equal(in_force(f), "bbb");
	assert_string_equal(rq_policy_route(held, "transcribe")->prefer.v[0].s, "aaa");
	rq_policy_file_unhold(f, held);
	look(f);
	assert_string_equal(rq_policy_route(held, "transcribe")->prefer.v[0].s, "aaa");
	rq_policy_file_unhold(f, held);
	look(f);
	rq_policy_file_unhold(f, NULL);
	rq_policy_file_free(f);
}

/* --- bad files --------------------------------------------------------------------------- */

static void test_a_bad_file(void **state)
{
	struct rq_policy_file *f = opened(NULL, NULL);
	const char *problems;

	(void)state;
	put(config, "policy.yaml", "routes: [\n");
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, &problems), RQ_EUSAGE);
	assert_null(rq_policy_file_policy(f));
	assert_true(rq_starts(problems, "policy.yaml:"));
	assert_non_null(strstr(sentence(f), "nothing can be decided"));
	put(config, "policy.yaml", GOOD("aaa"));
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, &problems), RQ_OK);
	assert_string_equal(in_force(f), "aaa");
	assert_string_equal(problems, "");
	put(config, "policy.yaml", "routes: [\n");
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, &problems), RQ_OK);
	assert_string_equal(in_force(f), "aaa");
	assert_true(rq_starts(sentence(f), "policy.yaml:"));
	assert_non_null(strstr(sentence(f), "last good version"));
	assert_non_null(strstr(sentence(f), "stays in force"));
	assert_true(*problems != '\0');
	put(config, "policy.yaml", GOOD("bbb"));
	look(f);
	assert_string_equal(in_force(f), "bbb");
	assert_string_equal(sentence(f), "");
	rq_policy_file_free(f);
}

static void test_the_last_good_one_is_kept(void **state)
{
	struct rq_policy_file *f;
	int i;

	(void)state;
	if (!(queue->ops->caps & RQ_CAP_POLICY))
		skip();
	f = opened(NULL, NULL);
	put(config, "policy.yaml", GOOD("aaa"));
	look(f);
	settle();
	put(config, "policy.yaml", GOOD("bbb"));
	look(f);
	settle();
	rq_policy_file_free(f);
	put(config, "policy.yaml", "routes: [\n");
	/* Another process, and one more. */
	for (i = 0; i < 2; i++) {
		f = opened(NULL, NULL);
		look(f);
		assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_OK);
		assert_string_equal(in_force(f), "bbb");
		assert_non_null(strstr(sentence(f), "stays in force"));
		rq_policy_file_free(f);
	}
	/* Of another file nothing is known. */
	put(config, "other.yaml", "routes: [\n");
	f = opened("other.yaml", NULL);
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_EUSAGE);
	rq_policy_file_free(f);
}

static void test_too_large(void **state)
{
	struct rq_policy_file *f = opened(NULL, NULL);

	(void)state;
	sh("head -c 1048577 /dev/zero | tr '\\0' '#' >../.config/relayq/policy.yaml");
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_EUSAGE);
	rq_policy_file_free(f);
}

/* --- git --------------------------------------------------------------------------------- */

static void test_commits(void **state)
{
	struct rq_policy_file *f = opened(NULL, tree);
	char first[80];

	(void)state;
	sh("git init -q; mkdir policy");
	put(tree, "policy/policy.yaml", GOOD("aaa"));
	look(f);
	assert_string_equal(rq_policy_file_commit(f), "");
	assert_true(rq_policy_file_dirty(f));
	sh("git add .; git commit -qm one");
	look(f);
	assert_int_equal(strlen(rq_policy_file_commit(f)), 40);
	assert_false(rq_policy_file_dirty(f));
	rq_copy(first, sizeof first, rq_policy_file_commit(f));
	put(tree, "policy/policy.yaml", GOOD("bbb"));
	look(f);
	assert_true(rq_policy_file_dirty(f));
	assert_string_equal(rq_policy_file_commit(f), first);
	sh("git commit -qam two");
	look(f);
	assert_false(rq_policy_file_dirty(f));
	assert_string_not_equal(rq_policy_file_commit(f), first);
	assert_string_equal(in_force(f), "bbb");
	rq_policy_file_free(f);
	/* By a link from elsewhere, git knows the file all the same. */
	sh("ln -s ../../tree/policy/policy.yaml ../.config/relayq/policy.yaml");
	f = opened(NULL, NULL);
	look(f);
	assert_int_equal(strlen(rq_policy_file_commit(f)), 40);
	assert_false(rq_policy_file_dirty(f));
	rq_policy_file_free(f);
}

static int64_t soon(void)
{
	return ((int64_t)time(NULL) + 60) * 1000;
}

/* A process that comes later need not ask again, and is not deceived. */
static void test_what_git_said_is_kept(void **state)
{
	const char *git = getenv("RELAYQ_GIT");
	char first[80], *real = rq_strdup(git ? git : "");
	struct rq_policy_file *f;

	(void)state;
	sh("git init -q");
	put(tree, "policy.yaml", GOOD("aaa"));
	sh("git add .; git commit -qm one");
	/* What was changed just now may change once more without being seen. */
	rq_clock_replace(soon, NULL);
	f = opened(NULL, tree);
	look(f);
	rq_copy(first, sizeof first, rq_policy_file_commit(f));
	assert_int_equal(strlen(first), 40);
	rq_policy_file_free(f);
	setenv("RELAYQ_GIT", "/nosuch/relayq-git", 1);
	f = opened(NULL, tree);
	look(f);
	assert_string_equal(rq_policy_file_commit(f), first);
	assert_false(rq_policy_file_dirty(f));
	rq_policy_file_free(f);
	rq_clock_replace(NULL, NULL);
	/* Now it cannot be told. */
	sh("git commit -q --allow-empty -m two");
	f = opened(NULL, tree);
	look(f);
	assert_string_equal(rq_policy_file_commit(f), "");
	rq_policy_file_free(f);
	setenv("RELAYQ_GIT", real, 1);
	f = opened(NULL, tree);
	look(f);
	assert_int_equal(strlen(rq_policy_file_commit(f)), 40);
	assert_string_not_equal(rq_policy_file_commit(f), first);
	rq_policy_file_free(f);
	sh("for f in ../.cache/relayq/policy-git-*; do echo 'relayq policy-git 1' >$f; done");
	f = opened(NULL, tree);
	look(f);
	assert_int_equal(strlen(rq_policy_file_commit(f)), 40);
	rq_policy_file_free(f);
	rq_free(real);
}

static void test_revisions(void **state)
{
	struct rq_policy_file *f;
	char spec[500], below[400];

	(void)state;
	sh("git init -q; mkdir -p policy a");
	put(tree, "policy/policy.yaml", GOOD("aaa"));
	sh("git add .; git commit -qm one; git tag v1");
	put(tree, "policy/policy.yaml", GOOD("bbb"));
	sh("git commit -qam two");
	put(tree, "policy/policy.yaml", "broken: [\n");
	snprintf(below, sizeof below, "%s/a", tree);
	f = opened("repo:policy/policy.yaml@v1", below);
	look(f);
	assert_string_equal(in_force(f), "aaa");
	assert_int_equal(strlen(rq_policy_file_commit(f)), 40);
	assert_false(rq_policy_file_dirty(f));
	look(f);
	rq_policy_file_use(f, "repo:policy/policy.yaml");
	look(f);
	assert_string_equal(in_force(f), "bbb");
	rq_policy_file_use(f, "repo:policy/policy.yaml@HEAD@{0}");
	look(f);
	assert_string_equal(in_force(f), "bbb");
	snprintf(spec, sizeof spec, "repo:%s/policy/policy.yaml@HEAD~1", tree);
	rq_policy_file_use(f, spec);
	look(f);
	assert_string_equal(in_force(f), "aaa");
	rq_policy_file_use(f, "repo:policy/policy.yaml@nosuch");
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_EUSAGE);
	assert_non_null(strstr(sentence(f), "nosuch"));
	rq_policy_file_free(f);
	f = opened("repo:policy.yaml@v1", dir);
	look(f);
	assert_int_equal(rq_policy_file_error(f, NULL, NULL), RQ_EUSAGE);
	assert_non_null(strstr(sentence(f), "in no git repository"));
	rq_policy_file_free(f);
}

/* --- ends -------------------------------------------------------------------------------- */

static void test_looks_are_merged_and_taken_back(void **state)
{
	struct rq_policy_file *f = opened(NULL, tree);
	int n = 0, i;

	(void)state;
	sh("git init -q");
	put(tree, "policy.yaml", GOOD("aaa"));
	for (i = 0; i < 5; i++)
		rq_policy_file_look(f, on_looked, &n);
	while (n < 5)
		rq_loop_turn(loop, 50);
	assert_int_equal(n, 5);
	for (i = 0; i < 4; i++) {
		put(tree, "policy.yaml", i % 2 ? GOOD("aaa") : GOOD("bbb"));
		rq_policy_file_look(f, on_looked, &n);
		if (i > 1)
			rq_loop_turn(loop, 0);
		rq_policy_file_free(f);
		f = opened(NULL, tree);
	}
	settle();
	assert_int_equal(n, 5);
	rq_policy_file_stop(f);
	rq_policy_file_look(f, on_looked, &n);
	settle();
	assert_int_equal(n, 5);
	rq_policy_file_free(f);
	rq_policy_file_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest all[] = {
		CASE(test_the_first_found), CASE(test_a_file_by_name), CASE(test_changes_are_seen), CASE(test_held),
		CASE(test_a_bad_file), CASE(test_the_last_good_one_is_kept), CASE(test_too_large), CASE(test_commits), CASE(test_what_git_said_is_kept),
		CASE(test_revisions), CASE(test_looks_are_merged_and_taken_back),
	};
	const struct CMUnitTest gitless[] = {
		CASE(test_a_file_by_name), CASE(test_changes_are_seen), CASE(test_held), CASE(test_a_bad_file),
		CASE(test_the_last_good_one_is_kept), CASE(test_too_large),
	};

	if (access("/usr/bin/git", X_OK) && access("/usr/local/bin/git", X_OK) && access("/opt/homebrew/bin/git", X_OK))
		return cmocka_run_group_tests_name("without git", gitless, NULL, NULL);
	return cmocka_run_group_tests(all, NULL, NULL);
}
