#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Guest side of bench.sh: starts all (targets.sh), looks whether the targets do
# the same (check.py), measures each case and target, and writes a line each to
# /gws/out/cells:
#   CASE TARGET REQUESTS_PER_SECOND SEGMENTS_PER_REQUEST REQUESTS
#
# Environment: CASES, TARGETS, BENCH_SECONDS; PROFILE: mark each load (mark.c);
# UPDATE: write to /gws/out/seen what comes of each case's requests, and end
set -eu

here=$(dirname "$0")

die()
{
	echo "bench: $*" >&2
	exit 1
}

# shellcheck source=tests/bench/targets.sh
. "$here/targets.sh"

# read_request FILE: the first one; sets method, path, and fields to words of wrk
read_request()
{
	local line

	fields=()
	while read -r line; do
		case $line in
		'#'*) ;;
		'') break ;;
		*': '*) fields+=(-H "$line") ;;
		*) method=${line% *} path=${line#* } ;;
		esac
	done <"$1"
}

# wrk_words CASE TARGET: sets words to the arguments of wrk
wrk_words()
{
	local url method path fields

	url=$(address_of "$2" "$(setup_of "$1")")
	url=http://${url/ /:}
	read_request "$(requests_of "$1")/requests"
	words=(-t1 -c32 ${fields[@]+"${fields[@]}"})
	case $1 in
	keepalive-c1) words=(-t1 -c1) ;;
	keepalive-varied) words+=(-s /run/bench/varied.lua) ;;
	response-64k) path=/64k ;;
	connection-close) words+=(-H 'Connection: close') ;;
	# Directly: what it is rewritten to
	rewrite) [ "$2" != direct ] || path="/app/page?a=b" ;;
	esac
	if [ "$method" != GET ]; then
		echo "wrk.method = \"$method\"" >/run/bench/method.lua
		words+=(-s /run/bench/method.lua)
	fi
	words+=("$url$path")
}

segments()
{
	awk '$1 == "Tcp:" && !seen++ { for (i = 1; i <= NF; i++) col[$i] = i }
		$1 == "Tcp:" && seen++ > 1 { print $col["InSegs"] }' \
		/proc/net/snmp
}

# Sets idle to the hundredths of a second that the processor has idled.  No
# command is started: reading one from the host's share would idle.
read_idle()
{
	local _ wait

	read -r _ _ _ _ idle wait _ </proc/stat
	idle=$((idle + wait))
}

# The load generator runs from memory: a page that has to come from the host
# takes no instruction, but time.
install_wrk()
{
	local lib

	mkdir -p /run/bench/bin
	cp /usr/bin/wrk /run/bench/bin
	cp "$here/varied.lua" /run/bench
	for lib in $(ldd /usr/bin/wrk | grep -o '/[^ ]*'); do
		cp "$lib" /run/bench/bin
	done
	export LD_LIBRARY_PATH=/run/bench/bin
	wrk=/run/bench/bin/wrk
}

# load WORD...: one measured load of wrk; sets before, after, and idle to the
# hundredths of a second that passed without work.
load()
{
	local started

	before=$(segments)
	read_idle
	started=$idle
	[ -z "${PROFILE:-}" ] || mark
	$wrk -d "$BENCH_SECONDS" "$@" >/run/bench/wrk.out
	[ -z "${PROFILE:-}" ] || mark
	read_idle
	idle=$((idle - started))
	after=$(segments)
}

# cell CASE TARGET
cell()
{
	local before after out requests rate words idle attempt

	wrk_words "$1" "$2"
	# Warms pools and caches; wrk takes whole seconds only.
	timeout -s INT 0.3 $wrk -d 5 "${words[@]}" >/dev/null || true
	# The clock also runs while nothing does, and the figure would be too
	# high: on a busy host a page may take long to come.
	for attempt in 1 2 3; do
		load "${words[@]}"
		[ "$idle" -gt $((BENCH_SECONDS * 2)) ] || break
		# Idling is no instruction of a request's.
		[ -z "${PROFILE:-}" ] || break
		echo "bench: $1 $2: idle for $idle hundredths of a second" >&2
		[ "$attempt" -lt 3 ] || die "$1 $2: never busy all the time"
	done
	out=$(</run/bench/wrk.out)
	if grep -qE 'Non-2xx|Socket errors' <<<"$out"; then
		echo "$out" >&2
		die "$1 $2: failed requests"
	fi
	requests=$(awk '/requests in/ { print $1 }' <<<"$out")
	rate=$(awk '/^Requests\/sec/ { print $2 }' <<<"$out")
	echo "bench: $1 $2: $rate requests/s" >&2
	awk -v c="$1" -v t="$2" -v r="$rate" -v n="$requests" \
		-v s=$((after - before)) \
		'BEGIN { printf "%s %s %s %.3f %d\n", c, t, r, s / n, n }' \
		>>/gws/out/cells
}

network
install_wrk
start_targets
check_targets
[ -z "${UPDATE:-}" ] && [ "$BENCH_SECONDS" != 0 ] || exit 0
: >/gws/out/cells
for case in $CASES; do
	for target in $TARGETS; do
		! measured "$case" "$target" || cell "$case" "$target"
	done
done
[ -z "${PROFILE:-}" ] || cat /proc/kallsyms >/gws/out/kallsyms
