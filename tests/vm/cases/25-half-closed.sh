#!/bin/bash
# SPDX-License-Identifier: MIT
# title: clients that end their half of the connection and wait for the answer
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
GET="GET /foo HTTP/1.1\r\nHost: $APPS\r\n\r\n"
POST="POST /foo/sink HTTP/1.1\r\nHost: $APPS\r\n"
good "before the first measurement" -n 100 -c 20 --close
flat_start

good "answers of all kinds" -n 30 -c 10 --half-close --path /bytes/300000 \
	--path /chunked/50000 --path /trailer/9000 --path /close/9000 \
	--path /delay/500
good "a body before the FIN" -n 10 -c 5 --half-close --path /echo --body 200000
good "a chunked body before the FIN" -n 10 -c 5 --half-close --path /echo \
	--body 50000 --chunked
TO=$NODE6 good "by IPv6" -n 5 --half-close --path /bytes/50000
good "a slow reader" -n 2 -c 2 --half-close --path /bytes/100000 \
	--slow 1000:10 --timeout 30000
is "requests that were pipelined before the FIN" "$(raw "$GET$GET$GET" fin)" \
	"200 200 200 FOO"
is "FIN alone, a moment after the request" "$(raw "$GET" wait:0.5 fin)" "200 FOO"
is "FIN instead of a request" "$(raw fin)" ""
is "FIN inside a head" "$(raw "GET /foo HT" wait:0.2 fin)" ""
is "FIN inside a body" \
	"$(raw "${POST}Content-Length: 9\r\n\r\nabc" wait:0.2 fin | xargs)" reset

# The response is there before the body is, and larger than what the client's
# window and the gateway's buffers take.
serve_kill foo
ip netns exec foo /gws/src/tests/tools/rude.py 8080 early >>$RUN/foo.out 2>&1 &
echo $! >$RUN/foo.pid
wait_for 10 ip netns exec foo nc -z 127.0.0.1 8080
limit socket_buffer 16384
got=$(raw "${POST}Content-Length: 900000\r\n\r\nabc" wait:1 fin wait:0.5)
is "FIN inside a body, with a response on its way: all of it" \
	"${got%%x*}$(tr -cd x <<<"$got" | wc -c)" "200 150000"
limit socket_buffer 262144
serve_kill foo
serve foo FOO

# Nothing comes from them any more, and they take nothing.
limit stall_timeout 1500
limit close_timeout 1500
strict -n 10 -c 10 --half-close --path /bytes/3000000 --stall $((9000 * SLOW)) \
	>$RUN/stall.line 2>&1 &
stall=$!
sleep 1
check "half-closed, and reads nothing: freed" wait_for 30 none_left
wait $stall
is "all of them by the gateway" \
	"$(field stall_closed "$(cat $RUN/stall.line)")" 10
flat "afterwards"
finish
