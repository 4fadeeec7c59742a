#!/bin/bash
# SPDX-License-Identifier: MIT
# title: edits and a killed daemon under load lose no request
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

edits=60 seconds=25 rate=200
[ "$GWS_KERNEL" != debug ] || edits=20 rate=50

load()
{
	strict -c 6 -d $seconds --rate $rate --path / --path /bytes/5000 \
		--path /chunked/9000 >$RUN/load.line 2>$RUN/load.err &
	clients=$!
}

generation()
{
	cat $SYSFS/generation
}

scene_start
pod foo2 4
serve foo2 FOO2
before=$(generation)
load

for i in $(seq $edits); do
	weights $((i % 99 + 1)) $((99 - i % 99))
	sleep 0.1
done
check "edits were committed ($(($(generation) - before)))" \
	[ $(($(generation) - before)) -ge $((edits / 4)) ]
for i in $(seq 10); do
	service foo $((i % 2 ? 4 : 2))
	sleep 0.2
	service foo 2 4
	sleep 0.2
done
for i in 1 2 3; do
	daemon_stop KILL
	sleep 0.5
	daemon_start
	sleep 1
	weights $((10 * i)) 50
done
echo 'kind: [HTTPRoute' | put broken.yaml
sleep 0.5
rm $MANIFESTS/broken.yaml
wait $clients
line=$(cat $RUN/load.line)
note "$line" "$(head -n 5 $RUN/load.err)"
is "no request failed" "$(field failed "$line")" 0
check "there was load" [ "$(field ok "$line")" -ge 100 ]
bears()
{
	weights 80 20
	sleep 0.5
	strict -n 20 >/dev/null
	[ "$(field BAR "$LINE")" = 4 ]
}
check "the restarted daemon follows edits" wait_for 10 bears
finish
