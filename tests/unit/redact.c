/* Secrets taken out of lines. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/redact.h"

#define FAKE36 "FAKEfakeFAKEfakeFAKEfakeFAKEfakeFAKE"

static const struct { const char *line, *want; } lines[] = {
	/* values that are known */
	{ "token hunter22-is-long in here", "token *** in here" },
	{ "hunter22-is-long", "***" }, { "xhunter22-is-longx", "x***x" },
	{ "hunter22-is-longhunter22-is-long", "******" },
	{ "hunter22-is-longer", "***" }, { "hunter22-is-lon", "hunter22-is-lon" },
	{ "short1 is shown", "short1 is shown" },
	/* tokens */
	{ "ghp_" FAKE36, "***" }, { "x ghp_" FAKE36 ".", "x ***." }, { "gho_" FAKE36 "/x", "***/x" },
	{ "(ghu_" FAKE36 ")", "(***)" }, { "ghr_" FAKE36 FAKE36, "***" }, { "ghs_" FAKE36, "***" },
	{ "ghs_12345_eyJhbGciOi.FAKEfake-FAKE_fake.FAKE and", "*** and" },
	{ "github_pat_FAKEfakeFAKEfakeFAKE12_" FAKE36, "***" },
	{ "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.FAKE-fake_FAKE", "***" },
	{ "v1.0123456789012345678901234567890123456789", "***" },
	{ "ghp_" FAKE36 " ghp_" FAKE36, "*** ***" }, { "=ghp_" FAKE36, "=***" },
	{ "ghp_FAKEfakeFAKEfake (cut)", "*** (cut)" },
	/* not tokens */
	{ "ghp_short", "ghp_short" }, { "xghp_" FAKE36, "xghp_" FAKE36 }, { "v1.2.3", "v1.2.3" }, { "eyJust", "eyJust" },
	{ "198c5df3e1a2b3c4d5e6f708192a3b4c5d6e7f80", "198c5df3e1a2b3c4d5e6f708192a3b4c5d6e7f80" },
	/* what is named */
	{ "Authorization: Bearer abc.def", "Authorization: ***" }, { "> authorization:token x1", "> authorization:***" },
	{ "{\"Authorization: Bearer abc\", \"x\"}", "{\"Authorization: ***\", \"x\"}" },
	{ "./config.sh --url U --token AFAKEFAKE --name x", "./config.sh --url U --token *** --name x" },
	{ "--token=AFAKEFAKE", "--token=***" }, { "--tokens abc", "--tokens abc" }, { "--token", "--token" },
	{ "https://s.example/l?sv=1&sig=ab%2Fc%3D&sp=r", "https://s.example/l?sv=1&sig=***&sp=r" },
	{ "GET /x?se=2026-01-01 HTTP", "GET /x?se=*** HTTP" }, { "?X-Amz-Signature=abcdef", "?X-Amz-Signature=***" },
	{ "https://anna:pass@host/x", "https://***@host/x" }, { "https://anna:p@ss@host/x", "https://***@host/x" },
	{ "ssh://git@host/x", "ssh://***@host/x" }, { "git@github.com:acme/media", "git@github.com:acme/media" },
	{ "see https://host/a@b", "see https://host/a@b" }, { "https://host and me@home", "https://host and me@home" },
	{ "else=1 design=2", "else=1 design=2" },
	{ "", "" }, { "nothing at all", "nothing at all" }, { "Authorization:", "Authorization:" }, { "://", "://" },
};

static void test_lines(void **state)
{
	struct rq_redact *r = rq_redact_new();
	size_t i;

	(void)state;
	rq_redact_add(r, "hunter22-is-long");
	rq_redact_add(r, "hunter22-is-longer");
	rq_redact_add(r, "hunter22-is-long");
	rq_redact_add(r, "short1");
	rq_redact_add(r, "");
	for (i = 0; i < sizeof lines / sizeof *lines; i++) {
		/* To the byte, so that a sanitizer sees what reads on. */
		char *s = rq_strdup(lines[i].line);

		rq_redact_line(r, s);
		if (strcmp(s, lines[i].want) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", lines[i].line, s, lines[i].want);
		rq_free(s);
	}
	rq_redact_free(r);
}

static void test_without_known_ones(void **state)
{
	char s[] = "hunter22-is-long ghp_" FAKE36;

	(void)state;
	rq_redact_line(NULL, s);
	assert_string_equal(s, "hunter22-is-long ***");
	rq_redact_free(NULL);
}

/* Wherever it stands, and whatever stands around it. */
static void test_anywhere(void **state)
{
	static const char secret[] = "sEcReT-0123456789", around[] = "gh_pseyJv1.:/@?&=-\"' \n\x80\xff*";
	struct chance c = { 7 };
	struct rq_redact *r = rq_redact_new();
	int i, k;

	(void)state;
	rq_redact_add(r, secret);
	for (i = 0; i < 20000; i++) {
		char s[200];
		int n = 0, before = (int)chance_below(&c, 40), after = (int)chance_below(&c, 40);

		for (k = 0; k < before; k++)
			s[n++] = around[chance_below(&c, sizeof around - 1)];
		memcpy(s + n, secret, strlen(secret));
		n += (int)strlen(secret);
		for (k = 0; k < after; k++)
			s[n++] = around[chance_below(&c, sizeof around - 1)];
		s[n] = '\0';
		rq_redact_line(r, s);
		assert_null(strstr(s, "sEcReT"));
		assert_null(strstr(s, "0123456789"));
		assert_true((int)strlen(s) < n);
	}
	rq_redact_free(r);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_without_known_ones), cmocka_unit_test(test_anywhere),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
