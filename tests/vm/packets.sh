# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # the cases use what is set here
#
# What cases about packets share: the scene's hosts and backends, but the module
# programmed directly (tests/tools/program.py), so that every kind of bind can
# be had.  Sourced after scene.sh.

# Addresses of the Gateway's own.  Nobody holds them: they are routed here.
VIP4=203.0.113.9
VIP6=2001:db8:9::9
REFUSED="curl 7"
DROPPED="curl 28"

# The client has a way to the VIPs, and the node one to everywhere.
packets_start()
{
	scene_start idle
	ip -n client -6 route add default via "$NODE6"
	ip -n bar -6 route add default via fd00:1::1
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8:1::2
	insmod /gws/build/gwsteer.ko
}

# program BIND...: as program.py has it; requests go to foo
program()
{
	/gws/src/tests/tools/program.py "$@" endpoint=10.1.0.2@8080
}

# empty_node: node2 of the scene without a process of its own, so that nothing but
# the module is there when it goes; its clients and backends are elsewhere
empty_node()
{
	ip netns add node2
	ip -batch - <<-END
	link add n2 type veth peer name n1 netns node2
	addr add 198.51.100.1/24 dev n2
	link set n2 up
	END
	ip -n node2 -batch - <<-END
	link set lo up
	addr add $NODE2/24 dev n1
	link set n1 up
	route add default via 198.51.100.1
	END
}

# http_server PORT: somebody else's server on the node, which answers 404 to
# /none; its process is SERVER
http_server()
{
	python3 -m http.server -d /gws/src/tests "$1" >/dev/null 2>&1 &
	SERVER=$!
	wait_for 20 sh -c "ss -Htln | grep -q ':$1 '"
}

# status_of NETNS|- URL: only that
status_of()
{
	ask "$@" -o /dev/null | tr -d ' '
}
