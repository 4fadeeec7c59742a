#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs the tests, part by part, the quick parts first, and ends with one line
# "N passed, M failed, K skipped".
#
#   tests/run.sh check   builds, unit and golden tests: no VM
#   tests/run.sh test    the same, KUnit and VM tests, static checks, and
#                        fuzzing, half a minute for each target
#   tests/run.sh all     the same, all VM cases that can run on each kernel, the
#                        6.1 debug kernel too, and a minute
#
# Every part prints TAP, and so does the whole: one plan at the end, results
# without numbers and with the part's name. A part that fails without a "not ok"
# line of its own (it did not build, it was killed) counts as one failure.

set -u
cd "$(dirname "$0")/.." || exit 1
MODE=${1:-test}
LOGS=build/test-logs
more=
fuzz_seconds=30
if [ "$MODE" = all ]; then
	more=-a
	fuzz_seconds=60
fi
# More emulated CPUs than processors make each other wait (tests/vm/README.md).
CPUS=$(nproc)
[ "$CPUS" -le 8 ] || CPUS=8
# What was compiled in another clone, of the same text, is not compiled again. A
# machine without ccache, or whose cache is somebody else's, does without.
CCACHE_DIR=${GWS_CACHE:-/var/cache/gwsteer}/ccache
if command -v ccache >/dev/null && mkdir -p "$CCACHE_DIR" 2>/dev/null &&
	[ -w "$CCACHE_DIR" ]; then
	export CCACHE=ccache CCACHE_DIR CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=1G
fi
mkdir -p "$LOGS"
rm -f "$LOGS"/*.log "$LOGS"/*.status

passed=0
failed=0
skipped=0
failures=()
began=$SECONDS

# count LOG: adds up the TAP lines of a part
count()
{
	local ok not_ok skip

	skip=$(grep -ciE "^ok\b.*# *skip" "$1")
	ok=$(grep -cE '^ok\b' "$1")
	not_ok=$(grep -cE '^not ok\b' "$1")
	passed=$((passed + ok - skip))
	skipped=$((skipped + skip))
	failed=$((failed + not_ok))
	return "$((not_ok > 0))"
}

# relay NAME: what a part prints, as a piece of the whole; its plan is a comment
relay()
{
	sed -u -E -e "s/^(ok|not ok)\\b( +[0-9]+)?( +-)? */\\1 - $1: /" \
		-e 's/^1\.\.[0-9]+/# &/'
}

# part NAME CMD...: runs one part
part()
{
	local name=$1 log status start=$SECONDS

	shift
	log=$LOGS/$name.log
	echo "# ==== $name ($((SECONDS - began)) s since start)"
	"$@" 2>&1 | tee "$log" | relay "$name"
	status=${PIPESTATUS[0]}
	if ! count "$log"; then
		failures+=("$name")
	elif [ "$status" != 0 ]; then
		echo "not ok - ended with status $status" | tee -a "$log" |
			relay "$name"
		failed=$((failed + 1))
		failures+=("$name")
	fi
	echo "# ---- $name: $((SECONDS - start)) s"
}

# What waits for nobody is done beside the VM tests, one after another, with what
# they leave of the processors: the debug kernel, which from nothing takes about
# as long as all that comes before its tests (when it is there, no time at all),
# the static checks, the guard, whose clock counts instructions, and fuzzing.
beside()
{
	done_beside debug-kernel tests/vm/debug-kernel.sh
	[ "$MODE" != all ] ||
		done_beside debug-kernel-6.1 tests/vm/debug-kernel.sh debug-6.1
	done_beside lint tests/lint.sh
	done_beside guard tests/bench/guard.sh
	done_beside fuzz tests/fuzz/run.sh "$fuzz_seconds"
}

done_beside()
{
	local name=$1

	shift
	nice "$@" >"$LOGS/$name.txt" 2>&1
	echo $? >"$LOGS/$name.status"
}

# await NAME: until that is done
await()
{
	until [ -e "$LOGS/$1.status" ]; do
		echo "# waiting for $1: $(tail -qn 1 "$LOGS/$1.txt" 2>/dev/null)"
		sleep 10
	done
}

# outcome NAME: what it said, as if it had been run now
outcome()
{
	await "$1"
	cat "$LOGS/$1.txt"
	return "$(<"$LOGS/$1.status")"
}

if [ "$MODE" != check ]; then
	set -m
	beside &
	beside=$!
	set +m
	trap 'kill -- -"$beside" 2>/dev/null' EXIT
fi

part build-userspace make -s --no-print-directory -j"$(nproc)" userspace
part build-unit make -s --no-print-directory -j"$(nproc)" -C tests/unit
part unit make -s --no-print-directory -C tests/unit run
part golden tests/golden/run.sh
part build-tools make -s -C tests/tools O="$PWD/build/tools"
part tools tests/tools/selftest.sh build/tools
part style tests/style.sh
if [ "$MODE" != check ]; then
	part vm-selftest tests/vm/selftest.sh
	for name in 6.12 6.1 backports; do
		part "vm-$name" tests/vm/run-tests.sh -k "$name" -j "$CPUS" ${more:+"$more"}
	done
	await debug-kernel
	part vm-debug tests/vm/run-tests.sh -k debug -j "$CPUS" ${more:+"$more"}
	if [ "$MODE" = all ]; then
		await debug-kernel-6.1
		part vm-debug-6.1 tests/vm/run-tests.sh -k debug-6.1 -j "$CPUS" -a
	fi
	part lint outcome lint
	part guard outcome guard
	part fuzz outcome fuzz
fi

if [ ${#failures[@]} != 0 ]; then
	echo "# failed parts: ${failures[*]} (logs in $LOGS)"
	# again, with what each said, for a reader who sees only the end
	awk -f tests/failures.awk "$LOGS"/*.log
fi
grep -hiE '^ok\b.*# *skip' "$LOGS"/*.log | sed 's/^/# skipped: /'
echo "# $((SECONDS - began)) s"
echo "1..$((passed + failed + skipped))"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
