#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What can be said of the sources with nothing but a shell: each file names its
# licence. TAP. tests/lint.sh has what needs tools.
set -u
cd "$(dirname "$0")/.." || exit 1

sources()
{
	find . \( -path ./.git -o -path ./build -o -path ./LICENSES \) -prune -o \
		-type f ! -name '.git' -printf '%P\n' | sort
}

# Files that REUSE.toml speaks for
annotated()
{
	[[ $1 = VERSION || $1 = tests/golden/*.ir.yaml ||
	   $1 = tests/golden/*.status.yaml || $1 = tests/golden/*.check.* ||
	   $1 = tests/golden/*.nodeports.json ||
	   $1 = tests/fuzz/seeds/* ]]
}

unlicensed()
{
	local file

	sources | while read -r file; do
		annotated "$file" || head -n 5 "$file" |
			grep -q SPDX-License-Identifier || echo "$file"
	done
}

# report NAME TEXT: passes when there is nothing to say
report()
{
	if [ -z "$2" ]; then
		echo "ok - style: $1"
	else
		echo "not ok - style: $1"
		sed 's/^/# /' <<<"$2"
	fi
}

report "every file has its SPDX line" "$(unlicensed)"
