#!/bin/bash
# SPDX-License-Identifier: MIT
# title: other people's NAT rules and firewalls beside a Gateway
# kernels: 6.12
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

HOSTPORT=8099

# Everything that is ours, from all sides
ours()
{
	local url

	for url in $NODE4:$NODEPORT "[$NODE6]:$NODEPORT" $VIP4 "[$VIP6]"; do
		is "$1: client to $url" "$(ask client "http://$url/")" "FOO 200"
		is "$1: node to $url" "$(ask - "http://$url/")" "FOO 200"
	done
	for url in 127.0.0.1 "[::1]"; do
		is "$1: node to $url" "$(ask - "http://$url:$NODEPORT/")" \
			"FOO 200"
	done
}

packets_start
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 \
	address=$VIP6@80 host@$HOSTPORT

# Rules like those of a hostPort or of kube-proxy: for our ports, which they
# must not get, and for their own (7777, and the host port), which they keep.
nft -f - <<-END
table ip theirs {
	map to {
		type inet_service : ipv4_addr . inet_service
		elements = { $NODEPORT : 10.1.0.3 . 8080, 7777 : 10.1.0.3 . 8080,
			$HOSTPORT : 10.1.0.3 . 8080 }
	}
	chain prerouting {
		type nat hook prerouting priority dstnat
		ip daddr $VIP4 tcp dport 80 dnat to 10.1.0.3:8080
		fib daddr type local dnat to tcp dport map @to
	}
	chain output {
		type nat hook output priority -100
		ip daddr $VIP4 tcp dport 80 dnat to 10.1.0.3:8080
		fib daddr type local dnat to tcp dport map @to
	}
}
table ip6 theirs {
	chain prerouting {
		type nat hook prerouting priority dstnat
		ip6 daddr $VIP6 tcp dport 80 dnat to [fd00:1::3]:8080
		tcp dport $NODEPORT dnat to [fd00:1::3]:8080
	}
	chain output {
		type nat hook output priority -100
		ip6 daddr $VIP6 tcp dport 80 dnat to [fd00:1::3]:8080
		tcp dport $NODEPORT dnat to [fd00:1::3]:8080
	}
}
END
check "rules are in" sh -c "nft list ruleset | grep -q 10.1.0.3"
ours "DNAT rules"
is "DNAT rules keep their port, client" "$(ask client http://$NODE4:7777/)" \
	"BAR 200"
is "DNAT rules keep their port, node" "$(ask - http://$NODE4:7777/)" "BAR 200"
is "a DNAT rule goes before a host port" \
	"$(ask client http://$NODE4:$HOSTPORT/)" "BAR 200"
check "our flows are tracked" \
	sh -c "conntrack -L -p tcp --dport $NODEPORT 2>/dev/null | grep -q ASSURED"
nft flush ruleset

# A firewall that drops what it does not know.
nft -f - <<-END
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop
		ct state established,related accept
		iif lo accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ct state new tcp dport { $NODEPORT, 80 } accept
	}
}
END
ours "firewall"
is "firewall: a port of a VIP that it does not know is dropped" \
	"$(ask client http://$VIP4:81/ -m 2)" "$DROPPED"
nft flush ruleset

iptables -t nat -A PREROUTING -p tcp --dport $NODEPORT -j DNAT \
	--to-destination 10.1.0.3:8080
iptables -t nat -A OUTPUT -p tcp --dport $NODEPORT -j DNAT \
	--to-destination 10.1.0.3:8080
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp -m multiport --dports $NODEPORT,80 -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -P INPUT DROP
ours "iptables"
check "unloaded" rmmod gwsteer
is "afterwards their rule has the port" \
	"$(ask client http://$NODE4:$NODEPORT/)" "BAR 200"
finish
