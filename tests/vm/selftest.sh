#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Tests the harness itself: that what must fail a run does fail it.  TAP.
#
# Usage: selftest.sh
set -u

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/gws-selftest.XXXXXX")
# In the project, since only that is visible in the guest.
cases=$PROJECT/build/selftest
trap 'rm -rf "$work" "$cases"' EXIT
count=0
failed=0

# is NAME GOT WANT
is()
{
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		echo "# got:    $2"
		echo "# wanted: $3"
		failed=$((failed + 1))
	fi
}

# judged LINE: exit status of the detector for a log with that line
judged()
{
	printf '[ 1.0] %s\n' 'BUG: at boot' 'gws-log: start' \
		'gws-test: begin echo BUG: in a name' "$1" |
		awk -f "$VM_DIR/splat.awk" >"$work/judged"
	echo $?
}

detector()
{
	local line

	while IFS= read -r line; do
		is "a report: $line" "$(judged "$line")" 1
	done <<-'END'
	BUG: KASAN: slab-use-after-free in tcp_recvmsg+0x1/0x2
	BUG: kernel NULL pointer dereference, address: 0000000000000008
	BUG: sleeping function called from invalid context at mm/slab.h:1
	WARNING: CPU: 0 PID: 1 at net/core/sock.c:1 sk_free+0x1/0x2
	WARNING: possible circular locking dependency detected
	WARNING: suspicious RCU usage
	Oops: Oops: 0000 [#1] PREEMPT SMP KASAN
	UBSAN: shift-out-of-bounds in foo.c:1:2
	INFO: task worker/0:1 blocked for more than 120 seconds.
	rcu: INFO: rcu_preempt self-detected stall on CPU
	refcount_t: underflow; use-after-free.
	unregister_netdevice: waiting for lo to become free. Usage count = 2
	unreferenced object 0xffff888012345678 (size 192):
	ODEBUG: free active (active state 0) object: 0 object type: timer_list
	Kernel panic - not syncing: Fatal exception
	list_del corruption. prev->next should be 0, but was 1
	END
	while IFS= read -r line; do
		is "no report: $line" "$(judged "$line")" 0
	done <<-'END'
	gwsteer: loading out-of-tree module taints kernel.
	TCP: request_sock_TCP: Possible SYN flooding on port 80.
	gws-test: end echo BUG: in a name status 0
	IPv6: ADDRCONF(NETDEV_CHANGE): veth0: link becomes ready
	END
}

# blamed LINE...: is a log with these the emulator's fault?
blamed()
{
	printf '[ 1.0] %s\n' 'gws-log: start' 'gws-test: begin x' "$@" >"$work/log"
	emulator_failed "$work/log" "gws-test: begin x" && echo yes || echo no
}

emulator()
{
	local trap='Oops: int3: 0000 [#1] SMP' rip='RIP: 0010:'

	is "a trap in the kernel is the emulator's" \
		"$(blamed "$trap" "${rip}tcp_ack.part.0+0x1/0x2")" yes
	is "one in the module is not" \
		"$(blamed "$trap" "${rip}gws_conn_run+0x1/0x2 [gwsteer]")" no
	is "nor where a module was" \
		"$(blamed "$trap" "${rip}0xffffffffc0123456")" no
	is "nor what comes after a report" "$(blamed 'WARNING: CPU: 0 PID: 1' \
		"$trap" "${rip}tcp_ack+0x1/0x2")" no
	is "nor any other" "$(blamed 'Oops: Oops: 0000' "${rip}tcp_ack+0x1/0x2")" no
}

# case_file NAME: a case from stdin
case_file()
{
	{
		printf '# SPDX-License-Identifier: MIT\n# kernels: 6.12\n'
		printf '# timeout: 5\n. /gws/src/tests/vm/lib.sh\n'
		cat
	} >"$cases/$1.sh"
}

write_cases()
{
	mkdir -p "$cases"
	case_file 1-good <<-'END'
	ip netns add left; ip -n left link add v0 type dummy
	sysctl -qw net.ipv4.tcp_syncookies=2
	sleep 1000 & check "passes" true; skip "not now" "no reason"; finish
	END
	case_file 2-fails <<-'END'
	check "nothing is left of the case before" [ -z "$(ip netns)" ]
	check "nor its processes" sh -c '! pgrep -x sleep'
	is "nor its settings" "$(sysctl -n net.ipv4.tcp_syncookies)" 1
	is "fails" 1 2; finish
	END
	case_file 3-stops <<-'END'
	check "passes" true; exit 0
	END
	case_file 4-slow <<-'END'
	sleep 1000; finish
	END
	case_file 5-splat <<-'END'
	echo "BUG: KASAN: made up" >/dev/kmsg; check "passes" true; finish
	END
	case_file 5-tail <<-'END'
	(
		echo $BASHPID >/sys/fs/cgroup/cgroup.procs
		until dmesg | grep -q 'gws-test: end 5-tail'; do sleep 0.01; done
		sleep 0.2
		echo "BUG: KASAN: made up" >/dev/kmsg
	) >/dev/null 2>&1 &
	check "passes" true; finish
	END
	case_file 6-empty <<-'END'
	finish
	END
	case_file 7-crash <<-'END'
	echo 1 >/proc/sys/kernel/sysrq; sync; echo c >/proc/sysrq-trigger
	END
	case_file 7-fault <<-'END'
	if [ -e /gws/out/once ]; then check "the second time" true; finish; fi
	touch /gws/out/once; sync
	printf 'Oops: int3: 0000\nRIP: 0010:made_up+0x1/0x2\n' >/dev/kmsg
	echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger
	END
	case_file 8-after <<-'END'
	check "another VM goes on" true; finish
	END
}

# result LINE: how often that line is in the output of the cases
result()
{
	grep -cxF -- "$1" "$work/out"
}

runner()
{
	local status=0 line

	GWS_CASES_DIR=$cases "$VM_DIR/run-tests.sh" -n >"$work/out" \
		2>"$work/err" || status=$?
	is "cases that fail fail the run" $status 1
	while IFS= read -r line; do
		# a skip in a name would count as one
		is "has: ${line/\# SKIP/(SKIP)}" "$(result "$line")" 1
	done <<-'END'
	ok - 1-good: passes
	ok - 1-good: not now # SKIP no reason
	ok - 1-good: no report in the kernel log
	ok - 2-fails: nothing is left of the case before
	ok - 2-fails: nor its processes
	ok - 2-fails: nor its settings
	not ok - 2-fails: fails
	not ok - 3-stops: ended before its last line, with status 0
	not ok - 4-slow: ended after its time limit of 5 s
	ok - 5-splat: passes
	not ok - 5-splat: no report in the kernel log
	not ok - 6-empty: it has no result
	not ok - 7-crash: the VM ended with status 125
	ok - 7-fault: the second time
	# the emulator failed (int3 in the kernel itself): 7-fault once more, fault 1
	ok - 8-after: another VM goes on
	END
	grep -qE '^not ok - (5-tail|6-empty): no report' "$work/out"
	is "a report between two cases is seen: grep's status" $? 0
	is "plan" "$(result "1..$(grep -cE '^(not )?ok ' "$work/out")")" 1
	[ $failed = 0 ] || sed 's/^/# /' "$work/out" "$work/err"
}

# Which of the two VMs runs a case is open; that each runs once is not.
several()
{
	local status=0 line

	GWS_CASES_DIR=$cases "$VM_DIR/run-tests.sh" -n -j 2 1-good 8-after \
		>"$work/out" 2>"$work/err" || status=$?
	is "two VMs at a time: status" $status 0
	is "two VMs at a time: each case once" \
		"$(grep -c 'no report in the kernel log$' "$work/out")" 2
	is "two VMs at a time: plan" \
		"$(result "1..$(grep -cE '^(not )?ok ' "$work/out")")" 1
	is "two VMs at a time: both judged" \
		"$(result "ok - kernel log after all cases")" 2
	[ $failed = 0 ] || sed 's/^/# /' "$work/out" "$work/err"
}

single()
{
	local status=0

	"$VM_DIR/vm.sh" run -e 'echo out; exit 7' >"$work/out" 2>&1 || status=$?
	is "exit status comes back" $status 7
	is "output comes back" "$(cat "$work/out")" out
	status=0
	"$VM_DIR/vm.sh" run -e 'echo "BUG: KASAN: made up" >/dev/kmsg' \
		>"$work/out" 2>&1 || status=$?
	is "a report in the kernel log fails the run" $status 126
}

# Typed once the prompt is there: what comes before it may be lost.
shell()
{
	local status=0 pid until=$((SECONDS + 120))

	mkfifo "$work/typed"
	: >"$work/out"
	timeout -k 5 240 "$VM_DIR/vm.sh" shell <"$work/typed" >"$work/out" 2>&1 &
	pid=$!
	exec 3>"$work/typed"
	until grep -q 'gwsteer-vm' "$work/out" || [ $SECONDS -ge $until ]; do
		sleep 0.2
	done
	# shellcheck disable=SC2016 # the guest's shell expands it
	printf 'echo "is $((6 * 7))"; exit\n' >&3
	wait $pid || status=$?
	exec 3>&-
	is "a shell that is left ends with 0" $status 0
	is "it did what was typed" \
		"$(tr -d '\r' <"$work/out" | grep -c 'is 42$')" 1
}

detector
emulator
write_cases
# The first VM on a machine says whether KVM works; that is asked here.
"$VM_DIR/vm.sh" kvm >"$work/out" 2>&1
mkdir "$work/runner"
(
	work=$work/runner failed=0
	runner
	[ $failed = 0 ]
) >"$work/results" &
aside=$!
single
shell
several
wait $aside || failed=$((failed + 1))
cat "$work/results"
count=$((count + $(grep -cE '^(not )?ok ' "$work/results")))
echo "1..$count"
[ $failed = 0 ]
