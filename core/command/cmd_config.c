#include <string.h>
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/config.h"
#include "core/sys/paths.h"

enum { FILE_MAX = 1024 * 1024 };

/* The file as it stands, read without a context: a mistake in it must not keep us from mending. */
struct file {
	struct rq_paths paths;
	char *path, *text; /* TEXT "" when there is no file */
	size_t n;
	struct rq_config *config;
};

static int file_init(struct file *f, struct rq_error *e)
{
	int rc = rq_paths_init(&f->paths, e);

	if (rc)
		return rc;
	f->path = rq_path_join(f->paths.config, "config.yaml");
	rc = rq_file_read(f->path, FILE_MAX, &f->text, &f->n, e);
	if (rc == RQ_ENOTFOUND) {
		f->text = rq_strdup("");
		rc = RQ_OK;
	}
	return rc;
}

static void file_release(struct file *f)
{
	rq_config_free(f->config);
	rq_paths_release(&f->paths);
	rq_free(f->path);
	rq_free(f->text);
}

static int file_load(struct file *f, struct rq_error *e)
{
	int rc = file_init(f, e);

	f->config = rq_config_new();
	return rc ? rc : rq_config_parse(f->config, f->path, f->text, f->n, e);
}

static void list_json(struct rq_cmd *cmd, const struct rq_config *c)
{
	struct rq_json *all = rq_json_array(), *j;

	for (size_t i = 0; i < rq_settings_n; i++) {
		j = rq_json_object();
		rq_json_set_str(j, "name", rq_settings[i].name);
		rq_json_set_str(j, "value", rq_config_str(c, rq_settings[i].name));
		rq_json_set_str(j, "default", rq_settings[i].def);
		rq_json_set_str(j, "origin", rq_config_origin(c, rq_settings[i].name));
		rq_json_add(all, j);
	}
	rq_cmd_json(cmd, all);
}

static void list_table(struct rq_cmd *cmd, const struct rq_config *c)
{
	static const char *const columns[] = { "SETTING", "VALUE", "FROM" };
	const char *cells[3];

	cmd->out->table(cmd->out->ud, columns, 3);
	for (size_t i = 0; i < rq_settings_n; i++) {
		cells[0] = rq_settings[i].name;
		cells[1] = rq_cell(cmd, rq_config_str(c, rq_settings[i].name));
		cells[2] = rq_config_origin(c, rq_settings[i].name);
		cmd->out->row(cmd->out->ud, cells);
	}
}

static int list(struct rq_cmd *cmd)
{
	struct file f = { 0 };
	struct rq_error e;
	int status = RQ_EXIT_OK;

	if (file_load(&f, &e))
		status = rq_cmd_error(cmd, &e);
	else if (rq_cmd_on(cmd, "json"))
		list_json(cmd, f.config);
	else
		list_table(cmd, f.config);
	file_release(&f);
	return status;
}

static int get(struct rq_cmd *cmd)
{
	const char *name = rq_cmd_arg(cmd, "SETTING");
	struct file f = { 0 };
	struct rq_error e;
	int status = RQ_EXIT_OK;

	if (file_load(&f, &e) || rq_config_check(name, &e))
		status = rq_cmd_error(cmd, &e);
	else
		rq_cmd_message(cmd, "%s", rq_config_str(f.config, name));
	file_release(&f);
	return status;
}

static int write_file(const struct file *f, const struct rq_str *text, struct rq_error *e)
{
	int rc = rq_mkdirs(f->paths.config, e);

	return rc ? rc : rq_file_write(f->path, rq_str_get(text), text->len, 0600, e);
}

static int set(struct rq_cmd *cmd)
{
	const char *name = rq_cmd_arg(cmd, "SETTING"), *value = rq_cmd_arg(cmd, "VALUE");
	struct file f = { 0 };
	struct rq_error e;
	struct rq_str text;
	int status = RQ_EXIT_OK;

	rq_str_init(&text, 2 * FILE_MAX);
	if (file_init(&f, &e) || rq_config_edit(f.text, name, value, &text, &e) ||
	    write_file(&f, &text, &e))
		status = rq_cmd_error(cmd, &e);
	rq_str_release(&text);
	file_release(&f);
	return status;
}

static int path(struct rq_cmd *cmd)
{
	struct rq_paths paths;
	struct rq_error e;
	char *file;

	if (rq_paths_init(&paths, &e))
		return rq_cmd_error(cmd, &e);
	file = rq_path_join(paths.config, "config.yaml");
	rq_cmd_message(cmd, "%s", file);
	rq_free(file);
	rq_paths_release(&paths);
	return RQ_EXIT_OK;
}

static const struct rq_opt list_opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};
static const struct rq_arg get_args[] = {
	{ "SETTING", RQ_VALUE_SETTING, 0, "the setting's name, such as agent.slots" },
	{ NULL },
};
static const struct rq_arg set_args[] = {
	{ "SETTING", RQ_VALUE_SETTING, 0, "the setting's name, such as agent.slots" },
	{ "VALUE", RQ_VALUE_OF_SETTING, 0, "its new value" },
	{ NULL },
};

const struct rq_command rq_cmd_config = {
	.name = "config",
	.summary = "List all settings, their values and where each comes from",
	.opts = list_opts,
	.flags = RQ_CMD_NO_CONTEXT,
	.exec = list,
};
const struct rq_command rq_cmd_config_get = {
	.name = "config get",
	.summary = "Print the value of one setting",
	.args = get_args,
	.flags = RQ_CMD_NO_CONTEXT,
	.exec = get,
};
const struct rq_command rq_cmd_config_set = {
	.name = "config set",
	.summary = "Change one setting in config.yaml",
	.details =
		"The file keeps its comments and its order. An agent reads it when it starts.",
	.args = set_args,
	.flags = RQ_CMD_NO_CONTEXT | RQ_CMD_WRITES,
	.exec = set,
};
const struct rq_command rq_cmd_config_path = {
	.name = "config path",
	.summary = "Print where config.yaml is or would be",
	.flags = RQ_CMD_NO_CONTEXT,
	.exec = path,
};
