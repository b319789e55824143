"""The world that the simulator shows when it is given no other, and big ones for measurements.

A world is JSON of this shape; only what is there is needed:
  user       the login that the token belongs to
  settings   see SETTINGS in sim_world.py
  orgs       {LOGIN: {groups: [{name, visibility: all|selected|private, repos: [OWNER/NAME]}], runners: [RUNNER]}}
  repos      [{name: OWNER/NAME, private, archived, default_branch, branches, tags, renamed_from: [OWNER/NAME],
              environments: [{name, reviewers: [LOGIN], wait_timer}], permissions: {admin: false ...},
              files: {PATH: TEXT}, runners: [RUNNER], workflows: [WORKFLOW], runs: [RUN]}]
  RUNNER     {name, os, arch, labels, online, ephemeral, version, default_labels, group, busy, disabled}
  WORKFLOW   {file, name, run_name, state, on: [EVENT], inputs: {NAME: {description, required, type, default, options}},
              concurrency, jobs: {KEY: {name, labels, group, needs: [KEY], always, environment, matrix: {NAME: [...]},
              steps: [{name, run | uses, seconds, lines: N | [...], fails: true | [ATTEMPT]}]}},
              artifacts: [{name, files: {NAME: TEXT} | bytes: N, expired}],
              refs: {REF: what is different there}, text: its YAML, instead of the one made from all this}
  RUN        {workflow, event, ref, inputs, title, actor, ago: seconds before the start, seconds: {STEP: N},
              fails: the name of a step or job}
${{ inputs.x }} and ${{ matrix.x }} are filled in in labels, names, run_name, environment, concurrency and run.
Runs of the past are not made up: time begins early enough, and they happen."""
from sim_things import Job, Org, Repo, Run, Runner, Workflow

CHECKOUT = {"name": "Check out", "uses": "actions/checkout@v4", "seconds": 1, "lines": 2}

TRANSCRIBE = {
    "file": "transcribe.yml", "name": "Transcribe", "run_name": "transcribe ${{ inputs.audio }}",
    "on": ["workflow_dispatch"],
    "inputs": {
        "audio": {"description": "The file to transcribe", "required": True, "type": "string"},
        "model": {"description": "How well, and how slowly", "type": "choice", "default": "medium",
                  "options": ["small", "medium", "large"]},
        "diarize": {"description": "Tell the speakers apart", "type": "boolean", "default": False},
        "speakers": {"description": "How many there are", "type": "number", "default": 2},
        "target": {"description": "Where the text goes", "type": "environment", "default": "staging"},
        "runner": {"description": "The machine that does it", "type": "choice", "default": "macmini",
                   "options": ["macmini", "rpi4", "oldpc"]},
        "relayq_id": {"description": "Set by relayq", "type": "string", "default": ""}},
    "jobs": {
        "prepare": {"name": "prepare", "labels": ["self-hosted", "${{ inputs.runner }}"], "steps": [
            CHECKOUT, {"name": "Convert to 16 kHz", "run": "ffmpeg -i ${{ inputs.audio }} -ar 16000 in.wav", "seconds": 2}]},
        "transcribe": {"name": "transcribe", "labels": ["self-hosted", "${{ inputs.runner }}"], "needs": ["prepare"],
                       "steps": [
            CHECKOUT, {"name": "Fetch the model", "run": "models get ${{ inputs.model }}", "seconds": 1},
            {"name": "Transcribe audio", "run": "whisper --model ${{ inputs.model }} in.wav", "seconds": 3, "lines": 12},
            {"name": "Upload the text", "run": "put out.txt", "seconds": 1}]}},
    "refs": {"v1": {"inputs": {"audio": {"required": True}}}},
    "artifacts": [{"name": "transcript", "files": {"transcript.txt": "Good morning.\nGood night.\n"}}]}

TEST = {
    "file": "test.yml", "name": "Test", "on": ["push", "workflow_dispatch"],
    "jobs": {"test": {"labels": ["self-hosted", "${{ matrix.runner }}"],
                      "matrix": {"runner": ["macmini", "rpi4"], "suite": ["unit", "screen"]},
                      "steps": [CHECKOUT, {"name": "Build", "run": "make", "seconds": 2, "lines": 20},
                                {"name": "Check", "run": "make check", "seconds": 2, "lines": 30}]}}}

DEPLOY = {
    "file": "deploy.yml", "name": "Deploy", "on": ["workflow_dispatch"], "concurrency": "deploy",
    "jobs": {"build": {"labels": ["self-hosted", "rpi4"],
                       "steps": [CHECKOUT, {"name": "Build the site", "run": "make site", "seconds": 2}]},
             "deploy": {"labels": ["self-hosted", "rpi4"], "needs": ["build"], "environment": "production",
                        "steps": [{"name": "Publish", "run": "publish site", "seconds": 2}]}},
    "artifacts": [{"name": "site", "files": {"index.html": "<p>Episodes</p>\n"}}]}

NIGHTLY = {
    "file": "nightly.yml", "name": "Nightly", "on": ["schedule"], "state": "disabled_inactivity",
    "jobs": {"clean": {"labels": ["self-hosted"], "steps": [{"name": "Clean", "run": "git clean -fdx"}]}}}

DEFAULT = {
    "user": "monalisa",
    "orgs": {"acme": {"groups": [{"name": "parked", "visibility": "selected", "repos": []}]}},
    "repos": [{
        "name": "acme/media", "private": True, "branches": ["next"], "tags": ["v1"], "renamed_from": ["acme/podcast"],
        "environments": [{"name": "staging"}, {"name": "production", "reviewers": ["monalisa"]}],
        "runners": [
            {"name": "macmini", "os": "macOS", "arch": "ARM64", "labels": ["macmini", "audio"]},
            {"name": "rpi4", "os": "Linux", "arch": "ARM64", "labels": ["rpi4"]},
            {"name": "oldpc", "os": "Linux", "arch": "X64", "labels": ["oldpc"], "online": False, "version": "2.311.0"}],
        "workflows": [TRANSCRIBE, TEST, DEPLOY, NIGHTLY],
        "runs": [
            {"workflow": "test.yml", "event": "push", "title": "Read the header first", "ago": 7200, "actor": "octocat"},
            {"workflow": "transcribe.yml", "inputs": {"audio": "episode-39.mp3"}, "ago": 5400, "fails": "Transcribe audio"},
            {"workflow": "transcribe.yml", "inputs": {"audio": "episode-40.mp3"}, "ago": 3600,
             "seconds": {"Transcribe audio": 610}},
            {"workflow": "deploy.yml", "ago": 600},
            {"workflow": "transcribe.yml", "inputs": {"audio": "episode-41.mp3"}, "ago": 300,
             "seconds": {"Transcribe audio": 7200}},
            {"workflow": "transcribe.yml", "inputs": {"audio": "episode-42.mp3", "runner": "oldpc"}, "ago": 240}]}]}


def add_runner(world, scope, spec):
    spec = dict(spec)
    if spec.get("group"):
        spec["group_id"] = scope.group_named(spec["group"])["id"]
    runner = Runner(world, scope, spec)
    scope.runners[runner.id] = runner
    return runner


def load(world, text):
    """Fill an empty world, and let its past happen."""
    world.user = text.get("user", world.user)
    world.settings.update(text.get("settings", {}))
    start = world.now
    runs = []
    for spec in text.get("repos", []):
        repo = add_repo(world, spec)
        runs += [(start - run.get("ago", 0), repo, run) for run in spec.get("runs", [])]
    for login, spec in text.get("orgs", {}).items():
        org = world.orgs[login.lower()] = Org(world, login, spec)
        for group in org.groups.values():
            group["repos"] = [world.repos[name.lower()].id for name in group["repos"]]
        for runner in spec.get("runners", []):
            add_runner(world, org, runner)
    runs.sort(key=lambda item: item[0])
    world.now = min([item[0] for item in runs] + [start])
    for when, repo, spec in runs:
        world.tick(when)
        begin(world, repo, spec)
    world.tick(start)


def add_repo(world, spec):
    repo = Repo(world, spec)
    world.repos[repo.full_name.lower()] = repo
    for old in spec.get("renamed_from", []):
        world.moved[old.lower()] = repo
    for item in spec.get("runners", []):
        add_runner(world, repo, item)
    for item in spec.get("workflows", []):
        workflow = Workflow(world, repo, item)
        repo.workflows[workflow.id] = workflow
    return repo


def begin(world, repo, spec):
    workflow = repo.workflow(spec["workflow"])
    if workflow is None:
        raise ValueError("%s has no workflow %s" % (repo.full_name, spec["workflow"]))
    return world.start_run(repo, workflow, spec.get("event", "workflow_dispatch"), spec.get("ref"), spec.get("inputs"),
                           title=spec.get("title"), actor=spec.get("actor"), seconds=spec.get("seconds"),
                           fails=spec.get("fails"))


# --- big worlds ---------------------------------------------------------------------------------

BUSY = {"file": "busy.yml", "name": "Busy", "on": ["workflow_dispatch", "push"], "jobs": {
    "first": {"labels": ["self-hosted"], "steps": [CHECKOUT] + [
        {"name": "Part %d" % i, "seconds": 30, "lines": 5} for i in range(1, 9)]}}}


def big(world, repos, runs, runners, active, part=0):
    """Repositories acme/repo1 ... with `runs` finished runs and `runners` runners in all; `active` runs are kept going. PART:
    about how many seconds each of their eight longer steps takes, between two thirds and four thirds of it; 0: 30."""
    world.orgs.setdefault("acme", Org(world, "acme", {}))
    made = []
    for number in range(repos):
        name = "acme/repo%d" % (number + 1)
        made.append(add_repo(world, {"name": name, "workflows": [BUSY]}))
    for number in range(runners):
        add_runner(world, made[number % repos], {
            "name": "runner%04d" % number, "arch": ("X64", "ARM64")[number % 2],
            "labels": ["pool%d" % (number % 7), "rack%d" % (number % 40)], "online": number // repos % 10 != 9})
    start = world.now
    for number in range(runs):
        world.now = start - (runs - number) * 30
        finished(world, made[number % repos], number)
    world.now = start
    begun = [0]

    def again(ended):
        if ended is None or ended.workflow.spec is BUSY:
            begun[0] += 1
            repo = made[begun[0] % repos] if ended is None else ended.repo
            seconds = {"Part %d" % i: part * (20 + (begun[0] * 7 + i * 11) % 21) / 30 for i in range(1, 9)} if part else None
            world.start_run(repo, next(iter(repo.workflows.values())), title="round %d" % begun[0], seconds=seconds)
    for number in range(active):
        world.at(start + number * 0.5, again, None)
    if active:
        world.keep_active = again


def finished(world, repo, number):
    """A run that ended long ago; its job is made when somebody asks."""
    workflow = next(iter(repo.workflows.values()))
    run = Run(world, repo, workflow, ("push", "workflow_dispatch")[number % 2], repo.default_branch)
    run.title = "Change %d" % number
    run.conclusion = ("success", "success", "success", "failure", "cancelled")[number % 5]
    run.status = "completed"
    run.updated = run.created + 242
    run.make_jobs = lambda run: make_jobs(world, run)
    repo.runs[run.id] = world.runs[run.id] = run
    return run


def make_jobs(world, run):
    keep, world.now = world.now, run.created
    world.plan(run)
    runners = list(run.repo.runners.values())
    for plan in run.plans:
        job = plan.job = Job(world, run, plan)
        run.jobs.append(job)
        world.jobs[job.id] = job
        if runners:
            runner = runners[run.id % len(runners)]
            job.runner_id, job.runner_name, job.group_id, job.group_name = runner.id, runner.name, 1, "Default"
        world.make_steps(job)
        when = run.created + 1
        for step in job.steps:
            step.started, step.status, step.conclusion = when, "completed", "success"
            when += step.seconds
            step.completed = when
        job.status, job.conclusion, job.started, job.completed = "completed", run.conclusion, run.created + 1, when
    world.now = keep


