#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the last segments get lost, or the client vanishes without a word
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# lose OUT [IN]: nft rules on what the node sends and gets, until heal
lose()
{
	nft -f - <<-END
	table inet loss {
		chain out {
			type filter hook postrouting priority filter
			$1
		}
		chain in {
			type filter hook prerouting priority -400
			${2:-}
		}
	}
	END
}

heal()
{
	nft delete table inet loss
}

scene_start
flat_start
# The first two segments with a FIN of every connection; its port tells which.
# A share of all of them would lose so many of one connection that the module
# gives up on it (close_timeout), and rightly so.
nft -f - <<-END
	table inet loss {
		set once { type inet_service; flags dynamic; size 4096; }
		set twice { type inet_service; flags dynamic; size 4096; }
		chain out {
			type filter hook postrouting priority filter
			oifname cl0 tcp sport $NODEPORT tcp flags & fin == fin \
				jump fins
		}
		chain fins {
			tcp dport @twice accept
			tcp dport @once add @twice { tcp dport } counter drop
			add @once { tcp dport } counter drop
		}
	}
END
good "FINs lost, close after each answer" -n 30 -c 10 --close --path /bytes/3000 \
	--timeout 20000
good "FINs lost, answers until close" -n 15 -c 5 --path /close/3000 \
	--timeout 20000
check "FINs were lost" [ "$(nft list chain inet loss fins |
	grep -c 'counter packets [1-9]')" = 2 ]
heal
check "after lost FINs no connection is left" wait_for 15 none_left

limit upstream_idle_timeout 2000
limit stall_timeout 1500
limit close_timeout 1500
limit idle_timeout $((1500 * SLOW))
limit head_timeout $((1500 * SLOW))

# there N: so many connections of the client are established
there()
{
	[ "$(open_to 192.0.2.2)" = "$1" ]
}

# unheard NAME: nothing is heard any more of the ten clients that there are; results,
# that they are freed and counted, and did say something. Ends them.
unheard()
{
	local before

	before=$(reason closing_expired)
	check "$1: ten are there" wait_for 5 there 10
	lose "" "iifname cl0 tcp dport $NODEPORT counter drop"
	check "$1: freed" wait_for 6 none_left
	check "$1: what it said was lost" grep -q 'counter packets [1-9]' \
		<<<"$(nft list chain inet loss in)"
	is "$1: counted as closing_expired" \
		$(($(reason closing_expired) - before)) 10
	heal
	kill $silent 2>/dev/null
	wait $silent || true
}

# Acknowledges nothing of its answer
strict -n 10 -c 10 --path /delay/$((1200 * SLOW)) --stall 60000 >$RUN/stall.line 2>&1 &
silent=$!
unheard "client that is gone while it waits"

# Acknowledges no FIN
ip netns exec client client -a $NODE4 -p $NODEPORT -c 10 -n 0 --hold 60000 \
	>$RUN/hold.line &
silent=$!
unheard "idle client that is gone"
$CLIENT python3 - $NODE4 $NODEPORT <<-'PYTHON' &
import socket, sys, time
socks = [socket.create_connection(sys.argv[1:3]) for _ in range(10)]
for s in socks:
    s.sendall(b"GET / HTTP/1.1\r\nHo")
time.sleep(60)
PYTHON
silent=$!
unheard "client that is gone in the middle of a head"

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
good "the gateway answers" -n 50 -c 5
flat "afterwards"
finish
