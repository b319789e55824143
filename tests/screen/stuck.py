#!/usr/bin/env python3
"""A terminal that takes nothing for a while, and a line of 9600 bit/s: keys are handled all the same, what is shown
in the end is what there is then, and nothing that is old is sent first."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

JOBS = 300
PATIENCE = 30
LINE_BYTES = 960


class Console:
    def __init__(self, *options):
        self.said = b""
        self.fd, self.slave = pty.openpty()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.close(self.fd)
            os.execve(os.environ["RELAYQ"], ["relayq", *options], dict(os.environ, TERM="xterm-256color"))

    def read(self, seconds, most=65536):
        """What comes within SECONDS; the terminal answers what it is asked."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            more = os.read(self.fd, most)
        except OSError:
            return b""
        for _ in range((self.said[-3:] + more).count(b"\033[5n")):
            os.write(self.fd, b"\033[0n")
        self.said += more
        return more

    def until(self, text):
        end = time.monotonic() + PATIENCE
        while text not in self.said and time.monotonic() < end:
            self.read(0.1)
        return text in self.said

    def silence(self, seconds=0.5):
        while self.read(seconds):
            pass

    def unread(self):
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0\0\0\0"))[0]

    def all_read(self):
        end = time.monotonic() + PATIENCE
        while self.unread() and time.monotonic() < end:
            time.sleep(0.02)
        return not self.unread()

    def cpu(self):
        with open("/proc/%d/stat" % self.pid, encoding="ascii", errors="replace") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, reading):
        """Its status after SIGTERM, None when it stays."""
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        done = 0
        while not done and time.monotonic() < end:
            if reading:
                self.read(0.02)
            else:
                time.sleep(0.02)
            done, status = os.waitpid(self.pid, os.WNOHANG)
        if not done:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.slave)
        os.close(self.fd)
        return status if done else None


def under_cursor(said):
    rows = re.findall(rb"7m[^\033]*job (\d+) ", said)
    return int(rows[-1]) if rows else 0


def stuck():
    c = Console()
    if not c.until(b"job %d" % JOBS):
        return c.end(True), "no first screen"
    c.silence()
    c.said = b""
    # Each of these is a whole screen: far more than a pseudo-terminal takes.
    for _ in range(100):
        os.write(c.fd, b"j\x0c")
        time.sleep(0.005)
    if not c.all_read():
        return c.end(True), "keys are not handled while the terminal takes nothing"
    if os.path.exists("/proc/self/stat"):
        before = c.cpu()
        time.sleep(1)
        if c.cpu() - before > 0.5:
            return c.end(True), "it does not wait for the terminal, it tries without end"
    c.silence(1)
    if under_cursor(c.said) != JOBS - 100:
        return c.end(True), "the last frame has job %d under the cursor" % under_cursor(c.said)
    if len(c.said) > 100000:
        return c.end(True), "%d bytes: frames that were old were sent" % len(c.said)
    for _ in range(100):
        os.write(c.fd, b"k\x0c")
        time.sleep(0.005)
    status = c.end(False)
    return status, "" if status == 0 else "it does not end while the terminal takes nothing: %s" % status


def crawl(c, seconds):
    """As a line of 9600 bit/s carries it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        more = c.read(end - time.monotonic(), 16)
        time.sleep(len(more) / LINE_BYTES)


def slow():
    c = Console("--slow-link")
    if not c.until(b"job %d" % JOBS):
        return c.end(True), "no first screen"
    c.silence()
    c.said = b""
    for i in range(60):
        os.write(c.fd, b"jjj\x0c" if i % 20 == 19 else b"j")
        crawl(c, 0.033)
    began = time.monotonic()
    more = True
    while more and time.monotonic() - began < PATIENCE:
        more = c.read(1, 16)
        time.sleep(len(more) / LINE_BYTES)
    # One screen is three seconds; three of them and 57 movements would be ten.
    if time.monotonic() - began > 8:
        return c.end(True), "%.1f s behind" % (time.monotonic() - began)
    before = len(c.said)
    os.write(c.fd, b"k")
    c.silence(0.5)
    status = c.end(True)
    if not 0 < len(c.said[before:].split(b"\033[5n")[0]) < 80:
        return status, "a movement of the cursor is %r" % c.said[before:]
    return status, ""


def main():
    config = os.path.join(os.environ["HOME"], ".config", "relayq")
    os.makedirs(config)
    with open(os.path.join(config, "config.yaml"), "w", encoding="ascii") as f:
        f.write("agent:\n  autostart: false\n")
    batch = "".join('{"command": ["true"], "name": "job %d", "runs_on": ["gpu"]}\n' % i for i in range(1, JOBS + 1))
    subprocess.run([os.environ["RELAYQ"], "submit", "--batch", "-"], input=batch.encode(), check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print("1..2")
    failed = 0
    for n, test in enumerate([stuck, slow], 1):
        status, wrong = test()
        if not wrong and status != 0:
            wrong = "status %s" % status
        failed += bool(wrong)
        print("%s %d - %s" % ("not ok" if wrong else "ok", n, test.__name__))
        if wrong:
            print("# " + wrong)
        sys.stdout.flush()
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
