#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Subscribes to the module's access log without the CLI.

Usage: subscribe.py lazy BYTES   one that reads nothing, with a receive buffer of
                                 so many bytes, until a line comes in; then it
                                 reads all there is and prints
                                 records=N told=LOST lost=LOST: as the last message
                                 said, and as the module says when it is asked
       subscribe.py crowd N      so many at once; prints how many were taken and
                                 why the first other was not
"""
import errno
import socket
import struct
import sys

from program import E, Family, parse

NESTED = 0x3fff


def u64_of(attrs, name):
    return struct.unpack("=Q", attrs[E[name]])[0]


def count(data, kind):
    """How many attributes of that kind there are."""
    n = 0
    while len(data) >= 4:
        size, what = struct.unpack_from("=HH", data)
        n += what & NESTED == kind
        data = data[(size + 3) & ~3:]
    return n


def read_all(family):
    records, told = 0, 0
    family.sock.setblocking(False)
    try:
        while True:
            data = family.recv()
            while data:
                size, _ = struct.unpack_from("=IH", data)
                body, data = data[20:size], data[(size + 3) & ~3:]
                records += count(body, E["GWS_A_RECORD"])
                told = u64_of(parse(body), "GWS_A_LOG_LOST")
    except BlockingIOError:
        family.sock.setblocking(True)
        return records, told
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        # Once after a full queue, and what is in it comes all the same.
        more = read_all(family)
        return records + more[0], max(told, more[1])


def lazy(size):
    family = Family("gwsteer")
    family.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    family.call(E["GWS_CMD_SUBSCRIBE_LOG"])
    print("ready", flush=True)
    sys.stdin.readline()
    records, told = read_all(family)
    reply = family.call(E["GWS_CMD_SUBSCRIBE_LOG"])
    print("records=%d told=%d lost=%d" % (records, told,
                                          u64_of(reply, "GWS_A_LOG_LOST")))


def crowd(number):
    taken = []
    for _ in range(number):
        family = Family("gwsteer")
        try:
            family.call(E["GWS_CMD_SUBSCRIBE_LOG"])
        except OSError as error:
            print(len(taken), errno.errorcode[error.errno])
            return
        taken.append(family)
    print(len(taken))


if __name__ == "__main__":
    {"lazy": lazy, "crowd": crowd}[sys.argv[1]](int(sys.argv[2]))
