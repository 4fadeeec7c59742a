# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Errors of userspace/ERRORS.md, compared word for word.  Sourced by a case
# after lib.sh.

PAGE=/gws/src/userspace/ERRORS.md

# row CODE COLUMN: of the table of errors; 4 text, 5 cause, 6 remedy
row()
{
	awk -F ' *[|] *' -v c="$1" -v n="$2" '$2 == c { print $n; exit }' $PAGE
}

# says CODE CMD...: it ends with the code and says the row's sentences
says()
{
	local code=$1 status=0 out n

	shift
	out=$(timeout 20 "$@" 2>&1 >/dev/null) || status=$?
	is "exit $code: $(row "$code" 4)" "$status" "$code"
	for n in 4 5 6; do
		[[ $out == *"$(row "$code" $n)"* ]] && continue
		check "exit $code: says \"$(row "$code" $n)\"" false
		note "$out"
	done
}
