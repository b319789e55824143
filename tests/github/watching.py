"""Whoever watches a simulated GitHub: watch.c in a home of its own, at the simulator's pace. For bench/api and tests."""
import json
import os
import subprocess
import tempfile
import threading
import time

import client
from client import TOKEN

NAMES = "acme/repo%d"


def virtual_clock(sim, speed):
    """RELAYQ_TEST_NOW so that the product's clock shows what the simulator's does."""
    if speed == 1:
        return {}
    begun = time.time()
    now = sim.state()["now"]
    real = (begun + time.time()) / 2
    return {"RELAYQ_TEST_NOW": "%d*%d" % ((speed * real - now) * 1000 / (speed - 1), speed), "RELAYQ_TEST_SPEED": str(speed)}


class Home:
    """The directories of one operator, with a queue `media` on the simulator's repositories."""

    def __init__(self, sim, repos, clock):
        self.dir = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
        config = os.path.join(self.dir, ".config", "relayq")
        os.makedirs(config)
        with open(os.path.join(config, "config.yaml"), "w", encoding="utf-8") as file:
            file.write("queues:\n  media:\n    kind: github\n    api: http://127.0.0.1:%d\n    repos: [%s]\n" % (
                sim.api, ", ".join(repos)))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "RELAYQ_", "GH_", "GITHUB_"))}
        self.environment.update(clock, HOME=self.dir, XDG_RUNTIME_DIR=self.dir, GH_ENTERPRISE_TOKEN=TOKEN)


class Watch:
    """One process that watches; its lines as they come."""

    def __init__(self, program, home, finished=500):
        self.lines, self.lock = [], threading.Lock()
        self.process = subprocess.Popen([os.path.abspath(program), str(finished)], env=home.environment, cwd=home.dir, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=open(os.path.join(home.dir, "errors"), "ab"))
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            with self.lock:
                self.lines.append(line.decode("utf-8", "replace").split())

    def all(self, kind):
        with self.lock:
            return [line[1:] for line in self.lines if line and line[0] == kind]

    def cost(self):
        """CPU ms, ms of the longest turn since the last question, turns, resident KiB."""
        before = len(self.all("cost"))
        self.process.stdin.write(b"?\n")
        self.process.stdin.flush()
        end = time.monotonic() + 10
        while len(self.all("cost")) == before:
            if time.monotonic() > end:
                raise RuntimeError("no answer from watch")
            time.sleep(0.01)
        return [float(x) for x in self.all("cost")[-1]]

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(20)
        self.thread.join(5)
        self.process.stdout.close()
        return status


def changes(sim, begun, ended):
    """(run's id, step, when it became the current one) of all that happened between two moments, by what the API says."""
    found = []
    for repo in sim.state()["repos"]:
        page = 1
        while page:
            runs = sim.get("/repos/%s/actions/runs?per_page=100&page=%d" % (repo, page)).json["workflow_runs"]
            # The steps of those that had ended before are made up when somebody asks.
            mine = [run for run in runs if run["display_title"].startswith("round")]
            for run in mine:
                jobs = sim.get("/repos/%s/actions/runs/%d/jobs" % (repo, run["id"])).json["jobs"]
                for job in jobs[:1]:
                    for index, step in enumerate(job["steps"], 1):
                        if step["started_at"] and begun <= parse(step["started_at"]) <= ended:
                            found.append((run["id"], index, parse(step["started_at"])))
            page = page + 1 if len(mine) == 100 else 0      # the newest come first
    return found


def parse(text):
    import calendar
    whole, _, part = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (part or "0"))


def staleness(found, seen, until):
    """Seconds from each change of a run that is shown already to the first line that shows it, or what came after; those
    never shown as `until` - then."""
    lines, result = {}, []
    for line in seen:
        lines.setdefault(line[1], []).append(line)
    for run, step, when in found:
        mine = lines.get("media:%d" % run, [])
        if not mine or int(mine[0][0]) / 1000 > when:
            continue
        times = [int(line[0]) / 1000 for line in mine if line[2] == "completed" or
                 (line[2] == "in_progress" and int(line[3]) >= step)]
        result.append(max(0.0, (times[0] if times else until) - when))
    return sorted(result)


def share(values, part):
    return values[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def asked(sim, since=0):
    """What was asked of the API since record number `since`."""
    return [r for r in sim.get("/_sim/requests?since=%d" % since, token=None, timeout=60).json
            if r["host"] == "api" and not r["path"].startswith("/_sim")]
