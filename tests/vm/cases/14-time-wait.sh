#!/bin/bash
# SPDX-License-Identifier: MIT
# title: a SYN that meets TIME_WAIT of a Gateway's connection
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

PORT=20000

segment()
{
	timeout 20 ip netns exec client /gws/src/tests/tools/segment.py "$@"
}

# time_wait ADDRESS PORT: a connection that the node has closed; sets NEXT and
# STAMP, what TIME_WAIT knows of the client
time_wait()
{
	PORT=$((PORT + 1))
	SOURCE=192.0.2.2
	[[ $1 != *:* ]] || SOURCE=2001:db8:1::2
	read -r NEXT STAMP <<<"$(segment close eth0 $SOURCE $PORT "$1" "$2")"
}

in_time_wait()
{
	[ "$(ss -Htan state time-wait dport = $PORT | wc -l)" = 1 ]
}

# syn ADDRESS PORT SEQ [WORD...]: the answer
syn()
{
	segment syn eth0 "$MAC" $SOURCE $PORT "$@"
}

packets_start
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 address=$VIP6@80
MAC=$(cat /sys/class/net/cl0/address)
# The client's own TCP knows nothing of what is sent here; and what the sender
# left of the checksum is looked at.
ip netns exec client nft -f - <<-END
table inet own {
	chain out {
		type filter hook output priority filter
		tcp flags & rst == rst drop
	}
}
END
check "the node looks at checksums" ethtool -K cl0 rx off
flat_start

for to in "$NODE4 $NODEPORT" "$NODE6 $NODEPORT" "$VIP4 80" "$VIP6 80"; do
	# shellcheck disable=SC2086 # two words
	set -- $to
	ip netns exec client sysctl -qw net.ipv4.tcp_timestamps=0
	time_wait "$@"
	check "$1: the node has TIME_WAIT" in_time_wait
	is "$1: an old sequence number" "$(syn "$@" $((NEXT - 1000)))" A
	is "$1: a new one, but damaged" "$(syn "$@" $((NEXT + 1000)) damaged)" none
	check "$1: TIME_WAIT is still there" in_time_wait
	is "$1: a new sequence number" "$(syn "$@" $((NEXT + 1000)))" SA
	check "$1: TIME_WAIT is gone" [ -z "$(ss -Htan state time-wait dport = $PORT)" ]

	ip netns exec client sysctl -qw net.ipv4.tcp_timestamps=1
	time_wait "$@"
	is "$1: an old timestamp" \
		"$(syn "$@" $((NEXT + 1000)) ts=$((STAMP - 1000)))" A
	check "$1: TIME_WAIT is left alone" in_time_wait
	is "$1: a new timestamp" \
		"$(syn "$@" $((NEXT - 1000)) ts=$((STAMP + 100000)))" SA
done
flat "afterwards"
check "unloaded" rmmod gwsteer
finish
