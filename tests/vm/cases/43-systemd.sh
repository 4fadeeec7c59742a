#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the unit under systemd: sandbox, reload, restart, crash, stop
# kernels: (6.12)
# builds: dkms
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh

UNITS=/usr/lib/systemd/system
UNIT=/usr/local/lib/systemd/system/gwsteerd.service
# shellcheck disable=SC2034 # read by the scene
MANIFESTS=/etc/gwsteer/manifests

# PID 1 of the VM is the harness's, so systemd is PID 1 of a namespace, as in a
# container: with its own /run and part of the cgroup tree, and the VM's network.
# It starts what is enabled, and of the system's own units the journal only.
systemd_prepare()
{
	local wants

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
			sh -c 'mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
				exec /usr/lib/systemd/systemd --system \
				--unit=multi-user.target --log-target=journal'
	) >$RUN/systemd.log 2>&1 &
	wait_for 10 pgrep -P $!
	SYSTEMD=$(pgrep -P $!)
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

all_to_bar()
{
	[ "$(answer $NODE4 $SPLIT /)" = "BAR 200" ]
}

# sandbox CMD...: in the daemon's mount namespace
sandbox()
{
	nsenter -t "$(pgrep -x gwsteerd)" -m "$@"
}

# process FIELD: of the daemon's /proc/PID/status
process()
{
	sed -n "s/^$1:\t*//p" "/proc/$(pgrep -x gwsteerd)/status"
}

# capabilities NAME...: their mask, as in /proc
capabilities()
{
	python3 - "$@" <<-END
	import re, sys
	text = open("/usr/include/linux/capability.h").read()
	number = dict(re.findall(r"#define (CAP_\w+)\s+(\d+)", text))
	print("%016x" % sum(1 << int(number[name]) for name in sys.argv[1:]))
	END
}

logged()
{
	inside journalctl -u gwsteerd -o cat | grep -F "$1"
}

[ -x /usr/lib/systemd/systemd ] || bail "the root tree has no systemd"
systemd_prepare || bail "cannot lay out what systemd sees"
scene_start idle
check "systemd-analyze finds nothing wrong with the unit" \
	test -z "$(systemd-analyze verify --man=no $UNIT 2>&1 | tee /dev/stderr)"
check "systemctl enable" systemctl enable gwsteerd

systemd_boot
check "the unit starts with the system" wait_for 60 active
check "the daemon has loaded dkms's module" [ -d /sys/module/gwsteer ]
check "the Gateway answers" wait_for 60 serving
active || note "$(cat $RUN/systemd.log; inside systemctl --no-pager -l status gwsteerd)"
check "gwctl finds the daemon" inside gwctl status --wait 20

# shellcheck disable=SC2046 # one word for each
is "no other capability than the unit's" "$(process CapEff)" \
	"$(capabilities $(sed -n 's/^CapabilityBoundingSet=//p' $UNIT))"
is "no new privileges, a filter of system calls" \
	"$(process NoNewPrivs) $(process Seccomp)" "1 2"
check "/usr, /etc and cgroups are read-only for it" sandbox sh -c '
	for dir in /usr /etc /etc/gwsteer /sys/fs/cgroup; do
		! touch $dir/probe 2>/dev/null || exit 1
	done'
check "its state directory is not" \
	sandbox sh -c 'touch /var/lib/gwsteer/probe && rm /var/lib/gwsteer/probe'

weights 0 100
check "an edit is followed" wait_for 20 all_to_bar
weights 80 20
inside nc -l -k -p 80 >/dev/null &
holder=$!
check "the process that has a port is named" wait_for 30 \
	sh -c "nsenter -t $SYSTEMD -m -p gwctl describe gateway web-gw \
		-n gw-demo | grep -F 'taken by nc (pid '"
kill "$(pgrep -P $holder)"

pid=$(property MainPID)
check "systemctl reload" inside systemctl reload gwsteerd
check "is SIGHUP" wait_for 10 logged "SIGHUP"
is "and the same process" "$(property MainPID)" "$pid"

strict -c 4 -d 25 --rate 50 >$RUN/strict.out 2>&1 &
load=$!
sleep 1
check "systemctl restart" inside systemctl restart gwsteerd
check "is another process" test "$(property MainPID)" != "$pid"
kill -9 "$(pgrep -x gwsteerd)"
check "a killed one comes back" wait_for 20 active
is "by systemd's own doing" "$(property NRestarts)" 1
check "systemctl stop" inside systemctl stop gwsteerd
check "no request has failed meanwhile" wait $load
note "$(cat $RUN/strict.out)"
is "its end is a clean one" \
	"$(property ActiveState) $(property Result) $(property ExecMainStatus)" \
	"inactive success 0"
check "the kernel keeps serving" serving
check "gwctl says that no daemon runs" sh -c \
	"nsenter -t $SYSTEMD -m -p gwctl status; [ \$? = 11 ]"

mkdir -p /run/systemd/system/gwsteerd.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/local/sbin/gwsteerd --nonsense\n' \
	>/run/systemd/system/gwsteerd.service.d/nonsense.conf
inside systemctl daemon-reload
check "with a wrong option it does not start" \
	sh -c "! nsenter -t $SYSTEMD -m -p -C systemctl start gwsteerd"
sleep 6
is "and is not tried again" \
	"$(property ActiveState) $(property NRestarts)" "failed 0"
finish
