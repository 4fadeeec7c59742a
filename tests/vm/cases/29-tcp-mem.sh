#!/bin/bash
# SPDX-License-Identifier: MIT
# title: TCP has almost no memory, for a while
# kernels: 6.12
# timeout: 180
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# pages: what all sockets of the guest hold of tcp_mem
pages()
{
	awk '/^TCP:/ { print $11 }' /proc/net/sockstat
}

# hog: connections of the node with itself that nobody reads, so that it is TCP
# and not the module's own budget, which counts none of them, that has no more
hog()
{
	exec python3 -c '
import select, socket
server = socket.create_server(("127.0.0.1", 0), backlog=64)
held = []
for _ in range(40):
    c = socket.create_connection(server.getsockname())
    c.setblocking(False)
    held.append((c, server.accept()[0]))
while True:
    for c, _ in held:
        try:
            c.send(bytes(65536))
        except BlockingIOError:
            pass
    select.select([], [], [], 0.2)'
}

# Bodies move so much slower there.
SIZE=$((100000 / SLOW))
PATIENCE=$((50000 * SLOW))

scene_start
good "before the first measurement" -n 100 -c 20 --close \
	--path /bytes/$((2 * SIZE)) --timeout $PATIENCE
flat_start
tcp_mem=$(sysctl -n net.ipv4.tcp_mem)
# Of the module's own budget nothing shall be in the way.
limit memory_percent 100

# Who behaves, beside clients that ask for much and do not read. Connections
# may be reset; an answer that never ends, or a wrong one, is a failure.
load_start keep -c 4 --rate 20 --lossy --also 503 --path / \
	--path /bytes/$SIZE --timeout $PATIENCE
load_start echo -c 2 --rate 4 --lossy --also 503 --path /echo --body $SIZE \
	--timeout $PATIENCE
strict -n 20 -c 20 --path /bytes/5000000 \
	--stall $((12000 * SLOW)) >$RUN/stall.line 2>&1 &
stall=$!
sleep 2
sysctl -qw net.ipv4.tcp_mem="48 64 128"
hog &
hog=$!
answered=$(total responses_2xx)
most=0
for _ in $(seq 20); do
	sleep 0.5
	now=$(pages)
	[ "$now" -le "$most" ] || most=$now
done
answered=$(($(total responses_2xx) - answered))
note "held $(gauge memory_held) of $(gauge memory_max)," \
	"slow_cut $(reason slow_cut), limit_memory $(reason limit_memory)"
check "TCP had no more: $most pages" [ "$most" -ge 128 ]
check "some were answered meanwhile: $answered" [ $answered -ge 5 ]
kill $hog
sysctl -qw net.ipv4.tcp_mem="$tcp_mem"
check "clients have lasted" load_lasts
check "and found nothing wrong" load_stop
note "$(cat $RUN/keep.line)"
note "$(cat $RUN/echo.line)"
note "$(head -n 5 $RUN/keep.err $RUN/echo.err)"
good "memory is back: all is well" -n 100 -c 10 --path /bytes/$SIZE \
	--timeout $PATIENCE
wait $stall
flat "afterwards"
finish
