#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Where the instructions go: by function, what a request of a case costs more
# through a target than directly. One boot under QEMU with plugin.c, which
# counts what is executed.
#
# Usage: profile.sh [-c CASE] [-t TARGET] [-n FUNCTIONS]
#   defaults: keepalive-c32 gwsteer 60; cases and targets as in bench.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
out=$project/build/bench/profile
kernel=6.12 case=keepalive-c32 target=gwsteer top=60

while getopts c:t:n: opt; do
	case $opt in
	c) case=$OPTARG ;;
	t) target=$OPTARG ;;
	n) top=$OPTARG ;;
	*) sed -n '/^# Usage/,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
		exit 2 ;;
	esac
done

mkdir -p "$out"
rm -rf "${out:?}"/*
"$project/tests/vm/build.sh" "$kernel"
gcc -Wall -Wextra -Werror -O2 -shared -fPIC -o "$out/libplugin.so" "$here/plugin.c"
gcc -Wall -Wextra -Werror -O2 -static -o "$project/build/vm/$kernel/mark" \
	"$here/mark.c"
case $case in
routes-5000)
	mkdir -p "$project/build/vm/$kernel/bench/routes-5000"
	"$here/routes.py" "$project/build/vm/$kernel/bench/routes-5000"
	;;
esac
"$project/tests/vm/vm.sh" run --icount -k "$kernel" -o "$out/vm" \
	--timeout 1800 -E "CASES=$case" -E "TARGETS=direct $target" \
	-E BENCH_SECONDS=1 -E PROFILE=1 \
	-q -plugin -q "$out/libplugin.so,prefix=$out/counts" "$here/guest.sh"
mv "$out/vm/out/cells" "$out/vm/out/kallsyms" "$out/"
"$here/profile.py" "$out" "$top"
