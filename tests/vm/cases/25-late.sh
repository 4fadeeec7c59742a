#!/bin/bash
# SPDX-License-Identifier: MIT
# title: who is late is blamed, and who is slow is not
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# rude POD HOW: in place of the pod's backend
rude()
{
	serve_kill "$1"
	ip netns exec "$1" /gws/src/tests/tools/rude.py 8080 "$2" \
		>>"$RUN/$1.out" 2>&1 &
	echo $! >"$RUN/$1.pid"
	wait_for 10 ip netns exec "$1" nc -z 127.0.0.1 8080
}

# blames NAME GOT WANT REASON: the answer, and one more of the reason
blames()
{
	is "$1" "$2" "$3"
	is "$1: it is a $4" $(($(reason "$4") - before)) 1
}

scene_start
flat_start
POST="POST /foo/sink HTTP/1.1\r\nHost: $APPS\r\n"

limit stall_timeout 1000
good "a backend may think longer than stall_timeout" -n 2 -c 2 --host $APPS \
	--path /foo/delay/2500 --method POST --body 50000
good "a slow reader is not cut" -n 2 -c 2 --path /bytes/400000 \
	--slow 1000:20 --timeout 40000
good "nor a slow backend of a large body" -n 1 --path /sink --method POST \
	--body 300000

before=$(reason client_timeout)
blames "client that stops inside its body: 408" \
	"$(raw "${POST}Content-Length: 9\r\n\r\nabc")" "408 Request Timeout" \
	client_timeout

limit stall_timeout 20000
limit response_timeout 1000
before=$(reason upstream_timeout)
is "backend that does not answer a body: 504" \
	"$(answer $NODE4 $APPS /foo/delay/8000 --data-binary 12345 |
	grep -o '...$')" 504
is "it is an upstream_timeout" $(($(reason upstream_timeout) - before)) 1
limit response_timeout 60000
limit stall_timeout 1000

rude foo silent
before=$(reason upstream_timeout)
blames "backend silent inside its answer: cut" \
	"$(raw "GET /foo HTTP/1.1\r\nHost: $APPS\r\n\r\n")" "200 body reset abc" \
	upstream_timeout

rude foo deaf
before=$(reason upstream_timeout)
blames "backend that does not take the body: 504" \
	"$(raw "${POST}Content-Length: 3000000\r\n\r\n" zeros:3000000)" \
	"504 Gateway Timeout" upstream_timeout

# The client does not read, so the interim responses fill its window and the
# send buffer, and one of them is out in part when the 400 comes.
limit stall_timeout 30000
rude foo hints
chunked="${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
got=$(raw "$chunked" wait:2 "zz\r\n" wait:1)
is "local answer behind interim responses: all whole" \
	"$(tr ' ' '\n' <<<"$got" | grep -v Bad | uniq | xargs)" \
	"103 400 Request"
check "some of them came" [ "$(grep -o 103 <<<"$got" | wc -l)" -ge 10 ]

limit upstream_idle_timeout 500
limit close_timeout 2000
check "no client is left" wait_for 20 none_left
check "every accepted connection was closed" wait_for 5 balanced
serve_kill foo
serve foo FOO
flat "afterwards"
finish
