#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""A backend that answers from a table of bad responses, and the client for it;
and a client for odd requests that are forwarded, as they should be.

Usage: hostile.py serve PORT TABLE
       hostile.py ask ADDRESS PORT HOST PATH BACKEND TABLE   TAP
       hostile.py send ADDRESS PORT TABLE [HOW]      TAP

A line of the table is: name | want | then | response
    want      what the client shall see: "STATUS whole" or "STATUS torn", by the
              framing, "None torn" without a head; several, comma separated. The
              body of what is whole has to be "ok" or the gateway's own, that of HEAD
              empty, and that of "STATUS N whole" N octets of "okokok...", of which
              all has to be that may have come of what is torn, too. "STATUS silent"
              is no end at all, which no row wants.
    then      what the backend does afterwards: "open", "close" or "reset", or
              "late", which sends a response nobody asked for; behind it the
              method of the request, if that is not GET, and the version, if that
              is not HTTP/1.1
    response  escapes \\r \\n \\t \\0 \\\\ \\xHH, and *N{text} for text N times

PATH/whole/N asks for row N, PATH/bytes/N for it with each octet in a segment of
its own (of a long one the last), both PATH/ok for what is in order. BACKEND is its
ADDRESS:PORT, which is asked itself when it has sent all of a row. After each row
the client asks for /ok on the same connection, if that is open, and on three new
ones: whatever is left of the row in the gateway would be taken for the answer. What
comes late, or in bytes, is there by then: behind the next request it would be the
answer to that, as far as anybody can tell.

For "send" a line is: name | status | has | lacks | request
    status       behind it "end", where the connection has to end with the answer
    has, lacks   octets of the answer's body, several separated by ";;"; where the
                 request asks the backend for what it got, what it got
HOW is "whole" or "bytes", both without it; "together" writes octet by octet and lets
TCP put them together, which fails: so bytes cannot be that unseen.
"""
import re
import socket
import sys
import threading
import time

from octets import read_head, send_octets

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled\n"
# After it all octets that were sent have been dealt with
SETTLED = 0.1
# What a row's response says, and the gateway in its place
BODIES = {"200": b"ok", "502": b"Bad Gateway\n"}


def unescape(text):
    while True:
        more = re.search(r"\*(\d+)\{([^}]*)\}", text)
        if not more:
            return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
        text = text[:more.start()] + more[2] * int(more[1]) + text[more.end():]


def rows(name, columns=4):
    with open(name, encoding="latin-1") as table:
        for line in table:
            if line.startswith("#") or not line.strip():
                continue
            *fields, octets = line.rstrip("\n").split("|", columns - 1)
            yield (*(f.strip() for f in fields), unescape(octets[1:]))


# --- the backend --------------------------------------------------------------

class Sending:
    """How many rows are being sent"""

    def __init__(self):
        self.rows, self.change = 0, threading.Condition()

    def __enter__(self):
        with self.change:
            self.rows += 1

    def __exit__(self, *_):
        with self.change:
            self.rows -= 1
            self.change.notify_all()

    def wait(self):
        with self.change:
            self.change.wait_for(lambda: not self.rows)


SENDING = Sending()


def send_row(conn, row, bytewise):
    name, _, then, response = row
    then = then.split()[0]
    if bytewise:
        wrong = send_octets(conn, response)
        if wrong:
            print(f"{name}: {wrong}", flush=True)
    else:
        conn.sendall(response)
    if then == "late":
        time.sleep(0.05)
        conn.sendall(SMUGGLED)
    elif then == "reset":
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
    return then in ("open", "late")


def serve_one(conn, table):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest, more = b"", True
    with conn:
        try:
            while more:
                head, rest = read_head(conn, rest)
                if head is None:
                    return
                asked = re.search(rb"/(whole|bytes)/(\d+) ", head)
                if asked:
                    with SENDING:
                        more = send_row(conn, table[int(asked[2])],
                                        asked[1] == b"bytes")
                    continue
                if b" /sent " in head:
                    SENDING.wait()
                conn.sendall(OK)
        except OSError:
            pass


def serve(port, table):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", int(port)))
    listener.listen(128)
    table = list(rows(table))
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve_one, args=(conn, table),
                         daemon=True).start()


# --- the client ---------------------------------------------------------------

class Reader:
    """Responses as they come, and what has come of the last body; None where the
    connection ends or is silent, and what that was."""

    def __init__(self, sock):
        self.sock, self.data, self.body, self.end = sock, b"", b"", None

    def more(self):
        got = b""
        try:
            got = self.sock.recv(65536)
            self.end = None if got else "end"
        except ConnectionResetError:
            self.end = "reset"
        except socket.timeout:
            self.end = "silent"
        self.data += got
        return bool(got)

    def until(self, mark):
        while mark not in self.data:
            if not self.more():
                return None
        part, _, self.data = self.data.partition(mark)
        return part

    # Of a body, each: true when it is complete.

    def octets(self, count):
        while len(self.data) < count and self.more():
            pass
        part, self.data = self.data[:count], self.data[count:]
        self.body += part
        return len(part) == count

    def chunked(self):
        while True:
            line = self.until(b"\r\n")
            if line is None:
                return False
            size = int(line, 16)
            if not self.octets(size) or self.until(b"\r\n") != b"":
                return False
            if not size:
                return True

    def until_close(self):
        while self.more():
            pass
        self.body, self.data = self.data, b""
        return self.end == "end"

    def response(self, bodiless=False, old=False):
        """(status, body); no body: it is torn; no status: there is no head."""
        head, self.body = b"HTTP/1.1 1", b""
        while head.startswith(b"HTTP/1.1 1"):
            head = self.until(b"\r\n\r\n")
            if head is None:
                return None, None
        if not re.match(rb"HTTP/1\.1 \d{3} [^\r\n\0]*(\r\n[^\r\n: ]+: [^\r\n\0]*)*$",
                        head):
            return "garbage", None
        status = head[9:12].decode()
        length = re.findall(rb"(?i)\r\ncontent-length: (\d+)", head)
        chunked = re.search(rb"(?i)\r\ntransfer-encoding: chunked", head)
        if chunked and old:
            return "chunks", None
        if chunked and (length or status == "204"):
            return "both", None
        if len(length) > 1:
            return "lengths", None
        if bodiless or status in ("204", "304"):
            return status, b""
        if chunked:
            whole = self.chunked()
        else:
            whole = self.octets(int(length[0])) if length else self.until_close()
        return status, self.body if whole else None


def is_repeated(body):
    ok = BODIES["200"]
    return (ok * (len(body) // len(ok) + 1)).startswith(body)


def saw(status, body, reader, bodiless):
    """What a row may want, with the body behind it where that is wrong."""
    if body is None:
        seen = "silent" if reader.end == "silent" else "torn"
        good = is_repeated(reader.body)
    elif len(body) > len(BODIES["200"]) and is_repeated(body):
        seen, good = f"{len(body)} whole", True
    else:
        seen = "whole"
        good = body == (b"" if bodiless else BODIES.get(status, b""))
    return f"{status} {seen}" + ("" if good else f", {reader.body!r}")


class Asker:
    def __init__(self, address, port, host, path, backend):
        self.to, self.host, self.path = (address, int(port)), host, path
        self.backend = tuple(backend.rsplit(":", 1))

    def connect(self):
        sock = socket.create_connection(self.to, timeout=10)
        return sock, Reader(sock)

    def settle(self):
        with socket.create_connection(self.backend, timeout=10) as sock:
            sock.sendall(b"GET /sent HTTP/1.1\r\n\r\n")
            if Reader(sock).response() != ("200", b"ok\n"):
                sys.exit("the backend does not say when it has sent a row")
        time.sleep(SETTLED)

    def get(self, sock, what, method="GET", version="HTTP/1.1"):
        sock.sendall(f"{method} {self.path}/{what} {version}\r\n"
                     f"Host: {self.host}\r\n\r\n".encode())

    def fresh(self):
        sock, reader = self.connect()
        with sock:
            self.get(sock, "ok")
            return reader.response()

    def row(self, what, then):
        """What was seen of it, and what came of the requests after it."""
        sock, reader = self.connect()
        then, *request = then.split()
        at_once = what.startswith("whole") and then != "late"
        with sock:
            self.get(sock, what, *request)
            status, body = reader.response("HEAD" in request, "HTTP/1.0" in request)
            seen, after = saw(status, body, reader, "HEAD" in request), []
            if body is not None:
                if not at_once:
                    self.settle()
                try:
                    self.get(sock, "ok")
                    after.append(reader.response())
                except OSError:
                    pass
                if after == [(None, None)]:
                    after = []
        return seen, after + [self.fresh() for _ in range(3)]


def ask(address, port, host, path, backend, table):
    asker, number, failed = Asker(address, port, host, path, backend), 0, 0
    for i, (name, want, then, _) in enumerate(rows(table)):
        for how in ("whole", "bytes"):
            number += 1
            seen, after = asker.row(f"{how}/{i}", then)
            good = (seen in [w.strip() for w in want.split(",")] and
                    all(a == ("200", b"ok\n") for a in after))
            failed += not good
            print(f"{'' if good else 'not '}ok {number} - {name}, {how}: {seen}")
            if not good:
                print(f"# wanted {want}; after it: {after}", flush=True)
    print(f"1..{number}")
    return 1 if failed or not number else 0


def exchange(address, port, request, how, ends):
    """(status, body, what is wrong with how it was sent, or with its end)"""
    with socket.create_connection((address, int(port)), timeout=10) as sock:
        wrong, reader = None, Reader(sock)
        if how == "whole":
            sock.sendall(request)
        else:
            wrong = send_octets(sock, request, how != "together")
        status, body = reader.response()
        while ends and not reader.end:
            reader.more()
        if ends and (reader.end, reader.data) != ("end", b""):
            wrong = f"behind it {reader.data!r}, {reader.end}"
        return status, body, wrong


def send(address, port, table, *ways):
    number, failed = 0, 0
    for name, want, has, lacks, request in rows(table, 5):
        for how in ways or ("whole", "bytes"):
            number += 1
            status, body, unlike = exchange(address, port, request, how,
                                            want.endswith(" end"))
            wrong = [unlike] if unlike else []
            wrong += [w for w in has.split(";;")
                     if unescape(w) not in (body or b"")]
            wrong += [w for w in lacks.split(";;")
                      if w and unescape(w) in (body or b"")]
            good = status == want[:3] and body is not None and not wrong
            failed += not good
            print(f"{'' if good else 'not '}ok {number} - {name}, {how}: {status}")
            if not good:
                print(f"# wanted {want}; {wrong}; got {body!r}", flush=True)
    print(f"1..{number}")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    if sys.argv[1] == "send":
        sys.exit(send(*sys.argv[2:]))
    sys.exit(ask(*sys.argv[2:]))
