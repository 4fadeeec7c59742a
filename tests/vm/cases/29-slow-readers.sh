#!/bin/bash
# SPDX-License-Identifier: MIT
# title: good clients beside many that send or read slowly
# kernels: 6.12
# timeout: 200
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/greedy.sh

# The two modes of slowhttptest that hold most; 29-slow-clients has all of them.
greedy_scene
slow -B /foo -i 2 -x 8 -s 8192 -l 40
check "slow bodies are ended" [ "$(reason client_slow)" -ge $((MANY * 9 / 10)) ]
slow -X /bytes/100000 -w 10 -y 20 -n 5 -z 10 -k 2
note "slow readers cut: $(reason slow_cut)"
# With checks the machine is too slow to get that many connections in.
[ "$GWS_DEBUG" = yes ] || check "slow readers are cut for memory" \
	[ "$(reason slow_cut)" -ge 1 ]
greedy_end
finish
