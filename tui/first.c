/* The very first start: one calm line about the three keys that matter, and never again. */
#include <fcntl.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/ui.h"

/* Whether no console was here before. One that cannot leave its mark says nothing: it would say it each time. */
static bool is_first(struct rq_ui *ui)
{
	const char *state = rq_path(ui->rq, "state");
	char *path;
	int fd;

	if (!state)
		return false;
	path = rq_fmt("%s/greeted", state);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rq_free(path);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

void rq_ui_greet(struct rq_ui *ui)
{
	if (ui->greeted || rq_read_only(ui->rq))
		return;
	ui->greeted = true;
	/* An empty list says it itself, and what went wrong comes first. */
	if (is_first(ui) && ui->snap->n_jobs && !rq_messages_now(&ui->status))
		rq_ui_hint(ui, "<submit> submits a job, <keys> lists the keys, <quit> leaves (jobs go on).");
}
