# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034 # the cases and the scene use what is set here
#
# For cases about the unit: systemd in the guest, with gwsteerd.service as
# installed.  Sourced after installed.sh and scene.sh.

UNITS=/usr/lib/systemd/system
UNIT=/usr/local/lib/systemd/system/gwsteerd.service
MANIFESTS=/etc/gwsteer/manifests

# PID 1 of the VM is the harness's, so systemd is PID 1 of a namespace, as in a
# container: with its own /run and part of the cgroup tree, and the VM's network.
# It starts what is enabled, and of the system's own units the journal only.
systemd_prepare()
{
	local wants

	[ -x /usr/lib/systemd/systemd ] || return
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs tmpfs /etc/systemd/system
	for wants in sysinit sockets multi-user; do
		mount -t tmpfs tmpfs $UNITS/$wants.target.wants || return
	done
	ln -s $UNITS/systemd-journald{,-dev-log}.socket \
		$UNITS/sockets.target.wants/
}

systemd_boot()
{
	local group

	group=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/systemd
	mkdir "$group"
	(
		echo $BASHPID >"$group/cgroup.procs"
		export container=gws
		# shellcheck disable=SC2016 # it is expanded inside
		exec unshare --pid --fork --kill-child --mount-proc --cgroup \
			sh -c 'umount -l /sys/fs/cgroup &&
				mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
				exec /usr/lib/systemd/systemd --system \
				--unit=multi-user.target --log-target=journal'
	) >$RUN/systemd.log 2>&1 &
	wait_for 10 pgrep -P $!
	SYSTEMD=$(pgrep -P $!)
	# What asks it with no number would fail, as some of a case want.
	[ -n "$SYSTEMD" ] || {
		note "$(cat $RUN/systemd.log)"
		bail "systemd does not start"
	}
}

# inside CMD...: where systemd is
inside()
{
	nsenter -t "$SYSTEMD" -m -p -C "$@"
}

# property NAME: of the unit
property()
{
	inside systemctl show -P "$1" gwsteerd
}

active()
{
	[ "$(inside systemctl is-active gwsteerd)" = active ]
}
