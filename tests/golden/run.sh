#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Golden tests of the daemon's pipeline: <sentence>.in.yaml, with base.yaml
# beside it, must give <sentence>.ir.yaml and <sentence>.status.yaml; where
# there is a <sentence>.check.err, "gwctl check" of the two files must print
# <sentence>.check.{table,wide,json,yaml} too. TAP.
#
#   tests/golden/run.sh [CASE...]           compares
#   UPDATE=1 tests/golden/run.sh [CASE...]  writes what comes out; read the diff

set -u
cd "$(dirname "$0")" || exit 1
OUT=$PWD/../../build/golden
mkdir -p "$OUT"
if ! make -s OUT="$OUT" "$OUT/golden" gwctl >&2; then
	echo "1..0 # the driver does not build"
	exit 1
fi

cases=("${@%.in.yaml}")
if [ $# = 0 ]; then
	cases=()
	for file in *.in.yaml; do
		cases+=("${file%.in.yaml}")
	done
fi

# check CASE: what gwctl says to the two files in a directory, in each form; the
# problems are the same in all of them
check()
{
	local dir form status state=() args

	dir=$(mktemp -d)
	cp base.yaml "$dir/"
	cp "$1.in.yaml" "$dir/case.yaml"
	if [ -e "$1.nodeports.json" ]; then
		mkdir "$dir/state"
		cp "$1.nodeports.json" "$dir/state/nodeports.json"
		state=(--state-dir "$dir/state")
	fi
	args=("$dir" --host-ports "80,443"
		--node-address 192.0.2.10 --node-address 2001:db8::10
		--address-pool 198.51.100.0/28 ${state[@]+"${state[@]}"})
	for form in table wide json yaml; do
		status=0
		"$OUT/gwctl" check "${args[@]}" -o $form \
			>"$OUT/$1.check.$form" 2>"$OUT/$1.err" || status=$?
		echo "exit status $status" >>"$OUT/$1.err"
		[ $form = table ] || cmp "$OUT/$1.err" "$OUT/$1.check.err" ||
			verdict="not ok"
		mv "$OUT/$1.err" "$OUT/$1.check.err"
	done
	status=0
	"$OUT/gwctl" check "${args[@]}" --strict >/dev/null 2>&1 || status=$?
	echo "exit status $status with --strict" >>"$OUT/$1.check.err"
	rm -r "$dir"
}

# missing: what README.md names as the case of a rule and is not there
missing()
{
	local name

	awk -F'|' '/^\|/ { print $3 }' README.md | grep -o '`[^`]*`' |
		tr -d '`' | sort -u | while read -r name; do
		case $name in
		vm/*) name=../vm/cases/${name#vm/}.sh ;;
		unit/suite_*) name=../$name.h ;;
		unit/*) name=../$name.c ;;
		*) name=$name.in.yaml ;;
		esac
		[ -e "$name" ] || echo "# README.md names $name"
	done
}

# complaints: what is not right with the examples, which are to be copied from
complaints()
{
	local dir

	for dir in ../../examples ../../examples/*/; do
		"$OUT/gwctl" check "$dir" --strict --node-address 192.0.2.10 \
			2>&1 >/dev/null | sed "s,^,# ${dir#../../}: ,"
	done
}

# judge SENTENCE TEXT: passes when there is nothing to say
judge()
{
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
		return
	fi
	echo "$2"
	echo "not ok $number - $1"
	failed=$((failed + 1))
}

failed=0
number=0
echo "1..$((${#cases[@]} + 2))"
for case in "${cases[@]}"; do
	number=$((number + 1))
	verdict=ok
	"$OUT/golden" base.yaml "$case" "$OUT/$case" || verdict="not ok"
	parts=(ir.yaml status.yaml)
	if [ -e "$case.check.err" ]; then
		check "$case"
		parts+=(check.err check.table check.wide check.json check.yaml)
	fi
	for part in "${parts[@]}"; do
		if [ "${UPDATE:-0}" = 1 ]; then
			cp "$OUT/$case.$part" "$case.$part"
		else
			diff -u --label wanted --label got \
				"$case.$part" "$OUT/$case.$part" |
				sed 's/^/# /'
		fi
		cmp -s "$case.$part" "$OUT/$case.$part" || verdict="not ok"
	done
	echo "$verdict $number - ${case//-/ }"
	[ "$verdict" = ok ] || failed=$((failed + 1))
done
judge "cases that rules name are there" "$(missing)"
judge "examples are served without a word" "$(complaints)"
[ "$failed" = 0 ]
