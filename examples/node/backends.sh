#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The two backends of the example, where there are no pods to use: network
# namespaces behind a bridge, 10.77.0.21 and 10.77.0.22, port 8080, that answer
# every GET with their name. Needs iproute2 and python3.
#
# Usage: backends.sh start|stop     as root
set -eu
BRIDGE=gws-example

server='
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = sys.argv[1].encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
'

# backend NAME ADDRESS: listens when this returns
backend()
{
	ip netns add "gws-$1"
	ip link add "gws-$1" type veth peer name eth0 netns "gws-$1"
	ip link set "gws-$1" master $BRIDGE up
	ip -n "gws-$1" addr add "$2/24" dev eth0
	ip -n "gws-$1" link set lo up
	ip -n "gws-$1" link set eth0 up
	ip -n "gws-$1" route add default via 10.77.0.1
	ip netns exec "gws-$1" python3 -c "$server" "$1" </dev/null \
		>/dev/null 2>&1 &
	until ip netns exec "gws-$1" ss -Hltn | grep -q :8080; do
		kill -0 $! || exit 1
		sleep 0.1
	done
}

start()
{
	ip link add $BRIDGE type bridge
	ip addr add 10.77.0.1/24 dev $BRIDGE
	ip link set $BRIDGE up
	backend blue 10.77.0.21
	backend green 10.77.0.22
}

# What is not there, because start ended early, is no error.
stop()
{
	for name in gws-blue gws-green; do
		for pid in $(ip netns pids $name 2>/dev/null); do
			kill "$pid"
		done
		ip link delete $name 2>/dev/null || true
		ip netns delete $name 2>/dev/null || true
	done
	ip link delete $BRIDGE 2>/dev/null || true
}

[ "$(id -u)" = 0 ] || {
	echo "backends.sh: not root" >&2
	exit 1
}
for program in ip python3; do
	command -v $program >/dev/null || {
		echo "backends.sh: no $program: apt-get install iproute2 python3" >&2
		exit 1
	}
done
case ${1:-} in
start) start ;;
stop) stop ;;
*)
	echo "usage: backends.sh start|stop" >&2
	exit 1
	;;
esac
