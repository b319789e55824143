/* github_setup.c - what has to be typed on a machine that becomes a runner, and which runners are too old. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github_setup.h"

enum { PACKAGES_MAX = 16, TEXT_MAX = 300 };

static bool made_of(const char *s, const char *signs)
{
	size_t n = 0;

	if (!s)
		return false;
	for (; s[n]; n++)
		if (!(s[n] >= 'a' && s[n] <= 'z') && !(s[n] >= 'A' && s[n] <= 'Z') && !(s[n] >= '0' && s[n] <= '9') &&
		    !strchr(signs, s[n]))
			return false;
	return n > 0 && n < TEXT_MAX && s[0] != '-' && s[0] != '.';
}

static bool is_digest(const char *s)
{
	return s && strlen(s) == 64 && strspn(s, "0123456789abcdefABCDEF") == 64;
}

/* Where it is shown: small machines first are rare; -1: not at all. */
static int rank_of(const char *os, const char *arch)
{
	static const char *const order[][2] = {
		{ "linux", "x64" }, { "linux", "arm64" }, { "linux", "arm" }, { "osx", "arm64" }, { "osx", "x64" },
	};

	for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
		if (rq_ieq(os, order[i][0]) && rq_ieq(arch, order[i][1]))
			return i;
	return -1;
}

static bool read_package(struct rq_arena *a, const struct rq_json *j, struct gh_package *p)
{
	const char *file = rq_json_get_str(j, "filename"), *url = rq_json_get_str(j, "download_url"),
		   *sha = rq_json_get_str(j, "sha256_checksum");

	p->os = rq_json_get_str(j, "os");
	p->arch = rq_json_get_str(j, "architecture");
	if (!p->os || !p->arch || rank_of(p->os, p->arch) < 0 || !made_of(file, "._-") || !made_of(url, ":/._-") ||
	    !rq_starts(url, "https://"))
		return false;
	p->os = rq_arena_str(a, p->os);
	p->arch = rq_arena_str(a, p->arch);
	p->file = rq_arena_str(a, file);
	p->url = rq_arena_str(a, url);
	p->sha256 = is_digest(sha) ? rq_arena_str(a, sha) : "";
	return true;
}

size_t gh_packages(struct rq_arena *a, const char *text, size_t n, struct gh_package **out)
{
	struct gh_package p;
	const struct rq_json *j;
	struct rq_json *root;
	size_t count = 0, at;

	*out = rq_arena_alloc(a, PACKAGES_MAX * sizeof **out);
	if (rq_json_parse(text, n, &root, NULL))
		return 0;
	for (j = rq_json_is_array(root) ? rq_json_first(root) : NULL; j && count < PACKAGES_MAX; j = rq_json_next(j)) {
		if (!read_package(a, j, &p))
			continue;
		for (at = count++; at && rank_of((*out)[at - 1].os, (*out)[at - 1].arch) > rank_of(p.os, p.arch); at--)
			(*out)[at] = (*out)[at - 1];
		(*out)[at] = p;
	}
	rq_json_free(root);
	return count;
}

/* --- the text ----------------------------------------------------------------------------- */

static void option(struct rq_str *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	rq_str_addf(out, " --%s ", name);
	rq_words_quote(out, value);
}

static void add_package(const struct gh_package *p, struct rq_str *out)
{
	bool mac = rq_ieq(p->os, "osx");

	rq_str_addf(out, "\n# %s, %s\ncurl -fLO %s\n", mac ? "macOS" : "Linux", p->arch, p->url);
	if (*p->sha256)
		rq_str_addf(out, "echo '%s  %s' | %s -c -\n", p->sha256, p->file, mac ? "shasum -a 256" : "sha256sum");
	rq_str_addf(out, "tar xzf %s\n", p->file);
}

static void github_text(const struct gh_setup *s, struct rq_str *out)
{
	size_t i;

	rq_str_add(out, "# On the machine that becomes the runner, not as root:\nmkdir actions-runner && cd actions-runner\n");
	for (i = 0; i < s->n_packages; i++)
		add_package(&s->packages[i], out);
	if (!s->n_packages)
		rq_str_add(out, "\n# Unpack here what https://github.com/actions/runner/releases has for its system.\n");
	rq_str_add(out, "\n# then\n./config.sh --unattended");
	option(out, "url", s->url);
	option(out, "token", s->token);
	option(out, "name", s->name);
	option(out, "labels", s->labels);
	rq_str_add(out, "\n\n# once, in the foreground\n./run.sh\n"
			"\n# or as a service: Linux\nsudo ./svc.sh install && sudo ./svc.sh start\n"
			"\n# or as a service: macOS\n./svc.sh install && ./svc.sh start\n");
}

static void forge_text(const struct gh_setup *s, struct rq_str *out)
{
	const char *program = s->forge == RQ_FORGE_GITEA ? "act_runner" : "forgejo-runner";

	rq_str_addf(out, "# On the machine that becomes the runner:\n%s register --no-interactive", program);
	option(out, "instance", s->url);
	option(out, "token", s->token);
	option(out, "name", s->name);
	option(out, "labels", s->labels);
	rq_str_addf(out, "\n%s daemon\n", program);
}

void gh_setup_text(const struct gh_setup *s, struct rq_str *out)
{
	if (s->forge == RQ_FORGE_GITHUB)
		github_text(s, out);
	else
		forge_text(s, out);
}

void gh_web_address(const char *api, struct rq_str *out)
{
	static const char *const tails[] = { "/api/v3", "/api/v1" };
	static const char dotted[] = "https://api.";
	size_t n = strlen(api), i;

	for (i = 0; i < sizeof tails / sizeof *tails; i++) {
		size_t len = strlen(tails[i]);

		if (n > len && rq_eq(api + n - len, tails[i])) {
			rq_str_addn(out, api, n - len);
			return;
		}
	}
	if (rq_starts(api, dotted))
		rq_str_addf(out, "https://%s", api + strlen(dotted));
	else
		rq_str_add(out, api);
}

/* --- versions ----------------------------------------------------------------------------- */

/* "2.329.0": its first two numbers. */
static bool read_version(const char *s, long *major, long *minor)
{
	long *v[2] = { major, minor };
	int i;

	for (i = 0; i < 2; i++) {
		size_t n = strspn(s, "0123456789");

		if (!n || n > 6)
			return false;
		for (*v[i] = 0; n; n--)
			*v[i] = *v[i] * 10 + *s++ - '0';
		if (*s == '.')
			s++;
		else if (*s)
			return false;
	}
	return true;
}

/* github.com and its like enforce it; a GitHub Enterprise Server has a minimum of its own, which it does not tell. */
const char *gh_version_note(enum rq_forge forge, const char *api, const char *version)
{
	size_t n = strlen(api);
	long major, minor;

	if (forge != RQ_FORGE_GITHUB || (n > 7 && rq_eq(api + n - 7, "/api/v3")) || !version ||
	    !read_version(version, &major, &minor))
		return "";
	if (major > 2 || (major == 2 && minor >= 329))
		return "";
	return "too old: GitHub gives no jobs to a runner before 2.329.0";
}
