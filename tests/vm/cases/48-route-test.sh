#!/bin/bash
# SPDX-License-Identifier: MIT
# title: gwctl route test says what then happens, and why others lost
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
service empty
put tested.yaml <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: tested, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [tested.kkloud.local]
  rules:
    - name: split
      backendRefs: [{name: foo, port: 80, weight: 3}, {name: bar, port: 80}]
    - name: canary
      matches:
        - {path: {value: /a}, method: PUT}
        - {path: {value: /a}, headers: [{name: x-a, value: "1"}, {name: x-canary, value: "true"}]}
        - {path: {value: /a}, queryParams: [{name: v, type: RegularExpression, value: "2.*"}]}
      backendRefs: [{name: bar, port: 80}]
    - name: nothing
      matches: [{path: {value: /nothing}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: answered, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [answered.kkloud.local]
  rules:
    - name: redirect
      matches: [{path: {value: /redirect}}]
      filters:
        - type: RequestRedirect
          requestRedirect:
            hostname: other.local
            port: 8083
            statusCode: 308
            path: {type: ReplacePrefixMatch, replacePrefixMatch: /to}
    - name: cors
      matches: [{path: {value: /cors}}]
      filters: [{type: CORS, cors: {allowOrigins: ["https://a.org"]}}]
      backendRefs: [{name: foo, port: 80}]
    - name: extension
      matches: [{path: {value: /extension}}]
      filters: [{type: ExtensionRef, extensionRef: {group: a.org, kind: Slow, name: a}}]
      backendRefs: [{name: foo, port: 80}]
    - name: missing
      matches: [{path: {value: /missing}}]
      backendRefs: [{name: missing, port: 80}]
    - name: empty
      matches: [{path: {value: /empty}}]
      backendRefs: [{name: empty, port: 80}]
    - name: neither
      matches: [{path: {value: /neither}}]
      backendRefs: [{name: missing, port: 80}, {name: empty, port: 80}]
    - name: some
      matches: [{path: {value: /some}}]
      backendRefs: [{name: foo, port: 80, weight: 2}, {name: missing, port: 80}, {name: empty, port: 80}]
    - name: nothing
      matches: [{path: {value: /nothing}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: exact, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [a.wild.local]
  rules: [{name: exact, backendRefs: [{name: foo, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: wildcard, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: ["*.wild.local"]
  rules:
    - name: same
      backendRefs: [{name: bar, port: 80}]
    - name: longer
      matches: [{path: {value: /longer}}]
      backendRefs: [{name: bar, port: 80}]
END

ask()
{
	gwctl route test -o json "$@"
}

# field NAME ARGUMENT...: of the answer; the exit status behind it
field()
{
	local name=$1 answer rc=0

	shift
	answer=$(ask "$@") || rc=$?
	echo "$(jq -r ".$name" <<<"$answer") $rc"
}

served()
{
	[ "$(field rule http://tested.kkloud.local/)" = "split 0" ]
}
check "route is served" wait_for 60 served

is "rule of a path" "$(field rule "http://tested.kkloud.local/a?v=2x")" \
	"canary 0"
is "listener and Gateway" \
	"$(field '|"\(.gateway) \(.listener)"' http://tested.kkloud.local/)" \
	"gw-demo/web-gw http 0"
is "match of a method" "$(field match -X PUT http://tested.kkloud.local/a/x)" \
	"PUT prefix /a 0"
is "match of headers" "$(field match -H 'X-A: 1' -H 'X-Canary: true' \
	http://tested.kkloud.local/a)" "prefix /a x-a=1 x-canary=true 0"
is "shares of the backends" \
	"$(ask http://tested.kkloud.local/ | jq -r '.backends[] |
		"\(.name) \(.share)"' | paste -sd,)" \
	"gw-demo/foo:80 75.00%,gw-demo/bar:80 25.00%"
is "why the others lost" \
	"$(ask -H 'X-A: 1' http://tested.kkloud.local/a | jq -r '.others[] |
		select(.rule) | "\(.rule) \(.lost)"' | paste -sd,)" \
	"canary method,canary header x-canary,canary query parameter v,nothing path"
is "routes of other hosts" \
	"$(ask http://tested.kkloud.local/a | jq -r '.others[] |
		select(.lost == "hostname") | "\(.route) \(.hostname)"' |
		grep wild | sort | paste -sd,)" \
	"gw-demo/exact a.wild.local,gw-demo/wildcard *.wild.local"
is "and where no route has the host" \
	"$(ask http://none.kkloud.local/ | jq '[.others[] |
		select(.lost != "hostname")] | length')" 0
is "one that fits, but too late" \
	"$(ask -X PUT http://tested.kkloud.local/a?v=2 | jq -r '.others[] |
		select(.lost | startswith("fits")) | "\(.rule): \(.lost)"' | paste -sd,)" "canary: fits, but it names no \
method,split: fits, but its path is shorter"
is "one whose hostname is a wildcard, whatever its path" \
	"$(ask http://a.wild.local/longer | jq -r '.rule, (.others[] |
		select(.rule) | "\(.rule) \(.hostname): \(.lost)")' | sort | paste -sd,)" \
	"exact$(printf ',%s *.wild.local: fits, but its hostname is less specific' \
		longer same)"
is "no backend" "$(field verdict http://tested.kkloud.local/nothing)" \
	"500: the rule has no backend with a weight 2"
is "no host" "$(field verdict http://none.kkloud.local/)" \
	"404: no route has that host 2"
is "no listener" "$(field verdict --to "$NODE4:1" http://tested.kkloud.local/)" \
	"no listener has that address, port and host 2"
is "where it arrives, in words" \
	"$(field rule --to "$NODE4:$NODEPORT" http://tested.kkloud.local/a)" \
	"split 0"
is "a bad request" "$(field verdict -H 'a b: c' http://tested.kkloud.local/)" \
	"400: the request is refused (header_name) 2"
is "a Host of -H stands for that of the URL" \
	"$(field rule -H 'host: tested.kkloud.local' http://192.0.2.1/a)" \
	"split 0"
is "a header without a colon" "$(gwctl route test -H x-a=1 http://a.b/ 2>&1 |
	grep -o 'x-a=1: not NAME:VALUE'; echo "${PIPESTATUS[0]}")" \
	"$(printf '%s\n%s' "x-a=1: not NAME:VALUE" 1)"
is "a port that nobody has" "$(gwctl route test http://a.b:81/ 2>&1 |
	grep -o 'listener of port 81'; echo "${PIPESTATUS[0]}")" \
	"$(printf '%s\n%s' "listener of port 81" 18)"
note "$(gwctl route test http://tested.kkloud.local/a)"

# told PATH [OPTION...]: the status that the verdict names, its exit status, and what
# a client then gets
told()
{
	local path=$1 said

	shift
	said=$(field verdict "$@" "http://answered.kkloud.local$path")
	echo "${said%%:*} ${said##* }$(answer "$NODE4" answered.kkloud.local \
		"$path" -o /dev/null "$@")"
}

preflight=(-X OPTIONS -H "Origin: https://a.org"
	-H "Access-Control-Request-Method: PUT")
is "a redirect answers" "$(told /redirect/a)" "308 0 308"
is "and where it sends to" \
	"$(field location "http://answered.kkloud.local/redirect/a?b=c")" \
	"$(answer "$NODE4" answered.kkloud.local "/redirect/a?b=c" \
		-o /dev/null -w '%{redirect_url}') 0"
is "a preflight is answered" "$(told /cors "${preflight[@]}")" "200 0 200"
is "by the filter that is named" \
	"$(field verdict "${preflight[@]}" http://answered.kkloud.local/cors)" \
	"200: the filter CORS answers 0"
is "what is no preflight goes to the backend" \
	"$(field verdict -H "Origin: https://a.org" http://answered.kkloud.local/cors)" \
	"a backend gets it 0"
is "no filter of that kind" "$(told /extension)" "500 2 500"
is "no such Service" "$(told /missing)" "500 2 500"
is "a Service without endpoints" "$(told /empty)" "503 2 503"
is "nothing to send to" "$(told /nothing)" "500 2 500"
is "OPTIONS for the node itself" \
	"$(told / -X OPTIONS -H "Max-Forwards: 0")" "200 0 200"
is "one backend is missing, the other has no endpoint" \
	"$(field verdict http://answered.kkloud.local/neither)" \
	"503 or 500: no valid backend of the rule has an endpoint 2"
is "and both are met" "$(for _ in 1 2; do
	answer "$NODE4" answered.kkloud.local /neither -o /dev/null
done | xargs -n 1 | sort | xargs)" "500 503"
is "one that has some stands beside them" \
	"$(field verdict http://answered.kkloud.local/some)" "a backend gets it 0"
is "shares that get an error say which" \
	"$(gwctl route test http://answered.kkloud.local/some |
		sed -n 's/^backend *//p' | paste -sd,)" \
	"50.00% gw-demo/foo:80,25.00% gw-demo/missing:80 (invalid: 500),25.00% gw-demo/empty:80 (no endpoint: 503)"

# Asking takes no turn and counts nothing.
before=$(gwctl stats -o json)
for _ in 1 2 3 4 5; do
	ask http://tested.kkloud.local/ >/dev/null
done
is "nothing is counted" "$(gwctl stats -o json)" "$before"
is "and no turn is taken" "$(for _ in 1 2 3 4; do
	answer "$NODE4" tested.kkloud.local / ; echo; done | sort | uniq -c |
	awk '{ print $1, $2 }' | paste -sd,)" "1 BAR,3 FOO"
finish
