#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Guest side of bench.sh: starts the backends and the proxies, measures each
# case and target, writes one line each to /gws/out/cells:
#   CASE TARGET REQUESTS_PER_SECOND SEGMENTS_PER_REQUEST REQUESTS
#
# Environment: CASES, TARGETS, BENCH_SECONDS; PROFILE: mark each load (mark.c)
set -eu

here=$(dirname "$0")
www=/run/bench/www
node=10.99.0.10

die()
{
	echo "bench: $*" >&2
	exit 1
}

network()
{
	ip link set lo up
	ip link add dummy0 type dummy
	ip link set dummy0 up
	ip addr add 10.99.0.1/24 dev dummy0
	ip addr add 10.99.0.2/24 dev dummy0
	ip addr add $node/24 dev dummy0
	sysctl -qw net.ipv4.ip_local_port_range="10000 30000" \
		net.ipv4.tcp_tw_reuse=1 net.core.somaxconn=8192 \
		net.ipv4.tcp_max_syn_backlog=8192
	# One rule that asks for the state: conntrack is on for everybody.
	nft -f - <<-'END'
	table inet bench {
		chain input {
			type filter hook input priority filter; policy accept;
			ct state established,related counter accept
		}
	}
	END
	# Thousands of connections a second stay in TIME_WAIT for two minutes; a
	# full table drops SYNs, and waiting for them would count as work.
	echo 131072 >/sys/module/nf_conntrack/parameters/hashsize
	sysctl -qw net.netfilter.nf_conntrack_max=524288
}

processes()
{
	mkdir -p $www
	head -c 65536 /dev/zero | tr '\0' x >$www/64k
	nginx -c "$here/backend.conf"
	case " $TARGETS " in *" nginx "*) nginx -c "$here/nginx.conf" ;; esac
	case " $TARGETS " in
	*" haproxy "*) haproxy -D -f "$here/haproxy.cfg" ;;
	esac
	case " $TARGETS " in *" envoy "*) start_envoy ;; esac
	case " $TARGETS " in *" gwsteer "*) start_gwsteer ;; esac
}

# await PORT LOG: until the first answer from there
await()
{
	for _ in $(seq 200); do
		[ "$(curl -s -o /dev/null -w '%{http_code}' \
			"http://$node:$1/")" = 200 ] && return
		sleep 0.05
	done
	cat "$2" >&2
	die "no answer from port $1"
}

start_gwsteer()
{
	insmod /gws/build/gwsteer.ko || die "the module does not load"
	gwsteerd --manifests "$here/manifests" >/run/bench/gwsteerd.log 2>&1 &
	await 30080 /run/bench/gwsteerd.log
}

# From memory: a page of the program that has to come from the host is time
# without an instruction.
start_envoy()
{
	cp /gws/build/envoy /run/bench/envoy
	/run/bench/envoy -c "$here/envoy.yaml" --concurrency 1 --log-level warn \
		--disable-hot-restart >/run/bench/envoy.log 2>&1 &
	await 8082 /run/bench/envoy.log
}

# One way of talking to each target; its port says which.
url_of()
{
	case $1 in
	direct) echo http://10.99.0.1:8001 ;;
	gwsteer) echo http://$node:30080 ;;
	nginx) echo http://$node:8080 ;;
	haproxy) echo http://$node:8081 ;;
	envoy) echo http://$node:8082 ;;
	*) die "no target $1" ;;
	esac
}

# wrk_words CASE TARGET: sets words to the arguments of wrk
wrk_words()
{
	local url

	url=$(url_of "$2")
	case $1 in
	keepalive-c32) words=(-t1 -c32 "$url/") ;;
	keepalive-varied) words=(-t1 -c32 -s /run/bench/varied.lua "$url/") ;;
	keepalive-c1) words=(-t1 -c1 "$url/") ;;
	response-64k) words=(-t1 -c32 "$url/64k") ;;
	connection-close)
		words=(-t1 -c32 -H 'Connection: close' "$url/") ;;
	*) die "no case $1" ;;
	esac
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
processes
: >/gws/out/cells
for case in $CASES; do
	for target in $TARGETS; do
		cell "$case" "$target"
	done
done
[ -z "${PROFILE:-}" ] || cat /proc/kallsyms >/gws/out/kallsyms
