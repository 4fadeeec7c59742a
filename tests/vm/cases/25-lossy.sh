#!/bin/bash
# SPDX-License-Identifier: MIT
# title: segments are lost, reordered, duplicated, damaged, on both legs
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# netem DEVICE[@NETNS]...: with the arguments of ARGS
netem()
{
	local at

	for at; do
		# shellcheck disable=SC2086 # words are meant
		case $at in
		*@*) tc -n "${at#*@}" qdisc add dev "${at%@*}" root netem $ARGS ;;
		*) tc qdisc add dev "$at" root netem $ARGS ;;
		esac
	done
}

# heal DEVICE[@NETNS]...
heal()
{
	local at

	for at; do
		case $at in
		*@*) tc -n "${at#*@}" qdisc del dev "${at%@*}" root ;;
		*) tc qdisc del dev "$at" root ;;
		esac
	done
}

scene_start
modprobe sch_netem
good "before the first measurement" -n 100 -c 20 --close --path /bytes/5000
flat_start
CLIENTS="cl0 eth0@client" PODS="foo bar eth0@foo eth0@bar"

ARGS="loss 20%"
netem cl0
good "a fifth of all segments to the client lost" -n 100 -c 20 --close \
	--path /bytes/5000 --timeout 40000
heal cl0
check "after loss no connection is left" wait_for 20 none_left

ARGS="loss 8%"
# shellcheck disable=SC2086 # words are meant
netem $CLIENTS $PODS
good "lost on both legs, both ways" -n 60 -c 20 --path /echo --body 20000 \
	--timeout 60000
# shellcheck disable=SC2086
heal $CLIENTS $PODS

ARGS="delay 5ms 4ms reorder 30% duplicate 10%"
# shellcheck disable=SC2086
netem $CLIENTS $PODS
good "reordered and duplicated on both legs, both ways" -n 100 -c 10 \
	--path /echo --body 20000 --timeout 40000
good "the same, a connection for each" -n 50 -c 10 --close --path /chunked/20000 \
	--timeout 40000
# shellcheck disable=SC2086
heal $CLIENTS $PODS

# Between two veths a checksum need not be right.
for at in $CLIENTS $PODS; do
	case $at in
	*@*) nsenter --net="/run/netns/${at#*@}" ethtool -K "${at%@*}" rx off ;;
	*) ethtool -K "$at" rx off ;;
	esac
done
ARGS="corrupt 5%"
# shellcheck disable=SC2086
netem $CLIENTS $PODS
before=$(nstat -asz TcpInCsumErrors | awk '/InCsum/ { print $2 }')
good "damaged on both legs, both ways" -n 60 -c 10 --path /echo --body 20000 \
	--timeout 60000
# shellcheck disable=SC2086
heal $CLIENTS $PODS
after=$(nstat -asz TcpInCsumErrors | awk '/InCsum/ { print $2 }')
check "checksums told: $((after - before))" [ "$after" -gt "$before" ]

# Of a reset that was lost a backend knows nothing: it has a connection that nobody
# else has any more.
check "no connection is left" wait_for 20 none_left
unpark
flat "afterwards"
good "the gateway answers" -n 50 -c 5
finish
