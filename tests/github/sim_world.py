"""How the simulated GitHub goes on in time: from a dispatch to the end of the last job, and what operators do between.

Time is virtual. Whatever happens is an event at a time of its own in one heap, and World.tick() lets all happen that is
due, in order, so a jump of an hour gives what an hour would have given. Nothing here knows of HTTP."""
import heapq
import itertools
import re
import threading
import time

from sim_things import DAY, Job, Plan, Problem, Run, Step, expand, fill

HOSTED = re.compile(r"^(ubuntu|windows|macos)-[a-z0-9.-]+$")

SETTINGS = {
    "pick": 1.0,            # seconds from the assignment of a job to its start
    "cancel": 2.0,          # seconds from the request to cancel to its effect on a running job
    "log_lag": 0.0,         # seconds for which the log of a job that has just ended is not there
    "busy_lag": 0.0,        # seconds by which `busy` of a runner lags behind what it does
    "lost_after": 600.0,    # seconds after which a job is failed whose runner is gone
    "queue_limit": DAY,     # seconds after which a queued job is failed
    "list_lag": 0.0,        # seconds for which a new run is missing from lists
}


class Clock:
    """Virtual time in seconds since the epoch; speed None: it stands still until advanced."""

    def __init__(self, start, speed):
        self.base = start
        self.speed = speed
        self.real = time.monotonic()

    def now(self):
        if self.speed is None:
            return self.base
        return self.base + (time.monotonic() - self.real) * self.speed

    def advance(self, seconds):
        self.base += seconds


class World:
    def __init__(self, clock, now, settings=None):
        self.clock = clock
        self.now = now
        self.lock = threading.RLock()
        self.events = []
        self.seq = itertools.count()
        self.settings = dict(SETTINGS, **(settings or {}))
        self.repo_ids = itertools.count(710001)
        self.runner_ids = itertools.count(21)
        self.label_ids = itertools.count(101)
        self.workflow_ids = itertools.count(81000101)
        self.run_ids = itertools.count(19283746501)
        self.job_ids = itertools.count(53012345001)
        self.artifact_ids = itertools.count(7200000001)
        self.environment_ids = itertools.count(3301)
        self.group_ids = itertools.count(1)
        self.hosted_ids = itertools.count(1000000001)
        self.user = "monalisa"
        self.repos = {}             # by lower-case full name
        self.moved = {}             # old lower-case full name -> Repo
        self.orgs = {}
        self.runs = {}
        self.unfinished = {}
        self.jobs = {}
        self.artifacts = {}
        self.keep_active = None     # starts another run when one ends

    # --- time ---------------------------------------------------------------------------------

    def at(self, when, fn, *args):
        heapq.heappush(self.events, (when, next(self.seq), fn, args))

    def after(self, seconds, fn, *args):
        self.at(self.now + seconds, fn, *args)

    def tick(self, until=None):
        """Let everything happen that is due."""
        until = self.clock.now() if until is None else until
        while self.events and self.events[0][0] <= until:
            when, _, fn, args = heapq.heappop(self.events)
            self.now = max(self.now, when)
            fn(*args)
        self.now = max(self.now, until)

    # --- runs ---------------------------------------------------------------------------------

    def start_run(self, repo, workflow, event="workflow_dispatch", ref=None, inputs=None, **more):
        """A new run; more: title, actor, seconds {step: s}, fails (the name of a step or of a job)."""
        ref = ref or repo.default_branch
        run = Run(self, repo, workflow, event, ref)
        spec = workflow.at(ref)
        for name, value in spec.get("inputs", {}).items():
            if "default" in value:
                run.inputs[name] = value["default"]
            elif value.get("type") == "choice" and value.get("options"):
                run.inputs[name] = value["options"][0]
        run.inputs.update(inputs or {})
        if more.get("actor"):
            run.actor = run.triggering_actor = more["actor"]
        values = {"inputs." + k: v for k, v in run.inputs.items()}
        if spec.get("run_name"):
            run.title = run.name = fill(spec["run_name"], values)
        run.title = more.get("title") or run.title
        run.seconds = more.get("seconds") or {}
        run.fails = more.get("fails")
        repo.runs[run.id] = self.runs[run.id] = self.unfinished[run.id] = run
        self.plan(run, values)
        group = spec.get("concurrency")
        if group:
            self.enter_group(run, fill(group, values))
        else:
            self.go_on(run)
        return run

    def plan(self, run, values=None):
        spec = run.workflow.at(run.ref)
        run.plans = []
        for key, job in spec["jobs"].items():
            run.plans.extend(expand(key, job, run.inputs))

    def enter_group(self, run, name):
        """Concurrency: one runs, one is pending, an older pending one is cancelled."""
        run.group = name
        others = [r for r in self.unfinished.values() if r.repo is run.repo and r.group == name and r is not run]
        if not others:
            self.go_on(run)
            return
        for other in others:
            if other.status == "pending":
                self.complete(other, "cancelled")
        run.status = "pending"
        run.touch(self.now)

    def leave_group(self, run):
        for other in self.unfinished.values():
            if run.group and other.repo is run.repo and other.group == run.group and other.status == "pending":
                self.go_on(other)
                return

    def result_of(self, run, key):
        """The conclusion of all jobs of one entry; None while one is unfinished."""
        results = []
        for plan in run.plans:
            if plan.key != key:
                continue
            if plan.carried:
                results.append(plan.carried)
            elif plan.job is None or plan.job.status != "completed":
                return None
            else:
                results.append(plan.job.conclusion)
        for bad in ("failure", "cancelled", "skipped"):
            if bad in results:
                return bad
        return "success"

    def go_on(self, run):
        """Make the jobs whose needs are met; say what the run is now."""
        for plan in run.plans:
            if plan.job or plan.carried:
                continue
            results = [self.result_of(run, key) for key in plan.needs]
            if None in results:
                continue
            job = plan.job = Job(self, run, plan)
            run.jobs.append(job)
            self.jobs[job.id] = job
            always = plan.spec.get("always")
            if (run.cancelling or any(r != "success" for r in results)) and not always:
                job.status, job.conclusion, job.completed = "completed", "skipped", self.now
                run.touch(self.now)
            elif plan.spec.get("environment") and not self.may_deploy(run, plan.spec["environment"]):
                job.status = "waiting"
            else:
                self.queue(job)
        self.judge(run)

    def may_deploy(self, run, name):
        for environment in run.repo.environments:
            if environment["name"] == fill(name, {"inputs." + k: v for k, v in run.inputs.items()}):
                return not environment.get("reviewers") or run.approved.get(environment["id"]) == "approved"
        return True

    def judge(self, run):
        """The run's status from its jobs; a skipped job may have made others possible."""
        if run.status == "completed":
            return
        jobs = [plan.job for plan in run.plans if plan.job]
        states = {job.status for job in jobs}
        if all(plan.carried or (plan.job and plan.job.status == "completed") for plan in run.plans):
            results = {job.conclusion for job in jobs}
            for bad in ("failure", "timed_out", "cancelled"):
                if bad in results:
                    self.complete(run, bad)
                    return
            self.complete(run, "skipped" if results == {"skipped"} else "success")
            return
        if any(not (p.job or p.carried) and None not in [self.result_of(run, k) for k in p.needs] for p in run.plans):
            self.go_on(run)
            return
        if "in_progress" in states or ("queued" in states and "completed" in states):
            status = "in_progress"
        elif "queued" in states:
            status = "queued"
        else:
            status = "waiting" if "waiting" in states else "in_progress"
        if status != run.status:
            run.status = status
            run.touch(self.now)

    def complete(self, run, conclusion):
        run.status, run.conclusion, run.cancelling = "completed", conclusion, False
        self.unfinished.pop(run.id, None)
        run.touch(self.now)
        if conclusion == "success":
            for spec in run.workflow.at(run.ref).get("artifacts", []):
                self.add_artifact(run, spec)
        self.leave_group(run)
        if self.keep_active:
            self.keep_active(run)

    def add_artifact(self, run, spec):
        artifact = dict(spec, id=next(self.artifact_ids), run=run, created=self.now, expires=self.now + 90 * DAY)
        run.artifacts.append(artifact)
        self.artifacts[artifact["id"]] = artifact
        return artifact

    # --- jobs ---------------------------------------------------------------------------------

    def queue(self, job):
        job.status = "queued"
        self.after(self.settings["queue_limit"], self.starved, job, job.gen)
        if any(HOSTED.match(label) for label in job.labels):
            self.after(self.settings["pick"], self.begin, job, job.gen, None)
        else:
            self.assign()

    def starved(self, job, gen):
        if job.gen == gen and job.status == "queued" and job.runner is None:
            self.finish(job, "failure")

    def assign(self):
        """Give queued jobs to idle runners, oldest job and lowest runner first."""
        for job in self.waiting_jobs():
            for runner in self.runners_for(job.run.repo, job.group):
                if runner.online and not runner.disabled and runner.job is None and runner.has(job.labels):
                    runner.job, job.runner = job, runner
                    self.after(self.settings["pick"], self.begin, job, job.gen, runner)
                    break

    def waiting_jobs(self):
        for run in list(self.unfinished.values()):
            for plan in run.plans:
                job = plan.job
                if job and job.status == "queued" and job.runner is None and \
                        not any(HOSTED.match(label) for label in job.labels):
                    yield job

    def runners_for(self, repo, group):
        if not group:
            for runner in repo.runners.values():
                yield runner
        org = self.orgs.get(repo.owner.lower())
        if not org:
            return
        for runner in org.runners.values():
            its = org.groups.get(runner.group)
            if its and (its["visibility"] == "all" or (its["visibility"] == "private" and repo.private) or
                        repo.id in its["repos"]) and (not group or its["name"] == group):
                yield runner

    def begin(self, job, gen, runner):
        if job.gen != gen or job.status != "queued":
            if runner and runner.job is job:
                self.release(runner)
            return
        job.status, job.started = "in_progress", self.now
        if runner:
            job.runner_id, job.runner_name = runner.id, runner.name
            job.group_id, job.group_name = runner.group, self.group_name(runner)
            runner.busy_from = self.now + self.settings["busy_lag"]
        else:
            number = next(self.hosted_ids)
            job.runner_id, job.runner_name = number, "GitHub Actions %d" % number
            job.group_id, job.group_name = 0, "GitHub Actions"
        self.make_steps(job)
        job.run.touch(self.now)
        self.judge(job.run)
        self.step_begin(job, job.gen, 0)

    def group_name(self, runner):
        groups = getattr(runner.scope, "groups", None)
        return groups[runner.group]["name"] if groups and runner.group in groups else "Default"

    def make_steps(self, job):
        mains = job.plan.spec.get("steps") or [{"name": "Run it"}]
        posts = [dict(spec, name="Post " + spec["name"], run=None, seconds=1, lines=[]) for spec in reversed(mains)
                 if spec.get("uses") and spec.get("post", True)]
        job.steps = [Step({"name": "Set up job", "seconds": 1}, 1, "setup")]
        for number, spec in enumerate(mains, 2):
            step = Step(spec, number, "main")
            step.seconds = float(job.run.seconds.get(step.name, step.seconds))
            job.steps.append(step)
        number = 2 * len(job.steps)         # a gap, as the real one leaves
        for spec in posts:
            job.steps.append(Step(spec, number, "post"))
            number += 1
        job.steps.append(Step({"name": "Complete job", "seconds": 0}, number, "post"))

    def step_begin(self, job, gen, index):
        if job.gen != gen:
            return
        step = job.steps[index]
        step.status, step.started = "in_progress", self.now
        job.step_ends = self.now + step.seconds
        self.at(job.step_ends, self.step_end, job, gen, index)

    def step_end(self, job, gen, index):
        if job.gen != gen:
            return
        step = job.steps[index]
        step.status, step.completed = "completed", self.now
        fails = step.spec.get("fails", False)
        if isinstance(fails, list):
            fails = job.attempt in fails
        named = job.run.fails in (step.name, job.name) and job.attempt == 1 and step.kind == "main"
        step.conclusion = "failure" if fails or named else "success"
        for number in range(index + 1, len(job.steps)):
            if step.conclusion == "failure" and job.steps[number].kind == "main":
                other = job.steps[number]
                other.status, other.conclusion = "completed", "skipped"
                other.started = other.completed = self.now
            elif job.steps[number].status == "queued":
                self.step_begin(job, gen, number)
                return
        failed = any(s.conclusion == "failure" for s in job.steps)
        self.finish(job, "failure" if failed else "success")

    def finish(self, job, conclusion):
        """The end of a job, whatever it was doing."""
        job.gen += 1
        for step in job.steps:
            if step.status == "in_progress":
                step.status, step.conclusion, step.completed = "completed", conclusion, self.now
        if conclusion not in ("success", "failure"):
            job.steps = [step for step in job.steps if step.started is not None]
        if job.status in ("queued", "waiting"):
            job.started = self.now if conclusion == "skipped" else job.started
        job.status, job.conclusion, job.completed = "completed", conclusion, self.now
        job.run.touch(self.now)
        runner = job.runner
        if runner and runner.job is job:
            self.release(runner)
        self.go_on(job.run)
        self.assign()

    def release(self, runner):
        runner.job = None
        runner.busy_from = None
        runner.busy_until = self.now + self.settings["busy_lag"]
        if runner.ephemeral:
            runner.scope.runners.pop(runner.id, None)
        self.assign()

    # --- what operators do --------------------------------------------------------------------

    def cancel(self, run, force=False):
        if run.status == "completed":
            raise Problem(409, "Cannot cancel a workflow run that is completed.")
        run.cancelling = True
        if run.status == "pending":
            self.complete(run, "cancelled")
            return
        for plan in run.plans:
            job = plan.job
            if job and job.status != "completed" and (force or not plan.spec.get("always")):
                wait = self.settings["cancel"] if job.status == "in_progress" else 0.5
                self.after(wait, self.cancel_job, job, job.gen)
        for plan in run.plans:              # jobs that are not there yet never will be
            if plan.job is None and not plan.carried:
                plan.carried = "cancelled"
        if not any(plan.job and plan.job.status != "completed" for plan in run.plans):
            self.complete(run, "cancelled")

    def cancel_job(self, job, gen):
        if job.gen == gen and job.status != "completed":
            self.finish(job, "cancelled")

    def rerun(self, run, which, debug=False):
        """A new attempt; which(plan) says whether a job of the last one runs again."""
        if run.status != "completed":
            raise Problem(403, "This workflow run is already running")
        if self.now - run.created > 30 * DAY:
            raise Problem(403, "Unable to retry this workflow run because it was created over a month ago")
        if run.attempt >= 50:
            raise Problem(403, "This workflow run cannot be retried: it has been re-run 50 times")
        run.all_jobs()
        last = run.plans
        again = {id(plan) for plan in last if which(plan)}
        grown = True
        while grown:                        # a job's dependents run again as well
            grown = False
            keys = {plan.key for plan in last if id(plan) in again}
            for plan in last:
                if id(plan) not in again and any(key in keys for key in plan.needs):
                    again.add(id(plan))
                    grown = True
        if not again:
            raise Problem(403, "This workflow run cannot be retried")
        run.past.append((run.status, run.conclusion, run.started, run.updated, run.triggering_actor))
        run.attempt += 1
        run.started = self.now
        run.status, run.conclusion, run.cancelling = "queued", None, False
        run.triggering_actor = self.user
        self.unfinished[run.id] = run
        run.debug = debug
        run.approved = {}
        run.plans = []
        for plan in last:
            fresh = Plan(plan.key, plan.name, plan.labels, plan.spec)
            if id(plan) not in again:
                fresh.carried = plan.carried or (plan.job and plan.job.conclusion) or "success"
            run.plans.append(fresh)
        run.touch(self.now)
        self.go_on(run)

    def review(self, run, environment_ids, state, comment):
        known = {e["id"]: e for e in run.repo.environments}
        for number in environment_ids:
            if number not in known or not self.pending_jobs(run, known[number]):
                raise Problem(422, "Environment %s has no pending deployment for this run" % number)
        for number in environment_ids:
            run.approved[number] = state
            run.approvals.append((known[number], state, comment, self.user))
            for job in self.pending_jobs(run, known[number]):
                if state == "approved":
                    self.queue(job)
                    job.run.touch(self.now)
                    self.judge(run)
                else:
                    self.finish(job, "failure")

    def pending_jobs(self, run, environment):
        values = {"inputs." + k: v for k, v in run.inputs.items()}
        return [p.job for p in run.plans if p.job and p.job.status == "waiting" and
                fill(p.spec.get("environment", ""), values) == environment["name"]]

    def set_online(self, runner, online):
        """A runner that goes away freezes its job; one that comes back goes on; else the job is lost."""
        if runner.online == online:
            return
        runner.online = online
        job = runner.job
        if job and job.status == "in_progress":
            if not online:
                job.gen += 1
                job.frozen = max(0.0, job.step_ends - self.now)
                self.after(self.settings["lost_after"], self.lost, job, job.gen)
            elif job.frozen is not None:
                job.gen += 1
                index = next(i for i, s in enumerate(job.steps) if s.status == "in_progress")
                job.step_ends = self.now + job.frozen
                job.frozen = None
                self.at(job.step_ends, self.step_end, job, job.gen, index)
        elif job and not online:
            runner.job, job.runner = None, None
            job.gen += 1
            self.after(self.settings["queue_limit"], self.starved, job, job.gen)
        self.assign()

    def lost(self, job, gen):
        if job.gen == gen and job.status == "in_progress":
            self.finish(job, "failure")

    def forget(self, run):
        del run.repo.runs[run.id]
        del self.runs[run.id]
        self.unfinished.pop(run.id, None)
        for job in run.jobs:
            self.jobs.pop(job.id, None)
        for artifact in run.artifacts:
            self.artifacts.pop(artifact["id"], None)
