#!/bin/bash
# SPDX-License-Identifier: MIT
# title: module and daemon go and come back under load
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

cycles=8
[ "$GWS_DEBUG" = no ] || cycles=3

# Clients that do not mind when their connections end
load()
{
	strict -c 8 -d "$1" --path / --path /bytes/100000 --path /chunked/5000 \
		--lossy --timeout 20000 >$RUN/load.line 2>$RUN/load.err &
	clients=($!)
	strict -c 4 -d "$1" --path /echo --body 50000 --lossy --timeout 20000 \
		--close >$RUN/echo.line 2>$RUN/echo.err &
	clients+=($!)
	strict -c 4 -d "$1" --path /bytes/1000000 --slow 5000:5 \
		>/dev/null 2>&1 &
	clients+=($!)
	strict -c 4 -d "$1" --path /delay/300 --abort in-flight:rst \
		>/dev/null 2>&1 &
	clients+=($!)
}

scene_start
sleep 1
load $((cycles * 3))
for i in $(seq $cycles); do
	sleep 1
	daemon_stop KILL
	if ! rmmod gwsteer; then
		check "unload $i" false
		break
	fi
	insmod /gws/build/gwsteer.ko
	daemon_start
	wait_for 20 serving || {
		check "serves again after reload $i" false
		note "$(tail -n 5 $RUN/gwsteerd.log; gwctl status)"
		note "$(answer $NODE4 $SPLIT / -v 2>&1 | tail -c 300)"
	}
done
check "unloaded and loaded $cycles times" [ "$i" = "$cycles" ]
wait "${clients[@]}"
for name in load echo; do
	note "$(cat $RUN/$name.line)"
	note "$(head -n 3 $RUN/$name.err)"
	is "$name: no answer was wrong" \
		"$(field failed "$(cat $RUN/$name.line)")" 0
done
check "it served in between" [ "$(field ok "$(cat $RUN/load.line)")" -ge 20 ]
check "the gateway answers" wait_for 10 strict -n 50 -c 4
daemon_stop
check "last unload" rmmod gwsteer
check "no connection is left" wait_for 20 all_closed
finish
