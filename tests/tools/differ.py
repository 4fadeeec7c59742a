#!/usr/bin/python3 -ES
# SPDX-License-Identifier: MIT
"""Random Gateways and HTTPRoutes, through the daemon into the running kernel; then
random requests, of which the kernel (GWS_CMD_TEST_ROUTE) and reference.py must say
the same: what becomes of it, at which listener, by which rule.

Usage: differ.py DIR LOG [--sets N] [--requests N] [--seed N] [--reverse CRITERION]
       DIR: the manifests of a gwsteerd that runs
       LOG: its access log, as JSON
       --requests: of each set
       --reverse: the reference has this criterion the wrong way round

There are few names, paths and values, so that rules are in each other's way.  The
answers of a set are also compared with references that have one criterion reversed:
each of these must be found wrong by some set, or nobody knows what was tested.

Some requests of each set are also sent, all on one connection, for which the kernel
remembers a host's table and whole heads: the access log must name the listener and the
rule that the reference does.

Exit status: 1 there is a difference, 2 a reversed criterion was not noticed.  The set
that shows a difference stays in DIR.
"""
import argparse
import collections
import json
import os
import random
import socket
import struct
import sys
import time

from program import (E, Family, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_ERROR, attr,
                     generation_of, items, nest, parse, u16)
from reference import CRITERIA, Reference, Request

NAMESPACES = ["a", "a-b", "ab"]
NAMES = ["x", "x-y", "xy", "y", "z", "za", "z.a"]
# Ports of listeners, and the NodePorts of these.
PORTS = {80: 30731, 81: 30732}
HOSTNAMES = ["*.com", "*.example.com", "*.a.example.com", "example.com",
             "a.example.com", "b.a.example.com"]
HOSTS = ["com", "example.com", "a.example.com", "b.a.example.com",
         "c.b.a.example.com", "x.example.com", "x.y.example.com",
         "aexample.com", "A.Example.COM", "a.example.com:8080"]
PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/A", "/a/b/c", "/b"]
# They mean the same to Python and to the daemon.
REGEXES = ["/a.*", "/(a|b)/?", "/[ab]+(/[a-c])*/?", "/a/.+", "/[^a]*", ".*/b/?"]
METHODS = ["GET", "PUT", "POST", "HEAD", "DELETE"]
HEADERS = ["x-a", "X-A", "x-b", "X-c"]
PARAMETERS = ["q", "Q", "r"]
VALUES = ["1", "2", "a b", ""]
VALUE_REGEXES = ["[12]", "1.*", "(a b)?", "[^1]+"]
QUERIES = ["", "?q=1", "?q=2", "?q=a+b", "?q", "?q=1&r=2", "?r=%31&q=2", "?q=2&q=1",
           "?Q=1", "?Q=2&r=a%20b", "?x=1&r=2&q=12"]
SENT = [[], [("x-a", "1")], [("X-a", "2")], [("x-b", "1")], [("x-a", "a b")],
        [("x-a", "1"), ("x-B", "2")], [("x-a", "12"), ("x-b", "1"), ("x-c", "2")],
        [("X-C", "1")], [("x-a", "2"), ("x-c", "a b")]]
# Questions that are on their way at a time; their answers fit the socket's buffer.
BATCH = 24
# Differences that are shown.
SHOWN = 5
# What is sent of each set: to so many hosts, which of four requests.
RUNS = 5
RUN = [0, 0, 0, 0, 1, 2, 1, 3]


# --- manifests ---------------------------------------------------------------

def thing(kind, api, namespace, name, **parts):
    metadata = {"name": name, **parts.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **parts}


def maybe(rng, chance, key, value):
    return {key: value} if rng.random() < chance else {}


def service(namespace, name, addresses):
    ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]
    yield thing("Service", "v1", namespace, name, spec={"ports": ports})
    yield thing("EndpointSlice", "discovery.k8s.io/v1", namespace, name + "-1",
                metadata={"labels": {"kubernetes.io/service-name": name}},
                addressType="IPv4",
                ports=[{"port": 8080, "protocol": "TCP"}],
                endpoints=[{"addresses": [a]} for a in addresses])


def surroundings():
    yield thing("GatewayClass", "gateway.networking.k8s.io/v1", "", "gwsteer",
                spec={"controllerName": "gwsteer.io/gateway-controller"})
    for namespace in NAMESPACES:
        yield thing("Namespace", "v1", "", namespace)
        yield from service(namespace, "some", ["10.1.0.2"])
        yield from service(namespace, "none", [])
    ports = [{"name": "p%d" % port, "port": port, "nodePort": node_port,
              "protocol": "TCP"} for port, node_port in PORTS.items()]
    yield thing("Service", "v1", NAMESPACES[0], "gwsteer-gateway-gw",
                spec={"type": "NodePort", "ports": ports})


def gateway(rng, number):
    """Listeners have names of their own in each set."""
    listeners = []
    for port, count in (80, rng.randint(2, 4)), (81, rng.randint(0, 1)):
        # The first two, so that few requests have no listener.
        for hostname in rng.sample(["", "*.com"], min(count, 1)) + \
                rng.sample(HOSTNAMES[1:], max(count - 1, 0)):
            listeners.append({
                "name": "s%d-%d" % (number, len(listeners)), "port": port,
                "protocol": "HTTP", **({"hostname": hostname} if hostname else {}),
                **maybe(rng, .8, "allowedRoutes", {"namespaces": {"from": "All"}})})
    return thing("Gateway", "gateway.networking.k8s.io/v1", NAMESPACES[0], "gw",
                 spec={"gatewayClassName": "gwsteer", "listeners": listeners})


def condition(rng, name):
    if rng.random() < .3:
        return {"type": "RegularExpression", "name": name,
                "value": rng.choice(VALUE_REGEXES)}
    return {"name": name, "value": rng.choice(VALUES[:3])}


def match(rng):
    path = rng.choice([
        {"type": "Exact", "value": rng.choice(PATHS)},
        {"type": "RegularExpression", "value": rng.choice(REGEXES)},
        {"type": "PathPrefix", "value": rng.choice(PATHS)},
        {"value": rng.choice(PATHS[:4])}])
    # "x-a" and "X-A" are one header, "q" and "Q" two parameters.
    headers = {name.lower(): name for name in rng.sample(HEADERS, 2)}
    return {**maybe(rng, .7, "path", path),
            **maybe(rng, .3, "method", rng.choice(METHODS)),
            **maybe(rng, .4, "headers", [condition(rng, name) for name in list(
                headers.values())[:rng.randint(1, 2)]]),
            **maybe(rng, .4, "queryParams", [condition(rng, name) for name in
                                             rng.sample(PARAMETERS,
                                                        rng.randint(1, 2))])}


def rule(rng, index):
    kind = rng.random()
    if kind < .1:
        action = {"filters": [{"type": "RequestRedirect",
                               "requestRedirect": {"statusCode": 301}}]}
    elif kind < .2:
        action = {}
    else:
        names = rng.choice([["some"], ["some"], ["some"], ["none"], ["missing"],
                            ["none", "some"], ["missing", "none"]])
        action = {"backendRefs": [{"name": name, "port": 80,
                                   **maybe(rng, .1, "weight", 0)}
                                  for name in names]}
    return {**maybe(rng, .5, "name", "r%d" % index),
            **maybe(rng, .9, "matches", [match(rng)
                                         for _ in range(rng.randint(1, 3))]),
            **action}


def route(rng, namespace, name, listeners):
    refs = [{}]
    if rng.random() < .3:
        refs = [{"sectionName": l["name"]} for l in rng.sample(listeners,
                                                               rng.randint(1, 2))]
    elif rng.random() < .1:
        refs = [{"port": 80}]
    return thing(
        "HTTPRoute", "gateway.networking.k8s.io/v1", namespace, name,
        metadata={"creationTimestamp": "2026-01-0%dT00:00:00Z" % rng.randint(1, 3)},
        spec={"parentRefs": [{"name": "gw", "namespace": NAMESPACES[0], **ref}
                             for ref in refs],
              **maybe(rng, .7, "hostnames",
                      rng.sample(HOSTNAMES, rng.randint(1, 3))),
              "rules": [rule(rng, index) for index in range(rng.randint(1, 3))]})


def rule_set(rng, number):
    gw = gateway(rng, number)
    names = rng.sample([(a, b) for a in NAMESPACES for b in NAMES], 20)
    return [*surroundings(), gw,
            *[route(rng, *name, gw["spec"]["listeners"]) for name in names]]


def write(directory, objects):
    """All in one file, at once, so the daemon takes it in one piece."""
    path = os.path.join(directory, ".differ.yaml")
    with open(path, "w") as f:
        f.write("\n---\n".join(json.dumps(o, indent=1) for o in objects) + "\n")
    os.rename(path, os.path.join(directory, "differ.yaml"))


def requests(rng, count):
    pools = [[80, 80, 80, 81], HOSTS, METHODS, PATHS, QUERIES, SENT]
    for port, host, method, path, query, sent in zip(
            *[rng.choices(pool, k=count) for pool in pools]):
        yield Request(port, host, method, path, query[1:],
                      {name.lower(): value for name, value in sent}), \
            "%s %s%s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
                method, path, query, host,
                "".join("%s: %s\r\n" % pair for pair in sent))


# --- the kernel ----------------------------------------------------------------

def number(value):
    return struct.unpack_from("=I", value)[0]


def text(value):
    return value.rstrip(b"\0").decode()


class Kernel:
    """The tables of one generation, and answers by their names."""

    VERDICTS = {E["GWS_TESTED_" + name]: name for name in (
        "BACKEND", "INVALID", "NO_RULE", "NO_HOST", "NO_LISTENER", "REFUSED",
        "FILTER", "NO_ENDPOINT")}

    def __init__(self):
        self.family = Family("gwsteer")
        self.family.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.binds = {port: nest("GWS_A_BIND", attr(
            "GWS_A_BIND_ADDR", socket.inet_aton("127.0.0.1")), u16(
                "GWS_A_BIND_PORT", node_port)) for port, node_port in PORTS.items()}

    def objects(self, kind):
        """Attributes of each message of a dump; false in place of a torn one."""
        found = list(self.family.dump(E["GWS_CMD_GET_" + kind],
                                      lambda data: list(items(data))))
        return [attrs for _, attrs in found if attrs] \
            if not any(flags & NLM_F_DUMP_INTR for flags, _ in found) else False

    def learn(self):
        """The names of what there is; false if it has just changed."""
        generation = generation_of(self.family)
        listeners, tables = self.objects("LISTENER"), self.objects("TABLE")
        self.sections = {number(dict(l)[E["GWS_A_ID"]]):
                         text(dict(l)[E["GWS_A_SECTION"]]) for l in listeners or []}
        rules, self.rules, self.places = collections.defaultdict(list), {}, set()
        matches = collections.defaultdict(list)
        for attrs in tables or []:
            ident = number(dict(attrs)[E["GWS_A_ID"]])
            for kind, value in attrs:
                if kind == E["GWS_A_RULE"]:
                    rules[ident].append(["%s" % text(parse(value)[E[
                        "GWS_A_RULE_" + part]]) for part in (
                            "NAMESPACE", "ROUTE", "NAME")])
                elif kind == E["GWS_A_MATCH"]:
                    matches[ident].append(number(parse(value)[
                        E["GWS_A_MATCH_RULE"]]))
                elif kind == E["GWS_A_LISTENER"]:
                    section = self.sections.get(number(value))
            self.places |= {(section, "%s/%s" % (a, b)) for a, b, _ in rules[ident]}
        for ident, indices in matches.items():
            for index, at in enumerate(indices):
                self.rules[ident, index] = "/".join(rules[ident][at])
        return listeners is not False and tables is not False and \
            generation == generation_of(self.family)

    def read(self, reply):
        size, kind = struct.unpack_from("=IH", reply)
        if kind == NLMSG_ERROR:
            error = -struct.unpack_from("=i", reply, 16)[0]
            raise OSError(error, os.strerror(error))
        verdict = listener = decides = None
        for what, value in items(reply[20:size]):
            if what == E["GWS_A_TESTED"]:
                verdict = self.VERDICTS[value[0]]
            elif what == E["GWS_A_LISTENER"]:
                listener = self.sections[number(value)]
            elif what == E["GWS_A_TRIED"]:
                if not verdict.startswith("NO_") or verdict == "NO_ENDPOINT":
                    tried = parse(value)
                    decides = self.rules[number(tried[E["GWS_A_TRIED_TABLE"]]),
                                         number(tried[E["GWS_A_TRIED_MATCH"]])]
                break
        return verdict, listener, decides

    def ask(self, heads):
        """What becomes of each (port, head), in order."""
        asked = b"".join(struct.pack("=IHHIIBBH", len(body) + 20, self.family.id,
                                     NLM_F_REQUEST, 1, 0,
                                     E["GWS_CMD_TEST_ROUTE"], 1, 0) + body
                         for body in (self.binds[port] + attr("GWS_A_REQUEST",
                                                              head.encode())
                                      for port, head in heads))
        self.family.sock.send(asked)
        return [self.read(self.family.recv()) for _ in heads]

    def wait(self, places, seconds=60):
        """Until the kernel has this set and nothing else."""
        end = time.monotonic() + seconds
        while not self.learn() or self.places != places:
            if time.monotonic() > end:
                sys.exit("not as it should be: %s" % sorted(
                    self.places.symmetric_difference(places)))
            time.sleep(.1)


# --- a client --------------------------------------------------------------------

class Client:
    """One connection to port 80's NodePort, and what the access log says of it."""

    def __init__(self, log):
        self.sock = socket.create_connection(("127.0.0.1", PORTS[80]), 30)
        self.answers = self.sock.makefile("rb")
        self.log = open(log)
        self.log.seek(0, os.SEEK_END)
        self.line = ""

    def status(self, head):
        """Sends a request; the answer's status."""
        self.sock.sendall(head.encode())
        status = self.answers.readline()
        if not status:
            sys.exit("the connection was closed before %r" % head)
        length = 0
        for line in iter(self.answers.readline, b"\r\n"):
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        if not head.startswith("HEAD "):
            self.answers.read(length)
        return int(status.split()[1])

    def record(self, seconds=30):
        """The next of the access log."""
        end = time.monotonic() + seconds
        while not self.line.endswith("\n"):
            if time.monotonic() > end:
                sys.exit("no record came")
            self.line += self.log.readline()
            if not self.line:
                time.sleep(.01)
        record, self.line = json.loads(self.line), ""
        return record

    def ask(self, heads):
        """Who served each, in order: status, listener, and rule or why there is none."""
        statuses = [self.status(head) for head in heads]
        for status in statuses:
            record = self.record()
            _, _, rule = (record["route_name"] or "").partition("/")
            yield status, record["listener"], rule.replace("/rule/", "/") or \
                record["response_code_details"].upper()


# --- comparing -----------------------------------------------------------------

class Comparison:
    # What may come of it: each share of a rule's backends has its own.
    STATUSES = {"BACKEND": (200, 503), "NO_ENDPOINT": (500, 503), "INVALID": (500,),
                "FILTER": (301,), "NO_RULE": (404,), "NO_HOST": (404,)}

    def __init__(self, options):
        self.options = options
        self.kernel = Kernel()
        self.client = None
        self.sent = 0
        # The last one that was sent, with the set before.
        self.last = None
        self.verdicts = collections.Counter()
        self.deciding = set()
        self.differences = 0
        # Reversed criteria that no set has shown to be wrong so far.
        self.unnoticed = set(CRITERIA)

    def show(self, head, got, wanted):
        self.differences += 1
        if self.differences <= SHOWN:
            print("%r\n  kernel:    %s\n  reference: %s" % (head, got, wanted))

    def judge(self, number, objects, reference, asked, answers):
        for (request, head), got in zip(asked, answers):
            self.verdicts[got[0]] += 1
            self.deciding.add((number, got[2]))
            wanted = reference.answer(request)
            if got != wanted:
                self.show(head, got, wanted)
        for criterion in sorted(self.unnoticed):
            wrong = Reference(objects, criterion)
            if any(wrong.answer(request) != got
                   for (request, _), got in zip(asked, answers)):
                self.unnoticed.remove(criterion)

    def runs(self, rng, asked):
        """A head again and again, then others to its host. The first is what was asked
        last, when there was another set."""
        by_host = collections.defaultdict(list)
        for request, head in asked:
            if request.port == 80:
                by_host[request.host].append((request, head))
        for host in rng.sample(HOSTS, RUNS):
            four = rng.choices(by_host[host], k=4)
            if self.last:
                four = [self.last] + rng.choices(by_host[self.last[0].host], k=3)
                self.last = None
            yield from (four[at] for at in RUN)

    def send(self, rng, reference, asked):
        if not self.client:
            self.client = Client(self.options.log)
        row = list(self.runs(rng, asked))
        answers = self.client.ask([head for _, head in row])
        for (request, head), (status, *got) in zip(row, answers):
            verdict, listener, rule = reference.answer(request)
            self.sent += 1
            if got != [listener, rule or verdict] or \
                    status not in self.STATUSES[verdict]:
                self.show(head, (status, *got), (verdict, listener, rule))
        self.last = row[-1]

    def run_set(self, number):
        rng = random.Random("%d %d" % (self.options.seed, number))
        objects = rule_set(rng, number)
        reference = Reference(objects, self.options.reverse)
        write(self.options.dir, objects)
        self.kernel.wait(reference.places())
        asked = list(requests(rng, self.options.requests))
        answers = []
        for at in range(0, len(asked), BATCH):
            answers += self.kernel.ask([(request.port, head) for request, head
                                        in asked[at:at + BATCH]])
        self.judge(number, objects, reference, asked, answers)
        self.send(rng, reference, asked)

    def run(self):
        for number in range(self.options.sets):
            self.run_set(number)
            if self.differences:
                print("in set %d" % number)
                break
        print("seed %d: %d sets, %d requests, %d rules decided, %d differences" % (
            self.options.seed, number + 1, sum(self.verdicts.values()),
            len(self.deciding), self.differences))
        print("%d on one connection" % self.sent)
        print(" ".join("%s=%d" % item for item in sorted(self.verdicts.items())))
        if self.unnoticed:
            print("reversed and not noticed: %s" % " ".join(sorted(self.unnoticed)))
        return 1 if self.differences else 2 if self.unnoticed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir")
    parser.add_argument("log")
    parser.add_argument("--sets", type=int, default=25)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--reverse", choices=CRITERIA)
    options = parser.parse_args()
    print("seed %d" % options.seed, flush=True)
    sys.exit(Comparison(options).run())


if __name__ == "__main__":
    main()
