#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fails when what we add to a small keep-alive request, as a multiple of what
# nginx adds in the same boot, is more than 3 % above the ratio that the file
# "recorded" has, or above 0.44 whatever that has. Who makes the path cheaper, or dearer for a reason, records
# the new one and says so in the commit. TAP.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../build/guard
recorded=$(grep -v '^#' "$here/recorded")

"$here/bench.sh" -o "$out" -c keepalive-c32 -t gwsteer -t nginx | sed 's/^/# /'
ratio=$(jq '[.results[] | {(.target): .added}] | add |
	.gwsteer / .nginx * 1000 | round / 1000' "$out/result.json")
line="keepalive-c32: $ratio x nginx, recorded $recorded"
if awk -v now="$ratio" -v was="$recorded" '
	BEGIN { exit !(now > 0 && now <= was * 1.03 && now <= 0.44) }'; then
	echo "ok - $line"
else
	echo "not ok - $line"
	exit 1
fi
