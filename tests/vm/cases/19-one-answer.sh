#!/bin/bash
# SPDX-License-Identifier: MIT
# title: one host answers for a VIP that several serve; endpoints that would loop
# kernels: 6.12
# timeout: 90
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

# In the pods' network, for all who are on the bridge.
HELD4=10.1.0.100 HELD6=fd00:1::100

# answers ADDRESS: number of bar's questions on the wire, then for each who
# answered how many answers came
answers()
{
	nsenter --net=/run/netns/bar arping -b -c 3 -w 4 -I eth0 "$1" >$RUN/arping
	{
		sed -n 's/^Sent \([0-9]*\) probes.*/\1/p' $RUN/arping
		sed -n 's/^Unicast reply from [^ ]* \[\([^]]*\)\].*/\1/p' \
			$RUN/arping | tr A-F a-f | sort | uniq -c
	} | xargs
}

# neighbour ADDRESS: the hardware address that bar has for it
neighbour()
{
	ip -n bar neigh show "$1" | grep -o 'lladdr [^ ]*' | cut -d' ' -f2
}

# refuses NAME ADDRESS@PORT TEXT: as an endpoint, with that in the refusal
refuses()
{
	local error

	error=$(/gws/src/tests/tools/program.py nodeport@$NODEPORT \
		address=$HELD4@80 address=$HELD6@80 host@8099 \
		"endpoint=$2" 2>&1)
	check "$1 is refused as an endpoint" grep -q "$3" <<<"$error" ||
		note "$error"
}

packets_start
pod other 5
# The holder is a second node, with the module's state of its own namespace;
# both nodes serve the VIP, with foo behind it.
ip -n other addr add $HELD4/24 dev eth0
addr6 $HELD6/64 eth0 other
check "the first node serves it" program nodeport@$NODEPORT address=$HELD4@80 \
	address=$HELD6@80 host@8099
check "so does its holder" nsenter --net=/run/netns/other \
	/gws/src/tests/tools/program.py address=$HELD4@80 address=$HELD6@80 \
	endpoint=10.1.0.2@8080

MAC=$(ip -n other -j link show eth0 | jq -r '.[0].address')
is "arping: one answer to each question, all from the holder" \
	"$(answers $HELD4)" "3 3 $MAC"
is "it is served" "$(ask bar http://$HELD4/)" "FOO 200"
is "by IPv6, too" "$(ask bar "http://[$HELD6]/")" "FOO 200"
is "neighbour discovery: the holder's" "$(neighbour $HELD6)" "$MAC"
is "the other node has nothing to do with it" "$(total requests)" 0
# What comes to it all the same, it serves.
for ip in $HELD4 $HELD6; do
	ip -n bar neigh replace "$ip" lladdr "$(cat /sys/class/net/pods/address)" \
		nud permanent dev eth0
done
is "sent to the other node" "$(ask bar http://$HELD4/)" "FOO 200"
is "sent to the other node, by IPv6" "$(ask bar "http://[$HELD6]/")" "FOO 200"
is "that has served it" "$(total requests)" 2
ip -n bar neigh flush dev eth0 nud permanent
ip -n other addr del $HELD4/24 dev eth0
check "nobody holds it, nobody answers" \
	grep -qx '[3-9]' <<<"$(answers $HELD4)"

# --- endpoints that would loop -----------------------------------------------

refuses "a VIP's port" $HELD4@80 "of listener 1"
refuses "an IPv6 VIP's port" $HELD6@80 "of listener 1"
refuses "127.0.0.1" 127.0.0.1@8080 loopback
refuses "::1" ::1@8080 loopback
refuses "0.0.0.0" 0.0.0.0@8080 unspecified
refuses "a link-local address" 169.254.1.1@8080 link-local
refuses "an IPv6 link-local address" fe80::1@8080 link-local
refuses "a multicast address" 224.0.0.1@8080 multicast
refuses "an IPv4 address in IPv6" ::ffff:127.0.0.1@8080 "IPv4 in IPv6"
# The kernel does not know which addresses will be the node's, nor what a Gateway's
# own address will have at its other ports: these fail when they are tried.
while read -r line; do
	name=${line% *} at=${line##* }
	check "$name is not seen" /gws/src/tests/tools/program.py \
		nodeport@$NODEPORT address=$HELD4@80 host@8099 "endpoint=$at"
	tried=$(total upstream_connects) requests=$(total requests)
	is "but nothing goes round: 502" \
		"$(ask client http://$NODE4:$NODEPORT/ -o /dev/null)" " 502"
	is "it came once" $(($(total requests) - requests)) 1
	check "and it was not tried often" \
		[ $(($(total upstream_connects) - tried)) -le 3 ]
done <<-END
	the node's NodePort $NODE4@$NODEPORT
	the node's NodePort, by IPv6, $NODE6@$NODEPORT
	the node's host port 10.1.0.1@8099
	another port of a VIP $HELD4@81
	a NodePort of a VIP $HELD4@$NODEPORT
END
check "unloaded" rmmod gwsteer
finish
