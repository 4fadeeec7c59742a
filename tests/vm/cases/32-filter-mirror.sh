#!/bin/bash
# SPDX-License-Identifier: MIT
# title: copies of requests go where filters say, and clients never notice
# kernels: 6.12
# timeout: 450
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

HOST=mirror.kkloud.local
URL=http://$NODE4:$NODEPORT
TABLE=/gws/src/tests/vm/cases/28-hostile.table

# get PATH [curl options]: body and status
get()
{
	answer $NODE4 $HOST "$@"
}

# times N PATH [curl options]: so many requests on one connection; their statuses
times()
{
	local n=$1 path=$2

	shift 2
	$CLIENT curl -s -m 60 -H "Host: $HOST" -o /dev/null \
		-w '%{http_code}\n' "$@" "$URL$path?[1-$n]" |
		sort | uniq -c | xargs
}

quiet()
{
	[ "$(gauge mirrors_under_way)" = 0 ]
}

# lost: what is counted for copies that had no answer
lost()
{
	cat $SYSFS/reasons/mirror_* | awk '{ n += $1 } END { print n }'
}

# given_up NAME REASON PATH [curl options]: the client has its answer, and the copy is
# counted there and nowhere else
given_up()
{
	local name=$1 reason=$2 before all answered

	shift 2
	before=$(reason "$reason") all=$(lost)
	answered=$(total mirrors_answered)
	is "$name: the client has its answer" "$(get "$@")" "FOO 200"
	[ "$reason" != mirror_timeout ] ||
		is "$name: while the copy still waits" \
			"$(gauge mirrors_under_way)" 1
	check "$name: it ends" wait_for 20 quiet
	is "$name: why, is counted" "$(($(reason "$reason") - before)) \
$(($(lost) - all)) $(($(total mirrors_answered) - answered))" "1 1 0"
}

# shadow NAME PORT: a Service of one endpoint on the host of all mirrors
shadow()
{
	cat <<-END
	---
	apiVersion: v1
	kind: Service
	metadata: {name: $1, namespace: gw-demo}
	spec: {ports: [{port: 80, targetPort: $2}]}
	---
	apiVersion: discovery.k8s.io/v1
	kind: EndpointSlice
	metadata:
	  name: $1-1
	  namespace: gw-demo
	  labels: {kubernetes.io/service-name: $1}
	addressType: IPv4
	ports: [{port: $2}]
	endpoints: [{addresses: [10.1.0.4]}]
	END
}

# mirror NAME [SHARE]: the filter
mirror()
{
	echo "{type: RequestMirror, requestMirror: {backendRef: {name: $1, port: 80}${2:+, $2}}}"
}

# rule PATH FILTER...: of backend foo
rule()
{
	echo "    - matches: [{path: {value: $1}}]"
	echo "      backendRefs: [{name: foo, port: 80}]"
	echo "      filters:"
	shift
	printf '        - %s\n' "$@"
}

# in_shadow COMMAND...: there, until the case ends
in_shadow()
{
	nsenter --net=/run/netns/shadow "$@" >>$RUN/shadow.out 2>&1 &
}

routes()
{
	cat <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: mirror, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw}]
	  hostnames: [$HOST]
	  rules:
	END
	rule /all "$(mirror shadow)"
	rule /percent "$(mirror shadow "percent: 20")"
	rule /fraction "$(mirror shadow "fraction: {numerator: 2, denominator: 7}")"
	rule /never "$(mirror shadow "percent: 0")"
	rule /several "$(mirror shadow)" "$(mirror other "percent: 50")" \
		"$(mirror deaf)"
	rule /edit "$(mirror shadow)" \
		"{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: new}], remove: [user-agent]}}" \
		"{type: URLRewrite, urlRewrite: {hostname: new.local, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}"
	rule /deaf "$(mirror deaf)"
	rule /silent "$(mirror silent)"
	rule /early "$(mirror early)"
	rule /hints "$(mirror hints)"
	rule /hostile "$(mirror hostile)"
	rule /gone "$(mirror gone)"
	rule /none "$(mirror none)"
	rule /nowhere "$(mirror nowhere)" "$(mirror shadow)"
	cat <<-END
	    - matches: [{path: {value: /each}}]
	      backendRefs:
	        - {name: foo, port: 80}
	        - {name: bar, port: 80, filters: [$(mirror shadow "percent: 50")]}
	    - matches: [{path: {value: /tried}}]
	      filters: [$(mirror shadow)]
	      retry: {codes: [503], attempts: 3}
	      backendRefs: [{name: foo, port: 80}]
	---
	apiVersion: v1
	kind: Service
	metadata: {name: none, namespace: gw-demo}
	spec: {ports: [{port: 80, targetPort: 8080}]}
	---
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: unserved, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw}]
	  hostnames: [$HOST]
	  rules:
	    - matches: [{path: {value: /unserved}}]
	      backendRefs: [{name: none, port: 80}]
	      filters: [$(mirror shadow)]
	END
	rule /reset "$(mirror reset)"
	rule /unread "$(mirror unread)"
	shadow shadow 8080
	shadow other 8081
	shadow deaf 8082
	shadow silent 8083
	shadow early 8084
	shadow hints 8085
	shadow hostile 8086
	shadow gone 8087
	shadow reset 8088
	shadow unread 8089
}

scene_start
pod shadow 4
serve_kill foo
serve foo FOO -R $RUN/foo.raw
serve shadow SHADOW -R $RUN/shadow.raw
in_shadow backend -n OTHER -p 8081 -L $RUN/other.log
for how in deaf:8082 silent:8083 early:8084 hints:8085 reset:8088; do
	in_shadow /gws/src/tests/tools/rude.py ${how#*:} ${how%:*}
done
in_shadow /gws/src/tests/tools/hostile.py serve 8086 $TABLE
in_shadow /gws/src/tests/tools/flaky.py 8089
for port in 8081 8082 8083 8084 8085 8086 8088 8089; do
	wait_for 20 nsenter --net=/run/netns/shadow nc -z 127.0.0.1 $port
done
routes | put mirror.yaml
served_never()
{
	[ "$(get /never)" = "FOO 200" ]
}
check "the route is served" wait_for 60 served_never
is "a mirror that is not there is told, and the rest is done" \
	"$(gwctl get httproutes mirror -A -o json | jq -r \
	'.. | objects | select(.type? == "ResolvedRefs") | .reason + " " + .message' |
	head -n 1)" \
	"BackendNotFound spec.rules[13].filters[0].requestMirror.backendRef: no Service gw-demo/nowhere"
is "gwctl shows them" "$(gwctl get rules -o json | jq -c \
	'[.. | objects | select(.route? == "mirror" and .name? == "4") | .filters[]][1]')" \
	'{"type":"RequestMirror","backend":"gw-demo/other:80","numerator":50,"denominator":100}'
is "and those of backends" "$(gwctl get rules -o json | jq -c \
	'[.. | objects | select(.route? == "mirror" and .name? == "14") | .backendFilters[].filters[].backend]')" \
	'["gw-demo/shadow:80"]'

# --- what is copied ----------------------------------------------------------

# One after the other, so that the octets of both backends are in the same order.
head -c 50000 /dev/urandom >$RUN/body
from=$(stat -c %s $RUN/foo.raw):$(stat -c %s $RUN/shadow.raw)
copied=0
same()
{
	local name=$1

	shift
	is "$name: the client has its answer" "$($CLIENT curl -s -m 10 -g \
		-o /dev/null -w '%{http_code}' -H "Host: $HOST" "$@")" \
		"${STATUS:-200}"
	wait_for 10 quiet
	check "$name: the copy is the same, octet by octet" \
		cmp -i $from $RUN/foo.raw $RUN/shadow.raw
	copied=$((copied + 1))
}
answered=$(total mirrors_answered)
same "GET" "$URL/all/x?y=z"
same "GET again" "$URL/all/x?y=z"
same "and once more" "$URL/all/x?y=z"
same "HEAD" -I "$URL/all/bytes/3000"
same "an answer until close" "$URL/all/close/3000"
same "a chunked answer" "$URL/all/chunked/70000"
same "POST" --data abc "$URL/all/sink"
same "POST, 50000 octets" --data-binary @$RUN/body "$URL/all/echo"
same "chunked" -H "Transfer-Encoding: chunked" --data-binary @$RUN/body \
	"$URL/all/echo"
same "Expect" -H "Expect: 100-continue" --data-binary @$RUN/body "$URL/all/sink"
STATUS=204 same "no content" "$URL/all/status/204"
STATUS=500 same "an error" "$URL/all/status/500"
same "edited" -H "X-Set: old" "$URL/edit/headers"
same "edited, with a body" --data abc "$URL/edit/sink"
check "edited: it is" grep -aq "^POST /new/sink" $RUN/shadow.raw
is "all copies were answered" $(($(total mirrors_answered) - answered)) $copied
is "the mirrors saw nothing malformed" \
	"$(served shadow malformed) $(served shadow aborted)" "0 0"

# --- how many ----------------------------------------------------------------

# share NAME N WANT PATH [curl options]: of N requests so many are copied
share()
{
	local name=$1 n=$2 want=$3 before

	shift 3
	before=$(served shadow requests)
	is "$name: all are answered" "$(times "$n" "$@")" "$n 200"
	wait_for 20 quiet
	is "$name: so many are copied" $(($(served shadow requests) - before)) \
		"$want"
}
share "all" 50 50 /all
share "a percentage" 100 20 /percent
share "and again" 35 7 /percent
share "a fraction" 70 20 /fraction
share "no percent" 20 0 /never
other=$(nsenter --net=/run/netns/shadow curl -s http://127.0.0.1:8081/-/count)
is "of a backend: every other of its half" "$(served shadow requests >$RUN/n
	times 40 /each; wait_for 20 quiet
	echo $(($(served shadow requests) - $(cat $RUN/n))))" "40 200
10"
limit response_timeout 1000
share "several: each has its own" 20 20 /several
is "and so had the second" "$(($(nsenter --net=/run/netns/shadow curl -s \
	http://127.0.0.1:8081/-/count | tr ' ' '\n' | sed -n 's/^requests=//p') - \
	$(tr ' ' '\n' <<<"$other" | sed -n 's/^requests=//p')))" 10
share "a mirror that is not there costs the others nothing" 3 3 /nowhere
before=$(served shadow requests)
is "tries of a request" "$(get /tried/status/503 -o /dev/null)" " 503"
wait_for 10 quiet
is "are copied once" $(($(served shadow requests) - before)) 1

# --- what cannot be copied -----------------------------------------------------

head -c 200000 /dev/zero >$RUN/zeros
is "a body that is too long" "$($CLIENT curl -s -m 20 -H "Host: $HOST" \
	--data-binary @$RUN/zeros "$URL/all/echo" | wc -c) \
$(reason mirror_too_long)" "200000 1"
is "a chunked one" "$($CLIENT curl -s -m 20 -H "Host: $HOST" \
	-H "Transfer-Encoding: chunked" --data-binary @$RUN/zeros \
	"$URL/all/echo" | wc -c) $(reason mirror_too_long)" "200000 2"
given_up "a request to switch" mirror_upgrade /all \
	-H "Connection: Upgrade" -H "Upgrade: websocket" \
	-H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
unfinished=$(reason mirror_unfinished)
raw "POST /all/sink HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 9\r\n\r\nabc" \
	wait:0.3 fin >/dev/null
is "a client that leaves in its request" \
	$(($(reason mirror_unfinished) - unfinished)) 1
limit response_timeout 4000
before=$(served shadow completed) copies=$(total mirrors)
copied_once()
{
	[ $(($(total mirrors) - copies)) = 1 ]
}
$CLIENT curl -s -m 20 -H "Host: $HOST" "$URL/all/delay/1000" >/dev/null &
leaver=$!
check "a request is copied" wait_for 10 copied_once
kill $leaver
check "a client that leaves after it: the copy goes on" wait_for 10 quiet
is "to its end" $(($(served shadow completed) - before)) 1

# --- mirrors that are no good ------------------------------------------------

given_up "never answers" mirror_timeout /deaf
given_up "never answers a body" mirror_timeout /deaf/sink --data abc \
	-o /dev/null -w "FOO %{http_code}" -D /dev/null
given_up "stops in its answer" mirror_timeout /silent
given_up "sends hints for ever" mirror_timeout /hints
given_up "resets" mirror_reset /reset
# It refuses a body unread, and takes that for the next request, which must not come.
body=$'GET /hidden HTTP/1.1\r\nX-Pad: '
get /unread/ -H "Expect: 100-continue" --data-binary "$body" >/dev/null
check "refuses a body unread: the copy ends" wait_for 10 quiet
for i in 1 2 3; do
	get "/unread/$i" >/dev/null
	wait_for 10 quiet
done
is "that is nobody's request" "$(nsenter --net=/run/netns/shadow \
	curl -s http://127.0.0.1:8089/hidden)" "try=1 body=0:0"
limit response_timeout 1000
given_up "is not there" mirror_connect /gone
given_up "has no endpoint" mirror_no_endpoint /none
limit mirrors 0
given_up "beyond the limit" mirror_limit /all
# One that hangs has three quarters of the places, and the others the rest.
limit mirrors 16
limit response_timeout 12000
is "many copies to one that hangs" "$(times 40 /deaf)" "40 200"
before=$(served shadow completed) refused=$(reason mirror_limit)
for _ in 1 2 3 4 5; do
	get /all >/dev/null
done
all_there()
{
	[ $(($(served shadow completed) - before)) = 5 ]
}
check "those to another are not among them" wait_for 10 all_there
is "none of these was refused" $(($(reason mirror_limit) - refused)) 0
is "so many wait" "$(gauge mirrors_under_way)" 12
limit mirrors 1024
before=$(total mirrors)
is "a request that no backend gets" "$(get /unserved | grep -o ...$)" 503
is "no other gets, either" $(($(total mirrors) - before)) 0
check "those that wait end" wait_for 60 quiet
limit response_timeout 1000
limit endpoint_connections 1
before=$(reason mirror_limit)
is "the mirror has no connection left" "$(times 8 /deaf)" "8 200"
wait_for 10 quiet
check "that is counted, and nothing waits" \
	[ $(($(reason mirror_limit) - before)) -ge 2 ]
limit endpoint_connections 4096
rows=$(grep -vc '^#\|^$' $TABLE)
answered=$(total mirrors_answered)
all=$(lost)
bad=$(reason mirror_bad_response)
is "a hostile backend: $rows answers" "$($CLIENT curl -s -m 100 \
	-H "Host: $HOST" -w ' %{http_code}\n' "$URL/hostile/whole/[0-$((rows - 1))]" |
	xargs -n 2 | sort | uniq -c | xargs)" "$rows FOO 200"
wait_for 60 quiet
is "each is counted" \
	$(($(total mirrors_answered) - answered + $(lost) - all)) "$rows"
check "some were answers" [ $(($(total mirrors_answered) - answered)) -ge 5 ]
check "and some were not" [ $(($(reason mirror_bad_response) - bad)) -ge 20 ]
# Its answer is long, and nobody reads it.
is "an answer before the request is there" "$(get /early)" "FOO 200"
wait_for 10 quiet

# --- under load ----------------------------------------------------------------

limit response_timeout 30000
balance()
{
	echo $(($(total mirrors) - $(total mirrors_answered) - $(lost)))
}
is "each copy has its end" "$(balance)" 0
# They need not keep what they get any more.
for pod in foo shadow; do
	serve_kill $pod
	serve $pod ${pod^^}
done
check "all serve again" wait_for 20 served_never
flat_start
served_before=$(served shadow completed)
foo_before=$(served foo completed)
mirrors=$(total mirrors)
answered=$(total mirrors_answered)
all=$(lost)
load_start mirrored -c 8 --host $HOST --path /all/bytes/3000 \
	--path /all/chunked/9000 --path /all
load_start bodies -c 4 --host $HOST --path /all/echo --body 20000
load_start gone -c 2 --host $HOST --path /gone --path /none
for i in 1 2 3 4; do
	sleep 1
	routes | sed "s/percent: 20/percent: 2$i/" | put mirror.yaml
done
check "clients find nothing wrong" load_stop
ok=0
for name in mirrored bodies; do
	note "$name: $(cat $RUN/$name.line)"
	ok=$((ok + $(field ok "$(cat $RUN/$name.line)")))
done
ok_gone=$(field ok "$(cat $RUN/gone.line)")
check "copies end" wait_for 20 quiet
is "copies are what clients sent" \
	$(($(total mirrors) - mirrors)) $((ok + ok_gone))
is "the kernel's answered ones are the backend's" \
	$(($(total mirrors_answered) - answered)) \
	$(($(served shadow completed) - served_before))
note "lost, by reason: $(grep -H . $SYSFS/reasons/mirror_* |
	sed 's/.*mirror_//' | xargs)"
is "which are all but those that are counted as lost" \
	$(($(served shadow completed) - served_before)) \
	$((ok + ok_gone - $(lost) + all))
is "and the backend that was asked has each once" \
	$(($(served foo completed) - foo_before)) $((ok + ok_gone))
is "each copy still has its end" "$(balance)" 0
check "gwctl has them of rules" [ "$(gwctl stats mirror -o json |
	jq '[.rules[] | select(.rule == "0") | .mirrors][0]')" -ge $ok ]
flat "mirrored load"

$CLIENT client -a $NODE4 -p $NODEPORT --host $HOST -d 4 -c 8 --path /all/delay/50 \
	--path /deaf --path /all/chunked/9000 --lossy >/dev/null 2>&1 &
client=$!
sleep 1
daemon_stop KILL
check "unloaded under mirrored load" rmmod gwsteer
wait $client
check "no connection is left" wait_for 60 all_closed
finish
