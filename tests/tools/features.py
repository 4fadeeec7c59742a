# SPDX-License-Identifier: MIT
"""What rules and listeners can have besides backends and binds, one of each, for
program() of program.py.

    /filters      every filter but a redirect, tries, times; a filter of its backend,
                  too.  The backend sees the path without that.
    /redirect     a redirect
    /expression   by regular expressions: of the path, and of the field X-A
"""
import socket
import struct

from program import E, attr, backend, match, nest, rule, string, u8, u16, u32, u64


def pair(kind, name, value):
    return nest(kind, string("GWS_A_HDR_NAME", name),
                string("GWS_A_HDR_VALUE", value))


def filter_of(whose, kind, *parts):
    return nest("GWS_A_%s_FILTER" % whose,
                u8("GWS_A_FILTER_KIND", E["GWS_FILTER_" + kind]), *parts)


def mirror(whose, numerator):
    return filter_of(whose, "MIRROR", u32("GWS_A_FILTER_CLUSTER", 1),
                     string("GWS_A_FILTER_NAME", "default/case:80"),
                     u32("GWS_A_FILTER_NUMERATOR", numerator),
                     u32("GWS_A_FILTER_DENOMINATOR", 1))


def filters():
    yield filter_of("RULE", "REQUEST_HEADERS",
                    pair("GWS_A_FILTER_SET", "X-Set", "1"),
                    pair("GWS_A_FILTER_ADD", "X-Add", "2"),
                    string("GWS_A_FILTER_REMOVE", "X-Gone"))
    yield filter_of("RULE", "RESPONSE_HEADERS",
                    pair("GWS_A_FILTER_SET", "X-Answer", "1"))
    yield filter_of("RULE", "REWRITE", string("GWS_A_FILTER_HOSTNAME", "a.b"),
                    u8("GWS_A_FILTER_REPLACE", E["GWS_REPLACE_PREFIX"]),
                    string("GWS_A_FILTER_PATH", ""),
                    string("GWS_A_FILTER_PREFIX", "/filters"))
    yield filter_of("RULE", "CORS",
                    string("GWS_A_FILTER_ORIGIN", "https://a.example"),
                    string("GWS_A_FILTER_METHOD", "PUT"),
                    string("GWS_A_FILTER_HEADER", "x-a"),
                    string("GWS_A_FILTER_EXPOSE", "x-answer"),
                    u32("GWS_A_FILTER_MAX_AGE", 60))
    yield mirror("RULE", 1)


def redirect():
    return filter_of("RULE", "REDIRECT", string("GWS_A_FILTER_SCHEME", "https"),
                     string("GWS_A_FILTER_HOSTNAME", "a.b"),
                     u16("GWS_A_FILTER_PORT", 8443),
                     u16("GWS_A_FILTER_STATUS", 302),
                     u8("GWS_A_FILTER_REPLACE", E["GWS_REPLACE_FULL"]),
                     string("GWS_A_FILTER_PATH", "/elsewhere"))


def tries():
    """Times of a request, and what is tried again."""
    yield u32("GWS_A_RULE_TIMEOUT", 12000)
    yield u32("GWS_A_RULE_TRY_TIMEOUT", 10000)
    yield nest("GWS_A_RULE_RETRY", u32("GWS_A_RETRY_ATTEMPTS", 1),
               u32("GWS_A_RETRY_BACKOFF", 10),
               attr("GWS_A_RETRY_CODES", struct.pack("=H", 503)))


def automaton(prefix):
    """struct gws_dfa of PREFIX.*: a state for each beginning of the prefix, and one
    for all that follows."""
    letters, last = sorted(set(prefix)), len(prefix) + 1
    classes = {byte: n + 1 for n, byte in enumerate(letters)}
    rows = [[0] * (len(letters) + 1) for _ in range(last)]
    rows.append([last] * (len(letters) + 1))
    for n, byte in enumerate(prefix):
        rows[n + 1][classes[byte]] = n + 2
    steps = sum(rows, [])
    return (struct.pack("=HHHH", len(rows), len(letters) + 1, 1, last) +
            bytes(classes.get(byte, 0) for byte in range(256)) +
            struct.pack("=%dH" % len(steps), *steps))


def regex(prefix):
    return nest("GWS_A_REGEX", string("GWS_A_REGEX_TEXT", prefix + ".*"),
                attr("GWS_A_REGEX_DFA", automaton(prefix.encode())))


def rules(first):
    return [rule("filters", 0, *filters(), *tries(),
                 backend(1, filter_of("BACKEND", "RESPONSE_HEADERS",
                                      pair("GWS_A_FILTER_ADD", "X-Which", "1")),
                         mirror("BACKEND", 0))),
            rule("redirect", 0, redirect()),
            rule("expression"),
            regex("/expression"), regex("1"),
            nest("GWS_A_MATCH", u32("GWS_A_MATCH_RULE", first + 2),
                 u8("GWS_A_MATCH_PATH_KIND", E["GWS_PATH_REGEX"]),
                 u32("GWS_A_MATCH_PATH_REGEX", 0),
                 nest("GWS_A_MATCH_HEADER", string("GWS_A_HDR_NAME", "x-a"),
                      u32("GWS_A_HDR_REGEX", 1)),
                 pair("GWS_A_MATCH_QUERY", "q", "1")),
            match(first, "/filters"), match(first + 1, "/redirect")]


def net(kind, address, bits):
    return nest(kind, attr("GWS_A_NET_ADDR", socket.inet_aton(address)),
                u8("GWS_A_NET_BITS", bits))


# GWS_CLIENT_F_*, which are no enumerators
F_PROXY, F_FORWARDED = 1 << 0, 1 << 1
# Backends are told who a client is, as a trusted proxy has it.
FORWARDED = nest("GWS_A_CLIENT",
                 u32("GWS_A_CLIENT_FLAGS", F_FORWARDED),
                 net("GWS_A_CLIENT_TRUSTED", "198.51.100.0", 24),
                 nest("GWS_A_CLIENT_LIMIT",
                      string("GWS_A_LIM_NAME", "idle_timeout"),
                      u64("GWS_A_LIM_VALUE", 30000)))
# A connection from this host says so itself, by the PROXY protocol.
PROXY = nest("GWS_A_CLIENT", u32("GWS_A_CLIENT_FLAGS", F_PROXY),
             net("GWS_A_CLIENT_SENDER", "127.0.0.0", 8))
