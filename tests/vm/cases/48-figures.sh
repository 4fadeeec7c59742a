#!/bin/bash
# SPDX-License-Identifier: MIT
# title: connections, rates and errors, as gwctl shows them
# kernels: 6.12
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# conns FILTER: of the rows of connections
conns()
{
	gwctl get connections -o json | jq -c "$1"
}

conns_are()
{
	[ "$(conns length)" = "$1" ]
}

# stat FILTER: of the backends of the split
stat()
{
	gwctl stats split -o json | jq -c "$1"
}

conns_in()
{
	[ "$(conns "map(select(.state == \"$1\")) | length")" = "$2" ]
}

scene_start
check "no connection to begin with" wait_for 10 conns_are 0

# --- connections ---
strict -n 21 -c 7 --hold 8000 >/dev/null &
held=$!
strict -n 1 --path /delay/4000 >/dev/null &
late=$!
check "idle ones are seen" wait_for 5 conns_in Idle 7
check "one in an exchange, too" wait_for 5 conns_in Exchange 1
is "what it does" "$(conns '.[] | select(.state == "Exchange") | [.route, .rule,
	.gateway, .listener, .requests, .destination, (.upstream |
	startswith("10.1.0.")), (.name | startswith("192.0.2.2:")),
	.ageMs < 4500]')" \
	"[\"gw-demo/split\",\"0\",\"gw-demo/web-gw\",\"http\",1,\"$NODE4:$NODEPORT\",true,true,true]"
is "idle ones have no route, but a past" "$(conns 'map(select(.state == "Idle")) |
	[(map(.route) | unique), (map(.requests) | add), (map(.bytesTx > 100 and
	.bytesRx > 50) | all)]')" '[[null],21,true]'
check "as a table" [ "$(gwctl get connections | head -n 1 | tr -s ' ')" = \
	"CLIENT DESTINATION STATE AGE REQUESTS RX TX ROUTE UPSTREAM" ]
wait $held $late

number=700
[ "$GWS_DEBUG" = no ] || number=300
strict -n $number -c $number --hold 6000 >/dev/null &
held=$!
check "more than one message, more than one turn" wait_for 10 conns_are $number
load_start close -c 8 --close
dumps=0
for _ in $(seq 15); do
	all=$(conns '[length, (map(.name) | unique | length)]')
	[[ $all = "["*","* ]] && [ "$(jq '.[0] == .[1]' <<<"$all")" = true ] &&
		dumps=$((dumps + 1))
done
is "while others come and go: none is told twice" $dumps 15
check "the load was served" load_stop
wait $held

# --- errors by what went wrong ---
service foo
service bar 3 9		# there is no 10.1.0.9
gone()
{
	strict -n 5 --also 503,502,504 >/dev/null; [ "$(field also "$LINE")" = 4 ]
}
wait_for 10 gone
before=$(stat '[.backends[] | .errors] | add')
was=$(stat '.backends[0].errorsBy.no_endpoint')
strict -n 10 --also 503 >/dev/null
is "errors of the backend without endpoints" \
	"$(($(stat '.backends[0].errorsBy.no_endpoint') - was))" 8
check "errors are the sum of what they are by" [ "$(stat '.backends + .rules |
	map(.errors == ([.errorsBy[]] | add // 0)) | all')" = true ]
check "there are more than before" [ "$(stat '[.backends[] | .errors] | add')" -gt "$before" ]
check "the table says it" grep -q "no_endpoint=" <<<"$(gwctl stats split)"
service foo 2
service bar 3
wait_for 10 eval 'strict -n 5 >/dev/null'

# --- top ---
load_start keep -c 2 --rate 100
sleep 1
top=$(gwctl top split --interval 3 --count 1 -o json)
note "$(gwctl top split --interval 1 --count 1)"
rates=$(gwctl stats split --rate --interval 5 -o json)
note "$(gwctl stats split --rate --interval 1)"
status=$(gwctl status --rate --interval 5 -o json)
load_stop
rate=$(jq '[.[].rate] | add' <<<"$top")
note "rate $rate, $(jq -c "[.backends[].rate]" <<<"$rates")"
check "the rate is what the client sends" \
	[ "$(jq '[.[].rate] | add | . > 60 and . < 130' <<<"$top")" = true ]
check "the share is that of this moment" \
	[ "$(jq -r '.[0].observed' <<<"$top" | cut -d. -f1)" -ge 79 ]
check "latency too" [ "$(jq 'map(.p50 and .p99) | all' <<<"$top")" = true ]
is "no errors any more" "$(jq '[.[].errors] | add' <<<"$top")" 0

# --- the same by stats and status ---
check "stats --rate says the rate" [ "$(jq '[.backends[].rate] | add |
	. > 60 and . < 130' <<<"$rates")" = true ]
check "of rules, too" [ "$(jq '.rules[0].rate | . > 60 and . < 130' \
	<<<"$rates")" = true ]
check "it counts what came in that time" [ "$(jq '([.backends[].requests] | add) /
	.seconds - ([.backends[].rate] | add) | fabs < 0.1' <<<"$rates")" = true ]
is "and nothing of before" "$(jq -c '[(.reasons | map(select(.reason ==
	"no_endpoint")) | length), .totals]' <<<"$rates")" '[0,null]'
check "status --rate, of the whole node" [ "$(jq '.traffic.requestsPerSecond |
	. > 60 and . < 130' <<<"$status")" = true ]
check "without --rate none is said" [ "$(gwctl status -o json |
	jq '.traffic.requestsPerSecond')" = null ]

# --- get -w ---
gwctl get rules -w --interval 1 --count 6 >$RUN/watch &
watch=$!
sleep 2
weights 1 1
wait $watch
note "$(cat $RUN/watch)"
is "titles once" "$(grep -c ^NAMESPACE $RUN/watch)" 1
is "a row that changes comes again, the others do not" \
	"$(awk '{ print $2 }' $RUN/watch | sort | uniq -c | xargs)" \
	"1 ROUTE 2 fanout 2 split"

# Of connections, too: only their age changes while they are idle.
wait_for 40 conns_are 0
strict -n 3 -c 3 --hold 15000 >/dev/null &
held=$!
check "three idle ones" wait_for 5 conns_in Idle 3
gwctl get connections -w --interval 1 --count 4 --no-headers \
	>$RUN/watch 2>$RUN/gone
is "four looks at three idle connections" "$(wc -l <$RUN/watch)" 3
is "none has gone" "$(cat $RUN/gone)" ""
gwctl get connections -w --interval 1 -o json >$RUN/watch &
watch=$!
gwctl get connections -w --interval 1 >/dev/null 2>$RUN/gone &
table=$!
wait $held
check "their clients leave" wait_for 10 conns_are 0
is "what has gone is among the rows" "$(wait_for 5 grep -q gone $RUN/watch
	jq -sc 'add | map(select(.gone)) | [length, (map(.name) | unique | length)]' \
		$RUN/watch)" "[3,3]"
check "or on stderr" wait_for 5 eval \
	'[ "$(grep -c "^192.0.2.2:" $RUN/gone)" = 3 ]'
kill $watch $table
wait $watch $table 2>/dev/null
finish
