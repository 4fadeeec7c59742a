#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""A client for what neither curl nor client can do: bytes and pauses.

Usage: raw.py ADDRESS PORT [octets] STEP...
       TEXT     sent; with \\r \\n and other escapes
       bytes:TEXT     each octet in a segment of its own, or all fails
       together:TEXT  octet by octet, but TCP may put them together: so it does
       oob:TEXT sent, its last octet as urgent data
       zeros:N  so many octets sent
       wait:S   seconds
       fin      the end of what is sent
       rst      a reset, and the end of it all

Then it reads until EOF, and prints the status of each head that it got in a
line, "head" or "body" for a message that ends early, "reset", and at the end
the body of the last one. Interim responses have no body, others have
Content-Length. With "octets" it prints what came as it came, and fails unless that
ended with EOF.
"""
import re
import socket
import struct
import sys
import time

from octets import send_octets


def unescape(text):
    return text.encode().decode("unicode_escape").encode()


def step(s, what):
    kind, _, arg = what.partition(":")
    if kind == "wait":
        time.sleep(float(arg))
    elif what == "fin":
        s.shutdown(socket.SHUT_WR)
    elif what == "rst":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        s.close()
        sys.exit()
    elif kind == "zeros":
        s.sendall(bytes(int(arg)))
    elif kind == "oob":
        s.send(unescape(arg), socket.MSG_OOB)
    elif kind in ("bytes", "together"):
        wrong = send_octets(s, unescape(arg), kind == "bytes")
        if wrong:
            sys.exit(wrong)
    else:
        s.sendall(unescape(what))


def everything(s):
    data = b""
    try:
        while True:
            got = s.recv(65536)
            if not got:
                return data, []
            data += got
    except socket.timeout:
        return data, ["open"]
    except ConnectionResetError:
        return data, ["reset"]


def messages(data):
    said, body = [], b""
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d{3}) [^\r\n]*(\r\n[^\r\n:]+: [^\r\n]*)*$",
                         head)
        if not end or not match:
            return said + ["head"], body
        said.append(match[1].decode())
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
        size = int(length[1]) if length else 0
        body, data = data[:size], data[size:]
        if len(body) < size:
            return said + ["body"], body
    return said, body


def main():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(20)
    s.connect((sys.argv[1], int(sys.argv[2])))
    torn, steps = [], sys.argv[3:]
    octets = steps[0] == "octets"
    try:
        for what in steps[octets:]:
            step(s, what)
    except (ConnectionResetError, BrokenPipeError):
        torn = ["unsent"]
    data, end = everything(s)
    if octets:
        sys.stdout.buffer.write(data)
        sys.exit(len(torn + end))
    said, body = messages(data)
    print(*torn, *said, *end, body.decode(errors="replace").strip())


main()
