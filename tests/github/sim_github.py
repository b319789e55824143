"""The routes of github.com and, under /api/v3, of GitHub Enterprise Server: runs, jobs, logs, workflows, dispatch."""
import json
import re
from urllib.parse import quote, urlencode

import sim_shapes as shapes
from sim_app import Answer
from sim_shapes import Raw
from sim_things import Problem

ROUTES = []
PATTERNS = {"{repo}": r"(/repos/[^/]+/[^/]+|/repositories/\d+)", "{org}": r"(/orgs/[^/]+|/organizations/\d+)",
            "{scope}": r"(/repos/[^/]+/[^/]+|/repositories/\d+|/orgs/[^/]+|/organizations/\d+)",
            "{n}": r"(\d+)", "{name}": r"([^/]+)", "{path}": r"(.+)"}
MAX_INPUTS = {"github": 25, "ghes": 10}


def pattern_of(text):
    for key, value in PATTERNS.items():
        text = text.replace(key, value)
    return re.compile("^%s$" % text)


def route(method, text, *wanted, public=True):
    """A route; its first argument is the repository or organisation when its path begins with one. wanted: permissions
    for a repository; for an organisation, "administration" becomes its own."""
    def add(function):
        scoped = text.startswith(("{repo}", "{org}", "{scope}"))

        def call(sim, request, *groups):
            groups = [int(g) if g and g.isdigit() else g for g in groups]
            if scoped:
                groups[0] = scope_of(sim, request, str(groups[0]))
                private = getattr(groups[0], "private", True) or not public
                org = not hasattr(groups[0], "full_name")
                sim.allow(request, private, *[
                    w.replace("administration", "organization_self_hosted_runners") if org else w for w in wanted])
            return function(sim, request, *groups)
        ROUTES.append((method, pattern_of(text), call))
        return function
    return add


def scope_of(sim, request, path):
    """The repository or organisation that a path begins with; the one that it was renamed to is told by 301."""
    world = sim.world
    kind, _, name = path[1:].partition("/")
    if kind == "repositories":
        found = [r for r in world.repos.values() if r.id == int(name)]
    elif kind == "organizations":
        found = [o for o in world.orgs.values() if o.id == int(name)]
    elif kind == "orgs":
        found = [world.orgs[name.lower()]] if name.lower() in world.orgs else []
    else:
        found = [world.repos[name.lower()]] if name.lower() in world.repos else []
        if not found and name.lower() in world.moved:
            base = "%s/repositories/%d" % (request.dialect.base, world.moved[name.lower()].id)
            rest = request.target[len(request.dialect.prefix + path):]
            raise Problem(301, "Moved Permanently", headers=[("Location", base + rest)], body={"url": base + rest})
    if not found:
        raise Problem(404, "Not Found")
    return found[0]


# --- helpers ------------------------------------------------------------------------------------

def number_of(request, name, default):
    try:
        return int(request.query.get(name, default))
    except ValueError:
        return default


def page(sim, request, scope, items, key, render, cap=None):
    """One page of a list with its Link header; key None: a bare array. cap: so many can be reached, whatever the total."""
    size = min(max(number_of(request, "per_page", 30), 1), 100)
    number = max(number_of(request, "page", 1), 1)
    total = len(items)
    reachable = items[:cap] if cap else items
    part = reachable[(number - 1) * size:number * size]
    texts = [t if isinstance(t, Raw) else json.dumps(t) for t in map(render, part)]
    body = "[%s]" % ", ".join(texts)
    if key:
        body = '{"total_count": %d, "%s": %s}' % (total, key, body)
    return Answer(200, Raw(body), link(request, scope, number, max(1, -(-len(reachable) // size))))


def link(request, scope, number, last):
    """GitHub's own next pages are under /repositories/ID and /organizations/ID."""
    if last <= 1:
        return []
    path = request.raw_path[len(request.dialect.prefix):]
    if scope is not None:
        tail = "/".join(path.split("/")[4 if path.startswith("/repos/") else 3:])
        kind = "repositories" if hasattr(scope, "full_name") else "organizations"
        path = "/%s/%d/%s" % (kind, scope.id, tail)
    out = []
    for rel, value in (("prev", number - 1), ("next", number + 1), ("last", last), ("first", 1)):
        if 1 <= value <= last and not (rel in ("next", "last") and number >= last) and \
                not (rel in ("prev", "first") and number <= 1):
            query = urlencode([(k, v) for k, v in request.pairs if k != "page"] + [("page", value)])
            out.append('<%s%s?%s>; rel="%s"' % (request.dialect.base, path, query, rel))
    return [("Link", ", ".join(out))] if out else []


def body_object(request, allowed, required=()):
    """The body as an object, checked as GitHub checks it against its schema."""
    body = request.json if request.json is not None else {}
    if not isinstance(body, dict):
        raise Problem(422, "Invalid request.\n\nExpected an object.")
    for name in required:
        if name not in body:
            raise Problem(422, 'Invalid request.\n\n"%s" wasn\'t supplied.' % name)
    for name in body:
        if name not in allowed:
            raise Problem(422, 'Invalid request.\n\n"%s" is not a permitted key.' % name)
    return body


def find_run(repo, number):
    if number not in repo.runs:
        raise Problem(404, "Not Found")
    return repo.runs[number]


def find_job(sim, repo, number):
    job = sim.world.jobs.get(number)
    if job is None or job.run.repo is not repo:
        raise Problem(404, "Not Found")
    return job


def find_workflow(repo, key):
    workflow = repo.workflow(str(key))
    if workflow is None or workflow.state == "deleted":
        raise Problem(404, "Not Found")
    return workflow


# --- runs ---------------------------------------------------------------------------------------

RUN_FILTERS = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "skipped", "stale", "success", "timed_out")
STATUSES = ("completed", "in_progress", "queued", "requested", "waiting", "pending")


def created_range(text):
    """The times that a date search means, as first and last second."""
    from calendar import timegm
    from time import strptime

    def at(part, end):
        for form, length in (("%Y-%m-%dT%H:%M:%SZ", 0), ("%Y-%m-%dT%H:%M:%S+00:00", 0), ("%Y-%m-%d", 86399)):
            try:
                return timegm(strptime(part, form)) + (length if end else 0)
            except ValueError:
                continue
        raise Problem(422, "Validation Failed", body={"errors": [
            {"resource": "Search", "field": "created", "code": "invalid", "message": "created: %s" % text}]})
    if ".." in text:
        first, _, last = text.partition("..")
        return (at(first, False) if first != "*" else 0, at(last, True) if last != "*" else 1 << 60)
    for sign, first, last in ((">=", 0, None), ("<=", None, 0), (">", 1, None), ("<", None, -1)):
        if text.startswith(sign):
            when = text[len(sign):]
            return ((at(when, first == 1) + first, 1 << 60) if first is not None else (0, at(when, last == 0) + last))
    return at(text, False), at(text, True)


def run_matches(request, run):
    query = request.query
    status = query.get("status")
    if status and status not in (run.status if status in STATUSES else run.conclusion,):
        return False
    return (query.get("event") in (None, "", run.event) and
            query.get("branch") in (None, "", run.ref) and
            query.get("head_sha") in (None, "", run.sha) and
            query.get("check_suite_id") in (None, "", str(run.id * 2 + 1)) and
            query.get("actor", "").lower() in ("", run.actor.lower()))


def list_runs(sim, request, repo, runs):
    status = request.query.get("status")
    if status and status not in STATUSES + CONCLUSIONS:
        raise Problem(422, "Validation Failed", body={"errors": [
            {"resource": "WorkflowRun", "field": "status", "code": "invalid"}]})
    hidden = sim.world.now - sim.world.settings["list_lag"]
    found = [run for run in reversed(list(runs)) if run_matches(request, run) and
             (run.created <= hidden or sim.world.settings["list_lag"] == 0)]
    if request.query.get("created"):
        first, last = created_range(request.query["created"])
        found = [run for run in found if first <= int(run.created) <= last]
    filtered = any(request.query.get(name) for name in RUN_FILTERS)
    base = request.dialect.base
    return page(sim, request, repo, found, "workflow_runs", lambda r: shapes.run_text(base, r, sim.world),
                1000 if filtered else None)


@route("GET", "{repo}/actions/runs", "actions=read")
def get_runs(sim, request, repo):
    return list_runs(sim, request, repo, repo.runs.values())


@route("GET", "{repo}/actions/workflows/{name}/runs", "actions=read")
def get_workflow_runs(sim, request, repo, key):
    workflow = find_workflow(repo, key)
    return list_runs(sim, request, repo, [r for r in repo.runs.values() if r.workflow is workflow])


@route("GET", "{repo}/actions/runs/{n}", "actions=read")
def get_run(sim, request, repo, number):
    return Answer(200, shapes.run_text(request.dialect.base, find_run(repo, number), sim.world))


@route("DELETE", "{repo}/actions/runs/{n}", "actions=write")
def delete_run(sim, request, repo, number):
    run = find_run(repo, number)
    if run.status != "completed":
        raise Problem(403, "Could not delete the workflow run")
    sim.world.forget(run)
    return Answer(204)


@route("GET", "{repo}/actions/runs/{n}/attempts/{n}", "actions=read")
def get_attempt(sim, request, repo, number, attempt):
    run = find_run(repo, number)
    if not 1 <= attempt <= run.attempt:
        raise Problem(404, "Not Found")
    return Answer(200, shapes.run_text(request.dialect.base, run, sim.world, attempt))


@route("GET", "{repo}/actions/runs/{n}/jobs", "actions=read")
def get_jobs(sim, request, repo, number):
    run = find_run(repo, number)
    jobs = run.all_jobs() if request.query.get("filter") == "all" else run.current()
    return page(sim, request, repo, jobs, "jobs", lambda job: shapes.job_json(request.dialect.base, job))


@route("GET", "{repo}/actions/runs/{n}/attempts/{n}/jobs", "actions=read")
def get_attempt_jobs(sim, request, repo, number, attempt):
    run = find_run(repo, number)
    if not 1 <= attempt <= run.attempt:
        raise Problem(404, "Not Found")
    jobs = [job for job in run.all_jobs() if job.attempt == attempt]
    return page(sim, request, repo, jobs, "jobs", lambda job: shapes.job_json(request.dialect.base, job))


@route("GET", "{repo}/actions/jobs/{n}", "actions=read")
def get_job(sim, request, repo, number):
    return Answer(200, shapes.job_json(request.dialect.base, find_job(sim, repo, number)))


@route("POST", "{repo}/actions/runs/{n}/cancel", "actions=write")
def cancel(sim, request, repo, number):
    sim.world.cancel(find_run(repo, number))
    return Answer(202, {})


@route("POST", "{repo}/actions/runs/{n}/force-cancel", "actions=write")
def force_cancel(sim, request, repo, number):
    sim.world.cancel(find_run(repo, number), force=True)
    return Answer(202, {})


def debug_of(request, *more):
    body = body_object(request, ("enable_debug_logging",) + more)
    if not isinstance(body.get("enable_debug_logging", False), bool):
        raise Problem(422, "Invalid request.\n\nFor 'properties/enable_debug_logging', it is not a boolean.")
    return body.get("enable_debug_logging", False)


@route("POST", "{repo}/actions/runs/{n}/rerun", "actions=write")
def rerun(sim, request, repo, number):
    sim.world.rerun(find_run(repo, number), lambda plan: True, debug_of(request))
    return Answer(201, {})


@route("POST", "{repo}/actions/runs/{n}/rerun-failed-jobs", "actions=write")
def rerun_failed(sim, request, repo, number):
    def failed(plan):
        return (plan.carried or (plan.job and plan.job.conclusion)) in ("failure", "cancelled", "timed_out")
    sim.world.rerun(find_run(repo, number), failed, debug_of(request))
    return Answer(201, {})


@route("POST", "{repo}/actions/jobs/{n}/rerun", "actions=write")
def rerun_job(sim, request, repo, number):
    job = find_job(sim, repo, number)
    if job.attempt != job.run.attempt:
        raise Problem(403, "This job cannot be retried: it is of an earlier attempt")
    sim.world.rerun(job.run, lambda plan: plan.job is job, debug_of(request, "enable_debugger"))
    return Answer(201, {})


def let_in(sim, run):
    """A fork's run may begin."""
    run.status, run.conclusion = "queued", None
    sim.world.unfinished[run.id] = run
    run.touch(sim.world.now)
    sim.world.go_on(run)


@route("POST", "{repo}/actions/runs/{n}/approve", "actions=write")
def approve(sim, request, repo, number):
    run = find_run(repo, number)
    if request.dialect.kind == "ghes":
        raise Problem(404, "Not Found")
    if run.conclusion != "action_required":
        raise Problem(403, "This run is not from a fork pull request or is not waiting for approval")
    let_in(sim, run)
    return Answer(201, {})


# --- logs ---------------------------------------------------------------------------------------

def need_reader(request):
    if request.token is None:
        raise Problem(403, "Must have admin rights to Repository.")


def gone():
    raise Problem(410, "Server Error")


@route("GET", "{repo}/actions/jobs/{n}/logs", "actions=read")
def job_logs(sim, request, repo, number):
    need_reader(request)
    job = find_job(sim, repo, number)
    world = sim.world
    name = "logs/%d.txt" % job.id
    if job.run.logs_deleted:
        gone()
    if job.status == "in_progress":
        return Answer(302, None, [("Location", sim.signed(name))])
    if job.status != "completed" or not job.steps or world.now < job.completed + world.settings["log_lag"]:
        raise Problem(404, "Not Found")
    return Answer(302, None, [("Location", sim.signed(name, lambda: shapes.job_log(job, world.now)))])


def run_logs(sim, request, run, jobs):
    need_reader(request)
    if run.logs_deleted:
        gone()
    if any(job.status != "completed" for job in jobs) or not jobs:
        raise Problem(404, "Not Found")
    name = "logs/%d.zip" % run.id
    return Answer(302, None, [("Location", sim.signed(
        name, lambda: shapes.run_log_zip(run, jobs, sim.world.now), "application/zip"))])


@route("GET", "{repo}/actions/runs/{n}/logs", "actions=read")
def get_run_logs(sim, request, repo, number):
    run = find_run(repo, number)
    if run.status != "completed":
        raise Problem(404, "Not Found")
    return run_logs(sim, request, run, run.current())


@route("GET", "{repo}/actions/runs/{n}/attempts/{n}/logs", "actions=read")
def get_attempt_logs(sim, request, repo, number, attempt):
    run = find_run(repo, number)
    return run_logs(sim, request, run, [job for job in run.all_jobs() if job.attempt == attempt])


@route("DELETE", "{repo}/actions/runs/{n}/logs", "actions=write")
def delete_run_logs(sim, request, repo, number):
    run = find_run(repo, number)
    if run.status != "completed":
        raise Problem(403, "The logs of a run that goes on cannot be deleted")
    run.logs_deleted = True
    run.touch(sim.world.now)
    return Answer(204)


# --- deployments --------------------------------------------------------------------------------

def environment_json(request, repo, environment):
    return {"id": environment["id"], "node_id": shapes.node("EN", environment["id"]), "name": environment["name"],
            "url": "%s/repos/%s/environments/%s" % (request.dialect.base, repo.full_name, quote(environment["name"], "")),
            "html_url": "https://github.com/%s/deployments/activity_log?environments_filter=%s" % (
                repo.full_name, quote(environment["name"], ""))}


@route("GET", "{repo}/environments", "actions=read")
def environments(sim, request, repo):
    def render(item):
        return dict(environment_json(request, repo, item), created_at=shapes.iso(repo.created),
                    updated_at=shapes.iso(repo.created), protection_rules=[], deployment_branch_policy=None)
    return page(sim, request, repo, repo.environments, "environments", render)


@route("GET", "{repo}/actions/runs/{n}/pending_deployments", "actions=read")
def pending(sim, request, repo, number):
    run = find_run(repo, number)
    out = []
    for environment in repo.environments:
        jobs = sim.world.pending_jobs(run, environment)
        if jobs:
            reviewers = environment.get("reviewers", [])
            out.append({
                "environment": environment_json(request, repo, environment),
                "wait_timer": environment.get("wait_timer", 0), "wait_timer_started_at": shapes.iso(jobs[0].created),
                "current_user_can_approve": sim.world.user in reviewers,
                "reviewers": [{"type": "User", "reviewer": shapes.user(request.dialect.base, r)} for r in reviewers]})
    return Answer(200, out)


@route("POST", "{repo}/actions/runs/{n}/pending_deployments", "deployments=write")
def review(sim, request, repo, number):
    run = find_run(repo, number)
    body = body_object(request, ("environment_ids", "state", "comment"), ("environment_ids", "state", "comment"))
    if body["state"] not in ("approved", "rejected") or not isinstance(body["environment_ids"], list):
        raise Problem(422, "Invalid request.\n\nFor 'properties/state', it is not included in the list.")
    waiting = [e for e in repo.environments if e["id"] in body["environment_ids"]]
    for environment in waiting:
        if sim.world.user not in environment.get("reviewers", []):
            raise Problem(403, "You are not allowed to approve a deployment to this environment")
    sim.world.review(run, body["environment_ids"], body["state"], body["comment"])
    base = "%s/repos/%s" % (request.dialect.base, repo.full_name)
    out = []
    for environment in waiting:
        url = "%s/deployments/%d" % (base, run.id % 1000000 + environment["id"])
        out.append({"url": url, "id": run.id % 1000000 + environment["id"], "node_id": shapes.node("DE", run.id),
                    "sha": run.sha, "ref": run.ref, "task": "deploy", "payload": {}, "environment": environment["name"],
                    "original_environment": environment["name"], "description": None,
                    "creator": shapes.user(request.dialect.base, run.actor), "created_at": shapes.iso(run.created),
                    "updated_at": shapes.iso(sim.world.now), "statuses_url": url + "/statuses", "repository_url": base})
    return Answer(200, out)


@route("GET", "{repo}/actions/runs/{n}/approvals", "actions=read")
def approvals(sim, request, repo, number):
    return Answer(200, [
        {"environments": [dict(environment_json(request, repo, e), created_at=shapes.iso(repo.created),
                               updated_at=shapes.iso(repo.created))],
         "state": state, "user": shapes.user(request.dialect.base, who), "comment": comment}
        for e, state, comment, who in find_run(repo, number).approvals])


# --- artifacts ----------------------------------------------------------------------------------

def list_artifacts(sim, request, repo, artifacts):
    name = request.query.get("name")
    found = [a for a in artifacts if name in (None, "", a["name"])]
    if request.query.get("direction", "desc") != "asc":
        found.reverse()
    return page(sim, request, repo, found, "artifacts",
                lambda a: artifact_of(sim, request, a))


def artifact_of(sim, request, artifact):
    out = shapes.artifact_json(request.dialect.base, artifact, sim.world.now)
    if request.dialect.kind == "ghes":
        del out["digest"]
    return out


def find_artifact(sim, repo, number):
    artifact = sim.world.artifacts.get(number)
    if artifact is None or artifact["run"].repo is not repo:
        raise Problem(404, "Not Found")
    return artifact


@route("GET", "{repo}/actions/artifacts", "actions=read")
def get_artifacts(sim, request, repo):
    return list_artifacts(sim, request, repo, [a for a in sim.world.artifacts.values() if a["run"].repo is repo])


@route("GET", "{repo}/actions/runs/{n}/artifacts", "actions=read")
def get_run_artifacts(sim, request, repo, number):
    return list_artifacts(sim, request, repo, list(find_run(repo, number).artifacts))


@route("GET", "{repo}/actions/artifacts/{n}", "actions=read")
def get_artifact(sim, request, repo, number):
    return Answer(200, artifact_of(sim, request, find_artifact(sim, repo, number)))


@route("DELETE", "{repo}/actions/artifacts/{n}", "actions=write")
def delete_artifact(sim, request, repo, number):
    artifact = find_artifact(sim, repo, number)
    artifact["run"].artifacts.remove(artifact)
    del sim.world.artifacts[number]
    return Answer(204)


@route("GET", "{repo}/actions/artifacts/{n}/zip", "actions=read")
def artifact_zip(sim, request, repo, number):
    need_reader(request)
    artifact = find_artifact(sim, repo, number)
    if shapes.is_expired(artifact, sim.world.now):
        raise Problem(410, "Artifact has expired")
    return Answer(302, None, [("Location", sim.signed(
        "artifacts/%d.zip" % number, shapes.artifact_zip(artifact), "application/zip"))])


# --- workflows ----------------------------------------------------------------------------------

@route("GET", "{repo}/actions/workflows", "actions=read")
def get_workflows(sim, request, repo):
    return page(sim, request, repo, list(repo.workflows.values()), "workflows",
                lambda w: shapes.workflow_json(request.dialect.base, w))


@route("GET", "{repo}/actions/workflows/{name}", "actions=read")
def get_workflow(sim, request, repo, key):
    return Answer(200, shapes.workflow_json(request.dialect.base, find_workflow(repo, key)))


@route("PUT", "{repo}/actions/workflows/{name}/enable", "actions=write")
def enable(sim, request, repo, key):
    workflow = find_workflow(repo, key)
    workflow.state, workflow.updated = "active", sim.world.now
    return Answer(204)


@route("PUT", "{repo}/actions/workflows/{name}/disable", "actions=write")
def disable(sim, request, repo, key):
    workflow = find_workflow(repo, key)
    workflow.state, workflow.updated = "disabled_manually", sim.world.now
    return Answer(204)


@route("POST", "{repo}/actions/workflows/{name}/dispatches", "actions=write")
def dispatch(sim, request, repo, key):
    forge = request.dialect.kind
    allowed = ("ref", "inputs") if forge == "ghes" else ("ref", "inputs", "return_run_details")
    body = body_object(request, allowed, ("ref",))
    if not isinstance(body["ref"], str):
        raise Problem(422, "Invalid request.\n\nFor 'properties/ref', it is not a string.")
    workflow = find_workflow(repo, key)
    inputs = body.get("inputs") or {}
    check_inputs(inputs, MAX_INPUTS[forge])
    ref = repo.branch_of(body["ref"])
    if ref is None:
        raise Problem(422, "No ref found for: %s" % body["ref"])
    if workflow.state != "active":
        raise Problem(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    spec = workflow.at(ref)
    if "workflow_dispatch" not in spec.get("on", ["workflow_dispatch"]):
        raise Problem(422, "Workflow does not have 'workflow_dispatch' trigger")
    check_values(sim, repo, spec.get("inputs", {}), inputs)
    run = sim.world.start_run(repo, workflow, "workflow_dispatch", ref, inputs)
    version = request.headers.get("x-github-api-version", "2022-11-28")
    if forge == "ghes" or (version < "2026" and not body.get("return_run_details")):
        return Answer(204)
    url = "%s/repos/%s/actions/runs/%d" % (request.dialect.base, repo.full_name, run.id)
    return Answer(200, {"workflow_run_id": run.id, "run_url": url, "html_url": "https://github.com/%s/actions/runs/%d" % (
        repo.full_name, run.id)})


def check_inputs(inputs, most):
    if not isinstance(inputs, dict):
        raise Problem(422, "Invalid request.\n\nFor 'properties/inputs', it is not an object.")
    if len(inputs) > most:
        raise Problem(422, "Invalid request.\n\nNo more than %d properties are allowed; %d were supplied." % (
            most, len(inputs)))
    for name, value in inputs.items():
        if not isinstance(value, str):
            raise Problem(422, "Invalid request.\n\nFor 'properties/inputs/%s', %r is not a string." % (name, value))
    if sum(len(k) + len(v) for k, v in inputs.items()) > 65535:
        raise Problem(422, "inputs are too large.")


def check_values(sim, repo, known, inputs):
    """What GitHub says of inputs that do not fit the workflow's file at the ref."""
    other = [name for name in inputs if name not in known]
    if other:
        raise Problem(422, "Unexpected inputs provided: %s" % json.dumps(other))
    for name, item in known.items():
        if item.get("required") and "default" not in item and not inputs.get(name):
            raise Problem(422, "Required input '%s' not provided" % name)
        if name not in inputs:
            continue
        value, kind = inputs[name], item.get("type", "string")
        bad = (kind == "choice" and value not in [str(o) for o in item.get("options", [])] or
               kind == "boolean" and value not in ("true", "false") or
               kind == "number" and not re.match(r"^-?\d+(\.\d+)?$", value) or
               kind == "environment" and value and value not in [e["name"] for e in repo.environments])
        if bad:
            raise Problem(422, "Provided value '%s' for input '%s' not in the list of allowed values" % (value, name))


@route("POST", "{repo}/dispatches", "contents=write")
def repository_dispatch(sim, request, repo):
    body = body_object(request, ("event_type", "client_payload"), ("event_type",))
    if not isinstance(body["event_type"], str) or not 1 <= len(body["event_type"]) <= 100 or \
            len(body.get("client_payload") or {}) > 10:
        raise Problem(422, "Invalid request.")
    for workflow in repo.workflows.values():
        if "repository_dispatch" in workflow.spec.get("on", []) and workflow.state == "active":
            sim.world.start_run(repo, workflow, "repository_dispatch", title=body["event_type"])
    return Answer(204)
