#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""5000 routes, for each proxy as it has them best: the case routes-5000.

400 hosts with 10 prefixes each, and one with 1000; one prefix of that is split
80/20, all others go to bar. So what is asked for stands deep in the largest host,
and no other route answers as it does.

Usage: routes.py DIR [FILE...]   FILE: gwsteer.yaml nginx.conf haproxy.cfg
                                 envoy.yaml, default all
"""
import sys

LICENCE = "# SPDX-License-Identifier: MIT\n"
BIG = "big.example.com"
ASKED = "/app/s0637"


def hosts():
    """(host, prefixes)"""
    for n in range(400):
        yield f"h{n:03}.example.com", [f"/app/s{i}" for i in range(10)]
    yield BIG, [f"/app/s{i:04}" for i in range(1000)]


def is_asked(host, prefix):
    return host == BIG and prefix == ASKED


def gwsteer_yaml(out):
    """A route each; Services and Gateway are those of the other cases."""
    out.write(LICENCE)
    for host, prefixes in hosts():
        for prefix in prefixes:
            name = host.split(".", 1)[0] + prefix.replace("/", "-")
            backends = "[{name: bar, port: 80}]"
            if is_asked(host, prefix):
                backends = ("[{name: foo, port: 80, weight: 80}, "
                            "{name: bar, port: 80, weight: 20}]")
            out.write(f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: bench}}
spec:
  parentRefs: [{{name: routes-5000}}]
  hostnames: [{host}]
  rules:
    - matches: [{{path: {{type: PathPrefix, value: {prefix}}}}}]
      backendRefs: {backends}
""")


def nginx_conf(out):
    """A server for each host, found by hash; its locations are a tree."""
    listen = "listen 10.99.0.10:@PORT@ backlog=4096"
    out.write(f"{LICENCE}server {{ {listen} default_server; return 404; }}\n")
    for host, prefixes in hosts():
        out.write("server {\n\tlisten 10.99.0.10:@PORT@;\n"
                  f"\tserver_name {host};\n"
                  "\tlocation / { return 404; }\n")
        for prefix in prefixes:
            to = "split" if is_asked(host, prefix) else "bar"
            out.write(f"\tlocation {prefix}/ {{ proxy_pass http://{to}; }}\n")
        out.write("}\n")


def haproxy_cfg(out):
    """One map of host and path, by the longest prefix: a tree."""
    out.write(LICENCE + """frontend routes-5000 from proxy
	bind 10.99.0.10:@PORT@ backlog 4096
	use_backend %[base,map_beg(@DIR@/routes.map,none)]
""")
    with open(f"{sys.argv[1]}/routes.map", "w", encoding="ascii") as table:
        for host, prefixes in hosts():
            for prefix in prefixes:
                to = "split" if is_asked(host, prefix) else "bar"
                table.write(f"{host}{prefix}/ {to}\n")


def envoy_yaml(out):
    """
    A virtual host each, found by hash. Its routes are compared in order; 1000 of
    them are a trie instead.
    """
    kind = '"@type": type.googleapis.com/envoy'
    out.write(LICENCE)
    for host, prefixes in hosts():
        out.write(f"- name: {host}\n  domains: [{host}]\n")
        if host == BIG:
            out.write(f"""  matcher:
    matcher_tree:
      input:
        name: path
        typed_config: {{{kind}.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: ":path"}}
      prefix_match_map:
        map:
""")
        else:
            out.write("  routes:\n")
        for prefix in prefixes:
            match = f"match: {{prefix: {prefix}/}}"
            route = "route: {cluster: bar}"
            if is_asked(host, prefix):
                route = "route: {weighted_clusters: *split}"
            if host == BIG:
                out.write(f"          {prefix}/: {{action: {{name: route, "
                          f"typed_config: {{{kind}.config.route.v3.Route, "
                          f"{match}, {route}}}}}}}\n")
            else:
                out.write(f"    - {{{match}, {route}}}\n")


WRITERS = {"gwsteer.yaml": gwsteer_yaml, "nginx.conf": nginx_conf,
           "haproxy.cfg": haproxy_cfg, "envoy.yaml": envoy_yaml}


def main():
    for name in sys.argv[2:] or WRITERS:
        with open(f"{sys.argv[1]}/{name}", "w", encoding="ascii") as out:
            WRITERS[name](out)


main()
