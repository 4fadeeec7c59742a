#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Client against backend over loopback, each mode; the client must also find
# every fault that the backend is told to show. TAP, a few seconds.
#
# Usage: selftest.sh [DIR]   DIR: where backend and client are (build)
set -u

dir=${1:-$(dirname "$0")/build}
# below the ephemeral ports, or a client of ours may sit on the next one
port=$((20000 + $$ % 12000))
work=$(mktemp -d)
count=0
failed=0
pids=()

cleanup()
{
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}
trap cleanup EXIT

# start NAME PORT [options]: a backend that accepts when this returns
start()
{
	local name=$1 at=$2

	shift 2
	"$dir/backend" -n "$name" -p "$at" "$@" >"$work/$name.out" 2>&1 &
	pids+=($!)
	for _ in $(seq 100); do
		(: <"/dev/tcp/127.0.0.1/$at") 2>/dev/null && return
		sleep 0.05
	done
	echo "Bail out! backend $name does not start: $(cat "$work/$name.out")"
	exit 1
}

client()
{
	timeout 20 "$dir/client" -a "${addr:-127.0.0.1}" -p "$port" "$@" \
		>"$work/line" 2>"$work/err"
}

report()
{
	local rc=$1

	shift
	count=$((count + 1))
	if [ "$rc" = 0 ]; then
		echo "ok $count - $*"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $*"
	sed 's/^/# /' "$work/line" "$work/err"
}

# good NAME WORDS... -- client options: exits 0 and prints all the words
good()
{
	local name=$1 words=() word rc=0

	shift
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	client "$@" || rc=1
	for word in "${words[@]}"; do
		grep -qw -e "$word" "$work/line" || rc=1
	done
	report $rc "$name"
}

# bad NAME TEXT -- client options: exits 1 and its complaint has TEXT
bad()
{
	local name=$1 text=$2 rc=0

	shift 3
	client "$@"
	[ $? = 1 ] || rc=1
	grep -q -e "$text" "$work/err" || rc=1
	report $rc "$name"
}

start FOO "$port" -L "$work/log"

good "keep-alive" ok=100 connects=4 FOO=100 -- -c 4 -n 100
addr=::1 good "IPv6" ok=10 FOO=10 -- -n 10
good "connection for each request" ok=50 -- -c 4 -n 50 --close
good "pipelining" ok=120 connects=2 -- -c 2 -n 120 --pipeline 8 --path / \
	--path /bytes/1000 --path /chunked/70000
good "octet by octet" ok=10 -- -n 10 --path /sink --body 300 --bytewise
bad "octets that share segments are seen" '[0-9]* octets by octet, [0-9]* segments' \
	-- -n 10 --path /sink --body 300 --bytewise --together
good "10 MiB down, length" ok=2 -- -n 2 --path /bytes/10485760
good "10 MiB down, chunked" ok=2 -- -n 2 --path /chunked/10485760
good "10 MiB down, until close" ok=2 connects=2 -- -n 2 --path /close/10485760
good "10 MiB both ways, length" ok=2 -- -n 2 --path /echo --body 10485760
good "10 MiB both ways, chunked" ok=2 -- -n 2 --path /echo --body 10485760 \
	--chunked
good "10 MiB up, checksum" ok=2 -- -n 2 --path /sink --body 10485760
good "100-continue" ok=2 interim=2 -- -n 2 --path /echo --body 5000 --expect
good "early hints" ok=3 interim=3 -- -n 3 --path /hints
good "trailers" ok=3 trailers=3 -- -n 3 --path /trailer/5000
good "HEAD" ok=3 connects=1 -- -n 3 --method HEAD --path /bytes/5000
good "status 204" ok=3 status_204=3 -- -n 3 --path /status/204
good "status 404" ok=3 status_404=3 -- -n 3 --path /status/404
good "below a prefix" ok=2 -- -n 2 --path /foo/bytes/100
good "slow reader" ok=1 -- -n 1 --path /bytes/50000 --slow 1000:1
good "half-closed" ok=4 connects=4 -- -n 4 --half-close --path /bytes/100000
good "rate" failed=0 -- -d 0.5 -c 2 --rate 100
good "hold" connects=5 requests=0 -- -c 5 -n 0 --hold 100
good "stall" stall_open=2 -- -c 2 -n 2 --path /bytes/9000000 --stall 300
for stage in connect partial-head head mid-body in-flight mid-response idle; do
	for how in rst fin; do
		good "abort: $stage $how" aborted=8 failed=0 -- -n 8 -c 2 \
			--path /echo --body 100000 --abort $stage:$how
	done
done
timeout --preserve-status 0.7 "$dir/client" -a 127.0.0.1 -p "$port" -d 20 -c 4 \
	--path /delay/500 >"$work/line" 2>"$work/err" &&
	grep -q ' failed=0 .* took_ms=[0-9]\{3,4\} ' "$work/line"
report $? "ended by a signal: what has begun is answered, no more begins"
good "status allowed besides" also=4 -- -n 4 --status 500 --also 404 \
	--path /status/404
good "resets of a lossy peer" cut=2 failed=0 -- -n 2 --lossy \
	--path /abort/mid-body-rst
good "a reset that a send gets, since nothing is read yet" ok=2 cut=2 -- \
	-n 4 --lossy --pipeline 2 --path / --path / \
	--path /abort/before-head-rst --path / --body 3000000 --slow 100000:200
bad "its end without a reset" 'closed inside the body' -- -n 2 --lossy \
	--path /abort/mid-body
port=1 good "refusals of a lossy peer" refused=3 failed=0 -- -n 3 --lossy

printf '%s\n' 'right | 200 | keep | GET / HTTP/1.1\r\nHost: a\r\n\r\n' \
	'bare lf | 400 | close | GET / HTTP/1.1\nHost: a\n\n' \
	'no host | 400 | close | GET / HTTP/1.1\r\n\r\n' \
	'many | 400 | close | GET / HTTP/1.1\r\nHost: a\r\n*200{X: \x41\r\n}\r\n' \
	'two lengths | 400 | close | GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx' \
	>"$work/table"
client --malformed "$work/table"
report $? "table of malformed requests"
client --malformed "$work/table" --bytewise
report $? "the same, each octet a segment"
client --malformed "$work/table" --bytewise --together
grep -q '^# octets share segments: want \(.*\); got \1$' "$work/line"
report $? "table: octets that share segments are seen"
printf '%s\n' 'list | 200 | FOO | | GET / HTTP/1.1\r\nHost: a\r\n*20{X: y\r\n}\r\n' \
	'long | 200 | FOO | | GET / HTTP/1.1\r\nHost: a\r\nX: *3000{y}\r\n\r\n' \
	'last | 200 end | FOO | | GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' \
	>"$work/odd"
printf '%s\n' 'more | 200 end | FOO | | GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' \
	>"$work/more"
# odd TABLE [HOW]
odd()
{
	timeout 20 "$(dirname "$0")/hostile.py" send 127.0.0.1 "$port" \
		"$work/$1" "${@:2}" >"$work/line" 2>"$work/err"
}
# The name of a row is the result that it has to get.
printf '%s\n' 'ok | 200 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' \
	'not ok | 200 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno' \
	'not ok | 200 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' \
	'not ok | 200 torn | close | HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno' \
	'ok | 200 3 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noko' \
	'not ok | 200 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noko' \
	'not ok | 200 3 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nokk' \
	'ok | 200 whole | open HEAD | HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' \
	'ok | 200 whole | close GET HTTP/1.0 | HTTP/1.1 200 OK\r\n\r\nok' \
	'not ok | 200 whole | reset GET HTTP/1.0 | HTTP/1.1 200 OK\r\n\r\nok' \
	'not ok | 200 whole | open GET HTTP/1.0 | HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n' \
	'not ok | 200 whole | open | HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' \
	>"$work/hostile"
ask()
{
	local at=$((port + 100))

	"$(dirname "$0")/hostile.py" serve $at "$work/hostile" >"$work/err" 2>&1 &
	pids+=($!)
	for _ in $(seq 100); do
		(: <"/dev/tcp/127.0.0.1/$at") 2>/dev/null && break
		sleep 0.05
	done
	timeout 20 "$(dirname "$0")/hostile.py" ask 127.0.0.1 $at a "" \
		127.0.0.1:$at "$work/hostile" >"$work/line" 2>>"$work/err"
	sed -n 's/^\(.*ok\) [0-9]* - \(.*\), \(whole\|bytes\): .*/\1=\2/p' "$work/line" \
		>"$work/rows"
	[ "$(wc -l <"$work/rows")" = 24 ] && ! grep -vqx '\(.*\)=\1' "$work/rows"
}
head="GET / HTTP/1.1\r\nHost: a\r\nX: $(printf '%3000s' y | tr ' ' y)\r\n"
head+="Connection: close\r\n\r\n"
raw()
{
	timeout 20 "$(dirname "$0")/raw.py" 127.0.0.1 "$port" "$@" \
		>"$work/line" 2>"$work/err"
}
if [ -x /usr/bin/python3 ]; then
	odd odd
	report $? "odd requests, whole and each octet a segment"
	odd odd together
	[ $? = 1 ] && grep -q '^not ok 2' "$work/line" &&
		grep -q '2000 octets, [0-9]* segments' "$work/line"
	report $? "odd requests: octets that share segments are seen"
	! odd more && grep -q "^# wanted 200 end; .*behind it b'HTTP/1.1 200 " \
		"$work/line"
	report $? "odd requests: what comes behind the last answer is seen"
	ask
	report $? "answers of a table: bodies and their ends are seen, right and wrong"
	raw "bytes:$head" && grep -qx "200 FOO" "$work/line"
	report $? "a script's octets, each a segment"
	! raw "together:$head" && [ ! -s "$work/line" ] &&
		grep -q '^2000 octets, [0-9]* segments' "$work/err"
	report $? "a script's octets that share segments are seen"
else
	count=$((count + 1))
	echo "ok $count - odd requests # SKIP no python3 here"
fi
printf '%s\n' 'wrong | 400 | close | GET / HTTP/1.1\r\nHost: a\r\n\r\n' >"$work/table"
client --malformed "$work/table"
report $((! $?)) "table: a wrong status is seen"

for where in before-head before-head-rst in-head after-head mid-body mid-chunk
do
	bad "backend aborts: $where" 'closed\|reset' -- -n 2 --path /abort/$where
done
for what in status-line two-lengths length-and-chunked bare-lf space-colon \
	negative-length obs-fold switch huge-head extra; do
	bad "backend answers badly: $what" . -- -n 1 --path /bad/$what
done
bad "status" 'status 200 from FOO, want 404' -- -n 1 --status 404

# The backend learns of a client's end a moment after the client.
gone=1
for _ in $(seq 100); do
	kill -USR1 "${pids[0]}"
	sleep 0.1
	line=$(tail -n 1 "$work/FOO.out")
	if [[ $line = *" open=0" ]]; then
		gone=0
		break
	fi
done
report "$gone" "every connection of the backend is gone: ${line##* }"
completed=${line#*completed=}
completed=${completed%% *}
[ "$(wc -l <"$work/log")" = "$completed" ]
report $? "access log has a line for each completed answer"

fault()
{
	port=$((port + 1))
	start "$1" "$port" -b "$1"
	bad "broken backend: $1" "$2" -- -n 40 -c 2 --path "$3" --timeout 500
}

fault body 'body differs at octet 997' /bytes/1000
fault name 'wrong body' /
fault seq 'answer to another request' /
fault short 'closed inside the body' /bytes/1000
fault drop 'closed before the answer' /
fault stall 'timed out' /
fault status 'status 500' /

echo "1..$count"
echo "# failed=$failed"
[ $failed = 0 ]
