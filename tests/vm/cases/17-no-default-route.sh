#!/bin/bash
# SPDX-License-Identifier: MIT
# title: own addresses and ClusterIPs on a node without a default route
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# Nobody holds them. The client sends them here by its default route.
OWN4=203.0.113.9 OWN6=2001:db8:9::9 CLUSTER4=10.96.0.10 CLUSTER6=fd00:96::10

# ours: addresses that have a route of the daemon
ours()
{
	{
		ip route show proto 103
		ip -6 route show proto 103
	} | cut -d' ' -f1 | xargs
}

ours_are()
{
	[ "$(ours)" = "$1" ]
}

own_serves()
{
	[ "$(ask client http://$OWN4/)" = "BAR 200" ]
}

# gateway_service LIST: the Gateway's Service with these ClusterIPs
gateway_service()
{
	put nodeport.yaml <<-END
	apiVersion: v1
	kind: Service
	metadata: {name: gwsteer-gateway-web-gw, namespace: gw-demo}
	spec:
	  type: NodePort
	  clusterIPs: [$1]
	  ports: [{name: http, port: 80, nodePort: $NODEPORT}]
	END
}

gateway_own()
{
	put own.yaml <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: Gateway
	metadata: {name: own, namespace: gw-demo}
	spec:
	  gatewayClassName: gwsteer
	  listeners: [{name: http, port: 80, protocol: HTTP}]
	  addresses: [{value: $OWN4}, {value: "$OWN6"}]
	---
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: own, namespace: gw-demo}
	spec:
	  parentRefs: [{name: own}]
	  rules: [{backendRefs: [{name: bar, port: 80}]}]
	END
}

scene_start
ip -n client -6 route add default via $NODE6
ip -n foo -6 route add default via fd00:1::1
is "the node has no default route" \
	"$(ip route show default; ip -6 route show default)" ""
is "without a route the node itself does not get to $OWN4" \
	"$(ask - http://$OWN4/)" "curl 7"

gateway_own
gateway_service "$CLUSTER4, \"$CLUSTER6\""
daemon_stop
daemon_start --address-pool 203.0.113.8/29 --address-pool 2001:db8:9::/120
check "each of the addresses gets a route" wait_for 30 ours_are \
	"$CLUSTER4 $OWN4 $OWN6 $CLUSTER6"
check "and is served" wait_for 30 own_serves
for host in client foo -; do
	for url in $OWN4 "[$OWN6]"; do
		is "$host to $url" "$(ask $host "http://$url/")" "BAR 200"
	done
	for url in $CLUSTER4 "[$CLUSTER6]"; do
		is "$host to ClusterIP $url" \
			"$(ask $host "http://$url/foo" -H "Host: $APPS")" "FOO 200"
		is "another port of $url for $host" \
			"$(ask $host "http://$url:8080/")" "curl 7"
	done
done
ip -n client addr add 203.0.113.8/29 dev eth0
check "nobody answers for $OWN4 on the wire" \
	[ "$(ask client http://$OWN4/ -m 3)" != "BAR 200" ]
ip -n client addr del 203.0.113.8/29 dev eth0
is "the status does not list ClusterIPs" \
	"$(gwctl get gateways web-gw -o json |
		jq -c --arg a $CLUSTER4 --arg b $CLUSTER6 \
			'.[0].addresses | map(select(. == $a or . == $b))')" "[]"

kill -9 "$(cat $RUN/gwsteerd.pid)"
is "they stay when the daemon is killed" "$(ask - "http://[$OWN6]/")" "BAR 200"
gateway_service ""
rm $MANIFESTS/own.yaml
daemon_start
check "the next one takes them away with the addresses" wait_for 30 ours_are ""
is "the NodePort is served as before" "$(answer $NODE4 $APPS /foo)" "FOO 200"
finish
