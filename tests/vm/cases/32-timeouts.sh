#!/bin/bash
# SPDX-License-Identifier: MIT
# title: a rule's time-outs end what takes too long, and nothing else
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

subscribed()
{
	[ "$(gauge log_subscribers)" = 1 ]
}

# told CMD...: $GOT is its output, $MS the time of its request by the access log: that
# of the kernel, in which no program starts
told()
{
	local monitor

	timeout $((30 * SLOW)) gwctl monitor -o json --count 1 >$RUN/log.json &
	monitor=$!
	wait_for 10 subscribed
	GOT=$("$@")
	wait $monitor
	MS=$(jq '.duration | floor' $RUN/log.json)
}

# took_about NAME MS: of told, and twice that is too much
took_about()
{
	check "$1: after $2 ms ($MS)" \
		[ "$MS" -ge $(($2 * 9 / 10)) -a "$MS" -le $(($2 * 19 / 10 * SLOW)) ]
}

# late NAME REASON WANT CMD...: the answer comes when the time of the rule is over,
# 500 ms, and is counted once
late()
{
	local name=$1 why=$2 want=$3 before

	shift 3
	before=$(reason "$why")
	told "$@"
	is "$name" "$GOT" "$want"
	took_about "$name" 500
	is "$name: counted as $why" $(($(reason "$why") - before)) 1
}

lost()
{
	iptables "$1" OUTPUT -d 10.1.0.3 -p tcp --dport 8080 --syn -j DROP
}

scene_start
tries_route <<END
  - matches: [{path: {value: /request}}]
    timeouts: {request: 500ms}
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /try}}]
    timeouts: {request: 1h, backendRequest: 500ms}
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /off}}]
    timeouts: {request: 0s, backendRequest: 0s}
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /patient}}]
    timeouts: {request: 3s}
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /tries}}]
    timeouts: {backendRequest: 3s}
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /plain}}]
    backendRefs: [{name: foo, port: 80}]
  - matches: [{path: {value: /bar/off}}]
    timeouts: {request: 0s}
    backendRefs: [{name: bar, port: 80}]
  - matches: [{path: {value: /bar}}]
    timeouts: {request: 500ms}
    backendRefs: [{name: bar, port: 80}]
END
up()
{
	[ "$(get /request)" = "FOO 200" ]
}
check "the route serves" wait_for 10 up
is "the kernel has the times" "$(gwctl get rules -A -o json |
	jq -c '[.[] | select(.route == "tries") | .tries]')" \
	'[["timeout=500ms"],["timeout=3600000ms","try=500ms"],["timeout=2147483647ms"],["timeout=3000ms"],["try=3000ms"],null,["timeout=2147483647ms"],["timeout=500ms"]]'

is "an answer in time" "$(get /request/delay/100)" "FOO 200"
late "no answer in time" request_timeout 504 status /request/delay/9000
late "no answer of a try in time" backend_timeout 504 status /try/delay/9000
is "0s: no limit" "$(get /off/delay/1500)" "FOO 200"
is "the connection serves on after a 504" \
	"$($CLIENT curl -s -H "Host: $TRIES" -o /dev/null -o /dev/null \
	-w '%{http_code} %{num_connects} ' "$TRIES_URL/request/delay/2000" \
	"$TRIES_URL/request")" "504 1 200 0 "

# A rule's own times stand in for the node's limit.
limit response_timeout 1000
before=$(reason upstream_timeout)
for path in /patient /tries /off; do
	is "longer than response_timeout: $path" "$(get $path/delay/1500)" \
		"FOO 200"
done
is "the limit is for rules without times" "$(status /plain/delay/9000)" 504
is "and was met once" $(($(reason upstream_timeout) - before)) 1
before=$(reason request_timeout)
told status /patient/delay/9000
is "the rule's time ends it" "$GOT" 504
took_about "the rule's time ends it" 3000
is "counted as request_timeout" $(($(reason request_timeout) - before)) 1
limit response_timeout 60000

POST="POST /request/sink HTTP/1.1\r\nHost: $TRIES\r\n"
late "a request that is too slow" request_timeout "504 Gateway Timeout" \
	raw "${POST}Content-Length: 9\r\n\r\nabc"
before=$(reason request_timeout)
took $CLIENT curl -s -m 10 -o /dev/null --limit-rate 50k -H "Host: $TRIES" \
	-w '%{http_code}' "$TRIES_URL/request/bytes/4000000"
is "a response that is too slow is cut" $(($(reason request_timeout) - before)) 1
check "with its length it is seen to be torn ($GOT)" [ "$GOT" = 200 ]

lost -I
serve_kill bar
serve bar BAR
late "no connection in time" request_timeout 504 status /bar
lost -D

serve_kill bar
tool_start bar rude.py silent
late "no end of the response in time: cut" request_timeout \
	"200 body reset abc" raw "GET /bar HTTP/1.1\r\nHost: $TRIES\r\n\r\n"

limit stall_timeout 1000
before=$(reason upstream_timeout)
is "who falls silent in a response is cut, whatever the rule says" \
	"$(raw "GET /bar/off HTTP/1.1\r\nHost: $TRIES\r\n\r\n")" \
	"200 body reset abc"
is "counted as upstream_timeout" $(($(reason upstream_timeout) - before)) 1
limit stall_timeout 60000

errors=$(gwctl stats tries -n gw-demo -o json |
	jq '[.rules[] | .errors] | add')
check "errors of the rules ($errors)" [ "$errors" -ge 6 ]
is "all are of kind timeout" "$(errors_by timeout)" "$errors"
is "one for each time that was over" "$errors" $(($(reason request_timeout) +
	$(reason backend_timeout) + $(reason upstream_timeout)))
limit upstream_idle_timeout 500
check "every accepted connection was closed" wait_for 15 balanced
finish
