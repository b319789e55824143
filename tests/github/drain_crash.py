#!/usr/bin/env python3
"""kill -9 in every state of a drain and of a re-route: the next start finishes or undoes it, once."""
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Sim, TOKEN  # noqa: E402
from tap import at_once, done, lock, ok, same, until  # noqa: E402

RELAYQ = os.environ["RELAYQ"]
SPEED = 60
QUEUED = 19283746506        # somebody else's; it waits for oldpc


class World:
    """A home, a simulator, and both on a clock that goes faster."""
    count = 0

    def __init__(self):
        with lock:
            World.count += 1
            number = World.count
        now = int(time.time())
        self.home = os.path.join(os.environ["TMPDIR"], "w%d" % number)
        self.sim = Sim("--speed", str(SPEED), "--now", str(now))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        self.env.update(HOME=self.home, XDG_STATE_HOME=self.home + "/state", XDG_CONFIG_HOME=self.home + "/config",
                        XDG_CACHE_HOME=self.home + "/cache", XDG_RUNTIME_DIR=self.home + "/run", GH_ENTERPRISE_TOKEN=TOKEN,
                        TERM="xterm", RELAYQ_TEST_NOW="%d000*%d" % (now, SPEED))
        os.makedirs(self.home + "/run", 0o700)
        os.makedirs(self.home + "/config/relayq")
        with open(self.home + "/config/relayq/config.yaml", "w") as f:
            f.write("agent:\n  autostart: false\nqueues:\n  media:\n    kind: github\n    api: http://127.0.0.1:%d\n"
                    "    repos: [acme/media]\n    runner_input: runner\n    drain: {confirm: 2m}\n" % self.sim.api)
        self.console = self.agent = None

    def begin(self, *args):
        return subprocess.Popen([RELAYQ] + list(args), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def relayq(self, *args):
        child = self.begin(*args)
        out, err = child.communicate(timeout=60)
        return child.returncode, out.decode().strip(), err.decode()

    def killed(self, match, *args):
        """Run a command until the server was asked for MATCH, then kill it."""
        child = self.begin(*args)
        self.until("a request " + match, lambda: self.asked(match))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        self.sim.control("reset-faults")

    def start(self, what):
        if what == "console":
            self.start_console()
        else:
            self.agent = self.begin("agent", "run", "--name", "a1")

    def start_console(self):
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(RELAYQ, [RELAYQ], self.env)
        self.console = (pid, fd)
        threading.Thread(target=self.read, args=(fd,), daemon=True).start()

    @staticmethod
    def read(fd):
        try:
            while os.read(fd, 65536):
                pass
        except OSError:
            pass

    def end_console(self):
        if self.console:
            os.kill(self.console[0], signal.SIGKILL)
            os.waitpid(self.console[0], 0)
            os.close(self.console[1])
        self.console = None

    def asked(self, match):
        return len(self.sim.ask("GET", "/_sim/requests?match=" + match.replace(" ", "%20")).json)

    def rows(self, what):
        path = self.home + "/state/relayq/github.db"
        if not os.path.exists(path):
            return []
        db = sqlite3.connect(path, timeout=10)
        try:
            return db.execute(what).fetchall()
        finally:
            db.close()

    def notes(self, kind):
        return [row[0] for row in self.rows("SELECT state FROM note WHERE kind='%s'" % kind)]

    def labels(self, name):
        return [r["custom"] for r in self.sim.state()["runners"] if r["name"] == name][0]

    def copies(self):
        """Of our submission: where each run of it was to run, and what became of it."""
        return [(r["inputs"]["runner"], r["conclusion"] if r["status"] == "completed" else "alive")
                for r in self.sim.state()["runs"] if r["inputs"].get("audio") == "t-1"]

    def until(self, what, test, seconds=30):
        if not until(seconds, test):
            ok(False, "waited in vain: " + what)

    def end(self):
        self.end_console()
        if self.agent:
            self.agent.send_signal(signal.SIGKILL)
            self.agent.communicate()
        self.sim.control("reset-faults")
        status, text = self.sim.end()
        if status != 0 or "Traceback" in text:
            ok(False, "the simulator ends well", status, text)


# --- drains -------------------------------------------------------------------------------------

def drain_cut(name, kind, follower="console"):
    w = World()
    w.sim.control("fault", kind=kind, match="PUT .*labels", seconds=60)
    w.killed("PUT", "drain", "rpi4", "--reason", "disk")
    same(name + ": the row was there first", w.notes("drain"), ["CORDONING"])
    w.start(follower)
    w.until("the drain goes on", lambda: w.notes("drain") not in (["CORDONING"], []))
    same(name + ": the next start finishes it", (w.notes("drain")[0] in ("DRAINING", "DRAINED"), w.labels("rpi4")),
         (True, ["drain", "was.rpi4"]))
    w.end()


def quiescing():
    w = World()
    w.relayq("drain", "rpi4", "--reason", "disk")
    w.killed("GET .*runners.per_page", "drain", "rpi4", "--reason", "disk", "--wait")
    same("killed while it waits: draining", w.notes("drain"), ["DRAINING"])
    w.start_console()
    w.until("drained", lambda: w.notes("drain") == ["DRAINED"], 60)
    same("the next start sees it drained", w.notes("drain"), ["DRAINED"])
    w.end_console()
    status, out, _ = w.relayq("runners", "rpi4")
    ok("DRAINED" in out, "and it stays so", out)
    w.end()


def undrain_cut(name, kind):
    w = World()
    w.relayq("drain", "rpi4", "--reason", "disk")
    w.sim.control("reset-requests")
    w.sim.control("fault", kind=kind, match="PUT .*labels", seconds=60)
    w.killed("PUT", "undrain", "rpi4")
    same(name + ": the row was there first", w.notes("drain"), ["RESUMING"])
    w.start_console()
    w.until("nothing is left", lambda: w.notes("drain") == [])
    same(name + ": the next start finishes it", (w.notes("drain"), w.labels("rpi4")), ([], ["rpi4"]))
    w.end()


# --- our own runs -------------------------------------------------------------------------------

def move_cut(name, kind, match, follower="console"):
    w = World()
    status, run, err = w.relayq("submit", "--workflow", "transcribe.yml", "-f", "audio=t-1", "--to", "oldpc")
    if status:
        ok(False, name + ": submitted", err)
    w.sim.control("reset-requests")
    w.sim.control("fault", kind=kind, match=match, seconds=60)
    w.killed(match, "reroute", run, "--to", "rpi4")
    there = w.notes("move") or w.rows("SELECT id FROM outbox")
    ok(there, name + ": it is written down")
    w.start(follower)
    w.until("nothing is left", lambda: not w.notes("move") and not w.rows("SELECT id FROM outbox") and len(w.copies()) == 2, 60)
    same(name + ": it ran nowhere, and runs once", [c if c[0] == "oldpc" else c[0] for c in w.copies()],
         [("oldpc", "cancelled"), "rpi4"])
    same(name + ": nothing is left", (w.notes("move"), w.rows("SELECT id FROM outbox")), ([], []))
    w.end()


# --- others' runs -------------------------------------------------------------------------------

def lend_cut(name, kind, match, pick=None):
    w = World()
    if pick:
        w.sim.control("set", pick=pick)
    if kind:
        w.sim.control("fault", kind=kind, match=match, seconds=60)
    w.killed(match, "reroute", "media:%d" % QUEUED, "--to", "rpi4")
    ok(w.notes("lend"), name + ": it is written down")
    w.start_console()
    w.until("the labels are back", lambda: w.notes("lend") == [], 60)
    same(name + ": the next start takes the labels back", (w.notes("lend"), w.labels("rpi4")), ([], ["rpi4"]))
    w.end()


PARTS = [
    (drain_cut, "killed before the server was told", "stall"),
    (drain_cut, "killed before the server's answer", "delay"),
    (quiescing,),
    (undrain_cut, "an undo killed before the server was told", "stall"),
    (undrain_cut, "an undo killed before the server's answer", "delay"),
    (move_cut, "a move killed before the cancellation", "stall", "POST .*cancel"),
    (move_cut, "a move killed after the cancellation", "delay", "POST .*cancel"),
    (move_cut, "a move killed before the dispatch", "stall", "POST .*dispatches"),
    (move_cut, "a move killed after the dispatch", "delay", "POST .*dispatches"),
    (drain_cut, "killed before the server was told, with an agent next", "stall", "agent"),
    (move_cut, "a move killed before the cancellation, with an agent next", "stall", "POST .*cancel", "agent"),
    (lend_cut, "a loan killed before the server was told", "stall", "POST .*labels"),
    (lend_cut, "a loan killed before the server's answer", "delay", "POST .*labels", 100000),
    (lend_cut, "a loan killed while it lasts", None, "GET .*actions/jobs/", 100000),
    (lend_cut, "a loan killed while it ends", "stall", "DELETE .*labels"),
]

at_once(5, [(" ".join(map(str, part[1:])), *part) for part in PARTS])
done()
