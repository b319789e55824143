"""Each fault of the simulator is what it says, seen from a socket; and what it does to the world. In TAP."""
import gzip
import json
import socket
import time

from client import DISPATCH, RUNNERS, RUNS, TOKEN, log, manual, run_parts
from tap import ok, same

GET = "GET %s HTTP/1.1\r\nHost: x\r\nUser-Agent: faults\r\nAuthorization: Bearer " + TOKEN + "\r\n%s\r\n"


def raw(sim, path=RUNS, more="", seconds=5, most=None):
    """(bytes, how it ended): "reset", "closed", "open" when nothing came for a while."""
    connection = socket.create_connection(("127.0.0.1", sim.api))
    connection.settimeout(seconds)
    connection.sendall((GET % (path, more)).encode())
    data = b""
    try:
        while most is None or len(data) < most:
            part = connection.recv(1 << 20)
            if not part:
                return data, "closed"
            data += part
        return data, "open"
    except ConnectionResetError:
        return data, "reset"
    except socket.timeout:
        return data, "open"
    finally:
        connection.close()


def split(data):
    head, _, body = data.partition(b"\r\n\r\n")
    length = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head, body, int(length[0]) if length else None


def answers(sim):
    """Faults that are whole answers."""
    for kind, more, status, words, header in (
            ("primary", {}, 403, "API rate limit exceeded", ("x-ratelimit-remaining", "0")),
            ("secondary", {"retry_after": 7}, 403, "secondary rate limit", ("retry-after", "7")),
            ("secondary", {}, 403, "secondary rate limit", ("retry-after", None)),
            ("429", {"retry_after": 9}, 429, "secondary rate limit", ("retry-after", "9")),
            ("401", {}, 401, "Bad credentials", None), ("404", {}, 404, "Not Found", None),
            ("451", {}, 451, "blocked", None), ("500", {}, 500, "Server Error", None),
            ("502", {}, 502, "<!DOCTYPE html>", ("content-type", "text/html; charset=utf-8")),
            ("503", {"retry_after": 3}, 503, "unavailable", ("retry-after", "3")), ("504", {}, 504, "", None),
            ("html", {}, 200, "Unicorn", ("content-type", "text/html; charset=utf-8"))):
        sim.fault(kind, **more)
        answer = sim.get(RUNS)
        ok(answer.status == status and words in answer.body.decode() and
           (header is None or answer.headers.get(header[0]) == header[1]),
           "%s %s" % (kind, more), answer.status, answer.headers, answer.body[:200])
        if kind == "primary":
            same("primary lasts", sim.get(RUNS).status, 403)
            same("until its reset", int(answer.headers["x-ratelimit-reset"]), int(sim.state()["now"]) + 60)
            sim.advance(61)
        same("%s: the next goes well" % kind, sim.get(RUNS).status, 200)


def connections(sim):
    """Faults of the connection."""
    for kind, more, end in (("reset", {}, "reset"), ("close", {}, "closed"), ("stall", {}, "open")):
        sim.fault(kind, **more)
        same(kind, raw(sim, seconds=0.3 if end == "open" else 10), (b"", end))
    whole = split(raw(sim, most=2000, more="Connection: close\r\n")[0])[2]
    for kind, end in (("reset-body", "reset"), ("cut-body", "closed"), ("stall-body", "open")):
        sim.fault(kind)
        data, how = raw(sim, seconds=1 if end == "open" else 10)
        head, body, length = split(data)
        ok(how == end and length == whole and 0 < len(body) < length, kind, how, len(body), length)
    sim.fault("slow", rate=2000)
    begin = time.monotonic()
    data, _ = raw(sim, RUNNERS, seconds=10, more="Connection: close\r\n")
    took = time.monotonic() - begin
    wanted = len(split(data)[1]) / 2000
    ok(took > wanted * 0.5 and split(data)[2] == len(split(data)[1]), "slow", took, wanted)
    sim.fault("delay", seconds=0.4)
    begin = time.monotonic()
    same("delay", sim.get(RUNNERS).status, 200)
    ok(time.monotonic() - begin >= 0.4, "delay takes its time", time.monotonic() - begin)
    sim.fault("garbage")
    ok(raw(sim)[0].startswith(b"\x16\x03\x01"), "garbage")
    sim.fault("idle-close")
    data, how = raw(sim)
    ok(how == "closed" and len(split(data)[1]) == whole and b"onnection: close" not in data, "idle-close", how)
    sim.fault("big-header")
    ok(len(split(raw(sim, most=101000)[0])[0]) > 100000, "big-header")
    sim.control("net", down=True)
    try:
        sim.get(RUNS)
        ok(False, "down")
    except OSError:
        ok(True, "down")
    same("the control is at the other port as well", sim.ask("GET", "/_sim/state", port=sim.storage).status, 200)
    sim.ask("POST", "/_sim/net", {"down": False}, port=sim.storage)
    same("up", sim.get(RUNS).status, 200)
    idle = socket.create_connection(("127.0.0.1", sim.api))
    idle.sendall((GET % (RUNNERS, "")).encode())
    idle.recv(100000)
    sim.control("net", hang_up=True)
    try:
        idle.settimeout(2)
        same("hang up", idle.recv(1), b"")
    except ConnectionResetError:
        ok(True, "hang up")
    idle.close()


def contents(sim):
    """Faults of what is in the body."""
    good = sim.get(RUNNERS).json
    sim.fault("truncated")
    body = sim.get(RUNNERS).body
    try:
        json.loads(body)
        ok(False, "truncated")
    except ValueError:
        ok(json.dumps(good).encode().startswith(body), "truncated")

    def bent(kind, path=RUNNERS):
        sim.fault(kind)
        answer = sim.get(path)
        ok("etag" not in answer.headers and answer.status == 200, kind + ": 200 without an ETag")
        return answer.json
    one = bent("id-string")["runners"][0]
    ok(isinstance(one["id"], str) and isinstance(one["runner_group_id"], str) and isinstance(one["busy"], bool), "id-string")
    one = bent("float")
    ok(isinstance(one["total_count"], float) and isinstance(one["runners"][0]["id"], float), "float")
    one = bent("null")["runners"][0]
    same("null", (one["name"], one["labels"]), (None, None))
    same("unknown-enum", {r["status"] for r in bent("unknown-enum")["runners"]}, {"hibernating"})
    one = bent("types")["runners"]
    ok(isinstance(one, list) and isinstance(one[0]["name"], dict) and one[0]["labels"] == "a list", "types", one)
    ok(isinstance(bent("array"), list), "array")
    ok(isinstance(bent("array", RUNS + "/%d/pending_deployments" % sim.state()["runs"][0]["id"]), dict), "array of a list")
    queued = sim.get(RUNS + "?status=queued").json["workflow_runs"][0]["id"]
    one = bent("zeros", "%s/%d/jobs" % (RUNS, queued))["jobs"][0]
    same("zeros", [one[k] for k in ("runner_id", "runner_name", "runner_group_id", "completed_at")], [0, "", 0, None])
    sim.fault("bad-utf8")
    try:
        sim.get(RUNNERS).body.decode()
        ok(False, "bad-utf8")
    except UnicodeDecodeError:
        ok(True, "bad-utf8")
    sim.fault("empty")
    answer = sim.get(RUNNERS)
    same("empty", (answer.status, answer.body), (200, b""))
    sim.fault("huge", bytes=1000000)
    answer = sim.get(RUNNERS)
    ok(len(answer.body) > 1000000 and answer.json == good, "huge")
    sim.fault("bomb", bytes=1000000)
    answer = sim.get(RUNNERS)
    ok(len(answer.body) < 5000 and len(gzip.decompress(answer.body)) > 900000, "bomb", len(answer.body))
    sim.fault("deep", depth=1000)
    ok(sim.get(RUNNERS).body.startswith(b"[" * 1000), "deep")
    sim.fault("bad-gzip")
    answer = sim.get(RUNNERS)
    try:
        gzip.decompress(answer.body)
        ok(False, "bad-gzip")
    except (OSError, EOFError, ValueError) as e:
        ok(answer.headers["content-encoding"] == "gzip", "bad-gzip", e)
    except Exception as e:
        ok(type(e).__name__ == "error", "bad-gzip", e)


def headers(sim):
    """Faults of headers and redirects."""
    for kind, status, place in (("moved", 301, "/repositories/710001/actions/runners"), ("loop", 302, RUNNERS),
                                ("redirect-http", 302, "http://storage.example.com" + RUNNERS),
                                ("redirect-foreign", 302, "http://127.0.0.1:%d%s" % (sim.storage, RUNNERS)),
                                ("redirect-file", 302, "file:///etc/passwd")):
        sim.fault(kind)
        answer = sim.get(RUNNERS)
        ok(answer.status == status and answer.headers["location"].endswith(place), kind, answer.status, answer.headers)
    path = RUNS + "?per_page=2"
    for kind, words in (("link-foreign", "<http://127.0.0.1:%d/" % sim.storage), ("link-loop", path + '>; rel="next"'),
                        ("link-bad", "<<http://[::1>")):
        sim.fault(kind)
        ok(words in sim.get(path).headers["link"], kind)
    for kind, name in (("no-date", "date"), ("no-etag", "etag"), ("no-limits", "x-ratelimit-remaining")):
        ok(name in sim.get(path).headers, name + " is there")
        sim.fault(kind)
        ok(name not in sim.get(path).headers, kind)
    before = sim.get(path).headers["date"]
    sim.fault("skew", seconds=3600)
    ok(sim.get(path).headers["date"] != before, "skew")
    sim.control("set", skew=-3600)
    ok(sim.get(path).headers["date"] not in (before, ""), "skew that lasts")


def effects(sim):
    """What was done although nothing was answered, and what was done twice."""
    body = {"ref": "main", "inputs": {"audio": "lost.mp3"}}

    def made():
        return len([r for r in sim.state()["runs"] if r["inputs"].get("audio") == "lost.mp3"])
    for kind, runs in (("reset", 0), ("500", 0), ("lost", 1), ("duplicate", 3)):
        sim.fault(kind, match="^POST .*/dispatches$")
        try:
            sim.post(DISPATCH, body)
        except OSError:
            pass
        same("%s: runs in all" % kind, made(), runs)
    same("the record says which fault it was", sim.get("/_sim/requests", token=None).json[-1]["fault"], "duplicate")
    sim.fault("500", match="^GET", count=2, skip=1)
    same("skip and count", [sim.get(RUNS).status for _ in range(4)], [200, 500, 500, 200])
    sim.fault("500", match="/runners", count=0)
    same("count 0: until it is removed", [sim.get(RUNNERS).status for _ in range(3)] + [sim.get(RUNS).status],
         [500, 500, 500, 200])
    sim.control("reset-faults")
    same("removed", sim.get(RUNNERS).status, 200)
    answer = sim.post("/_sim/fault", {"kind": "none"}, token=None)
    same("an unknown fault is refused", answer.status, 422)
    sim.control("set", log_lag=5)
    number = sim.dispatch(runner="rpi4")
    sim.advance(100)
    job = sim.jobs(number)[1]["id"]
    sim.control("set", log_lag=1000)
    same("a log that comes late", sim.get("/repos/acme/media/actions/jobs/%d/logs" % job).status, 404)
    sim.advance(1000)
    ok("Transcribe audio: line 12 of 12" in log(sim, job), "comes")
    for kind in ("stall", "reset-body"):
        sim.fault(kind, match="^GET /blob/", seconds=0.1)
    answer = sim.get("/repos/acme/media/actions/jobs/%d/logs" % job)
    place = answer.headers["location"].partition(str(sim.storage))[2]
    failed = 0
    for _ in range(2):
        try:
            sim.get(place, port=sim.storage, token=None)
        except Exception:
            failed += 1
    same("the storage host has faults too", (failed, sim.get(place, port=sim.storage, token=None).status), (2, 200))


def all_of_them(sim):
    """No fault without a test, and none that upsets the simulator, whatever it hits."""
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    kinds = sim.get("/_sim/kinds", token=None).json
    same("each kind is tested", [kind for kind in kinds if '"%s"' % kind not in text], [])
    number = sim.state()["runs"][2]["id"]
    job = sim.jobs(number)[0]["id"]
    for kind in kinds:
        for method, path in (("GET", RUNS), ("GET", "/repos/acme/media/actions/jobs/%d/logs" % job), ("POST", DISPATCH),
                             ("GET", "/repos/acme/media/contents/.github/workflows/test.yml"), ("GET", "/nothing")):
            sim.fault(kind, bytes=100000, seconds=0.01, rate=1e6)
            try:
                sim.ask(method, path, {"ref": "main", "inputs": {"audio": "x"}} if method == "POST" else None)
            except Exception:
                pass
            sim.control("reset-faults")
            sim.advance(61)
        same(kind + ": it goes on", sim.get(RUNNERS).status, 200)
    same("nothing was wrong in the simulator", [v for v in sim.get("/_sim/violations", token=None).json
                                                if v["kind"] == "simulator"], [])


run_parts((answers, connections, contents, headers, effects, all_of_them), manual)
