#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Speaks the module's netlink family as a hostile or broken client would.

Usage: nlfuzz.py SECONDS [SEED]
       nlfuzz.py denied        which commands an unprivileged process may give

Whole transactions, valid or with mistakes in their structure (lengths, types,
nesting, order, repetition, truncation), over several sockets that open and
close at any time.  Every message that asks for an answer must get one, and after
each round a valid configuration must still be taken.  Prints how many messages
there were and how they were answered; the seed makes a run repeatable.
"""
import collections
import ctypes
import errno
import os
import random
import socket
import struct
import sys
import time

from program import (E, Family, NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR,
                     begin, bind, endpoint, generation_of, match, nest, program,
                     rule, split, string, u8, u16, u32, u64)

SOCKETS = 4
ROUND = 200
VALID = ["nodeport@30731", "address=203.0.113.9@80", "endpoint=10.1.0.2@8080"]
CHANGES = ["SET_LIMIT", "BEGIN", "PUT_LISTENER", "PUT_TABLE", "PUT_CLUSTER",
           "DEL_LISTENER", "DEL_TABLE", "DEL_CLUSTER", "COMMIT", "ABORT"]
DUMPS = ["GET_LISTENER", "GET_TABLE", "GET_CLUSTER", "GET_STATS"]
NASTY = [0, 1, 2, 3, 4, 5, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff]


def listener(rng):
    return [u32("GWS_A_ID", rng.randint(0, 3)),
            string("GWS_A_NAMESPACE", "default"),
            string("GWS_A_GATEWAY", rng.choice(["case", "", "x" * 253])),
            string("GWS_A_SECTION", "http"),
            u8("GWS_A_PROTOCOL", E["GWS_PROTOCOL_HTTP"]),
            u16("GWS_A_PORT", rng.choice([0, 80, 65535])),
            string("GWS_A_HOSTNAME", rng.choice(["", "a.b", "*.b", "*", "."])),
            *[bind(*split(word)) for word in
              rng.sample(["nodeport@30731", "address=203.0.113.9@80",
                          "host@8099", "address=2001:db8:9::9@80"],
                         rng.randint(0, 4))]]


def cluster(rng):
    return [u32("GWS_A_ID", rng.randint(0, 3)),
            string("GWS_A_NAME", "default/case:80"),
            u8("GWS_A_PROTOCOL", E["GWS_PROTOCOL_HTTP"]),
            *[endpoint(socket.inet_aton("10.1.0.%d" % rng.randint(1, 254)),
                       8080) for _ in range(rng.choice([0, 1, 2, 30]))]]


def header(rng):
    return nest("GWS_A_MATCH_HEADER",
                string("GWS_A_HDR_NAME", rng.choice(["x-a", "", "x y"])),
                string("GWS_A_HDR_VALUE", rng.choice(["", "1", "v" * 4096])))


def table(rng):
    rules = rng.randint(0, 3)
    return [u32("GWS_A_ID", rng.randint(0, 3)),
            u32("GWS_A_LISTENER", rng.randint(0, 3)),
            string("GWS_A_HOSTNAME", rng.choice(["", "a.b", "*.b"])),
            *[rule(n) for n in range(rules)],
            *[match(rng.randint(0, 3), rng.choice(["/", "/a", "", "a", "//"]))
              for _ in range(rng.randint(0, 4))],
            *([nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", 0), header(rng))]
              if rng.random() < 0.3 else [])]


def whole(rng, generation):
    """A transaction: commands and their attributes, most of them sensible."""
    if rng.random() < 0.2:
        return [("SET_LIMIT", [nest("GWS_A_LIMIT",
                                    string("GWS_A_LIM_NAME", "idle_timeout"),
                                    u64("GWS_A_LIM_VALUE",
                                        rng.choice([0, 60000, 2**64 - 1])))])]
    middle = [("PUT_CLUSTER", cluster(rng)), ("PUT_LISTENER", listener(rng)),
              ("PUT_TABLE", table(rng))]
    middle += [("DEL_" + rng.choice(["LISTENER", "TABLE", "CLUSTER"]),
                [u32("GWS_A_ID", rng.randint(0, 3))])
               for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.3:
        rng.shuffle(middle)
    return [("BEGIN", [u64("GWS_A_GENERATION", generation)]), *middle,
            (rng.choice(["COMMIT", "COMMIT", "ABORT"]), [])]


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


class Client(Family):
    """One that counts how it is answered."""

    def __init__(self, answers):
        super().__init__("gwsteer")
        self.sock.settimeout(10)
        self.answers = answers

    def tell(self, cmd, flags, data):
        """Sends it, reads until its end or error; the errno, 0 for none."""
        self.send(cmd, NLM_F_ACK | flags, [data])
        while True:
            got = self.sock.recv(1 << 17)
            while len(got) >= 16:
                size, kind = struct.unpack_from("=IH", got)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    error = -struct.unpack_from("=i", got, 16)[0]
                    self.answers[errno.errorcode.get(error, "done")] += 1
                    return error
                got = got[(size + 3) & ~3:]


def fuzz_round(rng, answers):
    clients = [Client(answers) for _ in range(SOCKETS)]
    plan = {c: [] for c in clients}
    for _ in range(ROUND):
        client = rng.choice(clients)
        if rng.random() < 0.02:
            clients.remove(client)
            client.sock.close()
            client = Client(answers)
            clients.append(client)
            plan[client] = []
        if not plan[client]:
            plan[client] = whole(rng, generation_of(Family("gwsteer")))
        cmd, attrs = plan[client].pop(0)
        number, data, flags = E["GWS_CMD_" + cmd], b"".join(attrs), 0
        if rng.random() < 0.1:
            number, flags = E["GWS_CMD_" + rng.choice(DUMPS)], NLM_F_DUMP
        elif rng.random() < 0.02:
            number = rng.randrange(256)
        for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
            data = mutate(rng, data)
        client.tell(number, flags, data)
    for client in clients:
        client.sock.close()


def ids_of(family, kind):
    """All identifiers of the objects of that kind that the kernel has."""
    return {struct.unpack("=I", attrs[E["GWS_A_ID"]][:4])[0]
            for _, attrs in family.dump(E["GWS_CMD_GET_" + kind]) if attrs}


def clear():
    """Removes what the round has brought in, tables first: they name others."""
    family = Family("gwsteer")
    begin(family)
    for kind in "TABLE", "LISTENER", "CLUSTER":
        for ident in ids_of(Family("gwsteer"), kind):
            family.call(E["GWS_CMD_DEL_" + kind], u32("GWS_A_ID", ident))
    family.call(E["GWS_CMD_COMMIT"])
    family.sock.close()


def fuzz(seconds, seed):
    rng, answers = random.Random(seed), collections.Counter()
    end, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        fuzz_round(rng, answers)
        clear()
        program(Family("gwsteer"), VALID)
        rounds += 1
    print("seed %d: %d rounds, %d messages: %s" % (
        seed, rounds, sum(answers.values()),
        " ".join("%s=%d" % item for item in sorted(answers.items()))))


def denied():
    """The commands that are not refused with EPERM, here and as nobody else."""
    for what in "nobody", "user namespace":
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            continue
        if what == "nobody":
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        elif ctypes.CDLL(None).unshare(0x10000000 | 0x40000000):
            sys.exit("no user namespace")
        client = Client(collections.Counter())
        allowed = [name for name in CHANGES if
                   client.tell(E["GWS_CMD_" + name], 0, b"") != errno.EPERM]
        print("%s: %s" % (what, " ".join(allowed) or "none"))
        sys.stdout.flush()
        os._exit(0)


if sys.argv[1] == "denied":
    denied()
else:
    fuzz(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else
         random.SystemRandom().randrange(1 << 32))
