#!/bin/bash
# SPDX-License-Identifier: MIT
# title: limits of connections to endpoints
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

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

limit upstream_idle_timeout 500
# What is idle since the scene began is so for the new time once it is used.
for cpu in 1 0; do
	on_cpu $cpu
	answer $NODE4 $APPS /foo >/dev/null
done
on_cpu 0-1
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
is "each is of kind limit" "$(errors_by limit)" "$(field also "$LINE")"
strict -n 400 -c 4 >/dev/null 2>&1 || true
is "as many clients as an endpoint has slots: the split is exact" \
	"FOO=$(field FOO "$LINE") BAR=$(field BAR "$LINE")" "FOO=320 BAR=80"
# Full of what another worker keeps idle, or this one for requests that may not
# use it: room is made.
wait_for 5 none_to_foo
limit upstream_idle_timeout 30000
check "all slots idle at worker 1" full_at 1
on_cpu 0
check "another worker gets slots" strict -n 20 -c 4 --host $APPS --path /foo/delay/100
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
finish
