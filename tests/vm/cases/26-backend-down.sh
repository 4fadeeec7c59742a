#!/bin/bash
# SPDX-License-Identifier: MIT
# title: backends refuse, vanish, have no endpoint, and come back
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

status_of()
{
	answer $NODE4 $APPS "$1" | grep -o '...$'
}

gives()
{
	[ "$(status_of "$1")" = "$2" ]
}

none_to()
{
	[ "$(open_to "$1")" = 0 ]
}

# The first rule of OUTPUT has dropped something.
dropped()
{
	[ "$(iptables -nvxL OUTPUT 1 | awk '{ print $1 }')" -gt 0 ]
}

aside()
{
	gwctl get endpoints -A | grep -q "$1:8080.*SetAside"
}

FANOUT_SYSFS=$SYSFS/gateways/gw-demo/web-gw/listeners/http/httproutes/gw-demo/fanout/rules/0

# Rules and backends with a request that has no class, or one too many: the
# status that it got, from whom ever, or none
without_class()
{
	gwctl stats -o json | jq -c '[.. | objects | select(has("unanswered")) |
		select(.requests != .unanswered + ."1xx" + ."2xx" + ."3xx" +
			."4xx" + ."5xx")]'
}

scene_start
limit set_aside 1000
limit connect_timeout 1000

serve_kill foo
is "connection refused" "$(status_of /foo)" 502
before=$(errors_by connect)
good "every request gets its 502" -n 50 -c 5 --host $APPS --path /foo --status 502
is "of the rule's errors each is of kind connect" \
	$(($(errors_by connect) - before)) 50
check "counted as connect_failed" [ "$(reason connect_failed)" -ge 50 ]
check "errors of the rule" [ "$(cat "$FANOUT_SYSFS/errors")" -ge 50 ]
is "the other backend is not touched" "$(answer $NODE4 $APPS /bar)" "BAR 200"
good "the split: foo's share fails, bar's does not" -n 100 -c 4 --also 502
is "the shares stay exact" "$(field also "$LINE") $(field BAR "$LINE")" "80 20"
serve foo FOO
check "recovery" wait_for 5 gives /foo 200
good "after recovery all is well" -n 100 -c 4

pod foo2 4
serve foo2 FOO2
service foo 2 4
both()
{
	strict -n 40 -c 4 --host $APPS --path /foo >/dev/null &&
		[ "$(field FOO2 "$LINE")" -gt 0 ]
}
check "second endpoint is used" wait_for 5 both
serve_kill foo2
good "one of two endpoints refuses: others are tried" -n 200 -c 8 --host $APPS \
	--path /foo
is "all by the live one" "$(field FOO "$LINE")" 200
serve foo2 FOO2
check "the endpoint comes back" wait_for 10 both

# Nothing says that it is gone but that it acknowledges no more: what was sent
# to it on pooled connections goes to the other one, and the rest of the pools,
# of all workers, is not tried at all.
limit set_aside 10000
for cpu in 1 0; do
	on_cpu $cpu
	good "pool of worker $cpu" -n 100 -c 8 --host $APPS --path /foo
done
ip -n foo2 link set eth0 down
replays=$(total upstream_replays)
good "one of two endpoints vanished: no request is lost" -n 100 -c 8 \
	--host $APPS --path /foo --timeout 20000
is "all by the one that is left" "$(field FOO "$LINE")" 100
check "what was sent to it was replayed" \
	[ "$(total upstream_replays)" -gt "$replays" ]
check "it is set aside" aside 10.1.0.4
is "none of its connections is kept" "$(open_to 10.1.0.4)" 0
ip -n foo2 link set eth0 up
limit set_aside 1000
on_cpu 0-1
check "it is used again" wait_for 20 both

# Removed from the table: its idle connections go at once and in order.
check "idle connections to both" [ "$(open_to 10.1.0.4)" -gt 0 ]
service foo 2
check "removed: idle connections to it are closed" wait_for 5 none_to 10.1.0.4
check "those to the other one stay" [ "$(open_to 10.1.0.2)" -gt 0 ]

service foo
check "no endpoints" wait_for 5 gives /foo 503
check "counted as no_endpoint" [ "$(reason no_endpoint)" -ge 1 ]
good "no endpoint: every request gets its 503" -n 50 -c 5 --host $APPS \
	--path /foo --status 503
service foo 2
check "endpoints are back" wait_for 5 gives /foo 200

rm $MANIFESTS/service-foo.yaml
check "Service gone: its share is 500" wait_for 5 gives /foo 500
before=$(errors_by invalid)
good "Service gone: the split keeps its shares" -n 100 -c 4 --also 500
check "counted as invalid_backend" [ "$(reason invalid_backend)" -ge 81 ]
is "foo's share is 500" "$(field also "$LINE") $(field BAR "$LINE")" "80 20"
is "and of kind invalid" $(($(errors_by invalid) - before)) 80
service foo 2
check "Service is back" wait_for 5 gives /foo 200

limit response_timeout 1000
is "backend that does not answer" \
	"$(answer $NODE4 $APPS /foo/delay/5000 | grep -o '...$')" 504
limit response_timeout 60000

limit set_aside 5000
drop=(OUTPUT -d 10.1.0.2 -p tcp --dport 8080 --syn -j DROP)
iptables -I "${drop[@]}"
serve_kill foo
serve foo FOO
timeouts=$(reason connect_timeout)
is "SYNs to the backend are lost" "$(status_of /foo)" 504
check "counted as connect_timeout" [ "$(reason connect_timeout)" -gt "$timeouts" ]
check "it is set aside" aside 10.1.0.2
iptables -D "${drop[@]}"
limit set_aside 1000
check "recovery from lost SYNs" wait_for 10 gives /foo 200

# The first SYN is lost, so the connect outlives the time for a response.
limit connect_timeout 5000
limit response_timeout 800
serve_kill foo
serve foo FOO
iptables -I "${drop[@]}"
(wait_for 10 dropped; iptables -D "${drop[@]}") &
is "late connect, then no answer" "$(status_of /foo/delay/8000)" 504
wait $!
limit response_timeout 60000
check "there are classes" sh -c "gwctl stats -o json | grep -q unanswered"
is "each request has one class" "$(without_class)" "[]"
finish
