#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the commands of examples/README.md, as they stand there
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

mkdir -p $RUN
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
ip link add pods type bridge
ip addr add 10.77.0.1/24 dev pods
ip link set pods up
for pod in blue:21 green:22; do
	name=${pod%:*}
	host "$name"
	ip link add "$name" type veth peer name eth0 netns "$name"
	ip link set "$name" master pods up
	ip -n "$name" addr add "10.77.0.${pod#*:}/24" dev eth0
	ip -n "$name" link set eth0 up
	ip -n "$name" route add default via 10.77.0.1
	serve "$name" "$name"
done

commands=$(awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' \
	/gws/src/examples/README.md)
is "six commands" "$(wc -l <<<"$commands")" 6

cd /gws/src || bail "no sources"
# A build takes minutes under emulation; what it would install is built already.
skip "$(sed -n 1p <<<"$commands")" "built outside of the VM"
mkdir -p /etc/gwsteer/manifests
echo "install gwsteer /sbin/insmod /gws/build/gwsteer.ko" \
	>/etc/modprobe.d/gwsteer.conf

# In one shell, as one would type them.
out=$(bash -c "$(sed 1d <<<"$commands")
	kill \$!; wait" 2>$RUN/commands.err)
note "$out"
note "$(cat $RUN/commands.err)"
check "status says SYNCED" grep -q 'state: SYNCED' <<<"$out"
check "16 of blue" grep -qE '^ *16 .*blue' <<<"$out"
check "4 of green" grep -qE '^ *4 .*green' <<<"$out"
check "sysfs counts 16" grep -q '/0/requests:16$' <<<"$out"
check "sysfs counts 4" grep -q '/1/requests:4$' <<<"$out"
rm /etc/modprobe.d/gwsteer.conf
finish
