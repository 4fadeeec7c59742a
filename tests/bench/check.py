#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do the targets of a case do the same?

Sends the requests of a case to each target and compares what reached the
backends, as it stood on the wire, and what came back with the case's file "seen".
What says who it was, or when, is left out, and so is what RFC 9110 leaves to
whoever answers by itself. A target has some seconds to become what it ought to be.

Usage: check.py [-u DIR] <LIST    -u: writes DIR/CASE instead, as the first
                                  target of a case does it
    a line of LIST: DIRECTORY TARGET ADDRESS PORT
"""
import difflib
import os
import re
import socket
import sys
import time

BACKENDS = {8001: "foo", 8002: "bar"}
PATIENCE = 30       # seconds
ASKED = 5           # times at least: heads are remembered from the second on
ASKED_MAX = 100     # until both sides of a split have been seen
COPY = 1            # seconds at most until a mirrored request is there, too
PACKET_OUTGOING = 4
ETH_P_IP = 0x0800

# Hop by hop, or different from one program or second to the next; Envoy says the
# last of copies, and cannot be told not to
OWN = {"connection", "keep-alive", "date", "server", "x-envoy-internal"}
# All that is compared of an answer without a backend
TOLD = {"location", "access-control-allow-origin",
        "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers", "access-control-max-age"}


class Tap:
    """The octets that are sent to the backends."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(0x0003))
        self.sock.bind(("lo", 0x0003))
        self.sock.setblocking(False)

    def requests(self):
        """[(backend, head)] of what was sent since the last call."""
        streams = {}
        while True:
            try:
                packet, where = self.sock.recvfrom(1 << 17)
            except BlockingIOError:
                break
            if where[1] != ETH_P_IP or where[2] != PACKET_OUTGOING:
                continue
            ip = (packet[0] & 15) * 4
            end = int.from_bytes(packet[2:4], "big")
            ports = packet[ip:ip + 4]
            to = int.from_bytes(ports[2:], "big")
            if packet[9] == socket.IPPROTO_TCP and to in BACKENDS:
                data = packet[ip + (packet[ip + 12] >> 4) * 4:end]
                streams[ports] = streams.get(ports, b"") + data
        return [(BACKENDS[int.from_bytes(ports[2:], "big")], head)
                for ports, data in streams.items()
                for head in data.decode("latin-1").split("\r\n\r\n")[:-1]]


class Client:
    """One connection after the other, each with as many requests as go."""

    def __init__(self, address, port):
        self.to = (address, port)
        self.sock = None

    def ask(self, request):
        """The answer's head; its body is read and forgotten."""
        if not self.sock:
            self.sock = socket.create_connection(self.to, 10)
            self.sock.settimeout(10)
        self.sock.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.more()
        head, _, body = got.partition(b"\r\n\r\n")
        head = head.decode("latin-1")
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        if not length:
            raise OSError(f"no length in {head!r}")
        while len(body) < int(length[1]):
            body += self.more()
        if re.search(r"(?im)^connection: *close", head):
            self.close()
        return head

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise OSError("the connection ended")
        return data

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None


def blocks_of(path):
    """Of a file: what empty lines part, without its comments."""
    with open(path, encoding="ascii") as file:
        text = "".join(line for line in file if line[0] != "#")
    return text.strip().split("\n\n")


def requests_read(path, address, port):
    """The requests of a file, as wrk would send them."""
    for block in blocks_of(path):
        first, *fields = block.split("\n")
        if not any(f.startswith("Host:") for f in fields):
            fields.insert(0, f"Host: {address}:{port}")
        yield "\r\n".join([f"{first} HTTP/1.1", *fields, "", ""]).encode()


def lines_of(head, ours, only=None):
    """A head, its fields in order of their names."""
    first, *fields = head.split("\r\n")
    pairs = []
    for field in fields:
        name, _, value = field.partition(":")
        name, value = name.lower(), value.strip().replace(ours, "TARGET")
        if name == "via":
            value = re.sub(r" \S+$", " NAME", value)
        if name == "x-forwarded-port" and value == ours.split(":")[1]:
            value = "PORT"
        if name not in OWN and (not only or name in only):
            pairs.append(f"{name}: {value}")
    return [first, *sorted(pairs)]


def form_of(sent, answer, ours):
    """What is compared: requests at backends, and the answer."""
    lines = []
    for _, head in sorted(sent, key=lambda pair: pair[1]):
        lines += ["> " + line for line in lines_of(head, ours)]
    got = lines_of(answer, ours, None if sent else TOLD)
    # The reason is anybody's.
    got[0] = " ".join(got[0].split(" ")[:2])
    return lines + ["< " + line for line in got]


def sent_of(tap, wanted):
    """What reached the backends; a copy may do so after the answer."""
    heads = sum(line.endswith(" HTTP/1.1") for line in wanted or ())
    sent = tap.requests()
    until = time.monotonic() + COPY
    while len(sent) < heads and time.monotonic() < until:
        time.sleep(0.005)
        sent += tap.requests()
    return sent


def ask(tap, client, request, wanted):
    """The form of one request, and who answered it, until that is as wanted."""
    ours = "%s:%d" % client.to
    form, served = None, set()
    for n in range(ASKED_MAX):
        tap.requests()
        answer = client.ask(request)
        sent = sent_of(tap, wanted)
        one = form_of(sent, answer, ours)
        if form not in (None, one):
            return form + ["and another time:"] + one
        form = one
        served |= {name for name, _ in sent}
        result = form + ["by " + " ".join(sorted(served) or ["itself"])]
        if wanted and result[:-1] != wanted[:-1]:
            break
        if n >= ASKED and wanted in (None, result):
            break
    return result


def seen(tap, path, address, port, wanted):
    """All requests of a case at one target, as the file "seen" has them."""
    client = Client(address, port)
    texts = []
    for n, request in enumerate(requests_read(path, address, port)):
        expect = wanted[n].split("\n") if n < len(wanted) else None
        texts.append("\n".join(ask(tap, client, request, expect)))
    client.close()
    return texts


def check(tap, where, target, address, port):
    """True if the target does what the case says."""
    wanted = blocks_of(f"{where}/seen")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            texts = seen(tap, f"{where}/requests", address, port, wanted)
        except OSError as err:
            texts = [f"{err}"]
        if texts == wanted:
            return True
        if time.monotonic() > until:
            break
        time.sleep(0.5)
    name = os.path.basename(where)
    sys.stderr.write(f"bench: {name}: {target} does something else\n")
    for line in difflib.unified_diff("\n\n".join(wanted).split("\n"),
                                     "\n\n".join(texts).split("\n"),
                                     f"{name}/seen", target, lineterm=""):
        sys.stderr.write(line + "\n")
    return False


def update(tap, where, address, port, out):
    texts = seen(tap, f"{where}/requests", address, port, [])
    with open(f"{out}/{os.path.basename(where)}", "w", encoding="ascii") as f:
        f.write("# SPDX-License-Identifier: MIT\n" + "\n\n".join(texts) + "\n")


def main():
    tap = Tap()
    good = True
    done = set()
    out = sys.argv[2] if sys.argv[1:2] == ["-u"] else None
    for line in sys.stdin:
        where, target, address, port = line.split()
        if not out:
            good = check(tap, where, target, address, int(port)) and good
        elif where not in done:
            update(tap, where, address, int(port), out)
            done.add(where)
    sys.exit(0 if good else 1)


main()
