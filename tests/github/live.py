#!/usr/bin/env python3
"""Live lines of a running job: a runner's pages are followed without loss, on this host and by ssh.

With --measure RUNS: how many pages of 64 KiB, written without a pause, are lost when each is deleted sooner after its end
than a runner does it (a runner's have 8 MiB and are deleted after an upload)."""
import concurrent.futures
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
SOURCE = os.path.abspath(os.environ.get("top_srcdir", "."))
HERE = os.path.join(SOURCE, "tests", "github")
FOLLOW = os.path.join(BUILD, "tests", "github", "follow")
sys.path[:0] = [os.path.dirname(HERE), HERE]
import fake_runner  # noqa: E402
from tap import at_once, done, ok, until  # noqa: E402

JOB = "0a1b2c3d-0000-4000-8000-00000000cafe"
TIMELINE = "11111111-2222-3333-4444-555555555555"


class World:
    """A runner's directory, and a follower of it."""

    def __init__(self, kind="diag"):
        self.dir = tempfile.mkdtemp(prefix="live.")
        self.root = os.path.join(self.dir, "it's a runner")
        self.out = os.path.join(self.dir, "out.log")
        self.expect = os.path.join(self.dir, "expect")
        self.kind = kind
        self.env = dict(os.environ, FAKE_SSH_LOG=os.path.join(self.dir, "ssh.log"),
                        FAKE_SSH_BREAK=os.path.join(self.dir, "break"), PATH=self.bin() + ":" + os.environ["PATH"])
        os.makedirs(self.pages())
        with open(os.path.join(self.root, ".runner"), "w") as f:
            f.write("{}")

    def __enter__(self):
        return self

    def __exit__(self, *what):
        shutil.rmtree(self.dir)

    def pages(self):
        return os.path.join(self.root, "_diag", "pages")

    def bin(self):
        path = os.path.join(self.dir, "bin")
        os.makedirs(path, exist_ok=True)
        # No copy: while another thread forks, its child has the copy open for writing, and nobody can run it.
        os.symlink(os.path.abspath(os.path.join(HERE, "fake_ssh")), os.path.join(path, "ssh"))
        return path

    def follow(self, started=0, limit=0, seconds=60, root=None, host="pi@macmini", again=False):
        args = [FOLLOW, self.kind, root or self.root, self.out, str(started), str(limit), str(seconds)]
        args += ([host] if self.kind == "ssh" else ["-"]) + (["again"] if again else [])
        return subprocess.Popen(args, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *args, started=0, late=0, **more):
        """A whole job with a follower; late: seconds between the start of the job and that of the follower."""
        job = [sys.executable, os.path.join(HERE, "fake_runner.py"), self.root, "--expect", self.expect, *map(str, args)]
        if late:
            runner = subprocess.Popen(job)
            time.sleep(late)
        follower = self.follow(started, **more)
        said = ""
        if not late:
            said = follower.stdout.readline()
            runner = subprocess.Popen(job)
        said += follower.communicate(timeout=120)[0]
        runner.wait()
        return follower.returncode, said

    def got(self):
        with open(self.out, "rb") as f:
            return f.read()

    def same(self):
        with open(self.expect, "rb") as f:
            return f.read() == self.got()

    def page(self, n, data, record=JOB):
        path = os.path.join(self.pages(), "%s_%s_%d.log" % (TIMELINE, record, n))
        with open(path, "ab") as f:
            f.write(data)
        return path

    def wait_for(self, data, seconds=20):
        return until(seconds, lambda: os.path.exists(self.out) and data in self.got())


def chance_run(kind, seed):
    chance = random.Random(seed)
    args = ["--seed", seed, "--lines", chance.randrange(20, 1500), "--steps", chance.randrange(2, 7),
            "--page-size", chance.choice([8 << 20, 1 << 20, 200000]), "--pause", chance.choice([0, 0.005, 0.05]),
            "--upload", chance.choice([1.0, 1.2, 2.0]), "--before", chance.random() * 0.5]
    with World(kind) as w:
        if chance.randrange(3) == 0:
            fake_runner.worker_log(w.root, time.time() - 3600, JOB)
            w.page(1, fake_runner.MARK + b"2026-01-01T00:00:00.0000000Z of another job\n")
        code, said = w.run(*args, started=int(time.time() * 1000))
        with open(w.expect, "rb") as f:
            n = len(f.read())
        fine = code == 0 and w.same() and "missed 0" in said
        return fine, n, "seed %d: status %d, %d bytes expected, %d written\n%s\n%s" % (
            seed, code, n, len(w.got()), args, said)


def many_runs(kind, runs, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda i: chance_run(kind, i), range(1, runs + 1)))
    bad = [why for fine, _, why in results if not fine]
    ok(not bad, "%s: %d jobs of random timing are followed without loss" % (kind, runs), *bad)


def begin_by_hand(w, seconds=30, **more):
    fake_runner.worker_log(w.root, time.time(), JOB)
    follower = w.follow(seconds=seconds, **more)
    follower.stdout.readline()
    return follower


def held_after_deletion(kind):
    """What a page gets after its name is gone is read all the same, and so is what a slow writer still holds."""
    with World(kind) as w:
        follower = begin_by_hand(w)
        path = os.path.join(w.pages(), "%s_%s_1.log" % (TIMELINE, JOB))
        with open(path, "wb", buffering=0) as page:
            page.write(fake_runner.MARK + b"2026-01-01T00:00:00.0000000Z one")
            seen = w.wait_for(b"one")
            page.write(b" two\n")
            w.page(2, fake_runner.MARK + b"2026-01-01T00:00:00.0000000Z three\n")
            os.unlink(path)
        seen = seen and w.wait_for(b"three")
        os.unlink(w.page(2, b"four\n"))
        said = follower.communicate(timeout=60)[0]
        want = b"2026-01-01T00:00:00.0000000Z one two\n2026-01-01T00:00:00.0000000Z three\nfour\n"
        ok(seen and follower.returncode == 0 and w.got() == want, kind + ": a held page is read to its end", said, w.got())


def missed_page(kind):
    with World(kind) as w:
        fake_runner.worker_log(w.root, time.time(), JOB)
        w.page(3, fake_runner.MARK + b"2026-01-01T00:00:00.0000000Z third\n")
        follower = w.follow(seconds=30)
        seen = w.wait_for(b"third\n")
        os.unlink(w.page(3, b""))
        said = follower.communicate(timeout=60)[0]
        lines = w.got().decode().splitlines()
        ok(seen and "missed 2" in said and "Pages 1 to 2 of this log were uploaded" in lines[0]
           and lines[1].endswith("third"), kind + ": what was gone before is said, not left out", said, *lines)


def limit(kind):
    with World(kind) as w:
        code, said = w.run("--lines", 300, limit=5000)
        got = w.got()
        with open(w.expect, "rb") as f:
            want = f.read(5000)
        ok(code == 0 and got[:5000] == want and got.count(b"reached its limit") == 1 and len(got) < 5300,
           kind + ": the file has its limit and says so", said, len(got))


def another_job(kind):
    """A job that was there before ours, and its worker, give way to our job's."""
    with World(kind) as w:
        now = time.time()
        fake_runner.worker_log(w.root, now - 60, "99999999-0000-4000-8000-00000000cafe")
        w.page(1, fake_runner.MARK + b"of the one before\n", "99999999-0000-4000-8000-00000000cafe")
        follower = w.follow(started=int(now * 1000))
        seen = w.wait_for(b"of the one before")
        fake_runner.worker_log(w.root, now, JOB)
        w.page(1, fake_runner.MARK + b"ours\n")
        ours = w.wait_for(b"ours", 40)
        os.unlink(w.page(1, b""))
        said = follower.communicate(timeout=60)[0]
        ok(seen and ours and w.got() == b"ours\n", kind + ": a worker that fits the job's start better is taken", said, w.got())


def earlier_job(kind):
    with World(kind) as w:
        fake_runner.worker_log(w.root, time.time() - 900, JOB)
        w.page(1, fake_runner.MARK + b"not ours\n")
        code = w.follow(started=int(time.time() * 1000), seconds=3)
        said = code.communicate(timeout=60)[0]
        ok(code.returncode == 2 and w.got() == b"" and "has begun no log of this job" in said,
           kind + ": an earlier job's lines are not shown as ours", said, w.got())


def late(kind):
    with World(kind) as w:
        code, said = w.run("--lines", 3000, "--pause", 0.1, started=int(time.time() * 1000), late=1)
        ok(code == 0 and w.same(), kind + ": a job that runs already is read from its first line", said, len(w.got()))


def refused(kind, what, change, words):
    with World(kind) as w:
        fake_runner.worker_log(w.root, time.time(), JOB)
        w.page(1, b"lines\n")
        change(w)
        follower = w.follow(seconds=20)
        said = follower.communicate(timeout=60)[0]
        got = w.got() if os.path.exists(w.out) else b""
        ok(follower.returncode == 1 and words in said and got == b"", "%s: refused: %s" % (kind, what), said, got)


def link_page(w):
    secret = os.path.join(w.dir, "secret")
    os.rename(w.page(1, b""), secret)
    os.symlink(secret, os.path.join(w.pages(), "%s_%s_1.log" % (TIMELINE, JOB)))


def link_is_not_read(kind):
    with World(kind) as w:
        fake_runner.worker_log(w.root, time.time(), JOB)
        w.page(1, b"secret\n")
        link_page(w)
        os.mkfifo(os.path.join(w.pages(), "%s_%s_2.log" % (TIMELINE, JOB)))
        follower = w.follow(seconds=3)
        said = follower.communicate(timeout=60)[0]
        ok(follower.returncode in (1, 2) and b"secret" not in w.got(), kind + ": links and pipes are not opened", said)


def two_writers():
    with World() as w:
        first = begin_by_hand(w, seconds=30)
        second = w.follow(seconds=5)
        said = second.communicate(timeout=60)[0]
        first.send_signal(signal.SIGTERM)
        first.communicate()
        ok(said.startswith("refused busy Another relayq writes"), "a file has one writer", said)


def ssh_command():
    with World("ssh") as w:
        code, said = w.run("--lines", 50)
        with open(w.env["FAKE_SSH_LOG"]) as f:
            args = f.read()
        want = "<-T><-x><-a><-oBatchMode=yes><-oConnectTimeout=5>"
        ok(code == 0 and w.same() and args.startswith(want) and args.endswith("<--><pi@macmini><exec sh -s>\n")
           and "live from macmini's own files, by ssh pi@macmini" in said, "ssh: the command holds nothing but the host",
           args, said)
        left = [f for f in os.listdir(w.dir) if f.startswith("out.log.")]
        ok(not left, "ssh: no file is left beside the log", left)


def ssh_hosts():
    bad = ["-oProxyCommand=x", "a b", "a;b", "", "$(x)", "a\nb", "h/../x"]
    for host in bad:
        with World("ssh") as w:
            follower = w.follow(host=host, seconds=5)
            said = follower.communicate(timeout=60)[0]
            ok("refused usage" in said and not os.path.exists(w.env["FAKE_SSH_LOG"]), "ssh: no host: %r" % host, said)
    for root in ["relative", "/a\nb", "-x"]:
        with World("ssh") as w:
            follower = w.follow(root=root, seconds=5)
            said = follower.communicate(timeout=60)[0]
            ok("refused usage" in said, "ssh: no directory: %r" % root, said)


def ssh_refused():
    with World("ssh") as w:
        open(w.env["FAKE_SSH_BREAK"], "w").close()
        follower = w.follow(seconds=20)
        said = follower.communicate(timeout=60)[0]
        ok(follower.returncode == 1 and "says: pi@macmini: Permission denied (publickey)." in said,
           "ssh: what ssh says is shown as one sentence", said)


def ssh_broken():
    with World("ssh") as w:
        with open(w.env["FAKE_SSH_BREAK"], "w") as f:
            f.write("2")
        code, said = w.run("--lines", 2000, "--pause", 0.3, "--upload", 2, "--page-size", 100000000, again=True)
        ok(code == 0 and w.same() and "the connection of ssh pi@macmini ended" in said,
           "ssh: a broken connection goes on where it was", said, len(w.got()))


def answers(chance, n):
    """What a host might print that is not ours to trust: the script's own words, damaged."""
    worker = b"W Worker_20261122-003228-utc.log %s\n" % JOB.encode()
    whole = b"Welcome\nrelayq 1\n" + worker + b"P 1\nD 5\n\xef\xbb\xbfab.\nD 3\nc\nd.\nE\n" + worker + b"P 3\nX runner\n"
    yield b""
    yield b"y\n" * 100000
    yield b"relayq 1\n" + b"z" * 100000
    for bad in (b"D 0", b"D -1", b"D 65537", b"D 99999999999999999999", b"P 0", b"P 99999999", b"P x", b"W x", b"W x y",
                b"Q", b"X y", b"", b"P", b"D 5 5", b"W Worker_20261122-003228-utc.log short"):
        yield b"relayq 1\n" + bad + b"\n" + whole
    for _ in range(n):
        text = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            text[at:at + chance.randrange(3)] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
        yield bytes(text)


def ssh_answers():
    bad = []
    for answer in answers(random.Random(5), 60):
        with World("ssh") as w:
            w.env["FAKE_SSH_ANSWER"] = os.path.join(w.dir, "answer")
            with open(w.env["FAKE_SSH_ANSWER"], "wb") as f:
                f.write(answer)
            follower = w.follow(seconds=20)
            said = follower.communicate(timeout=60)[0]
            ended = follower.returncode in (0, 1) and "missed" in said and "anitizer" not in said
            if not ended or len(w.got()) > len(answer) + 400:
                bad.append("%r: %s %s" % (answer[:100], follower.returncode, said))
    ok(not bad, "ssh: whatever the host prints does no harm", *bad)


def measure(runs):
    for upload in (0, 0.01, 0.05, 0.2, 1):
        lost = pages = 0
        for seed in range(1, runs + 1):
            with World() as w:
                said = w.run("--seed", seed, "--lines", 10000, "--steps", 3, "--page-size", 65536, "--pause", 0,
                             "--upload", upload)[1]
                with open(w.expect, "rb") as f:
                    pages += len(f.read()) // 65536 + 1
                lost += int(said.split("missed ")[1])
        print("deleted %.2f s after its end: %d of %d pages of 64 KiB lost" % (upload, lost, pages))


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--measure":
        return measure(int(sys.argv[2]))
    todo = [(ssh_answers,), (two_writers,), (ssh_command,), (ssh_hosts,), (ssh_refused,), (ssh_broken,)]
    for kind in ("diag", "ssh"):
        todo += [(f, kind) for f in (another_job, earlier_job, held_after_deletion, missed_page, limit, late,
                                     link_is_not_read)]
        todo.append((refused, kind, "no runner's directory",
                     lambda w: os.unlink(os.path.join(w.root, ".runner")), "has no file .runner"))
        todo.append((refused, kind, "a directory that anybody may write",
                     lambda w: os.chmod(w.pages(), 0o777), "chmod o-w"))
    at_once(3, [("many runs", many_runs, "diag", 20, 4), ("many runs by ssh", many_runs, "ssh", 6, 3),
                ("the others", at_once, 4, [(f[0].__name__, *f) for f in todo])])
    done()


main()
