#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the story of the article, row by row
# kernels: 6.12
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# Reads answers, prints "16 FOO 4 BAR"
tally()
{
	sort | uniq -c | sort -rn |
		awk '{ printf "%s%s %s", s, $1, $2; s = " " }'
}

# A curl for each call, as in the article
split_by_hand()
{
	for _ in $(seq "$1"); do
		$CLIENT curl -s -H "Host: $SPLIT" \
			"http://$NODE4:$NODEPORT/"
	done | tally
}

# The same number of connections by one curl
split_calls()
{
	${AT-$CLIENT} curl -s -m 20 -H "Host: $SPLIT" \
		-H "Connection: close" \
		"http://${TO:-$NODE4}:$NODEPORT/?[1-$1]" | tally
}

# The three rows of the fan-out, on one address
fan_out()
{
	is "$1 $2: /foo" "$(answer "$2" $APPS /foo)" "FOO 200"
	is "$1 $2: /bar" "$(answer "$2" $APPS /bar)" "BAR 200"
	is "$1 $2: /baz" "$(answer "$2" $APPS /baz | grep -o '...$')" 404
}

# shows NAME CMD...: the lines of stdin are lines of its output, where each run
# of spaces is one
shows()
{
	local name=$1 out line missing=()

	shift
	out=$("$@" 2>&1 | tr -s ' ')
	while IFS= read -r line; do
		grep -qxF -- "$line" <<<"$out" || missing+=("$line")
	done
	is "$name" "${missing[*]-}" ""
	[ ${#missing[@]} = 0 ] || note "$out"
}

scene_start

is "class accepted" "$(gwctl get gatewayclasses -o json | jq -r \
	'.. | objects | select(.type? == "Accepted") | .status')" True
check "Gateway PROGRAMMED True with an address" \
	sh -c "gwctl get gateways | grep -q 'web-gw.*[0-9]\.[0-9].*True'"
is "NodePort of the Gateway's Service" \
	"$(gwctl get gateways -A -o json | grep -o -m1 $NODEPORT | head -n 1)" \
	$NODEPORT

fan_out "other host to" $NODE4
fan_out "other host to" $NODE6
AT='' fan_out "node to itself at" $NODE4
AT='' fan_out "node to itself at" 127.0.0.1
AT='' fan_out "node to itself at" ::1
is "below the prefix" "$(answer $NODE4 $APPS /foo/x)" "FOO 200"
is "prefix goes by elements" "$(answer $NODE4 $APPS /foobar | grep -o '...$')" 404
is "unknown host" "$(answer $NODE4 none.local / | grep -o '...$')" 404

before=$(split_requests)
is "20 calls" "$(split_by_hand 20)" "16 FOO 4 BAR"
for round in 2 3; do
	is "20 calls, round $round" "$(split_calls 20)" "16 FOO 4 BAR"
done
is "20 calls on loopback" "$(AT='' TO=127.0.0.1 split_calls 20)" "16 FOO 4 BAR"
is "sysfs counters say the same" "$(split_requests)" \
	"$(awk '{ print $1 + 64, $2 + 16 }' <<<"$before")"
is "gwctl stats says the same" "$(split_stats)" "$(split_requests)"


shows "get gateways -o wide" gwctl get gateways -o wide <<-END
NAMESPACE NAME CLASS ADDRESSES PORTS PROGRAMMED AGE NODEPORTS HTTPROUTES
gw-demo web-gw gwsteer $NODE4 80 True - $NODEPORT 2
END
shows "get listeners" gwctl get listeners <<-END
NAMESPACE GATEWAY NAME HOSTNAME PROTOCOL PORT BINDS
gw-demo web-gw http * HTTP 80 nodeport/*:$NODEPORT,host/*:80
END
shows "get rules" gwctl get rules <<-END
NAMESPACE ROUTE RULE GATEWAY LISTENER HOSTNAME MATCHES BACKENDS
gw-demo fanout 0 web-gw http $APPS prefix /foo gw-demo/foo:80=1
gw-demo fanout 1 web-gw http $APPS prefix /bar gw-demo/bar:80=1
gw-demo split 0 web-gw http $SPLIT prefix / gw-demo/foo:80=80,gw-demo/bar:80=20
END
shows "get rules -o yaml" gwctl get rules -o yaml <<-END
- namespace: gw-demo
 route: split
 name: "0"
 gateway: web-gw
 hostname: $SPLIT
 - prefix /
 - gw-demo/foo:80=80
 - gw-demo/bar:80=20
END
is "get rules -o json" "$(gwctl get rules -o json | jq -c '.[2] |
	[.kind, .route, .hostname, .matches, .backends]')" \
	"[\"HTTPRoute\",\"split\",\"$SPLIT\",[\"prefix /\"],\
[\"gw-demo/foo:80=80\",\"gw-demo/bar:80=20\"]]"
shows "describe gateway" gwctl describe gateway web-gw <<-END
kind: Gateway
 value: $NODE4
 type: Programmed
 message: Ports: 80 at NodePort $NODEPORT
 attachedRoutes: 2
 binds: nodeport/*:$NODEPORT,host/*:80
 hostname: $APPS
 backends: gw-demo/foo:80=80,gw-demo/bar:80=20
analysis:
 nothing is wrong with it
END
shows "describe httproute" gwctl describe httproute split <<-END
kind: HTTPRoute
 parentRef:
 kind: Gateway
 name: web-gw
 type: Accepted
 type: ResolvedRefs
 status: True
 message: All references resolve
 backends: gw-demo/foo:80=80,gw-demo/bar:80=20
 nothing is wrong with it
END
gwctl describe httproute none >$RUN/none 2>&1
is "describe of what is not there" "$? $(head -n 1 $RUN/none)" \
	"18 gwctl: error: there is no such object: route none"

# observed N SUM: as gwctl writes that share
observed()
{
	awk "BEGIN { printf \"%.1f%%\", 100 * $1 / $2 }"
}

# split_stats_are FILTER: it is true of what gwctl counts of the split
split_stats_are()
{
	gwctl stats split -o json | jq -e "$1" >/dev/null
}

# without_latency: gwctl stats but for its columns of causes and percentiles
without_latency()
{
	gwctl stats | tr -s ' ' |
		sed -E 's/ (BY P50 P99|- <[0-9]+[mu]?s <[0-9]+[mu]?s)$//'
}

read -r foo bar <<<"$(split_requests)"
shows "stats: shares and reasons" without_latency <<-END
NAMESPACE ROUTE RULE GATEWAY LISTENER BACKEND WEIGHT CONFIGURED OBSERVED REQUESTS ERRORS
gw-demo split 0 web-gw http gw-demo/foo:80 80 80.0% $(observed "$foo" $((foo + bar))) $foo 0
gw-demo split 0 web-gw http gw-demo/bar:80 20 20.0% $(observed "$bar" $((foo + bar))) $bar 0
REASON COUNT
no_rule 6
no_host 1
END
is "stats: every answer was a 2xx" "$(gwctl stats split -o json |
	jq -c '.backends | map(."2xx")')" "[$foo,$bar]"
check "stats: a rule's bytes are those of its backends" split_stats_are '
	(.rules | map(.bytesRx) | add) > 0 and
	(.rules | map(.bytesRx, .bytesTx)) ==
	[(.backends | map(.bytesRx) | add), (.backends | map(.bytesTx) | add)]'

canary_route
canary()
{
	[ "$(answer $NODE4 $SPLIT / -H 'X-Canary: true')" = "BAR 200" ] &&
		[ "$(answer $NODE4 $SPLIT / -H 'x-canary: true')" = "BAR 200" ] &&
		[ "$(answer $NODE4 $SPLIT / -H 'X-Canary: true')" = "BAR 200" ]
}
check "rule on a header" wait_for 5 canary
is "without it the split stays" "$(split_calls 20)" "16 FOO 4 BAR"
rm $MANIFESTS/canary.yaml

strict -c 4 -d 6 --rate 300 >$RUN/canary.line 2>$RUN/canary.err &
load=$!
for share in 60 40 20 0; do
	sleep 1
	weights $share $((100 - share))
done
wait $load
note "$(cat $RUN/canary.line)"
is "canary: no request lost while weights are edited" \
	"$(field failed "$(cat $RUN/canary.line)")" 0
is "canary: in the end all go to bar" "$(split_calls 5)" "5 BAR"

rm $MANIFESTS/*
closed()
{
	! ip netns exec client nc -z -w 2 $NODE4 $NODEPORT
}
check "manifests removed: the NodePort closes" wait_for 5 closed
check "manifests removed: counters go" \
	wait_for 5 test ! -e $SYSFS/gateways/gw-demo
is "manifests removed: gwctl shows no Gateway" \
	"$(gwctl get gateways -A -o json | jq -c .)" "[]"
finish
