#!/bin/bash
# SPDX-License-Identifier: MIT
# title: namespaces destroyed while the module has connections in them
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

TRACING=/sys/kernel/tracing
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
	$CLIENT client -a $NODE2 -p $NODEPORT --host a -d 3600 --timeout $((500 * SLOW)) \
		"$@" >/dev/null 2>&1 &
	clients+=($!)
}

# namespaces N: begun and ended, all at once
namespaces()
{
	python3 -c 'import ctypes, sys
for _ in range(int(sys.argv[1])):
    if ctypes.CDLL(None).unshare(0x40000000):
        sys.exit("unshare")' "$1"
}

# barriers: calls of rcu_barrier(); false until there are no more for a second
barriers()
{
	local count before=$CALLED

	count=$(awk '$1 == "gws_barrier" { print $2 }' $TRACING/kprobe_profile)
	CALLED=$count
	[ "${count:-0}" -gt 0 ] && [ "$count" = "$before" ] && return
	sleep 1
	return 1
}

# barriers_of N: sets CALLED to what N namespaces cost
barriers_of()
{
	CALLED=0
	echo "p:gws_barrier rcu_barrier" >$TRACING/kprobe_events
	echo 1 >$TRACING/events/kprobes/gws_barrier/enable
	check "$1 namespaces begin" namespaces "$1"
	check "and end" wait_for 60 barriers
	echo 0 >$TRACING/events/kprobes/gws_barrier/enable
	echo >$TRACING/kprobe_events
}

mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
barriers_of 40
without=$CALLED
packets_start
# Anybody may make namespaces, and all of a machine's end one after another: for one
# that we have nothing in nobody waits on our behalf.
barriers_of 40
check "without us and with us that took $without and $CALLED barriers" \
	[ "$CALLED" -lt $((without + 20)) ]
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
