#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs each fuzz target for so many seconds, one a processor, as TAP. One that has
# not had the inputs that it is to have by then (fuzz_<name>_INPUTS) goes on, for four
# times as long at most; a target that then still has fewer has failed.
#
# Usage: run.sh SECONDS [TARGET...]   default: all
set -u
cd "$(dirname "$0")" || exit 1

LOGS=../../build/fuzz
AT_A_TIME=$(nproc)
SECONDS_EACH=${1:?usage: run.sh SECONDS [TARGET...]}
shift

# essence LOG: of what a failed run says, the report and the input
essence()
{
	grep -aE -m 1 -A 30 '(error|ERROR): |^[^ ]*\.[ch]:[0-9]+: |\*\*\* ' "$1" |
		grep -av '^Base64: '
	grep -a '^Base64: ' "$1"
}

# run TARGET: one that got no further than its seeds has shown nothing
run()
{
	local log=$LOGS/$1.log inputs=0 least round got

	least=$(make -s "inputs-$1")
	for round in 1 2 3 4; do
		if ! make -s "run-$1" SECONDS="$SECONDS_EACH" >"$log" 2>&1; then
			echo "not ok - fuzz: $1"
			essence "$log" | sed 's/^/# /'
			return 1
		fi
		got=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		inputs=$((inputs + ${got:-0}))
		[ "$inputs" -lt "$least" ] || break
	done
	if [ "$inputs" -lt "$least" ]; then
		echo "not ok - fuzz: $1: only $inputs inputs of $least"
		return 1
	fi
	echo "ok - fuzz: $1 # $inputs inputs of $least, $round time(s)"
}

# report TARGET: the lines of one stay together
report()
{
	local status=0

	run "$1" >"$LOGS/$1.tap" 2>&1 || status=1
	flock "$LOGS/build.log" cat "$LOGS/$1.tap"
	return $status
}

# reap: until one of those that run has ended
reap()
{
	wait -n || status=1
	running=$((running - 1))
}

mkdir -p "$LOGS"
[ $# -gt 0 ] || set -- fuzz_*.c
set -- "${@#fuzz_}"
set -- "${@%.c}"
echo "1..$#"
# They share objects. What does not build fails once more with its target.
make -s -k -j"$AT_A_TIME" "${@/#/$LOGS/fuzz_}" >"$LOGS/build.log" 2>&1
status=0
running=0
for target; do
	[ $running -lt "$AT_A_TIME" ] || reap
	report "$target" &
	running=$((running + 1))
done
while [ $running -gt 0 ]; do
	reap
done
exit $status
