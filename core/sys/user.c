/* user.c - entries of the password database. /etc/passwd is read first: asking for the name service takes as long as a
 * third of a submission. */
#include "core/sys/user.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/paths.h"

enum { NAME = 0, UID = 2, HOME = 5, FILE_MAX = 1 << 20 };

/* The N bytes of field I of a line; NULL where it has fewer. */
static const char *field(const char *line, int i, size_t *n)
{
	for (; i > 0; i--) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			return NULL;
		line++;
	}
	*n = strcspn(line, ":\n");
	return line;
}

char *rq_passwd_field(const char *text, long uid, int i)
{
	const char *line, *next, *at;
	char *found = NULL;
	struct rq_str want;
	size_t n;

	rq_str_init(&want, 32);
	rq_str_addf(&want, "%ld", uid);
	for (line = text; *line && !found; line = *next ? next + 1 : next) {
		next = line + strcspn(line, "\n");
		at = field(line, UID, &n);
		if (!at || n != want.len || memcmp(at, rq_str_get(&want), n) != 0)
			continue;
		at = field(line, i, &n);
		if (at && n)
			found = rq_strndup(at, n);
	}
	rq_str_release(&want);
	return found;
}

static char *ask(long uid, int i)
{
	struct passwd *pw = getpwuid((uid_t)uid);
	const char *s = !pw ? NULL : i == NAME ? pw->pw_name : pw->pw_dir;

	return s && *s ? rq_strdup(s) : NULL;
}

static char *look_up(long uid, int i)
{
	char *text, *found = NULL;

	if (rq_file_read("/etc/passwd", FILE_MAX, &text, NULL, NULL) == RQ_OK) {
		found = rq_passwd_field(text, uid, i);
		rq_free(text);
	}
	return found ? found : ask(uid, i);
}

char *rq_user_name(void)
{
	long uid = (long)geteuid();
	const char *test = getenv("RELAYQ_TEST_USER");
	char *name = test ? rq_strdup(test) : look_up(uid, NAME);

	if (name)
		return name;
	return rq_fmt("uid%ld", uid);
}

char *rq_user_home(void)
{
	return look_up((long)getuid(), HOME);
}
