"""HTTP/1.1 on sockets, a thread for each connection: what it sends is under full control, also when it must be wrong."""
import select
import socket
import struct
import threading
import time
from urllib.parse import parse_qsl, unquote

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
           301: "Moved Permanently", 302: "Found", 304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
           410: "Gone", 416: "Range Not Satisfiable", 422: "Unprocessable Entity", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        path, _, query = target.partition("?")
        self.raw_path = path
        self.path = unquote(path)
        self.pairs = parse_qsl(query, keep_blank_values=True)
        self.query = dict(self.pairs)
        self.headers = headers
        self.body = body


class Delivery:
    """One answer as bytes, and how it is sent."""

    def __init__(self, head=b"", body=b""):
        self.head = head
        self.body = body
        self.delay = 0.0            # seconds before anything is sent
        self.rate = None            # bytes of the body a second
        self.cut = None             # only so many bytes of head and body together
        self.end = None             # then: "reset", "close", "stall" (with `cut`), or None: the connection lives on
        self.stall = 3600.0


class Server:
    """One listening port. answer(request) gives a Delivery; close() and open() take the host off the net and back."""

    def __init__(self, address, port, answer, tls=None):
        self.address = address
        self.port = port
        self.answer = answer
        self.tls = tls              # an ssl.SSLContext, or None
        self.listener = None
        self.lock = threading.Lock()
        self.connections = set()
        self.accepted = 0
        self.open()

    def open(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        self.listener = listener
        thread = threading.Thread(target=self.accept, args=(listener,), daemon=True)
        thread.start()

    def close(self, keep=None):
        listener, self.listener = self.listener, None
        if listener:
            # A blocked accept() must notice.
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()
        self.hang_up(keep)

    def hang_up(self, keep=None):
        """Reset every connection but one."""
        with self.lock:
            connections = [c for c in self.connections if c is not keep]
        for connection in connections:
            reset(connection)

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.add(connection)
                self.accepted += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.encrypted(connection)
            stream = Stream(connection)
            while self.one(connection, stream):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            try:
                connection.close()
            except OSError:
                pass

    def encrypted(self, plain):
        connection = self.tls.wrap_socket(plain, server_side=True)
        with self.lock:                 # what hang_up() resets
            self.connections.discard(plain)
            self.connections.add(connection)
        return connection

    def one(self, connection, stream):
        """One request and its answer; whether the connection lives on."""
        request = stream.request()
        if request is None:
            return False
        request.connection = connection
        delivery = self.answer(request)
        return send(connection, delivery) and request.headers.get("connection", "").lower() != "close"


class Stream:
    """The bytes that a client sends, as requests."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def more(self):
        data = self.connection.recv(65536)
        self.buffer += data
        return data

    def request(self):
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > MAX_HEAD or not self.more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers[name] = headers[name] + ", " + value.strip() if name in headers else value.strip()
        return Request(method, target, headers, self.body(headers))

    def body(self, headers):
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self.chunks()
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= MAX_BODY:
            raise ValueError("a body of %d bytes" % length)
        return self.take(length)

    def take(self, length):
        while len(self.buffer) < length:
            if not self.more():
                raise ValueError("the connection ended in a body")
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def line(self):
        while b"\r\n" not in self.buffer:
            if not self.more():
                raise ValueError("the connection ended in a body")
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def chunks(self):
        out = b""
        while True:
            size = int(self.line().split(b";")[0], 16)
            if size < 0 or len(out) + size > MAX_BODY:
                raise ValueError("a chunk of %d bytes" % size)
            out += self.take(size)
            self.line()
            if size == 0:
                return out


def send(connection, delivery):
    """Send it in its way; whether the connection lives on."""
    if delivery.delay and gone(connection, delivery.delay):
        return False
    data = delivery.head + delivery.body
    if delivery.cut is not None:
        data = data[:delivery.cut]
    if delivery.rate:
        if not trickle(connection, data, len(delivery.head), delivery.rate):
            return False
    elif data:
        connection.sendall(data)
    if delivery.end == "stall":
        gone(connection, delivery.stall)
        return False
    if delivery.end == "reset":
        if data:
            time.sleep(0.05)            # what was sent must be read before the reset throws it away
        reset(connection)
    return delivery.end is None


def trickle(connection, data, start, rate):
    """The head at once, the rest in ten pieces a second."""
    connection.sendall(data[:start])
    piece = max(1, int(rate / 10))
    while start < len(data):
        connection.sendall(data[start:start + piece])
        start += piece
        if start < len(data) and gone(connection, 0.1):
            return False
    return True


def gone(connection, seconds):
    """Wait; early and true when the client has closed."""
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return False
        ready, _, _ = select.select([connection], [], [], left)
        if ready:
            if hasattr(connection, "cipher"):
                return True             # under TLS nobody can look ahead; it is the end that comes then
            if not connection.recv(65536, socket.MSG_PEEK):
                return True
            time.sleep(min(left, 0.05))     # the client has sent its next request already


def reset(connection):
    """End it with RST; the thread that serves it notices by shutdown()."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    try:
        connection.close()
    except OSError:
        pass
