"""What tests in Python share: results in TAP, waiting for a condition, and parts side by side."""
import concurrent.futures
import sys
import threading
import time
import traceback

WORDS = 2000            # of an explanation; the rest is left out
count = 0
lock = threading.Lock()


def result(line, why=()):
    global count
    with lock:
        count += 1
        print(line % count)
        for part in why:
            for text in str(part)[:WORDS].splitlines():
                print("# " + text)
        sys.stdout.flush()


def ok(passed, name, *why):
    result(("" if passed else "not ") + "ok %d - " + name.replace("%", "%%"), () if passed else why)
    return passed


def same(name, got, wanted):
    return ok(got == wanted, name, "got:    %r" % (got,), "wanted: %r" % (wanted,))


def skip(name, reason):
    result("ok %d - " + "%s # SKIP %s" % (name, reason))


def done():
    print("1..%d" % count)
    sys.stdout.flush()


def until(seconds, condition, pause=0.02):
    """What CONDITION gives as soon as that is true, at most SECONDS from now; else what it gave last."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(pause)


def at_once(workers, parts):
    """Each of the parts, (name, function, arguments...), some side by side: they wait most of the time."""
    def one(name, part, *args):
        try:
            part(*args)
        except Exception:
            ok(False, name, traceback.format_exc())
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda part: one(*part), parts))
