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
[[ $GWS_RELEASE != 6.1.* ]] || CACHES=skbuff_fclone_cache

KINDS=(failslab fail_page_alloc)
# Allocations that may fail, at most; what is left of it says how many have.
PLENTY=1000000

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

# missing_caches: those of CACHES that this kernel cannot let fail
missing_caches()
{
	local cache

	for cache in $CACHES; do
		mark_cache 1 "$cache" || echo "$cache"
		mark_cache 0 "$cache"
	done
}

# failing_caches PERCENT [CACHE...]: in any context, but only these caches
failing_caches()
{
	local percent=$1 cache

	shift
	# First of all, or it hits what comes next.
	echo 0 >$DEBUGFS/failslab/probability
	echo N >$DEBUGFS/failslab/task-filter
	echo Y >$DEBUGFS/failslab/cache-filter
	for cache in $CACHES; do
		mark_cache 0 "$cache"
	done
	for cache; do
		mark_cache 1 "$cache"
	done
	[ $# = 0 ] || echo $PLENTY >$DEBUGFS/failslab/times
	echo "$percent" >$DEBUGFS/failslab/probability
}

# failed_so_far: allocations, since failing_caches
failed_so_far()
{
	echo $((PLENTY - $(cat $DEBUGFS/failslab/times)))
}

# failed N
failed()
{
	[ "$(failed_so_far)" -ge "$1" ]
}

# starve CACHE: results, that some of its allocations failed, and that nobody got a
# wrong answer; TCP of both ends takes from it
starve()
{
	local to=$NODE4 client

	[[ $1 != *v6 ]] || to=$NODE6
	failing_caches 10 "$1"
	$CLIENT client -a "$to" -p $NODEPORT -d 3600 -c 4 --close --lossy \
		--timeout 5000 --also 500,502,503,504 >$RUN/cache.line \
		2>$RUN/cache.err &
	client=$!
	wait_for 15 failed 3
	failing_caches 0
	kill $client
	wait $client
	note "$1: $(cat $RUN/cache.line)"
	note "$(head -n 3 $RUN/cache.err)"
	check "$1: $(failed_so_far) allocations failed" failed 3
	none_wrong "$1" "$(field failed "$(cat $RUN/cache.line)")" \
		"$(unanswered $RUN/cache.err)" "$(unasked $RUN/cache.err)"
}

# unanswered FILE: requests that a client complains of since nothing came, nor the end
# that was announced
unanswered()
{
	grep -cE 'timed out: .* not begun|said close, but' "$1"
}

# unasked FILE: requests that a client had no memory for itself
unasked()
{
	grep -c 'No buffer space' "$1"
}

# none_wrong NAME FAILED LOST UNASKED: results, that what failed had no answer at all,
# and is little; 4 were the most
none_wrong()
{
	is "$1: none was answered wrongly" "$2" $(($3 + $4))
	check "$1: $3 were not answered at all" [ "$3" -le 10 ]
}

# traffic NAME SECONDS: of each kind; the totals go to $LINES. A reset or a FIN that
# TCP has no memory for is never sent, so who waits for it waits in vain: those go to
# $LOST, and who has no memory himself to $UNASKED.
traffic()
{
	local how

	for how in "--path / --path /bytes/100000" "--path / --close" \
		"--path /echo --body 50000 --path /chunked/5000"; do
		# shellcheck disable=SC2086 # words are meant
		strict -c 4 -d "$2" --timeout 5000 --lossy \
			--also 500,502,503,504 $how >/dev/null 2>$RUN/err
		LINES+=("$LINE")
		LOST=$((LOST + $(unanswered $RUN/err)))
		UNASKED=$((UNASKED + $(unasked $RUN/err)))
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

# met N: so many requests had no memory, since there were $before
met()
{
	[ $(($(reason no_memory) - before)) -ge "$1" ]
}

# reached POD N: its backend has read so many requests
reached()
{
	[ "$(served "$1" requests)" -ge "$2" ]
}

# at_rest: what the module has when nobody is there; kmemleak knows only what was
# forgotten, not what is still counted, nor pages
at_rest()
{
	local name

	for name in connections tunnels mirrors_under_way sockets sources \
		memory_held log_subscribers; do
		echo "$name=$(gauge $name)"
	done | xargs
}

rests()
{
	[ "$(at_rest)" = "$REST" ]
}

packets_start
faults_start
nsenter --net=/run/netns/foo /gws/src/tests/tools/tunnel.py 8082 &
wait_for 20 nsenter --net=/run/netns/foo nc -z 127.0.0.1 8082 ||
	bail "tunnel.py does not listen"
check "a commit" program nodeport@$NODEPORT
REST=$(at_rest)

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
LINES=() LOST=0 UNASKED=0
for percent in 1 20; do
	failing $percent
	traffic "$percent %" 2
done
failing 0
check "requests were served: $(sum ok)" [ "$(sum ok)" -ge 20 ]
check "others were not: $(sum also), $(sum cut)" \
	[ $(($(sum also) + $(sum cut))) -ge 1 ]
none_wrong "threads" "$(sum failed)" $LOST $UNASKED
# Requests that wait hold the pages that heads are written to, so a worker needs
# another one, and gets none of any size.
before=$(served foo requests)
strict -n 8 -c 8 --path /delay/12000 --timeout 60000 >$RUN/delay.line &
waiting=$!
check "requests wait" wait_for 5 reached foo $((before + 8))
before=$(reason no_memory)
failing 100 fail_page_alloc
strict -c 8 -d 3 --timeout 30000 --lossy --also 503 --path / \
	--header "Filler: $(printf '%04000d' 0)" >$RUN/pages.line 2>$RUN/err &
hungry=$!
# The answers to those who wait are to come when it is over.
wait_for 1 met 3
failing 0 fail_page_alloc
wait $hungry
wait $waiting
note "$(cat $RUN/delay.line $RUN/pages.line $RUN/err)"
check "requests met that: $(($(reason no_memory) - before))" met 1
none_wrong "without pages" "$(field failed "$(cat $RUN/pages.line)")" \
	"$(unanswered $RUN/err)" "$(unasked $RUN/err)"
is "those who waited are answered" "$(field ok "$(cat $RUN/delay.line)")" 8
# Nobody tracks connections unless a rule asks for it.
nft -f - <<-END
table inet tracked {
	chain input {
		type filter hook input priority filter
		ct state new counter
	}
}
END
is "each cache can be made to fail" "$(missing_caches | xargs)" ""
[[ $GWS_RELEASE != 6.1.* ]] ||
	skip "caches but skbuff_fclone_cache" "6.1 is told at boot which can fail"
for cache in $CACHES; do
	starve "$cache"
done
LINES=() LOST=0 UNASKED=0
# shellcheck disable=SC2086 # words are meant
failing_caches 10 $CACHES
traffic "softirq" 2
failing_caches 0
nft flush ruleset
check "allocations failed in the softirq: $(failed_so_far)" failed 20
check "requests were served beside failures in the softirq: $(sum ok)" \
	[ "$(sum ok)" -ge 5 ]
none_wrong "softirq" "$(sum failed)" $LOST $UNASKED

check "traffic goes on" wait_for 30 strict -n 40 -c 4 --path / --path /bytes/5000
good "all of it" -n 100 -c 4 --path / --path /bytes/100000
good "also new connections" -n 30 -c 3 --close
check "no connection of a client is left" wait_for 60 none_left
check "as many were closed as accepted" wait_for 20 balanced
check "the same of upstream connections" wait_for 40 upstreams_balanced
wait_for 40 rests
is "all is as it was" "$(at_rest)" "$REST"
check "unloaded" rmmod gwsteer
check "no connection is left" wait_for 40 all_closed
finish
