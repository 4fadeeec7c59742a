#!/bin/bash
# SPDX-License-Identifier: MIT
# title: soak: after minutes of load and churn nothing is more than before
# kernels:
# cpus: 2
# timeout: 600
# minutes: 10
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/churn.sh

# `make soak MINUTES=n` says how long. Left alone, 6.12 gets ten minutes and the
# others two: there the parts that differ between kernels are short ones.
minutes=${GWS_MINUTES:-}
if [ -z "$minutes" ]; then
	minutes=2
	[[ $GWS_RELEASE != 6.12.* || $GWS_DEBUG = yes ]] || minutes=10
fi
rate=60
[ "$GWS_DEBUG" = no ] || rate=10
# shellcheck disable=SC2034 # churn.sh reads it
CHURN_PAUSE=1
round=0

# churn_for SECONDS CMD...: edits, and CMD after each tenth
churn_for()
{
	local until=$((SECONDS + $1))

	shift
	while [ $SECONDS -lt $until ]; do
		round=$((round + 1))
		churn_edit $round
		[ $((round % 10)) != 0 ] || "$@"
	done
}

# phase SECONDS: with daemons killed in the first half, while in the second one
# daemon stays and must not grow.
phase()
{
	local daemon

	churn_begin $rate
	churn_for $(($1 / 2)) churn_kill
	churn_kill
	churn_for 10 true
	daemon=$(daemon_figures)
	churn_for $(($1 / 2)) true
	DAEMON="$daemon $(daemon_figures)"
	churn_end
	churn_agree
}

# daemon_figures: KiB of its own memory, descriptors
daemon_figures()
{
	local pid

	pid=$(cat $RUN/gwsteerd.pid)
	echo "$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status")" \
		"$(find "/proc/$pid/fd" -type l | wc -l)"
}

# TIME_WAIT of client and node, too: 60 s
quiet()
{
	all_closed && balanced &&
		[ -z "$(ss -Htan state time-wait)$($CLIENT ss -Htan state time-wait)" ]
}

# settle: what there is only because of the load, or may be reclaimed, is gone
settle()
{
	local cache

	limit upstream_idle_timeout 500
	check "all connections end" wait_for 150 quiet
	limit upstream_idle_timeout 30000
	conntrack -F >/dev/null 2>&1
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
}

# figures FILE: lines of a name and a value, and the slabs beside them
figures()
{
	{
		grep -H . $SYSFS/gauges/* | sed 's|.*/||; s/:/ /'
		echo "active $(find $SYSFS/gateways -name active -exec cat {} + |
			awk '{ n += $1 } END { print n + 0 }')"
		awk '/^TCP:/ { print "tcp_sockets", $9 }' /proc/net/sockstat
		awk '/^(Percpu|KernelStack|VmallocUsed):/ {
			print substr($1, 1, length($1) - 1), $2 }' /proc/meminfo
		# Pages of slabs, but for vmap_area: see most_grown.
		awk '$1 == "vmap_area" { areas = $15 * $6 * 4 }
		$1 == "SUnreclaim:" { print "slabs", $2 - areas }' \
			/proc/slabinfo /proc/meminfo
		echo "used $(memory_now)"
	} >"$1"
	awk 'NR > 2 { print $1, $2 * $4 / 1024 }' /proc/slabinfo | sort >"$1.slabs"
	awk '{ print $1, $2 }' /proc/meminfo | sort >"$1.meminfo"
}

# value NAME FILE
value()
{
	awk -v name="$1" '$1 == name { print $2 }' "$2"
}

# grown_by NAME MORE: a result, that it did not grow by more than that
grown_by()
{
	local before after

	before=$(value "$1" $RUN/before) after=$(value "$1" $RUN/after)
	check "$1 is flat: $before, $after" \
		[ $((${after:?} - ${before:?})) -le "$2" ]
}

# slabs_grown: those that have more than before, the largest first
slabs_grown()
{
	join $RUN/before.slabs $RUN/after.slabs |
		awk '$3 > $2 { printf "%s +%d KiB\n", $1, $3 - $2 }' |
		sort -t + -k 2 -rn | head -n 8 | paste -sd ,
}

# most_grown: KiB of the one that grew most; vmalloc's areas are given back late, and
# VmallocUsed says what is in use
most_grown()
{
	join $RUN/before.slabs $RUN/after.slabs |
		awk '$1 != "vmap_area" && $3 - $2 > most { most = $3 - $2 }
		END { printf "%d", most }'
}

scene_start
churn_scene
# As much as it takes until everything there is has been made once
phase 60
note "warm: $SECONDS s"
settle
figures $RUN/before
phase $((minutes * 60))
note "$EDITS edits, $SWAPS swaps of endpoints, $KILLS daemons killed, $SECONDS s"
settle
figures $RUN/after

for name in connections sockets sources memory_held active tcp_sockets; do
	grown_by $name 0
done
# KiB. KASAN keeps what is freed for a while, and kmemleak has records of its own:
# there it does the search.
if [ "$GWS_DEBUG" = no ]; then
	grown_by slabs 256
	grown_by Percpu 64
	grown_by KernelStack 128
	grown_by VmallocUsed 256
	grown_by used 4096
	# The most that one moved by itself is 32, kmalloc-cg-2k in three minutes.
	check "no slab grew by more than 128 KiB" [ "$(most_grown)" -le 128 ]
fi
note "slabs that grew: $(slabs_grown)"
note "of all memory: $(join $RUN/before.meminfo $RUN/after.meminfo |
	awk '$2 != $3 { printf "%s %+d KiB\n", $1, $3 - $2 }' | paste -sd ,)"
read -r rss fds rss_end fds_end <<<"$DAEMON"
check "the daemon is flat: $rss, $rss_end KiB" [ $((rss_end - rss)) -le 512 ]
is "its descriptors are" "$fds_end" "$fds"
finish
