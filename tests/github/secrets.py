#!/usr/bin/env python3
"""A token is nowhere but in requests to the API: each operation once with the log of all requests on, and a console, then a
search of every file, all output, every argument of a process and all that the storage host was told."""
import glob
import os
import pty
import select
import sys
import tempfile
import threading
import time

import client
from tap import done, ok
from operations import OPERATIONS, Operator

KEYS = b"2jkl\r\x1b1\r\x1bq"


class Arguments(threading.Thread):
    """All that processes were started with, as long as it runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.over = set(), False

    def run(self):
        while not self.over:
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as f:
                        self.seen.add(f.read())
                except OSError:
                    pass
            time.sleep(0.002)


def files(top):
    for directory, _, names in os.walk(top):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as f:
                    yield os.path.relpath(path, top), f.read()


def console(operator, seconds):
    """What a console writes to its terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(operator.home)
        os.execvpe(os.environ["RELAYQ"], ["relayq"], dict(operator.env, TERM="xterm-256color"))
    out, end, keys = b"", time.monotonic() + seconds, list(KEYS)
    while time.monotonic() < end:
        ready, _, _ = select.select([fd], [], [], 0.3)
        try:
            if ready:
                out += os.read(fd, 65536)
            elif keys and len(out) > 500:
                os.write(fd, bytes([keys.pop(0)]))
        except OSError:
            break
        if not keys and not ready:
            break
    os.close(fd)
    os.waitpid(pid, 0)
    return out


def main():
    sim = client.Sim()
    home = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
    operator = Operator(sim, home)
    operator.env["RELAYQ_LOG"] = os.path.join(home, "trace")
    arguments = Arguments()
    arguments.start()
    output = {}
    for name, words, *_ in OPERATIONS:
        status, out, err = operator.run(words)
        output[name] = (out + err).encode()
        ok(status == 0, name, status, err)
    output["console"] = console(operator, 15)
    ok(b"media:19283746505" in output["console"], "the console shows runs", output["console"])
    arguments.over = True
    arguments.join()

    secret = client.TOKEN.encode()
    given = [s.encode() for s in sim.get("/_sim/secrets", token=None).json if s != client.TOKEN]
    trace = dict(files(home)).get("trace", b"")
    ok(b"api: POST" in trace, "the trace tells what was asked", trace)
    bad = [name for name, data in files(home) if secret in data]
    ok(not bad, "no file has the token", bad)
    bad = [name for name, data in output.items() if secret in data]
    ok(not bad, "nothing that was printed has the token", bad)
    bad = [a for a in arguments.seen if secret in a]
    ok(arguments.seen and not bad, "no process was told the token as an argument", bad)
    ok(given and any(g in output["a new runner"] for g in given), "the registration token is shown once", given)
    bad = [name for name, data in files(home) for g in given if g in data]
    bad += [name for name, data in output.items() for g in given if g in data and name != "a new runner"]
    ok(not bad, "and is nowhere else", bad)
    asked = sim.get("/_sim/requests", token=None).json
    stored = [r for r in asked if r["host"] == "storage"]
    ok(len(stored) >= 2 and not any(r["authorization"] for r in stored), "the storage host was shown no token", stored)
    ok(not sim.get("/_sim/violations", token=None).json, "nothing was done that must not be done",
       sim.get("/_sim/violations", token=None).json)
    bad = [r["target"] for r in asked if "token" in r["target"].replace("registration-token", "").replace("remove-token", "")]
    ok(not bad, "no address has a token", bad)
    status, text = sim.end()
    ok(status == 0 and "Traceback" not in text, "the simulator ends well", text)
    done()


if not os.path.isdir("/proc/self"):
    print("1..0 # SKIP there is no /proc to read arguments from")
    sys.exit(0)
main()
