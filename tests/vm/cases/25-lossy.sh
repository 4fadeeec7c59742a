#!/bin/bash
# SPDX-License-Identifier: MIT
# title: segments are lost, reordered, duplicated, damaged, on both legs
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# DEVICE[@NETNS] by which packets go to the client, from it, to the pods, from them
WAYS=("cl0" "eth0@client" "foo bar" "eth0@foo eth0@bar")

# netem CMD DEVICE[@NETNS] [WORD...]: tc's, as JSON
netem()
{
	local cmd=$1 at=$2 netns=()

	shift 2
	[[ $at != *@* ]] || netns=(-n "${at#*@}")
	tc "${netns[@]}" -s -j qdisc "$cmd" dev "${at%@*}" "$@"
}

# disturb "WORD..." DEVICE[@NETNS]...: a result, that netem does that from now on
disturb()
{
	local words at

	read -ra words <<<"$1"
	shift
	for at; do
		netem add "$at" root netem "${words[@]}" || break
		at=
	done
	check "netem ${words[*]}" [ -z "$at" ]
}

# lost: a result for each way, that netem took packets away there, if it is on any
# of its devices
lost()
{
	local way at n

	for way in "${WAYS[@]}"; do
		n=$(for at in $way; do
			netem show "$at"
		done | jq -s 'flatten | map(select(.kind == "netem").drops) | add')
		[ "$n" = null ] ||
			check "lost by $way: $n" [ "$n" -gt 0 ]
	done
}

heal()
{
	local at

	for at; do
		netem del "$at" root || break
		at=
	done
	check "healed" [ -z "$at" ]
}

# seen COUNTER...: together, on the node, the client, the pods
seen()
{
	local hosts host

	for hosts in 1 /run/netns/client "/run/netns/foo /run/netns/bar"; do
		for host in $hosts; do
			[ "$host" != 1 ] || host=/proc/1/ns/net
			nsenter --net="$host" nstat -asz "$@"
		done | awk '!/^#/ { n += $2 } END { print n }'
	done | xargs
}

# happened NAME BEFORE COUNTER...: a result for each of these that it was seen again
happened()
{
	local name=$1 before now i who=(node client pods)

	read -ra before <<<"$2"
	shift 2
	read -ra now <<<"$(seen "$@")"
	for i in 0 1 2; do
		check "$name, seen on the ${who[i]}: $((now[i] - before[i]))" \
			[ "${now[i]}" -gt "${before[i]}" ]
	done
}

scene_start
check "there is netem" modprobe sch_netem
good "before the first measurement" -n 100 -c 20 --close --path /bytes/5000
flat_start
# shellcheck disable=SC2206 # words are meant
ALL=(${WAYS[*]})

disturb "loss 20%" cl0
good "a fifth of all segments to the client lost" -n 100 -c 20 --close \
	--path /bytes/5000 --timeout 40000
lost
heal cl0
check "after loss no connection is left" wait_for 20 none_left

disturb "loss 8%" "${ALL[@]}"
good "lost on both legs, both ways" -n 60 -c 20 --path /echo --body 20000 \
	--timeout 60000
lost
heal "${ALL[@]}"

ORDER="TcpExtTCPOFOQueue"
TWICE="TcpExtTCPDSACKOldSent TcpExtTCPDSACKOfoSent"
order=$(seen $ORDER)
# shellcheck disable=SC2086 # words are meant
twice=$(seen $TWICE)
disturb "delay 5ms 4ms reorder 30% duplicate 10%" "${ALL[@]}"
good "reordered and duplicated on both legs, both ways" -n 100 -c 10 \
	--path /echo --body 20000 --timeout 40000
good "the same, a connection for each" -n 50 -c 10 --close --path /chunked/20000 \
	--timeout 40000
happened "out of order" "$order" $ORDER
# shellcheck disable=SC2086
happened "twice" "$twice" $TWICE
heal "${ALL[@]}"

# Between two veths a checksum need not be right.
for at in "${ALL[@]}"; do
	case $at in
	*@*) nsenter --net="/run/netns/${at#*@}" ethtool -K "${at%@*}" rx off ;;
	*) ethtool -K "$at" rx off ;;
	esac
done
SUMS="TcpInCsumErrors"
sums=$(seen $SUMS)
disturb "corrupt 5%" "${ALL[@]}"
good "damaged on both legs, both ways" -n 150 -c 10 --path /echo --body 20000 \
	--timeout 60000
happened "a wrong checksum" "$sums" $SUMS
heal "${ALL[@]}"

# Of a reset that was lost a backend knows nothing: it has a connection that nobody
# else has any more.
check "no connection is left" wait_for 20 none_left
unpark
flat "afterwards"
good "the gateway answers" -n 50 -c 5
finish
