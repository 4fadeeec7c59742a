#!/bin/bash
# SPDX-License-Identifier: MIT
# title: what lasts long holds no more than it needs, and no endpoint that is free
# kernels: 6.12
# timeout: 180
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

TUNNELS=150
# More than a tunnel that began with a short head takes; what was kept of a long one
# were blocks of 32 kB.
KB_MORE=8

scene_start
pod ws 4
tool_start ws tunnel.py
service ws 4
# Each has two slots of its own.
service four 5 6 7 8
for n in 5 6 7 8; do
	pod "four$n" $n
	serve "four$n" FOUR
done
pod drip 9
service drip 9
tries_route <<END
  - matches: [{path: {value: /four}}]
    backendRefs: [{name: four, port: 80}]
  - matches: [{path: {value: /drip}}]
    backendRefs: [{name: drip, port: 80}]
  - backendRefs: [{name: ws, port: 80}]
END
up()
{
	[ "$(status /plain)" = 200 ]
}
check "the routes serve" wait_for 10 up

parked()
{
	[ "$(gauge tunnels)" = $TUNNELS ] && grep -q parked $RUN/parked
}
none()
{
	[ "$(gauge tunnels)" = 0 ]
}
# park OCTETS: kB that each of many tunnels takes with heads of that length go to EACH
park()
{
	local before parker

	before=$(memory_now)
	$CLIENT /gws/src/tests/tools/park.py $NODE4 $NODEPORT $TRIES $TUNNELS "$1" \
		<$RUN/hold >$RUN/parked 2>&1 &
	parker=$!
	exec 7>$RUN/hold
	check "$TUNNELS tunnels, heads of $1" wait_for 60 parked
	EACH=$((($(memory_now) - before) / TUNNELS))
	exec 7>&-
	wait $parker
	check "and then none" wait_for 20 none
}
mkfifo $RUN/hold
park 10
short=$EACH
# With one between: half of a block that requests share
park 15000
note "$short and $EACH kB each"
check "what tunnels began with is not kept" [ $((EACH - short)) -le $KB_MORE ]

# Two random choices of four endpoints, as many requests as there are slots
limit endpoint_connections 2
strict -n 80 -c 8 --host $TRIES --path /four/delay/200 --also 503 >/dev/null 2>&1 ||
	true
note "$LINE"
is "no 503 while an endpoint has room" "$(field also "$LINE")" 0
is "all are answered" "$(field ok "$LINE")" 80
strict -n 20 -c 12 --host $TRIES --path /four/delay/500 --also 503 >/dev/null 2>&1 ||
	true
check "beyond the slots of all there is one" [ "$(field also "$LINE")" -ge 1 ]
limit endpoint_connections 4096

# An octet is no progress while a response's head is not whole.
{
	printf 'HTTP/1.1 200 OK\r\nX-Long: '
	for _ in $(seq 40); do
		printf x
		sleep 0.3
	done
} | nsenter --net=/run/netns/drip nc -l 8080 >/dev/null 2>&1 &
dripper=$!
listens()
{
	[ -n "$(nsenter --net=/run/netns/drip ss -Hltn 'sport = :8080')" ]
}
check "it listens" wait_for 10 listens
limit response_timeout 1000
timeouts=$(reason upstream_timeout)
took status /drip
is "a head that drips is given up" "$GOT" 504
check "in the time of a response, not of an octet ($TOOK)" [ "$TOOK" -le $((40 * SLOW)) ]
is "counted" $(($(reason upstream_timeout) - timeouts)) 1
kill $dripper 2>/dev/null
finish
