#!/bin/bash
# SPDX-License-Identifier: MIT
# title: commits that would make a loop, large tables, dumps that are overtaken
# kernels: 6.12
# timeout: 300
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

RULES=16384
[ "$GWS_DEBUG" = no ] || RULES=2000
TOOL=/gws/src/tests/tools/program.py

# program.py's complaint
complaint()
{
	$TOOL "$@" 2>&1 | grep -o 'cluster [^\\]*'
}

# Commits without a pause
storm()
{
	while $TOOL keep nodeport@$NODEPORT rules=3; do
		:
	done
}

packets_start

# --- loops -------------------------------------------------------------------

LOOP="cluster 1: GWS_A_ENDPOINT 0: an address and port of listener 1"
check "an endpoint at an address that nobody claims" \
	$TOOL nodeport@$NODEPORT endpoint=$VIP4@80
is "a listener that claims it later" \
	"$(complaint keep nodeport@$NODEPORT address=$VIP4@80)" "$LOOP"
check "another port of that address" \
	$TOOL keep nodeport@$NODEPORT address=$VIP4@81
is "an endpoint at an address that is claimed" \
	"$(complaint nodeport@$NODEPORT address=$VIP4@81 endpoint=$VIP4@81)" \
	"$LOOP"
check "the listener goes, the endpoint comes" \
	$TOOL nodeport@$NODEPORT address=$VIP4@82 endpoint=$VIP4@81
is "IPv6" "$(complaint nodeport@$NODEPORT address=$VIP6@80 \
	endpoint=$VIP6@80)" "$LOOP"
check "what was refused changed nothing" program nodeport@$NODEPORT
is "it serves" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"

# --- a large table, and dumps of it ------------------------------------------

check "a table of $RULES rules" program nodeport@$NODEPORT rules=$RULES
is "its last rule serves" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"
is "a dump, and one with a commit in between" "$($TOOL overtake | xargs)" \
	"whole interrupted"
start=$SECONDS
check "it is replaced" program nodeport@$NODEPORT
note "in $((SECONDS - start)) s"
is "the new one serves" "$(ask client http://$NODE4:$NODEPORT/)" "FOO 200"
storm &
STORM=$!
for i in 1 2 3 4 5; do
	gwctl stats -o json >/dev/null 2>$RUN/stats.err || break
	gwctl get listeners -o json >/dev/null 2>>$RUN/stats.err || break
done
check "gwctl reads while commits go on" [ "$i" = 5 ] || note "$(cat $RUN/stats.err)"
kill $STORM
wait $STORM 2>/dev/null
check "the large one again" program nodeport@$NODEPORT rules=$RULES
check "it is replaced again" program nodeport@$NODEPORT
check "unloaded while that one is being freed" rmmod gwsteer
insmod /gws/build/gwsteer.ko
check "and once more" program nodeport@$NODEPORT rules=$RULES
check "unloaded with it" rmmod gwsteer
finish
