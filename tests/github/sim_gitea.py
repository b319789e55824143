"""The routes of Gitea and Forgejo under /api/v1, where they differ from GitHub's: nearly everywhere."""
import base64
import json
import re
from urllib.parse import urlencode

import sim_default
import sim_github
import sim_shapes as shapes
from sim_app import Answer, ranged
from sim_github import find_job, find_run, find_workflow, number_of, pattern_of, scope_of
from sim_repos import files_at
from sim_shapes import Raw, iso
from sim_things import Problem

ROUTES = []
NEVER = "1970-01-01T00:00:00Z"
VERSIONS = {"gitea": "28.0.0", "forgejo": "16.0.0+gitea-1.22.0"}


def version_of(sim, request):
    return sim.options.forge_version or VERSIONS[request.dialect.kind]


def numbers(text):
    return tuple(int(n) for n in re.findall(r"\d+", text.split("+")[0])[:2])


def route(method, text, gitea=None, forgejo=None, write=False):
    """gitea, forgejo: the first version that has it; None: none has."""
    def add(function):
        def call(sim, request, *groups):
            since = {"gitea": gitea, "forgejo": forgejo}[request.dialect.kind]
            if since is None or numbers(version_of(sim, request)) < numbers(since):
                raise Problem(404, "Not Found")
            groups = [int(g) if g and g.isdigit() else g for g in groups]
            if text.startswith("{"):
                groups[0] = scope_of(sim, request, str(groups[0]))
                allow(sim, request, getattr(groups[0], "private", True), write)
            return function(sim, request, *groups)
        ROUTES.append((method, pattern_of(text), call))
        return function
    return add


def allow(sim, request, private, write):
    if request.token is None:
        if private:
            raise Problem(404, "The target couldn't be found.")
        if write:
            raise Problem(401, "token is required")
    name = "write:repository" if write else "read:repository"
    if name in sim.denied or name[6 if write else 5:] in sim.denied:
        raise Problem(403, "token does not have at least one of required scope(s), required=[%s]" % name)


def page(request, items, key, render):
    """By `limit` and `page`; per_page is not known here."""
    size = min(max(number_of(request, "limit", 30), 1), 50)
    number = max(number_of(request, "page", 1), 1)
    last = max(1, -(-len(items) // size))
    body = "[%s]" % ", ".join(json.dumps(render(item)) for item in items[(number - 1) * size:number * size])
    if key:
        body = '{"total_count": %d, "%s": %s}' % (len(items), key, body)
    out = []
    for rel, value in (("next", number + 1), ("last", last), ("first", 1), ("prev", number - 1)):
        if 1 <= value <= last and (value > number if rel in ("next", "last") else value < number):
            query = urlencode([(k, v) for k, v in request.pairs if k != "page"] + [("page", value)])
            out.append('<%s%s?%s>; rel="%s"' % (request.dialect.base, request.route, query, rel))
    headers = [("X-Total-Count", str(len(items)))] + ([("Link", ",".join(out))] if out else [])
    return Answer(200, Raw(body), headers)


def forgejo_is(request):
    return request.dialect.kind == "forgejo"


def person(request, login):
    number = shapes.user("", login)["id"] % 1000
    return {"id": number, "login": login, "login_name": "", "full_name": "", "email": login + "@example.com",
            "username": login, "html_url": "http://forge.example.com/" + login}


def repo_json(request, repo):
    return {"id": repo.id, "owner": person(request, repo.owner), "name": repo.name, "full_name": repo.full_name,
            "private": repo.private, "archived": repo.archived, "default_branch": repo.default_branch,
            "html_url": "http://forge.example.com/" + repo.full_name, "has_actions": True,
            "clone_url": "http://forge.example.com/%s.git" % repo.full_name,
            "permissions": dict({"admin": True, "push": True, "pull": True}, **repo.permissions)}


# --- runs ---------------------------------------------------------------------------------------

def status_of(sim, request, thing):
    """(status, conclusion) in the words of this forge and version; one word alone in Forgejo."""
    if forgejo_is(request):
        if thing.status == "completed":
            return {"timed_out": "failure"}.get(thing.conclusion, thing.conclusion), None
        return {"queued": "waiting", "in_progress": "running"}.get(thing.status, "blocked"), None
    if thing.status == "completed":
        return "completed", {"timed_out": "failure"}.get(thing.conclusion, thing.conclusion)
    if thing.status in ("pending", "waiting"):
        return thing.status if numbers(version_of(sim, request)) >= (28,) else "waiting", None
    return thing.status, None


def begun(thing):
    return iso(thing.started) if thing.status in ("in_progress", "completed") else NEVER


def run_json(sim, request, run):
    status, conclusion = status_of(sim, request, run)
    html = "http://forge.example.com/%s/actions/runs/%d" % (run.repo.full_name, run.number)
    if forgejo_is(request):
        going = run.status in ("in_progress", "completed")
        length = (run.updated - run.started if run.status == "completed" else 0) * 1e9
        return {"id": run.id, "title": run.title, "repository": repo_json(request, run.repo), "workflow_id": run.workflow.file,
                "index_in_repo": run.number, "trigger_user": person(request, run.actor), "prettyref": run.ref,
                "is_ref_deleted": False, "commit_sha": run.sha, "is_fork_pull_request": False, "need_approval": False,
                "approved_by": 0, "event": run.event, "event_payload": "{}", "trigger_event": run.event, "status": status,
                "started": iso(run.started) if going else NEVER, "stopped": iso(run.updated) if run.status ==
                "completed" else NEVER, "created": iso(run.created), "updated": iso(run.updated),
                "duration": int(length), "html_url": html}
    url = "%s/repos/%s/actions/runs/%d" % (request.dialect.base, run.repo.full_name, run.id)
    out = {"id": run.id, "url": url, "html_url": html, "display_title": run.title, "event": run.event,
           "path": "%s@refs/heads/%s" % (run.workflow.file, run.ref), "run_attempt": run.attempt,
           "run_number": run.number, "head_sha": run.sha, "head_branch": run.ref, "status": status,
           "started_at": begun(run), "completed_at": iso(run.updated) if conclusion else NEVER,
           "actor": person(request, run.actor), "trigger_actor": person(request, run.triggering_actor),
           "repository": repo_json(request, run.repo), "head_repository": repo_json(request, run.repo),
           "repository_id": run.repo.id}
    if conclusion:
        out["conclusion"] = conclusion
    if numbers(version_of(sim, request)) >= (28,):
        out.update({"created_at": iso(run.created), "updated_at": iso(run.updated), "jobs_url": url + "/jobs",
                    "logs_url": url + "/logs", "artifacts_url": url + "/artifacts", "cancel_url": url + "/cancel",
                    "rerun_url": url + "/rerun", "previous_attempt_url": None, "pull_requests": []})
    return out


GITEA_STATUS = ("pending", "queued", "in_progress", "failure", "success", "skipped", "cancelled", "waiting", "completed",
                "requested", "running", "blocked", "unknown")


def list_runs(sim, request, runs):
    wanted = [v for k, v in request.pairs if k in ("status", "status[]")]
    if [v for v in wanted if v not in GITEA_STATUS]:
        raise Problem(400, "invalid status: %s" % wanted)

    def fits(run):
        query = request.query
        if wanted and not set(status_of(sim, request, run)) & set(wanted):
            return False
        return (query.get("event") in (None, "", run.event) and query.get("branch") in (None, "", run.ref) and
                query.get("head_sha") in (None, "", run.sha) and query.get("actor") in (None, "", run.actor) and
                query.get("run_number") in (None, "", str(run.number)) and
                query.get("workflow_id") in (None, "", run.workflow.file))
    found = [run for run in reversed(list(runs)) if fits(run)]
    return page(request, found, "workflow_runs", lambda run: run_json(sim, request, run))


@route("GET", "{repo}/actions/runs", "1.25", "15.0")
def get_runs(sim, request, repo):
    return list_runs(sim, request, repo.runs.values())


@route("GET", "{org}/actions/runs", "1.25")
def get_org_runs(sim, request, org):
    return list_runs(sim, request, [r for r in sim.world.runs.values() if r.repo.owner.lower() == org.login.lower()])


@route("GET", "{repo}/actions/workflows/{name}/runs", "1.26")
def get_workflow_runs(sim, request, repo, key):
    workflow = find_workflow(repo, key)
    return list_runs(sim, request, [r for r in repo.runs.values() if r.workflow is workflow])


@route("GET", "{repo}/actions/runs/{n}", "1.25", "15.0")
def get_run(sim, request, repo, number):
    return Answer(200, run_json(sim, request, find_run(repo, number)))


@route("DELETE", "{repo}/actions/runs/{n}", "1.25", "16.0", write=True)
def delete_run(sim, request, repo, number):
    run = find_run(repo, number)
    if run.status != "completed":
        raise Problem(500 if forgejo_is(request) else 400, "this workflow run is not done")
    sim.world.forget(run)
    return Answer(204)


@route("POST", "{repo}/actions/runs/{n}/cancel", "28.0", "16.0", write=True)
def cancel(sim, request, repo, number):
    run = find_run(repo, number)
    if forgejo_is(request):
        if run.status != "completed":
            sim.world.cancel(run)
        return Answer(204)
    sim.world.cancel(run)
    return Answer(200, run_json(sim, request, run))


@route("POST", "{repo}/actions/runs/{n}/force-cancel", "28.0", write=True)
def force_cancel(sim, request, repo, number):
    run = find_run(repo, number)
    sim.world.cancel(run, force=True)
    return Answer(200, run_json(sim, request, run))


def again(sim, run, which):
    if run.status != "completed":
        raise Problem(409, "this workflow run is not done")
    sim.world.rerun(run, which)


@route("POST", "{repo}/actions/runs/{n}/rerun", "1.26", write=True)
def rerun(sim, request, repo, number):
    run = find_run(repo, number)
    again(sim, run, lambda plan: True)
    return Answer(201, run_json(sim, request, run))


@route("POST", "{repo}/actions/runs/{n}/rerun-failed-jobs", "1.26", write=True)
def rerun_failed(sim, request, repo, number):
    run = find_run(repo, number)
    if run.conclusion not in ("failure", "cancelled", "timed_out"):
        raise Problem(400, "no failed jobs to rerun")
    again(sim, run, lambda plan: plan.job and plan.job.conclusion in ("failure", "cancelled"))
    return Answer(201, b"")


@route("POST", "{repo}/actions/runs/{n}/jobs/{n}/rerun", "1.26", write=True)
def rerun_job(sim, request, repo, number, job_id):
    run = find_run(repo, number)
    job = find_job(sim, repo, job_id)
    again(sim, run, lambda plan: plan.job is job)
    return Answer(201, job_json(sim, request, job))


@route("POST", "{repo}/actions/runs/{n}/approve", "28.0", write=True)
def approve(sim, request, repo, number):
    run = find_run(repo, number)
    if run.conclusion != "action_required":
        raise Problem(409, "this workflow run does not need approval")
    sim_github.let_in(sim, run)
    return Answer(200, run_json(sim, request, run))


# --- jobs and logs ------------------------------------------------------------------------------

def job_json(sim, request, job):
    status, conclusion = status_of(sim, request, job)
    repo = "%s/repos/%s" % (request.dialect.base, job.run.repo.full_name)
    if forgejo_is(request):
        return {"id": job.id, "run_id": job.run.id, "attempt": job.attempt, "handle": "job%d" % job.id,
                "repo_id": job.run.repo.id, "owner_id": 1, "name": job.name, "needs": job.plan.needs,
                "runs_on": job.labels, "task_id": job.id % 100000 if job.runner_id else 0, "status": status}
    steps = []
    for number, step in enumerate(s for s in job.steps if s.kind == "main"):
        word, result = status_of(sim, request, step)
        one = {"name": step.name, "number": number, "status": word, "started_at": begun(step),
               "completed_at": iso(step.completed) or NEVER}
        steps.append(dict(one, conclusion=result) if result else one)
    out = {"id": job.id, "url": "%s/actions/jobs/%d" % (repo, job.id), "run_id": job.run.id, "name": job.name,
           "html_url": "http://forge.example.com/%s/actions/runs/%d/jobs/%d" % (
               job.run.repo.full_name, job.run.number, job.id),
           "run_url": "%s/actions/runs/%d" % (repo, job.run.id), "labels": job.labels, "run_attempt": job.attempt,
           "head_sha": job.run.sha, "head_branch": job.run.ref, "status": status, "steps": steps,
           "created_at": iso(job.created), "started_at": begun(job), "completed_at": iso(job.completed) or NEVER,
           "runner_id": job.runner_id or 0, "runner_name": job.runner_name or ""}
    if conclusion:
        out["conclusion"] = conclusion
    return out


@route("GET", "{repo}/actions/runs/{n}/jobs", "1.25", "16.0")
def get_jobs(sim, request, repo, number):
    jobs = find_run(repo, number).current()
    return page(request, jobs, None if forgejo_is(request) else "jobs", lambda job: job_json(sim, request, job))


@route("GET", "{repo}/actions/jobs/{n}", "1.25", "17.0")
def get_job(sim, request, repo, number):
    return Answer(200, job_json(sim, request, find_job(sim, repo, number)))


@route("GET", "{scope}/actions/jobs", "1.25")
def scope_jobs(sim, request, scope):
    wanted = [v for k, v in request.pairs if k == "status"]
    found = [job for job in waiting_and_more(sim, scope) if not wanted or status_of(sim, request, job)[0] in wanted]
    return page(request, found, "jobs", lambda job: job_json(sim, request, job))


@route("GET", "{scope}/actions/runners/jobs", None, "15.0")
def runner_jobs(sim, request, scope):
    asked = {name.strip().lower() for name in request.query.get("labels", "").split(",") if name.strip()}
    found = [job for job in waiting_and_more(sim, scope) if job.status == "queued" and
             (not asked or {name.lower() for name in job.labels} <= asked)]
    return page(request, found, None, lambda job: job_json(sim, request, job))


def waiting_and_more(sim, scope):
    repos = [scope] if hasattr(scope, "full_name") else \
        [r for r in sim.world.repos.values() if r.owner.lower() == scope.login.lower()]
    return [job for repo in repos for run in repo.runs.values() for job in run.jobs]


@route("GET", "{repo}/actions/jobs/{n}/logs", "1.25", "16.0")
def job_logs(sim, request, repo, number):
    """Served at once, also while the job runs, and in parts."""
    job = find_job(sim, repo, number)
    if job.run.logs_deleted:
        raise Problem(404, "logs have been cleaned up")
    if not job.steps:
        raise Problem(404, "job not started")
    text = shapes.job_log(job, sim.world.now, bom=False)
    return ranged(request, text, "text/plain; charset=utf-8")


@route("GET", "{repo}/actions/runs/{n}/logs", "28.0", "16.0")
def run_logs(sim, request, repo, number):
    run = find_run(repo, number)
    return Answer(200, shapes.run_log_zip(run, run.current(), sim.world.now), kind="application/zip")


# --- artifacts ----------------------------------------------------------------------------------

@route("GET", "{repo}/actions/runs/{n}/artifacts", "1.25", "16.0")
def artifacts(sim, request, repo, number):
    return page(request, find_run(repo, number).artifacts, None if forgejo_is(request) else "artifacts",
                lambda a: shapes.artifact_json(request.dialect.base, a, sim.world.now))


@route("GET", "{repo}/actions/artifacts/{n}/zip", "1.25", "16.0")
def artifact_zip(sim, request, repo, number):
    artifact = sim_github.find_artifact(sim, repo, number)
    if shapes.is_expired(artifact, sim.world.now):
        raise Problem(404, "artifact has expired")
    data = shapes.artifact_zip(artifact)
    if forgejo_is(request):
        return Answer(200, data, kind="application/zip")
    return Answer(302, None, [("Location", sim.signed("artifacts/%d.zip" % number, data, "application/zip"))])


# --- workflows ----------------------------------------------------------------------------------

def workflow_json(request, workflow):
    out = shapes.workflow_json(request.dialect.base, workflow)
    out.update(id=workflow.file, url="%s/repos/%s/actions/workflows/%s" % (
        request.dialect.base, workflow.repo.full_name, workflow.file))
    return out


@route("GET", "{repo}/actions/workflows", "1.25")
def workflows(sim, request, repo):
    found = list(repo.workflows.values())
    return Answer(200, {"total_count": len(found), "workflows": [workflow_json(request, w) for w in found]})


@route("GET", "{repo}/actions/workflows/{name}", "1.25")
def workflow(sim, request, repo, key):
    return Answer(200, workflow_json(request, find_workflow(repo, key)))


@route("PUT", "{repo}/actions/workflows/{name}/enable", "1.25", write=True)
def enable(sim, request, repo, key):
    find_workflow(repo, key).state = "active"
    return Answer(204)


@route("PUT", "{repo}/actions/workflows/{name}/disable", "1.25", write=True)
def disable(sim, request, repo, key):
    find_workflow(repo, key).state = "disabled_manually"
    return Answer(204)


@route("POST", "{repo}/actions/workflows/{name}/dispatches", "1.25", "15.0", write=True)
def dispatch(sim, request, repo, key):
    body = request.json if isinstance(request.json, dict) else {}
    one = find_workflow(repo, key)
    ref = repo.branch_of(body.get("ref") or "")
    if not body.get("ref"):
        raise Problem(422, "[Ref]: Required")
    inputs = body.get("inputs") or {}
    if ref is None:
        raise Problem(404, "ref %s not found" % body["ref"])
    if not isinstance(inputs, dict) or not all(isinstance(v, str) for v in inputs.values()):
        raise Problem(422, "inputs must be strings")
    spec = one.at(ref)
    if one.state != "active" or "workflow_dispatch" not in spec.get("on", ["workflow_dispatch"]):
        raise Problem(422, "workflow %s has no workflow_dispatch event or is disabled" % one.file)
    for name, item in spec.get("inputs", {}).items():
        if item.get("required") and "default" not in item and not inputs.get(name):
            raise Problem(422, "input %s is required" % name)
    run = sim.world.start_run(repo, one, "workflow_dispatch", ref, {k: v for k, v in inputs.items()
                                                                 if k in spec.get("inputs", {})})
    if forgejo_is(request):
        if not body.get("return_run_info"):
            return Answer(204)
        return Answer(201, {"id": run.id, "run_number": run.number, "jobs": [plan.key for plan in run.plans]})
    if request.query.get("return_run_details") != "true" or numbers(version_of(sim, request)) < (1, 26):
        return Answer(204)
    made = run_json(sim, request, run)
    return Answer(200, {"workflow_run_id": run.id, "run_url": made["url"], "html_url": made["html_url"]})


# --- runners ------------------------------------------------------------------------------------

def runner_json(sim, request, one):
    busy = one.busy(sim.world.now)
    if forgejo_is(request):
        return {"id": one.id, "uuid": "c0ffee00-0000-4000-8000-%012d" % one.id, "name": one.name,
                "description": one.description, "version": "v9.1.0", "labels": [label["name"] for label in one.labels],
                "status": "offline" if not one.online else "active" if busy else "idle", "ephemeral": one.ephemeral,
                "owner_id": 0, "repo_id": one.scope.id}
    return {"id": one.id, "name": one.name, "status": "online" if one.online else "offline", "busy": busy,
            "disabled": one.disabled, "ephemeral": one.ephemeral,
            "labels": [{"id": i, "name": label["name"], "type": "custom"} for i, label in enumerate(one.labels)]}


@route("GET", "{scope}/actions/runners", "1.25", "15.0")
def runners(sim, request, scope):
    found = list(scope.runners.values())
    if request.query.get("disabled") in ("true", "false"):
        found = [r for r in found if r.disabled == (request.query["disabled"] == "true")]
    return page(request, found, None if forgejo_is(request) else "runners", lambda r: runner_json(sim, request, r))


def find_runner(scope, number):
    if number not in scope.runners:
        raise Problem(404, "Runner not found")
    return scope.runners[number]


@route("GET", "{scope}/actions/runners/{n}", "1.25", "15.0")
def runner(sim, request, scope, number):
    return Answer(200, runner_json(sim, request, find_runner(scope, number)))


@route("DELETE", "{scope}/actions/runners/{n}", "1.25", "15.0", write=True)
def remove_runner(sim, request, scope, number):
    find_runner(scope, number)
    del scope.runners[number]
    return Answer(204)


@route("PATCH", "{scope}/actions/runners/{n}", "1.26", write=True)
def change_runner(sim, request, scope, number):
    one = find_runner(scope, number)
    if not isinstance(request.json, dict) or not isinstance(request.json.get("disabled"), bool):
        raise Problem(422, "[Disabled]: Required")
    one.disabled = request.json["disabled"]
    sim.world.assign()
    return Answer(200, runner_json(sim, request, one))


def given_token(sim, scope):
    import sim_runners
    return sim_runners.token(sim, "register", scope)


@route("POST", "{scope}/actions/runners/registration-token", "1.25", write=True)
def registration_token(sim, request, scope):
    return Answer(200, {"token": given_token(sim, scope)})


@route("GET", "{scope}/actions/runners/registration-token", None, "15.0", write=True)
def old_registration_token(sim, request, scope):
    return Answer(200, {"token": given_token(sim, scope)})


@route("POST", "{scope}/actions/runners", None, "15.0", write=True)
def register(sim, request, scope):
    body = request.json if isinstance(request.json, dict) else {}
    if not body.get("name"):
        raise Problem(422, "[Name]: Required")
    one = sim_default.add_runner(sim.world, scope, {
        "name": body["name"], "description": body.get("description", ""), "online": False,
        "ephemeral": body.get("ephemeral", False), "default_labels": False})
    return Answer(201, {"id": one.id, "uuid": runner_json(sim, request, one)["uuid"], "token": given_token(sim, scope)})


# --- the rest -----------------------------------------------------------------------------------

@route("GET", "/version", "1.0", "1.0")
def version(sim, request):
    return Answer(200, {"version": version_of(sim, request)})


@route("GET", "/user", "1.0", "1.0")
def user(sim, request):
    if request.token is None:
        raise Problem(401, "token is required")
    return Answer(200, person(request, sim.world.user))


@route("GET", "{repo}", "1.0", "1.0")
def get_repo(sim, request, repo):
    return Answer(200, repo_json(request, repo))


@route("GET", "{org}", "1.0", "1.0")
def get_org(sim, request, org):
    return Answer(200, dict(person(request, org.login), name=org.login, id=org.id))


@route("GET", "{org}/repos", "1.0", "1.0")
def org_repos(sim, request, org):
    found = [r for r in sim.world.repos.values() if r.owner.lower() == org.login.lower()]
    return page(request, found, None, lambda repo: repo_json(request, repo))


@route("GET", "/user/repos", "1.0", "1.0")
def user_repos(sim, request):
    return page(request, list(sim.world.repos.values()), None, lambda repo: repo_json(request, repo))


def file_at(repo, request, path):
    ref = repo.name_at(request.query.get("ref") or repo.default_branch)
    files = files_at(repo, ref) if ref else {}
    return files, str(path).strip("/")


@route("GET", "{repo}/contents/{path}", "1.0", "1.0")
def contents(sim, request, repo, path):
    files, path = file_at(repo, request, path)
    if path in files:
        return Answer(200, {"name": path.rpartition("/")[2], "path": path, "sha": shapes.sha(files[path]), "type": "file",
                            "size": len(files[path]), "encoding": "base64",
                            "content": base64.b64encode(files[path].encode()).decode()})
    inside = sorted(name for name in files if name.startswith(path + "/"))
    if not inside:
        raise Problem(404, "The target couldn't be found.")
    return Answer(200, [{"name": name[len(path) + 1:], "path": name, "type": "file", "size": len(files[name]),
                         "encoding": None, "content": None} for name in inside])


@route("GET", "{repo}/raw/{path}", "1.0", "1.0")
def raw(sim, request, repo, path):
    files, path = file_at(repo, request, path)
    if path not in files:
        raise Problem(404, "The target couldn't be found.")
    return Answer(200, files[path].encode(), kind="text/plain; charset=utf-8")


@route("GET", "{repo}/branches", "1.0", "1.0")
def branches(sim, request, repo):
    return page(request, repo.branches, None,
                lambda name: {"name": name, "commit": {"id": repo.sha_of(name)}, "protected": False})
