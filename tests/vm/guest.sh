# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the job that vm.sh writes: what the guest does before, between
# and after the scripts.

KMEMLEAK=/sys/kernel/debug/kmemleak

guest_mark()
{
	echo "gws-$*" >/dev/kmsg
}

# What insmod of our module needs, which modprobe would have found.
guest_dependencies()
{
	local module=/gws/build/gwsteer.ko

	[ -e $module ] || return 0
	modinfo -F depends $module | tr ',' '\n' | xargs -r modprobe -a
}

# From here on a report in the kernel log counts.
guest_start()
{
	guest_dependencies
	if [ -w $KMEMLEAK ]; then
		echo clear >$KMEMLEAK
	fi
	guest_mark "log: start"
}

# The host's 127.0.0.1 arrives through QEMU's own network.
guest_network()
{
	local dev

	modprobe virtio_net
	for dev in /sys/class/net/*; do
		[ -e "$dev/device" ] || continue
		dev=${dev##*/}
		ip link set "$dev" up
		ip addr add 10.0.2.15/24 dev "$dev"
		ip route add default via 10.0.2.2
		return
	done
	echo "guest: no network device" >&2
	exit 1
}

# guest_run CMD...: the first that fails ends the job with its status.
guest_run()
{
	local status=0

	guest_mark "test: begin ${*: -1}"
	"$@" || status=$?
	guest_mark "test: end ${*: -1} status $status"
	if [ $status != 0 ]; then
		guest_finish $status
	fi
}

guest_print_leaks()
{
	head -n 200 $KMEMLEAK | while IFS= read -r line; do
		echo "$line" >/dev/kmsg
	done
	echo clear >$KMEMLEAK
}

# Puts what kmemleak finds into the kernel log, where the host looks.  Objects
# younger than five seconds are not reported, hence the wait.
guest_leaks()
{
	[ -w $KMEMLEAK ] || return 0
	guest_mark "test: begin search for leaked memory"
	echo scan >$KMEMLEAK
	sleep 6
	echo scan >$KMEMLEAK
	guest_print_leaks
}

guest_finish()
{
	guest_leaks
	exit "$1"
}

guest_end()
{
	guest_finish 0
}

guest_shell()
{
	cd /gws/src || exit 1
	exec bash -i
}

guest_stay()
{
	touch /gws/out/ready
	exec sleep infinity
}
