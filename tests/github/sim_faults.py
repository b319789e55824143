"""What can go wrong between a client and GitHub. KINDS tells each fault and its own parameters; all have:
match  a regular expression that is searched in "METHOD /path?query" (default: every request to either host)
count  how many requests it hits (default 1; 0 or less: until it is removed); skip: how many matching ones go well before"""
import json
import os
import re
import zlib

from sim_shapes import Raw

KINDS = {
    "primary": "403 with no requests remaining; reset: seconds until there are some (60); status: or 429",
    "secondary": "403 that asks for less haste; retry_after: seconds, or none of it; status: or 429",
    "429": "429; retry_after: seconds, or none of it",
    "401": "401, as if the token had been revoked",
    "404": "404 with GitHub's JSON",
    "451": "451 with GitHub's JSON",
    "500": "500 with JSON", "502": "502 with GitHub's HTML page", "503": "503 with JSON; retry_after: seconds",
    "504": "504 with an empty body",
    "html": "a page in HTML; status: (200)",
    "reset": "the connection is reset before anything is answered; nothing was done",
    "lost": "what was asked is done, and the connection is reset before the answer",
    "close": "the connection is closed before anything is answered",
    "reset-body": "the connection is reset in the middle of the body",
    "cut-body": "the connection is closed in the middle of the body",
    "slow": "the body comes slowly; rate: bytes a second (200)",
    "delay": "the answer comes late; seconds: (3)",
    "stall": "nothing is answered, and the connection stays; seconds: (3600)",
    "stall-body": "half of the body comes, and the connection stays; seconds: (3600)",
    "truncated": "JSON that ends in its middle, with the length that it has",
    "id-string": "every id is a string", "float": "every integer has a fraction or an exponent",
    "null": "strings, lists and objects are null", "unknown-enum": "statuses, conclusions and states nobody has heard of",
    "zeros": "0 and an empty string where runners and groups are null",
    "types": "strings are objects, lists are strings, objects are lists",
    "array": "a list where an object is due, and an object where a list is due",
    "deep": "arrays in arrays; depth: (100000)",
    "huge": "a body that is too large; bytes: (67108864)",
    "bomb": "a small gzip body that becomes a large one; bytes: (67108864)",
    "bad-gzip": "a body that says it is gzip, and is not",
    "bad-utf8": "bytes in strings that are no UTF-8",
    "empty": "200 with no body",
    "moved": "301 to /repositories/ID, as after a rename",
    "loop": "302 to itself",
    "redirect-http": "302 to http on a host far away",
    "redirect-foreign": "302 to the storage host",
    "redirect-file": "302 to file:///etc/passwd",
    "link-foreign": "the next page is on the storage host", "link-loop": "the next page is this page",
    "link-bad": "a Link header that cannot be read",
    "skew": "this answer's Date is off; seconds: (7200)",
    "no-date": "the answer has no Date", "no-etag": "the answer has no ETag", "no-limits": "no x-ratelimit headers",
    "big-header": "a header of 100,000 bytes", "garbage": "bytes that are not HTTP",
    "duplicate": "what was asked is done twice, as by a proxy that tries again",
    "idle-close": "the connection is closed after the answer without a word",
}
ENUMS = ("status", "conclusion", "state", "visibility", "type")
HTML = b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body><p>This page is taking too " \
       b"long to load.</p></body></html>\n"


class Faults:
    def __init__(self):
        self.items = []
        self.fired = 0

    def add(self, spec):
        if spec.get("kind") not in KINDS:
            raise ValueError("no fault %r; there are: %s" % (spec.get("kind"), ", ".join(sorted(KINDS))))
        item = dict(spec, left=max(spec.get("count", 1), 0) or -1, skipping=spec.get("skip", 0), hits=0)
        item["pattern"] = re.compile(spec.get("match", ""))
        self.items.append(item)
        return len(self.items) - 1

    def take(self, request):
        for item in self.items:
            if item["left"] == 0 or not item["pattern"].search(request.method + " " + request.target):
                continue
            if item["skipping"] > 0:
                item["skipping"] -= 1
                continue
            item["left"] = max(item["left"] - 1, -1)
            item["hits"] += 1
            self.fired += 1
            return item
        return None

    def state(self):
        return [{k: v for k, v in item.items() if k != "pattern"} for item in self.items]


def before(sim, request, fault):
    """An answer in place of the real one; None: the request is done as always."""
    from sim_app import DOCS, Answer
    if fault is None:
        return None
    kind = fault["kind"]

    def error(status, message, headers=(), docs=""):
        limits = sim.limit_headers() if kind not in ("secondary", "429") else []
        return Answer(status, {"message": message, "documentation_url": DOCS + docs, "status": str(status)},
                      list(headers) + limits)
    if kind == "primary":
        sim.window = sim.world.now + fault.get("reset", 60)
        sim.used = sim.limit
        return error(fault.get("status", 403), "API rate limit exceeded for user ID 583231.",
                     docs="/overview/rate-limits-for-the-rest-api")
    if kind in ("secondary", "429"):
        wait = [("retry-after", str(fault["retry_after"]))] if "retry_after" in fault else []
        return error(fault.get("status", 429 if kind == "429" else 403), "You have exceeded a secondary rate limit. "
                     "Please wait a few minutes before you try again.", wait,
                     "/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits")
    if kind in ("401", "404", "451", "500", "503"):
        words = {"401": "Bad credentials", "404": "Not Found", "451": "Repository access blocked",
                 "500": "Server Error", "503": "Service unavailable"}
        wait = [("retry-after", str(fault["retry_after"]))] if "retry_after" in fault else []
        return error(int(kind), words[kind], wait)
    if kind == "502":
        return Answer(502, HTML, kind="text/html; charset=utf-8")
    if kind == "504":
        return Answer(504, b"", kind="text/plain")
    if kind == "html":
        return Answer(fault.get("status", 200), HTML, kind="text/html; charset=utf-8")
    if kind in ("reset", "close", "stall", "garbage"):
        return Answer(599, b"")
    return redirect(sim, request, fault, Answer)


def redirect(sim, request, fault, answer):
    kind = fault["kind"]
    status, place = 302, None
    if kind == "moved":
        match = re.match(r"^((?:/api/v[13])?)/repos/([^/]+/[^/?]+)(.*)$", request.target)
        repo = match and sim.world.repos.get(match.group(2).lower())
        if repo:
            status = 301
            place = "%s%s/repositories/%d%s" % (sim.origin(sim.api), match.group(1), repo.id, match.group(3))
    elif kind == "loop":
        place = sim.origin(sim.api) + request.target
    elif kind == "redirect-http":
        place = "http://storage.example.com" + request.target
    elif kind == "redirect-foreign":
        place = sim.origin(sim.storage) + request.target
    elif kind == "redirect-file":
        place = "file:///etc/passwd"
    if place is None:
        return None
    body = {"message": "Moved Permanently", "url": place, "documentation_url": "https://docs.github.com/rest"}
    return answer(status, body, [("Location", place)])


def change(sim, request, fault, result):
    """The real answer with what the fault does to its contents."""
    if fault is None:
        return result
    kind = fault["kind"]
    if kind in ("truncated", "bad-utf8", "empty", "bad-gzip", "bomb", "huge", "deep", "id-string", "float", "null",
                "unknown-enum", "zeros", "types", "array"):
        if result.status in (204, 304) or result.body is None:
            return result
        result.headers = [h for h in result.headers if h[0].lower() != "etag"]
        result.body = body_of(fault, result)
        if kind in ("bad-gzip", "bomb"):
            result.headers.append(("Content-Encoding", "gzip"))
        return result
    if kind == "link-foreign":
        result.headers = [h for h in result.headers if h[0] != "Link"]
        result.headers.append(("Link", '<%s%s>; rel="next"' % (sim.origin(sim.storage), request.target)))
    elif kind == "link-loop":
        result.headers = [h for h in result.headers if h[0] != "Link"]
        result.headers.append(("Link", '<%s%s>; rel="next"' % (sim.origin(sim.api), request.target)))
    elif kind == "link-bad":
        result.headers = [h for h in result.headers if h[0] != "Link"]
        result.headers.append(("Link", '<<http://[::1>; rel="next, <>;rel=next;;, %00; rel'))
    elif kind == "big-header":
        result.headers.append(("X-Padding", "x" * 100000))
    elif kind == "no-etag":
        result.headers = [h for h in result.headers if h[0] != "ETag"]
    elif kind == "no-limits":
        result.headers = [h for h in result.headers if not h[0].startswith("x-ratelimit")]
    return result


def body_of(fault, result):
    kind = fault["kind"]
    data = result.data()
    if kind == "empty":
        return b""
    if kind == "truncated":
        return data[:len(data) // 2]
    if kind == "bad-utf8":
        return data.replace(b'": "', b'": "\xff\xc3\x28')
    if kind == "bad-gzip":
        return b"\x1f\x8b\x08\x00" + os.urandom(64)
    size = fault.get("bytes", 64 * 1024 * 1024)
    if kind == "bomb":
        return bomb(size)
    if kind == "huge":
        return data[:1] + b" " * size + data[1:]
    if kind == "deep":
        depth = fault.get("depth", 100000)
        return b"[" * depth + b"]" * depth
    try:
        value = json.loads(data)
    except ValueError:
        return result.body
    if kind == "array":
        return Raw(json.dumps({"items": value} if isinstance(value, list) else [value]))
    return Raw(json.dumps(bent(value, kind, None)))


def bomb(size):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * 65536
    out = [squeeze.compress(b"{")]
    for _ in range(size // len(block)):
        out.append(squeeze.compress(block))
    return b"".join(out) + squeeze.compress(b"}") + squeeze.flush()


def bent(value, kind, key):
    """A JSON value with the wrong types that the kind stands for."""
    if isinstance(value, dict):
        if kind == "types" and key not in (None,):
            return [bent(v, kind, k) for k, v in value.items()]
        return {k: bent(v, kind, k) for k, v in value.items()}
    if isinstance(value, list):
        if kind == "null" and key == "labels":
            return None
        return "a list" if kind == "types" and key in ("labels", "steps", "pull_requests") else \
            [bent(v, kind, None) for v in value]
    if value is None and kind == "zeros" and key and key.startswith("runner_"):
        return 0 if key.endswith("_id") else ""
    if isinstance(value, bool) or value is None:
        return {"is": value} if kind == "types" else value
    if isinstance(value, int):
        if kind == "id-string" and key and (key == "id" or key.endswith("_id")):
            return str(value)
        return float(value) if kind == "float" else value
    if isinstance(value, str):
        if kind == "null" and key not in ("status",):
            return None
        if kind == "unknown-enum" and key in ENUMS:
            return "hibernating"
        if kind == "types":
            return {"text": value}
    return value


def after(request, fault, delivery):
    """The bytes of the answer, and how they are sent, with what the fault does to them."""
    if fault is None:
        return
    kind = fault["kind"]
    half = len(delivery.head) + len(delivery.body) // 2
    if kind in ("reset", "lost"):
        delivery.cut, delivery.end = 0, "reset"
    elif kind == "close":
        delivery.cut, delivery.end = 0, "close"
    elif kind == "reset-body":
        delivery.cut, delivery.end = half, "reset"
    elif kind == "cut-body":
        delivery.cut, delivery.end = half, "close"
    elif kind == "slow":
        delivery.rate = fault.get("rate", 200)
    elif kind == "delay":
        delivery.delay = fault.get("seconds", 3)
    elif kind == "stall":
        delivery.cut, delivery.end, delivery.stall = 0, "stall", fault.get("seconds", 3600)
    elif kind == "stall-body":
        delivery.cut, delivery.end, delivery.stall = half, "stall", fault.get("seconds", 3600)
    elif kind == "garbage":
        delivery.head, delivery.body, delivery.end = b"\x16\x03\x01 SSH-2.0 this is not HTTP\r\n\r\n", b"", "close"
    elif kind == "idle-close":
        delivery.end = "close"
    elif kind == "no-date":
        delivery.head = re.sub(rb"\r\nDate: [^\r]*", b"", delivery.head)
    elif kind == "skew":
        shift(delivery, fault.get("seconds", 7200))


def shift(delivery, seconds):
    import calendar
    import time
    match = re.search(rb"\r\nDate: ([^\r]*)", delivery.head)
    when = calendar.timegm(time.strptime(match.group(1).decode(), "%a, %d %b %Y %H:%M:%S GMT")) + seconds
    text = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(when)).encode()
    delivery.head = delivery.head.replace(match.group(1), text)
