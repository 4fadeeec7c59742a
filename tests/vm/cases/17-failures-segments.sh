#!/bin/bash
# SPDX-License-Identifier: MIT
# title: no memory for a segment that the module sends
# kernels: debug
# never: 6.12 6.1 backports (no fault injection there)
# timeout: 60
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh
. /gws/src/tests/vm/faults.sh

# Only segments that the module's threads send: nothing else fails.
fail_segments()
{
	local pid

	faults_start
	echo 0 >$DEBUGFS/failslab/times
	echo 0 >$DEBUGFS/failslab/verbose
	echo 100 >$DEBUGFS/failslab/probability
	echo N >$DEBUGFS/failslab/ignore-gfp-wait
	echo Y >$DEBUGFS/failslab/task-filter
	echo Y >$DEBUGFS/failslab/cache-filter
	check "failslab heeds segments alone" mark_cache 1 skbuff_fclone_cache
	for pid in $(pgrep '^gwsteer/'); do
		echo 1 >/proc/"$pid"/make-it-fail
	done
}

# starve NTH: the worker has no memory for the NTH segment that it sends, once
starve()
{
	echo "$1" >$DEBUGFS/failslab/interval
	echo 1 >$DEBUGFS/failslab/times
}

# asked NAME: the answer to one request, and that a failure was in it
asked()
{
	local said=nothing

	echo "ask /" >&5
	read -r -t 20 said <&6
	is "$1" "$said, $(cat $DEBUGFS/failslab/times) failures to come" \
		"200 4, 0 failures to come"
}

packets_start
check "programmed" program nodeport@$NODEPORT
fail_segments
# The client's processor is that of its worker, which has a pool of its own.
on_cpu 0
coproc ASK { exec $CLIENT /gws/src/tests/tools/icmp.py $NODE4 $NODEPORT; }
exec 5>&"${ASK[1]}" 6<&"${ASK[0]}"
read -r -t 20 said <&6
is "a connection" "$said" ready
asked "a request, for an upstream connection"
starve 1
asked "no memory for the request: it goes out a moment later"
starve 2
asked "no memory for the answer: it goes out a moment later"
# TCP asks for another attempt at once, each time that one fails.
starve 1
echo 1000000 >$DEBUGFS/failslab/times
echo "ask /" >&5
sleep 1
tries=$((1000000 - $(cat $DEBUGFS/failslab/times)))
echo 0 >$DEBUGFS/failslab/times
read -r -t 20 said <&6
is "no memory for a second: answered when there is some" "$said" "200 4"
check "the worker does not spin meanwhile: $tries attempts" \
	[ $tries -ge 2 -a $tries -le 200 ]
exec 5>&- 6<&-
kill "$ASK_PID"
echo 0 >$DEBUGFS/failslab/probability
good "all is well afterwards" -n 20 -c 2 --path /bytes/5000
check "unloaded" rmmod gwsteer
finish
