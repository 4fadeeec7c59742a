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

# expect PATTERN: of the last output
expect()
{
	grep -qE -- "$1" <<<"$OUTPUT" && return
	printf '\nNOT THE EXPECTED ANSWER: wanted %s\n' "$1" >&2
	exit 1
}

# twenty ADDRESS: twenty calls, counted as in the story
twenty()
{
	run "for i in \$(seq 20); do curl -s -H '$H_SPLIT' http://$1:$NODEPORT/; done | sort | uniq -c"
	expect '^ *4 BAR$'
	expect '^ *16 FOO$'
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
twenty $NODE4
twenty 127.0.0.1
twenty '[::1]'

say "A rule on a header: X-Canary: true goes to bar."
put canary.yaml <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: canary, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [$SPLIT]
  rules:
    - matches: [{headers: [{name: X-Canary, value: "true"}]}]
      backendRefs: [{name: bar, port: 80}]
END
wait_for 5 sh -c "curl -s -H '$H_SPLIT' -H 'X-Canary: true' http://$NODE4:$NODEPORT/ | grep -q BAR"
for _ in 1 2 3; do
	run "curl -s -H '$H_SPLIT' -H 'X-Canary: true' http://$NODE4:$NODEPORT/"
	expect '^BAR$'
done

say "Canary: the weights are edited 20 times while a client calls; no request is lost."
ip netns exec client client -a $NODE4 -p $NODEPORT --host $SPLIT \
	-c 4 -d 6 >$RUN/edit.out 2>&1 &
client=$!
for i in $(seq 20); do
	weights $((80 - 3 * i)) $((20 + 3 * i))
	sleep 0.25
done
wait $client || { cat $RUN/edit.out; exit 1; }
run "cat $RUN/edit.out"
expect 'failed=0'
weights 80 20

say "Where to verify the split: in the kernel's counters."
run "grep -r . $SPLIT_SYSFS/backends/*/{name,weight,requests}"
expect '/0/name:.*foo'
run "gwctl stats"
expect 'split'

if [ "${KEEP:-}" = 1 ]; then
	say "Kept running."
	exit 0
fi

say "The namespace goes: the NodePort closes, the counters go."
rm $MANIFESTS/gateway.yaml $MANIFESTS/routes.yaml $MANIFESTS/canary.yaml
wait_for 5 sh -c "! curl -s http://$NODE4:$NODEPORT/"
run "curl -s -S http://$NODE4:$NODEPORT/"
expect "onnect"
run "ls /sys/kernel/gwsteer/gateways"
daemon_stop
run "rmmod gwsteer && echo unloaded"
expect unloaded
