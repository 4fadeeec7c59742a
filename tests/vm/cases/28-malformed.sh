#!/bin/bash
# SPDX-License-Identifier: MIT
# title: malformed requests are refused and reach no backend, odd ones in order
# kernels: 6.12
# timeout: 300
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

# results: those of $RUN/table as ours, "$1" behind their names
results()
{
	local line

	while IFS= read -r line; do
		case $line in
		ok*) check "${line#* - }$1" true ;;
		not*) check "${line#* - }$1" false ;;
		'# '*) note "${line#\# }" ;;
		esac
	done <$RUN/table
	check "all of the table was played$1" grep -q '^1\.\.[1-9]' $RUN/table
}

# table FILE: its rows as results of ours, whole and octet by octet
table()
{
	local how

	for how in "" --bytewise; do
		$CLIENT client -a $NODE4 -p $NODEPORT --timeout 5000 $how \
			--malformed "$1" >$RUN/table
		results "${how:+, by octet}"
	done
}

# received: octets that the backends got, and what of them may never be there
received()
{
	cat $RUN/{foo,bar}.raw
}

scene_start
for pod in foo bar; do
	serve_kill $pod
	serve $pod ${pod^^} -R $RUN/$pod.raw
done
before=$(backends_requests)
octets=$(received | wc -c)
responses=$(total responses_4xx)
table "${0%.sh}.table"
# Before served() asks the backends, which they would write down as well.
is "no octet of it reached a backend" $(($(received | wc -c) - octets)) 0
is "no backend saw any of it" $(($(backends_requests) - before)) 0
check "answers of ours are counted" [ $(($(total responses_4xx) - responses)) -ge 200 ]

before=$(backends_completed)
body=${0%.sh}-body.table
is "each row has what would be smuggled" "$(grep -v '^#' "$body" | grep -vc smuggled)" 0
table "$body"
is "no backend took a malformed body for whole" \
	$(($(backends_completed) - before)) 0
is "nothing was smuggled" "$(received | grep -ac smuggled)" 0
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
# All that the parsers can find wrong, except with what only responses have: the
# kernel's reasons without those that others than parsers give.
others=$(sed -n '/define GWS_REASON_LIST/,/^$/s/^\tX(\([a-z_]*\)).*/\1/p' \
	/gws/src/kmod/counters.h)
for name in $(cd "$SYSFS/reasons" && printf '%s\n' * |
	grep -vxF -e "$others" -e status_line) body_malformed; do
	check "reason $name is counted" [ "$(reason "$name")" -ge 1 ]
done

$CLIENT /gws/src/tests/tools/hostile.py send $NODE4 $NODEPORT \
	/gws/src/tests/vm/cases/28-forwarded.table >$RUN/table
results ""
is "no extension, trailer or later request went on" "$(received | grep -ac smuggled)" 0
check "the gateway answers" strict -n 20
answer $NODE4 $SPLIT /smuggled >/dev/null
check "what does reach a backend is seen" [ "$(received | grep -ac smuggled)" -ge 1 ]
finish
