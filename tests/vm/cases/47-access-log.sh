#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the access log tells of every request, or how many it does not tell of
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

SUBSCRIBE=/gws/src/tests/tools/subscribe.py

subscribers_are()
{
	[ "$(gauge log_subscribers)" = "$1" ]
}

# monitor [options]: gwctl monitor in JSON, from here on
monitor()
{
	gwctl monitor -o json "$@" >$RUN/log.json 2>$RUN/monitor.err &
	MONITOR=$!
	wait_for 10 subscribers_are 1
}

# monitor_end: all that it was told is in $RUN/log.json
monitor_end()
{
	kill -INT $MONITOR
	wait $MONITOR
}

# log FILTER: of the records, as one line
log()
{
	jq -rsc "$1" $RUN/log.json
}

told_lost()
{
	sed -n 's/.*warning: \([0-9]*\) records were lost/\1/p' $RUN/monitor.err |
		paste -sd+ | bc
}

tally()
{
	cat $SYSFS/gateways/gw-demo/web-gw/listeners/http/httproutes/gw-demo/*/rules/*/backends/*/"$1" |
		paste -sd+ | bc
}

scene_start
command -v bc >/dev/null || bc() { awk -F+ '{ for (i = 1; i <= NF; i++) n += $i } END { print n + 0 }'; }

# --- what it says ---
requests=$(total requests)
rx=$(tally bytes_rx) tx=$(tally bytes_tx)
check "a monitor subscribes" monitor
strict -n 60 -c 3 --path / --path /bytes/20000 --path /chunked/3000 >/dev/null
strict -n 20 --path /echo --body 30000 >/dev/null
strict -n 10 --close --host $APPS --path /foo >/dev/null
ask client "http://$NODE4:$NODEPORT/a%20b?c=d" -H "Host: $APPS" -A 'test "1"' \
	-H "X-Request-Id: id-1" -H "X-Forwarded-For: 6.6.6.6" -H "Referer: http://r/" >/dev/null
AT=$CLIENT answer $NODE6 none.local / >/dev/null
raw "GET / HTTP/1.1\n\n" >/dev/null 2>&1
wait_for 5 eval '[ "$(total log_sent)" = 93 ]'
check "the monitor ends in order" monitor_end
is "it complained of nothing" "$(cat $RUN/monitor.err)" ""
is "as many records as requests, and one for a refused head" "$(log length)" 93
is "the requests were counted alike" "$(($(total requests) - requests))" 92
is "so many by status" \
	"$(log 'group_by(.response_code) | map([.[0].response_code, length])')" \
	"[[200,90],[400,1],[404,2]]"
is "the split is in the names" "$(log 'map(select(.route_name ==
	"httproute/gw-demo/split/rule/0") | .upstream_cluster) | group_by(.) |
	map([.[0], length])')" '[["gw-demo/bar:80",16],["gw-demo/foo:80",64]]'
is "bytes from clients are those of the counters" \
	"$(log 'map(select(.upstream_host) | .bytes_received) | add')" \
	"$(($(tally bytes_rx) - rx))"
is "bytes to clients, too" \
	"$(log 'map(select(.upstream_host) | .bytes_sent) | add')" \
	"$(($(tally bytes_tx) - tx))"
is "one in full" "$(log '.[] | select(.path == "/a%20b?c=d") | [.method,
	.protocol, .response_flags, .response_code_details, ."user-agent",
	."x-request-id", ."x-forwarded-for", .referer, .":authority", .gateway, .listener,
	.route_name, .truncated, .upstream_host, .bytes_sent > 50]')" \
	"[\"GET\",\"HTTP/1.1\",\"NR\",\"no_rule\",\"test \\\"1\\\"\",\"id-1\",null,\"http://r/\",\"$APPS\",\"gw-demo/web-gw\",\"http\",null,[],null,true]"
is "client and destination" "$(log 'map(select(.":authority" | . and
	startswith("none.local"))) | .[0] | [(.downstream_remote_address |
	split("]")[0]), .downstream_local_address, .response_code_details,
	.gateway]')" \
	"[\"[2001:db8:1::2\",\"[$NODE6]:$NODEPORT\",\"no_host\",\"gw-demo/web-gw\"]"
is "a head that was refused" \
	"$(log '.[] | select(.response_code == 400) | [.method, .response_flags, .duration == 0]')" \
	'[null,"DPE",true]'
# A kernel whose ticks are late has a clock that stands still meanwhile: some are 0.
check "durations are plausible" [ "$(log 'map(select(.upstream_host)) |
	(map(.duration >= .upstream_service_time and .duration < 20000) | all) and
	(map(.duration) | add > 0)')" = true ] ||
	note "$(log 'map(select(.upstream_host) | [.duration, .upstream_service_time])')"

monitor --status 4xx --count 2 apps
ask client "http://$NODE4:$NODEPORT/foo" -H "Host: $APPS" >/dev/null
ask client "http://$NODE4:$NODEPORT/baz" -H "Host: $APPS" >/dev/null
kill -INT $MONITOR; wait $MONITOR
is "a 404 has no route, so a filter by route hides it" "$(log length)" 0
monitor --status 4xx --count 1 -n gw-demo
monitor=$MONITOR
gwctl monitor -o json -n other >$RUN/other.json &
other=$!
wait_for 10 subscribers_are 2
ask client "http://$NODE4:$NODEPORT/baz" -H "Host: $APPS" >/dev/null
check "but it has a Gateway, whose namespace shows it" wait "$monitor"
is "with its names" "$(log '.[0] | [.gateway, .listener, .route_name]')" \
	'["gw-demo/web-gw","http",null]'
kill -INT $other; wait $other
is "and not that of another" "$(cat $RUN/other.json)" ""
long=$(printf 'x%.0s' {1..3000})
monitor --count 2
ask client "http://$NODE4:$NODEPORT/$long" -H "Host: $SPLIT" -A "$long" >/dev/null
# Its reset comes when the request was read: else there is nothing to tell.
raw "GET /delay/20000 HTTP/1.1\r\nHost: $SPLIT\r\n\r\n" wait:1 rst
check "--count ends it" wait $MONITOR
is "what is long is cut, and said to be" \
	"$(log '.[0] | [(.path | length), (."user-agent" | length), .truncated]')" \
	'[1024,256,["path","user-agent"]]'
is "a client that leaves" "$(log '.[1] | [.response_code, .response_flags]')" \
	'[0,"DC"]'

gwctl monitor --count 1 >$RUN/log.text &
monitor=$!
wait_for 10 subscribers_are 1
ask client "http://$NODE4:$NODEPORT/foo?a=b" -H "Host: $APPS" -A test \
	-H "X-Request-Id: id-2" >/dev/null
check "--count ends it as text, too" wait $monitor
line='^\[20[0-9-]+T[0-9:.]+Z\] "GET /foo\?a=b HTTP/1\.1" 200 - [0-9]+ [0-9]+ [0-9.]+ [0-9.]+'
line+=" \"-\" \"test\" \"id-2\" \"$APPS\" \"10\.1\.0\.2:8080\""
line+=' 192\.0\.2\.2:[0-9]+ - httproute/gw-demo/fanout/rule/[0-9] gw-demo/foo:80$'
check "a line of it" grep -qE "$line" $RUN/log.text
note "$(cat $RUN/log.text)"
is "is all of it" "$(wc -l <$RUN/log.text)" 1

# --- nothing is lost untold ---
# settled RECORDS: so many since from_here were sent or lost; the last ones follow
# their answers, after all that their worker has in hand
from_here()
{
	SENT=$(total log_sent) LOST=$(total log_lost)
}
settled()
{
	[ $(($(total log_sent) - SENT + $(total log_lost) - LOST)) = "$1" ]
}

# What is more than a request and an answer is told once.
pod ws 4
pod flaky 5
tool_start ws tunnel.py
tool_start flaky flaky.py
service ws 4
service flaky 5
tries_route <<END
  - matches: [{path: {value: /switch}}]
    backendRefs: [{name: ws, port: 80}]
  - matches: [{path: {value: /retry}}]
    retry: {codes: [503], attempts: 4, backoff: 10ms}
    backendRefs: [{name: flaky, port: 80}]
  - matches: [{path: {value: /mirror}}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: bar, port: 80}}}]
    backendRefs: [{name: foo, port: 80}]
END
tries_served()
{
	[ "$(status /mirror) $(status /switch/plain) $(status /retry/up)" = \
		"200 200 200" ]
}
mirrored()
{
	[ $(($(total mirrors_answered) - answered)) = 1 ]
}
check "the route of these is served" wait_for 10 tries_served
wait_for 5 eval '[ "$(gauge mirrors_under_way)" = 0 ]'
monitor
from_here
is "a request switches" "$($CLIENT /gws/src/tests/tools/tunnel.py $NODE4 \
	$NODEPORT $TRIES /switch/echo zeros:50000 fin)" "101 websocket 50003 eof"
is "one is tried again" "$(status /retry/fail/2/503)" 200
answered=$(total mirrors_answered)
is "one is mirrored" "$(status /mirror)" 200
check "its copy is answered" wait_for 5 mirrored
check "three are told" wait_for 5 settled 3
monitor_end
is "each once" "$(log 'map([.method, .response_code, .response_flags,
	.upstream_request_attempt_count, .upstream_cluster, .upstream_host])')" \
	'[["GET",101,"-",1,"gw-demo/ws:80","10.1.0.4:8080"],["GET",200,"-",3,"gw-demo/flaky:80","10.1.0.5:8080"],["GET",200,"-",1,"gw-demo/foo:80","10.1.0.2:8080"]]'
is "with the bytes of the tunnel" "$(log '.[0] |
	[.bytes_received, .bytes_sent] | map(. > 50000 and . < 51000)')" "[true,true]"

limit log_buffer 4096
monitor
from_here
# Records of 1.3 kB: more than three come while the worker looks at all clients once.
strict -n 1500 -c 32 --path "/?$(printf %01000d 0)" >/dev/null
check "each request was told or lost" wait_for 20 settled 1500
monitor_end
lost=$(($(total log_lost) - LOST))
check "a tiny buffer loses records: $lost" [ "$lost" -gt 0 ]
is "the monitor was told how many" "$(told_lost)" "$lost"
is "told and lost are what was asked" "$(($(log length) + lost))" 1500

# Forty requests that never end, with records of 1.7 kB, take none from others.
limit log_buffer 65536
monitor
from_here
before=$(total requests)
begun()
{
	[ $(($(total requests) - before)) = 40 ]
}
# shellcheck disable=SC2016 # the client's shell expands it
$CLIENT bash -c 'for _ in {1..40}; do
		exec {fd}<>"/dev/tcp/$1/$2"
		printf "POST /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nReferer: %s\r\nContent-Length: 9\r\n\r\n" \
			"$4" "$3" "$4" "$4" >&$fd
	done
	sleep 1000' unfinished $NODE4 $NODEPORT $SPLIT "$long" &
holder=$!
check "forty requests begin" wait_for 20 begun
good "others have their answers" -n 60 -c 3
check "each of them was told" wait_for 20 settled 60
is "none is lost" $(($(total log_lost) - LOST)) 0
# They end together, and all of them are more than that buffer takes at once.
limit log_buffer 1048576
kill $holder
check "the forty, too, when they end" wait_for 20 settled 100
is "none of these is lost" $(($(total log_lost) - LOST)) 0
monitor_end

mkfifo $RUN/go
$SUBSCRIBE lazy 4096 <$RUN/go >$RUN/lazy &
lazy=$!
exec 9>$RUN/go
check "one that is lazy subscribes" wait_for 20 grep -q ready $RUN/lazy
from_here
good "one that reads nothing holds nobody up" -n 1000 -c 16
check "each request was queued or lost" wait_for 20 settled 1000
lost=$(($(total log_lost) - LOST))
echo >&9
wait $lazy
exec 9>&-
line=$(tail -n 1 $RUN/lazy)
note "$line"
check "its queue was full" [ "$lost" -gt 0 ]
is "it can ask what it lost" "$(field lost "$line")" "$lost"
is "that and what it got are what was asked" \
	"$(($(field records "$line") + lost))" 1000

# --- who comes and goes ---
is "so many at a time" "$($SUBSCRIBE crowd 9)" "8 EBUSY"
check "who ends is forgotten" wait_for 5 subscribers_are 0
monitor
kill -9 $MONITOR
wait $MONITOR 2>/dev/null || true
check "who is killed, too" wait_for 5 subscribers_are 0
status=0
setpriv --reuid=65534 --regid=65534 --clear-groups gwctl monitor \
	>/dev/null 2>$RUN/denied || status=$?
is "without privilege" "$status" 4
is "nobody listens: nothing is made" "$(total log_sent)" \
	"$(serving; total log_sent)"

monitor
load_start keep -c 8
sleep 1
daemon_stop
check "unloaded while somebody listens, under load" rmmod gwsteer
status=0
wait $MONITOR || status=$?
is "the monitor says that the module is gone" "$status" 3
check "it had records up to then" [ "$(log length)" -gt 0 ]
kill "${LOAD[@]}"
wait "${LOAD[@]}"
LOAD=()
finish
