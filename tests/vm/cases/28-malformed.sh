#!/bin/bash
# SPDX-License-Identifier: MIT
# title: malformed requests are refused and reach no backend
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

backends_requests()
{
	echo $(($(served foo requests) + $(served bar requests)))
}

backends_completed()
{
	echo $(($(served foo completed) + $(served bar completed)))
}

# table FILE: its rows as results of ours
table()
{
	local line

	$CLIENT client -a $NODE4 -p $NODEPORT --timeout 5000 \
		--malformed "$1" >$RUN/table
	while IFS= read -r line; do
		case $line in
		ok*) check "${line#* - }" true ;;
		not*) check "${line#* - }" false ;;
		'# '*) note "${line#\# }" ;;
		esac
	done <$RUN/table
}

scene_start
before=$(backends_requests)
responses=$(total responses_4xx)
table "${0%.sh}.table"
is "no backend saw any of it" $(($(backends_requests) - before)) 0
check "answers of ours are counted" [ $(($(total responses_4xx) - responses)) -ge 40 ]

before=$(backends_completed)
table "${0%.sh}-body.table"
is "no backend took a malformed body for whole" \
	$(($(backends_completed) - before)) 0
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
for name in bare_lf obs_fold length_and_chunked host_missing header_name; do
	check "reason $name is counted" [ "$(reason $name)" -ge 1 ]
done
check "the gateway answers" strict -n 20
finish
