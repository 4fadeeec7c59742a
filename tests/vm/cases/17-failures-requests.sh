#!/bin/bash
# SPDX-License-Identifier: MIT
# title: allocations that fail, in commits and under traffic
# kernels:
# never: 6.12 6.1 backports (no fault injection there)
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

DEBUGFS=/sys/kernel/debug
TOOL=/gws/src/tests/tools/program.py

# failing PERCENT: in the module's threads, and nowhere else
failing()
{
	local pid kind

	for kind in failslab fail_page_alloc; do
		echo Y >$DEBUGFS/$kind/task-filter
		echo N >$DEBUGFS/$kind/ignore-gfp-wait
		echo -1 >$DEBUGFS/$kind/times
		echo 0 >$DEBUGFS/$kind/verbose
		echo "$1" >$DEBUGFS/$kind/probability
	done
	echo 0 >$DEBUGFS/fail_page_alloc/min-order
	echo N >$DEBUGFS/fail_page_alloc/ignore-gfp-highmem
	for pid in $(pgrep '^gwsteer/'); do
		echo 1 >/proc/"$pid"/make-it-fail
	done
}

# totals_of LINE...: the counts of several clients
sum()
{
	local name=$1 n=0 line

	shift
	for line; do
		n=$((n + $(field "$name" "$line")))
	done
	echo $n
}

packets_start
mountpoint -q $DEBUGFS || mount -t debugfs debugfs $DEBUGFS
failing 0

# --- commits -----------------------------------------------------------------

# The first one brings the namespace to life; its sockets are made by threads,
# which only a percentage hits.
failing 30
refused=0
for _ in 1 2 3 4 5 6; do
	program nodeport@$NODEPORT >/dev/null 2>$RUN/error && break
	refused=$((refused + 1))
	grep -q 'Cannot allocate\|listening sockets or hooks' $RUN/error ||
		check "a clean error: $(cat $RUN/error)" false
done
note "$refused first commits were refused"
failing 0
check "the first commit" program nodeport@$NODEPORT
is "it serves" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"
got=$($TOOL failing rules=3 nodeport@$NODEPORT address=$VIP4@80 \
	endpoint=10.1.0.2@8080 2>&1)
note "$got"
check "every allocation of a commit failed once, and all was well" \
	grep -qx '[1-9][0-9]* failures *' <<<"$got"
check "a commit" program nodeport@$NODEPORT
is "it serves again" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"

# --- traffic -----------------------------------------------------------------

lines=()
for percent in 1 5 20; do
	failing $percent
	for how in "--path /" "--path / --close" \
		"--path /bytes/100000 --path /chunked/5000" \
		"--path /echo --body 50000"; do
		# shellcheck disable=SC2086 # words are meant
		strict -c 4 -d 3 --timeout 3000 $how >/dev/null 2>&1
		lines+=("$LINE")
		note "$percent %: $how: $LINE"
	done
done
failing 0
check "some requests were served: $(sum ok "${lines[@]}")" \
	[ "$(sum ok "${lines[@]}")" -ge 20 ]
check "some were not: $(sum failed "${lines[@]}")" \
	[ "$(sum failed "${lines[@]}")" -ge 5 ]
check "counted as no_memory" [ "$(reason no_memory)" -ge 1 ]
check "traffic goes on" wait_for 30 strict -n 40 -c 4 --path / --path /bytes/5000
good "all of it" -n 100 -c 4 --path / --path /bytes/100000
good "also new connections" -n 30 -c 3 --close
check "no connection of a client is left" wait_for 60 none_left
check "as many were closed as accepted" wait_for 20 balanced
check "unloaded" rmmod gwsteer
check "no connection is left" wait_for 20 all_closed
finish
