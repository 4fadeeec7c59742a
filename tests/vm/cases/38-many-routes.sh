#!/bin/bash
# SPDX-License-Identifier: MIT
# title: 5000 routes take at most 20 MiB of the kernel's memory, sysfs apart
# kernels: 6.12
# never: debug debug-6.1 (what debugging keeps beside each object is as much again)
# timeout: 180
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

BENCH=/gws/src/tests/bench
ASKED=http://big.example.com/app/s0637/list

# rule_of URL: route and backends that a request there would get
rule_of()
{
	"${at[@]}" gwctl route test -o json "$1" |
		jq -r '"\(.route) \(.backends | map(.name) | join(" "))"'
}

synced()
{
	"${at[@]}" gwctl status --wait 90 >$RUN/status
}

# program WHERE: sets kernel to the kB that 5000 routes take there
program()
{
	local before daemon pid started=$SECONDS

	before=$(memory_now)
	"${at[@]}" gwsteerd --manifests $MANIFESTS >>$RUN/gwsteerd.log 2>&1 &
	pid=$!
	check "$1: programmed" synced ||
		note "$(<$RUN/status)"
	note "$1: after $((SECONDS - started)) s"
	is "$1: the last host's route" "$(rule_of $ASKED)" \
		"bench/big-app-s0637 bench/foo:80 bench/bar:80"
	is "$1: another's" "$(rule_of http://h123.example.com/app/s7/x)" \
		"bench/h123-app-s7 bench/bar:80"
	daemon=$(awk '$1 ~ /^(RssAnon|VmHWM):/ { print $2 }' /proc/$pid/status |
		sort -n | xargs)
	# What the daemon has of the kernel's memory is not the routes'.
	kill $pid
	wait $pid
	sleep 1
	kernel=$(($(memory_now) - before))
	note "$1: 5000 routes take $kernel kB in the kernel;" \
		"daemon: $daemon kB (now, and at most)"
}

mkdir -p $RUN $MANIFESTS
host apart
for on in "-n apart" ""; do
	# shellcheck disable=SC2086 # words are meant
	ip $on -batch - <<-END
	link set lo up
	link add dummy0 type dummy
	addr add 10.99.0.10/24 dev dummy0
	link set dummy0 up
	END
done
$BENCH/routes.py $MANIFESTS gwsteer.yaml
sed 's/@NAME@/routes-5000/; s/@PORT@/30080/' $BENCH/gateway.yaml | put gateway.yaml
put backends.yaml <$BENCH/backends.yaml
insmod /gws/build/gwsteer.ko

# sysfs shows the initial namespace only.
at=(nsenter --net=/run/netns/apart)
program "without sysfs"
check "at most 20 MiB ($kernel kB)" [ "$kernel" -le 20480 ]
check "and not next to nothing: it was measured" [ "$kernel" -ge 2048 ]
ip netns del apart
# So that all of it is gone before the next measurement.
check "unloaded" rmmod gwsteer
insmod /gws/build/gwsteer.ko
at=(env)
program "with sysfs"
check "unloaded again" rmmod gwsteer
finish
