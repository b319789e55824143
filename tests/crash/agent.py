#!/usr/bin/env python3
"""What an agent and its shims do when things go wrong one at a time, and in good order."""
import glob
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from crash import World
from tap import at_once, done, ok, skip, until


def started(w, n):
    """That N jobs have begun."""
    def count():
        path = os.path.join(w.traces, "journal")
        if not os.path.exists(path):
            return False
        with open(path) as f:
            return sum(line.startswith("start") for line in f) >= n
    return until(10, count)


def log_of(w, job, attempt=1):
    path = os.path.join(w.state_dir, "logs", "local.%d.%d.log" % (job, attempt))
    if not os.path.exists(path):
        return ""
    with open(path, errors="replace") as f:
        return re.sub(r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ", "", f.read())


def finish(w, name, rows, wrong, conclusions=("success",)):
    stuck = w.stop()
    wrong = wrong + w.violations(rows, conclusions) + ["agent %s did not stop" % s for s in stuck]
    if wrong:
        wrong += [w.log()[-2000:]]
    ok(not wrong, name, *wrong)


def lapsed(w):
    """That no shim is left and no lease holds."""
    db = sqlite3.connect("file:%s/state.db?mode=ro" % w.state_dir, uri=True)
    last = db.execute("SELECT max(lease) FROM job").fetchone()[0]
    db.close()
    return not w.shims() and last < time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


def killed_alone(name, again, late):
    """kill -9 of the agent alone: its jobs finish as their first attempt, with their whole logs."""
    with World(lease=2000) as w:
        for i in range(4):
            w.add(seconds=1.5, extra="echo before", fail="echo after")
        w.submit()
        w.agent("a1", slots=4)
        wrong = [] if started(w, 4) else ["the jobs did not start"]
        w.agents["a1"][0].kill()
        w.agents["a1"][0].wait()
        del w.agents["a1"]
        if late and not until(10, lambda: lapsed(w)):
            wrong.append("the leases go on")
        if not late and until(0.2, lambda: len(w.shims()) != 4):
            wrong.append("%d shims live on" % len(w.shims()))
        w.agent(again, slots=4)
        rows = w.wait(15)
        for job, r in (rows or {}).items():
            if r["attempt"] != 1 or r["losses"]:
                wrong.append("%s took %d attempts" % (job, r["attempt"]))
        for i in range(1, 5):
            if not log_of(w, i).endswith("before\nafter\n"):
                wrong.append("the log of job %d: %s" % (i, log_of(w, i)[-200:]))
        finish(w, name, rows, wrong)


def hang_up():
    with World(lease=3000) as w:
        w.add(seconds=1.2)
        w.submit()
        w.agent("a1")
        wrong = [] if started(w, 1) else ["the job did not start"]
        w.agents["a1"][0].send_signal(signal.SIGHUP)
        w.agents["a1"][0].wait(5)
        if not w.shims():
            wrong.append("the shim went with its agent")
        w.revive()
        rows = w.wait(10)
        if rows and list(rows.values())[0]["attempt"] != 1:
            wrong.append("it took another attempt")
        finish(w, "SIGHUP leaves the jobs to the next agent", rows, wrong)


def term():
    with World(grace=600) as w:
        w.add(seconds=0.3)
        w.add(seconds=3, extra="trap 'echo asked' TERM")
        w.submit()
        w.agent("a1")
        wrong = [] if started(w, 2) else ["the jobs did not start"]
        w.agents["a1"][0].send_signal(signal.SIGTERM)
        began = time.monotonic()
        w.agents["a1"][0].wait(10)
        if time.monotonic() - began > 4:
            wrong.append("it took %.1f s" % (time.monotonic() - began))
        rows = w.state()
        if rows["local:1"]["conclusion"] != "success":
            wrong.append("what could end did not: %s" % rows["local:1"])
        if rows["local:2"]["status"] != "queued" or rows["local:2"]["losses"]:
            wrong.append("what could not end did not go back: %s" % rows["local:2"])
        w.revive()
        rows = w.wait(15)
        finish(w, "SIGTERM: what ends in the grace time ends, the rest goes back", rows, wrong)


def ends_everything():
    with World(grace=500) as w:
        w.add(seconds=60, timeout=400, extra="setsid sleep 60 & sleep 60 & (setsid sh -c \"trap '' TERM; sleep 60\" &) ; :",
              name="timeout")
        w.add(seconds=60, extra="trap '' TERM; (trap '' TERM; setsid sleep 60 &) ; :", name="cancel")
        w.add(seconds=0.1, extra="setsid sleep 60 & nohup sleep 60 & :", name="leaves")
        w.add(seconds=60, extra="kill -STOP $$", timeout=300, name="stopped")
        w.submit()
        w.agent("a1", slots=4)
        wrong = [] if started(w, 4) else ["the jobs did not start"]
        w.run("cancel", "local:2")
        rows = w.wait(10)
        want = {"timeout": "timed_out", "cancel": "cancelled", "leaves": "success", "stopped": "timed_out"}
        for r in (rows or {}).values():
            if r["conclusion"] != want[r["name"]]:
                wrong.append("%s: %s" % (r["name"], r["conclusion"]))
        if "##[error]The job has exceeded the maximum execution time of 400 ms.\n" not in log_of(w, 1):
            wrong.append("log: " + log_of(w, 1)[-300:])
        if "##[error]The operation was canceled.\n" not in log_of(w, 2):
            wrong.append("log: " + log_of(w, 2)[-300:])
        finish(w, "timeout, cancel and the end reach every descendant", rows, wrong,
               ("success", "timed_out", "cancelled"))


def frozen_shim():
    with World(grace=300) as w:
        w.add(seconds=60, timeout=1000)
        w.submit()
        w.agent("a1")
        wrong = [] if started(w, 1) else ["the job did not start"]
        for pid in w.shims():
            w.signal(pid, signal.SIGSTOP)
        rows = w.wait(20)
        w.stopped.clear()
        if rows and rows["local:1"]["conclusion"] != "timed_out":
            wrong.append(str(rows))
        finish(w, "a frozen shim does not keep its job for ever", rows, wrong, ("timed_out",))


def is_stopped(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


def let_go(gate):
    """What reads the FIFO goes on; False while nobody does."""
    try:
        fd = os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    os.write(fd, b"\n")
    os.close(fd)
    return True


def hung_agent():
    """An agent that hangs loses its jobs to another agent, but the jobs do not notice."""
    with World(lease=3000) as w:
        gate = os.path.join(w.traces, "gate")
        os.mkfifo(gate)
        w.add(seconds=0, extra="read x <$J/gate")
        w.submit()
        # Stopped anywhere else it might hold the database, and nobody could adopt anything.
        a1 = w.agent("a1", chaos="who=agent,at=before-beat,act=stop,once=%s/once" % w.home).pid
        wrong = [] if started(w, 1) else ["the job did not start"]
        if not until(10, lambda: is_stopped(a1)):
            wrong.append("the agent did not hang")
        w.stopped.add(a1)
        w.agent("a2")
        if not until(10, lambda: w.state()["local:1"]["runner"] == "a2"):
            wrong.append("nobody adopted it")
        w.thaw()
        until(10, lambda: let_go(gate))
        rows = w.wait(15)
        if rows and rows["local:1"]["attempt"] != 1:
            wrong.append("it was started again: %s" % rows)
        finish(w, "a hung agent's job goes on under another", rows, wrong)


def hidden():
    """Agent and shim are killed, and the job's process wears neither its parents nor its environment."""
    name = "77.%d" % os.getpid()
    with World() as w:
        w.cgroup = "on"
        w.add(seconds=30, extra="test $RELAYQ_RUN_ATTEMPT = 1 || { : >$J/done.0; exit 0; }; "
                                "grep -q relayq/ /proc/self/cgroup && : >$J/in-cgroup; env -i setsid sleep %s & :" % name)
        w.submit()
        w.agent("a1")
        if not started(w, 1) or not until(1, lambda: os.path.exists(os.path.join(w.traces, "in-cgroup"))):
            w.run("cancel", "local:1")
            w.wait(10)
            w.stop()
            skip("cgroup: what hides is found", "no cgroup can be made here")
            return
        shims = w.shims()
        w.agents["a1"][0].kill()
        w.agents["a1"][0].wait()
        for pid in shims:
            os.kill(pid, signal.SIGKILL)
        w.revive()
        rows = w.wait(15)
        left = subprocess.run(["pgrep", "-f", "^sleep %s$" % name], capture_output=True, text=True).stdout.split()
        wrong = ["the hidden process is left over"] if left else []
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        finish(w, "cgroup: what hides is found", rows, wrong)


def fenced():
    """Nobody else is there: the shim of a hung agent ends its job itself."""
    with World() as w:
        w.add(seconds=30)
        w.submit()
        w.agent("a1")
        wrong = [] if started(w, 1) else ["the job did not start"]
        w.signal(w.agents["a1"][0].pid, signal.SIGSTOP)
        if not until(8, lambda: not w.shims()):
            wrong.append("the shim went on")
        if "##[error]The runner did not renew its lease" not in log_of(w, 1):
            wrong.append("log: " + log_of(w, 1)[-300:])
        w.thaw()
        until(5, lambda: w.state()["local:1"]["attempt"] == 2)
        state = w.state()["local:1"]
        if state["attempt"] != 2:
            wrong.append("it did not begin again: %s" % state)
        w.run("cancel", "local:1")
        rows = w.wait(10)
        finish(w, "the shim of a hung agent fences itself", rows, wrong, ("cancelled",))


def drains():
    with World() as w:
        w.add(seconds=1)
        w.add(seconds=0.1)
        w.submit()
        w.agent("a1", slots=1)
        wrong = [] if started(w, 1) else ["the job did not start"]
        w.run("drain", "a1")
        if not until(10, lambda: w.state()["local:1"]["conclusion"] == "success") or \
                until(0.5, lambda: w.state()["local:2"]["status"] != "queued"):
            wrong.append("while drained: %s" % w.state())
        began = time.monotonic()
        w.run("undrain", "a1")
        rows = w.wait(5)
        if time.monotonic() - began > 1.5:
            wrong.append("undrain was noticed after %.1f s" % (time.monotonic() - began))
        finish(w, "a drained agent finishes, takes nothing, and goes on after undrain", rows, wrong)


def secrets_and_steps():
    with World() as w:
        folder = os.path.join(w.home, ".config/relayq")
        os.makedirs(folder)
        with open(os.path.join(folder, "env"), "w") as f:
            f.write("# keys\nAPI_KEY=sw0rdfish-secret\nOTHER='quoted value'\n")
        os.chmod(os.path.join(folder, "env"), 0o600)
        w.jobs.append(dict(name="steps", labels="self-hosted", group="", limit=0, after=[], timeout=0, retries=0,
                           script="\x1f".join(["printf 'sw0rd'; sleep 0.1; echo 'fish-secret and quoted value'",
                                               "echo GREETING=hello >>$GITHUB_ENV; echo x=1 >>$GITHUB_OUTPUT",
                                               "echo \"$GREETING $CI $RELAYQ_JOB $RELAYQ_RUN_ATTEMPT $RELAYQ_RUNNER"
                                               " [$GITHUB_ACTIONS]\"", "\x1eecho\x1ea b\x1ec"])))
        w.jobs.append(dict(w.jobs[0], name="fails", script="echo one\x1ffalse\x1fecho never"))
        w.jobs.append(dict(w.jobs[0], name="nothing", script="\x1e/does/not/exist"))
        w.submit()
        w.agent("a1")
        rows = w.wait(10)
        log, wrong = log_of(w, 1), []
        for want in ("\n*** and ***\n", "\nhello true local:1 1 a1 []\n", "\na b c\n", "##[group]Run echo 'a b' c\n",
                     "\nshell: /bin/sh -e {0}\n", "\n##[endgroup]\n"):
            if want not in log:
                wrong.append("not in the log: %r" % want)
        if "sw0rdfish" in log or "quoted value" in log:
            wrong.append("a secret is in the log: " + log)
        if not glob.glob(os.path.join(w.state_dir, "logs", "local.1.1.output")):
            wrong.append("GITHUB_OUTPUT was not kept")
        if "never" in log_of(w, 2).split("##[endgroup]")[-1] or "exit code 1." not in log_of(w, 2):
            wrong.append("the failed step did not end the job: " + log_of(w, 2))
        names = {r["name"]: (r["conclusion"], r["reason"]) for r in (rows or {}).values()}
        if names.get("fails") != ("failure", "") or names.get("nothing") != ("failure", "START_FAILED"):
            wrong.append(str(names))
        if "##[error]cannot run /does/not/exist: No such file" not in log_of(w, 3):
            wrong.append(log_of(w, 3))
        if wrong:
            wrong.append(log)
        finish(w, "steps, their environment, secrets", rows, wrong, ("success", "failure"))


def clocks():
    """Two agents whose wall clocks are decades apart, and stand still, keep their leases."""
    with World(lease=3000) as w:
        for _ in range(4):
            w.add(seconds=4)
        w.submit()
        for name, now in (("a1", "2001-01-01T00:00:00Z"), ("a2", "2099-01-01T00:00:00Z")):
            w.env["RELAYQ_TEST_NOW"] = now
            w.agent(name)
        del w.env["RELAYQ_TEST_NOW"]
        rows = w.wait(15)
        wrong = ["%s: %s" % x for x in (rows or {}).items() if x[1]["attempt"] != 1]
        stuck = w.stop()
        wrong += w.violations(rows) + stuck
        ok(not wrong, "wall clocks decades apart: leases hold", *wrong)


# --- a full disk ------------------------------------------------------------------------------

def ballast_of(w):
    path = os.path.join(w.home, "ballast")
    open(path, "ab").close()
    return path


def fill_disk(path):
    with open(path, "ab", buffering=0) as f:
        for size in (65536, 4096, 1):
            try:
                while True:
                    f.write(b"x" * size)
            except OSError:
                pass


def full_disk():
    with World() as w:
        ballast, gate, wrong = ballast_of(w), os.path.join(w.traces, "gate"), []
        os.mkfifo(gate)
        # Its log is larger than the room there will be, and it ends while there is none.
        w.add(seconds=0, extra="read x <$J/gate; head -c 2000000 /dev/zero | tr '\\0' x; echo")
        w.submit()
        w.agent("a1")
        if not started(w, 1):
            wrong.append("the job did not start")
        fill_disk(ballast)
        # Large enough for what is left in the files that are there.
        w.jobs = [dict(w.jobs[0], name="large", script="true %s" % ("x" * 60000)) for _ in range(99)]
        try:
            w.submit()
            wrong.append("a submission into a full disk was taken")
        except RuntimeError as e:
            if "full" not in str(e) and "space" not in str(e):
                wrong.append("not a clear error: %s" % e)
        if w.run("check").returncode:
            wrong.append("damaged by the submission")
        until(10, lambda: let_go(gate))
        until(10, lambda: not w.shims())
        # The agent reports it, in vain, and once more a second later: nothing on the disk can tell.
        time.sleep(1.5)
        if w.agents["a1"][0].poll() is not None:
            wrong.append("the agent died")
        if w.run("check").returncode:
            wrong.append("damaged while the result waited")
        os.truncate(ballast, 0)
        rows = w.wait(15)
        if rows and (rows["local:1"]["attempt"] != 1 or rows["local:1"]["conclusion"] != "success"):
            wrong.append("the job: %s" % rows)
        w.jobs = w.jobs[:5]
        w.submit()
        rows = w.wait(15)
        log = log_of(w, 1)
        if not re.search(r"\n##\[warning\]\d+ bytes of output were lost: the log could not be written.\n$", log):
            wrong.append("the log does not say what it lost: ... %s" % log[-300:])
        finish(w, "full disk: submit refuses, the log loses, the result waits, the agent goes on", rows, wrong)


def full_at_claim():
    with World() as w:
        ballast, once, wrong = ballast_of(w), os.path.join(w.home, "once"), []
        w.add(seconds=0.1)
        w.submit()
        # The job is there; taking it needs room that is not. The agent, which would be quicker than we are, stops
        # before it asks for the first time, and for the second.
        agent = w.agent("a1", chaos="who=agent,at=before-exchange,act=stop,once=" + once)
        if not until(10, lambda: is_stopped(agent.pid)):
            wrong.append("it did not ask")
        fill_disk(ballast)
        os.unlink(once)
        agent.send_signal(signal.SIGCONT)
        if not until(10, lambda: is_stopped(agent.pid)):
            wrong.append("it did not ask again")
        if w.run("check").returncode:
            wrong.append("damaged while full")
        os.truncate(ballast, 0)
        agent.send_signal(signal.SIGCONT)
        rows = w.wait(15)
        if w.run("check").returncode:
            wrong.append("damaged")
        finish(w, "full disk at the first claim: the agent waits for room", rows, wrong)


def on_small_disk():
    """Again, in a mount namespace of our own with a disk of 6 MiB."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        skip("full disk", "needs root and unshare(1) to mount a small disk")
        return
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        skip("full disk", "a mount namespace cannot be made here")
        return
    disk = os.path.join(os.environ.get("TMPDIR", "/tmp"), "disk")
    os.makedirs(disk, exist_ok=True)
    r = subprocess.run(["unshare", "-m", "sh", "-c",
                        "mount -t tmpfs -o size=16m,mode=700 none '%s' || exit 77; TMPDIR='%s' exec '%s' '%s' full-disk" %
                        (disk, disk, sys.executable, sys.argv[0])], stdout=subprocess.PIPE, text=True)
    lines = r.stdout.splitlines()
    if r.returncode == 77:
        skip("full disk", "a small disk cannot be mounted here")
    elif r.returncode or not lines:
        ok(False, "full disk", "the test ended with status %d" % r.returncode)
    for line in lines:
        m = re.match(r"(not ok|ok) \d+ - (.*)", line)
        if m:
            ok(m.group(1) == "ok", m.group(2))
        elif line.startswith("#"):
            print(line)


TESTS = {
    "killed": lambda: killed_alone("a killed agent alone loses nothing: the next one adopts its jobs", "a2", False),
    "late": lambda: killed_alone("the same, by an agent of the same name, after the lease", "a1", True),
    "hang-up": hang_up, "term": term, "ends": ends_everything, "frozen": frozen_shim, "hung": hung_agent,
    "hidden": hidden, "fenced": fenced, "drains": drains, "steps": secrets_and_steps, "clocks": clocks, "disk": on_small_disk,
}


def main():
    if not sys.platform.startswith("linux") or not shutil.which("flock"):
        print("1..0 # SKIP needs Linux's /proc and flock(1)")
        return
    if sys.argv[1:] == ["full-disk"]:
        full_disk()
        full_at_claim()
        done()
        return
    at_once(3, [item for item in TESTS.items() if item[0] in (sys.argv[1:] or TESTS)])
    done()


main()
