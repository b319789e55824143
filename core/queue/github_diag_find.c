/* github_diag_find.c - which directory of this host is that of a runner. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/queue/github_diag.h"
#include "core/sys/paths.h"

enum { SETTINGS_MAX = 65536, PATH_LEN = 4096 };

/* --- one directory ----------------------------------------------------------------------- */

/* A runner's settings. Plain files only: whoever owns the runner chooses what lies there. */
static struct rq_json *read_settings(const char *root, const char *name)
{
	char *path = rq_path_join(root, name), *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct rq_json *j = NULL;
	struct stat st;
	ssize_t n;

	rq_free(path);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SETTINGS_MAX) {
		text = rq_alloc(SETTINGS_MAX);
		n = read(fd, text, SETTINGS_MAX);
		if (n > 0) {
			size_t mark = rq_utf8_mark(text, (size_t)n);

			rq_json_parse(text + mark, (size_t)n - mark, &j, NULL);
		}
		rq_free(text);
	}
	if (fd >= 0)
		close(fd);
	return j;
}

/* What a migrated runner is now overrides what it was. */
static struct rq_json *settings(const char *root)
{
	struct rq_json *j = read_settings(root, ".runner_migrated");

	return j ? j : read_settings(root, ".runner");
}

/* Whether the runner of SCOPE, a repository, an organisation or an enterprise, serves URL. */
static bool serves(const char *scope, const char *url)
{
	size_t n = strlen(scope), i;

	while (n && scope[n - 1] == '/')
		n--;
	for (i = 0; i < n; i++)
		if (tolower((unsigned char)scope[i]) != tolower((unsigned char)url[i]))
			return false;
	return n > 0 && (!url[n] || url[n] == '/');
}

static bool is_it(const char *root, const struct rq_diag_who *who)
{
	struct rq_json *j = settings(root);
	const char *name = rq_json_get_str(j, "AgentName"), *url = rq_json_get_str(j, "GitHubUrl");
	bool yes = j != NULL;

	if (who->id)
		yes = yes && rq_json_get_int(j, "AgentId", 0) == who->id;
	if (who->name)
		yes = yes && name && rq_ieq(name, who->name);
	/* The numbers of runners are only unique within what they are registered for. */
	if (who->url)
		yes = yes && url && (serves(url, who->url) || strstr(url, "/enterprises/"));
	rq_json_free(j);
	return yes;
}

/* --- where to look ----------------------------------------------------------------------- */

/* Each directory actions-runner* of DIR, and those in it when it only holds several. */
static char *look_in(const char *dir, const struct rq_diag_who *who, int depth)
{
	DIR *list = opendir(dir);
	struct dirent *ent;
	char *found = NULL;

	while (list && !found && (ent = readdir(list))) {
		char *path;

		if (ent->d_name[0] == '.' || (depth == 0 && !rq_starts(ent->d_name, "actions-runner")))
			continue;
		path = rq_path_join(dir, ent->d_name);
		if (is_it(path, who))
			found = rq_strdup(path);
		else if (depth == 0)
			found = look_in(path, who, 1);
		rq_free(path);
	}
	if (list)
		closedir(list);
	return found;
}

static char *look_below(const char *homes, const struct rq_diag_who *who)
{
	DIR *list = opendir(homes);
	struct dirent *ent;
	char *found = NULL;

	while (list && !found && (ent = readdir(list))) {
		char *path;

		if (ent->d_name[0] == '.')
			continue;
		path = rq_path_join(homes, ent->d_name);
		found = look_in(path, who, 0);
		rq_free(path);
	}
	if (list)
		closedir(list);
	return found;
}

static char *look_in_usual_places(const struct rq_diag_who *who)
{
	const char *home = getenv("HOME");
	char *found = home && *home == '/' ? look_in(home, who, 0) : NULL;

	if (!found)
		found = look_in("/opt", who, 0);
	if (!found)
		found = look_below("/home", who);
	return found ? found : look_below("/Users", who);
}

/* A listener is ROOT/bin/Runner.Listener, where bin may be a link to bin.VERSION. */
static char *look_at_processes(const struct rq_diag_who *who)
{
	DIR *list = opendir("/proc");
	char path[PATH_LEN], link[64];
	struct dirent *ent;
	char *found = NULL;

	while (list && !found && (ent = readdir(list))) {
		char *slash;
		ssize_t n;

		if (!isdigit((unsigned char)ent->d_name[0]) || strlen(ent->d_name) > 20)
			continue;
		rq_copy(link, sizeof link, "/proc/");
		rq_copy(link + 6, sizeof link - 6, ent->d_name);
		rq_copy(link + strlen(link), sizeof link - strlen(link), "/exe");
		n = readlink(link, path, sizeof path - 1);
		path[n > 0 ? n : 0] = '\0';
		slash = strrchr(path, '/');
		if (!slash || !rq_eq(slash, "/Runner.Listener"))
			continue;
		*slash = '\0';
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
		if (slash && is_it(path, who))
			found = rq_strdup(path);
	}
	if (list)
		closedir(list);
	return found;
}

int rq_diag_find(const struct rq_diag_who *who, const char *const *roots, size_t n_roots, char **root, struct rq_error *e)
{
	size_t i;

	for (i = 0; i < n_roots; i++)
		if (is_it(roots[i], who)) {
			*root = rq_strdup(roots[i]);
			return RQ_OK;
		}
	*root = look_in_usual_places(who);
	if (!*root)
		*root = look_at_processes(who);
	if (*root)
		return RQ_OK;
	return rq_fail(e, RQ_ENOTFOUND, "No directory of the runner %s was found on this host.",
		       who->name ? who->name : "asked for");
}
