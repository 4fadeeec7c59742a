#!/bin/bash
# SPDX-License-Identifier: MIT
# title: who the client is: trusted proxies, Forwarded, the PROXY protocol
# kernels: 6.12
# timeout: 210
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh
. /gws/src/tests/vm/edge.sh

# told_raw STEP...: the same of an answer to raw
told_raw()
{
	raw "$@" | tr -d '\r' | grep -iE '^(x-forwarded|x-real|forwarded)' |
		paste -sd '|'
}

refused()
{
	local name=$1 reason=$2 before

	shift 2
	before=$(reason "$reason")
	is "$name: no answer" "$("$@" | xargs)" "reset"
	is "$name: counted as $reason" $(($(reason "$reason") - before)) 1
}

# hold ADDRESS: a connection of that client, for a while
hold()
{
	raw "PROXY TCP4 $1 192.0.2.1 4711 80\r\n" wait:10 fin >/dev/null &
	HELD+=($!)
}

# secure: the status of a request for https without TLS
secure()
{
	${AT-$CLIENT} curl -s -m 10 -o /dev/null -w '%{http_code}' \
		--request-target "https://$APPS/foo" "http://$NODE4:$NODEPORT/"
}

logging()
{
	[ "$(gauge log_subscribers)" = 1 ]
}

held()
{
	[ "$(gauge connections) $(gauge sources)" = "$1 $2" ]
}

scene_start
limit upstream_idle_timeout 1000
configurable
check "without its configuration a Gateway is not accepted" \
	grep -q "there is no ConfigMap gw-demo/edge" \
	<(gwctl describe gateway web-gw -n gw-demo)

# --- X-Forwarded-* ---------------------------------------------------------
claims=(-H "X-Forwarded-For: 6.6.6.6, 203.0.113.5" -H "X-Forwarded-Proto: https"
	-H "X-Forwarded-Port: 443" -H "X-Forwarded-Host: shop.example"
	-H "X-Real-IP: 6.6.6.6" -H "Forwarded: for=6.6.6.6"
	-H "X-Forwarded-Prefix: /shop" -H "X_Forwarded_Prefix: /evil")
configure "trustedProxies: 198.51.100.0/24"
usual=$(lines 192.0.2.2 http $NODEPORT 192.0.2.2 $APPS)
is "an untrusted client says nothing of itself" "$(told "${claims[@]}")" "$usual"
configure "trustedProxies: 192.0.2.0/24, 2001:db8::/32"
kept="X-Forwarded-Prefix: /shop|"$(lines "6.6.6.6, 203.0.113.5, 192.0.2.2" https 443 203.0.113.5 shop.example)
for i in 1 2 3; do
	is "a trusted proxy speaks for its client, $i" "$(told "${claims[@]}")" \
		"$kept"
done
is "a trusted proxy may ask for https" "$(secure)" 200
is "another client may not" "$(AT="nsenter --net=/run/netns/bar" secure)" 421
is "another client does not" "$(AT="nsenter --net=/run/netns/bar" \
	told "${claims[@]}")" "$(lines 10.1.0.3 http $NODEPORT 10.1.0.3 $APPS)"
is "a trusted proxy that says nothing" "$(told)" "$usual"
is "it is what gwctl shows" "$(gwctl get listeners -o json |
	jq -c '.. | objects | select(.binds) | [.trustedProxies, .proxyProtocol]')" \
	'[["192.0.2.0/24","2001:db8::/32"],false]'
gwctl monitor -o json --count 4 >$RUN/log.json &
monitor=$!
wait_for 10 logging
told "${claims[@]}" >/dev/null
AT="nsenter --net=/run/netns/bar" told "${claims[@]}" >/dev/null
told -H "X-Forwarded-For: 6.6.6.6" -H "X-Forwarded-For: 203.0.113.5" \
	-H "X-Forwarded-For;" >/dev/null
long=$(printf '6.6.6.6, %.0s' {1..40})203.0.113.5
told -H "X-Forwarded-For: $long" >/dev/null
wait $monitor
is "the access log believes the same ones, and of a list its end" \
	"$(jq -rsc 'map(."x-forwarded-for")' $RUN/log.json)" \
	"[\"6.6.6.6, 203.0.113.5\",null,\"203.0.113.5\",\"${long: -256}\"]"
is "which is said to be cut" "$(jq -rsc 'map(.truncated)' $RUN/log.json)" \
	'[[],[],[],["x-forwarded-for"]]'

configure "forwardedHeaders: Forwarded"
is "Forwarded alone" "$(told "${claims[@]}")" \
	"Forwarded: for=192.0.2.2;host=\"$APPS\";proto=http"
configure "forwardedHeaders: None"
is "nothing at all" "$(told "${claims[@]}")" ""
configure "forwardedHeaders: Both" "trustedProxies: 192.0.2.2"
is "both, of a trusted proxy" "$(told "${claims[@]}")" \
	"$kept|Forwarded: for=6.6.6.6, for=192.0.2.2;host=\"$APPS\";proto=http"

# --- PROXY protocol --------------------------------------------------------
configure "proxyProtocol: 80"
get="GET /foo/headers HTTP/1.1\r\nHost: $APPS\r\n"
close="Connection: close\r\n\r\n"
v1="PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n"
# Its octets are ASCII all: 100.64.1.7 to 100.64.1.1
v2="\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0cd@\x01\x07d@\x01\x01\x12\x34\x01\x3b"
# 2001:2::9 to 2001:2::1
zeros='\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
v2_6="\r\n\r\n\x00\r\nQUIT\n\x21\x21\x00\x24\x20\x01\x00\x02$zeros\x09"
v2_6+="\x20\x01\x00\x02$zeros\x01\x12\x34\x01\x3b"
client9=$(lines 203.0.113.9 http 80 203.0.113.9 $APPS)
is "curl with a header" "$(told --haproxy-protocol)" "$usual"
is "version 1" "$(told_raw "$v1$get$close")" "$client9"
is "version 1, octet by octet" "$(told_raw "bytes:$v1$get$close")" "$client9"
is "version 1 of IPv6" "$(told_raw \
	"PROXY TCP6 2001:db8:9::1 2001:db8::1 4711 443\r\n$get$close")" \
	"$(lines 2001:db8:9::1 http 443 2001:db8:9::1 $APPS)"
client7=$(lines 100.64.1.7 http 315 100.64.1.7 $APPS)
is "version 2" "$(told_raw "$v2$get$close")" "$client7"
is "version 2, octet by octet" "$(told_raw "bytes:$v2$get$close")" "$client7"
client6=$(lines 2001:2::9 http 315 2001:2::9 $APPS)
is "version 2 of IPv6" "$(told_raw "$v2_6$get$close")" "$client6"
is "version 2 of IPv6, octet by octet" "$(told_raw "bytes:$v2_6$get$close")" \
	"$client6"
refused "version 2 of IPv6, too short for it" proxy_header \
	raw "${v2_6/x24/x23}$get$close"
is "in pieces" "$(told_raw "PROXY TCP" wait:0.2 "4 203.0.113.9 192.0.2.1 4711 80\r" \
	wait:0.2 "\n${get}Connec" wait:0.2 "tion: close\r\n\r\n")" "$client9"
is "for all requests of the connection" "$(raw "$v1$get\r\n$get$close" |
	grep -c "X-Forwarded-For: 203.0.113.9")" 1
for local in "PROXY UNKNOWN\r\n" "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"; do
	is "a connection of the sender's own" "$(told_raw "$local$get$close")" \
		"$usual"
done
refused "no header" proxy_header raw "$get$close"
is "a second header is a bad request" "$(raw "$v1$v1$get$close" | cut -c 1-3)" 400
refused "a header of another version" proxy_header \
	raw "\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x0c"
refused "a header that ends early" proxy_header raw "PROXY TCP4 203.0.113.9" fin
limit head_timeout 1000
refused "a header that does not come" client_timeout raw "PROXY TCP4 203.0.113.9"
limit head_timeout 10000
before=$(reason proxy_header)
check "a check whether somebody listens" $CLIENT nc -z $NODE4 $NODEPORT
check "its connection is closed" wait_for 5 balanced
is "is no mistake" "$(reason proxy_header)" "$before"

# Counted for its client, not for who sent the header
limit source_connections 2
HELD=()
hold 203.0.113.9
hold 203.0.113.9
check "two of one client" wait_for 9 held 2 1
sleep 0.5
refused "one more of that client" limit_source_connections raw "$v1$get$close"
is "of another client" "$(told_raw "${v1/.9/.10}$get$close")" \
	"${client9//113.9/113.10}"
wait "${HELD[@]}"
limit source_connections 16384

# --- of one listener alone ---
OTHER=30732
second_listener()
{
	{
		cat $MANIFESTS/gateway.yaml
		printf '    - %s\n' "{name: second, port: 8080, protocol: HTTP}"
	} | put gateway.yaml
	sed "s/ports: .*/ports: [{name: http, port: 80, nodePort: $NODEPORT}, \
{name: second, port: 8080, nodePort: $OTHER}]/" $RUN/one-port.yaml |
		put nodeport.yaml
}

told_second()
{
	told_by http://$NODE4:$OTHER
}

cp $MANIFESTS/nodeport.yaml $RUN/one-port.yaml
second_listener
listens()
{
	[ -n "$(told_second)" ]
}
check "a second listener serves" wait_for 20 listens
is "only one of them wants headers" "$(gwctl get listeners -o json |
	jq -c '[.. | objects | select(.binds) | .proxyProtocol] | sort')" \
	'[false,true]'
second=$(lines 192.0.2.2 http $OTHER 192.0.2.2 $APPS)
is "the other serves those without" "$(told_second)" "$second"
is "there a header is a bad request" \
	"$(NODEPORT=$OTHER raw "$v1$get$close" | cut -c 1-3)" 400
refused "the first still wants its own" proxy_header raw "$get$close"
is "and takes it" "$(told_raw "$v1$get$close")" "$client9"
configure "proxyProtocol: 8080"
is "now the first wants none" "$(told)" "$usual"
is "and takes none" "$(raw "$v1$get$close" | cut -c 1-3)" 400
is "but the second" "$(NODEPORT=$OTHER told_raw "$v1$get$close")" "$client9"
NODEPORT=$OTHER refused "which takes no request without" proxy_header \
	raw "$get$close"
put nodeport.yaml <$RUN/one-port.yaml
configurable

configure "proxyProtocol: all" "proxyProtocolSenders: 10.1.0.3"
before=$(reason proxy_sender)
check "who may not send headers is reset" grep -qE "curl (7|56)" \
	<(ask client http://$NODE4:$NODEPORT/ --haproxy-protocol)
is "and counted as proxy_sender" $(($(reason proxy_sender) - before)) 1
is "who may" "$(AT="nsenter --net=/run/netns/bar" told --haproxy-protocol)" \
	"$(lines 10.1.0.3 http $NODEPORT 10.1.0.3 $APPS)"

# A proxy behind a load balancer: the header names it, and it is trusted.
configure "proxyProtocol: all" "trustedProxies: 203.0.113.0/24"
is "a trusted proxy behind the sender" \
	"$(told_raw "${v1}${get}X-Forwarded-For: 192.0.2.99\r\n$close")" \
	"$(lines "192.0.2.99, 203.0.113.9" http 80 192.0.2.99 $APPS)"

# --- limits of its own ---
configure "limits.idle_timeout: 1000" "limits.head_timeout: 700"
started=$SECONDS
is "idle_timeout is the Gateway's" "$(raw "$get\r\n" | head -n 1 | cut -c 1-3)" 200
is "head_timeout, too" "$(raw "$get" | cut -c 1-3)" 408
check "after their times" [ $((SECONDS - started)) -le $((9 * SLOW)) ]
is "it is what gwctl shows of limits" "$(gwctl get listeners -o json |
	jq -c '.. | objects | select(.binds) | .limits')" \
	'{"head_timeout":700,"idle_timeout":1000}'

# --- a tunnel's ---
pod ws 4
tool_start ws tunnel.py
service ws 4
tries_route <<END
  - backendRefs: [{name: ws, port: 80}]
END
up()
{
	[ "$(status /plain)" = 200 ]
}
check "the route of a WebSocket serves" wait_for 10 up
configure "limits.tunnel_timeout: 1500"
idle=$(reason tunnel_idle)
started=$SECONDS
is "an idle tunnel of the Gateway's is ended" "$($CLIENT \
	/gws/src/tests/tools/tunnel.py $NODE4 $NODEPORT $TRIES /echo x read:1)" \
	"101 websocket x eof"
check "after its time" [ $((SECONDS - started)) -le $((9 * SLOW)) ]
is "counted as tunnel_idle" $(($(reason tunnel_idle) - idle)) 1
is "while the node has another one" "$(gwctl set -o json |
	jq '.[] | select(.name == "tunnel_timeout").value')" 3600000

# --- the daemon ------------------------------------------------------------
before=$(total commits)
daemon_stop
daemon_start
check "a daemon that starts again" gwctl status --wait 20
is "finds nothing to change" "$(total commits)" "$before"
configure "proxyProtocol: none"
is "and without the PROXY protocol all is as ever" "$(told)" "$usual"
is "then a header is a bad request" "$(raw "$v1$get$close" | cut -c 1-3)" 400

check "every connection is gone" wait_for 20 all_closed
check "every accepted connection was closed" wait_for 5 balanced
is "no source is left" "$(gauge sources)" 0
finish
