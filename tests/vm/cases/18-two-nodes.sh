#!/bin/bash
# SPDX-License-Identifier: MIT
# title: two nodes: clients of, endpoints on and a daemon of another one
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

RUN2=/run/gws2

# on_node2 CMD...
on_node2()
{
	ip netns exec node2 "$@"
}

# node2_gwctl ARGS...: as the second node's daemon and kernel state have it
node2_gwctl()
{
	on_node2 gwctl --run-dir $RUN2 "$@"
}

# fans_out FROM ADDRESS: FOO and BAR, 404 otherwise
fans_out()
{
	local url=$2 path

	[[ $url != *:* ]] || url="[$url]"
	for path in /foo /bar; do
		is "$1 to $2: $path" "$(ask "$1" "http://$url:$NODEPORT$path" \
			-H "Host: $APPS")" "${BODY[$path]} 200"
	done
	is "$1 to $2: /baz" "$(ask "$1" "http://$url:$NODEPORT/baz" \
		-H "Host: $APPS" -o /dev/null)" " 404"
}

# calls ADDRESS: twenty of the split, from the client, as "FOO BAR"
calls()
{
	for _ in $(seq 20); do
		answer "$1" $SPLIT /
		echo
	done | awk '$1 == "FOO" { foo++ } $1 != "FOO" { bar++ }
		END { print foo + 0, bar + 0 }'
}

# bar_is BODY: what the client gets of /bar at the first node
bar_is()
{
	[ "$(answer $NODE4 $APPS /bar)" = "$1 200" ]
}

foo_only()
{
	[ "$(answer $NODE4 $APPS /foo)" = "FOO 200" ]
}

declare -A BODY=([/foo]=FOO [/bar]=BAR)
scene_start
second_node
second_pod baz 4
ip -n foo -6 route add default via fd00:1::1
serve baz BAZ

for from in node2 baz; do
	fans_out $from $NODE4
	fans_out $from $NODE6
done
is "node2 has nothing of its own yet" \
	"$(ask client http://$NODE2:$NODEPORT/foo -H "Host: $APPS")" "curl 7"

# --- an endpoint on the second node ------------------------------------------

service bar 10.2.0.4
BODY[/bar]=BAZ
check "an endpoint on the second node is taken" wait_for 20 bar_is BAZ
fans_out client $NODE4
fans_out client $NODE6
fans_out node2 $NODE4
is "the split is exact over both nodes" "$(calls $NODE4)" "16 4"

# --- the second node serves, too ---------------------------------------------

mkdir -p $RUN2/state
on_node2 gwsteerd --manifests $MANIFESTS --run-dir $RUN2 \
	--state-dir $RUN2/state >>$RUN/gwsteerd2.log 2>&1 &
daemon2=$!
check "a second daemon programs the second node" node2_gwctl status --wait 30
before=$(split_requests)
for from in client baz foo - node2; do
	fans_out $from $NODE2
	fans_out $from $NODE2_6
done
is "it splits by itself" "$(calls $NODE2)" "16 4"
is "and counts by itself" "$(split_requests)" "$before"
is "what was asked of it" "$(node2_gwctl stats split -o json |
	jq -c '.backends | sort_by(.index) | map(.requests)')" "[16,4]"
kill -9 $daemon2
wait $daemon2 2>/dev/null
fans_out client $NODE2
fans_out client $NODE4

ip netns del node2
check "the first node forgets nothing when the second is gone" \
	foo_only
finish
