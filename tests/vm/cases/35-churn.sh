#!/bin/bash
# SPDX-License-Identifier: MIT
# title: edits, endpoint swaps and daemon kills under load, every answer counted
# kernels: 6.12
# cpus: 2
# timeout: 1200
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/churn.sh

# 1000 edits, 100 swaps and 50 kills under 50 000 requests, or a tenth of each
# (debug: 3000 requests).
if [ "$GWS_DEBUG" = yes ]; then
	rounds=50 wanted=3000 rate=10
elif [ "$GWS_ALL" = yes ]; then
	rounds=500 wanted=50000 rate=80
else
	rounds=50 wanted=5000 rate=80
fi

enough()
{
	[ "$(requests_since)" -ge $wanted ]
}

# routed N: the kernel would route what the round's other route matches
routed()
{
	[ "$(gwctl route test -o json "http://$SPLIT/other-$1" | jq -r .match)" = \
		"exact /other-$1" ]
}

scene_start
churn_scene
commits_before=$(total commits)
churn_begin $rate
i=0
until [ $i -ge $rounds ] && enough; do
	i=$((i + 1))
	churn_edit $i
	[ $((i % 10)) != 0 ] || {
		churn_kill
		check "the route of round $i is in force" wait_for 30 routed $i
	}
	[ $((i % 50)) != 0 ] ||
		note "round $i: $(requests_since) requests, $SECONDS s"
done
check "$(requests_since) requests beside the edits" enough
for figure in "edits $EDITS $((rounds * 2))" "swaps $SWAPS $((rounds / 5))" \
	"kills $KILLS $((rounds / 10))"; do
	read -r what is least <<<"$figure"
	check "$is $what" [ "$is" -ge "$least" ]
done
weights 33 66
check "the last edit is in force" wait_for 30 weights_are 33 66
commits=$(($(total commits) - commits_before))
# Each round, each swap, and what each new daemon finds.
check "edits were committed one by one ($commits commits)" \
	[ $commits -ge $((i + SWAPS + KILLS)) ]
churn_end
check "endpoints were swapped: $(logged foo2) answers of the other" \
	[ "$(logged foo2)" -ge 1 ]
churn_agree
finish
