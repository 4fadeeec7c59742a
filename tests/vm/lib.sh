# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Results of a case, in TAP.  Sourced by the scripts in cases/, in the guest.
# What the hosts around the node look like, and the system under test, is in
# scene.sh.  run-tests.sh cleans up after a case, however it ended.
#
#   is NAME GOT WANT        equal strings
#   check NAME CMD...       CMD succeeds; both return whether it is so
#   skip NAME REASON        counted and shown as skipped
#   skip_all REASON         the rest of the case; ends it
#   note TEXT               a comment in the output
#   bail TEXT               a failure after which going on makes no sense
#   finish                  last line of every case: plan and exit status
#
# GWS_DEBUG is yes on a debug kernel, GWS_ALL is yes with run-tests.sh -a: a case
# may then take longer. SLOW is how many times as long things may take there.

# shellcheck disable=SC2034 # for the cases and scene.sh
SLOW=1
[ "${GWS_DEBUG:-no}" = no ] || SLOW=4

TAP_DONE=0
TAP_FAILED=0
TAP_FINISHED=no

tap_result()
{
	TAP_DONE=$((TAP_DONE + 1))
	[ "$1" = ok ] || TAP_FAILED=$((TAP_FAILED + 1))
	echo "$1 $TAP_DONE - $2"
}

note()
{
	echo "# ${*//$'\n'/$'\n'# }"
}

is()
{
	if [ "$2" = "$3" ]; then
		tap_result ok "$1"
	else
		tap_result "not ok" "$1"
		note "got:    $2"
		note "wanted: $3"
		return 1
	fi
}

check()
{
	local name=$1 status=0

	shift
	"$@" || status=$?
	if [ $status = 0 ]; then
		tap_result ok "$name"
	else
		tap_result "not ok" "$name"
		note "status $status of: $*"
		return 1
	fi
}

skip()
{
	tap_result ok "$1 # SKIP $2"
}

finish()
{
	TAP_FINISHED=yes
	echo "1..$TAP_DONE"
	exit $((TAP_FAILED > 0))
}

skip_all()
{
	skip "rest of the case" "$*"
	finish
}

bail()
{
	tap_result "not ok" "$*"
	finish
}

# A case that ends early, by a typing error for instance, must not look like
# one that has passed.
tap_at_exit()
{
	local status=$?

	[ $TAP_FINISHED = no ] || exit $status
	tap_result "not ok" "ended before its last line, with status $status"
	TAP_FINISHED=yes
	echo "1..$TAP_DONE"
	exit 1
}
trap tap_at_exit EXIT
