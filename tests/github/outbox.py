#!/usr/bin/env python3
"""The outbox: nothing is lost, nothing is dispatched twice, whatever the server does and whenever a process is killed."""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Sim, TOKEN  # noqa: E402
from tap import at_once, done, lock, ok, same, until  # noqa: E402

RELAYQ = os.environ["RELAYQ"]
POST = "POST .*dispatches"
SPEED = 20          # of the wall clock
PATIENCE = 2        # and of the clock that waits are measured by


class World:
    """A home, a simulator, and both on a clock that goes faster."""
    count = 0

    def __init__(self, run_name=False):
        with lock:
            World.count += 1
            number = World.count
        now = time.time()
        self.home = os.path.join(os.environ["TMPDIR"], "w%d" % number)
        self.sim = Sim("--speed", str(SPEED), "--now", repr(now))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        self.env.update(HOME=self.home, XDG_STATE_HOME=self.home + "/state", XDG_CONFIG_HOME=self.home + "/config",
                        XDG_CACHE_HOME=self.home + "/cache", XDG_RUNTIME_DIR=self.home + "/run", GH_ENTERPRISE_TOKEN=TOKEN,
                        RELAYQ_TEST_NOW="%d*%d" % (now * 1000, SPEED), RELAYQ_TEST_SPEED=str(PATIENCE))
        os.makedirs(self.home + "/run", 0o700)
        os.makedirs(self.home + "/config/relayq")
        with open(self.home + "/config/relayq/config.yaml", "w") as f:
            f.write("agent:\n  autostart: false\nqueues:\n  media:\n    kind: github\n    api: http://127.0.0.1:%d\n"
                    "    repos: [acme/media]\n    workflow: transcribe.yml\n" % self.sim.api)
        if run_name:
            self.sim.control("workflow", repo="acme/media", file="transcribe.yml", **traced())
        self.agent = None
        self.n = 0

    def begin(self, *args):
        return subprocess.Popen([RELAYQ] + list(args), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def relayq(self, *args):
        child = self.begin(*args)
        out, err = child.communicate(timeout=60)
        return child.returncode, out.decode().strip(), err.decode()

    def name(self):
        self.n += 1
        return "t-%d" % self.n

    def submit(self, *more):
        return self.relayq("submit", "--queue", "media", "-f", "audio=" + self.name(), *more)

    def start_agent(self):
        self.agent = self.begin("agent", "run", "--name", "a1")

    def kill_agent(self):
        if self.agent:
            self.agent.send_signal(signal.SIGKILL)
            self.agent.communicate()
        self.agent = None

    def rows(self, what="SELECT id, state, reason FROM outbox ORDER BY id"):
        path = self.home + "/state/relayq/github.db"
        if not os.path.exists(path):
            return []
        with sqlite3.connect(path, timeout=10) as db:
            return db.execute(what).fetchall()

    def made(self):
        """How often each submission was dispatched."""
        got = {}
        for run in self.sim.state()["runs"]:
            audio = str(run["inputs"].get("audio", ""))
            if audio.startswith("t-"):
                got[audio] = got.get(audio, 0) + 1
        return got

    def wanted(self):
        return {"t-%d" % (i + 1): 1 for i in range(self.n)}

    def settle(self, seconds=40):
        """Until nothing is kept any more."""
        def settled():
            if self.agent and self.agent.poll() is not None:
                self.start_agent()
            return not self.rows()
        return until(seconds, settled, 0.05)

    def until(self, what, test, seconds=20):
        if not until(seconds, test, 0.01):
            raise RuntimeError("waited in vain: " + what)

    def check(self, name, seconds=40):
        settled = self.settle(seconds)
        same(name + ": each is dispatched once", self.made(), self.wanted())
        runs = [r["id"] for r in self.sim.state()["runs"] if str(r["inputs"].get("audio", "")).startswith("t-")]
        known = [row[0] for row in self.rows("SELECT run FROM dispatch ORDER BY run")]
        ok(settled and known == sorted(runs), name + ": nothing is kept any more, and each run is known", self.rows(), known, runs)

    def end(self):
        self.kill_agent()
        status, text = self.sim.end()
        ok(status == 0 and "Traceback" not in text, "the simulator ends well", status, text)


def traced():
    """The workflow as it is, with a title that has relayq's id."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import sim_default
    spec = dict(sim_default.TRANSCRIBE, run_name="transcribe ${{ inputs.audio }} ${{ inputs.relayq_id }}")
    return {k: v for k, v in spec.items() if k != "file"}


def offline(w):
    w.sim.control("net", down=True)
    status, out, err = w.submit()
    ok(status == 5 and "is kept" in err, "no network: kept, with status 5", status, out, err)
    same("it is an id of the queue's", out.startswith("media:01"), True)
    same("a row that waits", [row[1:] for row in w.rows()], [("new", "OFFLINE")])
    status, text, _ = w.relayq("show", out)
    ok("waiting  OFFLINE" in text and "audio=t-1" in text, "show tells it", text)
    ok(out in w.relayq("jobs", "--queue", "media")[1], "jobs lists it")
    status, second, _ = w.submit("--token", "x")
    status, again, _ = w.relayq("submit", "--queue", "media", "-f", "audio=t-2", "--token", "x")
    same("the same token keeps the same one", again, second)
    w.start_agent()
    w.until("the agent is there", lambda: "a1" in w.relayq("agent", "status")[1])
    w.sim.control("net", down=False)
    w.check("when the server is back")
    status, text, _ = w.relayq("show", out)
    ok("audio=t-1" in text and "relayq_id=" + out[6:] in text, "its first id leads to its run", text)


def taken_back(w):
    w.sim.control("net", down=True)
    _, kept, _ = w.submit()
    status, out, err = w.relayq("cancel", kept)
    ok(status == 0 and "will not be dispatched" in out, "cancel takes it back", status, out, err)
    w.n = 0
    w.sim.control("net", down=False)
    w.start_agent()
    time.sleep(1.5)
    w.check("what was taken back")


FAULTS = [("lost", {}), ("reset", {}), ("502", {}), ("truncated", {}), ("secondary", {"retry_after": 1}), ("close", {}),
          ("503", {}), ("empty", {}), ("primary", {"reset": 5}), ("cut-body", {}), ("504", {}), ("html", {}), ("garbage", {}),
          ("429", {"retry_after": 1}), ("500", {})]


def faults(w, kinds):
    """Each fault of a request that may have been acted upon, or not."""
    for kind, more in kinds:
        w.sim.fault(kind, POST, **more)
        status, out, err = w.submit()
        ok(status in (0, 5) and out.startswith("media:"), "%s: it is a run, or kept" % kind, status, out, err)
        # Before the next one, or two could each be the other.
        if w.rows() and not w.agent:
            w.start_agent()
        if not w.settle(60):
            ok(False, kind + ": it is dispatched in the end", w.rows())
        w.kill_agent()
    w.check("after each fault")


def killed_before(w):
    """Nothing was written yet: nothing is promised."""
    w.sim.fault("stall", "GET .*contents", seconds=30)
    child = w.begin("submit", "--queue", "media", "-f", "audio=t-x")
    w.until("the file is asked for", lambda: w.sim.state()["faults"])
    child.kill()
    child.communicate()
    same("killed while the workflow is read: no row", w.rows(), [])


def killed(w, kind, name, hold=False, **more):
    """Killed while the request is on its way."""
    w.sim.fault(kind, POST, **more)
    child = w.begin("submit", "--queue", "media", "-f", "audio=" + w.name())
    w.until("it is sent", lambda: w.sim.state()["faults"])
    db = None
    if hold:        # the answer is there, and cannot be written down
        db = sqlite3.connect(w.home + "/state/relayq/github.db", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        time.sleep(more["seconds"] + 0.5)
    child.kill()
    child.communicate()
    if db:
        db.execute("ROLLBACK")
        db.close()
    same(name + ": the row says that it was being sent", [row[1] for row in w.rows()], ["sending"])
    w.start_agent()
    w.check(name)
    w.kill_agent()


def at_any_moment(w):
    """The agent is killed again and again, the server is unreliable, commands go on submitting."""
    dice = random.Random(4)
    w.start_agent()
    kinds = ("lost", "reset", "502", "secondary")
    for i in range(4):
        w.sim.control("net", down=True)
        w.submit()
        w.sim.fault(kinds[i % 4], POST, **({"retry_after": 1} if i % 4 == 3 else {}))
        w.sim.control("net", down=False)
        for _ in range(4):
            time.sleep(dice.random() * 0.7)
            w.kill_agent()
            w.start_agent()
        w.settle(40)
    w.check("the agent is killed at any moment")


def two_flush(w):
    """Two that send what was kept."""
    w.sim.control("net", down=True)
    for _ in range(4):
        w.submit()
    w.start_agent()
    second = w.begin("agent", "run", "--name", "a2")
    w.sim.control("net", down=False)
    w.check("two agents at once")
    second.kill()
    second.communicate()


def titled(w):
    """Others dispatch the same at the same time: the title tells which one is ours."""
    w.sim.fault("lost", POST)
    child = w.begin("submit", "--queue", "media", "-f", "audio=" + w.name())
    w.until("it is sent", lambda: w.sim.state()["faults"])
    for _ in range(3):
        w.sim.control("run", repo="acme/media", workflow="transcribe.yml", inputs={"audio": "another"}, actor="monalisa")
    out, _ = child.communicate(timeout=60)
    ours = [r["id"] for r in w.sim.state()["runs"] if r["inputs"].get("audio") == "t-1"]
    same("the run with the id in its title is taken, of four", out.decode().strip(), "media:%d" % ours[0])


def several(w):
    """Without one nothing is guessed, and nothing sent again."""
    w.sim.fault("lost", POST)
    child = w.begin("submit", "--queue", "media", "-f", "audio=" + w.name())
    w.until("it is sent", lambda: w.sim.state()["faults"])
    w.sim.control("run", repo="acme/media", workflow="transcribe.yml", inputs={"audio": "another"}, actor="monalisa")
    child.communicate(timeout=60)
    w.start_agent()
    w.until("it is unsure", lambda: [row[1] for row in w.rows()] == ["unsure"])
    time.sleep(8 / PATIENCE)
    same("two that fit: unsure, and none is taken", [row[1:] for row in w.rows()], [("unsure", "DISPATCH_UNSURE")])
    same("and nothing is sent again", w.made(), {"t-1": 1})
    _, text, _ = w.relayq("show", "media:" + w.rows()[0][0])
    ok("2 runs of transcribe.yml could be this one" in text, "show says so", text)


def refused(w):
    """What the server refuses when it can be reached at last is shown, not lost."""
    w.sim.control("net", down=True)
    w.relayq("submit", "--queue", "media", "--workflow", "gone.yml", "-f", "audio=x")
    w.sim.control("net", down=False)
    w.start_agent()
    w.until("it is refused", lambda: [row[1] for row in w.rows()] == ["failed"])
    _, out, _ = w.relayq("jobs", "--queue", "media")
    row = "media:" + w.rows()[0][0]
    ok("failure\t" + row in out, "refused later: a failed job", out)
    ok("NOT_DISPATCHED" in w.relayq("show", row)[1], "with the reason")
    ok("has no workflow gone.yml" in w.relayq("show", row)[1], "show says why", w.relayq("show", row))


PARTS = [(offline, False), (taken_back, False), (lambda w: faults(w, FAULTS[0:5]), False),
         (lambda w: faults(w, FAULTS[5:10]), False), (lambda w: faults(w, FAULTS[10:]), False), (killed_before, False),
         (lambda w: killed(w, "stall", "killed before the server had it", seconds=30), False),
         (lambda w: killed(w, "delay", "killed after the server had it", seconds=2), False),
         (lambda w: killed(w, "delay", "killed before the answer was written", hold=True, seconds=1), False),
         (lambda w: killed(w, "delay", "the same with a title", seconds=2), True),
         (at_any_moment, False), (two_flush, False), (titled, True), (several, False), (refused, False)]


def one(part, run_name):
    world = World(run_name)
    try:
        part(world)
    finally:
        world.end()


at_once(8, [("part %d" % i, one, *PARTS[i]) for i in [int(a) for a in sys.argv[1:]] or range(len(PARTS))])
done()
