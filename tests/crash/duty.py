#!/usr/bin/env python3
"""The dispatcher's duty: its holder is killed again and again. Another takes over within 15 seconds, each schedule's minute
makes one job, and nothing is decided twice. The clock on the wall goes twenty times as fast, so a minute is three seconds."""
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from tap import done, ok, until  # noqa: E402

RELAYQ = os.environ["RELAYQ"]
HOME = os.path.join(os.environ["TMPDIR"], "duty")
CONFIG = os.path.join(HOME, ".config/relayq")
STATE = os.path.join(HOME, ".local/state/relayq")
KILLS = int(os.environ.get("DUTY_KILLS", "6"))
AGENTS = ("one", "two", "three")

os.makedirs(CONFIG)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
ENV.update(HOME=HOME, XDG_RUNTIME_DIR=HOME, RELAYQ_TEST_NOW="%d*20" % (time.time() * 1000))

with open(os.path.join(CONFIG, "config.yaml"), "w") as f:
    f.write("""
agent: {autostart: false, slots: 2}
schedules:
  tick: {cron: "* * * * *", command: ["true"]}
  tock: {cron: "* * * * *", timezone: Europe/Berlin, type: work, command: ["true"]}
  wrong: {cron: "* * * *", command: ["true"]}
""")
with open(os.path.join(CONFIG, "policy.yaml"), "w") as f:
    f.write("""
schema: 2
defaults: {runner_stale_after: 5s}
routes:
  work:
    prefer: [one, two, three]
    constraints: {max_concurrent: 1}
    concurrency: {group: work, limit: 2}
groups: {work: {limit: 2}}
""")


def rq(*args):
    return subprocess.run([RELAYQ, *args], env=ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def start(name):
    r = rq("agent", "start", "--name", name)
    if r.returncode:
        raise RuntimeError(r.stderr)


def holder():
    """The agent that has the duty, and the fence; None while nobody has."""
    try:
        with open(os.path.join(STATE, "duty.lock")) as lock:
            fence, _lease, _locked, _token, name = lock.readline().split(" ", 4)
    except (OSError, ValueError):
        return None, 0
    name = name.strip()
    return (name[6:] if name.startswith("agent:") else None), int(fence)


def pid_of(name):
    with open(os.path.join(STATE, "agent-%s.lock" % name)) as lock:
        return int(lock.read().strip() or 0)


def alive(name):
    try:
        os.kill(pid_of(name), 0)
        return True
    except (OSError, ValueError):
        return False


def wait_for_holder(not_fence, seconds):
    def held():
        name, fence = holder()
        return (name, fence) if name and fence > not_fence and alive(name) else None
    return until(seconds, held) or (None, 0)


def jobs_by_now():
    return json.loads(rq("jobs", "--limit", "5000", "--json").stdout)


def work_left():
    return [j for j in jobs_by_now() if j["status"] != "completed" and j["name"] not in ("tick", "tock")]


def decisions():
    return json.loads(rq("decisions", "--limit", "5000", "--json").stdout)


def stop_all():
    for name in AGENTS:
        rq("agent", "stop", "--now", "--name", name)


def kill_holders():
    name, fence = wait_for_holder(0, 15)
    ok(name, "one of three agents has the duty")
    for n in range(KILLS):
        for _ in range(4):
            rq("submit", "--type", "work", "--", "sleep", "0.4")
        # Each time another part of a minute passes under one holder.
        time.sleep(2.5 - n % 6 * 0.4)
        name, fence = wait_for_holder(fence - 1, 15)
        began = time.monotonic()
        os.kill(pid_of(name), signal.SIGKILL)
        after, fence = wait_for_holder(fence, 20)
        took = time.monotonic() - began
        ok(after and after != name and took < 15, "%s takes over from %s" % (after, name), "after %.1f s" % took)
        print("# after %.1f s" % took)
        start(name)


def check_schedules(every):
    made = {}
    for d in every:
        if d["trigger"] == "schedule":
            made.setdefault(d["note"], []).append(d)
    twice = ["%s: %s" % (note, [d["job_id"] for d in ds]) for note, ds in made.items() if len(ds) > 1]
    ok(len(made) >= KILLS, "schedules went on", "%d minutes" % len(made))
    ok(not twice, "no schedule fires twice", *twice)
    ok({note.split(",")[0] for note in made} == {"tick", "tock"}, "both of them; the wrong one stops no other")
    ours = [j["id"] for j in jobs_by_now() if j["name"] in ("tick", "tock")]
    ok(sorted(ours) == sorted(d["job_id"] for ds in made.values() for d in ds), "each minute made the one job of its decision")


def wakes(decision):
    whole = json.loads(rq("explain", decision["decision_id"], "--json").stdout)
    return whole["wake_on"], whole["wait_until"]


def check_chains(every):
    by_job, wrong = {}, []
    for d in reversed(every):
        by_job.setdefault(d["job_id"], []).append(d)
    for job, ds in by_job.items():
        for before, d in zip([None] + ds, ds):
            if (d.get("prev_decision_id") or "") != (before["decision_id"] if before else ""):
                wrong.append("%s: %s is not linked to the one before" % (job, d["decision_id"]))
            if before and before["outcome"] == d["outcome"] == "WAIT" and before["reason"] == d["reason"] \
                    and wakes(before) == wakes(d):
                wrong.append("%s: decided twice to wait for %s" % (job, d["reason"]))
            if before and before["outcome"] == d["outcome"] == "PLACED" and before["target"] == d["target"] \
                    and d["trigger"] not in ("wake", "submit"):
                wrong.append("%s: decided twice to go to %s" % (job, d["target"]))
    ok(not wrong, "each decision is linked to the one before, and none says it again", *wrong[:20])
    ok(any(d["trigger"] == "wake" for d in every), "waiting jobs were decided again")


def main():
    try:
        for name in AGENTS:
            start(name)
        kill_holders()
        ended = until(40, lambda: not work_left(), 0.2)
        ok(ended, "every job has ended", *["%s %s %s" % (j["id"], j["status"], j.get("reason")) for j in work_left()])
        bad = [j["id"] for j in jobs_by_now() if j["status"] == "completed" and j["conclusion"] != "success"]
        ok(not bad, "and well", *bad)
    finally:
        stop_all()
    every = decisions()
    check_schedules(every)
    check_chains(every)
    r = rq("policy", "verify-chain")
    ok(r.returncode == 0, "the journal's chain holds", r.stdout, r.stderr)
    if "DUTY_LOGS" in os.environ:
        for path in glob.glob(os.path.join(STATE, "agent-*.log")):
            with open(path) as log:
                print("".join("# " + os.path.basename(path) + ": " + line for line in log))
    done()


main()
