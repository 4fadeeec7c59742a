#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the story of the article, row by row
# kernels: 6.12
# timeout: 240
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
		ip netns exec client curl -s -H "Host: $SPLIT" \
			"http://$NODE4:$NODEPORT/"
	done | tally
}

# The same number of connections by one curl
split_calls()
{
	${AT-ip netns exec client} curl -s -m 20 -H "Host: $SPLIT" \
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

backend_requests()
{
	echo "$(cat $SPLIT_SYSFS/backends/0/requests)" \
		"$(cat $SPLIT_SYSFS/backends/1/requests)"
}

stats_requests()
{
	gwctl stats -o json | jq -r '[.. | objects |
		select(.route? == "split" and has("backend"))] |
		sort_by(.index) | map(.requests) | join(" ")'
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

before=$(backend_requests)
is "20 calls" "$(split_by_hand 20)" "16 FOO 4 BAR"
for round in 2 3; do
	is "20 calls, round $round" "$(split_calls 20)" "16 FOO 4 BAR"
done
is "20 calls on loopback" "$(AT='' TO=127.0.0.1 split_calls 20)" "16 FOO 4 BAR"
is "sysfs counters say the same" "$(backend_requests)" \
	"$(awk '{ print $1 + 64, $2 + 16 }' <<<"$before")"
is "gwctl stats says the same" "$(stats_requests)" "$(backend_requests)"

put canary.yaml <<-END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: canary, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [$SPLIT]
  rules:
    - matches:
        - headers: [{name: X-Canary, value: "true"}]
      backendRefs: [{name: bar, port: 80}]
END
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
	"$(gwctl get gateways -A -o json | grep -c web-gw)" 0
finish
