# SPDX-License-Identifier: MIT
#
# Reads a kernel log (console or dmesg) and prints each report of a bug with
# what follows it and the test that was running.  Exit status 1 if there was
# one.  Counting starts at a mark in the log, so that what a slow boot says
# about itself does not count.
#
# Variables: start = the mark (default "gws-log: start")
#            lines = lines of context after a report (default 40)
#            must = a log without the mark counts as a report, too

BEGIN {
	if (lines == "")
		lines = 40
	if (start == "")
		start = "gws-log: start"
	bad = "BUG:|WARNING:|Oops|KASAN:|UBSAN:|ODEBUG:|refcount_t:" \
		"|cut here|general protection fault|Kernel panic" \
		"|unable to handle|double fault|stack-protector" \
		"|possible (circular|recursive|irq lock|deadlock)" \
		"|inconsistent lock state|suspicious RCU usage" \
		"|DEBUG_LOCKS_WARN|INFO: task .* blocked" \
		"|INFO: rcu.*(stall|self-detected)|INFO: trying to register" \
		"|soft lockup|hard LOCKUP|list_(add|del) corruption" \
		"|Bad page|sleeping function called|scheduling while atomic" \
		"|unregister_netdevice: waiting|unreferenced object" \
		"|ref_tracker:.*has|Objects remaining|still has locks held"
	test = "none yet"
}

index($0, start) {
	counting = 1
}

/gws-test: begin / {
	test = $0
	sub(/.*gws-test: begin /, "", test)
}

!counting || /gws-(log|test): / {
	next
}

$0 ~ bad {
	if (left <= 0)
		printf "--- kernel log, while running: %s\n", test
	left = lines + 1
	found = 1
}

left > 0 {
	print
	left--
}

END {
	if (!counting && must)
		printf "--- the kernel log has lost \"%s\"\n", start
	if (!counting)
		exit !!must
	exit found
}
