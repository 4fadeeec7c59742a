#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Instructions per request of gwsteer beside other proxies, in one boot of one
# VM whose clock counts instructions.  Prints a table and writes
# build/bench/result.json, or DIR/result.json.
#
# Usage: bench.sh [-k KERNEL] [-s SECONDS] [-o DIR] [-c CASE]... [-t TARGET]...
#   cases    keepalive-c32 keepalive-c1 response-64k connection-close
#            (keepalive-varied is run when it is named)
#   targets  direct gwsteer nginx haproxy envoy      (direct is always measured)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
out=$project/build/bench
cases='' targets='' kernel=6.12 seconds=1

usage()
{
	sed -n '/^# Usage/,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
	exit 2
}

while getopts k:s:c:t:o: opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	s) seconds=$OPTARG ;;
	c) cases="$cases $OPTARG" ;;
	t) targets="$targets $OPTARG" ;;
	o) out=$OPTARG ;;
	*) usage ;;
	esac
done
[ $OPTIND -gt $# ] || usage
cases=${cases:-keepalive-c32 keepalive-c1 response-64k connection-close}
targets=${targets:-gwsteer nginx haproxy envoy}
case " $targets " in *" direct "*) ;; *) targets="direct $targets" ;; esac

# result.json out of the cells
results()
{
	jq -Rn '
	[inputs | split(" ") | {case: .[0], target: .[1],
		insn_per_req: (1e9 / (.[2] | tonumber) | round),
		segs_per_req: (.[3] | tonumber)}] as $cells |
	{results: [$cells[] | . as $c |
		($cells[] | select(.case == $c.case and .target == "direct"))
			as $direct |
		{case, target, insn_per_req,
		 added: (.insn_per_req - $direct.insn_per_req),
		 segs_per_req}]}' "$1"
}

table()
{
	jq -r '
	def ratio($all; $to): .added as $mine | .case as $case |
		[$all[] | select(.case == $case and .target == $to) | .added] |
		if length == 0 or .[0] <= 0 then "-"
		else ($mine / .[0] * 1000 | round) / 1000 end;
	.results as $all |
	["case", "target", "insn/req", "added", "x nginx", "x haproxy",
		"x envoy", "segs/req"],
	(.results[] |
	[.case, .target, .insn_per_req,
		if .target == "direct" then "-", "-", "-", "-"
		else .added, ratio($all; "nginx", "haproxy", "envoy") end,
		.segs_per_req]) | @tsv' "$1" |
		column -t -s "$(printf '\t')"
}

mkdir -p "$out"
"$project/tests/vm/build.sh" "$kernel"
case $targets in
*envoy*)
	envoy=$("$here/envoy.sh")
	cp -u "$envoy" "$project/build/vm/$kernel/envoy"
	;;
esac
"$project/tests/vm/vm.sh" run --icount -k "$kernel" -o "$out/vm" \
	--timeout 1800 -E "CASES=$cases" -E "TARGETS=$targets" \
	-E "BENCH_SECONDS=$seconds" "$here/guest.sh"
results "$out/vm/out/cells" >"$out/result.json"
table "$out/result.json"
