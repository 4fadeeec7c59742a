#!/bin/bash
# SPDX-License-Identifier: MIT
# title: segments are lost, and windows stay shut
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
modprobe sch_netem

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

good "who is slow but reads gets all, whatever close_timeout is" -n 4 -c 4 \
	--close --path /bytes/100000 --slow 500:30 --timeout 30000
is "no closing was cut short" "$(reason closing_expired)" 0

# Never reads: the send buffer stays full.
strict -n 10 -c 10 --path /bytes/3000000 --stall 12000 >$RUN/stall.line &
stall=$!
sleep 1
check "stalled clients hold connections" [ "$(ss -Htan dst 192.0.2.2 | wc -l)" -ge 10 ]
check "zero window: freed within stall and close time-outs" wait_for 9 none_left
wait $stall
check "they were counted" [ "$(reason client_stalled)" -ge 10 ]

# The same with an answer that fits the send buffer: closing is what stalls.
strict -n 10 -c 10 --close --path /bytes/50000 --stall 12000 >$RUN/stall.line &
stall=$!
sleep 1
check "zero window while closing: freed" wait_for 9 none_left
wait $stall

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
good "the gateway answers" -n 50 -c 5
finish
