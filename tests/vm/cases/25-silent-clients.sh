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
limit idle_timeout 1500
limit head_timeout 1500

# Never acknowledges anything any more.
strict -n 10 -c 10 --path /delay/1200 --stall 9000 >$RUN/stall.line 2>&1 &
stall=$!
sleep 1
lose "" "iifname cl0 tcp dport $NODEPORT counter drop"
check "client that is gone without a word: freed" wait_for 6 none_left
heal
wait $stall

# Gone while the connection idles, and in the middle of a head.
ip netns exec client client -a $NODE4 -p $NODEPORT -c 10 -n 0 --hold 9000 \
	>$RUN/hold.line &
hold=$!
sleep 1
lose "" "iifname cl0 tcp dport $NODEPORT counter drop"
check "idle client that is gone: freed" wait_for 6 none_left
heal
wait $hold

check "every connection is gone" wait_for 40 all_closed
check "every accepted connection was closed" wait_for 5 balanced
good "the gateway answers" -n 50 -c 5
flat "afterwards"
finish
