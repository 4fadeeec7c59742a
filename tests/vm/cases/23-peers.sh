#!/bin/bash
# SPDX-License-Identifier: MIT
# title: nginx, HAProxy, curl, wrk and varnishtest, in front of us and behind
# kernels: 6.12
# timeout: 400
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/edge.sh
. /gws/src/tests/vm/tries.sh

PEERS=/gws/src/tests/vm/peers
WWW=$RUN/www
BIG=10485760

# in_pod POD CMD...: from here on, its process id is $!
in_pod()
{
	local pod=$1

	shift
	nsenter --net="/run/netns/$pod" "$@" >>"$RUN/$pod.out" 2>&1 &
}

# listens POD PORT
listens()
{
	wait_for 20 nsenter --net="/run/netns/$1" nc -z 127.0.0.1 "$2" ||
		bail "$1 does not listen on $2: $(tail -n 5 "$RUN/$1.out")"
}

# route NAME HOST: its requests go to the Service of that name
route()
{
	put "$1.yaml" <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: $1, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw}]
	  hostnames: [$2]
	  rules:
	    - backendRefs: [{name: $1, port: 80}]
	END
}

# fetch HOST PATH [curl options]
fetch()
{
	local name=$1 path=$2

	shift 2
	$CLIENT curl -s -m 30 -H "Host: $name" "$@" \
		"http://$NODE4:$NODEPORT$path"
}

up()
{
	[ "$(fetch "$1" "$2" -o /dev/null -w '%{http_code}')" = 200 ]
}

# framing NAME HOST PREFIX: of a peer that has a backend of ours behind it
framing()
{
	local name=$1 p=$3 before to=(--host "$2" --timeout $((30000 * SLOW)))

	before=$(total upstream_connects)
	good "$name: keep-alive" "${to[@]}" -n 200 -c 4 --path "$p/" \
		--path "$p/bytes/5000" --path "$p/chunked/9000"
	check "$name: on few connections" \
		[ $(($(total upstream_connects) - before)) -le 8 ]
	good "$name: until close" "${to[@]}" -n 8 --path "$p/close/9000"
	good "$name: HEAD" "${to[@]}" -n 10 --method HEAD --path "$p/bytes/5000"
	is "$name: HEAD, one connection" "$(field connects "$LINE")" 1
	good "$name: 304" "${to[@]}" -n 10 --path "$p/status/304"
	is "$name: 304, one connection" "$(field connects "$LINE")" 1
	good "$name: pipelining" "${to[@]}" -n 60 -c 2 --pipeline 8 \
		--path "$p/" --path "$p/chunked/3000"
	# /echo answers right behind the 100: then HAProxy hangs, without us too.
	good "$name: 100-continue" "${to[@]}" -n 4 --path "$p/sink" \
		--body 20000 --expect
	check "$name: 100-continue, it was said" \
		[ "$(field interim "$LINE")" -ge 4 ]
	good "$name: $BIG octets down" "${to[@]}" -n 2 --path "$p/bytes/$BIG" \
		--path "$p/chunked/$BIG"
	good "$name: $BIG octets up, checksum" "${to[@]}" -n 1 \
		--path "$p/sink" --body $BIG
	good "$name: $BIG octets up, chunked" "${to[@]}" -n 1 \
		--path "$p/sink" --body $BIG --chunked
}

# workers: child processes of $MASTER, those that end too
workers()
{
	pgrep -P "$MASTER" | sort | xargs
}

another_worker()
{
	[ -n "$(comm -13 <(tr ' ' '\n' <<<"$1") <(workers | tr ' ' '\n'))" ]
}

# reloads NAME HOST PREFIX CMD...: no request fails meanwhile
reloads()
{
	local name=$1 host=$2 p=$3 i before

	shift 3
	load_start keep --host "$host" -c 6 --rate 100 --path "$p/" \
		--path "$p/bytes/5000" --path "$p/chunked/9000"
	load_start close --host "$host" -c 4 --rate 25 --close --path "$p/"
	sleep 1
	for i in 1 2 3 4; do
		before=$(workers)
		check "$name: reload $i" "$@"
		check "$name: reload $i, another process" \
			wait_for 30 another_worker "$before"
		sleep 0.7
	done
	check "$name: reloads under load are not seen" load_stop
	for i in keep close; do
		note "$i: $(cat "$RUN/$i.line") $(head -n 3 "$RUN/$i.err")"
		is "$name: reloads, $i: none failed" \
			"$(field failed "$(cat "$RUN/$i.line")")" 0
	done
}

scene_start
pod nginx 4
pod haproxy 5
mkdir -p $WWW/chunks
head -c $BIG /dev/urandom >$WWW/big
head -c $BIG /dev/urandom >$RUN/up
echo "a file" >$WWW/file
echo '<!--#echo var="request_method" -->, in pieces' >$WWW/chunks/page
in_pod nginx backend -n NGINX -p 8081 -l 127.0.0.1 -L $RUN/nginx.requests
in_pod nginx nginx -c $PEERS/nginx.conf -g 'daemon off;'
NGINX=$!
in_pod haproxy backend -n HAPROXY -p 8081 -l 127.0.0.1 -L $RUN/haproxy.requests
in_pod haproxy /gws/src/tests/tools/tunnel.py 8082
in_pod haproxy haproxy -W -db -f $PEERS/haproxy.cfg
HAPROXY=$!
for at in "nginx 8081" "nginx 8080" "haproxy 8081" "haproxy 8082" "haproxy 8080"; do
	listens ${at% *} ${at#* }
done
service nginx 4
service haproxy 5
route nginx nginx.local
route haproxy haproxy.local
check "nginx is routed to" wait_for 10 up nginx.local /file
check "HAProxy is routed to" wait_for 10 up haproxy.local /

# --- backends ---------------------------------------------------------------
framing nginx nginx.local /app
framing HAProxy haproxy.local ""
# Not nginx: it stops to send where it must wait and the answer has begun.
good "HAProxy: $BIG octets both ways" --host haproxy.local -n 2 --path /echo \
	--body $BIG --chunked --timeout $((30000 * SLOW))

fetch nginx.local /big -o $RUN/down
check "nginx: a file of $BIG octets" cmp $WWW/big $RUN/down
is "nginx: an upload of $BIG octets" "$(fetch nginx.local /put -T $RUN/up \
	--expect100-timeout 25 -H 'Expect: 100-continue' -w '%{http_code}')" 201
check "nginx: and it is what was sent" cmp $RUN/up $WWW/put
is "nginx: a chunked upload" "$(fetch nginx.local /chunked -T $RUN/up -H Expect: \
	-H 'Transfer-Encoding: chunked' -w '%{http_code}')" 201
check "nginx: that too" cmp $RUN/up $WWW/chunked
is "nginx: its own chunks" "$(fetch nginx.local /chunks/page -D $RUN/head)" \
	"GET, in pieces"
check "nginx: they are chunks" grep -qi '^transfer-encoding: chunked' $RUN/head
is "nginx: HEAD says the length" "$(fetch nginx.local /big -I |
	tr -d '\r' | sed -n 's/^Content-Length: //ip')" $BIG
etag=$(fetch nginx.local /file -I | tr -d '\r' | sed -n 's/^ETag: //ip')
twice=(-s -m 10 -H "Host: nginx.local" -w '%{http_code} %{num_connects}\n'
	"http://$NODE4:$NODEPORT/file")
is "nginx: 304, and the connection goes on" "$($CLIENT curl "${twice[@]}" \
	-H "If-None-Match: $etag" --next "${twice[@]}" | xargs)" \
	"304 1 a file 200 0"
is "nginx: a range" "$(fetch nginx.local /file -r 2-5 -w ' %{http_code}')" "file 206"

MASTER=$NGINX
reloads nginx nginx.local /app \
	nsenter --net=/run/netns/nginx nginx -c $PEERS/nginx.conf -s reload
MASTER=$HAPROXY
reloads HAProxy haproxy.local "" kill -USR2 $HAPROXY

# What is parked from here on shall be gone at the end.
limit upstream_idle_timeout 1000
for host in nginx.local/app/ haproxy.local/; do
	$CLIENT wrk -t 1 -c 8 -d 3 -H "Host: ${host%%/*}" \
		"http://$NODE4:$NODEPORT/${host#*/}" >$RUN/wrk
	note "$(grep -E 'Requests/sec|requests in' $RUN/wrk)"
	is "wrk, ${host%%/*}: no error" "$(grep -E 'Socket errors|Non-2xx' $RUN/wrk)" ""
	check "wrk, ${host%%/*}: there were requests" grep -q '[1-9].* requests in' $RUN/wrk
done

# --- WebSocket ----------------------------------------------------------------
curl --version >$RUN/curl
if grep -qw ws $RUN/curl; then
	$CLIENT curl -s -m 10 -H "Host: haproxy.local" \
		"ws://$NODE4:$NODEPORT/ws/frames" >$RUN/text 2>&1
	is "WebSocket: curl through us and HAProxy gets the text" \
		"$(cat $RUN/text)" "hello"
	check "WebSocket: and answered the ping" \
		wait_for 5 grep -q pong $RUN/haproxy.out
else
	skip "WebSocket: curl" "this curl has no WebSocket"
fi
is "WebSocket: there and back through HAProxy" "$($CLIENT \
	/gws/src/tests/tools/tunnel.py $NODE4 $NODEPORT haproxy.local \
	/ws/echo hello read:5 zeros:300000 fin)" "101 websocket 300008 eof"
# One end is both to nginx, so "bye" does not come.
is "WebSocket: nginx in front, HAProxy behind" "$($CLIENT \
	/gws/src/tests/tools/tunnel.py 10.1.0.4 8090 haproxy.local \
	/ws/echo hello read:5 fin)" "101 websocket hello eof"

# --- in front of us -----------------------------------------------------------
edge()
{
	local name=$1 address=$2

	TO=$address NODEPORT=8090 good "$name in front: keep-alive" -n 100 -c 4 \
		--path / --path /bytes/5000 --path /chunked/9000
	TO=$address NODEPORT=8090 good "$name in front: HEAD, 304" -n 20 \
		--method HEAD --path /bytes/5000 --path /status/304
	TO=$address NODEPORT=8090 good "$name in front: 100-continue" -n 4 \
		--path /sink --body 20000 --expect
	TO=$address NODEPORT=8090 good "$name in front: $BIG octets up" \
		-n 1 --path /sink --body $BIG --chunked --timeout $((30000 * SLOW))
	TO=$address NODEPORT=8090 good "$name in front: $BIG octets down" \
		-n 1 --path /chunked/$BIG --timeout $((30000 * SLOW))
}

configurable
configure "trustedProxies: 10.1.0.4"
is "nginx in front: its word about the client is taken" \
	"$(told_by http://10.1.0.4:8090)" \
	"$(lines "192.0.2.2, 10.1.0.4" https 443 192.0.2.2 $APPS)"
edge nginx 10.1.0.4
configure "trustedProxies: 198.51.100.1"
is "nginx in front: not trusted, it is not" "$(told_by http://10.1.0.4:8090)" \
	"$(lines 10.1.0.4 http $NODEPORT 10.1.0.4 $APPS)"
configure "proxyProtocol: 80" "proxyProtocolSenders: 10.1.0.5"
is "HAProxy in front: its PROXY header" "$(told_by http://10.1.0.5:8090)" \
	"$(lines 192.0.2.2 http 8090 192.0.2.2 $APPS)"
edge HAProxy 10.1.0.5
configure "proxyProtocol: none"

# --- varnishtest --------------------------------------------------------------
# vtc FILE: its client and its server are one process, in one pod
vtc()
{
	nsenter --net=/run/netns/vtc varnishtest -t 30 -D gw=$NODE4 \
		-D port=$NODEPORT -D here=10.1.0.6 -D host=vtc.local \
		"$1" >$RUN/vtc 2>&1
}

vtc_fails()
{
	! vtc "$1" && grep -q 'EXPECT resp.body' $RUN/vtc
}

vtc_routed()
{
	[ "$(fetch vtc.local / -o /dev/null -w '%{http_code}')" = 502 ]
}
if command -v varnishtest >/dev/null; then
	pod vtc 6
	service vtc 6
	route vtc vtc.local
	limit set_aside 0
	check "varnishtest is routed to" wait_for 10 vtc_routed
	sed 's/resp.body == "answer"/resp.body == "another"/' \
		$PEERS/vtc/length.vtc >$RUN/wrong.vtc
	check "varnishtest: it sees another answer" vtc_fails $RUN/wrong.vtc
	for file in "$PEERS"/vtc/*.vtc; do
		title=$(sed -n 's/^varnishtest "\(.*\)"/\1/p' "$file")
		check "varnishtest: $title" vtc "$file" ||
			note "$(tail -n 60 $RUN/vtc)"
	done
else
	skip "varnishtest: $(find $PEERS/vtc -name '*.vtc' | wc -l) scripts" \
		"not in this root tree"
fi

is "backends saw nothing malformed" "$(for pod in nginx haproxy; do
	nsenter --net=/run/netns/$pod curl -s http://127.0.0.1:8081/-/count |
		tr ' ' '\n' | sed -n 's/^malformed=//p'; done | xargs)" "0 0"
check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
finish
