"""What watching costs: nothing is asked twice, all is asked conditionally, several processes share, few points are spread. In TAP.

The clocks go faster than the machine's, so what a busy machine delays counts as many times as much: the limits are wide. If
the three did not share, they would ask three times as much.
bench/api measures the same for an hour."""
import os
import time

import watching
from client import Sim
from tap import at_once, done, ok, same, until

WATCH = os.path.join(os.environ["top_builddir"], "tests/github/watch")
SPEED, REPOS = 8, 3


def pass_time(sim, seconds):
    """(since, records) of what is asked in so many of the simulator's seconds."""
    begun, since = sim.state()["now"], sim.state()["requests"]
    until(seconds, lambda: sim.state()["now"] >= begun + seconds)
    return watching.asked(sim, since)


def again(records):
    """Those that were asked before."""
    seen, found = set(), []
    for r in records:
        if r["target"] in seen:
            found.append(r)
        seen.add(r["target"])
    return found


def within(records, seconds):
    last, found = {}, []
    for r in records:
        if r["at"] - last.get(r["target"], 0) < seconds:
            found.append(r["target"])
        last[r["target"]] = r["at"]
    return found


def shows(watcher, active):
    return lambda: len({line[1] for line in watcher.all("run") if line[2] == "in_progress" and line[5] != "-"}) >= active


def sharing(sim, home):
    one = watching.Watch(WATCH, home)
    ok(until(20, shows(one, REPOS)), "the runs that are active show their runners", one.lines[-20:])
    begun = sim.state()["now"]
    alone = pass_time(sim, 60)
    ended = sim.state()["now"]
    whole = watching.asked(sim)
    same("what was asked once is asked conditionally", [r["target"] for r in again(whole) if
                                                       "if-none-match" not in r["headers"]], [])
    same("nothing is asked twice within two seconds", within(whole, 2.0), [])
    others = [watching.Watch(WATCH, home) for _ in range(2)]
    ok(all(until(20, shows(w, REPOS)) for w in others), "two more show the same")
    shared = pass_time(sim, 60)
    ok(len(shared) < len(alone) * 1.5, "three processes ask no more than one", "one: %d" % len(alone),
       "three: %d" % len(shared))
    found = watching.changes(sim, begun, ended)
    old = watching.staleness(found, one.all("run"), ended + 60)
    ok(old and old[-1] < 16, "what changes is shown within seconds", old)
    points = sum(r["points"] for r in alone)
    ok(points < len(alone) / 2, "most of it costs no points", "%d points for %d requests" % (points, len(alone)))
    gone = [line for w in [one] + others for line in w.all("gone")]
    same("no run is lost", gone, [])
    return [one] + others, len(alone)


def few_points(sim, watchers, before):
    sim.control("set", remaining=100)
    ok(until(20, lambda: any("API calls left" in " ".join(line) for line in watchers[0].all("queue"))),
       "with few points left it says so", watchers[0].all("queue"))
    since = sim.state()["requests"]
    records = pass_time(sim, 60)
    ok(len(records) < before * 0.8, "and asks less often", "before: %d" % before, "now: %d" % len(records))
    ok(until(60, lambda: watching.asked(sim, since)), "but goes on")
    sim.control("set", remaining=5000)
    ok(until(60, lambda: [len(line) for line in watchers[0].all("queue")][-1:] == [1]), "until there are points again",
       watchers[0].all("queue"))


def known(watcher):
    found = set()
    for line in list(watcher.lines):
        if line[0] == "run":
            found.add(line[2])
        elif line[0] == "gone":
            found.discard(line[2])
    return found


def moving():
    """Older pages move on while new runs come."""
    sim = Sim("--speed", str(SPEED), "--repos", "1", "--runs", "160", "--runners", "2", "--active", "2", "--part", "60")
    home = watching.Home(sim, [watching.NAMES % 1], watching.virtual_clock(sim, SPEED))
    watcher = watching.Watch(WATCH, home)
    ok(until(20, lambda: len(known(watcher)) >= 162), "all pages come", len(known(watcher)))
    for part in range(1, 4):
        for _ in range(20):
            sim.control("run", repo="acme/repo1", workflow="busy.yml", title="round and round")
        ok(until(20, lambda: len(known(watcher)) >= 162 + 20 * part), "%d runs more are there" % (20 * part),
           len(known(watcher)))
    same("and none was gone in between", watcher.all("gone"), [])
    same("it ends", watcher.end(), 0)
    sim.end()


def watching_all():
    """Several repositories, by one process and by three, with many points and with few."""
    sim = Sim("--speed", str(SPEED), "--repos", str(REPOS), "--runs", "60", "--runners", str(REPOS), "--active",
              str(2 * REPOS), "--part", "6")
    home = watching.Home(sim, [watching.NAMES % (i + 1) for i in range(REPOS)], watching.virtual_clock(sim, SPEED))
    watchers, before = sharing(sim, home)
    few_points(sim, watchers, before)
    same("they end", [w.end() for w in watchers], [0, 0, 0])
    same("no token went astray", sim.get("/_sim/violations", token=None).json, [])
    status, text = sim.end()
    ok(status == 0 and "Traceback" not in text, "the simulator ends well", text)


at_once(2, [("several repositories", watching_all), ("pages that move on", moving)])
done()
