#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Speaks the module's netlink family as a hostile or broken client would.

Usage: nlfuzz.py SECONDS [SEED]
       nlfuzz.py denied        which commands an unprivileged process may give

Several processes at once, each with several sockets that open and close at any
time, send transactions of these kinds:

    valid       in order, and most of them sensible
    disorder    the same messages shuffled, repeated and left out
    mutated     mistakes in the structure of attributes
    truncated   cut short, with and without a length that says so
    batch       all of it in one datagram
    command     any number for a command, with any attributes
    dump        among them some that nobody reads to the end
    nobody, userns, netns
                all of it from a process without privilege, from the root of a user
                namespace, and from one with a network namespace of its own too

Every message that asks for an answer must get one, those of the last three must
be refused, and after each round a valid configuration must still be taken, and
take as much memory as before.  Prints how many messages of each kind there were
and how they were answered; a seed repeats what is sent, but not when.
"""
import collections
import ctypes
import errno
import json
import os
import random
import socket
import struct
import sys
import time

from program import (E, Family, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST,
                     NLMSG_DONE, NLMSG_ERROR, SOL_NETLINK, attr, begin, bind,
                     endpoint, generation_of, match, nest, program, rule,
                     settled_memory, split, string, u8, u16, u32, u64)

NETLINK_CAP_ACK = 10
SOCKETS = 3
ROUND = 60
INSIDERS = 3
OUTSIDERS = ["nobody", "userns", "netns"]
# Before anybody asks who it is: no such command, shorter than its header
REFUSED = {"EPERM", "ENOTSUP", "EINVAL", "sent", "left"}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
KINDS = {"valid": 25, "disorder": 15, "mutated": 30, "truncated": 12,
         "batch": 8, "command": 5, "dump": 10}
VALID = ["nodeport@30731", "address=203.0.113.9@80", "endpoint=10.1.0.2@8080"]
CHANGES = ["SET_LIMIT", "BEGIN", "PUT_LISTENER", "PUT_TABLE", "PUT_CLUSTER",
           "DEL_LISTENER", "DEL_TABLE", "DEL_CLUSTER", "COMMIT", "ABORT",
           "TEST_ROUTE", "SUBSCRIBE_LOG"]
DUMPS = ["GET_LISTENER", "GET_TABLE", "GET_CLUSTER", "GET_STATS",
         "GET_CONNECTION"]
NASTY = [0, 1, 2, 3, 4, 5, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff]


def mostly(rng, sane, *others):
    return sane if rng.random() < 0.9 else rng.choice(others)


def listener(rng):
    return [u32("GWS_A_ID", rng.randint(1, 3)),
            string("GWS_A_NAMESPACE", "default"),
            string("GWS_A_GATEWAY", mostly(rng, "case", "", "x" * 253)),
            string("GWS_A_SECTION", rng.choice(["http", "more", "other"])),
            u8("GWS_A_PROTOCOL", E["GWS_PROTOCOL_HTTP"]),
            u16("GWS_A_PORT", mostly(rng, 80, 0, 65535)),
            string("GWS_A_HOSTNAME", mostly(rng, rng.choice(["", "a.b", "*.b"]),
                                            "*", ".")),
            *[bind(*split(word)) for word in
              rng.sample(["nodeport@30731", "address=203.0.113.9@80",
                          "host@8099", "address=2001:db8:9::9@80"],
                         rng.randint(0, 4))]]


def cluster(rng):
    return [u32("GWS_A_ID", rng.randint(1, 3)),
            string("GWS_A_NAME", mostly(rng, "default/case:80", "", "x")),
            u8("GWS_A_PROTOCOL", E["GWS_PROTOCOL_HTTP"]),
            *[endpoint(socket.inet_aton("10.1.0.%d" % rng.randint(1, 254)),
                       8080) for _ in range(rng.choice([0, 1, 2, 30]))]]


def pair(rng, kind):
    return nest(kind,
                string("GWS_A_HDR_NAME", mostly(rng, "x-a", "", "x y")),
                string("GWS_A_HDR_VALUE", rng.choice(["", "1", "v" * 1024])))


def conditions(rng):
    """Of a match; the kernel has room for 16 headers and 16 queries."""
    return [*[pair(rng, "GWS_A_MATCH_HEADER")
              for _ in range(mostly(rng, 1, 0, 16, 17))],
            *[pair(rng, "GWS_A_MATCH_QUERY")
              for _ in range(mostly(rng, 1, 0, 16, 17))],
            string("GWS_A_MATCH_METHOD", mostly(rng, "PUT", "", "P T"))]


def automaton(rng):
    """A struct gws_dfa of two states, or of numbers that do not fit."""
    states, classes = mostly(rng, 2, 0, 3, 65535), mostly(rng, 1, 0, 2, 257)
    return (struct.pack("=HHHH", states, classes, mostly(rng, 1, 0, 2, 9),
                        mostly(rng, 1, 0, 2, 9)) +
            bytes([mostly(rng, 0, 1)] * 256) +
            struct.pack("=HH", 0, mostly(rng, 1, 2, 65535)))


def regex(rng):
    return nest("GWS_A_REGEX", string("GWS_A_REGEX_TEXT", ".*"),
                attr("GWS_A_REGEX_DFA", automaton(rng)))


def by_regex(rng):
    """Matches that name the one that there is, or none."""
    index = mostly(rng, 0, 1, 2**32 - 1)
    return [nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", 0),
                 u8("GWS_A_MATCH_PATH_KIND", E["GWS_PATH_REGEX"]),
                 u32("GWS_A_MATCH_PATH_REGEX", index)),
            nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", 0),
                 nest("GWS_A_MATCH_HEADER", string("GWS_A_HDR_NAME", "x"),
                      u32("GWS_A_HDR_REGEX", index)))]


def table(rng):
    rules = rng.randint(1, 3)
    return [u32("GWS_A_ID", rng.randint(1, 3)),
            u32("GWS_A_LISTENER", rng.randint(1, 3)),
            string("GWS_A_HOSTNAME", rng.choice(["", "a.b", "*.b"])),
            *[rule(n, rng.choice([0, 1, 2])) for n in range(rules)],
            *[match(rng.randrange(rules), mostly(rng, "/a", "", "a", "//"))
              for _ in range(rng.randint(0, 4))],
            *([regex(rng), *by_regex(rng)] if rng.random() < 0.3 else []),
            *([nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", 0),
                    *conditions(rng))]
              if rng.random() < 0.3 else [])]


def limit(rng):
    return [nest("GWS_A_LIMIT", string("GWS_A_LIM_NAME", "idle_timeout"),
                 u64("GWS_A_LIM_VALUE",
                     mostly(rng, 60000, 0, 2**64 - 1)))]


def tested(rng):
    """A question what would become of a request."""
    head = mostly(rng, b"GET /a HTTP/1.1\r\nHost: a.b\r\nx-a: 1\r\n\r\n", b"",
                  b"GET / HTTP/1.1\r\n", b"GET / HTTP/9.9\r\n\r\n",
                  b"G" * 17000)
    return [nest("GWS_A_BIND",
                 attr("GWS_A_BIND_ADDR",
                      mostly(rng, socket.inet_aton("127.0.0.1"), b"",
                             bytes(16), bytes(7))),
                 u16("GWS_A_BIND_PORT", mostly(rng, 30731, 1))),
            attr("GWS_A_REQUEST", head)]


def whole(rng, generation):
    """A transaction: commands and their attributes, most of them sensible."""
    if rng.random() < 0.1:
        return [("TEST_ROUTE", tested(rng))]
    if rng.random() < 0.1:
        return [("SET_LIMIT", limit(rng)), ("SUBSCRIBE_LOG", [])]
    middle = [("PUT_CLUSTER", cluster(rng)), ("PUT_LISTENER", listener(rng)),
              ("PUT_TABLE", table(rng))]
    middle += [("DEL_" + rng.choice(["LISTENER", "TABLE", "CLUSTER"]),
                [u32("GWS_A_ID", rng.randint(1, 3))])
               for _ in range(rng.choice([0, 0, 1, 2]))]
    return [("BEGIN", [u64("GWS_A_GENERATION", generation)]), *middle,
            (mostly(rng, "COMMIT", "ABORT"), [])]


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

    def __init__(self, answers):
        super().__init__("gwsteer")
        # An error that repeats a message of 64 KiB fills the queue of a batch,
        # and what comes after it is lost (ENOBUFS).
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.answers = answers
        self.seq = 1

    def message(self, number, data, flags=0):
        self.seq += 1
        return struct.pack("=IHHIIBBH", len(data) + 20, self.id,
                           NLM_F_REQUEST | NLM_F_ACK | flags, self.seq, 0,
                           number & 0xff, 1, 0) + data

    def answer(self, kind, seq):
        """Reads until the end or error of that message; counts it."""
        while True:
            got = self.sock.recv(1 << 17)
            while len(got) >= 16:
                size, what, _, number = struct.unpack_from("=IHHI", got)
                if number == seq and what in (NLMSG_ERROR, NLMSG_DONE):
                    error = -struct.unpack_from("=i", got, 16)[0]
                    self.answers[kind][errno.errorcode.get(error, "done")] += 1
                    return error
                got = got[(size + 3) & ~3:]

    def tell(self, kind, number, data, flags=0):
        self.sock.send(self.message(number, data, flags))
        return self.answer(kind, self.seq)


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
    client.tell("truncated", E["GWS_CMD_GET_INFO"], b"")


def batch(rng, client, messages):
    first = client.seq + 1
    client.sock.send(b"".join(
        client.message(E["GWS_CMD_" + cmd], b"".join(attrs))
        for cmd, attrs in messages))
    for seq in range(first, client.seq + 1):
        client.answer("batch", seq)


def dump(rng, client):
    """False: nobody reads it, the socket goes."""
    number = E["GWS_CMD_" + rng.choice(DUMPS)]
    if rng.random() < 0.5:
        client.tell("dump", number, b"", NLM_F_DUMP)
        return True
    client.sock.send(client.message(number, b"", NLM_F_DUMP))
    client.answers["dump"]["left"] += 1
    client.sock.close()
    return False


def converse(rng, client, generation):
    """Some messages of one kind; false when the socket is closed."""
    kind = rng.choices(list(KINDS), KINDS.values())[0]
    messages = whole(rng, generation)
    if kind == "dump":
        return dump(rng, client)
    if kind == "disorder" or (kind == "batch" and rng.random() < 0.3):
        messages = disorder(rng, messages)
    if kind == "batch":
        batch(rng, client, messages)
        return True
    victim = rng.randrange(len(messages))
    for n, (cmd, attrs) in enumerate(messages):
        number, data = E["GWS_CMD_" + cmd], b"".join(attrs)
        if kind == "mutated" and n == victim:
            for _ in range(rng.choice([1, 1, 2, 5])):
                data = mutate(rng, data)
        if kind == "command" and n == victim:
            number = rng.randrange(256)
        if kind == "truncated" and n == victim:
            truncated(rng, client, number, data)
        elif client.tell(kind, number, data) and cmd == "BEGIN" and \
                rng.random() < 0.8:
            break
        if rng.random() < 0.02:
            break
    # What is left open is in the way of others until the socket goes.
    return rng.random() > 0.3


def as_outsider(what):
    if what == "nobody":
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    elif ctypes.CDLL(None).unshare(
            CLONE_NEWUSER | (CLONE_NEWNET if what == "netns" else 0)):
        raise OSError("no user namespace")


def one_process(rng, who, generation):
    """Some conversations; how they were answered, by kind."""
    answers = collections.defaultdict(collections.Counter)
    if who in OUTSIDERS:
        as_outsider(who)
    clients = [Client(answers) for _ in range(SOCKETS)]
    for _ in range(ROUND):
        n = rng.randrange(SOCKETS)
        if who not in OUTSIDERS:
            generation = generation_of(Family("gwsteer"))
        if not converse(rng, clients[n], generation):
            clients[n].sock.close()
            clients[n] = Client(answers)
    if who not in OUTSIDERS:
        return answers
    counts = sum(answers.values(), collections.Counter())
    if set(counts) - REFUSED:
        raise OSError("was answered %s" % " ".join(set(counts) - REFUSED))
    return {who: counts}


def start(seed, who, generation):
    """A process; its number, and where its answers can be read."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    status = 1
    try:
        answers = one_process(random.Random(seed), who, generation)
        os.write(theirs, json.dumps(answers).encode())
        status = 0
    except OSError as error:
        print("%s: %s" % (who, error), file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def finish(processes, answers):
    """Adds up what they were answered; how many of them failed."""
    failed = 0
    for pid, pipe in processes:
        with open(pipe, "rb") as f:
            got = json.loads(f.read() or b"{}")
        for kind, counts in got.items():
            answers[kind].update(counts)
        failed += os.waitpid(pid, 0)[1] != 0
    return failed


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


def restore():
    clear()
    program(Family("gwsteer"), VALID)


def fuzz(seconds, seed):
    rng = random.Random(seed)
    answers = collections.defaultdict(collections.Counter)
    restore()
    held, rounds, failed, commits = settled_memory(), 0, 0, 0
    end = time.monotonic() + seconds
    while (time.monotonic() < end or rounds < 2) and not failed:
        generation = generation_of(Family("gwsteer"))
        failed = finish([start(rng.random(), who, generation)
                         for who in ["insider"] * INSIDERS + OUTSIDERS], answers)
        commits += generation_of(Family("gwsteer")) - generation
        restore()
        rounds += 1
    print("seed %d: %d rounds, %d messages, %d commits" % (
        seed, rounds, sum(sum(c.values()) for c in answers.values()), commits))
    for kind, counts in sorted(answers.items()):
        print("%s: %s" % (kind, " ".join(
            "%s=%d" % item for item in sorted(counts.items()))))
    now = settled_memory()
    if now != held:
        sys.exit("%d octets of configuration, then %d" % (held, now))
    if failed:
        sys.exit("%d processes failed" % failed)


def denied():
    """The commands that are not refused with EPERM, to outsiders."""
    for what in OUTSIDERS:
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            continue
        as_outsider(what)
        client = Client(collections.defaultdict(collections.Counter))
        allowed = [name for name in CHANGES + ["GET_INFO"] if client.tell(
            what, E["GWS_CMD_" + name], b"") != errno.EPERM]
        allowed += [name for name in DUMPS if client.tell(
            what, E["GWS_CMD_" + name], b"", NLM_F_DUMP) != errno.EPERM]
        print("%s: %s" % (what, " ".join(allowed) or "none"), flush=True)
        os._exit(0)


if sys.argv[1] == "denied":
    denied()
else:
    fuzz(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else
         random.SystemRandom().randrange(1 << 32))
