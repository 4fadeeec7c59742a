#!/bin/bash
# SPDX-License-Identifier: MIT
# title: small MTUs, and ICMP errors for a Gateway's connections
# kernels: 6.12
# timeout: 200
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

TOOLS=/gws/src/tests/tools
# Behind the client's host, which is its router.
FAR4=198.51.100.2 FAR6=2001:db8:5::2

# talk NETNS ADDRESS PORT: a connection that say and hang_up are about
talk()
{
	coproc TALK { exec nsenter --net="/run/netns/$1" $TOOLS/icmp.py "$2" "$3"; }
	# Of these a subshell has copies.
	exec 5>&"${TALK[1]}" 6<&"${TALK[0]}"
	read -r -t 20 said <&6
	[ "$said" = ready ] || bail "no connection to $2"
}

# say WORD...: what icmp.py answers
say()
{
	local said=nothing

	echo "$*" >&5
	read -r -t 30 said <&6
	echo "$said"
}

hang_up()
{
	exec 5>&- 6<&-
	kill "$TALK_PID"
	wait "$TALK_PID" 2>/dev/null
	ip route flush cache
	ip -6 route flush cache
}

# path_mtu ADDRESS [dst]: as the node's connection at that address has it, or that
# with it
path_mtu()
{
	local at=$1

	[[ $at != *:* ]] || at="[$at]"
	ss -Htin state established "${2:-src}" "$at" | grep -o 'pmtu:[0-9]*' |
		cut -d: -f2 | sort -u
}

path_mtu_is()
{
	[ "$(path_mtu "$1")" = "$2" ]
}

out_of_window()
{
	nstat -asz TcpExtOutOfWindowIcmps | awk '/OutOf/ { print $2 }'
}

# forged ADDRESS PORT LEAST CODE...: errors in the name of a router; LEAST is what
# an error that says 68 leaves of 1300: with IPv4 the least that is believed, with
# IPv6 all, since less than 1280 is no path; CODE are kinds of "unreachable"
forged()
{
	local to=$1 least=$3 before code

	talk client "$1" "$2"
	shift 3
	is "$to: a connection" "$(say ask /bytes/1000)" "200 1000"
	is "$to: its path is the device's" "$(path_mtu "$to")" 1500
	before=$(out_of_window)
	is "$to: too big, for octets that were not sent" \
		"$(say toobig 1300 1000000)" sent
	is "$to: the same, long ago" "$(say toobig 1300 -1000000)" sent
	is "$to: both are noticed, and change nothing" \
		"$(($(out_of_window) - before)) $(path_mtu "$to")" "2 1500"
	for code; do
		say unreach "$code" 0 >/dev/null
	done
	is "$to: unreachable does not end it" "$(say ask /bytes/1000)" "200 1000"
	is "$to: too big" "$(say toobig 1300 0)" sent
	check "$to: the path is smaller" wait_for 5 path_mtu_is "$to" 1300
	is "$to: a large answer" "$(say ask /bytes/100000)" "200 100000"
	is "$to: too big for anything" "$(say toobig 68 0)" sent
	is "$to: a large answer all the same" "$(say ask /bytes/100000)" \
		"200 100000"
	check "$to: $least are left" wait_for 5 path_mtu_is "$to" "$least"
	hang_up
}

# routed ADDRESS PORT: by way of a router that says so itself
routed()
{
	talk far "$1" "$2"
	is "$1: a large answer through a router" "$(say ask /bytes/200000)" \
		"200 200000"
	is "$1: it said what fits" "$(path_mtu "$1")" 1300
	hang_up
	check "$1: bodies both ways" nsenter --net=/run/netns/far client \
		-a "$1" -p "$2" -n 4 -c 2 --path /echo --body 50000
}

# shrink MTU: the links to the client and to foo, and the pods' bridge with them
shrink()
{
	check "MTU $1 on both legs" ip -batch - <<-END
	link set cl0 mtu $1
	link set foo mtu $1
	END
	check "MTU $1 at their ends" eval "ip -n client link set eth0 mtu $1 &&
		ip -n foo link set eth0 mtu $1"
	is "the bridge has it" "$(cat /sys/class/net/pods/mtu)" "$1"
}

# small MTU ADDRESS PORT: bodies of a few hundred of such packets
small()
{
	talk client "$2" "$3"
	is "MTU $1: $2: an answer" "$(say ask "/bytes/$(($1 * 60))")" \
		"200 $(($1 * 60))"
	is "MTU $1: $2: the paths to client and backend" \
		"$(path_mtu "$2") $(path_mtu 10.1.0.2 dst)" "$1 $1"
	hang_up
	check "MTU $1: $2: bodies both ways" nsenter --net=/run/netns/client \
		client -a "$2" -p "$3" -n 4 -c 2 --path /echo \
		--body $(($1 * 60)) --path "/bytes/$(($1 * 60))"
}

packets_start
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 address=$VIP6@80
flat_start

forged $NODE4 $NODEPORT 552 0 1 3
forged $NODE6 $NODEPORT 1300 0 3 4
forged $VIP4 80 552 0 1 3
forged $VIP6 80 1300 0 3 4

host far
ip link add far0 netns client mtu 1300 type veth peer name eth0 netns far mtu 1300
ip netns exec client sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n client -batch - <<-END
	addr add 198.51.100.1/24 dev far0
	addr add 2001:db8:5::1/64 dev far0 nodad
	link set far0 up
END
# It asks for segments that its own device could not send.
ip -n far -batch - <<-END
	addr add $FAR4/24 dev eth0
	addr add $FAR6/64 dev eth0 nodad
	link set eth0 up
	route add default via 198.51.100.1 advmss 1460
END
ip -n far -6 route add default via 2001:db8:5::1 advmss 1440
routed $NODE4 $NODEPORT
routed $NODE6 $NODEPORT
routed $VIP4 80
routed $VIP6 80

# What is pooled shall not have the large path, and stay until it is looked at.
limit upstream_idle_timeout 60000
unpark
shrink 1280
small 1280 $NODE4 $NODEPORT
small 1280 $NODE6 $NODEPORT
small 1280 $VIP4 80
small 1280 $VIP6 80
unpark
shrink 80
small 80 $NODE4 $NODEPORT
small 80 $VIP4 80

unpark
flat "afterwards"
check "unloaded" rmmod gwsteer
finish
