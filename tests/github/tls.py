"""Certificates: only a host whose name and authority are right is talked to, and one may name an authority of one's own. In TAP."""
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading

from client import TOKEN
from tap import done, ok

ASK = os.path.join(os.environ["top_builddir"], "tests/github/ask")
OPENSSL = shutil.which("openssl")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked += 1
        body = b'{"hello": 1}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    asked = 0

    def handle_error(self, *args):
        pass            # a client that hangs up in the handshake is what is tested


def openssl(*args):
    subprocess.run([OPENSSL] + list(args), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def authority(name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", name + ".key", "-out", name + ".pem",
            "-subj", "/CN=Authority of " + name)


def certificate(name, by, names):
    with open(name + ".ext", "w", encoding="ascii") as file:
        file.write("subjectAltName=%s\n" % names)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", by + ".pem", "-CAkey", by + ".key", "-CAcreateserial", "-days", "2",
            "-extfile", name + ".ext", "-out", name + ".pem")


def serve(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(name + ".pem", name + ".key")
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(server, *ca):
    done = subprocess.run([ASK, "https://127.0.0.1:%d" % server.server_address[1], "", "github"] + list(ca),
                          env=dict(os.environ, GH_ENTERPRISE_TOKEN=TOKEN, https_proxy=""), input=b"get 0 /x\n", check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def run():
    authority("ours")
    authority("theirs")
    certificate("right", "ours", "IP:127.0.0.1")
    certificate("wrong", "ours", "DNS:api.example.org")
    right, wrong = serve("right"), serve("wrong")
    got = ask(right, "ours.pem")
    ok(got["code"] == "ok" and got["bytes"] == 12, "an authority of one's own", got)
    for name, server, ca in (("nobody's authority", right, ()), ("another's authority", right, ("theirs.pem",)),
                             ("another host's certificate", wrong, ("ours.pem",))):
        asked = server.asked
        got = ask(server, *ca)
        ok(got["code"] == "unreachable" and "is not to be trusted" in got["error"] and got["reach"] == 0, name, got)
        ok(server.asked == asked, "and nothing was asked")
    got = ask(right, "no-such.pem")
    ok(got["code"] != "ok" and "no-such.pem" in got["error"], "a file of authorities that is not there", got)
    got = ask(right, "right.ext")
    ok(got["code"] == "usage" and "no certificate" in got["error"], "a file that holds none", got)


if OPENSSL:
    os.chdir(os.environ.get("TMPDIR", "."))
    run()
    done()
else:
    print("1..0 # SKIP openssl is missing")
