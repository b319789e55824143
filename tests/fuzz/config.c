/* config.yaml: it parses or says why; an edited file still parses and holds the new value. */
#include "tests/fuzz/fuzz.h"
#include "core/base/yaml.h"
#include "core/model/config.h"
#include "core/model/id.h"
#include "core/model/queues.h"
#include "core/model/remote.h"

static void check_edit(const char *text, const char *name, const char *value)
{
	struct rq_str edited;
	struct rq_config *c = rq_config_new(), *wanted = rq_config_new();

	rq_str_init(&edited, 0);
	if (rq_config_edit(text, name, value, &edited, NULL) == RQ_OK) {
		PROMISE(rq_config_parse(c, "edited", rq_str_get(&edited), edited.len, NULL) ==
			RQ_OK);
		PROMISE(rq_config_set(wanted, name, value, NULL) == RQ_OK);
		PROMISE(rq_eq(rq_config_str(c, name), rq_config_str(wanted, name)));
	}
	rq_str_release(&edited);
	rq_config_free(c);
	rq_config_free(wanted);
}

static void check_queues(const struct rq_config *c)
{
	struct rq_queues *q = rq_queues_new(c, "/etc/fuzz");

	PROMISE(q->n <= RQ_CONFIGURED_QUEUES_MAX);
	for (size_t i = 0; i < q->n; i++) {
		const struct rq_queue_config *one = &q->v[i];

		if (*one->problem)
			continue;
		PROMISE(rq_name_ok(one->name) && *one->host && (one->n_repos || *one->org));
		PROMISE(rq_starts(one->api, "https://") || rq_host_loopback(one->host));
		for (size_t k = 0; k < one->n_runner_hosts; k++)
			PROMISE(*one->runner_hosts[k].ssh != '-' && *one->runner_hosts[k].root == '/');
	}
	rq_queues_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct rq_config *c = rq_config_new();
	struct rq_yaml_doc *doc = NULL;
	struct rq_error e = { 0 };

	if (rq_yaml_parse("fuzz", (const char *)data, size, &doc, &e) != RQ_OK)
		PROMISE(e.msg[0]);
	rq_yaml_free(doc);
	if (rq_config_parse(c, "fuzz", text, strlen(text), NULL) == RQ_OK) {
		check_queues(c);
		check_edit(text, "agent.autostart", "false");
	}
	rq_config_free(c);
	rq_free(text);
	return 0;
}
