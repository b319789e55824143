"""A simulator of the test's own, and requests to it."""
import http.client
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import at_once, done, ok  # noqa: E402

TOKEN = "sim-token-that-opens-nothing"
RUNS = "/repos/acme/media/actions/runs"
RUNNERS = "/repos/acme/media/actions/runners"
DISPATCH = "/repos/acme/media/actions/workflows/transcribe.yml/dispatches"


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Sim:
    """A simulator of this test's own."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "sim.py"), "--until-eof"] + list(args),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.api = int(self.process.stdout.readline().rpartition(b":")[2])
        self.storage = int(self.process.stdout.readline().rpartition(b":")[2])

    def end(self):
        """Its complaints; it ends when its standard input does."""
        self.process.stdin.close()
        text = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.wait(10), text

    def ask(self, method, path, body=None, port=None, token=TOKEN, timeout=10, **headers):
        """headers: accept_encoding="gzip"."""
        all_headers = {"User-Agent": "selftest"}
        if token:
            all_headers["Authorization"] = "Bearer " + token
        all_headers.update({k.replace("_", "-"): v for k, v in headers.items()})
        all_headers = {k: v for k, v in all_headers.items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", port or self.api, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body) if not isinstance(body, str) else body
            connection.putrequest(method, path, skip_accept_encoding=True)
            for item in all_headers.items():
                connection.putheader(*item)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(None if data is None else data.encode())
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more)

    def control(self, what, **body):
        # Both ports have the control routes, and the API's may be closed.
        answer = self.post("/_sim/" + what, body, port=self.storage, token=None)
        if answer.status != 200:
            raise RuntimeError("%s: %s" % (what, answer.body))
        return answer.json

    def state(self):
        return self.get("/_sim/state", port=self.storage, token=None).json

    def advance(self, seconds):
        self.control("clock", advance=seconds)

    def fault(self, kind, match="", **more):
        self.control("fault", kind=kind, match=match, **more)

    def last(self):
        return self.get("/_sim/requests", token=None).json[-1]

    def run(self, number):
        return self.get("%s/%d" % (RUNS, number)).json

    def jobs(self, number, query=""):
        return self.get("%s/%d/jobs%s" % (RUNS, number, query)).json["jobs"]

    def dispatch(self, **inputs):
        """The id of a new run of transcribe.yml."""
        inputs.setdefault("audio", "a.mp3")
        return self.post(DISPATCH, {"ref": "main", "inputs": inputs, "return_run_details": True}).json["workflow_run_id"]


def manual(*args):
    return Sim("--clock", "manual", "--now", "1795000000", *args)


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def storage(sim, answer, **more):
    """What a redirect to the storage host leads to, without a token."""
    path = re.sub(r"^http://[^/]*", "", answer.headers["location"])
    return sim.get(path, port=sim.storage, token=None, **more)


def log(sim, job):
    return storage(sim, sim.get("/repos/acme/media/actions/jobs/%d/logs" % job)).body.decode()


def run_parts(parts, make):
    """Each part with a simulator of its own, which must end well."""
    def one(part):
        sim = make()
        try:
            part(sim)
        finally:
            status, text = sim.end()
            ok(status == 0 and "Traceback" not in text, part.__name__ + ": the simulator ends well", status, text)
    at_once(3, [(part.__name__, one, part) for part in parts])
    done()
