#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs each fuzz target for so many seconds, one after another, as TAP.
#
# Usage: run.sh SECONDS [TARGET...]   default: all
set -u
cd "$(dirname "$0")" || exit 1

LOGS=../../build/fuzz
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
	local log=$LOGS/$1.log inputs

	if ! make -s "run-$1" SECONDS="$SECONDS_EACH" >"$log" 2>&1; then
		echo "not ok - fuzz: $1"
		essence "$log" | sed 's/^/# /'
		return 1
	fi
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "${inputs:-0}" -lt 100 ]; then
		echo "not ok - fuzz: $1: only ${inputs:-no} inputs"
		return 1
	fi
	echo "ok - fuzz: $1 # $inputs inputs"
}

mkdir -p "$LOGS"
[ $# -gt 0 ] || set -- fuzz_*.c
echo "1..$#"
status=0
for target; do
	target=${target#fuzz_}
	run "${target%.c}" || status=1
done
exit $status
