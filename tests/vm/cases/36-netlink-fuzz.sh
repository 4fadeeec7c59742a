#!/bin/bash
# SPDX-License-Identifier: MIT
# title: a hostile or broken client of the netlink family
# kernels:
# timeout: 180
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

FUZZ=/gws/src/tests/tools/nlfuzz.py

packets_start
is "what an unprivileged process and a user namespace's root may change" \
	"$($FUZZ denied)" "nobody: none"$'\n'"user namespace: none"
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
said=$($FUZZ 60 "$seed" 2>&1)
status=$?
note "$said"
is "seed $seed: every message was answered, a valid configuration always taken" \
	"$status" 0
for answer in EINVAL EBUSY ENOTCONN "done"; do
	check "some were answered $answer" grep -q " $answer=" <<<"$said"
done
check "programmed afterwards" program nodeport@$NODEPORT
is "and it serves" "$(ask client "http://$NODE4:$NODEPORT/")" "FOO 200"
check "the module can be unloaded" rmmod gwsteer
finish
