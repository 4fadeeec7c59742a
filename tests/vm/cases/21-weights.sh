#!/bin/bash
# SPDX-License-Identifier: MIT
# title: weights are exact, however the requests come
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# split NAME FOO BAR -- client options
split()
{
	local name=$1 foo=$2 bar=$3

	shift 4
	strict "$@" >/dev/null 2>$RUN/err || note "$(cat $RUN/err)"
	is "$name" "FOO=$(field FOO "$LINE") BAR=$(field BAR "$LINE") failed=$(field failed "$LINE")" \
		"FOO=$foo BAR=$bar failed=0"
}

# Any run of N answers has N * 80 / 100 of FOO to within 1.
runs_are_even()
{
	awk '{ foo[NR] = foo[NR - 1] + ($1 == "FOO") }
	END {
		for (i = 0; i < NR; i++)
			for (j = i + 1; j <= NR; j++) {
				d = (foo[j] - foo[i]) - (j - i) * 0.8
				if (d > 1.0001 || d < -1.0001) {
					print "from " i + 1 " to " j ": off by " d
					bad = 1
					exit
				}
			}
	}
	END { exit bad || NR < 100 }' "$1"
}

scene_start
serving	# one request more: the runs below start anywhere

for i in 1 2 3 4 5; do
	split "20 requests on one connection, round $i" 16 4 -- -n 20
	split "20 requests on 20 connections, round $i" 16 4 -- -n 20 --close
done
split "1000 on one connection" 800 200 -- -n 1000
split "1000 on 8 connections" 800 200 -- -n 1000 -c 8
split "1000 on a connection each, 8 at a time" 800 200 -- -n 1000 -c 8 --close
split "1000 pipelined" 800 200 -- -n 1000 -c 4 --pipeline 8
TO=$NODE6 split "100 over IPv6" 80 20 -- -n 100 -c 3

strict -n 300 --sequence $RUN/sequence >/dev/null
check "any run of answers is within 1 of its share" runs_are_even $RUN/sequence

weights 1 0
went()
{
	strict -n 20 >/dev/null && [ "$(field "$1" "$LINE")" = 20 ]
}
check "weight 0 gets nothing" wait_for 5 went FOO
weights 7 3
settle()
{
	strict -n 10 >/dev/null && [ "$(field BAR "$LINE")" = 3 ]
}
check "new weights are in use" wait_for 5 settle
split "100 at 7:3" 70 30 -- -n 100 -c 2
finish
