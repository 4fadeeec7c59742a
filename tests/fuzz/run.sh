#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs each fuzz target for so many seconds, as TAP.
#
# Usage: run.sh SECONDS
set -u
cd "$(dirname "$0")" || exit 1

failed=0
for source in fuzz_*.c; do
	name=${source#fuzz_}
	name=${name%.c}
	if output=$(make -s "run-$name" SECONDS="$1" 2>&1); then
		echo "ok - fuzz: $name"
		grep -a number_of_executed_units <<<"$output" | sed 's/^/# /'
	else
		echo "not ok - fuzz: $name"
		tail -n 40 <<<"$output" | sed 's/^/# /'
		failed=1
	fi
done
exit $failed
