#!/bin/bash
# SPDX-License-Identifier: MIT
# title: a hostile or broken client of the netlink family
# kernels: 6.12 debug
# cpus: 2
# timeout: 450
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

FUZZ=/gws/src/tests/tools/nlfuzz.py

packets_start
is "what processes without privilege may do" "$($FUZZ denied)" \
	"nobody: none"$'\n'"userns: none"$'\n'"netns: none"
# And about as long alone.
seconds=20
[ "$GWS_ALL" = no ] || seconds=300
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
said=$($FUZZ $seconds "$seed" 2>&1)
status=$?
note "$said"
is "seed $seed: all were answered, a valid configuration always taken" $status 0
for kind in valid disorder mutated truncated batch command dump; do
	check "$kind: some were refused, others not" \
		grep -q "^$kind: .*E[A-Z]*=.* done=" <<<"$said"
done
check "some dumps were left unread" grep -q '^dump: .* left=' <<<"$said"
check "some transactions were committed" grep -q ' [1-9][0-9]* commits' <<<"$said"
for who in nobody userns netns; do
	check "$who: refused" grep -q "^$who: .*EPERM=[1-9]" <<<"$said"
done
check "some met another's transaction" grep -q '^valid: .*EBUSY=' <<<"$said"
check "the kernel has taken all that its header says can be said" \
	grep -qE '^taken: ([1-9][0-9]{2}) of \1$' <<<"$said"
check "programmed afterwards" program nodeport@$NODEPORT
is "and it serves" "$(ask client "http://$NODE4:$NODEPORT/")" "FOO 200"
check "the module can be unloaded" rmmod gwsteer
finish
