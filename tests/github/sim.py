#!/usr/bin/env python3
"""A GitHub of one's own on loopback, for tests: stateful, deterministic, and faulty when asked.

  sim.py [OPTIONS]                     until SIGTERM (or the end of standard input: --until-eof)
  sim.py [OPTIONS] -- COMMAND...       for as long as COMMAND runs, with SIM_API and SIM_STORAGE in its environment
  sim.py start [OPTIONS]               in the background: returns when it listens; its addresses are in ./sim.env then
  sim.py stop                          ends that one
  sim.py call METHOD PATH [JSON]       one request to the simulator at $SIM_API (or $SIM_STORAGE when the API is down),
                                       or to the one of ./sim.env
  sim.py wait EXPRESSION [SECONDS]     until the Python expression is true of s, which is what /_sim/state gives

It prints two lines, "api http://127.0.0.1:PORT" and "storage http://127.0.0.1:PORT". At the root of the API's port it is
github.com, under /api/v3 GitHub Enterprise Server, under /api/v1 Gitea or Forgejo. All play the same world: see
sim_default.py for what a world is made of, sim_control.py for the control routes, sim_faults.py for the faults."""
import argparse
import fcntl
import json
import os
import signal
import sys
import threading
import time

TOKEN = "sim-token-that-opens-nothing"


def options(args):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--storage-port", type=int, default=0)
    parser.add_argument("--token", action="append", help="accepted (%s); several may be given" % TOKEN)
    parser.add_argument("--deny", action="append", default=[], help='a permission, such as "administration=write"')
    parser.add_argument("--scopes", help="X-OAuth-Scopes, as a classic token has")
    parser.add_argument("--clock", choices=("real", "manual"), default="real")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds in a real one")
    parser.add_argument("--now", type=float, help="when virtual time starts (now): seconds since the epoch")
    parser.add_argument("--skew", type=float, default=0, help="by how many seconds the Date header is wrong")
    parser.add_argument("--limit", type=int, default=5000, help="requests an hour")
    parser.add_argument("--world", help="a file; without it the default world")
    parser.add_argument("--repos", type=int, default=1, help="a big world: so many repositories")
    parser.add_argument("--runs", type=int, default=0, help="a big world: so many finished runs")
    parser.add_argument("--runners", type=int, default=0, help="a big world: so many runners")
    parser.add_argument("--active", type=int, default=0, help="a big world: so many runs that never end for good")
    parser.add_argument("--part", type=float, default=0, help="a big world: about how many seconds a step takes (30)")
    parser.add_argument("--forge", choices=("github", "gitea", "forgejo"), default="github", help="who is at /api/v1")
    parser.add_argument("--forge-version", help="which version of it (gitea 28.0.0, forgejo 16.0.0+gitea-1.22.0)")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="https, with these files in PEM")
    parser.add_argument("--config", metavar="FILE", help="write a config.yaml with a queue `media` here")
    parser.add_argument("--until-eof", action="store_true")
    own, command = args, []
    if "--" in args:
        at = args.index("--")
        own, command = args[:at], args[at + 1:]
    result = parser.parse_args(own)
    result.token = result.token or [TOKEN]
    return result, command


def build(result):
    """The simulator with its world, listening."""
    import sim_app
    import sim_control
    import sim_default
    import sim_gitea
    import sim_github
    import sim_repos
    import sim_runners
    import sim_wire
    import sim_world

    start = time.time() if result.now is None else result.now
    clock = sim_world.Clock(start, None if result.clock == "manual" else result.speed)
    world = sim_world.World(clock, start)
    if result.world:
        with open(result.world, encoding="utf-8") as file:
            sim_default.load(world, json.load(file))
    elif result.runs or result.runners or result.active:
        sim_default.big(world, result.repos, result.runs, result.runners, result.active, result.part)
    else:
        sim_default.load(world, sim_default.DEFAULT)
    sim = sim_app.Sim(world, result)
    assert sim_repos and sim_runners        # they add their routes to those of sim_github
    sim.routes = {"github": sim_github.ROUTES, "forge": sim_gitea.ROUTES}
    sim.control = sim_control.Control(sim)
    tls = None
    if result.tls:
        import ssl
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*result.tls)
    sim.api = sim_wire.Server(result.address, result.port, sim.answer_api, tls)
    sim.storage = sim_wire.Server(result.address, result.storage_port, sim.answer_storage, tls)
    return sim


def write_config(path, api):
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("queues:\n  media:\n    kind: github\n    api: %s\n    repos: [acme/media]\n" % api)


def serve(args):
    result, command = options(args)
    sim = build(result)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    api, storage = sim.origin(sim.api), sim.origin(sim.storage)
    if result.config:
        write_config(result.config, api + ("/api/v1" if result.forge != "github" else ""))
    if command:
        import subprocess
        environment = dict(os.environ, SIM_API=api, SIM_STORAGE=storage, SIM_TOKEN=result.token[0])
        return subprocess.call(command, env=environment)
    print("api %s\nstorage %s" % (api, storage), flush=True)
    if result.until_eof:
        while os.read(0, 4096):
            pass
    else:
        threading.Event().wait()
    return 0


def start(args):
    """The simulator as a process of its own, with its complaints in ./sim.log."""
    ready, begun = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        log = os.open("sim.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(log, fcntl.LOCK_EX)         # its end is when this is free
        os.dup2(begun, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.close(ready)
        os.close(begun)
        return serve(args)
    os.close(begun)
    lines = b""
    while lines.count(b"\n") < 2:
        part = os.read(ready, 4096)
        if not part:
            sys.stderr.write("sim: it does not start: see sim.log\n")
            return 1
        lines += part
    api, storage = [line.split()[1].decode() for line in lines.splitlines()]
    with open("sim.env", "w", encoding="ascii") as file:
        file.write("SIM_API=%s\nSIM_STORAGE=%s\nSIM_PID=%d\n" % (api, storage, child))
    return 0


def stop():
    place()
    os.kill(int(os.environ["SIM_PID"]), signal.SIGTERM)
    with open("sim.log", "rb") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
    os.unlink("sim.env")
    return 0


# --- a client, for shell scripts ----------------------------------------------------------------

def place():
    """Where the simulator is: in the environment, or in the file that `start` left."""
    if "SIM_API" not in os.environ or "SIM_STORAGE" not in os.environ:
        with open("sim.env", encoding="ascii") as file:
            os.environ.update(line.strip().split("=", 1) for line in file)


def ask(method, path, body=None):
    """(status, body) of one request; through the storage host when the API's port is closed."""
    import socket
    place()
    for name in ("SIM_API", "SIM_STORAGE"):
        host, _, port = os.environ[name].rpartition("//")[2].rpartition(":")
        try:
            connection = socket.create_connection((host, int(port)), timeout=30)
            break
        except ConnectionRefusedError:
            if name == "SIM_STORAGE":
                raise
    if os.environ["SIM_API"].startswith("https:"):
        import ssl
        connection = ssl._create_unverified_context().wrap_socket(connection)
    data = (body or "").encode()
    head = "%s %s HTTP/1.1\r\nHost: sim\r\nUser-Agent: sim.py\r\nConnection: close\r\nContent-Length: %d\r\n" % (
        method, path, len(data))
    if not path.startswith("/_sim/"):
        head += "Authorization: Bearer %s\r\n" % os.environ.get("SIM_TOKEN", TOKEN)
    connection.sendall(head.encode() + b"\r\n" + data)
    answer = b""
    while True:
        part = connection.recv(65536)
        if not part:
            break
        answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), rest


def call(method, path, body=None):
    status, text = ask(method, path, body)
    sys.stdout.write(text.decode("utf-8", "replace") + "\n")
    return 0 if status < 400 else 1


def wait(expression, seconds="30"):
    end = time.monotonic() + float(seconds)
    code = compile(expression, "EXPRESSION", "eval")
    while True:
        state = json.loads(ask("GET", "/_sim/state")[1])
        if eval(code, {"s": state, "runs": state["runs"], "runners": state["runners"]}):
            return 0
        if time.monotonic() > end:
            sys.stderr.write("sim: never true: %s\n" % expression)
            return 1
        time.sleep(0.05)


def main(args):
    if args[:1] == ["call"]:
        return call(*args[1:])
    if args[:1] == ["wait"]:
        return wait(*args[1:])
    if args[:1] == ["start"]:
        return start(args[1:])
    if args == ["stop"]:
        return stop()
    return serve(args)


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    os._exit(code)
