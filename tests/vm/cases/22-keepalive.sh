#!/bin/bash
# SPDX-License-Identifier: MIT
# title: one connection, a backend for each request
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

good()
{
	local name=$1

	shift
	check "$name" strict "$@"
}

scene_start

good "20 requests on one connection" -n 20
is "they used one connection and both backends" \
	"$(field connects "$LINE") $(field FOO "$LINE") $(field BAR "$LINE")" \
	"1 16 4"
good "different routes in turn on one connection" -n 40 --host $APPS \
	--path /foo --path /bar/bytes/3000 --path /foo/chunked/70000
is "they went by their path" \
	"$(field connects "$LINE") $(field FOO "$LINE") $(field BAR "$LINE")" \
	"1 27 13"
good "404 in between leaves the connection open" -n 20 --host $APPS \
	--path /baz --status 404
is "one connection for all" "$(field connects "$LINE")" 1
good "pipelining, 8 deep" -n 80 -c 2 --pipeline 8
good "pipelining of different answers" -n 60 --pipeline 6 --path / \
	--path /bytes/5000 --path /chunked/20000 --path /delay/20
good "pipelining with bodies" -n 40 --pipeline 4 --path /echo --body 3000
good "octet by octet" -n 10 --bytewise --path /sink --body 100
good "half-closed client gets its answer" -n 10 --half-close \
	--path /bytes/50000
good "half-closed, answer comes late" -n 2 --half-close --path /delay/500

accepted=$(total connections_accepted)
reused=$(total upstream_reuses)
connects=$(total upstream_connects)
good "200 requests on 4 connections" -n 200 -c 4
is "4 connections were accepted" \
	$(($(total connections_accepted) - accepted)) 4
check "upstream connections are pooled" \
	[ $(($(total upstream_reuses) - reused)) -ge 190 ]
check "few are made" [ $(($(total upstream_connects) - connects)) -le 10 ]

serve_kill foo
serve foo FOO -k 3
good "backend that closes after 3 requests" -n 60 --host $APPS --path /foo
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
finish
