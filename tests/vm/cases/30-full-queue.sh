#!/bin/bash
# SPDX-License-Identifier: MIT
# title: listener, namespace and module go while an accept queue is full
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

TOOLS=/gws/src/tests/tools
TRACING=/sys/kernel/tracing
FAIR_SERVER=/sys/kernel/debug/sched/fair_server/cpu0/runtime
# A worker accepts so many, then it hears that its listener goes.
ACCEPTED=64
BACKLOG=100
CROWD=150
QUEUED=$((BACKLOG + 1))

# overflows [nsenter...]: SYNs that met a full queue
overflows()
{
	"$@" nstat -asz TcpExtListenOverflows |
		awk '$1 == "TcpExtListenOverflows" { print $2 }'
}

accepted()
{
	grep -c gws_accept $TRACING/trace
}

# crowd NAME ADDRESS SECONDS [nsenter...]: CROWD connections, and CPU 0's worker does not
# get on until crowd_end; results that its queue is full
crowd()
{
	local name=$1 to=$2 patience=$3 before

	shift 3
	before=$(overflows "$@")
	echo >$TRACING/trace
	$TOOLS/life.py crowd $CROWD "$to" $NODEPORT "$patience" \
		<$RUN/hold >$RUN/crowd 2>&1 &
	crowd=$!
	exec 7>$RUN/hold
	wait_for 20 grep -q established $RUN/crowd
	is "$name: connections that were established" \
		"$(field established "$(cat $RUN/crowd)")" $QUEUED
	# Each is sent again after a while.
	check "$name: the other SYNs met a full queue" \
		[ $(($(overflows "$@") - before)) -ge $((CROWD - QUEUED)) ]
	is "$name: connections that were accepted" "$(accepted)" 0
}

crowd_end()
{
	exec 7>&-
	wait $crowd
	note "$(cat $RUN/crowd)"
}

# crowd_got ANSWER: how many
crowd_got()
{
	local n

	n=$(field "$1" "$(tail -n 1 $RUN/crowd)")
	echo "${n:-0}"
}

# as_it_was: how CPU 0 is shared out, for cases after this one
as_it_was()
{
	[ ! -e $FAIR_SERVER ] || echo "$fair" >$FAIR_SERVER
	sysctl -qw kernel.sched_rt_runtime_us="$throttle"
	chrt -o -p 0 "$(pgrep -x ksoftirqd/0)"
}

packets_start
mkfifo $RUN/hold
mountpoint -q $TRACING || mount -t tracefs none $TRACING
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
trap 'as_it_was; tap_at_exit' EXIT
throttle=$(sysctl -n kernel.sched_rt_runtime_us)
fair=$(cat $FAIR_SERVER 2>/dev/null)
# Nothing gives the worker a share beside the crowd: from 6.12 on it has a server
# for that, before the crowd was throttled. Without a limit for all the kernel does not
# look whether the server's share is within it (EBUSY, after CPUs have come and gone).
sysctl -qw kernel.sched_rt_runtime_us=-1
[ ! -e $FAIR_SERVER ] || echo 0 >$FAIR_SERVER
# 6.1 leaves softirqs to it, which the crowd would keep from running, too.
chrt -f -p 2 "$(pgrep -x ksoftirqd/0)"
echo 1 >$TRACING/events/gwsteer/gws_accept/enable
on_cpu 1

# --- the Gateway's listener --------------------------------------------------

$TOOLS/program.py limit backlog $BACKLOG
check "programmed" program nodeport@$NODEPORT
crowd "full queue" $NODE4 40
crowd_end
is "all of it is answered later" "$(crowd_got 200)" $CROWD

crowd "listener" $NODE4 40
check "listener: it is deleted" program nodeport@$((NODEPORT + 1))
is "listener: connections that were accepted by then" "$(accepted)" 0
crowd_end
is "listener: established connections get 404" "$(crowd_got 404)" $QUEUED
is "listener: the others are refused" "$(crowd_got ECONNREFUSED)" \
	$((CROWD - QUEUED))
check "listener: as many were closed as accepted" wait_for 20 balanced

# --- the module ----------------------------------------------------------------

check "programmed again" program nodeport@$NODEPORT
crowd "module" $NODE4 40
# It ends after the crowd, which ends when nobody holds this.
rmmod gwsteer 7>&- &
unload=$!
wait_for 10 sh -c "grep -q '^gwsteer .* Unloading' /proc/modules"
sleep 0.5
crowd_end
check "module: it is unloaded" wait $unload
is "module: established connections have ended" \
	$(($(crowd_got ECONNRESET) + $(crowd_got 200))) $QUEUED
check "module: by a reset where they were still queued" \
	[ "$(crowd_got ECONNRESET)" -ge $((QUEUED - ACCEPTED)) ]
is "module: the others are refused" "$(crowd_got ECONNREFUSED)" \
	$((CROWD - QUEUED))
check "module: no connection is left" wait_for 20 all_closed

# --- a namespace ---------------------------------------------------------------

empty_node
insmod /gws/build/gwsteer.ko
echo 1 >$TRACING/events/gwsteer/gws_accept/enable
IN="nsenter --net=/run/netns/node2"
$IN $TOOLS/program.py limit backlog $BACKLOG
check "node2 is programmed" $IN $TOOLS/program.py nodeport@$NODEPORT \
	endpoint=10.1.0.2@8080
# shellcheck disable=SC2086 # words are meant
crowd "namespace" $NODE2 1 $IN
ip netns del node2
check "namespace: it goes" wait_for 10 sh -c '! [ -e /sys/class/net/n2 ]'
sleep 0.5
crowd_end
is "namespace: nobody is answered" "$(crowd_got none)" $CROWD
n=$(accepted)
check "namespace: $n of $QUEUED were accepted, the others went with the queue" \
	[ "$n" -lt $QUEUED ]
check "namespace: the module lets go" rmmod gwsteer
# The node would go on to say that the crowd is gone, to nobody, for minutes.
ss -KHtn dst $NODE2 >/dev/null
finish
