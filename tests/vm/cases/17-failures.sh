#!/bin/bash
# SPDX-License-Identifier: MIT
# title: allocations and functions that fail, in commits and under traffic
# kernels:
# never: 6.12 6.1 backports (no fault injection there)
# cpus: 2
# timeout: 900
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh
. /gws/src/tests/vm/faults.sh

# What TCP and conntrack allocate for a connection before it is accepted, and for
# each packet: the sockets of programs can do without for a moment, too.
CACHES="request_sock_TCP request_sock_TCPv6 tw_sock_TCP nf_conntrack
	skbuff_head_cache skbuff_fclone_cache"

KINDS=(failslab fail_page_alloc)

# failing PERCENT [KIND...]: in the module's threads, and nowhere else
failing()
{
	local percent=$1 pid kind

	shift
	for kind in "${@:-${KINDS[@]}}"; do
		echo 0 >$DEBUGFS/"$kind"/probability
		echo Y >$DEBUGFS/"$kind"/task-filter
		echo "$percent" >$DEBUGFS/"$kind"/probability
	done
	for pid in $(pgrep '^gwsteer/'); do
		echo 1 >/proc/"$pid"/make-it-fail
	done
}

# failing_caches PERCENT: in any context, but only these caches
failing_caches()
{
	local cache filter=0

	# First of all, or it hits what comes next.
	echo 0 >$DEBUGFS/failslab/probability
	[ "$1" = 0 ] || filter=1
	echo N >$DEBUGFS/failslab/task-filter
	echo $filter >$DEBUGFS/failslab/cache-filter
	for cache in $CACHES; do
		[ ! -e /sys/kernel/slab/"$cache"/failslab ] ||
			echo $filter >/sys/kernel/slab/"$cache"/failslab
	done
	echo "$1" >$DEBUGFS/failslab/probability
}

# traffic NAME SECONDS: of each kind; the totals go to $LINES. A reset that TCP has
# no memory for is never sent, so who waits for it waits in vain: those go to $LOST,
# like who has no memory himself.
traffic()
{
	local how

	for how in "--path / --path /bytes/100000" "--path / --close" \
		"--path /echo --body 50000 --path /chunked/5000"; do
		# shellcheck disable=SC2086 # words are meant
		strict -c 4 -d "$2" --timeout 5000 --lossy \
			--also 500,502,503,504 $how >/dev/null 2>$RUN/err
		LINES+=("$LINE")
		LOST=$((LOST + $(grep -cE 'timed out: .* not begun|No buffer space' \
			$RUN/err)))
		note "$1: $how: $LINE"
		note "$(head -n 3 $RUN/err)"
	done
}

# sum NAME: of all clients
sum()
{
	local n=0 line

	for line in "${LINES[@]}"; do
		n=$((n + $(field "$1" "$line")))
	done
	echo $n
}

# upstreams_balanced: of every connection that was begun the end was counted
upstreams_balanced()
{
	[ "$(total upstream_connects)" = "$(total upstream_closed)" ]
}

packets_start
faults_start

# One of so many, by chance, or with -a each
step=12
[ "$GWS_ALL" = no ] || step=1
swept "allocations of commits and dumps" commits $step
for what in replace delete load abort dump connections "route test" info \
	subscription limit "first commit" "first commit, worker 0" \
	"first commit, worker 1"; do
	check "some of '$what' failed" grep -q "^$what: [1-9]" <<<"$SAID"
done
check "a commit" program nodeport@$NODEPORT
is "it serves" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"
swept "allocations of a worker for a request" requests $step
# To be tried again is what a backend answers with 503 itself.
check "some were answered 503" grep -q ' 503=' \
	<<<"$(grep -v '^tried again:' <<<"$SAID")"
check "counted as no_memory" [ "$(reason no_memory)" -ge 1 ]
check "a commit of one rule" program nodeport@$NODEPORT

if [ "$GWS_ALL" = yes ]; then
	check "copies lacked memory" [ "$(reason mirror_no_memory)" -ge 1 ]
	check "records were lost" [ "$(total log_lost)" -ge 1 ]
	check "gwsteer_faults.ko is loaded" insmod /gws/build/gwsteer_faults.ko
	swept "marked functions" functions
	rmmod gwsteer_faults
	check "a commit" program nodeport@$NODEPORT
fi

# What stays idle would have to be waited for at the end.
limit upstream_idle_timeout 1000
LINES=() LOST=0
for percent in 1 20; do
	failing $percent
	traffic "$percent %" 2
done
failing 0
check "requests were served: $(sum ok)" [ "$(sum ok)" -ge 20 ]
check "others were not: $(sum also), $(sum cut)" \
	[ $(($(sum also) + $(sum cut))) -ge 1 ]
is "none was answered wrongly, $LOST not at all" "$(sum failed)" $LOST
# Requests that wait hold the pages that heads are written to, so a worker needs
# another one, and gets none of any size.
strict -n 8 -c 8 --path /delay/8000 --timeout 60000 >$RUN/delay.line &
waiting=$!
sleep 2
before=$(reason no_memory)
failing 100 fail_page_alloc
strict -c 8 -d 3 --timeout 30000 --lossy --also 503 --path / \
	--header "Filler: $(printf '%04000d' 0)" >$RUN/pages.line 2>$RUN/err &
hungry=$!
sleep 4
failing 0 fail_page_alloc
wait $hungry
wait $waiting
note "$(cat $RUN/delay.line $RUN/pages.line $RUN/err)"
check "requests met that: $(($(reason no_memory) - before))" \
	[ $(($(reason no_memory) - before)) -ge 1 ]
LOST=$(grep -c 'timed out: .* not begun' $RUN/err)
is "none was answered wrongly without pages, $LOST not at all" \
	"$(field failed "$(cat $RUN/pages.line)")" "$LOST"
LINES=() LOST=0
failing_caches 10
traffic "softirq" 3
failing_caches 0
check "requests were served beside failures in the softirq: $(sum ok)" \
	[ "$(sum ok)" -ge 5 ]
is "none was answered wrongly there, $LOST not at all" "$(sum failed)" $LOST

check "traffic goes on" wait_for 30 strict -n 40 -c 4 --path / --path /bytes/5000
good "all of it" -n 100 -c 4 --path / --path /bytes/100000
good "also new connections" -n 30 -c 3 --close
check "no connection of a client is left" wait_for 60 none_left
check "as many were closed as accepted" wait_for 20 balanced
check "the same of upstream connections" wait_for 40 upstreams_balanced
check "unloaded" rmmod gwsteer
check "no connection is left" wait_for 40 all_closed
finish
