#!/bin/bash
# SPDX-License-Identifier: MIT
# title: one connection, a backend for each request
# kernels: 6.12 6.1 backports
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# seen ADDRESS [curl options]: the head of a request as the backend got it
seen()
{
	local to=$1

	shift
	[[ $to != *:* ]] || to="[$to]"
	$CLIENT curl -s -m 10 -g -H "Host: $APPS" "$@" \
		"http://$to:$NODEPORT/foo/headers" | tr -d '\r'
}

# values NAME HEAD: of all lines of that name
values()
{
	sed -n "s/^$1: //Ip" <<<"$2" | paste -sd '|'
}

# via N: so many entries of ours, in one line
via()
{
	yes "1.1 gwsteer" | head -n "$1" | paste -sd , | sed 's/,/, /g'
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
good "pipelining, octet by octet" -n 12 --bytewise --pipeline 4 --path / \
	--path /bytes/5000 --path /chunked/20000
for how in "" --chunked; do
	good "pipelining with bodies, octet by octet${how:+, chunked}" -n 8 --bytewise \
		--pipeline 4 --path /sink --body 300 $how
	is "they used one connection${how:+, chunked}" "$(field connects "$LINE")" 1
done
good "half-closed client gets its answer" -n 10 --half-close \
	--path /bytes/50000
good "half-closed, answer comes late" -n 2 --half-close --path /delay/500

# A FIN of its own would cost both sides a segment more, and the client a wakeup.
nft -f - <<-END
table inet fin {
	chain out {
		type filter hook postrouting priority 0;
		tcp sport $NODEPORT tcp flags & fin == fin jump fins
	}
	chain fins {
		meta length > 100 counter comment "with"
		meta length <= 100 counter comment "without"
	}
}
END
fins()
{
	nft list chain inet fin fins |
		sed -n "s/.*packets \([0-9]*\) .*\"$1\"/\1/p"
}
good "20 connections that end with the answer" -n 20 --close
good "of answers in several segments" -n 20 --close --path /bytes/100000 \
	--path /chunked/9000
is "and of answers of our own" \
	"$(answer $NODE4 none.local / -H "Connection: close" -o /dev/null)" " 404"
with=$(fins with)
# A segment may have gone out twice.
check "their $with FINs came with the last octets" \
	[ "$with" -ge 41 -a "$(fins without)" = 0 ]
nft delete table inet fin

accepted=$(total connections_accepted)
reused=$(total upstream_reuses)
connects=$(total upstream_connects)
good "200 requests on 4 connections" -n 200 -c 4
is "4 connections were accepted" \
	$(($(total connections_accepted) - accepted)) 4
check "upstream connections are pooled" \
	[ $(($(total upstream_reuses) - reused)) -ge 190 ]
check "few are made" [ $(($(total upstream_connects) - connects)) -le 10 ]

# Requests that cannot be sent again go to a connection that served a moment
# ago; a fresh one for each would use up these 64 ports in a blink.
ports=$(cat /proc/sys/net/ipv4/ip_local_port_range)
sysctl -qw net.ipv4.ip_local_port_range="20000 20063"
connects=$(total upstream_connects)
good "POSTs without a pause, for 4 s" -d 4 -c 8 --method POST --path /sink \
	--body 100
connects=$(($(total upstream_connects) - connects))
check "$(field ok "$LINE") POSTs made $connects upstream connections" \
	[ $connects -le 32 ]
sysctl -qw net.ipv4.ip_local_port_range="$ports"
sleep 1.5
connects=$(total upstream_connects)
good "POST after a pause" -n 1 --method POST --path /sink --body 100
is "is not given to an old connection" \
	$(($(total upstream_connects) - connects)) 1
good "GET after a pause" -n 1
is "is" $(($(total upstream_connects) - connects)) 1
sleep 1.5
reused=$(total upstream_reuses)
good "DELETE with a body" -n 10 --method DELETE --path /sink --body 100
is "its connection serves nobody after it" \
	$(($(total upstream_reuses) - reused)) 0

serve_kill foo
serve foo FOO -k 3
good "backend that closes after 3 requests" -n 60 --host $APPS --path /foo

head=$(seen $NODE4 -H "X-Forwarded-For: 203.0.113.66" \
	-H "x-forwarded-for: 203.0.113.67" -H "X-Real-IP: 203.0.113.66" \
	-H "Forwarded: for=203.0.113.66" -H "X-Forwarded-Proto: https" \
	-H "X-Forwarded-Host: evil.local" -H "X-Forwarded-Port: 1" \
	-H "Via: 1.1 other")
is "X-Forwarded-For is the client" "$(values X-Forwarded-For "$head")" 192.0.2.2
is "X-Real-IP too" "$(values X-Real-IP "$head")" 192.0.2.2
is "X-Forwarded-Proto, -Host and -Port are ours" \
	"$(for name in Proto Host Port; do
		values X-Forwarded-$name "$head"
	done | xargs)" "http $APPS $NODEPORT"
is "what the client said of itself is gone" \
	"$(grep -cE '203\.0\.113|https|evil|^Forwarded' <<<"$head")" 0
is "Via has us behind the others" "$(values Via "$head")" "1.1 other|1.1 gwsteer"
is "X-Forwarded-For of an IPv6 client" \
	"$(values X-Forwarded-For "$(seen $NODE6 \
		-H "X-Forwarded-For: 2001:db8::66")")" 2001:db8:1::2

loops=$(reason via_loop)
is "7 passes in Via" "$(values Via "$(seen $NODE4 -H "Via: $(via 7)")")" \
	"$(via 7)|1.1 gwsteer"
is "none of them is a loop" $(($(reason via_loop) - loops)) 0
is "8 passes in one line" \
	"$(answer $NODE4 $APPS /foo -H "Via: $(via 8)" -o /dev/null)" " 508"
is "the reason is counted" $(($(reason via_loop) - loops)) 1
is "8 passes in 8 lines" "$(yes "Via: 1.1 gwsteer" | head -n 8 >$RUN/via
	answer $NODE4 $APPS /foo -H @$RUN/via -o /dev/null)" " 508"
is "the reason is counted again" $(($(reason via_loop) - loops)) 2
is "a pass of our name in another's word is none" \
	"$(answer $NODE4 $APPS /foo -H "Via: $(via 7), 1.1 notgwsteer")" "FOO 200"
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
finish
