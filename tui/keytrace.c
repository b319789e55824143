/* Which keys were of use: for the test that asks whether every binding is exercised. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/str.h"
#include "tui/keytrace.h"

void rq_keytrace(const struct rq_binding *b)
{
	const char *path = getenv("RELAYQ_TEST_KEYS");
	struct rq_str line;
	int fd;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	rq_str_init(&line, 0);
	rq_str_addf(&line, "%s\t%s\n", rq_view_name(b->view), b->command);
	/* One write a line, so that two consoles do not mix theirs. */
	if (write(fd, rq_str_get(&line), line.len) < 0)
		rq_str_clear(&line);
	rq_str_release(&line);
	close(fd);
}
