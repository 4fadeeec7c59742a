#!/bin/bash
# SPDX-License-Identifier: MIT
# title: responses of hostile backends
# kernels: 6.12
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

TOOL=/gws/src/tests/tools/hostile.py

scene_start
limit upstream_idle_timeout 1000
serve_kill foo
table=${0%.sh}.table
nsenter --net=/run/netns/foo $TOOL serve 8080 "$table" >$RUN/hostile.out 2>&1 &
wait_for 10 nsenter --net=/run/netns/foo nc -z 127.0.0.1 8080
before=$(reason upstream_bad_response)
$CLIENT $TOOL ask $NODE4 $NODEPORT $APPS /foo 10.1.0.2:8080 "$table" >$RUN/table
while IFS= read -r line; do
	case $line in
	ok*) check "${line#* - }" true ;;
	not*) check "${line#* - }" false ;;
	'# '*) note "${line#\# }" ;;
	esac
done <$RUN/table
check "all of the table was played" grep -q '^1\.\.' $RUN/table
check "upstream_bad_response is counted" \
	[ $(($(reason upstream_bad_response) - before)) -ge 190 ]
is "the backend's script is content" "$(cat $RUN/hostile.out)" ""
check "every connection is gone" wait_for 20 all_closed
check "every accepted connection was closed" wait_for 5 balanced
finish
