#!/usr/bin/env python3
"""Chaos: agents and shims are killed and frozen at random moments while 250 jobs run; and the same harness finds what is
wrong with each protection removed.

    chaos.py [--seeds N] [--first SEED] [--only healthy|nofence|noselffence|noguard]"""
import argparse
import random
import shutil
import signal
import sys
import time

from crash import World
from tap import at_once, done, ok

KILLS, FREEZES = 50, 20


class Chaos:
    """Faults at random moments, until there were enough of them."""

    def __init__(self, world, rng, kills, freezes):
        self.w, self.rng = world, rng
        self.kills_left, self.freezes_left = kills, freezes
        self.kills = self.freezes = 0
        self.thaw_at = {}
        self.revive_at = {}

    def pick(self):
        agents = [p.pid for p, *_ in self.w.agents.values() if p.poll() is None]
        shims = self.w.shims()
        pool = shims if shims and self.rng.random() < 0.5 else agents
        if self.rng.random() < 0.15:
            pool = self.w.keepers()
        pool = [p for p in pool if p not in self.w.stopped]
        return self.rng.choice(pool) if pool else None

    def tick(self):
        now = time.monotonic()
        for pid, at in list(self.thaw_at.items()):
            if now >= at:
                self.w.signal(pid, signal.SIGCONT)
                del self.thaw_at[pid]
        pid = self.pick()
        if pid and self.rng.random() < self.kills_left / max(1, self.kills_left + self.freezes_left):
            if self.kills_left and self.w.signal(pid, signal.SIGKILL):
                self.kills += 1
                self.kills_left -= 1
        elif pid and self.freezes_left and len(self.w.stopped) < 4 and self.w.signal(pid, signal.SIGSTOP):
            self.freezes += 1
            self.freezes_left -= 1
            self.thaw_at[pid] = now + self.rng.uniform(0.1, 2.5)
        for name, (p, *_) in self.w.agents.items():
            if p.poll() is not None:
                self.revive_at.setdefault(name, now + self.rng.uniform(0, 0.3))
        if any(now >= at for at in self.revive_at.values()):
            self.w.revive()
            self.revive_at.clear()
        # What is at work when the next one comes is left to chance.
        time.sleep(self.rng.uniform(0.02, 0.18))


def fill(w, rng, n, seconds):
    """N jobs with labels, dependencies, a group with a limit, retries, and processes that leave their group."""
    labels = ["self-hosted", "self-hosted", "red", "blue", "red,blue"]
    for i in range(n):
        after = sorted(rng.sample(range(i), k=min(i, rng.choice([0, 0, 0, 1, 2])))) if i else []
        grouped = rng.random() < 0.15
        extra = "setsid sleep 60 >/dev/null 2>&1 &" if rng.random() < 0.2 else "sleep 61 &" if rng.random() < 0.1 else ":"
        again = rng.random() < 0.05
        w.add(seconds="%.2f" % rng.uniform(*seconds), labels=rng.choice(labels), after=after,
              group="g" if grouped else "", limit=2 if grouped else 0, extra=extra.replace("&", "& :") if "&" in extra
              else extra, retries=3 if again else 0,
              fail='test -e $J/failed.$I || { : >$J/failed.$I; exit 7; }' if again else ":")


AGENTS = {"a1": "red", "a2": "blue", "a3": "red,blue", "a4": "red,blue,heavy", "a5": ""}


def healthy(seed):
    rng = random.Random(seed)
    started = time.monotonic()
    with World() as w:
        fill(w, rng, 250, (0.05, 1.2))
        w.submit()
        for name, labels in AGENTS.items():
            w.agent(name, labels, 3)
        c = Chaos(w, rng, KILLS, FREEZES)
        rows = w.wait(100, c.tick, pause=0)
        # Faults also hit agents that have nothing to do.
        while c.kills_left or c.freezes_left:
            c.tick()
        w.thaw()
        stuck = w.stop()
        wrong = w.violations(rows)
        if stuck:
            wrong.append("agents did not stop: " + " ".join(stuck))
        lost = sum(r["reason"] == "RUNNER_LOST" for r in (rows or {}).values())
        again = sum(r["attempt"] > 1 for r in (rows or {}).values())
        ok(not wrong, "seed %d: %d kills, %d freezes, 250 jobs (%d needed more than one attempt, %d buried), %.0f s" %
           (seed, c.kills, c.freezes, again, lost, time.monotonic() - started), *wrong[:20])


# The pause that opens each window, in all agents or in one, and how many agents are killed meanwhile.
MUTANTS = {
    "nofence": dict(worker="worker-nofence", chaos="who=agent,at=after-claim,act=sleep,ms=2500", kills=0, only="a1"),
    "noselffence": dict(worker="worker-noselffence", shim="shim-noselffence",
                        chaos="who=agent,at=before-beat,act=sleep,ms=4000,p=2500", kills=0),
    "noguard": dict(shim="shim-noguard", chaos="who=shim,at=shim-start,act=sleep,ms=2500,p=6000", kills=10),
}


def paused(seed, mutant, mutate):
    """Some jobs of a second or two under MUTANT's pauses. What was found wrong, with and without its protection."""
    m = MUTANTS[mutant]
    rng = random.Random(seed)
    with World(worker=m.get("worker", "worker") if mutate else "worker",
               shim=m.get("shim", "shim") if mutate else "shim") as w:
        for _ in range(12):
            w.add(seconds="%.1f" % rng.uniform(1.5, 3))
        w.submit()
        for name in ("a1", "a2", "a3"):
            w.agent(name, "x", 2, m["chaos"] + ",seed=%d" % seed if name in m.get("only", name) else "")
        c = Chaos(w, rng, m["kills"], 0)
        c.pick = lambda: rng.choice([p.pid for p, *_ in w.agents.values()])

        def tick():
            w.revive()
            if c.kills_left and rng.random() < 0.3:
                c.tick()
        rows = w.wait(30 if mutate else 60, tick, pause=0.2)
        w.stop()
        return w.violations(rows)


def mutant(name, seeds=4):
    wrong = []
    for seed in range(1, seeds + 1):
        wrong = paused(seed, name, True)
        if wrong:
            break
    ok(wrong, "%s: found within %d seeds: %s" % (name, seed, wrong[0] if wrong else ""), "nothing was found")
    wrong = paused(seed, name, False)
    ok(not wrong, "%s: with the protection the same pauses do no harm" % name, *wrong[:20])


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--seeds", type=int, default=1)
    a.add_argument("--first", type=int, default=1)
    a.add_argument("--only", default="")
    o = a.parse_args()
    if not sys.platform.startswith("linux") or not shutil.which("flock"):
        print("1..0 # SKIP needs Linux's /proc and flock(1)")
        return
    parts = [("healthy", healthy, seed) for seed in range(o.first, o.first + o.seeds)]
    parts += [(name, mutant, name) for name in MUTANTS]
    at_once(4, [part for part in parts if o.only in ("", part[0])])
    done()


main()
