#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the table is replaced 1000 times under load
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

tables=1000

all_logged()
{
	[ "$(logged foo)" = "$SUM" ]
}

packets_start
check "programmed" program nodeport@$NODEPORT
commits=$(total commits)
load_mixed 150
is "tables" "$(/gws/src/tests/tools/life.py tables $tables keep \
	nodeport@$NODEPORT 2>&1)" "tables=$tables"
is "each was a commit" $(($(total commits) - commits)) $tables
check "there were requests all the time" load_lasts
check "and none has failed" load_stop
SUM=0
load_total
check "there were many: $SUM" [ $SUM -ge 200 ]
is "answers are the kernel's requests" "$(total requests)" $SUM
is "all of them 2xx" "$(total responses_2xx)" $SUM
check "and the lines of the backend's log" wait_for 10 all_logged
check "unloaded" rmmod gwsteer
finish
