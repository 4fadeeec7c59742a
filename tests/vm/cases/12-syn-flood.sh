#!/bin/bash
# SPDX-License-Identifier: MIT
# title: SYN floods from spoofed sources beside a client that behaves
# kernels: 6.12
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

CALLS=20

counter()
{
	nstat -asz "$1" | awk -v n="$1" '$1 == n { print $2 }'
}

# served_of ADDRESS PORT: how many of CALLS got their answer, each over its own
# connection
served_of()
{
	field FOO "$(ip netns exec client client -a "$1" -p "$2" \
		-n $CALLS --rate 10 --close)"
}

# answered_since N ADDRESS PORT: more cookies than N came back; calls if not
answered_since()
{
	[ "$(counter TcpExtSyncookiesRecv)" -gt "$1" ] || {
		served_of "$2" "$3"
		return 1
	}
}

# flood ADDRESS PORT
flood()
{
	local sent received pid

	sent=$(counter TcpExtSyncookiesSent)
	received=$(counter TcpExtSyncookiesRecv)
	ip netns exec client /gws/src/tests/tools/synflood.py eth0 \
		"$(cat /sys/class/net/cl0/address)" "$1" "$2" 400 &
	pid=$!
	wait_for 20 cookies_since "$sent"
	is "$CALLS calls beside a flood to $1 port $2" \
		"$(served_of "$1" "$2")" $CALLS
	wait_for 20 cookies_since $((sent + 200))
	# That a call finds the backlog full is likely, no more.
	wait_for 30 answered_since "$received" "$1" "$2"
	kill $pid
	wait $pid 2>/dev/null
	check "cookies were sent: $(($(counter TcpExtSyncookiesSent) - sent))" \
		cookies_since $((sent + 200))
	check "cookies came back: $(($(counter TcpExtSyncookiesRecv) - received))" \
		[ "$(counter TcpExtSyncookiesRecv)" -gt "$received" ]
}

cookies_since()
{
	[ "$(counter TcpExtSyncookiesSent)" -gt "$1" ]
}

packets_start
check "backlog" /gws/src/tests/tools/program.py limit backlog 16
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 \
	address=$VIP6@80 host@8099
# A firewall whose only rule needs conntrack has the flood tracked, too.
nft -f - <<-END
table inet filter {
	chain input {
		type filter hook input priority filter
		ct state established accept
	}
}
END
check "before the first measurement" served_of $NODE4 $NODEPORT
flat_start

flood $NODE4 $NODEPORT
flood $NODE6 $NODEPORT
flood $VIP4 80
flood $VIP6 80
flood $NODE4 8099

sysctl -qw net.ipv4.tcp_syncookies=2
for url in $NODE4:$NODEPORT "[$NODE6]:$NODEPORT" $VIP4 "[$VIP6]" $NODE4:8099; do
	received=$(counter TcpExtSyncookiesRecv)
	is "tcp_syncookies=2: $url" "$(ask client "http://$url/")" "FOO 200"
	check "tcp_syncookies=2: $url by cookie" \
		[ "$(counter TcpExtSyncookiesRecv)" -gt "$received" ]
done
# Flows of the flood stay tracked for a minute.
conntrack -F 2>/dev/null
flat "after the floods"
check "all sockets of the flood go" rmmod gwsteer
finish
