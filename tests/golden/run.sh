#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Golden tests of the daemon's pipeline: <sentence>.in.yaml, with base.yaml
# beside it, must give <sentence>.ir.yaml and <sentence>.status.yaml. TAP.
#
#   tests/golden/run.sh [CASE...]           compares
#   UPDATE=1 tests/golden/run.sh [CASE...]  writes what comes out; read the diff

set -u
cd "$(dirname "$0")" || exit 1
OUT=$PWD/../../build/golden
mkdir -p "$OUT"
if ! make -s OUT="$OUT" >&2; then
	echo "1..0 # the driver does not build"
	exit 1
fi

cases=("${@%.in.yaml}")
if [ $# = 0 ]; then
	cases=()
	for file in *.in.yaml; do
		cases+=("${file%.in.yaml}")
	done
fi

failed=0
number=0
echo "1..${#cases[@]}"
for case in "${cases[@]}"; do
	number=$((number + 1))
	verdict=ok
	"$OUT/golden" base.yaml "$case.in.yaml" "$OUT/$case" || verdict="not ok"
	for part in ir status; do
		if [ "${UPDATE:-0}" = 1 ]; then
			cp "$OUT/$case.$part.yaml" "$case.$part.yaml"
		else
			diff -u --label wanted --label got \
				"$case.$part.yaml" "$OUT/$case.$part.yaml" |
				sed 's/^/# /'
		fi
		cmp -s "$case.$part.yaml" "$OUT/$case.$part.yaml" ||
			verdict="not ok"
	done
	echo "$verdict $number - ${case//-/ }"
	[ "$verdict" = ok ] || failed=$((failed + 1))
done
[ "$failed" = 0 ]
