#!/bin/bash
# SPDX-License-Identifier: MIT
# title: clients and backends that leave at every stage
# kernels: 6.12
# cpus: 2
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

good()
{
	check "$@"
}

# The backend's answer ends in the middle: the client must not take it for
# whole, and hear of it at once.
cut()
{
	local path=$1 pattern=$2

	strict -n 6 -c 2 --path "$path" --timeout 3000 >/dev/null 2>$RUN/err
	[ "$(field failed "$LINE")" = 6 ] && ! grep -qv "$pattern" $RUN/err
}

scene_start
limit upstream_idle_timeout 1000
limit close_timeout 2000

for how in fin rst; do
	for stage in connect partial-head idle; do
		good "client leaves: $stage, $how" strict -n 20 -c 4 \
			--path /bytes/1000 --abort $stage:$how
	done
	for stage in head mid-body; do
		good "client leaves: $stage, $how" strict -n 20 -c 4 \
			--path /echo --body 200000 --abort $stage:$how
		good "client leaves: $stage, chunked, $how" strict -n 20 -c 4 \
			--path /echo --body 200000 --chunked \
			--abort $stage:$how
	done
	good "client leaves: in-flight, $how" strict -n 20 -c 4 \
		--path /delay/100 --abort in-flight:$how
	good "client leaves: in-flight, pipelined, $how" strict -n 40 -c 2 \
		--pipeline 8 --path /delay/20 --abort in-flight:$how
	good "client leaves: in-flight, large answer, $how" strict -n 10 -c 2 \
		--path /bytes/3000000 --abort in-flight:$how
	good "client leaves: mid-response, $how" strict -n 10 -c 2 \
		--path /bytes/3000000 --abort mid-response:$how
done
good "the gateway answers" strict -n 100 -c 4
# Of heads, bodies, in flight: those whose reset was seen inside of the exchange
check "they are counted as client_reset" [ "$(reason client_reset)" -ge 100 ]

for where in before-head before-head-rst in-head in-head-rst; do
	good "backend leaves: $where: 502" strict -n 10 -c 2 \
		--path /abort/$where --status 502
done
is "counted as upstream_reset" "$(reason upstream_reset)" 40
is "and of kind reset" "$(errors_by reset)" 40
for where in after-head after-head-rst mid-body mid-body-rst mid-chunk \
	mid-chunk-rst; do
	check "backend leaves: $where: the answer is cut" cut /abort/$where \
		'closed inside\|reset\|before the answer\|status 502'
done
# Of those with a reset not all: it may overtake the head.
check "counted as upstream_truncated" [ "$(reason upstream_truncated)" -ge 18 ]
is "they are of kind reset, too" "$(errors_by reset)" \
	$(($(reason upstream_reset) + $(reason upstream_truncated)))
is "none is of kind protocol" "$(errors_by protocol)" 0
for what in status-line no-version two-lengths length-and-chunked \
	unknown-coding bare-lf space-colon negative-length obs-fold switch \
	huge-head interims; do
	good "backend answers badly: $what: 502" strict -n 4 \
		--path /bad/$what --status 502
done
is "each of these is of kind protocol" "$(errors_by protocol)" 48
check "backend answers badly: bad-chunk: the answer is cut" cut /bad/bad-chunk \
	'closed inside\|reset\|status 502\|without X-Backend'

# An answer nobody asked for must not go to the next request: the 7 requests
# for it get what came first, the 13 others their own answer.
good "octets after an answer poison nobody" strict -n 20 -c 2 \
	--path /bad/extra --path / --path / --status 200
is "each got an answer, 13 with their own number" \
	"$(field ok "$LINE") $(field local "$LINE") \
$(($(field FOO "$LINE") + $(field BAR "$LINE")))" "20 7 13"
# A body that must not be there may still come.
sleep 2 # what is idle now is not later
before=$(total upstream_reuses)
good "an interim response with a length" strict -n 10 \
	--path /bad/interim-length --status 200
is "no connection that sent one serves again" \
	$(($(total upstream_reuses) - before)) 0
good "the gateway answers again" strict -n 100 -c 4
check "every connection is gone" wait_for 15 all_closed
check "every accepted connection was closed" wait_for 3 balanced
note "accepted $(total connections_accepted) closed $(total connections_closed)" \
	"aborted $(total connections_aborted)"
is "nothing is in flight" "$(cat $SPLIT_SYSFS/backends/*/active | xargs)" "0 0"
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
finish
