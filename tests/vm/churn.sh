# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Load and churn at the same time, for cases that count every answer: strict
# clients and wrk ask, while weights, routes and endpoints change and the daemon is
# killed. Sourced after scene.sh, used after scene_start:
#
#   churn_scene         one more pod, which endpoints are moved to
#   churn_begin RATE    load; RATE as of load_mixed, wrk asks half as much again
#   churn_edit N        edits a weight and a route; each fifth swaps the endpoints
#                       of a Service, and waits for them in the kernel
#   churn_kill          kills the daemon and starts another
#   churn_end           all that was asked is answered
#   churn_agree         results: clients, kernel and backends have the same figures

# Longer than the daemon waits for a second step: each round is a commit.
CHURN_PAUSE=0.25
EDITS=0 SWAPS=0 KILLS=0

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

# requests_since: the kernel's, since churn_begin
requests_since()
{
	echo $(($(total requests) - REQUESTS_BEFORE))
}

# logged_since: answers in the backends' logs, since churn_begin
logged_since()
{
	echo $(($(logged foo bar foo2) - LOGGED_BEFORE))
}

all_logged()
{
	[ "$(logged_since)" = "$1" ]
}

# wrk_start RATE
wrk_start()
{
	rm -f $RUN/wrk.stop
	ip netns exec client wrk -t 1 -c 8 -d 86400 --timeout 60 \
		-s /gws/src/tests/vm/counted.lua "http://$NODE4:$NODEPORT/" \
		-- $SPLIT $RUN/wrk.stop "$1" 8 >$RUN/wrk.out 2>&1 &
	WRK=$!
}

# wrk_stop: no request is on its way when it ends
wrk_stop()
{
	touch $RUN/wrk.stop
	wait_for 60 grep -q '^idle' $RUN/wrk.out || return
	kill -INT $WRK
	wait $WRK
}

# wrk_field NAME: of the line that counted.lua prints
wrk_field()
{
	field "$1" "$(grep '^counted ' $RUN/wrk.out)"
}

churn_scene()
{
	pod foo2 4
	serve foo2 FOO2
}

churn_begin()
{
	REQUESTS_BEFORE=$(total requests) GOOD_BEFORE=$(total responses_2xx)
	LOGGED_BEFORE=$(logged foo bar foo2)
	load_mixed "$1"
	wrk_start $(($1 * 3 / 2))
}

churn_edit()
{
	weights $(($1 % 99 + 1)) $((99 - $1 % 99))
	other_route "$1"
	EDITS=$((EDITS + 2))
	sleep $CHURN_PAUSE
	if [ $(($1 % 5)) = 0 ]; then
		swap $(($1 % 2 ? 4 : 2))
	fi
}

# endpoint_is N: of pods 2 and 4, of which foo has one, the kernel has that
endpoint_is()
{
	[ "$(gwctl get endpoints -A | grep -oE '10\.1\.0\.[24]:8080' | sort -u)" = \
		"10.1.0.$1:8080" ]
}

# swap N: foo's endpoint is pod N; counts when the kernel has it
swap()
{
	service foo "$1"
	if wait_for 30 endpoint_is "$1"; then
		SWAPS=$((SWAPS + 1))
	else
		check "foo has the endpoint $1" false
	fi
}

churn_kill()
{
	kill -0 "$(cat $RUN/gwsteerd.pid)" ||
		check "daemon $KILLS has lived until it is killed" false
	daemon_stop KILL
	daemon_start
	KILLS=$((KILLS + 1))
	wait_for 30 gwctl status ||
		check "daemon $KILLS speaks" false
}

churn_end()
{
	check "the strict clients have lasted till now" load_lasts
	check "and found nothing wrong" load_stop
	check "wrk ends between requests" wrk_stop
}

churn_agree()
{
	SUM=$(wrk_field ok)
	note "wrk: $(grep '^counted ' $RUN/wrk.out)"
	is "wrk: nothing failed" "$(wrk_field failed)" 0
	load_total
	is "clients' answers are the kernel's requests" "$SUM" "$(requests_since)"
	is "all of them 2xx" $(($(total responses_2xx) - GOOD_BEFORE)) "$SUM"
	check "and the lines of the backends' logs" wait_for 10 all_logged "$SUM"
	note "$SUM answers, $(logged_since) lines in the logs"
}
