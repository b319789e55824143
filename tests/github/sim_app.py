"""One answer: authentication, permissions, limits, ETags, faults; and the record of what was asked."""
import hashlib
import json
import re
import sys
import time
import zlib

import sim_faults
from sim_shapes import Raw
from sim_wire import REASONS, Delivery
from sim_things import Problem

DOCS = "https://docs.github.com/rest"
VERSIONS = ("2022-11-28", "2026-03-10")
# What must not be counted, kept or compared with.
NOT_CONDITIONAL = re.compile(r"/(logs|zip|registration-token|remove-token|generate-jitconfig)$|/rate_limit$")
BODY_KEPT = 64 * 1024


class Answer:
    """What a route gives: a body as JSON value, Raw or bytes."""

    def __init__(self, status=200, body=None, headers=(), kind=None):
        self.status = status
        self.body = body
        self.headers = list(headers)
        self.kind = kind

    def data(self):
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, Raw):
            return self.body.encode()
        return json.dumps(self.body).encode()

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None


class Dialect:
    """Who is played at a prefix."""

    def __init__(self, kind, prefix, base):
        self.kind = kind
        self.prefix = prefix
        self.base = base


class Sim:
    def __init__(self, world, options):
        self.world = world
        self.options = options
        self.tokens = options.token
        self.denied = set(options.deny)
        self.faults = sim_faults.Faults()
        self.requests = []
        self.violations = []
        self.in_flight = self.most_in_flight = 0
        self.limit = options.limit
        self.window = None              # when the hour of the primary limit ends
        self.used = 0
        self.skew = options.skew
        self.signatures = {}
        self.changed_routes = []
        self.api = self.storage = None  # the servers
        self.routes = {}                # by forge kind; set by sim.py
        self.control = None

    # --- hosts --------------------------------------------------------------------------------

    def origin(self, server):
        return "%s://%s:%d" % ("https" if server.tls else "http", server.address, server.port)

    def dialect(self, path):
        origin = self.origin(self.api)
        if path.startswith("/api/v3/"):
            return Dialect("ghes", "/api/v3", origin + "/api/v3")
        if path.startswith("/api/v1/"):
            return Dialect(self.options.forge if self.options.forge != "github" else "gitea", "/api/v1",
                           origin + "/api/v1")
        return Dialect("github", "", origin)

    def answer_api(self, request):
        if request.path.startswith("/_sim/"):
            return self.control.answer(request)
        return self.guarded(request, "api", self.api_answer)

    def answer_storage(self, request):
        if request.path.startswith("/_sim/"):
            return self.control.answer(request)
        return self.guarded(request, "storage", self.storage_answer)

    def guarded(self, request, host, answer):
        """Count, record and let faults have their way; one request at a time is answered, all are sent at once."""
        with self.world.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.world.tick()
            record = self.record(request, host)
            try:
                delivery = self.with_faults(request, record, answer)
            except Exception as e:      # a defect of the simulator must be seen by the test
                sys.stderr.write("sim: %s %s: %s\n" % (request.method, request.target, e))
                import traceback
                traceback.print_exc()
                self.violations.append({"kind": "simulator", "detail": repr(e), "target": request.target})
                delivery = self.delivery(request, Answer(500, {"message": "simulator: %r" % e}), host)
            finally:
                self.in_flight -= 1
        return delivery

    def with_faults(self, request, record, answer):
        fault = self.faults.take(request)
        record["fault"] = fault["kind"] if fault else None
        result = sim_faults.before(self, request, fault)
        if result is None:
            result = answer(request, record)
            if fault and fault["kind"] == "duplicate":
                answer(request, record)
            result = sim_faults.change(self, request, fault, result)
        record["status"] = result.status
        delivery = self.delivery(request, result, record["host"])
        record["bytes"] = len(delivery.body)
        sim_faults.after(request, fault, delivery)
        return delivery

    # --- the record ---------------------------------------------------------------------------

    def record(self, request, host):
        headers = {k: v for k, v in request.headers.items() if k != "authorization"}
        record = {
            "n": len(self.requests) + 1, "at": self.world.now, "host": host, "method": request.method,
            "path": request.path, "query": request.query, "target": request.target, "status": None,
            "authorization": "authorization" in request.headers, "headers": headers,
            "body": request.body[:BODY_KEPT].decode("utf-8", "replace"), "points": 0, "secondary": 0,
            "not_modified": False, "known": True, "fault": None}
        self.requests.append(record)
        text = "%s\n%s\n%s" % (request.target, headers, record["body"])
        for token in self.tokens:
            if token and token in text:
                self.violation("token", "a token outside of the Authorization header", request)
        return record

    def violation(self, kind, detail, request):
        self.violations.append({"kind": kind, "detail": detail, "method": request.method, "target": request.target})
        sys.stderr.write("sim: violation: %s: %s %s\n" % (detail, request.method, request.target))

    # --- the API ------------------------------------------------------------------------------

    def api_answer(self, request, record):
        request.dialect = self.dialect(request.path)
        request.route = request.path[len(request.dialect.prefix):]
        request.token = self.token_of(request)
        forge = request.dialect.kind in ("gitea", "forgejo")
        if not forge:
            early = self.refuse(request)
            if early:
                return early
        try:
            result = self.routed(request, record)
        except Problem as e:
            body = {"message": e.message, "documentation_url": DOCS, "status": str(e.status)}
            if forge:
                body = {"message": e.message, "url": self.origin(self.api) + "/api/swagger", "errors": None}
            body.update(e.more.get("body", {}))
            result = Answer(e.status, body, e.more.get("headers", []))
        if not forge:
            result = self.conditional(request, record, result)
        return result

    def token_of(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() in ("bearer", "token") else None

    def refuse(self, request):
        """What is wrong with the request itself, before any route."""
        if not request.headers.get("user-agent"):
            return Answer(403, b"Request forbidden by administrative rules. Please make sure your request has a "
                          b"User-Agent header.", kind="text/html")
        version = request.headers.get("x-github-api-version")
        known = VERSIONS[:1] if request.dialect.kind == "ghes" else VERSIONS
        if version and version not in known:
            return Answer(400, {"message": "'%s' is not a supported version of the API." % version,
                                "documentation_url": DOCS, "status": "400"})
        if request.token is not None and request.token not in self.tokens:
            return Answer(401, {"message": "Bad credentials", "documentation_url": DOCS, "status": "401"})
        if self.exceeded() and request.route != "/rate_limit":
            return self.limited(403)
        return None

    def routed(self, request, record):
        forge = request.dialect.kind
        if forge in ("gitea", "forgejo") and request.token is not None and request.token not in self.tokens:
            raise Problem(401, "invalid username, password or token")
        if request.body:
            try:
                request.json = json.loads(request.body)
            except ValueError:
                raise Problem(400, "Problems parsing JSON")
        else:
            request.json = None
        routes = self.routes["forge" if forge in ("gitea", "forgejo") else "github"]
        for method, pattern, function in routes:
            match = pattern.match(request.route)
            if match and method == request.method:
                return function(self, request, *match.groups())
        record["known"] = False
        sys.stderr.write("sim: no such route: %s %s\n" % (request.method, request.target))
        raise Problem(404, "Not Found")

    def allow(self, request, private, *wanted):
        """wanted: any of these permissions, such as "actions=read"."""
        if request.token is None:
            if private:
                raise Problem(404, "Not Found")
            if any(w.endswith("=write") or w.startswith(("administration", "organization")) for w in wanted):
                raise Problem(401, "Requires authentication")
            return
        if wanted and all(self.is_denied(w) for w in wanted):
            raise Problem(403, "Resource not accessible by personal access token",
                          headers=[("X-Accepted-GitHub-Permissions", "; ".join(wanted))])

    def is_denied(self, permission):
        """A denied "actions" takes "actions=read" along; a denied "actions=read" also "actions=write"."""
        name, _, level = permission.partition("=")
        return bool(self.denied & {name, permission} or (level == "write" and name + "=read" in self.denied))

    # --- limits -------------------------------------------------------------------------------

    def exceeded(self):
        """Whether nothing is left of this hour."""
        now = self.world.now
        if self.window is None or now >= self.window:
            self.window, self.used = now + 3600, 0
        return self.used >= self.limit

    def limited(self, status):
        return Answer(status, {"message": "API rate limit exceeded for user ID 583231.", "documentation_url":
                               DOCS + "/overview/rate-limits-for-the-rest-api", "status": str(status)},
                      self.limit_headers())

    def limit_headers(self):
        return [("x-ratelimit-limit", str(self.limit)), ("x-ratelimit-remaining", str(max(0, self.limit - self.used))),
                ("x-ratelimit-used", str(self.used)), ("x-ratelimit-reset", str(int(self.window or 0))),
                ("x-ratelimit-resource", "core")]

    # --- conditional requests -----------------------------------------------------------------

    def conditional(self, request, record, result):
        """The ETag, 304, and what the request has cost."""
        headers = request.headers
        if request.method == "GET" and result.status == 200 and not NOT_CONDITIONAL.search(request.route):
            key = "\0".join((headers.get("accept", ""), headers.get("x-github-api-version", ""), request.token or ""))
            etag = 'W/"%s"' % hashlib.sha256(key.encode() + b"\0" + result.data()).hexdigest()
            result.headers += [("ETag", etag), ("Cache-Control", "private, max-age=60, s-maxage=60")]
            if etag in [e.strip() for e in headers.get("if-none-match", "").split(",")]:
                result = Answer(304, None, result.headers)
                record["not_modified"] = True
        free = result.status == 304 and request.token is not None or request.route == "/rate_limit"
        record["points"] = 0 if free else 1
        record["secondary"] = 1 if request.method in ("GET", "HEAD", "OPTIONS") else 5
        self.used += record["points"]
        result.headers += self.limit_headers()
        if self.options.scopes:
            result.headers.append(("X-OAuth-Scopes", self.options.scopes))
        version = headers.get("x-github-api-version", VERSIONS[0])
        result.headers += [("x-github-api-version-selected", version),
                           ("X-GitHub-Media-Type", "github.v3; format=json"),
                           ("X-GitHub-Request-Id", "51AA:%04X" % record["n"])]
        return result

    # --- storage ------------------------------------------------------------------------------

    def signed(self, name, data=None, kind="text/plain; charset=utf-8"):
        """The address of a download, good for a minute; data None: there is no such blob."""
        number = len(self.signatures) + 1
        signature = hashlib.sha256(b"%d" % number).hexdigest()[:32]
        self.signatures[signature] = (self.world.now + 60, data, kind)
        return "%s/blob/%s?se=%d&sig=%s" % (self.origin(self.storage), name, int(self.world.now + 60), signature)

    def storage_answer(self, request, record):
        if "authorization" in request.headers:
            self.violation("authorization", "an Authorization header for the storage host", request)
            return xml(400, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format.")
        if request.path.startswith("/blob/"):
            expires, data, kind = self.signatures.get(request.query.get("sig"), (0, None, None))
            if self.world.now >= expires:
                return xml(403, "AuthenticationFailed", "Signature not valid in the specified time frame.")
            if data is None:
                return xml(404, "BlobNotFound", "The specified blob does not exist.")
            return ranged(request, data() if callable(data) else data, kind)
        record["known"] = False
        return xml(404, "ResourceNotFound", "The specified resource does not exist.")

    # --- bytes --------------------------------------------------------------------------------

    def delivery(self, request, result, host):
        data = result.data()
        headers = [("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.world.now + self.skew))),
                   ("Server", "github.com" if host == "api" else "Windows-Azure-Blob/1.0")]
        if result.status not in (204, 304):
            kind = result.kind or ("application/json; charset=utf-8" if result.body is not None else None)
            if kind:
                headers.append(("Content-Type", kind))
            if "gzip" in request.headers.get("accept-encoding", "") and len(data) > 1000 and host == "api" and \
                    result.status != 206:
                squeeze = zlib.compressobj(5, zlib.DEFLATED, 31)
                data = squeeze.compress(data) + squeeze.flush()
                headers.append(("Content-Encoding", "gzip"))
            headers.append(("Content-Length", str(len(data))))
        else:
            data = b""
        if host == "api":
            headers.append(("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, X-Requested-With"))
        headers += result.headers
        if request.method == "HEAD":
            data = b""
        return Delivery(head_of(result.status, headers), data)


def head_of(status, headers):
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "Unknown"))] + ["%s: %s" % item for item in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def xml(status, code, message):
    text = '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>' % (code, message)
    return Answer(status, text.encode(), [("x-ms-error-code", code)], "application/xml")


def ranged(request, data, kind):
    """The whole, or the part that a Range header asks for."""
    match = re.match(r"^bytes=(\d+)-(\d*)$", request.headers.get("range", ""))
    if not match:
        return Answer(200, data, [("Accept-Ranges", "bytes")], kind)
    first = int(match.group(1))
    last = min(int(match.group(2) or len(data)), len(data) - 1)
    if first >= len(data) or last < first:
        return Answer(416, b"", [("Content-Range", "bytes */%d" % len(data))], kind)
    return Answer(206, data[first:last + 1], [("Content-Range", "bytes %d-%d/%d" % (first, last, len(data)))], kind)
