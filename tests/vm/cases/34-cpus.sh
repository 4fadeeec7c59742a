#!/bin/bash
# SPDX-License-Identifier: MIT
# title: CPUs come and go under load, and one that comes late serves too
# kernels: 6.12 debug
# cpus: 2
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

CPU1=/sys/devices/system/cpu/cpu1/online
TRACING=/sys/kernel/tracing

cpu1()
{
	echo "$1" >$CPU1
}

# accepted_by CPU: connections that its worker has accepted since the last call
accepted_by()
{
	grep -c "gwsteer/$1-.*gws_accept" $TRACING/trace
	echo >$TRACING/trace
}

worker1()
{
	pgrep -x gwsteer/1
}

own_listeners()
{
	echo >$TRACING/trace
	on_cpu 1
	strict -n 10 -c 5 --path / >/dev/null
	on_cpu 0-1
	[ "$(accepted_by 1)" = 5 ]
}

[ -e $CPU1 ] || bail "CPU 1 cannot be taken offline"
mountpoint -q $TRACING || mount -t tracefs none $TRACING
trap 'cpu1 1; tap_at_exit' EXIT
check "CPU 1 goes" cpu1 0
scene_start
echo 1 >$TRACING/events/gwsteer/gws_accept/enable
check "no worker for it" sh -c "! pgrep -x gwsteer/1"
check "one CPU serves" strict -n 20 -c 4
check "CPU 1 comes" cpu1 1
check "it has a worker" wait_for 5 worker1
check "and listeners: what comes in there is accepted there" \
	wait_for 10 own_listeners

strict -c 8 -d 12 --path / --path /bytes/20000 --path /delay/50 \
	>"$RUN/load.line" 2>&1 &
keep=$!
strict -c 2 -d 12 --close --path /bytes/1000 >"$RUN/new.line" 2>&1 &
new=$!
turns=0
while [ -e /proc/$keep ] && [ -e /proc/$new ]; do
	cpu1 0 && sleep 0.5 && cpu1 1 && sleep 0.5 || break
	turns=$((turns + 1))
done
check "CPU 1 went and came $turns times" [ $turns -ge 3 ]
check "kept connections: no request is lost" wait $keep
note "$(cat "$RUN/load.line")"
check "new connections: no request is lost" wait $new
note "$(cat "$RUN/new.line")"
check "its worker is bound to it again" [ "$(taskset -pc "$(worker1)" |
	sed 's/.*: //')" = 1 ]
check "and accepts there" wait_for 10 own_listeners

cpu1 0
daemon_stop
check "unloads with a worker whose CPU is gone" rmmod gwsteer
finish
