"""The client of the API against the simulator: each fault x each kind of request, and what several processes share. In TAP."""
import concurrent.futures
import json
import os
import queue
import re
import subprocess
import tempfile
import time

import sim_faults
from client import DISPATCH, RUNNERS, RUNS, TOKEN, Sim
from tap import at_once, done, ok, same

ASK = os.path.join(os.environ["top_builddir"], "tests/github/ask")
WORKERS = 8
PARAMETERS = {"primary": {"reset": 2}, "secondary": {"retry_after": 1}, "429": {"retry_after": 1}, "503": {"retry_after": 1},
              "stall": {"seconds": 1}, "stall-body": {"seconds": 1}, "delay": {"seconds": 1}, "slow": {"rate": 100000}}


class Ask:
    """One client, in a directory of its own."""

    def __init__(self, sim, cache=None, forge="github", prefix="", base=None):
        self.dir = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
        self.cache = cache or os.path.join(self.dir, "cache", "cache.db")
        self.process = subprocess.Popen(
            [ASK, base or "http://127.0.0.1:%d%s" % (sim.api, prefix), self.cache, forge], cwd=self.dir,
            env=dict(os.environ, GH_ENTERPRISE_TOKEN=TOKEN), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def tell(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("ask ended: %s" % self.process.wait(10))
        return json.loads(line)

    def __call__(self, line):
        self.tell(line)
        return self.hear()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)


def dispatched(sim):
    return len(sim.state()["runs"])


def one(sim, kind, what):
    """(name, complaints) of one fault and one kind of request."""
    problems = []
    ask = Ask(sim)
    job = sim.known_jobs[0]
    line, match = {
        "get": ("get 0 %s?per_page=100" % RUNS, "GET /repos/acme/media/actions/runs"),
        "send": ("send POST %s %s" % (DISPATCH, json.dumps({"ref": "main", "inputs": {"audio": "a.mp3"},
                                                              "return_run_details": True})), "POST"),
        "file": ("file 1000000 /repos/acme/media/actions/jobs/%d/logs" % job, "/logs"),
    }[what]
    before = dispatched(sim)
    asked = len(sim.get("/_sim/requests", token=None).json)
    sim.control("fault", kind=kind, match=match, **PARAMETERS.get(kind, {}))
    start = time.monotonic()
    got = ask(line)
    took = time.monotonic() - start
    sim.control("reset-faults")
    posts = [r for r in sim.get("/_sim/requests", token=None).json[asked:] if r["method"] == "POST"]
    runs = dispatched(sim) - before
    error = got["error"]
    if took > 20:
        problems.append("took %.1f s" % took)
    if got["code"] != "ok" and (not error or "\n" in error or not error.endswith(".")):
        problems.append("no sentence: %r" % error)
    if TOKEN in json.dumps(got) or "sig=" in json.dumps(got):
        problems.append("a secret: %r" % got)
    if what == "get" and got["code"] == "ok" and not got["bytes"]:
        problems.append("well, but empty")
    if what == "send":
        wanted = 2 if kind == "duplicate" else 1
        if len(posts) != 1:
            problems.append("sent %d times" % len(posts))
        if runs > wanted or (got["code"] == "ok" and runs != wanted) or (got["reach"] == 0 and runs):
            problems.append("%d runs, %r" % (runs, got))
    if what == "file" and got["code"] == "ok" and not os.path.getsize(os.path.join(ask.dir, "file")):
        problems.append("well, but nothing in the file")
    # Without a restart.
    give_up = time.monotonic() + 12
    again = {"code": ""}
    while again["code"] != "ok" and time.monotonic() < give_up:
        again = ask("get 0 %s?per_page=100" % RUNNERS)
        if again["code"] != "ok":
            time.sleep(0.3)
    if again["code"] != "ok":
        problems.append("does not recover: %s" % again["error"])
    if ask("get 0 %s?per_page=100" % RUNS)["code"] != "ok":
        problems.append("what was asked for stays bad")
    if ask.end():
        problems.append("ended badly")
    return "%-16s %-4s %-11s %5.1f s  %s" % (kind, what, got["code"], took, error[:90]), problems


def faults():
    sims = queue.Queue()
    started = [Sim() for _ in range(WORKERS)]
    for sim in started:
        sim.known_jobs = [job["id"] for run in sim.get(RUNS).json["workflow_runs"] if run["status"] == "completed"
                          for job in sim.jobs(run["id"]) if job["conclusion"] == "success"]
        sims.put(sim)

    def work(case):
        sim = sims.get()
        try:
            return one(sim, *case)
        finally:
            sims.put(sim)
    cases = [(kind, what) for kind in sim_faults.KINDS for what in ("get", "send", "file")]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for name, problems in pool.map(work, cases):
            ok(not problems, name, *problems)
    for sim in started:
        same("no Authorization where it does not belong", sim.get("/_sim/violations", token=None).json, [])
        sim.end()


def stalled():
    """A host that takes a request and says nothing keeps nobody for long."""
    sim = Sim()
    ask = Ask(sim)
    sim.fault("stall", match="/runs")
    start = time.monotonic()
    got = ask("get 0 " + RUNS)
    ok(got["code"] == "ok" and 14 < time.monotonic() - start < 20, "a stalled read is asked again after 15 s", got)
    ask.end()
    sim.end()


def shared():
    """Several processes spend what one does."""
    sim = Sim()
    asks = [Ask(sim)]
    asks += [Ask(sim, cache=asks[0].cache) for _ in range(3)]
    for _ in range(5):
        for ask in asks:
            ask.tell("get 2000 " + RUNS)
        for ask in asks:
            same("all are answered", ask.hear()["code"], "ok")
    count = len([r for r in sim.get("/_sim/requests", token=None).json if r["path"].startswith(RUNS)])
    ok(count <= 2, "20 questions of four processes are one request or two", count)
    sim.fault("secondary", retry_after=30)
    same("one meets a limit", asks[0]("get 0 " + RUNS)["code"], "busy")
    asked = sim.state()["requests"]
    got = asks[1]("get 0 " + RUNS)
    ok(got["code"] == "busy" and got["stale"] and 25000 < got["retry_in"] < 31000, "and the others know", got)
    same("without asking", sim.state()["requests"], asked)
    for ask in asks:
        same("ends well", ask.end(), 0)
    sim.end()


def idle():
    """Polling what does not change is free of points."""
    sim = Sim("--clock", "manual")
    ask = Ask(sim)
    ask("get 0 " + RUNS)
    got = ask("repeat 50 0 " + RUNS)
    budget = ask("budget")
    ok(budget["not_modified"] == 50 and budget["points"] == 1 and budget["remaining"] == 4999, "50 polls cost no point", budget)
    print("# %d us of CPU for each" % (got["cpu_us"] / 50))
    sim.control("net", down=True)
    got = ask("get 0 " + RUNS)
    # The connection that was open may have been used once more before its end was known.
    ok(got["code"] == "unreachable" and got["stale"] and re.search("connected|ended the connection", got["error"]),
       "the port is closed", got)
    start = time.monotonic()
    got = ask("get 0 " + RUNNERS)
    ok(got["code"] == "unreachable" and time.monotonic() - start < 1, "nobody waits for it", got)
    same("it is said", ask("budget")["online"], False)
    sim.post("/_sim/net", {"down": False}, token=None, port=sim.storage)
    time.sleep(2.1)
    same("it comes back", ask("get 0 " + RUNS)["code"], "ok")
    same("and that too", ask("budget")["online"], True)
    ask.end()
    sim.end()


def forges():
    for forge, prefix in (("github", "/api/v3"), ("gitea", "/api/v1"), ("forgejo", "/api/v1")):
        sim = Sim(*([] if forge == "github" else ["--forge", forge]))
        ask = Ask(sim, forge=forge, prefix=prefix)
        got = ask("get 0 %s?per_page=2&limit=2" % RUNS)
        ok(got["code"] == "ok" and got["next"] and not got["next"].startswith("/api"), "%s has a next page" % forge, got)
        got = ask("get 0 " + (got["next"] or RUNS))
        ok(got["code"] == "ok" and got["bytes"], "%s gives it" % forge, got)
        ask.end()
        sim.end()


at_once(3, [(part.__name__, part) for part in (faults, shared, stalled, forges, idle)])
done()
