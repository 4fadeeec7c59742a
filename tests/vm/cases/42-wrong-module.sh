#!/bin/bash
# SPDX-License-Identifier: MIT
# title: errors of a module that is there: another ABI, a key that is not enrolled
# kernels: 6.12
# never: debug debug-6.1 (dkms builds for stock kernels)
# builds: dkms other-abi
# spoils: the kernel takes only signed modules afterwards, until it is booted
# timeout: 120
# shellcheck disable=SC2086 # words of a command line are meant
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/errors.sh

OTHER=/gws/build/other-abi
ENFORCE=/sys/module/module/parameters/sig_enforce

scene_start idle
start="gwsteerd --manifests $MANIFESTS"

# Programs of the next release meet this one's module, with no daemon and with
# this release's daemon.
modprobe gwsteer
says 9 $OTHER/$start
says 9 $OTHER/gwctl stats
says 9 $OTHER/gwctl status
says 9 $OTHER/gwctl version
daemon_start
check "the daemon of the module's release programs it" gwctl status --wait 20
says 9 $OTHER/gwctl status
says 9 $OTHER/gwctl get backends
daemon_stop
rmmod gwsteer

# dkms has signed the module with a key of its own, which no firmware knows.
check "the module is signed" [ -n "$(modinfo -F signer gwsteer)" ]
echo 1 >$ENFORCE
is "only signed modules are taken" "$(cat $ENFORCE)" Y
says 7 $start
finish
