#!/usr/bin/env python3
"""A runner's directory with a job that runs in it, for tests: what actions/runner leaves below _diag while a job goes.

    fake_runner.py ROOT --expect FILE [--seed N] [--lines N] [--steps N] [--page-size BYTES] [--pause S] [--upload S] ...

Each step has a record of its own and the job has one more, which gets every line of every step. A record is pages
TIMELINE_RECORD_N.log: begun on the first line, with a byte order mark, written through a buffer of 4 KiB, rolled over at
--page-size bytes, and deleted --upload seconds after its end, as after an upload; never before the file --until is there,
so that who reads has come, however slow the machine. The worker's log names the job in the line "Job ID ...", behind a
dump of the job's message that has look-alikes in it. FILE gets what a follower must have written when the job is over: the
job's record without the byte order marks.
"""
import argparse
import json
import os
import random
import threading
import time
import uuid

MARK = b"\xef\xbb\xbf"
BUFFER = 4096


def stamp():
    now = time.time_ns() // 100
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**7)) + ".%07dZ" % (now % 10**7)


class Uploads:
    """Deletes pages a while after they were ended, in order, beside the writing."""

    def __init__(self, delay, until):
        self.delay = delay
        self.until = until
        self.threads = []

    def delete(self, path):
        end = time.monotonic() + 60
        while self.until and not os.path.exists(self.until) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(self.delay)
        os.unlink(path)

    def add(self, path):
        if self.delay <= 0:
            os.unlink(path)
            return
        t = threading.Thread(target=self.delete, args=[path])
        t.start()
        self.threads.append(t)

    def wait(self):
        for t in self.threads:
            t.join()


class Pages:
    """One record's pages."""

    def __init__(self, pages, timeline, record, size, uploads, sink=None):
        self.base = os.path.join(pages, "%s_%s_" % (timeline, record))
        self.size, self.uploads, self.sink = size, uploads, sink
        self.n, self.fd, self.bytes, self.buffer = 0, -1, 0, b""

    def flush(self, whole):
        n = len(self.buffer) if whole else len(self.buffer) // BUFFER * BUFFER
        if n:
            os.write(self.fd, self.buffer[:n])
            self.buffer = self.buffer[n:]

    def begin(self):
        self.end()
        self.n += 1
        self.bytes = 0
        self.path = self.base + "%d.log" % self.n
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        self.buffer = MARK

    def end(self):
        if self.fd < 0:
            return
        self.flush(True)
        os.close(self.fd)
        self.fd = -1
        self.uploads.add(self.path)

    def write(self, line):
        if self.fd < 0:
            self.begin()
        self.buffer += line + b"\n"
        if self.sink:
            self.sink.write(line + b"\n")
        self.flush(False)
        self.bytes += len(line)
        if self.bytes >= self.size:
            self.begin()


def messages(chance, n):
    """What jobs print: short lines, colours, several lines at once, progress, junk, and now and then a very long one."""
    for i in range(n):
        kind = chance.randrange(40)
        if kind == 0:
            yield b"Traceback of line %d:\n  File \"a.py\", line 1\n\nValueError: \xc3\xa9" % i
        elif kind == 1:
            yield b"\x1b[36;1m%d\x1b[0m \xe2\x96\x88\xe2\x96\x88 50%%\r 100%%" % i
        elif kind == 2:
            yield b"junk \xff\xfe\x00 \xef\xbb\xbf \xef\xbb" + bytes(chance.randrange(1, 10) for _ in range(20))
        elif kind == 3 and chance.randrange(20) == 0:
            yield b"%d " % i + b"long " * chance.randrange(1000, 60000)
        elif kind == 4:
            yield b""
        elif kind == 5:
            yield b"##[group]Run step of line %d" % i
        else:
            yield b"line %d %s" % (i, b"x" * chance.randrange(0, 120))


def settings(root, args):
    os.makedirs(os.path.join(root, "_diag", "pages"), exist_ok=True)
    with open(os.path.join(root, ".runner"), "wb") as f:
        f.write(MARK + json.dumps({"agentId": 0, "AgentId": args.id, "AgentName": args.name, "PoolId": 1,
                                   "GitHubUrl": args.url, "WorkFolder": "_work"}).encode())


def worker_log(root, started, job, dump=200):
    name = time.strftime("Worker_%Y%m%d-%H%M%S-utc.log", time.gmtime(started))
    at = time.strftime("[%Y-%m-%d %H:%M:%SZ INFO ", time.gmtime(started))
    with open(os.path.join(root, "_diag", name), "w") as f:
        f.write(at + "HostContext] Well known directory 'Diag'\n" + at + "Worker] Job message:\n {\n")
        for i in range(dump):
            f.write('  "value %d": "%sJobRunner] Job ID %s",\n' % (i, at, uuid.UUID(int=i)))
        f.write(" }\n")
        f.flush()
        f.write(at + "JobRunner] Job ID %s\n" % job)
    return name


def main():
    p = argparse.ArgumentParser()
    p.add_argument("root")
    p.add_argument("--expect", required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--lines", type=int, default=2000, help="of each step")
    p.add_argument("--steps", type=int, default=4)
    p.add_argument("--page-size", type=int, default=8 << 20)
    p.add_argument("--pause", type=float, default=0.02, help="longest pause between bursts")
    p.add_argument("--upload", type=float, default=1.0, help="from the end of a page to its deletion")
    p.add_argument("--until", help="a file; no page is deleted before it is there")
    p.add_argument("--before", type=float, default=0.0, help="from the worker's start to the first line")
    p.add_argument("--id", type=int, default=23)
    p.add_argument("--name", default="macmini")
    p.add_argument("--url", default="https://github.com/acme/media")
    args = p.parse_args()

    chance = random.Random(args.seed)
    ids = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(args.steps + 2)]
    timeline, job = ids[0], ids[1]
    pages = os.path.join(args.root, "_diag", "pages")
    uploads = Uploads(args.upload, args.until)
    settings(args.root, args)
    worker_log(args.root, time.time(), job)
    time.sleep(args.before)
    with open(args.expect, "wb") as expect:
        whole = Pages(pages, timeline, job, args.page_size, uploads, expect)
        for step in range(args.steps):
            own = Pages(pages, timeline, ids[2 + step], args.page_size, uploads)
            for text in messages(chance, args.lines):
                own.write(stamp().encode() + b" " + text)
                whole.write(stamp().encode() + b" " + text)
                if chance.randrange(100) == 0:
                    time.sleep(chance.random() * args.pause)
            own.end()
        whole.end()
    uploads.wait()


if __name__ == "__main__":
    main()
