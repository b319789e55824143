"""The things of the simulated GitHub: repositories, organisations, workflows, runs, jobs, steps, runners, as values.
What happens to them is in sim_world.py."""
import hashlib
import itertools
import re

DAY = 86400


class Problem(Exception):
    """An answer other than success: its status and message."""

    def __init__(self, status, message, **more):
        Exception.__init__(self, message)
        self.status = status
        self.message = message
        self.more = more


def sha(*parts):
    return hashlib.sha1("\0".join(parts).encode()).hexdigest()


def fill(text, values):
    """${{ inputs.x }} and ${{ matrix.x }} replaced; values has keys like "inputs.x"."""
    return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda m: str(values.get(m.group(1), "")), text)


class Runner:
    def __init__(self, world, scope, spec):
        self.id = spec.get("id") or next(world.runner_ids)
        self.scope = scope
        self.name = spec["name"]
        self.os = spec.get("os", "linux")
        self.arch = spec.get("arch", "X64")
        self.online = spec.get("online", True)
        self.ephemeral = spec.get("ephemeral", False)
        self.version = spec.get("version", "2.336.0")
        self.description = spec.get("description", "")
        self.disabled = spec.get("disabled", False)
        self.group = spec.get("group_id", 1)
        self.job = None
        self.busy_from = None
        self.busy_until = None
        self.busy_fixed = spec.get("busy")
        self.labels = []
        if spec.get("default_labels", True):
            system = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}.get(self.os.lower(), self.os)
            for name in ("self-hosted", system, self.arch):
                self.labels.append({"id": next(world.label_ids), "name": name, "type": "read-only"})
        for name in spec.get("labels", []):
            self.add_label(world, name)

    def add_label(self, world, name):
        if name.lower() not in (label["name"].lower() for label in self.labels):
            self.labels.append({"id": next(world.label_ids), "name": name, "type": "custom"})

    def has(self, wanted):
        mine = {label["name"].lower() for label in self.labels}
        return all(name.lower() in mine for name in wanted)

    def busy(self, now):
        """What the API says, which may lag behind the truth."""
        if self.busy_fixed is not None:
            return self.busy_fixed
        if self.job is not None:
            return self.busy_from is not None and now >= self.busy_from
        return self.busy_until is not None and now < self.busy_until


class Step:
    def __init__(self, spec, number, kind):
        self.name = spec["name"]
        self.spec = spec
        self.number = number
        self.kind = kind            # setup, main, post
        self.seconds = float(spec.get("seconds", 1))
        self.status = "queued"
        self.conclusion = None
        self.started = None
        self.completed = None


class Plan:
    """A job that an attempt of a run will have; `carried` when an earlier attempt's result stands."""

    def __init__(self, key, name, labels, spec):
        self.key = key
        self.name = name
        self.labels = labels
        self.spec = spec
        self.needs = spec.get("needs", [])
        self.job = None
        self.carried = None


class Job:
    def __init__(self, world, run, plan):
        self.id = next(world.job_ids)
        self.run = run
        self.attempt = run.attempt
        self.plan = plan
        self.name = plan.name
        self.labels = plan.labels
        self.group = plan.spec.get("group")
        self.status = "queued"
        self.conclusion = None
        self.created = self.started = world.now
        self.completed = None
        self.runner = None
        self.runner_id = self.runner_name = self.group_id = self.group_name = None
        self.steps = []
        self.gen = 0                # events of an earlier life of the job find another number
        self.step_ends = None
        self.frozen = None          # seconds left of the step that ran when the runner went away
        self.debug = run.debug
        self.log = None


class Workflow:
    def __init__(self, world, repo, spec):
        self.id = spec.get("id") or next(world.workflow_ids)
        self.repo = repo
        self.file = spec["file"]
        self.path = ".github/workflows/" + self.file
        self.spec = spec
        self.name = spec.get("name", self.file)
        self.state = spec.get("state", "active")
        self.created = self.updated = world.now - 90 * DAY
        self.number = 0

    def at(self, ref):
        """The workflow's description as it is at a ref."""
        other = self.spec.get("refs", {}).get(ref)
        return dict(self.spec, **other) if other else self.spec


class Run:
    """One run. `jobs` holds those of all attempts, oldest first."""

    def __init__(self, world, repo, workflow, event, ref):
        self.id = next(world.run_ids)
        self.repo = repo
        self.workflow = workflow
        workflow.number += 1
        self.number = workflow.number
        self.attempt = 1
        self.event = event
        self.ref = ref
        self.sha = repo.sha_of(ref) or sha(repo.full_name, ref)
        self.actor = self.triggering_actor = world.user
        self.title = workflow.name
        self.name = workflow.name
        self.created = self.updated = self.started = world.now
        self.status = "queued"
        self.conclusion = None
        self.inputs = {}
        self.seconds = {}
        self.fails = None
        self.debug = False
        self.cancelling = False
        self.plans = []
        self.jobs = []
        self.past = []              # (status, conclusion, started, updated, triggering actor) of earlier attempts
        self.artifacts = []
        self.approved = {}
        self.approvals = []
        self.logs_deleted = False
        self.version = 0
        self.cache = {}
        self.group = None
        self.make_jobs = None       # a finished run of a big world makes its jobs when asked for them

    def touch(self, now):
        self.updated = max(self.updated, now)
        self.version += 1
        self.cache.clear()

    def all_jobs(self):
        if self.make_jobs:
            make, self.make_jobs = self.make_jobs, None
            make(self)
        return self.jobs

    def current(self):
        return [job for job in self.all_jobs() if job.attempt == self.attempt]


class Repo:
    def __init__(self, world, spec):
        self.owner, self.name = spec["name"].split("/")
        self.full_name = spec["name"]
        self.id = spec.get("id") or next(world.repo_ids)
        self.private = spec.get("private", True)
        self.archived = spec.get("archived", False)
        self.description = spec.get("description")
        self.default_branch = spec.get("default_branch", "main")
        self.branches = list(dict.fromkeys([self.default_branch] + list(spec.get("branches", []))))
        self.tags = list(spec.get("tags", []))
        self.permissions = spec.get("permissions", {})
        self.environments = []
        for item in spec.get("environments", []):
            self.environments.append(dict(item, id=next(world.environment_ids)))
        self.runners = {}
        self.workflows = {}
        self.runs = {}              # in order of creation
        self.files = dict(spec.get("files", {}))
        self.created = world.now - 400 * DAY
        self.text = {}              # pieces of JSON that never change

    def sha_of(self, ref):
        """The commit of a branch, a tag or an abbreviated or full commit id of one of them."""
        name = re.sub(r"^refs/(heads|tags)/", "", ref)
        if name in self.branches or name in self.tags:
            return sha(self.full_name, name)
        if re.match(r"^[0-9a-f]{7,40}$", ref):
            for name in self.branches + self.tags:
                if sha(self.full_name, name).startswith(ref):
                    return sha(self.full_name, name)
        return None

    def branch_of(self, ref):
        """The name by which a run calls the ref; None when it is no branch or tag."""
        for prefix, names in (("refs/heads/", self.branches), ("refs/tags/", self.tags)):
            if ref.startswith(prefix):
                return ref[len(prefix):] if ref[len(prefix):] in names else None
        return ref if ref in self.branches or ref in self.tags else None

    def name_at(self, ref):
        """The branch or tag that a ref of any form means; None when there is none."""
        wanted = self.sha_of(ref)
        for name in self.branches + self.tags:
            if wanted and sha(self.full_name, name) == wanted:
                return name
        return None

    def workflow(self, key):
        for workflow in self.workflows.values():
            if str(workflow.id) == key or workflow.file == key:
                return workflow
        return None


class Org:
    def __init__(self, world, login, spec):
        self.login = login
        self.id = next(world.repo_ids)
        self.runners = {}
        self.groups = {}
        for item in [{"name": "Default", "visibility": "all"}] + list(spec.get("groups", [])):
            self.add_group(world, item)

    def add_group(self, world, item):
        number = next(world.group_ids)
        self.groups[number] = {
            "id": number, "name": item["name"], "visibility": item.get("visibility", "all"),
            "repos": list(item.get("repos", [])), "default": number == 1 or item["name"] == "Default",
            "public": item.get("allows_public_repositories", False)}
        return self.groups[number]

    def group_named(self, name):
        for group in self.groups.values():
            if group["name"] == name:
                return group
        raise ValueError("organisation %s has no runner group %s" % (self.login, name))


def expand(key, spec, inputs):
    """The jobs of one entry of a workflow's `jobs`: one for each point of its matrix."""
    matrix = spec.get("matrix") or {}
    out = []
    for point in itertools.product(*matrix.values()):
        values = {"inputs." + k: v for k, v in inputs.items()}
        values.update({"matrix." + k: v for k, v in zip(matrix, point)})
        name = fill(spec.get("name", key), values)
        if matrix and "${{" not in spec.get("name", ""):
            name += " (%s)" % ", ".join(str(v) for v in point)
        labels = [label for label in (fill(l, values) for l in spec.get("labels", ["self-hosted"])) if label]
        out.append(Plan(key, name, labels, spec))
    return out
