#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The story, told in the guest: each command as one would type it, then what it
# really printed. An answer that is not the expected one ends it with status 1.
# What runs where: tests/vm/scene.sh.

. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
# This is no case: it ends by its own exits, without a plan.
trap - EXIT

H_APPS="Host: $APPS"
H_SPLIT="Host: $SPLIT"

say()
{
	printf '\n# %s\n' "$*"
}

# run COMMAND: prints it and its output, which is kept in $OUTPUT
run()
{
	printf '$ %s\n' "$1"
	OUTPUT=$(bash -c "$1" 2>&1) || true
	printf '%s\n' "$OUTPUT"
}

unexpected()
{
	printf '\nNOT THE EXPECTED ANSWER: wanted %s\n' "$1" >&2
	exit 1
}

# expect PATTERN: of a line of the last output
expect()
{
	grep -qE -- "$1" <<<"$OUTPUT" || unexpected "$1"
}

# twenty ADDRESS: twenty calls, counted as in the story
twenty()
{
	run "for i in \$(seq 20); do curl -s -H '$H_SPLIT' http://$1:$NODEPORT/; done | sort | uniq -c"
	expect '^ *4 BAR$'
	expect '^ *16 FOO$'
}

# counted WANTED: requests of foo and bar, by sysfs and by gwctl
counted()
{
	run "cat $SPLIT_SYSFS/backends/{0,1}/requests | xargs"
	expect "^$1\$"
	run "gwctl stats split -o json | jq -c '[.backends[].requests]'"
	expect "^\\[${1/ /,}\\]\$"
}

say "Two Services, foo and bar; their pods answer FOO and BAR. The manifests:"
scene_start idle
run "ls $MANIFESTS"

say "Enable: load the module, start the daemon. Nothing is restarted."
run "insmod /gws/build/gwsteer.ko && echo loaded"
expect loaded
daemon_start
wait_for 90 serving || { tail -n 20 $RUN/gwsteerd.log; exit 1; }
run "gwctl get gatewayclasses"
expect 'gwsteer .*True'

say "The Gateway has an address, without a load balancer."
run "gwctl get gateways -A"
expect 'web-gw.*True'

say "Its Service has a NodePort, $NODEPORT."
run "gwctl get gateways -o wide"
expect "web-gw .* $NODEPORT( |\$)"

say "Two paths, two backends, and 404 for the rest."
for ip in $NODE4 127.0.0.1 '[::1]'; do
	run "curl -s -g -H '$H_APPS' http://$ip:$NODEPORT/foo"
	expect '^FOO$'
	run "curl -s -g -H '$H_APPS' http://$ip:$NODEPORT/bar"
	expect '^BAR$'
	run "curl -s -g -o /dev/null -w '%{http_code}\n' -H '$H_APPS' http://$ip:$NODEPORT/baz"
	expect '^404$'
done

say "The same from another host."
run "ip netns exec client curl -s -H '$H_APPS' http://$NODE4:$NODEPORT/foo"
expect '^FOO$'

say "80/20, counted: the same every time, wherever one looks from."
before=$(split_requests)
twenty $NODE4
twenty 127.0.0.1
twenty '[::1]'

say "Where to verify the split: the kernel counted 3 x 16 and 3 x 4 more, and gwctl says so too."
echo "(before: $before)"
counted "$(awk '{ print $1 + 48, $2 + 12 }' <<<"$before")"

say "A rule on a header, in a third route, canary: X-Canary: true goes to bar."
canary_route
wait_for 5 sh -c "curl -s -H '$H_SPLIT' -H 'X-Canary: true' http://$NODE4:$NODEPORT/ | grep -q BAR"
for _ in 1 2 3; do
	run "curl -s -H '$H_SPLIT' -H 'X-Canary: true' http://$NODE4:$NODEPORT/"
	expect '^BAR$'
done

say "Canary: the weights are edited 20 times while a client calls; no request is lost."
ip netns exec client client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-c 4 -d 120 --rate 200 >$RUN/edit.out 2>&1 &
client=$!
for i in $(seq 20); do
	weights $((80 - 3 * i)) $((20 + 3 * i))
	sleep 0.25
done
wait_for 30 weights_are 20 80 || unexpected "weights 20 and 80 in sysfs"
kill $client
wait $client || { cat $RUN/edit.out; exit 1; }
run "cat $RUN/edit.out"
expect 'failed=0'
weights 80 20
wait_for 30 weights_are 80 20 || unexpected "weights 80 and 20 again"

say "All counters of the split, of all weights that it had, and what gwctl makes of them."
run "grep -r . $SPLIT_SYSFS/backends/*/{name,weight,requests}"
for i in 0 1; do
	expect "/$i/name:gw-demo/$([ $i = 0 ] && echo foo || echo bar):80\$"
	expect "/$i/weight:$([ $i = 0 ] && echo 80 || echo 20)\$"
done
run "gwctl stats"
expect 'split .*/foo:80 +80 +80\.0% '
expect 'split .*/bar:80 +20 +20\.0% '
counted "$(split_requests)"

if [ "${KEEP:-}" = 1 ]; then
	say "Kept running."
	exit 0
fi

say "The namespace goes, with all that is in it: the NodePort closes, the counters go."
run "rm $MANIFESTS/*.yaml && ls -A $MANIFESTS | wc -l"
expect '^0$'
wait_for 5 sh -c "! curl -s http://$NODE4:$NODEPORT/"
run "curl -s -S http://$NODE4:$NODEPORT/"
expect 'Failed to connect|Could not connect'
wait_for 5 test ! -e $SYSFS/gateways/gw-demo
run "ls -A $SYSFS/gateways"
[ -z "$OUTPUT" ] || unexpected "an empty list"
run "gwctl get gateways -A -o json | jq -c ."
expect '^\[\]$'
daemon_stop
run "rmmod gwsteer && echo unloaded"
expect '^unloaded$'
