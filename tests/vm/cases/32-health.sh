#!/bin/bash
# SPDX-License-Identifier: MIT
# title: endpoints that fail are set aside and probed, those that terminate drain
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/tries.sh

# slice NAME "N CONDITIONS"...: Service NAME of pods 10.1.0.N
slice()
{
	local name=$1 each

	shift
	service "$name"
	sed -i '/^endpoints:/d' "$MANIFESTS/service-$name.yaml"
	{
		cat "$MANIFESTS/service-$name.yaml"
		echo "endpoints:"
		for each; do
			echo "  - addresses: [10.1.0.${each%% *}]"
			echo "    conditions: {${each#* }}"
		done
	} | put "service-$name.yaml"
}

endpoint()
{
	gwctl get endpoints -A -o json |
		jq -r ".[] | select(.name == \"10.1.0.$1:8080\").$2" | head -n 1
}

state_is()
{
	[ "$(endpoint "$1" state)" = "$2" ]
}

# refuse [VERDICT]: what asks the pod "gone" for a connection gets a reset
refuse()
{
	nsenter --net=/run/netns/gone nft -f - <<-END
	table ip refuse {
		chain input {
			type filter hook input priority 0;
			tcp dport 8080 tcp flags & (syn | ack) == syn counter ${1:-reject with tcp reset}
		}
	}
	END
}

refuse_no_more()
{
	nsenter --net=/run/netns/gone nft delete table ip refuse
}

# syns: connection attempts that were refused so far
syns()
{
	nsenter --net=/run/netns/gone nft list table ip refuse |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

all_ok()
{
	for _ in $(seq "$1"); do
		[ "$(status /pair)" = 200 ] || return
	done
}

READY="ready: true, serving: true, terminating: false"
ENDING="ready: false, serving: true, terminating: true"
NEITHER="ready: false, serving: false, terminating: true"

scene_start
pod gone 5
pod old 6
serve old OLD
for n in 7 8; do
	ip -n gone addr add 10.1.0.$n/24 dev eth0
done
refuse
slice pair "2 $READY" "5 $READY"
slice drain "2 $READY" "6 $READY"
slice dead "7 $READY" "8 $READY"
tries_route <<END
  - matches: [{path: {value: /pair}}]
    backendRefs: [{name: pair, port: 80}]
  - matches: [{path: {value: /dead}}]
    backendRefs: [{name: dead, port: 80}]
  - matches: [{path: {value: /drain}}]
    backendRefs: [{name: drain, port: 80}]
END
up()
{
	[ "$(status /pair)" = 200 ]
}
check "the route serves" wait_for 10 up

limit set_aside $((2000 * SLOW))
aside()
{
	status /pair >/dev/null
	state_is 5 SetAside
}
check "one that refuses is set aside" wait_for 10 aside
is "the other one is not" "$(endpoint 2 state)" Ready
before=$(syns)
check "it is spared" all_ok 20
check "all that time ($(($(syns) - before)) attempts)" \
	[ $(($(syns) - before)) -le 2 ]
check "its failures are seen" [ "$(endpoint 5 errors)" -ge 1 ]

# The time grows with each probe that fails: 2, 4, 8, 16 s.
before=$(syns)
until=$((SECONDS + 12 * SLOW))
while [ $SECONDS -lt $until ]; do
	status /pair >/dev/null
done
tried=$(($(syns) - before))
check "it is probed, ever more seldom ($tried attempts in $((12 * SLOW)) s)" \
	[ $tried -ge 1 -a $tried -le 4 ]

# When all are set aside they are used all the same.
limit set_aside 60000
dead_aside()
{
	status /dead >/dev/null
	state_is 7 SetAside && state_is 8 SetAside
}
check "two that both refuse are both set aside" wait_for 10 dead_aside
before=$(syns) none=$(reason no_endpoint)
for i in 1 2 3; do
	is "a request is answered as refused, $i" "$(status /dead)" 502
	check "it was tried" [ "$(syns)" -gt "$before" ]
	before=$(syns)
done
is "there are endpoints" "$(reason no_endpoint)" "$none"
is "both are still set aside" "$(endpoint 7 state) $(endpoint 8 state)" \
	"SetAside SetAside"
limit set_aside 2000

# A probe whose client leaves before there is an outcome keeps it away no longer.
refuse_no_more
refuse drop
limit set_aside 60000
leave()
{
	$CLIENT /gws/src/tests/tools/raw.py $NODE4 $NODEPORT \
		"GET /pair HTTP/1.1\r\nHost: $TRIES\r\n\r\n" wait:0.1 rst
	[ "$(syns)" -ge 1 ]
}
check "a client resets its request, which was the probe" wait_for 30 leave
refuse_no_more
serve gone GONE
slow=()
aside_ended()
{
	status /pair >/dev/null
	state_is 5 Ready
}
used()
{
	[ "$(get /pair)" = "GONE 200" ]
}
check "it comes back at once" wait_for 10 used
check "and is not aside any more" state_is 5 Ready

# A probe that this node does not even try says nothing of it.
limit upstream_idle_timeout 500
sleep 1
limit set_aside $((4000 * SLOW))
refuse
check "it is set aside again" wait_for 10 aside
refuse_no_more
# The other one has a connection already.
limit upstream_idle_timeout 60000
check "only the other one is used" all_ok 2
/gws/src/tests/tools/bpf.py deny 8080 >$RUN/deny 2>&1 &
deny=$!
if wait_for 10 grep -q ready $RUN/deny; then
	denied()
	{
		[ "$(status /pair)" = 503 ]
	}
	check "the next probe is not let out" wait_for 20 denied
	kill $deny
	wait $deny || true
	check "so the next request is one" wait_for 2 used
else
	skip "the next probe is not let out" "$(tail -n 1 $RUN/deny)"
fi

# A probe over a connection that was in use when others could not be made.
limit set_aside 1000
for _ in {1..6}; do
	$CLIENT curl -s -m 30 -H "Host: $TRIES" -o /dev/null \
		"$TRIES_URL/pair/delay/$((5000 * SLOW))" &
	slow+=($!)
done
in_use()
{
	[ "$(endpoint 5 active)" -ge 1 ]
}
check "a connection to it is in use" wait_for 5 in_use
refuse
check "no other can be made" wait_for 5 aside
wait "${slow[@]}"
check "it is Ready again with what that one answers" wait_for 10 aside_ended
refuse_no_more
limit set_aside 2000
slow=()

# Terminating: what is in flight ends there, nothing new comes.
limit upstream_idle_timeout 500
both()
{
	[ "$(get /drain)" = "OLD 200" ]
}
check "both are used" wait_for 10 both
for _ in {1..4}; do
	$CLIENT curl -s -m 30 -H "Host: $TRIES" -w '%{http_code}\n' -o /dev/null \
		"$TRIES_URL/drain/delay/6000" >>$RUN/slow &
	slow+=($!)
done
busy()
{
	[ "$(endpoint 6 active)" -ge 1 ]
}
check "one of them is busy" wait_for 6 busy
slice drain "2 $READY" "6 $ENDING"
check "it is shown as serving" wait_for 10 state_is 6 Serving
before=$(served old requests)
for _ in {1..12}; do
	get /drain
	echo
done >$RUN/answers
is "nothing new goes to it" "$(sort -u $RUN/answers)" "FOO 200"
is "not one" $(($(served old requests) - before)) 0
wait "${slow[@]}"
is "what was in flight was answered" "$(xargs <$RUN/slow)" "200 200 200 200"

slice drain "2 $ENDING" "6 $ENDING"
check "no other is left: those that terminate serve" wait_for 10 both
slice drain "2 $NEITHER" "6 $ENDING"
only_old()
{
	[ "$(get /drain)$(get /drain)$(get /drain)" = "OLD 200OLD 200OLD 200" ]
}
check "those of them that do" wait_for 10 only_old
slice drain "2 $NEITHER" "6 $NEITHER"
none()
{
	[ "$(status /drain)" = 503 ]
}
check "none at all: 503" wait_for 10 none

# Max-Forwards
OPTIONS="OPTIONS /pair/headers HTTP/1.1\r\nHost: $TRIES\r\nMax-Forwards:"
is "Max-Forwards 0 ends here" \
	"$(raw "$OPTIONS 0\r\nConnection: close\r\n\r\n")" "200 OK"
check "1 goes on as 0" grep -qi "max-forwards: 0" \
	<<<"$(raw "$OPTIONS 1\r\nConnection: close\r\n\r\n")"
finish
