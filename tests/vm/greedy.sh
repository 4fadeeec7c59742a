# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A host with slow and greedy clients, and good clients beside it, for cases that
# show that these are served all the time and that memory stays within its budget.
# Sourced after scene.sh:
#
#   greedy_scene        in place of scene_start
#   beside NAME N CMD...  CMD as the greedy host, that many connections at least
#   slow MODE PATH [options]  the same with slowhttptest
#   greedy_end          results: nothing of it is left

# Of each attack; a source may have that many, so another host is not hindered.
MANY=400 LASTS=12
[ "$GWS_DEBUG" = no ] || MANY=100
GREEDY="ip netns exec greedy"

# tcp_pages: PAGES is what TCP itself says that it holds, clients' sockets included
tcp_pages()
{
	local proto values

	while read -r proto values; do
		[ "$proto" != TCP: ] || PAGES=${values##* }
	done </proc/net/sockstat
}

# watch_gauges: until $RUN/watch is gone; then the most that was held, the most
# connections, and the most pages of TCP, are in $RUN/peak. It waits without a
# process: each would take a twentieth of a second.
watch_gauges()
{
	local held conns peak=0 peak_conns=0 peak_pages=0 fifo=$RUN/fifo

	[ -p "$fifo" ] || mkfifo "$fifo"
	while [ -e $RUN/watch ]; do
		tcp_pages
		[ "$PAGES" -le $peak_pages ] || peak_pages=$PAGES
		read -r held <$SYSFS/gauges/memory_held
		[ "$held" -le $peak ] || peak=$held
		read -r conns <$SYSFS/gauges/connections
		[ "$conns" -le $peak_conns ] || peak_conns=$conns
		read -r -t 0.2 _ <>"$fifo" || true
	done
	echo $peak $peak_conns $peak_pages >$RUN/peak
}

# served_beside NAME: what the good clients have to say; ends them
served_beside()
{
	local line name worst=0 ok=0 took

	check "$1: good clients are served" load_stop
	for name in keep fresh; do
		line=$(cat "$RUN/$name.line")
		is "$1: nobody of $name fails" "$(field failed "$line")" 0
		[ ! -s "$RUN/$name.err" ] || note "$(head -n 3 "$RUN/$name.err")"
		ok=$((ok + $(field ok "$line")))
		[ "$(field max_ms "$line")" -le $worst ] ||
			worst=$(field max_ms "$line")
	done
	took=$(field took_ms "$line")
	check "$1: $ok answers in $took ms" [ $((ok * 1000)) -ge $((took * 8 / SLOW)) ]
	check "$1: the slowest of $ok good answers came after $worst ms" \
		[ "$worst" -le $((4000 * SLOW)) ]
}

# beside NAME N CMD...: CMD as the greedy host, good clients beside it; that is
# to be N connections at least
beside()
{
	local name=$1 least=$2 before watcher peak conns pages came

	shift 2
	before=$(total connections_accepted)
	touch $RUN/watch
	watch_gauges &
	watcher=$!
	load_start keep -c 4 --rate 20 --path / --path /bytes/5000
	load_start fresh -c 2 --rate 5 --close
	$GREEDY "$@" >"$RUN/$name.out" 2>&1 || true
	served_beside "$name"
	rm $RUN/watch
	wait $watcher
	read -r peak conns pages <$RUN/peak
	came=$(($(total connections_accepted) - before -
		$(field connects "$(cat $RUN/keep.line)") -
		$(field connects "$(cat $RUN/fresh.line)")))
	check "$name: $came connections came of it" [ $came -ge "$least" ]
	check "$name: memory within the budget" [ "$peak" -le "$BUDGET" ]
	# By a count that is not ours, with what the clients hold on top of it.
	check "$name: so says TCP" [ $((pages << 12)) -le "$BUDGET" ]
	note "$name: memory $((peak >> 10)) of $((BUDGET >> 10)) KiB, by TCP's" \
		"count $((pages << 2)) KiB, $conns connections"
}

# slow MODE PATH [options]: slowhttptest, with as many connections
slow()
{
	local mode=$1 path=$2

	shift 2
	beside "slowhttptest $mode" $((MANY * 9 / 10)) slowhttptest "$mode" \
		-u "http://$SPLIT:$NODEPORT$path" -c $MANY -r 200 -l $LASTS -p 10 "$@"
	check "$mode: the service is available" grep -q 'available.*YES' \
		"$RUN/slowhttptest $mode.out"
	note "$(tr -d '\033' <"$RUN/slowhttptest $mode.out" |
		sed 's/\[[0-9;]*m//g' | grep -E '^(connected|error|closed|Exit)' |
		tail -n 4 | xargs)"
}

greedy_scene()
{
	scene_start
	pod greedy 9
	# slowhttptest takes its Host from the URL.
	mkdir -p /etc/netns/greedy
	echo "$NODE4 $SPLIT" >/etc/netns/greedy/hosts
	ulimit -n 8192
	BUDGET=$(gauge memory_max) HELD_BEFORE=$(gauge memory_held)
	# As many as slowhttptest wants, its probe, and two.
	limit source_connections $((MANY + 3))
	# What ends them, within the time of an attack.
	limit head_timeout 5000
	limit stall_timeout 5000
}

# none_greedy: its connections have gone, and what they held
none_greedy()
{
	[ "$(gauge connections)" = 0 ] &&
		[ "$(gauge memory_held)" -le $((HELD_BEFORE + 200000)) ]
}

greedy_end()
{
	limit upstream_idle_timeout 1000
	check "nothing of it is held" wait_for 30 none_greedy
	check "every accepted connection was closed" wait_for 10 balanced
	rm /etc/netns/greedy/hosts
}
