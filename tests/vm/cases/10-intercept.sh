#!/bin/bash
# SPDX-License-Identifier: MIT
# title: which packets a Gateway takes, and which it leaves alone
# kernels: 6.12 6.1 backports
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

UNHELD=192.0.2.77
HOSTPORT=8099

packets_start
sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.cl0.rp_filter=1
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 \
	address=$VIP6@80 address=$UNHELD@80 host@$HOSTPORT

# --- NodePort --------------------------------------------------------------

for url in $NODE4 10.1.0.1 127.0.0.1 127.1.2.3 "[$NODE6]" "[::1]"; do
	is "node to NodePort on $url" "$(ask - http://$url:$NODEPORT/)" "FOO 200"
done
for url in $NODE4 10.1.0.1 "[$NODE6]"; do
	is "client to NodePort on $url" \
		"$(ask client http://$url:$NODEPORT/)" "FOO 200"
done
is "pod on the bridge to NodePort" \
	"$(ask bar http://10.1.0.1:$NODEPORT/)" "FOO 200"
is "another port" "$(ask client http://$NODE4:$((NODEPORT + 1))/)" "$REFUSED"
check "no listener is visible" [ -z "$(ss -Htln)" ]

# --- addresses of the Gateway's own ----------------------------------------

http_server 22
for url in $VIP4 "[$VIP6]"; do
	for host in client bar -; do
		is "$host to $url" "$(ask $host http://$url/)" "FOO 200"
		is "$host to $url, port of another server" \
			"$(ask $host http://$url:22/)" "$REFUSED"
		is "$host to $url, NodePort" \
			"$(ask $host http://$url:$NODEPORT/)" "$REFUSED"
	done
done
is "that server on the node's own address" \
	"$(status_of client http://$NODE4:22/none)" 404
kill $SERVER
is "UDP to a VIP is refused by ICMP" "$(ip netns exec client python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(('$VIP4', 53))
s.send(b'?')
try: print(s.recv(9))
except OSError as e: print(type(e).__name__)")" ConnectionRefusedError
is "nobody answers ARP for an address that the node does not hold" \
	"$(ask client http://$UNHELD/ -m 10)" "$REFUSED"
# The kernel drops entries that failed, at a time of its own.
is "no neighbour gave it a hardware address" \
	"$(ip -n client neigh show $UNHELD | grep lladdr)" ""
check "the client has an address without a way back" \
	ip -n client addr add 198.51.100.1/32 dev eth0
ip route add blackhole 198.51.100.0/24
is "rp_filter drops it" \
	"$(ask client http://$VIP4/ --interface 198.51.100.1 -m 2)" "$DROPPED"
ip route del blackhole 198.51.100.0/24
is "with a way back it is served" \
	"$(ask client http://$VIP4/ --interface 198.51.100.1)" "FOO 200"

# --- ports of the node's own -----------------------------------------------

is "a free host port is taken" "$(ask client http://$NODE4:$HOSTPORT/)" "FOO 200"
http_server $HOSTPORT
is "a server that starts later has it" \
	"$(status_of client http://$NODE4:$HOSTPORT/none)" 404
is "it listens on IPv4 only" "$(ask client "http://[$NODE6]:$HOSTPORT/")" "FOO 200"
kill $SERVER
wait $SERVER 2>/dev/null
is "it may be restarting" "$(ask client http://$NODE4:$HOSTPORT/)" "$REFUSED"
check "later the port is taken again" wait_for 15 sh -c \
	"ip netns exec client curl -s -m 2 http://$NODE4:$HOSTPORT/ | grep -q FOO"

# --- the bridge's own netfilter --------------------------------------------

modprobe br_netfilter
sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
	net.bridge.bridge-nf-call-ip6tables=1
is "br_netfilter: NodePort" "$(ask bar http://10.1.0.1:$NODEPORT/)" "FOO 200"
is "br_netfilter: VIP" "$(ask bar http://$VIP4/)" "FOO 200"
is "br_netfilter: IPv6 VIP" "$(ask bar "http://[$VIP6]/")" "FOO 200"
is "br_netfilter: other port of a VIP" "$(ask bar http://$VIP4:81/)" "$REFUSED"

# --- small packets ---------------------------------------------------------

ip link set cl0 mtu 80
ip -n client link set eth0 mtu 80
is "MTU 80, NodePort" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"
is "MTU 80, VIP" "$(ask client http://$VIP4/)" "FOO 200"

check "unloaded" rmmod gwsteer
is "nothing steers any more" "$(ask client http://$NODE4:$NODEPORT/ -m 3)" \
	"$REFUSED"
finish
