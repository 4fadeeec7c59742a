#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the end of a connection gets lost, or is never heard
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

good()
{
	local name=$1

	shift
	check "$name" strict "$@"
}

# lose RULE...: nft rules on what the node sends to and gets from the client
lose()
{
	nft -f - <<-END
	table inet loss {
		chain out { type filter hook postrouting priority filter; $1 }
		chain in { type filter hook prerouting priority -400; ${2:-} }
	}
	END
}

heal()
{
	nft delete table inet loss
}

none_left()
{
	[ "$(ss -Htan dst 192.0.2.2 | grep -cv TIME-WAIT)" = 0 ]
}

scene_start
modprobe sch_netem

# The first two of every connection's segments with a FIN; a limit would not
# do, since it is not counted per connection.
lose "oifname cl0 tcp sport $NODEPORT tcp flags & fin == fin numgen inc mod 3 < 2 counter drop"
good "FINs lost, close after each answer" -n 30 -c 10 --close --path /bytes/3000 \
	--timeout 20000
good "FINs lost, answers until close" -n 15 -c 5 --path /close/3000 \
	--timeout 20000
heal
check "after lost FINs no connection is left" wait_for 15 none_left

tc qdisc add dev cl0 root netem loss 20%
good "a fifth of all segments lost" -n 100 -c 20 --close --path /bytes/5000 \
	--timeout 40000
tc qdisc del dev cl0 root
check "after loss no connection is left" wait_for 20 none_left

tc qdisc add dev cl0 root netem delay 5ms 4ms reorder 30% duplicate 10%
good "reordered and duplicated" -n 100 -c 10 --path /echo --body 5000 \
	--timeout 20000
tc qdisc del dev cl0 root

# The whole answer is in the send buffer when the gateway closes.
good "closed into a zero window: all arrives" -n 4 -c 4 --close \
	--path /bytes/100000 --slow 500:20 --timeout 30000
good "the same, until close" -n 4 -c 4 --path /close/100000 --slow 500:20 \
	--timeout 30000

limit stall_timeout 2000
limit close_timeout 2000
limit idle_timeout 2000
limit head_timeout 2000

# Never reads: the send buffer stays full.
strict -n 10 -c 10 --path /bytes/3000000 --stall 12000 >$RUN/stall.line &
stall=$!
sleep 1
check "stalled clients hold connections" [ "$(ss -Htan dst 192.0.2.2 | wc -l)" -ge 10 ]
check "zero window: freed within stall and close time-outs" wait_for 9 none_left
wait $stall
note "$(cat $RUN/stall.line)"
check "they were counted" [ "$(reason client_stalled)" -ge 10 ]

# The same with an answer that fits the send buffer: closing is what stalls.
strict -n 10 -c 10 --close --path /bytes/50000 --stall 12000 >$RUN/stall.line &
stall=$!
sleep 1
check "zero window while closing: freed" wait_for 9 none_left
wait $stall

# Never acknowledges anything any more.
strict -n 10 -c 10 --path /delay/1500 --stall 14000 >$RUN/stall.line 2>&1 &
stall=$!
sleep 1
lose "" "iifname cl0 tcp dport $NODEPORT counter drop"
check "client that is gone without a word: freed" wait_for 11 none_left
heal
wait $stall

# Gone while the connection idles, and in the middle of a head.
ip netns exec client client -a $NODE4 -p $NODEPORT -c 10 -n 0 --hold 12000 \
	>$RUN/hold.line &
hold=$!
sleep 1
lose "" "iifname cl0 tcp dport $NODEPORT counter drop"
check "idle client that is gone: freed" wait_for 11 none_left
heal
wait $hold

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
limit stall_timeout 60000
limit close_timeout 10000
limit idle_timeout 60000
limit head_timeout 10000
good "the gateway answers" -n 50 -c 5
finish
