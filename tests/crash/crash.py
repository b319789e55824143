"""What the crash tests share: a world of its own (state, agents, jobs with a journal), faults, and the checks.

Each job of a world is a script that leaves traces: it holds a file lock that its descendants inherit, so a second live
copy or a process left over is seen by the next; it looks whether the jobs before it have ended; and jobs of a group
must find one of the group's few places free."""
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from tap import until  # noqa: E402

BUILD = os.environ.get("top_builddir", ".")
SOURCE = os.environ.get("top_srcdir", ".")
CRASH = os.path.join(BUILD, "tests", "crash")

SCRIPT = r'''
J={dir} I={id}
exec 9>>$J/lock.$I
flock -n 9 || echo "two live copies of job $I (attempt $RELAYQ_RUN_ATTEMPT)" >>$J/violations
echo "start $I $RELAYQ_RUN_ATTEMPT $RELAYQ_TOKEN" >>$J/journal
for p in {parents}; do
  test -e $J/done.$p || echo "job $I began before $p had ended" >>$J/violations
done
{group}
{extra}
sleep {seconds}
{fail}
echo "end $I $RELAYQ_RUN_ATTEMPT $RELAYQ_TOKEN" >>$J/journal
: >$J/done.$I
'''
GROUP = r'''
place=
for n in {places}; do
  eval "exec 8>>$J/group.{name}.$n"
  if flock -n 8; then place=$n; break; fi
done
test -n "$place" || echo "job $I is one more than group {name} may run" >>$J/violations
'''


class World:
    """A state directory with its agents. Everything that it starts ends with it."""

    def __init__(self, worker="worker", shim="shim", lease=1000, grace=300):
        self.home = tempfile.mkdtemp(prefix="w")
        self.traces = os.path.join(self.home, "traces")
        os.mkdir(self.traces)
        self.worker = os.path.join(CRASH, worker)
        self.shim = os.path.join(CRASH, shim)
        self.lease, self.grace, self.cgroup = lease, grace, "auto"
        self.agents = {}        # name -> (process, labels, slots, chaos)
        self.jobs = []
        self.stopped = set()    # pids that we froze
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "RELAYQ_"))}
        self.env.update(HOME=self.home, XDG_RUNTIME_DIR=self.home, RELAYQ_SHIM=self.shim, PATH=os.environ["PATH"])
        self.state_dir = os.path.join(self.home, ".local/state/relayq")

    def run(self, *args, text=None, **kw):
        return subprocess.run([self.worker, *args], input=text, env=self.env, capture_output=True, text=True,
                              timeout=60, **kw)

    # --- jobs

    def add(self, seconds=0.1, labels="self-hosted", group="", limit=0, after=(), timeout=0, retries=0, extra="",
            fail="", name=None):
        number = len(self.jobs)
        script = SCRIPT.format(dir=self.traces, id=number, parents=" ".join(str(p) for p in after), seconds=seconds,
                               extra=extra, fail=fail,
                               group=GROUP.format(name=group, places=" ".join(str(n) for n in range(limit)))
                               if group else "")
        script = "; ".join(line for line in script.strip().splitlines() if line)
        script = script.replace("do;", "do").replace("then;", "then")
        self.jobs.append(dict(name=name or "job%d" % number, labels=labels, group=group, limit=limit, after=list(after),
                              timeout=timeout, retries=retries, script=script))
        return number

    def submit(self):
        lines = []
        for j in self.jobs:
            lines.append("\t".join([j["name"], j["labels"], j["group"], str(j["limit"]),
                                    ",".join("^%d" % p for p in j["after"]), str(j["timeout"]), str(j["retries"]),
                                    j["script"]]))
        r = self.run("submit", text="\n".join(lines) + "\n")
        if r.returncode:
            raise RuntimeError("submit: " + r.stderr)
        self.ids = r.stdout.split()

    def state(self):
        r = self.run("state")
        rows = {}
        for line in r.stdout.splitlines():
            f = line.split("\t")
            rows[f[0]] = dict(name=f[1], status=f[2], conclusion=f[3], attempt=int(f[4]), losses=int(f[5]), runner=f[6],
                              reason=f[7])
        return rows

    def wait(self, seconds, tick=lambda: None, pause=0.05):
        """Until all jobs are completed; TICK is called meanwhile. The rows, None when time is up."""
        def completed():
            rows = self.state()
            if rows and all(r["status"] == "completed" for r in rows.values()):
                return rows
            tick()
            return None
        return until(seconds, completed, pause)

    # --- agents

    def agent(self, name, labels="x", slots=2, chaos=""):
        env = dict(self.env)
        if chaos:
            env["RELAYQ_CHAOS"] = chaos
        p = subprocess.Popen([self.worker, "agent", name, labels, str(slots), str(self.lease), str(self.grace),
                              self.cgroup], env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=open(os.path.join(self.home, "stderr." + name), "a"))
        self.agents[name] = (p, labels, slots, chaos)
        return p

    def revive(self, chaos=None):
        """Start again the agents that have died."""
        for name, (p, labels, slots, old) in list(self.agents.items()):
            if p.poll() is not None:
                self.agent(name, labels, slots, old if chaos is None else chaos)

    def shims(self):
        """The living shims of this world, without children of theirs that are about to become a job."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    argv = f.read().split(b"\0")
                with open("/proc/%s/stat" % pid) as f:
                    state, parent = f.read().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue
            if state != "Z" and len(argv) > 1 and argv[1].startswith(self.home.encode()):
                found[int(pid)] = int(parent)
        return [pid for pid, parent in found.items() if parent not in found]

    def keepers(self):
        """The shims of this world that wait to be copied."""
        found = []
        mark = ("HOME=" + self.home).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    if f.read().split(b"\0")[1:2] != [b"--keep"]:
                        continue
                with open("/proc/%s/environ" % pid, "rb") as f:
                    if mark in f.read():
                        found.append(int(pid))
            except OSError:
                continue
        return found

    def left(self):
        """Processes that carry this world in their environment."""
        found = []
        mark = ("HOME=" + self.home).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % pid, "rb") as f:
                    environ = f.read()
            except OSError:
                continue
            if int(pid) != os.getpid() and (mark in environ or
                                            (b"RELAYQ_TOKEN=" in environ and self.home.encode() in environ)):
                found.append(int(pid))
        return found

    def signal(self, pid, sig):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            return False
        if sig == signal.SIGSTOP:
            self.stopped.add(pid)
        elif sig == signal.SIGCONT:
            self.stopped.discard(pid)
        return True

    def thaw(self):
        for pid in list(self.stopped):
            self.signal(pid, signal.SIGCONT)
        self.stopped.clear()

    def stop(self, seconds=10):
        """SIGTERM to all agents; which of them did not end."""
        self.thaw()
        for p, *_ in self.agents.values():
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        end = time.monotonic() + seconds
        stuck = []
        for name, (p, *_) in self.agents.items():
            try:
                p.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                stuck.append(name)
        return stuck

    def close(self):
        self.thaw()
        for p, *_ in self.agents.values():
            if p.poll() is None:
                p.kill()
            p.wait()
        for pid in self.left():
            self.signal(pid, signal.SIGKILL)
        if not os.environ.get("RELAYQ_TEST_KEEP"):
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # --- what must hold

    def log(self):
        text = ""
        for name in sorted(os.listdir(self.state_dir) if os.path.isdir(self.state_dir) else []):
            if re.match(r"agent-.*\.log", name):
                with open(os.path.join(self.state_dir, name), errors="replace") as f:
                    text += f.read()
        return text

    def violations(self, rows, conclusions=("success",)):
        """What is wrong, as sentences. The agents have ended."""
        wrong = []
        path = os.path.join(self.traces, "violations")
        if os.path.exists(path):
            with open(path) as f:
                wrong += f.read().splitlines()
        if rows is None:
            return wrong + ["not all jobs were completed in time:"] + \
                ["  %s %s" % (k, v) for k, v in self.state().items() if v["status"] != "completed"][:10]
        excused = self.buried(rows)
        for job, r in rows.items():
            if r["conclusion"] not in conclusions and job not in excused:
                wrong.append("%s ended as %s (%s)" % (job, r["conclusion"], r["reason"]))
        wrong += self.verdicts()
        wrong += self.database(rows)
        for name in self.agents:
            with open(os.path.join(self.home, "stderr." + name), errors="replace") as f:
                wrong += [line for line in f.read().splitlines() if "rror" in line][:5]
        left = self.left()
        if left:
            wrong.append("processes are left over: " + ", ".join(describe(p) for p in left))
        return wrong

    def buried(self, rows):
        """Jobs that were lost too often, and those that waited for them."""
        out = {job for job, r in rows.items() if r["reason"] == "RUNNER_LOST"}
        for number, j in enumerate(self.jobs):
            if any(self.ids[p] in out for p in j["after"]) and len(self.ids) == len(self.jobs):
                out.add(self.ids[number])
        return out

    def verdicts(self):
        """Each token's result is accepted at most once."""
        wrong, seen = [], {}
        for token, verdict in re.findall(r"result of ([0-9a-f]+): (\w+)", self.log()):
            if verdict in ("done", "again"):
                seen[token] = seen.get(token, 0) + 1
        for token, n in seen.items():
            if n > 1:
                wrong.append("the result of %s was accepted %d times" % (token, n))
        return wrong

    def database(self, rows):
        wrong = []
        db = sqlite3.connect("file:%s/state.db?mode=ro" % self.state_dir, uri=True)
        for (text,) in db.execute("PRAGMA integrity_check"):
            if text != "ok":
                wrong.append("integrity_check: " + text)
        for job, n in db.execute("SELECT id,attempt FROM job"):
            tokens = db.execute("SELECT count(*),count(DISTINCT token),count(result) FROM attempt WHERE job=?",
                                (job,)).fetchone()
            if tokens[0] != tokens[1] or tokens[2] != tokens[0]:
                wrong.append("job %d: %d attempts, %d tokens, %d results" % (job, *tokens))
            final = db.execute("SELECT count(*) FROM attempt WHERE job=? AND result='success'", (job,)).fetchone()[0]
            if final > 1:
                wrong.append("job %d succeeded %d times" % (job, final))
        for child, parent in db.execute("SELECT d.child,d.parent FROM dep d JOIN job c ON c.id=d.child JOIN job p ON "
                                        "p.id=d.parent WHERE c.started IS NOT NULL AND c.attempt>0 AND "
                                        "c.started<p.ended-1"):
            wrong.append("job %d began before %d had ended" % (child, parent))
        db.close()
        if self.run("check").returncode:
            wrong.append("the database is damaged")
        return wrong


def describe(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return "%d %s" % (pid, f.read().replace(b"\0", b" ").decode(errors="replace")[:60])
    except OSError:
        return str(pid)
