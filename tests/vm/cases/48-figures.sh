#!/bin/bash
# SPDX-License-Identifier: MIT
# title: connections, rates and errors, as gwctl shows them
# kernels: 6.12
# timeout: 240
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

# near FILTER JSON: it is what the client has sent in a second ($sent), about
near()
{
	[ "$(jq --argjson sent "$sent" "$1 | . > 0.6 * \$sent and . < 1.3 * \$sent" \
		<<<"$2")" = true ]
}

# answered: of the split's backends, what they were given and how they answered
answered()
{
	stat '.backends | sort_by(.index) |
		map([.requests, .unanswered, ."1xx", ."2xx", ."3xx", ."4xx", ."5xx"])'
}

# classes: how all clients were answered, by sysfs
classes()
{
	cat $SYSFS/totals/responses_{2,3,4,5}xx | jq -sc .
}

# more NOW BEFORE: figures of the same shape, the differences in a row
more()
{
	jq -nc "[[$1, $2] | map(flatten) | transpose[] | .[0] - .[1]]"
}

conns_in()
{
	[ "$(conns "map(select(.state == \"$1\")) | length")" = "$2" ]
}

# hold [client options]: connections that last until let_go
HELD=()
hold()
{
	$CLIENT client -a $NODE4 -p $NODEPORT --host $SPLIT --hold 600000 "$@" \
		>/dev/null &
	HELD+=($!)
}

let_go()
{
	kill -9 "${HELD[@]}"
	wait "${HELD[@]}" 2>/dev/null || true
	HELD=()
}

scene_start
# A debug kernel on a busy machine takes seconds for each question.
for name in head_timeout idle_timeout response_timeout; do
	limit $name 300000
done
check "no connection to begin with" wait_for 10 conns_are 0

# --- connections ---
began=${EPOCHREALTIME/[.,]/}
hold -n 21 -c 7
hold -n 1 --path /delay/200000
check "idle ones are seen" wait_for 20 conns_in Idle 7
check "one in an exchange, too" wait_for 20 conns_in Exchange 1
all=$(conns .)
ms=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
is "what it does" "$(jq -c '.[] | select(.state == "Exchange") | [.route, .rule,
	.gateway, .listener, .requests, .destination, (.upstream |
	startswith("10.1.0.")), (.name | startswith("192.0.2.2:")),
	.ageMs > 0 and .ageMs <= '$ms']' <<<"$all")" \
	"[\"gw-demo/split\",\"0\",\"gw-demo/web-gw\",\"http\",1,\"$NODE4:$NODEPORT\",true,true,true]"
is "idle ones have no route, but a past" "$(conns 'map(select(.state == "Idle")) |
	[(map(.route) | unique), (map(.requests) | add), (map(.bytesTx > 100 and
	.bytesRx > 50) | all)]')" '[[null],21,true]'
check "as a table" [ "$(gwctl get connections | head -n 1 | tr -s ' ')" = \
	"CLIENT DESTINATION STATE AGE REQUESTS RX TX ROUTE UPSTREAM" ]
let_go
# Its client's end is no reason not to answer it: there its backend's must be.
for pod in foo bar; do
	serve_kill $pod
	serve $pod ${pod^^}
done
check "none is left" wait_for 20 conns_are 0

number=700
[ "$GWS_DEBUG" = no ] || number=300
hold -n $number -c $number
check "more than one message, more than one turn" wait_for 60 conns_are $number
load_start close -c 8 --close
dumps=0
for _ in $(seq 15); do
	all=$(conns '[length, (map(.name) | unique | length)]')
	[[ $all = "["*","* ]] && [ "$(jq '.[0] == .[1]' <<<"$all")" = true ] &&
		dumps=$((dumps + 1))
done
is "while others come and go: none is told twice" $dumps 15
check "the load was served" load_stop
let_go

# --- by the class of what was answered ---
# Each class has a number of its own, so none can stand for another.
before=$(answered)
before_all=$(classes)
before_sysfs=$(split_requests)
for answer in 200:15 301:5 404:20 503:10; do
	good "answers of ${answer%:*}" -n "${answer#*:}" --path "/status/${answer%:*}"
done
is "each backend's requests have the class of their answers" \
	"$(more "$(answered)" "$before")" "[40,0,0,12,4,16,8,10,0,0,3,1,4,2]"
is "so have those of all clients" "$(more "$(classes)" "$before_all")" "[15,5,20,10]"
is "sysfs has as many requests of each" \
	"$(more "[$(split_requests | tr ' ' ,)]" "[${before_sysfs/ /,}]")" "[40,10]"

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
load_start failing -c 2 --rate 50 --also 503,502,504
table=$(gwctl top split --interval 2 --count 1)
load_stop
note "$table"
check "top says it while it happens" awk '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	$at["BACKEND"] ~ /foo:80/ && $at["ERRORS"] > 0 &&
		$at["BY"] == "no_endpoint=" $at["ERRORS"] { said++ }
	END { exit said != 1 }' <<<"$table"
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
line=$(cat $RUN/keep.line)
sent=$(($(field requests "$line") * 1000 / $(field took_ms "$line")))
rate=$(jq '[.[].rate] | add' <<<"$top")
note "rate $rate, $(jq -c "[.backends[].rate]" <<<"$rates"), sent $sent"
check "the rate is what the client sends" near '[.[].rate] | add' "$top"
check "the share is that of this moment" \
	[ "$(jq -r '.[0].observed' <<<"$top" | cut -d. -f1)" -ge 79 ]
check "latency too" [ "$(jq 'map(.p50 and .p99) | all' <<<"$top")" = true ]
is "no errors any more" "$(jq '[.[].errors] | add' <<<"$top")" 0

# --- the same by stats and status ---
check "stats --rate says the rate" near '[.backends[].rate] | add' "$rates"
check "of rules, too" near '.rules[0].rate' "$rates"
check "it counts what came in that time" [ "$(jq '([.backends[].requests] | add) /
	.seconds - ([.backends[].rate] | add) | fabs < 0.1' <<<"$rates")" = true ]
is "and nothing of before" "$(jq -c '[(.reasons | map(select(.reason ==
	"no_endpoint")) | length), .totals]' <<<"$rates")" '[0,null]'
check "status --rate, of the whole node" \
	near '.traffic.requestsPerSecond' "$status"
check "without --rate none is said" [ "$(gwctl status -o json |
	jq '.traffic.requestsPerSecond')" = null ]

# --- how long answers took ---
# slow KEY: p50 or p99 of the rule that got 9 quick requests and a slow one, in ms
slow()
{
	gwctl stats fanout -o json | jq -r ".rules[] | select(.requests > 0).$1" |
		sed 's/^<//; s/ms$//; s/.*us$/0/'
}
for path in /foo/delay/100 /foo/{1..9}; do
	answer $NODE4 $APPS "$path" >/dev/null
done
check "p50 is that of the quick ones ($(slow p50) ms)" [ "$(slow p50)" -lt 131 ]
check "p99 that of the slow one ($(slow p99) ms)" \
	[ "$(slow p99)" -ge 131 -a "$(slow p99)" -le 2097 ]

# --- get -w ---
gwctl get rules -w --interval 1 --count 10 >$RUN/watch &
watch=$!
wait_for 20 grep -q split $RUN/watch
weights 1 1
wait $watch
note "$(cat $RUN/watch)"
is "titles once" "$(grep -c ^NAMESPACE $RUN/watch)" 1
is "a row that changes comes again, the others do not" \
	"$(awk '{ print $2 }' $RUN/watch | sort | uniq -c | xargs)" \
	"1 ROUTE 2 fanout 2 split"

# Of connections, too: only their age changes while they are idle.
wait_for 40 conns_are 0
hold -n 3 -c 3
check "three idle ones" wait_for 20 conns_in Idle 3
gwctl get connections -w --interval 1 --count 4 --no-headers \
	>$RUN/watch 2>$RUN/gone
is "four looks at three idle connections" "$(wc -l <$RUN/watch)" 3
is "none has gone" "$(cat $RUN/gone)" ""
gwctl get connections -w --interval 1 -o json >$RUN/watch &
watch=$!
gwctl get connections -w --interval 1 >$RUN/table 2>$RUN/gone &
table=$!
wait_for 20 grep -q 192.0.2.2 $RUN/watch
wait_for 20 grep -q 192.0.2.2 $RUN/table
let_go
check "their clients leave" wait_for 10 conns_are 0
is "what has gone is among the rows" "$(wait_for 5 grep -q gone $RUN/watch
	jq -sc 'add | map(select(.gone)) | [length, (map(.name) | unique | length)]' \
		$RUN/watch)" "[3,3]"
check "or on stderr" wait_for 5 eval \
	'[ "$(grep -c "^192.0.2.2:" $RUN/gone)" = 3 ]'
kill $watch $table
wait $watch $table 2>/dev/null
finish
