# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For cases that let things fail in the kernel, with the debug kernel's fault
# injection.  Sourced after lib.sh.

DEBUGFS=/sys/kernel/debug
TRACING=/sys/kernel/tracing
FAULTS=/gws/src/tests/tools/faults.py

faults_start()
{
	mountpoint -q $DEBUGFS || mount -t debugfs debugfs $DEBUGFS
	mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
}

# mark_cache 0|1 CACHE: whether failslab's filter heeds it; 6.1 was told at boot
mark_cache()
{
	local file=/sys/kernel/slab/$2/failslab

	if [[ $GWS_RELEASE = 6.1.* ]]; then
		grep -qx 1 "$file"
	else
		echo "$1" >"$file"
	fi
}

# swept NAME ARG...: faults.py finds nothing wrong; what it says goes to $SAID
swept()
{
	local status=0 name=$1

	shift
	SAID=$($FAULTS "$@" 2>&1) || status=$?
	note "$SAID"
	is "$name" $status 0
}
