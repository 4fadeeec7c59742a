# SPDX-License-Identifier: MIT
"""Transactions, and what is asked outside of them, for nlfuzz.py."""
import socket
import struct

from nl_header import FLAGS
from nl_table import table
from program import E, attr, bind, nest, split, string, u8, u16, u32, u64

# Of those that each connection goes by
CLIENT_LIMITS = ["head_timeout", "idle_timeout", "response_timeout",
                 "stall_timeout", "body_rate", "read_rate", "tunnel_timeout"]
CLIENT_FLAGS = [bit for name, bit in FLAGS.items() if "CLIENT" in name]
# A listener keeps its names as long as it is there; the first has those that
# program.py gives it.
SECTIONS = {1: "http", 2: "more", 3: "other"}
HOSTNAMES = {1: "", 2: "a.b", 3: "*.b"}
MESSAGE_MAX = 40000


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET,
                            text)


def network(rng, kind):
    what, bits = rng.mostly(
        rng.choice([("10.0.0.0", 8), ("192.0.2.2", 32), ("0.0.0.0", 0),
                    ("2001:db8::", 32), ("::", 0)]),
        ("10.0.0.1", 8), ("10.0.0.0", 33), ("::", 129), ("::1", 127))
    return nest(kind, attr("GWS_A_NET_ADDR",
                           rng.mostly(address(what), b"", bytes(7))),
                u8("GWS_A_NET_BITS", bits))


def limit(rng, kind, limits, name):
    """What it is anyway, or one less: who is sane harms nobody by it."""
    return nest(kind, string("GWS_A_LIM_NAME",
                             rng.mostly(name, "", "none", "x" * 64)),
                u64("GWS_A_LIM_VALUE",
                    rng.mostly(limits[name] - rng.choice([0, 1]), 0, 1,
                               2**64 - 1)))


def client(rng, limits):
    flags = rng.choice([0, *CLIENT_FLAGS, sum(CLIENT_FLAGS)])
    proxy = flags & FLAGS["GWS_CLIENT_F_PROXY"]
    return nest("GWS_A_CLIENT",
                *rng.maybe(0.9 if flags else 0.1,
                           u32("GWS_A_CLIENT_FLAGS",
                               rng.mostly(flags, 8, 2**32 - 1))),
                *[network(rng, "GWS_A_CLIENT_SENDER") for _ in range(
                    rng.mostly(rng.randint(0, 2) if proxy else 0, 1, 257))],
                *[network(rng, "GWS_A_CLIENT_TRUSTED") for _ in range(
                    rng.mostly(rng.randint(0, 2), 257))],
                *[limit(rng, "GWS_A_CLIENT_LIMIT", limits,
                        rng.mostly(name, "connections"))
                  for name in rng.sample(CLIENT_LIMITS, rng.randint(0, 3))])


def binds(rng, number, shared):
    """Of the listener's own; one that all may have if they agree on clients."""
    words = ["nodeport@%d" % (30730 + number), "host@%d" % (8098 + number),
             "address=203.0.113.%d@80" % (8 + number),
             "address=2001:db8:9::%x@80" % (8 + number),
             "host=192.0.2.1@%d" % (9000 + number)]
    words = rng.sample(words, rng.randint(0, len(words)))
    words += rng.maybe(0.3 * shared, "nodeport@30740")
    words += rng.mostly([], words[:1], ["nodeport=10.1.0.1@1"], ["address@2"],
                        ["nodeport@0"], ["address=127.0.0.1@3"],
                        ["host=::ffff:10.1.0.1@4"])
    return [bind(*split(word)) for word in words]


def listener(rng, number, limits):
    """What there is once of it, and its items."""
    clients = rng.maybe(0.5, client(rng, limits))
    # Of ListenerSets
    names = [string("GWS_A_SET_NAMESPACE", rng.mostly("set", "")),
             string("GWS_A_SET", rng.mostly("one", "."))]
    hostname = string("GWS_A_HOSTNAME", rng.mostly(
        HOSTNAMES[number], "", "*", ".", "A.b"))
    return [string("GWS_A_NAMESPACE", rng.mostly("default", "", "x" * 63)),
            string("GWS_A_GATEWAY", rng.mostly("case", "", "x" * 253)),
            string("GWS_A_SECTION", rng.mostly(SECTIONS[number], "http", "")),
            *(names if number == 3 else rng.mostly([], names, names[:1])),
            u8("GWS_A_PROTOCOL", rng.mostly(E["GWS_PROTOCOL_HTTP"], 0, 2)),
            u16("GWS_A_PORT", rng.mostly(80, 0, 65535)),
            *(rng.maybe(0.5, hostname) if number == 1 else [hostname]),
            *rng.maybe(0.5, u64("GWS_A_DIGEST", rng.getrandbits(64))),
            *clients], binds(rng, number, not clients)


def endpoint(rng):
    where = rng.mostly(
        rng.choice(["10.1.0.%d", "fd00:1::%x"]) % rng.randint(1, 254),
        "127.0.0.1", "::ffff:10.1.0.2", "224.0.0.1", "fe80::1", "203.0.113.9")
    return nest("GWS_A_ENDPOINT",
                attr("GWS_A_EP_ADDR", rng.mostly(address(where), bytes(7))),
                u16("GWS_A_EP_PORT", rng.mostly(8080, 0, 80)),
                *rng.maybe(0.8, u32("GWS_A_EP_FLAGS",
                                    rng.mostly(rng.randint(0, 3), 4))))


def cluster(rng):
    """What there is once of it, and its items."""
    return [string("GWS_A_NAME", rng.mostly("default/case:80", "", "a\tb")),
            u8("GWS_A_PROTOCOL", rng.mostly(E["GWS_PROTOCOL_HTTP"], 0)),
            *rng.maybe(0.5, u64("GWS_A_DIGEST", rng.getrandbits(64)))], [
                endpoint(rng) for _ in range(rng.choice([0, 1, 2, 30]))]


def put(rng, kind, number, scalars, items):
    """The messages of an object; of some the end comes later."""
    at = rng.choice([len(items), rng.randint(0, len(items))])
    ident = u32("GWS_A_ID", rng.mostly(number, 0, 4))
    messages = [("PUT_" + kind, [ident,
                                 *rng.maybe(0.2, u32("GWS_A_FLAGS", 0)),
                                 *scalars, *items[:at]])]
    if at < len(items):
        flags = rng.mostly(FLAGS["GWS_F_APPEND"], 0, 3)
        messages.append(("PUT_" + kind, [ident, u32("GWS_A_FLAGS", flags),
                                         *rng.mostly([], scalars),
                                         *items[at:]]))
    return messages


def deletions(rng, number):
    """Of something that this transaction brings, or of what may be there."""
    if rng.random() < 0.5:
        return [*put(rng, "CLUSTER", 9, *cluster(rng)),
                ("DEL_CLUSTER", [u32("GWS_A_ID", rng.mostly(9, 0, 8))])]
    ident = u32("GWS_A_ID", rng.choice([number, rng.randint(1, 3)]))
    return [("DEL_" + kind, [ident]) for kind in rng.choice(
        [["TABLE"], ["CLUSTER"], ["TABLE", "LISTENER"]])]


def transaction(rng, generation, limits):
    number, clusters = rng.randint(1, 3), rng.sample([1, 2, 3], 2)
    middle = [message for n in clusters
              for message in put(rng, "CLUSTER", n, *cluster(rng))]
    middle += put(rng, "LISTENER", number, *listener(rng, number, limits))
    middle += put(rng, "TABLE", number, *table(rng, number, clusters))
    if rng.random() < 0.5:
        middle += deletions(rng, number)
    return [("BEGIN", [u64("GWS_A_GENERATION", rng.mostly(generation, 0))]),
            *middle, (rng.choice(["COMMIT"] * 9 + ["ABORT"]), [])]


def tested(rng):
    """A question what would become of a request."""
    head = rng.mostly(
        rng.choice([b"GET /a HTTP/1.1\r\nHost: a.b\r\nx-a: 1\r\n\r\n",
                    b"PUT /a?x-a=1 HTTP/1.1\r\nHost: c.b\r\n\r\n",
                    b"OPTIONS / HTTP/1.1\r\nHost: a.b\r\nOrigin: http://a.b\r\n"
                    b"Access-Control-Request-Method: PUT\r\n\r\n",
                    b"GET / HTTP/9.9\r\n\r\n"]),
        b"", b"GET / HTTP/1.1\r\n", b"G" * 17000)
    where = rng.choice(["127.0.0.1@30731", "203.0.113.9@80", "::1@30732"])
    _, ip, port = split("nodeport=" + where)
    return [nest("GWS_A_BIND",
                 attr("GWS_A_BIND_ADDR",
                      rng.mostly(ip, b"", bytes(16), bytes(7))),
                 u16("GWS_A_BIND_PORT", rng.mostly(port, 1, 0))),
            attr("GWS_A_REQUEST", head)]


def others(rng, limits):
    return [*[("SET_LIMIT", [limit(rng, "GWS_A_LIMIT", limits, name)])
              for name in rng.sample(list(limits), 6)],
            ("SUBSCRIBE_LOG", []), ("GET_INFO", [])]


def whole(rng, generation, limits):
    """Commands and their attributes, as somebody might want them."""
    if rng.random() < 0.1:
        return [("TEST_ROUTE", tested(rng)) for _ in range(3)]
    if rng.random() < 0.1:
        return others(rng, limits)
    while True:
        try:
            messages = transaction(rng, generation, limits)
        except struct.error:
            # An attribute of more than 64 KiB
            continue
        if all(sum(map(len, attrs)) < MESSAGE_MAX for _, attrs in messages):
            return messages
