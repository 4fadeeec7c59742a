#!/bin/bash
# SPDX-License-Identifier: MIT
# title: urgent data, TCP Fast Open, answers before the body, sockets killed by ss
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# Fast Open for connects, and for listeners that did not ask for it: ours.
sysctl -qw net.ipv4.tcp_fastopen=0x403
scene_start
for host in client foo bar; do
	ip netns exec $host sysctl -qw net.ipv4.tcp_fastopen=0x403
done

GET="GET / HTTP/1.1\r\nHost: $SPLIT\r\nConnection: close\r\n"
POST="POST /foo/sink HTTP/1.1\r\nHost: $APPS\r\nConnection: close\r\n"
# Like anything else in the stream (RFC 6093 recommends that).
is "urgent octet in a head" "$(raw "$GET" "oob:X: y" "\r\n\r\n")" "200 FOO"
is "urgent octet at the end of a head" "$(raw "$GET" "oob:\r\n")" "200 FOO"
plain=$(raw "${POST}Content-Length: 8\r\n\r\nabcdefgh")
is "urgent octets in a body" "$(raw "${POST}Content-Length: 8\r\n\r\nab" \
	"oob:cd" wait:0.2 "e" "oob:f" wait:0.2 "gh")" "$plain"
expired=$(reason closing_expired)
is "urgent octets behind an answer" \
	"$(raw "bad\r\n\r\n" wait:0.2 "oob:x" zeros:100000 | cut -c 1-3)" 400
check "no client is left" wait_for 5 none_left
is "nothing had to expire for that" "$(reason closing_expired)" "$expired"

before=$(nstat -asz TcpExtTCPFastOpenPassive | awk '/Fast/ { print $2 }')
got=
while [ ${#got} -lt 35 ]; do
	got+=$(answer $NODE4 $APPS /foo --tcp-fastopen)
done
is "clients with Fast Open" "$got" "$(printf 'FOO 200%.0s' 1 2 3 4 5)"
after=$(nstat -asz TcpExtTCPFastOpenPassive | awk '/Fast/ { print $2 }')
check "it was used" [ $((${after:-0} - ${before:-0})) -ge 4 ]
is "a large body with Fast Open" "$(head -c 300000 /dev/zero | answer $NODE4 \
	$APPS /foo/sink --tcp-fastopen --data-binary @- | wc -w)" 3

# The rest of the body is still on its way when the answer comes, and the
# backend is gone by then.
is "answer and FIN before the body was sent" "$(raw \
	"POST /foo/early HTTP/1.1\r\nHost: $APPS\r\nContent-Length: 3000000\r\n\r\n" \
	zeros:200000 wait:0.5 zeros:1000000)" "200 FOO"

# Sent to like a plain socket, one with a psock or a ULP could do anything.
/gws/src/tests/tools/bpf.py sockmap $NODEPORT >$RUN/bpf 2>&1 &
sockmap=$!
if wait_for 20 grep -q ready $RUN/bpf; then
	before=$(reason plain_path_refused)
	got=$(ask client http://$NODE4:$NODEPORT/)
	check "connection that a sockmap has taken: reset" \
		grep -qxE "curl (7|56)" <<<"$got"
	is "counted as plain_path_refused" \
		$(($(reason plain_path_refused) - before)) 1
	kill $sockmap
	wait $sockmap || true
	good "without a sockmap all is well" -n 10
else
	skip "sockmap" "$(tail -n 1 $RUN/bpf)"
fi

limit upstream_idle_timeout 1000
for dst in 192.0.2.2 10.1.0.2; do
	strict -d 4 -c 8 --path / --path /bytes/200000 --path /delay/100 \
		--also 502 --lossy --timeout 20000 >$RUN/line 2>$RUN/err &
	load=$!
	killed=0
	while [ -e /proc/$load ]; do
		sleep 0.3
		killed=$((killed + $(ss -HtK dst $dst | wc -l)))
	done
	wait $load || true
	note "$(cat $RUN/line)"
	note "$(head -n 3 $RUN/err)"
	is "nobody was answered wrongly" "$(field failed "$(cat $RUN/line)")" 0
	check "ss -K to $dst killed $killed" [ $killed -ge 4 ]
	good "the gateway goes on" -n 50 -c 4
done
check "every connection is gone" wait_for 20 all_closed
check "every accepted connection was closed" wait_for 5 balanced
is "nothing is in flight" "$(cat $SPLIT_SYSFS/backends/*/active | xargs)" "0 0"
finish
