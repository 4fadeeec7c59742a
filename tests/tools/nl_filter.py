# SPDX-License-Identifier: MIT
"""Filters of rules and backends, for nlfuzz.py."""
from program import E, nest, string, u8, u16, u32

NAMES = ["x-a", "X-A", "accept-language", "server", "x-" + "c" * 60]
# No token, or no filter's to change
NO_NAMES = ["", "x y", "via", "host", "content-length", "connection", "te"]


def name(rng):
    return rng.mostly(rng.choice(NAMES), *NO_NAMES)


def field(rng, kind):
    return nest(kind, string("GWS_A_HDR_NAME", name(rng)),
                string("GWS_A_HDR_VALUE",
                       rng.mostly(rng.choice(["", "1", "a, b"]), " x", "a\nb",
                                  "v" * 900)))


def fields(rng, _):
    """Of a RequestHeaderModifier or ResponseHeaderModifier."""
    def count():
        return rng.mostly(rng.randint(0, 3), 16, 17, 49)

    return [*[field(rng, "GWS_A_FILTER_SET") for _ in range(count())],
            *[field(rng, "GWS_A_FILTER_ADD") for _ in range(count())],
            *[string("GWS_A_FILTER_REMOVE", name(rng))
              for _ in range(count())]]


def hostname(rng):
    return rng.maybe(0.5, string("GWS_A_FILTER_HOSTNAME",
                                 rng.mostly("c.d", "", "*.c", "C.d", "c..d")))


def replacement(rng):
    kind = rng.choice(["NONE", "FULL", "PREFIX"])
    attrs = [u8("GWS_A_FILTER_REPLACE",
                rng.mostly(E["GWS_REPLACE_" + kind], 1, 2, 3, 255))]
    if kind != "NONE":
        attrs.append(string("GWS_A_FILTER_PATH", rng.mostly(
            rng.choice(["/z", "/z/y"] + [""] * (kind == "PREFIX")),
            "", "z", "//", "/?", "/" * 9000)))
    if kind == "PREFIX":
        attrs += rng.mostly([string("GWS_A_FILTER_PREFIX", rng.mostly(
            rng.choice(["", "/a"]), "/", "/a/", "a", "/a?"))], [])
    return rng.maybe(0.8, *attrs)


def redirect(rng, _):
    return [string("GWS_A_FILTER_SCHEME",
                   rng.mostly(rng.choice(["http", "https"]), "", "a b")),
            *rng.maybe(0.5, u16("GWS_A_FILTER_PORT",
                                rng.mostly(rng.choice([80, 65535]), 0))),
            u16("GWS_A_FILTER_STATUS",
                rng.mostly(rng.choice([301, 302, 303, 307, 308]), 200, 0)),
            *hostname(rng), *replacement(rng)]


def rewrite(rng, _):
    return [*hostname(rng), *replacement(rng)]


def cors(rng, _):
    def some(attribute, sane, *others):
        return [string(attribute, rng.mostly(rng.choice(sane), *others))
                for _ in range(rng.mostly(rng.randint(0, 3), 65))]

    tokens = ["*", "x-a", "PUT"]
    return [*some("GWS_A_FILTER_ORIGIN",
                  ["*", "https://a.b", "http://*.a.b:8443", "http://[::1]:1"],
                  "", "a.b", "https://", "https://a:99999", "://a"),
            *some("GWS_A_FILTER_METHOD", tokens, "", "P T"),
            *some("GWS_A_FILTER_HEADER", tokens, "", "x y"),
            *some("GWS_A_FILTER_EXPOSE", tokens, "", "x:y"),
            *rng.maybe(0.5, u8("GWS_A_FILTER_CREDENTIALS",
                               rng.mostly(rng.choice([0, 1]), 2))),
            *rng.mostly([u32("GWS_A_FILTER_MAX_AGE",
                             rng.choice([0, 5, 2**32 - 1]))], [])]


def mirror(rng, clusters):
    share = rng.choice([(1, 1), (0, 7), (42, 100), (2**31 - 1, 2**31 - 1)])
    share = rng.mostly(share, (2, 1), (0, 0), (2**32 - 1, 2**32 - 1))
    return [u32("GWS_A_FILTER_CLUSTER",
                rng.mostly(rng.choice(clusters), 0, 99)),
            string("GWS_A_FILTER_NAME", rng.mostly("default/case:80", "")),
            u32("GWS_A_FILTER_NUMERATOR", share[0]),
            u32("GWS_A_FILTER_DENOMINATOR", share[1])]


KINDS = {"REQUEST_HEADERS": fields, "RESPONSE_HEADERS": fields,
         "REDIRECT": redirect, "REWRITE": rewrite, "CORS": cors,
         "MIRROR": mirror}


def filters(rng, attribute, clusters):
    """A list of them: each kind once, MIRROR more often."""
    kinds = rng.sample(list(KINDS), rng.choice([0, 0, 1, 2, len(KINDS)]))
    kinds += rng.mostly(["MIRROR"] * rng.choice([0, 0, 2]),
                        ["MIRROR"] * 17, kinds[:1])
    return [nest(attribute,
                 u8("GWS_A_FILTER_KIND",
                    rng.mostly(E["GWS_FILTER_" + kind], 0, 1, 4, 7, 255)),
                 *KINDS[kind](rng, clusters)) for kind in kinds]
