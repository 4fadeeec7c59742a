#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What can be said of the sources without building them: each file names its
# licence, shell scripts pass shellcheck. TAP.
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

scripts()
{
	sources | while read -r file; do
		head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' && echo "$file"
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
# What a case sources lies elsewhere in the guest (SC1091).
report "shellcheck" "$(scripts | xargs -P "$(nproc)" -n 8 shellcheck -S warning \
	-e SC1091 -f gcc 2>&1)"
