#!/bin/bash
# SPDX-License-Identifier: MIT
# title: segments are lost, reordered, duplicated
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
modprobe sch_netem
limit upstream_idle_timeout 1000

tc qdisc add dev cl0 root netem loss 20%
good "a fifth of all segments lost" -n 100 -c 20 --close --path /bytes/5000 \
	--timeout 40000
tc qdisc del dev cl0 root
check "after loss no connection is left" wait_for 20 none_left

tc qdisc add dev cl0 root netem delay 5ms 4ms reorder 30% duplicate 10%
good "reordered and duplicated" -n 100 -c 10 --path /echo --body 5000 \
	--timeout 20000
tc qdisc del dev cl0 root

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
good "the gateway answers" -n 50 -c 5
finish
