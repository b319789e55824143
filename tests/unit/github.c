/* What three forges say, as values: their shapes, what is missing or of the wrong type, and what the faces make of it. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/model/github.h"

static struct rq_arena arena;
static struct rq_gh_page page;
static struct rq_error e;

static int teardown(void **state)
{
	(void)state;
	rq_arena_release(&arena);
	memset(&arena, 0, sizeof arena);
	return 0;
}

#define OF(text) &arena, text, strlen(text)

static struct rq_gh_run *runs(enum rq_forge forge, const char *text)
{
	struct rq_gh_run *v;

	if (rq_gh_runs_parse(OF(text), forge, &v, &page, &e))
		fail_msg("%s", e.msg);
	return v;
}

static struct rq_gh_job *jobs(enum rq_forge forge, const char *text)
{
	struct rq_gh_job *v;

	if (rq_gh_jobs_parse(OF(text), forge, &v, &page, &e))
		fail_msg("%s", e.msg);
	return v;
}

static struct rq_gh_runner *runners(enum rq_forge forge, const char *text)
{
	struct rq_gh_runner *v;

	if (rq_gh_runners_parse(OF(text), forge, &v, &page, &e))
		fail_msg("%s", e.msg);
	return v;
}

static void is_state(enum rq_forge forge, const char *status, const char *conclusion, const char *want)
{
	struct rq_gh_state s = rq_gh_state_of(&arena, forge, status, conclusion);
	const char *is = rq_arena_fmt(&arena, "%s/%s/%s", rq_status_name(s.status), rq_conclusion_name(s.conclusion), s.raw);

	if (strcmp(is, want) != 0)
		fail_msg("%s: %s and %s give %s, not %s", rq_forge_name(forge), status, conclusion, is, want);
}

static void test_states(void **state)
{
	(void)state;
	is_state(RQ_FORGE_GITHUB, "queued", NULL, "queued//");
	is_state(RQ_FORGE_GITHUB, "in_progress", "success", "in_progress//");
	is_state(RQ_FORGE_GITHUB, "completed", "startup_failure", "completed/startup_failure/");
	is_state(RQ_FORGE_GITHUB, "completed", "canceled", "completed/cancelled/");
	is_state(RQ_FORGE_GITHUB, "completed", NULL, "completed//");
	is_state(RQ_FORGE_GITHUB, "completed", "exploded", "completed//exploded");
	is_state(RQ_FORGE_GITHUB, "teleporting", NULL, "pending//teleporting");
	is_state(RQ_FORGE_GITHUB, NULL, "success", "pending//unknown");
	is_state(RQ_FORGE_GITHUB, "action_required", NULL, "completed/action_required/");
	is_state(RQ_FORGE_GITHUB, "waiting", NULL, "waiting//");
	is_state(RQ_FORGE_GITHUB, "running", NULL, "pending//running");
	is_state(RQ_FORGE_GITEA, "waiting", "", "waiting//");
	is_state(RQ_FORGE_GITEA, "completed", "", "completed//");
	is_state(RQ_FORGE_GITEA, "cancelling", "", "in_progress//");
	is_state(RQ_FORGE_FORGEJO, "waiting", NULL, "queued//");
	is_state(RQ_FORGE_FORGEJO, "running", NULL, "in_progress//");
	is_state(RQ_FORGE_FORGEJO, "blocked", NULL, "pending//");
	is_state(RQ_FORGE_FORGEJO, "skipped", NULL, "completed/skipped/");
	is_state(RQ_FORGE_FORGEJO, "unknown", NULL, "pending//unknown");
}

static const char github_run[] =
	"{\"total_count\":7041,\"workflow_runs\":[{\"id\":19283746511,\"name\":\"Transcribe\",\"node_id\":\"x\","
	"\"check_suite_id\":9007199254740,\"head_branch\":\"main\",\"head_sha\":\"deadbeef\","
	"\"path\":\".github/workflows/transcribe.yml@refs/heads/main\",\"run_number\":41,\"run_attempt\":2,"
	"\"event\":\"workflow_dispatch\",\"status\":\"completed\",\"conclusion\":\"failure\",\"workflow_id\":123,"
	"\"html_url\":\"https://example.com/r\",\"created_at\":\"2026-11-20T10:00:00Z\","
	"\"updated_at\":\"2026-11-21T12:05:00Z\",\"run_started_at\":\"2026-11-21T12:00:00.000Z\","
	"\"actor\":{\"login\":\"monalisa\"},\"triggering_actor\":{\"login\":\"hubot\"},"
	"\"repository\":{\"id\":1,\"full_name\":\"acme/media\"},\"head_repository\":null,"
	"\"display_title\":\"episode-41.mp3\"}]}";

static void test_run_of_github(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITHUB, github_run);

	(void)state;
	assert_int_equal(page.n, 1);
	assert_int_equal(page.total, 7041);
	assert_int_equal(r->id, INT64_C(19283746511));
	assert_int_equal(r->check_suite_id, INT64_C(9007199254740));
	assert_int_equal(r->number, 41);
	assert_int_equal(r->attempt, 2);
	assert_string_equal(r->name, "Transcribe");
	assert_string_equal(r->title, "episode-41.mp3");
	assert_string_equal(r->path, ".github/workflows/transcribe.yml");
	assert_string_equal(r->path_ref, "refs/heads/main");
	assert_string_equal(r->workflow, "transcribe");
	assert_string_equal(r->repo, "acme/media");
	assert_string_equal(r->head_repo, "");
	assert_string_equal(r->actor, "monalisa");
	assert_string_equal(r->triggering_actor, "hubot");
	assert_int_equal(r->completed_at - r->started_at, 300000);
	assert_int_equal(r->started_at - r->created_at, 26 * 3600000);
	assert_false(r->need_approval);
}

static void test_run_of_gitea(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITEA,
		"{\"total_count\":1,\"workflow_runs\":[{\"id\":5,\"display_title\":\"fix\",\"path\":\"ci.yaml@refs/heads/m@x\","
		"\"event\":\"push\",\"run_attempt\":0,\"run_number\":3,\"head_sha\":\"aa\",\"head_branch\":\"m@x\","
		"\"status\":\"queued\",\"conclusion\":\"\",\"started_at\":\"1970-01-01T00:00:00Z\","
		"\"completed_at\":\"0001-01-01T00:00:00Z\",\"trigger_actor\":{\"login\":\"bob\"}}]}");

	(void)state;
	assert_string_equal(r->workflow, "ci");
	assert_string_equal(r->path_ref, "refs/heads/m@x");
	assert_string_equal(r->name, "");
	assert_int_equal(r->attempt, 1);
	assert_int_equal(r->created_at, 0);
	assert_int_equal(r->started_at, 0);
	assert_int_equal(r->completed_at, 0);
	assert_string_equal(r->triggering_actor, "bob");
}

static void test_run_of_forgejo(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_FORGEJO,
		"{\"total_count\":2,\"workflow_runs\":[{\"id\":8,\"title\":\"Test it\",\"workflow_id\":\"test.yml\","
		"\"index_in_repo\":12,\"trigger_user\":{\"login\":\"ann\"},\"prettyref\":\"main\",\"commit_sha\":\"bb\","
		"\"event\":\"push\",\"status\":\"success\",\"started\":\"2026-11-20T10:00:00+01:00\","
		"\"stopped\":\"2026-11-20T10:00:09+01:00\",\"created\":\"2026-11-20T09:59:00+01:00\","
		"\"updated\":\"2026-11-20T10:00:09+01:00\",\"duration\":9000000000,\"html_url\":\"u\"},"
		"{\"id\":9,\"title\":\"\",\"status\":\"blocked\",\"need_approval\":true,\"workflow_id\":\"fork.yml\"}]}");
	struct rq_job j;

	(void)state;
	assert_string_equal(r->workflow, "test");
	assert_int_equal(r->workflow_id, 0);
	assert_int_equal(r->number, 12);
	assert_string_equal(r->branch, "main");
	assert_string_equal(r->sha, "bb");
	assert_string_equal(r->actor, "ann");
	assert_int_equal(r->state.conclusion, RQ_CONCLUSION_SUCCESS);
	assert_int_equal(r->completed_at - r->started_at, 9000);
	assert_true(r[1].need_approval);
	assert_int_equal(r[1].state.status, RQ_STATUS_WAITING);
	assert_string_equal(r[1].title, "fork");
	rq_gh_run_to_job(&arena, "git", RQ_FORGE_FORGEJO, &r[1], NULL, 0, &j);
	assert_string_equal(j.reason, RQ_WHY_APPROVAL);
}

static const char job_text[] =
	"{\"total_count\":1,\"jobs\":[{\"id\":77,\"run_id\":5,\"run_attempt\":1,\"name\":\"build (a, b)\","
	"\"status\":\"in_progress\",\"conclusion\":null,\"created_at\":\"2026-11-20T10:00:00Z\","
	"\"started_at\":\"2026-11-20T10:00:05Z\",\"completed_at\":null,\"labels\":[\"self-hosted\",\"GPU\",\"gpu\",7],"
	"\"runner_id\":3,\"runner_name\":\"macmini\",\"runner_group_id\":1,\"runner_group_name\":\"Default\",\"steps\":["
	"{\"name\":\"Set up job\",\"number\":1,\"status\":\"completed\",\"conclusion\":\"success\","
	"\"started_at\":\"2026-11-20T10:00:05.000Z\",\"completed_at\":\"2026-11-20T10:00:04.000Z\"},"
	"{\"name\":\"Run it\",\"number\":6,\"status\":\"in_progress\",\"conclusion\":null},"
	"{\"name\":\"Post it\",\"number\":11,\"status\":\"queued\",\"conclusion\":null,"
	"\"started_at\":\"2026-11-20T10:00:05.000Z\"}]}]}";

static void test_job_of_github(void **state)
{
	struct rq_gh_job *j = jobs(RQ_FORGE_GITHUB, job_text);
	struct rq_str s = { 0 };

	(void)state;
	assert_int_equal(j->id, 77);
	assert_int_equal(j->runner_id, 3);
	assert_string_equal(j->runner_group, "Default");
	rq_labels_text(&j->labels, &s);
	assert_string_equal(rq_str_get(&s), "gpu,self-hosted");
	rq_str_release(&s);
	assert_int_equal(j->n_steps, 3);
	assert_int_equal(j->steps[1].number, 6);
	assert_int_equal(j->steps[0].completed_at, j->steps[0].started_at);
	assert_int_equal(j->steps[2].started_at, 0);
}

/* GitHub gives what waits a start, and the runner's fields as null, 0 or "". */
static void test_job_that_waits(void **state)
{
	struct rq_gh_job *j = jobs(RQ_FORGE_GITHUB,
		"{\"jobs\":[{\"id\":1,\"run_id\":2,\"name\":\"a\",\"status\":\"queued\",\"started_at\":\"2026-11-20T10:00:05Z\","
		"\"created_at\":\"2026-11-20T10:00:05Z\",\"runner_id\":0,\"runner_name\":\"\",\"runner_group_id\":null,"
		"\"steps\":[],\"labels\":[]},"
		"{\"id\":2,\"run_id\":2,\"name\":\"b\",\"status\":\"completed\",\"conclusion\":\"skipped\","
		"\"started_at\":\"2026-11-20T10:00:05Z\",\"completed_at\":\"2026-11-20T10:00:04Z\",\"runner_name\":null}]}");

	(void)state;
	assert_int_equal(page.total, 2);
	assert_int_equal(j[0].started_at, 0);
	assert_true(j[0].created_at > 0);
	assert_int_equal(j[0].runner_id, 0);
	assert_int_equal(j[0].runner_group_id, 0);
	assert_string_equal(j[0].runner_name, "");
	assert_string_equal(j[1].runner_name, "");
	assert_int_equal(j[1].completed_at, j[1].started_at);
	assert_int_equal(j[1].labels.n, 0);
}

static void test_job_of_forgejo(void **state)
{
	struct rq_gh_job *j = jobs(RQ_FORGE_FORGEJO,
		"[{\"id\":4,\"run_id\":8,\"attempt\":3,\"handle\":\"h\",\"name\":\"test\",\"needs\":null,"
		"\"runs_on\":[\"docker\"],\"task_id\":0,\"status\":\"running\"}]");

	(void)state;
	assert_int_equal(page.n, 1);
	assert_int_equal(j->attempt, 3);
	assert_int_equal(j->state.status, RQ_STATUS_IN_PROGRESS);
	assert_string_equal(j->labels.v[0], "docker");
	assert_int_equal(j->started_at, 0);
	jobs(RQ_FORGE_FORGEJO, "null");
	assert_int_equal(page.n, 0);
}

static void test_runners(void **state)
{
	struct rq_gh_runner *r = runners(RQ_FORGE_GITHUB,
		"{\"total_count\":2,\"runners\":[{\"id\":23,\"runner_group_id\":1,\"name\":\"macmini\",\"os\":\"macOS\","
		"\"status\":\"online\",\"busy\":true,\"ephemeral\":false,\"version\":\"2.336.0\",\"labels\":["
		"{\"id\":5,\"name\":\"self-hosted\",\"type\":\"read-only\"},{\"id\":7,\"name\":\"ARM64\",\"type\":\"read-only\"},"
		"{\"id\":20,\"name\":\"Audio\",\"type\":\"custom\"}]},"
		"{\"id\":24,\"name\":\"new\",\"os\":\"unknown\",\"status\":\"offline\",\"busy\":false,\"version\":null,"
		"\"labels\":null}]}");
	struct rq_runner out;

	(void)state;
	assert_true(r[0].online && r[0].busy);
	assert_int_equal(r[0].group_id, 1);
	assert_true(r[0].labels[0].read_only);
	assert_false(r[0].labels[2].read_only);
	assert_string_equal(r[0].labels[2].name, "Audio");
	assert_string_equal(r[1].os, "");
	assert_string_equal(r[1].version, "");
	assert_false(r[1].online);
	rq_gh_runner_to_runner(&arena, "media", &r[0], &out);
	assert_string_equal(out.arch, "arm64");
	assert_string_equal(out.labels.v[1], "audio");
	assert_int_equal(out.running, 1);
	assert_int_equal(out.id, 23);
	assert_int_equal(out.cpu_cores, -1);
}

static void test_runners_of_others(void **state)
{
	struct rq_gh_runner *r = runners(RQ_FORGE_GITEA,
		"{\"total_count\":1,\"runners\":[{\"id\":1,\"name\":\"a\",\"status\":\"online\",\"busy\":false,\"disabled\":true,"
		"\"ephemeral\":true,\"labels\":[{\"id\":0,\"name\":\"ubuntu\",\"type\":\"custom\"}]}]}");
	struct rq_runner out;

	(void)state;
	assert_true(r->disabled && r->ephemeral);
	rq_gh_runner_to_runner(&arena, "git", r, &out);
	assert_int_equal(out.drain, RQ_DRAIN_DRAINED);
	r = runners(RQ_FORGE_FORGEJO, "[{\"id\":1,\"uuid\":\"u\",\"name\":\"a\",\"version\":\"v9\",\"labels\":[\"docker\"],"
				      "\"status\":\"active\"},{\"id\":2,\"name\":\"b\",\"status\":\"idle\"},"
				      "{\"id\":3,\"name\":\"c\",\"status\":\"offline\"}]");
	assert_true(r[0].online && r[0].busy && !r[1].busy && r[1].online && !r[2].online);
	assert_string_equal(r[0].labels[0].name, "docker");
}

/* Items of the wrong shape are left out; the rest of the page is used. */
static void test_wrong_items(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITHUB,
		"{\"total_count\":\"many\",\"workflow_runs\":[null,1,\"x\",[],{},{\"id\":null},{\"id\":-4},{\"id\":1e300},"
		"{\"id\":9007199254740993},{\"id\":\"12 \"},{\"id\":0},{\"id\":\"19283746512\"},"
		"{\"id\":2.0,\"name\":7,\"status\":[],\"path\":{},\"actor\":\"x\",\"run_attempt\":\"no\","
		"\"created_at\":12,\"repository\":[],\"run_number\":true}]}");

	(void)state;
	assert_int_equal(page.n, 2);
	assert_int_equal(page.skipped, 11);
	assert_int_equal(page.total, 13);
	assert_int_equal(r[0].id, INT64_C(19283746512));
	assert_int_equal(r[1].id, 2);
	assert_int_equal(r[1].attempt, 1);
	assert_string_equal(r[1].title, "run 2");
	assert_string_equal(r[1].state.raw, "unknown");
}

static void no_list(const char *text, const char *why)
{
	struct rq_gh_run *v;

	assert_int_equal(rq_gh_runs_parse(OF(text), RQ_FORGE_GITHUB, &v, &page, &e), RQ_EUNREACHABLE);
	assert_int_equal(page.n, 0);
	if (!strstr(e.msg, why))
		fail_msg("said: %s; wanted: %s", e.msg, why);
}

static void test_wrong_answers(void **state)
{
	(void)state;
	no_list("", "cannot be read");
	no_list("<html>", "cannot be read");
	no_list("{\"workflow_runs\":[{\"id\":1},", "asked for runs");
	no_list("{\"workflow_runs\":{}}", "something else");
	no_list("{\"workflow_runs\":\"\"}", "something else");
	no_list("{}", "something else");
	no_list("7", "something else");
	no_list("null", "something else");
}

static void test_long_texts(void **state)
{
	struct rq_str s = { 0 };
	struct rq_gh_run *r;

	(void)state;
	rq_str_add(&s, "{\"workflow_runs\":[{\"id\":1,\"display_title\":\"x");
	for (int i = 0; i < 5000; i++)
		rq_str_add(&s, "\xc3\xa9");
	rq_str_add(&s, "\"}]}");
	r = runs(RQ_FORGE_GITHUB, rq_str_get(&s));
	rq_str_release(&s);
	assert_int_equal(strlen(r->title), RQ_GH_TEXT_MAX - 1);
	assert_memory_equal(r->title + RQ_GH_TEXT_MAX - 3, "\xc3\xa9", 2);
}

static void test_endless_list(void **state)
{
	struct rq_str s = { 0 };

	(void)state;
	rq_str_add(&s, "{\"workflow_runs\":[{\"id\":1}");
	for (int i = 0; i < 1500; i++)
		rq_str_add(&s, ",{\"id\":2}");
	rq_str_add(&s, "]}");
	runs(RQ_FORGE_GITHUB, rq_str_get(&s));
	rq_str_release(&s);
	assert_int_equal(page.n, 1000);
	assert_int_equal(page.skipped, 501);
}

/* Of filter=all: what was not run again keeps its earlier result. */
static void test_latest(void **state)
{
	struct rq_gh_job *v = jobs(RQ_FORGE_GITHUB,
		"{\"jobs\":[{\"id\":1,\"run_attempt\":1,\"name\":\"a\"},{\"id\":2,\"run_attempt\":1,\"name\":\"b\"},"
		"{\"id\":3,\"run_attempt\":1,\"name\":\"c\"},{\"id\":4,\"run_attempt\":3,\"name\":\"b\"},"
		"{\"id\":5,\"run_attempt\":2,\"name\":\"b\"},{\"id\":6,\"run_attempt\":1,\"name\":\"c\"}]}");
	size_t n = rq_gh_jobs_latest(v, page.n);

	(void)state;
	assert_int_equal(n, 4);
	assert_int_equal(v[0].id, 1);
	assert_int_equal(v[1].id, 3);
	assert_int_equal(v[2].id, 4);
	assert_int_equal(v[3].id, 6);
	assert_int_equal(rq_gh_jobs_latest(v, 0), 0);
}

static void test_run_as_a_row(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITHUB, github_run);
	struct rq_gh_job *v = jobs(RQ_FORGE_GITHUB, job_text);
	struct rq_run_job rj;
	struct rq_job j;

	(void)state;
	rq_gh_run_to_job(&arena, "media", RQ_FORGE_GITHUB, r, v, 1, &j);
	assert_string_equal(j.id, "media:19283746511");
	assert_string_equal(j.run_id, j.id);
	assert_string_equal(j.name, "episode-41.mp3");
	assert_string_equal(j.type, "transcribe");
	assert_string_equal(j.command, "Transcribe #41, workflow_dispatch on main");
	assert_string_equal(j.runner_name, "macmini");
	assert_int_equal(j.labels.n, 2);
	assert_int_equal(j.step, 2);
	assert_int_equal(j.steps, 3);
	assert_int_equal(j.exit_code, -1);
	assert_string_equal(rq_job_state_text(&j), "failure");
	assert_string_equal(j.url, "https://example.com/r");
	r->name = r->title;
	rq_gh_job_to_job(&arena, "media", RQ_FORGE_GITHUB, r, v, &j);
	assert_string_equal(j.command, "transcribe #41, workflow_dispatch on main");
	assert_string_equal(j.id, "media:19283746511/77");
	assert_string_equal(j.run_id, "media:19283746511");
	assert_string_equal(j.name, "build (a, b)");
	rq_gh_job_to_run_job(&arena, "media", RQ_FORGE_GITHUB, v, &rj);
	assert_string_equal(rj.id, "media:5/77");
	assert_int_equal(rj.n_steps, 3);
	assert_string_equal(rj.steps[1].name, "Run it");
}

static const char *reason_of(enum rq_forge forge, const char *status, const char *conclusion)
{
	struct rq_gh_run *r = runs(forge, rq_arena_fmt(&arena, "{\"workflow_runs\":[{\"id\":1,\"status\":\"%s\","
							       "\"conclusion\":%s}]}", status, conclusion));
	struct rq_job j;

	rq_gh_run_to_job(&arena, "m", forge, r, NULL, 0, &j);
	assert_int_equal(j.labels.n, 0);
	assert_int_equal(j.steps, 1);
	return j.reason;
}

static void test_reasons(void **state)
{
	(void)state;
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "waiting", "null"), RQ_WHY_APPROVAL);
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "pending", "null"), RQ_WHY_GROUP_CONCURRENCY);
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "levitating", "null"), "");
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "queued", "null"), "");
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "completed", "\"action_required\""), RQ_WHY_APPROVAL);
	assert_string_equal(reason_of(RQ_FORGE_GITHUB, "completed", "\"timed_out\""), RQ_WHY_TIMEOUT);
	assert_string_equal(reason_of(RQ_FORGE_GITEA, "waiting", "\"\""), "");
}

/* Several jobs: together their labels, and the runner of the one that runs or ended last. */
static void test_run_of_several_jobs(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITHUB, github_run);
	struct rq_gh_job *v = jobs(RQ_FORGE_GITHUB,
		"{\"jobs\":[{\"id\":1,\"name\":\"a\",\"status\":\"completed\",\"conclusion\":\"success\",\"labels\":[\"x\"],"
		"\"started_at\":\"2026-11-20T10:00:00Z\",\"completed_at\":\"2026-11-20T10:01:00Z\",\"runner_name\":\"r1\"},"
		"{\"id\":2,\"name\":\"b\",\"status\":\"completed\",\"conclusion\":\"success\",\"labels\":[\"y\",\"x\"],"
		"\"started_at\":\"2026-11-20T10:00:00Z\",\"completed_at\":\"2026-11-20T10:02:00Z\",\"runner_name\":\"r2\"},"
		"{\"id\":3,\"name\":\"c\",\"status\":\"completed\",\"conclusion\":\"skipped\",\"labels\":[],"
		"\"started_at\":\"2026-11-20T10:09:00Z\",\"completed_at\":\"2026-11-20T10:09:00Z\"}]}");
	struct rq_job j;

	(void)state;
	rq_gh_run_to_job(&arena, "m", RQ_FORGE_GITHUB, r, v, 3, &j);
	assert_string_equal(j.runner_name, "r2");
	assert_int_equal(j.labels.n, 2);
	v[0].state.status = RQ_STATUS_IN_PROGRESS;
	rq_gh_run_to_job(&arena, "m", RQ_FORGE_GITHUB, r, v, 3, &j);
	assert_string_equal(j.runner_name, "r1");
}

static void test_unknown_states_are_shown(void **state)
{
	struct rq_gh_run *r = runs(RQ_FORGE_GITHUB, "{\"workflow_runs\":[{\"id\":1,\"status\":\"levitating\"},"
						    "{\"id\":2,\"status\":\"completed\",\"conclusion\":\"meh\"}]}");
	struct rq_job j;

	(void)state;
	rq_gh_run_to_job(&arena, "m", RQ_FORGE_GITHUB, &r[0], NULL, 0, &j);
	assert_string_equal(rq_job_state_text(&j), "levitating");
	assert_true(rq_job_active(&j));
	rq_gh_run_to_job(&arena, "m", RQ_FORGE_GITHUB, &r[1], NULL, 0, &j);
	assert_string_equal(rq_job_state_text(&j), "meh");
	assert_false(rq_job_active(&j));
}

static void test_workflows(void **state)
{
	struct rq_gh_workflow *w;
	const char *github = "{\"total_count\":3,\"workflows\":[{\"id\":5,\"name\":\"CI\",\"path\":\".github/workflows/ci.yml\","
			     "\"state\":\"active\"},{\"id\":6,\"name\":\"\",\"path\":\"dynamic/x/y\",\"state\":\"asleep\"},"
			     "{\"id\":7,\"path\":\"\"}]}",
		   *gitea = "{\"workflows\":[{\"id\":\"ci.yaml\",\"name\":\"ci\",\"path\":\".gitea/workflows/ci.yaml\","
			    "\"state\":\"disabled_manually\"}]}";

	(void)state;
	assert_int_equal(rq_gh_workflows_parse(OF(github), RQ_FORGE_GITHUB, &w, &page, &e), RQ_OK);
	assert_int_equal(page.n, 2);
	assert_int_equal(page.skipped, 1);
	assert_string_equal(w[0].file, "ci.yml");
	assert_string_equal(w[0].stem, "ci");
	assert_true(w[0].active);
	assert_string_equal(w[1].name, "y");
	assert_string_equal(w[1].state, "asleep");
	assert_false(w[1].active);
	assert_int_equal(rq_gh_workflows_parse(OF(gitea), RQ_FORGE_GITEA, &w, &page, &e), RQ_OK);
	assert_int_equal(w[0].id, 0);
	assert_string_equal(w[0].file, "ci.yaml");
}

static void test_artifacts(void **state)
{
	const char *text = "{\"total_count\":1,\"artifacts\":[{\"id\":11,\"name\":\"out\",\"size_in_bytes\":556,"
			   "\"expired\":true,\"created_at\":\"2026-01-01T00:00:00Z\",\"expires_at\":null,\"digest\":\"sha256:ab\","
			   "\"workflow_run\":{\"id\":99}},{\"id\":12,\"name\":\"b\",\"size_in_bytes\":-1,\"workflow_run\":null}]}";
	struct rq_gh_artifact *v;

	(void)state;
	assert_int_equal(rq_gh_artifacts_parse(OF(text), RQ_FORGE_GITHUB, &v, &page, &e), RQ_OK);
	assert_int_equal(page.n, 2);
	assert_int_equal(v[0].size, 556);
	assert_int_equal(v[0].run_id, 99);
	assert_true(v[0].expired);
	assert_int_equal(v[0].expires_at, 0);
	assert_int_equal(v[1].size, 0);
	assert_int_equal(v[1].run_id, 0);
}

static void test_pending_deployments(void **state)
{
	const char *text = "[{\"environment\":{\"id\":3,\"name\":\"production\"},\"wait_timer\":30,"
			   "\"wait_timer_started_at\":\"2026-01-01T00:00:00Z\",\"current_user_can_approve\":true,\"reviewers\":["
			   "{\"type\":\"User\",\"reviewer\":{\"login\":\"octocat\"}},"
			   "{\"type\":\"Team\",\"reviewer\":{\"slug\":\"ops\",\"name\":\"Ops team\"}},7]},{\"environment\":null}]";
	struct rq_gh_environment *v;

	(void)state;
	assert_int_equal(rq_gh_pending_parse(OF(text), &v, &page, &e), RQ_OK);
	assert_int_equal(page.n, 1);
	assert_string_equal(v->name, "production");
	assert_int_equal(v->wait_minutes, 30);
	assert_true(v->can_approve);
	assert_int_equal(v->n_reviewers, 2);
	assert_string_equal(v->reviewers[1], "ops");
}

static void test_small_objects(void **state)
{
	const char *group = "{\"total_count\":1,\"runner_groups\":[{\"id\":2.0,\"name\":\"octo\",\"visibility\":\"selected\","
			    "\"default\":false,\"allows_public_repositories\":true,\"restricted_to_workflows\":true}]}",
		   *repo = "{\"id\":1,\"name\":\"media\",\"full_name\":\"acme/media\",\"private\":true,"
			   "\"owner\":{\"login\":\"acme\",\"type\":\"Organization\"},\"default_branch\":\"main\","
			   "\"permissions\":{\"admin\":false,\"push\":true,\"pull\":true}}",
		   *labels = "{\"total_count\":1,\"labels\":[{\"id\":1,\"name\":\"x\",\"type\":\"custom\"}]}";
	struct rq_gh_group *g;
	struct rq_gh_label *l;
	struct rq_gh_repo r;

	(void)state;
	assert_int_equal(rq_gh_groups_parse(OF(group), &g, &page, &e), RQ_OK);
	assert_int_equal(g->id, 2);
	assert_true(g->public_repos && g->restricted && !g->is_default);
	assert_int_equal(rq_gh_repo_parse(OF(repo), &r, &e), RQ_OK);
	assert_true(r.org && r.is_private && r.push && !r.admin);
	assert_string_equal(r.default_branch, "main");
	assert_int_equal(rq_gh_repo_parse(OF("{}"), &r, &e), RQ_EUNREACHABLE);
	assert_int_equal(rq_gh_labels_parse(OF(labels), &l, &page, &e), RQ_OK);
	assert_string_equal(l->name, "x");
}

static void test_dispatched(void **state)
{
	struct rq_gh_dispatched d;

	(void)state;
	assert_int_equal(rq_gh_dispatched_parse(OF(""), &d, &e), RQ_OK);
	assert_int_equal(d.run_id, 0);
	assert_int_equal(rq_gh_dispatched_parse(OF("{\"workflow_run_id\":19283746511,\"run_url\":\"a\",\"html_url\":\"b\"}"),
						&d, &e), RQ_OK);
	assert_int_equal(d.run_id, INT64_C(19283746511));
	assert_string_equal(d.html_url, "b");
	assert_int_equal(rq_gh_dispatched_parse(OF("{\"id\":7,\"run_number\":1,\"jobs\":[\"a\"]}"), &d, &e), RQ_OK);
	assert_int_equal(d.run_id, 7);
	assert_int_equal(rq_gh_dispatched_parse(OF("nonsense"), &d, &e), RQ_EUNREACHABLE);
}

static void test_rate(void **state)
{
	const char *old = "{\"rate\":{\"limit\":60,\"remaining\":59,\"reset\":1700000000}}",
		   *text = "{\"resources\":{\"core\":{\"limit\":5000,\"remaining\":4981,\"reset\":1700000000,\"used\":19}}}";
	struct rq_gh_rate r;

	(void)state;
	assert_int_equal(rq_gh_rate_parse(text, strlen(text), &r, &e), RQ_OK);
	assert_int_equal(r.remaining, 4981);
	assert_int_equal(r.reset_at, INT64_C(1700000000000));
	assert_int_equal(rq_gh_rate_parse(old, strlen(old), &r, &e), RQ_OK);
	assert_int_equal(r.used, 1);
	assert_int_equal(rq_gh_rate_parse("{}", 2, &r, &e), RQ_EUNREACHABLE);
}

static void test_token_and_version(void **state)
{
	struct rq_gh_token t;
	enum rq_forge forge;
	const char *version;

	(void)state;
	assert_int_equal(rq_gh_token_parse(OF("{\"token\":\"AFAKE\",\"expires_at\":\"2026-01-01T01:00:00.000-08:00\"}"), &t, &e),
			 RQ_OK);
	assert_string_equal(t.token, "AFAKE");
	assert_true(t.expires_at > 0);
	assert_int_equal(rq_gh_token_parse(OF("{\"token\":7}"), &t, &e), RQ_EUNREACHABLE);
	assert_int_equal(rq_gh_version_parse(OF("{\"version\":\"1.27.0\"}"), &forge, &version, &e), RQ_OK);
	assert_int_equal(forge, RQ_FORGE_GITEA);
	assert_int_equal(rq_gh_version_parse(OF("{\"version\":\"16.0.0+gitea-1.22.0\"}"), &forge, &version, &e), RQ_OK);
	assert_int_equal(forge, RQ_FORGE_FORGEJO);
	assert_string_equal(version, "16.0.0");
}

static void refused(const char *text, const char *message)
{
	struct rq_gh_refusal r;

	rq_gh_refusal_parse(OF(text), &r);
	assert_string_equal(r.message, message);
}

static void test_refusals(void **state)
{
	struct rq_gh_refusal r;

	(void)state;
	refused("", "");
	refused("{\"message\":\"Not Found\",\"documentation_url\":\"u\",\"status\":\"404\"}", "Not Found");
	refused("{\"message\":\"Validation Failed\",\"errors\":[\"one\",{\"resource\":\"Runner\",\"field\":\"labels\","
		"\"code\":\"invalid\"},{\"code\":\"custom\",\"message\":\"three\"},{},7,{\"code\":\"missing\"}]}",
		"Validation Failed: one; Runner.labels: invalid; three; missing");
	refused("{\"message\":\"Bad\",\"errors\":null}", "Bad");
	refused("{\"message\":\"Unexpected inputs provided: [\\\"x\\\"]\",\"errors\":\"alone\"}",
		"Unexpected inputs provided: [\"x\"]: alone");
	refused("{\"errors\":[\"only\"]}", "only");
	refused("{\"message\":7}", "");
	refused("{\"message\":\"cut", "");
	refused("Service   unavailable.\n\n", "Service unavailable");
	refused("<!DOCTYPE html>\n<html><head><title lang=\"en\">Unicorn! &middot; GitHub</title>", "Unicorn! - GitHub");
	refused("<html><body>502</body>", "");
	refused("{\"message\":\"a\\u001b[31mred\\nline\"}", "ared line");
	rq_gh_refusal_parse(OF("\xef\xbb\xbf<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code>"
			       "<Message>The blob does not exist.\nRequestId:1</Message></Error>"), &r);
	assert_true(r.storage);
	assert_string_equal(r.code, "BlobNotFound");
	assert_string_equal(r.message, "The blob does not exist. RequestId:1");
	rq_gh_refusal_parse(OF("{\"message\":\"You have exceeded a secondary rate limit.\"}"), &r);
	assert_true(r.secondary_limit);
	rq_gh_refusal_parse(OF("{\"message\":\"x\",\"documentation_url\":\"https://e/#about-secondary-rate-limits\"}"), &r);
	assert_true(r.secondary_limit);
	rq_gh_refusal_parse(OF("{\"message\":\"API rate limit exceeded for user ID 1.\"}"), &r);
	assert_false(r.secondary_limit);
}

static void test_forge_names(void **state)
{
	enum rq_forge f;

	(void)state;
	assert_true(rq_forge_parse("Forgejo", &f) && f == RQ_FORGE_FORGEJO);
	assert_false(rq_forge_parse("gitlab", &f));
	assert_string_equal(rq_forge_name(RQ_FORGE_GITEA), "gitea");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_states, teardown),
		cmocka_unit_test_teardown(test_run_of_github, teardown),
		cmocka_unit_test_teardown(test_run_of_gitea, teardown),
		cmocka_unit_test_teardown(test_run_of_forgejo, teardown),
		cmocka_unit_test_teardown(test_job_of_github, teardown),
		cmocka_unit_test_teardown(test_job_that_waits, teardown),
		cmocka_unit_test_teardown(test_job_of_forgejo, teardown),
		cmocka_unit_test_teardown(test_runners, teardown),
		cmocka_unit_test_teardown(test_runners_of_others, teardown),
		cmocka_unit_test_teardown(test_wrong_items, teardown),
		cmocka_unit_test_teardown(test_wrong_answers, teardown),
		cmocka_unit_test_teardown(test_long_texts, teardown),
		cmocka_unit_test_teardown(test_endless_list, teardown),
		cmocka_unit_test_teardown(test_latest, teardown),
		cmocka_unit_test_teardown(test_run_as_a_row, teardown),
		cmocka_unit_test_teardown(test_reasons, teardown),
		cmocka_unit_test_teardown(test_run_of_several_jobs, teardown),
		cmocka_unit_test_teardown(test_unknown_states_are_shown, teardown),
		cmocka_unit_test_teardown(test_workflows, teardown),
		cmocka_unit_test_teardown(test_artifacts, teardown),
		cmocka_unit_test_teardown(test_pending_deployments, teardown),
		cmocka_unit_test_teardown(test_small_objects, teardown),
		cmocka_unit_test_teardown(test_dispatched, teardown),
		cmocka_unit_test_teardown(test_rate, teardown),
		cmocka_unit_test_teardown(test_token_and_version, teardown),
		cmocka_unit_test_teardown(test_refusals, teardown),
		cmocka_unit_test_teardown(test_forge_names, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
