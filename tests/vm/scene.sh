# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The scene that most cases play on, in the guest:
#
#   client 192.0.2.2 ---- node 192.0.2.1 ---- bridge 10.1.0.1
#   2001:db8:1::2         2001:db8:1::1       |- foo 10.1.0.2, fd00:1::2
#                                             |- bar 10.1.0.3, fd00:1::3
#                                             `- more pods of a case
#
# with the story's manifests, the module, the daemon, and the Gateway's
# NodePort 30731 on every address of the node.  Sourced by a case after lib.sh.
#
# After second_node there is another one behind the first, with pods of its own:
#
#   node 198.51.100.1 ---- node2 198.51.100.2 ---- bridge 10.2.0.1
#        2001:db8:2::1           2001:db8:2::2     `- pods on node2

NODE4=192.0.2.1
NODE6=2001:db8:1::1
NODEPORT=30731
SPLIT=split.kkloud.local
# shellcheck disable=SC2034 # for the cases
APPS=apps.kkloud.local
MANIFESTS=/run/gws/manifests
RUN=/run/gws
# A third of what `ip netns exec` takes, which mounts /sys anew
CLIENT="nsenter --net=/run/netns/client"
SYSFS=/sys/kernel/gwsteer
SPLIT_SYSFS=$SYSFS/gateways/gw-demo/web-gw/listeners/http/httproutes/gw-demo/split/rules/0
ARTICLE=/gws/src/examples/article

# --- hosts -----------------------------------------------------------------

# host NAME: a network namespace with loopback up
host()
{
	ip netns add "$1"
	ip -n "$1" link set lo up
}

# Duplicate address detection would make the first seconds a lottery.
addr6()
{
	ip ${3:+-n "$3"} -6 addr add "$1" dev "$2" nodad
}

# One process for many commands: emulated, each process takes 40 ms.
scene_network()
{
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.ip_local_port_range="10000 30000"
	host client
	ip -batch - <<-END
	link set lo up
	link add cl0 type veth peer name eth0 netns client
	addr add $NODE4/24 dev cl0
	addr add $NODE6/64 dev cl0 nodad
	link set cl0 up
	link add pods type bridge
	addr add 10.1.0.1/24 dev pods
	addr add fd00:1::1/64 dev pods nodad
	link set pods up
	END
	ip -n client -batch - <<-END
	addr add 192.0.2.2/24 dev eth0
	addr add 2001:db8:1::2/64 dev eth0 nodad
	link set eth0 up
	route add default via $NODE4
	END
	pod foo 2
	pod bar 3
}

# pod NAME N: a host on the bridge with addresses 10.1.0.N and fd00:1::N
pod()
{
	ip netns add "$1"
	ip -batch - <<-END
	link add $1 type veth peer name eth0 netns $1
	link set $1 master pods up
	END
	ip -n "$1" -batch - <<-END
	link set lo up
	addr add 10.1.0.$2/24 dev eth0
	addr add fd00:1::$2/64 dev eth0 nodad
	link set eth0 up
	route add default via 10.1.0.1
	END
}

# second_node: a node of its own in a namespace: another module state, another
# daemon if the case starts one; the two route to each other's pods
NODE2=198.51.100.2
NODE2_6=2001:db8:2::2
second_node()
{
	host node2
	ip netns exec node2 sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 \
		net.ipv4.ip_local_port_range="10000 30000"
	ip link add n2 type veth peer name n1 netns node2
	ip addr add 198.51.100.1/24 dev n2
	addr6 2001:db8:2::1/64 n2
	ip link set n2 up
	ip -n node2 addr add $NODE2/24 dev n1
	addr6 $NODE2_6/64 n1 node2
	ip -n node2 link set n1 up
	ip -n node2 route add default via 198.51.100.1
	ip -n node2 -6 route add default via 2001:db8:2::1
	ip -n node2 link add pods type bridge
	ip -n node2 addr add 10.2.0.1/24 dev pods
	addr6 fd00:2::1/64 pods node2
	ip -n node2 link set pods up
	ip route add 10.2.0.0/24 via $NODE2
	ip -6 route add fd00:2::/64 via $NODE2_6
	ip -n client -6 route add default via $NODE6
}

# second_pod NAME N: a host behind node2, 10.2.0.N and fd00:2::N
second_pod()
{
	host "$1"
	ip -n node2 link add "$1" type veth peer name eth0 netns "$1"
	ip -n node2 link set "$1" master pods up
	ip -n "$1" addr add "10.2.0.$2/24" dev eth0
	addr6 "fd00:2::$2/64" eth0 "$1"
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via 10.2.0.1
	ip -n "$1" -6 route add default via fd00:2::1
}

# serve POD NAME [options]: a backend that accepts when this returns
serve()
{
	local pod=$1 name=$2

	shift 2
	nsenter --net="/run/netns/$pod" backend -n "$name" -p 8080 -L "$RUN/$pod.log" \
		"$@" >>"$RUN/$pod.out" 2>&1 &
	echo $! >"$RUN/$pod.pid"
	wait_for 5 nsenter --net="/run/netns/$pod" nc -z 127.0.0.1 8080
}

# Ends a pod's backend as the kernel ends a killed process: with resets.
serve_kill()
{
	kill -9 "$(cat "$RUN/$1.pid")"
	wait "$(cat "$RUN/$1.pid")" 2>/dev/null || true
}

# served POD FIELD: a counter of its backend
served()
{
	nsenter --net="/run/netns/$1" curl -s http://127.0.0.1:8080/-/count |
		tr ' ' '\n' | sed -n "s/^$2=//p"
}

# --- manifests -------------------------------------------------------------

# put FILE: a manifest from stdin, in place of the one before, at once
put()
{
	cat >"$MANIFESTS/.$1"
	mv "$MANIFESTS/.$1" "$MANIFESTS/$1"
}

# service NAME N...: Service NAME with the pods 10.1.0.N, or others whose whole
# address is given, as endpoints
service()
{
	local name=$1 n

	shift
	{
		cat <<-END
		apiVersion: v1
		kind: Service
		metadata: {name: $name, namespace: gw-demo}
		spec:
		  selector: {app: $name}
		  ports: [{port: 80, targetPort: 8080, protocol: TCP}]
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata:
		  name: $name-1
		  namespace: gw-demo
		  labels: {kubernetes.io/service-name: $name}
		addressType: IPv4
		ports: [{port: 8080, protocol: TCP}]
		END
		if [ $# -gt 0 ]; then
			echo "endpoints:"
		else
			echo "endpoints: []"
		fi
		for n; do
			[[ $n = *.* ]] || n=10.1.0.$n
			echo "  - addresses: [$n]"
			echo "    conditions: {ready: true}"
		done
	} | put "service-$name.yaml"
}

# weights FOO BAR: the route "split" with these weights
weights()
{
	sed "s/weight: 80/weight: $1/; t; s/weight: 20/weight: $2/" \
		"$ARTICLE/routes.yaml" | put routes.yaml
}

# weights_are FOO BAR: what the kernel has
weights_are()
{
	[ "$(cat $SPLIT_SYSFS/backends/{0,1}/weight | xargs)" = "$1 $2" ]
}

# canary_route: what has X-Canary: true goes to bar alone
canary_route()
{
	put canary.yaml <<-END
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
}

scene_manifests()
{
	mkdir -p $MANIFESTS
	service foo 2
	service bar 3
	put gateway.yaml <"$ARTICLE/gateway.yaml"
	put routes.yaml <"$ARTICLE/routes.yaml"
	put nodeport.yaml <<-END
	apiVersion: v1
	kind: Namespace
	metadata: {name: gw-demo}
	---
	apiVersion: v1
	kind: Service
	metadata:
	  name: gwsteer-gateway-web-gw
	  namespace: gw-demo
	  labels: {gateway.networking.k8s.io/gateway-name: web-gw}
	spec:
	  type: NodePort
	  ports: [{name: http, port: 80, nodePort: $NODEPORT, protocol: TCP}]
	END
}

# --- the system under test -------------------------------------------------

# daemon_start [options of gwsteerd]; cases give some
# shellcheck disable=SC2120
daemon_start()
{
	gwsteerd --manifests $MANIFESTS "$@" >>$RUN/gwsteerd.log 2>&1 &
	echo $! >$RUN/gwsteerd.pid
}

daemon_stop()
{
	kill "-${1:-TERM}" "$(cat $RUN/gwsteerd.pid)"
	wait "$(cat $RUN/gwsteerd.pid)" 2>/dev/null || true
}

serving()
{
	[[ "$(answer $NODE4 $SPLIT /)" = [FB]??" 200" ]]
}

# Everything up to the first answer.  With "idle" only hosts and manifests.
scene_start()
{
	mkdir -p $RUN
	scene_network
	scene_manifests
	serve foo FOO
	serve bar BAR
	[ "${1:-}" != idle ] || return 0
	insmod /gws/build/gwsteer.ko
	daemon_start
	wait_for 90 serving || {
		tail -n 50 $RUN/gwsteerd.log
		gwctl status || true
		bail "the Gateway does not answer"
	}
}

# --- questions -------------------------------------------------------------

# wait_for SECONDS CMD...: until it succeeds; on a debug kernel four times as long
wait_for()
{
	local until=$((SECONDS + $1 * SLOW))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.1
	done
}

# answer ADDRESS HOST PATH [curl options]: body and status, from the client
# unless AT names another host
answer()
{
	local to=$1 name=$2 path=$3

	shift 3
	[[ $to != *:* ]] || to="[$to]"
	${AT-$CLIENT} curl -s -m $((10 * SLOW)) -g -w ' %{http_code}' \
		-H "Host: $name" "$@" "http://$to:$NODEPORT$path" |
		tr -d '\n'
}

# ask NETNS|- URL [curl options]: body and status, or curl's exit status
ask()
{
	local where=() url=$2 status=0 got

	[ "$1" = - ] || where=(nsenter --net="/run/netns/$1")
	shift 2
	got=$(${where[@]+"${where[@]}"} curl -s -g -m $((10 * SLOW)) -w ' %{http_code}' \
		"$@" "$url") || status=$?
	if [ $status = 0 ]; then
		echo "${got//$'\n'/}"
	else
		echo "curl $status"
	fi
}

# strict [client options]: from the client's host; its totals go to stdout and
# to $LINE, its complaints to stderr
strict()
{
	local status=0

	LINE=$($CLIENT client -a "${TO:-$NODE4}" -p $NODEPORT \
		--host $SPLIT --timeout $((10000 * SLOW)) "$@") || status=$?
	echo "$LINE"
	return $status
}

# raw STEP...: raw.py from the client's host
raw()
{
	$CLIENT /gws/src/tests/tools/raw.py $NODE4 $NODEPORT "$@"
}

# good NAME [client options]: a result, that the client finds nothing wrong
good()
{
	local name=$1

	shift
	check "$name" strict "$@"
}

# load_start NAME [client options]: a strict client that goes on until load_stop;
# then its totals are in $RUN/NAME.line, its complaints in $RUN/NAME.err
LOAD=()
load_start()
{
	local name=$1

	shift
	$CLIENT client -a $NODE4 -p $NODEPORT --host $SPLIT \
		-d 3600 --timeout $((10000 * SLOW)) "$@" >"$RUN/$name.line" 2>"$RUN/$name.err" &
	LOAD+=($!)
}

# load_mixed RATE: "keep" with keep-alive, "close" without, "echo" with bodies both
# ways; RATE requests a second of the first, a quarter of that of each other
load_mixed()
{
	load_start keep -c 6 --rate "$1" --path / --path /bytes/5000 \
		--path /chunked/9000
	load_start close -c 4 --rate $(($1 / 4)) --close
	load_start echo -c 2 --rate $(($1 / 4)) --path /echo --body 3000
}

# load_lasts: no client has ended
load_lasts()
{
	local pid

	for pid in "${LOAD[@]}"; do
		kill -0 "$pid" || return
	done
}

# load_stop: what was begun is ended; false unless all clients are content
load_stop()
{
	local pid status=0

	kill "${LOAD[@]}"
	for pid in "${LOAD[@]}"; do
		wait "$pid" || status=1
	done
	LOAD=()
	return $status
}

# load_total: results for the clients of load_mixed, after load_stop; adds what was
# answered to SUM
load_total()
{
	local name line

	for name in keep close echo; do
		line=$(cat "$RUN/$name.line")
		note "$name: $line"
		is "$name: no request failed" "$(field failed "$line")" 0 ||
			note "$(head -n 5 "$RUN/$name.err")"
		SUM=$((SUM + $(field ok "$line")))
	done
}

# logged POD...: answers in the access logs of their backends
logged()
{
	local pod

	for pod; do
		cat "$RUN/$pod.log"
	done | grep -vc '/-/count'
}

# field NAME LINE: the value of NAME=value
field()
{
	tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"
}

total()
{
	cat "$SYSFS/totals/$1"
}

reason()
{
	cat "$SYSFS/reasons/$1"
}

gauge()
{
	cat "$SYSFS/gauges/$1"
}

limit()
{
	gwctl set "$1" "$2" >/dev/null 2>&1
}

# Requests that foo and bar got of the split: in sysfs
split_requests()
{
	echo "$(cat $SPLIT_SYSFS/backends/0/requests)" \
		"$(cat $SPLIT_SYSFS/backends/1/requests)"
}

# The same, as gwctl has it
split_stats()
{
	gwctl stats split -o json | jq -r \
		'.backends | sort_by(.index) | map(.requests) | join(" ")'
}

# errors_by KIND: of all rules, as gwctl has them
errors_by()
{
	gwctl stats -o json | jq "[.rules[].errorsBy.$1 // 0] | add"
}

# on_cpu LIST: what is started from here on; a client's CPU is its worker's
on_cpu()
{
	taskset -pc "$1" $$ >/dev/null
}

# open_to IP: the node's established connections to it
open_to()
{
	ss -Htn state established dst "$1" | wc -l
}

# Connections that the node has with others, in any state but TIME_WAIT
connections()
{
	ss -Htan state connected exclude time-wait | wc -l
}

# Idle upstreams are no leak; this waits until the pools are empty and all
# closing is done.
all_closed()
{
	[ "$(connections)" = 0 ]
}

# The totals must agree once all is quiet; an aborted connection is closed too.
balanced()
{
	[ "$(total connections_accepted)" = "$(total connections_closed)" ]
}

# --- before and after --------------------------------------------------------

# sockets_now: TCP's sockets of all hosts, those without an owner, and what the
# module has: sockets, connections, sources, connections not closed
sockets_now()
{
	echo "$(awk '/^TCP:/ { print $9, $5 }' /proc/net/sockstat)" \
		"$(cat $SYSFS/gauges/{sockets,connections,sources} | xargs)" \
		"$(($(total connections_accepted) - $(total connections_closed)))"
}

# memory_now: kB that the kernel has and could not give back. Free pages that a
# processor keeps for itself are neither in MemFree nor in use.
memory_now()
{
	awk '$1 == "count:" { used -= 4 * $2 }
	/^MemTotal:/ { used += $2 }
	/^(MemFree|Buffers|Cached|SReclaimable|AnonPages):/ { used -= $2 }
	END { print used }' /proc/meminfo /proc/zoneinfo
}

sockets_are()
{
	[ "$(sockets_now)" = "$1" ]
}

# Of all hosts; an earlier case may have left some that still wait for an ACK.
no_orphans()
{
	[ "$(awk '/^TCP:/ { print $5 }' /proc/net/sockstat)" = 0 ]
}

# Backends reset the connections that a pool keeps open. Those that were parked
# before flat_start lowered the limit would stay for half a minute, and one that its
# peer does not close for a minute more.
unpark()
{
	local host

	for host in /run/netns/*; do
		nsenter --net="$host" ss -KHtn state connected exclude time-wait \
			>/dev/null 2>&1 || true
	done
}

# flat_start: what flat compares with, when all is quiet; pools are kept short
flat_start()
{
	limit upstream_idle_timeout $((1000 * SLOW))
	unpark
	wait_for 40 all_closed || check "it is quiet to begin with" false
	wait_for 120 no_orphans || check "no orphan is left over" false
	FLAT_SOCKETS=$(sockets_now)
	FLAT_MEMORY=$(memory_now)
}

# flat NAME [KB]: results, that sockets and counters are what they were, and that
# no more memory than so much is gone; KASAN keeps back what is freed
flat()
{
	local more allowed=${2:-3000}

	[ "$GWS_DEBUG" = no ] || allowed=$((allowed + 50000))
	wait_for 60 sockets_are "$FLAT_SOCKETS"
	is "$1: sockets and counters are flat" "$(sockets_now)" "$FLAT_SOCKETS"
	more=$(($(memory_now) - FLAT_MEMORY))
	check "$1: memory is flat ($more kB)" [ $more -le "$allowed" ]
}

# The node has no connection with the client.
none_left()
{
	[ "$(ss -Htan dst 192.0.2.2 | grep -cv TIME-WAIT)" = 0 ]
}
