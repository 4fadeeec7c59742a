#!/bin/bash
# SPDX-License-Identifier: MIT
# title: connections of one source
# kernels: 6.12 debug
# timeout: 180
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

gauge()
{
	cat "$SYSFS/gauges/$1"
}

# hold ADDRESS N MS: N idle connections from the client
hold()
{
	ip netns exec client client -a "$1" -p $NODEPORT -n 0 -c "$2" \
		--hold "$3" >"$RUN/hold" 2>&1 &
	holder=$!
}

release()
{
	kill $holder
	wait $holder || true
}

at_least()
{
	[ "$(gauge "$1")" -ge "$2" ]
}

# refused NAME REASON CMD...: no answer, and counted
refused()
{
	local name=$1 reason=$2 before

	shift 2
	before=$(reason "$reason")
	is "$name: reset" "$("$@")" " 000"
	check "$name: counted as $reason" [ "$(reason "$reason")" -gt "$before" ]
}

is_answer()
{
	[ "$(answer "$@")" = "BAR 200" ]
}

# served NAME CMD...: the answer of bar
served_to()
{
	local name=$1

	shift
	is "$name" "$("$@")" "BAR 200"
}

from_pod()
{
	AT="ip netns exec bar" answer "$1" $APPS /bar
}

scene_start
addr6 2001:db8:1::3/64 eth0 client
addr6 2001:db8:2::3/64 eth0 client
ip route add 2001:db8:2::/64 dev cl0

limit source_connections 10
hold $NODE4 10 30000
check "connections of one address" wait_for 10 at_least connections 10
refused "one more of it" limit_source_connections answer $NODE4 $APPS /bar
served_to "another IPv4 source" from_pod $NODE4
served_to "the same host by IPv6" answer $NODE6 $APPS /bar
release
check "room again" wait_for 5 is_answer $NODE4 $APPS /bar

hold $NODE6 10 30000
check "connections of one /64" wait_for 10 at_least connections 10
refused "its other address" limit_source_connections \
	answer $NODE6 $APPS /bar --interface 2001:db8:1::3
served_to "another /64" answer $NODE6 $APPS /bar --interface 2001:db8:2::3
served_to "the same host by IPv4" answer $NODE4 $APPS /bar
release
limit source_connections 16384
none()
{
	[ "$(gauge sources) $(gauge connections)" = "0 0" ]
}
check "no source is left behind" wait_for 10 none

finish
