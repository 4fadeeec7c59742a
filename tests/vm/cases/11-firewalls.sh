#!/bin/bash
# SPDX-License-Identifier: MIT
# title: firewalls that drop by default, in and out, and reverse-path filters
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

THEIRS=7777

# ours NAME: from a client, and from the node itself, NodePort and VIP by IPv4 and
# by IPv6; one curl for all
ours()
{
	local urls=("http://$NODE4:$NODEPORT/" "http://[$NODE6]:$NODEPORT/"
		"http://$VIP4/" "http://[$VIP6]/") all="FOO 200FOO 200FOO 200FOO 200"

	is "$1: client" "$(ask client "${urls[@]}")" "$all"
	is "$1: node" "$(ask - "${urls[@]}")" "$all"
}

# others NAME: it is the firewall that says who is served
others()
{
	is "$1: a port that it does not know" \
		"$(ask client http://$NODE4:81/ -m 1)" "$DROPPED"
	is "$1: what is forwarded and it does not know" \
		"$(ask client http://10.1.0.2:8080/ -m 1)" "$DROPPED"
	is "$1: a hostPort keeps its port" \
		"$(ask client http://$NODE4:$THEIRS/)" "BAR 200"
}

# filter_rules [RULE...]: as an administrator would write them, for iptables-restore
filter_rules()
{
	cat <<-END
	*filter
	:INPUT DROP
	:FORWARD DROP
	:OUTPUT DROP
	-A INPUT -m conntrack --ctstate INVALID -j DROP
	-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A INPUT -p tcp -m conntrack --ctstate NEW -m multiport --dports $NODEPORT,80 -j ACCEPT
	-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A OUTPUT -p tcp -m conntrack --ctstate NEW -m multiport --dports 8080,$NODEPORT,80 -j ACCEPT
	END
	printf -- '%s\n' "$@" COMMIT
}

# iptables_rules KIND: with a hostPort as the portmap plugin has it
iptables_rules()
{
	filter_rules "-A INPUT -p icmpv6 -j ACCEPT" "-A OUTPUT -p icmpv6 -j ACCEPT" |
		"ip6tables$1-restore"
	{
		filter_rules "-A FORWARD -d 10.1.0.3 -p tcp --dport 8080 -j ACCEPT"
		cat <<-END
		*nat
		:CNI-HOSTPORT-DNAT -
		-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
		-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
		-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports $THEIRS,$NODEPORT -j DNAT --to-destination 10.1.0.3:8080
		COMMIT
		END
	} | "iptables$1-restore"
}

packets_start
check "programmed" program nodeport@$NODEPORT address=$VIP4@80 address=$VIP6@80

# --- nftables ----------------------------------------------------------------

nft -f - <<-END
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop
		ct state invalid drop
		ct state established,related accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ct state new tcp dport { $NODEPORT, 80 } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop
		ct state invalid drop
		ct state established,related accept
		ct state new ip daddr 10.1.0.3 tcp dport 8080 accept
	}
	chain output {
		type filter hook output priority filter; policy drop
		ct state invalid drop
		ct state established,related accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ct state new tcp dport { 8080, $NODEPORT, 80 } accept
	}
}
table ip nat {
	chain hostports {
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport { $THEIRS, $NODEPORT } \
			dnat to 10.1.0.3:8080
	}
}
END
ours "nftables drops"
others "nftables drops"
nft flush ruleset

# --- iptables ----------------------------------------------------------------

check "rules of iptables" iptables_rules ""
ours "iptables drops"
others "iptables drops"
nft flush ruleset

# --- reverse-path filters ----------------------------------------------------

for name in /proc/sys/net/ipv4/conf/*/rp_filter; do
	echo 1 >"$name"
done
# IPv6 has none of its own: this is firewalld's.
nft -f - <<-END
table inet strict {
	chain prerouting {
		type filter hook prerouting priority mangle + 10
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		meta nfproto ipv6 fib saddr . mark . iif oif missing drop
	}
}
END
ours "rp_filter=1"
is "rp_filter=1: pod" "$(ask bar http://$VIP4/ "http://[$VIP6]/" \
	http://10.1.0.1:$NODEPORT/ "http://[fd00:1::1]:$NODEPORT/")" \
	"FOO 200FOO 200FOO 200FOO 200"
nft flush ruleset

# --- the old iptables, which nobody flushes here ------------------------------

if iptables-legacy -L -n >/dev/null 2>&1; then
	check "rules of iptables-legacy" iptables_rules -legacy
	ours "iptables-legacy drops"
	others "iptables-legacy drops"
else
	skip "iptables-legacy" "this kernel has none"
fi
check "unloaded" rmmod gwsteer
finish
