"""The simulator as GitHub Enterprise Server, as Gitea and as Forgejo; big worlds; and its ways to be used. In TAP."""
import os
import re
import subprocess
import sys
import tempfile
import time

from client import HERE, RUNS, TOKEN, Sim, manual
from tap import done, ok, same

REPO = "/api/v1/repos/acme/media"


def ended(sim, name):
    status, text = sim.end()
    ok(status == 0 and "Traceback" not in text, name + " ends well", status, text)


def enterprise():
    sim = manual()
    runs = sim.get("/api/v3" + RUNS + "?per_page=2")
    ok("/api/v3/repositories/" in runs.headers["link"], "GHES: pages stay below /api/v3", runs.headers)
    ok("/api/v3/repos/" in runs.json["workflow_runs"][0]["url"], "GHES: so do addresses")
    same("GHES: no limits to ask for", sim.get("/api/v3/rate_limit").status, 404)
    same("GHES: its version", sim.get("/api/v3/meta").json["installed_version"], "3.19.0")
    ended(sim, "GHES")


def gitea():
    sim = manual("--forge", "gitea")
    same("gitea: version", sim.get("/api/v1/version").json["version"], "28.0.0")
    answer = sim.get(REPO + "/actions/runs?limit=4&per_page=1")
    same("gitea: limit, not per_page", (len(answer.json["workflow_runs"]), answer.headers["x-total-count"]), (4, "6"))
    ok("page=2" in answer.headers["link"] and "etag" not in answer.headers and "x-ratelimit-limit" not in answer.headers,
       "gitea: Link, no ETag, no limits", answer.headers)
    run = answer.json["workflow_runs"][0]
    ok("name" not in run and "workflow_id" not in run and "conclusion" not in run, "gitea: what a run has not", run)
    same("gitea: unset times", run["started_at"], "1970-01-01T00:00:00Z")
    same("gitea: a bad status", sim.get(REPO + "/actions/runs?status=none").status, 400)
    made = sim.post(REPO + "/actions/workflows/transcribe.yml/dispatches?return_run_details=true",
                    {"ref": "main", "inputs": {"audio": "x", "runner": "rpi4"}})
    number = made.json["workflow_run_id"]
    sim.advance(3.4)
    job = sim.get(REPO + "/actions/runs/%d/jobs" % number).json["jobs"][0]
    same("gitea: steps from 0", [s["number"] for s in job["steps"]], [0, 1])
    path = REPO + "/actions/jobs/%d/logs" % job["id"]
    first = sim.get(path)
    ok(first.status == 200 and b"\xef\xbb\xbf" not in first.body and first.body, "gitea: a log while it runs", first.body)
    sim.advance(1.1)
    rest = sim.get(path, Range="bytes=%d-" % len(first.body))
    same("gitea: the rest of it", (rest.status, first.body + rest.body), (206, sim.get(path).body))
    same("gitea: nothing more", sim.get(path, Range="bytes=%d-" % len(first.body + rest.body)).status, 416)
    same("gitea: cancel gives the run", sim.post(REPO + "/actions/runs/%d/cancel" % number).json["id"], number)
    runner = sim.get(REPO + "/actions/runners").json["runners"][1]
    same("gitea: disabled", sim.ask("PATCH", REPO + "/actions/runners/%d" % runner["id"], {"disabled": True}).json["disabled"],
         True)
    sim.advance(10)
    late = sim.post(REPO + "/actions/workflows/transcribe.yml/dispatches?return_run_details=true",
                    {"ref": "main", "inputs": {"audio": "x", "runner": "rpi4"}}).json["workflow_run_id"]
    sim.advance(10)
    same("gitea: takes nothing then", sim.get(REPO + "/actions/runs/%d" % late).json["status"], "queued")
    same("gitea: no labels to set", sim.get(REPO + "/actions/runners/%d/labels" % runner["id"]).status, 404)
    same("gitea: workflows by file", sim.get(REPO + "/actions/workflows").json["workflows"][0]["id"], "transcribe.yml")
    ok(b"workflow_dispatch" in sim.get(REPO + "/raw/.github/workflows/transcribe.yml").body, "gitea: a file")
    ended(sim, "gitea")
    old = manual("--forge", "gitea", "--forge-version", "1.25.0")
    same("gitea 1.25: no cancel", old.post(REPO + "/actions/runs/%d/cancel" % run["id"]).status, 404)
    same("gitea 1.25: no run id", old.post(REPO + "/actions/workflows/test.yml/dispatches?return_run_details=true",
                                          {"ref": "main"}).status, 204)
    ended(old, "gitea 1.25")


def forgejo():
    sim = manual("--forge", "forgejo")
    ok("+gitea-" in sim.get("/api/v1/version").json["version"], "forgejo: version")
    runners = sim.get(REPO + "/actions/runners").json
    same("forgejo: a plain list", [(r["name"], r["status"]) for r in runners],
         [("macmini", "active"), ("rpi4", "idle"), ("oldpc", "offline")])
    same("forgejo: labels are strings", runners[1]["labels"][-1], "rpi4")
    run = sim.get(REPO + "/actions/runs").json["workflow_runs"][1]
    same("forgejo: one word of state", (run["status"], "conclusion" in run), ("running", False))
    same("forgejo: no workflows", sim.get(REPO + "/actions/workflows").status, 404)
    made = sim.post(REPO + "/actions/workflows/test.yml/dispatches", {"ref": "main", "return_run_info": True})
    same("forgejo: 201", (made.status, sorted(made.json)), (201, ["id", "jobs", "run_number"]))
    jobs = sim.get(REPO + "/actions/runs/%d/jobs" % made.json["id"]).json
    ok(isinstance(jobs, list) and jobs[0]["runs_on"] == ["self-hosted", "macmini"], "forgejo: jobs", jobs)
    same("forgejo: cancel", sim.post(REPO + "/actions/runs/%d/cancel" % made.json["id"]).status, 204)
    same("forgejo: a new runner", sorted(sim.post(REPO + "/actions/runners", {"name": "n"}).json), ["id", "token", "uuid"])
    ended(sim, "forgejo")


def big():
    begin = time.monotonic()
    sim = manual("--repos", "10", "--runs", "10000", "--runners", "1000", "--active", "20")
    took = time.monotonic() - begin
    ok(took < 20, "10,000 runs and 1,000 runners are there soon", took)
    sim.advance(60)
    repo = "/repos/acme/repo3/actions"
    runs = sim.get(repo + "/runs?per_page=100").json
    same("runs of one repository", (runs["total_count"], len(runs["workflow_runs"])), (1002, 100))
    ok(len(sim.get(repo + "/runs?per_page=100").body) > 800000, "as large as the real ones, nearly")
    job = sim.get("%s/runs/%d/jobs" % (repo, runs["workflow_runs"][5]["id"])).json["jobs"][0]
    ok(job["status"] == "completed" and len(job["steps"]) > 8, "an old run has its job")
    ended_run = sim.get(repo + "/runs?status=failure&per_page=100&page=11").json
    ok(ended_run["workflow_runs"] == [], "filtered lists end at 1,000")
    before = {r["id"] for r in sim.state()["runs"] if r["status"] != "completed"}
    sim.advance(600)
    after = {r["id"] for r in sim.state()["runs"] if r["status"] != "completed"}
    ok(len(before) == len(after) == 20 and not before & after, "20 are always going on", len(before), len(after))
    sim.control("touch", runs=100, runners=10)
    ended(sim, "the big one")


def usage():
    program = os.path.join(HERE, "sim.py")
    times = []
    for _ in range(3):
        begin = time.monotonic()
        sim = Sim()
        times.append(time.monotonic() - begin)
        ended(sim, "one more")
    ok(min(times) < 5, "it starts quickly", times)
    out = subprocess.run([sys.executable, program, "--", sys.executable, program, "call", "GET", RUNS + "?per_page=1"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    ok(out.returncode == 0 and b'"total_count": 6' in out.stdout, "with a command", out)
    out = subprocess.run([sys.executable, program, "--", sys.executable, program, "wait", "len(runs) == 6 and s['now'] > 0"],
                         stderr=subprocess.PIPE, timeout=20)
    same("wait", out.returncode, 0)
    out = subprocess.run([sys.executable, program, "--", "sh", "-c", "exit 7"], timeout=20)
    same("its status", out.returncode, 7)
    with tempfile.TemporaryDirectory() as place:
        def own(*args):
            return subprocess.run([sys.executable, program] + list(args), cwd=place, timeout=20, stdout=subprocess.PIPE)
        same("in the background", own("start", "--config", "c/config.yaml", "--clock", "manual").returncode, 0)
        with open(os.path.join(place, "c", "config.yaml"), encoding="utf-8") as file:
            ok("  media:\n    kind: github\n    api: http://127.0.0.1:" in file.read(), "a configuration")
        ok(b'"workflows"' in own("call", "GET", "/repos/acme/media/actions/workflows").stdout, "it answers")
        same("and ends", (own("stop").returncode, os.path.exists(os.path.join(place, "sim.env"))), (0, False))
    process = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE)
    line = process.stdout.readline()
    process.terminate()
    ok(re.match(rb"^api http://127\.0\.0\.1:\d+\n$", line) and process.wait(10) == 0, "SIGTERM ends it", line)
    process.stdout.close()
    shell = '. "$0/../tap.sh"; sim_config() { :; }; top_srcdir=$0/../..; . "$0/sim.sh"; sim_start --clock manual; ' \
            'sim_post clock \'{"advance": 9}\' && sim_wait "len(runners) == 3" && sim_asked "^GET /repos" && ' \
            'test -n "$SIM_API" && test "$GH_ENTERPRISE_TOKEN" = %s && sim_clean "clean"' % TOKEN
    environment = dict(os.environ, PYTHON=sys.executable)
    environment.setdefault("TMPDIR", "/tmp")
    out = subprocess.run(["sh", "-c", shell, HERE], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    ok(out.stdout == b"0\nok 1 - clean\n" and out.returncode == 0, "from a shell", out)


for part in (enterprise, gitea, forgejo, big, usage):
    part()
done()
