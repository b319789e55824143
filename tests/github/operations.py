"""Each thing that an operator does on GitHub, once, on the simulator's default world: for the tests that go through all."""
import os
import subprocess

import client

SUCCESS, FAILURE, WAITING, ACTIVE, QUEUED = (19283746500 + n for n in (3, 2, 4, 5, 6))
ENDED_JOB = 53012345011         # of the active run

# name, the command's words, and those for an operation that is the only one in its world, where they differ. In an order that
# can be gone through in one world.
OPERATIONS = [
    ("list runs", ["jobs", "--queue", "media"]),
    ("list runners", ["runners", "--queue", "media"]),
    ("show a run", ["show", "media:%d" % ACTIVE]),
    ("show a job", ["show", "media:%d/%d" % (ACTIVE, ENDED_JOB)]),
    ("log of a job that ended", ["logs", "media:%d/%d" % (ACTIVE, ENDED_JOB)]),
    ("list workflows", ["workflows", "--queue", "media"]),
    ("disable a workflow", ["workflows", "disable", "test.yml", "--queue", "media"]),
    ("enable a workflow", ["workflows", "enable", "test.yml", "--queue", "media"]),
    ("try a dispatch", ["submit", "--dry-run", "--queue", "media", "--workflow", "transcribe.yml", "-f", "audio=a.mp3"]),
    ("dispatch", ["submit", "--queue", "media", "--workflow", "transcribe.yml", "-f", "audio=a.mp3"]),
    ("list artifacts", ["artifacts", "media:%d" % SUCCESS]),
    ("fetch an artifact", ["artifacts", "media:%d" % SUCCESS, "--download", "transcript", "--output", "text.zip"]),
    ("re-run what failed", ["retry", "--failed", "media:%d" % FAILURE]),
    ("re-run with debug logging", ["retry", "--all", "--debug", "media:%d" % SUCCESS]),
    ("what waits for approval", ["approve", "--list", "media:%d" % WAITING]),
    ("approve", ["approve", "media:%d" % WAITING]),
    ("re-route", ["reroute", "media:%d" % QUEUED, "--to", "rpi4", "--reason", "oldpc is off"]),
    ("cancel", ["cancel", "media:%d" % ACTIVE]),
    ("force-cancel", ["cancel", "--force", "media:%d" % FAILURE], ["cancel", "--force", "media:%d" % ACTIVE]),
    ("delete", ["delete", "media:%d" % (SUCCESS - 2)]),
    ("change labels", ["runner", "labels", "rpi4", "rpi4,spare"]),
    ("drain", ["drain", "rpi4", "--reason", "new disk"]),
    ("undrain", ["undrain", "rpi4"]),
    ("a new runner", ["runner", "new", "--queue", "media"]),
    ("remove a runner", ["runner", "remove", "oldpc"]),
]


class Operator:
    """relayq with a home of its own and a queue "media" on the simulator."""

    def __init__(self, sim, home, prefix="", more=""):
        self.home = home
        config = os.path.join(home, ".config", "relayq")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "config.yaml"), "w") as f:
            f.write("agent: {autostart: false}\nqueues:\n  media:\n    kind: github\n    api: http://127.0.0.1:%d%s\n    repos: [acme/media]\n%s"
                    % (sim.api, prefix, more))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "GH_", "GITHUB_"))}
        self.env.update(HOME=home, GH_ENTERPRISE_TOKEN=client.TOKEN, LC_ALL="C.UTF-8", TZ="UTC")

    def start(self, words, **more):
        return subprocess.Popen([os.environ["RELAYQ"]] + words, cwd=self.home, env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def run(self, words, timeout=60):
        """status, output, complaints; status None: it did not end."""
        process = self.start(words)
        try:
            out, err = process.communicate(timeout=timeout)
            return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return None, out.decode(errors="replace"), err.decode(errors="replace")
