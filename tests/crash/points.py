#!/usr/bin/env python3
"""kill -9 at every named point of agent and shim: afterwards nothing is lost, and nothing ran twice at a time."""
import os
import re
import shutil
import sys

from crash import SOURCE, World
from tap import at_once, done, ok


def points():
    """(who, name) of each RQ_POINT in the sources."""
    found = set()
    folder = os.path.join(SOURCE, "core", "agent")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".c"):
            with open(os.path.join(folder, name)) as f:
                found.update(re.findall(r'RQ_POINT\("(\w+)", "([\w-]+)"\)', f.read()))
    return sorted(found)


# Only reached with orphans: a first agent is killed while its job runs or waits.
ORPHANED = {"orphan-seen", "before-adopt", "after-adopt", "order-void"}


def at_point(who, name):
    with World() as w:
        once = os.path.join(w.home, "once")
        # Its limit is longer than the test, and shorter than any machine is up by now.
        w.add(seconds=0.3, timeout=30000, extra="setsid sleep 60 & :")
        w.add(seconds=0.1, after=[0])
        # Only ended by its time limit, for the points on that way.
        if name == "shim-ending":
            w.add(seconds=60, timeout=300, name="endless")
        w.submit()
        chaos = "who=%s,at=%s,act=kill,once=%s" % (who, name, once)
        if name in ORPHANED:
            # The shim lives on, or not, while nobody watches.
            w.agent("first", chaos="who=agent,at=after-spawn,act=kill,once=%s/first" % w.home)
            w.agents["first"][0].wait(10)
            del w.agents["first"]
        w.agent("a1", chaos=chaos)
        rows = w.wait(20, w.revive)
        reached = os.path.exists(once)
        stuck = w.stop()
        wrong = w.violations(rows, ("success", "timed_out") if name == "shim-ending" else ("success",))
        if not reached:
            wrong.append("the point was never reached")
        if stuck:
            wrong.append("the agent did not stop")
        if wrong:
            wrong.append(w.log()[-1500:])
        ok(not wrong, "kill -9 of the %s at %s" % (who, name), *wrong)


def main():
    if not sys.platform.startswith("linux") or not shutil.which("flock"):
        print("1..0 # SKIP needs Linux's /proc and flock(1)")
        return
    at_once(3, [(name, at_point, who, name) for who, name in points()
                if not sys.argv[1:] or name in sys.argv[1:]])
    done()


main()
