#!/bin/bash
# SPDX-License-Identifier: MIT
# title: namespaces destroyed while the module has connections in them
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

turns=5
[ "$GWS_ALL" = no ] || turns=30

gateway()
{
	empty_node
	nsenter --net=/run/netns/node2 /gws/src/tests/tools/program.py \
		nodeport@$NODEPORT endpoint=10.1.0.2@8080
}

answered_since()
{
	[ "$(wc -l <$RUN/foo.log)" -ge $(($1 + 40)) ]
}

link_gone()
{
	[ ! -e /sys/class/net/n2 ]
}

# Its connections hang with it, so their clients complain.
load()
{
	$CLIENT client -a $NODE2 -p $NODEPORT --host a -d 3600 --timeout 500 \
		"$@" >/dev/null 2>&1 &
	clients+=($!)
}

packets_start
clients=()
load -c 6 --path / --path /chunked/5000
load -c 4 --path /bytes/1000000 --slow 5000:5
load -c 4 --path /delay/300
load -c 4 --path /echo --body 50000 --close
for i in $(seq $turns); do
	check "gateway $i is programmed" gateway || break
	check "it serves" wait_for 20 answered_since "$(wc -l <$RUN/foo.log)" ||
		break
	ip netns del node2
	check "it is destroyed" wait_for 20 link_gone || break
done
kill "${clients[@]}"
wait "${clients[@]}"
check "the first node serves" program nodeport@$NODEPORT
good "all of it" -n 50 -c 4
check "unloaded" rmmod gwsteer
check "no connection is left" wait_for 60 all_closed
finish
