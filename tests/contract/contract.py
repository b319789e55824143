#!/usr/bin/env python3
"""Every request that relayq can make, checked by GitHub's own description of its API, and every answer that the description
shows, read by relayq.

Each operation (tests/github/operations.py) is carried out once against the simulator, which records the requests. Each of a
kind is then put to Prism, a server that knows the description and refuses what does not fit it. Two kinds of address are
told to Prism in another form: further pages (/repositories/ID/...), which are GitHub's own and taken as they are, and files
below contents/, whose slashes its router does not take."""
import glob
import http.client
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "github"))
import client                                                   # noqa: E402
from tap import done, ok                                        # noqa: E402
from operations import OPERATIONS, Operator                     # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = os.environ.get("RELAYQ_TEST_CONTRACT", "")             # where npm has put them
DESCRIPTIONS = [("github.com", "api.github.com.deref.json", ""), ("GHES 3.19", "ghes-3.19.deref.json", "/api/v3")]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Desk(http.server.BaseHTTPRequestHandler):
    """Between relayq and Prism: the description knows GitHub's media types by their plain name only."""
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, text = self.server.prism.ask(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_DELETE = pass_on

    def log_message(self, *_):
        pass


class Prism:
    def __init__(self, description, work):
        kept = os.path.join(work, "description.json")
        subprocess.run(["node", os.path.join(HERE, "prune.mjs"),
                        os.path.join(PARTS, "node_modules/@octokit/openapi/generated", description), kept], check=True)
        with open(kept) as f:
            self.paths = json.load(f)["paths"]
        self.port = free_port()
        self.log = open(os.path.join(work, "prism.log"), "w+")
        self.process = subprocess.Popen(
            ["node", os.path.join(PARTS, "node_modules/.bin/prism"), "mock", "-h", "127.0.0.1",
             "-p", str(self.port), kept], stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 90
        while time.monotonic() < end:
            with open(self.log.name) as f:
                if "is listening" in f.read():
                    return
            time.sleep(0.1)
        raise RuntimeError("Prism does not start")

    def ask(self, method, target, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": "Bearer x", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        connection.request(method, target, body.encode() if body else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def template(self, path):
        """The description's name for an address."""
        best = None
        for t in self.paths:
            pattern = "".join("[^/]+" if p.startswith("{") else re.escape(p) for p in re.split(r"(\{[^}]*\})", t))
            if re.fullmatch(pattern, path) and (best is None or t.count("{") < best.count("{")):
                best = t
        return best

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def record(prefix):
    """What relayq asks for, of each kind once: method, target, body."""
    sim = client.Sim()
    home = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))
    operator = Operator(sim, home, prefix)
    for name, words, *_ in OPERATIONS:
        status, _, err = operator.run(words)
        ok(status == 0, "%s%s" % (name, " (GHES)" if prefix else ""), status, err)
    kinds = {}
    for r in sim.get("/_sim/requests", token=None).json:
        if r["host"] != "api" or r["path"].startswith("/_sim/"):
            continue
        target = re.sub(r"^/repositories/\d+/", "/repos/acme/media/", r["target"][len(prefix):])
        target = re.sub(r"(/contents/)([^?]*)", lambda m: m.group(1) + m.group(2).replace("/", "%2F"), target)
        body = json.loads(r["body"]) if r["body"] else {}
        key = (r["method"], re.sub(r"\d{2,}", "N", target.partition("?")[0]), tuple(sorted(r["query"])), tuple(sorted(body)))
        kinds.setdefault(key, (r["method"], target, r["body"]))
    status, text = sim.end()
    ok(status == 0, "the simulator ends well", text)
    return list(kinds.values())


def check(name, description, prefix):
    asked = record(prefix)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as work:
        prism = Prism(description, work)
        try:
            valid, covered = 0, set()
            for method, target, body in asked:
                status, text = prism.ask(method, target, body)
                template = prism.template(target.partition("?")[0])
                good = status < 400 and template is not None
                valid += good
                if good:
                    covered.add("%s %s" % (method, template))
                else:
                    ok(False, "%s: %s %s" % (name, method, target), status, text, body)
            ok(valid == len(asked) > 20, "%s: %d requests made, %d valid" % (name, len(asked), valid))
            for line in sorted(covered):
                print("# %s: %s" % (name, line))
            read_examples(name, prism)
        finally:
            prism.end()


def read_examples(name, prism):
    """The description's own answers, as if GitHub had given them."""
    home = tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))

    desk = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    desk.prism, desk.api = prism, desk.server_address[1]
    threading.Thread(target=desk.serve_forever, daemon=True).start()
    operator = Operator(desk, home)
    for words, wanted in (("jobs --queue media", ""), ("runners --queue media", ""), ("show media:5", ""),
                          ("workflows --queue media", ""), ("artifacts media:5", ""), ("approve --list media:5", "")):
        status, out, err = operator.run(words.split())
        ok(status == 0 and out.strip() and wanted in out, "%s: its examples are read by: %s" % (name, words), status, out, err)
    desk.shutdown()
    desk.server_close()


def main():
    if not glob.glob(os.path.join(PARTS, "node_modules", "@octokit", "openapi")):
        print("1..0 # SKIP npm has not fetched GitHub's description (./quickstart check does)")
        return
    for description in DESCRIPTIONS:
        check(*description)
    done()


main()
