#!/usr/bin/env python3
"""Each fault of the simulator at each operation: no crash, no hang, one clear message, nothing done twice, nothing lost; and when
the fault is over the same operation works, without anything in between.

matrix.py           a fault of each family, as in make check
matrix.py --all     every fault; prints the table of what each operation came to"""
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import client
from tap import done, ok
from operations import OPERATIONS, Operator
from sim_faults import KINDS

FEW = ["secondary", "401", "502", "reset", "lost", "truncated", "types", "stall"]
# What only delays or changes what is not looked at: the operation works all the same.
WORKS = {"delay", "no-date", "no-etag", "no-limits", "skew", "zeros", "link-bad"}
# Not tried again: it may have been done, or the server vouches for damaged content by an ETag that stays.
NO_SECOND = {"lost", "duplicate", "primary", "secondary", "429", "503", "null", "types", "array", "deep", "bad-utf8",
             "unknown-enum", "huge", "bomb"}
LONGEST = 100                   # seconds; a request has 30, a read is tried four times at most


def dispatched(sim):
    return [r for r in sim.state()["runs"] if r["event"] == "workflow_dispatch" and r["inputs"].get("audio") == "a.mp3"]


def crashed(status, err):
    return status is None or status < 0 or "Sanitizer" in err or "runtime error" in err or status > 5


def unclear(err):
    return [line for line in err.splitlines() if not re.match(r"relayq: (warning: [^\0-\x1f]{8,}|[^\0-\x1f]{8,}[.:?)])$", line) and
            not re.match(r"[ \t]", line)] or "(null)" in err


def attempt(case):
    """What is wrong, and a word for the table."""
    kind, operation = case
    words = operation[-1]
    sim = client.Sim()
    home = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
    try:
        operator = Operator(sim, home)
        sim.fault(kind, "(GET|POST|PUT|DELETE) /(repos|repositories|orgs)/", count=0)
        begun = time.monotonic()
        status, out, err = operator.run(words, LONGEST)
        took = time.monotonic() - begun
        wrong = []
        if crashed(status, err):
            wrong.append("status %s after %.0f s" % (status, took))
        if status and unclear(err):
            wrong.append("not clear")
        if kind in WORKS and status:
            wrong.append("must work")
        sim.control("reset-faults")
        sim.control("set", remaining=5000)
        violations = sim.get("/_sim/violations", token=None).json
        if violations:
            wrong.append("did what must not be done: %s" % violations)
        again = None
        if status and status != 5 and kind not in NO_SECOND:
            again = operator.run(words, LONGEST)
            if again[0]:
                wrong.append("afterwards: %s %s" % (again[0], again[2]))
        if words[0] == "submit" and "--dry-run" not in words:
            made = len(dispatched(sim))
            if made > (2 if kind == "duplicate" else 1):
                wrong.append("%d runs" % made)
        return wrong and wrong + [out, err], "%s%s" % (status, "" if again is None else ", then %s" % again[0])
    finally:
        sim.end()
        shutil.rmtree(home, ignore_errors=True)


def main():
    kinds = list(KINDS) if "--all" in sys.argv else FEW
    only = [a for a in sys.argv[1:] if not a.startswith("-")]
    operations = [o for o in OPERATIONS if not only or o[0] in only]
    cases = [(kind, operation) for operation in operations for kind in kinds]
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(attempt, cases))
    for operation in operations:
        mine = [(case[0], result) for case, result in zip(cases, results) if case[1] is operation]
        bad = ["%s: %s" % (kind, result[0]) for kind, result in mine if result[0]]
        ok(not bad, "%s, with %d faults" % (operation[0], len(mine)), *bad)
        print("# " + "; ".join("%s: %s" % (kind, result[1]) for kind, result in mine))
    done()


main()
