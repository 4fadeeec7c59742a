#!/bin/bash
# SPDX-License-Identifier: MIT
# title: 10 000 idle connections: memory of each, all are served, nothing is left
# kernels: 6.12
# timeout: 600
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

crowd=10000
[ "$GWS_DEBUG" = no ] || crowd=1000

# say WORD: what crowd.py answers, within the case's time
say()
{
	local said

	echo "$1" >&5
	read -r said <&6
	echo "$said"
}

unreclaimable()
{
	awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo
}

all_in()
{
	[ "$(gauge connections)" = "$crowd" ]
}

packets_start
check "programmed" program nodeport@$NODEPORT
# A guest of 1 GB has room for 8192 flows, and ended ones stay for a while.
sysctl -qw net.netfilter.nf_conntrack_max=100000
# Idle is what they shall stay, on a machine that is busy as well.
limit head_timeout 600000
limit idle_timeout 3600000
coproc CROWD { exec $CLIENT /gws/src/tests/tools/crowd.py $NODE4 $NODEPORT $crowd; }
exec 5>&"${CROWD[1]}" 6<&"${CROWD[0]}"
read -r -t 20 said <&6
is "ready" "$said" ready

# What is allocated once for many is there after a first round.
is "connections of a first round" "$(say open)" $crowd
is "closed again" "$(say close)" 0
check "nothing is left of them" wait_for 30 none_left
conntrack -F 2>/dev/null
flat_start
slab=$(unreclaimable) held=$(gauge memory_held)

is "connections" "$(say open)" $crowd
check "all were accepted" wait_for 30 all_in
each=$((($(memory_now) - FLAT_MEMORY) * 1024 / crowd))
slab=$((($(unreclaimable) - slab) * 1024 / crowd))
held=$((($(gauge memory_held) - held) / crowd))
note "each takes $each bytes of memory, $slab of them in slabs, both ends and" \
	"conntrack counted; the module has $held in its budget"
check "no more than 16 KB each ($each)" [ $each -le 16384 ]
gwctl get connections -o json >$RUN/rows
is "each is a row of its own" "$(jq length $RUN/rows)" $crowd
is "none twice" "$(jq -r '.[].name' $RUN/rows | sort -u | wc -l)" $crowd
is "each is served" "$(say ask)" $crowd
is "and again, after all the others" "$(say ask)" $crowd
is "none was closed meanwhile" "$(say idle)" $crowd
is "another client is served beside them" \
	"$(ask bar http://10.1.0.1:$NODEPORT/)" "FOO 200"
is "closed" "$(say close)" 0
conntrack -F 2>/dev/null
flat "afterwards"
exec 5>&- 6<&-
check "unloaded" rmmod gwsteer
finish
