# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the job that vm.sh writes: what the guest does before, between
# and after the scripts.

KMEMLEAK=/sys/kernel/debug/kmemleak
SYMBOLS=/tmp/gwsteer-symbols

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

# vm.sh says why a VM boots with one.
guest_cpus()
{
	local cpu

	for cpu in /sys/devices/system/cpu/cpu*/online; do
		# With one CPU there is no such file.
		[ ! -e "$cpu" ] || [ "$(cat "$cpu")" = 1 ] || echo 1 >"$cpu"
	done
}

# From here on a report in the kernel log counts.
guest_start()
{
	guest_dependencies
	guest_cpus
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

# What kmemleak prints of a module that is gone are bare addresses; this keeps
# the names that belong to them.
guest_keep_symbols()
{
	[ -w $KMEMLEAK ] || return 0
	grep '\[gwsteer' /proc/kallsyms >>$SYMBOLS
}

# Bare addresses on stdin get their names.  All are of one length, so their
# order as strings is their order as numbers.
guest_name_addresses()
{
	touch $SYMBOLS
	sort -u $SYMBOLS | awk '
	NR == FNR {
		address[++n] = $1
		name[n] = $3
		next
	}
	match($0, /0x[0-9a-f]+$/) {
		at = substr($0, RSTART + 2)
		found = ""
		for (i = 1; i <= n && address[i] "" <= at ""; i++)
			found = name[i]
		if (length(at) == 16 && found != "")
			$0 = $0 " in " found
	}
	{ print }' - "$1"
}

# It switches itself off where it has no memory for its records.
guest_blind()
{
	echo "WARNING: nothing looks for leaked memory" >/dev/kmsg
}

# Puts what kmemleak finds into the kernel log, where the host looks.  It tells
# a leak only from the second search on, and not before it is 5 s old.
guest_leaks()
{
	local start=$SECONDS

	if [ ! -w $KMEMLEAK ]; then
		[ "$GWS_DEBUG" = no ] || guest_blind
		return
	fi
	guest_mark "test: begin search for leaked memory"
	echo scan >$KMEMLEAK || guest_blind
	[ $((SECONDS - start)) -ge 6 ] || sleep 6
	echo scan >$KMEMLEAK || guest_blind
	head -n 200 $KMEMLEAK >/tmp/leaks
	guest_name_addresses /tmp/leaks | while IFS= read -r line; do
		echo "$line" >/dev/kmsg
	done
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
