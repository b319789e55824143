/* The URLs of repositories, taken apart. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "core/model/id.h"
#include "core/model/remote.h"

/* --- URLs -------------------------------------------------------------------------------- */

/* HOST[:PORT][PREFIX] OWNER REPO, "" for what is refused. */
static const struct { const char *url, *is; } urls[] = {
	/* https */
	{ "https://github.com/acme/media.git", "github.com acme media" },
	{ "https://github.com/acme/media", "github.com acme media" },
	{ "https://github.com/acme/media/", "github.com acme media" },
	{ "https://github.com/acme/media.git/", "github.com acme media" },
	{ "https://github.com//acme/media", "github.com acme media" },
	{ "https://GitHub.com/Acme/Media.git", "github.com Acme Media" },
	{ "HTTPS://github.com/acme/media", "github.com acme media" },
	{ "https://anna@github.com/acme/media.git", "github.com acme media" },
	{ "https://anna:p%40ss@github.com/acme/media.git", "github.com acme media" },
	{ "https://anna:p@ss@github.com/acme/media.git", "github.com acme media" },
	{ "https://github.com:443/acme/media.git", "github.com acme media" },
	{ "https://github.com./acme/media.git", "github.com acme media" },
	{ "https://www.github.com/acme/media", "github.com acme media" },
	{ "https://ghes.example.com:8443/acme/media.git", "ghes.example.com:8443 acme media" },
	{ "https://ghes.example.com:/acme/media.git", "ghes.example.com acme media" },
	{ "https://tenant.ghe.com/acme/media.git", "tenant.ghe.com acme media" },
	{ "https://x.tenant.ghe.com/acme/media.git", "tenant.ghe.com acme media" },
	{ "https://a.b.tenant.ghe.com/acme/media.git", "tenant.ghe.com acme media" },
	{ "https://git.lan/forge/acme/media.git", "git.lan/forge acme media" },
	{ "https://git.lan:3000/a/b/acme/media", "git.lan:3000/a/b acme media" },
	{ "https://[2001:db8::1]:3000/acme/media", "2001:db8::1:3000 acme media" },
	{ "http://127.0.0.1:8080/acme/media.git", "127.0.0.1:8080 acme media" },
	{ "http://git.lan:80/acme/media.git", "git.lan acme media" },
	{ "https://github.com/acme/.github", "github.com acme .github" },
	{ "https://github.com/acme/media.git.git", "github.com acme media.git" },
	{ "https://github.com/acme_corp/my-repo_2.0", "github.com acme_corp my-repo_2.0" },
	/* ssh, and what is like it */
	{ "git@github.com:acme/media.git", "github.com acme media" },
	{ "git@github.com:acme/media", "github.com acme media" },
	{ "git@github.com:/acme/media.git", "github.com acme media" },
	{ "github.com:acme/media.git", "github.com acme media" },
	{ "org-123@github.com:acme/media.git", "github.com acme media" },
	{ "git@ssh.github.com:acme/media.git", "github.com acme media" },
	{ "git@work:acme/media.git", "work acme media" },
	{ "git@git.lan:forge/acme/media.git", "git.lan/forge acme media" },
	{ "git@[::1]:acme/media.git", "::1 acme media" },
	{ "ssh://git@github.com/acme/media.git", "github.com acme media" },
	{ "ssh://git@ssh.github.com:443/acme/media.git", "github.com acme media" },
	{ "ssh://git.lan:2222/acme/media.git", "git.lan acme media" },
	{ "ssh://git@[2001:db8::1]:22/acme/media.git", "2001:db8::1 acme media" },
	{ "git+ssh://git@github.com/acme/media.git", "github.com acme media" },
	{ "git://github.com/acme/media.git", "github.com acme media" },
	{ "git://git.lan:9418/acme/media.git", "git.lan acme media" },
	/* no server's */
	{ "", "" }, { "/srv/git/acme/media.git", "" }, { "../acme/media.git", "" }, { "./git@github.com:acme/media", "" },
	{ "acme/media", "" }, { "media.git", "" }, { "C:/acme/media.git", "" }, { "C:\\acme\\media.git", "" },
	{ "file:///srv/git/acme/media.git", "" }, { "FILE://host/acme/media.git", "" }, { "ext::sh -c evil", "" },
	{ "ftp://github.com/acme/media.git", "" }, { "https:///acme/media.git", "" }, { "://github.com/acme/media", "" },
	{ "https://github.com", "" }, { "https://github.com/", "" }, { "https://github.com/acme", "" },
	{ "https://github.com/acme/", "" }, { "https://github.com/acme/media/tree/main", "" },
	{ "https://github.com/acme/..", "" }, { "https://github.com/../media", "" }, { "https://github.com/./media", "" },
	{ "https://github.com/acme/.git", "" }, { "https://github.com/acme/-media", "" },
	{ "https://git.lan/../acme/media", "" }, { "https://git.lan/a//acme/media", "" },
	{ "https://github.com/acme/me%64ia", "" }, { "https://github.com/acme/media?x=1", "" },
	{ "https://github.com/acme/media#readme", "" }, { "https://github.com/acme/me dia", "" },
	{ "https://github.com/acme/media\n", "" }, { "https://github.com/ac\033[31mme/media", "" },
	{ "https://github.com/acme/m\xc3\xa9" "dia", "" }, { "git@github.com\t:acme/media", "" },
	{ "https://-oProxyCommand=x/acme/media", "" }, { "git@-oProxyCommand=x:acme/media", "" },
	{ "https://git..lan/acme/media", "" }, { "https://.lan/acme/media", "" }, { "https://git.-lan/acme/media", "" },
	{ "https://git.lan:0/acme/media", "" }, { "https://git.lan:65536/acme/media", "" },
	{ "https://git.lan:+80/acme/media", "" }, { "https://git.lan:8x/acme/media", "" },
	{ "https://[git.lan]/acme/media", "" }, { "https://[::1/acme/media", "" }, { "https://[::1]x/acme/media", "" },
	{ "https://::1/acme/media", "" }, { "git@:acme/media", "" }, { "git@github.com:", "" }, { "git@github.com:media", "" },
};

static void show(const struct rq_remote *r, char *out, size_t size)
{
	char port[16] = "";

	if (r->port)
		snprintf(port, sizeof port, ":%d", r->port);
	snprintf(out, size, "%s%s%s %s %s", r->host, port, r->prefix, r->owner, r->repo);
}

static void test_urls(void **state)
{
	char is[1024];
	size_t i;

	(void)state;
	assert_true(sizeof urls / sizeof *urls >= 80);
	for (i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct rq_error e = { 0 };
		struct rq_remote r;
		int code = rq_remote_parse(urls[i].url, &r, &e);

		is[0] = '\0';
		if (!code)
			show(&r, is, sizeof is);
		if (strcmp(is, urls[i].is) != 0)
			fail_msg("%s is \"%s\", not \"%s\"", urls[i].url, is, urls[i].is);
		assert_int_equal(code, *urls[i].is ? RQ_OK : RQ_EUSAGE);
		assert_true(!code || rq_starts(e.msg, "This URL of a repository "));
	}
}

/* Names, passwords, tokens: not in the value, not in the message. */
static void test_no_secret_is_kept(void **state)
{
	static const char *const bad[] = {
		"https://fake-secret@github.com/acme/media", "https://x:fake-secret@github.com/acme/media/tree",
		"ftp://x:fake-secret@github.com/a/b", "https://x:fake-secret@host:99999/a/b", "https://x:fake-secret@/a/b",
	};
	struct rq_remote r;
	struct rq_error e;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(&e, 0, sizeof e);
		rq_remote_parse(bad[i], &r, &e);
		assert_null(strstr(e.msg, "fake-secret"));
		for (k = 0; k + 11 <= sizeof r; k++)
			assert_int_not_equal(memcmp((const char *)&r + k, "fake-secret", 11), 0);
	}
}

static void test_long(void **state)
{
	char url[4000];
	struct rq_remote r;
	size_t n;

	(void)state;
	for (n = 100; n < sizeof url - 40; n += 1) {
		int k = snprintf(url, sizeof url, "https://git.lan/");

		memset(url + k, 'a', n);
		snprintf(url + k + n, sizeof url - (size_t)k - n, "/o/r");
		assert_int_equal(rq_remote_parse(url, &r, NULL), n + 1 < RQ_PREFIX_MAX && n < RQ_REPO_MAX ? RQ_OK : RQ_EUSAGE);
		snprintf(url, sizeof url, "https://");
		memset(url + 8, 'h', n);
		snprintf(url + 8 + n, sizeof url - 8 - n, "/o/r");
		assert_int_equal(rq_remote_parse(url, &r, NULL), n < RQ_HOST_MAX ? RQ_OK : RQ_EUSAGE);
		snprintf(url, sizeof url, "git@h:o/");
		memset(url + 8, 'r', n);
		snprintf(url + 8 + n, sizeof url - 8 - n, ".git");
		assert_int_equal(rq_remote_parse(url, &r, NULL), n < RQ_REPO_MAX ? RQ_OK : RQ_EUSAGE);
	}
}

/* --- names ------------------------------------------------------------------------------- */

static void test_names(void **state)
{
	static const struct { const char *name, *is; } names[] = {
		{ "acme/media", "ghes.example.com acme media" }, { "github.com/acme/media", "github.com acme media" },
		{ "GitHub.com/acme/media", "github.com acme media" }, { "git.lan:3000/acme/media", "git.lan:3000 acme media" },
		{ "https://github.com/acme/media.git", "github.com acme media" },
		{ "git@github.com:acme/media.git", "github.com acme media" },
		{ "media", "" }, { "", "" }, { "/acme/media", "" }, { "acme/", "" }, { "git.lan/a/acme/media", "" },
		{ "acme/me dia", "" }, { "acme/..", "" }, { "x@github.com/acme/media", "github.com acme media" },
	};
	char is[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		struct rq_remote r;

		is[0] = '\0';
		if (!rq_remote_parse_name(names[i].name, "ghes.example.com", &r, NULL))
			show(&r, is, sizeof is);
		if (strcmp(is, names[i].is) != 0)
			fail_msg("%s is \"%s\", not \"%s\"", names[i].name, is, names[i].is);
	}
}

static void test_queue_names(void **state)
{
	static const struct { const char *repo, *name; } names[] = {
		{ "media", "media" }, { "My.Repo_2-x", "My.Repo_2-x" }, { ".github", "github" }, { "---", "github" }, { "", "github" },
		{ "local", "local-github" }, { "a b:c/d", "a-b-c-d" },
	};
	char out[RQ_NAME_MAX], longest[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		rq_remote_queue_name(names[i].repo, out, sizeof out);
		assert_string_equal(out, names[i].name);
	}
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	rq_remote_queue_name(longest, out, sizeof out);
	assert_int_equal(strlen(out), RQ_NAME_MAX - 1);
	assert_true(rq_name_ok(out));
}

static void test_ports_of_apis(void **state)
{
	(void)state;
	assert_int_equal(rq_remote_api_port("https://git.lan:3000/api/v1"), 3000);
	assert_int_equal(rq_remote_api_port("http://[::1]:8080"), 8080);
	assert_int_equal(rq_remote_api_port("https://api.github.com"), 0);
	assert_int_equal(rq_remote_api_port("https://git.lan:99999/"), 0);
	assert_int_equal(rq_remote_api_port(""), 0);
}

/* --- hosts and APIs ---------------------------------------------------------------------- */

static void test_apis(void **state)
{
	static const struct { const char *url; bool gitea; const char *api; } apis[] = {
		{ "git@github.com:acme/media", false, "https://api.github.com" },
		{ "http://github.com/acme/media", false, "https://api.github.com" },
		{ "https://x.tenant.ghe.com/acme/media", false, "https://api.tenant.ghe.com" },
		{ "https://ghes.example.com/acme/media", false, "https://ghes.example.com/api/v3" },
		{ "https://ghes.example.com:8443/acme/media", false, "https://ghes.example.com:8443/api/v3" },
		{ "ssh://git@ghes.example.com:122/acme/media", false, "https://ghes.example.com/api/v3" },
		{ "https://git.lan:3000/forge/acme/media", true, "https://git.lan:3000/forge/api/v1" },
		{ "http://git.lan:3000/acme/media", true, "https://git.lan:3000/api/v1" },
		{ "http://127.0.0.1:8080/acme/media", false, "http://127.0.0.1:8080/api/v3" },
		{ "http://localhost/acme/media", true, "http://localhost/api/v1" },
		{ "http://[::1]:9/acme/media", false, "http://[::1]:9/api/v3" },
		{ "http://127.evil.example/acme/media", false, "https://127.evil.example/api/v3" },
	};
	struct rq_remote r;
	struct rq_str s;
	size_t i;

	(void)state;
	rq_str_init(&s, 0);
	for (i = 0; i < sizeof apis / sizeof *apis; i++) {
		assert_int_equal(rq_remote_parse(apis[i].url, &r, NULL), RQ_OK);
		rq_str_clear(&s);
		rq_remote_api(&r, apis[i].gitea, &s);
		assert_string_equal(rq_str_get(&s), apis[i].api);
	}
	rq_str_release(&s);
}

static void test_hosts_of_apis(void **state)
{
	static const struct { const char *api, *host; } apis[] = {
		{ "https://api.github.com", "github.com" }, { "https://api.github.com/", "github.com" },
		{ "https://ghes.example.com/api/v3", "ghes.example.com" }, { "https://git.lan:3000/api/v1", "git.lan" },
		{ "https://api.tenant.ghe.com", "tenant.ghe.com" }, { "http://127.0.0.1:8080/api/v3", "127.0.0.1" },
		{ "http://[::1]:8080", "::1" }, { "http://localhost:1", "localhost" },
		{ "http://api.github.com", "" }, { "http://git.lan/api/v1", "" }, { "http://127.0.0.1.evil.example/", "" },
		{ "http://localhost.evil.example/", "" }, { "http://127.0.0.1@evil.example/", "" },
		{ "https://x:y@git.lan/", "" }, { "ftp://git.lan/", "" }, { "git.lan", "" }, { "", "" }, { "https://", "" },
		{ "https://git.lan/a b", "" }, { "http://127.1.1/", "" }, { "http://127.0.0.1234/", "" },
	};
	char host[RQ_HOST_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof apis / sizeof *apis; i++) {
		int code = rq_remote_api_host(apis[i].api, host, NULL);

		if (code != (*apis[i].host ? RQ_OK : RQ_EUSAGE) || (!code && strcmp(host, apis[i].host) != 0))
			fail_msg("%s: %d %s", apis[i].api, code, code ? "" : host);
	}
}

static void test_kinds(void **state)
{
	char host[RQ_HOST_MAX];

	(void)state;
	assert_int_equal(rq_host_kind("github.com"), RQ_HOST_GITHUB);
	assert_int_equal(rq_host_kind("tenant.ghe.com"), RQ_HOST_TENANT);
	assert_int_equal(rq_host_kind("ghe.com"), RQ_HOST_OTHER);
	assert_int_equal(rq_host_kind("notgithub.com"), RQ_HOST_OTHER);
	assert_int_equal(rq_host_kind("github.com.evil.example"), RQ_HOST_OTHER);
	assert_int_equal(rq_host_kind("evilghe.com"), RQ_HOST_OTHER);
	assert_true(rq_host_normal("GitHub.COM.", host));
	assert_string_equal(host, "github.com");
	assert_true(rq_host_normal("::1", host));
	assert_false(rq_host_normal("127.0.0.1:80", host));
	assert_false(rq_host_normal("", host));
	assert_false(rq_host_normal(".", host));
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_urls), cmocka_unit_test(test_no_secret_is_kept), cmocka_unit_test(test_long),
		cmocka_unit_test(test_names), cmocka_unit_test(test_queue_names), cmocka_unit_test(test_apis),
		cmocka_unit_test(test_hosts_of_apis), cmocka_unit_test(test_ports_of_apis), cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
