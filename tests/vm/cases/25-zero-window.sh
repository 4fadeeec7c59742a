#!/bin/bash
# SPDX-License-Identifier: MIT
# title: windows that stay shut, and closing into them
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# Seconds until the gateway has given up who never reads
freed=9
[ "$GWS_DEBUG" = no ] || freed=40

# stall_start [client options]: ten clients that ask and never read
stall_start()
{
	ip netns exec client client -a $NODE4 -p $NODEPORT --host $SPLIT \
		-n 10 -c 10 --stall 60000 "$@" >/dev/null 2>&1 &
	stall=$!
	sleep 1
}

all_connected()
{
	[ "$(ss -Htn state established dst 192.0.2.2 | wc -l)" = 10 ]
}

scene_start
flat_start
limit upstream_idle_timeout 1000

# The whole answer is in the send buffer when the gateway closes.
good "closed into a zero window: all arrives" -n 4 -c 4 --close \
	--path /bytes/100000 --slow 500:20 --timeout 30000
# Some of 24 have their last octets, with the FIN, fill a pipe to the brim.
good "the same, until close" -n 24 -c 24 --path /close/100000 --slow 500:20 \
	--timeout 30000

limit stall_timeout 2000
limit close_timeout 2000

good "who is slow but reads gets all, whatever close_timeout is" -n 4 -c 4 \
	--close --path /bytes/100000 --slow 500:30 --timeout 30000
is "no closing was cut short" "$(reason closing_expired)" 0

# Never reads: the send buffer stays full.
stall_start --path /bytes/3000000
check "stalled clients hold connections" wait_for 10 all_connected
check "zero window: freed within stall and close time-outs" wait_for $freed none_left
wait $stall
check "they were counted" [ "$(reason client_stalled)" -ge 10 ]

# The same with an answer that fits the send buffer: closing is what stalls.
stall_start --close --path /bytes/50000
check "zero window while closing: freed" wait_for $freed none_left
wait $stall
check "those were counted, too" [ "$(reason closing_expired)" -ge 10 ]

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
good "the gateway answers" -n 50 -c 5
flat "afterwards"
finish
