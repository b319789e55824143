"""The control routes under /_sim/, on both ports, without any token: what a test does to the world, and what it asks.

GET  /_sim/state            everything a test may want to wait for: now, repos, runs with inputs, jobs, runners, limits
GET  /_sim/requests         what was asked so far; ?since=N (after record N), ?match=REGEX in "METHOD /path?query"
GET  /_sim/violations       what a client must never do: Authorization to the storage host, tokens elsewhere
GET  /_sim/faults           the faults and how often each hit; GET /_sim/kinds: all there are
GET  /_sim/secrets          the tokens that were given out
POST /_sim/clock            {advance: seconds}; with --clock manual nothing else moves it
POST /_sim/fault            {kind, match, count, skip, ...}: see sim_faults.py; POST /_sim/reset-faults
POST /_sim/reset-requests   forget requests and violations
POST /_sim/runner           {name, repo | org, online, labels, busy, disabled, version, remove}; a new one when there is none
POST /_sim/run              {repo, workflow, event, ref, inputs, title, actor, seconds, fails}: a run of anybody's;
                            {id, conclusion}: ends it; {id, expire: true}: its artifacts; {id, approval: true}: a fork's run
POST /_sim/file             {repo, path, text, ref}: a file of the repository
POST /_sim/workflow         {repo, ...WORKFLOW}: another workflow, or another text of one
POST /_sim/set              settings of sim_world.py; skew, limit, remaining, tokens [..], denied [..], user
POST /_sim/touch            {runs: N, runners: N}: so many newest ones change
POST /_sim/net              {down: true | false}: the API's port is closed; {hang_up: true}: every connection is reset"""
import json
import re
import sys

import sim_default
from sim_app import Answer
from sim_faults import KINDS
from sim_things import Problem, Workflow


class Control:
    def __init__(self, sim):
        self.sim = sim

    def answer(self, request):
        name = request.path[len("/_sim/"):].replace("-", "_")
        function = getattr(self, "%s_%s" % (request.method.lower(), name), None)
        with self.sim.world.lock:
            self.sim.world.tick()
            try:
                if function is None:
                    raise Problem(404, "no such control: %s /_sim/%s" % (request.method, name))
                body = json.loads(request.body) if request.body else {}
                result = Answer(200, function(request, body))
            except Problem as e:
                result = Answer(e.status, {"message": e.message})
            except (KeyError, ValueError, TypeError, AttributeError, re.error) as e:
                result = Answer(422, {"message": "%s: %s" % (type(e).__name__, e)})
            if result.status != 200:
                sys.stderr.write("sim: %s %s: %s\n" % (request.method, request.path, result.body["message"]))
            return self.sim.delivery(request, result, "control")

    # --- questions ----------------------------------------------------------------------------

    def get_state(self, request, body):
        sim, world = self.sim, self.sim.world
        return {
            "now": world.now, "events": len(world.events), "requests": len(sim.requests),
            "violations": len(sim.violations), "faults": sim.faults.fired,
            "limit": sim.limit, "used": sim.used, "remaining": max(0, sim.limit - sim.used), "reset": sim.window,
            "connections": sim.api.accepted, "in_flight": sim.most_in_flight,
            "repos": [repo.full_name for repo in world.repos.values()],
            "workflows": [{"repo": r.full_name, "file": w.file, "state": w.state}
                          for r in world.repos.values() for w in r.workflows.values()],
            "runners": [self.runner(one) for one in self.runners()],
            "runs": [self.run(run) for run in list(world.runs.values())[-int(request.query.get("runs", 100)):]]}

    def runners(self):
        for scope in list(self.sim.world.repos.values()) + list(self.sim.world.orgs.values()):
            for one in scope.runners.values():
                yield one

    def runner(self, one):
        return {"id": one.id, "name": one.name, "scope": getattr(one.scope, "full_name", None) or one.scope.login,
                "online": one.online, "disabled": one.disabled, "group": one.group, "job": one.job and one.job.id,
                "labels": [label["name"] for label in one.labels],
                "custom": [label["name"] for label in one.labels if label["type"] == "custom"]}

    def run(self, run):
        return {"id": run.id, "repo": run.repo.full_name, "workflow": run.workflow.file, "event": run.event,
                "ref": run.ref, "title": run.title, "number": run.number, "attempt": run.attempt, "status": run.status,
                "conclusion": run.conclusion, "inputs": run.inputs, "created": run.created, "updated": run.updated,
                "artifacts": [a["id"] for a in run.artifacts],
                "jobs": [{"id": j.id, "name": j.name, "attempt": j.attempt, "status": j.status, "labels": j.labels,
                          "conclusion": j.conclusion, "runner": j.runner_name} for j in run.jobs]}

    def get_requests(self, request, body):
        since = int(request.query.get("since", 0))
        match = re.compile(request.query.get("match", ""))
        return [r for r in self.sim.requests[since:] if match.search(r["method"] + " " + r["target"])]

    def get_violations(self, request, body):
        return self.sim.violations

    def get_faults(self, request, body):
        return self.sim.faults.state()

    def get_kinds(self, request, body):
        return KINDS

    def get_secrets(self, request, body):
        return list(self.sim.tokens) + getattr(self.sim, "secrets", [])

    # --- what happens -------------------------------------------------------------------------

    def post_clock(self, request, body):
        self.sim.world.clock.advance(float(body["advance"]))
        self.sim.world.tick()
        return {"now": self.sim.world.now}

    def post_fault(self, request, body):
        return {"fault": self.sim.faults.add(body)}

    def post_reset_faults(self, request, body):
        self.sim.faults.items = []
        return {}

    def post_reset_requests(self, request, body):
        self.sim.requests, self.sim.violations = [], []
        return {}

    def repo(self, body):
        name = body.get("repo") or next(iter(self.sim.world.repos.values())).full_name
        if name.lower() not in self.sim.world.repos:
            raise Problem(404, "no repository %s" % name)
        return self.sim.world.repos[name.lower()]

    def post_runner(self, request, body):
        world = self.sim.world
        scope = world.orgs[body["org"].lower()] if body.get("org") else None if not body.get("repo") else self.repo(body)
        found = [r for r in self.runners() if r.name == body["name"] and scope in (None, r.scope)]
        if not found:
            found = [sim_default.add_runner(world, scope or self.repo(body), body)]
        one = found[0]
        if body.get("remove"):
            del one.scope.runners[one.id]
            return {}
        for key in ("version", "disabled", "ephemeral"):
            if key in body:
                setattr(one, key, body[key])
        if "busy" in body:
            one.busy_fixed = body["busy"]
        if "labels" in body:
            one.labels = [label for label in one.labels if label["type"] == "read-only"]
            for name in body["labels"]:
                one.add_label(world, name)
        if "online" in body:
            world.set_online(one, body["online"])
        world.assign()
        return self.runner(one)

    def post_run(self, request, body):
        world = self.sim.world
        if "id" not in body:
            run = sim_default.begin(world, self.repo(body), body)
            if body.get("approval"):
                self.hold(run)
            return self.run(run)
        run = world.runs[body["id"]]
        if "conclusion" in body:
            for job in [plan.job for plan in run.plans if plan.job]:
                if job.status != "completed":
                    world.finish(job, body["conclusion"])
            if run.status != "completed":
                world.complete(run, body["conclusion"])
        if body.get("expire"):
            for artifact in run.artifacts:
                artifact["expired"] = True
        for key in ("title", "created"):
            if key in body:
                setattr(run, key, body[key])
                run.touch(world.now)
        return self.run(run)

    def hold(self, run):
        """As a run from a fork whose author nobody knows yet."""
        world = self.sim.world
        for job in run.jobs:
            job.gen += 1
            if job.runner and job.runner.job is job:
                world.release(job.runner)
            world.jobs.pop(job.id)
        for plan in run.plans:
            plan.job = None
        run.jobs = []
        run.event = "pull_request"
        world.complete(run, "action_required")

    def post_file(self, request, body):
        key = "%s@%s" % (body["ref"], body["path"]) if body.get("ref") else body["path"]
        self.repo(body).files[key] = body["text"]
        return {}

    def post_workflow(self, request, body):
        repo = self.repo(body)
        workflow = repo.workflow(body["file"])
        if workflow is None:
            workflow = Workflow(self.sim.world, repo, dict(body, jobs=body.get("jobs") or {"job": {}}))
            repo.workflows[workflow.id] = workflow
        else:
            workflow.spec = dict(workflow.spec, **body)
            workflow.state = body.get("state", workflow.state)
        return {"id": workflow.id}

    def post_set(self, request, body):
        sim = self.sim
        for key, value in body.items():
            if key in sim.world.settings:
                sim.world.settings[key] = float(value)
            elif key == "remaining":
                sim.exceeded()
                sim.used = sim.limit - value
            elif key in ("skew", "limit", "tokens"):
                setattr(sim, key, value)
            elif key == "denied":
                sim.denied = set(value)
            elif key == "user":
                sim.world.user = value
            else:
                raise Problem(422, "no setting %s" % key)
        return {}

    def post_touch(self, request, body):
        world = self.sim.world
        for run in list(world.runs.values())[::-1][:body.get("runs", 0)]:
            run.touch(world.now)
        for one in list(self.runners())[:body.get("runners", 0)]:
            if one.job is None:
                one.busy_fixed = not one.busy_fixed
        return {}

    def post_net(self, request, body):
        api = self.sim.api
        if body.get("hang_up"):
            api.hang_up(keep=request.connection)
        if body.get("down") is True and api.listener:
            api.close(keep=request.connection)
        elif body.get("down") is False and not api.listener:
            api.open()
        return {"down": api.listener is None}
