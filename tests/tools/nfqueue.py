#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Holds the packets that netfilter queues, and lets them go in the end.

Usage: nfqueue.py NUMBER FILE
       Appends a line to FILE for each packet that it holds; accepts all of them
       when it gets SIGUSR1, and from then on at once.
"""
import select
import signal
import socket
import struct
import sys

NFNETLINK, QUEUE = 12, 3
PACKET, VERDICT, CONFIG = 0, 1, 2


def attr(kind, value):
    data = struct.pack("=HH", len(value) + 4, kind) + value
    return data + b"\0" * (-len(data) % 4)


class Queue:
    def __init__(self, number):
        self.number = number
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NFNETLINK)
        self.sock.bind((0, 0))
        # Bind; copy the metadata only.
        self.send(CONFIG, attr(1, struct.pack("!BBH", 1, 0, 0)))
        self.send(CONFIG, attr(2, struct.pack("!IB", 0, 1)))

    def send(self, kind, body):
        body = struct.pack("!BBH", 0, 0, self.number) + body
        self.sock.send(struct.pack("=IHHII", len(body) + 16, QUEUE << 8 | kind,
                                   1, 0, 0) + body)

    def receive(self):
        """The ids of the packets."""
        data = self.sock.recv(65536)
        while data:
            size, kind = struct.unpack_from("=IH", data)
            if kind == QUEUE << 8 | PACKET:
                yield struct.unpack_from("!I", data, 24)[0]
            data = data[(size + 3) & ~3:]

    def accept(self, packet):
        self.send(VERDICT, attr(2, struct.pack("!II", 1, packet)))


def main(number, path):
    held, free = [], []
    signal.signal(signal.SIGUSR1, lambda *_: free.append(True))
    queue = Queue(int(number))
    with open(path, "w", buffering=1) as file:
        print("ready", file=file)
        while True:
            if select.select([queue.sock], [], [], 0.1)[0]:
                for packet in queue.receive():
                    held.append(packet)
                    print(packet, file=file)
            while free and held:
                queue.accept(held.pop())


main(*sys.argv[1:])
