#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the daemon writes the access log and answers Prometheus
# kernels: 6.12
# builds: promtool
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

LOG=$RUN/access.log
URL=http://127.0.0.1:9105/metrics
OPTIONS=(--access-log "$LOG" --access-log-format json --metrics 127.0.0.1:9105
	--limit idle_timeout=12000 --limit body_rate=9 --limit idle_timeout=54321)

subscribed()
{
	[ "$(gauge log_subscribers)" = 1 ]
}

# metric PATTERN: the value of the series that it fits
metric()
{
	curl -s $URL | awk -v "pattern=^gwsteer_$1" '$1 ~ pattern { print $2 }'
}

lines_are()
{
	[ "$(cat "$1" | wc -l)" = "$2" ]
}

# limits_are IDLE_TIMEOUT BODY_RATE READ_RATE
limits_are()
{
	[ "$(gwctl set -o json | jq -c 'map({(.name): .value}) | add |
		[.idle_timeout, .body_rate, .read_rate]')" = "[$1,$2,$3]" ]
}

scene_start idle
insmod /gws/build/gwsteer.ko
daemon_start "${OPTIONS[@]}"
wait_for 90 serving || bail "the Gateway does not answer"
check "the daemon reads the access log" wait_for 5 subscribed

check "--limit is in force, the last one of a name" limits_are 54321 9 240

# --- access log ---
: >$LOG
strict -n 40 -c 4 --path / --path /bytes/3000 >/dev/null
check "a line for each request" wait_for 5 lines_are $LOG 40
is "they are JSON" "$(jq -s 'map(.response_code) | unique | .[]' $LOG)" 200
is "readable for its group at most" "$(stat -c %a $LOG)" 640
mv $LOG $LOG.1
strict -n 5 >/dev/null
check "moved away: it is still written" wait_for 5 lines_are $LOG.1 45
kill -USR1 "$(cat $RUN/gwsteerd.pid)"
check "opened anew after SIGUSR1" wait_for 5 test -e $LOG
strict -n 7 >/dev/null
check "what comes then goes there" wait_for 5 lines_are $LOG 7
check "and nowhere else" lines_are $LOG.1 45

# --- metrics ---
head=$(curl -s -D - -o $RUN/metrics $URL)
check "an answer in Prometheus' own type" grep -q "text/plain; version=0.0.4" <<<"$head"
check "promtool finds nothing wrong with it" promtool check metrics <$RUN/metrics
is "requests" "$(metric requests_total)" "$(total requests)"
is "how they were split" \
	"$(metric 'upstream_requests_total.*split.*foo:80') $(metric 'upstream_requests_total.*split.*bar:80')" \
	"$(split_requests)"
is "generations" "$(metric config_generation.*wanted)" "$(metric config_generation.*kernel)"
check "not more than 20 series of a route" [ "$(grep -c 'route="gw-demo/split"' \
	$RUN/metrics)" -le 20 ]
is "gwctl has the same" "$(gwctl metrics | cut -d' ' -f1 | sort | md5sum)" \
	"$(cut -d' ' -f1 $RUN/metrics | sort | md5sum)"
is "gwctl has the details, too" "$(gwctl metrics --detail | cut -d' ' -f1 |
	grep -c 'route="gw-demo/split".*backend=')" 66
strict -n 1 >/dev/null
check "connections to endpoints are told by what they do" \
	[ "$(metric 'upstream_connections.*idle')" -gt 0 ]
is "and none of them does anything" "$(metric 'upstream_connections.*active')" 0
is "how often the configuration was applied" \
	"$(metric config_apply_seconds_count)" "$(total commits)"
check "and how long that took" [ "$(metric config_apply_seconds_sum |
	awk '{ print ($1 > 0 && $1 < 60) }')" = 1 ]
is "nothing is wrong" "$(metric config_problems.*error) $(metric config_push_failed)" \
	"0 0"
put broken.yaml <<<"kind: [not YAML"
problems_are()
{
	[ "$(metric config_problems.*error)" = "$1" ]
}
check "a broken manifest is a problem to alert on" wait_for 10 problems_are 1
rm $MANIFESTS/broken.yaml
check "until it is gone" wait_for 10 problems_are 0
is "no other page" "$(ask - http://127.0.0.1:9105/)" " 404"
is "no other method" "$(ask - $URL -X POST -d x)" " 405"

# --- who is slow holds up nobody but himself ---
nc 127.0.0.1 9105 < <(sleep 20) >/dev/null &
slow=$!
sleep 0.3
weights 1 1
check "the configuration goes on beside a slow scraper" wait_for 5 weights_are 1 1
is "the next scraper gets its answer" "$(ask - $URL -o /dev/null)" " 200"
kill $slow 2>/dev/null
wait $slow 2>/dev/null || true

# --- the module goes and comes ---
rmmod gwsteer
check "without a module there are metrics all the same" \
	grep -q 'side="wanted"' <<<"$(curl -s $URL)"
push_failed()
{
	[ "$(metric config_push_failed)" = "$1" ]
}
check "and they say that the kernel does not take it" wait_for 10 push_failed 1
insmod /gws/build/gwsteer.ko
wait_for 20 serving
check "it subscribes again" wait_for 5 subscribed
check "nor that anything failed" wait_for 10 push_failed 0
check "its limits are back, too" limits_are 54321 9 240
limit body_rate 77
weights 3 1
check "the configuration goes on" wait_for 5 weights_are 3 1
check "a limit that was set by hand stays" limits_are 54321 77 240
: >$LOG
strict -n 9 >/dev/null
check "and goes on" wait_for 5 lines_are $LOG 9
: >$LOG
load_start keep -c 4
sleep 1
load_stop
daemon_stop
is "the last ones are written when the daemon ends" "$(wc -l <$LOG)" \
	"$(field ok "$(cat $RUN/keep.line)")"
check "and the daemon says that none was lost" \
	[ "$(grep -c 'records of the access log were lost' $RUN/gwsteerd.log)" = 0 ]

# --- other ways to start it ---
gwsteerd --manifests $MANIFESTS --access-log - --metrics 127.0.0.1:9105 \
	--metrics-detail >$RUN/stdout 2>>$RUN/gwsteerd.log &
echo $! >$RUN/gwsteerd.pid
wait_for 10 subscribed
strict -n 3 >/dev/null
check "as text on stdout" wait_for 5 lines_are $RUN/stdout 3
strict -n 96 --path /status/503 >/dev/null
curl -s -o $RUN/detail $URL
check "nor with the details of backends" promtool check metrics <$RUN/detail
is "a canary can be judged: by status" \
	"$(metric 'upstream_requests_total.*split.*5xx' | xargs)" "24 72"
is "and by latency" "$(metric 'upstream_duration_seconds_count.*split.*bar:80')" \
	"$(gwctl stats split -o json | jq '.backends[] | select(.index == 1) |
		.["2xx"] + .["5xx"]')"
check "a line as Envoy has it" grep -qE '^\[[0-9T:.-]+Z\] "GET / HTTP/1.1" 200 - [0-9]+ [0-9]+ [0-9.]+ [0-9.]+ "-" "[^"]*" "-" "split' $RUN/stdout
daemon_stop
nc -l -s 127.0.0.1 -p 9105 >/dev/null &
taken=$!
sleep 0.3
status=0
gwsteerd --manifests $MANIFESTS --metrics 127.0.0.1:9105 2>$RUN/err || status=$?
is "a port that is taken" "$status $(grep -c 'metrics: Address already in use' $RUN/err)" "19 1"
kill $taken
status=0
gwsteerd --manifests $MANIFESTS --access-log /nowhere/log 2>$RUN/err || status=$?
is "a file that cannot be" "$status $(grep -c 'access-log /nowhere/log: No such file' $RUN/err)" "19 1"
for wrong in nix=1 =1 idle_timeout idle_timeout= idle_timeout=1s idle_timeout=-1 \
	idle_timeout=99 idle_timeout=3600001 idle_timeout=99999999999999999999; do
	status=0
	gwsteerd --manifests $MANIFESTS --limit "$wrong" 2>$RUN/err || status=$?
	is "--limit $wrong" "$status $(grep -cF -- "--limit $wrong: " $RUN/err)" "1 1"
done
for wrong in 9105 :9105 a:1 127.0.0.1:0 127.0.0.1:65536 "[127.0.0.1]:1" ::1:9105 127.0.0.1:1x; do
	status=0
	gwsteerd --manifests $MANIFESTS --metrics "$wrong" 2>/dev/null || status=$?
	is "--metrics $wrong" $status 1
done
finish
