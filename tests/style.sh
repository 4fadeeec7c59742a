#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What can be said of the sources with nothing but a shell: each file names its
# licence, the man page has every limit. TAP. tests/lint.sh has what needs tools.
set -u
cd "$(dirname "$0")/.." || exit 1

sources()
{
	find . \( -path ./.git -o -path ./build -o -path ./LICENSES -o \
		-name __pycache__ \) -prune -o \
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

# X(name, default, min, max) of the module, with all that on the man page?
undocumented()
{
	sed -n '/GWS_LIMIT_LIST(X)/,/^$/s/.*X(\([a-z_]*\), \([0-9]*\), \([0-9]*\), \([0-9]*\)).*/\1 \2 \3 \4/p' \
		kmod/counters.h | while read -r name value min max; do
		grep -qE "^\.BR $name \" \(${value}( [a-z/]+)?; $min to $max\)\"" \
			userspace/man/gwctl.8 ||
			echo "$name, default $value, $min to $max"
	done
}

# reasons that the module counts: NAME FLAG, of heads and bodies NAME STATUS DPE
module_reasons()
{
	sed -n '/GWS_REASON_LIST(X)/,/^$/s/.*X(\([a-z_]*\)).*/\1/p' \
		kmod/counters.h | while read -r name; do
		case $name in
		mirror_*) echo "$name mirrors" ;;
		*) echo "$name $(sed -n "s/.*{ \"$name\", \"\([A-Z]*\)\" }.*/\1/p" \
			userspace/lib/record.c)" ;;
		esac
	done
	sed -n '/GWS_HTTP_ERRORS(X)/,/^$/s/.*X(\([a-z_0-9]*\), \([0-9]*\)).*/\1 \2 DPE/p' \
		kmod/http_parse.h
}

# those of the man page; a status stays only where the code has one to compare
page_reasons()
{
	awk '/^\.SH/ { on = $2 == "REASONS" } on && /^\.PP/ { heads = 1 }
		on && /^\.BR [a-z_0-9]+ "/ {
			gsub(/[(),"]/, "")
			print $2, heads ? $3 " " $4 : $NF
		}' userspace/man/gwctl.8
}

# limits of the module: NAME MIN MAX
module_limits()
{
	sed -n '/GWS_LIMIT_LIST(X)/,/^$/s/.*X(\([a-z_]*\), [0-9]*, \([0-9]*\), \([0-9]*\)).*/\1 \2 \3/p' \
		kmod/counters.h | sort
}

# what of them the daemon has otherwise, has not, or has besides
ranges()
{
	sed -n '/limits\[\]/,/^}/s/.*{ "\([a-z_]*\)", \([0-9]*\), \([0-9]*\) }.*/\1 \2 \3/p' \
		userspace/gwsteerd/limit.c | diff - <(module_limits)
}

report "every file has its SPDX line" "$(unlicensed)"
report "gwctl(8) has every limit, its default and its range" "$(undocumented)"
report "gwctl(8) has every reason, its flag and what heads are answered" \
	"$(diff <(module_reasons | sort) <(page_reasons | sort))"
report "the daemon knows the module's limits and their ranges" "$(ranges)"
