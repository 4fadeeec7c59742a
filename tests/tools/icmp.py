#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""One connection, and ICMP errors that speak of it.

Usage: icmp.py ADDRESS PORT
       Connects, says "ready" and does what each line of stdin asks for:
       ask PATH         a request; prints the status and the body's length
       toobig MTU OFF   "fragmentation needed" or "packet too big"
       unreach CODE OFF destination unreachable, with that code
           for the octet that the peer sends next, plus OFF; prints "sent"

The errors come from this host, as if it were a router on the way.
"""
import socket
import struct
import sys

from inet import checksum

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
REPAIR_OFF_SILENTLY, RECEIVE_QUEUE = -1, 1
UNREACHABLE, FRAG_NEEDED, TOO_BIG6, UNREACHABLE6 = 3, 4, 2, 1


def ask(sock, path):
    sock.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    got = len(body)
    while got < size:
        more = len(sock.recv(65536))
        if not more:
            break
        got += more
    return "%s %d" % (head.split()[1].decode(), got)


def next_octet(sock):
    """The number of what the peer sends next."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, RECEIVE_QUEUE)
    seq = sock.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF_SILENTLY)
    return seq & 0xffffffff


def quoted(sock, offset):
    """The beginning of a packet from the peer to us."""
    here, there = sock.getsockname(), sock.getpeername()
    tcp = struct.pack("!HHIIBBHHH", there[1], here[1],
                      (next_octet(sock) + offset) & 0xffffffff, 0, 5 << 4, 16,
                      1000, 0, 0)
    ends = (socket.inet_pton(sock.family, there[0]) +
            socket.inet_pton(sock.family, here[0]))
    if sock.family == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, 1400, 6, 64) + ends + tcp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 1420, 1, 0x4000, 64, 6, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + tcp


def error(sock, kind, code, mtu, offset):
    if sock.family == socket.AF_INET6:
        # The kernel fills in the checksum.
        proto, message = socket.IPPROTO_ICMPV6, struct.pack(
            "!BBHI", kind, code, 0, mtu) + quoted(sock, offset)
    else:
        proto, message = socket.IPPROTO_ICMP, struct.pack(
            "!BBHHH", kind, code, 0, 0, mtu) + quoted(sock, offset)
        message = message[:2] + struct.pack("!H", checksum(message)) + \
            message[4:]
    raw = socket.socket(sock.family, socket.SOCK_RAW, proto)
    raw.sendto(message, (sock.getpeername()[0], 0))
    raw.close()


def run(sock, words):
    six = sock.family == socket.AF_INET6
    if words[0] == "ask":
        return ask(sock, words[1])
    value, offset = int(words[1]), int(words[2])
    if words[0] == "toobig" and six:
        error(sock, TOO_BIG6, 0, value, offset)
    elif words[0] == "toobig":
        error(sock, UNREACHABLE, FRAG_NEEDED, value, offset)
    else:
        error(sock, UNREACHABLE6 if six else UNREACHABLE, value, 0, offset)
    return "sent"


def main():
    sock = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            print(run(sock, line.split()), flush=True)
        except OSError as e:
            print(e.strerror or "timed out", flush=True)


main()
