#!/bin/bash
# SPDX-License-Identifier: MIT
# title: module and programs of two versions meet, each way, under load
# kernels: 6.12
# builds: other-module
# cpus: 2
# timeout: 120
# shellcheck disable=SC2086 # words of a command line are meant
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/errors.sh

OTHER=/gws/build/other-abi
OURS=/gws/build

# refused MODULE: it is not loaded beside the one that is
refused()
{
	is "insmod of the other module" "$(insmod $1 2>&1)" \
		"insmod: ERROR: could not insert module $1: File exists"
}

# meet NAME OURS OTHERS: the module in OURS serves, with the daemon from there,
# and goes on when the programs in OTHERS and their module are tried
meet()
{
	local name=$1 ours=$2 others=$3

	insmod $ours/gwsteer.ko
	PATH=$ours:$PATH daemon_start
	check "$name: its daemon programs it" wait_for 60 serving
	load_start strict -c 4 --rate 50
	says 9 $others/gwsteerd --manifests $MANIFESTS --run-dir $RUN/other
	says 9 $others/gwctl status
	says 9 $others/gwctl stats
	says 9 $others/gwctl version
	refused $others/gwsteer.ko
	check "$name: there were requests all the time" load_lasts
	check "$name: and none has failed" load_stop
	note "$(cat $RUN/strict.line)"
	daemon_stop
	check "$name: it is unloaded" rmmod gwsteer
}

scene_start idle
meet "this version's module" $OURS $OTHER
meet "the next version's module" $OTHER $OURS
finish
