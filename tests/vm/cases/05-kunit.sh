#!/bin/bash
# SPDX-License-Identifier: MIT
# title: KUnit suites of the pure core and the tables inside the kernel
# kernels: debug
# never: 6.12 6.1 backports (no KUnit there)
# timeout: 240
# shellcheck source=tests/vm/lib.sh
. /gws/src/tests/vm/lib.sh

DEBUGFS=/sys/kernel/debug/kunit
SOURCES=/gws/src/tests/kunit
KMEMLEAK=/sys/kernel/debug/kmemleak

# The suites that the sources declare; one that does not turn up has not run.
declared_suites()
{
	grep -ohE '^CORE_SUITE\([a-z0-9_]+' "$SOURCES"/*.c | sed 's/.*(//'
	grep -ohE '^	\.name = "gws_[a-z0-9_]+"' "$SOURCES"/*.c | cut -d'"' -f2
}

# results SUITE: its test cases, as results of ours; a suite without any has
# not run
results()
{
	local line name before=$TAP_DONE
	local result='^ *(not )?ok [0-9]+ (- )?(.*)'

	# No process for a line: emulated, that is most of the time.
	while IFS= read -r line; do
		name=''
		[[ ! $line =~ $result ]] || name=${BASH_REMATCH[3]}
		case $line in
		*'# SKIP'*) skip "$1.${name%% #*}" "${name##*# SKIP}" ;;
		'    ok '*) check "$1.$name" true ;;
		'    not ok '*) check "$1.$name" false ;;
		'    '*[!\ ]*) note "$line" ;;
		esac
	done <"$DEBUGFS/$1/results"
	[ "$TAP_DONE" -gt "$before" ] || check "suite $1 has results" false
}

# found: kmemleak names the leak; what is younger than 5 s it does not look at
found()
{
	for _ in $(seq 5); do
		sleep 6
		echo scan >$KMEMLEAK
		! grep -q 'leak_set' $KMEMLEAK || return 0
	done
	return 1
}

check "gwsteer_faults.ko is loaded" insmod /gws/build/gwsteer_faults.ko
echo 10 >/sys/module/gwsteer_faults/parameters/leak
check "a leak is found" found
# What cases before this one have lost would be cleared with it.
is "and no other" "$(grep -c '^unreferenced' $KMEMLEAK)" \
	"$(grep -c 'leak_set' $KMEMLEAK)"
echo clear >$KMEMLEAK
rmmod gwsteer_faults
check "gwsteer_kunit.ko is loaded" insmod /gws/build/gwsteer_kunit.ko
suites=$(declared_suites)
check "the sources declare suites" [ -n "$suites" ]
for suite in $suites; do
	if [ -e "$DEBUGFS/$suite/results" ]; then
		results "$suite"
	else
		check "suite $suite has run" false
	fi
done
finish
