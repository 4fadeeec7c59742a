#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the unit under systemd: start, sandbox, edits, reload
# kernels: 6.12
# never: debug debug-6.1 (dkms builds for stock kernels)
# builds: dkms
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/systemd.sh

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
finish
