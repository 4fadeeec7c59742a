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

scene_start
for ((n = 1; n <= ROUTES; n++)); do
	route $n
	echo ---
done | put long.yaml
check "the routes serve" wait_for 60 programmed
is "a path that none fits" "$(status /a/y)" 404

# What waits for the processor meanwhile: with BH off nothing else runs on it.
read -r answers took longest <<<"$($CLIENT /gws/src/tests/tools/gap.py $NODE4 \
	$NODEPORT long.local 16 4 7000)"
note "$((ROUTES * EACH)) expressions, 64 requests of 7000 octets: $took ms, and" \
	"others waited for ${longest:-?} ms at most"
is "all are answered" "$answers" 64
# A section is one request or two, not 64 of them.
check "others have their turn" [ "${longest:-9999}" -le $((took / 6)) ]
finish
