#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs VM cases: those in cases/ that name the kernel, or those given, several in
# one boot.  TAP on stdout.  A case that hangs or crashes the VM is named, and
# the rest goes on in another VM.
#
# Usage: run-tests.sh [-k KERNEL] [-j CPUS] [-c CPUS] [-a] [-n] [CASE...]
#        CASE: a file, or the beginning of its name ("20", "20-story")
#        -j: emulated CPUs at a time, default 1, though never less than one VM;
#            each VM takes the next case when it is done with one
#        -c: CPUs of each VM; default 1, or what a case's line "# cpus:" says
#        -a: all but those that say they cannot run on that kernel, and some
#            of them longer (GWS_ALL in lib.sh)
#        -n: do not build first
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

CASES_DIR=${GWS_CASES_DIR:-$VM_DIR/cases}
# A boot, what is done between cases, and the search for leaks after the last one,
# which looks twice at all memory; emulated, on a busy machine.
BOOT_LIMIT=600
SLACK=120
END_LIMIT=600
# Cases have limits of their own; all of them on a debug kernel take hours.
VM_LIMIT=86400
# Faults of the emulator that are put up with; hundreds of boots have one.
FAULTS_MAX=3

kernel=6.12 build=yes all=no at_a_time=1 all_cpus=
while [ $# -gt 0 ]; do
	case $1 in
	-k) kernel=${2:?-k needs a kernel}; shift ;;
	-j) at_a_time=${2:?-j needs a number}; shift ;;
	-c) all_cpus=${2:?-c needs a number}; shift ;;
	-a) all=yes ;;
	-n) build=no ;;
	-*) die "usage: run-tests.sh [-k KERNEL] [-j CPUS] [-c CPUS] [-a] [-n] [CASE...]" ;;
	*) break ;;
	esac
	shift
done

# names HEADER CASE: the case has that header, with the kernel in it
names()
{
	grep -qE "^# $1:(.* )?${kernel//./\\.}( |\$)" "$2"
}

for_kernel()
{
	if [ $all = no ]; then
		names kernels "$1"
	elif names never "$1"; then
		return 1
	fi
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
judge_from()
{
	[ -e "$work/console.log" ] || return 0
	tr -d '\r' <"$work/console.log" |
		awk -v start="$1" -f "$VM_DIR/splat.awk" | sed 's/^/# /'
	return "${PIPESTATUS[1]}"
}

# judge_rest: what the guest has not judged itself, as a result
judge_rest()
{
	local mark said

	mark=$(grep -o 'gws-log: judged [0-9]*' "$work/console.log" | tail -n 1)
	if said=$(judge_from "${mark:-gws-log: start}"); then
		echo "ok - kernel log after all cases"
	else
		echo "not ok - kernel log after all cases"
		echo "$said"
	fi
}

# --- the queue of cases, which all VMs take from ---------------------------

# take: prints the next case and takes it out; false when there is none
take()
{
	(
		flock 8
		head -n 1 "$queue" | grep . && sed -i 1d "$queue"
	) 8>"$queue.lock"
}

# put_back CASE: it is the next again
put_back()
{
	(
		flock 8
		{ echo "$1"; cat "$queue"; } >"$queue.new"
		mv "$queue.new" "$queue"
	) 8>"$queue.lock"
}

# hand_out: the guest waits for a case, or for the word that there is no more
hand_out()
{
	local path

	path=$(take) || path=''
	current=$path
	path=${path/#"$PROJECT"//gws/src}
	echo "${path:-done} $all" >"$work/out/next.new"
	mv "$work/out/next.new" "$work/out/next"
}

# --- one VM ------------------------------------------------------------------

# follow: reads the guest's output, passes results on, keeps track in running
# (the case that runs, or nothing) and current (the path that was handed out for
# it); false when nothing came in time
follow()
{
	local line deadline=$((SECONDS + BOOT_LIMIT)) status

	while :; do
		status=0
		IFS= read -r -t $((deadline - SECONDS)) line || status=$?
		[ $status -le 128 ] || return 1
		[ $status = 0 ] || return 0
		case $line in
		'@@ next')
			reached=yes
			hand_out
			deadline=$((SECONDS + SLACK))
			[ -n "$current" ] || deadline=$((SECONDS + END_LIMIT))
			;;
		'@@ begin '*)
			read -r _ _ running limit <<<"$line"
			deadline=$((SECONDS + limit + SLACK))
			started=$SECONDS
			;;
		'@@ end '*)
			echo "# $running: $((SECONDS - started)) s"
			ended+=("$current")
			running='' current=''
			deadline=$((SECONDS + SLACK))
			;;
		'ok '*|'not ok '*|'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
		[ $deadline -gt $SECONDS ] || return 1
	done
}

explain_death()
{
	judge_from "gws-test: begin ${running:-}" || true
	echo "# the end of the kernel log:"
	tail -n 15 "$work/console.log" 2>/dev/null | tr -d '\r' | sed 's/^/#   /' || true
}

# run_vm: boots one VM, which takes cases until there are none or it ends
run_vm()
{
	local vm status=0 alive=yes ended

	running='' current='' reached=no ended=()
	rm -f "$work/pipe" "$work/out/next"
	mkfifo "$work/pipe"
	"$VM_DIR/vm.sh" run -c "$cpus" -k "$kernel" -o "$work" --no-splat \
		--timeout $VM_LIMIT \
		-E "GWS_MINUTES=${GWS_MINUTES:-}" -E "GWS_SEED=${GWS_SEED:-}" \
		-e "bash /gws/src/tests/vm/guest-cases.sh" \
		>"$work/pipe" 2>"$work/vm.log" </dev/null &
	vm=$!
	# shellcheck disable=SC2064 # the number of now is meant
	trap "kill $vm 2>/dev/null; exit 130" INT TERM HUP
	follow <"$work/pipe" || alive=no
	[ $alive = yes ] || kill $vm 2>/dev/null || true
	wait $vm || status=$?
	judge_end $alive $status
}

# again: on a debug kernel what leaked in cases before would have been looked for at
# the end, so they run once more
again()
{
	local path

	[ "$(kernel_field "$kernel" kind)" = debug ] || return 0
	for path in "${ended[@]}"; do
		put_back "$path"
	done
}

# judge_end ALIVE STATUS
judge_end()
{
	if [ "$2" != 0 ] && [ $faults -lt $FAULTS_MAX ] &&
		emulator_failed "$work/console.log" "gws-test: begin ${running:-}"; then
		faults=$((faults + 1))
		echo "# the emulator failed (int3 in the kernel itself):" \
			"${running:-boot} once more, fault $faults"
		[ -z "$current" ] || put_back "$current"
		again
		return
	fi
	if [ "$1" = no ]; then
		echo "not ok - ${running:-boot}: the VM hangs"
		explain_death
	elif [ "$2" = 3 ]; then
		judge_rest
		echo "# the rest goes on in another VM"
	elif [ "$2" != 0 ] || [ -n "$running" ]; then
		echo "not ok - ${running:-boot}: the VM ended with status $2"
		sed 's/^/# /' "$work/vm.log"
		explain_death
	else
		judge_rest
	fi
	# Without one that ran it would be the same with the next VM.
	[ $reached = yes ] || die "the VM does not get to the cases"
}

# worker NUMBER: VMs one after the other until there is nothing left to do
worker()
{
	work=$top/$1 faults=0
	mkdir -p "$work/out"
	while [ -s "$queue" ]; do
		run_vm
	done
}

# tally: passes TAP on, line by line (awk would hold back what comes through a
# pipe), adds the plan and one line for a reader; false when something failed
tally()
{
	local line passed=0 failed=0 skipped=0

	while IFS= read -r line; do
		echo "$line"
		case $line in
		'ok '*'# SKIP'*) skipped=$((skipped + 1)) ;;
		'ok '*) passed=$((passed + 1)) ;;
		'not ok '*) failed=$((failed + 1)) ;;
		esac
	done
	echo "1..$((passed + failed + skipped))"
	echo "# $kernel: $passed passed, $failed failed, $skipped skipped," \
		"$SECONDS s"
	[ $failed = 0 ]
}

# run_workers VMS: prints what they print
run_workers()
{
	local number workers=()

	for number in $(seq "$1"); do
		worker "$number" &
		workers+=($!)
	done
	# shellcheck disable=SC2064 # the numbers of now are meant
	trap "kill ${workers[*]} 2>/dev/null; wait; exit 130" INT TERM HUP
	for number in "${workers[@]}"; do
		wait "$number" || echo "not ok - a VM's cases: status $?"
	done
	while path=$(take); do
		echo "not ok - $(basename "$path" .sh): no VM got to it"
	done
}

# cpus_of CASE: one, unless it says that only more show what it is about
cpus_of()
{
	local number

	number=$(sed -n 's/^# cpus: *\([0-9]*\).*/\1/p' "$1")
	echo "${all_cpus:-${number:-1}}"
}

# run_queues: the cases by the number of CPUs they want, few first
run_queues()
{
	local path number vms

	for path in "${cases[@]}"; do
		path=$(realpath "$path")
		echo "$path" >>"$top/queue-$(cpus_of "$path")"
	done
	for cpus in $(seq 16); do
		queue=$top/queue-$cpus
		[ -e "$queue" ] || continue
		number=$(wc -l <"$queue")
		vms=$((at_a_time / cpus))
		[ $vms -le "$number" ] || vms=$number
		[ $vms -ge 1 ] || vms=1
		echo "# $number cases with $cpus CPU on kernel $kernel," \
			"$vms VMs at a time"
		run_workers $vms
	done
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

top=$(mktemp -d "${TMPDIR:-/tmp}/gws-tests.XXXXXX")
trap 'rm -rf "$top"' EXIT
for path in "${cases[@]}"; do
	[[ $(realpath "$path") == "$PROJECT"/* ]] || die "$path: not in the project"
done
mkfifo "$top/tap"
tally <"$top/tap" &
tally=$!
run_queues >"$top/tap"
wait "$tally"
