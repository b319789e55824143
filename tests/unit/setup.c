/* What is typed on a new runner's machine, what becomes of the name of an artifact, and which versions are too old. */
#include "tests/unit/unit.h"

#include <string.h>
#include "core/queue/github.h"
#include "core/queue/github_setup.h"

static void assert_file(const char *name, const char *file)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_str_add(&s, "dir/");
	gh_artifact_file(name, &s);
	assert_string_equal(rq_str_get(&s) + strlen("dir/"), file);
	rq_str_release(&s);
}

static void test_names_of_artifacts(void **state)
{
	char many[1000];

	(void)state;
	assert_file("transcript", "transcript.zip");
	assert_file("site-1.2_b+c", "site-1.2_b+c.zip");
	assert_file("../../etc/passwd", "_._.._etc_passwd.zip");
	assert_file("/etc/passwd", "_etc_passwd.zip");
	assert_file(".bashrc", "_bashrc.zip");
	assert_file("-rf", "_rf.zip");
	assert_file("a\nb\033[31mc", "a_b_31mc.zip");
	assert_file("\xc3\xa9t\xc3\xa9", "_t_.zip");
	assert_file("", "artifact.zip");
	memset(many, 'x', sizeof many);
	many[sizeof many - 1] = '\0';
	{
		struct rq_str s;

		rq_str_init(&s, 0);
		gh_artifact_file(many, &s);
		assert_int_equal(s.len, 124);
		rq_str_release(&s);
	}
}

#define SHA "24ab81f8cdd22e8fefed68f7dc41e4f09ba751fb489656c674881995f46b4851"
#define PACKAGE(os, arch, file, url, sha) \
	"{\"os\":\"" os "\",\"architecture\":\"" arch "\",\"filename\":\"" file "\",\"download_url\":\"" url \
	"\",\"sha256_checksum\":\"" sha "\"}"

/* What would be typed into a shell is no place for surprises. */
static void test_packages(void **state)
{
	static const char text[] = "["
		PACKAGE("osx", "arm64", "mac.tar.gz", "https://example.org/mac.tar.gz", SHA) ","
		PACKAGE("win", "x64", "win.zip", "https://example.org/win.zip", SHA) ","
		PACKAGE("linux", "arm", "a.tar.gz; rm -rf /", "https://example.org/a.tar.gz", SHA) ","
		PACKAGE("linux", "arm", "a.tar.gz", "https://example.org/$(id)", SHA) ","
		PACKAGE("linux", "arm", "a.tar.gz", "http://example.org/a.tar.gz", SHA) ","
		PACKAGE("linux", "arm", "-a.tar.gz", "https://example.org/a.tar.gz", SHA) ","
		PACKAGE("linux", "x64", "x.tar.gz", "https://example.org/x.tar.gz", "' ; id") ", 7, null]";
	struct rq_arena a = { 0 };
	struct gh_package *v;

	(void)state;
	assert_int_equal(gh_packages(&a, text, strlen(text), &v), 2);
	assert_string_equal(v[0].file, "x.tar.gz");
	assert_string_equal(v[0].sha256, "");
	assert_string_equal(v[1].file, "mac.tar.gz");
	assert_string_equal(v[1].sha256, SHA);
	assert_int_equal(gh_packages(&a, "{}", 2, &v), 0);
	assert_int_equal(gh_packages(&a, "[", 1, &v), 0);
	rq_arena_release(&a);
}

static void assert_text(const struct gh_setup *s, const char *part)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	gh_setup_text(s, &out);
	if (!strstr(rq_str_get(&out), part))
		fail_msg("\"%s\" is not in:\n%s", part, rq_str_get(&out));
	rq_str_release(&out);
}

static void test_commands(void **state)
{
	const struct gh_package mac = { "osx", "arm64", "mac.tar.gz", "https://example.org/mac.tar.gz", SHA };
	struct gh_setup s = { .url = "https://github.com/acme/media", .token = "AB'; id", .packages = &mac, .n_packages = 1 };

	(void)state;
	assert_text(&s, "curl -fLO https://example.org/mac.tar.gz\n"
			"echo '" SHA "  mac.tar.gz' | shasum -a 256 -c -\ntar xzf mac.tar.gz\n");
	s.token = "ABC";
	assert_text(&s, "\n./config.sh --unattended --url https://github.com/acme/media --token ABC\n");
	s.name = "pi 5";
	s.labels = "a,b";
	assert_text(&s, " --token ABC --name 'pi 5' --labels a,b\n");
	s.n_packages = 0;
	assert_text(&s, "github.com/actions/runner/releases");
	s.forge = RQ_FORGE_GITEA;
	assert_text(&s, "\nact_runner register --no-interactive --instance https://github.com/acme/media --token ABC "
			"--name 'pi 5' --labels a,b\nact_runner daemon\n");
}

static void assert_web(const char *api, const char *web)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	gh_web_address(api, &s);
	assert_string_equal(rq_str_get(&s), web);
	rq_str_release(&s);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_web("https://api.github.com", "https://github.com");
	assert_web("https://api.octo.ghe.com", "https://octo.ghe.com");
	assert_web("https://ghe.example.org/api/v3", "https://ghe.example.org");
	assert_web("https://git.example.org/forge/api/v1", "https://git.example.org/forge");
	assert_web("http://127.0.0.1:8080", "http://127.0.0.1:8080");
}

static const char *note(const char *version)
{
	return gh_version_note(RQ_FORGE_GITHUB, "https://api.github.com", version);
}

static void test_versions(void **state)
{
	(void)state;
	assert_string_equal(note("2.329.0"), "");
	assert_string_equal(note("2.336.1"), "");
	assert_string_equal(note("3.0.0"), "");
	assert_string_equal(note("2.1000.0"), "");
	assert_non_null(strstr(note("2.328.9"), "2.329.0"));
	assert_non_null(strstr(note("1.400.0"), "too old"));
	assert_string_equal(note(""), "");
	assert_string_equal(note(NULL), "");
	assert_string_equal(note("v2.1.0"), "");
	assert_string_equal(note("2"), "");
	assert_string_equal(note("2.1-beta"), "");
	assert_string_equal(note("99999999999999999999.1.1"), "");
	assert_string_equal(gh_version_note(RQ_FORGE_GITHUB, "https://ghe.example.org/api/v3", "2.311.0"), "");
	assert_string_equal(gh_version_note(RQ_FORGE_FORGEJO, "https://git.example.org/api/v1", "2.311.0"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_artifacts), cmocka_unit_test(test_packages), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
