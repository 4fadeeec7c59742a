#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Single TCP segments, made by hand, and what comes back.

Usage: segment.py close DEVICE SOURCE PORT ADDRESS PORT
           One request whose connection the server closes.  Prints the sequence
           number that the server expects next and our last timestamp, or 0.
       segment.py syn DEVICE MAC SOURCE PORT ADDRESS PORT SEQ [WORD...]
           A SYN to the next hop MAC.  Prints the flags of the answer ("SA",
           "A", "RA") or "none" after a second.
           ts=N: with that timestamp; damaged: with a wrong checksum;
           fragments: in two of them
"""
import select
import socket
import struct
import sys
import time

from inet import checksum

FIN, SYN, RST, ACK = 1, 2, 4, 16
OUTGOING = 4
OPTIONS = b"\x02\x04\x05\xb4"


def address(text):
    return socket.inet_pton(
        socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def sniffer(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((device, 3))
    return sock


def timestamp(options):
    while options and options[0]:
        if options[0] == 1:
            options = options[1:]
        elif options[0] == 8:
            return struct.unpack_from("!I", options, 2)[0]
        else:
            options = options[options[1]:]
    return 0


def parse(frame):
    """(source, sport, target, dport, flags, end of sequence, timestamp)"""
    packet = frame[14:]
    if frame[12:14] == b"\x08\x00" and packet[9] == 6:
        head, size = (packet[0] & 15) * 4, struct.unpack_from("!H", packet, 2)[0]
        ends, tcp = (packet[12:16], packet[16:20]), packet[head:size]
    elif frame[12:14] == b"\x86\xdd" and packet[6] == 6:
        size = struct.unpack_from("!H", packet, 4)[0]
        ends, tcp = (packet[8:24], packet[24:40]), packet[40:40 + size]
    else:
        return None
    sport, dport, seq, _, offset, flags = struct.unpack_from("!HHIIBB", tcp)
    head = (offset >> 4) * 4
    end = seq + len(tcp) - head + bool(flags & SYN) + bool(flags & FIN)
    return (ends[0], sport, ends[1], dport, flags, end & 0xffffffff,
            timestamp(tcp[20:head]))


def close(device, source, sport, target, port):
    sniff = sniffer(device)
    sock = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((source, int(sport)))
    sock.settimeout(10)
    sock.connect((target, int(port)))
    sock.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    while sock.recv(4096):
        pass
    sock.close()
    key, seq = (address(source), int(sport), address(target), int(port)), None
    while select.select([sniff], [], [], 0.5)[0]:
        got = parse(sniff.recv(2048))
        if got and got[:4] == key and not got[4] & RST:
            seq = "%d %d" % got[5:]
    print(seq)


def packets(source, target, tcp, fragments):
    """The segment in one IP packet or two fragments."""
    parts = [(tcp[:24], 1), (tcp[24:], 3 << 3)] if fragments else [(tcp, 0)]
    for part, where in parts:
        if len(source) == 16 and fragments:
            part = struct.pack("!BBHI", 6, 0, where, 77) + part
        if len(source) == 16:
            yield b"\x86\xdd", struct.pack(
                "!IHBB", 6 << 28, len(part), 44 if fragments else 6, 64) + \
                source + target + part
            continue
        where = {0: 0, 1: 0x2000}.get(where, where >> 3)
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(part), 77, where,
                           64, 6, 0) + source + target
        yield b"\x08\x00", head[:10] + struct.pack(
            "!H", checksum(head)) + head[12:] + part


def syn(device, mac, source, sport, target, port, seq, *words):
    sniff = sniffer(device)
    ends = address(source), address(target)
    options = OPTIONS
    for word in words:
        if word.startswith("ts="):
            options += struct.pack("!BBBBII", 1, 1, 8, 10,
                                   int(word[3:]) & 0xffffffff, 0)
    if "fragments" in words:
        options += b"\1" * 16
    tcp = struct.pack("!HHIIBBHHH", int(sport), int(port),
                      int(seq) & 0xffffffff, 0, (5 + len(options) // 4) << 4,
                      SYN, 64240, 0, 0) + options
    if len(ends[0]) == 16:
        pseudo = ends[0] + ends[1] + struct.pack("!II", len(tcp), 6)
    else:
        pseudo = ends[0] + ends[1] + struct.pack("!HH", 6, len(tcp))
    value = checksum(pseudo + tcp) ^ (0x5a5a if "damaged" in words else 0)
    tcp = tcp[:16] + struct.pack("!H", value) + tcp[18:]
    ether = bytes.fromhex(mac.replace(":", "")) + sniff.getsockname()[4]
    for kind, packet in packets(*ends, tcp, "fragments" in words):
        sniff.send(ether + kind + packet)
    print(answer(sniff, (ends[1], int(port), ends[0], int(sport))))


def answer(sniff, key):
    until = time.monotonic() + 1
    while select.select([sniff], [], [], max(0, until - time.monotonic()))[0]:
        frame, where = sniff.recvfrom(2048)
        got = parse(frame) if where[2] != OUTGOING else None
        if got and got[:4] == key:
            return "".join(n for n, bit in (("S", SYN), ("R", RST), ("A", ACK))
                           if got[4] & bit)
    return "none"


{"close": close, "syn": syn}[sys.argv[1]](*sys.argv[2:])
