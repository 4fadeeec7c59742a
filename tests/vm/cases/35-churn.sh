#!/bin/bash
# SPDX-License-Identifier: MIT
# title: 1000 edits, 100 endpoint swaps and 50 daemon kills under 50 000 requests
# kernels:
# timeout: 1200
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# Each round edits a weight and a route; each fifth swaps the endpoints of a
# Service, each tenth kills the daemon.
rounds=500 wanted=50000 rate=80
[ "$GWS_DEBUG" = no ] || rounds=50 wanted=3000 rate=10
# Longer than the daemon waits for a second step: each round is a commit.
pause=0.25

# other_route N: a route beside the one that is asked for, another with each N
other_route()
{
	put other.yaml <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: other, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw}]
	  hostnames: [$SPLIT]
	  rules:
	    - matches: [{path: {type: Exact, value: /other-$1}}]
	      backendRefs: [{name: $([ $(($1 % 2)) = 0 ] && echo foo || echo bar), port: 80}]
	END
}

all_logged()
{
	[ $(($(logged foo bar foo2) - logged_before)) = "$1" ]
}

requests_since()
{
	[ $(($(total requests) - requests_before)) -ge "$1" ]
}

# wrk_start: the second half of the load
wrk_start()
{
	ip netns exec client wrk -t 1 -c 8 -d 3600 --timeout 60 \
		-s /gws/src/tests/vm/counted.lua "http://$NODE4:$NODEPORT/" \
		-- $SPLIT $RUN/wrk.stop $((rate * 3 / 2)) 8 >$RUN/wrk.out 2>&1 &
	wrk=$!
}

# wrk_stop: no request is on its way when it ends
wrk_stop()
{
	touch $RUN/wrk.stop
	wait_for 60 grep -q '^idle' $RUN/wrk.out || return
	kill -INT $wrk
	wait $wrk
}

# wrk_field NAME: of the line that counted.lua prints
wrk_field()
{
	field "$1" "$(grep '^counted ' $RUN/wrk.out)"
}

# one_round N
one_round()
{
	weights $(($1 % 99 + 1)) $((99 - $1 % 99))
	other_route "$1"
	edits=$((edits + 2))
	sleep $pause
	if [ $(($1 % 5)) = 0 ]; then
		service foo $(($1 % 2 ? 4 : 2))
		swaps=$((swaps + 1))
	fi
	if [ $(($1 % 10)) = 0 ]; then
		daemon_stop KILL
		daemon_start
		kills=$((kills + 1))
		wait_for 30 gwctl status
	fi
}

scene_start
pod foo2 4
serve foo2 FOO2
requests_before=$(total requests) commits_before=$(total commits)
logged_before=$(logged foo bar foo2)
load_mixed $rate
wrk_start

edits=0 swaps=0 kills=0
for i in $(seq $rounds); do
	one_round "$i"
	[ $((i % 50)) != 0 ] || note "round $i: $(($(total requests) -
		requests_before)) requests, $SECONDS s"
done
note "$edits edits, $swaps swaps of endpoints, $kills daemons killed"
weights 33 66
check "the last edit is in force" wait_for 30 weights_are 33 66
commits=$(($(total commits) - commits_before))
check "edits were committed one by one ($commits commits)" \
	[ $commits -ge $((rounds * 9 / 10)) ]
check "$wanted requests" wait_for 600 requests_since $wanted
check "the strict clients have lasted till now" load_lasts
check "and found nothing wrong" load_stop
check "wrk ends between requests" wrk_stop

SUM=$(wrk_field ok)
note "wrk: $(grep '^counted ' $RUN/wrk.out)"
is "wrk: nothing failed" "$(wrk_field failed)" 0
load_total
is "clients' answers are the kernel's requests" \
	"$SUM" $(($(total requests) - requests_before))
is "all of them 2xx" "$(total responses_2xx)" "$(total requests)"
check "and the lines of the backends' logs" wait_for 10 all_logged "$SUM"
note "$SUM answers, $(($(logged foo bar foo2) - logged_before)) lines in the logs"
finish
