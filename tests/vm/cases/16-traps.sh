#!/bin/bash
# SPDX-License-Identifier: MIT
# title: fragments, VRFs, TPROXY, NFQUEUE, other servers and other gateways
# kernels: 6.12
# timeout: 480
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

TOOLS=/gws/src/tests/tools
# In the client's own networks, and nobody has them.
UNHELD4=192.0.2.77 UNHELD6=2001:db8:1::77
BINDS="nodeport@$NODEPORT address=$VIP4@80 address=$VIP6@80
	address=$UNHELD4@80 address=$UNHELD6@80"

# fragments SOURCE PORT ADDRESS PORT: answer to a SYN in two of them
fragments()
{
	ip netns exec client $TOOLS/segment.py syn eth0 "$MAC" "$@" 1 fragments
}

# ours NAME: the Gateway is served
ours()
{
	local url

	for url in $NODE4:$NODEPORT "[$NODE6]:$NODEPORT" $VIP4 "[$VIP6]"; do
		is "$1: $url" "$(ask client "http://$url/" -m 5)" "FOO 200"
	done
}

packets_start
# shellcheck disable=SC2086 # words are meant
check "programmed" program $BINDS
MAC=$(cat /sys/class/net/cl0/address)

# --- fragments ---------------------------------------------------------------

is "SYN in fragments to a NodePort" \
	"$(fragments 192.0.2.2 3001 $NODE4 $NODEPORT)" SA
is "SYN in fragments to a VIP" "$(fragments 192.0.2.2 3002 $VIP4 80)" SA
is "IPv6 SYN in fragments to a NodePort" \
	"$(fragments 2001:db8:1::2 3003 $NODE6 $NODEPORT)" SA
is "IPv6 SYN in fragments to a VIP" \
	"$(fragments 2001:db8:1::2 3004 $VIP6 80)" SA
is "SYN in fragments to another port of a VIP" \
	"$(fragments 192.0.2.2 3005 $VIP4 81)" RA

# --- neighbours --------------------------------------------------------------

for ip in $UNHELD4 $UNHELD6; do
	url=$ip
	[[ $ip != *:* ]] || url="[$ip]"
	is "$ip has no neighbour" "$(ask client "http://$url/")" "$REFUSED"
	# The kernel drops entries that failed, at a time of its own.
	is "nobody answered for it" \
		"$(ip -n client neigh show $ip | grep lladdr)" ""
	# Its holder would have this; and asks that neighbour once in a while.
	ip -n client neigh replace $ip lladdr "$MAC" nud stale dev eth0
	is "$ip by the node's MAC" "$(ask client "http://$url/")" "FOO 200"
	ip -n client neigh replace $ip lladdr "$MAC" nud probe dev eth0
	check "the node does not confirm it, asked directly" wait_for 20 \
		sh -c "ip -n client neigh show $ip | grep -q FAILED"
done

# --- a server that shares the port -------------------------------------------

ip netns exec client client -a $NODE4 -p $NODEPORT -n 2 -c 2 --host a \
	--path / --hold 60000 >/dev/null 2>&1 &
HOLD=$!
check "a client has connections" wait_for 5 sh -c \
	"ss -Htn state established sport = $NODEPORT | grep -q ."
is "a server without SO_REUSEADDR" "$(python3 -c "
import socket
s = socket.socket()
try: s.bind(('', $NODEPORT)); print('bound')
except OSError as e: print(e.strerror)")" "Address already in use"
http_server $NODEPORT
is "a server with it starts, the NodePort stays ours" \
	"$(ask client http://$NODE4:$NODEPORT/) $(ask - http://$NODE4:$NODEPORT/)" \
	"FOO 200 FOO 200"
# A client that is asked to end goes on to the end of what it holds.
kill -9 $HOLD
kill $SERVER
wait $HOLD 2>/dev/null
wait $SERVER 2>/dev/null

# --- TPROXY ------------------------------------------------------------------

$TOOLS/transparent.py 127.0.0.1 9091 &
PROXY=$!
ip rule add fwmark 1 lookup 100
ip route add local default dev lo table 100
nft -f - <<-END
table ip theirs {
	chain divert {
		type filter hook prerouting priority mangle
		meta l4proto tcp socket transparent 1 meta mark set 1 accept
		tcp dport 9090 tproxy to 127.0.0.1:9091 meta mark set 1 accept
	}
}
END
check "TPROXY rules are in" sh -c "nft list ruleset | grep -q tproxy"
for ip in 198.51.100.7 $NODE4; do
	is "TPROXY has its port of $ip" \
		"$(ask client http://$ip:9090/)" "$ip 9090 200"
done
ours "TPROXY"
nft flush ruleset
ip rule del fwmark 1 lookup 100
kill $PROXY

# --- NFQUEUE -----------------------------------------------------------------

# queue RULE: packets of RULE are queued, by QUEUE's reader or by nobody
queue()
{
	nft flush ruleset
	nft -f - <<-END
	table inet theirs {
		chain syns {
			type filter hook $1
			tcp flags syn tcp dport { $NODEPORT, 80 } $2
		}
	}
	END
}

holds()
{
	wait_for 10 sh -c "[ \$(grep -c '^[0-9]' $RUN/held) -ge $1 ]"
}

# held NAME HOOK: SYNs that are queued there pass later
held()
{
	queue "$2" "queue num 7"
	rm -f $RUN/held $RUN/one $RUN/two
	$TOOLS/nfqueue.py 7 $RUN/held &
	QUEUE=$!
	wait_for 10 grep -q ready $RUN/held
	(ask client http://$NODE4:$NODEPORT/ >$RUN/one) &
	(ask client "http://[$VIP6]/" >$RUN/two) &
	check "NFQUEUE, $1: SYNs are held" holds 2
}

if modprobe -q nft_queue; then
	queue "input priority 300" "queue num 7"
	is "NFQUEUE without a reader" \
		"$(ask client http://$NODE4:$NODEPORT/ -m 2)" "$DROPPED"
	queue "input priority 300" "queue num 7 bypass"
	ours "NFQUEUE with bypass"
	for at in "prerouting priority -300" "prerouting priority -50" \
		"input priority 0" "input priority 300"; do
		held "$at" "$at"
		kill -USR1 $QUEUE
		check "$at: they pass" wait_for 10 sh -c \
			"grep -q 'FOO 200' $RUN/one && grep -q 'FOO 200' $RUN/two"
		kill $QUEUE
		wait $QUEUE 2>/dev/null
	done
	for at in "prerouting priority -300" "input priority 300"; do
		held "unload, $at" "$at"
		check "$at: unloaded while SYNs are held" rmmod gwsteer
		kill -USR1 $QUEUE
		sleep 1.5
		insmod /gws/build/gwsteer.ko
		# shellcheck disable=SC2086
		check "$at: programmed again" program $BINDS
		kill $QUEUE
		wait $QUEUE 2>/dev/null
	done
	nft flush ruleset
	ours "after NFQUEUE"
else
	skip "NFQUEUE" "this kernel has no nft_queue"
fi

# --- gateways that point at each other ---------------------------------------

for name in left right; do
	host $name
done
ip link add eth0 netns left type veth peer name eth0 netns right
ip -n left addr add 10.7.0.1/24 dev eth0
ip -n right addr add 10.7.0.2/24 dev eth0
ip -n left link set eth0 up
ip -n right link set eth0 up
check "left sends to right" ip netns exec left $TOOLS/program.py \
	nodeport@8000 endpoint=10.7.0.2@8000
check "right sends to left" ip netns exec right $TOOLS/program.py \
	nodeport@8000 endpoint=10.7.0.1@8000
is "a ring of two gateways" \
	"$(ask left http://10.7.0.2:8000/ -o /dev/null)" " 508"
is "entered at the other" \
	"$(ask right http://10.7.0.1:8000/ -o /dev/null)" " 508"
check "no more connections than passes" [ \
	"$(ip netns exec left ss -Htn state established | wc -l)" -le 16 ]

# --- control groups ----------------------------------------------------------

ip netns exec client client -a $NODE4 -p $NODEPORT -n 4 -c 4 --host a \
	--path / --hold 60000 >/dev/null 2>&1 &
HOLD=$!
check "connections are there" wait_for 5 sh -c \
	"ss -Htn state established sport = $NODEPORT | grep -q ."
# The root has number 1; ss cannot name it on every kernel.
is "none of them is in a group of a process" "$(ss -Htn --cgroup \
	state established "( sport = $NODEPORT or dport = 8080 )" |
	grep -o 'cgroup:[^ ]*' | sed 's|unreachable:1$|/|' | sort -u)" "cgroup:/"
kill -9 $HOLD
wait $HOLD 2>/dev/null

# --- VRF: the client's interface in it ---------------------------------------

if ip link add blue type vrf table 10 2>/dev/null; then
	ip link set blue up
	ip link set cl0 master blue
	addr6 $NODE6/64 cl0
	is "VRF: as for any server that is not in it" \
		"$(ask client http://$NODE4:$NODEPORT/ -m 3)" "$REFUSED"
	ip vrf exec blue python3 -m http.server -d /gws/src/tests $NODEPORT \
		>/dev/null 2>&1 &
	SERVER=$!
	check "VRF: a server in it has the port" wait_for 10 sh -c \
		"[ \$(ip netns exec client curl -s -m 2 -o /dev/null \
		-w '%{http_code}' http://$NODE4:$NODEPORT/none) = 404 ]"
	kill $SERVER
	wait $SERVER 2>/dev/null
	# Where "ip vrf exec" had put it
	find "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)" -mindepth 1 \
		-depth -type d -exec rmdir {} +
	is "VRF: others are served as before" \
		"$(ask bar http://10.1.0.1:$NODEPORT/)" "FOO 200"
	sysctl -qw net.ipv4.tcp_l3mdev_accept=1
	ours "VRF, tcp_l3mdev_accept=1"
else
	skip "VRF" "this kernel has none"
fi
check "unloaded" rmmod gwsteer
finish
