#!/bin/bash
# SPDX-License-Identifier: MIT
# title: what a rule lets be tried again is, and nothing else
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

EMPTY="body=0:0"

# tried NAME TRIES WANT PATH [curl options]: what came back, after so many tries
tried()
{
	local name=$1 tries=$2 want=$3 before

	shift 3
	before=$(total upstream_retries)
	is "$name" "$(get "$@")" "$want"
	is "$name: $tries tries" $(($(total upstream_retries) - before + 1)) "$tries"
}

scene_start
pod flaky 4
pod nobody 5
tool_start flaky flaky.py
service flaky 4
service half 2 5
rule()
{
	echo "  - matches: [{path: {value: $1}}]"
	echo "    backendRefs: [{name: $2, port: 80}]"
	shift 2
	printf '    %s\n' "$@"
}
{
	rule /some flaky "retry: {codes: [500, 503], attempts: 2, backoff: 50ms}"
	rule /never flaky "retry: {codes: [503], attempts: 0}"
	rule /codes flaky "retry: {codes: [503]}"
	rule /silent flaky "retry: {attempts: 3}"
	rule /none flaky
	rule /short flaky "retry: {codes: [500], attempts: 9}" \
		"timeouts: {request: 1s}"
	rule /slow flaky "retry: {attempts: 3, backoff: 50ms}" \
		"timeouts: {request: 1m, backendRequest: 400ms}"
	rule /paced flaky "retry: {codes: [503], attempts: 2, backoff: 500ms}"
	rule /beyond flaky "retry: {codes: [503], attempts: 3, backoff: 1m}" \
		"timeouts: {request: 15s}"
	rule /long flaky "retry: {codes: [503], backoff: 3s}"
	rule /longest flaky "retry: {codes: [503], backoff: 1m}"
	rule /half half "retry: {attempts: 1}"
	rule /once half "retry: {attempts: 0}"
	rule /both half
} | tries_route
up()
{
	[ "$(status /none/up)" = 200 ]
}
check "the route serves" wait_for 10 up
is "the kernel has it" "$(gwctl get rules -A -o json | jq -c '.[] |
	select(.route == "tries" and .name == "0").tries')" \
	'["attempts=2","backoff=50ms","codes=500,503"]'

tried "a listed status is tried again" 3 "try=3 $EMPTY 200" /some/fail/2/503
tried "tries are used up: the last answer" 3 "failed 503" /some/fail/9/503
tried "codes and no more: one further try" 2 "failed 503" /codes/fail/9/503
tried "which may succeed" 2 "try=2 $EMPTY 200" /codes/fail/1/503
tried "another status is not tried again" 1 "failed 502" /some/fail/1/502
tried "without codes none is" 1 "failed 503" /silent/fail/1/503
tried "attempts 0: none is" 1 "failed 503" /never/fail/1/503
tried "no retry, none is" 1 "failed 503" /none/fail/1/503
tried "HEAD too" 2 " 200" /some/fail/1/500 -I -o /dev/null
for method in DELETE OPTIONS; do
	tried "$method too" 2 "try=2 $EMPTY 200" "/some/fail/1/500?$method" \
		-X $method
done
tried "PATCH is not" 1 "failed 500" "/some/fail/1/500?PATCH" -X PATCH
tried "a large answer is dropped" 2 "try=2 $EMPTY 200" /some/large/fail/1/503
tried "what follows on that connection is whole" 1 "try=1 $EMPTY 200" /some/next

seq 4000 >/run/body
crc=$(python3 -c 'import zlib; print(zlib.crc32(open("/run/body", "rb").read()))')
body="body=$(stat -c %s /run/body):$crc"
tried "a body is sent again" 3 "try=3 $body 200" /some/fail/2/500 \
	-X PUT --data-binary @/run/body
tried "a chunked body too" 3 "try=3 $body 200" "/some/fail/2/500?chunked" \
	-X PUT --data-binary @/run/body -H "Transfer-Encoding: chunked"
tried "POST is not: it was sent" 1 "failed 503" "/some/fail/1/503?post" \
	-d something
seq 40000 >/run/large
tried "nor what is longer than is held" 1 "failed 500" "/some/fail/1/500?long" \
	-X PUT --data-binary @/run/large

# lost NAME [curl options]: its connection is reset when all of it was sent
lost()
{
	local name=$1 target="/some/lost/fail/1/503?$1"

	shift
	tried "$name that was sent and lost is not tried again" 1 \
		"Bad Gateway 502" "$target" "$@"
	is "$name: the backend had it once" "$(get "$target")" \
		"try=2 $EMPTY 200"
}

# That of an earlier request could have died before this one.
unpark
connects=$(total upstream_connects)
before=$(reason upstream_reset)
lost GET
is "GET: it had a connection of its own" \
	$(($(total upstream_connects) - connects)) 2
lost POST -d something
lost PUT -X PUT -d something
is "each is counted as upstream_reset" $(($(reason upstream_reset) - before)) 3

# lent RULE: one request, then another on its connection to the backend, which is reset
# when that was sent; with what of it was counted
lent()
{
	local begin="Host: $TRIES\r\n\r\nGET $1/lost/fail/1/503?lent HTTP/1.1\r\n"
	local reuses replays retries

	unpark
	reuses=$(total upstream_reuses)
	replays=$(total upstream_replays)
	retries=$(total upstream_retries)
	raw "GET $1/up HTTP/1.1\r\n$begin" "Host: $TRIES\r\nConnection: close\r\n\r\n"
	echo "reuses $(($(total upstream_reuses) - reuses))" \
		"replays $(($(total upstream_replays) - replays))" \
		"retries $(($(total upstream_retries) - retries))"
}
is "over an idle connection that dies it is sent once more" "$(lent /some | xargs)" \
	"200 200 try=2 $EMPTY reuses 1 replays 1 retries 0"
is "attempts 0: not even that" "$(lent /never | xargs)" \
	"200 502 Bad Gateway reuses 1 replays 0 retries 0"
is "the backend had it once" "$(get "/never/lost/fail/1/503?lent")" \
	"try=2 $EMPTY 200"

# What is acknowledged late is a dead peer, and a body that is read late is none.
seq 10000 >/run/longer
crc=$(python3 -c 'import zlib; print(zlib.crc32(open("/run/longer", "rb").read()))')
limit connect_timeout 500
before=$(total upstream_connects)
tried "a body that is sent again may be read late" 2 \
	"try=2 body=$(stat -c %s /run/longer):$crc 200" \
	/some/pause/1800/fail/1/503 -X PUT --data-binary @/run/longer
check "over the connection of the first try" \
	[ $(($(total upstream_connects) - before)) -le 1 ]
limit connect_timeout 5000

early()
{
	$CLIENT /gws/src/tests/tools/raw.py $NODE4 $NODEPORT \
		"PUT /some/early/fail/1/503 HTTP/1.1\r\nHost: $TRIES\r\n" \
		"Content-Length: 20000\r\n\r\n" zeros:10000 wait:0.5 zeros:10000 \
		wait:0.5 "GET /some/early/next HTTP/1.1\r\nHost: $TRIES\r\n" \
		"Connection: close\r\n\r\n"
}
is "refused before its body has come, then taken: the client goes on" \
	"$(early)" "200 200 try=1 $EMPTY"

# A body that is refused unread must not become another client's request.
for how in "Expect: 100-continue\r\n" ""; do
	hidden=/some/hidden/${#how}
	body="GET $hidden HTTP/1.1\r\nX-Pad: "
	wait=wait:0.5
	[ -z "$how" ] || wait=wait:0
	is "a body that a backend leaves unread${how:+, with Expect}" \
		"$($CLIENT /gws/src/tests/tools/raw.py $NODE4 $NODEPORT \
			"POST /some/unread/ HTTP/1.1\r\nHost: $TRIES\r\n$how" \
			"Content-Length: $((${#body} - 2))\r\n\r\n" $wait "$body" \
			wait:0.5 fin)" "417 unread"
	for i in 1 2 3; do
		get "/some/next/$i" >/dev/null
	done
	is "is nobody's request" "$(get $hidden)" "try=1 $EMPTY 200"
done

before=$(total upstream_connects)
for i in {1..5}; do
	get "/some/fail/1/503?$i" >/dev/null
done
is "a short answer costs no connection" \
	$(($(total upstream_connects) - before)) 0

# It ends within a try: at the end of a wait the last answer would stand.
took status /short/fail/9/500/600
is "tries end with the request's time" "$GOT" 504
check "which is a second ($TOOK tenths)" [ "$TOOK" -ge 9 -a "$TOOK" -le $((60 * SLOW)) ]
# The wait doubles; up to a quarter of each is added.
before=$(total upstream_retries)
took get /paced/fail/9/503
is "backoff: the last answer" "$GOT" "failed 503"
is "backoff: 3 tries" $(($(total upstream_retries) - before + 1)) 3
check "500 ms before the second, 1 s before the third ($TOOK tenths)" \
	[ "$TOOK" -ge 15 -a "$TOOK" -le $((60 * SLOW)) ]
before=$(total upstream_retries)
took get /beyond/fail/9/503
is "backoff beyond the request's time: the last answer stands" "$GOT" "failed 503"
is "of one try" $(($(total upstream_retries) - before + 1)) 1
check "at once ($TOOK tenths)" [ "$TOOK" -lt 100 ]
tried "a try that takes too long is tried again" 3 "try=3 $EMPTY 200" \
	/slow/fail/2/200/3000
tried "a body that may be at work there is not sent again" 1 \
	"Gateway Timeout 504" /slow/fail/1/200/3000?post -d something

# No connection: another endpoint, at any method, and a body that was not read. With
# one further try the same endpoint again would be seen.
limit set_aside 0
before=$(reason connect_failed)
wrong=0
for i in {1..40}; do
	[ "$(status /half -d something)" = 200 ] || wrong=$((wrong + 1))
done
is "refused connections go elsewhere" $wrong 0
is "none is answered" $(($(reason connect_failed) - before)) 0
check "there were some" [ "$(total upstream_connect_failures)" -ge 10 ]
for i in {1..10}; do
	[ "$(status /both)" = 200 ] || wrong=$((wrong + 1))
done
is "without retry too" $wrong 0
for i in {1..30}; do
	[ "$(status /once)" = 200 ] || wrong=$((wrong + 1))
done
check "attempts 0: not even those ($wrong of 30)" [ $wrong -gt 0 -a $wrong -lt 30 ]
limit set_aside 3000

# Clients that leave, and the module, while a request waits for its next try.
$CLIENT curl -s -m 1 -o /dev/null -H "Host: $TRIES" \
	"$TRIES_URL/long/fail/9/503" || true
limit upstream_idle_timeout 500
check "a client that leaves in the pause is gone" wait_for 20 balanced
$CLIENT curl -s -m 20 -o /dev/null -H "Host: $TRIES" \
	"$TRIES_URL/longest/fail/9/503" &
paused()
{
	[ "$(gauge connections)" = 1 ]
}
check "a request waits" wait_for 5 paused
sleep 0.5
daemon_stop
check "the module is unloaded in the pause" wait_for 10 rmmod gwsteer
wait %% 2>/dev/null || true
finish
