#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs VM cases: all in cases/ that name the kernel, or those given, several in
# one boot.  TAP on stdout.  A case that hangs or crashes the VM is named, and
# the rest goes on in another VM.
#
# Usage: run-tests.sh [-k KERNEL] [-a] [-n] [CASE...]
#        CASE: a file, or the beginning of its name ("20", "20-story")
#        -a: also cases that name the kernel in parentheses
#        -n: do not build first
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

CASES_DIR=${GWS_CASES_DIR:-$VM_DIR/cases}
# A boot, and what is done between cases; emulated, on a busy machine.
BOOT_LIMIT=600
SLACK=120
# Faults of the emulator that are put up with; hundreds of boots have one.
FAULTS_MAX=3

kernel=6.12 build=yes all=no
while [ $# -gt 0 ]; do
	case $1 in
	-k) kernel=${2:?-k needs a kernel}; shift ;;
	-a) all=yes ;;
	-n) build=no ;;
	-*) die "usage: run-tests.sh [-k KERNEL] [-a] [-n] [CASE...]" ;;
	*) break ;;
	esac
	shift
done

results=0 failures=0 skips=0

emit()
{
	results=$((results + 1))
	case $1 in
	'not ok'*) failures=$((failures + 1)) ;;
	*'# SKIP'*) skips=$((skips + 1)) ;;
	esac
	echo "$1"
}

# for_kernel CASE: "# kernels: 6.12 (debug)" is for debug with -a only
for_kernel()
{
	local words

	words=" $(sed -n 's/^# kernels: *//p' "$1") "
	[[ $words == *" $kernel "* ]] ||
		[[ $all = yes && $words == *" ($kernel) "* ]]
}

# find_cases [CASE...]: sets cases to the paths
find_cases()
{
	local name path found

	cases=()
	if [ $# = 0 ]; then
		for path in "$CASES_DIR"/*.sh; do
			grep -q '^# kernels:' "$path" ||
				die "$path: no line '# kernels: ...'"
			! for_kernel "$path" || cases+=("$path")
		done
		return
	fi
	for name; do
		found=no
		for path in "$name" "$CASES_DIR/$name"*.sh; do
			[ -f "$path" ] || continue
			cases+=("$path")
			found=yes
		done
		[ $found = yes ] || die "no case '$name' in $CASES_DIR"
	done
}

# The kernel log from a mark on, as comments; false if it has a report.
judge_log()
{
	[ -e "$work/console.log" ] || return 0
	tr -d '\r' <"$work/console.log" |
		awk -v start="$1" -f "$VM_DIR/splat.awk" | sed 's/^/# /'
	return "${PIPESTATUS[1]}"
}

# follow: reads the guest's output, passes results on, keeps track in running
# (the case that runs, or nothing) and finished; false when nothing came in time
follow()
{
	local line deadline=$((SECONDS + BOOT_LIMIT)) status

	while :; do
		status=0
		IFS= read -r -t $((deadline - SECONDS)) line || status=$?
		[ $status -le 128 ] || return 1
		[ $status = 0 ] || return 0
		case $line in
		'@@ begin '*)
			read -r _ _ running limit <<<"$line"
			deadline=$((SECONDS + limit + SLACK))
			started=$SECONDS
			;;
		'@@ end '*)
			echo "# $running: $((SECONDS - started)) s"
			finished=$((finished + 1))
			running=''
			deadline=$((SECONDS + SLACK))
			;;
		'ok '*|'not ok '*) emit "$line" ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
		[ $deadline -gt $SECONDS ] || return 1
	done
}

explain_death()
{
	judge_log "gws-test: begin ${running:-}" || true
	echo "# the end of the kernel log:"
	tail -n 15 "$work/console.log" 2>/dev/null | tr -d '\r' | sed 's/^/#   /' || true
}

# run_vm CASE...: boots one VM, adds to finished what it got done
run_vm()
{
	local path paths=() vm status=0 alive=yes

	for path; do
		path=$(realpath "$path")
		[[ $path == "$PROJECT"/* ]] ||
			die "$path: not in the project"
		paths+=("/gws/src/${path#"$PROJECT"/}")
	done
	running=''
	rm -f "$work/pipe"
	mkfifo "$work/pipe"
	"$VM_DIR/vm.sh" run -k "$kernel" -o "$work" --no-splat --timeout 7200 \
		-e "bash /gws/src/tests/vm/guest-cases.sh ${paths[*]}" \
		>"$work/pipe" 2>"$work/vm.log" </dev/null &
	vm=$!
	# shellcheck disable=SC2064 # the number of now is meant
	trap "kill $vm 2>/dev/null; rm -rf '$work'; exit 130" INT TERM HUP
	follow <"$work/pipe" || alive=no
	[ $alive = yes ] || kill $vm 2>/dev/null || true
	wait $vm || status=$?
	judge_end $alive $status
}

# judge_end ALIVE STATUS
judge_end()
{
	if [ "$2" != 0 ] && emulator_failed "$work/console.log" && [ $faults -lt $FAULTS_MAX ]; then
		faults=$((faults + 1))
		echo "# the emulator failed (int3 in the kernel itself):" \
			"${running:-boot} once more, fault $faults"
		return
	fi
	if [ "$1" = no ]; then
		emit "not ok - ${running:-boot}: the VM hangs"
		explain_death
	elif [ "$2" = 3 ]; then
		echo "# the rest goes on in another VM"
		return
	elif [ "$2" != 0 ] || [ -n "$running" ]; then
		emit "not ok - ${running:-boot}: the VM ended with status $2"
		sed 's/^/# /' "$work/vm.log"
		explain_death
	elif judge_log "gws-log: cases done"; then
		emit "ok - kernel log after all cases"
		return
	else
		emit "not ok - kernel log after all cases"
		return
	fi
	# The case that brought it down is done with; without one, no VM boots.
	[ -n "$running" ] || die "the VM does not get to the cases"
	finished=$((finished + 1))
}

find_cases "$@"
if [ ${#cases[@]} = 0 ]; then
	echo "1..0 # SKIP no case for kernel $kernel"
	exit 0
fi
if [ $build = yes ]; then
	# shellcheck disable=SC2046 # words are meant
	"$VM_DIR/build.sh" "$kernel" module userspace tools \
		$(sed -n 's/^# builds: *//p' "${cases[@]}" |
			tr ' ' '\n' | sort -u)
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/gws-tests.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "# ${#cases[@]} cases on kernel $kernel"
finished=0 faults=0
while [ $finished -lt ${#cases[@]} ]; do
	run_vm "${cases[@]:$finished}"
done
echo "1..$results"
echo "# $kernel: $((results - failures - skips)) passed, $failures failed," \
	"$skips skipped, $SECONDS s"
[ $failures = 0 ]
