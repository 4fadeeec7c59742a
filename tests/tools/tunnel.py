#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Both ends of a connection that switches protocols, for tests of tunnels.

Usage: tunnel.py PORT
         A backend: answers a request by its path, and with the Connection and
         Upgrade that it came with in X-Connection and X-Upgrade.
           /echo    101, then what comes goes back; after its end "bye" and the end
           /first   101, "end" and a FIN in one go; then counts what comes
           /many/N  101, then N octets
           /foo     101 with another token
           /plain   200
           /close   101, then a reset
           /last    101; after the first octet "last" and, all else unread, a reset
           /frames  101, then frames of WebSocket (RFC 6455): a text, and a ping
                    whose answer is waited for ("pong" on stdout), and the end
         Anywhere in the path /octets has the 101, and what comes in one go with
         it, sent with a segment for each octet; or the connection ends there.

       tunnel.py ADDRESS PORT HOST PATH STEP...
         A client. STEP: TEXT is sent, with \\n and other escapes; zeros:N so many
         octets; read:N waits for so many; wait:S; fin. First the request, which
         "token:T" gives another token than websocket, "early:TEXT" more bytes,
         "bare" neither Connection nor Upgrade, and "bytes" a segment for each octet
         of it and of those. At the end it reads until EOF, and
         prints the status, X-Upgrade, the octets (or their number), and how it
         ended.
"""
import base64
import hashlib
import re
import socket
import struct
import sys
import threading
import time

from octets import read_head, send_octets


def head_of(s):
    """Of one that ends before it is whole what there was."""
    head, rest = read_head(s)
    return (rest, b"") if head is None else (head, rest)


def field(head, name):
    found = re.search(rb"\r\n" + name + rb": ([^\r\n]*)", head, re.I)
    return found[1] if found else b"-"


def accept_of(head):
    """What shows a client that its key was understood (RFC 6455 4.2.2)."""
    key = field(head, b"Sec-WebSocket-Key")
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest)


def frames(s):
    s.sendall(b"\x81\x06hello\n" b"\x89\x02hi")
    got = b""
    while len(got) < 8 and (more := s.recv(64)):
        got += more
    # A client masks what it sends.
    payload = bytes(a ^ b for a, b in zip(got[6:8], got[2:4]))
    if got[:2] == b"\x8a\x82" and payload == b"hi":
        print("pong", flush=True)
    s.sendall(b"\x88\x00")


def echo(s, rest):
    while rest:
        s.sendall(rest)
        rest = s.recv(65536)


def tell(s, path, data):
    """False, and a word on stdout, where it did not go as the path wants it."""
    wrong = send_octets(s, data) if b"/octets" in path else s.sendall(data)
    if wrong:
        print(wrong, flush=True)
    return not wrong


def serve(s):
    head, rest = head_of(s)
    path = head.split(b" ")[1] if b" " in head else b""
    said = b"X-Connection: %s\r\nX-Upgrade: %s\r\n" % (
        field(head, b"Connection"), field(head, b"Upgrade"))
    if b"/plain" in path:
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + said +
                  b"\r\nplain\n")
        return
    token = b"foo" if b"/foo" in path else b"websocket"
    switch = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
              b"Upgrade: %s\r\nSec-WebSocket-Accept: %s\r\n%s\r\n" %
              (token, accept_of(head), said))
    if b"/first" in path:
        if not tell(s, path, switch + b"end"):
            return
        s.shutdown(socket.SHUT_WR)
        count = len(rest)
        while got := s.recv(65536):
            count += len(got)
        print("first", count, flush=True)
        return
    if not tell(s, path, switch):
        return
    if b"/frames" in path:
        frames(s)
        return
    if b"/close" in path:
        time.sleep(0.3)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        return
    if b"/last" in path:
        rest = rest or s.recv(1)
        s.sendall(b"last")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        return
    many = re.search(rb"/many/(\d+)", path)
    if many:
        s.sendall(bytes(int(many[1])))
        return
    echo(s, rest or s.recv(65536))
    s.sendall(b"bye")


def handle(s):
    try:
        with s:
            serve(s)
    except OSError:
        print("reset", flush=True)


def backend(port):
    listener = socket.create_server(("", port))
    while True:
        s, _ = listener.accept()
        threading.Thread(target=handle, args=(s,), daemon=True).start()


def step(s, what, got):
    kind, _, arg = what.partition(":")
    if kind == "wait":
        time.sleep(float(arg))
    elif kind == "zeros":
        s.sendall(bytes(int(arg)))
    elif kind == "read":
        while len(got) < int(arg):
            got += s.recv(65536)
    elif what == "fin":
        s.shutdown(socket.SHUT_WR)
    else:
        s.sendall(what.encode().decode("unicode_escape").encode())
    return got


def client(address, port, host, path, steps):
    s = socket.create_connection((address, int(port)), 20)
    token, early, send = "websocket", "", socket.socket.sendall
    while steps and steps[0].split(":")[0] in ("token", "early", "bare", "bytes"):
        kind, _, arg = steps.pop(0).partition(":")
        token = "" if kind == "bare" else arg if kind == "token" else token
        early = arg if kind == "early" else early
        send = send_octets if kind == "bytes" else send
    lines = ["GET %s HTTP/1.1" % path, "Host: " + host]
    if token:
        lines += ["Connection: keep-alive, Upgrade", "Upgrade: " + token,
                  "HTTP2-Settings: AAMAAABkAAQAAP__",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                  "Sec-WebSocket-Version: 13"]
    wrong = send(s, ("\r\n".join(lines) + "\r\n\r\n" + early).encode())
    if wrong:
        sys.exit(wrong)
    head, got = head_of(s)
    end = "eof"
    try:
        for what in steps:
            got = step(s, what, got)
    except OSError:
        end = "reset"
    try:
        # What came before a reset is there all the same.
        while more := s.recv(65536):
            got += more
    except socket.timeout:
        end = "open"
    except OSError:
        end = "reset"
    print(head.split(b" ")[1].decode() if b" " in head else "none",
          field(head, b"X-Upgrade").decode(),
          got.decode().strip() if len(got) < 200 else len(got), end)


if len(sys.argv) == 2:
    backend(int(sys.argv[1]))
else:
    client(*sys.argv[1:5], sys.argv[5:])
