#!/bin/bash
# SPDX-License-Identifier: MIT
# title: limits of heads, of time, and of clients' connections
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

x()
{
	head -c "$1" /dev/zero | tr '\0' x
}

code()
{
	answer $NODE4 $SPLIT "$@" | grep -o '...$'
}

# body PIECE: sent ten times, at intervals of 0.3 s
body()
{
	local post="POST /foo HTTP/1.1\r\nHost: $APPS\r\nConnection: close\r\n"
	local steps=("$post" "Content-Length: $((10 * ${#1}))\r\n\r\n" wait:0.1)

	for _ in $(seq 10); do
		steps+=("$1" wait:0.3)
	done
	raw "${steps[@]}"
}

scene_start

is "target of 8000 octets" "$(code "/$(x 7990)")" 200
is "target too long" "$(code "/$(x 9000)")" 414
is "target without end" "$(code "/$(x 40000)")" 414
is "head of 15000 octets" "$(code / -H "X-Long: $(x 15000)")" 200
# As on a node whose memory is in pieces: pages come one by one.
sysctl -qw net.core.high_order_alloc_disable=1
for i in 1 2 3; do
	is "head of 15000 octets, single pages, $i" \
		"$(code / -H "X-Long: $(x 15000)") $(code /)" "200 200"
done
sysctl -qw net.core.high_order_alloc_disable=0
is "head too long" "$(code / -H "X-Long: $(x 17000)")" 431
many=()
for i in $(seq 120); do
	many+=(-H "X-$i: 1")
done
is "too many fields" "$(code / "${many[@]}")" 431
check "reasons are counted" \
	[ "$(reason target_long)$(reason head_large)$(reason headers_many)" = 211 ]

# Heads of one field (Host, User-Agent, Accept and X-1: four) are recalled from the
# second time on.
limit head_fields 4
is "as many fields as an operator allows" "$(code / -H "X-1: 1")" 200
for i in 1 2 3; do
	is "one more, $i" "$(code / -H "X-1: 1" -H "X-2: 2")" 431
done
limit head_fields 100
is "and with the default" "$(code / -H "X-1: 1" -H "X-2: 2")" 200
limit head_fields 4
is "a head that is remembered is looked at again" \
	"$(code / -H "X-1: 1" -H "X-2: 2")" 431
limit head_fields 100
is "each is counted" "$(reason headers_many)" 5
limit head_bytes 2000
is "fewer octets than an operator allows" "$(code / -H "X-Long: $(x 1500)")" 200
is "more of them" "$(code / -H "X-Long: $(x 2500)")" 431
is "more of them, without an end" \
	"$(raw "GET / HTTP/1.1\r\nHost: $APPS\r\nX: $(x 2500)" | head -n 1 | cut -c 1-3)" 431
limit head_bytes 16384
is "each of these is counted" "$(reason head_large)" 3

limit head_timeout 1000
limit idle_timeout 2000
echo 'head that does not end | 408 | close | GET / HTTP/1.1\r\nHost: ' >$RUN/table
start=$SECONDS
before=$(reason client_timeout)
check "head that does not end: 408" ip netns exec client client -a $NODE4 \
	-p $NODEPORT --timeout 8000 --malformed $RUN/table
check "after head_timeout" [ $((SECONDS - start)) -le 5 ]
is "counted as client_timeout" $(($(reason client_timeout) - before)) 1
check "octet now and then does not prolong it" \
	strict -n 2 -c 2 --bytewise --gap 100 --timeout 8000 --status 408
is "both are counted, too" $(($(reason client_timeout) - before)) 3

get="GET /foo HTTP/1.1\r\nHost: $APPS\r\n\r\n"
is "an empty line behind a request begins none" \
	"$(raw "$get\r\n" wait:1.5 "$get\r" wait:0.1 "\n")" "200 200 FOO"

before=$(reason client_idle)
ip netns exec client client -a $NODE4 -p $NODEPORT -n 4 -c 4 --host $SPLIT \
	--hold 6000 >$RUN/hold
LINE=$(cat $RUN/hold)
note "$LINE"
is "idle connections are closed in order" \
	"$(field idle_closed "$LINE") $(field idle_reset "$LINE")" "4 0"
is "counted as client_idle" $(($(reason client_idle) - before)) 4
check "after idle_timeout" [ "$(field took_ms "$LINE")" -le 5000 ]
limit head_timeout 10000
limit idle_timeout 60000

# The default is 240 octets a second.
limit stall_timeout 1000
before=$(reason client_slow)
is "body of an octet now and then: 408" "$(body x)" "408 Request Timeout"
is "counted as client_slow" $(($(reason client_slow) - before)) 1
is "body at a slow but steady rate" "$(body "$(x 200)")" "200 FOO"
limit body_rate 0
is "without a rate an octet now and then will do" "$(body x)" "200 FOO"
is "and nobody else was slow" $(($(reason client_slow) - before)) 1
limit body_rate 240

# Five octets a millisecond, and a rate of twenty.
limit read_rate 20000
before=$(reason client_slow_reader)
slow=(--path /bytes/800000 --timeout 30000 --slow)
check "response taken by an octet now and then: reset" \
	sh -c '! "$@"' - $CLIENT client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-n 1 "${slow[@]}" 1000:200 2>/dev/null
is "counted as client_slow_reader" \
	$(($(reason client_slow_reader) - before)) 1
good "response taken at a slow but steady rate" -n 1 "${slow[@]}" 20000:100
before=$(reason closing_expired)
limit close_timeout 2000
check "what was sent last, taken so: reset" \
	sh -c '! "$@"' - $CLIENT client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-n 1 --close --timeout 40000 --path /bytes/100000 --slow 1000:200 2>/dev/null
is "counted as closing_expired" $(($(reason closing_expired) - before)) 1
limit read_rate 0
good "without a rate it may" -n 1 --close --timeout 90000 \
	--path /bytes/40000 --slow 1000:200
limit read_rate 240
limit close_timeout 10000
limit stall_timeout 60000

limit connections 20
ip netns exec client client -a $NODE4 -p $NODEPORT -n 0 -c 50 --hold 3000 \
	>$RUN/hold 2>&1 || true
LINE=$(grep requests= $RUN/hold)
note "$LINE"
check "connections above the limit are refused" \
	[ $(($(field idle_reset "$LINE") + $(field idle_closed "$LINE") +
	$(field failed "$LINE"))) -ge 30 ]
check "counted as limit_connections" [ "$(reason limit_connections)" -ge 30 ]
check "below it all is well" wait_for 5 strict -n 20 -c 5
limit connections 65536

# Longer than what a perf event has room for: it is cut, and no report comes of it.
# perf_event_open(2), PERF_TYPE_TRACEPOINT.
python3 - "$(cat /sys/kernel/tracing/events/gwsteer/gws_matched/id)" <<-'PYTHON' &
import ctypes, struct, sys, time
attr = struct.pack("=IIQQQQQ", 2, 112, int(sys.argv[1]), 1, 0, 0, 0).ljust(112, b"\0")
if ctypes.CDLL(None).syscall(298, attr, -1, 0, -1, 0) < 0:
    sys.exit("perf_event_open")
time.sleep(60)
PYTHON
traced=$!
sleep 1
check "it is traced" kill -0 $traced
is "a path of 8160 octets, seen by perf" \
	"$(answer $NODE4 $SPLIT "/foo/$(printf 'a%.0s' $(seq 8155))" -o /dev/null)" " 200"
kill $traced

check "a limit out of range is refused" sh -c '! gwctl set head_timeout 1'
check "an unknown limit is refused" sh -c '! gwctl set nonsense 1'
finish
