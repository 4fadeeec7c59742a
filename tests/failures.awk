# SPDX-License-Identifier: MIT
#
# Prints each "not ok" of some logs with the comments that follow it, up to
# seven, until the next result.  The lines of VMs that ran at a time are mixed,
# so where a result names a case ("not ok - CASE: ...") only those of the same
# case count.

# subject(LINE): the case that it names, or nothing
function subject(line)
{
	sub(/^(not ok|ok|#)( [0-9]+)?( - | )/, "", line)
	return match(line, /^[0-9][^ :]*:/) ? substr(line, 1, RLENGTH) : ""
}

FNR == 1 {
	left = 0
}

/^not ok/ {
	of = subject($0)
	left = 8
}

left > 0 && (of == "" || subject($0) == of) {
	if (/^ok/) {
		left = 0
		next
	}
	print "# failed: " $0
	left--
}
