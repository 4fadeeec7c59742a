#!/bin/bash
# SPDX-License-Identifier: MIT
# title: WebSocket and no other protocol is switched to, and then bytes flow both ways
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

tunnel()
{
	$CLIENT /gws/src/tests/tools/tunnel.py $NODE4 $NODEPORT $TRIES "$@"
}

tunnels()
{
	[ "$(gauge tunnels)" = "$1" ]
}

# typed PROTOCOL: the Service "typed" of the same pod, with that appProtocol
typed()
{
	service typed 4
	sed "s|protocol: TCP|&, appProtocol: $1|" \
		$MANIFESTS/service-typed.yaml | put service-typed.yaml
}

scene_start
pod ws 4
tool_start ws tunnel.py
service ws 4
typed kubernetes.io/ws
tries_route <<END
  - matches: [{path: {value: /typed}}]
    backendRefs: [{name: typed, port: 80}]
  - matches: [{path: {value: /timed}}]
    timeouts: {request: 1s}
    backendRefs: [{name: ws, port: 80}]
  - matches: [{path: {value: /edited}}]
    filters:
      - type: ResponseHeaderModifier
        responseHeaderModifier: {set: [{name: X-Edited, value: "101"}]}
    backendRefs: [{name: ws, port: 80}]
  - backendRefs: [{name: ws, port: 80}]
END
up()
{
	[ "$(status /plain)" = 200 ]
}
check "the route serves" wait_for 10 up

typed_is()
{
	[ "$(status /typed/plain)" = "$1" ]
}
check "a Service of appProtocol kubernetes.io/ws is served" wait_for 10 typed_is 200
is "and switched to" "$(tunnel /typed/echo hello read:5 fin)" \
	"101 websocket hellobye eof"
typed kubernetes.io/wss
check "one of kubernetes.io/wss is not" wait_for 10 typed_is 500

switched=$(total responses_1xx)
is "text goes there and back" "$(tunnel /echo hello read:5 fin)" \
	"101 websocket hellobye eof"
is "counted as a 1xx" $(($(total responses_1xx) - switched)) 1
is "what comes with the request is not lost" \
	"$(tunnel /echo early:hello read:5 fin)" "101 websocket hellobye eof"
is "both, octet by octet" "$(tunnel /echo bytes early:hello read:5 fin)" \
	"101 websocket hellobye eof"
is "the rule's filters are for a 101, too" \
	"$($CLIENT curl -s -m 2 -o /dev/null -D - -H "Host: $TRIES" \
		-H "Connection: Upgrade" -H "Upgrade: websocket" \
		"http://$NODE4:$NODEPORT/edited/close" | tr -d '\r' |
		sed -n '1p; s/^X-Edited: //p' | cut -d' ' -f1-2 | xargs)" "HTTP/1.1 101 101"
is "much, both ways" "$(tunnel /echo zeros:300000 fin)" "101 websocket 300003 eof"
is "much, one way" "$(tunnel /many/3000000)" "101 websocket 3000000 eof"
is "the backend ends first, the client goes on" \
	"$(tunnel /first wait:0.5 zeros:100000 fin)" "101 websocket end eof"
first()
{
	grep -q "first 100000" $RUN/ws.out
}
check "and all of that arrives" wait_for 5 first
is "a reset is passed on" "$(tunnel /close)" "101 websocket  reset"
for i in 1 2 3; do
	is "what came before it, too, $i" "$(tunnel /last x zeros:300000)" \
		"101 websocket last reset"
done
is "the 101 octet by octet" "$(tunnel /octets/echo hello read:5 fin)" \
	"101 websocket hellobye eof"
is "and more behind it" "$(tunnel /octets/first zeros:100 fin)" \
	"101 websocket end eof"
is "both ends so" "$(tunnel /octets/echo bytes early:hello read:5 fin)" \
	"101 websocket hellobye eof"

is "another token is not asked for" "$(tunnel /plain token:h2c fin)" \
	"200 - plain eof"
is "nor one beside it" "$(tunnel /echo "token:foo, websocket" x read:1 fin)" \
	"101 websocket xbye eof"
is "no answer to it: as ever" "$(tunnel /plain fin)" "200 websocket plain eof"
bad=$(reason upstream_bad_response)
is "another token than asked for: 502" "$(tunnel /foo fin)" "502 - Bad Gateway eof"
is "101 that nobody asked for: 502" "$(tunnel /echo bare fin)" \
	"502 - Bad Gateway eof"
is "both are counted" $(($(reason upstream_bad_response) - bad)) 2
is "the request's time ends with the 101" \
	"$(tunnel /timed/echo a read:1 wait:2 b read:2 fin)" \
	"101 websocket abbye eof"
check "no tunnel is left" wait_for 5 tunnels 0

rx=$(total bytes_rx)
tunnel /echo zeros:50000 fin >/dev/null
check "bytes are counted" [ $(($(total bytes_rx) - rx)) -ge 50000 ]
tx=$(total bytes_tx)
tunnel /echo x read:1 fin >/dev/null
# "xbye", and at least: HTTP/1.1 101, two fields, the empty line
check "so is the head of the 101" [ $(($(total bytes_tx) - tx)) -ge 60 ]

limit tunnel_timeout 1000
idle=$(reason tunnel_idle)
is "one that is idle is ended" "$(tunnel /echo x read:1)" "101 websocket x eof"
is "counted as tunnel_idle" $(($(reason tunnel_idle) - idle)) 1
is "one that is not stays" \
	"$(tunnel /echo a wait:0.6 b wait:0.6 c wait:0.6 d wait:0.6 e read:5 fin)" \
	"101 websocket abcdebye eof"
limit tunnel_timeout 3600000

# The client is killed: its end, without a word.
$CLIENT /gws/src/tests/tools/tunnel.py $NODE4 $NODEPORT $TRIES \
	/echo x wait:60 >/dev/null &
check "a tunnel is there" wait_for 10 tunnels 1
is "and its request is active" "$(gwctl get endpoints -A -o json |
	jq '.[] | select(.backend | test("/ws:")).active')" 1
service ws
sleep 0.5
check "an endpoint that goes keeps it" tunnels 1
kill -9 $! && wait $! 2>/dev/null
check "a client that is killed ends it" wait_for 10 tunnels 0

service ws 4
check "endpoints are back" wait_for 10 up
$CLIENT /gws/src/tests/tools/tunnel.py $NODE4 $NODEPORT $TRIES \
	/echo x wait:60 >/dev/null &
check "a tunnel is there again" wait_for 10 tunnels 1
daemon_stop
check "the module is unloaded under it" wait_for 10 rmmod gwsteer
finish
