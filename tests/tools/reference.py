# SPDX-License-Identifier: MIT
"""Which rule of which HTTPRoute serves a request: the Gateway API's text, a
sentence at a time, over the objects of the manifests themselves.

Listener.Hostname, HTTPRouteSpec.Hostnames, HTTPRouteRule.Matches and .BackendRefs
of v1.7.  Where the API leaves the choice, it is the one of gwsteerd(8): listeners
are isolated; a RegularExpression comes after Exact and before PathPrefix, the
longer one first, and must fit the whole; of a query parameter that is there twice
the first counts.
"""
import collections
import functools
import re
import urllib.parse

# What decides, the first first; each can be reversed, to see whether it is noticed.
ORDER = ["hostname", "wildcard", "exact", "regex", "length", "method", "headers",
         "query", "age", "name", "rule"]
CRITERIA = ["listener", "fall-through"] + ORDER

Request = collections.namedtuple("Request", "port host method path query headers")
Contender = collections.namedtuple("Contender", "merits match verdict rule")


def name_of(thing):
    return "%(namespace)s/%(name)s" % thing["metadata"]


def host_fits(hostname, host):
    """A wildcard stands for one label or more, no hostname for any host."""
    if hostname.startswith("*"):
        return host.endswith(hostname[1:]) and host != hostname[1:]
    return hostname in ("", host)


def hostnames_meet(a, b):
    return "" in (a, b) or a == b or host_fits(a, b) or host_fits(b, a)


def host_rank(hostname):
    """Characters of a hostname that is no wildcard, then of any."""
    return 0 if hostname.startswith("*") else len(hostname), len(hostname)


def path_fits(path, wanted):
    kind, value = path
    if kind == "Exact":
        return wanted == value
    if kind == "RegularExpression":
        return re.fullmatch(value, wanted) is not None
    # By elements; a "/" at the prefix's end means nothing.
    elements = [e for e in value.split("/") if e]
    return wanted.split("/")[1:len(elements) + 1] == elements


def value_fits(condition, value):
    if value is None:
        return False
    if condition.get("type") == "RegularExpression":
        return re.fullmatch(condition["value"], value) is not None
    return value == condition["value"]


@functools.lru_cache(None)
def parameters(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return dict(reversed(pairs))


def path_of(match):
    path = match.get("path", {})
    return path.get("type", "PathPrefix"), path.get("value", "/")


def rest_fits(match, request):
    """All of a match but its path."""
    if match.get("method", request.method) != request.method:
        return False
    return all(value_fits(h, request.headers.get(h["name"].lower()))
               for h in match.get("headers", [])) and \
        all(value_fits(q, parameters(request.query).get(q["name"]))
            for q in match.get("queryParams", []))


class Reference:
    def __init__(self, objects, reverse=None):
        kinds = collections.defaultdict(list)
        for thing in objects:
            kinds[thing["kind"]].append(thing)
        self.gateway, = kinds["Gateway"]
        self.routes = sorted(kinds["HTTPRoute"], key=name_of)
        self.services = {name_of(service) for service in kinds["Service"]}
        self.ready = {"%s/%s" % (
            s["metadata"]["namespace"],
            s["metadata"]["labels"]["kubernetes.io/service-name"])
            for s in kinds["EndpointSlice"] if s["endpoints"]}
        self.reverse = reverse
        self.known = {}

    def listener_of(self, port, host):
        """The most specific of those that fit; no other is asked then."""
        best = min if self.reverse == "listener" else max
        return best((l for l in self.gateway["spec"]["listeners"]
                     if l["port"] == port and
                     host_fits(l.get("hostname", ""), host)),
                    key=lambda l: host_rank(l.get("hostname", "")), default=None)

    def attached(self, route, listener):
        """Does a parentRef mean the listener, and does that allow the route?"""
        spaces = listener.get("allowedRoutes", {}).get("namespaces", {})
        return (spaces.get("from", "Same") == "All" or
                route["metadata"]["namespace"] ==
                self.gateway["metadata"]["namespace"]) and \
            any(ref.get("sectionName", listener["name"]) == listener["name"] and
                ref.get("port", listener["port"]) == listener["port"]
                for ref in route["spec"]["parentRefs"])

    def places(self):
        """Each listener with each route that it serves: names."""
        return {(l["name"], name_of(r)) for l in self.gateway["spec"]["listeners"]
                for r in self.routes if self.attached(r, l) and
                any(hostnames_meet(h, l.get("hostname", ""))
                    for h in r["spec"].get("hostnames", [""]))}

    def verdict(self, route, rule):
        if any(f["type"] == "RequestRedirect" for f in rule.get("filters", [])):
            return "FILTER"
        valid = ["%s/%s" % (route["metadata"]["namespace"], ref["name"])
                 for ref in rule.get("backendRefs", []) if ref.get("weight", 1)]
        valid = [name for name in valid if name in self.services]
        if not valid:
            return "INVALID"
        return "BACKEND" if self.ready.intersection(valid) else "NO_ENDPOINT"

    def merits(self, hostname, number, index, match):
        kind, value = path_of(match)
        exact, any_host = host_rank(hostname)
        created = self.routes[number]["metadata"]["creationTimestamp"]
        merits = {
            "hostname": -exact, "wildcard": -any_host,
            "exact": kind != "Exact", "regex": kind != "RegularExpression",
            "length": -len(value), "method": "method" not in match,
            "headers": -len(match.get("headers", [])),
            "query": -len(match.get("queryParams", [])),
            "age": int(re.sub(r"\D", "", created)), "name": number, "rule": index}
        return [-merits[c] if c == self.reverse else merits[c] for c in ORDER]

    def contenders(self, listener, host, path):
        """Matches whose hostname and path fit, the best first; and whether any
        route has the host."""
        found, known = [], False
        for number, route in enumerate(self.routes):
            hostnames = [h for h in route["spec"].get("hostnames", [""])
                         if host_fits(h, host)]
            if not hostnames or not self.attached(route, listener):
                continue
            known = True
            hostname = max(hostnames, key=host_rank)
            for index, rule in enumerate(route["spec"]["rules"]):
                label = "%s/%s" % (name_of(route), rule.get("name", index))
                found += [Contender(self.merits(hostname, number, index, match),
                                    match, self.verdict(route, rule), label)
                          for match in rule.get("matches", [{}])
                          if path_fits(path_of(match), path)]
        found.sort(key=lambda contender: contender.merits)
        if self.reverse == "fall-through":
            found = [c for c in found if c.merits[:2] == found[0].merits[:2]]
        return found, known

    def answer(self, request):
        """What becomes of it, at which listener, by which rule."""
        key = request.port, request.host, request.path
        if key not in self.known:
            # The port in Host means nothing, nor does its case.
            host = request.host.split(":")[0].lower()
            listener = self.listener_of(request.port, host)
            self.known[key] = listener and (listener["name"], *self.contenders(
                listener, host, request.path))
        if not self.known[key]:
            ports = {l["port"] for l in self.gateway["spec"]["listeners"]}
            return "NO_HOST" if request.port in ports else "NO_LISTENER", None, None
        listener, contenders, known = self.known[key]
        for contender in contenders:
            if rest_fits(contender.match, request):
                return contender.verdict, listener, contender.rule
        return "NO_RULE" if known else "NO_HOST", listener, None
