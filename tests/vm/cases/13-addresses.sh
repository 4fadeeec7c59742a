#!/bin/bash
# SPDX-License-Identifier: MIT
# title: a Gateway's addresses and the node's host ports, through the daemon
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

POOL4=203.0.113.8/29 POOL6=2001:db8:9::/120
# Nobody holds them: they are routed here.
OWN4=203.0.113.9 OWN6=2001:db8:9::9 OUTSIDE=203.0.113.77

# gateway NAME ADDRESS...: on port 8080, with a route of its name's own host
gateway()
{
	local name=$1 address

	shift
	{
		cat <<-END
		apiVersion: gateway.networking.k8s.io/v1
		kind: Gateway
		metadata: {name: $name, namespace: gw-demo}
		spec:
		  gatewayClassName: gwsteer
		  listeners: [{name: http, port: 8080, protocol: HTTP}]
		  addresses:
		END
		for address; do
			echo "  - {type: IPAddress, value: \"$address\"}"
		done
		cat <<-END
		---
		apiVersion: gateway.networking.k8s.io/v1
		kind: HTTPRoute
		metadata: {name: $name, namespace: gw-demo}
		spec:
		  parentRefs: [{name: $name}]
		  rules: [{backendRefs: [{name: bar, port: 80}]}]
		END
	} | put "$name.yaml"
}


# row NAME: addresses, ports and Programmed of a Gateway
row()
{
	gwctl get gateways -o json | jq -r --arg name "$1" '.[] |
		select(.name == $name) |
		"\(.addresses | join(",")) \(.ports | join(",")) \(.programmed)"'
}

# why NAME: reason and message of its Programmed
why()
{
	gwctl get gateways -o json | jq -r --arg name "$1" '.[] |
		select(.name == $name) | .status.conditions[] |
		select(.type == "Programmed") | "\(.reason): \(.message)"'
}

row_is()
{
	[ "$(row "$1")" = "$2" ]
}

node_port()
{
	gwctl get gateways -o json |
		jq --arg name "$1" '.[] | select(.name == $name) | .nodePorts[0]'
}

# restart [gwsteerd options]
restart()
{
	daemon_stop
	daemon_start "$@"
}

scene_start
ip -n client -6 route add default via $NODE6
ip -n bar -6 route add default via fd00:1::1
ip route add default via 192.0.2.2
ip -6 route add default via 2001:db8:1::2

# --- ports of the node's own -------------------------------------------------

for at in "client $NODE4" "client [$NODE6]" "- $NODE4" "- 127.0.0.1" "- [::1]" \
	"bar 10.1.0.1" "bar [fd00:1::1]"; do
	# shellcheck disable=SC2086 # two words
	set -- $at
	is "$1 to port 80 of $2: /foo" \
		"$(ask "$1" "http://$2/foo" -H "Host: $APPS")" "FOO 200"
	is "$1 to port 80 of $2: /baz" "$(ask "$1" "http://$2/baz" \
		-H "Host: $APPS" -o /dev/null)" " 404"
done
is "the split is the listener's, not the port's" \
	"$(for _ in 1 2 3 4 5; do
		ask client http://$NODE4/ -H "Host: $SPLIT"
		ask client "http://[$NODE6]/" -H "Host: $SPLIT"
	done | sort | uniq -c | xargs)" "2 BAR 200 8 FOO 200"
is "another port of the node" "$(ask client http://$NODE4:81/foo)" "curl 7"

# --- addresses of a Gateway's own --------------------------------------------

restart --address-pool $POOL4 --address-pool $POOL6
gateway own $OWN4 $OWN6
check "its row has both addresses and says Programmed" \
	wait_for 20 row_is own "$OWN4,$OWN6 8080 True"
is "the other Gateway has the node's" "$(row web-gw)" "$NODE4,$NODE6 80 True"
for url in $OWN4 "[$OWN6]"; do
	for host in client bar -; do
		is "$host to $url" "$(ask $host "http://$url:8080/")" "BAR 200"
	done
	is "another port of $url" "$(ask client "http://$url/")" "curl 7"
	is "$url has no NodePort" "$(ask client "http://$url:$NODEPORT/")" "curl 7"
done
is "port 8080 of the node is not taken" \
	"$(ask client http://$NODE4:8080/)" "curl 7"
is "its NodePort" "$(ask client "http://$NODE4:$(node_port own)/")" "BAR 200"

# --- addresses that a Gateway cannot have ------------------------------------

gateway outside $OUTSIDE
check "an address outside of the pool" wait_for 10 row_is outside " 8080 False"
is "the reason is named" "$(why outside)" "AddressNotUsable: Address $OUTSIDE \
is neither the node's nor in its address pool (--address-pool)"
check "that address is not served" \
	[ "$(ask client http://$OUTSIDE:8080/ -m 3)" != "BAR 200" ]
is "its NodePort is" "$(ask client "http://$NODE4:$(node_port outside)/")" "BAR 200"
gateway thief $OWN6
check "an address that another has" wait_for 10 row_is thief " 8080 False"
is "the owner is named" "$(why thief)" \
	"AddressNotUsable: Address $OWN6 belongs to Gateway gw-demo/own"

# --- one address of the node's, another list of host ports -------------------

gateway single $NODE6
check "a port that is not for Gateways" wait_for 10 row_is single " 8080 False"
restart --host-ports 8080 --address-pool $POOL4 --address-pool $POOL6
check "--host-ports gives it" wait_for 20 row_is single "$NODE6 8080 True"
is "on that address" "$(ask client "http://[$NODE6]:8080/")" "BAR 200"
is "on no other" "$(ask client http://$NODE4:8080/)" "curl 7"
is "port 80 is not for Gateways any more" \
	"$(ask client http://$NODE4/foo -H "Host: $APPS")" "curl 7"
is "the NodePort is served as before" "$(answer $NODE4 $APPS /foo)" "FOO 200"

# --- and gone again ----------------------------------------------------------

rm $MANIFESTS/own.yaml
check "the address goes to who waited for it" \
	wait_for 10 row_is thief "$OWN6 8080 True"
is "it is served" "$(ask client "http://[$OWN6]:8080/")" "BAR 200"
check "the one that nobody has is not" \
	[ "$(ask client http://$OWN4:8080/ -m 3)" != "BAR 200" ]
is "nor has it a row" "$(row own)" ""
finish
