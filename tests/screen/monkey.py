#!/usr/bin/env python3
"""Keys, pastes and window sizes by chance, the same in every run: the console never dies of them, and leaves
when it is told to. Under the sanitizers this sees much that no written test would ask for."""
import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time

SEEDS = 3
KEYS = 700
LEAVE_S = 30

PIECES = list("jkgG *v<>SstrcRdDe/?:1234uMyfwznNEx-\"'\\") + [
    "\t", "\033[Z", "\r", "\r", "\r", "\033", "\033", "\033", "\033[A", "\033[B", "\033[C", "\033[D",
    "\033[5~", "\033[6~", "\033[H", "\033[F", "\033j", "\x0c", "\x7f", "\x15", "\x17", "\x0b", "\x0e",
    "\x10", "\x0f", "\x06", "\x02", "\x04", "\033[200~pasted \u00e9\n\033[201~", "\u65e5\u672c",
    "audio", "local:1", "status:", "re:(", "--to ", "\udcff", "\033[<0;12;5M", "\033[99;99~",
]
TERMS = ["xterm-256color", "vt100", "tmux-256color"]


def set_size(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def start(chance):
    env = dict(os.environ, TERM=chance.choice(TERMS))
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(os.environ["RELAYQ"], ["relayq"], env)
    set_size(fd, 24, 80)
    return pid, fd


def read_some(fd, seconds):
    """What the program says within SECONDS; None: it has hung up."""
    if not select.select([fd], [], [], seconds)[0]:
        return b""
    try:
        return os.read(fd, 65536) or None
    except OSError:
        return None


def play(seed):
    """An empty string, or what went wrong."""
    chance = random.Random(seed)
    pid, fd = start(chance)
    said, played = b"", 0
    # Before its first screen the terminal would take some keys for itself.
    while b"help" not in said:
        more = read_some(fd, LEAVE_S)
        if not more:
            return "no first screen"
        said += more
    for played in range(KEYS):
        if chance.random() < 0.03:
            set_size(fd, chance.randint(3, 60), chance.randint(5, 210))
        os.write(fd, chance.choice(PIECES).encode("utf-8", "surrogateescape"))
        more = read_some(fd, chance.choice([0, 0, 0.002, 0.01]))
        if more is None:
            break
        said = (said + more)[-100000:]
    os.kill(pid, signal.SIGTERM)
    status, end = 0, time.monotonic() + LEAVE_S
    done = 0
    while not done and time.monotonic() < end:
        said = (said + (read_some(fd, 0.05) or b""))[-100000:]
        done, status = os.waitpid(pid, os.WNOHANG)
    if not done:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.close(fd)
    # A key may have left it in order: help runs what it lists.
    if done and status == 0:
        return ""
    report = said[max(0, said.find(b"==ERROR") - 80):][:3000].decode("utf-8", "replace")
    return "after %d keys, done %s, status %d\n%s" % (played + 1, bool(done), status, report)


def main():
    config = os.path.join(os.environ["HOME"], ".config", "relayq")
    os.makedirs(config)
    with open(os.path.join(config, "config.yaml"), "w", encoding="ascii") as f:
        f.write("agent:\n  autostart: false\nui:\n  mouse: true\n")
    for n in range(20):
        subprocess.run([os.environ["RELAYQ"], "submit", "--name", "job %d" % n, "--", "true"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print("1..%d" % SEEDS)
    failed = 0
    for seed in range(1, SEEDS + 1):
        wrong = play(seed)
        failed += bool(wrong)
        print("%s %d - keys by chance, seed %d" % ("not ok" if wrong else "ok", seed, seed))
        for line in wrong.splitlines():
            print("# " + line)
        sys.stdout.flush()
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
