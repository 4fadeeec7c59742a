#!/bin/bash
# SPDX-License-Identifier: MIT
# title: an installed module's life: twice loaded, upgraded under load, removed
# kernels: 6.12
# never: debug debug-6.1 (dkms builds for stock kernels)
# builds: dkms next
# timeout: 600
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/systemd.sh
. /gws/src/tests/vm/errors.sh

# The sources of the next version, which speaks another ABI
NEXT=/gws/build/other-abi/src
OLD=$(cat /gws/src/VERSION)
NEW=$(cat $NEXT/VERSION)

all_to_bar()
{
	[ "$(answer $NODE4 $SPLIT /)" = "BAR 200" ]
}

loaded()
{
	cat /sys/module/gwsteer/version
}

generation()
{
	inside gwctl status -o json | jq .kernel.generation
}

# logged TEXT: by the daemon
logged()
{
	inside journalctl -u gwsteerd -o cat | grep -F "$1"
}

systemd_prepare || bail "cannot lay out what systemd sees"
scene_start idle
systemctl enable gwsteerd
systemd_boot
check "$OLD starts with the system" wait_for 60 active
check "$OLD serves" wait_for 60 serving
is "the loaded module" "$(loaded)" "$OLD"

# A second load changes nothing.
was=$(generation)
check "modprobe of the loaded module is content" modprobe gwsteer
is "insmod of it is refused" "$(insmod /gws/build/gwsteer.ko 2>&1)" \
	"insmod: ERROR: could not insert module /gws/build/gwsteer.ko: File exists"
is "generation $was stays in force" "$(generation)" "$was"
check "it serves" serving

# make dkms-install install of the next version, while this one serves
load_start strict -c 4 --rate 50
check "the upgrade for the case" lay next
check "the upgrade for systemd" inside bash -c "$(declare -f lay); lay next"
inside systemctl daemon-reload
is "dkms has the new one only" "$(dkms status | sed 's/,.*: / /')" \
	"gwsteer/$NEW installed"
is "so has the next boot" "$(modinfo -F version gwsteer)" "$NEW"
is "the loaded one is the old one" "$(loaded)" "$OLD"
says 9 nsenter -t "$SYSTEMD" -m -p gwctl status
says 9 nsenter -t "$SYSTEMD" -m -p gwctl version
weights 0 100
check "the old daemon still follows edits" wait_for 20 all_to_bar
check "the new daemon does not start" \
	sh -c "! nsenter -t $SYSTEMD -m -p -C systemctl restart gwsteerd"
is "and is not tried again" "$(property ActiveState) $(property NRestarts)\
 $(property ExecMainStatus)" "failed 0 9"
check "the journal says what to do" logged "$(row 9 6)"
check "there were requests all the time" load_lasts
check "and none has failed" load_stop
note "$(cat $RUN/strict.line $RUN/strict.err)"

# The remedy
check "rmmod gwsteer" rmmod gwsteer
inside systemctl reset-failed gwsteerd
check "$NEW starts" inside systemctl start gwsteerd
is "with its module" "$(loaded)" "$NEW"
check "serves" wait_for 20 serving
check "and is in sync" inside gwctl status --wait 20

# Another module under a running daemon
check "rmmod under the daemon" rmmod gwsteer
check "insmod of $OLD" insmod /gws/build/gwsteer.ko
check "the daemon says so" wait_for 20 logged \
	"module $OLD speaks ABI"
says 9 nsenter -t "$SYSTEMD" -m -p gwctl status
check "rmmod of that" rmmod gwsteer
check "modprobe of $NEW" modprobe gwsteer
check "the daemon programs it" wait_for 20 serving
is "and has not been restarted" "$(property NRestarts)" 0

check "systemctl disable --now" inside systemctl disable --now gwsteerd
check "the kernel serves until the module goes" serving
check "rmmod of $NEW" rmmod gwsteer
check "make dkms-remove uninstall" make -s -C $NEXT dkms-remove uninstall
is "nothing is left" "$(find /usr/local /usr/src /var/lib/dkms /lib/modules/ \
	-name '*gwsteer*' -o -name 'gwctl*')" ""
check "modprobe finds none" sh -c '! modprobe -n gwsteer 2>/dev/null'
is "dkms knows none" "$(dkms status)" ""
finish
