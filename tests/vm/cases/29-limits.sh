#!/bin/bash
# SPDX-License-Identifier: MIT
# title: limits of heads, time and connections
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

x()
{
	head -c "$1" /dev/zero | tr '\0' x
}

code()
{
	answer $NODE4 $SPLIT "$@" | grep -o '...$'
}

# full_at CPU: every slot of foo's endpoint is idle there
full_at()
{
	on_cpu "$1"
	strict -n 4 -c 4 --host $APPS --path /foo/delay/300 >/dev/null &&
		[ "$(open_to 10.1.0.2)" = 4 ]
}

none_to_foo()
{
	[ "$(open_to 10.1.0.2)" = 0 ]
}

scene_start

is "target of 8000 octets" "$(code "/$(x 7990)")" 200
is "target too long" "$(code "/$(x 9000)")" 414
is "target without end" "$(code "/$(x 40000)")" 414
is "head of 15000 octets" "$(code / -H "X-Long: $(x 15000)")" 200
# As on a node whose memory is in pieces: pages come one by one.
sysctl -qw net.core.high_order_alloc_disable=1
for i in 1 2 3; do
	is "head of 15000 octets, single pages, $i" \
		"$(code / -H "X-Long: $(x 15000)") $(code /)" "200 200"
done
sysctl -qw net.core.high_order_alloc_disable=0
is "head too long" "$(code / -H "X-Long: $(x 17000)")" 431
many=()
for i in $(seq 120); do
	many+=(-H "X-$i: 1")
done
is "too many fields" "$(code / "${many[@]}")" 431
check "reasons are counted" \
	[ "$(reason target_long)$(reason head_large)$(reason headers_many)" = 211 ]

limit head_timeout 1000
limit idle_timeout 2000
echo 'head that does not end | 408 | close | GET / HTTP/1.1\r\nHost: ' >$RUN/table
start=$SECONDS
check "head that does not end: 408" ip netns exec client client -a $NODE4 \
	-p $NODEPORT --timeout 8000 --malformed $RUN/table
check "after head_timeout" [ $((SECONDS - start)) -le 5 ]
check "octet now and then does not prolong it" \
	strict -n 2 -c 2 --bytewise --gap 100 --timeout 8000 --status 408

ip netns exec client client -a $NODE4 -p $NODEPORT -n 4 -c 4 --host $SPLIT \
	--hold 6000 >$RUN/hold
LINE=$(cat $RUN/hold)
note "$LINE"
is "idle connections are closed in order" \
	"$(field idle_closed "$LINE") $(field idle_reset "$LINE")" "4 0"
check "after idle_timeout" [ "$(field took_ms "$LINE")" -le 5000 ]
limit head_timeout 10000
limit idle_timeout 60000

limit connections 20
ip netns exec client client -a $NODE4 -p $NODEPORT -n 0 -c 50 --hold 3000 \
	>$RUN/hold 2>&1 || true
LINE=$(grep requests= $RUN/hold)
note "$LINE"
check "connections above the limit are refused" \
	[ $(($(field idle_reset "$LINE") + $(field idle_closed "$LINE") +
	$(field failed "$LINE"))) -ge 30 ]
check "counted as limit_connections" [ "$(reason limit_connections)" -ge 30 ]
check "below it all is well" wait_for 5 strict -n 20 -c 5
limit connections 65536

limit upstream_idle_timeout 500
strict -n 50 -c 8 --host $APPS --path /foo >/dev/null
check "idle upstreams are closed after upstream_idle_timeout" \
	wait_for 40 none_to_foo
limit endpoint_connections 4
strict -n 20 -c 20 --path /delay/500 --also 503 >/dev/null 2>&1 || true
note "$LINE"
check "endpoint_connections: what is above it gets 503" \
	[ "$(field also "$LINE")" -ge 1 ]
check "counted as limit_endpoint_connections" \
	[ "$(reason limit_endpoint_connections)" -ge 1 ]
strict -n 400 -c 4 >/dev/null 2>&1 || true
is "as many clients as an endpoint has slots: the split is exact" \
	"FOO=$(field FOO "$LINE") BAR=$(field BAR "$LINE")" "FOO=320 BAR=80"
# Full of what another worker keeps idle, or this one for requests that may not
# use it: room is made.
wait_for 5 none_to_foo
limit upstream_idle_timeout 30000
check "all slots idle at worker 1" full_at 1
on_cpu 0
check "another worker gets slots" strict -n 20 -c 4 --host $APPS --path /foo
is "within the limit" "$(open_to 10.1.0.2)" 4
check "so does a request that needs a fresh connection" strict -n 20 -c 2 \
	--host $APPS --path /foo/echo --body 100
limit endpoint_connections 1
for cpu in 1 0 1 0; do
	on_cpu $cpu
	is "the only slot, worker $cpu" "$(answer $NODE4 $APPS /foo)" "FOO 200"
done
on_cpu 0-1
limit endpoint_connections 4096

limit endpoint_idle 0
# These use up what the workers' pools still have.
for cpu in 1 0; do
	on_cpu $cpu
	check "without pooling, worker $cpu" strict -n 60
done
connects=$(total upstream_connects)
check "without pooling, pools empty" strict -n 20
is "each request has its connection" \
	$(($(total upstream_connects) - connects)) 20
on_cpu 0-1
limit endpoint_idle 128

check "a limit out of range is refused" sh -c '! gwctl set head_timeout 1'
check "an unknown limit is refused" sh -c '! gwctl set nonsense 1'
finish
