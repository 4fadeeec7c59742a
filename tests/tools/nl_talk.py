# SPDX-License-Identifier: MIT
"""Sockets that speak to the family in ways good and bad, for nlfuzz.py, which says
what these are."""
import collections
import errno
import socket
import struct

from nl_header import DUMPS, NAMES, Session
from nl_transaction import whole
from program import (E, Family, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST,
                     NLMSG_DONE, NLMSG_ERROR, SOL_NETLINK, u32, u64)

NETLINK_CAP_ACK = 10
KINDS = {"valid": 25, "disorder": 15, "mutated": 30, "truncated": 12,
         "batch": 8, "command": 10, "dump": 10}
# Where nobody is in the way: sane ones, and those that a command refuses
ALONE = {"valid": 40, "disorder": 20, "command": 20, "dump": 20}
# How often values are not sane, in a conversation
ODD = (0, 0, 0.02, 0.1)
BATCH_MAX = 200000
NASTY = [0, 1, 2, 3, 4, 5, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff]


def mutate(rng, data):
    """The attributes with a mistake."""
    data = bytearray(data)
    at = rng.randrange(len(data)) if data else 0
    kind = rng.randrange(7)
    if len(data) < 4 or kind == 0:
        data += rng.randbytes(rng.randint(0, 40))
    elif kind == 1:
        data[at] = rng.choice(NASTY) & 0xff
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        # a header's length or type, or what lies where one might be
        struct.pack_into("=H", data, min(at & ~1, len(data) - 2) & ~1,
                         rng.choice(NASTY))
    elif kind == 4:
        data[at:at] = data[(at & ~3):]
    elif kind == 5:
        data = bytearray(struct.pack("=HH", len(data) + 4,
                                     0x8000 | rng.randrange(32))) + data
    else:
        data[at:at + 4] = rng.randbytes(4)
    return bytes(data[:60000])


def disorder(rng, messages):
    messages = [rng.choice(messages) for _ in range(rng.randint(1, 9))]
    if rng.random() < 0.5:
        messages.insert(0, ("BEGIN", [u64("GWS_A_GENERATION", 0)]))
    return messages


class Client(Family):
    """One that counts how it is answered."""

    def __init__(self, answers, taken):
        super().__init__("gwsteer")
        # An error that repeats a message of 64 KiB fills the queue of a batch,
        # and what comes after it is lost (ENOBUFS).
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.answers = answers
        self.session = Session(taken)
        self.sane = False
        self.seq = 1

    def message(self, number, data, flags=0):
        self.seq += 1
        return struct.pack("=IHHIIBBH", len(data) + 20, self.id,
                           NLM_F_REQUEST | NLM_F_ACK | flags, self.seq, 0,
                           number & 0xff, 1, 0) + data

    def read(self, seq):
        """Reads until the end or error of that message; 0 or the error."""
        while True:
            got = self.sock.recv(1 << 17)
            while len(got) >= 16:
                size, what, _, number = struct.unpack_from("=IHHI", got)
                if number == seq and what in (NLMSG_ERROR, NLMSG_DONE):
                    return -struct.unpack_from("=i", got, 16)[0]
                got = got[(size + 3) & ~3:]

    def answer(self, kind, seq, number, data):
        """How that message was answered; counts it."""
        error = self.read(seq)
        self.answers[kind][errno.errorcode.get(error, "done")] += 1
        self.session.told(number, data, error, self.sane)
        return error

    def tell(self, kind, number, data, flags=0):
        self.sock.send(self.message(number, data, flags))
        return self.answer(kind, self.seq, number, data)


def truncated(rng, client, number, data):
    """Half of them say how long they are now; others may get no answer at all,
    but what comes after them gets one."""
    message = bytearray(client.message(number, data))
    # The kernel takes no empty datagrams.
    del message[rng.randrange(1, len(message)):]
    if rng.random() < 0.5 and len(message) >= 16:
        struct.pack_into("=I", message, 0, len(message))
    client.sock.send(message)
    client.answers["truncated"]["sent"] += 1
    client.session.doubt()
    client.tell("truncated", E["GWS_CMD_GET_INFO"], b"")


def batch(client, messages):
    told, size = [], 0
    for number, data in messages:
        size += len(data) + 24
        if size > BATCH_MAX:
            break
        told.append((client.message(number, data), client.seq, number, data))
    client.sock.send(b"".join(message for message, *_ in told))
    for _, *what in told:
        client.answer("batch", *what)


def dump(rng, client):
    """Some have attributes, which none takes. False: nobody reads it, the socket
    goes."""
    for _ in range(3):
        number = E["GWS_CMD_" + rng.choice(DUMPS)]
        data = rng.choice([b"", b"", u32("GWS_A_ID", 1)])
        if rng.random() < 0.25:
            client.sock.send(client.message(number, data, NLM_F_DUMP))
            client.answers["dump"]["left"] += 1
            client.sock.close()
            return False
        client.tell("dump", number, data, NLM_F_DUMP)
    return True


def distort(rng, kind, number, data, victim):
    """A message of a conversation that is not as it should be."""
    if kind == "mutated" and victim:
        for _ in range(rng.choice([1, 1, 2, 5])):
            data = mutate(rng, data)
    elif kind == "command":
        number = rng.choice([rng.randrange(256), *[
            rng.choice(list(NAMES)) for _ in range(3)]])
    return number, data


def converse(rng, client, kind, generation, limits):
    """Some messages of one kind; false when the socket is closed."""
    client.sane = not rng.odd and kind in ("valid", "disorder", "batch", "dump")
    messages = whole(rng, generation, limits)
    if kind == "dump":
        return dump(rng, client)
    if kind == "disorder" or (kind == "batch" and rng.random() < 0.3):
        messages = disorder(rng, messages)
    messages = [(E["GWS_CMD_" + cmd], b"".join(attrs)) for cmd, attrs in messages]
    if kind == "batch":
        batch(client, messages)
        return True
    victim = rng.randrange(len(messages))
    for n, (number, data) in enumerate(messages):
        number, data = distort(rng, kind, number, data, n == victim)
        begins = number == E["GWS_CMD_BEGIN"]
        if kind == "truncated" and n == victim:
            truncated(rng, client, number, data)
        elif client.tell(kind, number, data) and begins and rng.random() < 0.8:
            break
        if rng.random() < 0.02:
            break
    # What is left open is in the way of others until the socket goes.
    return rng.random() > 0.3


class Talkers:
    """Sockets of one process, and how they were answered, by kind."""

    def __init__(self, rng, sockets, taken, kinds=KINDS, odds=ODD):
        self.rng = rng
        self.kinds = kinds
        self.odds = odds
        self.answers = collections.defaultdict(collections.Counter)
        self.taken = taken
        self.clients = [self.client() for _ in range(sockets)]

    def client(self):
        return Client(self.answers, self.taken)

    def renew(self, n):
        """What that socket has left open goes."""
        self.clients[n].sock.close()
        self.clients[n] = self.client()

    def converse(self, generation, limits):
        n = self.rng.randrange(len(self.clients))
        kind = self.rng.choices(list(self.kinds), self.kinds.values())[0]
        self.rng.odd = self.rng.choice(self.odds)
        if not converse(self.rng, self.clients[n], kind, generation, limits):
            self.renew(n)
