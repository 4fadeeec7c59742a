#!/bin/bash
# SPDX-License-Identifier: MIT
# title: slow and greedy clients beside good ones, with slowhttptest
# kernels: 6.12
# timeout: 400
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/greedy.sh

greedy_scene

# These end by themselves, when all their connections are.
slow -H / -i 2 -x 8 -l 40
note "$(reason client_timeout) heads timed out"
check "-H: each was ended" [ "$(reason client_timeout)" -ge $((MANY * 9 / 10)) ]
slow -B /foo -i 2 -x 8 -s 8192 -l 40
note "$(reason client_slow) bodies were too slow"
check "-B: each was ended" [ "$(reason client_slow)" -ge $((MANY * 9 / 10)) ]
slow -X /bytes/100000 -w 10 -y 20 -n 5 -z 10 -k 2
note "cut $(reason slow_cut), stalled $(reason client_stalled)"
slow -R / -a 5 -b 1500
limit head_timeout 10000
limit stall_timeout 60000

beside "connection flood" $((MANY / 2)) client -a $NODE4 -p $NODEPORT -n 0 \
	-c $((MANY * 4)) --hold $((LASTS * 1000))
note "$(reason limit_source_connections) refused"
check "a flood does not go beyond source_connections" \
	[ "$(reason limit_source_connections)" -ge $((MANY * 3 / 2)) ]
beside "connections without end" 8 client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-d $LASTS -c 64 --close
line=$(grep requests= "$RUN/connections without end.out")
note "$line"
check "connections without end: many had an answer" [ "$(field ok "$line")" -ge 50 ]
beside "one octet at a time" $((MANY / 40)) client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-d $LASTS -c $((MANY / 20)) --bytewise --path /sink --method POST \
	--body 200 --timeout 30000
note "$(cat "$RUN/one octet at a time.out")"
line=$(grep requests= "$RUN/one octet at a time.out")
is "one octet at a time: none failed" "$(field failed "$line")" 0
check "one octet at a time: served, too" [ "$(field ok "$line")" -ge 5 ]

greedy_end
finish
