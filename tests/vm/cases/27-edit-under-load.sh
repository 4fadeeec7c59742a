#!/bin/bash
# SPDX-License-Identifier: MIT
# title: edits and a killed daemon under load lose no request
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

edits=30 rate=60
[ "$GWS_DEBUG" = no ] || edits=20 rate=20
# Longer than the daemon waits for a second step: each edit is a commit.
pause=0.25

# asked_since N: requests have come since there were N
asked_since()
{
	[ "$(total requests)" -gt "$1" ]
}

generation()
{
	cat $SYSFS/generation
}

# broken: how many problems of broken.yaml the daemon has
broken()
{
	gwctl status 2>&1 | grep -c 'broken\.yaml:'
}

# all_logged N: so many since the load began
all_logged()
{
	[ $(($(logged foo bar foo2) - logged_before)) = "$1" ]
}

scene_start
pod foo2 4
serve foo2 FOO2
before=$(generation)
requests=$(total requests)
logged_before=$(logged foo bar foo2)
load_mixed $rate

for i in $(seq $edits); do
	weights $((i % 99 + 1)) $((99 - i % 99))
	sleep $pause
done
check "edits were committed ($(($(generation) - before)))" \
	[ $(($(generation) - before)) -ge $((edits * 9 / 10)) ]
for i in $(seq 6); do
	service foo $((i % 2 ? 4 : 2))
	sleep $pause
	service foo 2 4
	sleep $pause
done
for i in 1 2 3; do
	daemon_stop KILL
	asked=$(total requests)
	check "kill $i: requests go on without a daemon" \
		wait_for 10 asked_since "$asked"
	sleep 0.5
	daemon_start
	weights $((10 * i)) 50
	check "kill $i: the next daemon follows an edit" \
		wait_for 30 weights_are $((10 * i)) 50
done
echo 'kind: [HTTPRoute' | put broken.yaml
check "a broken manifest is named" \
	wait_for 10 grep -q 'error: broken\.yaml:[0-9]*: ' $RUN/gwsteerd.log
weights 33 67
check "another file's edit comes into force beside it" \
	wait_for 10 weights_are 33 67
check "the broken one is still told of" [ "$(broken)" -ge 1 ]
rm $MANIFESTS/broken.yaml
check "once it is gone, all is as wanted" wait_for 10 gwctl status
check "the load has lasted till now" load_lasts
check "and ends in order" load_stop

SUM=0
load_total
for name in keep close echo; do
	check "$name: there was load" \
		[ "$(field ok "$(cat $RUN/$name.line)")" -ge 100 ]
done
check "endpoints were swapped under load" \
	[ "$(field FOO2 "$(cat $RUN/keep.line)")" -ge 1 ]
is "clients and kernel count the same" $(($(total requests) - requests)) $SUM
check "and so do the backends' logs" wait_for 5 all_logged $SUM
note "$(($(logged foo bar foo2) - logged_before)) lines in the logs of the backends"
bears()
{
	weights 80 20
	sleep 0.5
	strict -n 20 >/dev/null
	[ "$(field BAR "$LINE")" = 4 ]
}
check "the restarted daemon follows edits" wait_for 10 bears
finish
