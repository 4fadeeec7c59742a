#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Guest side of run-tests.sh: runs cases one after the other, each from a fresh
# state, and prints unnumbered TAP with the case's name before each line.
# A line "@@ next" asks the host for a case; the answer is the file NEXT, with a
# path below /gws/src or the word done, then yes or no for run-tests.sh -a.
# "@@ begin CASE SECONDS" and "@@ end CASE" tell the host what runs and how long it
# may.
#
# Usage: guest-cases.sh
# Exit status: 0, or 3 when what a case left cannot be removed, as a line
# "# spoils: WHAT" in it says; the host then goes on in another VM.
set -u

# shellcheck source=tests/vm/guest.sh
. /gws/src/tests/vm/guest.sh

CGROUP=/sys/fs/cgroup/case
STATE=/run/gws-cases
NEXT=/gws/out/next
export GWS_ALL=no
dirty=no
# Up to here the kernel's log has been judged.
mark="log: start" judged=0

# case_timeout CASE: seconds; checks make the debug kernel several times slower.
# A case that says "# minutes:" takes so long on top, or GWS_MINUTES.
case_timeout()
{
	local seconds minutes

	seconds=$(sed -n 's/^# timeout: *\([0-9]*\).*/\1/p' "$1" | head -n 1)
	seconds=${seconds:-60}
	[ "$GWS_DEBUG" = no ] || seconds=$((seconds * 4))
	minutes=$(sed -n 's/^# minutes: *\([0-9]*\).*/\1/p' "$1")
	[ -z "$minutes" ] || minutes=${GWS_MINUTES:-$minutes}
	echo $((seconds + 60 * minutes))
}

# relay NAME: every line gets the case's name, what is no result is a comment
relay()
{
	local line results=0
	local result='^(ok|not ok)( +[0-9]+)?( +-)? *(.*)$'

	while IFS= read -r line || [ -n "$line" ]; do
		if [[ $line =~ $result ]]; then
			results=$((results + 1))
			echo "${BASH_REMATCH[1]} - $1: ${BASH_REMATCH[4]}"
		elif [[ $line =~ ^1\.\.[0-9]+ ]]; then
			continue
		else
			echo "# $1: ${line#\# }"
		fi
	done
	echo $results >$STATE/results
}

# All processes of a case are in one control group, or in one that the case has
# made below it, so none escapes.
kill_processes()
{
	[ -d $CGROUP ] || return 0
	echo 1 >$CGROUP/cgroup.kill
	for _ in $(seq 100); do
		find $CGROUP -depth -type d -exec rmdir {} + 2>/dev/null &&
			return 0
		sleep 0.1
	done
	echo "not ok - $1: its processes can be killed"
	dirty=yes
}

# Rules of the old kind; a table without any can be unloaded, and its policies.
remove_iptables()
{
	local ipt table

	for ipt in ip ip6; do
		[ -e /proc/net/${ipt}_tables_names ] || continue
		while read -r table; do
			${ipt}tables-legacy -t "$table" -F
			${ipt}tables-legacy -t "$table" -X
			modprobe -r "${ipt}table_$table"
		done < <(cat /proc/net/${ipt}_tables_names)
	done
}

remove_network()
{
	local link

	ip -all netns delete
	for link in /sys/class/net/*; do
		# Neither hardware nor what comes with every namespace
		case ${link##*/} in
		lo) continue ;;
		esac
		[ -e "$link/device" ] ||
			ip link delete "${link##*/}" 2>/dev/null || true
	done
	# Not where the question would load it; in debug kernels it is built in.
	if [ "$GWS_DEBUG" = yes ] || grep -qw nf_tables /proc/modules; then
		nft flush ruleset
	fi
	remove_iptables
}

# One value for a line, without what goes with a link and what counts; those
# that modules add while cases run stay as they are.
settings()
{
	sysctl -ar '^net\.' 2>/dev/null | awk '
	/nf_conntrack_count/ { next }
	/^net\.ipv[46]\.(conf|neigh)\./ && !/\.(all|default|lo)\./ { next }
	{ print }'
}

restore_settings()
{
	local line

	settings | diff - $STATE/settings | sed -n 's/^> //p' |
		while IFS= read -r line; do
			sysctl -qw "${line/ = /=}" ||
				echo "not ok - $1: $line can be restored"
		done
}

unload()
{
	[ -d /sys/module/gwsteer ] || return 0
	guest_keep_symbols
	rmmod gwsteer && return 0
	echo "not ok - $1: the module can be unloaded after it"
	dirty=yes
}

# judge_log NAME: also of what came between two cases; the next time begins before
# this one has read
judge_log()
{
	local from=$mark

	judged=$((judged + 1)) mark="log: judged $judged"
	guest_mark "$mark"
	if dmesg | awk -v must=1 -v start="gws-$from" -f \
		/gws/src/tests/vm/splat.awk >$STATE/splat; then
		echo "ok - $1: no report in the kernel log"
	else
		echo "not ok - $1: no report in the kernel log"
		sed 's/^/# /' $STATE/splat
	fi
}

# run_case NAME PATH: its exit status
run_case()
{
	local status=0 reader

	mkdir $CGROUP
	rm -f $STATE/pipe
	mkfifo $STATE/pipe
	relay "$1" <$STATE/pipe &
	reader=$!
	(
		echo $BASHPID >$CGROUP/cgroup.procs
		exec setsid -w timeout -k 5 "$3" bash "$2"
	) >$STATE/pipe 2>&1 </dev/null || status=$?
	kill_processes "$1"
	wait $reader
	return $status
}

judge_status()
{
	local results

	results=$(cat $STATE/results)
	case $2 in
	0) [ "$results" != 0 ] || echo "not ok - $1: it has no result" ;;
	124|137) echo "not ok - $1: ended after its time limit of $3 s" ;;
	1) [ "$results" != 0 ] || echo "not ok - $1: ended with status 1" ;;
	*) echo "not ok - $1: ended with status $2" ;;
	esac
}

# next_case: sets path and GWS_ALL; false when there are no more
next_case()
{
	echo "@@ next"
	until [ -e $NEXT ]; do
		sleep 0.1
	done
	read -r path GWS_ALL <$NEXT
	rm $NEXT
	[ "$path" != "done" ]
}

mkdir -p $STATE
settings >$STATE/settings
while next_case; do
	name=$(basename "$path" .sh)
	limit=$(case_timeout "$path")
	echo "@@ begin $name $limit"
	guest_mark "test: begin $name"
	status=0
	run_case "$name" "$path" "$limit" || status=$?
	judge_status "$name" $status "$limit"
	remove_network
	unload "$name"
	restore_settings "$name"
	guest_mark "test: end $name"
	judge_log "$name"
	rm -rf /run/gws /run/gwsteer /var/lib/gwsteer
	! grep -q '^# spoils:' "$path" || dirty=yes
	echo "@@ end $name"
	[ $dirty = no ] || exit 3
done
