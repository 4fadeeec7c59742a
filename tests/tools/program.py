#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Programs the module directly, without the daemon, for cases about packets.

Usage: program.py [WORD...] [KIND[=ADDRESS]@PORT...] [endpoint=ADDRESS@PORT...]
       KIND: nodeport, address, host; without ADDRESS: every local address
       WORD: keep: the endpoints stay what they were
             rules=N: so many rules instead of one
             backends=N: so many of each rule, with weights 1, 2, 3 ...
       program.py limit NAME VALUE
       program.py overtake: dumps the tables, with a commit in the middle of
             it; prints whether the dump says that it was interrupted

One listener with these binds, whatever it had before; every request goes to
the endpoints.  Attribute numbers come from the UAPI header.
"""
import contextlib
import os
import re
import socket
import struct
import sys
import time

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../include/uapi/linux/gwsteer.h")
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 1, 4, 0x10, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
NLA_F_NESTED = 0x8000


def read_header():
    """All enumerators of the header; the enums count up from 0."""
    text = re.sub(r"/\*.*?\*/", "", open(HEADER).read(), flags=re.S)
    values = {}
    for body in re.findall(r"enum \w+ \{(.*?)\}", text, flags=re.S):
        names = [name.strip() for name in body.split(",") if name.strip()]
        values.update({name: n for n, name in enumerate(names)})
    return values


E = read_header()


def attr(name, value):
    kind = name if isinstance(name, int) else E[name]
    data = struct.pack("=HH", len(value) + 4, kind) + value
    return data + b"\0" * (-len(data) % 4)


def u8(name, value):
    return attr(name, struct.pack("=B", value))


def u16(name, value):
    return attr(name, struct.pack("=H", value))


def u32(name, value):
    return attr(name, struct.pack("=I", value))


def u64(name, value):
    return attr(name, struct.pack("=Q", value))


def string(name, value):
    return attr(name, value.encode() + b"\0")


def nest(name, *attrs):
    return attr(E[name] | NLA_F_NESTED, b"".join(attrs))


def items(data):
    """Number and value of each attribute."""
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3fff, data[at + 4:at + size]
        at += (size + 3) & ~3


def parse(data):
    attrs = {}
    for kind, value in items(data):
        attrs.setdefault(kind, value)
    return attrs


class Family:
    """A generic netlink socket and the family's number."""

    ids = {}

    def __init__(self, name):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(60)
        # Refusals come with their text.
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.id = GENL_ID_CTRL
        # Around each call into the kernel: faults.py lets allocations fail there.
        self.guard = contextlib.nullcontext()
        if name not in self.ids:
            self.ids[name] = self.ask_id(name)
        self.id = self.ids[name]

    def ask_id(self, name):
        reply = self.call(CTRL_CMD_GETFAMILY,
                          attr(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0"))
        return struct.unpack("=H", reply[CTRL_ATTR_FAMILY_ID][:2])[0]

    def send(self, cmd, flags, attrs):
        body = struct.pack("=BBH", cmd, 1, 0) + b"".join(attrs)
        message = struct.pack("=IHHII", len(body) + 16, self.id,
                              NLM_F_REQUEST | flags, 1, 0) + body
        with self.guard:
            self.sock.send(message)
        return body

    def recv(self):
        with self.guard:
            return self.sock.recv(1 << 16)

    def dump(self, cmd, decode=parse):
        """Yields flags and attributes of each message; the last has none."""
        self.send(cmd, NLM_F_DUMP, ())
        kind = None
        while kind != NLMSG_DONE:
            data = self.recv()
            while data:
                size, kind, flags = struct.unpack_from("=IHH", data)
                if kind == NLMSG_ERROR:
                    error = -struct.unpack_from("=i", data, 16)[0]
                    raise OSError(error, "command %d: %s" % (
                        cmd, os.strerror(error)))
                yield flags, decode(data[20:size]) if kind == self.id else {}
                data = data[(size + 3) & ~3:]

    def call(self, cmd, *attrs):
        """The reply's attributes; raises OSError."""
        body = self.send(cmd, NLM_F_ACK, attrs)
        reply = {}
        while True:
            data = self.recv()
            while data:
                size, kind = struct.unpack_from("=IH", data)
                message, data = data[16:size], data[(size + 3) & ~3:]
                if kind != NLMSG_ERROR:
                    reply = parse(message[4:])
                    continue
                error = -struct.unpack_from("=i", message)[0]
                if error:
                    raise OSError(error, "command %d: %s %r" % (
                        cmd, os.strerror(error), message[20 + len(body):]))
                return reply


def split(word):
    what, port = word.rsplit("@", 1)
    kind, _, address = what.partition("=")
    if not address:
        return kind, b"", int(port)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return kind, socket.inet_pton(family, address), int(port)


def bind(kind, address, port):
    return nest("GWS_A_BIND",
                attr("GWS_A_BIND_ADDR", address) if address else b"",
                u16("GWS_A_BIND_PORT", port),
                u8("GWS_A_BIND_KIND", E["GWS_BIND_" + kind.upper()]))


def endpoint(address, port):
    return nest("GWS_A_ENDPOINT", attr("GWS_A_EP_ADDR", address),
                u16("GWS_A_EP_PORT", port), u32("GWS_A_EP_FLAGS", 1))


def backend(weight, *more):
    return nest("GWS_A_RULE_BACKEND", u32("GWS_A_BACKEND_CLUSTER", 1),
                u32("GWS_A_BACKEND_WEIGHT", weight),
                string("GWS_A_BACKEND_NAME", "default/case:80"), *more)


def rule(name, backends=1, *more):
    return nest("GWS_A_RULE", u8("GWS_A_RULE_KIND", E["GWS_ROUTE_HTTP"]),
                string("GWS_A_RULE_NAMESPACE", "default"),
                string("GWS_A_RULE_ROUTE", "case"),
                string("GWS_A_RULE_NAME", str(name)),
                *[backend(n + 1) for n in range(backends)], *more)


def match(number, path):
    return nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", number),
                u8("GWS_A_MATCH_PATH_KIND", E["GWS_PATH_PREFIX"]),
                string("GWS_A_MATCH_PATH", path))


def put_table(family, rules, backends, more, at_once):
    """The last rule is for everything; the others come before it, and so does what
    @more has besides."""
    head = [u32("GWS_A_ID", 1)]
    scalars = [u32("GWS_A_LISTENER", 1), string("GWS_A_HOSTNAME", "")]
    items = [rule(n, backends) for n in range(rules)] + more(rules)
    items += [match(n, "/%05d" % n) for n in range(rules - 1)]
    items.append(match(rules - 1, "/"))
    for at in range(0, len(items), at_once):
        family.call(E["GWS_CMD_PUT_TABLE"], *head, *scalars,
                    *items[at:at + at_once])
        scalars = [u32("GWS_A_FLAGS", 1)]


def generation_of(family):
    info = family.call(E["GWS_CMD_GET_INFO"])
    return struct.unpack("=Q", info[E["GWS_A_GENERATION"]])[0]


def memory():
    """What the configuration takes, in octets."""
    info = Family("gwsteer").call(E["GWS_CMD_GET_INFO"])
    return struct.unpack("=Q", info[E["GWS_A_MEMORY"]][:8])[0]


def settled_memory():
    """The same, once what was replaced is freed: after a grace period or two."""
    now, before = memory(), None
    while now != before:
        time.sleep(0.5)
        now, before = memory(), now
    return now


def begin(family):
    family.call(E["GWS_CMD_BEGIN"],
                u64("GWS_A_GENERATION", generation_of(family)))


def program(family, words, client=b"", more=lambda first: [], at_once=100):
    """@client: a GWS_A_CLIENT of the listener.  @more: further rules, of which the
    first one has that index, and what goes with them (features.py).  @at_once: parts
    of the table in one message."""
    count = {w.split("=")[0]: int(w.split("=")[1]) for w in words
             if w.startswith(("rules=", "backends="))}
    http = u8("GWS_A_PROTOCOL", E["GWS_PROTOCOL_HTTP"])
    keep = "keep" in words
    words = [split(word) for word in words if "@" in word]
    begin(family)
    if not keep:
        family.call(E["GWS_CMD_PUT_CLUSTER"], u32("GWS_A_ID", 1),
                    string("GWS_A_NAME", "default/case:80"), http,
                    *[endpoint(a, p) for k, a, p in words if k == "endpoint"])
    family.call(E["GWS_CMD_PUT_LISTENER"], u32("GWS_A_ID", 1),
                string("GWS_A_NAMESPACE", "default"),
                string("GWS_A_GATEWAY", "case"),
                string("GWS_A_SECTION", "http"), http, u16("GWS_A_PORT", 80),
                string("GWS_A_HOSTNAME", ""),
                *[bind(*w) for w in words if w[0] != "endpoint"], client)
    put_table(family, count.get("rules", 1), count.get("backends", 1), more,
              at_once)
    family.call(E["GWS_CMD_COMMIT"])


def overtake(family):
    other = Family("gwsteer")

    def commit():
        begin(other)
        other.call(E["GWS_CMD_COMMIT"])

    for what in (lambda: None, commit):
        flags = 0
        for n, (more, _) in enumerate(family.dump(E["GWS_CMD_GET_TABLE"])):
            if n == 0:
                what()
            flags |= more
        print("interrupted" if flags & NLM_F_DUMP_INTR else "whole")


def main(argv):
    family = Family("gwsteer")
    if argv[:1] == ["limit"]:
        family.call(E["GWS_CMD_SET_LIMIT"],
                    nest("GWS_A_LIMIT", string("GWS_A_LIM_NAME", argv[1]),
                         u64("GWS_A_LIM_VALUE", int(argv[2]))))
    elif argv == ["overtake"]:
        overtake(family)
    else:
        program(family, argv)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit("program.py: %s" % error)
