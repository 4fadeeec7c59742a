#!/bin/bash
# SPDX-License-Identifier: MIT
# title: rules that take long to compare do not keep softirqs from the processor
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

ROUTES=3 EACH=96

# route N: with EACH expressions, each of which runs over all of a path
route()
{
	local i

	cat <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: long-$1, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw}]
	  hostnames: [long.local]
	  rules:
	END
	for ((i = 0; i < EACH; i++)); do
		[ $((i % 32)) != 0 ] || cat <<-END
		    - backendRefs: [{name: foo, port: 80}]
		      matches:
		END
		echo "      - path: {type: RegularExpression, value: '/.*x$1y$i'}"
	done
}

status()
{
	$CLIENT curl -s -m 30 -o /dev/null -w '%{http_code}' -H "Host: long.local" \
		"http://$NODE4:$NODEPORT$1"
}

programmed()
{
	[ "$(status /a/x1y1)" = 200 ]
}

# many: four requests in one go that fit nothing, of 7000 octets each
many()
{
	local path request=

	path=/$(head -c 7000 /dev/zero | tr '\0' a)
	for _ in 1 2 3 4; do
		request+="GET $path HTTP/1.1\\r\\nHost: long.local\\r\\n\\r\\n"
	done
	raw "$request" fin
}

scene_start
for ((n = 1; n <= ROUTES; n++)); do
	route $n
	echo ---
done | put long.yaml
check "the routes serve" wait_for 60 programmed
is "a path that none fits" "$(status /a/y)" 404
took=${EPOCHREALTIME/./}
is "four at once" "$(many)" "404 404 404 404 Not Found"
took=$(((${EPOCHREALTIME/./} - took) / 1000))
note "$((ROUTES * EACH)) expressions, 4 requests of 7000 octets: $took ms"

# Softirqs answer a ping: the longest that it took is the longest that they waited.
crowd=()
for i in {1..16}; do
	many >"$RUN/many.$i" &
	crowd+=($!)
done
$CLIENT ping -q -i 0.02 -w 10 $NODE4 >$RUN/ping || true
wait "${crowd[@]}"
is "all are answered" "$(sort -u $RUN/many.*)" "404 404 404 404 Not Found"
longest=$(sed -n 's,^rtt.*= [^/]*/[^/]*/\([0-9]*\)[./].*,\1,p' $RUN/ping)
note "the longest of the pings took ${longest:-?} ms: $(grep received $RUN/ping)"
# A section is one request, not 64 of them.
check "softirqs had their turn within a second" [ "${longest:-9999}" -le 1000 ]
finish
