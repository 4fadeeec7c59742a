# SPDX-License-Identifier: MIT
"""Tables: rules, matches and regular expressions, for nlfuzz.py."""
import struct

from nl_filter import filters
from program import E, attr, nest, string, u8, u32, u64


def backend(rng, clusters):
    return nest("GWS_A_RULE_BACKEND",
                u32("GWS_A_BACKEND_CLUSTER",
                    rng.mostly(rng.choice([0, *clusters]), 99)),
                u32("GWS_A_BACKEND_WEIGHT",
                    rng.mostly(rng.choice([0, 1, 80, 1000000]), 1000001)),
                string("GWS_A_BACKEND_NAME",
                       rng.mostly("default/case:80", "", "a\tb")),
                *filters(rng, "GWS_A_BACKEND_FILTER", clusters))


def retry(rng):
    codes = rng.choice([[], [500], [400, 503, 503, 599]])
    codes = struct.pack("=%dH" % len(codes), *codes)
    return nest("GWS_A_RULE_RETRY",
                *rng.mostly([u32("GWS_A_RETRY_ATTEMPTS", rng.mostly(
                    rng.choice([0, 1, 1000]), 1001, 2**32 - 1))], []),
                *rng.maybe(0.5, u32("GWS_A_RETRY_BACKOFF", rng.mostly(
                    rng.choice([0, 25]), 2**31))),
                *rng.maybe(0.5, attr("GWS_A_RETRY_CODES", rng.mostly(
                    codes, codes + b"\1", struct.pack("=HH", 200, 600)))))


def tries(rng):
    whole = rng.mostly(rng.choice([0, 1000, 2**31 - 1]), 2**31)
    each = rng.mostly(rng.choice([0, 1000]), 1001, 2**31)
    return [*rng.maybe(0.4, u32("GWS_A_RULE_TIMEOUT", whole)),
            *rng.maybe(0.4, u32("GWS_A_RULE_TRY_TIMEOUT", each)),
            *rng.maybe(0.4, retry(rng))]


def rule(rng, number, clusters):
    kind = rng.choice(["GWS_ROUTE_HTTP", "GWS_ROUTE_GRPC"])
    return nest("GWS_A_RULE", u8("GWS_A_RULE_KIND",
                                 rng.mostly(E[kind], 0, 3)),
                string("GWS_A_RULE_NAMESPACE",
                       rng.mostly("default", "", "a/b", "x" * 64)),
                string("GWS_A_RULE_ROUTE", rng.mostly("case", "..")),
                string("GWS_A_RULE_NAME", rng.mostly(str(number), "0", "")),
                *[backend(rng, clusters) for _ in range(
                    rng.mostly(rng.randint(0, 3), 16, 17))],
                *tries(rng),
                *filters(rng, "GWS_A_RULE_FILTER", clusters))


def automaton(rng):
    """A struct gws_dfa, or numbers that do not fit. State 0 is never left."""
    states, classes = rng.randint(1, 20), rng.randint(1, 8)
    steps = [0] * classes + [rng.randrange(states)
                             for _ in range((states - 1) * classes)]
    if steps:
        at = rng.randrange(len(steps))
        steps[at] = rng.mostly(steps[at], 1, states, 65535)
    return (struct.pack("=HHHH", rng.mostly(states, 0, states + 1, 65535),
                        rng.mostly(classes, 0, classes + 1, 257),
                        rng.mostly(rng.randrange(states), states),
                        rng.mostly(rng.randint(1, states), 0, states + 1)) +
            bytes([rng.mostly(rng.randrange(classes), classes)
                   for _ in range(256)]) +
            struct.pack("=%dH" % len(steps), *steps) +
            rng.mostly(b"", b"\0"))


def regex(rng):
    return nest("GWS_A_REGEX",
                string("GWS_A_REGEX_TEXT", rng.mostly(".*", "", "x" * 4097)),
                attr("GWS_A_REGEX_DFA", automaton(rng)))


def pair(rng, kind, regexes):
    """A header or query, compared with a value or by a regular expression."""
    value = [string("GWS_A_HDR_VALUE",
                    rng.mostly(rng.choice(["", "1"]), "v" * 1024))]
    index = [u32("GWS_A_HDR_REGEX", rng.mostly(
        rng.randrange(max(regexes, 1)), regexes, 2**32 - 1))]
    if regexes and rng.random() < 0.5:
        value, index = index, value
    return nest(kind, string("GWS_A_HDR_NAME",
                             rng.mostly("x-a", "", "x y")),
                *rng.mostly(value, [], value + index))


def path(rng, regexes):
    kind = rng.choice(["ANY", "EXACT", "PREFIX"] + ["REGEX"] * 2 * bool(regexes))
    number = u8("GWS_A_MATCH_PATH_KIND",
                rng.mostly(E["GWS_PATH_" + kind], 0, 3, 4, 255))
    if kind == "REGEX":
        return [number, u32("GWS_A_MATCH_PATH_REGEX", rng.mostly(
            rng.randrange(regexes), regexes, 2**32 - 1))]
    if kind == "ANY":
        return rng.maybe(0.5, number)
    return [number, string("GWS_A_MATCH_PATH", rng.mostly(
        rng.choice(["/", "/a", "/a/b/"]), "", "a", "//", "/a/.."))]


def match(rng, rules, regexes):
    """The kernel has room for 16 headers and 16 queries."""
    def pairs(kind):
        return [pair(rng, kind, regexes) for _ in range(
            rng.mostly(rng.choice([0, 0, 1, 2]), 16, 17))]

    return nest("GWS_A_MATCH",
                u32("GWS_A_MATCH_RULE",
                    rng.mostly(rng.randrange(rules), rules, 2**32 - 1)),
                *path(rng, regexes), *pairs("GWS_A_MATCH_HEADER"),
                *rng.maybe(0.3, string("GWS_A_MATCH_METHOD",
                                       rng.mostly("PUT", "", "P T", "P" * 25))),
                *pairs("GWS_A_MATCH_QUERY"))


def table(rng, listener, clusters):
    """What there is once of it, and its items."""
    rules, regexes = rng.randint(1, 3), rng.choice([0, 1, 3])
    return [u32("GWS_A_LISTENER", rng.mostly(listener, 0, 4, 99)),
            string("GWS_A_HOSTNAME",
                   rng.mostly(rng.choice(["", "a.b", "*.b"]), "*", "A.b")),
            *rng.maybe(0.5, u64("GWS_A_DIGEST", rng.getrandbits(64)))], [
                *[rule(rng, n, clusters) for n in range(rules)],
                *[regex(rng) for _ in range(regexes)],
                # More than four have an index.
                *[match(rng, rules, regexes)
                  for _ in range(rng.choice([0, 1, 3, 8]))]]
