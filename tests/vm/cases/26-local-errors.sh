#!/bin/bash
# SPDX-License-Identifier: MIT
# title: connects that fail on the node itself are nobody else's fault
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# no_blame NAME: foo's endpoint is in use and has no error
no_blame()
{
	is "$1: the endpoint is not set aside" \
		"$(gwctl get endpoints -A | grep -c SetAside)" 0
	is "$1: nor has it an error" \
		"$(gwctl get endpoints -A -o json | jq -c '[.. | .errors? // empty] | add')" 0
}

scene_start
limit set_aside 60000
limit upstream_idle_timeout 500
unpark
note "$(gwctl get endpoints -A -o wide)"

# As many concurrent requests as ports, and more.
check "no idle connections" wait_for 40 all_closed
ports=$(cat /proc/sys/net/ipv4/ip_local_port_range)
sysctl -qw net.ipv4.ip_local_port_range="20000 20007"
strict -n 40 -c 40 --host $APPS --path /foo/delay/1000 --also 503
check "ports used up: some are served" [ "$(field ok "$LINE")" -ge 4 ]
check "the others get 503" [ "$(field also "$LINE")" -ge 30 ]
is "none fails otherwise" "$(field failed "$LINE")" 0
is "counted as no_port" "$(reason no_port)" "$(field also "$LINE")"
no_blame "ports used up"
sysctl -qw net.ipv4.ip_local_port_range="$ports"
good "ports are back: at once all is well" -n 50 -c 10 --host $APPS --path /foo

check "no idle connections" wait_for 40 all_closed
/gws/src/tests/tools/bpf.py deny 8080 >$RUN/deny 2>&1 &
deny=$!
if wait_for 10 grep -q ready $RUN/deny; then
	good "connect forbidden by BPF: 503" -n 5 --host $APPS --path /foo \
		--status 503
	is "counted as connect_denied" "$(reason connect_denied)" 5
	no_blame "connect forbidden"
	kill $deny
	wait $deny || true
	good "allowed again: at once all is well" -n 20 --host $APPS --path /foo
else
	skip "connect forbidden by BPF" "$(tail -n 1 $RUN/deny)"
fi
finish
