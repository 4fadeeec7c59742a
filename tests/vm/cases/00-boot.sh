#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the VM itself: the kernel meant, and hosts that reach each other
# kernels: 6.12
# timeout: 120
# shellcheck source=tests/vm/lib.sh
. /gws/src/tests/vm/lib.sh
# shellcheck source=tests/vm/scene.sh
. /gws/src/tests/vm/scene.sh

reaches()
{
	check "$1 reaches $2" \
		ip netns exec "$1" ping -q -c 1 -W 5 "$2" >$RUN/ping
}

note "$(uname -a)"
is "the kernel that was meant" "$(uname -r)" "$GWS_RELEASE"

mkdir -p $RUN
scene_network
for to in $NODE4 $NODE6 10.1.0.2; do
	reaches client "$to"
done
reaches foo 10.1.0.3
reaches foo fd00:1::3
reaches bar 192.0.2.2
finish
